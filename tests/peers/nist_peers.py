"""The table of docs/fit.md: NIST's nonlinear regression problems by `retrograd fit`, SciPy and gnuplot.

    /usr/bin/python3 tests/peers/nist_peers.py FOLDER [build/cli/retrograd]

FOLDER holds NIST's own files (NAME.dat, Statistical Reference Datasets). From each of the two published starts: how many
digits of the certified parameters, and of their standard deviations, agree; the least of all parameters. SciPy is
curve_fit with tolerances of 1e-15 and room for 100,000 evaluations, gnuplot is `fit` with a limit of 1e-14; where one of
them is not there its columns are 0."""
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

from nist_fixture import read

try:
    import numpy
    import scipy
    from scipy.optimize import curve_fit
except ImportError:
    scipy = None

EXPONENTIALS = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)"
PEAKS = "b1*exp(-b2*x) + b3*exp(-((x - b4)^2)/b5^2) + b6*exp(-((x - b7)^2)/b8^2)"
CHWIRUT = "exp(-b1*x)/(b2 + b3*x)"
MODELS = {
    "BoxBOD": "b1*(1 - exp(-b2*x))",
    "Chwirut1": CHWIRUT,
    "Chwirut2": CHWIRUT,
    "DanWood": "b1*x^b2",
    "Eckerle4": "(b1/b2)*exp(-0.5*((x - b3)/b2)^2)",
    "Gauss1": PEAKS,
    "Gauss2": PEAKS,
    "Kirby2": "(b1 + b2*x + b3*x^2)/(1 + b4*x + b5*x^2)",
    "Lanczos1": EXPONENTIALS,
    "Lanczos2": EXPONENTIALS,
    "Lanczos3": EXPONENTIALS,
    "MGH09": "b1*(x^2 + x*b2)/(x^2 + x*b3 + b4)",
    "Misra1a": "b1*(1 - exp(-b2*x))",
    "Misra1b": "b1*(1 - (1 + b2*x/2)^(-2))",
    "Misra1c": "b1*(1 - (1 + 2*b2*x)^(-0.5))",
    "Misra1d": "b1*b2*x/(1 + b2*x)",
    "Nelson": "b1 - b2*x1*exp(-b3*x2)",
    "Rat42": "b1/(1 + exp(b2 - b3*x))",
    "Rat43": "b1/(1 + exp(b2 - b3*x))^(1/b4)",
    "Roszman1": "b1 - b2*x - atan(b3/(x - b4))/pi",
    "Thurber": "(b1 + b2*x + b3*x^2 + b4*x^3)/(1 + b5*x + b6*x^2 + b7*x^3)",
}
LOGARITHM_OF_Y = {"Nelson"}


class Problem:
    def __init__(self, folder, name):
        self.name, self.model = name, MODELS[name]
        self.level, columns, _, rows = read(folder / f"{name}.dat")
        self.starts, self.certified, self.deviations = columns[:2], [float(v) for v in columns[2]], [float(v) for v in columns[3]]
        self.rows = [[float(v) for v in row] for row in rows]
        self.x = ["x"] if len(self.rows[0]) == 2 else [f"x{i + 1}" for i in range(len(self.rows[0]) - 1)]
        self.b = [f"b{i + 1}" for i in range(len(self.certified))]

    def y(self):
        return "log(y)" if self.name in LOGARITHM_OF_Y else "y"


def digits(found, certified):
    """Of the worst: as many as agree, none for what is no number."""
    worst = 15.0
    for a, b in zip(found, certified):
        apart = abs(a - b) / abs(b) if math.isfinite(a) else math.inf
        worst = min(worst, -math.log10(apart) if apart > 0 else 15.0)
    return max(0.0, worst)


# ---- three programs: parameters and deviations, or None ------------------------------------------


