#!/bin/sh
# lesson_seeds.sh PROGRAM FIRST LAST: every fact of every lesson comes out with each of these seeds.
set -u
failed=0
for seed in $(seq "$2" "$3"); do
    "$1" lesson all --seed "$seed" >said || {
        failed=1
        echo "seed $seed:"
        grep -A 3 'FAILS' said
    }
done
rm -f said
exit $failed
