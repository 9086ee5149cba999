"""What every function of the expression language means, said in PyTorch; float64."""
import torch
import torch.nn.functional as F

EPS = 1e-5  # of batchnorm and layernorm


def reduced(over_all, along):
    """A reduction with or without an axis."""
    return lambda x, axis=None: over_all(x) if axis is None else along(x, axis)


def softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))  # F.softplus is linear above a threshold


def prelu(x, a):
    return torch.where(x > 0, x, a * x)


def elu(x, alpha=1.0):
    return torch.where(x > 0, x, alpha * torch.expm1(x))


def swish(x, beta=1.0):
    return x * torch.sigmoid(beta * x)


def huber(p, y, delta=1.0):
    d = (p - y).abs()
    return torch.where(d <= delta, d * d / 2, delta * (d - delta / 2)).mean()


def bce(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log1p(-p)).mean()


def bce_with_logits(z, y):
    return (softplus(z) - z * y).mean()


def classes(logits, labels):
    """Labels as PyTorch wants them: whole numbers, unless they are probabilities."""
    if labels.shape == logits.shape:
        return labels
    labels = labels.detach().long()
    return labels.reshape(()) if logits.dim() == 1 else labels


def cross_entropy(logits, labels):
    return F.cross_entropy(logits, classes(logits, labels))


def exactly(v):
    return v


def normalised(axis):
    def f(x, gamma, beta, touch=exactly):
        away = touch(x - x.mean(axis, keepdim=True))
        spread = touch((away * away).mean(axis, keepdim=True))
        return touch(away / torch.sqrt(spread + EPS)) * gamma + beta
    return f


def layernorm(x, gamma, beta):
    return F.layer_norm(x, x.shape[-1:], gamma, beta, EPS)


def gather(x, index, axis):
    """Entries along an axis: it is replaced by the axes of the index, as numpy.take does."""
    axis = axis % x.dim()
    picked = x.index_select(axis, index.detach().long().reshape(-1))
    return picked.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


def reversed_axes(x):
    return x.permute(*range(x.dim() - 1, -1, -1))


def index(x, items):
    return x[tuple(i if isinstance(i, int) else slice(*i) for i in items)]


def bounded(x, lo, hi):
    return torch.minimum(torch.maximum(x, torch.as_tensor(lo, dtype=x.dtype)), torch.as_tensor(hi, dtype=x.dtype))


def two_or_reduce(two, over_all, along):
    """max and min: elementwise with two tensors, a reduction with one."""
    return lambda x, b=None, axis=None: two(x, b) if b is not None else reduced(over_all, along)(x, axis)


def compare(how):
    return lambda a, b: how(a, b).to(torch.float64)


