/* elementwise.c - turns the rows of elementwise.def into kernels, gradient rules,
 * descriptors and constructors. */
#define RG_NO_HERE
#include "ways.h"
#include "ops.h"
#include "clones.h"
#include "vmath.h"
#include <math.h>

/* ---- kernels --------------------------------------------------------------------- */

#define T       float
#define W       float
#define M(f)    v_##f##_f32
#define K(name) name##_f32
#define INTS    0
#include "kernels.inc"

#define T       double
#define W       double
#define M(f)    v_##f##_f64
#define K(name) name##_f64
#define INTS    0
#include "kernels.inc"

#define T       int64_t
#define W       uint64_t
#define M(f)    no_math_for_integers
#define K(name) name##_i64
#define INTS    1
#include "kernels.inc"

/* ---- rules of more than one call: one op per line, in a fixed order -------------- */

static rg_node *apply_with(const rg_op *op, int nin, rg_node *const *in, double p, double q)
{
    rg_attr a = {.f = {p, q}};
    return rg_apply_broadcast(op, nin, in, &a);
}

extern const rg_op rg_op_win, rg_op_inside, rg_op_one_minus_square, rg_op_times_rest,
    rg_op_gelu_slope;

static rg_node *one_minus_square(rg_node *y)
{
    return rg_apply(&rg_op_one_minus_square, 1, &y, NULL);
}
static rg_node *times_rest(rg_node *y) { return rg_apply(&rg_op_times_rest, 1, &y, NULL); }
static rg_node *gelu_slope(rg_node *x) { return rg_apply(&rg_op_gelu_slope, 1, &x, NULL); }

static rg_node *win(rg_node *g, rg_node *winner, rg_node *loser)
{
    rg_node *in[] = {g, winner, loser};
    return apply_with(&rg_op_win, 3, in, rg_tie_share(rg_tape_of(winner)), 0);
}

static rg_node *win_again(rg_node *y, rg_node *g, rg_node *b, rg_node *c)
{
    return apply_with(&rg_op_win, 3, (rg_node *[]){g, b, c}, y->attr->f[0], 0);
}

/* x^0 is flat everywhere, also where x^-1 is infinite. */
static rg_node *powc_rule(rg_node *g, rg_node *x, double p)
{
    if (p == 0) return NULL;
    rg_node *lower = rg_powc(x, p - 1);
    return rg_zmul(g, rg_scale(lower, p));
}

static rg_node *pow_base_rule(rg_node *g, rg_node *a, rg_node *b)
{
    rg_node *lower = rg_pow(a, rg_offset(b, -1));
    return rg_zmul(g, rg_zmul(b, lower));
}

/* 0^b is flat in b for b > 0, although log 0 is not finite: zmul by the output. */
static rg_node *pow_exponent_rule(rg_node *g, rg_node *a, rg_node *y)
{
    rg_node *slope = rg_zmul(y, rg_log(a));
    return rg_zmul(g, slope);
}

static rg_node *leaky_rule(rg_node *g, rg_node *x, double slope)
{
    rg_node *below = rg_scale(g, slope);
    return rg_where(rg_positive(x), g, below);
}

static rg_node *elu_rule(rg_node *g, rg_node *x, rg_node *y, double alpha)
{
    rg_node *slope = rg_offset(y, alpha);
    rg_node *below = rg_zmul(g, slope);
    return rg_where(rg_positive(x), g, below);
}

static rg_node *swish_rule(rg_node *g, rg_node *x, double beta)
{
    rg_node *s = rg_sigmoid(rg_scale(x, beta));
    rg_node *moves = rg_mul(x, times_rest(s));
    rg_node *slope = rg_add(s, rg_scale(moves, beta));
    return rg_zmul(g, slope);
}

/* The standard normal density. */
static rg_node *density(rg_node *x)
{
    rg_node *half = rg_scale(rg_square(x), -0.5);
    return rg_scale(rg_exp(half), 0.39894228040143267794);
}

