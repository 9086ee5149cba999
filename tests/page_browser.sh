#!/bin/sh
# page_browser.sh DIR ARG...: page_browser.js with playwright-core and axe-core, which npm puts
# into DIR once. Exit 77, which means skipped, where there is no browser or no npm.
set -u
dir=$1
shift
skip() { echo "skipped: $1" && exit 77; }
command -v node >/dev/null || skip "no node"
command -v chromium >/dev/null || command -v google-chrome >/dev/null || skip "no chromium"
if [ ! -d "$dir/node_modules/axe-core" ]; then
    command -v npm >/dev/null || skip "no npm"
    mkdir -p "$dir"
    npm install --prefix "$dir" --no-audit --no-fund --no-save playwright-core@1.65.1 axe-core@4.14.1 >"$dir/npm.log" 2>&1 ||
        skip "npm could not install playwright-core and axe-core; $dir/npm.log says why"
fi
NODE_PATH=$dir/node_modules exec node "$(dirname "$0")/page_browser.js" "$@"
