/* functions.c - the table of functions, and those that are more than one op. */
#define RG_NO_HERE
#include "functions.h"
#include "memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tensor in a slot; a number becomes a constant. */
static rg_node *slot_node(const call *c, int k)
{
    const slot *s = &c->slot[k];
    return s->node ? s->node : rg_const(c->tape, c->dtype, rg_shape0(), s->number);
}

static int slot_whole(const call *c, int k) { return (int)c->slot[k].number; }

/* ---- parameters that are numbers, or tensors with a gradient of their own ---- */

static rg_node *call_leaky_relu(const call *c)
{
    rg_node *x = c->slot[0].node;
    return c->slot[1].node ? rg_prelu(x, c->slot[1].node) : rg_leaky_relu(x, c->slot[1].number);
}

static rg_node *call_elu(const call *c)
{
    rg_node *x = c->slot[0].node, *alpha = c->slot[1].node;
    if (!alpha) return rg_elu(x, c->slot[1].number);
    rg_node *below = rg_expm1(x);
    below = rg_mul(alpha, below);
    rg_node *above = rg_positive(x);
    return rg_where(above, x, below);
}

static rg_node *call_swish(const call *c)
{
    rg_node *x = c->slot[0].node, *beta = c->slot[1].node;
    if (!beta) return rg_swish(x, c->slot[1].number);
    rg_node *gate = rg_mul(beta, x);
    gate = rg_sigmoid(gate);
    return rg_mul(x, gate);
}

static rg_node *call_clamp(const call *c)
{
    rg_node *x = c->slot[0].node;
    if (!c->slot[1].node && !c->slot[2].node)
        return rg_clamp(x, c->slot[1].number, c->slot[2].number);
    rg_node *lo = slot_node(c, 1);
    rg_node *hi = slot_node(c, 2);
    x = rg_min(x, hi);
    return rg_max(x, lo);
}

static rg_node *call_huber(const call *c)
{
    rg_node *p = c->slot[0].node, *y = c->slot[1].node, *delta = c->slot[2].node;
    if (!delta) return rg_huber(p, y, c->slot[2].number);
    rg_node *d = rg_sub(p, y);
    rg_node *size = rg_abs(d);
    rg_node *inside = rg_square(d);
    inside = rg_scale(inside, 0.5);
    rg_node *half = rg_scale(delta, 0.5);
    rg_node *outside = rg_sub(size, half);
    outside = rg_mul(delta, outside);
    rg_node *near = rg_le(size, delta);
    d = rg_where(near, inside, outside);
    return rg_mean(d, RG_ALL_AXES);
}

/* ---- labels and indices -------------------------------------------------- */

/* x as i64, when every number in it is whole and in 0..below-1. */
static rg_node *as_indices(const call *c, rg_node *x, int64_t below, const char *what)
{
    size_t n = (size_t)rg_count_of(x);
    double *v = memory_new(n, sizeof *v);
    rg_node *out = NULL;
    if (rg_read(x, RG_F64, v, n) != RG_OK) {
        free(v);
        return x; /* the error is on the tape */
    }
    for (size_t i = 0; i < n && !out; i++)
        if (!(v[i] == floor(v[i])))
            out = rg_fail(c->tape, RG_INDEX, NULL, "%s %g (at place %zu) is not a whole number",
                          what, v[i], i);
        else if (v[i] < 0 || v[i] >= (double)below)
            out = rg_fail(c->tape, RG_INDEX, NULL, "%s %g (at place %zu) is not in 0..%lld", what,
                          v[i], i, (long long)below - 1);
    free(v);
    return out ? out : rg_cast(x, RG_I64);
}

static bool shapes_equal(rg_shape a, rg_shape b)
{
    return a.rank == b.rank && !memcmp(a.dim, b.dim, (size_t)a.rank * sizeof *a.dim);
}

static rg_node *call_cross_entropy(const call *c)
{
    rg_node *logits = c->slot[0].node, *labels = c->slot[1].node;
    rg_shape s = rg_shape_of(logits);
    if (s.rank == 0 || shapes_equal(s, rg_shape_of(labels)))
        return rg_cross_entropy(logits, labels);
    labels = as_indices(c, labels, s.dim[s.rank - 1], "label");
    if (s.rank == 1 && rg_count_of(labels) == 1) labels = rg_reshape(labels, rg_shape0());
    return rg_cross_entropy(logits, labels);
}

static rg_node *call_gather(const call *c)
{
    rg_node *x = c->slot[0].node;
    rg_shape s = rg_shape_of(x);
    int axis = slot_whole(c, 2), k = axis < 0 ? axis + s.rank : axis;
    if (k < 0 || k >= s.rank) return rg_gather(x, x, axis); /* says so */
    rg_node *index = as_indices(c, c->slot[1].node, s.dim[k], "index");
    return rg_gather(x, index, axis);
}

/* ---- shapes --------------------------------------------------------------- */

