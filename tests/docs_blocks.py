#!/usr/bin/env python3
"""docs_blocks.py BUILD SOURCE [DOCUMENT...] [--update]: every block of a document does what it says; usually of
the README and of every document in docs, those that need NumPy or MPI only where these are here.

A document's blocks are worked through in their order, in one folder, empty but for `docs`, with the library installed
by the words of the document itself or, where it has none, of the README. That happens in a namespace of its own,
where /usr/local, /etc and the build folder are covered by files in memory: no variable is set that the
document does not set. Where that is not allowed, or the build has another prefix, a copy is installed in a folder, and variables say where.

The word behind the fence tells what a block is:

    ```c line.c       a file (any language, any name); a program in C must be used later on
    ```console        "$ command" lines, each with what it prints; "..." stands for any lines
    ```sh             commands that must succeed
    ```sh install     the same, how to install; what it exports holds for the document
    ```sh ci          commands that .ci/run has, word for word, line by line
    ```text           to be looked at only

Anything else is an error. --update writes what was printed into the document."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
FENCE = re.compile(r'^```([a-z]*) ?(\S*)$')
COVERED = ('/usr/local', '/etc')


def bare():
    """The environment without what may say where libraries are."""
    hidden = ('LD_LIBRARY_PATH', 'PKG_CONFIG_PATH', 'PKG_CONFIG_SYSROOT_DIR', 'CMAKE_PREFIX_PATH', 'DESTDIR')
    return {k: v for k, v in os.environ.items() if k not in hidden} | {'LC_ALL': 'C.UTF-8'}


def install_in_folder(build, root):
    """The environment in which an installed copy is found, where there is no namespace."""
    subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', root], check=True,
                   stdout=subprocess.DEVNULL)
    pc = next(pathlib.Path(root).rglob('retrograd.pc'))
    lib, exe = pc.parent.parent, next(pathlib.Path(root).rglob('bin/retrograd'))
    return bare() | {'PATH': f'{exe.parent}:{os.environ["PATH"]}', 'LD_LIBRARY_PATH': str(lib),
                     'PKG_CONFIG_PATH': str(pc.parent), 'PKG_CONFIG_SYSROOT_DIR': str(root),
                     'CMAKE_PREFIX_PATH': str(exe.parent.parent)}


def install_as_said(build, root, lines):
    """The environment after the lines of an install block; the tree is as it was built, and is configured again
    where it was told something else."""
    clone, home = pathlib.Path(root) / 'clone', pathlib.Path(root) / 'home'
    clone.mkdir()
    home.mkdir()
    (clone / 'build').symlink_to(build)
    script = '\n'.join(lines).replace('meson install ', 'ninja -C build build.ninja\nmeson install --no-rebuild ')
    done = subprocess.run(['sh', '-c', f'set -e\nexec 3>&1 >&2\n{script}\nenv -0 >&3'], cwd=clone, env=bare() | {'HOME': str(home)},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f'the library is not installed by\n{script}\n{done.stderr.decode()}')
    return dict(line.split('=', 1) for line in done.stdout.decode().split('\0') if '=' in line)


def cover(build, top):
    """What is written into these folders from now on is seen by this process and its children alone; top: an
    empty folder, which stays so for others."""
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', top], check=True)
    for n, path in enumerate((*COVERED, build)):
        upper, work = f'{top}/{n}.upper', f'{top}/{n}.work'
        os.mkdir(upper)
        os.mkdir(work)
        subprocess.run(['mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={path},upperdir={upper},workdir={work}', path], check=True)


def prefix_of(build):
    options = subprocess.run(['meson', 'introspect', build, '--buildoptions'], stdout=subprocess.PIPE, check=True).stdout
    return next(o['value'] for o in json.loads(options) if o['name'] == 'prefix')


def namespace(build, top):
    """How to start a command in a namespace of its own, or nothing: what another prefix holds would not be covered."""
    if prefix_of(build) != '/usr/local':
        return None
    for way in (['unshare', '-m'], ['unshare', '-rm']):
        probe = [*way, sys.executable, __file__, build, '.', f'--covered={top}']
        try:
            if subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return way
        except FileNotFoundError:
            return None
    return None


def install_lines(path):
    """The install block of a document, or None."""
    return next((body for kind, name, _, body in blocks(path.read_text()) if (kind, name) == ('sh', 'install')), None)


def blocks(text):
    """(kind, name, first line, lines) of each block; first line counts from 0. One that is part of a list is indented."""
    inside, found, indent = None, [], 0
    for n, line in enumerate(text.splitlines()):
        if inside is None and line.lstrip().startswith('```'):
            indent = len(line) - len(line.lstrip())
            m = FENCE.match(line.lstrip())
            inside = (m.group(1), m.group(2), n + 1, []) if m else sys.exit(f'line {n + 1}: what is {line}?')
        elif inside is not None and line.strip() == '```':
            found.append(inside)
            inside = None
        elif inside is not None:
            inside[3].append(line[indent:])
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
    elif kind == 'sh' and name == 'install':
        return body
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
        (pathlib.Path(folder) / 'docs').symlink_to(source / 'docs')
        for block in found:
            kind, name, first, _ = block
            at = f'{path}:{first}: '
            now.append(do_block(block, folder, env, source, lambda what, at=at: wrong.append(at + what)))
            if kind in ('c', 'cpp') and name and pathlib.Path(name).stem not in commands:
                wrong.append(f'{at}{name} is never used')
    if update:
        lines = text.splitlines()
        for (_, _, first, body), new in reversed(list(zip(found, now))):
            fence = lines[first - 1]
            lines[first:first + len(body)] = [fence[:len(fence) - len(fence.lstrip())] + line for line in new]
        path.write_text('\n'.join(lines) + '\n')
    return wrong


def work(documents, build, source, lines, update):
    """All documents with one installed copy; lines: as they say, None: in a folder."""
    with tempfile.TemporaryDirectory() as root:
        env = install_as_said(build, root, lines) if lines else install_in_folder(build, root)
        wrong = [w for document in documents for w in check(document, source, env, update)]
    print('\n\n'.join(wrong) if wrong else f'{len(documents)} documents')
    return bool(wrong)


def answers(*command):
    """What a command prints; nothing where it is not here or fails."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ''


