#!/bin/sh
# Includes go down only: cli -> optim, nn -> ops -> autograd; nn and optim do not know
# each other; only gemm.c includes blis.h; the library's own sources do not note lines.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
complain() { echo "$1" && bad=1; }

# may ROOM ALLOWED-ROOM...: every "x.h" included in ROOM lives in one of them.
may() {
    room=$1
    for file in $(find "$room" -name '*.[ch]' -o -name '*.inc' -o -name '*.def'); do
        for header in $(sed -n 's/^ *# *include "\([^"]*\)".*/\1/p' "$file"); do
            found=
            for allowed in "$@"; do
                [ -n "$(find "$allowed" -name "$(basename "$header")" | head -n 1)" ] && found=1
            done
            [ -n "$found" ] || complain "$file includes $header, which is not in: $*"
        done
        grep -Eq '^ *# *include *<retrograd/' "$file" && [ "$room" != cli ] && complain "$file includes <retrograd/...>"
    done
}
may autograd autograd
may ops ops autograd
may nn nn ops autograd
may optim optim ops autograd

for file in $(grep -rl 'blis\.h' --include='*.[ch]' autograd ops nn optim cli); do
    [ "$file" = ops/gemm.c ] || complain "$file includes blis.h"
done
for file in $(grep -l '^# *include "\(op\|ops\|tape\|nn\|optim\|internal\)\.h"' autograd/*.c ops/*.c nn/*.c optim/*.c 2>/dev/null); do
    grep -q 'RG_NO_HERE' "$file" || grep -q '"internal.h"' "$file" || complain "$file does not define RG_NO_HERE"
done

# A function of ops.h and its line-noting macro come in pairs.
functions=$(sed -n 's/^RG_API rg_node \*\(rg_[a-z0-9_]*\)(.*/\1/p' ops/ops.h | sort)
macros=$(sed -n 's/^#define \(rg_[a-z0-9_]*\)(\.\.\.).*/\1/p' ops/ops_here.h | sort)
[ "$functions" = "$macros" ] || complain "ops.h and ops_here.h differ"

# Names of static functions are unique over the tree: it can be built as one file.
twice=$(grep -roE '^(RG_CLONES )?static (inline )?[a-z_0-9 ]+[ *]+[a-z_0-9]+\(' --include='*.[ch]' autograd ops nn optim |
    grep -v 'K(' | sed 's/($//; s/:.*[ *]/ /' | sort -u | sed 's/.* //' | sort | uniq -d)
[ -z "$twice" ] || complain "static functions defined twice: $twice"
exit $bad
