/* test_parts.c - folds, partitions, bootstraps, batches by class, neighbours: what must
 * hold for any seed. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <math.h>
#include <string.h>

enum { MOST = 1000, CLASSES = 3 };

static int64_t label_of[MOST];

/* Three classes of very different sizes, in no order. */
static void label_rows(int n)
{
    for (int i = 0; i < n; i++) label_of[i] = i * 7 % 20 == 0 ? 2 : i * 7 % 20 < 6 ? 1 : 0;
}

/* ---- folds ------------------------------------------------------------------------------ */

static void check_folds(int n, int k, const int64_t *label)
{
    int seen[MOST] = {0};
    int64_t least = n, most = 0, class_least[CLASSES], class_most[CLASSES] = {0};
    for (int c = 0; c < CLASSES; c++) class_least[c] = n;
    for (int f = 0; f < k; f++) {
        rg_split s;
        int64_t of_class[CLASSES] = {0};
        ck_assert_int_eq(rg_fold_rows(&s, NULL, n, label, CLASSES, k, f, 5, NULL, NULL), RG_OK);
        ck_assert_int_eq(s.n_held + s.n_kept, n);
        for (int64_t i = 0; i < s.n_held; i++) {
            seen[s.held[i]]++;
            of_class[label_of[s.held[i]]]++;
        }
        for (int64_t i = 1; i < s.n_kept; i++) ck_assert_int_gt(s.kept[i], s.kept[i - 1]);
        least = s.n_held < least ? s.n_held : least;
        most = s.n_held > most ? s.n_held : most;
        for (int c = 0; c < CLASSES; c++) {
            class_least[c] = of_class[c] < class_least[c] ? of_class[c] : class_least[c];
            class_most[c] = of_class[c] > class_most[c] ? of_class[c] : class_most[c];
        }
        rg_split_free(&s);
    }
    for (int i = 0; i < n; i++) ck_assert_int_eq(seen[i], 1);
    ck_assert_int_le(most - least, 1);
    for (int c = 0; label && c < CLASSES; c++) ck_assert_int_le(class_most[c] - class_least[c], 1);
}

