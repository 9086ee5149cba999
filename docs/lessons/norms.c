/* norms.c - the same network with batch normalisation and without. */
#include "norms.h"
#include "learn.h"

enum { DRAWS = 4, EXAMPLES = 40, UNITS = 20 };

static const char *const layers[] = {
    "linear 20, relu, linear 20, relu, linear 2",
    "linear 20, batchnorm, relu, linear 20, batchnorm, relu, linear 2"};

/* Points in space, and whether their first two coordinates have the same sign. */
static learning task(lesson *l, bool normed, uint64_t draw)
{
    int64_t label[EXAMPLES];
    rg_node *X = normal(l, rg_shape2(EXAMPLES, 3));
    for (int i = 0; i < EXAMPLES; i++) label[i] = number(X, 3 * i) * number(X, 3 * i + 1) > 0;
    rg_node *y = rg_leaf_from(l->tape, RG_I64, rg_shape1(EXAMPLES), label, EXAMPLES);
    return (learning){.x = X, .y = y, .model = layers[normed], .optim = rg_sgd(0), .seed = draw};
}

void norms_widen(lesson *l)
{
    static const double rate[] = {0.01, 0.1, 0.5, 2, 10}, deviation[] = {0.02, 1};
    int count[2] = {0, 0};
    double highest[2] = {0, 0};
    for (int draw = 0; draw < DRAWS; draw++)
        for (int normed = 0; normed < 2; normed++) {
            learning how = task(l, normed, (uint64_t)draw);
            how.steps = 100, how.enough = 0.1;
            for (int i = 0; i < 10; i++) {
                rg_model m;
                how.lr = rate[i % 5], how.deviation = deviation[i / 5];
                bool there = learn(l, &m, &how) < how.steps;
                count[normed] += there;
                if (there) highest[normed] = fmax(highest[normed], how.lr);
            }
        }
    shown(
        l, count[1] > count[0] + DRAWS && highest[1] >= highest[0],
        "of %d choices (rates 0.01 to 10, first weights of deviation 0.02 and 1, %d data sets) %d "
        "have learned after 100 steps, the highest rate %g; with batch normalisation %d, the "
        "highest %g",
        10 * DRAWS, DRAWS, count[0], highest[0], count[1], highest[1]);
}

/* What the second layer is given, and how far the mean of each unit moves in a step, in
 * deviations: the mean over 30 steps of descent at rate 0.5. */
static double drift(lesson *l, bool normed, uint64_t draw)
{
    enum { STEPS = 30 };
    rg_model m;
    double mean[2][UNITS], sum = 0;
    learning how = task(l, normed, draw);
    how.lr = 0.5, how.deviation = 0.5;
    learn(l, &m, &how); /* no steps: as it begins */
    rg_optim *o = rg_optim_new(l->tape, &how.optim, 1,
                               &(rg_group){.n = m.params, .param = m.param, .lr = how.lr});
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *h = rg_linear(how.x, m.param[0], m.param[1]);
        h = rg_relu(normed ? rg_norm_batch(h, m.param[2], m.param[3], NULL, NULL) : h);
        numbers(rg_div(rg_mean(h, 0), rg_offset(rg_std(h, 0), 0.1)), UNITS, mean[i % 2]);
        for (int k = 0; k < UNITS && i; k++)
            sum += fabs(mean[0][k] - mean[1][k]) / UNITS / (STEPS - 1);
        rg_optim_step(o, rg_cross_entropy(rg_model_apply(&m, how.x, RG_MODE_TRAIN), how.y));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    return sum;
}

void norms_steady(lesson *l)
{
    double moved[2] = {0, 0};
    for (int draw = 0; draw < DRAWS; draw++)
        for (int normed = 0; normed < 2; normed++)
            moved[normed] += drift(l, normed, (uint64_t)draw) / DRAWS;
    shown(l, moved[1] < 0.8 * moved[0],
          "internal covariate shift: while it trains, the mean of what the second layer is given "
          "moves by %.4f deviations a step; with batch normalisation by %.4f",
          moved[0], moved[1]);
}

void norms_curves(lesson *l)
{
    enum { STEPS = 100 };
    static const double rate[] = {0.1, 0.5, 2};
    rg_figure_options o = {.title = "Training with batch normalisation and without",
                           .about = "With it the loss falls at every rate, and faster.",
                           .x = {.label = "step"},
                           .y = {.label = "loss", .log = true, .lo = 1e-3, .hi = 10}};
    rg_figure *f = figure_with(l, &o);
    for (int normed = 0; normed < 2; normed++) {
        learning how = task(l, normed, 0);
        how.steps = STEPS, how.deviation = 0.5;
        for (int i = 0; i < 3; i++) {
            double loss[STEPS];
            char name[40];
            rg_model m;
            for (int k = 0; k < STEPS; k++) loss[k] = (double)NAN; /* where it ends early */
            how.loss = loss, how.lr = rate[i];
            learn(l, &m, &how);
            snprintf(name, sizeof name, "%s, rate %g", normed ? "normalised" : "plain", rate[i]);
            rg_figure_line(f, name, STEPS, NULL, loss);
        }
    }
}
