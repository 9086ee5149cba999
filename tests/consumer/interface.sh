#!/bin/sh
# interface.sh BUILD SOURCE: what is installed. The files are those of tests/golden/installed.txt, the
# headers those of the umbrella; each public header stands alone in C11 and C++17; what the
# library exports is what the headers say, with a version; every version number is one.
build=$1 source=$2
. "$source/tests/consumer/installed.sh"
cd "$root"

(cd "$prefix" && find . -type f -o -type l) | sed -E "s|^\./||; s|^${libdir#"$prefix"/}|lib|" |
    sed -E 's#/(lessons|retrograd)/[a-z0-9_]*\.(h|c|def)$#/\1/...#; /\.a$/d' | LC_ALL=C sort -u >files
if [ "${3-}" = --update ]; then cp files "$source/tests/golden/installed.txt"; fi
diff -u "$source/tests/golden/installed.txt" files

# The umbrella has all headers, but for itself, its C++ twin and a part of ops.h.
{ sed -n 's/^#include "\(.*\)"$/\1/p' "$prefix/include/retrograd/retrograd.h" && printf '%s\n' ops_here.h retrograd.h retrograd.hpp; } |
    LC_ALL=C sort >umbrella
(cd "$prefix/include/retrograd" && ls) | LC_ALL=C sort | diff -u umbrella -

for header in "$prefix"/include/retrograd/*.h*; do
    name=$(basename "$header")
    [ "$name" = ops_here.h ] && continue # a part of ops.h
    echo "#include <retrograd/$name>" >alone.c
    # shellcheck disable=SC2086 # a list of flags
    compilers | while read -r compiler; do
        case $name in *.hpp) [ "${compiler#*++}" != "$compiler" ] || continue ;; esac
        $compiler $strict -I"$prefix/include" -fsyntax-only alone.c
    done
done

if [ -e "$libdir/libretrograd.so" ]; then
    nm -D --defined-only "$libdir/libretrograd.so" | grep -v ' A ' >symbols
    if grep -v '@@RETROGRAD_0$' symbols; then echo 'exported without a version' && exit 1; fi
    sed 's/.* //; s/@.*//' symbols | sort >exported
    # Of a function the name in front of its parenthesis, of objects every name in front of a comma or the end.
    echo '#include <retrograd/retrograd.h>' | cc -std=c11 -DRG_NO_HERE -I"$prefix/include" -E -P - | tr '\n' ' ' |
        sed 's/__attribute__ *((visibility("default")))/\n@API /g' | sed -n 's/^@API \([^;{]*\)[;{].*/\1/p' | sed 's/(.*//' |
        grep -oE '\brg_[a-z0-9_]+ *(,|\[|$)' | grep -oE 'rg_[a-z0-9_]+' | sort -u >declared
    diff declared exported || { echo '< in a header, > exported' && exit 1; }
fi

cat >version.c <<'C'
#include <retrograd/retrograd.h>
#include <stdio.h>
int main(void)
{
    printf("%s\n%s\n%d.%d.%d\n", rg_version(), RG_VERSION, RG_VERSION_MAJOR, RG_VERSION_MINOR, RG_VERSION_PATCH);
    return 0;
}
C
# shellcheck disable=SC2046
cc -std=c11 version.c $(pkg-config --cflags --libs retrograd) -o version
{
    ./version
    pkg-config --modversion retrograd
    sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' "$libdir/cmake/retrograd/retrogradConfigVersion.cmake"
    "$prefix/bin/retrograd" version | sed 's/^retrograd //; s/ .*//' | head -n 1
    sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build"
} >versions
[ "$(wc -l <versions)" = 7 ] && [ "$(sort -u versions | wc -l)" = 1 ] || { echo 'versions differ:' && cat versions && exit 1; }
