#!/bin/sh
# readme.sh PROGRAM README: what the README shows of the command is what it prints.
set -eu
program=$1 readme=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
retrograd() { "$program" "$@"; }

# The first block that begins with "$ retrograd": the command, then its output.
sed -n '/^\$ retrograd/,/^```$/p' "$readme" | sed '/^```$/q' | grep -v '^```' >"$dir/shown"
command=$(head -n 1 "$dir/shown" | sed 's/^\$ //')
tail -n +2 "$dir/shown" >"$dir/want"
[ -s "$dir/want" ]
LC_ALL=C eval "$command" >"$dir/got" 2>&1
diff -u "$dir/want" "$dir/got"
