"""Gradient checkers side by side, on the functions of tests/hard_functions.txt.

    /usr/bin/python3 tests/peers/checkers.py build/tests/check_hard tests/hard_functions.txt

prints two tables. The first is about the small set, 15 right gradients and 65 wrong ones: PyTorch's own gradcheck,
the published formulas of other checkers at their defaults (FORMULAS below; not the packages), and Retrograd. The
second is about all functions: PyTorch's gradcheck, slow and fast, beside Retrograd, with the processor time of
checking the right ones. A wrong gradient counts as missed when it passes; "cannot tell" does not pass, and is
counted. What is equal to the right gradient is left out, and so are the same cases for everyone.
"""
import math
import re
import subprocess
import sys
import time
import warnings

import torch

from meanings import MEANING

F64, F32 = torch.float64, torch.float32


# ---- the functions ----

def numbers(text):
    """The tensor of a VALUE: '1 2; 3 4', '#10', '#3x4'."""
    if text.startswith('#'):
        shape = [int(n) for n in text[1:].split('x')]
        return torch.tensor([math.sin(i + 1) for i in range(math.prod(shape))], dtype=F64).reshape(shape)
    rows = [[float(v) for v in row.split()] for row in text.strip('[]').split(';')]
    if len(rows) > 1:
        return torch.tensor(rows, dtype=F64)
    return torch.tensor(rows[0][0] if len(rows[0]) == 1 else rows[0], dtype=F64)


def as_python(expr):
    """The expression in Python: ^ is **, and a literal is a tensor (an index stays)."""
    literal = re.compile(r'(?<![\w)\]])\[([^\]]*)\]')
    return literal.sub(lambda m: f'_literal("{m.group(1)}", x)', expr.replace('^', '**'))


def literal_like(text, x):
    return numbers(text).to(x.dtype)


def tensors(f):
    """Functions of the language take numbers where PyTorch wants tensors."""
    def g(*args, **named):
        like = next((a for a in args if isinstance(a, torch.Tensor)), None)
        dtype = F64 if like is None else like.dtype
        whole = like is None or f in BINARY
        return f(*(torch.as_tensor(a, dtype=dtype) if isinstance(a, float) or type(a) is int and whole else a
                   for a in args), **named)
    return g


BINARY = {MEANING[name] for name in ('max', 'min', 'where', 'mse', 'mae', 'cross_entropy')}
SCOPE = {name: tensors(f) for name, f in MEANING.items() if name.isidentifier()}
SCOPE['reshape'] = lambda x, *shape: x.reshape(shape)


class Function:
    def __init__(self, line):
        self.kind, self.expr, value = (part.strip() for part in line.split('|'))
        self.x = numbers(value[2:])
        self.code = compile(as_python(self.expr), self.expr, 'eval')

    def __call__(self, x):
        return eval(self.code, {**SCOPE, 'x': x, '_literal': literal_like})


def functions(path):
    with open(path) as lines:
        return [Function(line) for line in lines if line.strip() and not line.startswith('#')]


# ---- wrong gradients ----

def one_entry(g):
    g = g.clone()
    g.view(-1)[0] *= 1.5
    return g


FAULTS = {'times 1.0005': lambda g: g * 1.0005, 'times 1.01': lambda g: g * 1.01, 'sign flipped': lambda g: -g,
          'zero': lambda g: g * 0, 'one entry times 1.5': one_entry,
          'off by one': lambda g: g.reshape(-1).roll(-1).reshape(g.shape)}
OF_TABLE = list(FAULTS)[:5]


