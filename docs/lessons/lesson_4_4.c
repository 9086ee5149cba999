/* 4.4: the likelihood of many examples underflows, its logarithm does not; the gradient of
 * the cross entropy is probability minus label; the loss is convex, so a minimum is global. */
#include "lesson.h"

enum { M = 60, C = 3, POINTS = 2001 };

/* Three clouds, and 1 as a third input for the bias. */
static rg_node *clouds(lesson *l, int64_t label[M])
{
    static const double centre[C][2] = {{0, 2}, {-1.7, -1}, {1.7, -1}};
    double x[M * 3], noise[M * 2];
    numbers(normal(l, rg_shape1(M * 2)), M * 2, noise);
    for (int i = 0; i < M; i++) {
        label[i] = i % C;
        for (int k = 0; k < 2; k++) x[3 * i + k] = centre[i % C][k] + 0.7 * noise[2 * i + k];
        x[3 * i + 2] = 1;
    }
    return matrix(l, M, 3, x);
}

static void underflow(lesson *l)
{
    double m[POINTS], product[POINTS], logs[POINTS], p = 1;
    for (int i = 0; i < POINTS; i++) {
        m[i] = i;
        product[i] = p;
        logs[i] = i * log(0.5);
        p *= 0.5;
    }
    say(l, "likelihood of 2000 examples of probability 0.5: product %g, logarithm %.6g",
        product[2000], logs[2000]);
    holds(l, product[2000] == 0 && isfinite(logs[2000]),
          "the product underflows to 0, the sum of logarithms does not");
    rg_figure_options o = {.title = "A product of likelihoods underflows",
                           .about = "Behind 1074 factors nothing is left.",
                           .x = {.label = "examples"},
                           .y = {.label = "product", .log = true}};
    rg_figure_line(figure_with(l, &o), "0.5^m", POINTS, m, product);
}