def by_retrograd(problem, start, program, folder):
    data = folder / "data.csv"
    data.write_text("\n".join([",".join(["y", *problem.x]), *(",".join(map(repr, row)) for row in problem.rows)]) + "\n")
    asked = [word for name, value in zip(problem.b, start) for word in ("--param", f"{name}={value}")]
    run = subprocess.run([program, "fit", f"{problem.y()} ~ {problem.model}", "--data", data, "--json", *asked],
                         capture_output=True, text=True)
    if run.returncode:
        return None
    found = json.loads(run.stdout)["params"]
    return [float(found[name]["value"]) for name in problem.b], [float(found[name]["error"]) for name in problem.b]


def by_scipy(problem, start):
    names = {"exp": numpy.exp, "atan": numpy.arctan, "log": numpy.log, "pi": math.pi}
    code = compile(problem.model.replace("^", "**"), problem.name, "eval")
    columns = numpy.array(problem.rows).T
    y = numpy.log(columns[0]) if problem.name in LOGARITHM_OF_Y else columns[0]

    def model(x, *b):
        return eval(code, names, {**dict(zip(problem.x, x)), **dict(zip(problem.b, b))})

    try:
        with numpy.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            b, covariance = curve_fit(model, columns[1:], y, [float(v) for v in start], maxfev=100000,
                                      ftol=1e-15, xtol=1e-15, gtol=1e-15)
    except RuntimeError:
        return None
    return list(b), list(numpy.sqrt(numpy.diag(covariance)))


def by_gnuplot(problem, start, folder):
    data = folder / "data.txt"
    data.write_text("\n".join(" ".join(map(repr, [*row[1:], row[0]])) for row in problem.rows) + "\n")
    model = problem.model.replace("^", "**")
    model = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"\1.", model)  # whole numbers divide as whole numbers there
    dummy = {"x": "x", "x1": "x", "x2": "y"}
    model = re.sub(r"\bx[12]?\b", lambda m: dummy[m[0]], model)
    last = len(problem.x) + 1
    target = f"(log(${last}))" if problem.name in LOGARITHM_OF_Y else str(last)
    using = ":".join([*(str(i + 1) for i in range(last - 1)), target])
    lines = ["set fit quiet errorvariables nolog limit 1e-14", "set dummy x, y",
             *(f"{name} = {value}" for name, value in zip(problem.b, map(float, start))),
             f"fit {model} '{data}' using {using} via {', '.join(problem.b)}",
             *(f"print sprintf('%.17g %.17g', {name}, {name}_err)" for name in problem.b)]
    run = subprocess.run(["gnuplot"], input="\n".join(lines) + "\n", capture_output=True, text=True)
    pairs = re.findall(r"^(\S+) (\S+)$", run.stderr, re.M)[-len(problem.b):]
    try:
        return [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    except ValueError:
        return None


# ---- the table -----------------------------------------------------------------------------------------


def main():
    folder = pathlib.Path(sys.argv[1])
    program = sys.argv[2] if len(sys.argv) > 2 else "build/cli/retrograd"
    reached = [0, 0, 0]
    version = subprocess.run(["gnuplot", "--version"], capture_output=True, text=True).stdout.split()[1] if shutil.which("gnuplot") else "absent"
    print(f"| problem | level | retrograd, start 1 | 2 | SciPy {scipy.__version__ if scipy else 'absent'}, start 1 | 2 | gnuplot {version}, start 1 | 2 |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for name in MODELS:
            problem, cells = Problem(folder, name), []
            runs = [lambda start: by_retrograd(problem, start, program, pathlib.Path(scratch)),
                    lambda start: by_scipy(problem, start) if scipy else None,
                    lambda start: by_gnuplot(problem, start, pathlib.Path(scratch)) if version != "absent" else None]
            for which, run in enumerate(runs):
                for start in problem.starts:
                    found = run(start)
                    pair = (digits(found[0], problem.certified), digits(found[1], problem.deviations)) if found else (0.0, 0.0)
                    reached[which] += min(pair) >= 6
                    cells.append("%.1f %.1f" % pair)
            print(f"| {name} | {problem.level.lower()} | {' | '.join(cells)} |", flush=True)
    print(f"| **6 digits, of {2 * len(MODELS)}** | | **{reached[0]}** | | **{reached[1]}** | | **{reached[2]}** | |")


main()
