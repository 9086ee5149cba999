"""For every operation of the language, how to add one node of it to a growing graph.

A maker picks arguments whose values lie where the operation is smooth and tame - away from kinks, ties and
poles - and raises Reject when it finds none. Values are known while the graph grows, so this is a look, not a proof.
"""
import torch

from growth import LEAST_GAP, need


# ---- elementwise ----

def unary(name, tame):
    return lambda g: g.add(name, tame(g, g.pick()))


def within(most):
    return lambda g, x: g.within(x, most)


def positive(least):
    return lambda g, x: g.positive(x, least)


def off_zero(gap=LEAST_GAP):
    return lambda g, x: g.off_zero(x, gap)


def above_minus_one(g, x):
    return x if float(x.value.min()) > -.7 else g.positive(x, -.7)


def slope(name, parameter, lo, hi):
    """leaky_relu, elu, swish: the parameter is left out, a number, or a tensor."""
    def make(g):
        x = g.within(g.off_zero(g.pick()), 4)
        roll = g.rng.random()
        if roll < .3:
            return g.add(name, x)
        if roll < .75:
            return g.call(name, x, **{parameter: round(g.rng.uniform(lo, hi), 2)})
        return g.add(name, x, g.fresh((), lo, hi))
    return make


def make_prelu(g):
    x = g.off_zero(g.pick())
    return g.add('prelu', x, g.fresh(tuple(x.value.shape[-1:]) if g.rng.random() < .5 else (), .1, .9))


def binary(op):
    def make(g):
        x = g.pick()
        y = g.partner(x)
        return g.add(op, x, y) if g.rng.random() < .5 else g.add(op, y, x)
    return make


def make_divide(g):
    x = g.pick()
    return g.add('/', x, g.off_zero(g.partner(x), .3))


def make_power(g):
    kind = g.rng.choice(['whole', 'fixed', 'base', 'both', 'minus'])
    x = g.within(g.pick(), 3)
    if kind == 'whole':
        n = float(g.rng.choice([2, 3, 4, -1, -2]))
        return g.add('^', g.off_zero(x, .3) if n < 0 else g.off_zero(x), g.number(n))
    if kind == 'fixed':
        return g.add('^', g.positive(x, .3), g.number(round(g.rng.uniform(-1.5, 2.5), 1)))
    if kind == 'base':
        return g.add('^', g.number(round(g.rng.uniform(.5, 3), 1)), x)
    if kind == 'minus':
        return g.add('^', g.number(2.), g.add('neg', x))
    return g.add('^', g.positive(x, .3), g.within(g.partner(x), 2))


def apart(a, b):
    need(a is not b and float((a.value - b.value).abs().min()) >= LEAST_GAP)


def extreme_of_two(name):
    def make(g):
        x = g.pick()
        y = g.partner(x)
        apart(x, y)
        return g.add(name, x, y)
    return make


def condition(g, x):
    """A comparison that broadcasts with x, or a tensor that is 0 in places."""
    if g.rng.random() < .1:
        choices = torch.tensor([float(g.rng.randrange(3)) for _ in range(x.value.numel())], dtype=torch.float64)
        return g.constant(choices.reshape(x.value.shape))
    a = g.partner(x)
    b = g.partner(a) if g.rng.random() < .5 else g.number(round(g.rng.uniform(-1, 1), 2))
    apart(a, b)
    return g.add(g.rng.choice(['<', '<=', '>', '>=', '>', '<', '==', '!=']), a, b)


def make_where(g):
    x = g.pick()
    return g.add('where', condition(g, x), x, g.partner(x))


def make_comparison(g):
    """A comparison as a factor of 0 and 1."""
    x = g.pick()
    return g.add('*', condition(g, x), x)


def make_clamp(g):
    x = g.pick()
    lo, hi = round(g.rng.uniform(-1.5, 0), 2), round(g.rng.uniform(.2, 2), 2)
    need(float(torch.minimum((x.value - lo).abs(), (x.value - hi).abs()).min()) >= LEAST_GAP)
    if g.rng.random() < .8:
        return g.call('clamp', x, lo=lo, hi=hi)
    low, high = g.fresh((), -1.5, -.1), g.fresh((), .2, 2)
    apart(x, low)
    apart(x, high)
    return g.add('clamp', x, low, high)


