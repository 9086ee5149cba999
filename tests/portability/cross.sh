#!/bin/sh
# cross.sh arm64|s390x FOLDER [TEST...]: builds for another architecture in FOLDER and runs the
# tests under qemu: without names, those that know neither the command nor large products.
set -eu
arch=$1 dir=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
case $arch in
arm64) triplet=aarch64-linux-gnu ;;
s390x) triplet=s390x-linux-gnu ;;
*) echo 'arm64 or s390x' && exit 2 ;;
esac
[ $# -gt 0 ] || set -- tape grad every_op known plan memory random safetensors npy reductions images linalg
"$here/sysroot.sh" $arch $triplet "$dir/system"
[ -d "$dir/build" ] || meson setup "$dir/build" "$here/../.." --cross-file "$dir/system/cross.ini" -Dbuildtype=debugoptimized -Doptimization=1
programs=
for test; do programs="$programs tests/test_$test"; done
# shellcheck disable=SC2086 # a list of names
ninja -C "$dir/build" $programs
CK_TIMEOUT_MULTIPLIER=20 meson test -C "$dir/build" --no-rebuild --timeout-multiplier=20 "$@"
