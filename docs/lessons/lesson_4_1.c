/* 4.1: a linear classifier has a template for each class; what it cannot do; and choosing
 * parameters by likelihood. */
#include "learn.h"

enum { N = 101, M = 120 };

/* Accuracy of the best of many lines on XOR. */
static double best_on_xor(lesson *l)
{
    rg_node *x = matrix(l, 4, 2, (double[]){0, 0, 0, 1, 1, 0, 1, 1}),
            *wanted = matrix(l, 4, 1, (double[]){0, 1, 1, 0});
    rg_node *lines = normal(l, rg_shape2(2, 3000)), *offset = normal(l, rg_shape1(3000));
    rg_node *said = rg_positive(rg_add(rg_matmul(x, lines), offset)),
            *right = rg_mean(rg_eq(said, rg_broadcast(wanted, rg_shape2(4, 3000))), 0);
    return rg_value(rg_amax(right, 0));
}

/* XOR and three lines, of which each has one point on the wrong side. */
static void draw_xor(lesson *l)
{
    static const double line[3][2][2] = {
        {{-0.3, 0.8}, {0.8, -0.3}}, {{-0.3, 1.8}, {1.8, -0.3}}, {{0.5, -0.3}, {0.5, 1.3}}};
    rg_figure_options o = {.title = "XOR, and three lines",
                           .about = "No line has both points of a class on its side.",
                           .x = {.label = "x1", .lo = -0.3, .hi = 1.3},
                           .y = {.label = "x2", .lo = -0.3, .hi = 1.3},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    rg_figure_points(f, "class 0", 2, (double[]){0, 1}, (double[]){0, 1});
    rg_figure_points(f, "class 1", 2, (double[]){0, 1}, (double[]){1, 0});
    for (int i = 0; i < 3; i++)
        rg_figure_line(f, NULL, 2, (double[]){line[i][0][0], line[i][1][0]},
                       (double[]){line[i][0][1], line[i][1][1]});
}

/* The rows of W of a classifier of digits that the program draws itself, as images. */
static void draw_templates(lesson *l)
{
    enum { ROWS = 300, SIDE = 28, PIXELS = SIDE * SIDE, WIDE = 10 * SIDE };
    static double ink[ROWS * PIXELS], w[PIXELS * 10], strip[SIDE * WIDE];
    rg_data d;
    rg_model m;
    if (rg_make_digits(&d, ROWS, 1, RG_TRAIN, NULL, NULL)) return;
    for (int i = 0; i < ROWS * PIXELS; i++) ink[i] = ((const unsigned char *)d.x)[i] / 255.0;
    learning how = {.x = matrix(l, ROWS, PIXELS, ink),
                    .y = rg_leaf_from(l->tape, RG_I64, rg_shape1(ROWS), d.label, ROWS),
                    .model = "linear 10",
                    .optim = rg_sgd(0),
                    .lr = 0.1,
                    .deviation = 1e-3,
                    .steps = 40};
    learn(l, &m, &how);
    rg_data_free(&d);
    numbers(m.param[0], PIXELS * 10, w);
    for (int i = 0; i < SIDE * WIDE; i++)
        strip[i] = w[(i / WIDE * SIDE + i % SIDE) * 10 + i % WIDE / SIDE];
    rg_figure_options o = {
        .title = "Templates of the digits 0 to 9",
        .about = "Light where ink speaks for a class, dark where it speaks against it.",
        .bare = true};
    rg_figure_heat(figure_with(l, &o), NULL,
                   &(rg_figure_grid){SIDE, WIDE, 0, WIDE - 1, SIDE - 1, 0, strip}, 0, 0);
}

static void xor_and_rings(lesson *l)
{
    double best = best_on_xor(l), ring[2][2][M / 2], polar[2][2][M / 2], angle[M], least = 9,
           most = 0;
    holds(l, best == 0.75,
          "XOR: no line does better than 3 of 4, the best of 3,000 has %.2f; all four would need b "
          "<= 0 < w1 + b, w2 + b and w1 + w2 + b <= 0",
          best);
    numbers(even(l, rg_shape1(M)), M, angle);
    for (int i = 0; i < M; i++) {
        int outer = i % 2, at = i / 2;
        double r = outer ? 2 : 0.8;
        ring[outer][0][at] = r * cos(2 * M_PI * angle[i]),
        ring[outer][1][at] = r * sin(2 * M_PI * angle[i]);
        polar[outer][0][at] = hypot(ring[outer][0][at], ring[outer][1][at]),
        polar[outer][1][at] = atan2(ring[outer][1][at], ring[outer][0][at]);
        *(outer ? &least : &most) =
            outer ? fmin(least, polar[1][0][at]) : fmax(most, polar[0][0][at]);
    }
    holds(l, most < least,
          "two rings: no line parts them, but in polar coordinates the line r = 1.4 does");
    rg_figure_options o = {
        .title = "Two rings", .x = {.label = "x1"}, .y = {.label = "x2"}, .equal = true};
    rg_figure *f = figure_with(l, &o), *g = figure(l, "The same in polar coordinates",
                                                   "A vertical line parts them.", "r", "angle");
    for (int k = 0; k < 2; k++) {
        rg_figure_points(f, k ? "outer" : "inner", M / 2, ring[k][0], ring[k][1]);
        rg_figure_points(g, k ? "outer" : "inner", M / 2, polar[k][0], polar[k][1]);
    }
    rg_figure_rule_x(g, "r = 1.4", 1.4);
}

/* Four heads and four tails: the logarithm of their likelihood. */
static rg_node *log_likelihood(rg_node *theta)
{
    return rg_add(rg_scale(rg_log(theta), 4), rg_scale(rg_log(rg_offset(rg_neg(theta), 1)), 4));
}

static void coin(lesson *l)
{
    const double at[] = {1, 0.75, 0.5};
    double value[3], x[N], y[N];
    say(l, "chance of heads   likelihood of 4 heads, 4 tails");
    for (int i = 0; i < 3; i++) {
        value[i] = exp(rg_value(log_likelihood(rg_scalar(l->tape, at[i]))));
        say(l, "%-17g %.8f", at[i], value[i]);
    }
    holds(l, value[0] == 0 && near(value[1], 0.00123596, 1e-5) && near(value[2], 0.00390625, 1e-12),
          "a likelihood is a product: 0, 0.00123596, 0.00390625");
    rg_node *half = rg_scalar(l->tape, 0.5);
    double slope = rg_value(gradient(log_likelihood(half), half)),
           literal = pow(0.25, 0.25) * pow(0.75, 0.75);
    slip(l, near(literal, value[1], 0.1), fabs(slope) < 1e-13,
         "S16: each throw is theta^x (1 - theta)^(1 - x); the derivative of the log is 0 at "
         "heads/N = 0.5 (%.1e)",
         slope);
    for (int i = 0; i < N; i++)
        x[i] = (double)i / (N - 1), y[i] = exp(rg_value(log_likelihood(rg_scalar(l->tape, x[i]))));
    rg_figure_line(figure(l, "The likelihood of a coin", "One maximum, at the share of heads.",
                          "chance of heads", "likelihood of 4 heads and 4 tails"),
                   NULL, N, x, y);
}

static void templates(lesson *l)
{
    rg_node *W = normal(l, rg_shape2(10, 3072)), *x = normal(l, rg_shape1(3072)),
            *b = normal(l, rg_shape1(10)), *y = rg_add(rg_matmul(W, x), b);
    rg_tape *other = rg_tape_new(NULL); /* an error stays on its tape */
    if (other)
        rg_matmul(rg_leaf(other, RG_F64, rg_shape2(10, 50)),
                  rg_leaf(other, RG_F64, rg_shape1(3072)));
    bool fits = !other || rg_error_of(other)->status == RG_OK; /* 10 x N for N = 50 examples */
    rg_tape_free(other);
    slip(l, fits, rg_count_of(y) == 10 && rg_count_of(W) == 30720,
         "S12: ten classes, 3072 pixels: W is 10x3072, whatever the number of examples; its rows "
         "are templates");
    double row = rg_value(rg_add(rg_dot(rg_index(W, 0, 1), x), rg_index(b, 0, 1)));
    slip(l, near(row, number(y, 2), 1e-9), near(row, number(y, 1), 1e-12),
         "S13: y_i = w_i x + b_i; classes count from 0 here, as in CIFAR-10's files: automobile is "
         "1");
    /* Two scores a, b: scaling w_1 moves the line where they are equal. */
    rg_node *w1 = vector(l, 2, (double[]){1, 0}), *w2 = vector(l, 2, (double[]){0, 1}),
            *p = vector(l, 2, (double[]){1, 1.5});
    bool before = rg_value(rg_dot(w1, p)) > rg_value(rg_dot(w2, p)),
         after = 2 * rg_value(rg_dot(w1, p)) > rg_value(rg_dot(w2, p));
    slip(l, before == after,
         !before && after && (rg_value(rg_dot(w1, p)) > 0) == (2 * rg_value(rg_dot(w1, p)) > 0),
         "S15: doubling w_1 moves the border between two classes; the sign of one score alone it "
         "does not change");

    /* A template is not the mean of its class: the classes share a bright pixel, which tells
     * nothing. */
    double pixel[200 * 3], mean[3] = {0, 0, 0};
    int64_t label[200];
    numbers(normal(l, rg_shape1(600)), 600, pixel);
    for (int i = 0; i < 200; i++) {
        label[i] = i % 2;
        pixel[3 * i] = 0.3 * pixel[3 * i] + 5;
        pixel[3 * i + 1] = 0.3 * pixel[3 * i + 1] + i % 2;
        for (int k = 0; k < 3; k++) mean[k] += i % 2 * pixel[3 * i + k] / 100;
    }
    rg_node *X = matrix(l, 200, 3, pixel),
            *Y = rg_leaf_from(l->tape, RG_I64, rg_shape1(200), label, 200),
            *V = zeros(l, rg_shape2(3, 2));
    rg_optim_config c = rg_adam();
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &V, .lr = 0.1});
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, rg_cross_entropy(rg_matmul(X, V), Y));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    rg_node *t = rg_index(V, 1, 1), *mu = vector(l, 3, mean);
    double cosine = rg_value(rg_div(rg_dot(t, mu), rg_mul(rg_norm(t, 0), rg_norm(mu, 0))));
    slip(l, cosine > 0.9, cosine < 0.5,
         "S14: a template tells classes apart, it is no average image: its cosine with the mean of "
         "its class is %.2f",
         cosine);
}

/* In the plane: lengths and an angle. */
static void angle(lesson *l)
{
    double worst = 0;
    for (int i = 0; i < 100; i++) {
        double v[4];
        numbers(normal(l, rg_shape1(4)), 4, v);
        double turn = atan2(v[3], v[2]) - atan2(v[1], v[0]), score = rg_value(rg_dot(vector(l, 2, v), vector(l, 2, v + 2)));
        worst = fmax(worst, fabs(score - hypot(v[0], v[1]) * hypot(v[2], v[3]) * cos(turn)));
    }
    holds(l, worst < 1e-13, "a score is |w| |x| cos of the angle between them: 100 pairs in the plane (%.1e)", worst);
}

void lesson_4_1(lesson *l)
{
    templates(l);
    draw_templates(l);
    xor_and_rings(l);
    draw_xor(l);
    coin(l);
    angle(l);
}
LESSON_MAIN(lesson_4_1)
