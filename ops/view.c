/* view.c - other windows onto the same numbers: reshape, permute, slice,
 * diagonal. Nothing is computed; strides say where to look. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include <stdio.h>
#include <string.h>

/* ---- axes ------------------------------------------------------------------------ */

rg_node *rg_no_axis(rg_tape *t, const rg_op *op, const char *name, int axis, const char *what, int rank)
{
    if (rank < 1) return rg_fail(t, RG_INDEX, op, "%s: no axis %d %s: a single number has none", name, axis, what);
    if (rank == 1) return rg_fail(t, RG_INDEX, op, "%s: no axis %d %s: there is one, 0 or -1", name, axis, what);
    return rg_fail(t, RG_INDEX, op, "%s: no axis %d %s: there are %d, 0 to %d or %d to -1", name, axis, what, rank, rank - 1, -rank);
}

int rg_axis_from_end(const rg_node *x, const rg_op *op, const char *name, int axis, int extra)
{
    int rank = x->layout->rank + extra;
    if (axis >= -rank && axis < rank) return axis < 0 ? -1 - axis : rank - 1 - axis;
    char text[RG_TEXT], what[RG_TEXT + 20];
    snprintf(what, sizeof what, extra ? "in %s and one more" : "in %s", rg_node_text(x, text));
    rg_no_axis(rg_tape_of(x), op, name ? name : op->name, axis, what, rank);
    return -2;
}

rg_shape rg_shape_under(const rg_node *g, const rg_node *y, const rg_node *x)
{
    rg_shape s = {.rank = g->layout->rank - y->layout->rank};
    memcpy(s.dim, g->layout->dim, (size_t)s.rank * sizeof *s.dim);
    for (int i = 0; i < x->layout->rank && s.rank < RG_MAX_RANK; i++)
        s.dim[s.rank++] = x->layout->dim[i];
    return s;
}

const void *rg_dense_in(const rg_call *c, int k, void **tmp)
{
    *tmp = NULL;
    if (rg_is_dense(&c->in[k])) return c->in[k].data;
    int64_t n = rg_count(&c->in[k]);
    *tmp = rg_scratch(c->tape, (size_t)n * rg_dtype_size(c->in[k].dtype));
    if (*tmp) rg_pack(*tmp, &c->in[k], 0, n);
    return *tmp;
}

void rg_dense_done(const rg_call *c, int k, void *tmp)
{
    if (tmp)
        rg_scratch_free(c->tape, tmp, (size_t)rg_count(&c->in[k]) * rg_dtype_size(c->in[k].dtype));
}

/* The error node for a bad input: rg_apply knows what to say. */
static rg_node *refuse(const rg_op *op, rg_node *x) { return rg_apply(op, 1, &x, NULL); }

/* ---- reshape --------------------------------------------------------------------- */

/* Strides that show the axes from *i on of `from` as the axes from *j on of `to`;
 * both run on until their sizes agree. False: no window shows it. */
static bool match_axes(const rg_layout *from, int *i, const rg_shape *to, int *j, int64_t *stride)
{
    int i0 = *i, j0 = *j;
    int64_t a = from->dim[(*i)++], b = to->dim[(*j)++];
    while (a != b) {
        if (a < b && *i < from->rank)
            a *= from->dim[(*i)++];
        else if (*j < to->rank)
            b *= to->dim[(*j)++];
        else
            return false;
    }
    for (int k = i0; k + 1 < *i; k++)
        if (from->stride[k] != from->dim[k + 1] * from->stride[k + 1]) return false;
    int64_t step = from->stride[*i - 1];
    for (int k = *j; k-- > j0;) {
        stride[k] = step;
        step *= to->dim[k];
    }
    return true;
}

