/* 4: in many dimensions all points are far away, and all about equally far. */
#include "lesson.h"

enum { POINTS = 200, TRIES = 5, KINDS = 5 };

/* (farthest - nearest)/nearest from the origin, the mean over some sets of uniform points. */
static double contrast(lesson *l, int64_t d)
{
    /* The few dimensions vary most, and cost least. */
    int tries = d < 1000 ? 40 : TRIES;
    double sum = 0;
    for (int i = 0; i < tries; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *x = rg_offset(rg_uniform(l->tape, RG_F64, rg_shape2(POINTS, d)), -0.5),
                *r = rg_norm(x, 1);
        double least = rg_value(rg_amin(r, 0)), most = rg_value(rg_amax(r, 0));
        sum += (most - least) / least / tries;
        rg_step_end(l->tape, mark);
    }
    return sum;
}

/* Logarithm of the share of a cube that its ball fills: pi^(d/2)/(2^d gamma(d/2 + 1)). */
static double log_ball(double d) { return 0.5 * d * log(M_PI) - d * log(2) - lgamma(0.5 * d + 1); }

/* Which of two points is nearest to the origin, with the first feature in other units. */
static int64_t nearest_in_units(double unit)
{
    const double x[] = {1 * unit, 0, 0, 2}, origin[] = {0, 0};
    rg_neighbour near_one = {0};
    rg_nearest(RG_EUCLIDEAN, x, 2, 2, origin, 1, &near_one);
    return near_one.row;
}

void lesson_4(lesson *l)
{
    const int64_t dimension[KINDS] = {2, 10, 100, 1000, 3072};
    double d[KINDS], c[KINDS], at[100], share[100];
    say(l, "dimensions   (farthest - nearest)/nearest   ball in its cube");
    for (int i = 0; i < KINDS; i++) {
        d[i] = (double)dimension[i];
        c[i] = contrast(l, dimension[i]);
        say(l, "%10d   %-28.3f   10^%.1f", (int)d[i], c[i], log_ball(d[i]) / log(10));
    }
    shown(l, c[0] > c[1] && c[1] > c[2] && c[2] > c[3] && c[3] > c[4] && c[4] < 0.1,
          "distances lose their contrast: %.1f, %.2f, %.2f, %.3f, and %.3f in the 3072 dimensions "
          "of a small colour image",
          c[0], c[1], c[2], c[3], c[4]);
    holds(l, near(exp(log_ball(2)), M_PI / 4, 1e-12), "the ball fills pi/4 of the square");
    holds(l,
          near(exp(log_ball(10)), 0.00249039, 1e-5) && near(exp(log_ball(100)), 1.86816e-70, 1e-4),
          "of the cube in 10 dimensions it fills 0.00249, in 100 dimensions 1.9e-70: nearly all of "
          "a cube is corners");
    /* The formula against points: how many of them lie in the ball. */
    rg_node *x = rg_offset(rg_uniform(l->tape, RG_F64, rg_shape2(100000, 3)), -0.5),
            *inside = rg_le(rg_norm(x, 1), rg_const(l->tape, RG_F64, rg_shape1(100000), 0.5));
    double counted = rg_value(rg_mean(inside, 0));
    shown(l, fabs(counted - M_PI / 6) < 0.01,
          "counted in 3 dimensions: %.4f of 100,000 points, pi/6 = %.4f", counted, M_PI / 6);
    holds(
        l, nearest_in_units(1) == 0 && nearest_in_units(100) == 1,
        "a distance has no preference among features: of (1 m, 0) and (0, 2) the first is nearest, "
        "of (100 cm, 0) and (0, 2) the second");
    for (int i = 0; i < 100; i++) at[i] = i + 1, share[i] = exp(log_ball(i + 1));
    rg_figure_options o = {.title = "Nearest and farthest of 200 random points",
                           .about = "Falls: in many dimensions all are equally far.",
                           .x = {.label = "dimensions", .log = true},
                           .y = {.label = "(farthest - nearest)/nearest", .log = true}};
    rg_figure_line(figure_with(l, &o), NULL, KINDS, d, c);
    rg_figure_options b = {.title = "The share of a cube that its ball fills",
                           .about = "It vanishes.",
                           .x = {.label = "dimensions"},
                           .y = {.label = "share", .log = true}};
    rg_figure_line(figure_with(l, &b), NULL, 100, at, share);
}
LESSON_MAIN(lesson_4)
