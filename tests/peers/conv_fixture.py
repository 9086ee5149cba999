#!/usr/bin/env python3
"""Programs with convolution and pooling, with values and derivatives by PyTorch in float64, as lines of JSON for
check_fixtures.

    conv_fixture.py > tests/peers/conv.jsonl      made by Debian's python3-torch (README.md)
"""
import json
import random

import torch
import torch.nn.functional as F

from graph import literal_text

PROGRAMS = 40


def shapes(rng):
    """Images, weights, stride and padding that leave 2 to 4 rows and columns of results."""
    c, o, kh, kw, stride, pad = (rng.randint(1, 3) for _ in range(6))
    pad -= 1
    ho, wo = rng.randint(2, 4), rng.randint(2, 4)
    h, w = ((n - 1) * stride + k - 2 * pad + rng.randrange(stride) for n, k in ((ho, kh), (wo, kw)))
    if h < 1 or w < 1:
        return shapes(rng)
    return (rng.randint(1, 3), c, h, w), (o, c, kh, kw), stride, pad


def program(rng):
    """(text, function of the inputs, inputs): a convolution, perhaps pooled, perhaps another one on top."""
    x, w, stride, pad = shapes(rng)
    inputs = {'x': x, 'w': w}
    call = f'conv2d(x, w, {stride}, {pad})' if rng.random() < .5 else f'conv2d(x, w, pad={pad}, stride={stride})'
    kind = rng.choice(['plain', 'max', 'average', 'two'])
    if kind == 'plain':
        return f'sum(tanh({call}))', lambda t: torch.tanh(convolve(t, stride, pad)).sum(), inputs
    if kind == 'max':
        return (f'mean(maxpool2d({call}, 2)^2)',
                lambda t: (F.max_pool2d(convolve(t, stride, pad), 2) ** 2).mean(), inputs)
    if kind == 'average':
        return (f'mean(avgpool2d({call}, 2)^3)',
                lambda t: (F.avg_pool2d(convolve(t, stride, pad), 2) ** 3).mean(), inputs)
    inputs['v'] = (2, w[0], 2, 2)
    return (f'h = sigmoid({call}); sum(square(conv2d(h, v)))',
            lambda t: (F.conv2d(torch.sigmoid(convolve(t, stride, pad)), t['v']) ** 2).sum(), inputs)


def convolve(t, stride, pad):
    return F.conv2d(t['x'], t['w'], stride=stride, padding=pad)


def hessian(f, t):
    names = list(t)
    rows = torch.autograd.functional.hessian(lambda *v: f(dict(zip(names, v))), tuple(t.values()))
    return {a: {b: h.tolist() for b, h in zip(names, row)} for a, row in zip(names, rows)}


def fixture(seed):
    rng = random.Random(seed)
    text, f, inputs = program(rng)
    t = {name: torch.tensor([round(rng.uniform(-2, 2), 3) for _ in range(int(torch.Size(s).numel()))],
                            dtype=torch.float64).reshape(s).requires_grad_() for name, s in inputs.items()}
    y = f(t)
    grads = torch.autograd.grad(y, list(t.values()))
    line = {'seed': seed, 'expr': text, 'inputs': {name: literal(v, rng) for name, v in t.items()}, 'value': y.item(),
            'grads': {name: g.tolist() for name, g in zip(t, grads)}}
    if sum(v.numel() for v in t.values()) < 44:
        line['hessian'] = hessian(f, t)
    return line


def literal(v, rng):
    """Outer brackets stay: without them a literal of rank 4 would be another one."""
    return literal_text(v.detach(), rng)


for seed in range(PROGRAMS):
    print(json.dumps(fixture(seed)))
