#!/bin/sh
# ops_document.sh PROGRAM FILE: docs/ops.md is what the descriptors of the ops say.
"$1" rules --markdown | diff -u "$2" - || {
    echo "docs/ops.md is stale: retrograd rules --markdown >docs/ops.md"
    exit 1
}
