#!/bin/sh
# verify_functions.sh PROGRAM TRANSCRIPT: every expression of the transcript of functions, summed,
# explained as JSON and derived again, in both precisions. Whatever op the command can record
# is thereby known to verify.
set -u
program=$1 transcript=$2 bad=0 count=0
text=$(mktemp) || exit 99
trap 'rm -f "$text"' EXIT
retrograd() { # grad EXPR NAME=VALUE... --jacobian
    shift
    expression=$1
    shift
    case $expression in *\;*) return ;; esac
    for dtype in f64 f32; do
        count=$((count + 1))
        "$program" explain "sum(1.5 * ($expression))" "$@" --dtype $dtype --json >"$text" 2>/dev/null
        "$program" verify "$text" --strict >"$text.out" 2>&1 && continue
        bad=1
        echo "$dtype: $expression $*"
        cat "$text.out"
    done
    rm -f "$text.out"
}
while IFS= read -r line; do
    case $line in
    '$ retrograd grad '*) eval "$(printf '%s' "${line#??}" | sed 's/ --jacobian | head -n 1$//')" ;;
    esac
done <"$transcript"
[ "$count" -gt 100 ] || { echo "only $count expressions were tried"; exit 1; }
exit $bad
