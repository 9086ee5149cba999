#!/bin/sh
# coverage.sh [BUILD]: lines and branches of the library that the short suite runs, by room;
# what it does not run stands in BUILD/coverage.txt. BUILD is a folder of its own (build-cov).
# Asserts are left out: that one fails is no branch that could be tested. Needs gcovr.
set -eu
cd "$(dirname "$0")/.."
dir=${1-build-cov}
rooms='autograd ops nn optim'
[ -d "$dir" ] || meson setup "$dir" -Dbuildtype=debug -Doptimization=1 -Dclones=false -Db_coverage=true >/dev/null
meson compile -C "$dir" >"$dir/coverage.log"
find "$dir" -name '*.gcda' -delete
# Last those that end what may be written to a file, for gcov writes at the end of a program, too.
export CK_TIMEOUT_MULTIPLIER=20
last='cli-train files'
names=$(meson test -C "$dir" --list 2>/dev/null | sed -n 's/^.* \/ //p' | grep -vxE "$(echo $last | tr ' ' '|')")
# shellcheck disable=SC2086 # lists of names
for some in "$names" "$last"; do
    meson test -C "$dir" --no-rebuild --timeout-multiplier 20 $some >>"$dir/coverage.log" 2>&1 || true
done
grep -E '[0-9] .* (FAIL|TIMEOUT) ' "$dir/coverage.log" || true
# shellcheck disable=SC2046 # a list
gcovr -r . --object-directory "$dir" $(printf -- '-f %s/ ' $rooms) --exclude 'autograd/report/web/' \
    --exclude-branches-by-pattern '\s*assert\(.*' --json "$dir/coverage.json" 2>>"$dir/coverage.log"
for room in $rooms; do
    gcovr -r . -a "$dir/coverage.json" -f "$room/" -s -o "$dir/coverage-$room.txt" | sed "s/^/$room /" | grep -E 'lines|branches'
done
gcovr -r . -a "$dir/coverage.json" -s -o "$dir/coverage.txt" | sed 's/^/all /' | grep -E 'lines|branches'
