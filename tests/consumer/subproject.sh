#!/bin/sh
# subproject.sh SOURCE: a Meson project that has Retrograd as a wrap, in C and C++. The wrap
# is the one of docs/howto/embed.md, with the folder in place of the address; the project's own
# build has neither tests nor the command.
set -eu
source=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cp -r "$source/tests/consumer/subproject" "$root/project"
cp "$source/docs/examples/line.c" "$root/project/line.c"
cp "$source/docs/examples/line.c" "$root/project/line.cpp"
mkdir "$root/project/subprojects"
cp "$source/docs/packaging/retrograd.wrap" "$root/project/subprojects/"
mkdir "$root/project/subprojects/retrograd"
(cd "$source" && cp -r meson.build meson_options.txt autograd ops nn optim docs "$root/project/subprojects/retrograd")
cd "$root/project"
meson setup out -Doptimization=0 -Dretrograd:clones=false >log 2>&1 || { cat log && exit 1; }
meson compile -C out >log 2>&1 || { tail -n 40 log && exit 1; }
for program in out/line out/line_cxx; do
    [ "$("$program")" = 'y = 2.000 x + 1.000' ] || { echo "$program: $("$program")" && exit 1; }
done
[ -z "$(find out -name retrograd -type f -perm -u+x)" ] || { echo 'the command was built' && exit 1; }
