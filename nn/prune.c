/* prune.c - a network without the hidden units that nothing listens to (notes 9.2). */
#define RG_NO_HERE
#include "layers.h"
#include "ops.h"
#include <math.h>
#include <string.h>

/* Which units stay, of the input and of every layer. */
typedef struct pruning {
    const rg_model *m;
    rg_model *small;
    double threshold;
    unsigned char *stays[RG_LAYERS + 1]; /* [0]: the input, [i + 1]: behind layer i */
    int64_t width[RG_LAYERS + 1];
    int first_param[RG_LAYERS], first_buffer[RG_LAYERS];
    void *block;
    size_t bytes;
} pruning;

static rg_status open_pruning(pruning *p)
{
    const rg_spec *s = &p->m->spec;
    int param = 0, buffer = 0;
    p->bytes = (size_t)(p->width[0] = p->m->inputs);
    for (int i = 0; i < s->layers; i++) {
        p->first_param[i] = param;
        p->first_buffer[i] = buffer;
        param += rg_parts_of(s->layer[i].kind).params;
        buffer += rg_parts_of(s->layer[i].kind).buffers;
        p->width[i + 1] = s->layer[i].kind == RG_LINEAR ? s->layer[i].width : p->width[i];
        p->bytes += (size_t)p->width[i + 1];
    }
    unsigned char *at = p->block = rg_scratch(p->m->tape, p->bytes);
    if (!at) return RG_NOMEM;
    memset(at, 1, p->bytes);
    for (int i = 0; i <= s->layers; at += p->width[i++]) p->stays[i] = at;
    return RG_OK;
}

static double entry(const rg_tensor *w, int64_t i, int64_t j)
{
    int64_t at = i * w->stride[0] + (w->rank > 1 ? j * w->stride[1] : 0);
    return w->dtype == RG_F32 ? (double)((const float *)w->data)[at]
                              : ((const double *)w->data)[at];
}

static bool is_heard(const pruning *p, int linear, int64_t unit)
{
    rg_tensor w = rg_peek(p->m->param[p->first_param[linear]]);
    for (int64_t j = 0; j < w.dim[1]; j++)
        if (p->stays[linear + 1][j] && !(fabs(entry(&w, unit, j)) <= p->threshold)) return true;
    return false;
}

/* The units between the linear layer `from` and the linear layer `to`. */
static void mark_units(pruning *p, int from, int to)
{
    int64_t left = 0;
    for (int i = from + 1; i < to; i++)
        if (p->m->spec.layer[i].kind == RG_LAYERNORM || p->m->spec.layer[i].kind == RG_GROUPNORM)
            return;
    for (int64_t u = 0; u < p->width[to]; u++) left += p->stays[to][u] = is_heard(p, to, u);
    if (!left) p->stays[to][0] = 1;
    for (int i = from; i < to - 1; i++) memcpy(p->stays[i + 1], p->stays[to], (size_t)p->width[to]);
}

/* From the output to the input, so that what a lost unit alone listened to is lost too. */
static void mark_layers(pruning *p)
{
    int to = -1;
    for (int i = p->m->spec.layers - 1; i >= 0; i--) {
        if (p->m->spec.layer[i].kind != RG_LINEAR) continue;
        if (to >= 0) mark_units(p, i, to);
        to = i;
    }
}

static int64_t staying(const pruning *p, int place)
{
    int64_t n = 0;
    for (int64_t u = 0; u < p->width[place]; u++) n += p->stays[place][u];
    return n;
}

static const unsigned char all_stay[1] = {1};

/* from to to, without the rows and columns that do not stay. */
static rg_status copy_leaf(rg_node *to, const rg_node *from, const unsigned char *rows,
                           const unsigned char *columns)
{
    rg_tape *t = rg_tape_of(to);
    size_t n = (size_t)rg_count_of(to), bytes = n * sizeof(double), at = 0;
    rg_tensor x = rg_peek(from);
    double *numbers = rg_scratch(t, bytes);
    if (!numbers) return RG_NOMEM;
    for (int64_t i = 0; i < x.dim[0]; i++)
        for (int64_t j = 0; rows[i] && j < (x.rank > 1 ? x.dim[1] : 1); j++)
            if (columns[j]) numbers[at++] = entry(&x, i, j);
    rg_status s = rg_write(to, RG_F64, numbers, n);
    rg_scratch_free(t, numbers, bytes);
    return s;
}

static rg_status copy_layer(pruning *p, int i)
{
    rg_layer_kind kind = p->m->spec.layer[i].kind;
    rg_layer_parts parts = rg_parts_of(kind);
    int param = p->first_param[i], buffer = p->first_buffer[i];
    bool single = kind == RG_PRELU || kind == RG_PSWISH;
    const unsigned char *units = single ? all_stay : p->stays[i + 1];
    rg_status s = RG_OK;
    for (int k = 0; k < parts.params && !s; k++) {
        bool matrix = kind == RG_LINEAR && k == 0;
        s = copy_leaf(p->small->param[param + k], p->m->param[param + k],
                      matrix ? p->stays[i] : units, matrix ? units : all_stay);
    }
    for (int k = 0; k < parts.buffers && !s; k++)
        s = copy_leaf(p->small->buffer[buffer + k], p->m->buffer[buffer + k], units, all_stay);
    return s;
}

rg_status rg_model_prune(rg_model *small, const rg_model *m, double threshold)
{
    pruning p = {.m = m, .small = small, .threshold = threshold};
    rg_status s = rg_error_of(m->tape)->status;
    for (int i = 0; i < m->spec.layers && !s; i++)
        if (m->spec.layer[i].kind == RG_MAXOUT)
            return rg_refuse(m->tape, RG_USAGE, NULL, "prune: layer %d is a maxout, whose neighbours belong together", i + 1);
    if (!s) s = open_pruning(&p);
    if (s) return s;
    mark_layers(&p);
    rg_spec spec = m->spec;
    for (int i = 0; i < spec.layers; i++)
        if (spec.layer[i].kind == RG_LINEAR) spec.layer[i].width = staying(&p, i + 1);
    s = rg_model_init(small, m->tape, &spec, m->inputs, rg_dtype_of(m->param[0]), 0);
    for (int i = 0; i < spec.layers && !s; i++) s = copy_layer(&p, i);
    rg_scratch_free(m->tape, p.block, p.bytes);
    return s;
}
