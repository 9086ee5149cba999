#!/usr/bin/env python3
"""The workloads under PyTorch (Debian's python3-torch, 1.13), as fast as we know how.

    torch_bench.py --workload W1 [--threads N] [--mode eager|single|traced|...] [--repeats N] [--serve]

eager    optimizers by foreach: one call for all parameters
single   optimizers one parameter at a time: less memory traffic when they are large
traced   the same as eager, the forward pass by torch.jit.trace
checkpointed, functional, vectorized, functorch, jacrev   other ways for W9_deep and W8

LD_LIBRARY_PATH chooses the BLAS (Debian: .../openblas-pthread or .../blis-openmp); its threads are set by
OPENBLAS_NUM_THREADS and BLIS_NUM_THREADS, not by --threads. run.py sets both.
"""
import math

import protocol
import torch
import torch.nn.functional as F
from torch import nn

POOL = 8
MLPS = {
    # inputs, batch, classes (0: squared error), adam, layers
    "W1": (784, 128, 10, False, "linear 512, relu, linear 512, relu, linear 10"),
    "W2": (784, 128, 10, True, "linear 512, relu, linear 512, relu, linear 10"),
    "W3b32": (784, 32, 10, False, "linear 128, relu, linear 10"),
    "W3b1": (784, 1, 10, False, "linear 128, relu, linear 10"),
    "W4": (3072, 128, 10, True, "linear 1024, batchnorm, relu, dropout 0.5, "
                                "linear 512, batchnorm, relu, dropout 0.5, linear 10"),
    "W5": (2, 1, 0, False, "linear 16, tanh, linear 16, tanh, linear 1"),
    "W9_start": (1, 1, 0, False, "linear 1"),
    "W9_deep": (512, 128, 0, False, ", ".join(64 * ["linear 512, tanh"])),
}
MLPS["W9_W1"], MLPS["W12"] = MLPS["W1"], MLPS["W3b32"]


def network(spec, width):
    layers = []
    for word, *number in (part.split() for part in spec.split(", ")):
        if word == "linear":
            layers.append(nn.Linear(width, int(number[0])))
            width = int(number[0])
        else:
            layers.append({"relu": nn.ReLU, "tanh": nn.Tanh, "dropout": nn.Dropout,
                           "batchnorm": lambda: nn.BatchNorm1d(width)}[word]())
    return nn.Sequential(*layers), width


def set_weights(model, numbers):
    """Weights within 1/sqrt(inputs), biases 0: as perceptrons.c has them."""
    with torch.no_grad():
        for layer in model:
            if isinstance(layer, nn.Linear):
                n = layer.in_features
                w = numbers.draw((n, layer.out_features), 1 / math.sqrt(n))
                layer.weight.copy_(torch.from_numpy(w).t())
                layer.bias.zero_()


def updater(params, adam, mode):
    """A function that updates params by their gradients, then forgets those."""
    each = mode == "single"
    if adam:
        optimizer = torch.optim.Adam(params, lr=1e-3, foreach=not each)
    else:
        optimizer = torch.optim.SGD(params, lr=1e-2, foreach=not each)

    def update():
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return update


def training(model, loss, batches, adam, mode):
    """step(i): one step of training on batch i of (inputs, targets)."""
    forward = model
    if mode == "traced":
        forward = torch.jit.trace(model, batches[0][0], check_trace=False)
    if mode == "checkpointed":
        from torch.utils.checkpoint import checkpoint_sequential
        forward = lambda x: checkpoint_sequential(model, 8, x.requires_grad_())
    update = updater(list(model.parameters()), adam, mode)

    def step(i):
        x, y = batches[i % len(batches)]
        out = loss(forward(x), y)
        out.backward()
        update()
        return [out.detach()]

    return step


