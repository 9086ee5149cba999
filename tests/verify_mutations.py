#!/usr/bin/env python3
"""verify_mutations.py PROGRAM SEED ROUNDS: whatever a trace says, verify answers.

Explanations of every kind of op, in which ops are exchanged, shapes, attributes, labels and wires
are changed, and the numbers made to fit the shapes again, so that the change is met by the op and not
by the reader. The answer is that it is wrong, right, or no trace: never a crash or a loop without end."""
import json
import random
import subprocess
import sys

A, B, Z, W = "A=2 1;1 3", "B=1 2;3 4", "z=1 2 3;0 5 1", "w=0.5 -1 2;1 1 2"
QUESTIONS = (["det(A)*sum(B)", A, B], ["sum(solve(A, B))", A, B], ["logdet(A@transpose(A))", A], ["sum(inverse(A)@B)", A, B],
             ["cross_entropy(z, y)", Z, "y=2 0"], ["sum(softmax(z)*w)", Z, W], ["sum(log_softmax(z)*w)", Z, W],
             ["sum(logsumexp(z))", Z], ["norm(z)", Z], ["max(z)", Z], ["sum(cumsum(z, 1)*w)", Z, W], ["std(z)", Z, "--open"],
             ["sum(z[0:1,1:3]*w[1:2,0:2])", Z, W], ["sum(tanh(z)+w*max(z, w))", Z, W], ["mean(z)*sum(w)", Z, W],
             ["cross_entropy(z, y)", Z, "y=2 0", "--open"])
WHOLE = (0, 1, 2, 3, -1, 7, 8, 63, 2**31 - 1, -2**31, 2**62, -2**63)
SIZES = (0, 1, 2, 3, 4, 7, 2**40, 2**62)
NUMBERS = (0, 1, -1, 2, 1e300, -1e300, 2**63, 0.5, "nan", "inf")
OPS = ("det logdet solve inverse matmul softmax log_softmax logsumexp norm nll nll_back amax amin argmax sum cumsum gather "
       "scatter_add concat pad slice broadcast diagonal diag_embed transpose reshape conv2d maxpool2d avgpool2d add exp").split()


def nest(shape, number):
    if not shape:
        return number
    return [nest(shape[1:], number) for _ in range(shape[0])]


def new_shape(node):
    shape = [random.choice(SIZES[:6]) for _ in range(random.randint(0, 5))]
    if 0 in shape:
        shape = [n if n == 0 or i < shape.index(0) else random.choice(SIZES) for i, n in enumerate(shape)]
    node["shape"] = shape
    node["value"] = nest(shape, random.choice(NUMBERS))


def mutate(trace):
    node = random.choice(trace["nodes"])
    earlier = [n["id"] for n in trace["nodes"] if n["id"] < node["id"]]
    kind = random.randrange(6)
    if kind <= 1:
        node["op"] = random.choice(OPS)
        node["whole"] = [random.choice(WHOLE) for _ in range(random.choice((8, 20)))]
    elif kind == 2:
        new_shape(node)
    elif kind == 3:
        node["whole"] = [random.choice(WHOLE[:6]) for _ in range(random.choice((6, 9, 20)))]
    elif kind == 4 and earlier:
        node["inputs"] = random.choices(earlier, k=random.choice((0, 1, 2, 2, 3, 3, 4)))
    else:
        node["value"] = nest(node["shape"], random.choice(NUMBERS)) if 0 not in node["shape"] else []


def explained(program):
    for question in QUESTIONS:
        told = subprocess.run([program, "explain", *question, "--json"], capture_output=True, text=True)
        if told.returncode:
            sys.exit(f"{question}: {told.stderr}")
        yield told.stdout


def main(program, seed, rounds):
    random.seed(int(seed))
    traces = list(explained(program))
    count = {}
    for turn in range(int(rounds)):
        trace = json.loads(random.choice(traces))
        for _ in range(random.randint(1, 4)):
            mutate(trace)
        text = json.dumps(trace)
        try:
            done = subprocess.run([program, "verify", "-"], input=text, capture_output=True, text=True, timeout=60).returncode
        except subprocess.TimeoutExpired:
            done = "no answer in a minute"
        count[done] = count.get(done, 0) + 1
        if done not in (0, 1, 4):
            print(f"turn {turn}: {done}\n{text}")
            sys.exit(1)
    print(count)
    if count.get(1, 0) < int(rounds) / 2:
        sys.exit("most of them were not judged")


main(*sys.argv[1:])
