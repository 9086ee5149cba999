/* layers.c - layers without a state of their own: each is a few ops. */
#define RG_NO_HERE
#include "layers.h"
#include "ops.h"
#include <math.h>
#include <string.h>

static const double norm_eps = 1e-5, norm_share = 0.1;

rg_node *rg_linear(rg_node *x, rg_node *w, rg_node *b)
{
    rg_node *y = rg_matmul(x, w);
    return b ? rg_add(y, b) : y;
}

/* ---- activations ----------------------------------------------------------------- */

const rg_activation_row rg_activation_rows[] = {
    {"relu", rg_relu, NULL, 0, true},
    {"tanh", rg_tanh, NULL, 0, false},
    {"sigmoid", rg_sigmoid, NULL, 0, false},
    {"leaky_relu", NULL, rg_leaky_relu, 0.01, true},
    {"elu", NULL, rg_elu, 1, true},
    {"softplus", rg_softplus, NULL, 0, true},
    {"swish", NULL, rg_swish, 1, true},
    {"gelu", rg_gelu, NULL, 0, true},
    {NULL, NULL, NULL, 0, false},
};

const rg_activation_row *rg_activation_find(const char *name, size_t length)
{
    for (const rg_activation_row *a = rg_activation_rows; a->name; a++)
        if (strlen(a->name) == length && !memcmp(a->name, name, length)) return a;
    return NULL;
}

rg_node *rg_activation(rg_node *x, const char *name, double number)
{
    const rg_activation_row *a = name ? rg_activation_find(name, strlen(name)) : NULL;
    if (!a)
        return rg_fail(rg_tape_of(x), RG_USAGE, NULL, "no activation is called '%s'",
                       name ? name : "");
    return a->plain ? a->plain(x) : a->with(x, isnan(number) ? a->usual : number);
}

rg_node *rg_swish_by(rg_node *x, rg_node *beta)
{
    rg_node *gate = rg_sigmoid(rg_mul(x, beta));
    return rg_mul(x, gate);
}

/* The last axis (n) cut into (n/size, size); the error node when it cannot be. */
static rg_node *cut_last(rg_node *x, int64_t size, const char *what)
{
    rg_shape s = rg_shape_of(x);
    int64_t n = s.rank ? s.dim[s.rank - 1] : 0;
    if (rg_error_of(rg_tape_of(x))->status) return x;
    if (size < 1 || n < 1 || n % size || s.rank == RG_MAX_RANK)
        return rg_fail(rg_tape_of(x), RG_SHAPE, NULL, "%s: %lld units cannot be cut into %lld each",
                       what, (long long)n, (long long)size);
    s.dim[s.rank - 1] = n / size;
    s.dim[s.rank++] = size;
    return rg_reshape(x, s);
}

rg_node *rg_maxout(rg_node *x, int64_t k) { return rg_amax(cut_last(x, k, "maxout"), -1); }

/* ---- dropout ----------------------------------------------------------------------- */

rg_node *rg_drop(rg_node *x, double keep, rg_mode mode)
{
    rg_tape *t = rg_tape_of(x);
    if (!(keep > 0 && keep <= 1))
        return rg_fail(t, RG_USAGE, NULL, "dropout: keep must be above 0 and at most 1, not %g",
                       keep);
    if (mode == RG_MODE_PREDICT) return rg_scale(x, keep);
    return rg_mul(x, rg_bernoulli(t, rg_dtype_of(x), rg_shape_of(x), keep));
}

/* ---- batch normalisation ----------------------------------------------------------- */

/* (x - mean)/sqrt(var + eps) gamma + beta, with x - mean at hand. */
static rg_node *normalise_centred(rg_node *centred, rg_node *var, rg_node *gamma, rg_node *beta)
{
    rg_node *deviation = rg_sqrt(rg_offset(var, norm_eps));
    rg_node *unit = rg_div(centred, deviation);
    rg_node *scaled = rg_mul(unit, gamma);
    return rg_add(scaled, beta);
}

/* At the tick: running <- running + share (now - running). */
static rg_node *follow(rg_node *running, rg_node *now)
{
    rg_node *step = rg_scale(rg_sub(now, running), norm_share);
    return rg_assign(running, rg_add(running, step));
}

rg_node *rg_norm_by(rg_node *x, rg_node *mean, rg_node *var, rg_node *gamma, rg_node *beta)
{
    return normalise_centred(rg_sub(x, mean), var, gamma, beta);
}

rg_node *rg_norm_batch(rg_node *x, rg_node *gamma, rg_node *beta, rg_node *running_mean,
                       rg_node *running_var)
{
    rg_node *mean = rg_name(rg_mean(x, 0), "batch mean");
    rg_node *centred = rg_sub(x, mean);
    rg_node *var = rg_name(rg_mean(rg_square(centred), 0), "batch variance");
    rg_node *y = normalise_centred(centred, var, gamma, beta);
    if (running_mean) follow(running_mean, mean);
    if (running_var) follow(running_var, var);
    return y;
}

/* ---- group normalisation ----------------------------------------------------------- */

rg_node *rg_norm_group(rg_node *x, int64_t groups, rg_node *gamma, rg_node *beta)
{
    rg_shape s = rg_shape_of(x);
    int64_t n = s.rank ? s.dim[s.rank - 1] : 0;
    if (groups < 1 || n % groups)
        return rg_fail(rg_tape_of(x), RG_SHAPE, NULL,
                       "group normalisation: %lld groups do not divide %lld units",
                       (long long)groups, (long long)n);
    rg_node *cut = cut_last(x, n / groups, "group normalisation");
    rg_node *centred = rg_sub(cut, rg_mean_keep(cut, -1));
    rg_node *var = rg_mean_keep(rg_square(centred), -1);
    rg_node *unit = rg_div(centred, rg_sqrt(rg_offset(var, norm_eps)));
    rg_node *scaled = rg_mul(rg_reshape(unit, s), gamma);
    return rg_add(scaled, beta);
}

/* ---- score -------------------------------------------------------------------------- */

rg_node *rg_correct(rg_node *logits, rg_node *labels)
{
    rg_node *hit = rg_eq(rg_argmax(logits, -1), labels);
    return rg_sum(rg_cast(hit, RG_F64), RG_ALL_AXES);
}