def perceptron(name, mode):
    inputs, batch, classes, adam, spec = MLPS[name]
    numbers = protocol.Numbers()
    pool = 64 if name == "W5" else POOL
    model, outputs = network(spec, inputs)
    x = torch.from_numpy(numbers.draw((pool, batch, inputs), 1))
    y = numbers.labels((pool, batch), classes) if classes else numbers.draw((pool, batch, outputs), 1)
    set_weights(model, numbers)
    loss = F.cross_entropy if classes else F.mse_loss
    return training(model, loss, list(zip(x, torch.from_numpy(y))), adam, mode)


def update(name, mode):
    """Adam's update alone."""
    numbers = protocol.Numbers()
    n = {"W2_update": 669706, "W4_update": 3679754}[name]
    w, g = (torch.from_numpy(numbers.draw((n,), 1)) for _ in range(2))
    optimizer = torch.optim.Adam([w], lr=1e-3, foreach=mode != "single")
    w.grad = g

    def step(i):
        before = -w[0]
        optimizer.step()
        return [before]

    return step


def recurrence(name, mode):
    iterations = 71 if name.startswith("W6_1k") else 7142

    def run(x, a, b, c):
        s = x
        for _ in range(iterations):
            xx = x * x
            x = torch.tanh(a * x + b) * torch.exp(-xx) + torch.log(1 + c * xx) / (1 + xx)
            s = s + x
        return s

    inputs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (.5, .7, .1, .9)]
    if mode == "traced":
        if iterations > 1000:
            raise KeyError(name)  # tracing takes minutes
        run = torch.jit.trace(run, inputs, check_trace=False)
    return lambda i: list(torch.autograd.grad(run(*inputs), inputs))


def chain(name, mode):
    def run(x):
        return (torch.log(1 / (1 + torch.exp(-torch.tanh(0.7 * x + 0.1)))) * x).sum()

    pool = [x.requires_grad_() for x in torch.from_numpy(protocol.Numbers().draw((POOL, 1000000), 1))]
    if mode == "traced":
        run = torch.jit.trace(run, pool[0], check_trace=False)

    def step(i):
        x = pool[i % POOL]
        y = run(x)
        return [y.detach(), *torch.autograd.grad(y, x)]

    return step


def hessian(name, mode):
    numbers = protocol.Numbers()
    xs = torch.from_numpy(numbers.draw((POOL, 64, 8), 1, "f8"))
    ys = torch.from_numpy(numbers.draw((POOL, 64, 1), 1, "f8"))
    all_ = torch.from_numpy(numbers.draw((101,), .5, "f8")).requires_grad_()
    seeds = torch.eye(101, dtype=torch.float64)

    def loss(p, x, y):
        h = torch.tanh(x @ p[:80].view(8, 10) + p[80:90].view(1, 10))
        return F.mse_loss(h @ p[90:100].view(10, 1) + p[100:].view(1, 1), y)

    def step(i):
        x, y = xs[i % POOL], ys[i % POOL]
        if mode in ("functional", "vectorized"):
            h = torch.autograd.functional.hessian(lambda p: loss(p, x, y), all_, vectorize=mode == "vectorized")
            return [loss(all_.detach(), x, y), h]
        if mode == "jacrev":
            return [loss(all_.detach(), x, y), functorch.jacrev(functorch.jacrev(loss))(all_.detach(), x, y)]
        if mode == "functorch":
            return [loss(all_.detach(), x, y), functorch.hessian(loss)(all_.detach(), x, y)]
        out = loss(all_, x, y)
        g, = torch.autograd.grad(out, all_, create_graph=True)
        return [out.detach(), *torch.autograd.grad(g, all_, seeds, is_grads_batched=True)]

    if mode in ("functorch", "jacrev"):
        import functorch
    return step


