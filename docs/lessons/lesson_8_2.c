/* 8.2: a variance of 1/n keeps linear units as large as they are, 2/n relus; what the names
 * Xavier and He stand for. */
#include "deep.h"

/* var(w h) = var(w) var(h) + var(w) mean(h)^2 + mean(w)^2 var(h) for independent w and h. */
static void product_rule(lesson *l)
{
    enum { N = 200000 };
    int64_t mark = rg_mark(l->tape);
    rg_node *w = rg_offset(rg_scale(rg_normal(l->tape, RG_F64, rg_shape1(N)), 0.7), 0.4);
    rg_node *h = rg_offset(rg_scale(rg_normal(l->tape, RG_F64, rg_shape1(N)), 1.1), 0.9);
    double measured = rg_value(rg_var(rg_mul(w, h), 0)),
           rule = 0.49 * 1.21 + 0.49 * 0.81 + 0.16 * 1.21;
    shown(l, fabs(measured / rule - 1) < 0.02,
          "var(wh) = var w var h + var w (E h)^2 + var h (E w)^2: %.3f by the rule, %.3f of %d "
          "samples",
          rule, measured, N);
    rg_rewind(l->tape, mark);
}

static void bounds(lesson *l)
{
    const int64_t n = 512;
    rg_node *w = zeros(l, rg_shape2(n, n));
    rg_init_draw(w, rg_glorot(true), n, n, 1, 0);
    double right = rg_value(rg_var(w, RG_ALL_AXES)),
           largest = rg_value(rg_amax(rg_abs(w), RG_ALL_AXES));
    double bound = sqrt(6) / (double)(n + n), literal = bound * bound / 3,
           wanted = 2.0 / (double)(n + n);
    slip(l, near(literal, wanted, 0.01),
         fabs(right / wanted - 1) < 0.01 && largest <= sqrt(6.0 / (double)(n + n)),
         "S41: the even form lies within sqrt(6/(n_in + n_out)): variance %.6f = 2/1024; within "
         "sqrt(6)/(n_in + n_out) it is %.0f times too small",
         right, wanted / literal);
}

void lesson_8_2(lesson *l)
{
    static const double layer[DEPTH] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const double n = WIDTH;
    deep linear, relu, he, tanh_;
    deep_run(l, DEEP_LINEAR, 1 / n, &linear);
    deep_run(l, DEEP_RELU, 1 / n, &relu);
    deep_run(l, DEEP_RELU, 2 / n, &he);
    deep_run(l, DEEP_TANH, 1 / n, &tanh_);
    say(l, "standard deviation of the units     layer 1    layer 5   layer 10");
    deep_say(l, "linear  N(0, 1/n)", linear.out);
    deep_say(l, "relu    N(0, 1/n)", relu.out);
    deep_say(l, "relu    N(0, 2/n)", he.out);
    deep_say(l, "tanh    N(0, 1/n)", tanh_.out);
    shown(l, fabs(linear.out[9] / linear.out[0] - 1) < 0.15,
          "linear, 1/n: layer 10 is within 15 %% of layer 1 (%.3f, %.3f)", linear.out[9],
          linear.out[0]);
    double halves = pow(relu.square[9] / relu.square[0], 1.0 / 9),
           stays = pow(he.square[9] / he.square[0], 1.0 / 9);
    shown(l, fabs(halves - 0.5) < 0.03, "relu, 1/n: the mean square halves in every layer (%.3f)",
          halves);
    shown(l, fabs(stays - 1) < 0.06, "relu, 2/n: it stays (%.3f)", stays);
    slip(l, fabs(relu.zeros[9] - he.zeros[9]) > 0.1,
         fabs(relu.zeros[9] - 0.5) < 0.1 && relu.out[9] < 0.1 * he.out[9],
         "S40: it is their size that goes to 0, not their number: %.1f %% of the relus are 0 with "
         "1/n, %.1f %% with 2/n",
         100 * relu.zeros[9], 100 * he.zeros[9]);
    shown(l, tanh_.out[9] < 0.5 * tanh_.out[0],
          "the argument is for linear units: tanh still drifts, to %.2f", tanh_.out[9]);
    double back = pow(linear.grad[0] / linear.grad[9], 1.0 / 9);
    shown(l, fabs(back - 1) < 0.06,
          "backward the same with 1/n_out, here equal to 1/n_in: dL/dW is alike in every layer "
          "(factor %.3f a layer)",
          back);
    product_rule(l);
    bounds(l);
    rg_figure *f =
        deep_figure(l, "The size of the units, layer by layer",
                    "With the right variance the lines stay level.", "standard deviation");
    rg_figure_line(f, "linear, 1/n", DEPTH, layer, linear.out);
    rg_figure_line(f, "relu, 1/n", DEPTH, layer, relu.out);
    rg_figure_line(f, "relu, 2/n", DEPTH, layer, he.out);
    rg_figure_line(f, "tanh, 1/n", DEPTH, layer, tanh_.out);
    f = deep_figure(l, "The gradients of the weights, layer by layer",
                    "Alike in every layer where the units are.", "deviation of dL/dW");
    rg_figure_line(f, "linear, 1/n", DEPTH, layer, linear.grad);
    rg_figure_line(f, "relu, 1/n", DEPTH, layer, relu.grad);
    rg_figure_line(f, "relu, 2/n", DEPTH, layer, he.grad);
    rg_figure_line(f, "tanh, 1/n", DEPTH, layer, tanh_.grad);
}
LESSON_MAIN(lesson_8_2)