MEANING = {
    '+': torch.add, '-': torch.sub, '*': torch.mul, '/': torch.div, '@': torch.matmul, '^': torch.pow,
    'neg': torch.neg, 'pos': lambda x: x, 'T': reversed_axes,
    '<': compare(torch.lt), '<=': compare(torch.le), '>': compare(torch.gt), '>=': compare(torch.ge),
    '==': compare(torch.eq), '!=': compare(torch.ne),

    'exp': torch.exp, 'log': torch.log, 'log1p': torch.log1p, 'expm1': torch.expm1, 'sqrt': torch.sqrt,
    'square': torch.square, 'abs': torch.abs, 'sign': torch.sign, 'sin': torch.sin, 'cos': torch.cos,
    'arccos': torch.acos, 'arcsin': torch.asin, 'arctan': torch.atan,
    'tan': torch.tan, 'asin': torch.asin, 'acos': torch.acos, 'atan': torch.atan, 'sinh': torch.sinh,
    'cosh': torch.cosh, 'floor': torch.floor, 'ceil': torch.ceil, 'round': torch.round,
    'tanh': torch.tanh, 'sigmoid': torch.sigmoid, 'relu': torch.relu,
    'leaky_relu': lambda x, slope=.01: prelu(x, slope), 'prelu': prelu, 'elu': elu, 'softplus': softplus,
    'swish': swish, 'gelu': F.gelu, 'inv': torch.reciprocal, 'erf': torch.erf, 'erfc': torch.erfc,
    'clamp': bounded, 'where': lambda c, a, b: torch.where(c != 0, a, b),

    'max': two_or_reduce(torch.maximum, torch.amax, torch.amax),
    'min': two_or_reduce(torch.minimum, torch.amin, torch.amin),
    'amax': torch.amax, 'amin': torch.amin,
    'sum': reduced(torch.sum, torch.sum), 'mean': reduced(torch.mean, torch.mean),
    'var': reduced(lambda x: torch.var(x, unbiased=False), lambda x, axis: torch.var(x, axis, unbiased=False)),
    'std': reduced(lambda x: torch.std(x, unbiased=False), lambda x, axis: torch.std(x, axis, unbiased=False)),
    'prod': reduced(torch.prod, torch.prod),
    'norm': reduced(torch.linalg.vector_norm, lambda x, axis: torch.linalg.vector_norm(x, dim=axis)),
    'logsumexp': reduced(lambda x: torch.logsumexp(x.reshape(-1), 0), torch.logsumexp),
    'softmax': lambda x, axis=-1: torch.softmax(x, axis),
    'log_softmax': lambda x, axis=-1: torch.log_softmax(x, axis),
    'cumsum': torch.cumsum,

    'transpose': reversed_axes,
    'concat': lambda *xs, axis=0: torch.cat(xs, axis), 'stack': lambda *xs, axis=0: torch.stack(xs, axis),
    'dot': torch.dot, 'outer': torch.outer, 'trace': torch.trace, 'diag': torch.diag,
    'solve': torch.linalg.solve, 'inverse': torch.linalg.inv, 'det': torch.linalg.det, 'logdet': torch.logdet,
    'gather': gather,

    'mse': lambda p, y: ((p - y) ** 2).mean(), 'mae': lambda p, y: (p - y).abs().mean(), 'bce': bce,
    'bce_with_logits': bce_with_logits, 'huber': huber, 'cross_entropy': cross_entropy,
    'batchnorm': normalised(0), 'layernorm': layernorm,
}


# ---- the same in small steps, each of which can be touched ----

def small_softmax(x, axis=-1, touch=exactly):
    e = touch(torch.exp(x - x.detach().amax(axis, keepdim=True)))
    return e / touch(e.sum(axis, keepdim=True))


def small_log_softmax(x, axis=-1, touch=exactly):
    z = x - x.detach().amax(axis, keepdim=True)
    return z - touch(torch.log(touch(torch.exp(z)).sum(axis, keepdim=True)))


def small_cross_entropy(logits, labels, touch=exactly):
    labels = classes(logits, labels)
    if labels.shape != logits.shape:
        labels = F.one_hot(labels, logits.shape[-1])
    return -(labels * small_log_softmax(logits, -1, touch)).sum(-1).mean()


def small_bce_with_logits(z, y, touch=exactly):
    return (touch(softplus(z)) - touch(z * y)).mean()


def small_var(x, axis=None, touch=exactly):
    axes = list(range(x.dim())) if axis is None else axis
    return (touch(x - x.mean(axes, keepdim=True)) ** 2).mean(axes)


def small_std(x, axis=None, touch=exactly):
    return torch.sqrt(touch(small_var(x, axis, touch)))


SMALL_STEPS = {'softmax': small_softmax, 'log_softmax': small_log_softmax, 'var': small_var, 'std': small_std,
               'cross_entropy': small_cross_entropy, 'bce_with_logits': small_bce_with_logits,
               'batchnorm': normalised(0), 'layernorm': normalised(-1)}


def apply(node, args, touch=None):
    """The value of one node, given those of its arguments.

    With touch, a function that is applied to what is computed on the way, an operation whose gradient subtracts
    large from large takes small steps: what touch does then shows in the gradient.
    """
    if node.op == 'index':
        return index(args[0], node.attr)
    if node.op == 'reshape':
        return args[0].reshape([int(n) for _, n, _ in node.attr])
    numbers = {name: n for name, n, _ in node.attr or ()}
    if touch and node.op in SMALL_STEPS:
        return SMALL_STEPS[node.op](*args, **numbers, touch=touch)
    return MEANING[node.op](*args, **numbers)
