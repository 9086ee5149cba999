/* derive.c - elementwise ops on dual numbers: a value and how fast it moves. */
#include "derive.h"
#include <math.h>
#include <string.h>

typedef struct dual {
    double v, d;
} dual;

typedef struct gate_numbers { /* what an op reads besides its inputs */
    double p, q, tie;
} gate_numbers;

/* f(x), where f' is slope: what does not move stays so, however steep f is. */
static dual through(double v, double slope, dual x)
{
    return (dual){v, x.d == 0 ? 0 : slope * x.d};
}
static dual flat(double v) { return (dual){v, 0}; }
static dual sum_of(dual a, dual b) { return (dual){a.v + b.v, a.d + b.d}; }
static dual product_of(dual a, dual b) { return (dual){a.v * b.v, a.d * b.v + a.v * b.d}; }
static double logistic(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }
static double normal_below(double x) { return 0.5 * erfc(-x / sqrt(2)); }
static double normal_density(double x) { return exp(-x * x / 2) / sqrt(2 * acos(-1)); }

/* NaN is on neither side of a corner: how fast it moves has no answer. */
static dual neither(dual a, dual b)
{
    double nan = (double)NAN;
    return (dual){nan, a.d == 0 && b.d == 0 ? 0 : nan};
}

/* Of two wires, the one that counts; on a tie a share of each. */
static dual choose(dual a, dual b, bool first, double tie)
{
    if (isnan(a.v) || isnan(b.v)) return neither(a, b);
    if (a.v == b.v) return (dual){a.v, tie * a.d + tie * b.d};
    return first ? a : b;
}

#define GATE(name, ...)                                                                            \
    static dual gate_##name(const dual *x, gate_numbers n)                                         \
    {                                                                                              \
        dual a = x[0], b = x[1], c = x[2];                                                         \
        (void)a, (void)b, (void)c, (void)n;                                                        \
        return __VA_ARGS__;                                                                        \
    }

