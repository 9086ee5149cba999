/* linalg.c - solve, inverse, det and logdet, on the LU factors of LAPACK. A dense
 * row-major matrix is, to LAPACK, its transpose: factors are of A^T throughout. */
#define RG_NO_HERE
#include "axes.h"
#include "lapack.h"
#include "ops.h"
#include <limits.h>
#include <math.h>
#include <string.h>

/* ---- shared: one matrix of a batch, factorised ----------------------------------- */

typedef struct lu {
    const rg_call *c;
    rg_dtype d;
    int n;
    char *factors; /* n x n */
    int *pivots;   /* n     */
    size_t bytes;  /* of both */
    void *tmp;     /* of rg_dense_in */
    const char *a; /* the matrices, dense */
    int64_t batch;
} lu;

static rg_status lu_begin(lu *f, const rg_call *c)
{
    const rg_tensor *a = &c->in[0];
    int64_t n = a->dim[a->rank - 1];
    *f = (lu){.c = c, .d = a->dtype, .n = (int)n, .batch = 1};
    for (int i = 0; i < a->rank - 2; i++) f->batch *= a->dim[i];
    rg_status s = rg_lapack_ready(c->tape, c->op);
    if (s) return s;
    f->bytes = (size_t)(n * n) * rg_dtype_size(f->d) + (size_t)(n + 1) * sizeof(int);
    f->a = rg_dense_in(c, 0, &f->tmp);
    f->factors = f->a ? rg_scratch(c->tape, f->bytes) : NULL;
    if (!f->factors) return rg_dense_done(c, 0, f->tmp), RG_NOMEM;
    f->pivots = (int *)(void *)(f->factors + (size_t)(n * n) * rg_dtype_size(f->d));
    return RG_OK;
}

static void lu_end(lu *f)
{
    rg_scratch_free(f->c->tape, f->factors, f->bytes);
    rg_dense_done(f->c, 0, f->tmp);
}

/* The number of the first zero pivot, 0 when there is none. */
static int lu_factorise(lu *f, int64_t i)
{
    size_t bytes = (size_t)f->n * (size_t)f->n * rg_dtype_size(f->d);
    memcpy(f->factors, f->a + (size_t)i * bytes, bytes);
    return f->n ? rg_lapack_lu(f->d, f->n, f->factors, f->pivots) : 0;
}

static rg_status singular(const lu *f, int pivot)
{
    rg_fail(f->c->tape, RG_DOMAIN, f->c->op, "%s: the matrix is singular: pivot %d of %d is zero",
            f->c->op->name, pivot, f->n);
    return RG_DOMAIN;
}

static rg_status check_square(const rg_making *m)
{
    const rg_layout *a = m->in[0]->layout;
    char text[RG_TEXT];
    if (a->rank >= 2 && a->dim[a->rank - 1] == a->dim[a->rank - 2] && a->dim[a->rank - 1] < INT_MAX)
        return RG_OK;
    rg_fail(m->tape, RG_SHAPE, m->op, "%s: %s is not square", m->op->name,
            rg_node_text(m->in[0], text));
    return RG_SHAPE;
}

/* rows x columns of one layout to the other. */
static void turn(rg_dtype d, const void *from, int64_t rows, int64_t columns, void *to)
{
    rg_tensor w = {(void *)(uintptr_t)from, d, 2, {columns, rows}, {1, columns}};
    rg_pack(to, &w, 0, rows * columns);
}

/* ---- solve(A, b): leading axes equal --------------------------------------------- */

static rg_status solve_shape(rg_making *m)
{
    const rg_layout *a = m->in[0]->layout, *b = m->in[1]->layout;
    char ta[RG_TEXT], tb[RG_TEXT];
    rg_status s = check_square(m);
    if (s) return s;
    if (a->dtype != b->dtype)
        return rg_refuse(m->tape, RG_DTYPE, m->op, "solve: element types differ: %s and %s",
                         rg_node_text(m->in[0], ta), rg_node_text(m->in[1], tb));
    if (b->rank != a->rank || memcmp(a->dim, b->dim, (size_t)(a->rank - 1) * sizeof *a->dim) ||
        b->dim[b->rank - 1] >= INT_MAX)
        return rg_refuse(m->tape, RG_SHAPE, m->op, "solve: %s with right side %s does not fit",
                         rg_node_text(m->in[0], ta), rg_node_text(m->in[1], tb));
    m->shape = rg_shape_of(m->in[1]);
    return RG_OK;
}

