/* test_fit.c - least squares: what the data do not determine, bounds. Certified answers
 * are in test_nist.c, robust losses in test_fit_robust.c. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

typedef struct sample {
    int n;
    const double *x, *y;
} sample;

static rg_node *column(rg_tape *t, int n, const double *v) { return rg_leaf_from(t, RG_F64, rg_shape1(n), v, (size_t)n); }

/* a x + b x: only the sum of a and b is determined */
static rg_node *twins(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *x = column(t, s->n, s->x), *both = rg_add(b[0], b[1]);
    return rg_sub(rg_mul(both, x), column(t, s->n, s->y));
}

START_TEST(undetermined_parameters_have_no_error)
{
    static const double x[] = {1, 2, 3}, y[] = {2, 4, 7};
    sample s = {3, x, y};
    double start[] = {1, 0}, value[2], error[2];
    rg_fit_problem q = {.n = 2, .start = start, .residuals = twins, .ud = &s};
    rg_fit_result r = {.value = value, .error = error};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_int_eq(r.rank, 1);
    ck_assert_double_eq_tol(value[0] + value[1], 31. / 14, 1e-12);
    ck_assert(isnan(error[0]) && isnan(error[1]));
    rg_tape_free(t);
}
END_TEST

static rg_node *line(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(rg_add(rg_mul(b[0], column(t, s->n, s->x)), b[1]), column(t, s->n, s->y));
}

START_TEST(bounds_hold)
{
    static const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7};
    sample s = {4, x, y};
    double start[] = {1, 1}, lo[] = {-INFINITY, -INFINITY}, hi[] = {1.5, INFINITY}, value[2];
    rg_fit_problem q = {.n = 2, .start = start, .lo = lo, .hi = hi, .residuals = line, .ud = &s};
    rg_fit_result r = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq(value[0], 1.5);
    ck_assert_double_eq_tol(value[1], 4 - 1.5 * 1.5, 1e-12); /* the mean of y less 1.5 times the mean of x */
    rg_tape_free(t);
}
END_TEST

/* sin(b1 x) - y: a minimum for every wrong frequency near which it happens to begin */
static rg_node *wave(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(rg_sin(rg_mul(b[0], column(t, s->n, s->x))), column(t, s->n, s->y));
}

START_TEST(several_starts_find_the_lowest)
{
    double x[60], y[60], start = 1, lo = 0, hi = 10, value;
    for (int i = 0; i < 60; i++) {
        x[i] = i / 20.;
        y[i] = sin(5.5 * x[i]);
    }
    sample s = {60, x, y};
    rg_fit_problem q = {.n = 1, .start = &start, .residuals = wave, .ud = &s};
    rg_fit_result r = {.value = &value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_gt(fabs(value - 5.5), 1);
    ck_assert_int_eq(r.from, 0);
    q.starts = 40; /* one tenth to ten times, either sign */
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 5.5, 1e-9);
    ck_assert_int_gt(r.from, 0);
    q.lo = &lo;
    q.hi = &hi;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 5.5, 1e-9);
    rg_tape_free(t);
}
END_TEST

/* log(b1) x: NaN at half of the starts beside 0.5 */
static rg_node *slope_of_log(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(rg_mul(rg_log(b[0]), column(t, s->n, s->x)), column(t, s->n, s->y));
}

START_TEST(starts_outside_the_domain_are_passed_over)
{
    static const double x[] = {1, 2, 3}, y[] = {1, 2, 3};
    sample s = {3, x, y};
    double start = 0.5, value;
    rg_fit_problem q = {.n = 1, .start = &start, .starts = 20, .residuals = slope_of_log, .ud = &s};
    rg_fit_result r = {.value = &value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, exp(1), 1e-9);
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    start = -0.5; /* the start given, too */
    value = 0;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, exp(1), 1e-9);
    ck_assert_int_gt(r.from, 0);
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    double none = -0.1;
    q.hi = &none;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_DOMAIN);
    rg_tape_free(t);
}
END_TEST

/* ---- what errors are worth -------------------------------------------------------------- */

/* a x + b + 0 c */
static rg_node *line_and_nothing(void *ud, rg_tape *t, rg_node *const *b)
{
    return rg_add(line(ud, t, b), rg_scale(b[2], 0));
}

START_TEST(one_that_has_no_effect_spoils_no_other)
{
    static const double x[] = {0, 1, 2, 3, 4}, y[] = {1, 3.1, 4.9, 7.2, 8.8};
    sample s = {5, x, y};
    double start[] = {1, 1, 1}, value[3], error[3], want[2];
    rg_fit_problem q = {.n = 2, .start = start, .residuals = line, .ud = &s};
    rg_fit_result r = {.value = value, .error = want};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    q.n = 3;
    q.residuals = line_and_nothing;
    r.error = error;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_int_eq(r.rank, 2);
    ck_assert_int_eq(r.dof, 3);
    for (int k = 0; k < 2; k++) ck_assert_double_eq_tol(error[k], want[k], 1e-12);
    ck_assert(isnan(error[2]));
    rg_tape_free(t);
}
END_TEST

/* ---- far from the start ------------------------------------------------------------------ */

enum { POWERS = 21 };

static rg_node *power_series(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *x = column(t, s->n, s->x), *sum = rg_mul(b[POWERS - 1], rg_lit(x, 1));
    for (int k = POWERS - 2; k >= 0; k--) sum = rg_add(rg_mul(sum, x), b[k]);
    return rg_sub(sum, column(t, s->n, s->y));
}

