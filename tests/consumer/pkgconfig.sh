#!/bin/sh
# pkgconfig.sh BUILD SOURCE: programs against an installed copy alone, found by pkg-config,
# in C11 and C++17, by every compiler there is; linked to the shared library and, where one
# is installed, to the static one. Each program must run and say what it says.
build=$1 source=$2
. "$source/tests/consumer/installed.sh"
cd "$root"
flags=$(pkg-config --cflags --libs retrograd)
says_line() { [ "$("$1")" = 'y = 2.000 x + 1.000' ] || { echo "$1 of $compiler: $("$1")" && exit 1; }; }
compilers | while read -r compiler; do
    # shellcheck disable=SC2086 # lists of flags
    for program in custom_op line replay unroll; do
        $compiler $strict "$examples/$program.c" -x none $flags -lm -o "$program"
    done
    # shellcheck disable=SC2086
    $compiler $strict -fPIC -shared "$source/tests/consumer/ops.c" -x none $flags -o ops.so
    says_line ./line
    says_line ./replay
    ./custom_op >/dev/null # fails where a derivative and its slope disagree
    ./unroll >/dev/null
    nm -D --defined-only ops.so | grep -q ' rg_library_ops$'
done

[ -n "$static" ] || { echo 'no static library installed: --default-library=both has one' && exit 0; }
# As docs/howto/embed.md says it.
flags="$(pkg-config --cflags retrograd) $(pkg-config --static --libs retrograd | sed 's/-lretrograd/-l:libretrograd.a/')"
unset LD_LIBRARY_PATH
compilers | while read -r compiler; do
    # shellcheck disable=SC2086
    $compiler $strict "$examples/line.c" -x none -Wl,-u,rg_mpi_open $flags -o line_static
    says_line ./line_static
    if ldd ./line_static | grep -q libretrograd; then echo 'the static program wants the shared library' && exit 1; fi
done
