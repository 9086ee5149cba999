/* 5.5: layers without an activation between them are one layer; the best they can do as an
 * autoencoder is what is left of the spectrum. */
#include "learn.h"

enum { N = 60, D = 6, STEPS = 3000, LINE = 41 };

static double place_on_line(int i) { return -2 + 4.0 * i / (LINE - 1); }

/* The first output along a line of inputs, with relus between the layers or without, and its
 * largest second difference: 0 where it is straight. */
static double along(rg_node *way, rg_node *const W[3], rg_node *const b[3], bool bent,
                    double out[LINE])
{
    double bend = 0;
    for (int i = 0; i < LINE; i++) {
        rg_node *h = rg_scale(way, place_on_line(i));
        for (int k = 0; k < 3; k++) h = rg_add(rg_matmul(W[k], bent && k ? rg_relu(h) : h), b[k]);
        out[i] = number(h, 0);
    }
    for (int i = 1; i + 1 < LINE; i++)
        bend = fmax(bend, fabs(out[i - 1] - 2 * out[i] + out[i + 1]));
    return bend;
}

static void straight(lesson *l, rg_node *const W[3], rg_node *const b[3])
{
    double at[LINE], deep[2][LINE], bend[2] = {0, 0};
    for (int i = 0; i < LINE; i++) at[i] = place_on_line(i);
    /* On one line all relus may be off, or on. */
    for (int lines = 0; lines < 20 && bend[1] < 1e-3; lines++) {
        rg_node *way = normal(l, rg_shape1(3));
        for (int k = 0; k < 2; k++) bend[k] = along(way, W, b, k, deep[k]);
    }
    rg_figure *f = figure(l, "One output along a line of inputs",
                          "Without an activation it is straight; relu bends it.",
                          "place on the line", "output");
    rg_figure_line(f, "three linear layers", LINE, at, deep[0]);
    rg_figure_line(f, "with relu between", LINE, at, deep[1]);
    holds(l, bend[0] < 1e-12, "along a line its output is a straight line (%.1e)", bend[0]);
    shown(l, bend[1] > 1e-3, "a relu between them bends it (by %.2f)", bend[1]);
}

static void collapse(lesson *l)
{
    rg_node *W[3] = {normal(l, rg_shape2(4, 3)), normal(l, rg_shape2(2, 4)),
                     normal(l, rg_shape2(5, 2))},
            *b[3] = {normal(l, rg_shape1(4)), normal(l, rg_shape1(2)), normal(l, rg_shape1(5))};
    rg_node *x = normal(l, rg_shape1(3)), *h = x, *all = W[0], *bias = b[0];
    for (int i = 0; i < 3; i++) h = rg_add(rg_matmul(W[i], h), b[i]);
    for (int i = 1; i < 3; i++) {
        all = rg_matmul(W[i], all);
        bias = rg_add(rg_matmul(W[i], bias), b[i]);
    }
    double apart = distance(h, rg_add(rg_matmul(all, x), bias));
    holds(l, apart < 1e-13,
          "three linear layers are one: W = W3 W2 W1, b = W3 W2 b1 + W3 b2 + b3 (apart %.1e)",
          apart);
    double det = 0;
    for (int i = 0; i < 3; i++) det = fmax(det, fabs(rg_value(rg_det(rg_slice(all, 0, i, 3, 1)))));
    holds(l, det < 1e-12,
          "its rank is that of the narrowest layer: every 3x3 minor of W is 0 (%.1e)", det);
    straight(l, W, b);
}

/* Three layers on XOR, with an activation between them or without. */
static void on_xor(lesson *l)
{
    const double x[] = {0, 0, 0, 1, 1, 0, 1, 1};
    const int64_t label[] = {0, 1, 1, 0};
    double share[2];
    learning how = {.x = matrix(l, 4, 2, x),
                    .y = rg_leaf_from(l->tape, RG_I64, rg_shape1(4), label, 4),
                    .optim = rg_adam(),
                    .lr = 0.05,
                    .steps = 200,
                    .seed = 1};
    for (int bent = 0; bent < 2; bent++) {
        rg_model m;
        how.model =
            bent ? "linear 6, tanh, linear 6, tanh, linear 2" : "linear 6, linear 6, linear 2";
        learn(l, &m, &how);
        share[bent] = learned(&m, how.x, how.y);
    }
    holds(l, share[0] <= 0.75 && share[1] == 1,
          "so they can only do what a linear classifier does: of XOR three trained layers get %g "
          "of 4 "
          "right, with tanh between them %g",
          4 * share[0], 4 * share[1]);
}

/* The eigenvalues of X^T X, by power iteration and deflation: squared singular values of X. */
static void spectrum(lesson *l, rg_node *A, double value[D])
{
    for (int k = 0; k < D; k++) {
        rg_node *v = normal(l, rg_shape1(D));
        for (int i = 0; i < 400; i++) {
            rg_node *w = rg_matmul(A, v);
            v = rg_div(w, rg_norm(w, 0));
        }
        value[k] = rg_value(rg_dot(v, rg_matmul(A, v)));
        A = rg_sub(A, rg_scale(rg_outer(v, v), value[k]));
    }
}

void lesson_5_5(lesson *l)
{
    collapse(l);
    on_xor(l);
    double size[D] = {3, 2, 1.2, 0.6, 0.4, 0.2}, value[D], rest = 0, place[D];
    rg_node *X = rg_mul(normal(l, rg_shape2(N, D)), vector(l, D, size));
    spectrum(l, rg_matmul(rg_transpose(X), X), value);
    for (int k = 0; k < D; k++) place[k] = k + 1, rest += k >= 2 ? value[k] : 0;
    rg_node *w[] = {normal(l, rg_shape2(D, 2)), normal(l, rg_shape2(2, D))};
    rg_optim_config c = rg_adam();
    c.schedule.fall = RG_FALL_COSINE;
    c.schedule.every = STEPS;
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 2, .param = w, .lr = 0.1});
    double loss = 0;
    for (int i = 0; i <= STEPS && o; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *error =
            rg_sum(rg_square(rg_sub(rg_matmul(rg_matmul(X, w[0]), w[1]), X)), RG_ALL_AXES);
        loss = rg_value(error);
        if (i < STEPS) rg_optim_step(o, error);
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    say(l, "squared singular values %.2f %.2f | %.2f %.2f %.2f %.2f", value[0], value[1], value[2],
        value[3], value[4], value[5]);
    holds(l, loss >= rest * (1 - 1e-9) && near(loss, rest, 1e-3),
          "a linear autoencoder 6-2-6 trained by descent loses %.4f: the sum of the squared "
          "singular values it drops, %.4f",
          loss, rest);
    rg_figure_options f = {.title = "Squared singular values of the data",
                           .about = "Two are kept, four are lost.",
                           .x = {.label = "number"},
                           .y = {.label = "squared singular value", .log = true}};
    rg_figure *g = figure_with(l, &f);
    rg_figure_points(g, NULL, D, place, value);
    rg_figure_rule_x(g, "kept on the left", 2.5);
}
LESSON_MAIN(lesson_5_5)
