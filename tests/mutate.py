#!/usr/bin/env python3
"""mutate.py FOLDER [--rooms autograd ops] [--count 100] [--seed 1] [--only PATTERN] [--seconds S] [--skip K]

Mutation testing: one small fault at a time in a source of the library, built, and given to
tests; a fault that no test notices is printed. An operator becomes another, a condition its
opposite, a constant the next, a statement goes away. FOLDER gets a copy of the tree as git has
it, and its build; sources are changed there alone. The same seed makes the same faults, in the same
order: --seconds ends early, --skip begins later. A test that never comes to a line (or, where gcov
knows no such line, to its function), by a build with coverage, is not asked about it. Faults of which the compiler makes the same code as without them are
equivalent and not counted, nor are those that do not compile; a hang counts as noticed.
The texts and pictures (autograd/report) are left out. Exit 0 always; the last line is the kill rate."""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import time

SWAPS = [(r' \+ ', ' - '), (r' - ', ' + '), (r' \* ', ' / '), (r' \+= ', ' -= '), (r' < ', ' <= '), (r' <= ', ' < '),
         (r' > ', ' >= '), (r' >= ', ' > '), (r' == ', ' != '), (r' != ', ' == '), (r' && ', ' || '), (r' \|\| ', ' && '),
         (r'\+\+', '--'), (r'\btrue\b', 'false'), (r'\bfalse\b', 'true'), (r'\b0\b', '1'), (r'\b1\b', '2'), (r'(?<=[(!&|] )!(?=\w)', ''),
         (r'(?<=\()!(?=\w)', ''), (r'\bif \((?=[^()]*\) )', 'if (!'), (r'\bcontinue;', ';'), (r'\bbreak;', ';'),
         (r'rg_add\(', 'rg_sub('), (r'rg_sub\(', 'rg_add(')]
# A call or an assignment on a line of its own.
STATEMENT = re.compile(r'^(\s+)((?:\w+\(.*\)|[\w.>\[\]*-]+ (?:[-+*|&]?=) .*);)\s*$')
# First those that are near the file, then all; each takes a second or two.
NEAR = [(r'plan|place|collect|budget|emit|exec|run|need|simplify', ['plan', 'plan_guards', 'plan_budget', 'plan_graphs']),
        (r'check|judge|laws|probe|slope|alone|diagnose|example|nodes|joints', ['slope', 'check_graph', 'check_nodes', 'check']),
        (r'jacobian|functional|sparse', ['functional']), (r'provenance|look|numbers', ['provenance']), (r'rounding', ['rounding']),
        (r'tape|leaf|node|mem|note', ['tape', 'misuse', 'memory_tape']), (r'grad', ['grad']), (r'pool', ['pooling', 'threads']),
        (r'conv|window', ['conv']), (r'reduce|stats|fold|pairs', ['reductions']), (r'random', ['random']), (r'linalg|lapack', ['linalg']),
        (r'mpi|ranks', ['shards']), (r'vmath', ['vmath'])]
ALL = ['every_op', 'known', 'misuse', 'plan', 'plan_guards', 'check_graph', 'provenance', 'rounding', 'explain', 'linalg', 'random',
       'functional', 'grad', 'ops', 'tape', 'check_nodes', 'plan_budget', 'known_linear', 'plan_graphs', 'opened', 'pooling', 'conv',
       'reductions', 'shards', 'memory_tape', 'quiz', 'check', 'vmath', 'refusals', 'slope']


def code_lines(path):
    """(number, text) of lines that are code: not comments, directives or texts."""
    inside = False
    for n, line in enumerate(path.read_text().split('\n')):
        start = inside
        if '/*' in line and '*/' not in line.split('/*')[-1]:
            inside = True
        elif '*/' in line:
            inside = False
        if not start and not inside and line.strip() and not line.lstrip().startswith(('#', '/*', '*', '"')):
            yield n, line


def faults(path):
    for n, line in code_lines(path):
        code = line.split('/*')[0]
        if re.match(r'\s*(enum\b|assert|static const|extern|typedef)', code):
            continue
        for old, new in SWAPS:
            for m in re.finditer(old, code):
                if code[:m.start()].count('"') % 2 == 0:
                    changed = line[:m.start()] + new + line[m.end():]
                    if new == 'if (!':  # the whole condition
                        end = changed.index(')', m.start())
                        changed = line[:m.start()] + 'if (!(' + line[m.end():end - 1] + ')' + line[end - 1:]
                    yield n, changed
        m = STATEMENT.match(code)
        if m and not m.group(2).startswith('return'):
            yield n, m.group(1) + ';'


TESTS = [f'tests/test_{t}' for t in ALL + ['threads']]


def set_up(root, build, *options):
    if not build.exists():
        subprocess.run(['meson', 'setup', build, root, '-Dbuildtype=debugoptimized', '-Doptimization=1', '-Dclones=false', *options],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['ninja', '-C', build, *TESTS], check=True, stdout=subprocess.DEVNULL)


