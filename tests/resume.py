#!/usr/bin/env python3
"""resume.py PROGRAM [MOMENTS [SEED]]: a training that is killed with SIGKILL at random moments,
or whose disk is full, goes on from its checkpoint and ends with the bytes of one that was left alone.

MOMENTS counts the times it went on from a checkpoint; what ends before the first one was written
begins anew, and does not count. A run is disturbed up to four times; then its model, its report
and its JSON are compared with the undisturbed run's. A full disk is a limit on the size of files
(RLIMIT_FSIZE): the program must say so with exit 4, leave the checkpoint as it was and nothing
beside it. The kinds take turns: a network that drops and normalises under a schedule, pictures
changed by chance, several networks with smoothed labels, a regression."""
import os
import random
import re
import resource
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
    report, commands = re.subn(rb"<code>retrograd train .*?</code>", b"", report, flags=re.S) # which is another one when it goes on
    assert commands == 1
    return open(f"{to}.model", "rb").read(), report, out.replace(to.encode(), b"TO")


def undisturbed(program, kind, to):
    begun = time.monotonic()
    out = subprocess.run(command(program, kind, to), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return results(to, out), time.monotonic() - begun


class Tally:
    """What happened, over all runs."""
    killed = full = resumed = runs = different = 0


def kill_within(command, seconds):
    """(exit status, output, errors); None for the status when it had to be killed."""
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = run.communicate(timeout=seconds)
        return run.returncode, out, err
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.communicate()
        return None, b"", b""


def beside(mark):
    """The checkpoint and what is beside it, by name."""
    folder, name = os.path.split(mark)
    return {n: open(f"{folder}/{n}", "rb").read() for n in os.listdir(folder) if n.startswith(name)}


def fill_disk(command, mark, most):
    """Run where files end after `most` bytes: refused, the checkpoint is as it was, and nothing new
    is beside it (what a kill left there may be gone)."""
    before = beside(mark)
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    after = beside(mark)
    if run.returncode != 4 or b"cannot be written" not in run.stderr or os.path.basename(mark) not in after \
            or not after.items() <= before.items():
        raise SystemExit(f"resume.py: a disk full after {most} bytes: exit {run.returncode}: {run.stderr.decode()}")


def disturbed(program, kind, to, draw, seconds, small, tally):
    """Disturb and go on until it is through: its results. A disk is full after less than `small` bytes,
    which the model has."""
    mark, left = f"{to}.checkpoint", 4
    while True:
        more = ["--checkpoint", mark, "--every", str(draw.choice([1, 1, 2, 5, 1000]))]
        there = os.path.exists(mark)
        if there:
            more += ["--resume", mark]
            tally.resumed += 1
        if there and left and draw.random() < 0.25:
            fill_disk(command(program, kind, to, more), mark, draw.randrange(small))
            tally.full += 1
            left -= 1
            continue
        status, out, err = kill_within(command(program, kind, to, more), draw.uniform(0.01, 1) * seconds if left else None)
        if status is None:
            tally.killed += 1
            left -= there
        elif status:
            raise SystemExit(f"resume.py: exit {status}: {err.decode()}")
        else:
            return results(to, out)


def main():
    program, moments = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        tables(folder)
        plain = [undisturbed(program, kind, f"{folder}/plain{i}") for i, kind in enumerate(kinds(folder))]
        while tally.resumed < moments:
            kind = tally.runs % len(plain)
            want, seconds = plain[kind]
            got = disturbed(program, kinds(folder)[kind], f"{folder}/run{tally.runs}", draw, seconds, len(want[0]), tally)
            if got != want:
                tally.different += 1
                print(f"kind {kind} differs in", [name for name, a, b in zip(("model", "report", "output"), got, want) if a != b])
            tally.runs += 1
    print(f"killed {tally.killed} times and stopped by a full disk {tally.full} times in {tally.runs} runs, "
          f"went on from a checkpoint {tally.resumed} times: {tally.different} runs differ")
    return 1 if tally.different else 0


sys.exit(main())
