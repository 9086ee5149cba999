#!/usr/bin/env python3
"""The workload of tests/bench/scalar.c under PyTorch's eager autograd, for comparison.

    scalar_torch.py [ITERATIONS [REPEATS]]     needs Debian's python3-torch
"""
import sys
import time

import torch

torch.set_num_threads(1)
iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 71
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 51
times = []
for _ in range(repeats):
    start = time.perf_counter_ns()
    x0, a, b, c = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (.5, .7, .1, .9))
    x, s = x0, 0
    for _ in range(iterations):
        xx = x * x
        x = torch.tanh(a * x + b) * torch.exp(-xx) + torch.log(1 + c * xx) / (1 + xx)
        s = s + x
    s.backward()
    times.append(time.perf_counter_ns() - start)
times.sort()
print({"record_and_gradient_ns": times[repeats // 2] / (14 * iterations), "ds/dx0": x0.grad.item(), "ds/da": a.grad.item()})
