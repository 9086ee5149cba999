/* 9.3: more data out of what there is, softer labels, shared features, borrowed features. */
#include "lesson.h"
#include <string.h>

enum { SIDE = 12, C = 4, N = 81, PICTURES = 8, ALL = PICTURES * (SIDE + 1) - 1 };

typedef unsigned char picture[SIDE * SIDE];

static rg_image image_of(picture p) { return (rg_image){1, SIDE, SIDE, p}; }

/* A bright stroke on dark ground. */
static void stroke(picture p)
{
    for (int i = 0; i < SIDE * SIDE; i++)
        p[i] = (unsigned char)lround(255 * exp(-pow(i / SIDE - 2 - 0.6 * (i % SIDE), 2) / 3));
}

static bool alike(const picture a, const picture b) { return !memcmp(a, b, sizeof(picture)); }

/* Eight pictures with one label, side by side, a bright line between each two. */
static void draw_strip(lesson *l, picture p[PICTURES])
{
    double v[SIDE * ALL];
    for (int i = 0; i < SIDE * ALL; i++) {
        int x = i % ALL % (SIDE + 1);
        v[i] = x < SIDE ? p[i % ALL / (SIDE + 1)][i / ALL * SIDE + x] / 255.0 : 1;
    }
    rg_figure_options o = {.title = "One picture, seven changes, one label",
                           .about = "As it was; flipped, shifted, cropped, darker, turned by 20 "
                                    "degrees, a lens undone, bent.",
                           .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){SIDE, ALL, 0, ALL - 1, SIDE - 1, 0, v}, 0, 1);
}