static rg_node *gelu_slope_rule(rg_node *g, rg_node *x)
{
    rg_node *bend = rg_offset(rg_neg(rg_square(x)), 2);
    rg_node *slope = rg_mul(density(x), bend);
    return rg_zmul(g, slope);
}

static rg_node *erf_rule(rg_node *g, rg_node *x)
{
    rg_node *bell = rg_exp(rg_neg(rg_square(x)));
    return rg_zmul(g, rg_scale(bell, 1.12837916709551257390));
}

static rg_node *clamp_rule(rg_node *g, rg_node *x, double lo, double hi)
{
    rg_node *in = apply_with(&rg_op_inside, 1, &x, lo, hi);
    return rg_zmul(g, in);
}

/* ---- rules ----------------------------------------------------------------------- */

#define NONE            NULL
#define P0              (y->attr->f[0])
#define P1              (y->attr->f[1])
#define GRAD(rule, ...) rule
#define RULE1(name, r0)                                                                            \
    static void name##_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)     \
    {                                                                                              \
        rg_node *x = rg_in(y, 0);                                                                  \
        (void)x, (void)g;                                                                          \
        if (wanted[0]) out[0] = r0;                                                                \
    }
#define RULE2(name, r0, r1)                                                                        \
    static void name##_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)     \
    {                                                                                              \
        rg_node *a = rg_in(y, 0), *b = rg_in(y, 1);                                                \
        (void)a, (void)b, (void)g;                                                                 \
        if (wanted[0]) out[0] = r0;                                                                \
        if (wanted[1]) out[1] = r1;                                                                \
    }
#define RULE3(name, r0, r1, r2)                                                                    \
    static void name##_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)     \
    {                                                                                              \
        rg_node *a = rg_in(y, 0), *b = rg_in(y, 1), *c = rg_in(y, 2);                              \
        (void)a, (void)b, (void)c;                                                                 \
        if (wanted[0]) out[0] = r0;                                                                \
        if (wanted[1]) out[1] = r1;                                                                \
        if (wanted[2]) out[2] = r2;                                                                \
    }
#define EW1(name, section, formula, value, ...)        RULE1(name, __VA_ARGS__)
#define EW1T(name, section, formula, tile, ...)        RULE1(name, __VA_ARGS__)
#define EW2(name, section, formula, value, ...)        RULE2(name, __VA_ARGS__)
#define EW1P(name, section, formula, p, q, value, ...) RULE1(name, __VA_ARGS__)
#define EW2P(name, section, formula, p, q, value, ...) RULE2(name, __VA_ARGS__)
#define EW3P(name, section, formula, p, q, value, ...) RULE3(name, __VA_ARGS__)
#define EW1I(name, section, formula, value, ...)       RULE1(name, __VA_ARGS__)
#define EW2I(name, section, formula, value, ...)       RULE2(name, __VA_ARGS__)
#define EW3I(name, section, formula, value, ...)       RULE3(name, __VA_ARGS__)
#include "elementwise.def"
#include "ew_undef.inc"

/* ---- descriptors ----------------------------------------------------------------- */

