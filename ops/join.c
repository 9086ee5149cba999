/* join.c - numbers put side by side or into zeros: concat, stack, pad, diag_embed. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include <string.h>

/* The window of `len` places along axis e of w, from the given one on. */
static rg_tensor part_of(const rg_tensor *w, int e, int64_t from, int64_t step, int64_t len)
{
    rg_tensor p = *w;
    int i = w->rank - 1 - e;
    p.data = (char *)w->data + from * w->stride[i] * (int64_t)rg_dtype_size(w->dtype);
    p.dim[i] = len;
    p.stride[i] *= step;
    return p;
}

/* Writes input k, packed if need be, into a window of the output. */
static rg_status put_input(const rg_call *c, int k, const rg_tensor *to)
{
    void *tmp;
    const void *x = rg_dense_in(c, k, &tmp);
    if (!x) return RG_NOMEM;
    rg_unpack(to, x);
    rg_dense_done(c, k, tmp);
    return RG_OK;
}

/* ---- concat: attribute axis from the end ----------------------------------------- */

static rg_status concat_shape(rg_making *m)
{
    int e = (int)m->attr->i[0], at = m->shape.rank - 1 - e;
    for (int k = 1; k < m->nin; k++) {
        const rg_layout *x = m->in[k]->layout, *first = m->in[0]->layout;
        bool fits = x->rank == first->rank && x->dtype == first->dtype;
        for (int i = 0; fits && i < x->rank; i++) fits = i == at || x->dim[i] == first->dim[i];
        char a[RG_TEXT], b[RG_TEXT];
        if (!fits)
            return rg_refuse(m->tape, x->dtype != first->dtype ? RG_DTYPE : RG_SHAPE, m->op,
                             "concat: %s and %s differ in more than axis %d from the end",
                             rg_node_text(m->in[0], a), rg_node_text(m->in[k], b), e);
        m->shape.dim[at] += x->dim[at];
    }
    return RG_OK;
}

static rg_status concat_run(const rg_call *c)
{
    int e = (int)c->attr->i[0];
    int64_t at = 0;
    for (int k = 0; k < c->nin; k++) {
        int64_t len = c->in[k].dim[c->in[k].rank - 1 - e];
        rg_tensor to = part_of(&c->out, e, at, 1, len);
        rg_status s = put_input(c, k, &to);
        if (s) return s;
        at += len;
    }
    return RG_OK;
}

static void concat_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    int e = (int)y->attr->i[0];
    int64_t at = 0;
    for (int k = 0; k < y->nin; k++) {
        int64_t len = rg_dim_from_end(rg_in(y, k), e);
        if (wanted[k]) out[k] = rg_slice(g, -1 - e, at, len, 1);
        at += len;
    }
}

static rg_node *concat_build(rg_node *const *in) { return rg_concat(3, in, 0); }

const rg_op rg_op_concat = {
    .abi = RG_OP_ABI,
    .name = "concat",
    .formula = "{a}, {b}, ... side by side",
    .kind = RG_WHOLE,
    .nin = -1,
    .ints = true,
    .shape = concat_shape,
    .run = {concat_run, concat_run, concat_run, concat_run},
    .vjp = concat_vjp,
    .build = concat_build,
    .example = "2x3 1x3 4x3;2 0 3",
    .wire = {{"1 in its own part", "each input gets its part of the upstream", {-2, 2, 0, 0}}}};

rg_node *rg_concat(int n, rg_node *const *x, int axis)
{
    if (n < 1 || !x) return rg_fail(NULL, RG_USAGE, &rg_op_concat, "concat of nothing");
    if (rg_is_bad(x[0])) return rg_apply(&rg_op_concat, n, x, NULL);
    int e = rg_axis_from_end(x[0], &rg_op_concat, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x[0]);
    rg_attr a = {.i = {e}};
    return rg_apply(&rg_op_concat, n, x, &a);
}

static rg_node *with_axis(rg_node *x, int e)
{
    if (rg_is_bad(x)) return x;
    rg_shape s = rg_shape_of(x);
    int at = s.rank - e;
    if (s.rank == RG_MAX_RANK)
        return rg_fail(rg_tape_of(x), RG_SHAPE, NULL, "stack: the result would have %d axes, more than %d", s.rank + 1, RG_MAX_RANK);
    if (at < 0) {
        char text[RG_TEXT];
        return rg_fail(rg_tape_of(x), RG_SHAPE, NULL, "stack: %s has fewer axes than the first", rg_node_text(x, text));
    }
    memmove(&s.dim[at + 1], &s.dim[at], (size_t)(s.rank - at) * sizeof *s.dim);
    s.dim[at] = 1;
    s.rank++;
    return rg_reshape(x, s);
}