def all_documents(build, source):
    """Without those that need what is not here."""
    has = {'numpy.md': answers('/usr/bin/python3', '-c', 'import numpy; print(1)'),
           'mpi.md': answers('mpirun', '--version') and 'MPI' in answers(f'{build}/cli/retrograd', 'version', '--verbose', '--json').split('"')}
    for name in (n for n, there in has.items() if not there):
        print(f'{name} is left out: what it needs is not here')
    return [source / 'README.md', *(p for p in sorted((source / 'docs').rglob('*.md')) if has.get(p.name, True))]


def in_namespaces(way, documents, build, source, top, flags):
    """Those with an install block of their own by themselves, the others together."""
    usual = install_lines(source / 'README.md')
    alone = [d for d in documents if install_lines(d) not in (None, usual)]
    failed = False
    for group in [[d for d in documents if d not in alone], *([d] for d in alone)]:
        command = [*way, sys.executable, __file__, build, source, *group, f'--covered={top}', *flags]
        failed |= bool(group) and subprocess.run(command, check=False).returncode != 0
    return failed


def main():
    flags = [a for a in sys.argv[1:] if a.startswith('--')]
    build, source, *paths = [a for a in sys.argv[1:] if a not in flags]
    build, source = os.path.realpath(build), pathlib.Path(source).resolve()
    documents = [pathlib.Path(p) for p in paths]
    covered = next((f.split('=')[1] for f in flags if f.startswith('--covered=')), None)
    if covered:
        cover(build, covered)
        lines = documents and (install_lines(documents[0]) or install_lines(source / 'README.md'))
        sys.exit(bool(documents) and work(documents, build, source, lines, '--update' in flags))
    documents = documents or all_documents(build, source)
    with tempfile.TemporaryDirectory() as top:
        way = namespace(build, top)
        if way:
            sys.exit(in_namespaces(way, documents, build, source, top, flags))
        print('no namespace of its own here: the library is installed in a folder, and not as the documents say')
        sys.exit(work(documents, build, source, None, '--update' in flags))


if __name__ == '__main__':
    main()
