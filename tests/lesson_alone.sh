#!/bin/sh
# lesson_alone.sh LESSONS LIBRARY INCLUDE COMPILER...: each lesson is a program by itself, made of
# the files in the command that lesson.h shows; it says its facts, and writes its figures into a
# folder, or says that it cannot.
set -eu
lessons=$1 library=$(realpath "$2") include=$3
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
shared=$(sed -n 's/.*-DLESSON_ALONE lesson_8_3\.c \(.*\.c\) .*/\1/p' "$lessons/lesson.h")
[ -n "$shared" ] || { echo 'lesson.h shows no command' && exit 1; }
cd "$dir"
for file in $shared; do "$@" -std=gnu11 -DLESSON_ALONE -I"$include" -c "$lessons/$file"; done
for source in "$lessons"/lesson_*.c; do
    name=$(basename "$source" .c)
    "$@" -std=gnu11 -DLESSON_ALONE -I"$include" "$source" ./*.o "$library" -Wl,-rpath,"$(dirname "$library")" -lm -o "$name"
done
for name in lesson_3_1 lesson_4_5 lesson_7_3 lesson_8_3 lesson_10_2; do
    mkdir "$name.figures"
    "./$name" "$name.figures" >said || { echo "$name: exit $?" && cat said && exit 1; }
    grep -q '^  holds \|^  shown ' said
    grep -q '<svg' "$name.figures/$name-1.svg"
    [ "$(wc -l <"$name.figures/$name-1.csv")" -gt 2 ]
    "./$name" >again
    cmp said again
done
status=0
./lesson_4_5 /nowhere >said 2>told || status=$?
[ "$status" = 4 ] && grep -q '^/nowhere/lesson_4_5-1.svg: cannot be written$' told
