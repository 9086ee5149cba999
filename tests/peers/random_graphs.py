#!/usr/bin/env python3
"""Random programs of the expression language, with values and gradients by PyTorch.

    random_graphs.py --write tests/peers/random_graphs.jsonl [--seeds 0:1250]
    random_graphs.py --live BINARY --seeds 1000:2000 [--kind hessian]

One seed makes one graph. --write keeps them as lines of JSON for check_fixtures; --live runs the command on
each and compares. See README.md.
"""
import argparse
import json
import random
import shlex
import subprocess
import sys

import torch

from graph import inputs_of, in_order, program_text, value_text
from growth import Growth, Reject, need
from makers import MAKERS, start_large
from meanings import apply

TOLERANCE = {'f64': 1e-9, 'f32': 1e-4}
NOISE = 1e-12
# A result may be at most this many times as wrong as the operations it is made of: 1e-16 * 1e4 is far below 1e-9.
MOST_CONDITION = {'f64': 1e4, 'f32': 30.}
KINDS = ['upstream', 'hessian', 'jacobian', 'f32', 'large']


def kind_of(seed):
    """Every tenth graph is of a special kind."""
    return KINDS[seed // 10 % len(KINDS)] if seed % 10 == 0 else 'plain'


# ---- evaluation ----

def wrong(v, noise):
    """v off by a factor of 1 +- NOISE; the gradient that comes back through it by another."""
    forward, backward = (1 + NOISE * (2 * torch.rand(v.shape, generator=noise, dtype=v.dtype) - 1) for _ in range(2))
    v = v * forward
    if v.requires_grad:
        v.register_hook(lambda g: g if g is None else g * backward)
    return v


def evaluate(root, inputs, noise=None):
    """The value of a graph. With noise, every operation is a little wrong, in its value and in its gradient."""
    values = {}
    for node in in_order(root):
        if node.op == 'input':
            values[id(node)] = inputs[node.attr]
        elif node.is_leaf():
            values[id(node)] = node.value
        else:
            args = [values[id(a)] for a in node.args]
            if noise is None:
                values[id(node)] = apply(node, args)
            else:
                values[id(node)] = wrong(apply(node, args, lambda v: wrong(v, noise)), noise)
    return values[id(root)]


def derivatives(root, inputs, kind, upstream, noise=None):
    """{what: {key: tensor}}: value, grads, and hessian or jacobian when the kind asks for them."""
    def outputs(*values):
        if noise is not None:
            noise.manual_seed(1)  # the same noise for every evaluation
        return evaluate(root, dict(zip(names, values)), noise)

    names = list(inputs)
    leaves = [inputs[n].clone().requires_grad_() for n in names]
    out = outputs(*leaves)
    result = {'value': {'': out.detach()}}
    if upstream is not None or out.numel() == 1:
        seed = upstream if upstream is not None else torch.ones_like(out)
        need(out.requires_grad)
        grads = torch.autograd.grad(out, leaves, seed, allow_unused=True)
        result['grads'] = {n: torch.zeros_like(v) if g is None else g for n, v, g in zip(names, leaves, grads)}
    if kind == 'jacobian':
        result['jacobian'] = dict(zip(names, torch.autograd.functional.jacobian(outputs, tuple(leaves))))
    if kind == 'hessian':
        blocks = torch.autograd.functional.hessian(lambda *v: outputs(*v).reshape(()), tuple(leaves))
        result['hessian'] = {(a, b): blocks[i][j] for i, a in enumerate(names) for j, b in enumerate(names)}
    return result


def scale_of(what, group, key):
    """What an error is relative to: the largest entry of a gradient; a Hessian's blocks are one matrix."""
    tensors = group.values() if what == 'hessian' else [group[key]]
    return max(float(t.abs().max()) for t in tensors)


def well_conditioned(root, inputs, kind, upstream, exact):
    """True when noise in every operation leaves no larger noise in any result."""
    noisy = derivatives(root, inputs, kind, upstream, torch.Generator())
    most = NOISE * MOST_CONDITION['f32' if kind == 'f32' else 'f64']
    for what, group in exact.items():
        for key, t in group.items():
            off = float((t - noisy[what][key]).abs().max())
            if not off <= most * scale_of(what, group, key) < float('inf'):
                return False
    return True


def something_flows(exact):
    """True when at least half of the inputs have a gradient, and none has one that is 0 but for rounding."""
    group = exact.get('grads') or exact['jacobian']
    sizes = [float(t.abs().max()) for t in group.values()]
    return 2 * sum(size > 0 for size in sizes) >= len(sizes) and not any(0 < size < 1e-6 for size in sizes)


# ---- graphs ----

def grow(rng, seed, kind):
    """(graph, inputs): one node of the operation that is the seed's turn, some at random, joined to one output."""
    small = kind in ('hessian', 'jacobian')
    if kind == 'large':
        g = Growth(rng, most_inputs=100, most_elements=6000, dims=(4, 5, 8, 13, 17, 33, 40))
        start_large(g)
    else:
        g = Growth(rng, most_inputs=8 if small else 24)
        g.fresh(g.shape(0, 2 if small else 3))
    names = list(MAKERS)
    plan = [rng.choice(names) for _ in range(rng.randrange(2, 6 if small else 12))]
    plan.insert(rng.randrange(len(plan) + 1), names[seed % len(names)])
    for name in plan:
        try_often(lambda: MAKERS[name](g))
    root = join(g, kind)
    used = {n.attr for n in inputs_of(root)}
    return root, {n: v for n, v in g.inputs.items() if n in used}


def try_often(make):
    for _ in range(12):
        try:
            return make()
        except Reject:
            pass
    raise Reject


def join(g, kind):
    """One output made of all that is left over; for the kinds that allow it, of any shape."""
    left = g.leftovers()
    need(left)
    if kind in ('upstream', 'jacobian'):
        need(left[-1].value.dim() and left[-1].value.numel() <= (6 if kind == 'jacobian' else 12))
        return left[-1]
    out = None
    for node in left:
        term = node
        if node.value.dim():
            term = g.add(g.rng.choice(['sum', 'mean', 'norm', 'logsumexp', 'sum']), node)
        out = term if out is None else g.add(g.rng.choice('+-*+'), out, term)
    return out


def attempt(seed, number, kind):
    rng = random.Random(f'{seed}/{number}')
    root, inputs = grow(rng, seed, kind)
    need(inputs)
    upstream = None
    if kind == 'upstream' or kind == 'jacobian' and rng.random() < .5:
        upstream = torch.tensor([round(rng.uniform(.2, 2), 1) for _ in range(root.value.numel())],
                                dtype=torch.float64).reshape(root.value.shape)
    taken = {n: v.float().double() for n, v in inputs.items()} if kind == 'f32' else inputs
    exact = derivatives(root, taken, kind, upstream)
    need(something_flows(exact) and well_conditioned(root, taken, kind, upstream, exact))
    return fixture(root, inputs, kind, upstream, exact, rng)


def fixture(root, inputs, kind, upstream, exact, rng):
    line = {'expr': program_text(root, rng), 'inputs': {n: value_text(v, rng) for n, v in inputs.items()}}
    if kind == 'f32':
        line['dtype'] = 'f32'
    if upstream is not None:
        line['upstream'] = value_text(upstream, rng)
    line['value'] = exact['value'][''].tolist()
    for what in ('grads', 'jacobian'):
        if what in exact:
            line[what] = {n: t.tolist() for n, t in exact[what].items()}
    if 'hessian' in exact:
        line['hessian'] = {a: {b: exact['hessian'][a, b].tolist() for b in inputs} for a in inputs}
    return line


def graph_of(seed, kind=None):
    for number in range(2000):
        try:
            return attempt(seed, number, kind or kind_of(seed))
        except Reject:
            pass
    raise SystemExit(f'seed {seed}: no graph found')


# ---- comparison ----

def command_of(binary, line):
    args = [binary, 'grad', '--json']
    args += [f'--{k}' for k in ('hessian', 'jacobian') if k in line]
    for option in ('upstream', 'dtype'):
        if option in line:
            args += [f'--{option}', line[option]]
    return args + [line['expr']] + [f'{n}={v}' for n, v in line['inputs'].items()]


def error_of(got, wanted, scale=None):
    """Largest difference relative to the largest wanted entry; infinite when shapes differ."""
    got, wanted = (torch.tensor(v, dtype=torch.float64) for v in (got, wanted))
    if got.shape != wanted.shape:
        return float('inf')
    off = float((got - wanted).abs().max())
    scale = scale or float(wanted.abs().max())
    return 0. if off == 0 else off / scale if scale else float('inf')


def errors_of(got, line):
    """(what, error) of everything that the line has."""
    yield 'value', error_of(got['value'], line['value'])
    for what in ('grads', 'jacobian'):
        for name, wanted in line.get(what, {}).items():
            yield f'{what}.{name}', error_of(got[what][name], wanted)
    hessian = line.get('hessian', {})
    scale = max([float(torch.tensor(b).abs().max()) for row in hessian.values() for b in row.values()], default=None)
    for a, row in hessian.items():
        for b, wanted in row.items():
            yield f'hessian.{a}.{b}', error_of(got['hessian'][a][b], wanted, scale)


def run(binary, line):
    """What is wrong with the command's answer, as text; None when nothing is."""
    args = command_of(binary, line)
    ran = subprocess.run(args, capture_output=True, text=True)
    if ran.returncode:
        return f'exit {ran.returncode}: {ran.stderr.strip()}'
    try:
        worst = max(errors_of(json.loads(ran.stdout), line), key=lambda e: e[1])
    except (ValueError, KeyError, TypeError) as error:
        return f'cannot use the answer ({error!r}): {ran.stdout[:200]}'
    bound = TOLERANCE[line.get('dtype', 'f64')]
    return None if worst[1] <= bound else f'{worst[0]} is off by {worst[1]:.2g}, more than {bound:g}'


def live(binary, seeds, kind):
    troubles = 0
    for seed in seeds:
        line = graph_of(seed, kind)
        trouble = run(binary, line)
        if trouble:
            troubles += 1
            print(f'seed {seed}: {trouble}\n  {shlex.join(command_of(binary, line))}', flush=True)
    print(f'{len(seeds)} graphs, {troubles} wrong')
    return 1 if troubles else 0


def write(path, seeds):
    with open(path, 'w') as out:
        for seed in seeds:
            out.write(json.dumps({'seed': seed, **graph_of(seed)}, separators=(',', ':')) + '\n')
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--write', metavar='FILE')
    parser.add_argument('--live', metavar='BINARY')
    parser.add_argument('--seeds', default='0:1250', metavar='FROM:TO')
    parser.add_argument('--kind', choices=['plain'] + KINDS, help='--live: all graphs of this kind')
    args = parser.parse_args()
    first, last = args.seeds.split(':')
    seeds = range(int(first), int(last))
    torch.set_num_threads(1)  # the same bits everywhere
    if bool(args.write) == bool(args.live):
        parser.error('either --write or --live')
    return write(args.write, seeds) if args.write else live(args.live, seeds, args.kind)


if __name__ == '__main__':
    sys.exit(main())
