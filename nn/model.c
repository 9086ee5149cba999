/* model.c - the leaves of a network, and the function that records rows over them. */
#define RG_NO_HERE
#include "layers.h"
#include "ops.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- leaves ------------------------------------------------------------------------ */

static rg_node *new_leaf(rg_model *m, rg_dtype dtype, rg_shape shape, int layer, const char *what)
{
    char name[48];
    snprintf(name, sizeof name, "%d.%s", layer, what);
    return rg_name(rg_leaf(m->tape, dtype, shape), name);
}

static rg_node *add_param(rg_model *m, rg_dtype dtype, rg_shape shape, int layer, const char *what)
{
    return m->param[m->params++] = new_leaf(m, dtype, shape, layer, what);
}

static rg_node *add_buffer(rg_model *m, rg_dtype dtype, rg_shape shape, int layer, const char *what)
{
    return m->buffer[m->buffers++] = new_leaf(m, dtype, shape, layer, what);
}

static void set_to(rg_node *x, double v)
{
    rg_tape *t = rg_tape_of(x);
    size_t n = (size_t)rg_count_of(x), bytes = n * sizeof(double);
    double *all = rg_error_of(t)->status ? NULL : rg_scratch(t, bytes);
    if (!all) return;
    for (size_t i = 0; i < n; i++) all[i] = v;
    rg_write(x, RG_F64, all, n);
    rg_scratch_free(t, all, bytes);
}

/* He before an activation that lets half pass, be it behind a normalisation or
 * dropout; Glorot elsewhere. */
static rg_init init_for(const rg_spec *s, int layer)
{
    for (int i = layer + 1; i < s->layers && s->layer[i].kind != RG_LINEAR; i++) {
        const char *name = s->layer[i].name;
        if (s->layer[i].kind == RG_PRELU || s->layer[i].kind == RG_PSWISH) return rg_he(true);
        if (s->layer[i].kind == RG_ACTIVATION)
            return rg_activation_find(name, strlen(name))->halves ? rg_he(true) : rg_glorot(true);
    }
    return rg_glorot(true);
}

static void add_linear(rg_model *m, int i, int64_t width, rg_dtype dtype, uint64_t seed)
{
    int64_t out = m->spec.layer[i].width;
    rg_node *w = add_param(m, dtype, rg_shape2(width, out), i, "weight");
    add_param(m, dtype, rg_shape1(out), i, "bias");
    rg_init_draw(w, init_for(&m->spec, i), width, out, seed, (uint64_t)i);
}

static void add_norm(rg_model *m, int i, int64_t width, rg_dtype dtype)
{
    rg_shape s = rg_shape1(width);
    set_to(add_param(m, dtype, s, i, "weight"), 1);
    add_param(m, dtype, s, i, "bias");
    if (m->spec.layer[i].kind != RG_BATCHNORM) return;
    add_buffer(m, dtype, s, i, "running_mean");
    set_to(add_buffer(m, dtype, s, i, "running_var"), 1);
}

static double number_or(const rg_layer *l, double usual)
{
    return isnan(l->number) ? usual : l->number;
}

/* The leaves of layer i behind `width` units. Returns how many units it has itself. */
static int64_t add_layer(rg_model *m, int i, int64_t width, rg_dtype dtype, uint64_t seed)
{
    const rg_layer *l = &m->spec.layer[i];
    switch (l->kind) {
    case RG_LINEAR:
        add_linear(m, i, width, dtype, seed);
        return l->width;
    case RG_GROUPNORM:
        if (width % (int64_t)l->number)
            rg_fail(m->tape, RG_SHAPE, NULL, "layer %d: %g groups do not divide %lld units", i + 1,
                    l->number, (long long)width);
        add_norm(m, i, width, dtype);
        break;
    case RG_MAXOUT:
        if (width % (int64_t)l->number)
            rg_fail(m->tape, RG_SHAPE, NULL, "layer %d: maxout of %g does not divide %lld units", i + 1, l->number, (long long)width);
        return width / (int64_t)l->number;
    case RG_BATCHNORM:
    case RG_LAYERNORM:
        add_norm(m, i, width, dtype);
        break;
    case RG_PRELU:
        set_to(add_param(m, dtype, rg_shape1(1), i, "slope"), number_or(l, 0.25));
        break;
    case RG_PSWISH:
        set_to(add_param(m, dtype, rg_shape1(1), i, "beta"), number_or(l, 1));
        break;
    default:
        break;
    }
    return width;
}

