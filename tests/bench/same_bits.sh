#!/bin/sh
# same_bits.sh PROGRAM WORKLOAD...: eager, compiled, compiled without fusion, at any
# number of threads, a workload has the same bits; and within a budget, if it is one of those
# that can do with 60 % of the memory.
set -u
program=$1
shift
bad=0
bits() { "$program" --workload "$@" --check | sed -n 's/.*"bits": "\([0-9a-f]*\)".*/\1/p'; }
for workload; do
    want=$(bits "$workload" --eager)
    [ -n "$want" ] || { echo "$workload: no answer" && bad=1; }
    case $workload in
    W1 | W2 | W4 | W10) budgets='90 75 60' ;;
    *) budgets= ;;
    esac
    for how in --plain '--threads 1' '--threads 2' '--threads 4' '--threads 8' '--eager --threads 4' $budgets; do
        case $how in [0-9]*) how="--threads 2 --budget $how%" ;; esac
        # shellcheck disable=SC2086
        got=$(bits "$workload" $how)
        [ "$got" = "$want" ] || { echo "$workload $how: $got, eager: $want" && bad=1; }
    done
done
exit $bad
