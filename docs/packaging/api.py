#!/usr/bin/env python3
"""api.py OUT.md UMBRELLA HEADER...: the reference, written from the headers.

Each header is a chapter, in the umbrella's order: what it is for, then its sections, each
declaration under the comment that stands above it. Nothing is said here that a header does
not say. Names are listed at the end. An exported name that is not found again is an error."""
import pathlib
import re
import sys

SECTION = re.compile(r'/\* -{2,} ?(.*?) ?-{2,}')
EXPORTED = re.compile(r'RG_API (?:extern )?[^;{]*')


def plain(comment):
    """The text of a comment, without its stars; lines that are indented stay as they are."""
    lines = comment.strip().removeprefix('/*').removesuffix('*/').splitlines()
    lines = [re.sub(r'^ ?\* ?', '', line).rstrip() for line in lines]
    if lines:
        lines[0] = SECTION.sub('', '/*' + lines[0]).removeprefix('/*').strip()
    return '\n'.join(lines).strip('\n')


def paragraphs(text):
    """Markdown: what is indented is a block of code."""
    out, inside = [], False
    for line in text.splitlines():
        code = line.startswith('  ')
        if code and not inside and (not out or out[-1] == ''):
            out += ['```text']
            inside = True
        elif inside and line and not code:
            out += ['```', '']
            inside = False
        out.append(line.replace('<', '&lt;').replace('*', '\\*') if not inside else line)
    return '\n'.join(out + (['```'] if inside else []))


def pieces(text):
    """(comment, code) of each run of lines between empty ones, and sections as (title, None)."""
    body = text[text.index('#define', text.index('#ifndef')):]
    body = re.sub(r'#ifndef RG_NO_HERE.*?#endif\n', '', body, flags=re.S)
    body = re.sub(r'#ifdef __cplusplus\n(extern "C" \{|\})\n#endif\n', '', body)
    body = re.sub(r'#(include|if|else|endif|ifndef|undef)[^\n]*\n', '', body)
    body = re.sub(r'#define (RG_\w+_H|RG_API)[^\n]*\n', '', body)
    body = re.sub(r'static inline [^;{]*_here\([^{]*\{.*?\n\}\n', '', body, flags=re.S)
    for part in re.split(r'\n\s*\n(?=\S)', body):
        part = part.strip('\n')
        title = SECTION.match(part)
        if title:
            yield title.group(1), None
        if part.startswith('/*'):
            comment, code = part[:part.index('*/') + 2], part[part.index('*/') + 2:].strip('\n')
        else:
            comment, code = '', part
        code = re.sub(r'(static inline [^;{]*\))\n\{\n.*?\n\}', r'\1;', code, flags=re.S)
        if (comment and plain(comment)) or code:
            yield comment, code


def names(text):
    """Exported names: a function's in front of its parenthesis, every object's."""
    found = []
    for m in EXPORTED.finditer(re.sub(r'/\*.*?\*/', '', text, flags=re.S)):
        head = m.group().split('(')[0]
        found += re.findall(r'\b(rg_\w+) *(?=,|\[|$)', ' '.join(head.split()))
    return found


def chapter(path):
    text = path.read_text()
    first = plain(text[:text.index('*/') + 2])
    what, _, rest = first.partition('\n')
    out = [f'## {path.name}', '', what.partition(' - ')[2] + '\n' + paragraphs(rest), '']
    for comment, code in pieces(text):
        if code is None:
            out += [f'### {comment}', '']
            continue
        if comment and plain(comment):
            out += [paragraphs(plain(comment)), '']
        if code:
            out += ['```c', code, '```', '']
    return '\n'.join(out)


def main():
    out, umbrella, *headers = sys.argv[1:]
    by_name = {pathlib.Path(h).name: pathlib.Path(h) for h in headers}
    order = re.findall(r'#include "(.*?)"', pathlib.Path(umbrella).read_text())
    chapters = [chapter(by_name[name]) for name in order]
    index = sorted((n, name) for name in order for n in names(by_name[name].read_text()))
    text = '\n'.join(['# Reference', '', 'Written from the headers by docs/packaging/api.py. `#include <retrograd/retrograd.h>` has all of '
                      'them; the functions that build nodes are macros too, which note the line of the call.', '', *chapters,
                      '## Names', '', *(f'* `{n}` in [{name}](#{name.replace(".", "")})' for n, name in index), ''])
    lost = [n for n, _ in index if not re.search(rf'\b{n}\b', text[:text.index('## Names')])]
    if lost:
        sys.exit(f'declared, but not in the reference: {lost}')
    pathlib.Path(out).write_text(text)


if __name__ == '__main__':
    main()
