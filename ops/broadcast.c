/* broadcast.c - the same numbers again and again, by strides of 0: a node of its own,
 * so that the rule of every binary op is one line per wire. And the common shape of
 * the inputs of an op. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include <string.h>

/* ---- broadcast: attributes mask of new axes, n, then n sizes, all from the end ---- */

static rg_status broadcast_shape(rg_making *m)
{
    const rg_layout *x = m->in[0]->layout;
    unsigned insert = (unsigned)m->attr->i[0];
    int n = (int)m->attr->i[1], rank = x->rank + __builtin_popcount(insert), old = 0;
    char text[RG_TEXT];
    if (rank > RG_MAX_RANK)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "broadcast: the result would have %d axes, more than %d", rank, RG_MAX_RANK);
    m->shape.rank = rank;
    for (int e = 0; e < rank; e++) {
        bool fresh = insert >> e & 1;
        int64_t had = fresh ? 1 : x->dim[x->rank - 1 - old],
                step = fresh ? 0 : x->stride[x->rank - 1 - old];
        int64_t dim = e < n ? m->attr->i[2 + e] : had;
        if (had != dim && had != 1)
            return rg_refuse(m->tape, RG_SHAPE, m->op,
                             "broadcast: %s cannot have %lld along axis %d from the end",
                             rg_node_text(m->in[0], text), (long long)dim, e);
        m->shape.dim[rank - 1 - e] = dim;
        m->stride[rank - 1 - e] = had == dim ? step : 0;
        old += !fresh;
    }
    return RG_OK;
}

static void broadcast_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    unsigned insert = (unsigned)y->attr->i[0], keep = 0;
    const rg_node *x = rg_in(y, 0);
    int old = 0;
    for (int e = 0; e < y->layout->rank; e++) {
        if (insert >> e & 1) continue;
        if (rg_dim_from_end(x, old++) != rg_dim_from_end(y, e)) keep |= 1u << e;
    }
    if (wanted[0]) out[0] = rg_sum_axes(g, insert | keep, keep);
}

static rg_node *broadcast_build(rg_node *const *in)
{
    rg_shape s = rg_shape_of(in[0]);
    return rg_broadcast(in[0], rg_shape3(2, s.rank > 1 ? s.dim[0] : 3, 4));
}

const rg_op rg_op_broadcast = {
    .abi = RG_OP_ABI,
    .name = "broadcast",
    .formula = "{a}, repeated",
    .section = "6.3",
    .kind = RG_VIEW,
    .nin = 1,
    .ints = true,
    .shape = broadcast_shape,
    .vjp = broadcast_vjp,
    .build = broadcast_build,
    .example = "3x1;4;1;0x1",
    .wire = {
        {"1 at each copy", "a wire that is copied gets the sum over its copies", {-2, 2, 0, 0}}}};

rg_node *rg_expand(rg_node *x, unsigned insert, int n, const int64_t *dim_from_end)
{
    rg_attr a = {.i = {insert, n}};
    memcpy(a.i + 2, dim_from_end, (size_t)n * sizeof *dim_from_end);
    return rg_apply(&rg_op_broadcast, 1, &x, &a);
}

rg_node *rg_along_rows(rg_node *v, const rg_node *x)
{
    int64_t n = rg_dim_from_end(x, 0);
    return rg_expand(v, 1, 1, &n);
}

rg_node *rg_broadcast(rg_node *x, rg_shape shape)
{
    if (rg_is_bad(x)) return rg_apply(&rg_op_broadcast, 1, &x, NULL);
    int rank = x->layout->rank;
    if (rank == shape.rank && !memcmp(x->layout->dim, shape.dim, (size_t)rank * sizeof *shape.dim))
        return x;
    char a[RG_TEXT], b[RG_TEXT];
    if (shape.rank < rank || shape.rank > RG_MAX_RANK)
        return rg_fail(rg_tape_of(x), RG_SHAPE, &rg_op_broadcast,
                       "broadcast: %s does not go into %s", rg_node_text(x, a),
                       rg_shape_text(shape, b));
    int64_t dim[RG_MAX_RANK];
    unsigned insert = 0;
    for (int e = 0; e < shape.rank; e++) {
        dim[e] = shape.dim[shape.rank - 1 - e];
        if (e >= rank) insert |= 1u << e;
    }
    return rg_expand(x, insert, shape.rank, dim);
}

/* The shape that all inputs broadcast to; false: they do not fit. */
static bool common_shape(int nin, rg_node *const *in, rg_shape *s)
{
    *s = rg_shape_of(in[0]);
    for (int k = 1; k < nin; k++) {
        const rg_layout *l = in[k]->layout;
        int more = l->rank - s->rank;
        if (more > 0) {
            memmove(s->dim + more, s->dim, (size_t)s->rank * sizeof *s->dim);
            memcpy(s->dim, l->dim, (size_t)more * sizeof *s->dim);
            s->rank = l->rank;
        }
        for (int e = 0; e < l->rank; e++) {
            int64_t *a = &s->dim[s->rank - 1 - e], b = l->dim[l->rank - 1 - e];
            if (*a == 1)
                *a = b;
            else if (b != 1 && *a != b)
                return false;
        }
    }
    return true;
}

rg_node *rg_apply_broadcast(const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr)
{
    rg_node *wide[RG_WIRES];
    rg_shape s;
    bool alike = true, sound = nin <= RG_WIRES;
    for (int k = 0; k < nin && sound; k++) {
        sound = in[k] && in[0] && in[k]->layout->dtype == in[0]->layout->dtype;
        alike &= sound && in[k]->layout->packed == in[0]->layout->packed;
    }
    if (alike || !sound || !common_shape(nin, in, &s)) return rg_apply(op, nin, in, attr);
    for (int k = 0; k < nin; k++) wide[k] = rg_broadcast(in[k], s);
    return rg_apply(op, nin, wide, attr);
}