static rg_node *call_cumsum(const call *c)
{
    rg_node *x = c->slot[0].node;
    if (c->slot[1].given) return rg_cumsum(x, slot_whole(c, 1), false);
    x = rg_reshape(x, rg_shape1(rg_count_of(x)));
    return rg_cumsum(x, 0, false);
}

static rg_node *call_reshape(const call *c)
{
    rg_shape s = {c->wholes, {0}};
    if (c->wholes > RG_MAX_RANK)
        return rg_fail(c->tape, RG_SHAPE, NULL, "%d axes are more than %d", c->wholes, RG_MAX_RANK);
    for (int i = 0; i < c->wholes; i++) s.dim[i] = c->whole[i];
    return rg_reshape(c->slot[0].node, s);
}

static rg_node *call_concat(const call *c)
{
    return rg_concat(c->tensors, c->tensor, slot_whole(c, 1));
}
static rg_node *call_stack(const call *c)
{
    return rg_stack(c->tensors, c->tensor, slot_whole(c, 1));
}

/* ---- images ----------------------------------------------------------------- */

static rg_node *call_conv2d(const call *c)
{
    return rg_conv2d(c->slot[0].node, c->slot[1].node, slot_whole(c, 2), slot_whole(c, 3));
}

static rg_node *call_maxpool2d(const call *c)
{
    return rg_maxpool2d(c->slot[0].node, slot_whole(c, 1));
}

static rg_node *call_avgpool2d(const call *c)
{
    return rg_avgpool2d(c->slot[0].node, slot_whole(c, 1));
}

/* ---- two meanings: elementwise with two arguments, a reduction with one ------ */

static rg_node *call_max(const call *c)
{
    rg_node *x = c->slot[0].node, *b = c->slot[1].node;
    return b ? rg_max(x, b) : rg_amax(x, slot_whole(c, 2));
}

static rg_node *call_min(const call *c)
{
    rg_node *x = c->slot[0].node, *b = c->slot[1].node;
    return b ? rg_min(x, b) : rg_amin(x, slot_whole(c, 2));
}

/* ---- the rest ---------------------------------------------------------------- */

static rg_node *call_where(const call *c)
{
    return rg_where(c->slot[0].node, c->slot[1].node, c->slot[2].node);
}

static rg_node *call_batchnorm(const call *c)
{
    return rg_batchnorm(c->slot[0].node, c->slot[1].node, c->slot[2].node, c->slot[3].number);
}

static rg_node *call_layernorm(const call *c)
{
    return rg_layernorm(c->slot[0].node, c->slot[1].node, c->slot[2].node, c->slot[3].number);
}

static rg_node *call_dropout(const call *c)
{
    return rg_dropout(c->slot[0].node, c->slot[1].number);
}

/* ---- the table ----------------------------------------------------------------- */

/* clang-format off */
#define ONE(name, f)         {name, {"x"}, "t", 1, {0}, .one = f}
#define TWO(name, a, b, f)   {name, {a, b}, "tt", 2, {0}, .two = f}
#define ALONG(name, axis, f) {name, {"x", "axis"}, "ti", 1, {0, axis}, .along = f}

