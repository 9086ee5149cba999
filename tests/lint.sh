#!/bin/sh
# lint.sh BUILD [--deep]: static analysis of the library and the command; a warning is an error.
# cppcheck and clang-tidy (.clang-tidy says what and why not); --deep adds the path-sensitive
# analyzers of clang and gcc, which take hours. 77: a tool is not installed.
set -u
build=$1 deep=${2-}
cd "$(dirname "$0")/.." || exit 1
rooms='autograd ops nn optim cli'
for tool in cppcheck clang-tidy; do
    command -v $tool >/dev/null || { echo "lint: $tool is not installed" && exit 77; }
done
bad=0
jobs=$(nproc)
include='-Iautograd -Iautograd/report -Iops -Inn -Inn/data -Ioptim -Icli'
sources=$(find $rooms -name '*.c' ! -path 'autograd/report/web/*')

# shellcheck disable=SC2086 # lists of words
cppcheck -q -j"$jobs" --error-exitcode=1 --enable=warning,performance,portability --inline-suppr --std=c11 \
    -D__GNUC__=12 --suppress=missingIncludeSystem --suppressions-list=tests/cppcheck.txt \
    --template='{file}:{line}: {message} [{id}]' $include $rooms || bad=1

checks=
[ "$deep" = --deep ] && checks='--checks=clang-analyzer-*,-clang-analyzer-security.insecureAPI.*,-clang-analyzer-optin.performance.Padding'
# clang's analyzer does not see: that lists asked for have been found to be there (functional, prune), that a text
# that was added to is there (cmd_explain), that what was refused or checked in another function was (encode, large, rerun, resolve).
beyond_clang=
[ "$deep" = --deep ] && beyond_clang='autograd/(functional|rerun|report/large)|nn/(prune|data/encode)|cli/(cmd_explain|resolve)'
# shellcheck disable=SC2086
echo "$sources" | grep -vxE "(${beyond_clang:-none})\.c" | xargs -n 8 -P "$jobs" clang-tidy -p "$build" --quiet $checks >"$build/lint.log" 2>/dev/null || bad=1
grep -E '(warning|error): ' "$build/lint.log" | sort -u

# gcc does not see: that arrays are filled by loops (fold, pooling, prune), that what a program was
# checked for once does not fail later (resolve), that a file is closed by the caller (sink).
beyond_gcc='ops/(fold|pooling)|nn/(prune|data/sink)|cli/resolve'
if [ "$deep" = --deep ]; then
    # shellcheck disable=SC2086
    echo "$sources" | grep -vxE "($beyond_gcc)\.c" | xargs -n 1 -P "$jobs" sh -c 'gcc -std=c11 -D_GNU_SOURCE -DRG_NO_CLONES -DRG_LIBRARY_VERSION=\"\" -O1 -fanalyzer -Werror \
        -Wno-analyzer-too-complex $1 -I$2 -I$2/include -I$2/autograd/report -c $3 -o /dev/null' sh "$include" "$build" || bad=1
fi
exit $bad
