/* 8.3: batch normalisation: every number of a batch reaches the loss three ways, directly,
 * through the variance and through the mean. */
#include "norms.h"

enum { M = 4 };
static const double eps = 1e-5;

/* The three paths into x for an upstream u at y, by hand, one below the other: (3, M). */
static void paths(const double x[M], const double u[M], double gamma, double path[3][M])
{
    double mean = 0, var = 0, sum = 0, moment = 0;
    for (int i = 0; i < M; i++) mean += x[i] / M;
    for (int i = 0; i < M; i++) var += (x[i] - mean) * (x[i] - mean) / M;
    double r = 1 / sqrt(var + eps);
    for (int i = 0; i < M; i++) {
        sum += gamma * u[i];
        moment += gamma * u[i] * (x[i] - mean);
    }
    for (int i = 0; i < M; i++) {
        path[0][i] = gamma * u[i] * r;
        path[1][i] = -0.5 * r * r * r * moment * 2 * (x[i] - mean) / M;
        path[2][i] = -r * sum / M;
    }
}

static void three_paths(lesson *l)
{
    const double x[M] = {1, 2, 4, 5}, u[M] = {1, 0, 0, 0};
    double path[3][M], total[M];
    rg_node *in = matrix(l, M, 1, x), *gamma = vector(l, 1, (double[]){2}),
            *beta = vector(l, 1, (double[]){0.5});
    rg_node *y = rg_batchnorm(in, gamma, beta, eps), *g;
    rg_grad(y, matrix(l, M, 1, u), 1, &in, &g);
    paths(x, u, 2, path);
    static const char *const name[] = {"direct", "variance", "mean"};
    for (int p = 0; p < 3; p++)
        say(l, "%-10s %10.6f %10.6f %10.6f %10.6f", name[p], path[p][0], path[p][1], path[p][2],
            path[p][3]);
    for (int i = 0; i < M; i++) total[i] = path[0][i] + path[1][i] + path[2][i];
    say(l, "dL/dx      %10.6f %10.6f %10.6f %10.6f", total[0], total[1], total[2], total[3]);
    holds(l, distance(g, matrix(l, M, 1, total)) < 1e-14,
          "S46: the tape's gradient is the sum of the three paths");
    holds(l, fabs(rg_value(rg_sum(g, RG_ALL_AXES))) < 1e-14,
          "it sums to 0: shifting a batch changes nothing");
    static const char *const label[] = {"x1", "x2", "x3", "x4"};
    rg_figure *f = figure(l, "Three paths into each number of a batch",
                          "Their sum is the gradient.", NULL, "dL/dx");
    for (int p = 0; p < 3; p++) rg_figure_bars(f, name[p], M, label, path[p]);
    rg_figure_bars(f, "sum", M, label, total);
}

static void invariances(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(20, 3)), *W = normal(l, rg_shape2(3, 4)),
            *b = normal(l, rg_shape1(4));
    rg_node *gamma = even(l, rg_shape1(4)), *beta = normal(l, rg_shape1(4)),
            *target = normal(l, rg_shape2(20, 4));
    rg_node *h = rg_relu(rg_batchnorm(rg_add(rg_matmul(X, W), b), gamma, beta, 1e-12)),
            *loss = rg_mse(h, target);
    double bias = rg_value(rg_norm(gradient(loss, b), RG_ALL_AXES)),
           others = rg_value(rg_norm(gradient(loss, beta), RG_ALL_AXES));
    slip(l, bias > 1e-12, bias < 1e-12 && others > 1e-3,
         "S47: a bias before batch normalisation has gradient 0 (%.1e): beta does its work", bias);
    double along = rg_value(rg_sum(rg_mul(gradient(loss, W), W), RG_ALL_AXES));
    holds(l, fabs(along) < 1e-10,
          "the gradient is at right angles to the weights (%.1e): their scale does not matter",
          along);

    rg_node *narrow = rg_scale(normal(l, rg_shape2(200, 1)), 1e-3),
            *one = vector(l, 1, (double[]){1}), *zero = vector(l, 1, (double[]){0});
    double s2 = rg_value(rg_var(narrow, RG_ALL_AXES)),
           var = rg_value(rg_var(rg_batchnorm(narrow, one, zero, eps), RG_ALL_AXES));
    slip(l, near(var, 1, 0.01), near(var, s2 / (s2 + eps), 1e-9),
         "S44: with sqrt(sigma^2 + eps) the variance is gamma^2 sigma^2/(sigma^2 + eps): %.4f for "
         "an input variance of %.1e",
         var, s2);
    rg_node *batch9 = rg_scale(normal(l, rg_shape2(200, 1)), 3),
            *centred = rg_sub(batch9, rg_mean_keep(batch9, 0));
    double by_variance = rg_value(rg_var(rg_div(centred, rg_var(batch9, 0)), RG_ALL_AXES)),
           by_root = rg_value(rg_var(rg_div(centred, rg_std(batch9, 0)), RG_ALL_AXES));
    slip(l, near(by_variance, 1, 0.01), near(by_root, 1, 1e-9),
         "S43: sigma^2 is the variance, divided by m; one divides by its root: by sigma^2 itself "
         "the result has variance %.3f",
         by_variance);
    rg_node *row = normal(l, rg_shape2(1, 6)), *g6 = rg_const(l->tape, RG_F64, rg_shape1(6), 1),
            *b6 = rg_const(l->tape, RG_F64, rg_shape1(6), 0);
    rg_node *both = rg_concat(2, (rg_node *[]){row, normal(l, rg_shape2(3, 6))}, 0);
    double alone = distance(rg_layernorm(row, g6, b6, eps),
                            rg_slice(rg_layernorm(both, g6, b6, eps), 0, 0, 1, 1));
    double batch = distance(rg_batchnorm(row, g6, b6, eps),
                            rg_slice(rg_batchnorm(both, g6, b6, eps), 0, 0, 1, 1));
    slip(l, batch < 1e-12, alone == 0,
         "S45: layer normalisation is over the features of one example: others in the batch change "
         "nothing; for batch normalisation they do (%.2f)",
         batch);
}

