#!/bin/sh
# look.sh PROGRAM WORKLOAD...: the plan of every workload can be printed, in ASCII of 100
# columns, and so can its memory; one is profiled, one timed.
set -u
program=$1
shift
bad=0
fits() { # WORKLOAD WORD HOW...: some lines, the first of which begins with the word
    workload=$1 word=$2
    shift 2
    "$program" --workload "$workload" "$@" | LC_ALL=C awk -v word="$word" '
        NR == 1 && $1 != word || length > 100 || /[^ -~]/ { bad = 1; print }
        END { exit bad || !NR }' || { echo "$workload $*" && bad=1; }
}
for workload; do
    fits "$workload" plan --print
    fits "$workload" workspace --memory
done
fits W5 profile --profile --repeats 2
"$program" --workload W5 --repeats 1 --json | grep -q '^{"workload": "W5", .*}$' || { echo "W5 --json" && bad=1; }
exit $bad
