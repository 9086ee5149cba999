/* test_products.c - every matrix product, by whichever library, stays within the bound
 * that any order of summation obeys: |C - AB| <= k eps |A||B|, entry by entry (Higham,
 * "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5). */
#include "suite.h"
#include <float.h>
#include <math.h>
#include <retrograd/retrograd.h>

static double entry(const double *x, int64_t columns, int64_t i, int64_t j)
{
    return x[i * columns + j];
}

static rg_node *factor(rg_node *x, bool turned)
{
    if (!turned) return x;
    rg_node *dense = rg_scale(rg_transpose(x), 1); /* elementwise: the numbers move */
    return rg_transpose(dense);
}

static void check_product(rg_dtype d, int64_t m, int64_t n, int64_t k, bool turn_a, bool turn_b)
{
    rg_config cfg = {.seed = (uint64_t)(m * 1000003 + n * 1009 + k)};
    rg_tape *t = rg_tape_new(&cfg);
    size_t na = (size_t)(m * k), nb = (size_t)(k * n), nc = (size_t)(m * n);
    double *a = calloc(na + nb + nc, sizeof *a), *b = a + na, *c = b + nb;
    rg_node *x = rg_normal(t, d, rg_shape2(m, k)), *y = rg_normal(t, d, rg_shape2(k, n));
    rg_node *z = rg_matmul(factor(x, turn_a), factor(y, turn_b));
    ck_assert_int_eq(rg_read(x, RG_F64, a, na), RG_OK);
    ck_assert_int_eq(rg_read(y, RG_F64, b, nb), RG_OK);
    ck_assert_int_eq(rg_read(z, RG_F64, c, nc), RG_OK);
    double eps = d == RG_F32 ? FLT_EPSILON : DBL_EPSILON;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            long double exact = 0, size = 0;
            for (int64_t l = 0; l < k; l++) {
                long double term = (long double)entry(a, k, i, l) * (long double)entry(b, n, l, j);
                exact += term;
                size += fabsl(term);
            }
            ck_assert_double_le((double)fabsl((long double)entry(c, n, i, j) - exact),
                                (double)((long double)k * eps * size));
        }
    free(a);
    rg_tape_free(t);
}

START_TEST(all_shapes_stay_within_the_bound)
{
    static const int64_t shape[][3] = {{1, 1, 1},     {1, 7, 5},    {7, 1, 5},     {3, 5, 1},
                                       {16, 16, 16},  {33, 31, 29}, {1, 128, 784}, {128, 10, 64},
                                       {300, 20, 40}, {20, 530, 50}};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        for (int how = 0; how < 8; how++)
            check_product(how & 4 ? RG_F32 : RG_F64, shape[i][0], shape[i][1], shape[i][2], how & 1,
                          how & 2);
}
END_TEST

/* Large enough to be cut into strips, along either side. */
START_TEST(products_in_strips_stay_within_the_bound)
{
    check_product(RG_F32, 600, 130, 120, false, true);
    check_product(RG_F32, 130, 600, 120, true, false);
}
END_TEST

static void count_pieces(void *ud, int n, void (*fn)(void *arg, int i), void *arg)
{
    int *most = ud;
    if (n > *most) *most = n;
    for (int i = 0; i < n; i++) fn(arg, i);
}

/* 1025 rows once made five. */
START_TEST(at_most_four_strips)
{
    static const int64_t rows[] = {600, 1024, 1025, 1100};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int most = 0;
        rg_config cfg = {.parallel = count_pieces, .ud = &most};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *a = rg_leaf(t, RG_F32, rg_shape2(rows[i], 128));
        rg_matmul(a, rg_leaf(t, RG_F32, rg_shape2(128, 128)));
        ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
        ck_assert(most > 1 && most <= 4);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(strips_do_not_depend_on_threads)
{
    enum { M = 600, N = 200, K = 150 };
    static float one[M * N], four[M * N];
    for (int threads = 1; threads <= 4; threads += 3) {
        rg_set_threads(threads);
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = rg_normal(t, RG_F32, rg_shape2(M, K)),
                *b = rg_normal(t, RG_F32, rg_shape2(K, N));
        ck_assert_int_eq(rg_read(rg_matmul(a, b), RG_F32, threads == 1 ? one : four, M * N), RG_OK);
        rg_tape_free(t);
    }
    rg_set_threads(1);
    ck_assert_mem_eq(one, four, sizeof one);
}
END_TEST

RG_SUITE("products", all_shapes_stay_within_the_bound, products_in_strips_stay_within_the_bound,
         at_most_four_strips, strips_do_not_depend_on_threads)
