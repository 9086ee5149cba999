/* 3.6: k-fold cross validation: every example validates once. */
#include "lesson.h"

enum { N = 800, K = 4, MODELS = 1000, TEST = 100, SETS = 20 };

/* The error of a fold; the standard error of that, and which rows validate. */
static double fold_error(lesson *l, const double *x, const double *y, int k, int *validated,
                         double *deviates, double held_rows[N])
{
    double set[2][2][N]; /* training and validation, x and y */
    rg_split fold;
    rg_error e = {0};
    if (rg_fold_rows(&fold, NULL, N, NULL, 0, K, k, 1, NULL, &e)) return (double)NAN;
    for (int held = 0; held < 2; held++)
        for (int64_t i = 0; i < (held ? fold.n_held : fold.n_kept); i++) {
            int64_t row = held ? fold.held[i] : fold.kept[i];
            set[held][0][i] = x[row];
            set[held][1][i] = y[row];
            validated[row] += held;
            if (held) held_rows[i] = (double)row;
        }
    rg_node *X = vector(l, fold.n_kept, set[0][0]), *Y = vector(l, fold.n_kept, set[0][1]);
    rg_node *slope = rg_div(rg_dot(X, Y), rg_dot(X, X)), *other = vector(l, fold.n_held, set[1][0]);
    rg_node *square = rg_square(rg_sub(rg_mul(slope, other), vector(l, fold.n_held, set[1][1])));
    double error = rg_value(rg_mean(square, 0));
    *deviates = deviation(square) / sqrt((double)fold.n_held);
    say(l, "%4d   %8d   %10d   %.5f", k + 1, (int)fold.n_kept, (int)fold.n_held, error);
    rg_split_free(&fold);
    return error;
}

/* The sizes of 7 folds of n rows: the smallest and the largest. */
static void uneven(int64_t *least, int64_t *most)
{
    *least = N;
    *most = 0;
    for (int k = 0; k < 7; k++) {
        rg_split fold;
        if (rg_fold_rows(&fold, NULL, N, NULL, 0, 7, k, 1, NULL, NULL)) return;
        if (fold.n_held < *least) *least = fold.n_held;
        if (fold.n_held > *most) *most = fold.n_held;
        rg_split_free(&fold);
    }
}

/* Models that guess: the best of many, chosen by its test error, looks better than it is. */
static void optimism(lesson *l)
{
    double best = 0;
    for (int set = 0; set < SETS; set++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *guess = rg_bernoulli(l->tape, RG_F64, rg_shape2(MODELS, TEST), 0.5);
        best += rg_value(rg_amax(rg_mean(guess, 1), 0)) / SETS;
        rg_step_end(l->tape, mark);
    }
    double error = (best - 0.5) / sqrt(0.25 / TEST);
    shown(
        l, error > 3,
        "of %d models that guess, the best has %.1f %% on the test set that chose it, the mean of "
        "%d sets: %.1f standard errors too good",
        MODELS, 100 * best, SETS, error);
}

/* Noise of a known variance: the likelihood measures what squares measure. */
static void likelihood(lesson *l)
{
    const double variance = 0.25;
    rg_node *said = normal(l, rg_shape1(50)), *y = normal(l, rg_shape1(50));
    rg_node *squares = gradient(rg_mse(said, y), said), *unlikely = gradient(rg_gaussian_nll(said, rg_lit(said, variance), y), said);
    double apart = distance(unlikely, rg_scale(squares, 1 / (2 * variance)));
    holds(l, apart < 1e-14,
          "maximum likelihood with Gaussian noise is least squares: its slope by every prediction is 1/(2 variance) that of the "
          "squared distance (%.1e)",
          apart);
}

void lesson_3_6(lesson *l)
{
    double x[N], y[N], noise[N], error[K], mean = 0, deviates[K];
    static double held[K][N];
    int validated[N] = {0};
    int64_t least, most;
    numbers(normal(l, rg_shape1(N)), N, x);
    numbers(normal(l, rg_shape1(N)), N, noise);
    for (int i = 0; i < N; i++) y[i] = 2 * x[i] + 0.5 * noise[i];
    say(l, "fold   training   validation   error");
    for (int k = 0; k < K; k++) {
        error[k] = fold_error(l, x, y, k, validated, &deviates[k], held[k]);
        mean += error[k] / K;
    }
    bool once = true;
    for (int i = 0; i < N; i++) once = once && validated[i] == 1;
    holds(l, once,
          "800 examples in 4 folds: 600 train, 200 validate, and each example validates exactly "
          "once");
    shown(l, fabs(mean - 0.25) < 0.03,
          "the mean of the folds, %.4f, is near the variance of the noise, 0.25", mean);
    uneven(&least, &most);
    slip(l, least == most, most - least == 1,
         "S09: N/k need not be whole: 7 folds of 800 have %d or %d; and what is left out is a "
         "validation fold, the test set is another",
         (int)least, (int)most);
    optimism(l);
    likelihood(l);
    static const char *const name[K] = {"fold 1", "fold 2", "fold 3", "fold 4"};
    rg_figure *f = figure(l, "Validation error, fold by fold",
                          "Four estimates of one number, with twice their standard errors.", NULL,
                          "mean squared error");
    rg_figure_bars(f, NULL, K, name, error);
    double at[3 * K], end[3 * K]; /* from below to above, and a gap */
    for (int k = 0; k < K; k++)
        for (int i = 0; i < 3; i++) {
            at[3 * k + i] = k;
            end[3 * k + i] = i < 2 ? error[k] + (4 * i - 2) * deviates[k] : (double)NAN;
        }
    rg_figure_line(f, NULL, 3 * K, at, end);
    rg_figure *rows = figure(l, "Which rows validate in which fold",
                             "Each of the 800 in one fold of four, by chance.", "row", "fold");
    for (int k = 0; k < K; k++) {
        double fold[N / K];
        for (int i = 0; i < N / K; i++) fold[i] = k + 1;
        rg_figure_points(rows, NULL, N / K, held[k], fold);
    }
}
LESSON_MAIN(lesson_3_6)