const function functions[] = {
    ONE("abs", rg_abs),
    ONE("acos", rg_acos),
    ALONG("amax", RG_ALL_AXES, rg_amax),
    ALONG("amin", RG_ALL_AXES, rg_amin),
    ONE("arccos", rg_acos), /* NumPy's names for these three */
    ONE("arcsin", rg_asin),
    ONE("arctan", rg_atan),
    ONE("asin", rg_asin),
    ONE("atan", rg_atan),
    {"avgpool2d", {"x", "k"}, "ti", 2, .build = call_avgpool2d},
    {"batchnorm", {"x", "gamma", "beta", "eps"}, "tttc", 3, .standard = {[3] = 1e-5}, .build = call_batchnorm},
    TWO("bce", "p", "y", rg_bce),
    TWO("bce_with_logits", "z", "y", rg_bce_with_logits),
    ONE("ceil", rg_ceil),
    {"clamp", {"x", "lo", "hi"}, "tnn", 3, .build = call_clamp},
    {"concat", {"a", "axis"}, "Tk", 1, .build = call_concat},
    {"conv2d", {"x", "w", "stride", "pad"}, "ttii", 2, .standard = {[2] = 1}, .build = call_conv2d},
    ONE("cos", rg_cos),
    ONE("cosh", rg_cosh),
    {"cross_entropy", {"logits", "labels"}, "tt", 2, .build = call_cross_entropy},
    {"cumsum", {"x", "axis"}, "ti", 1, .standard = {[1] = RG_ALL_AXES}, .build = call_cumsum},
    ONE("det", rg_det),
    ONE("diag", rg_diag),
    TWO("dot", "a", "b", rg_dot),
    {"dropout", {"x", "keep"}, "tc", 2, .build = call_dropout},
    {"elu", {"x", "alpha"}, "tn", 1, .standard = {[1] = 1}, .build = call_elu},
    ONE("erf", rg_erf),
    ONE("erfc", rg_erfc),
    ONE("exp", rg_exp),
    ONE("expm1", rg_expm1),
    ONE("floor", rg_floor),
    {"gather", {"x", "index", "axis"}, "tti", 2, .build = call_gather},
    ONE("gelu", rg_gelu),
    {"huber", {"p", "y", "delta"}, "ttn", 2, .standard = {[2] = 1}, .build = call_huber},
    ONE("inv", rg_inv),
    ONE("inverse", rg_inverse),
    {"layernorm", {"x", "gamma", "beta", "eps"}, "tttc", 3, .standard = {[3] = 1e-5}, .build = call_layernorm},
    {"leaky_relu", {"x", "slope"}, "tn", 1, .standard = {[1] = 0.01}, .build = call_leaky_relu},
    ONE("log", rg_log),
    ONE("log1p", rg_log1p),
    ALONG("log_softmax", -1, rg_log_softmax),
    ONE("logdet", rg_logdet),
    ALONG("logsumexp", RG_ALL_AXES, rg_logsumexp),
    TWO("mae", "p", "y", rg_mae),
    {"max", {"x", "b", "axis"}, "ttk", 1, .standard = {[2] = RG_ALL_AXES}, .build = call_max},
    {"maxpool2d", {"x", "k"}, "ti", 2, .build = call_maxpool2d},
    ALONG("mean", RG_ALL_AXES, rg_mean),
    {"min", {"x", "b", "axis"}, "ttk", 1, .standard = {[2] = RG_ALL_AXES}, .build = call_min},
    TWO("mse", "p", "y", rg_mse),
    ALONG("norm", RG_ALL_AXES, rg_norm),
    TWO("outer", "a", "b", rg_outer),
    TWO("prelu", "x", "a", rg_prelu),
    ALONG("prod", RG_ALL_AXES, rg_prod),
    ONE("relu", rg_relu),
    {"reshape", {"x", "d"}, "tW", 1, .build = call_reshape},
    ONE("round", rg_round),
    ONE("sigmoid", rg_sigmoid),
    ONE("sign", rg_sign),
    ONE("sin", rg_sin),
    ONE("sinh", rg_sinh),
    ALONG("softmax", -1, rg_softmax),
    ONE("softplus", rg_softplus),
    TWO("solve", "A", "b", rg_solve),
    ONE("sqrt", rg_sqrt),
    ONE("square", rg_square),
    {"stack", {"a", "axis"}, "Tk", 1, .build = call_stack},
    ALONG("std", RG_ALL_AXES, rg_std),
    ALONG("sum", RG_ALL_AXES, rg_sum),
    {"swish", {"x", "beta"}, "tn", 1, .standard = {[1] = 1}, .build = call_swish},
    ONE("tan", rg_tan),
    ONE("tanh", rg_tanh),
    ONE("trace", rg_trace),
    ONE("transpose", rg_transpose),
    ALONG("var", RG_ALL_AXES, rg_var),
    {"where", {"c", "a", "b"}, "ttt", 3, .build = call_where},
    {0},
};
/* clang-format on */

int function_find(const char *name, size_t len)
{
    for (int i = 0; functions[i].name; i++)
        if (strlen(functions[i].name) == len && !memcmp(functions[i].name, name, len)) return i;
    return -1;
}

rg_node *function_call(const function *f, const call *c)
{
    if (f->one) return f->one(c->slot[0].node);
    if (f->two) return f->two(c->slot[0].node, c->slot[1].node);
    if (f->along) return f->along(c->slot[0].node, slot_whole(c, 1));
    return f->build(c);
}

static size_t param_text(const function *f, int k, char *buf, size_t room)
{
    const char *comma = k ? ", " : "", *name = f->param[k];
    if (f->kinds[k] == PARAM_TENSORS || f->kinds[k] == PARAM_WHOLES)
        return (size_t)snprintf(buf, room, "%s%s0, %s1, ...", comma, name, name);
    if (k < f->least) return (size_t)snprintf(buf, room, "%s%s", comma, name);
    if (f->standard[k] == RG_ALL_AXES || f->kinds[k] == PARAM_TENSOR)
        return (size_t)snprintf(buf, room, "[%s%s]", comma, name);
    return (size_t)snprintf(buf, room, "%s%s=%g", comma, name, f->standard[k]);
}

const char *function_text(const function *f, char buf[FUNCTION_TEXT])
{
    size_t n = (size_t)snprintf(buf, FUNCTION_TEXT, "%s(", f->name);
    for (int k = 0; f->kinds[k]; k++) n += param_text(f, k, buf + n, FUNCTION_TEXT - n);
    snprintf(buf + n, FUNCTION_TEXT - n, ")");
    return buf;
}
