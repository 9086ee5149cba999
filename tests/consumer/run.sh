#!/bin/sh
# Installs the library into an empty folder and builds programs against that copy alone:
# a custom op in C11 and in C++17, shared and static, by pkg-config. Each must run.
set -eu
build=$1 source=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root meson install -C "$build" --no-rebuild >/dev/null
prefix=$(find "$root" -name retrograd.pc | sed 's|/lib/.*||')
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name retrograd.pc)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$root"
flags=$(pkg-config --cflags --libs retrograd)
LD_LIBRARY_PATH=$(dirname "$(find "$root" -name 'libretrograd.so')")
export LD_LIBRARY_PATH
cd "$root"
strict='-Wall -Wextra -Wpedantic -Werror'
sanitize=${3-}
# shellcheck disable=SC2086 # lists of flags
for compiler in 'cc -std=c11' 'c++ -std=c++17 -x c++'; do
    $compiler $strict $sanitize "$source/docs/examples/custom_op.c" -x none $flags -lm -o custom_op
    ./custom_op
    $compiler $strict $sanitize "$source/docs/examples/line.c" -x none $flags -o line
    $compiler $strict $sanitize -fPIC -shared "$source/tests/consumer/ops.c" -x none $flags -o ops.so
    nm -D --defined-only ops.so | grep -q ' rg_library_ops$'
    [ "$(./line)" = 'y = 2.000 x + 1.000' ]
    $compiler $strict $sanitize "$source/docs/examples/replay.c" -x none $flags -o replay
    [ "$(./replay)" = 'y = 2.000 x + 1.000' ]
    $compiler $strict $sanitize "$source/docs/examples/unroll.c" -x none $flags -lm -o unroll
    ./unroll >derivatives # fails where a derivative and its slope disagree
done

# The program that the README shows is that one.
sed -n '/^```c$/,/^```$/p' "$source/README.md" | grep -v '^```' | diff "$source/docs/examples/line.c" -

# Each public header stands alone, in both languages.
for header in "$prefix"/include/retrograd/*.h; do
    name=$(basename "$header")
    [ "$name" = ops_here.h ] && continue # a part of ops.h
    echo "#include <retrograd/$name>" >alone.c
    cc -std=c11 $strict -I"$prefix/include" -fsyntax-only alone.c
    c++ -std=c++17 $strict -I"$prefix/include" -fsyntax-only -x c++ alone.c
done

# What is exported is what the headers say, no more and no less.
nm -D --defined-only "$LD_LIBRARY_PATH/libretrograd.so" | sed -n 's/.* [TDRB] \([^@]*\).*/\1/p' | sort >exported
cat "$prefix"/include/retrograd/*.h | tr '\n' ' ' | grep -oE 'RG_API [^;{]*' |
    grep -oE '\brg_[a-z0-9_]+ *(\(|\[|,|$)' | grep -oE 'rg_[a-z0-9_]+' | sort -u >declared
comm -23 exported declared >extra
[ ! -s extra ] || { echo "exported, but in no header:" && cat extra && exit 1; }