#define NOWHERE ((double)-INFINITY)
/* clang-format off */
#define GRAD(rule, local, why, lo, hi, kink, least) {local, why, {lo, hi, kink, least}}
#define SHAPES1 "3x4;1;0x3"
#define SHAPES2 "3x4 3x4;1 1;0x3 0x3"
#define SHAPES3 "3x4 3x4 3x4;1 1 1;0x3 0x3 0x3"
#define OP(op_name, op_section, op_formula, inputs, i64, p, q, ...)                                \
    const rg_op rg_op_##op_name = {                                                                \
        .abi = RG_OP_ABI, .name = #op_name, .formula = op_formula, .section = op_section,          \
        .kind = RG_ELEMENTWISE, .nin = inputs, .ints = i64 != NULL,                                \
        .tile = {op_name##_f32, op_name##_f64, i64}, .vjp = op_name##_vjp,                         \
        .number = {RG_HAS_WAYS_##inputs(op_name##_number)},                                        \
        .wire = {__VA_ARGS__}, .example = SHAPES##inputs, .typical = {p, q}};
/* clang-format on */
#define EW1(name, section, formula, value, ...)                                                    \
    OP(name, section, formula, 1, NULL, 0, 0, __VA_ARGS__)
#define EW1T(name, section, formula, value, ...)                                                   \
    OP(name, section, formula, 1, NULL, 0, 0, __VA_ARGS__)
#define EW2(name, section, formula, value, ...)                                                    \
    OP(name, section, formula, 2, NULL, 0, 0, __VA_ARGS__)
#define EW1P(name, section, formula, p, q, value, ...)                                             \
    OP(name, section, formula, 1, NULL, p, q, __VA_ARGS__)
#define EW2P(name, section, formula, p, q, value, ...)                                             \
    OP(name, section, formula, 2, NULL, p, q, __VA_ARGS__)
#define EW3P(name, section, formula, p, q, value, ...)                                             \
    OP(name, section, formula, 3, NULL, p, q, __VA_ARGS__)
#define EW1I(name, section, formula, value, ...)                                                   \
    OP(name, section, formula, 1, name##_i64, 0, 0, __VA_ARGS__)
#define EW2I(name, section, formula, value, ...)                                                   \
    OP(name, section, formula, 2, name##_i64, 0, 0, __VA_ARGS__)
#define EW3I(name, section, formula, value, ...)                                                   \
    OP(name, section, formula, 3, name##_i64, 0, 0, __VA_ARGS__)
#include "elementwise.def"
#include "ew_undef.inc"

/* ---- constructors ---------------------------------------------------------------- */

#define ONE(name)                                                                                  \
    rg_node *rg_##name(rg_node *x) { return rg_apply(&rg_op_##name, 1, &x, NULL); }
#define ONE_WITH(name, p)                                                                          \
    rg_node *rg_##name(rg_node *x, double p) { return apply_with(&rg_op_##name, 1, &x, p, 0); }
#define TWO(name)                                                                                  \
    rg_node *rg_##name(rg_node *a, rg_node *b)                                                     \
    {                                                                                              \
        return rg_apply_broadcast(&rg_op_##name, 2, (rg_node *[]){a, b}, NULL);                    \
    }
ONE(neg)
ONE(exp)
ONE(expm1)
ONE(log)
ONE(log1p)
ONE(sqrt)
ONE(square)
ONE(inv)
ONE(abs)
ONE(sign)
ONE(positive)
ONE(sin)
ONE(cos)
ONE(tan)
ONE(asin)
ONE(acos)
ONE(atan)
ONE(sinh)
ONE(cosh)
ONE(floor)
ONE(ceil)
ONE(round)
ONE(tanh)
ONE(sigmoid)
ONE(relu)
ONE(softplus)
ONE(gelu)
ONE(erf)
ONE(erfc)
ONE_WITH(scale, c)
ONE_WITH(offset, c)
ONE_WITH(powc, p)
ONE_WITH(leaky_relu, slope)
ONE_WITH(elu, alpha)
ONE_WITH(swish, beta)
ONE_WITH(huber_of, delta)
TWO(add)
TWO(sub)
TWO(mul)
TWO(div)
TWO(pow)
TWO(max)
TWO(min)
TWO(prelu)
TWO(eq)
TWO(ne)
TWO(lt)
TWO(le)
TWO(gt)
TWO(ge)
TWO(zmul)
TWO(zdiv)
TWO(pass)
TWO(block)

rg_node *rg_mix(rg_node *a, rg_node *b, double p, double q)
{
    return apply_with(&rg_op_mix, 2, (rg_node *[]){a, b}, p, q);
}

rg_node *rg_clamp(rg_node *x, double lo, double hi)
{
    return apply_with(&rg_op_clamp, 1, &x, lo, hi);
}

rg_node *rg_where(rg_node *c, rg_node *a, rg_node *b)
{
    return rg_apply_broadcast(&rg_op_where, 3, (rg_node *[]){c, a, b}, NULL);
}
