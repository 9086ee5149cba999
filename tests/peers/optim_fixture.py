"""Makes the numbers of tests/optim_fixture.h with PyTorch (Debian: python3-torch):

    /usr/bin/python3 tests/peers/optim_fixture.py > tests/optim_fixture.h

Fifty steps of each optimizer in f64 on f(w) = sum_i c_i (w_i - a_i)^2 + 0.1 w_0 w_1 w_2,
from w = (1, -2, 0.5)."""
import torch

C = torch.tensor([1.0, 10.0, 0.1], dtype=torch.float64)
A = torch.tensor([0.3, -0.7, 2.0], dtype=torch.float64)

o, schedules = torch.optim, torch.optim.lr_scheduler

RUNS = {
    "plain": lambda p: o.SGD(p, lr=0.02),
    "momentum": lambda p: o.SGD(p, lr=0.01, momentum=0.9),
    "momentum_l2": lambda p: o.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1),
    "nesterov": lambda p: o.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "adagrad": lambda p: o.Adagrad(p, lr=0.1),
    "rmsprop": lambda p: o.RMSprop(p, lr=0.01),
    "rmsprop_momentum": lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.8, weight_decay=0.1),
    "adam": lambda p: o.Adam(p, lr=0.05),
    "adam_l2": lambda p: o.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    "adamw": lambda p: o.AdamW(p, lr=0.05, weight_decay=0.1),
    "clipped": lambda p: o.SGD(p, lr=0.02),
    "clipped_value": lambda p: o.SGD(p, lr=0.02),
}

SCHEDULES = {
    "steps": lambda p: schedules.StepLR(p, 7, gamma=0.5),
    "exponential": lambda p: schedules.ExponentialLR(p, 0.1 ** (1 / 20)),
    "inverse": lambda p: schedules.LambdaLR(p, lambda t: 1 / (1 + t / 10)),
    "cosine": lambda p: schedules.CosineAnnealingLR(p, 60, eta_min=0.1 * 0.02),
    "warmup": lambda p: schedules.LambdaLR(p, lambda t: min(1, (t + 1) / 8) / (1 + max(0, t - 8) / 10)),
}


def loss_of(w):
    return (C * (w - A) ** 2).sum() + 0.1 * w.prod()


def start():
    return torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)


def run(name, make, schedule=None):
    w = start()
    optim = make([w])
    fall = schedule(optim) if schedule else None
    for _ in range(50):
        optim.zero_grad()
        loss_of(w).backward()
        if name == "clipped":
            w.grad *= min(1.0, 1.5 / float(w.grad.norm()))
        if name == "clipped_value":
            torch.nn.utils.clip_grad_value_([w], 0.5)
        optim.step()
        if fall:
            fall.step()
    return w.detach().tolist()


# With nu inside the root, which PyTorch does not have: the formulas of notes 10.4 to 10.6.
def adagrad(g, s):
    s["a"] = s.get("a", 0) + g * g
    return -0.1 / torch.sqrt(s["a"] + 1e-4) * g


def rmsprop(g, s):
    s["a"] = 0.99 * s.get("a", 0) + 0.01 * g * g
    s["v"] = 0.9 * s.get("v", 0) - 0.01 / torch.sqrt(s["a"] + 1e-7) * g
    return s["v"]


def adam(g, s, corrected=True):
    t = s["t"] = s.get("t", 0) + 1
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g
    s["a"] = 0.999 * s.get("a", 0) + 0.001 * g * g
    v, a = (s["v"] / (1 - 0.9**t), s["a"] / (1 - 0.999**t)) if corrected else (s["v"], s["a"])
    return -0.05 / torch.sqrt(a + 1e-4) * v


def uncorrected(g, s):
    return adam(g, s, False)


# What PyTorch's optimizers do not have: an L1 penalty in the step, and decay beside plain descent.
def sign_step(g, s):
    return -0.02 * (g + 0.1 * torch.sign(s["w"]))


def soft_step(g, s):
    moved = s["w"] - 0.02 * g
    return torch.sign(moved) * torch.clamp(moved.abs() - 0.02 * 0.5, min=0) - s["w"]


def decay_step(g, s):
    return -0.02 * g - 0.02 * 0.3 * s["w"]


def run_formula(move):
    w, state = start(), {}
    for _ in range(50):
        (g,) = torch.autograd.grad(loss_of(w), w)
        state["w"] = w.detach()
        w = (w + move(g, state)).detach().requires_grad_()
    return w.tolist()


def show(name, numbers):
    print('    {"%s", {%.17g, %.17g, %.17g}},' % (name, *numbers))


print("/* optim_fixture.h - made by tests/peers/optim_fixture.py with PyTorch " + torch.__version__ + ". */")
print("static const struct {\n    const char *name;\n    double w[3];\n} optim_fixture[] = {")
for name, make in RUNS.items():
    show(name, run(name, make))
for name, schedule in SCHEDULES.items():
    show(name, run(name, RUNS["plain"], schedule))
for move in adagrad, rmsprop, adam, uncorrected:
    show(move.__name__ + "_inside", run_formula(move))
for move in sign_step, soft_step, decay_step:
    show(move.__name__, run_formula(move))
print("};")
