"""Makes the numbers of tests/nn_fixture.h with PyTorch (Debian: python3-torch):

    /usr/bin/python3 tests/peers/nn_fixture.py > tests/nn_fixture.h

Fifty steps of gradient descent in f64 on a network 4-6-3 over six rows, for each layer
and each loss: the loss at the end and the first weights. tests/test_nn_peer.c builds the
same ones."""
import math

import torch
import torch.nn.functional as F


def wavy(n, phase, size=1.0):
    return [size * (math.sin(1.7 * i + phase) + 0.3 * math.cos(0.9 * i * i + phase)) for i in range(n)]


def leaf(shape, phase, size=0.4):
    return torch.tensor(wavy(math.prod(shape), phase, size), dtype=torch.float64).reshape(shape).requires_grad_()


X = torch.tensor(wavy(24, 0.1), dtype=torch.float64).reshape(6, 4)
Y = torch.tensor(wavy(18, 0.2), dtype=torch.float64).reshape(6, 3)
LABEL = torch.tensor([(2 * i + 1) % 3 for i in range(6)])
BIT = torch.tensor([float(i % 2) for i in range(18)], dtype=torch.float64).reshape(6, 3)
SOFT = torch.softmax(Y, -1)

LAYERS = {
    "linear": lambda h, e: h,
    "relu": lambda h, e: F.relu(h),
    "tanh": lambda h, e: torch.tanh(h),
    "sigmoid": lambda h, e: torch.sigmoid(h),
    "leaky_relu": lambda h, e: F.leaky_relu(h, 0.2),
    "elu": lambda h, e: F.elu(h, 0.7),
    "softplus": lambda h, e: F.softplus(h),
    "swish": lambda h, e: h * torch.sigmoid(1.5 * h),
    "gelu": lambda h, e: F.gelu(h),
    "prelu": lambda h, e: F.prelu(h, e[0][:1]),
    "pswish": lambda h, e: h * torch.sigmoid(e[0][:1] * h),
    "maxout": lambda h, e: h.reshape(6, 3, 2).amax(-1),
    "batchnorm": lambda h, e: F.batch_norm(h, None, None, e[0], e[1], training=True),
    "layernorm": lambda h, e: F.layer_norm(h, (6,), e[0], e[1]),
    "groupnorm": lambda h, e: F.group_norm(h, 3, e[0], e[1]),
    "kept_share": lambda h, e: 0.8 * h,
    "conv_maxpool": lambda h, e: F.max_pool2d(convolved(h, e), 2).reshape(6, 4),
    "conv_avgpool": lambda h, e: F.avg_pool2d(convolved(h, e), 2).reshape(6, 4),
}


def convolved(h, e):
    """The six units of a row as a picture of 2 by 3, through two kernels of 1 by 3."""
    return F.conv2d(h.reshape(6, 1, 2, 3), e[0].reshape(2, 1, 1, 3), padding=1)


LOSSES = {
    "mse": lambda z, w: F.mse_loss(z, Y),
    "squares_sum": lambda z, w: F.mse_loss(z, Y, reduction="sum") / 10,
    "squares_half_sum": lambda z, w: F.mse_loss(z, Y, reduction="sum") / 20,
    "squares_half_mean": lambda z, w: F.mse_loss(z, Y) / 2,
    "mae": lambda z, w: F.l1_loss(z, Y),
    "huber": lambda z, w: F.huber_loss(z, Y, delta=0.5),
    "bce": lambda z, w: F.binary_cross_entropy(torch.sigmoid(z), BIT),
    "bce_with_logits": lambda z, w: F.binary_cross_entropy_with_logits(z, BIT),
    "cross_entropy": lambda z, w: F.cross_entropy(z, LABEL),
    "soft_labels": lambda z, w: F.cross_entropy(z, SOFT),
    "smooth_labels": lambda z, w: F.cross_entropy(z, LABEL, label_smoothing=0.1),
    "smooth_others": lambda z, w: F.cross_entropy(z, torch.full((6, 3), 0.05, dtype=torch.float64).scatter(1, LABEL[:, None], 0.9)),
    "gaussian_nll": lambda z, w: F.gaussian_nll_loss(z, Y, F.softplus(z.detach()) + 0.5, full=True),
    "penalty_l2": lambda z, w: F.mse_loss(z, Y) + 0.1 * 0.5 * (w**2).sum(),
    "penalty_l1": lambda z, w: F.mse_loss(z, Y) + 0.01 * w.abs().sum(),
    "penalty_near": lambda z, w: F.mse_loss(z, Y) + 0.1 * ((w - 0.5) ** 2).sum(),
    "penalty_activity": lambda z, w: F.mse_loss(z, Y) + 0.1 * z.abs().sum() / 6,
}


def train(layer, loss):
    w1, b1, w2, b2 = leaf((4, 6), 1), leaf((6,), 2), leaf((6, 3), 3), leaf((3,), 4)
    extra = leaf((6,), 5), leaf((6,), 6)
    p = [w1, b1, w2, b2, *extra]
    optim = torch.optim.SGD(p, lr=0.1)
    for _ in range(50):
        h = layer(X @ w1 + b1, extra)
        value = loss(h @ w2[: h.shape[1]] + b2, w1)
        optim.zero_grad()
        value.backward()
        optim.step()
    return [value.item(), *w1.detach().flatten().tolist()]


def running():
    """Running mean and variance of batch normalisation. PyTorch gathers the variance that is divided by rows - 1."""
    mean, var = torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)
    train(lambda h, e: F.batch_norm(h, mean, var, e[0], e[1], training=True, momentum=0.1), LOSSES["cross_entropy"])
    first = 0.9**50
    return [*mean.tolist(), *(first + (var - first) * 5 / 6).tolist(), *[0] * 13]


def show(name, numbers):
    print('    {"%s",\n     {%s}},' % (name, ", ".join("%.17g" % v for v in numbers)))


print("/* nn_fixture.h - made by tests/peers/nn_fixture.py with PyTorch " + torch.__version__ + ". */")
print("static const struct {\n    const char *name;\n    double number[25]; /* the loss, then the first weights */\n} nn_fixture[] = {")
for name, layer in LAYERS.items():
    show(name, train(layer, LOSSES["cross_entropy"]))
for name, loss in LOSSES.items():
    show("loss " + name, train(LAYERS["tanh"], loss))
show("running", running())
print("};")
