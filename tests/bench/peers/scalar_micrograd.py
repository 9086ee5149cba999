#!/usr/bin/env python3
"""The workload of tests/bench/scalar.c under micrograd, which has neither tanh nor exp nor
log: they are added here in its own manner. micrograd must be importable.

    scalar_micrograd.py [ITERATIONS [REPEATS]]
"""
import math
import sys
import time

from micrograd.engine import Value

iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 71
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 51
sys.setrecursionlimit(100 * iterations + 1000)  # its topological sort recurses


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

times = []
for _ in range(repeats):
    start = time.perf_counter_ns()
    x0, a, b, c = (Value(v) for v in (.5, .7, .1, .9))
    x, s = x0, 0
    for _ in range(iterations):
        xx = x * x
        x = (a * x + b).tanh() * (-xx).exp() + (1 + c * xx).log() / (1 + xx)
        s = s + x
    s.backward()
    times.append(time.perf_counter_ns() - start)
times.sort()
print({"record_and_gradient_ns": times[repeats // 2] / (14 * iterations), "ds/dx0": x0.grad, "ds/da": a.grad})
