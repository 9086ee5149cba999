/* rows.c - ops that look at one row, the last axis, at a time: norm, logsumexp,
 * softmax, log_softmax. Any other axis is permuted to the end first. */
#define RG_NO_HERE
#include "axes.h"
#include "open.h"
#include "clones.h"
#include "fold.h"
#include "ops.h"
#include "rows.h"
#include "vmath.h"
#include <math.h>
#include <string.h>

enum { STRIP = 512 }; /* numbers of a row held at a time, on the stack */

#define T       float
#define M(f)    v_##f##_f32
#define K(name) name##_f32
#include "rows.inc"
#define T       double
#define M(f)    v_##f##_f64
#define K(name) name##_f64
#include "rows.inc"

/* ---- rows by the piece ----------------------------------------------------------- */

#ifdef RG_HOSTILE
enum { PIECE = 7 };
#else
enum { PIECE = 1 << 14 }; /* numbers that are worth handing out */
#endif

typedef struct rows {
    int64_t count, each; /* rows in all, and in a piece */
    rg_row_fn *fn;
    const void *arg;
} rows;

static void rows_of_piece(void *arg, int i)
{
    const rows *w = arg;
    int64_t r = i * w->each, end = r + w->each < w->count ? r + w->each : w->count;
    for (; r < end; r++) w->fn(w->arg, r);
}

void rg_each_row(rg_tape *t, int64_t count, int64_t n, rg_row_fn *fn, const void *arg)
{
    rows w = {count, n < PIECE ? PIECE / (n ? n : 1) : 1, fn, arg};
    int64_t pieces = (count + w.each - 1) / w.each;
    if (pieces > 1)
        rg_parallel(t, (int)pieces, rows_of_piece, &w);
    else if (pieces)
        rows_of_piece(&w, 0);
}

/* What happens to a row, in both dtypes, and the run function made of it: rows go
 * from dense numbers to dense numbers, one or n of them. */
typedef struct row_job {
    rg_dtype dtype;
    const char *x;
    char *y;
    int64_t n, step_x, step_y; /* numbers in a row, bytes from row to row */
} row_job;

static rg_status each_row(const rg_call *c, rg_row_fn *fn)
{
    void *tmp;
    const char *x = rg_dense_in(c, 0, &tmp);
    if (!x) return RG_NOMEM;
    int64_t n = c->in[0].dim[c->in[0].rank - 1], outs = rg_count(&c->out);
    int64_t each = c->out.rank == c->in[0].rank ? n : 1,
            size = (int64_t)rg_dtype_size(c->out.dtype);
    row_job job = {c->out.dtype, x, c->out.data, n, n * size, each * size};
    rg_each_row(c->tape, each ? outs / each : 0, n, fn, &job);
    rg_dense_done(c, 0, tmp);
    return RG_OK;
}

#define ROW(name)                                                                                  \
    static void name##_at(const void *arg, int64_t r)                                              \
    {                                                                                              \
        const row_job *j = arg;                                                                    \
        const void *x = j->x + r * j->step_x;                                                      \
        void *y = j->y + r * j->step_y;                                                            \
        if (j->dtype == RG_F32)                                                                    \
            name##_row_f32(x, j->n, y);                                                            \
        else                                                                                       \
            name##_row_f64(x, j->n, y);                                                            \
    }                                                                                              \
    static rg_status name##_run(const rg_call *c) { return each_row(c, name##_at); }
ROW(logsumexp)
ROW(softmax)
ROW(norm)
ROW(log_softmax)

void rg_nll_row(rg_dtype d, const void *x, int64_t n, int64_t label, void *y)
{
    if (d == RG_F32)
        nll_row_f32(x, n, label, y);
    else
        nll_row_f64(x, n, label, y);
}

void rg_nll_back_row(rg_dtype d, const void *x, int64_t n, int64_t label, const void *g, void *y)
{
    if (d == RG_F32)
        nll_back_row_f32(x, n, label, *(const float *)g, y);
    else
        nll_back_row_f64(x, n, label, *(const double *)g, y);
}

/* ---- shapes and rules ------------------------------------------------------------ */

static rg_status has_rows(rg_making *m)
{
    if (m->shape.rank > 0) return RG_OK;
    rg_fail(m->tape, RG_SHAPE, m->op, "%s: a single number has no axis", m->op->name);
    return RG_SHAPE;
}

static rg_status row_to_one(rg_making *m)
{
    rg_status s = has_rows(m);
    if (!s) m->shape.rank--;
    return s;
}

static void logsumexp_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0);
    if (!wanted[0]) return;
    rg_node *below = rg_sub(x, rg_along_rows(y, x));
    rg_node *p = rg_exp(below);
    out[0] = rg_zmul(rg_along_rows(g, x), p);
}

/* g x / |x|; the product first, so that 0/0 is met by zdiv and gives 0. */
static void norm_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *x = rg_in(y, 0);
    if (!wanted[0]) return;
    rg_node *scaled = rg_zmul(rg_along_rows(g, x), x);
    out[0] = rg_zdiv(scaled, rg_along_rows(y, x));
}

