#!/usr/bin/env python3
"""W6 under micrograd, which has neither tanh nor exp nor log: they are added here in its own manner.
micrograd must be importable.

    PYTHONPATH=... micrograd_bench.py --workload W6_1k_record [--repeats N] [--serve]
"""
import math
import sys

import protocol
from micrograd.engine import Value


def unary(function, slope):
    def op(self):
        out = Value(function(self.data), (self,), function.__name__)

        def backward():
            self.grad += slope(self.data, out.data) * out.grad

        out._backward = backward
        return out

    return op


Value.tanh = unary(math.tanh, lambda x, y: 1 - y * y)
Value.exp = unary(math.exp, lambda x, y: y)
Value.log = unary(math.log, lambda x, y: 1 / x)


def make(name, mode, threads):
    iterations = {"W6_1k_record": 71, "W6_100k_record": 7142}[name]
    sys.setrecursionlimit(100 * iterations + 1000)  # its topological sort recurses

    def step(i):
        x, a, b, c = inputs = [Value(v) for v in (.5, .7, .1, .9)]
        s = x
        for _ in range(iterations):
            xx = x * x
            x = (a * x + b).tanh() * (-xx).exp() + (1 + c * xx).log() / (1 + xx)
            s = s + x
        s.backward()
        return [v.grad for v in inputs]

    return step


if __name__ == "__main__":
    protocol.main("micrograd", make, ["eager"])