# ---- reductions and along an axis ----

def spread(name):
    """What a reduction needs of its input: f(values along the last axis) is ok."""
    def ok(v):
        if name == 'norm':
            return v.shape[-1] > 1 and bool((v.pow(2).sum(-1) > .04).all())
        if name in ('var', 'std'):  # of two numbers std is half their distance: its Hessian is 0 but for rounding
            return v.shape[-1] > 2 and bool((v.var(-1, unbiased=False) > .02).all())
        if name in ('amax', 'amin', 'max', 'min') and v.shape[-1] > 1:
            ranked = v.sort(-1).values
            return bool(((ranked[..., 1:] - ranked[..., :-1]) >= LEAST_GAP).all())
        return name != 'prod' or v.shape[-1] <= 12
    return ok


def reduction(name):
    def make(g):
        x = g.pick(lambda v: v.numel() > 1, g.shape(1))
        need(x.value.numel() > 1)
        ok = spread(name)
        if name not in ('amax', 'amin') and g.rng.random() < .35:
            need(ok(x.value.reshape(-1)))
            return g.add(name, x)
        axis = g.axis(x)
        need(ok(x.value.movedim(axis, -1)))
        return g.add(name, x, attr=[('axis', axis, name in ('max', 'min') or g.rng.random() < .5)])
    return make


def along_axis(name):
    def make(g):
        x = g.pick(lambda v: v.dim() and v.shape[-1] > 1, g.shape(1))
        need(x.value.dim() and x.value.shape[-1] > 1)
        if name != 'cumsum' and g.rng.random() < .5:
            return g.add(name, g.within(x, 8))
        return g.call(name, g.within(x, 8), axis=g.axis(x, 2))
    return make


# ---- shapes ----

def make_reshape(g):
    x = g.pick(lambda v: v.dim() and v.numel() > 1, g.shape(1))
    rest, dims = x.value.numel(), []
    while rest > 1 and len(dims) < 3:
        d = g.rng.choice([d for d in (1, 2, 3, 4, 5, 6, rest) if rest % d == 0])
        dims.append(d)
        rest //= d
    dims.append(rest)
    if g.rng.random() < .15:
        dims[g.rng.randrange(len(dims))] = -1
    return g.add('reshape', x, attr=[('', float(d), False) for d in dims])


def transposed(op):
    return lambda g: g.add(op, g.of_rank(1, 2, 2, 3))


def make_concat(g):
    x = g.of_rank(1, 2, 3)
    axis = g.rng.randrange(x.value.dim())
    parts = [x]
    for _ in range(g.rng.choice([1, 1, 2])):
        shape = list(x.value.shape)
        shape[axis] = g.rng.choice([1, 2])
        parts.append(g.of_shape(shape))
    g.rng.shuffle(parts)
    return g.add('concat', *parts, attr=[('axis', g.rng.choice([axis, axis - x.value.dim()]), True)])


def make_stack(g):
    x = g.of_rank(0, 1, 2)
    parts = [x] + [g.of_shape(x.value.shape) for _ in range(g.rng.choice([1, 2]))]
    g.rng.shuffle(parts)
    axis = g.rng.randrange(-1, x.value.dim() + 1)
    return g.add('stack', *parts, attr=[('axis', axis, True)])


def make_index(g):
    x = g.of_rank(1, 2, 3)
    items = []
    for d in x.value.shape[:g.rng.randrange(x.value.dim()) + 1]:
        if g.rng.random() < .45:
            items.append(g.rng.randrange(-d, d))
            continue
        start, stop = g.rng.randrange(d), g.rng.randrange(1, d + 1)
        start, stop = min(start, stop - 1), max(start + 1, stop)
        items.append((g.rng.choice([start, start - d, None if start == 0 else start]),
                      g.rng.choice([stop, None if stop == d else stop - d])))
    return g.add('index', x, attr=items)


def make_gather(g):
    x = g.of_rank(1, 2, 3)
    axis = g.axis(x)
    at = [float(g.rng.randrange(x.value.shape[axis])) for _ in range(g.rng.choice([1, 2, 3]))]
    index = g.constant(torch.tensor(at, dtype=torch.float64))
    return g.add('gather', x, index, attr=[('axis', axis, g.rng.random() < .5)])


