#!/usr/bin/env python3
"""amalgamate.py OUT-DIR VERSION UMBRELLA SOURCE...: the library as two files.

Writes retrograd.h, which is the umbrella with the public headers in place of their
includes, and retrograd.c, which is every source in turn with the private headers
where they are first included; .inc and .def files are put in as often as they are
included. Macros that a source defines are forgotten behind it. A name of file scope
that two sources have (rg_ aside: those are one by law) gets the name of its source
behind it, in all but the first; so does a type that a private header and a public one
define, wherever the private one is included.
"""
import collections
import pathlib
import re
import sys

import file_scope

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"')
SYSTEM = re.compile(r'^[ \t]*#[ \t]*include[ \t]+<([^>]+)>')
DEFINE = re.compile(r'^[ \t]*#[ \t]*define[ \t]+(\w+)')
ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ('autograd', 'ops', 'nn', 'optim')

HEAD = '''/* retrograd.c - Retrograd {version}, the whole library in one file; retrograd.h, beside it,
 * is its header. Made by docs/packaging/amalgamate.py; the sources are under
 * autograd/, ops/, nn/ and optim/, and changes belong there.
 *
 *     cc -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -c retrograd.c
 *     cc program.c retrograd.o -lm -lpthread -ldl
 *
 * With -DRG_HAVE_BLIS (and blis.h) larger products are BLIS's on processors without AVX-512;
 * with -DRG_HAVE_ZLIB and -lz gzipped files are read; with -DRG_HAVE_JANSSON and -ljansson models
 * are read. BLIS and LAPACK are looked for when the program first needs them. A shared library
 * wants -fvisibility=hidden.
 *
{licence} */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define RG_AMALGAMATION
#define RG_LIBRARY_VERSION "{version}"
/* An element's bits depend neither on its place in a tile nor on the instruction set. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wunused-function" /* of inline functions that headers have */
#pragma clang diagnostic ignored "-Wpass-failed" /* of loops that are vectors with -fno-math-errno alone */
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
#define RG_NO_HERE
#include "retrograd.h"
'''


def find_files():
    """Every header and part by its bare name; a name that is there twice is an error."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob('*')):
            if path.suffix in ('.h', '.inc', '.def'):
                if path.name in found:
                    sys.exit(f'{path} and {found[path.name]} have one name')
                found[path.name] = path
    return found


class Writer:
    def __init__(self, files, done=()):
        self.files, self.out, self.done, self.system = files, [], set(done), set()
        self.macros, self.rename, self.clash = [], {}, {}

    def put(self, path, forget):
        """A file with what it includes; forget: its macros end with the source."""
        nested, text = [], path.read_text()
        rename = {**self.clashes(path), **(self.rename if path.suffix != '.h' else {})}
        if rename:
            text = file_scope.renamed(text, rename)
        for line in text.splitlines():
            quoted, system, define = INCLUDE.match(line), SYSTEM.match(line), DEFINE.match(line)
            if re.match(r'[ \t]*#[ \t]*if', line):
                nested.append(line)
            elif re.match(r'[ \t]*#[ \t]*endif', line):
                nested.pop()
            if quoted:
                self.put_include(quoted.group(1), forget)
            elif system and not nested and system.group(1) in self.system:
                pass
            elif define and define.group(1) == 'RG_NO_HERE' and forget:
                pass
            else:
                if system and not nested:
                    self.system.add(system.group(1))
                if define and forget and path.suffix != '.h' and define.group(1) not in self.macros:
                    self.macros.append(define.group(1))
                self.out.append(line)

    def reach(self, path, seen):
        """The names of all headers that a file includes, itself one of them, directly or not."""
        if path.name not in seen:
            seen.add(path.name)
            for m in map(INCLUDE.match, path.read_text().splitlines()):
                if m and m.group(1) in self.files:
                    self.reach(self.files[m.group(1)], seen)
        return seen

    def clashes(self, path):
        """New names for what a private header in reach defines anew."""
        if not self.clash:
            return {}
        return {name: f'{name}_{header.split(".")[0]}' for header in self.reach(path, set())
                for name in self.clash.get(header, ())}

    def put_include(self, name, forget):
        path = self.files[name]
        if path.suffix == '.h' and name in self.done:
            return
        self.done.add(name)
        self.put(path, forget)

    def put_source(self, path, taken):
        """taken: how often each name of file scope was met so far."""
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
        own = file_scope.names(path.read_text())
        twice = {name: f'{name}_{path.stem}' for name in own if taken[name] and not name.startswith(('rg_', 'RG_'))}
        twice = {old: f'{new}{taken[new] or ""}' for old, new in twice.items()}
        taken.update([*own, *twice.values()])
        self.out += ['', f'/* ==== {shown} {"=" * (80 - len(str(shown)))} */', '']
        self.macros, self.rename = [], twice
        self.put(path, True)
        self.rename = {}
        self.out += [f'#undef {m}' for m in self.macros]


def main():
    out, version, umbrella, *sources = sys.argv[1:]
    files, out = find_files(), pathlib.Path(out)
    head = Writer(files)
    head.put(pathlib.Path(umbrella), False)
    body = Writer(files, head.done)
    public = set().union(*(file_scope.definitions(files[name].read_text()) for name in head.done))
    body.clash = {name: file_scope.definitions(path.read_text()) & public for name, path in files.items()
                  if path.suffix == '.h' and name not in head.done}
    licence = ''.join(f' * {line}'.rstrip() + '\n' for line in (ROOT / 'LICENSE').read_text().splitlines())
    body.out += HEAD.format(version=version, licence=licence.rstrip('\n')).splitlines()
    taken = collections.Counter(name for path in files.values() if path.suffix == '.h'
                                for name in file_scope.names(path.read_text()))
    for source in sources:
        body.put_source(pathlib.Path(source).resolve(), taken)
    (out / 'retrograd.h').write_text('\n'.join(head.out) + '\n')
    (out / 'retrograd.c').write_text('\n'.join(body.out) + '\n')


if __name__ == '__main__':
    main()