/* Powers to 20^20 from 1 each: what the start puts into directions that no datum knows must not stay. The best is no
 * farther from the data than the sine is, whose Taylor's polynomial at 10 is off by 1e-4 at most. */
START_TEST(high_powers_from_a_start_far_away)
{
    enum { ROWS = 60 };
    double x[ROWS], y[ROWS], start[POWERS], value[POWERS];
    sample s = {ROWS, x, y};
    for (int i = 0; i < ROWS; i++) y[i] = sin((x[i] = 20. * i / (ROWS - 1)) / 3) + 0.03 * cos(7 * i);
    for (int k = 0; k < POWERS; k++) start[k] = 1;
    rg_fit_problem q = {.n = POWERS, .start = start, .residuals = power_series, .ud = &s};
    rg_fit_result r = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_msg(r.ssr < ROWS * 0.03 * 0.03, "%g", r.ssr);
    rg_tape_free(t);
}
END_TEST

/* Residuals whose squares are no numbers any more. */
START_TEST(squares_out_of_range_are_told)
{
    static const double x[] = {1, 2, 3}, large[] = {1e200, 2e200, 1e200}, small[] = {1e-300, 2e-300, 1e-300};
    const double *const y[] = {large, small};
    static const char *const words[] = {"the squares of the residuals are not finite", "their squares vanish"};
    for (int i = 0; i < 2; i++) {
        sample s = {3, x, y[i]};
        double start[] = {1, 1}, value[2];
        rg_fit_problem q = {.n = 2, .start = start, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_DOMAIN);
        ck_assert_msg(strstr(rg_error_of(t)->text, words[i]) != NULL, "%s", rg_error_of(t)->text);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- any loss ------------------------------------------------------------------------ */

/* Hours of study and passing: the logistic regression of many textbooks. */
static rg_node *passing(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *z = rg_add(rg_mul(b[0], column(t, s->n, s->x)), b[1]);
    return rg_scale(rg_bce_with_logits(z, column(t, s->n, s->y)), s->n);
}

static const double hours[] = {0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5};
static const double passed[] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1};

START_TEST(a_likelihood_is_maximised)
{
    sample s = {20, hours, passed};
    double start[] = {1, 1}, value[2], h[4];
    rg_minimize_problem q = {.n = 2, .start = start, .steps = 200, .loss = passing, .ud = &s};
    rg_minimum m = {.value = value, .hessian = h};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_msg(rg_minimize(t, &q, &m) == RG_OK, "%s", rg_error_of(t)->text);
    ck_assert(m.converged);
    ck_assert_double_eq_tol(value[0], 1.5046, 5e-5);
    ck_assert_double_eq_tol(value[1], -4.0777, 5e-5);
    double det = h[0] * h[3] - h[1] * h[2];
    ck_assert_double_eq_tol(sqrt(h[3] / det), 0.6287, 5e-5); /* errors from the information */
    ck_assert_double_eq_tol(sqrt(h[0] / det), 1.7610, 5e-5);
    ck_assert_int_eq(rg_len(t), 0);
    rg_optim_config how = rg_sgd(0.9); /* another way down, the same end */
    double again[2];
    q.how = &how;
    q.lr = 0.01;
    m.value = again;
    ck_assert_int_eq(rg_minimize(t, &q, &m), RG_OK);
    for (int k = 0; k < 2; k++) ck_assert_double_eq_tol(again[k], value[k], 1e-9);
    rg_tape_free(t);
}
END_TEST

START_TEST(minimize_keeps_within_bounds)
{
    sample s = {20, hours, passed};
    double start[] = {5, 1}, lo[] = {-INFINITY, -2}, hi[] = {1, INFINITY}, value[2];
    rg_minimize_problem q = {.n = 2, .start = start, .lo = lo, .hi = hi, .steps = 300, .loss = passing, .ud = &s};
    rg_minimum m = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_minimize(t, &q, &m), RG_OK);
    ck_assert(m.converged);
    ck_assert_double_eq(value[1], -2); /* it would go to -4 */
    ck_assert_double_le(value[0], 1);
    rg_tape_free(t);
}
END_TEST

static rg_node *not_a_number(void *ud, rg_tape *t, rg_node *const *b)
{
    (void)ud, (void)t;
    return rg_log(b[0]);
}

START_TEST(minimize_refuses_a_start_without_a_loss)
{
    double start = -1, value;
    rg_minimize_problem q = {.n = 1, .start = &start, .loss = not_a_number};
    rg_minimum m = {.value = &value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_minimize(t, &q, &m), RG_DOMAIN);
    ck_assert_int_eq(rg_minimize(NULL, &q, &m), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(too_few_residuals)
{
    static const double x[] = {1}, y[] = {1};
    sample s = {1, x, y};
    double start[] = {1, 1}, value[2];
    rg_fit_problem q = {.n = 2, .start = start, .residuals = line, .ud = &s};
    rg_fit_result r = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("fit", undetermined_parameters_have_no_error, bounds_hold,
         several_starts_find_the_lowest, starts_outside_the_domain_are_passed_over, one_that_has_no_effect_spoils_no_other,
         high_powers_from_a_start_far_away, squares_out_of_range_are_told,
         a_likelihood_is_maximised, minimize_keeps_within_bounds, minimize_refuses_a_start_without_a_loss,
         too_few_residuals)
