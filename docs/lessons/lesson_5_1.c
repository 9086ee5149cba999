/* 5.1: where the gradient is 0, the signs of the Hessian tell minimum, maximum and saddle; in
 * many dimensions nearly every critical point is a saddle. */
#include "lesson.h"

enum { N = 61, DRAWS = 4000 };

static rg_node *himmelblau(rg_node *p)
{
    rg_node *x = rg_index(p, 0, 0), *y = rg_index(p, 0, 1);
    rg_node *a = rg_offset(rg_add(rg_square(x), y), -11),
            *b = rg_offset(rg_add(x, rg_square(y)), -7);
    return rg_add(rg_square(a), rg_square(b));
}

typedef enum kind { MINIMUM, MAXIMUM, SADDLE } kind;

static kind kind_of(rg_node *f, rg_node *p)
{
    rg_node *H = hessian(f, p);
    double a = number(H, 0), det = rg_value(rg_det(H));
    return det < 0 ? SADDLE : a > 0 ? MINIMUM : MAXIMUM;
}

/* All leading minors positive, by elimination. */
static bool positive(int n, double *a)
{
    for (int k = 0; k < n; k++) {
        if (a[k * n + k] <= 0) return false;
        for (int i = k + 1; i < n; i++)
            for (int j = k + 1; j < n; j++)
                a[i * n + j] -= a[i * n + k] * a[k * n + j] / a[k * n + k];
    }
    return true;
}

static double share_of_minima(lesson *l, int n)
{
    static double b[DRAWS * 16];
    int found = 0;
    numbers(normal(l, rg_shape1(DRAWS * n * n)), DRAWS * n * n, b);
    for (int i = 0; i < DRAWS; i++) {
        double a[16], *r = b + i * n * n;
        for (int k = 0; k < n * n; k++) a[k] = (r[k] + r[k % n * n + k / n]) / 2;
        found += positive(n, a);
    }
    return (double)found / DRAWS;
}

void lesson_5_1(lesson *l)
{
    const double at[][2] = {{3, 2}, {-0.270845, -0.923039}, {0.086678, 2.884255}};
    static const char *const name[] = {"minimum", "maximum", "saddle"};
    say(l, "Himmelblau's function");
    for (int i = 0; i < 3; i++) {
        rg_node *p = vector(l, 2, at[i]), *f = himmelblau(p);
        double slope = rg_value(rg_norm(gradient(f, p), RG_ALL_AXES));
        say(l, "  at (%9.6f, %9.6f)  f = %10.6f  |gradient| = %.1e  %s", at[i][0], at[i][1],
            rg_value(f), slope, name[kind_of(f, p)]);
        holds(l, slope < 1e-4 && kind_of(f, p) == (kind)i,
              "the gradient is 0 there, and the Hessian says %s", name[i]);
    }
    double n[4], share[4];
    for (int i = 0; i < 4; i++) {
        n[i] = i + 1;
        share[i] = share_of_minima(l, i + 1);
        say(l, "random symmetric %dx%d: %.4f of %d are positive definite", i + 1, i + 1, share[i],
            DRAWS);
    }
    double exact = (2 - sqrt(2)) / 4;
    shown(l, fabs(share[1] - exact) < 4 * sqrt(exact * (1 - exact) / DRAWS),
          "2x2: %.4f, by calculation (2 - sqrt 2)/4 = %.4f", share[1], exact);
    shown(l, share[0] > share[1] && share[1] > share[2] && share[2] > share[3],
          "the more dimensions, the rarer the minima among critical points");

    double v[N * N], x[9], y[9], dx[9], dy[9];
    for (int i = 0; i < N * N; i++)
        v[i] = rg_value(himmelblau(vector(
            l, 2, (double[]){-5 + 10.0 * (i % N) / (N - 1), -5 + 10.0 * (i / N) / (N - 1)})));
    for (int i = 0; i < 9; i++) {
        rg_node *p = vector(l, 2, (double[]){-3.6 + 3.2 * (i % 3) + 0.2, -3.2 + 3.1 * (i / 3)}),
                *g = gradient(himmelblau(p), p);
        double norm = rg_value(rg_norm(g, RG_ALL_AXES));
        x[i] = number(p, 0), y[i] = number(p, 1);
        dx[i] = -0.9 * number(g, 0) / norm, dy[i] = -0.9 * number(g, 1) / norm;
    }
    rg_figure_options o = {.title = "Four minima, four saddles, one maximum",
                           .about = "Himmelblau's function; arrows point down the slope.",
                           .x = {.label = "x1"},
                           .y = {.label = "x2"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    rg_figure_contours(f, "value", &(rg_figure_grid){N, N, -5, 5, -5, 5, v}, 14, NULL);
    rg_figure_arrows(f, "downhill", 9, x, y, dx, dy);
    f = figure(l, "How often a random curvature is a minimum",
               "Falls fast with the number of dimensions.", "dimensions", "share");
    rg_figure_line(f, NULL, 4, n, share);
}
LESSON_MAIN(lesson_5_1)
