/* reduce.c - sum, largest, smallest along any axes, and argmax. The mean and its
 * kin are made of them in stats.c. */
#define RG_NO_HERE
#include "axes.h"
#include "clones.h"
#include "fold.h"
#include "ops.h"
#include <string.h>

typedef enum fold { FOLD_SUM, FOLD_MAX, FOLD_MIN } fold;

typedef struct group { /* the last run of reduced axes of a dense array */
    int64_t outer, len, inner;
    int begin, end; /* its axes, end excluded */
} group;

/* Columns of a strip; rows that are added up before their sum joins the others. */
enum { STRIP = 512, ROWS = 64 };

#define T       float
#define K(name) name##_f32
#include "reduce.inc"
#define T       double
#define K(name) name##_f64
#include "reduce.inc"

/* ---- shape: attributes mask of axes from the end, and mask of those kept as size 1 ---- */

static rg_status reduce_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    unsigned mask = (unsigned)m->attr->i[0], keep = (unsigned)m->attr->i[1];
    m->shape.rank = 0;
    for (int i = 0; i < x->rank; i++) {
        unsigned bit = 1u << (x->rank - 1 - i);
        if (!(mask & bit))
            m->shape.dim[m->shape.rank++] = x->dim[i];
        else if (keep & bit)
            m->shape.dim[m->shape.rank++] = 1;
    }
    return RG_OK;
}

static rg_status extreme_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    char text[RG_TEXT];
    for (int e = 0; e < x->rank; e++)
        if ((m->attr->i[0] >> e & 1) && rg_dim_from_end(m->in[0], e) == 0)
            return rg_refuse(m->tape, RG_SHAPE, m->op, "%s: nothing to choose from in %s",
                             m->op->name, rg_node_text(m->in[0], text));
    return reduce_shape(m);
}

/* Sums of the last axis alone are a row's own business. */
static bool reduces_rows(const rg_attr *a) { return a->i[0] == 1; }

/* ---- run: one group of neighbouring axes after the other, the last one first ----- */

static bool last_group(const rg_tensor *w, unsigned *mask, group *g)
{
    *g = (group){1, 1, 1, w->rank, 0};
    while (g->begin && !(*mask >> (w->rank - g->begin) & 1)) g->inner *= w->dim[--g->begin];
    if (!g->begin) return false;
    g->end = g->begin;
    while (g->begin && (*mask >> (w->rank - g->begin) & 1)) {
        *mask &= ~(1u << (w->rank - g->begin));
        g->len *= w->dim[--g->begin];
    }
    for (int i = 0; i < g->begin; i++) g->outer *= w->dim[i];
    return true;
}

#ifdef RG_HOSTILE
enum { PIECE = 7 };
#else
enum { PIECE = 1 << 16 }; /* numbers that are worth handing out */
#endif

typedef struct reduction {
    fold how;
    rg_dtype dtype;
    const group *g;
    const void *from;
    void *to;
    int64_t strips, each; /* strips of columns in a row, and of all rows in a piece */
} reduction;

static void reduce_piece(void *arg, int i)
{
    const reduction *r = arg;
    int64_t at = i * r->each, last = r->g->outer * r->strips,
            end = at + r->each < last ? at + r->each : last;
    for (; at < end; at++) {
        int64_t o = at / r->strips, column = at % r->strips * STRIP, left = r->g->inner - column;
        int64_t n = left < STRIP ? left : STRIP;
        if (r->dtype == RG_F32)
            reduce_f32(r->how, r->g, r->from, o, column, n, r->to);
        else
            reduce_f64(r->how, r->g, r->from, o, column, n, r->to);
    }
}

/* A sum so long that its tree is worth cutting: the bits are those of the whole tree. */
enum { LONG = 1 << 18 };

typedef struct long_sum {
    rg_dtype dtype;
    const void *x;
    int64_t n;
    double quarter[4]; /* an f32 fits */
} long_sum;

static void quarter_of(void *arg, int i)
{
    long_sum *s = arg;
    s->quarter[i] = s->dtype == RG_F32 ? (double)sum_quarter_f32(s->x, s->n, i)
                                       : sum_quarter_f64(s->x, s->n, i);
}

static void sum_long(rg_tape *t, rg_dtype d, const void *x, int64_t n, void *to)
{
    long_sum s = {.dtype = d, .x = x, .n = n};
    const double *q = s.quarter;
    rg_parallel(t, 4, quarter_of, &s);
    if (d == RG_F32)
        *(float *)to = ((float)q[0] + (float)q[1]) + ((float)q[2] + (float)q[3]);
    else
        *(double *)to = (q[0] + q[1]) + (q[2] + q[3]);
}