static void softmax_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (!wanted[0]) return;
    rg_node *gy = rg_zmul(g, y);
    rg_node *mean = rg_sum_axes(gy, 1, 1);
    out[0] = rg_sub(gy, rg_zmul(mean, y));
}

static void log_softmax_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (!wanted[0]) return;
    rg_node *total = rg_sum_axes(g, 1, 1);
    rg_node *p = rg_exp(y);
    out[0] = rg_sub(g, rg_zmul(total, p));
}

const rg_op rg_op_logsumexp = {
    .abi = RG_OP_ABI,
    .name = "logsumexp",
    .formula = "log sum exp {a}",
    .section = "4.5",
    .kind = RG_ROWS,
    .nin = 1,
    .shape = row_to_one,
    .run = {logsumexp_run, logsumexp_run},
    .vjp = logsumexp_vjp,
    .open = rg_open_logsumexp,
    .example = "3x4;4;0x3",
    .wire = {{"exp({a} - {y})",
              "upstream times each entry's share of the sum, the softmax",
              {-3, 3, 0, 0}}}};

const rg_op rg_op_norm = {
    .abi = RG_OP_ABI,
    .name = "norm",
    .formula = "|{a}|",
    .section = "3.8",
    .kind = RG_ROWS,
    .nin = 1,
    .shape = row_to_one,
    .run = {norm_run, norm_run},
    .vjp = norm_vjp,
    .open = rg_open_norm,
    .example = "3x4;4;0x3",
    .wire = {{"{a}/{y}", "upstream times the unit vector along the input; 0 at 0", {-2, 2, 0, 0}}}};

const rg_op rg_op_softmax = {.abi = RG_OP_ABI,
                             .name = "softmax",
                             .formula = "softmax({a})",
                             .section = "4.3",
                             .kind = RG_ROWS,
                             .nin = 1,
                             .shape = has_rows,
                             .run = {softmax_run, softmax_run},
                             .vjp = softmax_vjp,
                             .open = rg_open_softmax,
                             .example = "3x4;4;0x3",
                             .wire = {{"diag({y}) - {y} {y}^T",
                                       "output times what the upstream exceeds its average by",
                                       {-3, 3, 0, 0}}}};

const rg_op rg_op_log_softmax = {
    .abi = RG_OP_ABI,
    .name = "log_softmax",
    .formula = "log softmax({a})",
    .section = "4.4",
    .kind = RG_ROWS,
    .nin = 1,
    .shape = has_rows,
    .run = {log_softmax_run, log_softmax_run},
    .vjp = log_softmax_vjp,
    .open = rg_open_log_softmax,
    .example = "3x4;4;0x3",
    .wire = {{"I - 1 exp({y})^T", "upstream less its sum times the probabilities", {-3, 3, 0, 0}}}};

/* ---- any axis to the end, and back ----------------------------------------------- */

static rg_node *swap_axes(rg_node *x, int e)
{
    int axis[RG_MAX_RANK], rank = x->layout->rank;
    for (int i = 0; i < rank; i++) axis[i] = i;
    axis[rank - 1] = rank - 1 - e;
    axis[rank - 1 - e] = rank - 1;
    return rg_permute(x, axis);
}

/* x with the axis last, the others in order. */
static rg_node *axis_last(rg_node *x, int e)
{
    int axis[RG_MAX_RANK], rank = x->layout->rank, n = 0;
    for (int i = 0; i < rank; i++)
        if (i != rank - 1 - e) axis[n++] = i;
    axis[n] = rank - 1 - e;
    return rg_permute(x, axis);
}

static rg_node *row_to_number(const rg_op *op, rg_node *x, int axis)
{
    if (rg_is_bad(x)) return rg_apply(op, 1, &x, NULL);
    if (axis == RG_ALL_AXES) {
        rg_node *flat = rg_reshape(x, rg_shape1(x->layout->count));
        return rg_apply(op, 1, &flat, NULL);
    }
    int e = rg_axis_from_end(x, op, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    if (e) x = axis_last(x, e);
    return rg_apply(op, 1, &x, NULL);
}

static rg_node *row_to_row(const rg_op *op, rg_node *x, int axis)
{
    if (rg_is_bad(x)) return rg_apply(op, 1, &x, NULL);
    int e = rg_axis_from_end(x, op, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    if (e) x = swap_axes(x, e);
    rg_node *y = rg_apply(op, 1, &x, NULL);
    return e && !rg_is_bad(y) ? swap_axes(y, e) : y;
}

rg_node *rg_logsumexp(rg_node *x, int axis) { return row_to_number(&rg_op_logsumexp, x, axis); }
rg_node *rg_norm(rg_node *x, int axis) { return row_to_number(&rg_op_norm, x, axis); }
rg_node *rg_softmax(rg_node *x, int axis) { return row_to_row(&rg_op_softmax, x, axis); }
rg_node *rg_log_softmax(rg_node *x, int axis) { return row_to_row(&rg_op_log_softmax, x, axis); }
