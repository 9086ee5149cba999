/* test_reductions.c - sums, extremes and row ops: every place of a row counts, infinities
 * and NaNs come through, long sums lose little, and threads change no bit. */
#include "suite.h"
#include <float.h>
#include <math.h>
#include <retrograd/retrograd.h>

/* n numbers in 0..1 with one of another kind at `place`, as one row, and as a column of two. */
static void check_place(rg_dtype d, int64_t n, int64_t place, double odd)
{
    double x[80], column[160], row_max, row_min, two[2];
    for (int64_t i = 0; i < n; i++) {
        x[i] = i == place ? odd : (double)(i * 7 % 11) / 16;
        column[2 * i] = x[i];
        column[2 * i + 1] = 0;
    }
    rg_tape *t = rg_tape_new(NULL);
    rg_node *row = rg_cast(rg_leaf_from(t, RG_F64, rg_shape1(n), x, (size_t)n), d);
    rg_node *pair = rg_cast(rg_leaf_from(t, RG_F64, rg_shape2(n, 2), column, 2 * (size_t)n), d);
    ck_assert_int_eq(rg_read(rg_amax(row, -1), RG_F64, &row_max, 1), RG_OK);
    ck_assert_int_eq(rg_read(rg_amin(row, -1), RG_F64, &row_min, 1), RG_OK);
    ck_assert_int_eq(rg_read(rg_amax(pair, 0), RG_F64, two, 2), RG_OK);
    double largest = x[0], smallest = x[0];
    for (int64_t i = 1; i < n; i++) {
        largest = x[i] > largest || isnan(x[i]) ? x[i] : largest;
        smallest = x[i] < smallest || isnan(x[i]) ? x[i] : smallest;
    }
    ck_assert(row_max == largest || (isnan(odd) && isnan(row_max)));
    ck_assert(row_min == smallest || (isnan(odd) && isnan(row_min)));
    ck_assert(two[0] == largest || (isnan(odd) && isnan(two[0])));
    ck_assert(two[1] == 0);
    rg_tape_free(t);
}

START_TEST(extremes_see_every_place)
{
    const double odd[] = {2, -2, INFINITY, -INFINITY, NAN};
    for (int64_t n = 1; n <= 70; n += n < 35 ? 1 : 17)
        for (int64_t place = 0; place < n; place++)
            for (int i = 0; i < 5; i++) check_place(i % 2 ? RG_F32 : RG_F64, n, place, odd[i]);
}
END_TEST

/* Sums along either axis and of all: within depth of the tree times eps of the exact one. */
START_TEST(long_sums_lose_little)
{
    enum { ROWS = 1100, COLUMNS = 530 };
    static float x[ROWS * COLUMNS], down[COLUMNS], across[ROWS], all;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *m = rg_uniform(t, RG_F32, rg_shape2(ROWS, COLUMNS));
    ck_assert_int_eq(rg_read(m, RG_F32, x, ROWS * COLUMNS), RG_OK);
    ck_assert_int_eq(rg_read(rg_sum(m, 0), RG_F32, down, COLUMNS), RG_OK);
    ck_assert_int_eq(rg_read(rg_sum(m, 1), RG_F32, across, ROWS), RG_OK);
    ck_assert_int_eq(rg_read(rg_sum(m, RG_ALL_AXES), RG_F32, &all, 1), RG_OK);
    double total = 0, column[COLUMNS] = {0};
    for (int64_t i = 0; i < ROWS; i++) {
        double row = 0;
        for (int64_t j = 0; j < COLUMNS; j++) row += (double)x[i * COLUMNS + j];
        for (int64_t j = 0; j < COLUMNS; j++) column[j] += (double)x[i * COLUMNS + j];
        ck_assert_double_le(fabs((double)across[i] - row), 40 * FLT_EPSILON * row);
        total += row;
    }
    for (int64_t j = 0; j < COLUMNS; j++)
        ck_assert_double_le(fabs((double)down[j] - column[j]), 82 * FLT_EPSILON * column[j]);
    ck_assert_double_le(fabs((double)all - total), 80 * FLT_EPSILON * total);
    rg_tape_free(t);
}
END_TEST

enum { WAYS = 9 };

/* What is computed from the matrix x, in turn; labels one per row. */
static rg_node *way_of(int way, rg_node *x, rg_node *labels)
{
    rg_node *g;
    switch (way) {
    case 0:
        return rg_sum(x, 0);
    case 1:
        return rg_sum(x, 1);
    case 2:
        return rg_sum(x, RG_ALL_AXES);
    case 3:
        return rg_amax(x, 0);
    case 4:
        return rg_softmax(x, -1);
    case 5:
        return rg_log_softmax(x, -1);
    case 6:
        return rg_logsumexp(x, -1);
    case 7:
        return rg_norm(x, -1);
    default:
        ck_assert_int_eq(rg_grad(rg_cross_entropy(x, labels), NULL, 1, &x, &g), RG_OK);
        return g;
    }
}

START_TEST(threads_change_no_bit)
{
    enum { ROWS = 1100, COLUMNS = 530 };
    static float one[ROWS * COLUMNS], many[ROWS * COLUMNS];
    for (int way = 0; way < WAYS; way++)
        for (int threads = 1; threads <= 8; threads *= 2) {
            rg_set_threads(threads);
            rg_tape *t = rg_tape_new(NULL);
            rg_node *x = rg_normal(t, RG_F32, rg_shape2(ROWS, COLUMNS));
            rg_node *y = way_of(way, x, rg_argmax(rg_square(x), -1));
            size_t n = (size_t)rg_count_of(y);
            ck_assert_int_eq(rg_read(y, RG_F32, threads == 1 ? one : many, n), RG_OK);
            if (threads > 1) ck_assert_mem_eq(one, many, n * sizeof *one);
            rg_tape_free(t);
        }
    rg_set_threads(1);
}
END_TEST

/* A row in a large matrix, cut into pieces, has the bits of the row alone. */
START_TEST(a_row_does_not_see_its_neighbours)
{
    enum { ROWS = 300, COLUMNS = 67 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F32, rg_shape2(ROWS, COLUMNS)), *labels = rg_argmax(x, -1);
    for (int way = 4; way < 8; way++) {
        const float *all = rg_peek(way_of(way, x, labels)).data;
        for (int64_t r = 0; r < ROWS; r++) {
            rg_node *alone = way_of(way, rg_index(x, 0, r), labels);
            size_t n = (size_t)rg_count_of(alone);
            ck_assert_mem_eq(rg_peek(alone).data, all + (size_t)r * n, n * sizeof(float));
        }
    }
    rg_tape_free(t);
}
END_TEST

RG_SUITE("reductions", extremes_see_every_place, long_sums_lose_little, threads_change_no_bit,
         a_row_does_not_see_its_neighbours)
