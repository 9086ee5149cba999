/* ops.h - what can be computed: the functions that record ops.
 *
 * Every function returns a node, never NULL; on an error the tape's error node
 * (see tape.h). Inputs belong to one tape and share one dtype unless a comment
 * says otherwise; shapes broadcast as in NumPy, and a broadcast is a node of its
 * own. Axes are 0-based, negative from the end. Gradients, domains and the rule
 * in words stand in each op's descriptor; `retrograd rules OP` prints them. */
#ifndef RG_OPS_H
#define RG_OPS_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RG_ALL_AXES: the whole tensor, to a scalar. */
enum { RG_ALL_AXES = INT32_MAX };

/* ---- elementwise: rows of elementwise.def ----------------------------------------
 * "also i64": those wrap around where they overflow. */

RG_API rg_node *rg_neg(rg_node *x);                 /* -x; also i64                         */
RG_API rg_node *rg_scale(rg_node *x, double c);     /* c x                                  */
RG_API rg_node *rg_offset(rg_node *x, double c);    /* x + c                                */
RG_API rg_node *rg_exp(rg_node *x);                 /* notes 6.3                            */
RG_API rg_node *rg_expm1(rg_node *x);               /* exp(x) - 1, right near 0             */
RG_API rg_node *rg_log(rg_node *x);                 /* natural; -inf at 0, NaN below (6.3)  */
RG_API rg_node *rg_log1p(rg_node *x);               /* log(1 + x), right near 0             */
RG_API rg_node *rg_sqrt(rg_node *x);                /* NaN below 0                          */
RG_API rg_node *rg_square(rg_node *x);              /* x x                                  */
RG_API rg_node *rg_powc(rg_node *x, double p);      /* x^p for a fixed p                    */
RG_API rg_node *rg_inv(rg_node *x);                 /* 1/x (6.3)                            */
RG_API rg_node *rg_abs(rg_node *x);                 /* derivative 0 at 0                    */
RG_API rg_node *rg_sign(rg_node *x);                /* -1, 0, 1; no gradient                */
RG_API rg_node *rg_positive(rg_node *x);            /* 1 where x > 0, else 0; no gradient   */
RG_API rg_node *rg_sin(rg_node *x);                 /* radians                              */
RG_API rg_node *rg_cos(rg_node *x);
RG_API rg_node *rg_tan(rg_node *x);
RG_API rg_node *rg_asin(rg_node *x);                /* -pi/2..pi/2; NaN beyond -1..1        */
RG_API rg_node *rg_acos(rg_node *x);                /* 0..pi; NaN beyond -1..1              */
RG_API rg_node *rg_atan(rg_node *x);                /* -pi/2..pi/2                          */
RG_API rg_node *rg_sinh(rg_node *x);
RG_API rg_node *rg_cosh(rg_node *x);
RG_API rg_node *rg_floor(rg_node *x);               /* the whole number below; no gradient  */
RG_API rg_node *rg_ceil(rg_node *x);                /* the one above; no gradient           */
RG_API rg_node *rg_round(rg_node *x);               /* the nearest, halves to even; no gradient */
RG_API rg_node *rg_tanh(rg_node *x);                /* notes 6.1                            */
RG_API rg_node *rg_sigmoid(rg_node *x);             /* 1/(1 + exp(-x)) (6.1)                */
RG_API rg_node *rg_relu(rg_node *x);                /* max(x, 0); derivative 0 at 0 (6.1)   */
RG_API rg_node *rg_leaky_relu(rg_node *x, double slope); /* x, below 0 slope x (6.1)        */
RG_API rg_node *rg_elu(rg_node *x, double alpha);   /* x, below 0 alpha (exp(x) - 1) (6.1)  */
RG_API rg_node *rg_softplus(rg_node *x);            /* log(1 + exp(x)), never overflows (6.1) */
RG_API rg_node *rg_swish(rg_node *x, double beta);  /* x sigmoid(beta x) (6.1)              */
RG_API rg_node *rg_gelu(rg_node *x);                /* x Phi(x), exact, also far below 0    */
RG_API rg_node *rg_erf(rg_node *x);
RG_API rg_node *rg_erfc(rg_node *x);                /* 1 - erf(x), exact where that is tiny */
RG_API rg_node *rg_clamp(rg_node *x, double lo, double hi); /* half the gradient at a bound */
RG_API rg_node *rg_huber_of(rg_node *d, double delta); /* d^2/2, beyond delta: delta (|d| - delta/2) */

