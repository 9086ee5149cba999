/* 3.4: hyperparameters are chosen, not differentiated: try them on data that training has not seen.
 */
#include "poly.h"

enum { N = 20, DEGREES = 7, RATES = 5, STEPS = 150 };

static double px[2][N], py[2][N];

/* The validation error after a training with these two choices. */
static double try_pair(lesson *l, int degree, double rate)
{
    int64_t mark = rg_mark(l->tape);
    rg_node *X = poly_features(l, N, px[0], degree), *y = vector(l, N, py[0]),
            *w = zeros(l, rg_shape1(degree + 1));
    rg_optim_config c = rg_sgd(0.9);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = rate});
    for (int i = 0; i < STEPS; i++) {
        int64_t step = rg_step_begin(l->tape);
        rg_optim_step(o, rg_mse(rg_matmul(X, w), y));
        rg_step_end(l->tape, step);
    }
    rg_optim_free(o);
    double error = poly_error(poly_features(l, N, px[1], degree), vector(l, N, py[1]), w);
    rg_rewind(l->tape, mark);
    return error;
}

void lesson_3_4(lesson *l)
{
    const double rate[RATES] = {0.001, 0.003, 0.01, 0.03, 0.1};
    double error[RATES * DEGREES], shade[RATES * DEGREES];
    for (int k = 0; k < 2; k++) poly_sample(l, N, 0.3, px[k], py[k]);
    int best = 0;
    say(l, "validation error   degree 1     3     5     7");
    for (int r = 0; r < RATES; r++) {
        double *row = error + r * DEGREES;
        for (int d = 0; d < DEGREES; d++) {
            row[d] = try_pair(l, d + 1, rate[r]);
            shade[r * DEGREES + d] = log10(row[d]);
            best = row[d] < error[best] ? r * DEGREES + d : best;
        }
        say(l, "rate %-12g %9.4f %6.4f %6.4f %6.4f", rate[r], row[0], row[2], row[4], row[6]);
    }
    bool least = true;
    for (int i = 0; i < RATES * DEGREES; i++) least = least && error[best] <= error[i];
    holds(l, least, "the best of %d pairs: degree %d, rate %g, validation error %.4f",
          RATES * DEGREES, best % DEGREES + 1, rate[best / DEGREES], error[best]);
    rg_node *w = zeros(l, rg_shape1(4)), *X = poly_features(l, N, px[0], 3);
    rg_node *rate_of = rg_scalar(l->tape, 0.01), *any[] = {w, rate_of}, *g[2];
    rg_grad(rg_mse(rg_matmul(X, w), vector(l, N, py[0])), NULL, 2, any, g);
    slip(l, g[1] != NULL, g[0] && !g[1],
         "S01: w is a parameter: the training loss has a slope by it; by the rate it has none, and "
         "the degree is no number on the tape at all: hyperparameters");
    rg_figure_options o = {
        .title = "Validation error over two hyperparameters",
        .about = "Dark is good: rates that are large enough, degrees of three and more.",
        .x = {.label = "degree"},
        .y = {.label = "log10 of the rate"}};
    rg_figure_heat(figure_with(l, &o), "log10 of the error",
                   &(rg_figure_grid){RATES, DEGREES, 1, DEGREES, -3, -1, shade}, 0, 0);
}
LESSON_MAIN(lesson_3_4)
