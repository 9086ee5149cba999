/* 10.3: Nesterov looks where momentum is about to carry it; after a change of variables the
 * gradient is taken where the parameters are. */
#include "valley.h"

enum { STEPS = 200 };

static rg_optim *new_one(lesson *l, const rg_optim_config *c, rg_node **w)
{
    rg_group g = {0};
    g.n = 1;
    g.param = w;
    g.lr = 0.02;
    return rg_optim_new(l->tape, c, 1, &g);
}

/* How the learning rate may fall, and what that does to the noise of a single example's step. */
static void annealing(lesson *l)
{
    enum { SPAN = 100, NOISY = 400 };
    static const char *const name[] = {"a tenth every 25 steps", "exponential", "1/t",
                                       "cosine, 10 steps of warm-up"};
    const rg_schedule s[] = {{.fall = RG_FALL_STEPS, .every = 25},
                             {.fall = RG_FALL_EXPONENTIAL, .every = 50},
                             {.fall = RG_FALL_INVERSE, .every = 25},
                             {.fall = RG_FALL_COSINE, .every = 90, .warmup = 10}};
    double share[4][SPAN + 1];
    rg_figure *f =
        figure(l, "Learning rates that fall", "By steps, exponentially, as 1/t, as a cosine.",
               "step", "share of the rate");
    for (int k = 0; k < 4; k++) {
        for (int t = 0; t <= SPAN; t++)
            share[k][t] = rg_value(rg_schedule_share(&s[k], rg_scalar(l->tape, t)));
        rg_figure_line(f, name[k], SPAN + 1, NULL, share[k]);
    }
    holds(
        l,
        share[0][20] == 1 && near(share[0][60], 0.01, 1e-12) && near(share[1][50], 0.1, 1e-12) &&
            near(share[2][25], 0.5, 1e-12) && near(share[3][4], 0.5, 1e-12) &&
            near(share[3][55], 0.5, 1e-12),
        "annealing: by steps a hundredth at step 60, exponentially a tenth at 50, as 1/t a half at "
        "25, by a cosine a half between the warm-up and the end");
    double noise[NOISY], end[2] = {0, 0};
    numbers(normal(l, rg_shape1(NOISY)), NOISY, noise);
    for (int falls = 0; falls < 2; falls++) { /* w^2/2, each gradient with noise; the last half */
        double w = 1;
        for (int t = 0; t < NOISY; t++) {
            w -= (falls ? 0.5 / (1 + t / 25.0) : 0.5) * (w + noise[t]);
            if (t >= NOISY / 2) end[falls] += w * w / (NOISY / 2);
        }
    }
    shown(
        l, end[1] < 0.5 * end[0],
        "a rate that falls lets the noise die out: mean square of the error in the last half %.3f "
        "at a steady rate, %.4f as 1/t",
        end[0], end[1]);
}

void lesson_10_3(lesson *l)
{
    const double start[] = {-2.5, 1.2};
    rg_optim_config first_form = rg_sgd(0.9), second_form = rg_nesterov(0.9);
    rg_node *theta = vector(l, 2, start), *shifted = vector(l, 2, start);
    rg_optim *a = new_one(l, &first_form, &theta), *b = new_one(l, &second_form, &shifted);
    double tx[61], ty[61], sx[61], sy[61], apart = 0, still = 0;
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *ahead = rg_optim_ahead(a, 0), *g = gradient(valley_ravine(ahead), ahead);
        apart = fmax(apart, distance(ahead, shifted));
        if (i <= 60)
            tx[i] = number(theta, 0), ty[i] = number(theta, 1), sx[i] = number(shifted, 0),
            sy[i] = number(shifted, 1);
        rg_optim_apply(a, &g);
        rg_optim_step(b, valley_ravine(shifted));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(a);
    rg_optim_free(b);
    holds(l, apart < 1e-14,
          "both forms walk the same path over %d steps: theta + alpha v is theta~ (apart %.1e)",
          STEPS, apart);

    /* Setting v_new to v_old, as it is easily written, forgets what was just computed. */
    double v_old = 0, x_old = 1;
    for (int i = 0; i < 20; i++) {
        rg_node *x = rg_scalar(l->tape, x_old);
        double v_new = 0.9 * v_old - 0.02 * rg_value(gradient(rg_square(x), x)),
               x_new = x_old + v_new + 0.9 * (v_new - v_old);
        v_new = v_old, x_new = x_old;
        still = fabs(x_new - 1) + fabs(v_new);
    }
    slip(l, still > 0, hypot(sx[60], sy[60]) < 0.5,
         "S59: at the end of a step old becomes new; the other way round nothing ever moves, while "
         "the right form is at distance %.3f after 60 steps",
         hypot(sx[60], sy[60]));

    double mx[STEPS + 1], my[STEPS + 1], over[2] = {0, 0};
    valley_descend(l, &first_form, 0.02, valley_ravine, start, STEPS, mx, my);
    for (int i = 1; i <= 60; i++) over[0] += fabs(my[i]), over[1] += fabs(ty[i]);
    say(l, "sum of |w2| over 60 steps: momentum %.3f, Nesterov %.3f", over[0], over[1]);
    shown(l, over[1] < over[0], "Nesterov corrects earlier: it swings less across the valley");
    rg_figure *f = valley_figure(l, "Nesterov's momentum",
                                 "It swings less than momentum; theta~ runs ahead of theta.",
                                 valley_ravine, 3);
    rg_figure_line(f, "theta", 61, tx, ty);
    rg_figure_line(f, "theta~ = theta + alpha v", 61, sx, sy);
    rg_figure_line(f, "plain momentum", 61, mx, my);
    annealing(l);
}
LESSON_MAIN(lesson_10_3)
