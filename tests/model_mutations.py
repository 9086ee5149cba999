#!/usr/bin/env python3
"""model_mutations.py PROGRAM SEED ROUNDS: whatever a model file or a checkpoint says, the command answers.

Files with a right checksum whose remarks, shapes and numbers are changed, so that the change is met by what reads
them and not by the checksum. Each is tested, asked, exported and gone on from: an answer or an error, never a crash."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

TABLE = "a,b,c\n" + "".join(f"{i % 7 - 3},{'xyz'[i % 3]},{'pq'[i * i % 5 > 1]}\n" for i in range(40))
MODELS = ("linear 4, batchnorm, relu, dropout 0.8, linear 2", "linear 3, tanh, linear 2", "linear 2")
CODES = {"F64": "d", "F32": "f", "I64": "q"}
WORDS = ("0", "1", "-1", "2", "3", "40", "41", "4294967296", "9223372036854775807", "-9223372036854775808", "1e300", "nan", "inf", "",
         "x", "regress", "classify", "linear 2", "linear 1", "linear 2000000000", "linear 4, layernorm, linear 2",
         "adam lr=1e-3 decay=0.1", "sgd lr=1", "momentum lr=1 beta=0.9")


def read(path):
    """The remarks and the tensors, [name, dtype, shape, numbers], of a file."""
    with open(path, "rb") as f:
        raw = f.read()
    head = 8 + struct.unpack("<Q", raw[:8])[0]
    listed = json.loads(raw[8:head])
    remarks, tensors = listed.pop("__metadata__"), []
    for name, t in listed.items():
        begin, end = t["data_offsets"]
        tensors.append([name, t["dtype"], t["shape"],
                        [v for v, in struct.iter_unpack("<" + CODES[t["dtype"]], raw[head + begin:head + end])]])
    return remarks, tensors


def summed(h, data):
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def write(path, remarks, tensors):
    basis, total, data, listed = 0xCBF29CE484222325, 0, b"", {}
    for name, dtype, shape, numbers in tensors:
        packed = struct.pack(f"<{len(numbers)}{CODES[dtype]}", *numbers)
        listed[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
        h = summed(basis, name.encode() + b"\0")
        total += summed(h, b"".join(struct.pack("<q", n) for n in shape) + packed)
    for key, value in remarks.items():
        if key != "checksum":
            total += summed(summed(basis, key.encode() + b"\0"), value.encode() + b"\0")
    remarks["checksum"] = "%016x" % (total & 0xFFFFFFFFFFFFFFFF)
    head = json.dumps({"__metadata__": remarks, **listed}).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head + data)


def mutate_coding(text):
    lines = text.split("\n")
    i = random.randrange(1, len(lines))
    words = lines[i].split(" ")
    words[random.randrange(len(words))] = random.choice(WORDS)
    lines[i] = " ".join(words)
    if random.randrange(4) == 0:
        del lines[random.randrange(len(lines))]
    return "\n".join(lines)


def mutate(remarks, tensors):
    kind, t = random.randrange(8), random.choice(tensors)
    key = random.choice([k for k in remarks if k not in ("format", "checksum")])
    if kind <= 2:
        remarks[key] = mutate_coding(remarks[key]) if key == "coding" else random.choice(WORDS)
    elif kind == 3:
        del remarks[key]
    elif kind == 4:
        tensors.remove(t)
    elif kind == 5 and t[3]:
        t[3][random.randrange(len(t[3]))] = random.choice((-1, 0, 1, 39, 40, 2**62, -2**63)) if t[1] == "I64" else \
            random.choice((0.0, -1.0, 1e30, float("nan"), float("inf")))
    elif kind == 6:
        t[2] = [random.choice((0, 1, 2, 3, 5)) for _ in range(random.randrange(4))]
        n = 1
        for size in t[2]:
            n *= size
        t[3] = [(t[3] or [0])[0]] * n
    else:
        t[1] = random.choice(list(CODES))
        t[3] = [int(v) if t[1] == "I64" and abs(v) < 1e15 else 0 if t[1] == "I64" else float(v) for v in t[3]]


def answers(program, folder, question):
    """None: as it should be; else what is wrong."""
    try:
        done = subprocess.run([program, *question], cwd=folder, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "no answer in a minute"
    if done.returncode < 0 or done.returncode > 6:
        return f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    if done.returncode > 1 and "error[" not in done.stderr:
        return f"exit status {done.returncode} and no error: {done.stderr[:300]}"
    answers.fine += done.returncode == 0
    return None


def questions():
    yield ["test", "--model", "m", "--data", "t.csv"]
    yield ["predict", "--model", "m", "--data", "t.csv", "--csv"]
    yield ["export", "--model", "m", "--c", "m.c"]
    yield ["train", "--data", "t.csv", "--target", "c", "--resume", "m", "--epochs", "3", "--save", "n"]


def main(program, seed, rounds):
    program = os.path.abspath(program)
    random.seed(int(seed))
    answers.fine = 0
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        with open(at("t.csv"), "w") as f:
            f.write(TABLE)
        for i, model in enumerate(MODELS):
            subprocess.run([program, "train", "--data", "t.csv", "--target", "c", "--model", model, "--epochs", "3", "--batch", "8",
                            "--save", f"m{i}", "--checkpoint", f"c{i}"], cwd=folder, check=True, capture_output=True)
        files = [read(at(f"{kind}{i}")) for i in range(len(MODELS)) for kind in "mc"]
        write(at("m"), *files[0])
        for question in questions():
            if answers(program, folder, question) or not answers.fine:
                sys.exit(f"{question}: the file as it was is not taken")
        for turn in range(int(rounds)):
            remarks, tensors = random.choice(files)
            remarks, tensors = dict(remarks), [[n, d, list(s), list(v)] for n, d, s, v in tensors]
            for _ in range(random.choice((1, 1, 2))):
                mutate(remarks, tensors)
            write(at("m"), remarks, tensors)
            for question in questions():
                against = answers(program, folder, question)
                if against:
                    sys.exit(f"turn {turn}: {' '.join(question)}: {against}")
    print(f"{answers.fine} of {4 * int(rounds)} asked had an answer")


main(*sys.argv[1:])