# ---- linear algebra ----

def make_product(g):
    if g.rng.random() < .3:
        x = g.pick(lambda v: v.dim() == 2, tuple(g.rng.choice(g.dims) for _ in range(2)))
        found = [n for n in g.pool if n is not x and n.value.dim() in (1, 2) and len(n.value) == x.value.shape[1]]
        y = g.rng.choice(found) if found and g.rng.random() < .5 else g.add('T', x)
        return g.add('@', g.within(x, 2), g.within(y, 2))
    m, k, n = (g.rng.choice(g.dims) for _ in range(3))
    b = g.rng.choice([1, 2, 3])
    left, right = g.rng.choice([((m, k), (k, n)), ((m, k), (k, n)), ((k,), (k, n)), ((m, k), (k,)), ((k,), (k,)),
                                ((b, m, k), (k, n)), ((m, k), (b, k, n)), ((b, m, k), (b, k, n)), ((b, m, k), (k,)),
                                ((k,), (b, k, n)), ((1, m, k), (b, k, n))])
    return g.add('@', g.of_shape(left), g.of_shape(right))


def make_dot(g):
    x = g.of_rank(1)
    return g.add('dot', x, g.of_shape(x.value.shape))


def make_outer(g):
    return g.add('outer', g.of_rank(1), g.of_rank(1))


def start_large(g):
    """A matrix of hundreds of different numbers out of two vectors and a row."""
    u, v = (g.fresh((g.rng.choice(g.dims),)) for _ in range(2))
    x = g.add('+', g.add('outer', u, v), g.fresh(tuple(v.value.shape)))
    return g.add(g.rng.choice(['sin', 'tanh', 'cos', 'sigmoid']), x)


def square_matrix(g):
    n = g.rng.choice([2, 2, 3])
    return g.of_shape((n, n))


def make_trace(g):
    return g.add('trace', square_matrix(g))


def make_diag(g):
    return g.add('diag', g.of_rank(1) if g.rng.random() < .5 else square_matrix(g))


def strong(g, batch=False):
    """A matrix, or a batch of them, that is far from singular."""
    n = g.rng.choice([2, 2, 3])
    shape = (2, n, n) if batch else (n, n)
    eye = torch.eye(n, dtype=torch.float64)
    x = g.within(g.of_shape(shape), 2)
    if not batch and g.rng.random() < .4:
        x = g.add('@', x, g.add('T', x))
        lift = g.add('*', g.number(round(g.rng.uniform(.6, 1.5), 1)), g.constant(eye))
    else:
        lift = g.constant(eye * round(g.rng.uniform(2.5, 4), 1))
    A = g.add('+', x, lift)
    need(float(torch.linalg.cond(A.value).max()) < 40)
    return A


def make_solve(g):
    A = strong(g, g.rng.random() < .2)
    n = A.value.shape[-1]
    shapes = [(2, n, 2), (1, n, 2), (n,)] if A.value.dim() == 3 else [(n,), (n, 1), (n, 2), (2, n, 1)]
    b = g.of_shape(g.rng.choice(shapes))
    need(b is not A)  # the identity: its gradient is 0 but for rounding
    return g.add('solve', A, b)


def of_matrix(name):
    def make(g):
        A = strong(g, g.rng.random() < .2)
        if name == 'logdet':
            need(float(torch.linalg.det(A.value).min()) > .1)
        return g.add(name, A)
    return make


# ---- losses and norms ----

def prediction(g):
    x = g.of_rank(0, 1, 2)
    return x, g.of_shape(x.value.shape)


def make_mse(g):
    return g.add('mse', *prediction(g))


def make_mae(g):
    p, y = prediction(g)
    apart(p, y)
    return g.add('mae', p, y)


def make_huber(g):
    p, y = prediction(g)
    delta = round(g.rng.uniform(.3, 2), 1) if g.rng.random() < .6 else 1.
    need(float(((p.value - y.value).abs() - delta).abs().min()) > LEAST_GAP)
    if delta == 1:
        return g.add('huber', p, y)
    return g.add('huber', p, y, attr=[('delta', delta, g.rng.random() < .5)])


def make_bce(g):
    z = g.within(g.of_rank(0, 1, 2), 2.5)
    return g.add('bce', g.add('sigmoid', z), g.fresh(tuple(z.value.shape), .1, .9))