/* The change of the loss when two layers move together, less what each does alone: second order. */
static double stale(lesson *l, double rate)
{
    static const double w0[] = {0.8, -1.3};
    rg_node *w = vector(l, 2, w0),
            *f = rg_square(
                rg_offset(rg_tanh(rg_mul(rg_index(w, 0, 0), rg_tanh(rg_index(w, 0, 1)))), -1)),
            *g = gradient(f, w);
    double change = 0, d[2] = {-rate * number(g, 0), -rate * number(g, 1)};
    for (int which = 1; which <= 3; which++) {
        rg_node *v = vector(
            l, 2, (double[]){w0[0] + (which & 1 ? d[0] : 0), w0[1] + (which & 2 ? d[1] : 0)});
        double moved = rg_value(rg_square(rg_offset(
                           rg_tanh(rg_mul(rg_index(v, 0, 0), rg_tanh(rg_index(v, 0, 1)))), -1))) -
                       rg_value(f);
        change += which == 3 ? moved : -moved;
    }
    return change;
}

static void groups(lesson *l)
{
    rg_node *x = rg_offset(rg_scale(normal(l, rg_shape2(3, 6)), 4), 7),
            *one = rg_const(l->tape, RG_F64, rg_shape1(6), 1),
            *zero = rg_const(l->tape, RG_F64, rg_shape1(6), 0);
    rg_shape parts = rg_shape3(3, 2, 3); /* three examples of two groups of three features */
    rg_node *y = rg_reshape(rg_norm_group(x, 2, one, zero), parts),
            *s2 = rg_var(rg_reshape(x, parts), 2), *rule = rg_div(s2, rg_offset(s2, eps));
    double mean = rg_value(rg_amax(rg_abs(rg_mean(y, 2)), RG_ALL_AXES));
    holds(
        l, mean < 1e-12 && distance(rg_var(y, 2), rule) < 1e-9,
        "group normalisation: of each example the first 3 features and the next 3 have mean 0 and "
        "variance sigma^2/(sigma^2 + eps) by themselves");
    holds(l, distance(rg_norm_group(x, 1, one, zero), rg_layernorm(x, one, zero, eps)) < 1e-12,
          "one group is layer normalisation");
    rg_node *warm = rg_offset(rg_scale(x, 1.8), 32), *column[] = {x, warm}, *z[2];
    for (int k = 0; k < 2; k++)
        z[k] = rg_div(rg_sub(column[k], rg_mean_keep(column[k], 0)), rg_std(column[k], 0));
    holds(l, distance(z[0], z[1]) < 1e-12 && fabs(rg_value(rg_mean(z[0], RG_ALL_AXES))) < 1e-12,
          "z-scoring, (x - mean)/deviation of each feature, is the same in Celsius and Fahrenheit");
}

/* Statistics of batches are kept on the way; a prediction uses these. */
static void at_prediction(lesson *l)
{
    rg_node *mean = zeros(l, rg_shape1(2)),
            *var = rg_leaf_from(l->tape, RG_F64, rg_shape1(2), (double[]){1, 1}, 2);
    rg_node *gamma = rg_const(l->tape, RG_F64, rg_shape1(2), 1),
            *beta = rg_const(l->tape, RG_F64, rg_shape1(2), 0);
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_norm_batch(rg_offset(rg_scale(rg_normal(l->tape, RG_F64, rg_shape2(64, 2)), 3), 5),
                      gamma, beta, mean, var);
        rg_step_end(l->tape, mark);
    }
    rg_node *single = matrix(l, 1, 2, (double[]){5, 8});
    double by_batch = number(rg_norm_batch(single, gamma, beta, NULL, NULL), 1),
           by_running = number(rg_norm_by(single, mean, var, gamma, beta), 1);
    slip(l, fabs(by_batch - 1) < 0.2, fabs(by_running - 1) < 0.2,
         "S48: at prediction the running mean and variance are used: 8 of N(5, 9) becomes %.2f; a "
         "batch of one would make everything %g",
         by_running, by_batch);
}

void lesson_8_3(lesson *l)
{
    three_paths(l);
    invariances(l);
    double a = stale(l, 1e-3) / 1e-6, b = stale(l, 1e-4) / 1e-8;
    slip(l, fabs(a) < 1e-3, near(a, b, 0.02),
         "S42: what simultaneous updates neglect is second order: joint change less separate "
         "changes is %.3f rate^2 at two rates; one long vector of weights does not avoid it",
         b);
    double rate[13], neglected[13];
    for (int i = 0; i < 13; i++) {
        rate[i] = pow(10, -4 + i / 4.0);
        neglected[i] = fabs(stale(l, rate[i]));
    }
    rg_figure_options o = {.title = "What simultaneous updates neglect",
                           .about = "It falls as the square of the rate.",
                           .x = {.label = "rate", .log = true},
                           .y = {.label = "|joint change - separate changes|", .log = true}};
    rg_figure_line(figure_with(l, &o), NULL, 13, rate, neglected);
    at_prediction(l);
    groups(l);
    norms_widen(l);
    norms_steady(l);
    norms_curves(l);
}
LESSON_MAIN(lesson_8_3)