static void reduce_group(rg_tape *t, fold how, rg_dtype d, const void *from, const group *g,
                         void *to)
{
    int64_t strips = (g->inner + STRIP - 1) / STRIP, all = g->outer * strips;
    int64_t work = (g->inner < STRIP ? g->inner : STRIP) * g->len; /* in one strip */
    if (how == FOLD_SUM && all == 1 && g->inner == 1 && g->len >= LONG) {
        sum_long(t, d, from, g->len, to);
        return;
    }
    reduction r = {how, d, g, from, to, strips, work < PIECE ? PIECE / (work ? work : 1) : 1};
    int64_t pieces = (all + r.each - 1) / r.each;
    if (pieces > 1)
        rg_parallel(t, (int)pieces, reduce_piece, &r);
    else if (pieces)
        reduce_piece(&r, 0);
}

/* After a group is done its axes have size 1, and the array is dense again. */
static void collapse(rg_tensor *w, const group *g)
{
    for (int i = g->begin; i < g->end; i++) w->dim[i] = 1;
}

static rg_status reduce_dense(fold how, const rg_call *c, rg_tensor w)
{
    unsigned mask = (unsigned)c->attr->i[0];
    group g, next;
    size_t size = rg_dtype_size(w.dtype), held = 0;
    void *last = NULL;
    bool more = last_group(&w, &mask, &g);
    if (!more) memcpy(c->out.data, w.data, (size_t)rg_count(&w) * size);
    while (more) {
        collapse(&w, &g);
        more = last_group(&w, &mask, &next);
        size_t bytes = (size_t)rg_count(&w) * size;
        void *to = more ? rg_scratch(c->tape, bytes) : c->out.data;
        if (to) reduce_group(c->tape, how, w.dtype, w.data, &g, to);
        if (last) rg_scratch_free(c->tape, last, held);
        if (!to) return RG_NOMEM;
        last = w.data = to;
        held = bytes;
        g = next;
    }
    return RG_OK;
}

static rg_status reduce_run(fold how, const rg_call *c)
{
    void *tmp;
    rg_tensor w = c->in[0];
    w.data = (void *)(uintptr_t)rg_dense_in(c, 0, &tmp);
    if (!w.data) return RG_NOMEM;
    rg_status s = reduce_dense(how, c, w);
    rg_dense_done(c, 0, tmp);
    return s;
}

static rg_status sum_run(const rg_call *c) { return reduce_run(FOLD_SUM, c); }
static rg_status amax_run(const rg_call *c) { return reduce_run(FOLD_MAX, c); }
static rg_status amin_run(const rg_call *c) { return reduce_run(FOLD_MIN, c); }

/* ---- rules ----------------------------------------------------------------------- */

/* v, which has the shape of a result y, laid against the input of y. */
static rg_node *against_input(const rg_node *y, rg_node *v)
{
    const rg_node *x = rg_in(y, 0);
    int64_t dim[RG_MAX_RANK];
    for (int e = 0; e < x->layout->rank; e++) dim[e] = rg_dim_from_end(x, e);
    return rg_expand(v, (unsigned)(y->attr->i[0] & ~y->attr->i[1]), x->layout->rank, dim);
}

static void sum_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = against_input(y, g);
}

static void extreme_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (!wanted[0]) return;
    rg_node *won = rg_eq(rg_in(y, 0), against_input(y, y));
    rg_node *winners = rg_sum_axes(won, (unsigned)y->attr->i[0], (unsigned)y->attr->i[1]);
    rg_node *share = rg_zdiv(g, winners);
    out[0] = rg_pass(against_input(y, share), won);
}

static rg_node *reduce_with(const rg_op *op, rg_node *x, unsigned mask, unsigned keep)
{
    rg_attr a = {.i = {mask, keep}};
    return rg_apply(op, 1, &x, &a);
}

extern const rg_op rg_op_sum, rg_op_amax, rg_op_amin, rg_op_argmax;
static rg_node *sum_build(rg_node *const *in) { return reduce_with(&rg_op_sum, in[0], 2, 0); }
static rg_node *amax_build(rg_node *const *in) { return reduce_with(&rg_op_amax, in[0], 1, 0); }
static rg_node *amin_build(rg_node *const *in) { return reduce_with(&rg_op_amin, in[0], 1, 0); }

