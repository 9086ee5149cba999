/* test_fit_robust.c - Huber's loss and absolute differences: their least, and what their errors are worth. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

typedef struct sample {
    int n;
    const double *x, *y;
} sample;

static rg_node *column(rg_tape *t, int n, const double *v) { return rg_leaf_from(t, RG_F64, rg_shape1(n), v, (size_t)n); }

static rg_node *line(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(rg_add(rg_mul(b[0], column(t, s->n, s->x)), b[1]), column(t, s->n, s->y));
}

static rg_node *constant(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(b[0], column(t, s->n, s->y));
}

/* Even in 0..1, always the same. */
static double draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* Nearly normal, of deviation 1. */
static double normal_noise(uint64_t *state)
{
    double sum = -6;
    for (int k = 0; k < 12; k++) sum += draw(state);
    return sum;
}

/* One in ten is ten times as far. */
static double heavy_noise(uint64_t *state)
{
    double near = normal_noise(state);
    return draw(state) < 0.1 ? 10 * near : near;
}

/* ---- the least ----------------------------------------------------------------------------- */

START_TEST(absolute_error_finds_the_median)
{
    static const double y[] = {1, 2, 4, 8, 100};
    sample s = {5, y, y};
    double start = 1, value;
    rg_fit_problem q = {.n = 1, .start = &start, .loss = RG_FIT_MAE, .residuals = constant, .ud = &s};
    rg_fit_result r = {.value = &value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 4, 1e-14);
    q.loss = RG_FIT_SQUARES;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 23, 1e-9); /* the mean: notes 2.1 */
    rg_tape_free(t);
}
END_TEST

/* Any number between the middle two of an even count is a median. */
START_TEST(a_level_least_is_told)
{
    static const double y[] = {1, 2, 4, 8, 100, 200}, ties[] = {1, 2, 4, 4, 100, 200};
    double start = 1, value;
    for (int k = 0; k < 4; k++) {
        sample s = {k == 1 ? 5 : 6, y, k == 2 ? ties : y};
        rg_fit_problem q = {.n = 1, .start = &start, .loss = k == 3 ? RG_FIT_HUBER : RG_FIT_MAE, .residuals = constant, .ud = &s};
        rg_fit_result r = {.value = &value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_msg(r.level == (k == 0), "case %d: %g", k, value);
        rg_tape_free(t);
    }
}
END_TEST

/* The sum of |a x + b - y|. */
static double distance_of(const sample *s, double a, double b)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++) sum += fabs(a * s->x[i] + b - s->y[i]);
    return sum;
}

/* Some line through two of the points is the least (Bloomfield and Steiger, 1983, 1.3): all are tried. */
static double least_over_pairs(const sample *s)
{
    double best = INFINITY;
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < i; j++) {
            if (s->x[i] == s->x[j]) continue;
            double a = (s->y[i] - s->y[j]) / (s->x[i] - s->x[j]);
            best = fmin(best, distance_of(s, a, s->y[i] - a * s->x[i]));
        }
    return best;
}

