/* cumsum.c - running sums along one axis, from either end. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include "slab.h"

/* Attributes: axis from the end, 1 for from the end on. */

/* to[r] = from[r] + to[r before], for len rows of n numbers. */
#define RUNNING(name, T)                                                                           \
    static void name(const T *from, int64_t len, int64_t n, bool reverse, T *to)                   \
    {                                                                                              \
        for (int64_t i = 0; i < len; i++) {                                                        \
            int64_t r = reverse ? len - 1 - i : i, before = reverse ? r + 1 : r - 1;               \
            for (int64_t j = 0; j < n; j++)                                                        \
                to[r * n + j] = from[r * n + j] + (i ? to[before * n + j] : 0);                    \
        }                                                                                          \
    }
RUNNING(running_f32, float)
RUNNING(running_f64, double)

static rg_status cumsum_run(const rg_call *c)
{
    void *tmp;
    const char *x = rg_dense_in(c, 0, &tmp);
    if (!x) return RG_NOMEM;
    rg_slab s = rg_slab_of(&c->in[0], (int)c->attr->i[0]);
    bool reverse = c->attr->i[1];
    char *y = c->out.data;
    for (int64_t o = 0; o < s.outer; o++, x += s.len * s.inner, y += s.len * s.inner)
        if (c->out.dtype == RG_F32)
            running_f32((const void *)x, s.len, s.inner / 4, reverse, (void *)y);
        else
            running_f64((const void *)x, s.len, s.inner / 8, reverse, (void *)y);
    rg_dense_done(c, 0, tmp);
    return RG_OK;
}

static void cumsum_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_cumsum(g, -1 - (int)y->attr->i[0], !y->attr->i[1]);
}

static rg_node *cumsum_build(rg_node *const *in) { return rg_cumsum(in[0], 0, false); }

const rg_op rg_op_cumsum = {
    .abi = RG_OP_ABI,
    .name = "cumsum",
    .formula = "running sum of {a}",
    .kind = RG_WHOLE,
    .nin = 1,
    .run = {cumsum_run, cumsum_run},
    .vjp = cumsum_vjp,
    .build = cumsum_build,
    .example = "3x4;5;0x3",
    .wire = {
        {"1 from its place on", "running sum of the upstream, from the other end", {-2, 2, 0, 0}}}};

rg_node *rg_cumsum(rg_node *x, int axis, bool reverse)
{
    if (rg_is_bad(x)) return rg_apply(&rg_op_cumsum, 1, &x, NULL);
    int e = rg_axis_from_end(x, &rg_op_cumsum, NULL, axis, 0);
    if (e < 0) return rg_axis_refused(x);
    rg_attr a = {.i = {e, reverse}};
    return rg_apply(&rg_op_cumsum, 1, &x, &a);
}
