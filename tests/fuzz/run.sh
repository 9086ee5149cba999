#!/bin/sh
# Runs the fuzz targets, one after the other, each from its corpus:
#   tests/fuzz/run.sh BUILD SECONDS [TARGET...]
# BUILD is configured so:
#   meson setup BUILD --native-file=tests/clang.ini -Dfuzz=true -Db_sanitize=address,undefined \
#     -Db_lundef=false -Dblis=disabled -Dclones=false -Dbuildtype=debugoptimized
# What is found goes to $FUZZ_OUT (fuzz-out): new inputs in TARGET/, what ends the program as
# crash-*, leak-*, timeout-* in found/, a log per target, and executions added up in total. An input
# is a hang after $FUZZ_TIMEOUT seconds (20) by the clock: more where other work may stop this one.
set -u
build=$1 seconds=$2
shift 2
here=$(dirname "$0")
out=${FUZZ_OUT-fuzz-out}
mkdir -p "$out/found"
[ $# -gt 0 ] || set -- $(cd "$here/corpus" && ls)
failed=0
for target; do
    mkdir -p "$out/$target"
    dict=
    [ ! -f "$here/dict/$target.dict" ] || dict=-dict=$here/dict/$target.dict
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1 \
        "$build/tests/fuzz/fuzz_$target" $dict -max_total_time="$seconds" -timeout="${FUZZ_TIMEOUT-20}" -rss_limit_mb=1024 \
        -print_final_stats=1 -verbosity=1 -artifact_prefix="$out/found/" "$out/$target" "$here/corpus/$target" \
        >"$out/$target.log" 2>&1 || { failed=1; grep -E 'ERROR|SUMMARY|broken|runtime error' "$out/$target.log" | head -n 5; }
    awk -v target="$target" '/^stat::number_of_executed_units/ { n = $2 } /cov: / { line = $0 } END { sub(/.*cov: /, "edges ", line);
        sub(/ exec.*/, "", line); printf "%-12s %12d executions  %s\n", target, n, line }' "$out/$target.log" | tee -a "$out/total"
done
exit $failed