/* Rows at random, heavy noise; every third sample is of whole numbers, where many lines meet in a point. */
START_TEST(absolute_differences_end_at_the_least)
{
    double x[40], y[40], start[] = {0, 0}, value[2];
    uint64_t state = 7;
    for (int k = 0; k < 300; k++) {
        sample s = {3 + k % 38, x, y};
        for (int i = 0; i < s.n; i++) {
            x[i] = k % 3 ? 10 * draw(&state) : floor(6 * draw(&state)) + (i == 0);
            y[i] = 3 * x[i] - 5 + heavy_noise(&state);
            if (k % 3 == 0) y[i] = rint(y[i]);
        }
        x[1] = x[0] + 1;
        rg_fit_problem q = {.n = 2, .start = start, .loss = RG_FIT_MAE, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_msg(r.converged, "sample %d of %d rows", k, s.n);
        double least = least_over_pairs(&s);
        ck_assert_msg(distance_of(&s, value[0], value[1]) <= least * (1 + 1e-12) + 1e-12, "sample %d: %.17g, least %.17g", k, distance_of(&s, value[0], value[1]), least);
        ck_assert_double_eq_tol(r.loss, least, 1e-9);
        rg_tape_free(t);
    }
}
END_TEST

/* a exp(-b x) - y */
static rg_node *decay(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *x = column(t, s->n, s->x), *falls = rg_exp(rg_neg(rg_mul(b[1], x)));
    return rg_sub(rg_mul(b[0], falls), column(t, s->n, s->y));
}

/* Nine of fifteen points lie on the curve, the others far above it: the curve is the least, to the last digit. */
START_TEST(a_curve_through_most_points_is_found)
{
    double x[15], y[15], start[] = {1, 1}, value[2];
    sample s = {15, x, y};
    for (int i = 0; i < 15; i++) y[i] = 4 * exp(-0.3 * (x[i] = i / 2.)) + (i % 5 < 3 ? 0 : 2 + i);
    rg_fit_problem q = {.n = 2, .start = start, .loss = RG_FIT_MAE, .residuals = decay, .ud = &s};
    rg_fit_result r = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert(r.converged);
    ck_assert_double_eq_tol(value[0], 4, 1e-13);
    ck_assert_double_eq_tol(value[1], 0.3, 1e-13);
    rg_tape_free(t);
}
END_TEST

/* a exp(-b x) + c - y */
static rg_node *decay_above(void *ud, rg_tape *t, rg_node *const *b) { return rg_add(decay(ud, t, b), b[2]); }

static double distance_of_decay(const sample *s, const double *b)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++) sum += fabs(b[0] * exp(-b[1] * s->x[i]) + b[2] - s->y[i]);
    return sum;
}

/* The lowest of 3,000 places drawn about b, nearer and nearer. */
static double lowest_about(const sample *s, const double *b, uint64_t *state)
{
    double best = INFINITY;
    for (int i = 0; i < 3000; i++) {
        double p[3], far = pow(10, -1 - i / 500.);
        for (int k = 0; k < 3; k++) p[k] = b[k] * (1 + far * (2 * draw(state) - 1));
        best = fmin(best, distance_of_decay(s, p));
    }
    return best;
}

