#!/usr/bin/env python3
"""verify_random.py PROGRAM SEED ROUNDS: what explain writes, verify accepts.

Random expressions of the kinds that rounding and inf and nan make hard: functions of functions at 0,
1e200, inf and nan; solve, inverse and determinants of small matrices of whole numbers, where results
cancel to 0; losses taken apart by --open, in both precisions."""
import random
import subprocess
import sys

UNARY = ("abs relu exp log sqrt sin cos tan tanh sigmoid softplus floor ceil round sign gelu swish elu erf atan log1p "
         "expm1 square").split()
NUMBERS = "0 1 -1 2 nan inf -inf 0.5 1e-9 -3.7 1e200".split()
SQUARE = ("sum(solve(A, B))", "sum(solve(A, B)^2)", "det(A)", "logdet(A@transpose(A))", "sum(inverse(A))",
          "sum(inverse(A)@B)", "det(A)*sum(B)")
ROWS = ("cross_entropy(z, y)", "sum(softmax(z)*w)", "sum(log_softmax(z)*w)", "logsumexp(z)", "norm(z)", "mse(z, w)",
        "std(z)", "sum(softplus(z)*w)", "sum(gelu(z))", "sum(cumsum(z)*w)", "max(z)", "huber(z, w)")


def matrix(rows, columns):
    entry = lambda: random.choice([str(random.randint(-3, 5)), "%.3f" % random.uniform(-2, 2)])
    return ";".join(" ".join(entry() for _ in range(columns)) for _ in range(rows))


def questions():
    f, g = random.choice(UNARY), random.choice(UNARY)
    a, b = "a=" + random.choice(NUMBERS), "b=" + random.choice(NUMBERS)
    yield [f"{f}({g}(a)*b)", a, b]
    yield [f"{random.choice(['max', 'min'])}({f}(a), b)*a", a, b]
    n = random.randint(1, 4)
    yield [random.choice(SQUARE), "A=" + matrix(n, n), "B=" + matrix(n, 2)] + random.choice([[], ["--open"]])
    yield [random.choice(ROWS), "z=" + matrix(1, 3), "w=" + matrix(1, 3), f"y={random.randint(0, 2)}", "--open",
           "--dtype", random.choice(["f32", "f64"])]


def refused(program, question):
    """What verify says against it; None: nothing; "": there is no such explanation (a singular matrix)."""
    told = subprocess.run([program, "explain", *question, "--json"], capture_output=True, text=True)
    if told.returncode:
        return "" if told.returncode == 3 else told.stderr
    judged = subprocess.run([program, "verify", "-"], input=told.stdout, capture_output=True, text=True)
    return judged.stdout + judged.stderr if judged.returncode else None


def main(program, seed, rounds):
    random.seed(int(seed))
    tried = bad = 0
    for _ in range(int(rounds)):
        for question in questions():
            against = refused(program, question)
            tried += against is None
            if against:
                bad += 1
                print(" ".join(f"'{word}'" for word in question), against, sep="\n")
    if tried < 3 * int(rounds):
        sys.exit(f"only {tried} explanations were tried")
    sys.exit(bad > 0)


main(*sys.argv[1:])
