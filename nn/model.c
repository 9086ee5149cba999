/* model.c - the leaves of a network, and the function that records rows over them. */
#define RG_NO_HERE
#include "layers.h"
#include "ops.h"
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

static void set_to_one(rg_node *x)
{
    rg_tape *t = rg_tape_of(x);
    size_t n = (size_t)rg_count_of(x), bytes = n * sizeof(double);
    double *ones = rg_error_of(t)->status ? NULL : rg_scratch(t, bytes);
    if (!ones) return;
    for (size_t i = 0; i < n; i++) ones[i] = 1;
    rg_write(x, RG_F64, ones, n);
    rg_scratch_free(t, ones, bytes);
}

/* He before an activation that lets half pass, be it behind a normalisation or
 * dropout; Glorot elsewhere. */
static rg_init init_for(const rg_spec *s, int layer)
{
    for (int i = layer + 1; i < s->layers && s->layer[i].kind != RG_LINEAR; i++) {
        const char *name = s->layer[i].name;
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

static void add_batchnorm(rg_model *m, int i, int64_t width, rg_dtype dtype)
{
    rg_shape s = rg_shape1(width);
    set_to_one(add_param(m, dtype, s, i, "weight"));
    add_param(m, dtype, s, i, "bias");
    add_buffer(m, dtype, s, i, "running_mean");
    set_to_one(add_buffer(m, dtype, s, i, "running_var"));
}

rg_status rg_model_init(rg_model *m, rg_tape *t, const rg_spec *spec, int64_t inputs,
                        rg_dtype dtype, uint64_t seed)
{
    *m = (rg_model){.tape = t, .spec = *spec, .inputs = inputs};
    int64_t width = inputs;
    if (inputs < 1)
        rg_fail(t, RG_SHAPE, NULL, "a model of %lld inputs: at least 1 is needed",
                (long long)inputs);
    for (int i = 0; i < spec->layers && !rg_error_of(t)->status; i++) {
        if (spec->layer[i].kind == RG_BATCHNORM) add_batchnorm(m, i, width, dtype);
        if (spec->layer[i].kind != RG_LINEAR) continue;
        add_linear(m, i, width, dtype, seed);
        width = spec->layer[i].width;
    }
    return rg_error_of(t)->status;
}

int64_t rg_model_size(const rg_model *m)
{
    int64_t n = 0;
    for (int i = 0; i < m->params; i++) n += rg_count_of(m->param[i]);
    return n;
}

/* ---- the function --------------------------------------------------------------------- */

/* Where the walk over the layers is: the next leaves to use. */
typedef struct place {
    rg_node *const *param, *const *buffer;
    rg_mode mode;
} place;

static rg_node *apply_batchnorm(place *p, rg_node *x)
{
    rg_node *gamma = p->param[0], *beta = p->param[1], *mean = p->buffer[0], *var = p->buffer[1];
    p->param += 2;
    p->buffer += 2;
    return p->mode == RG_MODE_TRAIN ? rg_norm_batch(x, gamma, beta, mean, var)
                                    : rg_norm_by(x, mean, var, gamma, beta);
}

static rg_node *apply_layer(place *p, const rg_layer *l, rg_node *x)
{
    switch (l->kind) {
    case RG_LINEAR:
        p->param += 2;
        return rg_linear(x, p->param[-2], p->param[-1]);
    case RG_ACTIVATION:
        return rg_activation(x, l->name, l->number);
    case RG_DROPOUT:
        return p->mode == RG_MODE_TRAIN ? rg_dropout(x, l->number) : x;
    default:
        return apply_batchnorm(p, x);
    }
}

rg_node *rg_model_apply(rg_model *m, rg_node *x, rg_mode mode)
{
    place p = {m->param, m->buffer, mode};
    for (int i = 0; i < m->spec.layers; i++) {
        char scope[32];
        snprintf(scope, sizeof scope, "%d %s", i, m->spec.layer[i].name);
        rg_scope_begin(m->tape, scope);
        x = apply_layer(&p, &m->spec.layer[i], x);
        rg_scope_end(m->tape);
    }
    return x;
}
