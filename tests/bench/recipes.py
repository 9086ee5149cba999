#!/usr/bin/env python3
"""The recipes of docs/recipes.md beside the same in PyTorch, in turn.

    recipes.py mnist|cifar FOLDER [--threads 1] [--epochs 2] [--rounds 5] [--retrograd FILE] [--blas FOLDER]

A round is EPOCHS epochs of each. Of `retrograd train` it is the whole command, reading and writing of files included;
of PyTorch (peers/recipe_torch.py) the training alone, in a process that has warmed up. Ratios are formed within a
round: PyTorch / Retrograd, above 1 when Retrograd is faster.
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

HERE = Path(__file__).resolve().parent
NETWORK = "linear 512, batchnorm, relu, dropout {0}, linear 256, batchnorm, relu, dropout {0}, linear 10"
RECIPES = {
    "mnist": ["--batch", "64", "--model", NETWORK.format(0.8), "--augment", "shift=1.5 rotate=10 zoom=0.1 deform=1.5"],
    "cifar": ["--batch", "100", "--model", NETWORK.format(0.7), "--augment", "flip shift=2", "--optimizer", "adamw lr=2e-3 decay=0.1"],
}


def environment(o):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "BLIS_", "OMP_", "MKL_"))}
    threads = {f"{library}_NUM_THREADS": str(o.threads) for library in ("OMP", "OPENBLAS", "BLIS")}
    return {**kept, **threads, "LD_LIBRARY_PATH": o.blas} if Path(o.blas).is_dir() else {**kept, **threads}


def peer(o):
    command = ["/usr/bin/python3", HERE / "peers" / "recipe_torch.py", o.recipe, o.folder, str(o.epochs),
               "--threads", str(o.threads), "--serve"]
    process = subprocess.Popen(command, env=environment(o), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        raise SystemExit("PyTorch does not run here")
    return process


def ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return [float(word) for word in process.stdout.readline().split()]


def ours(o, folder):
    """Wall and processor time of the command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([o.retrograd, "train", "--data", o.folder, "--save", f"{folder}/m", "--epochs", str(o.epochs),
                    "--threads", str(o.threads), *RECIPES[o.recipe]], check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("recipe", choices=RECIPES)
    p.add_argument("folder")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--retrograd", default="build/cli/retrograd")
    p.add_argument("--blas", default=f"/usr/lib/{platform.machine()}-linux-gnu/openblas-pthread", help="where PyTorch finds its BLAS")
    o = p.parse_args()
    other, ratios = peer(o), []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(o.rounds):
            mine, theirs = ours(o, folder), ask(other)
            ratios.append([b / a for a, b in zip(mine, theirs)])
            print(f"retrograd {mine[0]:.2f} s ({mine[1]:.2f} of processor time), PyTorch {theirs[0]:.2f} s ({theirs[1]:.2f})", flush=True)
    other.kill()
    wall, spent = (statistics.median(column) for column in zip(*ratios))
    print(f"{o.recipe}, {o.threads} thread{'s' * (o.threads > 1)}, {o.epochs} epochs: PyTorch takes {wall:.2f} times the wall time, "
          f"{spent:.2f} times the processor time (medians of {o.rounds})")


if __name__ == "__main__":
    main()
