#!/usr/bin/env python3
"""The recipes of docs/recipes.md beside the same in PyTorch, in turn.

    recipes.py mnist|cifar FOLDER [--threads 1] [--epochs 2] [--rounds 5] [--whole] [--retrograd FILE] [--blas FOLDER]

A round is EPOCHS epochs of each. Of `retrograd train` it is the whole command, reading and writing of files included;
of PyTorch (peers/recipe_torch.py) the training alone, in a process that has warmed up. Ratios are formed within a
round: PyTorch / Retrograd, above 1 when Retrograd is faster.
--whole: once the documented command, with all its epochs and networks, then a PyTorch process that does the same,
imports, reading and test included.
"""
import argparse
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PEER = ["/usr/bin/python3", Path(__file__).resolve().parent / "peers" / "recipe_torch.py"]
NETWORK = "linear 512, batchnorm, relu, dropout {0}, linear 256, batchnorm, relu, dropout {0}, linear 10"
RECIPES = {
    "mnist": ["--batch", "64", "--model", NETWORK.format(0.9), "--augment", "shift=1.5 rotate=10 zoom=0.1 deform=1.5"],
    "cifar": ["--batch", "100", "--model", NETWORK.format(0.7), "--augment", "flip shift=2", "--optimizer", "adamw lr=2e-3 decay=0.1"],
}
WHOLE = {"mnist": (60, 3), "cifar": (30, 3)}  # epochs, networks


def environment(o):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "BLIS_", "OMP_", "MKL_"))}
    threads = {f"{library}_NUM_THREADS": str(o.threads) for library in ("OMP", "OPENBLAS", "BLIS")}
    return {**kept, **threads, "LD_LIBRARY_PATH": o.blas} if Path(o.blas).is_dir() else {**kept, **threads}


def peer(o):
    command = [*PEER, o.recipe, o.folder, str(o.epochs), "--threads", str(o.threads), "--serve"]
    process = subprocess.Popen(command, env=environment(o), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        raise SystemExit("PyTorch does not run here")
    return process


def ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return [float(word) for word in process.stdout.readline().split()]


def timed(command, **kept):
    """Wall and processor time of a command, and what it says."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **kept).stdout
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return (wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), said


def ours(o, folder, *more, epochs):
    return timed([o.retrograd, "train", "--data", o.folder, "--save", f"{folder}/m", "--epochs", str(epochs),
                  "--threads", str(o.threads), *RECIPES[o.recipe], *more])[0]


def whole(o, folder):
    epochs, networks = WHOLE[o.recipe]
    mine = ours(o, folder, "--ensemble", str(networks), "--seed", "1", "--report", f"{folder}/report.html", epochs=epochs)
    said = timed([o.retrograd, "test", "--model", f"{folder}/m", "--data", o.folder])[1]
    print(f"retrograd {mine[0]:.1f} s, {mine[1]:.1f} s of processor time: {' '.join(said.split())}", flush=True)
    theirs, said = timed([*PEER, o.recipe, o.folder, str(epochs), "--networks", str(networks), "--threads", str(o.threads)],
                         env=environment(o))
    print(f"PyTorch {theirs[0]:.1f} s, {theirs[1]:.1f} s of processor time, of which: {said.strip()}")
    print(f"{o.recipe}, {o.threads} thread{'s' * (o.threads > 1)}, {networks} networks of {epochs} epochs: "
          f"PyTorch takes {theirs[0] / mine[0]:.2f} times the wall time, {theirs[1] / mine[1]:.2f} times the processor time")


def rounds(o, folder):
    other, ratios = peer(o), []
    for _ in range(o.rounds):
        mine, theirs = ours(o, folder, epochs=o.epochs), ask(other)
        ratios.append([b / a for a, b in zip(mine, theirs)])
        print(f"retrograd {mine[0]:.2f} s ({mine[1]:.2f} of processor time), PyTorch {theirs[0]:.2f} s ({theirs[1]:.2f})", flush=True)
    other.kill()
    wall, spent = (statistics.median(column) for column in zip(*ratios))
    print(f"{o.recipe}, {o.threads} thread{'s' * (o.threads > 1)}, {o.epochs} epochs: PyTorch takes {wall:.2f} times the wall time, "
          f"{spent:.2f} times the processor time (medians of {o.rounds})")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("recipe", choices=RECIPES)
    p.add_argument("folder")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--whole", action="store_true")
    p.add_argument("--retrograd", default="build/cli/retrograd")
    p.add_argument("--blas", default=f"/usr/lib/{platform.machine()}-linux-gnu/openblas-pthread", help="where PyTorch finds its BLAS")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (whole if o.whole else rounds)(o, folder)


if __name__ == "__main__":
    main()