/* Each row is held once; 800 rows in 4 folds are 600 and 200; ragged ones differ by one. */
START_TEST(folds_hold_every_row_once)
{
    label_rows(MOST);
    check_folds(800, 4, NULL);
    check_folds(803, 7, NULL);
    check_folds(803, 7, label_of);
    check_folds(10, 10, label_of);
    rg_split s;
    ck_assert_int_eq(rg_fold_rows(&s, NULL, 800, NULL, 0, 4, 3, 1, NULL, NULL), RG_OK);
    ck_assert_int_eq(s.n_kept, 600);
    rg_split_free(&s);
    ck_assert_int_eq(rg_fold_rows(&s, NULL, 5, NULL, 0, 6, 0, 1, NULL, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_fold_rows(&s, NULL, 5, NULL, 0, 1, 0, 1, NULL, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_fold_rows(&s, NULL, 5, NULL, 0, 2, 2, 1, NULL, NULL), RG_SHAPE);
}
END_TEST

/* ---- three parts --------------------------------------------------------------------------- */

START_TEST(parts_are_disjoint_and_complete)
{
    rg_partition p;
    int seen[MOST] = {0};
    const int64_t *rows;
    label_rows(MOST);
    ck_assert_int_eq(rg_partition_rows(&p, 500, label_of, CLASSES, 0.2, 0.1, 3, NULL, NULL), RG_OK);
    int64_t train = rg_partition_train(&p, &rows);
    for (int64_t i = 0; i < train; i++) seen[rows[i]]++;
    int64_t valid = rg_partition_valid(&p, &rows);
    for (int64_t i = 0; i < valid; i++) seen[rows[i]]++;
    ck_assert_int_eq(p.touched, 0);
    int64_t test = rg_partition_test(&p, &rows);
    ck_assert_int_eq(p.touched, 1);
    for (int64_t i = 0; i < test; i++) seen[rows[i]]++;
    for (int i = 0; i < 500; i++) ck_assert_int_eq(seen[i], 1);
    ck_assert_int_eq(train, 350);
    ck_assert_int_eq(valid, 100);
    ck_assert_int_eq(test, 50);
    rg_partition_test(&p, &rows);
    ck_assert_int_eq(p.touched, 2);
    rg_partition_free(&p);
    ck_assert_int_eq(rg_partition_rows(&p, 500, NULL, 0, 0.5, 0.5, 3, NULL, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_partition_rows(&p, 2, NULL, 0, 0.3, 0.3, 3, NULL, NULL), RG_SHAPE);
}
END_TEST

/* 1 - (1 - 1/N)^N of the rows are drawn, 0.632 for large N; rounds differ, a round repeats. */
START_TEST(bootstrap_draws_63_percent)
{
    static int64_t row[20000], again[20000];
    static unsigned char seen[20000];
    int distinct = 0;
    rg_bootstrap(row, 20000, 1, 0);
    for (int i = 0; i < 20000; i++) {
        ck_assert(row[i] >= 0 && row[i] < 20000);
        distinct += !seen[row[i]];
        seen[row[i]] = 1;
    }
    ck_assert_double_eq_tol(distinct / 20000.0, 1 - pow(1 - 1 / 20000.0, 20000), 0.01);
    rg_bootstrap(again, 20000, 1, 0);
    ck_assert_mem_eq(row, again, sizeof row);
    rg_bootstrap(again, 20000, 1, 1);
    ck_assert_mem_ne(row, again, sizeof row);
}
END_TEST

/* ---- batches by class --------------------------------------------------------------------- */

START_TEST(batches_have_every_class_in_proportion)
{
    rg_batches b;
    const int64_t *rows;
    int64_t size[CLASSES] = {0}, before[MOST];
    label_rows(MOST);
    for (int i = 0; i < 603; i++) size[label_of[i]]++;
    ck_assert_int_eq(rg_batches_new(&b, NULL, 603, 20, 9, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_batches_stratify(&b, label_of, CLASSES, NULL), RG_OK);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        int seen[MOST] = {0};
        int64_t dealt = 0, of_class[CLASSES] = {0}, n;
        rg_batches_begin(&b, epoch);
        if (epoch) ck_assert_mem_ne(before, b.order, 603 * sizeof *before);
        memcpy(before, b.order, 603 * sizeof *before);
        while ((n = rg_batches_next(&b, &rows)) > 0)
            for (int64_t i = 0; i < n; i++) {
                seen[rows[i]]++;
                of_class[label_of[rows[i]]]++;
                dealt++;
                for (int c = 0; c < CLASSES; c++)
                    ck_assert_double_lt(fabs((double)of_class[c] - (double)(dealt * size[c]) / 603), 1);
            }
        for (int i = 0; i < 603; i++) ck_assert_int_eq(seen[i], 1);
    }
    ck_assert_int_eq(rg_batches_stratify(&b, label_of, 2, NULL), RG_INDEX);
    rg_batches_free(&b);
}
END_TEST

/* ---- neighbours ----------------------------------------------------------------------------- */

/* One point, three nearest: (3, 3) is 3 far by the largest size, (0, 4) 4 by the sum of
 * sizes, (1.5, 3.3) 3.62 by the root of squares. */
START_TEST(metrics_disagree)
{
    static const double x[] = {3, 3, 0, 4, 1.5, 3.3}, at[] = {0, 0};
    static const int64_t nearest[] = {[RG_EUCLIDEAN] = 2, [RG_MANHATTAN] = 1, [RG_MAXIMUM] = 0};
    for (int m = 0; m < 3; m++) {
        rg_neighbour near;
        ck_assert(rg_nearest((rg_metric)m, x, 3, 2, at, 1, &near));
        ck_assert_int_eq(near.row, nearest[m]);
    }
    ck_assert_double_eq(rg_distance(RG_EUCLIDEAN, x, at, 2), sqrt(18));
    ck_assert_double_eq(rg_distance(RG_MANHATTAN, x, at, 2), 6);
    ck_assert_double_eq(rg_distance(RG_MAXIMUM, x, at, 2), 3);
}
END_TEST

/* By partial selection the same rows come as by sorting all; ties go to the first row. */
START_TEST(nearest_are_the_nearest)
{
    double x[200], at = 0.3;
    rg_neighbour near[200], few[7];
    for (int i = 0; i < 200; i++) x[i] = i * 37 % 50 / 25.0;
    ck_assert(rg_nearest(RG_EUCLIDEAN, x, 200, 1, &at, 200, near));
    for (int i = 1; i < 200; i++) {
        ck_assert_double_le(near[i - 1].distance, near[i].distance);
        if (near[i - 1].distance == near[i].distance && x[near[i - 1].row] == x[near[i].row])
            ck_assert_int_lt(near[i - 1].row, near[i].row);
    }
    ck_assert(rg_nearest(RG_EUCLIDEAN, x, 200, 1, &at, 7, few));
    for (int i = 0; i < 7; i++) ck_assert_int_eq(few[i].row, near[i].row);
    ck_assert(!rg_nearest(RG_EUCLIDEAN, x, 200, 1, &at, 201, near));
    ck_assert(!rg_nearest(RG_EUCLIDEAN, x, 200, 1, &at, 0, near));
}
END_TEST

START_TEST(votes_and_ties)
{
    static const int64_t label[] = {2, 1, 1, 0, 2};
    static const rg_neighbour most[] = {{0, 1}, {1, 2}, {2, 3}};
    static const rg_neighbour nearer[] = {{0, 1}, {1, 1}, {2, 3}, {4, 2}};
    static const rg_neighbour equal[] = {{0, 1}, {1, 1}};
    ck_assert_int_eq(rg_vote(most, 3, label, 3), 1);
    ck_assert_int_eq(rg_vote(nearer, 4, label, 3), 2); /* 1 + 2 is less than 1 + 3 */
    ck_assert_int_eq(rg_vote(equal, 2, label, 3), 1);  /* the smaller class */
}
END_TEST

/* With one neighbour the training rows are all right: each is its own. */
START_TEST(one_neighbour_knows_its_rows)
{
    rg_data d;
    static double x[100 * 784];
    int64_t all[100], label[100];
    for (int i = 0; i < 100; i++) all[i] = i;
    ck_assert_int_eq(rg_make_digits(&d, 100, 1, RG_TRAIN, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_take_rows(&d, NULL, all, 100, RG_F64, x, NULL), RG_OK);
    ck_assert_int_eq(rg_take_labels(&d, all, 100, label, NULL), RG_OK);
    for (int i = 0; i < 100; i++) {
        rg_neighbour near;
        rg_nearest(RG_EUCLIDEAN, x, 100, 784, x + i * 784, 1, &near);
        ck_assert_int_eq(rg_vote(&near, 1, label, 10), label[i]);
    }
    rg_data_free(&d);
}
END_TEST

RG_SUITE("parts", folds_hold_every_row_once, parts_are_disjoint_and_complete, bootstrap_draws_63_percent,
         batches_have_every_class_in_proportion, metrics_disagree, nearest_are_the_nearest, votes_and_ties,
         one_neighbour_knows_its_rows)
