/* matmul.c - the matrix product, batched over leading axes. Transposes are strides;
 * the products themselves are gemm.c's. */
#define RG_NO_HERE
#include "axes.h"
#include "gemm.h"
#include "ops.h"
#include <string.h>

/* ---- shape: a (..., m, k) and b (..., k, n) of one rank and equal leading axes ---- */

static rg_status matmul_shape(rg_making *m)
{
    const rg_layout *a = m->in[0]->layout, *b = m->in[1]->layout;
    int r = a->rank;
    char ta[RG_TEXT], tb[RG_TEXT];
    if (a->dtype != b->dtype)
        return rg_refuse(m->tape, RG_DTYPE, m->op,
                         "matmul: element types differ: %s and %s; rg_cast converts",
                         rg_node_text(m->in[0], ta), rg_node_text(m->in[1], tb));
    if (r < 2 || b->rank != r || memcmp(a->dim, b->dim, (size_t)(r - 2) * sizeof *a->dim) ||
        a->dim[r - 1] != b->dim[r - 2])
        return rg_refuse(m->tape, RG_SHAPE, m->op, "matmul: %s times %s does not fit",
                         rg_node_text(m->in[0], ta), rg_node_text(m->in[1], tb));
    m->shape.dim[r - 1] = b->dim[r - 1];
    return RG_OK;
}

/* ---- run ------------------------------------------------------------------------- */

/* BLIS takes any positive strides; a window that repeats or runs backward is packed. */
static bool strides_fit(const rg_tensor *w)
{
    for (int i = w->rank - 2; i < w->rank; i++)
        if (w->dim[i] > 1 && w->stride[i] <= 0) return false;
    return true;
}

static void make_dense(rg_tensor *w, void *numbers)
{
    int64_t step = 1;
    w->data = numbers;
    for (int i = w->rank; i-- > 0;) {
        w->stride[i] = step;
        step *= w->dim[i];
    }
}

/* The last two axes of a window. A side of one element may have any stride: say 1. */
static rg_matrix matrix_of(const rg_tensor *w)
{
    int64_t rows = w->dim[w->rank - 2], columns = w->dim[w->rank - 1];
    rg_matrix x = {w->data, w->stride[w->rank - 2], w->stride[w->rank - 1]};
    if (columns == 1) x.cs = 1;
    if (rows == 1) x.rs = columns * x.cs;
    return x;
}

static rg_product product_over(const rg_call *c, const rg_tensor *a, const rg_tensor *b)
{
    const int64_t *dim = c->out.dim + c->out.rank - 2;
    return (rg_product){dim[0],       dim[1],       a->dim[a->rank - 1],
                        matrix_of(a), matrix_of(b), matrix_of(&c->out)};
}

/* Where matrix number i of the batch is. */
static void *matrix_at(const rg_tensor *w, int64_t i)
{
    int64_t offset = 0;
    for (int axis = w->rank - 2; axis-- > 0; i /= w->dim[axis])
        offset += i % w->dim[axis] * w->stride[axis];
    return (char *)w->data + offset * (int64_t)rg_dtype_size(w->dtype);
}

/* Matrices of a batch are independent: handed out whole, several small ones at a time. */
typedef struct batch {
    const rg_call *call;
    const rg_tensor *a, *b;
    int64_t count, each; /* matrices in all, and in a piece */
} batch;

#ifdef RG_HOSTILE
static const int64_t worth_a_piece = 64; /* multiplications */
#else
static const int64_t worth_a_piece = (int64_t)1 << 19;
#endif

static void multiply_piece(void *arg, int piece)
{
    const batch *w = arg;
    rg_product p = product_over(w->call, w->a, w->b);
    int64_t i = piece * w->each, end = i + w->each < w->count ? i + w->each : w->count;
    for (; i < end; i++) {
        p.a.data = matrix_at(w->a, i);
        p.b.data = matrix_at(w->b, i);
        p.c.data = matrix_at(&w->call->out, i);
        rg_gemm_alone(w->call->out.dtype, &p);
    }
}

static void multiply_batch(const rg_call *c, const rg_tensor *a, const rg_tensor *b)
{
    rg_product p = product_over(c, a, b);
    int64_t work = p.m * p.n * p.k, outs = p.m * p.n;
    batch w = {c, a, b, outs ? rg_count(&c->out) / outs : 0,
               work < worth_a_piece ? worth_a_piece / (work ? work : 1) : 1};
    if (w.count == 1)
        rg_gemm(c->tape, c->out.dtype, &p);
    else if (w.count > w.each)
        rg_parallel(c->tape, (int)((w.count + w.each - 1) / w.each), multiply_piece, &w);
    else
        multiply_piece(&w, 0);
}

