# installed.sh - to be sourced: installs the library from $build into an empty folder and
# sets $root (that folder, removed at exit), $prefix, $libdir and what pkg-config and the
# loader need. $static is not empty when there is a static library.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root meson install -C "$build" --no-rebuild >"$root/install.log" || { cat "$root/install.log" && exit 1; }
rm "$root/install.log"
libdir=$(dirname "$(find "$root" -name 'libretrograd.so' -o -name libretrograd.a | head -n 1)")
prefix=$(find "$root" -path '*/include/retrograd' | sed 's|/include/retrograd$||')
static=$(find "$libdir" -name libretrograd.a)
PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root LD_LIBRARY_PATH=$libdir
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH
strict='-Wall -Wextra -Wpedantic -Werror'
examples=$source/docs/examples

# Every compiler of C and of C++ on this machine, as a command line, one a line.
compilers() {
    echo 'cc -std=c11 -pedantic'
    echo 'c++ -std=c++17 -x c++'
    if command -v clang >/dev/null; then echo 'clang -std=c11 -pedantic'; fi
    if command -v clang++ >/dev/null; then echo 'clang++ -std=c++17 -x c++ -Wno-deprecated'; fi
}