rg_node *rg_stack(int n, rg_node *const *x, int axis)
{
    if (n < 1 || !x || rg_is_bad(x[0])) return rg_concat(n, x, 0);
    rg_tape *t = rg_tape_of(x[0]);
    int e = rg_axis_from_end(x[0], &rg_op_concat, "stack", axis, 1);
    if (e < 0) return rg_axis_refused(x[0]);
    rg_node **wide = rg_scratch(t, (size_t)n * sizeof *wide);
    if (!wide) return rg_fail(t, RG_NOMEM, &rg_op_concat, "stack: out of memory");
    for (int k = 0; k < n; k++) wide[k] = with_axis(x[k], e);
    rg_node *y = rg_concat(n, wide, -1 - e);
    rg_scratch_free(t, wide, (size_t)n * sizeof *wide);
    return y;
}

/* ---- pad: attributes axis from the end, from, step, total ------------------------ */

static rg_status pad_shape(rg_making *m)
{
    m->shape.dim[m->shape.rank - 1 - m->attr->i[0]] = m->attr->i[3];
    return RG_OK;
}

static rg_status pad_run(const rg_call *c)
{
    const int64_t *a = c->attr->i;
    int64_t len = c->in[0].dim[c->in[0].rank - 1 - a[0]];
    rg_tensor to = part_of(&c->out, (int)a[0], a[1], a[2], len);
    memset(c->out.data, 0, (size_t)rg_count(&c->out) * rg_dtype_size(c->out.dtype));
    return put_input(c, 0, &to);
}

static void pad_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    const int64_t *a = y->attr->i;
    int64_t len = rg_dim_from_end(rg_in(y, 0), (int)a[0]);
    if (wanted[0]) out[0] = rg_slice(g, -1 - (int)a[0], a[1], len, a[2]);
}

static rg_node *pad_build(rg_node *const *in) { return rg_pad(in[0], 0, 1, 2, 9); }

const rg_op rg_op_pad = {
    .abi = RG_OP_ABI,
    .name = "pad",
    .formula = "{a} among zeros",
    .kind = RG_WHOLE,
    .nin = 1,
    .ints = true,
    .shape = pad_shape,
    .run = {pad_run, pad_run, pad_run, pad_run},
    .vjp = pad_vjp,
    .build = pad_build,
    .example = "3x2;4;0x3",
    .wire = {
        {"1 in its place", "the part of the upstream that lies over the input", {-2, 2, 0, 0}}}};

rg_node *rg_pad(rg_node *x, int axis, int64_t from, int64_t step, int64_t total)
{
    if (rg_is_bad(x)) return rg_apply(&rg_op_pad, 1, &x, NULL);
    int e = rg_axis_from_end(x, &rg_op_pad, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    int64_t n = rg_dim_from_end(x, e);
    bool fits = total >= 0 && step != 0 && !(n && (from < 0 || from >= total));
    if (fits && n > 1)
        fits = n - 1 <= (step > 0 ? (total - 1 - from) / step : step > -total ? from / -step : 0);
    char text[RG_TEXT];
    if (!fits)
        return rg_fail(rg_tape_of(x), RG_INDEX, &rg_op_pad,
                       "pad: axis %d of %s from %lld by %lld does not fit %lld places", axis,
                       rg_node_text(x, text), (long long)from, (long long)step, (long long)total);
    rg_attr a = {.i = {e, n ? from : 0, n > 1 ? step : 1, total}};
    return rg_apply(&rg_op_pad, 1, &x, &a);
}

/* ---- diag_embed ------------------------------------------------------------------ */

static rg_status embed_shape(rg_making *m)
{
    int r = m->shape.rank;
    if (r < 1 || r == RG_MAX_RANK)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "diag: rank must be 1 to %d, got %d", RG_MAX_RANK - 1, r);
    m->shape.dim[m->shape.rank++] = m->shape.dim[r - 1];
    return RG_OK;
}

static rg_status embed_run(const rg_call *c)
{
    rg_tensor to = c->out;
    memset(to.data, 0, (size_t)rg_count(&to) * rg_dtype_size(to.dtype));
    to.rank--;
    to.stride[to.rank - 1] = c->out.stride[to.rank - 1] + c->out.stride[to.rank];
    return put_input(c, 0, &to);
}

static void embed_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)y;
    if (wanted[0]) out[0] = rg_diagonal(g);
}

const rg_op rg_op_diag_embed = {
    .abi = RG_OP_ABI,
    .name = "diag_embed",
    .formula = "diag({a})",
    .kind = RG_WHOLE,
    .nin = 1,
    .ints = true,
    .shape = embed_shape,
    .run = {embed_run, embed_run, embed_run, embed_run},
    .vjp = embed_vjp,
    .example = "3;2x3;0",
    .wire = {{"1 on the diagonal", "the diagonal of the upstream", {-2, 2, 0, 0}}}};

rg_node *rg_diag_embed(rg_node *x) { return rg_apply(&rg_op_diag_embed, 1, &x, NULL); }
