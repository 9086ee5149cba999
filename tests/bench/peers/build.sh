#!/bin/sh
# build.sh KANN CPPAD OUT: builds kann_bench and cppad_bench into OUT from checkouts of kann
# (github.com/attractivechaos/kann) and CppAD (github.com/coin-or/CppAD), each as fast as its
# compiler makes it for this processor (Debian: libopenblas-dev cmake libeigen3-dev). kann is built over OpenBLAS and over its own loops. Then
# run.py --peer 'kann, OpenBLAS=OUT/kann_openblas' --peer 'kann=OUT/kann_plain' --peer 'CppAD=OUT/cppad_bench' ...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kann=$1 cppad=$2 out=$3
mkdir -p "$out"
fast='-O3 -march=native -DNDEBUG'
# shellcheck disable=SC2086 # lists of words
cc $fast -w -I"$here" -I"$kann" "$here/kann_bench.c" "$kann/kann.c" "$kann/kautodiff.c" -lm -o "$out/kann_plain"
# shellcheck disable=SC2086
cc $fast -w -DHAVE_CBLAS -I"$here" -I"$kann" -I"/usr/include/$(uname -m)-linux-gnu/openblas-pthread" \
    "$here/kann_bench.c" "$kann/kann.c" "$kann/kautodiff.c" \
    -L"/usr/lib/$(uname -m)-linux-gnu/openblas-pthread" -lopenblas -lm -o "$out/kann_openblas"
[ -d "$out/cppad-build" ] || cmake -S "$cppad" -B "$out/cppad-build" -DCMAKE_INSTALL_PREFIX="$out/cppad" -Dcppad_prefix="$out/cppad" \
    -Dcppad_cxx_flags="$fast" -DCMAKE_BUILD_TYPE=Release >"$out/cppad.log"
make -s -C "$out/cppad-build" install >>"$out/cppad.log" 2>&1
# shellcheck disable=SC2086
c++ -std=c++17 $fast -I"$here" -I"$out/cppad/include" -I/usr/include/eigen3 "$here/cppad_bench.cpp" -L"$out/cppad/lib" -Wl,-rpath,"$out/cppad/lib" -lcppad_lib -o "$out/cppad_bench"