def make_bce_with_logits(g):
    z = g.within(g.of_rank(0, 1, 2), 8)
    return g.add('bce_with_logits', z, g.fresh(tuple(z.value.shape), 0., 1.))


def make_cross_entropy(g):
    z = g.pick(lambda v: v.dim() in (1, 2) and v.shape[-1] > 1, (3, 3))
    classes = z.value.shape[-1]
    if g.rng.random() < .3:
        return g.add('cross_entropy', z, g.add('softmax', g.of_shape(z.value.shape)))
    n = z.value.shape[0] if z.value.dim() == 2 else 1
    need(z.value.dim() == 2 or classes > 1)
    labels = torch.tensor([float(g.rng.randrange(classes)) for _ in range(n)], dtype=torch.float64)
    if z.value.dim() == 1 and g.rng.random() < .5:
        labels = labels.reshape(())
    return g.add('cross_entropy', z, g.constant(labels))


def make_batchnorm(g):
    n, c = g.rng.choice([3, 4]), g.rng.choice([1, 2, 3])
    x = g.of_shape((n, c))
    need(float(x.value.var(0, unbiased=False).min()) > .05)
    return g.add('batchnorm', x, g.of_shape((c,), .5, 1.5), g.of_shape((c,)))


def make_layernorm(g):
    # Of two numbers the normalised ones are nearly 1 and -1, whatever they are: the gradient is rounding.
    x = g.pick(lambda v: v.dim() in (1, 2, 3) and v.shape[-1] > 2, (2, 4))
    need(float(x.value.var(-1, unbiased=False).min()) > .05)
    c = x.value.shape[-1:]
    return g.add('layernorm', x, g.of_shape(c, .5, 1.5), g.of_shape(c))


def anything(g, x):
    return x


MAKERS = {
    **{op: binary(op) for op in '+-*'}, '/': make_divide, '^': make_power, '@': make_product,
    'neg': unary('neg', anything), 'pos': unary('pos', anything), 'comparison': make_comparison,
    'exp': unary('exp', within(3)), 'log': unary('log', positive(.2)), 'log1p': unary('log1p', above_minus_one),
    'expm1': unary('expm1', within(3)), 'sqrt': unary('sqrt', positive(.15)), 'square': unary('square', within(6)),
    'abs': unary('abs', off_zero()), 'sign': unary('sign', off_zero()), 'sin': unary('sin', within(8)),
    'cos': unary('cos', within(8)), 'tanh': unary('tanh', within(3)), 'sigmoid': unary('sigmoid', within(5)),
    'relu': unary('relu', off_zero()), 'leaky_relu': slope('leaky_relu', 'slope', .05, .5), 'prelu': make_prelu,
    'elu': slope('elu', 'alpha', .3, 1.8), 'softplus': unary('softplus', within(6)),
    'swish': slope('swish', 'beta', .5, 2), 'gelu': unary('gelu', within(3)), 'inv': unary('inv', off_zero(.3)),
    'erf': unary('erf', within(2)), 'erfc': unary('erfc', within(3)), 'max of two': extreme_of_two('max'), 'min of two': extreme_of_two('min'),
    'where': make_where, 'clamp': make_clamp,
    **{name: reduction(name) for name in ('sum', 'mean', 'var', 'std', 'prod', 'norm', 'logsumexp', 'max', 'min',
                                          'amax', 'amin')},
    **{name: along_axis(name) for name in ('softmax', 'log_softmax', 'cumsum')},
    'reshape': make_reshape, 'transpose': transposed('transpose'), 'T': transposed('T'), 'concat': make_concat,
    'stack': make_stack, 'index': make_index, 'gather': make_gather, 'dot': make_dot, 'outer': make_outer,
    'trace': make_trace, 'diag': make_diag, 'solve': make_solve, 'inverse': of_matrix('inverse'),
    'det': of_matrix('det'), 'logdet': of_matrix('logdet'), 'mse': make_mse, 'mae': make_mae, 'huber': make_huber,
    'bce': make_bce, 'bce_with_logits': make_bce_with_logits, 'cross_entropy': make_cross_entropy,
    'batchnorm': make_batchnorm, 'layernorm': make_layernorm,
}
