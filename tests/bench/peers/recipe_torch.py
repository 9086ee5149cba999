#!/usr/bin/env python3
"""The recipes of docs/recipes.md in PyTorch, so that their time can be set beside `retrograd train`.

usage: recipe_torch.py mnist|cifar FOLDER EPOCHS [--networks N] [--seed N] [--threads N] [--serve]

Prints the accuracy on the test files of the networks together, each as it was after its best epoch, and the time of training
alone. With --serve: says "ready", then answers each line of input with the wall time and the processor time of EPOCHS more
epochs of one network (tests/bench/recipes.py). The bending of MNIST's
digits (deform) is done by one sine wave for rows and one for columns, as nn/data/augment.c does it.
"""
import argparse
import copy
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
    "mnist": dict(data=mnist, keep=0.9, batch=64, lr=2e-3, decay=1, how=dict(flip=False, shift=1.5, rotate=10, zoom=0.1, deform=1.5)),
    "cifar": dict(data=cifar, keep=0.7, batch=100, lr=2e-3, decay=0.1, how=dict(flip=True, shift=2, rotate=0, zoom=0, deform=0)),
}


def hidden(inputs, units, keep):
    return [nn.Linear(inputs, units), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(1 - keep)]


def chances(net, x):
    net.eval()
    with torch.no_grad():
        p = net(x.flatten(1)).softmax(1)
    net.train()
    return p


def accuracy(p, y):
    return (p.argmax(1) == y).float().mean().item()


class Training:
    def __init__(self, recipe, folder, epochs):
        self.recipe = recipe
        x, y, test_x, test_y = recipe["data"](folder)
        mean, deviation = x.mean(), x.std()
        self.standard = lambda pictures: (pictures - mean) / deviation
        self.x, self.y, self.test = x, y, (test_x, test_y)
        self.held, self.best, self.kept = len(x) // 10, -1, None
        keep = recipe["keep"]
        self.net = nn.Sequential(*hidden(x[0].numel(), 512, keep), *hidden(512, 256, keep), nn.Linear(256, 10))
        self.optim = torch.optim.AdamW(self.net.parameters(), lr=recipe["lr"], weight_decay=recipe["decay"])
        steps = epochs * -(-(len(x) - self.held) // recipe["batch"])
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optim, lambda step: max(0, 1 - step / steps))

    def epoch(self):
        rows_in_all = len(self.x) - self.held
        for rows in (self.held + torch.randperm(rows_in_all)).split(self.recipe["batch"]):
            seen = self.standard(change(self.x[rows], **self.recipe["how"]))
            loss = F.cross_entropy(self.net(seen.flatten(1)), self.y[rows])
            self.optim.zero_grad()
            loss.backward()
            self.optim.step()
            self.schedule.step()
        score = accuracy(chances(self.net, self.standard(self.x[:self.held])), self.y[:self.held])
        if score > self.best:
            self.best, self.kept = score, copy.deepcopy(self.net.state_dict())

    def epochs(self, n):
        """Wall and processor time of n epochs."""
        start = time.perf_counter(), time.process_time()
        for _ in range(n):
            self.epoch()
        return time.perf_counter() - start[0], time.process_time() - start[1]

    def chances(self):
        """Of the test files' rows, after the best epoch."""
        self.net.load_state_dict(self.kept)
        return chances(self.net, self.standard(self.test[0]))


def serve(training, epochs):
    training.epochs(1)
    print("ready", flush=True)
    for _ in sys.stdin:
        print("%.4f %.4f" % training.epochs(epochs), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("recipe", choices=RECIPES)
    p.add_argument("folder")
    p.add_argument("epochs", type=int)
    p.add_argument("--networks", type=int, default=1)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--serve", action="store_true")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    if o.serve:
        serve(Training(RECIPES[o.recipe], o.folder, 1000), o.epochs)
        return
    wall, spent, p = 0, 0, 0
    for k in range(o.networks):
        torch.manual_seed(o.seed + k)
        training = Training(RECIPES[o.recipe], o.folder, o.epochs)
        took = training.epochs(o.epochs)
        wall, spent, p = wall + took[0], spent + took[1], p + training.chances()
    print(f"accuracy {100 * accuracy(p, training.test[1]):.2f} %, {wall:.1f} s, {spent:.1f} s of processor time")


main()
