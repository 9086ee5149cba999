#!/usr/bin/env python3
"""Convolution and pooling against PyTorch, in turn, one repetition each: medians and ratios.

    conv_torch.py build/tests/bench/bench_conv [THREADS [REPEATS]]     needs Debian's python3-torch

A ratio above 1 means that Retrograd is the faster one. One thread is measured in processor time, for machines that do
other things too; more threads in wall time.
"""
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

# N C H W O K STRIDE PAD POOL
CASES = [(32, 1, 28, 28, 32, 5, 1, 0, 2), (32, 32, 12, 12, 64, 5, 1, 0, 2), (8, 64, 56, 56, 64, 3, 1, 1, 2),
         (8, 128, 28, 28, 128, 3, 2, 1, 2), (1, 3, 224, 224, 64, 7, 2, 3, 2), (16, 256, 14, 14, 64, 1, 1, 0, 2)]
PARTS = ['forward', 'images', 'weights', 'maxpool', 'its gradient']


def measure(case, now):
    """Microseconds of each part; the first rounds warm up, as in conv.c."""
    n, c, h, w, o, k, stride, pad, pool = case
    x, weights = torch.randn(n, c, h, w), torch.randn(o, c, k, k)
    g = torch.randn_like(F.conv2d(x, weights, stride=stride, padding=pad))

    def back(wanted):
        torch.ops.aten.convolution_backward(g, x, weights, None, (stride, stride), (pad, pad), (1, 1), False, (0, 0),
                                            1, wanted)

    for _ in range(3):
        marks = [now()]
        y = F.conv2d(x, weights, stride=stride, padding=pad)
        marks.append(now())
        back((True, False, False))
        marks.append(now())
        back((False, True, False))
        marks.append(now())
        y.requires_grad_()
        marks.append(now())
        m = F.max_pool2d(y, pool)
        marks.append(now())
        torch.autograd.grad(m, y, torch.ones_like(m))
        marks.append(now())
    parts = [1e6 * (b - a) for a, b in zip(marks, marks[1:])]
    return parts[:3] + parts[4:]


def main():
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    torch.set_num_threads(threads)
    ours = subprocess.Popen([sys.argv[1], str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(f'{threads} threads, median of {repeats}: microseconds of Retrograd, of PyTorch, ratio')
    for case in CASES:
        line = ' '.join(map(str, case))
        a, b = [], []
        for _ in range(repeats):
            print(line, file=ours.stdin, flush=True)
            a.append([float(v) for v in ours.stdout.readline().split()])
            b.append(measure(case, time.thread_time if threads == 1 else time.perf_counter))
        print(line)
        for i, part in enumerate(PARTS):
            own, other = (statistics.median(r[i] for r in rows) for rows in (a, b))
            print(f'    {part:<13}{own:10.0f}{other:10.0f}{other / own:8.2f}')


main()