rg_status rg_model_init(rg_model *m, rg_tape *t, const rg_spec *spec, int64_t inputs,
                        rg_dtype dtype, uint64_t seed)
{
    if (!m || !spec) return rg_refuse(t, RG_USAGE, NULL, "a model of nothing");
    *m = (rg_model){.tape = t, .spec = *spec, .inputs = inputs};
    int64_t width = inputs;
    if (inputs < 1)
        rg_fail(t, RG_SHAPE, NULL, "a model of %lld inputs: at least 1 is needed",
                (long long)inputs);
    for (int i = 0; i < spec->layers && !rg_error_of(t)->status; i++)
        width = add_layer(m, i, width, dtype, seed);
    return rg_error_of(t)->status;
}

int64_t rg_model_size(const rg_model *m)
{
    int64_t n = 0;
    for (int i = 0; i < m->params; i++) n += rg_count_of(m->param[i]);
    return n;
}

rg_layer_parts rg_parts_of(rg_layer_kind kind)
{
    switch (kind) {
    case RG_LINEAR:
    case RG_LAYERNORM:
    case RG_GROUPNORM:
        return (rg_layer_parts){2, 0};
    case RG_BATCHNORM:
        return (rg_layer_parts){2, 2};
    case RG_PRELU:
    case RG_PSWISH:
        return (rg_layer_parts){1, 0};
    default:
        return (rg_layer_parts){0, 0};
    }
}

int rg_model_tail(const rg_model *m, int layer, rg_node *const **param)
{
    int before = 0;
    for (int i = 0; i < layer && i < m->spec.layers; i++)
        before += rg_parts_of(m->spec.layer[i].kind).params;
    *param = m->param + before;
    return m->params - before;
}

/* ---- the function --------------------------------------------------------------------- */

/* Where the walk over the layers is: the next leaves to use. */
typedef struct place {
    rg_node *const *param, *const *buffer;
    rg_mode mode;
} place;

static rg_node *apply_batchnorm(const place *p, rg_node *x)
{
    rg_node *gamma = p->param[0], *beta = p->param[1], *mean = p->buffer[0], *var = p->buffer[1];
    return p->mode == RG_MODE_TRAIN ? rg_norm_batch(x, gamma, beta, mean, var)
                                    : rg_norm_by(x, mean, var, gamma, beta);
}

static rg_node *apply_layer(const place *p, const rg_layer *l, rg_node *x)
{
    switch (l->kind) {
    case RG_LINEAR:
        return rg_linear(x, p->param[0], p->param[1]);
    case RG_ACTIVATION:
        return rg_activation(x, l->name, l->number);
    case RG_DROPOUT:
        return p->mode == RG_MODE_TRAIN ? rg_dropout(x, l->number) : x;
    case RG_BATCHNORM:
        return apply_batchnorm(p, x);
    case RG_LAYERNORM:
        return rg_norm_group(x, 1, p->param[0], p->param[1]);
    case RG_GROUPNORM:
        return rg_norm_group(x, (int64_t)l->number, p->param[0], p->param[1]);
    case RG_MAXOUT:
        return rg_maxout(x, (int64_t)l->number);
    case RG_PRELU:
        return rg_prelu(x, p->param[0]);
    default:
        return rg_swish_by(x, p->param[0]);
    }
}

rg_node *rg_model_apply(rg_model *m, rg_node *x, rg_mode mode)
{
    if (!m) return rg_fail(rg_tape_of(x), RG_USAGE, NULL, "no model to apply");
    place p = {m->param, m->buffer, mode};
    for (int i = 0; i < m->spec.layers; i++) {
        char scope[32];
        snprintf(scope, sizeof scope, "%d %s", i, m->spec.layer[i].name);
        rg_scope_begin(m->tape, scope);
        x = apply_layer(&p, &m->spec.layer[i], x);
        rg_layer_parts parts = rg_parts_of(m->spec.layer[i].kind);
        p.param += parts.params;
        p.buffer += parts.buffers;
        rg_scope_end(m->tape);
    }
    return x;
}
