"""A graph that grows: its nodes with their values, its inputs, and ways to find arguments for the next node."""
import math

import torch

from graph import Node, literal_text
from meanings import apply

MOST_SIZE = 40.   # of a value
LEAST_GAP = 1e-3  # from a kink or a tie
NAMES = ['a', 'b', 'c', 'x', 'y', 'z', 'w', 'A', 'B', 'x_1', 'alpha', 'T', 'e', 'E2', '_', 'sum', 'max', 'Pi']


class Reject(Exception):
    """This choice does not work: make another."""


def need(ok):
    if not ok:
        raise Reject


class Growth:
    """A graph that grows: its nodes, and the inputs they came from."""

    def __init__(self, rng, most_inputs, most_elements=48, dims=(1, 2, 2, 3, 3, 4)):
        self.rng, self.most_inputs, self.most_elements, self.dims = rng, most_inputs, most_elements, dims
        self.pool, self.used, self.inputs = [], set(), {}

    # ---- leaves ----

    def numbers(self, shape, lo, hi):
        def one():
            v = round(self.rng.uniform(lo, hi), self.rng.choice([1, 2, 2, 3]))
            return v if abs(v) >= .05 else one()
        count = 1
        for d in shape:
            count *= d
        return torch.tensor([one() for _ in range(count)], dtype=torch.float64).reshape(shape)

    def fresh(self, shape, lo=-2., hi=2.):
        """A new input; now and then a literal or a number within the expression."""
        value = self.numbers(shape, lo, hi)
        size = sum(v.numel() for v in self.inputs.values())
        names = [n for n in NAMES if n not in self.inputs]
        if names and size + value.numel() <= self.most_inputs and (not self.inputs or self.rng.random() < .85):
            name = self.rng.choice(names[:8] if self.rng.random() < .8 else names)
            self.inputs[name] = value
            node = Node('input', attr=name)
        else:
            need(value.numel() <= 3 or value.numel() <= 24 and self.rng.random() < .2)
            node = self.constant(value)
        node.value = value
        self.pool.append(node)
        return node

    def constant(self, value):
        node = Node('literal', attr=literal_text(value, self.rng)) if value.dim() else self.number(float(value))
        node.value = value
        return node

    @staticmethod
    def number(v):
        node = Node('number', attr=v)
        node.value = torch.tensor(v, dtype=torch.float64)
        return node

    # ---- inner nodes ----

    def add(self, op, *args, attr=None):
        node = Node(op, args, attr)
        try:
            node.value = apply(node, [a.value for a in args])
        except (RuntimeError, IndexError) as error:  # PyTorch's word for shapes that do not fit
            raise Reject from error
        v = node.value
        need(v.numel() and v.numel() <= self.most_elements and v.dim() <= 4)
        need(bool(torch.isfinite(v).all()) and float(v.abs().max()) <= MOST_SIZE)
        self.used.update(id(a) for a in args)
        self.pool.append(node)
        return node

    def leftovers(self):
        return [n for n in self.pool if id(n) not in self.used and not n.is_leaf()]

    # ---- picking arguments ----

    def pick(self, fits=lambda v: True, shape=None, lo=-2., hi=2.):
        """A node whose value fits, one without a use first; else a new leaf of that shape."""
        found = [n for n in self.pool if n.op != 'number' and fits(n.value)]
        lonely = [n for n in found if id(n) not in self.used]
        roll = self.rng.random()
        if lonely and roll < .65:
            return self.rng.choice(lonely)
        if found and roll < .85:
            return self.rng.choice(found)
        leaf = self.fresh(shape if shape is not None else self.shape(), lo, hi)
        need(fits(leaf.value))
        return leaf

    def shape(self, least=0, most=3):
        rank = self.rng.choice([r for r in (0, 1, 1, 2, 2, 2, 3) if least <= r <= most])
        return tuple(self.rng.choice([2, 3] if rank == 3 else self.dims) for _ in range(rank))

    def of_rank(self, *ranks):
        return self.pick(lambda v: v.dim() in ranks, self.shape(min(ranks), max(ranks)))

    def of_shape(self, shape, lo=-2., hi=2.):
        shape = tuple(shape)
        return self.pick(lambda v: tuple(v.shape) == shape and lo - 2 <= float(v.min()) and float(v.max()) <= hi + 2,
                         shape, lo, hi)

    def partner(self, x):
        """Something that broadcasts with x."""
        shape = list(x.value.shape)
        for i in range(len(shape)):
            if self.rng.random() < .25:
                shape[i] = 1
        if shape and self.rng.random() < .35:
            shape = shape[self.rng.randrange(len(shape)) + 1:]
        if self.rng.random() < .35:
            shape = list(x.value.shape)

        def fits(v):
            try:
                return torch.broadcast_shapes(v.shape, x.value.shape).numel() <= self.most_elements and v is not x.value
            except RuntimeError:
                return False
        if self.rng.random() < .1:
            return self.number(self.rng.choice([math.pi, round(self.rng.uniform(.3, 3), 1)]))
        return self.pick(fits, tuple(shape))

    def axis(self, x, least=1):
        axes = [i for i, d in enumerate(x.value.shape) if d >= least]
        need(axes)
        axis = self.rng.choice(axes)
        return axis if self.rng.random() < .6 else axis - x.value.dim()

    # ---- moving values to where an operation is tame ----

    def positive(self, x, least):
        if float(x.value.min()) >= least:
            return x
        how = self.rng.choice(['square', 'softplus', 'sigmoid', 'abs', 'exp', 'cosine'])
        if how == 'exp':
            return self.add('exp', self.within(x, 1.5))
        if how == 'cosine':
            return self.add('-', self.number(2.), self.add('cos', x))
        base = self.add(how, self.off_zero(x) if how == 'abs' else x)
        return self.add('+', base, self.number(round(self.rng.uniform(.4, 1.5), 1)))

    def within(self, x, most):
        if float(x.value.abs().max()) <= most:
            return x
        how = self.rng.choice(['sin', 'tanh', 'scale', 'over'])
        if how == 'sin' or how == 'tanh' and float(x.value.abs().max()) < 4:
            return self.add(how, x)
        k = float(x.value.abs().max()) / most
        k = round(k * 1.2 + .1, 1)
        return self.add('/', x, self.number(k)) if how == 'over' else self.add('*', self.number(round(.9 / k, 3)), x)

    def off_zero(self, x, gap=LEAST_GAP):
        if float(x.value.abs().min()) >= gap:
            return x
        moved = self.add('+', x, self.number(round(self.rng.uniform(-1.5, 1.5), 2)))
        need(float(moved.value.abs().min()) >= gap)
        return moved

    def call(self, name, x, **numbers):
        """A call whose numbers are positional or by keyword, as luck has it."""
        keyword = self.rng.random() < .5
        return self.add(name, x, attr=[(k, v, keyword) for k, v in numbers.items()])
