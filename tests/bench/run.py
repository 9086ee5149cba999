#!/usr/bin/env python3
"""Time workloads under Retrograd and its peers in turn, and compare.

    run.py [--bench FILE] [--peer NAME=COMMAND ...] [--workloads W1,W5] [--threads 1,2]
           [--starts 3] [--rounds 3] [--finalists 2] [--only PATTERN] [--json FILE] [--markdown FILE] [--no-torch]
           [--cpu]

Every program runs as a process that answers one line of input with one repeat (--serve), so that programs
take turns every 70 ms and meet the same weather. A round is one repeat of each; processes are started
anew --starts times, with --rounds rounds each. Only the --finalists fastest peers of a first try take part. A
ratio is formed within each round: peer / Retrograd, above 1 when Retrograd is faster. W12 starts a process
per round, and the clock here runs from before exec to the line it prints after its first step.

--cpu compares processor time instead of wall time: for one thread on a machine that does other things too.

--rows FILE... makes the table of what earlier runs wrote with --json: on a machine that is quiet for a minute at a time, a
run for each workload.

--peer names any program that speaks the options of retrograd_bench: --workload, --threads, --serve (and --cpu). One that
exits at once does not have the workload. --markdown FILE puts the table between the lines <!-- table --> and
<!-- end --> of FILE, else it goes to stdout.
"""
import argparse
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
from protocol import unit_of  # noqa: E402

ROOT = HERE.parent.parent
TARGETS = {"W1": (1.25, 1.25), "W2": (1.5, 1.5), "W2_update": (1.5, 1.5), "W3b32": (1.3, 1.3), "W3b1": (1.5, 1.5), "W4": (1.5, 2.0),
           "W4_update": (1.5, 1.5), "W5": (1.25, 1.25), "W6_1k_record": (1, 1), "W6_1k_replay": (1.6, 1.6), "W6_100k_record": (1, 1),
           "W6_100k_replay": (1.6, 1.6), "W7": (3, 3), "W8": (3, 3), "W9_start": (1, 1), "W9_W1": (1, 1),
           "W9_deep": (1, 1), "W10": (1.4, 1.4), "W11": (1.5, 1.5), "W12": (1, 1)}
KEEP_MEMORY = "MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=4000000000"
BLAS = {"OpenBLAS": "openblas-pthread", "BLIS": "blis-openmp"}
BLIS_SKX = "0"  # BLIS 0.9 takes its plainest loops on a processor it does not know: told to take those for AVX-512
MODES = {"W8": ["eager", "functional", "vectorized", "functorch", "jacrev"], "W9_deep": ["eager", "checkpointed"], "W12": ["eager"]}
FLOORS = {"W6_1k_replay", "W6_100k_replay", "W7", "W2_update", "W4_update"}  # have loops written by hand in retrograd_bench


def torch_peers(workload):
    """PyTorch over each BLAS, in each of its modes, its allocator told to keep memory (but not for W9)."""
    peers = {}
    for blas, folder in BLAS.items():
        path = f"/usr/lib/{platform.machine()}-linux-gnu/{folder}"
        if os.path.isdir(path):
            for mode in MODES.get(workload, ["eager", "single", "traced"]):
                peers[f"PyTorch {mode}, {blas}"] = (
                    f"env LD_LIBRARY_PATH={path} {KEEP_MEMORY} /usr/bin/python3 {HERE}/peers/torch_bench.py --mode {mode}")
    return peers