/* Which class wins at each place of the plane. */
static void regions(lesson *l, rg_node *W, rg_node *X)
{
    enum { N = 41 };
    double at[N * N * 3], won[N * N], x[M * 3], px[C][M], py[C][M];
    for (int i = 0; i < N * N; i++) {
        at[3 * i] = -4 + 8.0 * (i % N) / (N - 1);
        at[3 * i + 1] = -4 + 8.0 * (i / N) / (N - 1);
        at[3 * i + 2] = 1;
    }
    rg_node *best = rg_argmax(rg_matmul(matrix(l, N * N, 3, at), W), -1);
    numbers(rg_cast(best, RG_F64), N * N, won);
    rg_figure_options o = {.title = "Decision regions of a softmax classifier",
                           .about = "Borders are straight lines.",
                           .x = {.label = "x1"},
                           .y = {.label = "x2"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    rg_figure_heat(f, NULL, &(rg_figure_grid){N, N, -4, 4, -4, 4, won}, 0, 0);
    numbers(X, M * 3, x);
    for (int i = 0; i < M; i++) px[i % C][i / C] = x[3 * i], py[i % C][i / C] = x[3 * i + 1];
    static const char *const name[C] = {"class 0", "class 1", "class 2"};
    for (int k = 0; k < C; k++) rg_figure_points(f, name[k], M / C, px[k], py[k]);
}

/* Frames of a film are not independent: each is 0.9 of the one before and something new. */
static void not_independent(lesson *l)
{
    enum { FRAMES = 400 };
    double x[FRAMES], fresh[FRAMES];
    numbers(normal(l, rg_shape1(FRAMES)), FRAMES, fresh);
    x[0] = fresh[0];
    for (int i = 1; i < FRAMES; i++) x[i] = 0.9 * x[i - 1] + sqrt(0.19) * fresh[i]; /* variance 1 */
    rg_node *film = vector(l, FRAMES, x), *now = rg_slice(film, 0, 1, FRAMES - 1, 1),
            *before = rg_slice(film, 0, 0, FRAMES - 1, 1);
    double apart = rg_value(rg_gaussian_nll(rg_lit(now, 0), rg_lit(now, 1), now)),
           given = rg_value(rg_gaussian_nll(rg_scale(before, 0.9), rg_lit(now, 0.19), now));
    shown(l, given < apart - 0.5,
          "a product over examples is for independent ones: frames of a film cost %.3f each by "
          "themselves, %.3f given the frame before",
          apart, given);
}

/* Of a row of multiples of W the likelihood is largest where the loss is least. */
static void largest_and_least(lesson *l, rg_node *a, rg_node *y, const int64_t label[M])
{
    enum { SCALES = 41 };
    double likelihood[SCALES], least = HUGE_VAL, p[M * C];
    int at = -1;
    for (int i = 0; i < SCALES; i++) {
        rg_node *scores = rg_scale(a, -2 + 0.1 * i);
        double loss = rg_value(rg_cross_entropy(scores, y));
        if (loss < least) least = loss, at = i;
        numbers(rg_softmax(scores, -1), M * C, p);
        likelihood[i] = 0;
        for (int k = 0; k < M; k++) likelihood[i] += log(p[k * C + label[k]]);
    }
    int most = (int)rg_value(rg_cast(rg_argmax(vector(l, SCALES, likelihood), 0), RG_F64));
    holds(l, most == at, "argmax f is argmin -f: of 41 multiples of W, %.1f W has the largest likelihood and the least cross entropy",
          -2 + 0.1 * at);
}

void lesson_4_4(lesson *l)
{
    int64_t label[M];
    rg_node *X = clouds(l, label), *W = rg_scale(normal(l, rg_shape2(3, C)), 0.5);
    rg_node *y = rg_leaf_from(l->tape, RG_I64, rg_shape1(M), label, M);
    rg_node *a = rg_matmul(X, W), *loss = rg_cross_entropy(a, y);
    underflow(l);

    double by_hand = 0, onehot[M * C] = {0};
    for (int i = 0; i < M; i++) {
        by_hand += (number(rg_logsumexp(a, -1), i) - number(a, i * C + label[i])) / M;
        onehot[i * C + label[i]] = 1;
    }
    largest_and_least(l, a, y, label);
    holds(l, near(by_hand, rg_value(loss), 1e-13),
          "cross entropy is log-sum-exp minus the right score: %.6f", by_hand);
    rg_node *rule = rg_scale(
        rg_matmul(rg_transpose(X), rg_sub(rg_softmax(a, -1), matrix(l, M, C, onehot))), 1.0 / M);
    double apart = distance(gradient(loss, W), rule);
    holds(l, apart < 1e-14, "its gradient is X^T (p - one-hot)/m (%.1e)", apart);

    /* log p(x, y | W) = log p(x) + log p(y | x, W): what does not depend on W drops out. */
    rg_node *log_px = rg_const(l->tape, RG_F64, rg_shape0(), -7.3),
            *given_w = rg_scale(rg_norm(W, RG_ALL_AXES), -1);
    double kept = distance(gradient(rg_sub(loss, log_px), W), gradient(loss, W)),
           lost = distance(gradient(rg_sub(loss, given_w), W), gradient(loss, W));
    slip(l, lost < 1e-12, kept == 0,
         "S20: the model is p(x) p(y | x, W): p(x) moves no minimum and is dropped; a p(x | W) "
         "would not drop out (its slope is %.2f)",
         lost);

    /* The Hessian of log-sum-exp at these scores: diag(p) - p p^T; its quadratic form is a
     * variance. */
    rg_node *p = rg_softmax(vector(l, 3, (double[]){0.2, 1, -0.5}), -1),
            *H = rg_sub(rg_diag(p), rg_outer(p, p));
    double least = 1;
    for (int i = 0; i < 200; i++) {
        rg_node *v = normal(l, rg_shape1(3));
        least = fmin(least, rg_value(rg_dot(v, rg_matmul(H, v))));
    }
    double flat = rg_value(rg_norm(rg_matmul(H, vector(l, 3, (double[]){1, 1, 1})), RG_ALL_AXES));
    slip(l, flat > 1e-12, least >= 0 && flat < 1e-15,
         "S17: the loss is convex, so every minimum is global (v H v >= %.2g over 200 directions); "
         "but flat along (1, 1, 1), so not unique",
         least);

    rg_node *w = normal(l, rg_shape2(3, C));
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = 1});
    for (int step = 0; step < 200; step++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, rg_cross_entropy(rg_matmul(X, w), y));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    double right = rg_value(rg_correct(rg_matmul(X, w), y));
    shown(l, right >= 0.95 * M, "after 200 steps of gradient descent %g of %d examples are right",
          right, M);
    not_independent(l);
    regions(l, w, X);
}
LESSON_MAIN(lesson_4_4)
