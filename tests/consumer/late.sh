#!/bin/sh
# late.sh BUILD BENCH: what the library can do without is no part of its start. The loader brings
# neither BLIS nor OpenMP with it, and where a BLIS cannot be used products are computed all the
# same: here one is found that has no functions.
set -eu
library=$1/libretrograd.so bench=$2
[ -e "$library" ] || { echo 'skipped: no shared library' && exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
objdump -p "$library" | grep NEEDED >"$root/needed"
if grep -E 'blis|gomp|lapack' "$root/needed"; then exit 1; fi
# Nor does the command look for them to say its version (glibc tells what is looked for).
LD_DEBUG=libs "$1/cli/retrograd" version 2>"$root/looked"
if grep -E 'find library=lib(blis|lapack)' "$root/looked"; then exit 1; fi
cc -shared -x c /dev/null -o "$root/libblis.so.4"
for workload in W3b32 W8; do # f32 and f64, with products that BLIS takes where it can
    LD_LIBRARY_PATH=$root "$bench" --workload "$workload" --check
done
