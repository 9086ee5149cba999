#!/bin/sh
# The tests: all of them in a release build, slow ones included; the engine's under
# AddressSanitizer, UndefinedBehaviorSanitizer (on the hostile build) and ThreadSanitizer; lint; a
# little fuzzing. With --every also in each other configuration that has found a bug before: clang,
# all short tests under sanitizers, the portable product, valgrind. Ends with one line: N passed, N
# failed. Build folders and logs are build-test-*, and may be deleted.
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0
failed=0
skipped=0
jobs=$(nproc)

# Adds up meson's summary lines "Ok: n", "Fail: n" and so on; none at all is a failure.
count() {
    ok=$(awk '/^(Ok|Expected Fail): / { n += $NF } END { print n + 0 }' "$1")
    bad=$(awk '/^(Fail|Timeout|Unexpected Pass): / { n += $NF; seen = 1 } END { print seen ? n : 1 }' "$1")
    not=$(awk '/^Skipped: / { n += $NF } END { print n + 0 }' "$1")
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + not))
}

# run_tests DIR LOG OPTION...: some tests of a configuration, what they need being built first.
run_tests() {
    dir=$1 log=$2
    shift 2
    CK_TIMEOUT_MULTIPLIER=10 meson test -C "$dir" --print-errorlogs --num-processes "$jobs" "$@" 2>&1 | tee "$log" |
        grep -vE '^ *[0-9]+/[0-9]+ .* OK |^(Expected|Unexpected|Full log)|^\[[0-9]+/[0-9]+\]|^ninja: |^$'
    count "$log"
}

# configure NAME TEST-OPTIONS -- SETUP-OPTIONS: builds and tests one configuration; builds all of
# it, unless only suites of a few tests are asked for.
configure() {
    name=$1
    shift
    options=
    while [ "$1" != -- ]; do options="$options $1" && shift; done
    shift
    dir=build-test-$name
    echo "== $name"
    [ -d "$dir" ] || meson setup "$dir" --werror "$@" >"$dir.log" || { cat "$dir.log"; failed=$((failed + 1)); return; }
    case $options in
    *memory* | *threads*) ;;
    *) meson compile -C "$dir" >"$dir.log" 2>&1 || { tail -n 40 "$dir.log"; failed=$((failed + 1)); return; } ;;
    esac
    # shellcheck disable=SC2086 # a list of words
    run_tests "$dir" "$dir.log" $options
}

# try NAME COMMAND...: one more test, which is no meson test.
try() {
    name=$1
    shift
    echo "== $name"
    "$@" >"build-test-$name.log" 2>&1
    case $? in
    0) passed=$((passed + 1)) && return ;;
    77) skipped=$((skipped + 1)) && tail -n 1 "build-test-$name.log" && return ;; # a tool is not there
    esac
    tail -n 40 "build-test-$name.log"
    failed=$((failed + 1))
}

fuzz_a_little() {
    [ -d build-test-fuzz ] || meson setup build-test-fuzz --native-file=tests/clang.ini -Dfuzz=true -Dblis=disabled -Dclones=false \
        --buildtype=debugoptimized -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false || return
    ninja -C build-test-fuzz fuzz && FUZZ_OUT=build-test-fuzz/found tests/fuzz/run.sh build-test-fuzz 5
}

# sanitized TEST-OPTIONS
sanitized() {
    configure sanitized "$@" --timeout-multiplier=10 -- \
        --buildtype=debugoptimized -Dhostile=true -Db_sanitize=address,undefined -Db_lundef=false
}

the_others() {
    sanitized --suite short
    configure clang --suite short --timeout-multiplier=4 -- --buildtype=debugoptimized -Dmpi=auto --native-file=tests/clang.ini
    configure portable --suite short --timeout-multiplier=4 -- --buildtype=debugoptimized -Dblis=disabled -Dclones=false
    echo "== valgrind"
    run_tests build-test-portable build-test-valgrind.log --suite memory --timeout-multiplier=40 --setup=valgrind
}

configure plain --setup slow --timeout-multiplier=4 -- --buildtype=release --default-library=both -Dmpi=auto
if [ "${1-}" = --every ]; then the_others; else sanitized --suite memory --suite threads; fi
configure threads --suite threads --timeout-multiplier=20 -- \
    --buildtype=debugoptimized -Db_sanitize=thread -Dblis=disabled -Dclones=false -Db_lundef=false
try lint tests/lint.sh build-test-plain
try fuzz fuzz_a_little

[ "$skipped" = 0 ] || echo "$skipped skipped: something that they need is not there"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