RG_API rg_node *rg_add(rg_node *a, rg_node *b);     /* also i64 (notes 6.3)                 */
RG_API rg_node *rg_sub(rg_node *a, rg_node *b);     /* also i64                             */
RG_API rg_node *rg_mul(rg_node *a, rg_node *b);     /* also i64 (6.3)                       */
RG_API rg_node *rg_div(rg_node *a, rg_node *b);
RG_API rg_node *rg_mix(rg_node *a, rg_node *b, double p, double q); /* p a + q b            */
RG_API rg_node *rg_pow(rg_node *a, rg_node *b);     /* a^b                                  */
RG_API rg_node *rg_max(rg_node *a, rg_node *b);     /* a tie: half to each (6.3); also i64  */
RG_API rg_node *rg_min(rg_node *a, rg_node *b);     /* the same                             */
RG_API rg_node *rg_prelu(rg_node *x, rg_node *a);   /* x, below 0 a x, a learned (6.1)      */

/* 0 or 1 in the dtype of the inputs, without gradient; also i64. */
RG_API rg_node *rg_eq(rg_node *a, rg_node *b);
RG_API rg_node *rg_ne(rg_node *a, rg_node *b);
RG_API rg_node *rg_lt(rg_node *a, rg_node *b);
RG_API rg_node *rg_le(rg_node *a, rg_node *b);
RG_API rg_node *rg_gt(rg_node *a, rg_node *b);
RG_API rg_node *rg_ge(rg_node *a, rg_node *b);

/* a where c is not 0, else b. The branch that is not taken gets gradient 0,
 * whatever its own derivative: where(x > 0, log(x), 0) is safe at 0. All i64, too. */
RG_API rg_node *rg_where(rg_node *c, rg_node *a, rg_node *b);

/* What gradient rules are made of. zmul(g, f) is g f, and exactly 0 where g is
 * 0, even if f is infinite or NaN; zdiv(g, f) is g/f likewise. Both are linear
 * in g. pass(g, c) is g where c is not 0, else 0; block(g, c) the opposite. */
RG_API rg_node *rg_zmul(rg_node *g, rg_node *f);
RG_API rg_node *rg_zdiv(rg_node *g, rg_node *f);
RG_API rg_node *rg_pass(rg_node *g, rg_node *c);
RG_API rg_node *rg_block(rg_node *g, rg_node *c);

/* ---- other dtypes ---------------------------------------------------------------- */

/* The numbers of x as another dtype; to i64 it truncates toward 0. The gradient
 * is cast back; there is none through an integer. */
RG_API rg_node *rg_cast(rg_node *x, rg_dtype dtype);

/* ---- views: another window onto the same numbers, no copy ------------------------ */

/* One dim may be -1: whatever is left. Copies only when no window can show it. */
RG_API rg_node *rg_reshape(rg_node *x, rg_shape shape);
/* All axes reversed: the matrix transpose for rank 2 (notes 6.3). */
RG_API rg_node *rg_transpose(rg_node *x);
/* The last two axes exchanged; rank at least 2. */
RG_API rg_node *rg_swap_last(rg_node *x);
/* axis[i] is the old place of new axis i; a permutation of 0..rank-1. */
RG_API rg_node *rg_permute(rg_node *x, const int *axis);
/* Elements from, from+step, ... of one axis, len of them; step not 0, maybe negative. */
RG_API rg_node *rg_slice(rg_node *x, int axis, int64_t from, int64_t len, int64_t step);
/* One element of an axis, and the axis is gone. Negative from the end. */
RG_API rg_node *rg_index(rg_node *x, int axis, int64_t at);
/* Repeat along new leading axes and along axes of size 1, to shape. */
RG_API rg_node *rg_broadcast(rg_node *x, rg_shape shape);
/* The diagonal of the last two axes. */
RG_API rg_node *rg_diagonal(rg_node *x);

/* ---- moving numbers -------------------------------------------------------------- */

/* Zeros of length total along the axis, with x at from, from+step, ...: the way
 * back of rg_slice. */
RG_API rg_node *rg_pad(rg_node *x, int axis, int64_t from, int64_t step, int64_t total);
/* 1 to 65535 tensors one after the other along an axis; other axes must agree. */
RG_API rg_node *rg_concat(int n, rg_node *const *x, int axis);
/* 1 to 65535 tensors of one shape along a new axis. */
RG_API rg_node *rg_stack(int n, rg_node *const *x, int axis);
/* x (..., n) on the diagonals of zeros (..., n, n): the way back of rg_diagonal. */
RG_API rg_node *rg_diag_embed(rg_node *x);
/* Entries of x along axis, at the i64 indices: dims of x with that axis replaced
 * by the dims of index. 0 <= index < size, else RG_INDEX. */