static void augment(lesson *l)
{
    picture p[PICTURES] = {{0}}, back, window = {0};
    rg_image in[PICTURES], again = image_of(back), part = {1, SIDE - 3, SIDE - 3, window};
    stroke(p[0]);
    for (int i = 0; i < PICTURES; i++) in[i] = image_of(p[i]);
    rg_image_flip(&in[1], &in[0], NULL);
    rg_image_flip(&again, &in[1], NULL);
    holds(l, alike(back, p[0]) && !alike(p[1], p[0]),
          "a flip twice is the picture again, to the bit");
    rg_image_shift(&in[2], &in[0], 0, 3, 0, NULL);
    bool cropped = !rg_image_crop(&part, &in[0], 2, 1, NULL);
    for (int i = 0; i < (SIDE - 3) * (SIDE - 3); i++) {
        int row = i / (SIDE - 3), column = i % (SIDE - 3);
        cropped = cropped && window[i] == p[0][(row + 2) * SIDE + column + 1];
        p[3][(row + 1) * SIDE + column + 1] = window[i];
    }
    holds(l, cropped,
          "a crop is a window: its pixel (r, c) is pixel (r + 2, c + 1) of the picture");
    rg_image_brighten(&in[4], &in[0], 0.5, 0, NULL);
    for (int turn = 0; turn < 4; turn++)
        rg_image_rotate(turn % 2 ? &again : &in[7],
                        turn % 2 ? &in[7]
                        : turn   ? &again
                                 : &in[0],
                        90, 0, NULL);
    holds(l, alike(back, p[0]), "four rotations by 90 degrees are none");
    rg_image_rotate(&in[5], &in[0], 20, 0, NULL);
    rg_image_unlens(&again, &in[0], 0, 0, NULL);
    bool none = alike(back, p[0]);
    rg_image_unlens(&in[6], &in[0], 0.3, 0, NULL);
    holds(l, none && !alike(p[6], p[0]),
          "a lens of strength 0 needs no correction; one of 0.3 moves what is far from the middle");
    rg_image_deform(&in[7], &in[0], 1.5, 1, 0.5, 0, NULL);
    draw_strip(l, p);
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

/* Classes and depths of 8 x 8 pixels, from one convolution: a score for each of three classes
 * (semantic segmentation) and a number (depth) at every pixel. */
static void shared(lesson *l)
{
    enum { S = 8, CELLS = S * S, FEATURES = 5, KINDS = 3 };
    int64_t kind[CELLS];
    double depth[CELLS], ink[CELLS], strip[S * (3 * S + 2)];
    for (int i = 0; i < CELLS; i++) {
        kind[i] = (i / S > 2) + (i % S > 4);
        depth[i] = 3 - (double)kind[i];
        ink[i] = 0.4 * (double)kind[i] + 0.15 * ((i / S + i % S) % 2);
    }
    for (int i = 0; i < S * (3 * S + 2); i++) {
        int column = i % (3 * S + 2), part = column / (S + 1), x = column % (S + 1),
            at = i / (3 * S + 2) * S + x;
        strip[i] = x == S      ? 1
                   : part == 0 ? ink[at]
                   : part == 1 ? (double)kind[at] / 2
                               : depth[at] / 3;
    }
    rg_figure_options o = {.title = "One picture, and what two tasks want of it",
                           .about = "The picture; the class of each pixel; how far each is away.",
                           .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){S, 3 * S + 2, 0, 3 * S + 1, S - 1, 0, strip}, 0, 1);
    rg_node *X = rg_leaf_from(l->tape, RG_F64, rg_shape4(1, 1, S, S), ink, CELLS),
            *classes = rg_leaf_from(l->tape, RG_I64, rg_shape1(CELLS), kind, CELLS),
            *far = rg_leaf_from(l->tape, RG_F64, rg_shape4(1, 1, S, S), depth, CELLS);
    rg_node *trunk = normal(l, rg_shape4(FEATURES, 1, 3, 3)),
            *head[] = {normal(l, rg_shape4(KINDS, FEATURES, 1, 1)),
                       normal(l, rg_shape4(1, FEATURES, 1, 1))};
    rg_node *h = rg_relu(rg_conv2d(X, trunk, 1, 1)), *score = rg_conv2d(h, head[0], 1, 0);
    rg_node *by_pixel = rg_reshape(rg_permute(score, (int[]){0, 2, 3, 1}), rg_shape2(CELLS, KINDS));
    rg_node *task[] = {rg_cross_entropy(by_pixel, classes),
                       rg_mse(rg_conv2d(h, head[1], 1, 0), far)};
    rg_node *both = gradient(rg_add(task[0], rg_scale(task[1], 0.3)), trunk);
    double apart =
        distance(both, rg_add(gradient(task[0], trunk), rg_scale(gradient(task[1], trunk), 0.3)));
    holds(l, apart < 1e-12,
          "several tasks on one trunk, segmentation and depth: %d scores and %d depths, and the "
          "trunk's gradient is the weighted sum of theirs (%.1e)",
          (int)rg_count_of(score), CELLS, apart);
}

/* Transfer: the trunk is not among the parameters, only the head learns. */
static void borrowed(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(10, 3)), *trunk = normal(l, rg_shape2(3, 5)),
            *head = normal(l, rg_shape2(5, 1));
    rg_node *before = rg_scale(trunk, 1), *y = normal(l, rg_shape2(10, 1));
    rg_optim_config c = rg_sgd(0);
    /* Features lie in -1..1, so no curvature of the loss is above 2 times 5: every step by a rate
     * below 2/10 lowers it. */
    rg_group g = {.n = 1, .param = &head, .lr = 0.05};
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &g);
    double first = 0, last = HUGE_VAL;
    bool falls = true;
    for (int i = 0; i < 100; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *loss = rg_mse(rg_matmul(rg_detach(rg_tanh(rg_matmul(X, trunk))), head), y);
        double now = rg_value(loss);
        falls = falls && now < last;
        last = now;
        if (!i) first = last;
        rg_optim_step(o, loss);
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    holds(l, distance(before, trunk) == 0 && falls,
          "transfer: the frozen trunk is unchanged to the bit, the new head learns with every step "
          "(%.3f to %.3f)",
          first, last);
}

void lesson_9_3(lesson *l)
{
    augment(l);
    smoothing(l);
    shared(l);
    borrowed(l);
}
LESSON_MAIN(lesson_9_3)
