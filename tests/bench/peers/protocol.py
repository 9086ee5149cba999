"""The options, the numbers and the output of retrograd_bench, for programs of other engines.

A peer calls main(engine, make, modes). make(workload, mode, threads) returns step(i), which runs step
i = 0, 1, ... on batch i and returns its outputs as a list; it raises KeyError for what it does not have.
"""
import argparse
import json
import math
import statistics
import sys
import time

CHECK_STEPS = 3
UNITS = {"W1": ("ms", 1e3), "W2": ("ms", 1e3), "W3b32": ("us", 1e6), "W3b1": ("us", 1e6), "W4": ("ms", 1e3),
         "W5": ("us", 1e6), "W6_1k": ("ns/node", 1e9 / (14 * 71)), "W6_100k": ("ns/node", 1e9 / (14 * 7142)),
         "W7": ("ms", 1e3), "W8": ("ms", 1e3), "W9": ("MiB", 1), "W10": ("ms", 1e3), "W11": ("ms", 1e3),
         "W12": ("ms", 1e3)}


def unit_of(workload):
    for name in (workload, workload.rsplit("_", 1)[0]):
        if name in UNITS:
            return UNITS[name]
    raise KeyError(workload)


class Numbers:
    """job.c's numbers: splitmix64 of a place in a stream, one stream per call."""

    def __init__(self):
        import numpy
        self.np, self.streams = numpy, 0

    def _scramble(self, z):
        u = self.np.uint64
        with self.np.errstate(over="ignore"):
            z = z + u(0x9e3779b97f4a7c15)
            z = (z ^ z >> u(30)) * u(0xbf58476d1ce4e5b9)
            z = (z ^ z >> u(27)) * u(0x94d049bb133111eb)
        return z ^ z >> u(31)

    def _units(self, shape):
        u = self.np.uint64
        base = self._scramble(u(self.streams))
        self.streams += 1
        with self.np.errstate(over="ignore"):
            place = base + self.np.arange(math.prod(shape), dtype=u)
        return ((self._scramble(place) >> u(40)).astype("f8") * 2.0 ** -24).reshape(shape)

    def draw(self, shape, scale, dtype="f4"):
        """Numbers in [-scale, scale)."""
        return ((2 * self._units(shape) - 1) * scale).astype(dtype)

    def labels(self, shape, classes):
        return (self._units(shape) * classes).astype("i8")


def peak_memory():
    """The most memory the process ever had, in MiB."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmHWM:"))


def summary(output):
    """A number as it is, a tensor of several as the root of their mean square."""
    if isinstance(output, float):
        return output
    flat = output.reshape(-1).double()
    return float(flat[0]) if len(flat) == 1 else float((flat * flat).mean().sqrt())


def parse(modes):
    p = argparse.ArgumentParser()
    p.add_argument("--workload", required=True)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--repeats", type=int, default=9)
    p.add_argument("--mode", choices=modes, default=modes[0])
    p.add_argument("--json", action="store_true", help="accepted: there is no other output")
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--serve", action="store_true")
    return p.parse_args()


def steps_per_repeat(run):
    """How many steps take 70 ms. The last try warms up for as long."""
    steps = 1
    while (took := run(steps)) < 0.07:
        steps = steps * 10 if took < 0.007 else int(steps * 0.08 / took) + 1
    return steps


def measure(o, step):
    """The figures of all repeats; with --serve, one for each line of input."""
    done = CHECK_STEPS
    now = time.process_time if o.cpu else time.perf_counter

    def run(steps):
        nonlocal done
        start = now()
        for i in range(done, done + steps):
            step(i)
        done += steps
        return now() - start

    memory = o.workload.startswith("W9")
    steps = 0 if memory else steps_per_repeat(run)
    scale = unit_of(o.workload)[1]
    took = []
    if o.serve:
        print("ready", flush=True)
    for _ in sys.stdin if o.serve else range(o.repeats):
        took.append(peak_memory() if memory else run(steps) / steps * scale)
        if o.serve:
            print(f"{took[-1]:.9g}", flush=True)
    return took


def main(engine, make, modes):
    o = parse(modes)
    try:
        step = make(o.workload, o.mode, o.threads)
    except KeyError as missing:
        sys.exit(f"{engine} has no {missing} ({o.mode})")
    first = o.workload == "W12"
    for i in range(1 if first else CHECK_STEPS):
        outputs = step(i)
    if first:
        print("first step", flush=True)
    result = {"workload": o.workload, "engine": engine, "mode": o.mode, "threads": o.threads,
              "unit": unit_of(o.workload)[0], "check": [summary(y) for y in outputs]}
    if not first:
        took = measure(o, step)
        result["repeats"] = took
        if took:
            result.update(median=statistics.median(took), min=min(took))
    print(json.dumps(result))