/* clang-format off */
#define GATES(G) \
    G(copy, a) G(cast, a) G(neg, through(-a.v, -1, a)) G(scale, through(n.p * a.v, n.p, a)) G(offset, through(a.v + n.p, 1, a)) \
    G(exp, through(exp(a.v), exp(a.v), a)) G(expm1, through(expm1(a.v), exp(a.v), a)) \
    G(log, through(log(a.v), 1 / a.v, a)) G(log1p, through(log1p(a.v), 1 / (1 + a.v), a)) \
    G(sqrt, through(sqrt(a.v), 0.5 / sqrt(a.v), a)) G(square, through(a.v * a.v, 2 * a.v, a)) \
    G(powc, through(pow(a.v, n.p), n.p == 0 ? 0 : n.p * pow(a.v, n.p - 1), a)) G(inv, through(1 / a.v, -1 / (a.v * a.v), a)) \
    G(abs, through(fabs(a.v), isnan(a.v) ? a.v : (a.v > 0) - (a.v < 0), a)) \
    G(sign, flat(isnan(a.v) ? a.v : (a.v > 0) - (a.v < 0))) G(positive, flat(a.v > 0)) \
    G(sin, through(sin(a.v), cos(a.v), a)) G(cos, through(cos(a.v), -sin(a.v), a)) \
    G(tan, through(tan(a.v), 1 + tan(a.v) * tan(a.v), a)) G(asin, through(asin(a.v), 1 / sqrt((1 - a.v) * (1 + a.v)), a)) \
    G(acos, through(acos(a.v), -1 / sqrt((1 - a.v) * (1 + a.v)), a)) G(atan, through(atan(a.v), 1 / (1 + a.v * a.v), a)) \
    G(sinh, through(sinh(a.v), cosh(a.v), a)) G(cosh, through(cosh(a.v), sinh(a.v), a)) \
    G(floor, flat(floor(a.v))) G(ceil, flat(ceil(a.v))) G(round, flat(nearbyint(a.v))) \
    G(tanh, through(tanh(a.v), 1 / (cosh(a.v) * cosh(a.v)), a)) \
    G(one_minus_square, through(1 - a.v * a.v, -2 * a.v, a)) G(times_rest, through(a.v * (1 - a.v), 1 - 2 * a.v, a)) \
    G(sigmoid, through(logistic(a.v), logistic(a.v) * logistic(-a.v), a)) G(relu, isnan(a.v) ? neither(a, a) : a.v > 0 ? a : flat(0)) \
    G(leaky_relu, a.v > 0 ? a : through(n.p * a.v, n.p, a)) G(elu, a.v > 0 ? a : through(n.p * expm1(a.v), n.p * exp(a.v), a)) \
    G(softplus, through(a.v > 0 ? a.v + log1p(exp(-a.v)) : log1p(exp(a.v)), logistic(a.v), a)) \
    G(swish, through(a.v * logistic(n.p * a.v), logistic(n.p * a.v) * (1 + n.p * a.v * logistic(-n.p * a.v)), a)) \
    G(gelu, through(a.v * normal_below(a.v), normal_below(a.v) + a.v * normal_density(a.v), a)) \
    G(gelu_slope, through(normal_below(a.v) + a.v * normal_density(a.v), (2 - a.v * a.v) * normal_density(a.v), a)) \
    G(erfc, through(erfc(a.v), -2 / sqrt(acos(-1)) * exp(-a.v * a.v), a)) \
    G(erf, through(erf(a.v), 2 / sqrt(acos(-1)) * exp(-a.v * a.v), a)) \
    G(clamp, through(fmin(fmax(a.v, n.p), n.q), ((a.v > n.p && a.v <= n.q) + (a.v >= n.p && a.v < n.q)) / 2.0, a)) \
    G(huber_of, through(fabs(a.v) <= n.p ? a.v * a.v / 2 : n.p * (fabs(a.v) - n.p / 2), fmin(fmax(a.v, -n.p), n.p), a)) \
    G(add, sum_of(a, b)) G(sub, (dual){a.v - b.v, a.d - b.d}) G(mul, product_of(a, b)) \
    G(div, (dual){a.v / b.v, a.d / b.v - (b.d == 0 ? 0 : a.v / b.v * b.d / b.v)}) \
    G(pow, (dual){pow(a.v, b.v), (a.d == 0 || b.v == 0 ? 0 : b.v * pow(a.v, b.v - 1) * a.d) + \
                                 (b.d == 0 || pow(a.v, b.v) == 0 ? 0 : pow(a.v, b.v) * log(a.v) * b.d)}) \
    G(max, choose(a, b, a.v > b.v, n.tie)) G(min, choose(a, b, a.v < b.v, n.tie)) \
    G(prelu, a.v > 0 ? a : product_of(a, b)) \
    G(eq, flat(a.v == b.v)) G(ne, flat(a.v != b.v)) G(lt, flat(a.v < b.v)) G(le, flat(a.v <= b.v)) \
    G(gt, flat(a.v > b.v)) G(ge, flat(a.v >= b.v)) \
    G(zmul, a.v == 0 ? (dual){0, a.d == 0 ? 0 : a.d * b.v} : product_of(a, b)) \
    G(zdiv, a.v == 0 ? (dual){0, a.d == 0 ? 0 : a.d / b.v} : gate_div(x, n)) \
    G(pass, b.v != 0 ? a : flat(0)) G(block, b.v != 0 ? flat(0) : a) \
    G(win, b.v > c.v ? a : b.v == c.v ? through(n.p * a.v, n.p, a) : flat(0)) \
    G(inside, flat(((a.v > n.p && a.v <= n.q) + (a.v >= n.p && a.v < n.q)) / 2.0)) \
    G(where, a.v != 0 ? b : c) G(detach, flat(a.v))
GATES(GATE)

#define ROW(name, ...) {#name, gate_##name},
static const struct gate {
    const char *name;
    dual (*fn)(const dual *x, gate_numbers n);
} gates[] = {GATES(ROW)};
/* clang-format on */

static const struct gate *gate_named(const char *op)
{
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        if (!strcmp(gates[i].name, op)) return &gates[i];
    return NULL;
}

derive_kind derive_kind_of(const char *op)
{
    static const char *const given[] = {"leaf", "fill", "uniform", "normal", "bernoulli"};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (!strcmp(given[i], op)) return DERIVE_GIVEN;
    if (gate_named(op)) return DERIVE_ELEMENTWISE;
    return derive_knows_tensor(op) ? DERIVE_WHOLE : DERIVE_UNKNOWN;
}

static bool derive_elementwise(derivation *c, const struct gate *gate)
{
    enum { MOST_WIRES = 3 };
    const trace_node *y = c->y;
    gate_numbers n = {y->real[0], y->real[1], c->t->strict_ties ? 0 : 0.5};
    if (y->nin < 1 || y->nin > MOST_WIRES) return false;
    for (int k = 0; k < y->nin; k++)
        if (!derive_same_shape(derive_input(c, k), &y->value)) return false;
    for (size_t i = 0; i < y->value.count; i++) {
        dual x[MOST_WIRES] = {{0, 0}};
        for (int k = 0; k < y->nin; k++) {
            x[k] = (dual){derive_input(c, k)->v[i], c->dx[k] ? c->dx[k][i] : 0};
            c->size[i] += fabs(x[k].v);
        }
        dual z = gate->fn(x, n);
        c->v[i] = z.v;
        c->d[i] = z.d;
    }
    return true;
}

bool derive(derivation *c)
{
    const struct gate *gate = gate_named(c->y->op);
    return gate ? derive_elementwise(c, gate) : derive_tensor(c);
}
