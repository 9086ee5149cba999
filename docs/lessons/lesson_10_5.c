/* 10.5: RMSProp forgets: after a spike its steps grow long again. */
#include "valley.h"

enum { STEPS = 300, SPIKE = 50 };

void lesson_10_5(lesson *l)
{
    const double eps = 0.01;
    double g[STEPS], rms[STEPS + 1], ada[STEPS + 1], a[2][STEPS], step[STEPS];
    const double nu = 1e-7; /* the notes'; left alone it is 1e-16 */
    rg_optim_config c = rg_rmsprop(0), grad = rg_adagrad();
    c.nu = nu;
    for (int i = 0; i < STEPS; i++) g[i] = i == SPIKE ? 20 : 1;
    valley_feed(l, &c, eps, STEPS, g, rms);
    valley_feed(l, &grad, eps, STEPS, g, ada);
    /* a follows from the step: a = (eps g/step)^2. */
    for (int i = 0; i < STEPS; i++) {
        step[i] = i + 1;
        a[0][i] = pow(eps * g[i] / (rms[i] - rms[i + 1]), 2);
        a[1][i] = pow(eps * g[i] / (ada[i] - ada[i + 1]), 2);
    }
    say(l, "step      a of RMSProp   a of Adagrad");
    const int at[] = {49, 50, 51, 100, 299};
    for (int i = 0; i < 5; i++) say(l, "%4d   %14.4f %14.4f", at[i] + 1, a[0][at[i]], a[1][at[i]]);
    bool grows = true;
    for (int i = 1; i < STEPS; i++) grows = grows && a[1][i] > a[1][i - 1];
    slip(l, a[0][299] >= a[0][50], grows && a[0][299] < 0.5 * a[0][50],
         "S63: after the spike a falls from %.2f to %.2f; Adagrad's only ever grows", a[0][50],
         a[0][299]);
    double first = rms[0] - rms[1];
    holds(l, near(first, eps / sqrt(1 - 0.99 + nu), 1e-9),
          "the first step is eps/sqrt(1 - beta) = %.1f eps, whatever the gradient, as long as nu = 1e-7 is small beside it", first / eps);
    rg_optim_config moved = rg_rmsprop(0.9), none = rg_rmsprop(0);
    moved.nu = none.nu = nu;
    double with[STEPS + 1], without[STEPS + 1], apart = 0;
    valley_feed(l, &none, eps, STEPS, g, without);
    for (int i = 0; i <= STEPS; i++) apart = fmax(apart, fabs(without[i] - rms[i]));
    valley_feed(l, &moved, eps, STEPS, g, with);
    double v = 0, w = 0, by_hand = 0;
    for (int i = 0; i < STEPS; i++) {
        v = 0.9 * v - (rms[i] - rms[i + 1]);
        w += v;
        by_hand = fmax(by_hand, fabs(w - with[i + 1]));
    }
    holds(l, apart == 0 && by_hand < 1e-12,
          "momentum is put on the scaled gradient: v <- alpha v - eps g/sqrt(a + nu), and alpha = "
          "0 is RMSProp itself (%.1e)",
          by_hand);
    rg_figure_options o = {.title = "The accumulator after a spike",
                           .about = "RMSProp's falls again, Adagrad's stays.",
                           .x = {.label = "step"},
                           .y = {.label = "a", .log = true}};
    rg_figure *f = figure_with(l, &o);
    rg_figure_line(f, "RMSProp, beta 0.99", STEPS, step, a[0]);
    rg_figure_line(f, "Adagrad", STEPS, step, a[1]);
}
LESSON_MAIN(lesson_10_5)
