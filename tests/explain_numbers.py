#!/usr/bin/env python3
"""explain_numbers.py TRANSCRIPT ...: are the numbers of explanations right?

Recomputes them without the library: every value of the FORWARD table from its formula, every
gradient of the RESULT by differences of those, every product and sum as written. Numbers are
compared to the digits that are printed. Transcripts of the command ("> " before each line) and
plain ones are read; explanations without a FORWARD table are passed over."""
import math
import re
import sys

NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
SCALAR_FUNCTIONS = {
    "exp": math.exp, "log": math.log, "tanh": math.tanh, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos,
    "relu": lambda x: max(x, 0.0), "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "abs": abs,
    "softplus": lambda x: math.log1p(math.exp(-abs(x))) + max(x, 0.0),
}


class Tensor:
    """Numbers in row-major order, and a shape."""

    def __init__(self, shape, v):
        self.shape, self.v = tuple(shape), list(v)
        assert len(self.v) == math.prod(self.shape), (shape, v)


def read_shape(text):
    text = text.split(" as ")[0]
    return () if text in ("scalar", "") else tuple(int(n) for n in text.split("x"))


def read_numbers(text):
    return [float(n) for n in re.findall(NUMBER, text)]


def each(f, *args):
    shape = max((a.shape for a in args), key=lambda s: math.prod(s))
    n = math.prod(shape)
    return Tensor(shape, [f(*(a.v[i if len(a.v) == n else 0] for a in args)) for i in range(n)])


def matmul(a, b):
    (n, k), (k2, m) = a.shape, b.shape
    assert k == k2
    return Tensor((n, m), [sum(a.v[i * k + l] * b.v[l * m + j] for l in range(k)) for i in range(n) for j in range(m)])


def softmax_rows(x):
    n, out = x.shape[-1], []
    for r in range(0, len(x.v), n):
        e = [math.exp(v - max(x.v[r:r + n])) for v in x.v[r:r + n]]
        out += [v / sum(e) for v in e]
    return Tensor(x.shape, out)


def reduced(x, shape, f):
    """Over all axes that shape lacks, or has with size 1."""
    if math.prod(shape) == 1:
        return Tensor(shape, [f(x.v)])
    rows = math.prod(shape)
    n = len(x.v) // rows
    if x.shape[:len(shape)] == tuple(shape) or (x.shape[0] == shape[0] and shape[-1] == 1):
        return Tensor(shape, [f(x.v[i * n:(i + 1) * n]) for i in range(rows)])
    return Tensor(shape, [f(x.v[i::rows]) for i in range(rows)])