def environment(threads):
    """Libraries below an engine have pools of their own, and choose kernels by the processor, not by what is set here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "BLIS_", "OMP_", "MKL_"))}
    if "avx512f" in Path("/proc/cpuinfo").read_text():
        kept["BLIS_ARCH_TYPE"] = BLIS_SKX
    return {**kept, **{f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "BLIS")}}


class Program:
    """One program on one workload: a process that answers requests."""

    def __init__(self, name, command, workload, threads, cpu):
        self.name, self.workload = name, workload
        self.command = shlex.split(command) + ["--workload", workload, "--threads", str(threads)]
        self.command += ["--cpu"] if cpu else []
        if workload.startswith("W9"):
            self.command = [word for word in self.command if not word.startswith("MALLOC_")]
        self.process = None
        self.environment = environment(threads)

    def _start(self, *more):
        self.process = subprocess.Popen(self.command + list(more), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=self.environment)

    def begin(self):
        """Starts to warm up; is_ready waits for it."""
        if self.workload != "W12":
            self._start("--serve")

    def is_ready(self):
        """True when it has the workload and is warm."""
        if self.workload == "W12":
            return self.repeat() is not None
        return self.process.stdout.readline() == "ready\n"

    def repeat(self):
        if self.workload == "W12":
            return self._first_step()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def _first_step(self):
        start = time.perf_counter()
        self._start()
        line = self.process.stdout.readline()
        took = 1e3 * (time.perf_counter() - start)
        self.close()
        return took if line else None

    def close(self):
        """What it says at the end, or None."""
        rest = self.process.communicate()[0].strip()
        return json.loads(rest.splitlines()[-1]) if rest.startswith("{") or "\n{" in rest else None


def open_all(programs, together=False):
    """Those that have the workload."""
    for p in programs if together else []:
        p.begin()
    alive = []
    for p in programs:
        if not together:
            p.begin()
        if p.is_ready():
            alive.append(p)
        else:
            p.close()
    return alive


def finalists(programs, n):
    """The n fastest in a first try of three repeats each."""
    alive = open_all(programs, together=True)
    speed = {p: min(p.repeat() for _ in range(3)) for p in alive}
    for p in alive:
        p.close()
    return sorted(alive, key=speed.get)[:n]


def compare(o, workload, threads):
    """{"name": [figure of each round]}, and what each program said at the end."""
    ours = Program("Retrograd", o.bench, workload, threads, o.cpu)
    commands = {**({} if o.no_torch else torch_peers(workload)), **o.peers}
    peers = [Program(name, command, workload, threads, o.cpu) for name, command in commands.items()
             if re.search(o.only, name)]
    peers = finalists(peers, o.finalists) if len(peers) > o.finalists else peers
    floor = [Program("by hand", o.bench + " --hand", workload, threads, o.cpu)] if workload in FLOORS else []
    everyone = [ours, *floor, *peers]
    took, said = {p.name: [] for p in everyone}, {}
    for _ in range(o.starts):
        alive = open_all(everyone)
        for _ in range(o.rounds):
            for p in alive:
                took[p.name].append(p.repeat())
        for p in alive:
            said[p.name] = p.close() if workload != "W12" else None
    return took, said


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def apart(said, name):
    """The largest relative difference between our outputs and theirs; None when not known."""
    ours, theirs = said.get("Retrograd"), said.get(name)
    if not ours or not theirs:
        return None
    return max(abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in zip(ours["check"], theirs["check"]))


def row(o, workload, threads):
    took, said = compare(o, workload, threads)
    ours = took["Retrograd"]
    result = {"workload": workload, "threads": threads, "target": TARGETS[workload][min(threads, 2) - 1],
              "took": took, "said": said, "peers": {}}
    if not ours:
        sys.exit(f"{o.bench} does not run {workload}")
    for name, theirs in took.items():
        if name != "Retrograd" and len(theirs) == len(ours):
            ratios = quartiles([b / a for a, b in zip(ours, theirs)])
            result["peers"][name] = {"median": statistics.median(theirs), "ratio": ratios, "apart": apart(said, name)}
    result["floor"] = result["peers"].pop("by hand", None)
    result["median"] = statistics.median(ours)
    result["best"] = min(result["peers"], key=lambda name: result["peers"][name]["median"], default=None)
    return result


# ---- the table --------------------------------------------------------------------------------------------


def figure(v):
    return f"{v:,.0f}" if v >= 1000 else f"{v:.3g}"


def markdown(rows):
    out = ["| workload | threads | Retrograd | best peer | its figure | ratio (quartiles) | target | apart | by hand |",
           "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        unit, peer = unit_of(r["workload"])[0], r["peers"].get(r["best"])
        cells = [r["workload"], r["threads"], f"{figure(r['median'])} {unit}"]
        if peer:
            cells += [r["best"], f"{figure(peer['median'])} {unit}", "{1:.2f} ({0:.2f} to {2:.2f})".format(*peer["ratio"])]
        else:
            cells += 3 * ["–"]
        difference = peer["apart"] if peer else None
        cells += [r["target"], "–" if difference is None else f"{difference:.0e}"]
        floor = r["floor"]
        cells.append(f"{figure(floor['median'])} {unit}, ratio {floor['ratio'][1]:.2f}" if floor else "")
        out.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(out)


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    revision = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {"processor": model, "processors": os.cpu_count(), "load": os.getloadavg()[0],
            "system": platform.release(), "revision": revision.stdout.strip(), "when": time.strftime("%Y-%m-%d")}


def command():
    return " ".join(shlex.quote(word) for word in [os.path.relpath(sys.argv[0]), *sys.argv[1:]])


def put(path, text):
    """Replace what stands between the marks."""
    old = Path(path).read_text()
    before, _, rest = old.partition("<!-- table -->")
    after = rest.partition("<!-- end -->")[2]
    if not after:
        sys.exit(f"{path} has no lines <!-- table --> and <!-- end -->")
    Path(path).write_text(f"{before}<!-- table -->\n{text}\n<!-- end -->{after}")


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--bench", default=str(ROOT / "build/tests/bench/retrograd_bench"))
    p.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    p.add_argument("--no-torch", action="store_true")
    p.add_argument("--only", default="", metavar="PATTERN", help="peers whose names match")
    p.add_argument("--workloads", default=",".join(TARGETS))
    p.add_argument("--threads", default="1,2")
    p.add_argument("--starts", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--finalists", type=int, default=2)
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--rows", nargs="+", metavar="FILE")
    p.add_argument("--json")
    p.add_argument("--markdown")
    o = p.parse_args()
    o.peers = dict(named.split("=", 1) for named in o.peer)
    return o


def measure_all(o):
    rows = []
    for workload in o.workloads.split(","):
        for threads in map(int, o.threads.split(",")):
            rows.append(row(o, workload, threads))
            print(markdown(rows[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    return rows


def main():
    o = parse()
    if o.rows:
        rows = [r for name in o.rows for r in json.loads(Path(name).read_text())["rows"]]
    else:
        rows = measure_all(o)
    about = machine()
    text = (f"{about['processor']}, {about['processors']} processors, load {about['load']:.1f} at the end, revision "
            f"{about['revision']}, {about['when']}; median of {len(rows[0]['took']['Retrograd'])} rounds"
            f"{', processor time' if o.cpu else ''}.\n\n"
            f"```sh\n{command()}\n```\n\n{markdown(rows)}")
    if o.markdown:
        put(o.markdown, text)
    else:
        print(text)
    if o.json:
        Path(o.json).write_text(json.dumps({"machine": about, "command": command(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
