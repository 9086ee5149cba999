/* 8.1: with large first weights linear and relu units explode; tanh cannot, it saturates, while
 * the gradients still grow toward the input. */
#include "deep.h"

void lesson_8_1(lesson *l)
{
    static const double layer[DEPTH] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    deep linear, relu, tanh_;
    deep_run(l, DEEP_LINEAR, 1, &linear);
    deep_run(l, DEEP_RELU, 1, &relu);
    deep_run(l, DEEP_TANH, 1, &tanh_);
    say(l, "weights N(0, 1)                     layer 1    layer 5   layer 10");
    deep_say(l, "linear, standard deviation", linear.out);
    deep_say(l, "relu, standard deviation", relu.out);
    deep_say(l, "tanh, standard deviation", tanh_.out);
    deep_say(l, "tanh, share beyond 0.99", tanh_.beyond);
    deep_say(l, "tanh, deviation of dL/dW", tanh_.grad);
    shown(l, relu.out[9] > 1e11 && linear.out[9] > 1e13,
          "linear and relu units explode: %.1e and %.1e at layer 10", linear.out[9], relu.out[9]);
    slip(l, tanh_.out[9] > 1, tanh_.out[9] < 1 && tanh_.beyond[9] > 0.85,
         "S39: tanh units cannot explode: their deviation is %.3f and %.0f %% of them are beyond "
         "0.99, where they hardly learn",
         tanh_.out[9], 100 * tanh_.beyond[9]);
    double growth = pow(tanh_.grad[0] / tanh_.grad[9], 1.0 / 9);
    shown(l, growth > 2.5 && growth < 4.5,
          "but their weights' gradients grow %.1f times a layer toward the input, from %.2g to "
          "%.2g: steps too large",
          growth, tanh_.grad[9], tanh_.grad[0]);
    rg_figure *f = deep_figure(l, "Ten layers with weights N(0, 1)",
                               "Linear and relu rise steeply, tanh stays at 1.",
                               "standard deviation of the units");
    rg_figure_line(f, "linear", DEPTH, layer, linear.out);
    rg_figure_line(f, "relu", DEPTH, layer, relu.out);
    rg_figure_line(f, "tanh", DEPTH, layer, tanh_.out);
    f = deep_figure(l, "Gradients of the weights, tanh", "They grow toward the input.",
                    "deviation of dL/dW");
    rg_figure_line(f, NULL, DEPTH, layer, tanh_.grad);
    rg_figure_options o = {.title = "Share of tanh units beyond 0.99",
                           .about = "Nine of ten are saturated, in every layer.",
                           .x = {.label = "layer"},
                           .y = {.label = "share", .lo = 0, .hi = 1}};
    rg_figure_line(figure_with(l, &o), NULL, DEPTH, layer, tanh_.beyond);
}
LESSON_MAIN(lesson_8_1)