class Block(nn.Module):
    """W10: a pre-norm transformer block."""

    def __init__(self, numbers, d=128, inner=512):
        super().__init__()

        def add(*shape, scale=1.0):
            return nn.Parameter(torch.from_numpy(numbers.draw(shape, scale)))

        def dense(n_in, n_out):
            s = 1 / math.sqrt(n_in)
            w = nn.Parameter(torch.from_numpy(numbers.draw((n_in, n_out), s)).t().contiguous())
            return w, add(n_out, scale=s)

        self.gamma1, self.beta1 = add(d), add(d)
        self.qkv, self.qkv_bias = dense(d, 3 * d)
        self.proj, self.proj_bias = dense(d, d)
        self.gamma2, self.beta2 = add(d), add(d)
        self.fc1, self.fc1_bias = dense(d, inner)
        self.fc2, self.fc2_bias = dense(inner, d)

    def forward(self, x):
        h = F.layer_norm(x, (128,), self.gamma1, self.beta1)
        qkv = F.linear(h, self.qkv, self.qkv_bias).view(4, 128, 3, 4, 32).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = torch.softmax((q @ k.transpose(-1, -2)) * (1 / math.sqrt(32)), -1)
        x = x + F.linear((weights @ v).transpose(1, 2).reshape(4, 128, 128), self.proj, self.proj_bias)
        h = F.linear(F.layer_norm(x, (128,), self.gamma2, self.beta2), self.fc1, self.fc1_bias)
        return x + F.linear(F.gelu(h), self.fc2, self.fc2_bias)


def transformer(name, mode):
    numbers = protocol.Numbers()
    xs = torch.from_numpy(numbers.draw((POOL, 4, 128, 128), 1))
    gs = torch.from_numpy(numbers.draw((POOL, 4, 128, 128), 1))
    block = Block(numbers)
    params = list(block.parameters())
    if mode == "traced":
        block = torch.jit.trace(block, xs[0], check_trace=False)
    pool = [x.requires_grad_() for x in xs]

    def step(i):
        x = pool[i % POOL]
        y = block(x)
        return [y.detach(), *torch.autograd.grad(y, [x, *params], gs[i % POOL])]

    return step


class ConvNet(nn.Module):
    """W11."""

    def __init__(self, numbers):
        super().__init__()

        def add(*shape, inputs):
            return nn.Parameter(torch.from_numpy(numbers.draw(shape, 1 / math.sqrt(inputs))))

        self.conv1, self.bias1 = add(32, 1, 5, 5, inputs=25), add(32, inputs=25)
        self.conv2, self.bias2 = add(64, 32, 5, 5, inputs=800), add(64, inputs=800)
        self.fc = nn.Parameter(add(1024, 10, inputs=1024).detach().t().contiguous())
        self.fc_bias = add(10, inputs=1024)

    def forward(self, x):
        h = F.max_pool2d(F.relu(F.conv2d(x, self.conv1, self.bias1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, self.conv2, self.bias2)), 2)
        return F.linear(h.flatten(1), self.fc, self.fc_bias)


def convolution(name, mode):
    numbers = protocol.Numbers()
    x = torch.from_numpy(numbers.draw((POOL, 32, 1, 28, 28), 1))
    y = torch.from_numpy(numbers.labels((POOL, 32), 10))
    return training(ConvNet(numbers), F.cross_entropy, list(zip(x, y)), False, mode)


FAMILIES = {**{name: perceptron for name in MLPS}, "W6_1k_record": recurrence, "W6_100k_record": recurrence,
            "W6_1k_replay": recurrence, "W6_100k_replay": recurrence, "W7": chain, "W8": hessian,
            "W2_update": update, "W4_update": update, "W10": transformer, "W11": convolution}
MODES = ["eager", "single", "traced", "checkpointed", "functional", "vectorized", "functorch", "jacrev"]
SPECIAL = {"single": "W1 W2 W2_update W3b32 W3b1 W4 W4_update W5 W11", "checkpointed": "W9_deep", "functional": "W8",
           "vectorized": "W8", "functorch": "W8", "jacrev": "W8"}


def make(name, mode, threads):
    if mode in SPECIAL and name not in SPECIAL[mode].split():
        raise KeyError(name)
    if mode == "traced" and name in ("W2_update", "W4_update", "W8"):
        raise KeyError(name)
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    return FAMILIES[name](name, mode)


if __name__ == "__main__":
    protocol.main("PyTorch " + torch.__version__, make, MODES)
