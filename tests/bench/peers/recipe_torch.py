#!/usr/bin/env python3
"""The recipes of docs/recipes.md in PyTorch: one network, so that its time can be set beside `retrograd train`.

usage: recipe_torch.py mnist|cifar FOLDER EPOCHS [SEED]

Prints the accuracy on the test files and the processor time of training on one thread. The bending of MNIST's digits
(deform) is done by one sine wave for rows and one for columns, as nn/data/augment.c does it.
"""
import gzip
import math
import pathlib
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def idx(folder, name):
    raw = gzip.open(pathlib.Path(folder) / f"{name}.gz").read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return torch.frombuffer(bytearray(raw[4 + 4 * rank:]), dtype=torch.uint8).reshape(shape)


def mnist(folder):
    for part in "train", "t10k":
        yield idx(folder, f"{part}-images-idx3-ubyte")[:, None].float() / 255
        yield idx(folder, f"{part}-labels-idx1-ubyte").long()


def cifar(folder):
    for part in "data_batch_1.bin", "test_batch.bin":
        raw = bytearray((pathlib.Path(folder) / part).read_bytes())
        rows = torch.frombuffer(raw, dtype=torch.uint8).reshape(-1, 3073)
        yield rows[:, 1:].reshape(-1, 3, 32, 32).float() / 255
        yield rows[:, 0].long()


def either_way(n, most):
    return (2 * torch.rand(n) - 1) * most


def change(x, flip, shift, rotate, zoom, deform):
    """Pictures moved, turned, scaled and bent by chance, between four neighbours, with black beyond the edge."""
    n, _, height, width = x.shape
    angle, scale = either_way(n, math.radians(rotate)), 1 + either_way(n, zoom)
    mirror = 1 - 2 * (torch.rand(n) < 0.5).float() if flip else torch.ones(n)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = mirror * angle.cos() * scale, -angle.sin() * scale
    theta[:, 1, 0], theta[:, 1, 1] = mirror * angle.sin() * scale, angle.cos() * scale
    theta[:, 0, 2], theta[:, 1, 2] = either_way(n, 2 * shift / width), either_way(n, 2 * shift / height)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    if deform:
        wave = 2 * math.pi * torch.linspace(0, 1, height)
        far, phase = either_way(n, 2 * deform / width)[:, None], (2 * math.pi * torch.rand(n))[:, None]
        bend = far * torch.sin(wave + phase)
        grid = grid + torch.stack([bend[:, :, None].expand(n, height, width),
                                   bend[:, None, :].expand(n, height, width)], -1)
    return F.grid_sample(x, grid, align_corners=False)


RECIPES = {
    "mnist": dict(data=mnist, keep=0.8, batch=64, lr=2e-3, decay=1, how=dict(flip=False, shift=1.5, rotate=10, zoom=0.1, deform=1.5)),
    "cifar": dict(data=cifar, keep=0.7, batch=100, lr=2e-3, decay=0.1, how=dict(flip=True, shift=2, rotate=0, zoom=0, deform=0)),
}


def hidden(inputs, units, keep):
    return [nn.Linear(inputs, units), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(1 - keep)]


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        right = (net(x.flatten(1)).argmax(1) == y).float().mean().item()
    net.train()
    return right


def main():
    recipe, folder, epochs = RECIPES[sys.argv[1]], sys.argv[2], int(sys.argv[3])
    torch.manual_seed(int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    torch.set_num_threads(1)
    x, y, test_x, test_y = recipe["data"](folder)
    mean, deviation = x.mean(), x.std()
    held = len(x) // 10
    keep, batch = recipe["keep"], recipe["batch"]
    net = nn.Sequential(*hidden(x[0].numel(), 512, keep), *hidden(512, 256, keep), nn.Linear(256, 10))
    optim = torch.optim.AdamW(net.parameters(), lr=recipe["lr"], weight_decay=recipe["decay"])
    steps = epochs * -(-(len(x) - held) // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optim, lambda step: 1 - step / steps)
    start = time.process_time()
    for _ in range(epochs):
        for rows in (held + torch.randperm(len(x) - held)).split(batch):
            seen = (change(x[rows], **recipe["how"]) - mean) / deviation
            loss = F.cross_entropy(net(seen.flatten(1)), y[rows])
            optim.zero_grad()
            loss.backward()
            optim.step()
            schedule.step()
        accuracy(net, (x[:held] - mean) / deviation, y[:held])
    spent = time.process_time() - start
    print(f"accuracy {100 * accuracy(net, (test_x - mean) / deviation, test_y):.2f} %, {spent:.1f} s")


main()