/* The least of a curve may have fewer residuals of 0 than parameters: no corner of a linear model is near. */
START_TEST(a_curve_between_corners_is_found)
{
    enum { SAMPLES = 200, ROWS = 14 };
    double x[ROWS], y[ROWS], start[] = {1, 1, 1}, value[3];
    sample s = {ROWS, x, y};
    uint64_t state = 11;
    int between = 0;
    for (int k = 0; k < SAMPLES; k++) {
        for (int i = 0; i < ROWS; i++) y[i] = 3 * exp(-0.8 * (x[i] = 4 * draw(&state))) + 1 + 0.2 * normal_noise(&state);
        rg_fit_problem q = {.n = 3, .start = start, .loss = RG_FIT_MAE, .residuals = decay_above, .ud = &s};
        rg_fit_result r = {.value = value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        int nought = 0;
        for (int i = 0; i < ROWS; i++) nought += fabs(value[0] * exp(-value[1] * x[i]) + value[2] - y[i]) < 1e-7;
        between += nought < 3;
        ck_assert_msg(r.converged, "sample %d: %.17g after %d steps", k, r.loss, r.steps);
        double least = lowest_about(&s, value, &state);
        ck_assert_msg(least >= r.loss * (1 - 1e-7), "sample %d: %.17g, but there is %.17g", k, r.loss, least);
        rg_tape_free(t);
    }
    ck_assert_int_gt(between, 5);
}
END_TEST

START_TEST(steps_are_no_more_than_allowed)
{
    double x[20], y[20], start[] = {1, 1, 1}, value[3];
    sample s = {20, x, y};
    uint64_t state = 2;
    for (int i = 0; i < 20; i++) y[i] = 3 * exp(-0.8 * (x[i] = i / 5.)) + 1 + heavy_noise(&state);
    for (int most = 1; most < 40; most++) {
        rg_fit_problem q = {.n = 3, .start = start, .loss = RG_FIT_MAE, .max_steps = most, .residuals = decay_above, .ud = &s};
        rg_fit_result r = {.value = value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_int_le(r.steps, most);
        ck_assert(most > 2 || !r.converged);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(a_delta_that_is_none_is_refused)
{
    static const double y[] = {1, 2, 4, 8, 100}, bad[] = {-1, NAN};
    sample s = {5, y, y};
    double start = 1, value;
    for (int k = 0; k < 2; k++) {
        rg_fit_problem q = {.n = 1, .start = &start, .loss = RG_FIT_HUBER, .delta = bad[k], .residuals = constant, .ud = &s};
        rg_fit_result r = {.value = &value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_USAGE);
        ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "delta"));
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(data_of_zeros_have_the_answer_zero)
{
    static const double x[] = {0, 1, 2, 3, 4}, y[5];
    sample s = {5, x, y};
    double start[] = {1, 1}, value[2], error[2];
    for (int loss = RG_FIT_SQUARES; loss <= RG_FIT_MAE; loss++) {
        rg_fit_problem q = {.n = 2, .start = start, .loss = (rg_fit_loss)loss, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value, .error = error};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert(r.converged);
        for (int k = 0; k < 2; k++) ck_assert_msg(value[k] == 0 && error[k] == 0, "loss %d: %g, error %g", loss, value[k], error[k]);
        rg_tape_free(t);
    }
}
END_TEST

/* Most points lie on y = 2x: what rounding would leave of the other parameter is 0. */
START_TEST(rounding_is_no_parameter)
{
    double x[30], y[30], start[] = {1, 1}, value[2];
    sample s = {30, x, y};
    uint64_t state = 4;
    for (int k = 0; k < 50; k++) {
        for (int i = 0; i < 30; i++) y[i] = (1 + k / 7.) * (x[i] = 10 * draw(&state)) + (i % 3 ? 0 : heavy_noise(&state));
        rg_fit_problem q = {.n = 2, .start = start, .loss = RG_FIT_MAE, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_msg(value[1] == 0, "sample %d: %g", k, value[1]);
        ck_assert_double_eq_tol(value[0], 1 + k / 7., 1e-14 * (1 + k / 7.));
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(bounds_hold_for_absolute_differences)
{
    static const double x[] = {0, 1, 2, 3, 4}, y[] = {1, 3, 5, 7, 30};
    sample s = {5, x, y};
    double start[] = {1, 1}, hi[] = {1.5, INFINITY}, lo[] = {-INFINITY, -INFINITY}, value[2];
    rg_fit_problem q = {.n = 2, .start = start, .lo = lo, .hi = hi, .loss = RG_FIT_MAE, .residuals = line, .ud = &s};
    rg_fit_result r = {.value = value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq(value[0], 1.5);
    ck_assert_double_eq_tol(value[1], 2, 1e-12); /* the median of 1 1.5 2 2.5 24 */
    rg_tape_free(t);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------- */

/* The residuals of 1..25 about their median 13 without the 0 are -12..-1 and 1..12; McKean and Schrader take the
 * seventh from either end, -6 and 6, within which 13 of 25 lie. However far out the last of them is. */
START_TEST(error_of_a_median)
{
    double y[25], start = 1, value, error;
    sample s = {25, y, y};
    rg_fit_problem q = {.n = 1, .start = &start, .loss = RG_FIT_MAE, .residuals = constant, .ud = &s};
    rg_fit_result r = {.value = &value, .error = &error};
    for (int i = 0; i < 25; i++) y[i] = i + 1;
    for (int turn = 0; turn < 2; turn++) {
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_double_eq_tol(value, 13, 1e-13);
        double share = 13 / 25., k = 1 + (1 - share) / share / 25;
        ck_assert_double_eq_tol(error, k * sqrt(25 / 24.) * 6 / share / 5, 1e-12);
        rg_tape_free(t);
        y[24] = 1e4;
    }
}
END_TEST

/* 0 and 1 have no density. */
START_TEST(few_values_tell_no_error)
{
    double y[40], start = 1, value, error;
    sample s = {40, y, y};
    rg_fit_problem q = {.n = 1, .start = &start, .loss = RG_FIT_MAE, .residuals = constant, .ud = &s};
    rg_fit_result r = {.value = &value, .error = &error};
    for (int ones = 22; ones <= 40; ones += 6) {
        rg_tape *t = rg_tape_new(NULL);
        for (int i = 0; i < 40; i++) y[i] = i < ones;
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        ck_assert_double_eq_tol(value, 1, 1e-14);
        ck_assert_msg(ones == 40 ? error == 0 : isnan(error), "%d ones: %g", ones, error);
        rg_tape_free(t);
    }
}
END_TEST

/* A row however far out changes neither the window nor whether there is one. */
START_TEST(a_wild_row_leaves_the_errors)
{
    static const double wild[] = {1e3, 1e8, 1e10};
    double x[40], y[40], start[] = {1, 1}, value[2], error[2], first = 0;
    sample s = {40, x, y};
    uint64_t state = 5;
    for (int i = 0; i < 40; i++) y[i] = 2 * (x[i] = i / 4.) + 1 + 0.1 * normal_noise(&state);
    for (int k = 0; k < 3; k++) {
        y[20] = wild[k];
        rg_fit_problem q = {.n = 2, .start = start, .loss = RG_FIT_MAE, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value, .error = error};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        if (k == 0) first = error[0];
        ck_assert_msg(first > 0 && fabs(error[0] / first - 1) < 1e-9, "row at %g: %g, not %g", wild[k], error[0], first);
        rg_tape_free(t);
    }
}
END_TEST

/* Over many samples the mean of error^2 is the mean square of what the slope is off by. */
START_TEST(robust_errors_are_how_far_off_answers_are)
{
    enum { ROWS = 60, SAMPLES = 120 };
    static const rg_fit_loss losses[] = {RG_FIT_HUBER, RG_FIT_MAE};
    double x[ROWS], y[ROWS], start[] = {2, 1}, value[2], error[2];
    sample s = {ROWS, x, y};
    for (int i = 0; i < 2; i++) {
        uint64_t state = 1;
        double off = 0, said = 0;
        for (int k = 0; k < SAMPLES; k++) {
            for (int j = 0; j < ROWS; j++) y[j] = 2 * (x[j] = j / 20.) + 1 + heavy_noise(&state);
            rg_fit_problem q = {.n = 2, .start = start, .loss = losses[i], .residuals = line, .ud = &s, .max_steps = 40};
            rg_fit_result r = {.value = value, .error = error};
            rg_tape *t = rg_tape_new(NULL);
            ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
            off += (value[0] - 2) * (value[0] - 2) / SAMPLES;
            said += error[0] * error[0] / SAMPLES;
            rg_tape_free(t);
        }
        ck_assert_msg(fabs(sqrt(said / off) - 1) < 0.2, "loss %d: %g said, %g off", i, sqrt(said), sqrt(off));
    }
}
END_TEST

/* How many of 2,000 intervals of 95 % hold the slope, in percent: noise of that deviation, 30 rows. */
static double coverage(rg_fit_loss loss, double sigma)
{
    enum { ROWS = 30, SAMPLES = 2000 };
    double x[ROWS], y[ROWS], start[] = {2, 1}, value[2], error[2], inside = 0;
    sample s = {ROWS, x, y};
    uint64_t state = 3;
    for (int k = 0; k < SAMPLES; k++) {
        for (int i = 0; i < ROWS; i++) y[i] = 2 * (x[i] = i / 10.) + 1 + sigma * normal_noise(&state);
        rg_fit_problem q = {.n = 2, .start = start, .loss = loss, .residuals = line, .ud = &s};
        rg_fit_result r = {.value = value, .error = error};
        rg_tape *t = rg_tape_new(NULL);
        ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
        inside += fabs(value[0] - 2) < 2.0484 * error[0]; /* Student's t, 28 degrees of freedom */
        rg_tape_free(t);
    }
    return 100 * inside / SAMPLES;
}

/* Whatever the noise is beside Huber's delta of 1. */
START_TEST(intervals_hold_what_they_promise)
{
    static const rg_fit_loss losses[] = {RG_FIT_SQUARES, RG_FIT_HUBER, RG_FIT_MAE};
    static const double sigma[] = {0.01, 1, 100};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            double share = coverage(losses[i], sigma[k]);
            ck_assert_msg(share > 92 && share < 97, "loss %zu, noise %g: %g %%", i, sigma[k], share);
        }
}
END_TEST

RG_SUITE("fit_robust", rounding_is_no_parameter, a_level_least_is_told, a_curve_between_corners_is_found, steps_are_no_more_than_allowed, a_delta_that_is_none_is_refused, a_wild_row_leaves_the_errors, data_of_zeros_have_the_answer_zero, absolute_error_finds_the_median, absolute_differences_end_at_the_least, a_curve_through_most_points_is_found,
         bounds_hold_for_absolute_differences, error_of_a_median, few_values_tell_no_error, robust_errors_are_how_far_off_answers_are,
         intervals_hold_what_they_promise)
