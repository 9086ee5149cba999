#!/bin/sh
# amalgamation.sh BUILD SOURCE COMPILER...: the library as two files, compiled with warnings
# as errors and without any other library; a program in C and one in C++ made from these
# two files, with the bits of the library's own build, clones included.
set -eu
build=$1 source=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/retrograd"
cp "$build/docs/packaging/retrograd.h" "$build/docs/packaging/retrograd.c" "$root/retrograd"
cd "$root"
strict='-Wall -Wextra -Wpedantic -Werror'
libs='-lm -lpthread -ldl'
# shellcheck disable=SC2086 # lists of flags
for compiler; do
    command -v "$compiler" >/dev/null || { echo "skipped: no $compiler" && exit 77; }
    case $compiler in clang) plus=clang++ ;; *) plus=g++ ;; esac
    $compiler -O1 -std=c11 -pedantic $strict -c retrograd/retrograd.c -o retrograd.o
    for program in line replay custom_op; do
        $compiler -std=c11 -pedantic $strict -I. "$source/docs/examples/$program.c" retrograd.o $libs -o "$program"
        $plus -std=c++17 $strict -I. -x c++ "$source/docs/examples/$program.c" -x none retrograd.o $libs -o "${program}_cxx"
    done
    for program in line line_cxx replay replay_cxx; do
        [ "$(./$program)" = 'y = 2.000 x + 1.000' ] || { echo "$program: $(./$program)" && exit 1; }
    done
    ./custom_op >/dev/null
    ./custom_op_cxx >/dev/null
    $compiler -std=c11 -Wall -Wextra -Werror -I. "$source/tests/consumer/bits.c" retrograd.o $libs -o bits
    ./bits >bits.two_files
    "$build/tests/consumer/bits" >bits.library
    cmp bits.two_files bits.library || { echo 'the two files compute other bits than the library' && exit 1; }
    # Without BLIS, zlib and jansson it needs nothing but the C library.
    nm -u retrograd.o | grep -E 'bli_|gzopen|json_' && exit 1
done
exit 0
