#!/bin/sh
# sysroot.sh ARCH TRIPLET FOLDER: what Retrograd and its tests stand on, Debian's packages of
# another architecture unpacked into FOLDER, beside a cross compiler that brings its own C
# library. The machine's own packages are left alone. Prints what is not there.
set -eu
arch=$1 triplet=$2 dir=$3
packages='zlib1g-dev libjansson-dev check libsubunit-dev libblis-openmp-dev
    libc6 libgcc-s1 libgomp1 libstdc++6 zlib1g libjansson4 libsubunit0 libblis4-openmp liblapack3 libblas3 libgfortran5'
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/root" "$dir/debs"
dir=$(cd "$dir" && pwd)
: >"$dir/status"
set -- -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$dir/state" -o Dir::Cache="$dir/cache" \
    -o Dir::State::status="$dir/status" -o APT::Sandbox::User=root -o Debug::NoLocking=1
[ -e "$dir/updated" ] || apt-get "$@" update -qq
touch "$dir/updated"
cd "$dir/debs"
for p in $packages; do
    ls "$p"_*.deb >/dev/null 2>&1 || apt-get "$@" download -qq "$p" 2>/dev/null || echo "no $p for $arch"
done
for deb in *.deb; do dpkg -x "$deb" "$dir/root"; done
# What update-alternatives would link.
cd "$dir/root/usr/lib/$triplet"
for library in lapack/liblapack.so.3 blas/libblas.so.3 blis-openmp/libblis.so.4 blis-openmp/libblis.so; do
    if [ -e "$library" ]; then ln -sf "$library" .; fi
done
cd "$dir/root/usr/include" && if [ -d "$triplet/blis-openmp" ]; then ln -sf "$triplet/blis-openmp/blis.h" .; fi

cat >"$dir/cross.ini" <<INI
[binaries]
c = '$triplet-gcc'
cpp = '$triplet-g++'
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-QEMU', '-L', '$dir/root']
[built-in options]
c_args = ['-idirafter', '$dir/root/usr/include', '-idirafter', '$dir/root/usr/include/$triplet']
c_link_args = ['-L$dir/root/usr/lib/$triplet', '-L$dir/root/lib/$triplet', '-Wl,-rpath-link,$dir/root/usr/lib/$triplet', '-Wl,-rpath-link,$dir/root/lib/$triplet']
[properties]
pkg_config_libdir = '$dir/root/usr/lib/$triplet/pkgconfig'
sys_root = '$dir/root'
[host_machine]
system = 'linux'
cpu_family = 'FAMILY'
cpu = 'FAMILY'
endian = 'ENDIAN'
INI
case $arch in
arm64) sed -i 's/QEMU/aarch64/; s/FAMILY/aarch64/; s/ENDIAN/little/' "$dir/cross.ini" ;;
s390x) sed -i 's/QEMU/s390x/; s/FAMILY/s390x/; s/ENDIAN/big/' "$dir/cross.ini" ;;
esac