/* b holds the right sides, row-major; turned twice on the way, through `column`. */
static rg_status solve_all(lu *f, const char *b, int64_t k, void *column)
{
    size_t bytes = (size_t)f->n * (size_t)k * rg_dtype_size(f->d);
    for (int64_t i = 0; i < f->batch; i++) {
        int pivot = lu_factorise(f, i);
        if (pivot) return singular(f, pivot);
        turn(f->d, b + (size_t)i * bytes, f->n, k, column);
        if (bytes) rg_lapack_solve(f->d, true, f->n, (int)k, f->factors, f->pivots, column);
        turn(f->d, column, k, f->n, (char *)f->c->out.data + (size_t)i * bytes);
    }
    return RG_OK;
}

static rg_status solve_run(const rg_call *c)
{
    lu f;
    rg_status s = lu_begin(&f, c);
    if (s) return s;
    int64_t k = c->out.dim[c->out.rank - 1];
    size_t bytes = (size_t)f.n * (size_t)k * rg_dtype_size(f.d);
    void *tmp, *column = rg_scratch(c->tape, bytes);
    const char *b = column ? rg_dense_in(c, 1, &tmp) : NULL;
    s = b ? solve_all(&f, b, k, column) : RG_NOMEM;
    if (b) rg_dense_done(c, 1, tmp);
    if (column) rg_scratch_free(c->tape, column, bytes);
    lu_end(&f);
    return s;
}

extern const rg_op rg_op_solve;

static void solve_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *gb = rg_solve(rg_swap_last(rg_in(y, 0)), g);
    if (wanted[1]) out[1] = gb;
    if (wanted[0]) out[0] = rg_neg(rg_matmul(gb, rg_swap_last(y)));
}

const rg_op rg_op_solve = {
    .abi = RG_OP_ABI,
    .name = "solve",
    .formula = "{a}^-1 {b}",
    .section = "3",
    .kind = RG_WHOLE,
    .refuses = true,
    .nin = 2,
    .shape = solve_shape,
    .run = {solve_run, solve_run},
    .vjp = solve_vjp,
    .example = "s3x3 3x2;s1x1 1x1;2xs3x3 2x3x1;s0x0 0x2",
    .wire = {{"-{a}^-T g {y}^T",
              "minus the gradient of the right side times the solution, transposed",
              {-2, 2, 0, 0}},
             {"{a}^-T g", "upstream solved with the transposed matrix", {-2, 2, 0, 0}}}};

rg_node *rg_solve(rg_node *A, rg_node *b)
{
    rg_node *in[] = {A, b};
    if (rg_is_bad(A) || rg_is_bad(b) || A->layout->rank < 2 || b->layout->rank < 1)
        return rg_apply(&rg_op_solve, 2, in, NULL);
    bool vector = b->layout->rank == 1;
    if (vector) in[1] = rg_reshape(b, rg_shape2(rg_count_of(b), 1));
    if (rg_is_bad(in[1])) return in[1];
    rg_same_batch(&in[0], &in[1]); /* when they do not fit, the shape rule says so */
    rg_node *y = rg_apply(&rg_op_solve, 2, in, NULL);
    if (!vector || rg_is_bad(y)) return y;
    rg_shape s = rg_shape_of(y);
    s.rank--;
    return rg_reshape(y, s);
}

/* ---- inverse --------------------------------------------------------------------- */

static rg_status square_shape(rg_making *m) { return check_square(m); }

static void identity(rg_dtype d, int n, void *to)
{
    memset(to, 0, (size_t)n * (size_t)n * rg_dtype_size(d));
    for (int i = 0; i < n; i++) {
        double one = 1;
        rg_convert((char *)to + (size_t)i * (size_t)(n + 1) * rg_dtype_size(d), d, &one, RG_F64, 1);
    }
}

/* Solving A^T X = I in columns writes A^-T by columns, which is A^-1 by rows. */
static rg_status inverse_run(const rg_call *c)
{
    lu f;
    rg_status s = lu_begin(&f, c);
    if (s) return s;
    size_t bytes = (size_t)f.n * (size_t)f.n * rg_dtype_size(f.d);
    for (int64_t i = 0; i < f.batch && !s; i++) {
        char *to = (char *)c->out.data + (size_t)i * bytes;
        int pivot = lu_factorise(&f, i);
        if (pivot)
            s = singular(&f, pivot);
        else if (f.n) {
            identity(f.d, f.n, to);
            rg_lapack_solve(f.d, false, f.n, f.n, f.factors, f.pivots, to);
        }
    }
    lu_end(&f);
    return s;
}

