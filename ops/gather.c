/* gather.c - entries picked by index, and the way back: gather and scatter_add. An
 * array (outer, size, inner) and an index of n entries make (outer, n, inner). Where entries
 * are copied, an inner of a slab is counted in bytes. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include "slab.h"
#include <string.h>

static rg_status check_index(const rg_making *m)
{
    char text[RG_TEXT];
    if (m->in[1]->layout->dtype == RG_I64) return RG_OK;
    rg_fail(m->tape, RG_DTYPE, m->op, "an index is i64, got %s; rg_cast converts",
            rg_node_text(m->in[1], text));
    return RG_DTYPE;
}

/* True when all entries are in 0..size-1; else RG_INDEX on the tape. */
static bool indices_ok(const rg_call *c, const int64_t *index, int64_t n, int64_t size)
{
    for (int64_t i = 0; i < n; i++) {
        if (index[i] >= 0 && index[i] < size) continue;
        rg_fail(c->tape, RG_INDEX, c->op, "index %lld at place %lld is out of range: 0 to %lld",
                (long long)index[i], (long long)i, (long long)size - 1);
        return false;
    }
    return true;
}

typedef void add_fn(void *to, const void *from, int64_t bytes);

static void add_entry_f32(void *to, const void *from, int64_t bytes)
{
    float *a = to;
    const float *b = from;
    for (int64_t i = 0; i < bytes / 4; i++) a[i] += b[i];
}

static void add_entry_f64(void *to, const void *from, int64_t bytes)
{
    double *a = to;
    const double *b = from;
    for (int64_t i = 0; i < bytes / 8; i++) a[i] += b[i];
}

static void add_entry_i64(void *to, const void *from, int64_t bytes)
{
    uint64_t *a = to; /* wraps around, as rg_add does */
    const uint64_t *b = from;
    for (int64_t i = 0; i < bytes / 8; i++) a[i] += b[i];
}

/* ---- gather: attribute axis of the array from the end ---------------------------- */

static rg_status gather_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout, *index = m->in[1]->layout;
    int at = x->rank - 1 - (int)m->attr->i[0];
    if (check_index(m)) return RG_DTYPE;
    if (x->rank - 1 + index->rank > RG_MAX_RANK)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "gather: the result would have %d axes, more than %d",
                         x->rank - 1 + index->rank, RG_MAX_RANK);
    m->shape.rank = 0;
    for (int i = 0; i < at; i++) m->shape.dim[m->shape.rank++] = x->dim[i];
    for (int i = 0; i < index->rank; i++) m->shape.dim[m->shape.rank++] = index->dim[i];
    for (int i = at + 1; i < x->rank; i++) m->shape.dim[m->shape.rank++] = x->dim[i];
    return RG_OK;
}

static rg_status gather_run(const rg_call *c)
{
    void *tmp[2];
    const char *x = rg_dense_in(c, 0, &tmp[0]);
    const int64_t *index = rg_dense_in(c, 1, &tmp[1]);
    rg_slab s = rg_slab_of(&c->in[0], (int)c->attr->i[0]);
    int64_t n = rg_count(&c->in[1]);
    rg_status status = x && index ? RG_OK : RG_NOMEM;
    if (!status && !indices_ok(c, index, n, s.len)) status = RG_INDEX;
    char *to = c->out.data;
    for (int64_t o = 0; o < s.outer && !status; o++)
        for (int64_t i = 0; i < n; i++, to += s.inner)
            memcpy(to, x + (o * s.len + index[i]) * s.inner, (size_t)s.inner);
    rg_dense_done(c, 1, tmp[1]);
    rg_dense_done(c, 0, tmp[0]);
    return status;
}

static void gather_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    int e = (int)y->attr->i[0];
    if (wanted[0]) out[0] = rg_scatter_add(g, rg_in(y, 1), -1 - e, rg_dim_from_end(rg_in(y, 0), e));
}

static rg_node *gather_build(rg_node *const *in) { return rg_gather(in[0], in[1], 0); }

const rg_op rg_op_gather = {
    .abi = RG_OP_ABI,
    .name = "gather",
    .formula = "{a}[{b}]",
    .kind = RG_WHOLE,
    .refuses = true,
    .nin = 2,
    .ints = true,
    .shape = gather_shape,
    .run = {gather_run, gather_run, gather_run, gather_run},
    .vjp = gather_vjp,
    .build = gather_build,
    .example = "4x3 i5<4;5 i2x3<5;4x3 i0<4",
    .wire = {
        {"1 at the index", "upstream added up at the entries it was taken from", {-2, 2, 0, 0}},
        {NULL, "an index: nothing flows", {0, 0, 0, 0}}}};

