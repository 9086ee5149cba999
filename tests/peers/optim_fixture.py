"""Makes the numbers of tests/optim_fixture.h with PyTorch (Debian: python3-torch):

    /usr/bin/python3 tests/peers/optim_fixture.py > tests/optim_fixture.h

Twenty steps of each optimizer in f64 on f(w) = sum_i c_i (w_i - a_i)^2 + 0.1 w_0 w_1 w_2,
from w = (1, -2, 0.5)."""
import torch

C = torch.tensor([1.0, 10.0, 0.1], dtype=torch.float64)
A = torch.tensor([0.3, -0.7, 2.0], dtype=torch.float64)

RUNS = {
    "plain": lambda p: torch.optim.SGD(p, lr=0.02),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "momentum_l2": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adam_l2": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    "clipped": lambda p: torch.optim.SGD(p, lr=0.02),
}


def run(name, make):
    w = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
    optim = make([w])
    for _ in range(20):
        optim.zero_grad()
        ((C * (w - A) ** 2).sum() + 0.1 * w.prod()).backward()
        if name == "clipped":
            w.grad *= min(1.0, 1.5 / float(w.grad.norm()))
        optim.step()
    return w.detach().tolist()


print("/* optim_fixture.h - made by tests/peers/optim_fixture.py with PyTorch " + torch.__version__ + ". */")
print("static const struct {\n    const char *name;\n    double w[3];\n} optim_fixture[] = {")
for name, make in RUNS.items():
    print('    {"%s", {%.17g, %.17g, %.17g}},' % (name, *run(name, make)))
print("};")