static void inverse_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (!wanted[0]) return;
    rg_node *turned = rg_swap_last(y);
    rg_node *left = rg_matmul(turned, g);
    out[0] = rg_neg(rg_matmul(left, turned));
}

const rg_op rg_op_inverse = {
    .abi = RG_OP_ABI,
    .name = "inverse",
    .formula = "{a}^-1",
    .section = "3",
    .kind = RG_WHOLE,
    .refuses = true,
    .nin = 1,
    .shape = square_shape,
    .run = {inverse_run, inverse_run},
    .vjp = inverse_vjp,
    .example = "s3x3;s1x1;2xs3x3;s0x0",
    .wire = {{"-{y}^T g {y}^T", "minus upstream between two transposed inverses", {-2, 2, 0, 0}}}};

rg_node *rg_inverse(rg_node *A) { return rg_apply(&rg_op_inverse, 1, &A, NULL); }

/* ---- det and logdet -------------------------------------------------------------- */

static rg_status det_shape(rg_making *m)
{
    rg_status s = check_square(m);
    if (!s) m->shape.rank -= 2;
    return s;
}

static double lu_diagonal(const lu *f, int i)
{
    double u;
    rg_convert(&u, RG_F64, f->factors + (size_t)i * (size_t)(f->n + 1) * rg_dtype_size(f->d), f->d,
               1);
    return f->pivots[i] != i + 1 ? -u : u;
}

static double det_of(const lu *f)
{
    double p = 1;
    for (int i = 0; i < f->n; i++) p *= lu_diagonal(f, i);
    return p;
}

static double logdet_of(const lu *f)
{
    double s = 0, sign = 1;
    for (int i = 0; i < f->n; i++) {
        double u = lu_diagonal(f, i);
        s += log(fabs(u));
        if (u < 0) sign = -sign;
    }
    return sign < 0 ? (double)NAN : s;
}

static rg_status each_matrix(const rg_call *c, double (*value)(const lu *f))
{
    lu f;
    rg_status s = lu_begin(&f, c);
    if (s) return s;
    size_t size = rg_dtype_size(f.d);
    for (int64_t i = 0; i < f.batch; i++) {
        lu_factorise(&f, i);
        double v = value(&f);
        rg_convert((char *)c->out.data + (size_t)i * size, f.d, &v, RG_F64, 1);
    }
    lu_end(&f);
    return RG_OK;
}

static rg_status det_run(const rg_call *c) { return each_matrix(c, det_of); }
static rg_status logdet_run(const rg_call *c) { return each_matrix(c, logdet_of); }

/* f, one number per matrix, times the transposed inverse of the matrix. */
static rg_node *times_inverse(rg_node *f, rg_node *a)
{
    rg_node *turned = rg_swap_last(rg_inverse(a));
    int64_t dim[] = {rg_dim_from_end(a, 0), rg_dim_from_end(a, 1)};
    rg_node *wide = rg_expand(f, 3, 2, dim);
    return rg_zmul(wide, turned);
}

static void det_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = times_inverse(rg_zmul(g, y), rg_in(y, 0));
}

static void logdet_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = times_inverse(g, rg_in(y, 0));
}

const rg_op rg_op_det = {.abi = RG_OP_ABI,
                         .name = "det",
                         .formula = "det {a}",
                         .kind = RG_WHOLE,
                         .refuses = true,
                         .nin = 1,
                         .shape = det_shape,
                         .run = {det_run, det_run},
                         .vjp = det_vjp,
                         .example = "s3x3;s1x1;2xs3x3;s0x0",
                         .wire = {{"{y} {a}^-T",
                                   "upstream times the determinant times the inverse, transposed",
                                   {-2, 2, 0, 0}}}};

const rg_op rg_op_logdet = {
    .abi = RG_OP_ABI,
    .name = "logdet",
    .formula = "log det {a}",
    .kind = RG_WHOLE,
    .refuses = true,
    .nin = 1,
    .shape = det_shape,
    .run = {logdet_run, logdet_run},
    .vjp = logdet_vjp,
    .example = "s3x3;s1x1;2xs3x3;s0x0",
    .wire = {{"{a}^-T", "upstream times the inverse, transposed", {-2, 2, 0, 0}}}};

rg_node *rg_det(rg_node *A) { return rg_apply(&rg_op_det, 1, &A, NULL); }
rg_node *rg_logdet(rg_node *A) { return rg_apply(&rg_op_logdet, 1, &A, NULL); }
