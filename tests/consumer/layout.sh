#!/bin/sh
# layout.sh LIBRARY: what a start touches stands together (autograd/retrograd.ld). In the order of their addresses the
# resolvers are one run, and so are the kernels of each instruction set and the ops on single numbers.
set -eu
library=$1
[ -e "$library" ] || { echo 'skipped: no shared library' && exit 77; }
cc -Wl,--version 2>&1 | grep -q 'GNU ld' || { echo 'skipped: another linker' && exit 77; }
nm -n --defined-only "$library" | grep -q '\.resolver$' || { echo 'skipped: no clones' && exit 77; }
nm -n --defined-only "$library" | awk '
    $2 !~ /[tTi]/ { next }
    { kind = $3 ~ /\.resolver/ ? "resolvers" : $3 ~ /\.avx512f/ ? "avx512f" : $3 ~ /\.(avx2|fma)/ ? "avx2" : \
          $3 ~ /\.default/ ? "default" : $3 ~ /_number[0-9]_f(32|64)(\.cold)?$/ ? "numbers" : "" }
    $2 == "i" { next } # the name of a function that has clones: its resolver is at the same address
    kind != last { runs[kind]++; last = kind }
    END {
        for (kind in runs) {
            if (kind == "") continue
            print kind ": " runs[kind]
            seen++
            if (runs[kind] > 1) bad = 1
        }
        exit bad || seen < 5
    }'
