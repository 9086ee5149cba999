// cppad_bench.cpp - W6 under CppAD: recorded anew at every step, or its tape replayed (forward at the
// inputs, then reverse). build.sh builds it.
#include "protocol.h"
#include <cppad/cppad.hpp>
#include <vector>

const char peer_name[] = "CppAD " CPPAD_PACKAGE_STRING;

static int iterations;
static bool recorded;
static std::vector<double> inputs = {.5, .7, .1, .9};
static CppAD::ADFun<double> function;

static void record(CppAD::ADFun<double> &f)
{
    std::vector<CppAD::AD<double>> in(inputs.begin(), inputs.end()), out(1);
    CppAD::Independent(in);
    CppAD::AD<double> x = in[0], s = x;
    for (int i = 0; i < iterations; i++) {
        CppAD::AD<double> xx = x * x;
        x = tanh(in[1] * x + in[2]) * exp(-xx) + log(1 + in[3] * xx) / (1 + xx);
        s += x;
    }
    out[0] = s;
    f.Dependent(in, out);
}

int peer_open(const char *workload, int)
{
    if (strncmp(workload, "W6_", 3)) return 1;
    iterations = strstr(workload, "100k") ? 7142 : 71;
    recorded = strstr(workload, "replay") != nullptr;
    if (recorded) record(function);
    if (recorded) function.optimize();
    return 0;
}

int peer_step(int64_t, double *out)
{
    static const std::vector<double> one(1, 1.0);
    if (!recorded) record(function);
    function.Forward(0, inputs);
    std::vector<double> g = function.Reverse(1, one);
    for (size_t i = 0; i < g.size(); i++) out[i] = g[i];
    return static_cast<int>(g.size());
}
