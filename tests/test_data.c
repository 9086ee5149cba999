/* test_data.c - random bits, made digits, splits, standards and batches. */
#include "data_help.h"
#include "philox.h"
#include <math.h>

/* ---- random bits ---------------------------------------------------------------- */

/* kat_vectors of the Random123 distribution, philox4x32 10: counter, key, result. */
START_TEST(philox_gives_the_published_numbers)
{
    static const uint32_t known[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        rg_philox(known[i] + 4, known[i], out);
        ck_assert_mem_eq(out, known[i] + 6, sizeof out);
    }
}
END_TEST

/* ---- made digits -------------------------------------------------------------------- */

static uint64_t digest_of(const void *bytes, int64_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return h;
}

/* The same bits from every compiler and processor: this number never changes
 * unless the digits are meant to look different. */
START_TEST(digits_are_the_same_everywhere)
{
    rg_data d;
    rg_error e = {0};
    expect_ok(rg_make_digits(&d, 1000, 42, RG_TRAIN, NULL, &e), &e);
    ck_assert_int_eq(d.classes, 10);
    ck_assert_int_eq(d.label[37], 7);
    ck_assert_msg(digest_of(d.x, d.rows * d.width) == UINT64_C(0x3908a8f1942127a3),
                  "digest %016llx", (unsigned long long)digest_of(d.x, d.rows * d.width));
    rg_data_free(&d);
}
END_TEST