static bool window_as(const rg_layout *from, const rg_shape *to, int64_t *stride)
{
    rg_layout full; /* without axes of one element, which any stride fits */
    memset(&full, 0, sizeof full);
    for (int i = 0; i < from->rank; i++) {
        if (from->dim[i] == 1) continue;
        full.dim[full.rank] = from->dim[i];
        full.stride[full.rank++] = from->stride[i];
    }
    int i = 0, j = 0;
    while (j < to->rank) {
        if (to->dim[j] == 1 || from->count == 0)
            stride[j++] = 0;
        else if (!match_axes(&full, &i, to, &j, stride))
            return false;
    }
    return true;
}

static void shape_of_attr(const rg_attr *a, rg_shape *s)
{
    s->rank = (int)a->i[0];
    for (int i = 0; i < s->rank; i++) s->dim[i] = a->i[1 + i];
}

static rg_status reshape_shape(rg_making *m)
{
    shape_of_attr(m->attr, &m->shape);
    if (window_as(m->in[0]->layout, &m->shape, m->stride)) return RG_OK;
    char text[RG_TEXT];
    rg_fail(m->tape, RG_SHAPE, m->op, "reshape: no window shows %s so; rg_reshape copies first",
            rg_node_text(m->in[0], text));
    return RG_SHAPE;
}

static void reshape_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_reshape(g, rg_shape_under(g, y, rg_in(y, 0)));
}

static rg_node *reshape_build(rg_node *const *in) { return rg_reshape(in[0], rg_shape2(3, -1)); }

const rg_op rg_op_reshape = {.abi = RG_OP_ABI,
                             .name = "reshape",
                             .formula = "reshape({a})",
                             .section = "2",
                             .kind = RG_VIEW,
                             .nin = 1,
                             .ints = true,
                             .shape = reshape_shape,
                             .vjp = reshape_vjp,
                             .build = reshape_build,
                             .example = "2x6;3;0x3",
                             .wire = {{"the same numbers in the old shape",
                                       "upstream put back into the input's shape",
                                       {-2, 2, 0, 0}}}};

/* Puts the size that is left in the place of a -1. */
static bool fill_in(rg_shape *s, int64_t count)
{
    int64_t known = 1;
    int open = -1;
    if (s->rank < 0 || s->rank > RG_MAX_RANK) return false;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] == -1 && open < 0)
            open = i;
        else if (s->dim[i] < 0 || (s->dim[i] && known > INT64_MAX / 16 / s->dim[i]))
            return false;
        else
            known *= s->dim[i];
    }
    if (open >= 0 && known > 0 && count % known == 0) known *= s->dim[open] = count / known;
    return known == count && (open < 0 || s->dim[open] >= 0);
}

rg_node *rg_reshape(rg_node *x, rg_shape shape)
{
    if (rg_is_bad(x)) return refuse(&rg_op_reshape, x);
    char a[RG_TEXT], b[RG_TEXT];
    rg_shape asked = shape;
    if (!fill_in(&shape, x->layout->count))
        return rg_fail(rg_tape_of(x), RG_SHAPE, &rg_op_reshape,
                       "reshape: %s has %lld elements and cannot become %s", rg_node_text(x, a),
                       (long long)x->layout->count, rg_shape_text(asked, b));
    int64_t stride[RG_MAX_RANK];
    if (!window_as(x->layout, &shape, stride)) {
        extern const rg_op rg_op_copy;
        x = rg_apply(&rg_op_copy, 1, &x, NULL);
    }
    rg_attr at = {.i = {shape.rank}};
    memcpy(at.i + 1, shape.dim, (size_t)shape.rank * sizeof *shape.dim);
    return rg_apply(&rg_op_reshape, 1, &x, &at);
}

/* ---- permute: attribute i[e] is the old place of axis e, i[8] how many axes it moves ---- */

static rg_status permute_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    int moved = (int)m->attr->i[RG_MAX_RANK];
    for (int e = 0; e < x->rank; e++) {
        int old = e < moved ? (int)m->attr->i[e] : e;
        m->shape.dim[x->rank - 1 - e] = x->dim[x->rank - 1 - old];
        m->stride[x->rank - 1 - e] = x->stride[x->rank - 1 - old];
    }
    return RG_OK;
}