rg_node *rg_gather(rg_node *x, rg_node *index, int axis)
{
    rg_node *in[] = {x, index};
    if (rg_is_bad(x)) return rg_apply(&rg_op_gather, 2, in, NULL);
    int e = rg_axis_from_end(x, &rg_op_gather, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    rg_attr a = {.i = {e}};
    return rg_apply(&rg_op_gather, 2, in, &a);
}

/* ---- scatter_add: attributes axis of the result from the end, its size ----------- */

static rg_status scatter_shape(rg_making *m)
{
    const rg_layout *g = m->in[0]->layout, *index = m->in[1]->layout;
    int behind = (int)m->attr->i[0], front = g->rank - behind - index->rank;
    char a[RG_TEXT], b[RG_TEXT];
    if (check_index(m)) return RG_DTYPE;
    if (front < 0 || memcmp(g->dim + front, index->dim, (size_t)index->rank * sizeof *g->dim))
        return rg_refuse(m->tape, RG_SHAPE, m->op,
                         "scatter_add: %s has no axes like those of the index %s there",
                         rg_node_text(m->in[0], a), rg_node_text(m->in[1], b));
    if (front + 1 + behind > RG_MAX_RANK)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "scatter_add: the result would have %d axes, more than %d",
                         front + 1 + behind, RG_MAX_RANK);
    m->shape.rank = front;
    m->shape.dim[m->shape.rank++] = m->attr->i[1];
    for (int i = 0; i < behind; i++) m->shape.dim[m->shape.rank++] = g->dim[g->rank - behind + i];
    return RG_OK;
}

/* One entry after the other: sums do not depend on how the work is cut. */
static rg_status scatter_run(const rg_call *c)
{
    void *tmp[2];
    const char *g = rg_dense_in(c, 0, &tmp[0]);
    const int64_t *index = rg_dense_in(c, 1, &tmp[1]);
    rg_slab s = rg_slab_of(&c->out, (int)c->attr->i[0]);
    int64_t n = rg_count(&c->in[1]);
    add_fn *add = c->out.dtype == RG_F32   ? add_entry_f32
                  : c->out.dtype == RG_F64 ? add_entry_f64
                                           : add_entry_i64;
    rg_status status = g && index ? RG_OK : RG_NOMEM;
    if (!status && !indices_ok(c, index, n, s.len)) status = RG_INDEX;
    memset(c->out.data, 0, (size_t)(s.outer * s.len * s.inner));
    for (int64_t o = 0; o < s.outer && !status; o++)
        for (int64_t i = 0; i < n; i++, g += s.inner)
            add((char *)c->out.data + (o * s.len + index[i]) * s.inner, g, s.inner);
    rg_dense_done(c, 1, tmp[1]);
    rg_dense_done(c, 0, tmp[0]);
    return status;
}

static void scatter_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_gather(g, rg_in(y, 1), -1 - (int)y->attr->i[0]);
}

static rg_node *scatter_build(rg_node *const *in) { return rg_scatter_add(in[0], in[1], 0, 5); }

const rg_op rg_op_scatter_add = {
    .abi = RG_OP_ABI,
    .name = "scatter_add",
    .formula = "{a} added at {b}",
    .kind = RG_WHOLE,
    .refuses = true,
    .nin = 2,
    .ints = true,
    .shape = scatter_shape,
    .run = {scatter_run, scatter_run, scatter_run},
    .vjp = scatter_vjp,
    .build = scatter_build,
    .example = "4x3 i4<5;2x3 i2x3<5;0x3 i0<5",
    .wire = {{"1 at the index", "the upstream's entry where it was added", {-2, 2, 0, 0}},
             {NULL, "an index: nothing flows", {0, 0, 0, 0}}}};

rg_node *rg_scatter_add(rg_node *g, rg_node *index, int axis, int64_t size)
{
    rg_node *in[] = {g, index};
    if (rg_is_bad(g) || rg_is_bad(index)) return rg_apply(&rg_op_scatter_add, 2, in, NULL);
    int rank = g->layout->rank - index->layout->rank + 1; /* of the result */
    if (size < 0)
        return rg_fail(rg_tape_of(g), RG_INDEX, &rg_op_scatter_add, "scatter_add: a size of %lld",
                       (long long)size);
    if (rank < 1 || axis < -rank || axis >= rank)
        return rg_no_axis(rg_tape_of(g), &rg_op_scatter_add, "scatter_add", axis, "of the result", rank);
    rg_attr a = {.i = {axis < 0 ? -1 - axis : rank - 1 - axis, size}};
    return rg_apply(&rg_op_scatter_add, 2, in, &a);
}
