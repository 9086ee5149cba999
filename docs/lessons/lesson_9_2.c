/* 9.2: a penalty pulls weights toward 0: in proportion (L2), or evenly (L1), which makes zeros if
 * the step is taken with care; what is 0 can be cut out. */
#include "lesson.h"

enum { STEPS = 60 };

static void decay(lesson *l)
{
    const double eps = 0.1, alpha = 0.3;
    rg_node *w = normal(l, rg_shape1(4)), *target = normal(l, rg_shape1(4)),
            *plain = rg_mse(w, target);
    rg_node *penalised = rg_add(plain, rg_scale(rg_sum(rg_square(w), 0), alpha / 2)),
            *g = gradient(plain, w), *full = gradient(penalised, w);
    holds(l, distance(full, rg_add(g, rg_scale(w, alpha))) < 1e-15,
          "the gradient of loss + alpha/2 |w|^2 is g + alpha w");
    rg_node *step = rg_sub(w, rg_scale(full, eps)),
            *shrunk = rg_sub(rg_scale(w, 1 - eps * alpha), rg_scale(g, eps));
    holds(l, distance(step, shrunk) < 1e-15,
          "a step on it is (1 - eps alpha) w - eps g: the weights decay");
    double sum = 100 * 0.1 - 900 * 0.01, large = 100 * 0.11 - 900 * 0.01;
    holds(l, near(sum, 1, 1e-12) && near(large, 2, 1e-12),
          "100 x1 - 900 x2 at (0.1, 0.01) is %.6g; 0.01 more in x1 makes it %.6g: large weights "
          "magnify",
          sum, large);
}

/* One weight under L1 alone, from 0.3: the last place, and the path. */
static double under_l1(lesson *l, bool soft, double path[STEPS + 1])
{
    rg_node *w = vector(l, 1, (double[]){0.3});
    rg_optim_config c = rg_sgd(0);
    rg_group g = {.n = 1, .param = &w, .lr = 0.05};
    *(soft ? &g.soft : &g.l1) = 0.6;
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    for (int i = 0; i <= STEPS; i++) {
        path[i] = number(w, 0);
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_apply(o, (rg_node *[]){rg_const(l->tape, RG_F64, rg_shape1(1), 0.0001)});
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    return path[STEPS];
}

static void sparse(lesson *l)
{
    double sign[STEPS + 1], soft[STEPS + 1];
    double last = under_l1(l, false, sign), zero = under_l1(l, true, soft);
    int crossings = 0;
    for (int i = 40; i < STEPS; i++) crossings += sign[i] * sign[i + 1] < 0;
    slip(l, last == 0, zero == 0 && crossings > 10 && fabs(last) <= 0.05 * 0.6,
         "S49: steps by the sign swing around 0 within eps alpha = 0.03 (%.4f after %d); soft "
         "thresholding makes exact zeros",
         last, STEPS);
    rg_figure *f =
        figure(l, "One weight under an L1 penalty",
               "By the sign it ends in a swing, by soft threshold at 0.", "step", "weight");
    rg_figure_line(f, "sign step", STEPS + 1, NULL, sign);
    rg_figure_line(f, "soft threshold", STEPS + 1, NULL, soft);
}

/* Sixty examples of eight features, of which three are useful. */
typedef struct features {
    rg_node *X, *y;
} features;

static features draw_features(lesson *l)
{
    enum { ROWS = 60 };
    rg_node *X = normal(l, rg_shape2(ROWS, 8)), *truth = vector(l, 8, (double[8]){2, -1, 1.5}),
            *noise = normal(l, rg_shape1(ROWS));
    return (features){X, rg_detach(rg_add(rg_matmul(X, truth), rg_scale(noise, 0.3)))};
}

/* The weights after a training with a penalty; how many of them are 0. */
static int zeros_of(lesson *l, const features *d, rg_group g, double out[8])
{
    int64_t mark = rg_mark(l->tape);
    int found = 0;
    rg_node *w = zeros(l, rg_shape1(8));
    rg_optim_config c = rg_sgd(0);
    g.n = 1, g.param = &w, g.lr = 0.1;
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    for (int i = 0; i < 300; i++) {
        int64_t step = rg_step_begin(l->tape);
        rg_optim_step(o, rg_squared_error(rg_matmul(d->X, w), d->y, RG_SQUARES_HALF_MEAN));
        rg_step_end(l->tape, step);
    }
    rg_optim_free(o);
    numbers(w, 8, out);
    for (int i = 0; i < 8; i++) found += out[i] == 0;
    rg_rewind(l->tape, mark);
    return found;
}

static void selected(lesson *l, const features *d)
{
    double w[8];
    int with_l1 = zeros_of(l, d, (rg_group){.soft = 0.2}, w),
        with_l2 = zeros_of(l, d, (rg_group){.l2 = 0.2}, w);
    shown(
        l, with_l1 == 5 && with_l2 == 0,
        "L1 selects features: of eight, three useful, it sets %d weights to exactly 0; L2 sets %d",
        with_l1, with_l2);
}

/* The eight weights against the strength of the penalty. */
static void draw_paths(lesson *l, const features *d)
{
    enum { STRENGTHS = 17 };
    static const char *const title[] = {"Eight weights under L1", "Eight weights under L2"};
    static const char *const about[] = {"One after the other is exactly 0.",
                                        "All shrink, none is 0."};
    for (int k = 0; k < 2; k++) {
        double alpha[STRENGTHS], w[8][STRENGTHS];
        for (int i = 0; i < STRENGTHS; i++) {
            double now[8];
            alpha[i] = 0.125 * i;
            zeros_of(l, d, k ? (rg_group){.l2 = alpha[i]} : (rg_group){.soft = alpha[i]}, now);
            for (int j = 0; j < 8; j++) w[j][i] = now[j];
        }
        rg_figure *f = figure(l, title[k], about[k], "alpha", "weight");
        for (int j = 0; j < 8; j++) rg_figure_line(f, NULL, STRENGTHS, alpha, w[j]);
    }
}

/* A penalty on the distance of two vectors ties them. */
static void tied(lesson *l)
{
    rg_node *u = vector(l, 2, (double[]){3, 0}), *v = vector(l, 2, (double[]){-1, 2}),
            *both[] = {u, v}, *g[2];
    for (int i = 0; i < 60; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_grad(rg_penalty_near(u, v), NULL, 2, both, g);
        for (int k = 0; k < 2; k++) rg_assign(both[k], rg_sub(both[k], rg_scale(g[k], 0.1)));
        rg_step_end(l->tape, mark);
    }
    rg_node *middle = vector(l, 2, (double[]){1, 1});
    holds(l, distance(u, middle) < 1e-9 && distance(v, middle) < 1e-9,
          "|u - v|^2 ties two vectors: alone it takes (3, 0) and (-1, 2) both to (1, 1)");
}

/* Cut the units whose outgoing weights are 0: a smaller network with the same output. */
static void prune(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(20, 3)), *W1 = normal(l, rg_shape2(3, 6)),
            *W2 = normal(l, rg_shape2(6, 2));
    const int64_t keep[] = {0, 2, 5};
    double mask[6] = {1, 0, 1, 0, 0, 1};
    W2 = rg_mul(W2, rg_reshape(vector(l, 6, mask), rg_shape2(6, 1)));
    rg_node *index = rg_leaf_from(l->tape, RG_I64, rg_shape1(3), keep, 3);
    rg_node *full = rg_matmul(rg_relu(rg_matmul(X, W1)), W2),
            *small =
                rg_matmul(rg_relu(rg_matmul(X, rg_gather(W1, index, 1))), rg_gather(W2, index, 0));
    holds(l, distance(full, small) < 1e-15,
          "units whose weights are 0 can be cut out: 3 of 6 units give the same output, %d weights "
          "for %d",
          15, 30);
}