RG_API rg_node *rg_gather(rg_node *x, rg_node *index, int axis);
/* The way back: zeros of size `size` along axis, each entry of g added at its index. */
RG_API rg_node *rg_scatter_add(rg_node *g, rg_node *index, int axis, int64_t size);
/* Running sums along an axis; from the end when reverse. */
RG_API rg_node *rg_cumsum(rg_node *x, int axis, bool reverse);

/* ---- reductions: along one axis, or RG_ALL_AXES; the axis is gone ---------------- */

RG_API rg_node *rg_sum(rg_node *x, int axis);  /* 0 when empty                              */
RG_API rg_node *rg_mean(rg_node *x, int axis); /* NaN when empty                            */
RG_API rg_node *rg_var(rg_node *x, int axis);  /* divides by n                              */
RG_API rg_node *rg_std(rg_node *x, int axis);  /* root of that; derivative 0 where it is 0  */
RG_API rg_node *rg_prod(rg_node *x, int axis); /* gradient by products of the others        */
RG_API rg_node *rg_norm(rg_node *x, int axis); /* Euclidean; derivative 0 at 0              */
RG_API rg_node *rg_amax(rg_node *x, int axis); /* winners share equally; RG_SHAPE when empty */
RG_API rg_node *rg_amin(rg_node *x, int axis);
RG_API rg_node *rg_logsumexp(rg_node *x, int axis); /* stable (notes 4.5)                   */
RG_API rg_node *rg_argmax(rg_node *x, int axis);    /* i64, the first winner; no gradient   */

/* The same with the axis kept at size 1, so that the result broadcasts against x. */
RG_API rg_node *rg_sum_keep(rg_node *x, int axis);
RG_API rg_node *rg_mean_keep(rg_node *x, int axis);

/* ---- along an axis, shape kept --------------------------------------------------- */

RG_API rg_node *rg_softmax(rg_node *x, int axis);     /* notes 4.3                          */
RG_API rg_node *rg_log_softmax(rg_node *x, int axis); /* stable                             */

/* ---- linear algebra -------------------------------------------------------------- */

/* As NumPy's @: vectors are rows or columns as fits, leading axes are a batch and
 * broadcast. Inner sizes must agree, else RG_SHAPE. Notes 7.2. */
RG_API rg_node *rg_matmul(rg_node *a, rg_node *b);
RG_API rg_node *rg_dot(rg_node *a, rg_node *b);   /* two vectors of one length to a scalar  */
RG_API rg_node *rg_outer(rg_node *a, rg_node *b); /* (m), (n) to (m, n)                     */
RG_API rg_node *rg_diag(rg_node *x);              /* vector to matrix, or matrix to diagonal */
RG_API rg_node *rg_trace(rg_node *x);             /* sum of the diagonal                    */
/* A (..., n, n). Factorised by LAPACK, loaded at first use: RG_MISSING without
 * it, RG_DOMAIN when A is singular. Leading axes are a batch and broadcast. */
RG_API rg_node *rg_solve(rg_node *A, rg_node *b);  /* A x = b; b (n) or (..., n, k)         */
RG_API rg_node *rg_inverse(rg_node *A);
RG_API rg_node *rg_det(rg_node *A);    /* 0 for a singular A, but no gradient there         */
RG_API rg_node *rg_logdet(rg_node *A); /* NaN when the determinant is negative              */

/* ---- images: (n, c, h, w), more leading axes are more images ---------------------- */

/* How the windows of a convolution lie; of two numbers the first is for the height. 0
 * stands for the usual: stride 1, no padding, dilation 1, one group. */
typedef struct rg_conv_how {
    int64_t stride[2], pad[2], dilation[2]; /* pad: zeros on either side            */
    int64_t groups; /* channels and outputs in so many parts that do not meet       */
} rg_conv_how;

/* x (..., c, h, w) and weights w (o, c/groups, kh, kw), not turned round: y (..., o, ho, wo),
 * ho = (h + 2 pad - dilation (kh - 1) - 1)/stride + 1 rounded down, which must be at least 1,
 * else RG_SHAPE. Or weights with the leading axes of x before the n: a set for each.
 * how NULL: the usual. */
RG_API rg_node *rg_conv2d(rg_node *x, rg_node *w, int64_t stride, int64_t pad);
RG_API rg_node *rg_conv2d_of(rg_node *x, rg_node *w, const rg_conv_how *how);
/* Its gradients: of the images, height x width, from g in the shape of y (a transposed
 * convolution); and of the weights, rows x columns, from x and g. */