/* Windows that BLIS cannot take are packed first. */
static rg_status multiply_repacked(const rg_call *c)
{
    rg_tensor in[2] = {c->in[0], c->in[1]};
    void *tmp[2] = {NULL, NULL};
    rg_status s = RG_OK;
    for (int k = 0; k < 2 && !s; k++) {
        if (strides_fit(&in[k])) continue;
        if (rg_dense_in(c, k, &tmp[k]))
            make_dense(&in[k], tmp[k]);
        else
            s = RG_NOMEM;
    }
    if (!s) multiply_batch(c, &in[0], &in[1]);
    for (int k = 2; k-- > 0;) rg_dense_done(c, k, tmp[k]);
    return s;
}

static rg_status matmul_run(const rg_call *c)
{
    const rg_tensor *a = &c->in[0], *b = &c->in[1];
    if (!strides_fit(a) || !strides_fit(b)) return multiply_repacked(c);
    if (c->out.rank == 2) {
        rg_product p = product_over(c, a, b);
        rg_gemm(c->tape, c->out.dtype, &p);
    } else {
        multiply_batch(c, a, b);
    }
    return RG_OK;
}

/* ---- rule ------------------------------------------------------------------------ */

static void matmul_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_matmul(g, rg_swap_last(rg_in(y, 1)));
    if (wanted[1]) out[1] = rg_matmul(rg_swap_last(rg_in(y, 0)), g);
}

static bool matmul_may_strip(const rg_tensor *in, const rg_tensor *out)
{
    rg_call c = {.out = *out};
    rg_product p = product_over(&c, &in[0], &in[1]);
    return strides_fit(&in[0]) && strides_fit(&in[1]) && rg_gemm_strips(&p);
}

/* Rows of one matrix after the other. */
static void matmul_strip(const rg_call *c, int64_t from, int64_t rows, void *to)
{
    const rg_tensor *a = &c->in[0], *b = &c->in[1];
    rg_product p = product_over(c, a, b);
    int64_t row_bytes = p.n * (int64_t)rg_dtype_size(c->out.dtype), end = from + rows;
    p.c.data = to;
    for (int64_t row = from, some; row < end; row += some) {
        int64_t i = row / p.m, first = row % p.m;
        some = p.m - first < end - row ? p.m - first : end - row;
        p.a.data = matrix_at(a, i);
        p.b.data = matrix_at(b, i);
        p.c.data = (char *)to + (row - from) * row_bytes;
        rg_gemm_strip(c->out.dtype, &p, first, some);
    }
}

static double matmul_flops(const rg_tensor *in, const rg_tensor *out)
{
    return 2 * (double)rg_count(out) * (double)in[0].dim[in[0].rank - 1];
}

const rg_op rg_op_matmul = {
    .abi = RG_OP_ABI,
    .name = "matmul",
    .formula = "{a} @ {b}",
    .section = "7.2",
    .kind = RG_WHOLE,
    .nin = 2,
    .shape = matmul_shape,
    .run = {matmul_run, matmul_run},
    .may_strip = matmul_may_strip,
    .strip = matmul_strip,
    .flops = matmul_flops,
    .vjp = matmul_vjp,
    .example = "2x3 3x4;1x3 3x1;2x2x3 2x3x2;0x3 3x2;2x0 0x3",
    .wire = {{"{b}^T on the right", "upstream times the other factor, transposed", {-2, 2, 0, 0}},
             {"{a}^T on the left", "the other factor, transposed, times upstream", {-2, 2, 0, 0}}}};

/* ---- constructor: vectors and batches as in NumPy -------------------------------- */

static rg_node *refuse_product(rg_node *a, rg_node *b, const char *why)
{
    char ta[RG_TEXT], tb[RG_TEXT];
    return rg_fail(rg_tape_of(a), RG_SHAPE, &rg_op_matmul, "matmul: %s times %s: %s",
                   rg_node_text(a, ta), rg_node_text(b, tb), why);
}