START_TEST(a_digit_depends_on_seed_part_and_row_alone)
{
    rg_data few, many, test, other;
    rg_error e = {0};
    expect_ok(rg_make_digits(&few, 10, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_make_digits(&many, 20, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_make_digits(&test, 10, 1, RG_TEST, NULL, &e), &e);
    expect_ok(rg_make_digits(&other, 10, 2, RG_TRAIN, NULL, &e), &e);
    ck_assert_mem_eq(few.x, many.x, 7840);
    ck_assert_mem_ne((char *)many.x, (char *)many.x + 7840, 784);
    ck_assert_mem_ne(few.x, test.x, 784);
    ck_assert_mem_ne(few.x, other.x, 784);
    rg_data_free(&few);
    rg_data_free(&many);
    rg_data_free(&test);
    rg_data_free(&other);
    expect_error(rg_make_digits(&few, 0, 1, RG_TRAIN, NULL, &e), &e, RG_SHAPE, "0 digits");
}
END_TEST

static rg_status make_few_digits(const rg_alloc *alloc, rg_error *e)
{
    rg_data d;
    rg_status st = rg_make_digits(&d, 3, 1, RG_TRAIN, alloc, e);
    rg_data_free(&d);
    return st;
}

/* ---- shuffles, splits, standards, batches ----------------------------------------------- */

START_TEST(every_order_is_as_likely_as_any_other)
{
    int count[27] = {0};
    for (uint64_t round = 0; round < 6000; round++) {
        int64_t v[3] = {0, 1, 2};
        rg_shuffle(v, 3, 5, round);
        ck_assert_int_eq((1 << v[0]) | (1 << v[1]) | (1 << v[2]), 7);
        count[9 * v[0] + 3 * v[1] + v[2]]++;
    }
    for (int i = 0; i < 27; i++) /* 1000 expected, standard deviation 29 */
        if (count[i]) ck_assert_int_lt(abs(count[i] - 1000), 150);
}
END_TEST

START_TEST(a_split_cuts_the_rows_in_two)
{
    int64_t rows[100], seen[200] = {0};
    rg_split s, again;
    rg_error e = {0};
    for (int i = 0; i < 100; i++) rows[i] = 2 * i;
    expect_ok(rg_split_rows(&s, rows, 100, NULL, 0, 0.1, 3, NULL, &e), &e);
    ck_assert_int_eq(s.n_kept, 90);
    ck_assert_int_eq(s.n_held, 10);
    for (int i = 0; i < 90; i++) seen[s.kept[i]]++;
    for (int i = 0; i < 10; i++) seen[s.held[i]]++;
    for (int i = 0; i < 200; i++) ck_assert_int_eq(seen[i], i % 2 == 0);
    for (int i = 1; i < 10; i++) ck_assert_int_gt(s.held[i], s.held[i - 1]);
    expect_ok(rg_split_rows(&again, rows, 100, NULL, 0, 0.1, 4, NULL, &e), &e);
    ck_assert_mem_ne(s.held, again.held, 80);
    rg_split_free(&s);
    rg_split_free(&again);
}
END_TEST

START_TEST(a_split_by_class_takes_its_share_of_every_class)
{
    int64_t label[103], held[4] = {0}, all[4] = {0};
    rg_split s;
    rg_error e = {0};
    for (int i = 0; i < 103; i++) all[label[i] = i < 60 ? 0 : i < 90 ? 1 : i < 102 ? 2 : 3]++;
    expect_ok(rg_split_rows(&s, NULL, 103, label, 4, 0.25, 3, NULL, &e), &e);
    ck_assert_int_eq(s.n_held, 26);
    for (int i = 0; i < s.n_held; i++) held[label[s.held[i]]]++;
    for (int c = 0; c < 4; c++)
        ck_assert_double_lt(fabs((double)held[c] - 0.25 * (double)all[c]), 1);
    rg_split_free(&s);
    label[50] = 4;
    expect_error(rg_split_rows(&s, NULL, 103, label, 4, 0.25, 3, NULL, &e), &e, RG_INDEX,
                 "row 50 has label 4");
}
END_TEST

START_TEST(a_split_leaves_something_on_both_sides)
{
    static const double fraction[] = {0.001, 0.5, 0.999999999999999999};
    rg_split s;
    for (int64_t n = 2; n < 6; n++)
        for (int i = 0; i < 2; i++) {
            rg_error e = {0};
            expect_ok(rg_split_rows(&s, NULL, n, NULL, 0, fraction[i], 3, NULL, &e), &e);
            ck_assert_int_ge(s.n_kept, 1);
            ck_assert_int_ge(s.n_held, 1);
            ck_assert_int_eq(s.n_kept + s.n_held, n);
            rg_split_free(&s);
        }
    rg_error e = {0};
    expect_error(rg_split_rows(&s, NULL, 1, NULL, 0, 0.5, 3, NULL, &e), &e, RG_SHAPE, "of 1 rows");
    e = (rg_error){0};
    expect_error(rg_split_rows(&s, NULL, 9, NULL, 0, fraction[2], 3, NULL, &e), &e, RG_SHAPE,
                 "between 0 and 1");
}
END_TEST

START_TEST(standardised_pixels_have_mean_0_and_deviation_1)
{
    rg_data d;
    rg_standard s;
    rg_error e = {0};
    int64_t rows[50];
    double *x = malloc(50 * 784 * sizeof *x), sum = 0, squares = 0;
    float *y = malloc(50 * 784 * sizeof *y);
    for (int i = 0; i < 50; i++) rows[i] = 99 - i;
    expect_ok(rg_make_digits(&d, 100, 1, RG_TRAIN, NULL, &e), &e);
    expect_ok(rg_standard_fit(&s, &d, rows, 50, NULL, &e), &e);
    ck_assert_int_eq(s.width, 1);
    expect_ok(rg_take_rows(&d, &s, rows, 50, RG_F64, x, &e), &e);
    expect_ok(rg_take_rows(&d, &s, rows, 50, RG_F32, y, &e), &e);
    for (int i = 0; i < 50 * 784; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        ck_assert(y[i] == (float)x[i]);
    }
    ck_assert_double_lt(fabs(sum), 1e-8);
    ck_assert_double_lt(fabs(squares / (50 * 784) - 1), 1e-12);
    int64_t label;
    expect_ok(rg_take_labels(&d, rows, 1, &label, &e), &e);
    ck_assert_int_eq(label, 9);
    ck_assert(x[5] == (((unsigned char *)d.x)[99 * 784 + 5] / 255.0 - s.mean[0]) / s.deviation[0]);
    expect_error(rg_take_rows(&d, &s, rows, 50, RG_I64, x, &e), &e, RG_DTYPE, "i64");
    free(x);
    free(y);
    rg_standard_free(&s);
    rg_data_free(&d);
}
END_TEST

START_TEST(standards_of_columns_leave_out_what_is_missing)
{
    double x[] = {1, 5, NAN, 5, 3, 5}, target[] = {10, 20, 30}, out[6], t[3];
    int64_t rows[] = {0, 1, 2};
    rg_data d = {.rows = 3,
                 .width = 2,
                 .dtype = RG_F64,
                 .x = x,
                 .task = RG_REGRESS,
                 .target = target,
                 .source = "x"};
    rg_standard s;
    rg_error e = {0};
    expect_ok(rg_standard_fit(&s, &d, NULL, 0, NULL, &e), &e);
    ck_assert_double_eq(s.mean[0], 2);
    ck_assert_double_eq(s.deviation[0], 1);
    ck_assert_double_eq(s.mean[1], 5);
    ck_assert_double_eq(s.deviation[1], 1);
    expect_ok(rg_take_rows(&d, &s, rows, 3, RG_F64, out, &e), &e);
    static const double known[] = {-1, 0, 0, 0, 1, 0};
    for (int i = 0; i < 6; i++) ck_assert_double_eq(out[i], known[i]);
    expect_ok(rg_take_targets(&d, &s, rows, 3, RG_F64, t, &e), &e);
    ck_assert_double_eq_tol(t[2], sqrt(1.5), 1e-15);
    expect_error(rg_take_labels(&d, rows, 3, rows, &e), &e, RG_USAGE, "no labels");
    rg_standard_free(&s);
}
END_TEST

START_TEST(an_epoch_hands_out_every_row_once)
{
    rg_batches b;
    rg_error e = {0};
    const int64_t *rows;
    int64_t first[23], own[23];
    for (int i = 0; i < 23; i++) own[i] = 100 + i;
    expect_ok(rg_batches_new(&b, own, 23, 5, 9, NULL, &e), &e);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        int seen[23] = {0}, batches = 0;
        rg_batches_begin(&b, epoch);
        for (int64_t n; (n = rg_batches_next(&b, &rows)) > 0; batches++) {
            ck_assert_int_eq(n, batches < 4 ? 5 : 3);
            for (int64_t i = 0; i < n; i++) seen[rows[i] - 100]++;
        }
        ck_assert_int_eq(batches, 5);
        for (int i = 0; i < 23; i++) ck_assert_int_eq(seen[i], 1);
        if (epoch == 1) memcpy(first, b.order, sizeof first);
        if (epoch == 2) ck_assert_mem_ne(first, b.order, sizeof first);
    }
    rg_batches_begin(&b, 1);
    ck_assert_mem_eq(first, b.order, sizeof first);
    rg_batches_free(&b);
    expect_error(rg_batches_new(&b, NULL, 3, 0, 9, NULL, &e), &e, RG_SHAPE, "batches of 0");
}
END_TEST

static rg_status cut_and_measure(const rg_alloc *alloc, rg_error *e)
{
    double x[] = {1, 2, 3};
    int64_t label[] = {0, 1, 1};
    rg_data d = {.rows = 3, .width = 1, .dtype = RG_F64, .x = x, .source = "x"};
    rg_split s;
    rg_standard z;
    rg_batches b;
    rg_status st = rg_split_rows(&s, NULL, 3, label, 2, 0.5, 1, alloc, e);
    if (st != RG_OK) return st;
    st = rg_standard_fit(&z, &d, NULL, 0, alloc, e);
    if (st == RG_OK) st = rg_batches_new(&b, NULL, 3, 2, 1, alloc, e);
    if (st == RG_OK) rg_batches_free(&b);
    rg_standard_free(&z);
    rg_split_free(&s);
    return st;
}

START_TEST(makers_and_cutters_survive_a_lack_of_memory)
{
    refuse_each(make_few_digits);
    refuse_each(cut_and_measure);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *data = tcase_create("data");
    tcase_add_test(data, philox_gives_the_published_numbers);
    tcase_add_test(data, digits_are_the_same_everywhere);
    tcase_add_test(data, a_digit_depends_on_seed_part_and_row_alone);
    tcase_add_test(data, every_order_is_as_likely_as_any_other);
    tcase_add_test(data, a_split_cuts_the_rows_in_two);
    tcase_add_test(data, a_split_by_class_takes_its_share_of_every_class);
    tcase_add_test(data, a_split_leaves_something_on_both_sides);
    tcase_add_test(data, standardised_pixels_have_mean_0_and_deviation_1);
    tcase_add_test(data, standards_of_columns_leave_out_what_is_missing);
    tcase_add_test(data, an_epoch_hands_out_every_row_once);
    tcase_add_test(data, makers_and_cutters_survive_a_lack_of_memory);
    suite_add_tcase(suite, data);
    return run_checks(suite);
}