def passes(build, test, seconds):
    """Within so many seconds, in 4 GiB, without a core and with its files in the folder."""
    def bounds():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    env = dict(os.environ, CK_FORK='no', TMPDIR=str(build))
    try:
        return subprocess.run([build / 'tests' / f'test_{test}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=seconds, env=env, preexec_fn=bounds, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Reach:
    """Which tests come to which lines and functions, and how long they take."""

    def __init__(self, root, build):
        set_up(root, build, '-Db_coverage=true')
        self.line, self.function, self.seconds = {}, {}, {}  # (file, line) or (file, first, last): tests
        for test in ALL + ['threads']:
            for old in build.rglob('*.gcda'):
                old.unlink()
            begun = time.monotonic()
            if not passes(build, test, 900):
                sys.exit(f'{test} fails without a fault')
            self.seconds[test] = time.monotonic() - begun
            # These two have a source built in.
            self.add(build, test, [*build.glob('libretrograd.so.*.p/*.gcda'), *build.glob('tests/test_vmath.p/*.gcda'), *build.glob('tests/test_slope.p/*.gcda')])

    def add(self, build, test, data):
        said = subprocess.run(['gcov', '-j', '-t', *data], cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for unit in said.stdout.decode().split('\n'):
            for f in json.loads(unit)['files'] if unit.strip() else []:
                name = os.path.relpath(build / f['file'], build.parent)
                for what in f['lines']:
                    self.note(self.line, (name, what['line_number']), test if what['count'] else None)
                for what in f['functions']:
                    self.note(self.function, (name, what['start_line'], what['end_line']), test if what['execution_count'] else None)

    @staticmethod
    def note(table, key, test):
        table.setdefault(key, set()).update([test] if test else [])

    def tests(self, name, n):
        """Those that may notice a change of this line."""
        if (name, n) in self.line:
            return self.line[name, n]
        around = [t for (f, first, last), t in self.function.items() if f == name and first <= n <= last]
        return set().union(*around) if around else set(ALL + ['threads'])


class Bench:
    """The copy, its build, and where each test comes."""

    def __init__(self, folder):
        here = pathlib.Path(__file__).resolve().parents[1]
        self.root, self.build = folder / 'tree', folder / 'tree/build'
        files = subprocess.run(['git', '-C', here, 'ls-files'], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        for name in files:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_bytes() != (here / name).read_bytes():
                shutil.copy(here / name, target)
        set_up(self.root, self.build)
        self.library = next(p for p in self.build.glob('libretrograd.so.*') if p.is_file() and not p.is_symlink())
        self.plain = self.code()
        self.reach = Reach(self.root, self.root / 'build-reach')
        self.seconds = self.reach.seconds

    def code(self):
        """A digest of the library's code, without what tells of sources."""
        bare = self.build / 'bare.so'
        subprocess.run(['objcopy', '--strip-debug', '-R', '.note.gnu.build-id', self.library, bare], check=True)
        return hashlib.sha256(bare.read_bytes()).digest()

    def compiles(self):
        return subprocess.run(['ninja', '-C', self.build, self.library.name, 'tests/test_vmath', 'tests/test_slope'], stdout=subprocess.DEVNULL, check=False).returncode == 0

    def judge(self, path, n):
        """'broken', 'equivalent', 'alive', or the test that noticed."""
        if not self.compiles():
            return 'broken'
        if self.code() == self.plain:
            return 'equivalent'
        come = self.reach.tests(str(path.relative_to(self.root)), n)
        near = [t for pattern, tests in NEAR if re.search(pattern, path.stem) for t in tests]
        rest = sorted(ALL, key=lambda t: self.seconds[t])
        for t in [t for t in dict.fromkeys(near + rest) if t in come]:
            if not passes(self.build, t, 30 + 10 * self.seconds[t]):
                return t
        return 'alive' if come else 'alive, no test comes here'


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument('folder', type=pathlib.Path)
    ask.add_argument('--rooms', nargs='+', default=['autograd', 'ops'])
    ask.add_argument('--count', type=int, default=100)
    ask.add_argument('--seed', type=int, default=1)
    ask.add_argument('--only', default='')
    ask.add_argument('--seconds', type=float, default=1e9)
    ask.add_argument('--skip', type=int, default=0)
    a = ask.parse_args()
    end = time.monotonic() + a.seconds
    bench = Bench(a.folder.resolve())
    paths = sorted(p for r in a.rooms for e in ('c', 'inc', 'def') for p in (bench.root / r).rglob('*.' + e)
                   if 'report' not in p.parts and a.only in p.name)
    every = [(p, n, text) for p in paths for n, text in faults(p)]
    tally = {'broken': 0, 'equivalent': 0, 'alive': 0, 'killed': 0}
    for path, n, text in random.Random(a.seed).sample(every, len(every))[a.skip:a.skip + a.count]:
        if time.monotonic() > end:
            break
        before = path.read_text()
        lines = before.split('\n')
        was, lines[n] = lines[n], text
        try:
            path.write_text('\n'.join(lines))
            verdict = bench.judge(path, n + 1)
        finally:
            path.write_text(before)
        tally[next((t for t in tally if verdict.startswith(t)), 'killed')] += 1
        print(f'{path.relative_to(bench.root)}:{n + 1}: {verdict}\n  - {was.strip()}\n  + {text.strip()}', flush=True)
    counted = tally['killed'] + tally['alive']
    print(f'{counted} of {len(every)} possible faults counted ({tally["equivalent"]} equivalent and {tally["broken"]} that do not compile '
          f'besides): {tally["killed"]} killed, {tally["alive"]} alive: {100 * tally["killed"] / max(counted, 1):.1f} %')


if __name__ == '__main__':
    main()