RG_API rg_node *rg_conv2d_back_x(rg_node *g, rg_node *w, int64_t height, int64_t width, const rg_conv_how *how);
RG_API rg_node *rg_conv2d_back_w(rg_node *x, rg_node *g, int64_t rows, int64_t columns, const rg_conv_how *how);

/* Windows of the last two axes; of two numbers the first is for the height. stride 0 is
 * the size of the window; padding is less than that. */
typedef struct rg_pool_how {
    int64_t size[2], stride[2], pad[2];
} rg_pool_how;

/* x (..., h, w) to (..., ho, wo), ho = (h + 2 pad - size)/stride + 1 rounded down, at least 1,
 * else RG_SHAPE. The largest of a window (padding never wins, NaN does; winners share the
 * gradient equally), or the mean (padding counts as zeros). k: windows k x k, side by side.
 * how NULL: RG_USAGE. */
RG_API rg_node *rg_maxpool2d(rg_node *x, int64_t k);
RG_API rg_node *rg_maxpool2d_of(rg_node *x, const rg_pool_how *how);
RG_API rg_node *rg_avgpool2d(rg_node *x, int64_t k);
RG_API rg_node *rg_avgpool2d_of(rg_node *x, const rg_pool_how *how);

/* ---- losses: averages over all elements, no 1/2 ---------------------------------- */

RG_API rg_node *rg_mse(rg_node *p, rg_node *y);             /* notes 2.1, 6.1              */
RG_API rg_node *rg_mae(rg_node *p, rg_node *y);             /* notes 2.1                   */
RG_API rg_node *rg_bce(rg_node *p, rg_node *y);             /* p in 0..1 (6.1)             */
RG_API rg_node *rg_bce_with_logits(rg_node *z, rg_node *y); /* of sigmoid(z), stable       */
RG_API rg_node *rg_huber(rg_node *p, rg_node *y, double delta);
/* -log softmax(logits)[label], averaged over rows (notes 4.4). logits (n, c) with
 * n labels i64 (n), or (c) with one label; classes count from 0, else RG_INDEX.
 * Labels shaped like the logits, of their dtype, are probabilities. */
RG_API rg_node *rg_cross_entropy(rg_node *logits, rg_node *labels);
/* The same before averaging: (..., c) and labels (...) to losses (...). */
RG_API rg_node *rg_nll(rg_node *logits, rg_node *labels);

/* ---- normalisation and chance ---------------------------------------------------- */

/* (x - mean)/sqrt(var + eps) gamma + beta; over axis 0, each feature for itself
 * (notes 8.3) - over the last axis, each example for itself. */
RG_API rg_node *rg_batchnorm(rg_node *x, rg_node *gamma, rg_node *beta, double eps);
RG_API rg_node *rg_layernorm(rg_node *x, rg_node *gamma, rg_node *beta, double eps);

/* Philox-4x32-10 keyed by the tape's seed; the numbers depend on the seed, the
 * tape's counter (a leaf, +1 per tick), the ordinal among the random ops since
 * the last tick or rewind, and the place of the element, and on nothing else. */
RG_API rg_node *rg_uniform(rg_tape *t, rg_dtype dtype, rg_shape shape);   /* in [0, 1)      */
RG_API rg_node *rg_normal(rg_tape *t, rg_dtype dtype, rg_shape shape);    /* N(0, 1)        */
RG_API rg_node *rg_bernoulli(rg_tape *t, rg_dtype dtype, rg_shape shape, double p); /* 1 with probability p */
/* Inverted dropout (notes 9.6): keeps with probability keep and divides by it. 0 < keep <= 1. */
RG_API rg_node *rg_dropout(rg_node *x, double keep);

/* ---- tools for ops --------------------------------------------------------------- */

/* rg_apply for elementwise ops, inputs broadcast to their common shape first. */
RG_API rg_node *rg_apply_broadcast(const rg_op *op, int nin, rg_node *const *in, const rg_attr *attr);

/* Every built-in op, NULL at the end. */
RG_API extern const rg_op *const rg_ops[];

/* What this copy of the library works with on this machine, for people. */
typedef struct rg_about {
    const char *blis;    /* version of BLIS; NULL: matrix products by loops of its own */
    bool lapack;         /* found: solve, inverse, det and logdet work                 */
    const char *kernels; /* instruction set of the kernels: "avx512f", "avx2", "baseline" */
    bool mpi;            /* built with MPI: rg_mpi_open works                          */
} rg_about;
RG_API rg_about rg_about_library(void);

/* ---- the same functions, noting the line of the call ----------------------------- */
#ifndef RG_NO_HERE
#include "ops_here.h"
#endif

#ifdef __cplusplus
}
#endif
#endif