bool rg_same_batch(rg_node **a, rg_node **b)
{
    rg_shape sa = rg_shape_of(*a), sb = rg_shape_of(*b),
             s = {.rank = sa.rank > sb.rank ? sa.rank : sb.rank};
    for (int e = 2; e < s.rank; e++) {
        int64_t da = e < sa.rank ? sa.dim[sa.rank - 1 - e] : 1,
                db = e < sb.rank ? sb.dim[sb.rank - 1 - e] : 1;
        if (da != db && da != 1 && db != 1) return false;
        s.dim[s.rank - 1 - e] = da == 1 ? db : da;
    }
    rg_node **side[] = {a, b};
    for (int i = 0; i < 2; i++) {
        for (int e = 0; e < 2; e++) s.dim[s.rank - 1 - e] = rg_dim_from_end(*side[i], e);
        *side[i] = rg_broadcast(*side[i], s);
    }
    return true;
}

/* Many matrices times one: a single taller product, when the rows lie one after the
 * other. */
static rg_node *tall_product(rg_node *a, rg_node *b)
{
    rg_shape s = rg_shape_of(a);
    int64_t k = s.dim[s.rank - 1];
    rg_node *in[] = {rg_reshape(a, rg_shape2(k ? rg_count_of(a) / k : 0, k)), b};
    rg_node *y = rg_apply(&rg_op_matmul, 2, in, NULL);
    s.dim[s.rank - 1] = rg_dim_from_end(b, 0);
    return rg_reshape(y, s);
}

static rg_node *product_of(rg_node *a, rg_node *b)
{
    if (b->layout->rank == 2 && a->layout->rank > 2 && a->layout->dense &&
        rg_dim_from_end(a, 0) > 0)
        return tall_product(a, b);
    if (!rg_same_batch(&a, &b)) return refuse_product(a, b, "leading axes do not broadcast");
    return rg_apply(&rg_op_matmul, 2, (rg_node *[]){a, b}, NULL);
}

/* y without its axis e from the end, which has size 1. */
static rg_node *without_axis(rg_node *y, int e)
{
    if (rg_is_bad(y)) return y;
    rg_shape s = rg_shape_of(y);
    int at = s.rank - 1 - e;
    memmove(&s.dim[at], &s.dim[at + 1], (size_t)(s.rank - 1 - at) * sizeof *s.dim);
    s.rank--;
    return rg_reshape(y, s);
}

rg_node *rg_matmul(rg_node *a, rg_node *b)
{
    if (rg_is_bad(a) || rg_is_bad(b) || rg_tape_of(a) != rg_tape_of(b) ||
        a->layout->dtype != b->layout->dtype)
        return rg_apply(&rg_op_matmul, 2, (rg_node *[]){a, b}, NULL);
    int ra = a->layout->rank, rb = b->layout->rank;
    if (ra == 0 || rb == 0) return refuse_product(a, b, "a single number is no matrix; use rg_mul");
    if (ra == 1 && rb == 1 && rg_count_of(a) != rg_count_of(b))
        return refuse_product(a, b, "lengths must be equal");
    rg_node *left = ra == 1 ? rg_reshape(a, rg_shape2(1, rg_count_of(a))) : a;
    rg_node *right = rb == 1 ? rg_reshape(b, rg_shape2(rg_count_of(b), 1)) : b;
    if (rg_is_bad(left) || rg_is_bad(right)) return rg_is_bad(left) ? left : right;
    if (rg_dim_from_end(left, 0) != rg_dim_from_end(right, 1))
        return refuse_product(a, b, "inner sizes must be equal");
    rg_node *y = product_of(left, right);
    if (rb == 1) y = without_axis(y, 0);
    if (ra == 1) y = without_axis(y, rb == 1 ? 0 : 1);
    return y;
}

rg_node *rg_dot(rg_node *a, rg_node *b)
{
    if (rg_is_bad(a) || rg_is_bad(b) || (a->layout->rank == 1 && b->layout->rank == 1))
        return rg_matmul(a, b);
    return refuse_product(a, b, "dot takes two vectors");
}

rg_node *rg_outer(rg_node *a, rg_node *b)
{
    if (rg_is_bad(a) || rg_is_bad(b)) return rg_mul(a, b);
    if (a->layout->rank != 1 || b->layout->rank != 1)
        return refuse_product(a, b, "outer takes two vectors");
    rg_node *column = rg_reshape(a, rg_shape2(rg_count_of(a), 1));
    return rg_mul(column, b);
}

rg_node *rg_diag(rg_node *x)
{
    if (!rg_is_bad(x) && x->layout->rank == 1) return rg_diag_embed(x);
    return rg_diagonal(x);
}

rg_node *rg_trace(rg_node *x) { return rg_sum(rg_diagonal(x), -1); }