const rg_op rg_op_sum = {.abi = RG_OP_ABI,
                         .name = "sum",
                         .formula = "sum({a})",
                         .section = "6.3",
                         .kind = RG_WHOLE,
                         .nin = 1,
                         .shape = reduce_shape,
                         .by_rows = reduces_rows,
                         .run = {sum_run, sum_run},
                         .vjp = sum_vjp,
                         .build = sum_build,
                         .example = "3x4;2x3x4;4x0",
                         .wire = {{"1", "every entry gets the upstream", {-2, 2, 0, 0}}}};

const rg_op rg_op_amax = {.abi = RG_OP_ABI,
                          .name = "amax",
                          .formula = "largest of {a}",
                          .section = "6.3",
                          .kind = RG_WHOLE,
                          .nin = 1,
                          .shape = extreme_shape,
                          .by_rows = reduces_rows,
                          .run = {amax_run, amax_run},
                          .vjp = extreme_vjp,
                          .build = amax_build,
                          .example = "3x4;2x3x4;0x3",
                          .wire = {{"1 at the largest",
                                    "upstream to the largest entry; winners share equally",
                                    {-2, 2, 0, 0}}}};

const rg_op rg_op_amin = {.abi = RG_OP_ABI,
                          .name = "amin",
                          .formula = "smallest of {a}",
                          .section = "6.3",
                          .kind = RG_WHOLE,
                          .nin = 1,
                          .shape = extreme_shape,
                          .by_rows = reduces_rows,
                          .run = {amin_run, amin_run},
                          .vjp = extreme_vjp,
                          .build = amin_build,
                          .example = "3x4;2x3x4;0x3",
                          .wire = {{"1 at the smallest",
                                    "upstream to the smallest entry; winners share equally",
                                    {-2, 2, 0, 0}}}};

rg_node *rg_sum_axes(rg_node *x, unsigned mask, unsigned keep)
{
    return reduce_with(&rg_op_sum, x, mask, keep);
}

static rg_node *reduce_along(const rg_op *op, rg_node *x, int axis, bool keep)
{
    if (rg_is_bad(x)) return rg_apply(op, 1, &x, NULL);
    unsigned mask = (1u << x->layout->rank) - 1;
    if (axis != RG_ALL_AXES) {
        int e = rg_axis_from_end(x, op, NULL, axis, 0);
        if (e < 0) return rg_axis_refused(x);
        mask = 1u << e;
    }
    return reduce_with(op, x, mask, keep ? mask : 0);
}

rg_node *rg_sum(rg_node *x, int axis) { return reduce_along(&rg_op_sum, x, axis, false); }
rg_node *rg_sum_keep(rg_node *x, int axis) { return reduce_along(&rg_op_sum, x, axis, true); }
rg_node *rg_amax(rg_node *x, int axis) { return reduce_along(&rg_op_amax, x, axis, false); }
rg_node *rg_amin(rg_node *x, int axis) { return reduce_along(&rg_op_amin, x, axis, false); }

/* ---- argmax ---------------------------------------------------------------------- */

static rg_status argmax_shape(rg_making *m)
{
    rg_status s = extreme_shape(m);
    m->dtype = RG_I64;
    return s;
}

static rg_status argmax_run(const rg_call *c)
{
    void *tmp;
    const char *x = rg_dense_in(c, 0, &tmp);
    if (!x) return RG_NOMEM;
    unsigned mask = (unsigned)c->attr->i[0];
    group g = {1, rg_count(&c->in[0]), 1, 0, 0}; /* no axes: a single number */
    if (mask) last_group(&c->in[0], &mask, &g);
    int64_t *out = c->out.data, size = (int64_t)rg_dtype_size(c->in[0].dtype);
    for (int64_t o = 0; o < g.outer; o++)
        for (int64_t i = 0; i < g.inner; i++) {
            const void *run = x + (o * g.len * g.inner + i) * size;
            *out++ = c->in[0].dtype == RG_F32 ? argmax_run_f32(run, g.len, g.inner)
                                              : argmax_run_f64(run, g.len, g.inner);
        }
    rg_dense_done(c, 0, tmp);
    return RG_OK;
}

const rg_op rg_op_argmax = {.abi = RG_OP_ABI,
                            .name = "argmax",
                            .formula = "place of the largest of {a}",
                            .section = "4.1",
                            .kind = RG_WHOLE,
                            .nin = 1,
                            .shape = argmax_shape,
                            .by_rows = reduces_rows,
                            .run = {argmax_run, argmax_run},
                            .wire = {{NULL, "an index: nothing flows", {-2, 2, 0, 0}}}};

rg_node *rg_argmax(rg_node *x, int axis) { return reduce_along(&rg_op_argmax, x, axis, false); }
