/* 6.1: the activations and their slopes; why a sigmoid wants cross entropy; units that die. */
#include "learn.h"

enum { N = 161, KINDS = 9 };

static const char *const name[KINDS] = {"sigmoid", "tanh",  "relu", "softplus", "leaky relu 0.1",
                                        "elu",     "swish", "gelu", "prelu"};

static rg_node *activate(int kind, rg_node *x)
{
    switch (kind) {
    case 0:
        return rg_sigmoid(x);
    case 1:
        return rg_tanh(x);
    case 2:
        return rg_relu(x);
    case 3:
        return rg_softplus(x);
    case 4:
        return rg_leaky_relu(x, 0.1);
    case 5:
        return rg_elu(x, 1);
    case 6:
        return rg_swish(x, 1);
    case 7:
        return rg_gelu(x);
    default:
        return rg_prelu(x, rg_lit(x, 0.25));
    }
}

/* Every slope against a central difference, at points that are not corners. */
static void slopes(lesson *l, rg_node *x)
{
    double worst = 0;
    rg_figure *f[2] = {figure(l, "Activations", NULL, "z", "f(z)"),
                       figure(l, "Their slopes", NULL, "z", "f'(z)")};
    double at[N], y[N], slope[N];
    numbers(x, N, at);
    for (int k = 0; k < KINDS; k++) {
        const double h = 1e-6;
        rg_node *v = activate(k, x), *g = gradient(rg_sum(v, 0), x);
        rg_node *numeric = rg_scale(
            rg_sub(activate(k, rg_offset(x, h)), activate(k, rg_offset(x, -h))), 1 / (2 * h));
        worst = fmax(worst, distance(g, numeric));
        numbers(v, N, y);
        numbers(g, N, slope);
        if (k < 8) rg_figure_line(f[0], name[k], N, at, y); /* prelu is drawn as leaky relu */
        if (k < 8) rg_figure_line(f[1], name[k], N, at, slope);
    }
    holds(l, worst < 1e-8, "all %d slopes agree with differences (%.1e)", KINDS, worst);
}

/* swish(z) = x sigmoid(x), where x is no z although it has its numbers. */
static rg_node *letter(lesson *l, rg_node *z)
{
    double at[N];
    numbers(z, N, at);
    rg_node *x = vector(l, N, at);
    return rg_mul(x, rg_sigmoid(x));
}

static void identities(lesson *l, rg_node *x)
{
    rg_node *s = rg_sigmoid(x), *twice = rg_offset(rg_scale(rg_sigmoid(rg_scale(x, 2)), 2), -1);
    holds(l, distance(rg_tanh(x), twice) < 1e-15, "tanh(z) = 2 sigmoid(2z) - 1");
    double steepest = rg_value(rg_amax(gradient(rg_sum(s, 0), x), 0));
    holds(l, steepest <= 0.25, "the sigmoid's slope is at most 1/4 (%.6f)", steepest);
    holds(l, distance(gradient(rg_sum(rg_softplus(x), 0), x), s) < 1e-15,
          "the slope of softplus is the sigmoid");
    double relu = distance(rg_swish(x, 1e4), rg_relu(x)),
           half = distance(rg_swish(x, 0), rg_scale(x, 0.5));
    /* Its slope by differences. To the letter swish(z) = x sigmoid(beta x) has no z on the right. */
    const double h = 1e-6;
    rg_node *rise = rg_sub(rg_swish(rg_offset(x, h), 1), rg_swish(rg_offset(x, -h), 1)),
            *other = letter(l, x);
    rise = rg_scale(rise, 1 / (2 * h));
    double literal = distance(gradient(rg_sum(other, 0), x), rise),
           right = distance(gradient(rg_sum(rg_swish(x, 1), 0), x), rise);
    slip(
        l, literal < 1e-8, right < 1e-8 && relu < 1e-4 && half < 1e-15,
        "S30: swish is z sigmoid(beta z), one variable: swish(z) = x sigmoid(beta x) has no z on the right, and "
        "its slope by z, 0, is wrong by up to %.3f; beta 0 makes it z/2, a large beta relu (%.1e)",
        literal, relu);
    double leaky =
        number(rg_max(rg_scale(vector(l, 1, (double[]){2}), 1.5), vector(l, 1, (double[]){2})), 0);
    slip(l, leaky == 2, number(rg_leaky_relu(vector(l, 1, (double[]){2}), 1.5), 0) == 2,
         "S28: max(alpha z, z) is the leaky relu for alpha <= 1 only: at alpha 1.5 it makes 2 into "
         "%g",
         leaky);
    rg_node *one = vector(l, 1, (double[]){1});
    double elu = number(rg_max(rg_expm1(one), one), 0);
    slip(l, near(elu, 1, 1e-6), number(rg_elu(one, 1), 0) == 1,
         "S29: max(alpha (e^z - 1), z) is no elu: at 1 it is %.3f, for e^z - 1 >= z everywhere",
         elu);
}