/* Sparse representations: it is the units that are to be 0. */
static void activity(lesson *l)
{
    enum { ROWS = 20 };
    rg_node *X = normal(l, rg_shape2(ROWS, 3)), *W = normal(l, rg_shape2(3, 6)),
            *z = rg_matmul(X, W);
    rg_node *g = gradient(rg_penalty_activity(rg_relu(z)), W),
            *rule = rg_scale(rg_matmul(rg_transpose(X), rg_positive(z)), 1.0 / ROWS);
    holds(l, distance(g, rule) < 1e-14,
          "a penalty on |h|_1 acts on units, not on weights: for relus its gradient by W is X^T "
          "1{h > 0}, the mean over the examples");
}

void lesson_9_2(lesson *l)
{
    decay(l);
    sparse(l);
    features d = draw_features(l);
    selected(l, &d);
    tied(l);
    prune(l);
    activity(l);
    double angle[181], x[3][181], y[3][181];
    for (int i = 0; i < 181; i++) {
        angle[i] = i * M_PI / 90;
        double c = cos(angle[i]), s = sin(angle[i]), one = fabs(c) + fabs(s);
        x[0][i] = c, y[0][i] = s;
        x[1][i] = c / one, y[1][i] = s / one;
    }
    rg_figure_options o = {
        .title = "Penalties of size 1",
        .about = "The circle of L2 and the diamond of L1, whose corners lie on the axes.",
        .x = {.label = "w1"},
        .y = {.label = "w2"},
        .equal = true};
    rg_figure *f = figure_with(l, &o);
    rg_figure_line(f, "|w|_2 = 1", 181, x[0], y[0]);
    rg_figure_line(f, "|w|_1 = 1", 181, x[1], y[1]);
    draw_paths(l, &d);
}
LESSON_MAIN(lesson_9_2)
