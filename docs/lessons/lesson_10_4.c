/* 10.4: Adagrad divides by the root of all squares so far, element by element: every step is
 * shorter than the last, for ever. */
#include "valley.h"

enum { STEPS = 100 };

/* The first step for one gradient, in units of the rate. */
static double first_step(lesson *l, double g, bool outside)
{
    double w[2];
    rg_optim_config c = rg_adagrad();
    c.nu = 1e-7;
    c.eps_outside = outside;
    valley_feed(l, &c, 1, 1, &g, w);
    return -w[1];
}

void lesson_10_4(lesson *l)
{
    const double eps = 0.1;
    double g[STEPS], w[STEPS + 1], rate[STEPS], step[STEPS], worst = 0;
    rg_optim_config c = rg_adagrad();
    for (int i = 0; i < STEPS; i++) g[i] = 2;
    valley_feed(l, &c, eps, STEPS, g, w);
    for (int i = 0; i < STEPS; i++) {
        step[i] = i + 1;
        rate[i] = w[i] - w[i + 1];
        worst = fmax(worst, fabs(rate[i] / (eps / sqrt(i + 1)) - 1));
    }
    holds(l, worst < 1e-12,
          "with a constant gradient step t is eps/sqrt(t) long, whatever the gradient (%.1e)",
          worst);
    for (int i = 0; i < STEPS; i++) g[i] = i < 5 ? 10 : 0.1;
    double after[STEPS + 1];
    valley_feed(l, &c, eps, STEPS, g, after);
    double last = after[STEPS - 1] - after[STEPS];
    holds(l, last < eps * 0.1 / sqrt(500),
          "the sum never forgets: after five gradients of 10 it steps by %.2g for a gradient of "
          "0.1, at step 100 still",
          last);

    say(l,
        "gradient   nu inside the root   outside     (first step in units of the rate, nu = 1e-7)");
    const double size[] = {1, 1e-3, 1e-5};
    for (int i = 0; i < 3; i++)
        say(l, "%-10g %-20.4f %.4f", size[i], first_step(l, size[i], false),
            first_step(l, size[i], true));
    double inside = first_step(l, 1e-3, false), outside = first_step(l, 1e-3, true);
    slip(l, near(inside, outside, 0.01),
         near(inside, 1e-3 / sqrt(1e-6 + 1e-7), 1e-12) &&
             near(outside, 1e-3 / (1e-3 + 1e-7), 1e-12),
         "S62: inside the root nu = 1e-7 is a floor of 3e-4 under the gradient: at 1e-3 the step "
         "is %.4f, outside %.4f",
         inside, outside);

    rg_node *v = vector(l, 2, (double[]){0, 0});
    rg_group group = {.n = 1, .param = &v, .lr = 1};
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &group);
    int64_t mark = rg_step_begin(l->tape);
    rg_optim_apply(o, (rg_node *[]){vector(l, 2, (double[]){3, 4})});
    rg_step_end(l->tape, mark);
    rg_optim_free(o);
    double steep = first_step(l, 1000, false), gentle = first_step(l, 0.01, false);
    holds(l, near(steep, 1, 1e-9) && near(gentle, 1, 1e-3),
          "each weight has a rate of its own: by slopes of 1000 and 0.01 the first steps are %.4f "
          "and "
          "%.4f of the rate, alike",
          steep, gentle);
    slip(l, near(number(v, 0), -3.0 / 5, 1e-6),
         near(number(v, 0), -1, 1e-9) && near(number(v, 1), -1, 1e-9),
         "S60: squares element by element: (3, 4) makes steps of 1 and 1; divided by its norm 5 "
         "they were 0.6 and 0.8");
    rg_figure_options f = {.title = "Adagrad's step for a constant gradient",
                           .about = "Falls as one over the root of the step.",
                           .x = {.label = "step", .log = true},
                           .y = {.label = "length", .log = true}};
    rg_figure_line(figure_with(l, &f), NULL, STEPS, step, rate);
}
LESSON_MAIN(lesson_10_4)