/* Units whose shape is learned. */
static void learned_shapes(lesson *l, rg_node *x)
{
    rg_node *wide = rg_reshape(x, rg_shape2(N, 1)), *none = zeros(l, rg_shape2(N, 1));
    rg_node *or_zero = rg_concat(2, (rg_node *[]){wide, none}, 1),
            *or_less = rg_concat(2, (rg_node *[]){wide, rg_neg(wide)}, 1);
    double relu = distance(rg_maxout(or_zero, 2), rg_relu(wide)),
           size = distance(rg_maxout(or_less, 2), rg_abs(wide));
    holds(l, relu == 0 && size == 0,
          "maxout is the largest of several linear units: of z and 0 it is relu, of z and -z |z|");
    rg_node *slope = vector(l, 1, (double[]){0.25}), *y = rg_leaky_relu(x, 0.4);
    for (int i = 0; i < 50; i++) {
        rg_node *g = gradient(rg_mse(rg_prelu(x, slope), y), slope);
        slope = rg_sub(slope, rg_scale(g, 0.1));
    }
    holds(l, near(number(slope, 0), 0.4, 1e-6),
          "prelu learns its slope: from 0.25 to the %.6f of the data", number(slope, 0));
}

/* What a unit hands on of a gradient, and ten in a row. */
static void handed_on(lesson *l)
{
    rg_node *z = vector(l, 4, (double[]){1e-3, 1, 1e3, 1e6}), *off = rg_neg(z), *one = rg_lit(z, 1);
    rg_node *on = gradient(rg_sum(rg_relu(z), 0), z), *none = gradient(rg_sum(rg_relu(off), 0), off), *flat = gradient(rg_sum(rg_sigmoid(z), 0), z);
    holds(l, distance(on, rg_broadcast(one, rg_shape1(4))) == 0 && distance(none, zeros(l, rg_shape1(4))) == 0 && number(flat, 3) == 0,
          "an active relu is linear: its slope is 1 from 0.001 to a million, where the sigmoid's is %g; below 0 it is 0", number(flat, 3));
    rg_node *x = rg_scalar(l->tape, 1), *sigmoids = x, *relus = x;
    for (int i = 0; i < 10; i++) sigmoids = rg_sigmoid(sigmoids), relus = rg_relu(relus);
    double little = rg_value(gradient(sigmoids, x)), all = rg_value(gradient(relus, x));
    holds(l, little < pow(4, -10) && all == 1,
          "a gradient must be large and predictable: ten sigmoids in a row hand on %.1e of it, at most 4^-10; ten active relus all of it",
          little);
}

static void saturation(lesson *l)
{
    rg_node *z = vector(l, 1, (double[]){-10}), *y = vector(l, 1, (double[]){1});
    double mse = number(gradient(rg_scale(rg_square(rg_sub(rg_sigmoid(z), y)), 0.5), z), 0),
           ce = number(gradient(rg_bce_with_logits(z, y), z), 0);
    say(l, "score -10, label 1: slope of the squared error %.3g, of cross entropy %.5f", mse, ce);
    slip(l, mse == 0, near(mse, -4.5396e-05, 1e-3) && near(ce, -0.9999546, 1e-6),
         "S31: with squared error a wrong, sure sigmoid learns %.0f times slower; slow, not never",
         ce / mse);

    rg_node *h = rg_sigmoid(normal(l, rg_shape1(20))), *w = normal(l, rg_shape1(20));
    rg_node *g = gradient(rg_square(rg_offset(rg_sigmoid(rg_dot(w, h)), -0.5)), w),
            *up = rg_positive(g);
    double positive = rg_value(rg_sum(up, 0));
    holds(l, positive == 0 || positive == 20,
          "inputs from sigmoids are positive, so all 20 weight gradients of a unit have one sign");
    double dead = 0, alive = 0;
    rg_node *x = vector(l, 1, (double[]){1}), *b = vector(l, 1, (double[]){-3});
    dead = number(gradient(rg_sum(rg_square(rg_offset(rg_relu(rg_add(x, b)), -1)), 0), b), 0);
    alive = number(
        gradient(rg_sum(rg_square(rg_offset(rg_leaky_relu(rg_add(x, b), 0.01), -1)), 0), b), 0);
    holds(l, dead == 0 && alive < 0,
          "a relu that is off for every example has gradient 0 and stays; a leaky one (%.4f) comes "
          "back",
          alive);
}

