/* test_known_linear.c - known values of linear algebra, Hessians, shapes and chance. */
#include "expect.h"
#include "suite.h"
#include <string.h>

/* ---- Hessians ----------------------------------------------------------------------- */

START_TEST(hessian_of_log_sum_exp)
{
    rg_tape *t = rg_tape_new(NULL); /* diag(p) - p p^T, p the softmax */
    rg_node *x = VECTOR(t, .3, -1, 2, .9), *p = rg_softmax(x, 0);
    rg_node *want = rg_sub(rg_diag(p), rg_outer(p, p));
    EXPECT(rg_amax(rg_abs(rg_sub(hessian_of(rg_logsumexp(x, 0), x), want)), RG_ALL_AXES), 1e-12, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(hessian_of_a_quadratic_form)
{
    rg_tape *t = rg_tape_new(NULL); /* A + A^T, exactly: notes 2.2 */
    rg_node *A = MATRIX(t, 3, 1, 2, 3, 4, 5, 6, 7, 8, 10), *x = VECTOR(t, .5, -1, 2);
    rg_node *y = rg_dot(x, rg_matmul(A, x));
    EXPECT(grad_of(y, x), 0, 15, 21, 31); /* (A + A^T) x */
    EXPECT(hessian_of(y, x), 0, 2, 6, 10, 6, 10, 14, 10, 14, 20);
    rg_tape_free(t);
}
END_TEST

/* ---- matrices ----------------------------------------------------------------------- */

START_TEST(products)
{
    rg_tape *t = rg_tape_new(NULL); /* vectors as NumPy's @ */
    rg_node *A = MATRIX(t, 2, 1, 2, 3, 4, 5, 6), *x = VECTOR(t, 1, -1), *u = VECTOR(t, 1, 0, 2);
    EXPECT(rg_matmul(A, x), 0, -1, -1, -1);
    EXPECT(rg_matmul(u, A), 0, 11, 14);
    EXPECT(rg_dot(u, u), 0, 5);
    EXPECT(rg_outer(x, u), 0, 1, 0, 2, -1, 0, -2);
    EXPECT(rg_matmul(rg_transpose(A), A), 0, 35, 44, 44, 56);
    EXPECT(grad_of(rg_matmul(A, x), A), 0, 1, -1, 1, -1, 1, -1);
    EXPECT(rg_trace(MATRIX(t, 2, 1, 2, 3, 4)), 0, 5);
    rg_tape_free(t);
}
END_TEST

/* Row i, column j of product k, added up one by one. */
static double by_loops(const double *a, const double *b, int n, int i, int j)
{
    double s = 0;
    for (int l = 0; l < n; l++) s += a[i * n + l] * b[l * n + j];
    return s;
}

START_TEST(batches_against_loops)
{
    enum { BATCH = 6, N = 5 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_normal(t, RG_F64, rg_shape4(2, 3, N, N)),
            *b = rg_normal(t, RG_F64, rg_shape4(2, 1, N, N));
    double x[BATCH * N * N], w[2 * N * N], y[BATCH * N * N];
    rg_read(a, RG_F64, x, BATCH * N * N);
    rg_read(b, RG_F64, w, 2 * N * N);
    ck_assert_int_eq(rg_read(rg_matmul(a, b), RG_F64, y, BATCH * N * N), RG_OK);
    for (int k = 0; k < BATCH; k++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                ck_assert_double_eq_tol(y[(k * N + i) * N + j],
                                        by_loops(x + k * N * N, w + k / 3 * N * N, N, i, j), 1e-13);
    rg_tape_free(t);
}
END_TEST

START_TEST(determinants_and_inverses)
{
    rg_tape *t = rg_tape_new(NULL); /* by hand: det 5, adjugate 3 -1 -1 2 */
    rg_node *A = MATRIX(t, 2, 2, 1, 1, 3), *b = VECTOR(t, 3, 4);
    EXPECT(rg_det(A), 1e-15, 5);
    EXPECT(rg_logdet(A), 1e-15, log(5));
    EXPECT(rg_inverse(A), 1e-15, .6, -.2, -.2, .4);
    EXPECT(rg_solve(A, b), 1e-15, 1, 1);
    EXPECT(grad_of(rg_det(A), A), 1e-15, 3, -1, -1, 2);
    EXPECT(grad_of(rg_logdet(A), A), 1e-15, .6, -.2, -.2, .4);
    EXPECT(grad_of(rg_solve(A, b), b), 1e-15, .4, .2);
    EXPECT(rg_logdet(MATRIX(t, 2, 0, 1, 1, 0)), 0, (double)NAN);
    EXPECT(rg_det(MATRIX(t, 2, 1, 2, 2, 4)), 0, 0);
    EXPECT(rg_det(rg_leaf(t, RG_F64, rg_shape2(0, 0))), 0, 1);
    rg_inverse(MATRIX(t, 2, 1, 2, 2, 4));
    ck_assert_int_eq(rg_error_of(t)->status, RG_DOMAIN);
    rg_tape_free(t);
}
END_TEST

/* ---- shapes ------------------------------------------------------------------------- */

START_TEST(rank_eight)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_shape s = {8, {2, 1, 2, 1, 2, 1, 2, 2}};
    rg_node *x = rg_reshape(rg_cumsum(rg_const(t, RG_F64, rg_shape1(32), 1), 0, false), s);
    EXPECT(rg_sum(x, RG_ALL_AXES), 0, 32 * 33 / 2);
    rg_node *y = rg_transpose(x);
    ck_assert_int_eq(rg_shape_of(y).rank, 8);
    EXPECT(rg_sum(rg_mul(rg_transpose(y), x), RG_ALL_AXES), 0, 32. * 33 * 65 / 6);
    for (int i = 0; i < 5; i++) y = rg_sum(y, i % 2 ? 0 : -1);
    ck_assert_int_eq(rg_shape_of(y).rank, 3);
    EXPECT(rg_sum(y, RG_ALL_AXES), 0, 32 * 33 / 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(shapes_broadcast_as_in_numpy)
{
    rg_tape *t = rg_tape_new(NULL);
    const struct {
        rg_shape a, b, y;
    } law[] = {
        {{2, {3, 1}}, {1, {4}}, {2, {3, 4}}},
        {{0, {0}}, {2, {2, 3}}, {2, {2, 3}}},
        {{3, {2, 1, 4}}, {2, {3, 1}}, {3, {2, 3, 4}}},
        {{1, {1}}, {1, {0}}, {1, {0}}},
        {{2, {0, 1}}, {2, {1, 5}}, {2, {0, 5}}},
        {{4, {1, 2, 1, 2}}, {2, {3, 1}}, {4, {1, 2, 3, 2}}},
    };
    for (size_t i = 0; i < sizeof law / sizeof *law; i++) {
        rg_node *a = rg_leaf(t, RG_F64, law[i].a), *b = rg_leaf(t, RG_F64, law[i].b),
                *y = rg_add(a, b);
        rg_shape s = rg_shape_of(y);
        ck_assert_int_eq(s.rank, law[i].y.rank);
        ck_assert_mem_eq(s.dim, law[i].y.dim, (size_t)s.rank * sizeof *s.dim);
        ck_assert_int_eq(rg_count_of(grad_of(y, a)), rg_count_of(a));
        ck_assert_int_eq(rg_count_of(grad_of(y, b)), rg_count_of(b));
    }
    rg_add(rg_leaf(t, RG_F64, rg_shape2(2, 3)), rg_leaf(t, RG_F64, rg_shape1(2)));
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(copies_add_up)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *column = MATRIX(t, 1, 1, 2, 3), *row = VECTOR(t, 10, 20);
    EXPECT(rg_mul(column, row), 0, 10, 20, 20, 40, 30, 60);
    EXPECT(grad_of(rg_mul(column, row), column), 0, 30, 30, 30);
    EXPECT(grad_of(rg_mul(column, row), row), 0, 6, 6);
    rg_tape_free(t);
}
END_TEST

/* ---- chance ------------------------------------------------------------------------- */

enum { DRAWS = 100000 };

/* Mean and deviation of the numbers of x. */
static void moments(rg_node *x, double *mean, double *deviation)
{
    *mean = rg_value(rg_mean(rg_cast(x, RG_F64), 0));
    *deviation = rg_value(rg_std(rg_cast(x, RG_F64), 0));
}

START_TEST(moments_of_what_is_drawn)
{
    for (int d = RG_F32; d <= RG_F64; d++) { /* five standard errors */
        rg_tape *t = rg_tape_new(NULL);
        double mean, deviation, error = 5 / sqrt(DRAWS);
        moments(rg_uniform(t, (rg_dtype)d, rg_shape1(DRAWS)), &mean, &deviation);
        ck_assert_double_eq_tol(mean, .5, error * sqrt(1. / 12));
        ck_assert_double_eq_tol(deviation, sqrt(1. / 12), error * .3);
        moments(rg_normal(t, (rg_dtype)d, rg_shape1(DRAWS)), &mean, &deviation);
        ck_assert_double_eq_tol(mean, 0, error);
        ck_assert_double_eq_tol(deviation, 1, error);
        moments(rg_bernoulli(t, (rg_dtype)d, rg_shape1(DRAWS), .3), &mean, &deviation);
        ck_assert_double_eq_tol(mean, .3, error * sqrt(.21));
        moments(rg_dropout(rg_const(t, (rg_dtype)d, rg_shape1(DRAWS), 1), .8), &mean, &deviation);
        ck_assert_double_eq_tol(mean, 1, error * .5); /* notes 9.6: nothing to rescale later */
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(range_of_what_is_drawn)
{
    rg_tape *t = rg_tape_new(NULL);
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_node *u = rg_uniform(t, (rg_dtype)d, rg_shape1(DRAWS));
        ck_assert_double_ge(rg_value(rg_amin(u, 0)), 0);
        ck_assert_double_lt(rg_value(rg_amax(u, 0)), 1);
    }
    EXPECT(rg_sum(rg_bernoulli(t, RG_F64, rg_shape1(1000), 0), 0), 0, 0);
    EXPECT(rg_sum(rg_bernoulli(t, RG_F64, rg_shape1(1000), 1), 0), 0, 1000);
    rg_tape_free(t);
}
END_TEST

static void draw(uint64_t seed, double *to)
{
    rg_config cfg = {.seed = seed};
    rg_tape *t = rg_tape_new(&cfg);
    rg_read(rg_normal(t, RG_F64, rg_shape1(8)), RG_F64, to, 8);
    rg_read(rg_normal(t, RG_F64, rg_shape1(8)), RG_F64, to + 8, 8);
    rg_tape_free(t);
}

START_TEST(the_seed_says_it_all)
{
    double a[16], b[16], c[16];
    draw(1, a);
    draw(1, b);
    draw(2, c);
    ck_assert_mem_eq(a, b, sizeof a);
    for (int i = 0; i < 16; i++) ck_assert_double_ne(a[i], c[i]);
    for (int i = 0; i < 8; i++) ck_assert_double_ne(a[i], a[8 + i]); /* two ops, two streams */
}
END_TEST

RG_SUITE("known linear", hessian_of_log_sum_exp, hessian_of_a_quadratic_form, products,
         batches_against_loops, determinants_and_inverses, rank_eight, shapes_broadcast_as_in_numpy,
         copies_add_up, moments_of_what_is_drawn, range_of_what_is_drawn, the_seed_says_it_all)
