/* test_products.c - every matrix product, by whichever library, stays within the bound
 * that any order of summation obeys: |C - AB| <= k eps |A||B|, entry by entry (Higham,
 * "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5). */
#include "suite.h"
#include <float.h>
#include <math.h>
#include <pthread.h>
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

/* Thin and small ones: every width of a tile, with and without a rest. */
START_TEST(thin_shapes_stay_within_the_bound)
{
    static const int64_t side[] = {1, 2, 3, 4, 7, 8, 9, 17, 33}, depth[] = {1, 2, 8, 11, 37};
    enum { SIDES = sizeof side / sizeof *side, DEPTHS = sizeof depth / sizeof *depth };
    for (int i = 0; i < SIDES * SIDES * DEPTHS; i++)
        for (int how = 0; how < 8; how++)
            check_product(how & 4 ? RG_F32 : RG_F64, side[i % SIDES], side[i / SIDES % SIDES],
                          depth[i / SIDES / SIDES], how & 1, how & 2);
}
END_TEST

/* All of y against the same part of z, bit for bit. */
static void expect_part(rg_node *y, rg_node *z, int axis, int64_t from, int64_t len)
{
    float part[1000], whole[1000];
    size_t n = (size_t)rg_count_of(y);
    rg_node *same = rg_slice(z, axis, from, len, 1);
    ck_assert_int_eq(rg_read(y, RG_F32, part, n), RG_OK);
    ck_assert_int_eq(rg_read(same, RG_F32, whole, n), RG_OK);
    ck_assert_mem_eq(part, whole, n * sizeof *part);
}

/* A row of a small product is the product of the row; and so for columns. */
START_TEST(small_products_do_not_see_their_neighbours)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_normal(t, RG_F32, rg_shape2(11, 10)),
            *b = rg_normal(t, RG_F32, rg_shape2(10, 17)), *few = rg_slice(a, 0, 0, 5, 1),
            *turned = factor(b, true);
    rg_node *ab = rg_matmul(a, b), *dots = rg_matmul(few, turned);
    for (int64_t i = 0; i < 11; i++)
        for (int64_t rows = 1; i + rows <= 11; rows++)
            expect_part(rg_matmul(rg_slice(a, 0, i, rows, 1), b), ab, 0, i, rows);
    for (int64_t j = 0; j < 17; j++)
        for (int64_t columns = 2; j + columns <= 17; columns++) {
            expect_part(rg_matmul(a, rg_slice(b, 1, j, columns, 1)), ab, 1, j, columns);
            expect_part(rg_matmul(few, rg_slice(turned, 1, j, columns, 1)), dots, 1, j, columns);
        }
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    rg_tape_free(t);
}
END_TEST

/* Nor do those that go by tiles, however the tiles fall. */
START_TEST(tiles_do_not_see_their_neighbours)
{
    rg_tape *t = rg_tape_new(NULL);
    for (int how = 0; how < 4; how++) {
        rg_node *a = factor(rg_normal(t, RG_F32, rg_shape2(21, 60)), how & 1);
        rg_node *b = factor(rg_normal(t, RG_F32, rg_shape2(60, 45)), how & 2);
        rg_node *ab = rg_matmul(a, b);
        for (int64_t i = 0; i < 21; i += 3)
            for (int64_t rows = 2; i + rows <= 21; rows++)
                expect_part(rg_matmul(rg_slice(a, 0, i, rows, 1), b), ab, 0, i, rows);
        for (int64_t j = 0; j < 45; j += 5)
            for (int64_t columns = 2; j + columns <= 45; columns++)
                expect_part(rg_matmul(a, rg_slice(b, 1, j, columns, 1)), ab, 1, j, columns);
    }
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    rg_tape_free(t);
}
END_TEST