/* The slope of both losses by the score of a sigmoid whose label is 1. */
static void draw_losses(lesson *l)
{
    double score[N], slope[2][N];
    for (int i = 0; i < N; i++) score[i] = -10 + 20.0 * i / (N - 1);
    rg_node *z = vector(l, N, score), *one = rg_lit(z, 1), *sure = rg_broadcast(one, rg_shape1(N));
    rg_node *squares = rg_scale(rg_sum(rg_square(rg_sub(rg_sigmoid(z), sure)), 0), 0.5);
    numbers(gradient(squares, z), N, slope[0]);
    numbers(gradient(rg_scale(rg_bce_with_logits(z, sure), N), z), N, slope[1]);
    rg_figure *f = figure(l, "Slope of the loss, label 1",
                          "Far on the wrong side the squared error has none; cross entropy has -1.",
                          "score z", "dL/dz");
    rg_figure_line(f, "squared error/2", N, score, slope[0]);
    rg_figure_line(f, "cross entropy", N, score, slope[1]);
}

/* A unit over two inputs, trained by one of two examples at a time to the weights (1, -1): how long
 * its way is beside the straight one. */
static double length_of_way(lesson *l, double shift)
{
    const double input[2][2] = {{0.9 - shift, 0.2 - shift}, {0.2 - shift, 0.9 - shift}};
    double at[2] = {0, 0}, length = 0;
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_mark(l->tape);
        rg_node *w = vector(l, 2, at), *x = vector(l, 2, input[i % 2]);
        double target = input[i % 2][0] - input[i % 2][1];
        rg_node *g = gradient(rg_square(rg_offset(rg_dot(w, x), -target)), w);
        const double step[] = {-0.5 * number(g, 0), -0.5 * number(g, 1)};
        at[0] += step[0], at[1] += step[1];
        length += hypot(step[0], step[1]);
        rg_rewind(l->tape, mark);
    }
    return length / hypot(at[0], at[1]);
}

static void zigzag(lesson *l)
{
    double positive = length_of_way(l, 0), centred = length_of_way(l, 0.55);
    holds(
        l, positive > 1.5 && centred < 1.0001,
        "so the way to weights of different signs is a zig-zag: %.2f times as long as the straight "
        "one; by inputs around 0 it is %.2f times",
        positive, centred);
}

/* Steps of plain descent until three hidden layers tell a disc from a ring. */
static void faster(lesson *l)
{
    enum { MOST = 1500 };
    static const char *const unit[] = {"relu", "tanh", "sigmoid"};
    int steps[3];
    learning how = {.optim = rg_sgd(0), .lr = 0.1, .steps = MOST, .enough = 0.3, .seed = 1};
    learn_rings(l, 40, &how.x, &how.y);
    for (int k = 0; k < 3; k++) {
        char model[96];
        rg_model m;
        snprintf(model, sizeof model, "linear 12, %s, linear 12, %s, linear 12, %s, linear 2",
                 unit[k], unit[k], unit[k]);
        how.model = model;
        steps[k] = learn(l, &m, &how);
    }
    shown(
        l, steps[0] < steps[1] && steps[2] == MOST,
        "relu learns faster: three hidden layers of it take %d steps at a rate of 0.1, of tanh %d, "
        "of sigmoids more than %d",
        steps[0], steps[1], MOST);
}

void lesson_6_1(lesson *l)
{
    double at[N];
    for (int i = 0; i < N; i++) at[i] = -4 + 8.0 * i / (N - 1) + 1e-3;
    rg_node *x = vector(l, N, at);
    identities(l, x);
    learned_shapes(l, x);
    saturation(l);
    handed_on(l);
    zigzag(l);
    faster(l);
    slopes(l, x);
    draw_losses(l);
}
LESSON_MAIN(lesson_6_1)