def repeated(x, shape):
    if len(x.v) == 1:
        return Tensor(shape, x.v * math.prod(shape))
    n = math.prod(shape)
    if len(x.shape) == len(shape) and x.shape[0] == shape[0] or x.shape == tuple(shape[:-1]):  # along the last axis
        return Tensor(shape, [x.v[i * len(x.v) // n] for i in range(n)])
    return Tensor(shape, [x.v[i % len(x.v)] for i in range(n)])


def convolved(x, w, shape):
    """One channel, stride 1, no padding."""
    (rows, columns), (r, c) = x.shape[-2:], w.shape[-2:]
    return Tensor(shape, [sum(w.v[k * c + l] * x.v[(i + k) * columns + j + l] for k in range(r) for l in range(c))
                          for i in range(rows - r + 1) for j in range(columns - c + 1)])


def gate(formula, shape, wires):
    """The value of a gate, from its formula."""
    def of(text):
        text = text.strip()
        return wires[text] if text in wires else Tensor((), [float(text)])
    m = re.fullmatch(r"-log softmax\((\S+)\)\[(\S+)\]", formula)
    if m:
        p, label = softmax_rows(of(m[1])), of(m[2])
        n = p.shape[-1]
        return Tensor(shape, [-math.log(p.v[r * n + int(l)]) for r, l in enumerate(label.v)])
    if formula.endswith(", repeated"):
        return repeated(of(formula[:-10]), shape)
    if formula.endswith(", without gradient"):
        return of(formula[:-18])
    if formula.endswith(" as another type"):
        return of(formula[:-16])
    m = re.fullmatch(r"part of (\S+)", formula)
    if m:  # the first: what the transcripts take
        return Tensor(shape, of(m[1]).v[:math.prod(shape)])
    m = re.fullmatch(r"(sum|largest of) ?\(?([^\s()]+)\)?", formula)
    if m:
        return reduced(of(m[2]), shape, sum if m[1] == "sum" else max)
    m = re.fullmatch(r"softmax\((\S+)\)", formula)
    if m:
        return softmax_rows(of(m[1]))
    m = re.fullmatch(r"(max|min)\((\S+), (\S+)\)", formula)
    if m:
        return each(max if m[1] == "max" else min, of(m[2]), of(m[3]))
    m = re.fullmatch(r"(\w+)\(([^\s(),]+)\)", formula)
    if m and m[1] in SCALAR_FUNCTIONS:
        return each(SCALAR_FUNCTIONS[m[1]], of(m[2]))
    m = re.fullmatch(r"conv2d\((\S+), (\S+)\)", formula)
    if m:
        return convolved(of(m[1]), of(m[2]), shape)
    m = re.fullmatch(r"(\S+)\^(\S+)", formula)
    if m:
        return each(lambda x, p: x ** p, of(m[1]), of(m[2]))
    m = re.fullmatch(r"1/(\S+)", formula)
    if m:
        return each(lambda x: 1 / x, of(m[1]))
    m = re.fullmatch(r"(\S+) @ (\S+)", formula)
    if m:
        return matmul(of(m[1]), of(m[2]))
    m = re.fullmatch(r"(\S+) ([-+*/]) (\S+?)(?:, 0 where \S+ is 0)?", formula)
    if m:
        op = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}
        return each(op[m[2]], of(m[1]), of(m[3]))
    m = re.fullmatch(r"-(\S+)", formula)
    if m:
        return each(lambda x: -x, of(m[1]))
    raise ValueError("no gate is known as: " + formula)


def run(rows, inputs):
    """All wires of a FORWARD table."""
    wires = {}
    for name, formula, shape, _ in rows:
        if formula in ("input", "given"):
            wires[name] = inputs[name]
        else:
            wires[name] = gate(formula, shape, wires)
    return wires


def output(rows, inputs):
    return run(rows, inputs)[rows[-1][0]].v[0]


def slope(rows, inputs, name, i):
    """Differences of the fourth order."""
    def at(delta):
        v = list(inputs[name].v)
        v[i] += delta
        return output(rows, {**inputs, name: Tensor(inputs[name].shape, v)})
    h = 2e-3 * max(1.0, abs(inputs[name].v[i]))
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def agrees(printed, truth, digits=6):
    """As far as its digits go, and a little for the differences."""
    return abs(printed - truth) <= 0.6 * 10.0 ** (1 - digits) * max(abs(truth), 1e-12) * 1.7 + 1e-9


def forward_rows(lines):
    """(name, formula, shape, printed numbers) of the table that begins with lines[0]."""
    head, rows = lines[1], []
    has_shape = " shape" in head
    columns = [head.index("wire"), head.index("gate")] + ([head.index("shape")] if has_shape else []) + [head.index("value")]
    last = head.find("remembered")
    for line in lines[2:]:
        if not line.strip():
            break
        if line.lstrip().startswith(("--", "remembers")):
            continue
        cell = [line[a:b].strip() for a, b in zip(columns, columns[1:] + [last if last > 0 else None])]
        rows.append((cell[0], cell[1], read_shape(cell[2]) if has_shape else (), read_numbers(cell[-1])))
    return rows


class Judge:
    def __init__(self, path):
        self.path, self.wrong, self.checked = path, 0, 0

    def expect(self, ok, what):
        self.checked += 1
        if not ok:
            self.wrong += 1
            print(f"{self.path}: {what}")


def check_forward(judge, rows, wires, few):
    for name, formula, _, printed in rows:
        for a, b in zip(printed, wires[name].v):
            judge.expect(agrees(a, b, few if len(wires[name].v) > 1 else 6), f"{name} = {formula} is {b}, not {a}")


def check_result(judge, rows, inputs, lines):
    """Rows such as "  W[0,1]  -0.5  ..." below RESULT."""
    for line in lines:
        m = re.match(rf"  (\w+)(?:\[([\d,]+)\])?  ({NUMBER}) ", line)
        if not m or "corner" in line or m[1] not in inputs:
            continue
        shape = inputs[m[1]].shape
        i = 0
        for axis, k in enumerate(int(k) for k in (m[2] or "").split(",") if k):
            i = i * shape[axis] + k
        truth = slope(rows, inputs, m[1], i)
        judge.expect(agrees(float(m[3]), truth), f"the gradient of {m[1]} [{i}] is {truth}, not {m[3]}")


def check_products(judge, lines):
    """What is written as a x b x c = d; the factors are rounded as printed."""
    for line in lines:
        m = re.search(rf"({NUMBER}(?: x {NUMBER})+) +(?:= )?= ({NUMBER})(?!\S)", line)
        if m:
            factors = [float(n) for n in m[1].split(" x ")]
            judge.expect(math.isclose(math.prod(factors), float(m[2]), rel_tol=2e-5, abs_tol=1e-12), line.strip())


def check_ledgers(judge, lines):
    """Paths from a wire add up to what stands below them."""
    total = 0.0
    for line in lines:
        path = re.match(rf" {{4,7}}(?:\S+ > )*.* = ({NUMBER})$", line)
        end = re.match(rf" +d\S+/d\S+ = ({NUMBER})$", line)
        if end:
            judge.expect(math.isclose(total, float(end[1]), rel_tol=2e-5, abs_tol=1e-12), line.strip())
        if path and not end:
            total += float(path[1])
        elif end or " feeds " in line:
            total = 0.0


def explanations(text):
    """Each from its FORWARD on. Narrow ones, whose tables are broken, are passed over."""
    lines = [re.sub("^> ?", "", line) for line in text.split("\n")]
    begins = [i for i, line in enumerate(lines) if line.startswith("FORWARD ")]
    for a, b in zip(begins, begins[1:] + [len(lines)]):
        if "backward pass" in lines[a + 2]:
            continue
        yield lines[a:b]


def section(lines, head, until):
    at = [i for i, line in enumerate(lines) if line.startswith(head)]
    if not at:
        return []
    end = [i for i, line in enumerate(lines) if i > at[0] and line.startswith(until)]
    return lines[at[0]:end[0] if end else None]


def check(path):
    judge = Judge(path)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for lines in explanations(text):
        if " value" not in lines[1]:
            continue  # names alone
        rows = forward_rows(lines)
        inputs = {n: Tensor(s, v) for n, g, s, v in rows if g in ("input", "given")}
        wires = run(rows, inputs)
        check_forward(judge, rows, wires, 3)
        check_result(judge, rows, inputs, section(lines, "RESULT", ("= ", "$ ")))
        check_products(judge, lines)
        check_ledgers(judge, section(lines, "FAN-IN", "RESULT"))
    print(f"{path}: {judge.checked} numbers")
    return judge.wrong == 0 and judge.checked > 0


if __name__ == "__main__":
    sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)