/* Tiles with rests on every side; one and more blocks of rows and of k. */
START_TEST(tiles_stay_within_the_bound)
{
    static const int64_t m[] = {2, 15, 131}, n[] = {5, 16, 33, 70}, k[] = {3, 256, 521};
    for (int i = 0; i < 3 * 4 * 3; i++)
        for (int how = 0; how < 8; how++)
            check_product(how & 4 ? RG_F32 : RG_F64, m[i % 3], n[i / 3 % 4], k[i / 12], how & 1,
                          how & 2);
}
END_TEST

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
    check_product(RG_F32, 130, 130, 512, false, false);
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

static void check_threads(int64_t m, int64_t n, int64_t k, bool turn_a, bool turn_b)
{
    size_t count = (size_t)(m * n);
    float *one = calloc(2 * count, sizeof *one), *many = one + count;
    for (int threads = 1; threads <= 8; threads *= 2) {
        rg_set_threads(threads);
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = factor(rg_normal(t, RG_F32, rg_shape2(m, k)), turn_a);
        rg_node *b = factor(rg_normal(t, RG_F32, rg_shape2(k, n)), turn_b);
        ck_assert_int_eq(rg_read(rg_matmul(a, b), RG_F32, threads == 1 ? one : many, count), RG_OK);
        if (threads > 1) ck_assert_mem_eq(one, many, count * sizeof *one);
        rg_tape_free(t);
    }
    rg_set_threads(1);
    free(one);
}

START_TEST(products_do_not_depend_on_threads)
{
    static const int64_t shape[][3] = {{600, 200, 150}, {200, 600, 150}, {1, 1100, 7700},
                                       {1100, 1, 7700}, {2900, 2900, 1}, {128, 10, 64}};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        for (int how = 0; how < 3; how++)
            check_threads(shape[i][0], shape[i][1], shape[i][2], how == 1, how == 2);
}
END_TEST

/* The batch against its matrices one by one, at `threads`, bit for bit. */
static void check_batch(int64_t count, int64_t m, int64_t n, int64_t k, int how, int threads)
{
    rg_set_threads(threads);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_normal(t, RG_F32, rg_shape3(count, how == 1 ? k : m, how == 1 ? m : k));
    rg_node *b = rg_normal(t, RG_F32, rg_shape3(count, how == 2 ? n : k, how == 2 ? k : n));
    if (how == 1) a = rg_swap_last(a);
    if (how == 2) b = rg_swap_last(b);
    rg_node *all = rg_matmul(a, b);
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    for (int64_t i = 0; i < count; i++) {
        rg_node *one = rg_matmul(rg_index(a, 0, i), rg_index(b, 0, i));
        const float *v = rg_peek(one).data, *w = rg_peek(all).data;
        ck_assert_mem_eq(v, w + i * m * n, (size_t)(m * n) * sizeof *v);
    }
    rg_tape_free(t);
    rg_set_threads(1);
}

START_TEST(a_batch_is_its_matrices)
{
    for (int threads = 1; threads <= 8; threads *= 2)
        for (int how = 0; how < 3; how++) {
            check_batch(300, 16, 12, 10, how, threads);
            check_batch(5, 128, 128, 32, how, threads);
            check_batch(5, 128, 32, 128, how, threads);
            check_batch(3, 9, 1, 11, how, threads);
        }
}
END_TEST

#ifdef __GLIBC__
/* Products need more stack than threads have by themselves with some C libraries: the pool
 * does not rely on that. */
START_TEST(small_stacks_by_default)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    ck_assert_int_eq(pthread_setattr_default_np(&small), 0);
    rg_set_threads(3);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F32, rg_shape2(700, 700));
    for (int i = 0; i < 20; i++) rg_matmul(rg_transpose(x), x); /* threads have begun by then */
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    rg_tape_free(t);
    rg_set_threads(1);
}
END_TEST
#define STACKS , small_stacks_by_default
#else
#define STACKS
#endif

RG_SUITE("products", all_shapes_stay_within_the_bound, thin_shapes_stay_within_the_bound,
         small_products_do_not_see_their_neighbours, tiles_do_not_see_their_neighbours,
         tiles_stay_within_the_bound, products_in_strips_stay_within_the_bound, at_most_four_strips,
         products_do_not_depend_on_threads, a_batch_is_its_matrices STACKS)
