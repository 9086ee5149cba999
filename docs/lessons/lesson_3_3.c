/* 3.3: a model that is too simple fails on what it has seen as well as on what it has not. */
#include "poly.h"

enum { N = 200, CURVE = 61 };

void lesson_3_3(lesson *l)
{
    const double noise = 0.2;
    double x[2][N], y[2][N], at[CURVE], curve[CURVE];
    for (int k = 0; k < 2; k++) poly_sample(l, N, noise, x[k], y[k]);
    for (int i = 0; i < CURVE; i++) at[i] = -1 + 2.0 * i / (CURVE - 1);
    rg_figure *f = figure(l, "Too simple, and enough",
                          "A constant and a line miss the shape, a cubic has it.", "x", "y");
    rg_figure_points(f, "data", N, x[0], y[0]);
    bool under = true, enough = false;
    say(l, "degree   training   test      noise variance %.3f", noise * noise);
    for (int d = 0; d <= 5; d++) {
        rg_node *Y = vector(l, N, y[0]), *X = poly_features(l, N, x[0], d), *theta = poly_fit(X, Y);
        double train = poly_error(X, Y, theta),
               test = poly_error(poly_features(l, N, x[1], d), vector(l, N, y[1]), theta);
        say(l, "%6d   %.5f    %.5f", d, train, test);
        if (d < 2) under = under && train > 3 * noise * noise && test > 3 * noise * noise;
        if (d == 5) enough = train < 1.3 * noise * noise && test < 1.3 * noise * noise;
        if (d > 1 && d != 3) continue;
        char name[24];
        numbers(rg_matmul(poly_features(l, CURVE, at, d), theta), CURVE, curve);
        snprintf(name, sizeof name, "degree %d", d);
        rg_figure_line(f, name, CURVE, at, curve);
    }
    shown(l, under,
          "degrees 0 and 1: both errors are more than three times the variance of the noise");
    shown(l, enough, "degree 5: both errors are near that variance; nothing is left to learn");
}
LESSON_MAIN(lesson_3_3)
