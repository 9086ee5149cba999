#!/bin/sh
# Includes go down only: cli -> optim, nn -> ops -> autograd; nn and optim do not know
# each other; only with_blis.c includes blis.h; the library's own sources do not note lines;
# names of static functions are unique; what begins a section of a file is one line.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
complain() { echo "$1" && bad=1; }

# One pass over all files, which find lists.
broken=$(find autograd ops nn optim cli -type f | awk '
    { parts = split($0, part, "/"); lives[part[parts], part[1]] = 1; file[++files] = $0 }
    function allowed(header, room,   i, n, list) {
        n = split(may[room], list, " ")
        for (i = 1; i <= n; i++) if ((header, list[i]) in lives) return 1
        return 0
    }
    function look_at(name, room,   line, header, notes, quiet) {
        while ((getline line < name) > 0) {
            if (line ~ /RG_NO_HERE/ || line ~ /"internal.h"/) quiet = 1
            if (line ~ /<blis\.h>/ && name != "ops/with_blis.c") print name " includes blis.h"
            if (line !~ /^ *# *include/) continue
            if (room == "cli") continue
            if (line ~ /^ *# *include *<retrograd\//) print name " includes <retrograd/...>"
            if (split(line, header, "\"") < 3) continue
            sub(/.*\//, "", header[2])
            if (!allowed(header[2], room)) print name " includes " header[2] ", which is not in: " may[room]
            if (line ~ /^# *include "(op|ops|tape|nn|optim|internal)\.h"/) notes = 1
        }
        close(name)
        if (notes && !quiet && name ~ /^[a-z]*\/[^\/]*\.c$/) print name " does not define RG_NO_HERE"
    }
    END {
        may["autograd"] = "autograd"; may["ops"] = "ops autograd"
        may["nn"] = "nn ops autograd"; may["optim"] = "optim ops autograd"
        for (i = 1; i <= files; i++)
            if (file[i] ~ /\.(c|h|inc|def)$/) { split(file[i], part, "/"); look_at(file[i], part[1]) }
    }')
[ -z "$broken" ] || complain "$broken"

# A function of ops.h and its line-noting macro come in pairs.
functions=$(sed -n 's/^RG_API rg_node \*\(rg_[a-z0-9_]*\)(.*/\1/p' ops/ops.h | sort)
macros=$(sed -n 's/^#define \(rg_[a-z0-9_]*\)(\.\.\.).*/\1/p' ops/ops_here.h | sort)
[ "$functions" = "$macros" ] || complain "ops.h and ops_here.h differ"

# Names of static functions are unique over the tree: it can be built as one file.
twice=$(grep -roE '^(RG_CLONES )?static (inline )?[a-z_0-9 ]+[ *]+[a-z_0-9]+\(' --include='*.[ch]' autograd ops nn optim |
    grep -v 'K(' | sed 's/($//; s/:.*[ *]/ /' | sort -u | sed 's/.* //' | sort | uniq -d)
[ -z "$twice" ] || complain "static functions defined twice: $twice"

# clang-format breaks what is longer than 100 columns.
broken=$(find autograd ops nn optim cli tests docs \( -name '*.[ch]' -o -name '*.inc' \) -exec awk '
    rule && /^ \*[ -]*\*?\/$/ { print FILENAME ":" FNR ": the rule of a section has two lines" }
    { rule = /^\/\* ---- / && !/\*\/$/ }' {} +)
[ -z "$broken" ] || complain "$broken"
exit $bad
