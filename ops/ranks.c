/* ranks.c - the sum over processes, as an op. */
#define RG_NO_HERE
#include "ranks.h"
#include "axes.h"
#include "ops.h"
#include <string.h>

/* Attribute i[0] is the rg_ranks, as a number. */

static const rg_ranks *ranks_of(const rg_attr *a) { return (const rg_ranks *)(uintptr_t)a->i[0]; }

/* y += other, or y = other + y: in both the lower rank's numbers stand left. */
#define ADD_FROM(name, T)                                                                          \
    static void name(int64_t n, T *y, const T *other, bool left)                                   \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) y[i] = left ? other[i] + y[i] : y[i] + other[i];           \
    }
ADD_FROM(add_from_f32, float)
ADD_FROM(add_from_f64, double)

static rg_status sum_ranks(const rg_ranks *r, rg_dtype dtype, int64_t n, void *y, void *other)
{
    for (int step = 1; step < r->n; step *= 2) {
        bool left = r->rank & step;
        rg_status s =
            r->swap(r->ud, r->rank ^ step, y, other, (size_t)n * rg_dtype_size(dtype));
        if (s) return s;
        if (dtype == RG_F32)
            add_from_f32(n, y, other, left);
        else
            add_from_f64(n, y, other, left);
    }
    return RG_OK;
}

static rg_status rank_sum_run(const rg_call *c)
{
    int64_t n = rg_count(&c->out);
    size_t bytes = (size_t)n * rg_dtype_size(c->out.dtype);
    void *other = rg_scratch(c->tape, bytes + 1);
    if (!other) return RG_NOMEM;
    rg_pack(c->out.data, &c->in[0], 0, n);
    rg_status s = sum_ranks(ranks_of(c->attr), c->out.dtype, n, c->out.data, other);
    rg_scratch_free(c->tape, other, bytes + 1);
    return s;
}

static void rank_sum_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_rank_sum(g, ranks_of(y->attr));
}

static const rg_op rg_op_rank_sum = {
    .abi = RG_OP_ABI,
    .name = "rank_sum",
    .formula = "sum of {a} over ranks",
    .kind = RG_WHOLE,
    .nin = 1,
    .refuses = true,
    .run = {rank_sum_run, rank_sum_run},
    .vjp = rank_sum_vjp,
    .wire = {{"1", "what arrives, summed over the ranks, too", {-2, 2, 0, 0}}}};

rg_node *rg_rank_sum(rg_node *x, const rg_ranks *r)
{
    if (!r || r->n == 1 || rg_is_bad(x)) return x;
    if (r->n < 1 || (r->n & (r->n - 1)) || r->rank < 0 || r->rank >= r->n || !r->swap)
        return rg_fail(rg_tape_of(x), RG_USAGE, &rg_op_rank_sum,
                       "rank_sum: rank %d of %d: their number must be a power of two", r->rank,
                       r->n);
    rg_attr a = {.i = {(int64_t)(uintptr_t)r}};
    return rg_apply(&rg_op_rank_sum, 1, &x, &a);
}

rg_status rg_rank_span(const rg_ranks *r, int64_t v, int64_t *least, int64_t *most)
{
    int64_t mine[2] = {v, v}, other[2];
    for (int step = 1; r && step < r->n; step *= 2) {
        rg_status s = r->swap(r->ud, r->rank ^ step, mine, other, sizeof mine);
        if (s) return s;
        if (other[0] < mine[0]) mine[0] = other[0];
        if (other[1] > mine[1]) mine[1] = other[1];
    }
    *least = mine[0];
    *most = mine[1];
    return RG_OK;
}
