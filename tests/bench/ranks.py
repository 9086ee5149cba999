#!/usr/bin/env python3
"""Data parallel training on two processes beside one: time of an epoch.

    ranks.py PROGRAM DATA [--model SPEC] [--batch 256] [--epochs 3] [--rounds 5] [--seconds S]

A round is `train --shards 2` by `mpirun -n 1`, by `mpirun -n 2`, and by two jobs of `mpirun -n 1` at the same time, which
have nothing to do with each other: what the machine gives to two processes. One thread each. An epoch is the time between
two lines of progress: reading, planning and the first epoch are left out. Ratios are formed within a round; --seconds ends
before a round that would not be through. All three save the same bytes, or it ends.
"""
import argparse
import hashlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def start(o, processes, core, file):
    """A process of its own, on a core of its own where there is one alone."""
    place = ["taskset", "-c", str(core)] if processes == 1 else []
    return subprocess.Popen([*place, "mpirun", "--bind-to", "none", "-n", str(processes), o.program, "train", "--data", o.data,
                             "--model", o.model, "--batch", str(o.batch), "--shards", "2", "--threads", "1", "--epochs",
                             str(o.epochs + 1), "--save", file], env={**os.environ, **ROOT}, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def epoch_of(job):
    """Seconds of an epoch, the median."""
    at = [time.perf_counter() for line in job.stderr if line.startswith("epoch ")]
    if job.wait():
        raise SystemExit("a training failed")
    return statistics.median(b - a for a, b in zip(at, at[1:]))


def a_round(o, folder):
    files = [f"{folder}/{name}" for name in ("one", "two", "left", "right")]
    one = epoch_of(start(o, 1, 0, files[0]))
    two = epoch_of(start(o, 2, 0, files[1]))
    left, right = start(o, 1, 0, files[2]), start(o, 1, 1, files[3])
    apart = epoch_of(left)
    right.communicate()
    if len({hashlib.sha256(pathlib.Path(f).read_bytes()).digest() for f in files}) != 1:
        raise SystemExit("not the same bytes")
    return one, two, apart


def show(name, values):
    s = sorted(values)
    print(f"{name:58} {statistics.median(s):7.3f}   {s[0]:.3f} to {s[-1]:.3f}")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("program")
    p.add_argument("data")
    p.add_argument("--model", default="linear 512, relu, linear 512, relu, linear 10")
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--epochs", type=int, default=3)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=1e9)
    o = p.parse_args()
    begun, rows = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        while len(rows) < o.rounds and (time.perf_counter() - begun) * (len(rows) + 1) <= o.seconds * max(len(rows), 1):
            rows.append(a_round(o, folder))
    print(f"{len(rows)} rounds: median, least to most")
    show("one process, seconds an epoch", [r[0] for r in rows])
    show("two processes, seconds an epoch", [r[1] for r in rows])
    show("two that do not share, seconds an epoch of each", [r[2] for r in rows])
    show("one / two: gain", [r[0] / r[1] for r in rows])
    show("2 one / two that do not share: what the machine gives", [2 * r[0] / r[2] for r in rows])


if __name__ == "__main__":
    main()
