/* 10.1: gradient descent follows the whole gradient, stochastic descent that of a few examples. */
#include "valley.h"

enum { N = 32, STEPS = 60 };

typedef struct examples {
    rg_node *X, *y, *w;
} examples;

/* Mean loss of n examples from a row on. */
static rg_node *mean_loss(const examples *e, int64_t from, int64_t n)
{
    rg_node *error =
        rg_sub(rg_matmul(rg_slice(e->X, 0, from, n, 1), e->w), rg_slice(e->y, 0, from, n, 1));
    return rg_scale(rg_mean(rg_square(error), 0), 0.5);
}

/* Batches of `size`, one after the other. */
static void walk(lesson *l, examples *e, int64_t size, double x[STEPS + 1], double y[STEPS + 1])
{
    rg_optim_config c = rg_sgd(0);
    rg_group g = {.n = 1, .param = &e->w, .lr = 0.1};
    rg_write(e->w, RG_F64, (double[]){-1.5, 1.5}, 2);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    for (int i = 0; i <= STEPS; i++) {
        x[i] = number(e->w, 0), y[i] = number(e->w, 1);
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, mean_loss(e, i * size % N, size));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
}

void lesson_10_1(lesson *l)
{
    examples e = {.X = normal(l, rg_shape2(N, 2)), .w = vector(l, 2, (double[]){-1.5, 1.5})};
    e.y = rg_add(rg_matmul(e.X, vector(l, 2, (double[]){1, -1})),
                 rg_scale(normal(l, rg_shape1(N)), 0.5));
    double batch = 0, mean[2] = {0, 0};
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 2; k++) mean[k] += number(gradient(mean_loss(&e, i, 1), e.w), k) / 8;
    rg_node *g = gradient(mean_loss(&e, 0, 8), e.w), *all = gradient(mean_loss(&e, 0, N), e.w);
    batch = distance(g, vector(l, 2, mean));
    slip(l, distance(all, g) < 1e-12, batch < 1e-14,
         "S57: g is the mean of the batch's own gradients (%.1e), and the step uses g, not the "
         "gradient of all examples (%.2f away)",
         batch, distance(all, g));

    double gx[STEPS + 1], gy[STEPS + 1], sx[STEPS + 1], sy[STEPS + 1], w[2] = {-1.5, 1.5};
    walk(l, &e, N, gx, gy);
    walk(l, &e, 4, sx, sy);
    double apart = 0;
    for (int i = 0; i < STEPS; i++) {
        apart = fmax(apart, fabs(gx[i] - w[0]) + fabs(gy[i] - w[1]));
        rg_write(e.w, RG_F64, w, 2);
        rg_node *full = gradient(mean_loss(&e, 0, N), e.w);
        for (int k = 0; k < 2; k++) w[k] -= 0.1 * number(full, k);
    }
    holds(l, apart < 1e-14,
          "with the whole set as its batch, stochastic descent is gradient descent (%.1e over %d "
          "steps)",
          apart, STEPS);
    say(l, "step      all %d examples          batches of 4", N);
    for (int i = 0; i <= STEPS; i += 20)
        say(l, "%4d   (%8.4f, %8.4f)   (%8.4f, %8.4f)", i, gx[i], gy[i], sx[i], sy[i]);
    double turns = 0;
    for (int i = 41; i < STEPS; i++) turns += hypot(sx[i + 1] - sx[i], sy[i + 1] - sy[i]) > 1e-3;
    shown(l, turns > 10,
          "near the minimum the small batches keep moving: %g of the last 19 steps are longer than "
          "0.001",
          turns);
    rg_figure *f = figure(l, "Gradient descent and stochastic descent",
                          "A smooth path and a nervous one to the same place.", "w1", "w2");
    rg_figure_line(f, "all examples", STEPS + 1, gx, gy);
    rg_figure_line(f, "batches of 4", STEPS + 1, sx, sy);
}
LESSON_MAIN(lesson_10_1)
