#!/usr/bin/env python3
"""docs_blocks.py BUILD SOURCE DOCUMENT... [--update]: every block of a document does what it says.

A document's blocks are worked through in their order, in one empty folder, against an installed
copy of the library. The word behind the fence tells what a block is:

    ```c line.c       a file (any language, any name); a program in C must be used later on
    ```console        "$ command" lines, each with what it prints; "..." stands for any lines
    ```sh             commands that must succeed
    ```sh ci          commands that .ci/run has, word for word, line by line
    ```text           to be looked at only

Anything else is an error. --update writes what was printed into the document."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
FENCE = re.compile(r'^```([a-z]*) ?(\S*)$')


def install(build, root):
    """The environment in which an installed copy is found."""
    subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', root], check=True,
                   stdout=subprocess.DEVNULL)
    pc = next(pathlib.Path(root).rglob('retrograd.pc'))
    lib, exe = pc.parent.parent, next(pathlib.Path(root).rglob('bin/retrograd'))
    env = dict(os.environ, PATH=f'{exe.parent}:{os.environ["PATH"]}', LD_LIBRARY_PATH=str(lib), LC_ALL='C.UTF-8',
               PKG_CONFIG_PATH=str(pc.parent), PKG_CONFIG_SYSROOT_DIR=str(root),
               CMAKE_PREFIX_PATH=str(exe.parent.parent), EXAMPLES=str(SOURCE / 'docs/examples'))
    return env


def blocks(text):
    """(kind, name, first line, lines) of each block; first line counts from 0."""
    inside, found = None, []
    for n, line in enumerate(text.splitlines()):
        if inside is None and line.startswith('```'):
            m = FENCE.match(line)
            inside = (m.group(1), m.group(2), n + 1, []) if m else sys.exit(f'line {n + 1}: what is {line}?')
        elif line == '```':
            found.append(inside)
            inside = None
        elif inside is not None:
            inside[3].append(line)
    return found


def run(command, folder, env):
    done = subprocess.run(['sh', '-c', command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)
    return done.returncode, [line.rstrip() for line in done.stdout.splitlines()]


def matches(want, got):
    """Lines, where '...' stands for any number of them."""
    if not want:
        return not got
    if want[0] == '...':
        return any(matches(want[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and want[0] == got[0] and matches(want[1:], got[1:])


def steps(lines):
    """Each command with the lines that it is said to print."""
    found = []
    for line in lines:
        if line.startswith('$ '):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith('\\'):
            found[-1] = (found[-1][0][:-1] + line, [])
        else:
            found[-1][1].append(line)
    return found


def show(lines, folder, env, complain):
    """A console block as it comes out."""
    out = []
    for command, want in steps(lines):
        code, got = run(command, folder, env)
        if not matches(want, got):
            complain(f'$ {command}\n' + '\n'.join(['--- says', *want, f'--- prints (exit {code})', *got]))
        out += [f'$ {command}', *(want if '...' in want and matches(want, got) else got)]
    return out


def do_block(block, folder, env, source, complain):
    """What the block becomes: itself, or for a console what comes out."""
    kind, name, _, body = block
    if kind == 'sh' and name == 'ci':
        ci = (source / '.ci/run').read_text()
        for line in body:
            if line not in ci:
                complain(f'.ci/run has not: {line}')
    elif kind == 'sh':
        code, got = run('set -e\n' + '\n'.join(body), folder, env)
        if code:
            complain(f'exit {code}\n' + '\n'.join(got))
    elif kind == 'console':
        return show(body, folder, env, complain)
    elif name:
        target = pathlib.Path(folder) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text('\n'.join(body) + '\n')
    elif kind != 'text':
        complain(f'a block of {kind or "nothing"} without a name')
    return body


def check(path, source, env, update):
    text, wrong, now = path.read_text(), [], []
    found = blocks(text)
    commands = '\n'.join(line for kind, _, _, body in found if kind in ('console', 'sh') for line in body)
    with tempfile.TemporaryDirectory() as folder:
        for block in found:
            kind, name, first, _ = block
            at = f'{path}:{first}: '
            now.append(do_block(block, folder, env, source, lambda what, at=at: wrong.append(at + what)))
            if kind in ('c', 'cpp') and name and pathlib.Path(name).stem not in commands:
                wrong.append(f'{at}{name} is never used')
    if update:
        lines = text.splitlines()
        for (_, _, first, body), new in reversed(list(zip(found, now))):
            lines[first:first + len(body)] = new
        path.write_text('\n'.join(lines) + '\n')
    return wrong


def main():
    update = '--update' in sys.argv
    build, source, *documents = [a for a in sys.argv[1:] if a != '--update']
    source, wrong = pathlib.Path(source), []
    with tempfile.TemporaryDirectory() as root:
        env = install(build, root)
        for document in documents:
            wrong += check(pathlib.Path(document), source, env, update)
    print('\n\n'.join(wrong) if wrong else f'{len(documents)} documents')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
