#!/bin/sh
# transcript.sh PROGRAM FILE [--update]: run what a transcript says and compare.
#
#   # a comment
#   $ retrograd grad 'x^2' x=3      a command, for sh; $dir is a directory to write in
#   > value = 9                     its standard output
#   ! note: ...                     its standard error
#   = 0                             its exit status
set -u
program=$1 transcript=$2 update=${3:-}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
retrograd() { "$program" "$@"; }
unset NO_COLOR COLUMNS
LC_ALL=C.UTF-8
export LC_ALL

while IFS= read -r line; do
    case $line in
    '$ '*)
        printf '%s\n' "$line"
        (eval "${line#??}") >"$dir/out" 2>"$dir/err" </dev/null
        status=$?
        awk '{ print "> " $0 }' "$dir/out"
        sed "s/^/! /; s#$dir#DIR#g" "$dir/err"
        printf '= %d\n' "$status"
        ;;
    '#'* | '') printf '%s\n' "$line" ;;
    esac
done <"$transcript" >"$dir/now"

if [ "$update" = --update ]; then
    cp "$dir/now" "$transcript"
else
    diff -u "$transcript" "$dir/now"
fi
