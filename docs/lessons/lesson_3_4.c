/* 3.4: hyperparameters are chosen, not differentiated: try them on data that training has not seen.
 */
#include "poly.h"

enum { TRAIN = 12, VALID = 200, DEGREES = 7, RATES = 5, STEPS = 150 };

static const int size[] = {TRAIN, VALID};
static double px[2][VALID], py[2][VALID];

/* The training error (0) and the validation error (1) after a training with these two choices. */
static void try_pair(lesson *l, int degree, double rate, double error[2])
{
    int64_t mark = rg_mark(l->tape);
    rg_node *X = poly_features(l, TRAIN, px[0], degree), *y = vector(l, TRAIN, py[0]),
            *w = zeros(l, rg_shape1(degree + 1));
    rg_optim_config c = rg_sgd(0.9);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = rate});
    for (int i = 0; i < STEPS; i++) {
        int64_t step = rg_step_begin(l->tape);
        rg_optim_step(o, rg_mse(rg_matmul(X, w), y));
        rg_step_end(l->tape, step);
    }
    rg_optim_free(o);
    for (int k = 0; k < 2; k++)
        error[k] =
            poly_error(poly_features(l, size[k], px[k], degree), vector(l, size[k], py[k]), w);
    rg_rewind(l->tape, mark);
}

/* What rg_grid_search asks: value[0] is the rate, value[1] the degree. */
static rg_status score(void *ud, const double *value, double *out)
{
    double error[2];
    try_pair(ud, (int)value[1], value[0], error);
    *out = error[1];
    return RG_OK;
}

void lesson_3_4(lesson *l)
{
    const double rate[RATES] = {0.001, 0.003, 0.01, 0.03, 0.1};
    double error[RATES * DEGREES], shade[RATES * DEGREES], fit[RATES * DEGREES];
    for (int k = 0; k < 2; k++) poly_sample(l, size[k], 0.4, px[k], py[k]);
    int best = 0, fitted = 0;
    say(l, "validation error   degree 1     3     5     7");
    for (int r = 0; r < RATES; r++) {
        double *row = error + r * DEGREES;
        for (int d = 0; d < DEGREES; d++) {
            double both[2];
            int at = r * DEGREES + d;
            try_pair(l, d + 1, rate[r], both);
            fit[at] = both[0], row[d] = both[1];
            shade[at] = log10(row[d]);
            best = row[d] < error[best] ? at : best;
            fitted = fit[at] < fit[fitted] ? at : fitted;
        }
        say(l, "rate %-12g %9.4f %6.4f %6.4f %6.4f", rate[r], row[0], row[2], row[4], row[6]);
    }
    const double degree[DEGREES] = {1, 2, 3, 4, 5, 6, 7};
    const rg_grid grid = {2, {{"rate", RATES, rate}, {"degree", DEGREES, degree}}};
    int64_t found = -1;
    double lowest = 0;
    rg_grid_search(&grid, score, l, &found, &lowest);
    holds(l, found == best && lowest == error[best],
          "a search over the grid finds the best of the %d pairs of the table: degree %d, rate %g, "
          "validation error %.4f",
          RATES * DEGREES, best % DEGREES + 1, rate[best / DEGREES], lowest);
    slip(l, error[fitted] <= error[best], fit[fitted] < fit[found] && lowest < error[fitted],
         "S01: a hyperparameter is chosen beforehand, not learned from the training loss: by that "
         "it were degree %d, rate %g, with validation error %.4f",
         fitted % DEGREES + 1, rate[fitted / DEGREES], error[fitted]);
    rg_figure_options o = {
        .title = "Validation error over two hyperparameters",
        .about = "Dark is good: rates that are large enough, degrees of three and more.",
        .x = {.label = "degree"},
        .y = {.label = "log10 of the rate"}};
    rg_figure_heat(figure_with(l, &o), "log10 of the error",
                   &(rg_figure_grid){RATES, DEGREES, 1, DEGREES, -3, -1, shade}, 0, 0);
}
LESSON_MAIN(lesson_3_4)
