/* 3.5: three parts of a data set: to train on, to choose by, to judge with, once. */
#include "lesson.h"

enum { N = 200, RULES = 10 };

/* Every fifth row is of class 1; rule r says so of every (r + 1)th. */
static int class_of(int64_t row) { return row % 5 == 0; }

static int right_by(int rule, const int64_t *rows, int64_t n)
{
    int right = 0;
    for (int64_t i = 0; i < n; i++) right += (rows[i] % (rule + 1) == 0) == class_of(rows[i]);
    return right;
}

static void count_rows(const int64_t *rows, int64_t n, double which, int *seen, double *part)
{
    for (int64_t i = 0; i < n; i++) {
        seen[rows[i]]++;
        part[rows[i]] = which;
    }
}

static void draw_parts(lesson *l, const double *row, const double *part)
{
    static const char *const name[] = {"training", "validation", "test"};
    rg_figure *f = figure(l, "Which row is in which part",
                          "Training, validation and test, at random.", "row", "part");
    for (int which = 0; which < 3; which++) {
        double x[N], y[N];
        int n = 0;
        for (int i = 0; i < N; i++)
            if (part[i] == which) x[n] = row[i], y[n++] = which;
        rg_figure_points(f, name[which], n, x, y);
    }
}

void lesson_3_5(lesson *l)
{
    rg_partition p;
    rg_error e = {0};
    const int64_t *train, *valid, *test;
    int64_t label[N];
    int seen[N] = {0}, ones = 0, best = 0;
    double part[N], row[N];
    for (int i = 0; i < N; i++) label[i] = class_of(i);
    if (rg_partition_rows(&p, N, label, 2, 0.2, 0.2, 1, NULL, &e)) {
        holds(l, false, "a partition: %s", e.text);
        return;
    }
    int64_t trains = rg_partition_train(&p, &train), validates = rg_partition_valid(&p, &valid);
    for (int rule = 1; rule < RULES; rule++)
        if (right_by(rule, valid, validates) > right_by(best, valid, validates)) best = rule;
    bool closed = p.touched == 0;
    int64_t tests = rg_partition_test(&p, &test);
    int right = right_by(best, test, tests);
    say(l, "training %d, validation %d, test %d of %d", (int)trains, (int)validates, (int)tests, N);

    count_rows(train, trains, 0, seen, part);
    count_rows(valid, validates, 1, seen, part);
    count_rows(test, tests, 2, seen, part);
    bool once = true;
    for (int i = 0; i < N; i++) {
        once = once && seen[i] == 1;
        row[i] = i;
        ones += part[i] == 2 && label[i];
    }
    holds(l, once, "disjoint, and together everything: each of the %d rows is in one part", N);
    holds(l, ones * 5 == tests, "each class gives its share: %d of %d test rows are of class 1",
          ones, (int)tests);
    holds(
        l, closed && p.touched == 1,
        "%d rules were compared by validation, with the test rows closed; they were asked for once",
        RULES);
    holds(l, best == 4 && right == tests, "the rule chosen is right on %d of %d test rows", right,
          (int)tests);
    draw_parts(l, row, part);
    rg_partition_free(&p);
}
LESSON_MAIN(lesson_3_5)
