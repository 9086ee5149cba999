/* 9.3: more data out of what there is, softer labels, shared features, borrowed features. */
#include "lesson.h"

enum { SIDE = 12, C = 4, N = 81, ALL = 5 * SIDE + 4 };

/* A bright stroke on dark ground. */
static rg_node *picture(lesson *l)
{
    double v[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) v[i] = exp(-pow(i / SIDE - 2 - 0.6 * (i % SIDE), 2) / 3);
    return matrix(l, SIDE, SIDE, v);
}

static rg_node *flip(rg_node *x) { return rg_slice(x, 1, SIDE - 1, SIDE, -1); }

static void augment(lesson *l)
{
    rg_node *x = picture(l),
            *change[] = {x, flip(x), rg_pad(rg_slice(x, 1, 0, SIDE - 3, 1), 1, 3, 1, SIDE),
                         rg_scale(x, 0.5),
                         rg_add(rg_scale(x, 0.7), rg_scale(even(l, rg_shape2(SIDE, SIDE)), 0.3))};
    holds(l, distance(flip(flip(x)), x) == 0, "a flip twice is the picture again, to the bit");
    /* Side by side, a bright line between each two. */
    rg_node *gap = rg_const(l->tape, RG_F64, rg_shape2(SIDE, 1), 1), *strip[9];
    for (int i = 0; i < 9; i++) strip[i] = i % 2 ? gap : change[i / 2];
    double row[SIDE * ALL];
    numbers(rg_concat(9, strip, 1), SIDE * ALL, row);
    rg_figure_options o = {.title = "A picture, flipped, shifted, darkened, noisy",
                           .about = "Five pictures with one label.",
                           .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){SIDE, ALL, 0, ALL - 1, SIDE - 1, 0, row}, 0, 1);
}

static void smoothing(lesson *l)
{
    const double alpha = 0.1, a[C] = {2, 0.5, -1, 0.3},
                 q[C] = {1 - alpha, alpha / (C - 1), alpha / (C - 1), alpha / (C - 1)};
    rg_node *z = vector(l, C, a), *p = rg_log_softmax(z, -1);
    double soft = -rg_value(rg_dot(vector(l, C, q), p)),
           literal = -(1 - alpha) * number(p, 0) + alpha / (C - 1),
           ce = rg_value(rg_cross_entropy(z, vector(l, C, q)));
    slip(l, near(literal, ce, 1e-6), near(soft, ce, 1e-14),
         "S51: label smoothing is cross entropy with soft labels: %.4f; without the logarithms of "
         "the other classes it would be %.4f",
         ce, literal);
    /* At its minimum the probabilities are the labels: the gradient there is p - q = 0. */
    double logits[C];
    for (int i = 0; i < C; i++) logits[i] = log(q[i]);
    rg_node *best = vector(l, C, logits),
            *g = gradient(rg_cross_entropy(best, vector(l, C, q)), best);
    holds(l, rg_value(rg_amax(rg_abs(g), 0)) < 1e-15,
          "its minimum is where the probabilities are the soft labels: a finite score");
    double score[N], hard[N], soft_loss[N];
    for (int i = 0; i < N; i++) {
        score[i] = -2 + 12.0 * i / (N - 1);
        rg_node *s = vector(l, C, (double[]){score[i], 0, 0, 0});
        hard[i] = rg_value(rg_cross_entropy(s, vector(l, C, (double[]){1, 0, 0, 0})));
        soft_loss[i] = rg_value(rg_cross_entropy(s, vector(l, C, q)));
    }
    rg_figure *f = figure(l, "Loss against the score of the right class",
                          "Smoothed labels punish a score that is too sure.", "score", "loss");
    rg_figure_line(f, "one-hot label", N, score, hard);
    rg_figure_line(f, "smoothed by 0.1", N, score, soft_loss);
}

static void shared(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(10, 3)), *trunk = normal(l, rg_shape2(3, 5)),
            *head[] = {normal(l, rg_shape2(5, 2)), normal(l, rg_shape2(5, 1))};
    rg_node *h = rg_tanh(rg_matmul(X, trunk)), *task[2];
    for (int k = 0; k < 2; k++)
        task[k] = rg_mean(rg_square(rg_offset(rg_matmul(h, head[k]), k - 0.5)), RG_ALL_AXES);
    rg_node *both = gradient(rg_add(task[0], rg_scale(task[1], 0.3)), trunk);
    double apart =
        distance(both, rg_add(gradient(task[0], trunk), rg_scale(gradient(task[1], trunk), 0.3)));
    holds(l, apart < 1e-14,
          "several tasks on one trunk: its gradient is the weighted sum of theirs (%.1e)", apart);

    /* Transfer: the trunk is not among the parameters, only the head learns. */
    rg_node *before = rg_scale(trunk, 1), *y = normal(l, rg_shape2(10, 1));
    rg_optim_config c = rg_sgd(0);
    rg_group g = {.n = 1, .param = &head[1], .lr = 0.05};
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    double first = 0, last = 0;
    for (int i = 0; i < 100; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *loss = rg_mse(rg_matmul(rg_detach(rg_tanh(rg_matmul(X, trunk))), head[1]), y);
        last = rg_value(loss);
        if (!i) first = last;
        rg_optim_step(o, loss);
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    holds(l, distance(before, trunk) == 0 && last < 0.5 * first,
          "frozen features: the trunk is unchanged to the bit, the new head learns (%.3f to %.3f)",
          first, last);
}

void lesson_9_3(lesson *l)
{
    augment(l);
    smoothing(l);
    shared(l);
}
LESSON_MAIN(lesson_9_3)
