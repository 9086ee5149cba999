/* 10.2: momentum is a decaying sum of steps: it cancels what zigzags and adds up what does not. */
#include "valley.h"

enum { STEPS = 40, STARTS = 200 };

/* A wide valley at 3 and a narrow, steep one at -1. */
static rg_node *two_minima(rg_node *x)
{
    rg_node *wide = rg_exp(rg_scale(rg_square(rg_offset(x, -3)), -0.04)),
            *narrow = rg_exp(rg_scale(rg_square(rg_offset(x, 1)), -20));
    return rg_neg(rg_add(rg_sum(wide, 0), rg_scale(rg_sum(narrow, 0), 0.05)));
}

/* The share of starts in -3..3 that end within 1 of the wide minimum. */
static double to_the_wide(lesson *l, double momentum)
{
    double start[STARTS], end[STARTS], share = 0;
    for (int i = 0; i < STARTS; i++) start[i] = -3 + 6.0 * i / (STARTS - 1);
    int64_t before = rg_mark(l->tape);
    rg_node *x = vector(l, STARTS, start);
    rg_optim_config c = rg_sgd(momentum);
    rg_group g = {.n = 1, .param = &x, .lr = 0.1};
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    for (int i = 0; i < 600; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, two_minima(x));
        rg_step_end(l->tape, mark);
    }
    numbers(x, STARTS, end);
    for (int i = 0; i < STARTS; i++) share += fabs(end[i] - 3) < 1;
    rg_optim_free(o);
    rg_rewind(l->tape, before);
    return share / STARTS;
}

/* Steps in the ravine until y, its steep side, stays within 0.001 of the bottom. */
static int steps_to_rest(lesson *l, double momentum)
{
    enum { MOST = 400 };
    double x[MOST + 1], y[MOST + 1];
    const double start[] = {0, 1.2};
    rg_optim_config c = rg_sgd(momentum);
    int rest = MOST;
    valley_descend(l, &c, 0.03, valley_ravine, start, MOST, x, y);
    while (rest > 0 && fabs(y[rest - 1]) < 1e-3) rest--;
    return rest;
}

void lesson_10_2(lesson *l)
{
    const double g[] = {2, -1, 0.5}, eps = 0.1, alpha = 0.9, one = 1;
    double w[4], c[201], constant[200];
    rg_optim_config momentum = rg_sgd(alpha), plain = rg_sgd(0);
    valley_feed(l, &momentum, eps, 3, g, w);
    double v3 = w[3] - w[2], formula = -eps * (alpha * alpha * g[0] + alpha * g[1] + g[2]);
    holds(l, near(v3, formula, 1e-12), "the third step is -eps (alpha^2 g1 + alpha g2 + g3) = %.6f",
          v3);
    for (int i = 0; i < 200; i++) constant[i] = one;
    valley_feed(l, &momentum, 0.01, 200, constant, c);
    double limit = c[200] - c[199];
    slip(l, near(limit, -0.01, 0.01), near(limit, -0.01 / (1 - alpha), 1e-8),
         "S58: v is a decaying sum, no mean: with a constant gradient 1 and eps 0.01 it tends to "
         "-eps/(1 - alpha) = %.6f; and alpha must stay below 1",
         limit);

    double px[STEPS + 1], py[STEPS + 1], mx[STEPS + 1], my[STEPS + 1];
    const double start[] = {-2.5, 1.2};
    valley_descend(l, &plain, 0.07, valley_ravine, start, STEPS, px, py);
    rg_optim_config mild = rg_sgd(0.6);
    valley_descend(l, &mild, 0.03, valley_ravine, start, STEPS, mx, my);
    int flips[2] = {0, 0};
    for (int i = 0; i < STEPS; i++)
        flips[0] += py[i] * py[i + 1] < 0, flips[1] += my[i] * my[i + 1] < 0;
    say(l, "zigzags across the valley in %d steps: plain %d, momentum %d", STEPS, flips[0],
        flips[1]);
    shown(l, flips[1] < flips[0] && hypot(mx[STEPS], my[STEPS]) < hypot(px[STEPS], py[STEPS]),
          "momentum zigzags less and ends nearer: %.3f, plain %.3f", hypot(mx[STEPS], my[STEPS]),
          hypot(px[STEPS], py[STEPS]));
    double without = to_the_wide(l, 0), with = to_the_wide(l, 0.9);
    say(l, "starts that end in the wide minimum: plain %.0f %%, momentum %.0f %%", 100 * without,
        100 * with);
    shown(l, with > without, "momentum leaves the narrow minimum more often, on this landscape");
    int soon = steps_to_rest(l, 0), late = steps_to_rest(l, 0.9);
    shown(l, late > 2 * soon,
          "where the steep minimum is the one wanted momentum takes longer: it swings through it, and rests after %d steps, plain descent after %d", late, soon);
    rg_figure *f = valley_figure(l, "A narrow valley",
                                 "Plain descent zigzags, momentum runs along.", valley_ravine, 3);
    rg_figure_line(f, "plain, rate 0.07", STEPS + 1, px, py);
    rg_figure_line(f, "momentum 0.6, rate 0.03", STEPS + 1, mx, my);
    double x[201], y[201];
    for (int i = 0; i < 201; i++)
        x[i] = -3 + i * 0.04, y[i] = rg_value(two_minima(vector(l, 1, &x[i])));
    rg_figure_line(figure(l, "Two minima", "A narrow one at -1, a wide one at 3.", "w", "loss"),
                   NULL, 201, x, y);
}
LESSON_MAIN(lesson_10_2)
