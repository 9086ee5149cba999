#!/bin/sh
# verify_traces.sh PROGRAM FOLDER VERIFY_H: a trace named after a rule breaks that rule and is refused
# for it; right.json is accepted, and by_hand.json with as many digits as it has.
set -u
program=$1 folder=$2 header=$3 bad=0 broken=0
complain() { echo "$1" && bad=1; }
"$program" verify "$folder/right.json" || complain "right.json is refused"
"$program" verify "$folder/by_hand.json" --digits 4 || complain "by_hand.json is refused"
"$program" verify "$folder/by_hand.json" >/dev/null && complain "four digits pass for all of them"
for file in "$folder"/*.json; do
    rule=$(basename "$file" .json)
    case $rule in right | by_hand) continue ;; esac
    broken=$((broken + 1))
    first=$("$program" verify "$file" | head -n 1)
    "$program" verify "$file" >/dev/null 2>&1
    [ $? = 1 ] || complain "$rule.json: the exit status is not 1"
    case $first in "$rule "*) ;; *) complain "$rule.json: refused for: $first" ;; esac
done
for file in "$folder"/lies/*.json; do # each was believed once
    "$program" verify "$file" >/dev/null 2>&1
    [ $? = 1 ] || complain "lies/$(basename "$file") is not refused"
done
# A rule without a broken trace is a rule that nobody has seen at work.
rules=$(grep -c '^    VERIFY_[A-Z]*, ' "$header")
[ "$broken" = "$rules" ] || complain "$broken broken traces for $rules rules"
exit $bad