extern const rg_op rg_op_permute;

static void permute_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_attr back = *y->attr;
    for (int e = 0; e < y->attr->i[RG_MAX_RANK]; e++) back.i[y->attr->i[e]] = e;
    if (wanted[0]) out[0] = rg_apply(&rg_op_permute, 1, &g, &back);
}

static rg_node *permute_build(rg_node *const *in) { return rg_transpose(in[0]); }

const rg_op rg_op_permute = {
    .abi = RG_OP_ABI,
    .name = "transpose",
    .formula = "{a}^T",
    .section = "6.3",
    .kind = RG_VIEW,
    .nin = 1,
    .ints = true,
    .shape = permute_shape,
    .vjp = permute_vjp,
    .build = permute_build,
    .example = "2x3;2x3x4;0x3",
    .wire = {{"the transpose", "upstream transposed back", {-2, 2, 0, 0}}}};

rg_node *rg_permute(rg_node *x, const int *axis)
{
    if (rg_is_bad(x)) return refuse(&rg_op_permute, x);
    if (!axis) return rg_fail(rg_tape_of(x), RG_USAGE, &rg_op_permute, "permute: no axes given");
    int rank = x->layout->rank;
    unsigned seen = 0;
    rg_attr a = {.i = {0}};
    a.i[RG_MAX_RANK] = rank;
    for (int i = 0; i < rank; i++) {
        int e = rg_axis_from_end(x, &rg_op_permute, NULL, axis[i], 0);
        if (e < 0) return rg_axis_refused(x);
        a.i[rank - 1 - i] = e;
        seen |= 1u << e;
    }
    if (seen != (1u << rank) - 1)
        return rg_fail(rg_tape_of(x), RG_INDEX, &rg_op_permute, "permute: an axis is named twice");
    return rg_apply(&rg_op_permute, 1, &x, &a);
}

rg_node *rg_transpose(rg_node *x)
{
    if (rg_is_bad(x) || x->layout->rank < 2) return rg_is_bad(x) ? refuse(&rg_op_permute, x) : x;
    int axis[RG_MAX_RANK], rank = x->layout->rank;
    for (int i = 0; i < rank; i++) axis[i] = rank - 1 - i;
    return rg_permute(x, axis);
}

rg_node *rg_swap_last(rg_node *x)
{
    if (rg_is_bad(x)) return refuse(&rg_op_permute, x);
    char text[RG_TEXT];
    if (x->layout->rank < 2)
        return rg_fail(rg_tape_of(x), RG_SHAPE, &rg_op_permute,
                       "swap_last: %s has fewer than two axes", rg_node_text(x, text));
    rg_attr a = {.i = {1, 0}};
    a.i[RG_MAX_RANK] = 2;
    return rg_apply(&rg_op_permute, 1, &x, &a);
}

/* ---- slice: attributes axis from the end, from, len, step ------------------------ */

static rg_status slice_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    int i = x->rank - 1 - (int)m->attr->i[0];
    memcpy(m->stride, x->stride, sizeof m->stride);
    m->offset = m->attr->i[1] * x->stride[i];
    m->shape.dim[i] = m->attr->i[2];
    m->stride[i] = x->stride[i] * m->attr->i[3];
    return RG_OK;
}

static void slice_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    const int64_t *a = y->attr->i;
    int64_t total = rg_dim_from_end(rg_in(y, 0), (int)a[0]);
    if (wanted[0]) out[0] = rg_pad(g, -1 - (int)a[0], a[1], a[3], total);
}

static rg_node *slice_build(rg_node *const *in) { return rg_slice(in[0], 0, 3, 2, -2); }

const rg_op rg_op_slice = {
    .abi = RG_OP_ABI,
    .name = "slice",
    .formula = "part of {a}",
    .kind = RG_VIEW,
    .nin = 1,
    .ints = true,
    .shape = slice_shape,
    .vjp = slice_vjp,
    .build = slice_build,
    .example = "4x3;5",
    .wire = {
        {"1 inside, 0 outside", "upstream put back in its place, zeros around it", {-2, 2, 0, 0}}}};

