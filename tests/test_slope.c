/* test_slope.c - the slope of a function from its values at steps that are halved: what it is worth, and
 * what kind of point it is. slope.c is built in: it knows nothing of tapes. */
#include "slope.h"
#include "suite.h"
#include <math.h>

typedef double function(double x);

/* At 0, the largest step first; rounding moves f by so much. */
static rg_slope slope_at_0(function *f, double h, double noise)
{
    rg_rung r[RG_RUNGS];
    for (int i = 0; i < RG_RUNGS; i++, h /= 2)
        r[i] = (rg_rung){h, (f(h) - f(-h)) / (2 * h), (f(h) - 2 * f(0) + f(-h)) / h, noise, 0};
    return rg_slope_of(r, RG_RUNGS);
}

static void expect_slope(function *f, double h, double noise, rg_point point, double value, double within)
{
    rg_slope s = slope_at_0(f, h, noise);
    ck_assert_int_eq(s.point, point);
    ck_assert_msg(fabs(s.value - value) <= s.bar, "%g with a bar of %g, should be %g", s.value, s.bar, value);
    ck_assert_msg(s.bar <= within, "a bar of %g", s.bar);
}

static double smooth(double x) { return exp(2 * x); }
static double corner(double x) { return 3 * x + fabs(x); }
static double jump(double x) { return x > 0 ? 1 : -1; }
static double edge(double x) { return x < 0 ? (double)NAN : x; }

/* Steps above .1 say 2, and with less noise than those below, which say 1 without moving. */
static double changing(double x) { return fabs(x) <= .1 ? x : 2 * x; }

START_TEST(what_steps_of_each_size_say)
{
    expect_slope(smooth, .1, 1e-16, RG_SMOOTH, 2, 1e-8);
    expect_slope(corner, .1, 1e-16, RG_CORNER, 3, 1e-12);
    ck_assert_double_eq_tol(slope_at_0(corner, .1, 1e-16).left, 2, 1e-12);
    ck_assert_double_eq_tol(slope_at_0(corner, .1, 1e-16).right, 4, 1e-12);
    ck_assert_int_eq(slope_at_0(jump, .1, 1e-16).point, RG_JUMP);
    ck_assert_int_eq(slope_at_0(edge, .1, 1e-16).point, RG_EDGE);
    ck_assert(isinf(slope_at_0(edge, .1, 1e-16).bar));
}
END_TEST

START_TEST(large_steps_that_agree_by_chance_are_left_out)
{
    expect_slope(changing, .64, 1e-4, RG_SMOOTH, 1, .01);
}
END_TEST

RG_SUITE("slope", what_steps_of_each_size_say, large_steps_that_agree_by_chance_are_left_out)
