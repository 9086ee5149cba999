#!/bin/sh
# no_avx.sh BUILD TEST...: test programs on a processor without AVX, which qemu plays. The
# library must choose its baseline kernels there, and pass.
set -eu
build=$1
shift
command -v qemu-x86_64 >/dev/null || { echo 'skipped: no qemu-x86_64' && exit 77; }
cd "$build"
export LD_LIBRARY_PATH=. CK_TIMEOUT_MULTIPLIER=20
old='qemu-x86_64 -cpu Nehalem'
$old cli/retrograd version --verbose | grep -q 'kernels  *baseline'
[ "$($old cli/retrograd grad 'sum((W@x)^2)' W='1 2; 3 4' x='1 -1' --json)" = \
    "$(cli/retrograd grad 'sum((W@x)^2)' W='1 2; 3 4' x='1 -1' --json)" ]
for test; do $old "tests/test_$test"; done
