/* 7.3: with small first weights the signal fades on its way forward, and the gradient on its
 * way back; the weights' gradients are the product of both, and equally small everywhere. */
#include "deep.h"

static double spread(const double v[DEPTH])
{
    double lo = v[0], hi = v[0];
    for (int i = 1; i < DEPTH; i++) lo = fmin(lo, v[i]), hi = fmax(hi, v[i]);
    return hi / lo;
}

/* By how much ten layers of n linear units change the deviation, per layer. */
static double factor_of_a_layer(lesson *l, int64_t n, double variance)
{
    rg_node *h = normal(l, rg_shape2(1000, n));
    double before = deviation(h);
    for (int i = 0; i < DEPTH; i++)
        h = rg_matmul(h, rg_scale(normal(l, rg_shape2(n, n)), sqrt(variance)));
    return pow(deviation(h) / before, 1.0 / DEPTH);
}

void lesson_7_3(lesson *l)
{
    static const double layer[DEPTH] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    deep small, wide, good;
    deep_run(l, DEEP_TANH, 1e-4, &small);
    deep_run(l, DEEP_TANH, 0.01, &wide);
    deep_run(l, DEEP_TANH, 1.0 / WIDTH, &good);
    deep linear;
    deep_run(l, DEEP_LINEAR, 0.01, &linear);
    say(l, "standard deviation of            layer 1    layer 5   layer 10");
    deep_say(l, "tanh units, weights of 0.01", small.out);
    deep_say(l, "linear units, variance 0.01", linear.out);
    deep_say(l, "tanh units, variance 1/n", good.out);
    deep_say(l, "dL/dW, weights of 0.01", small.grad);
    deep_say(l, "dL/dW, variance 1/n", good.grad);
    double per_layer = small.out[9] / small.out[8];
    shown(l, fabs(per_layer - 0.01 * sqrt(WIDTH)) < 0.02,
          "each layer multiplies by 0.01 sqrt(500) = 0.224 (%.3f): after ten of them %.1e is left",
          per_layer, small.out[9]);
    shown(l, spread(small.grad) < 1.5,
          "the weights' gradients are alike in every layer (within %.2f): what fades forward times "
          "what fades backward is the same product",
          spread(small.grad));
    shown(l, small.grad[9] < 1e-4 * good.grad[9],
          "and they are tiny: %.1e, against %.1e with variance 1/n", small.grad[9], good.grad[9]);
    double grows = linear.out[9] / linear.out[8];
    slip(l, grows < 1, fabs(grows - 0.1 * sqrt(WIDTH)) < 0.2 && per_layer < 1,
         "S38: it fades for a standard deviation of 0.01; read as a variance, 0.01 makes 500 "
         "linear units grow by 2.236 a layer (%.3f)",
         grows);
    double stays = factor_of_a_layer(l, 100, 0.01);
    shown(l, fabs(stays - 1) < 0.05, "of 100 units it keeps the size: 0.01 is 1/100 (%.3f a layer)",
          stays);
    rg_figure *f = deep_figure(l, "What is left of the signal",
                               "Small weights: a straight fall, a factor of 4.5 a layer.",
                               "standard deviation of the units");
    rg_figure_line(f, "tanh, weights of 0.01", DEPTH, layer, small.out);
    rg_figure_line(f, "tanh, variance 1/n", DEPTH, layer, good.out);
    rg_figure_line(f, "linear, variance 0.01", DEPTH, layer, linear.out);
    static const char *const name[] = {"layer 1", "layer 4", "layer 7", "layer 10"};
    f = figure(l, "The size of tanh units, weights of 0.01", "Each layer lies further to the left.",
               "log10 |h|", "how many of 1000");
    for (int i = 0; i < 4; i++) rg_figure_histogram(f, name[i], SEEN, small.size[3 * i], 30);
}
LESSON_MAIN(lesson_7_3)
