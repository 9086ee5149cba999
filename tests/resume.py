#!/usr/bin/env python3
"""resume.py PROGRAM [MOMENTS [SEED]]: a training that is killed with SIGKILL at random moments
and goes on from its checkpoint ends with the bytes of one that was left alone.

Each moment is a run of its own: killed again and again, after a random time each, until it is
through; then its model, its report and its JSON are compared with the undisturbed run's. The
kinds take turns: a network that drops and normalises under a schedule, pictures changed by
chance, several networks with smoothed labels, a regression."""
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time


def tables(folder):
    """A table to train on, and pictures in IDX."""
    draw = random.Random(7)
    with open(f"{folder}/band.csv", "w") as f:
        f.write("x,junk,band\n")
        for i in range(1, 301):
            f.write(f"{i / 50},{i % 7},{'middle' if 100 < i < 200 else 'edge'}\n")
    os.mkdir(f"{folder}/idx")
    with open(f"{folder}/idx/train-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">4i", 0x803, 240, 8, 8))
        for i in range(240):
            f.write(bytes(255 if (p // 8 if i % 2 else p % 8) == 3 else draw.randrange(64) for p in range(64)))
    with open(f"{folder}/idx/train-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">2i", 0x801, 240) + bytes(i % 2 for i in range(240)))


def kinds(folder):
    table = ["--data", f"{folder}/band.csv"]
    return [
        table + ["--target", "band", "--model", "linear 32, batchnorm, relu, dropout 0.7, linear 2", "--epochs", "40",
                 "--optimizer", "adam lr=1e-2 cosine=200 warmup=20 clip=1", "--seed", "3"],
        ["--data", f"{folder}/idx", "--model", "linear 24, prelu, dropout 0.8, linear 2", "--epochs", "30",
         "--augment", "flip shift=2 rotate=10 brightness=0.2", "--batch", "20", "--seed", "4"],
        table + ["--target", "band", "--model", "linear 16, tanh, dropout 0.9, linear 2", "--epochs", "12",
                 "--ensemble", "3", "--smooth", "0.1", "--optimizer", "rmsprop momentum=0.5", "--dtype", "f64"],
        table + ["--target", "x", "--model", "linear 16, layernorm, tanh, linear 1", "--epochs", "40", "--batch", "7",
                 "--optimizer", "nesterov lr=0.01 decay=1e-3"],
    ]


def command(program, kind, to, more=()):
    return [program, "train", *kind, "--save", f"{to}.model", "--report", f"{to}.html", "--json", *more]


def results(to, out):
    report = open(f"{to}.html", "rb").read()
    return open(f"{to}.model", "rb").read(), report, out.replace(to.encode(), b"TO")


def undisturbed(program, kind, to):
    begun = time.monotonic()
    out = subprocess.run(command(program, kind, to), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return results(to, out), time.monotonic() - begun


def disturbed(program, kind, to, draw, seconds):
    """Kill and go on until it is through: its results, how often it was killed, and how often
    there was a checkpoint to go on from."""
    kills = resumed = 0
    while True:
        mark = f"{to}.checkpoint"
        more = ["--checkpoint", mark, "--every", str(draw.choice([1, 1, 2, 5, 1000]))]
        if os.path.exists(mark):
            more += ["--resume", mark]
            resumed += 1
        run = subprocess.Popen(command(program, kind, to, more), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = run.communicate(timeout=draw.uniform(0.01, 1) * seconds if kills < 3 else None)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate()
            kills += 1
            continue
        if run.returncode:
            raise SystemExit(f"resume.py: exit {run.returncode}: {err.decode()}")
        return results(to, out), kills, resumed


def main():
    program, moments = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        tables(folder)
        plain = [undisturbed(program, kind, f"{folder}/plain{i}") for i, kind in enumerate(kinds(folder))]
        killed = resumed = runs = different = 0
        while killed < moments:
            kind = runs % len(plain)
            want, seconds = plain[kind]
            got, k, r = disturbed(program, kinds(folder)[kind], f"{folder}/run{runs}", draw, seconds)
            different += got != want
            if got != want:
                print(f"kind {kind}: killed {k} times, differs in",
                      [name for name, a, b in zip(("model", "report", "output"), got, want) if a != b])
            killed, resumed, runs = killed + k, resumed + r, runs + 1
    print(f"killed {killed} times in {runs} runs, went on from a checkpoint {resumed} times: {different} runs differ")
    return 1 if different or not resumed else 0


sys.exit(main())
