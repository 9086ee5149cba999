#!/usr/bin/env python3
"""How docs/recipes.md chose MNIST's recipe: by cross-validation on the training file, the test file unread.

    recipes_choice.py FOLDER [--retrograd FILE] [--threads 1] [--nice 10]

Each candidate is trained five times by `retrograd train`, every time without another fifth of the training digits (digit i
is in fifth i mod 5), and `retrograd test` counts the digits of that fifth that it gets right. That count is of digits that
neither the weights nor the choice of the best epoch have seen. Fifth k has seed 10 + k, so no network of docs/recipes.md
has the same numbers. Most right of all training digits wins; of equal counts the one that trains less. Candidates stand
below, in two steps: what a network and its pictures are like, with one network, then, with the winner of that, how many.
"""
import argparse
import gzip
import json
import os
import subprocess
import tempfile
from pathlib import Path

from recipes import NETWORK

FOLDS, SEED = 5, 10
DIGITS = "shift=1.5 rotate=10 zoom=0.1 deform=1.5"

# (keep, changes of pictures), then (epochs, networks).
NETWORKS = [(0.8, DIGITS), (0.7, DIGITS), (0.9, DIGITS), (0.8, "shift=1 rotate=5 zoom=0.05 deform=1"),
            (0.8, "shift=2 rotate=15 zoom=0.15 deform=2")]
LENGTHS = [(60, 1), (60, 3)]


def idx(path):
    """Header without the count, the rows."""
    raw = gzip.decompress(path.read_bytes())
    rank, rows = raw[3], int.from_bytes(raw[4:8], "big")
    start = 4 + 4 * rank
    size = (len(raw) - start) // rows
    return (raw[:4], raw[8:start]), [raw[start + i * size:start + (i + 1) * size] for i in range(rows)]


def write_idx(path, header, rows):
    path.write_bytes(header[0] + len(rows).to_bytes(4, "big") + header[1] + b"".join(rows))


def write_folds(source, folder):
    for kind in "images-idx3-ubyte", "labels-idx1-ubyte":
        header, rows = idx(source / f"train-{kind}.gz")
        for k in range(FOLDS):
            write_idx(folder / str(k) / f"train-{kind}", header, [row for i, row in enumerate(rows) if i % FOLDS != k])
            write_idx(folder / str(k) / f"t10k-{kind}", header, rows[k::FOLDS])


def run(o, *words):
    done = subprocess.run([o.retrograd, *words, "--threads", str(o.threads), "--json"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return json.loads(done.stdout)


def right(o, folder, keep, changes, epochs, networks):
    """Right rows of each fold, rows in all; said as they come."""
    print(f"keep {keep}, {changes}, {epochs} epochs, {networks} network{'s' * (networks > 1)}:", end="", flush=True)
    counts, rows = [], 0
    for k in range(FOLDS):
        data, model = str(folder / str(k)), str(folder / "model")
        run(o, "train", "--data", data, "--save", model, "--seed", str(SEED + k), "--epochs", str(epochs), "--ensemble", str(networks),
            "--model", NETWORK.format(keep), "--augment", changes, "--batch", "64")
        said = run(o, "test", "--model", model, "--data", data)
        counts.append(round(said["accuracy"] * said["n"]))
        rows += said["n"]
        print("", counts[-1], end="", flush=True)
    print(f", {sum(counts)} of {rows}, {100 * sum(counts) / rows:.2f} %", flush=True)
    return sum(counts)


def choose(o, folder):
    first = {kind: right(o, folder, *kind, *LENGTHS[0]) for kind in NETWORKS}
    kind = max(first, key=first.get)
    second = {LENGTHS[0]: first[kind], **{length: right(o, folder, *kind, *length) for length in LENGTHS[1:]}}
    epochs, count = max(second, key=lambda length: (second[length], -length[0] * length[1]))
    print(f"chosen: keep {kind[0]}, {kind[1]}, {epochs} epochs, {count} networks")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder", type=Path)
    p.add_argument("--retrograd", default="build/cli/retrograd")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--nice", type=int, default=10)
    o = p.parse_args()
    os.nice(o.nice)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k in range(FOLDS):
            (folder / str(k)).mkdir()
        write_folds(o.folder, folder)
        choose(o, folder)


if __name__ == "__main__":
    main()
