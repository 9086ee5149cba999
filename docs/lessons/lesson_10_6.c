/* 10.6: Adam: momentum over RMSProp, with both means corrected for their start at 0. */
#include "valley.h"

enum { STEPS = 100 };

/* Adam as it is easily written, with the gradient squared in the first moment, too. */
static double squared_first(lesson *l, int steps)
{
    double w = 1, v = 0, a = 0;
    for (int t = 0; t < steps; t++) {
        int64_t mark = rg_mark(l->tape);
        rg_node *x = rg_scalar(l->tape, w);
        double g = rg_value(gradient(rg_scale(rg_square(x), 0.5), x));
        v = 0.9 * v + 0.1 * g * g;
        a = 0.999 * a + 0.001 * g * g;
        w -= 0.1 / sqrt(a + 1e-16) * v;
        rg_rewind(l->tape, mark);
    }
    return w;
}

static rg_node *half_square(rg_node *w) { return rg_scale(rg_sum(rg_square(w), 0), 0.5); }

void lesson_10_6(lesson *l)
{
    const double eps = 0.1;
    double g[STEPS], w[STEPS + 1], raw[STEPS + 1], worst = 0;
    rg_optim_config adam = rg_adam(), uncorrected = rg_adam();
    uncorrected.uncorrected = true;
    for (int i = 0; i < STEPS; i++) g[i] = 0.37;
    valley_feed(l, &adam, eps, STEPS, g, w);
    valley_feed(l, &uncorrected, eps, STEPS, g, raw);
    for (int i = 0; i < STEPS; i++) worst = fmax(worst, fabs((w[i] - w[i + 1]) / eps - 1));
    say(l, "first step in units of the rate: corrected %.4f, not corrected %.4f",
        (w[0] - w[1]) / eps, (raw[0] - raw[1]) / eps);
    holds(l, near(w[0] - w[1], eps, 1e-9), "corrected, the first step is eps");
    holds(l, near(raw[0] - raw[1], eps * 0.1 / sqrt(0.001), 1e-9),
          "without correction it is eps (1 - b1)/sqrt(1 - b2) = 3.16 eps");
    holds(l, worst < 1e-8,
          "of a constant gradient the corrected means are right at every t: all %d steps are eps "
          "(%.1e)",
          STEPS, worst);
    double diverged = squared_first(l, 2000), x[STEPS + 1], y[STEPS + 1];
    valley_descend(l, &adam, eps, half_square, (double[]){1, 1}, STEPS, x, y);
    slip(l, fabs(diverged) < 1, fabs(x[STEPS]) < 0.1,
         "S64: the first moment takes g, not g g: with g g no step ever changes sign and on w^2/2 "
         "it %s; with g it is at %.4f",
         isfinite(diverged) ? "runs away" : "ends in NaN", x[STEPS]);
    slip(l, isfinite(1 / (1 - pow(0.9, 0))), isfinite(1 / (1 - pow(0.9, 1))),
         "S65: t is counted up before the correction: at t = 0 it divides by 1 - b^0 = 0");

    static const char *const name[] = {"gradient descent", "momentum", "Nesterov",
                                       "Adagrad",          "RMSProp",  "Adam"};
    rg_optim_config all[] = {rg_sgd(0),    rg_sgd(0.6),   rg_nesterov(0.6),
                             rg_adagrad(), rg_rmsprop(0), rg_adam()};
    const double rate[] = {0.03, 0.03, 0.03, 0.8, 0.05, 0.3}, start[] = {-2.5, 1.2};
    rg_figure *f = valley_figure(l, "Six optimizers in one valley",
                                 "All end at the middle, by different ways.", valley_ravine, 3);
    say(l, "%-18s rate   distance after %d steps", "optimizer", STEPS);
    int arrived = 0;
    for (int i = 0; i < 6; i++) {
        valley_descend(l, &all[i], rate[i], valley_ravine, start, STEPS, x, y);
        rg_figure_line(f, name[i], STEPS + 1, x, y);
        say(l, "%-18s %-6g %.5f", name[i], rate[i], hypot(x[STEPS], y[STEPS]));
        arrived += hypot(x[STEPS], y[STEPS]) < 0.5;
    }
    shown(l, arrived == 6, "all six come within 0.5 of the minimum in %d steps", STEPS);
    rg_node *at = vector(l, 2, start), *height = valley_ravine(at);
    rg_node *newton = rg_sub(at, rg_solve(hessian(height, at), gradient(height, at)));
    holds(l, distance(newton, zeros(l, rg_shape1(2))) < 1e-14,
          "all six are of first order; Newton's step, with the Hessian, is there at once");
}
LESSON_MAIN(lesson_10_6)
