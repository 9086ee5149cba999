/* 3.2: a model that fits its few examples too well does badly on new ones; more data mend it. */
#include "poly.h"

enum { TEST = 300, SIZES = 3, DEGREES = 10, RUNS = 40 };

static double tx[TEST], ty[TEST];

/* Errors of one fit in training and on the test set. */
static void once(lesson *l, int n, int degree, double *train, double *test)
{
    double x[POLY_MOST], y[POLY_MOST];
    int64_t mark = rg_mark(l->tape);
    poly_sample(l, n, 0.3, x, y);
    rg_node *X = poly_features(l, n, x, degree), *Y = vector(l, n, y), *theta = poly_fit(X, Y);
    *train = poly_error(X, Y, theta);
    *test = poly_error(poly_features(l, TEST, tx, degree), vector(l, TEST, ty), theta);
    rg_commit(l->tape); /* a tick: the next sample is another */
    rg_rewind(l->tape, mark);
}

/* Medians would hide it: the middle of the logarithms. */
static void typical(lesson *l, int n, int degree, double *train, double *test)
{
    double sum[2] = {0, 0}, a, b;
    for (int i = 0; i < RUNS; i++) {
        once(l, n, degree, &a, &b);
        sum[0] += log(a + 1e-12) / RUNS, sum[1] += log(b) / RUNS;
    }
    *train = exp(sum[0]), *test = exp(sum[1]);
}

void lesson_3_2(lesson *l)
{
    const int size[SIZES] = {12, 100, 1000};
    double gap[SIZES], ratio = 0, degree[DEGREES], train[SIZES][DEGREES], test[SIZES][DEGREES];
    poly_sample(l, TEST, 0.3, tx, ty);
    say(l, "degree 9   training   test      (typical of %d runs)", RUNS);
    for (int i = 0; i < SIZES; i++) {
        double a, b;
        typical(l, size[i], 9, &a, &b);
        gap[i] = b - a;
        if (!i) ratio = b / a;
        say(l, "N = %-6d %.5f    %.5f", size[i], a, b);
    }
    shown(l, ratio > 10, "degree 9 on 12 examples: the test error is %.0f times the training error",
          ratio);
    shown(l, gap[0] > gap[1] && gap[1] > gap[2] && gap[2] < 0.03,
          "the gap closes with more data: %.3f, %.4f, %.4f", gap[0], gap[1], gap[2]);
    for (int d = 0; d < DEGREES; d++)
        for (int i = 0; i < SIZES; i++)
            degree[d] = d, typical(l, size[i], d, &train[i][d], &test[i][d]);
    rg_figure_options o = {
        .title = "Training and test error",
        .about = "Training falls on; with 12 examples the test error has a minimum and "
                 "rises, with 1000 it stays beside training.",
        .x = {.label = "degree"},
        .y = {.label = "mean squared error", .log = true}};
    rg_figure *f = figure_with(l, &o);
    static const char *const name[2][SIZES] = {{"training, 12", "training, 100", "training, 1000"},
                                               {"test, 12", "test, 100", "test, 1000"}};
    for (int i = 0; i < SIZES; i++) rg_figure_line(f, name[0][i], DEGREES, degree, train[i]);
    for (int i = 0; i < SIZES; i++) rg_figure_line(f, name[1][i], DEGREES, degree, test[i]);
    int best = 0;
    for (int d = 0; d < DEGREES; d++) best = test[0][d] < test[0][best] ? d : best;
    shown(l, best > 1 && best < 8, "the best degree for 12 examples is %d: in between", best);
}
LESSON_MAIN(lesson_3_2)
