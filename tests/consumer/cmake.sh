#!/bin/sh
# cmake.sh BUILD SOURCE: a CMake project that finds an installed copy, in C and C++, shared
# and, where one is installed, static. A version that is too new is refused.
build=$1 source=$2
command -v cmake >/dev/null || { echo 'skipped: no cmake' && exit 77; }
. "$source/tests/consumer/installed.sh"
cd "$root"
made() { cmake -S "$1" -B "$2" -DEXAMPLES="$examples" -DCMAKE_PREFIX_PATH="$prefix" >log 2>&1; }
made "$source/tests/consumer/cmake" out || { cat log && exit 1; }
cmake --build out >log 2>&1 || { cat log && exit 1; }
for program in out/line out/line_cxx ${static:+out/line_static}; do
    [ "$("$program")" = 'y = 2.000 x + 1.000' ] || { echo "$program: $("$program")" && exit 1; }
done

mkdir newer
sed 's/retrograd 0.1 REQUIRED/retrograd 0.9 REQUIRED/' "$source/tests/consumer/cmake/CMakeLists.txt" >newer/CMakeLists.txt
if made newer out_newer; then echo 'version 0.9 was found' && exit 1; fi
grep -q 'version: 0\.' log
