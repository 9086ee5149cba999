#!/bin/sh
# man.sh PROGRAM PAGE: the manual pages are clean mdoc, and retrograd(1), which the program writes,
# shows every command and every option that --help shows.
set -eu
program=$1 overview=$2
command -v mandoc >/dev/null || { echo 'skipped: no mandoc' && exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$program" help man >"$dir/retrograd.1"
cp "$overview" "$dir/retrograd.3"
cd "$dir"
mandoc -T lint -W warning retrograd.1 retrograd.3
mandoc -T ascii retrograd.1 | sed 's/.\x08//g' >page
for command in $("$program" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
    grep -q "^   $command$" page || { echo "no section on $command" && exit 1; }
    for option in $("$program" "$command" --help | sed -n 's/^  \(--[a-z]*\).*/\1/p'); do
        grep -q -- "^ *$option" page || { echo "$command: $option is not on the page" && exit 1; }
    done
done