rg_node *rg_slice(rg_node *x, int axis, int64_t from, int64_t len, int64_t step)
{
    if (rg_is_bad(x)) return refuse(&rg_op_slice, x);
    int e = rg_axis_from_end(x, &rg_op_slice, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    int64_t n = rg_dim_from_end(x, e);
    char text[RG_TEXT];
    bool fits = step != 0 && len >= 0 && !(len && (from < 0 || from >= n));
    if (fits && len > 1)
        fits = len - 1 <= (step > 0 ? (n - 1 - from) / step : step > -n ? from / -step : 0);
    if (!fits)
        return rg_fail(rg_tape_of(x), RG_INDEX, &rg_op_slice,
                       "slice: %lld elements from %lld by %lld do not fit axis %d of %s",
                       (long long)len, (long long)from, (long long)step, axis,
                       rg_node_text(x, text));
    rg_attr a = {.i = {e, len ? from : 0, len, len > 1 ? step : 1}};
    return rg_apply(&rg_op_slice, 1, &x, &a);
}

rg_node *rg_index(rg_node *x, int axis, int64_t at)
{
    if (rg_is_bad(x)) return refuse(&rg_op_slice, x);
    int e = rg_axis_from_end(x, &rg_op_slice, "index", axis, 0);
    if (e < 0) return rg_axis_refused(x);
    int64_t n = rg_dim_from_end(x, e);
    char text[RG_TEXT];
    if (at < -n || at >= n)
        return rg_fail(rg_tape_of(x), RG_INDEX, &rg_op_slice,
                       "index %lld is out of range for axis %d of %s", (long long)at, axis,
                       rg_node_text(x, text));
    rg_shape s = rg_shape_of(x);
    int i = s.rank - 1 - e;
    memmove(&s.dim[i], &s.dim[i + 1], (size_t)(s.rank - 1 - i) * sizeof *s.dim);
    s.rank--;
    rg_node *one = rg_slice(x, axis, at < 0 ? at + n : at, 1, 1);
    return rg_reshape(one, s);
}

/* ---- diagonal of the last two axes ----------------------------------------------- */

static rg_status diagonal_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    int r = x->rank;
    char text[RG_TEXT];
    if (r < 2)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "diagonal: %s is no matrix",
                         rg_node_text(m->in[0], text));
    m->shape.rank = r - 1;
    m->shape.dim[r - 2] = x->dim[r - 2] < x->dim[r - 1] ? x->dim[r - 2] : x->dim[r - 1];
    memcpy(m->stride, x->stride, sizeof m->stride);
    m->stride[r - 2] = x->stride[r - 2] + x->stride[r - 1];
    return RG_OK;
}

/* A matrix that is not square gets zeros behind: embed, then pad. */
static void diagonal_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (!wanted[0]) return;
    const rg_node *x = rg_in(y, 0);
    int64_t rows = rg_dim_from_end(x, 1), columns = rg_dim_from_end(x, 0);
    rg_node *d = rg_diag_embed(g);
    if (rows > columns) d = rg_pad(d, -2, 0, 1, rows);
    if (columns > rows) d = rg_pad(d, -1, 0, 1, columns);
    out[0] = d;
}

const rg_op rg_op_diagonal = {
    .abi = RG_OP_ABI,
    .name = "diagonal",
    .formula = "diagonal of {a}",
    .kind = RG_VIEW,
    .nin = 1,
    .ints = true,
    .shape = diagonal_shape,
    .vjp = diagonal_vjp,
    .example = "3x3;2x4;2x3x3",
    .wire = {
        {"1 on the diagonal", "upstream back on the diagonal, zeros elsewhere", {-2, 2, 0, 0}}}};

rg_node *rg_diagonal(rg_node *x) { return rg_apply(&rg_op_diagonal, 1, &x, NULL); }