def spoilt(f, fault):
    """f, whose gradient goes through fault."""
    if fault is None:
        return f

    class Rule(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return FAULTS[fault](g)

    return lambda x: f(Rule.apply(x))


# ---- formulas of other checkers, at their defaults; True: passes ----

def value(f, x):
    with torch.no_grad():
        return f(x)


def vjp(f, x, v):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(f(x), x, v)[0]


def pair(f, x):
    v, u = torch.randn_like(value(f, x)), torch.randn_like(x)
    return v, u


def inner(a, b):
    return (a * b).sum().item()


def jax(dtype, tol):
    """jax/_src/public_test_util.py: one direction, step 1e-4, the reverse check."""
    def passes(f, x):
        x = x.to(dtype)
        v, u = pair(f, x)
        numeric = inner(v, (value(f, x + u * 1e-4) - value(f, x - u * 1e-4)) * (.5 / 1e-4))
        return abs(numeric - inner(vjp(f, x, v), u)) <= tol + tol * abs(numeric)
    return passes


def hips(f, x):
    """HIPS/autograd autograd/test_util.py."""
    v, u = pair(f, x)
    a = inner(vjp(f, x, v), u)
    b = inner(v, (value(f, x + u * .5e-6) - value(f, x - u * .5e-6)) / 1e-6)
    return abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6 if a + b else abs(a - b) < 1e-6


def chainer(f, x):
    """chainer/gradient_check.py: a random unit direction, step 1e-3."""
    v, u = pair(f, x)
    u = u / u.norm()
    a = inner(vjp(f, x, v), u)
    b = inner(v, (value(f, x + u * 1e-3) - value(f, x - u * 1e-3)) / 2e-3)
    return abs(a - b) <= 1e-5 + 1e-4 * abs(b)


def along_axis(f, x, i, h):
    moved = x.clone()
    moved.view(-1)[i] += h
    return value(f, moved)


def stan(f, x):
    """stan/math: a stencil of six points, relative tolerance 1e-4, absolute 1e-8."""
    y = value(f, x)
    for j in range(y.numel()):
        v = torch.zeros_like(y)
        v.view(-1)[j] = 1
        g = vjp(f, x, v).reshape(-1)
        for i in range(min(x.numel(), 32)):
            h = 2 ** (-52 / 7) * max(1, abs(x.reshape(-1)[i].item()))
            at = [along_axis(f, x, i, k * h).reshape(-1)[j].item() for k in (1, -1, 2, -2, 3, -3)]
            n = (45 * (at[0] - at[1]) - 9 * (at[2] - at[3]) + at[4] - at[5]) / (60 * h)
            a = g[i].item()
            if not abs(a - n) <= max(1e-8, 1e-4 * .5 * (abs(a) + abs(n))):
                return False
    return True


def kann(f, x):
    """attractivechaos/kann kautodiff.c, kad_check_grad: what it skips it does not refuse."""
    x = x.to(F32)
    u = torch.rand_like(x) * 1e-5
    f0, up, down = (value(f, x + k * u).sum().item() for k in (0, 1, -1))
    s0, s1 = inner(vjp(f, x, torch.ones_like(value(f, x))), u), .5 * (up - down)
    if abs(s1) < .01 * 1e-5:
        return True
    off = abs(abs(s0) - abs(s1)) / (abs(s0) + abs(s1))
    return not (off >= .01 and off > abs(up + down - 2 * f0) / abs(up - down))


def ggml(f, x):
    """ggml tests/test-backend-ops.cpp, eval_grad: step 0.1; NaN is not above the limit."""
    x = x.to(F32)
    g = vjp(f, x, torch.ones_like(value(f, x))).reshape(-1)
    n = torch.stack([(along_axis(f, x, i, .1).sum() - along_axis(f, x, i, -.1).sum()) / .2 for i in range(x.numel())])
    return not ((g - n) / (g + n)).abs().mean().item() > 1e-4


def torch_check(fast):
    def passes(f, x):
        return torch.autograd.gradcheck(f, (x.clone().requires_grad_(),), fast_mode=fast, raise_exception=False)
    return passes


TORCH = {'PyTorch gradcheck': torch_check(False), 'PyTorch gradcheck, fast mode': torch_check(True)}
FORMULAS = {'JAX f64': jax(F64, 1e-5), 'JAX f32': jax(F32, 2e-3), 'HIPS autograd f64': hips, 'Stan f64': stan,
            'Chainer f64': chainer, 'kann f32': kann, 'ggml f32, step 0.1': ggml}


# ---- tables ----

class Score:
    def __init__(self):
        self.right = self.alarms = self.wrong = self.missed = self.gross = self.unsure = 0
        self.unsure_right = self.equivalent = 0
        self.seconds = 0.

    def count_right(self, passes, seconds, unsure=False):
        self.right += 1
        self.alarms += not passes
        self.unsure_right += unsure
        self.seconds += seconds

    def count_wrong(self, fault, passes, unsure=False):
        self.wrong += 1
        self.missed += passes
        self.unsure += unsure
        self.gross += passes and fault in ('sign flipped', 'zero')


def try_checker(passes, f, fault):
    torch.manual_seed(0)
    start = time.process_time()
    try:
        ok = bool(passes(spoilt(f, fault), f.x))
    except RuntimeError:
        ok = False
    return ok, time.process_time() - start


def score_of(passes, cases):
    score = Score()
    for f, fault in cases:
        ok, seconds = try_checker(passes, f, fault)
        if fault is None:
            score.count_right(ok, seconds)
        else:
            score.count_wrong(fault, ok)
    return score


def retrograd_verdicts(program, path):
    """{(place of the function, dtype, fault): (verdict, seconds)} as check_hard tells them."""
    out = subprocess.run([program, path, '--each'], capture_output=True, text=True).stdout
    verdicts, place, last = {}, -1, None
    for line in out.splitlines():
        part = line.split(' | ')
        if len(part) != 6:
            continue
        kind, expr, dtype, fault, verdict, seconds = part
        if fault == 'right' and dtype == 'f64':
            place += 1
        verdicts[place, dtype, None if fault == 'right' else fault] = verdict, float(seconds)
    return verdicts


def retrograd_score(verdicts, cases, places, dtype):
    score = Score()
    for f, fault in cases:
        verdict, seconds = verdicts[places[f], dtype, fault]
        unsure = verdict == 'cannot tell'
        if fault is None:
            score.count_right(verdict != 'fail', seconds, unsure)
        else:
            score.count_wrong(fault, verdict in ('pass', 'untested'), unsure)
    return score


def print_small(scores):
    print('| checker (defaults) | false alarms / 15 | missed / 65 | of which sign flips or zeros | cannot tell |')
    print('|---|---|---|---|---|')
    for name, s in scores:
        print(f'| {name} | {s.alarms} | {s.missed} | {s.gross} | {s.unsure_right + s.unsure} |')


def print_large(scores):
    print('\n| checker | right | false alarms | cannot tell | wrong | missed | of which sign flips or zeros | cannot tell '
          '| processor time of the right ones |')
    print('|---|---|---|---|---|---|---|---|---|')
    for name, s in scores:
        print(f'| {name} | {s.right} | {s.alarms} | {s.unsure_right} | {s.wrong} | {s.missed} | {s.gross} | {s.unsure} '
              f'| {s.seconds:.2f} s |')


def main(program, path):
    warnings.simplefilter('ignore')
    torch.set_num_threads(1)
    every = functions(path)
    places = {f: i for i, f in enumerate(every)}
    verdicts = retrograd_verdicts(program, path)
    small = [(f, None) for f in every if f.kind in ('table', 'tie')]
    small += [(f, fault) for f in every if f.kind == 'table' for fault in OF_TABLE]
    print_small([(name, score_of(passes, small)) for name, passes in {**TORCH, **FORMULAS}.items()]
                + [(f'**Retrograd** {d}', retrograd_score(verdicts, small, places, d)) for d in ('f64', 'f32')])
    large = [(f, None) for f in every]
    large += [(f, fault) for f in every for fault in FAULTS
              if verdicts[places[f], 'f64', fault][0] != 'equivalent']
    print_large([(name, score_of(passes, large)) for name, passes in TORCH.items()]
                + [(f'**Retrograd** f64', retrograd_score(verdicts, large, places, 'f64'))])


if __name__ == '__main__':
    main(*sys.argv[1:])
