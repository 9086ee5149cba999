/* 3.1: the same formula fits polynomials of any degree; more degrees never fit worse. */
#include "poly.h"

enum { N = 15, DEGREES = 10, CURVE = 101 };

/* The largest eigenvalue over the smallest, by power iteration on A and on its inverse. */
static double condition(lesson *l, rg_node *A, int64_t n)
{
    rg_node *v = normal(l, rg_shape1(n)), *w = normal(l, rg_shape1(n));
    for (int i = 0; i < 60; i++) {
        v = rg_matmul(A, v), w = rg_solve(A, w);
        v = rg_div(v, rg_norm(v, 0)), w = rg_div(w, rg_norm(w, 0));
    }
    return rg_value(rg_norm(rg_matmul(A, v), 0)) * rg_value(rg_norm(rg_solve(A, w), 0));
}

void lesson_3_1(lesson *l)
{
    double x[N], y[N], degree[DEGREES], sse[DEGREES], at[CURVE], curve[CURVE];
    poly_sample(l, N, 0.25, x, y);
    for (int i = 0; i < CURVE; i++) at[i] = -1 + 2.0 * i / (CURVE - 1);
    rg_figure *f = figure(l, "Polynomials through 15 points",
                          "The higher the degree, the nearer to every point.", "x", "y");
    rg_figure_points(f, "data", N, x, y);
    bool falls = true;
    say(l, "degree   sum of squared errors");
    for (int d = 0; d < DEGREES; d++) {
        rg_node *X = poly_features(l, N, x, d), *Y = vector(l, N, y), *theta = poly_fit(X, Y);
        degree[d] = d;
        sse[d] = N * poly_error(X, Y, theta);
        falls = falls && (d == 0 || sse[d] <= sse[d - 1] + 1e-12);
        say(l, "%6d   %.6f", d, sse[d]);
        if (d != 1 && d != 3 && d != 9) continue;
        char name[24];
        numbers(rg_matmul(poly_features(l, CURVE, at, d), theta), CURVE, curve);
        snprintf(name, sizeof name, "degree %d", d);
        rg_figure_line(f, name, CURVE, at, curve);
    }
    holds(l, falls,
          "the training error never rises with the degree: the lower ones are special cases");
    double wide[N], raw[N * 6], scaled[N * 6];
    for (int i = 0; i < N; i++) {
        wide[i] = 500 + 400 * x[i];
        for (int k = 0; k < 6; k++)
            raw[6 * i + k] = pow(wide[i] / 100, k), scaled[6 * i + k] = pow(x[i], k);
    }
    rg_node *R = matrix(l, N, 6, raw), *S = matrix(l, N, 6, scaled);
    double bad = condition(l, rg_matmul(rg_transpose(R), R), 6),
           good = condition(l, rg_matmul(rg_transpose(S), S), 6);
    slip(l, bad < 1e6, good < 1e6,
         "S08: powers of x up to 9 make X^T X nearly singular (condition %.0e); scaled to [-1, 1] "
         "it is %.0e; the order of the powers does not matter",
         bad, good);
    rg_figure_options o = {.title = "Training error against the degree",
                           .about = "It only falls.",
                           .x = {.label = "degree"},
                           .y = {.label = "sum of squared errors", .log = true}};
    rg_figure_line(figure_with(l, &o), NULL, DEGREES, degree, sse);
}
LESSON_MAIN(lesson_3_1)
