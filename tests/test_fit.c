/* test_fit.c - least squares against certified answers: NIST's Statistical Reference
 * Datasets, nonlinear regression (Misra1a, MGH09, BoxBOD), from both published starts,
 * and what the data do not determine. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>

typedef struct sample {
    int n;
    const double *x, *y;
} sample;

static rg_node *column(rg_tape *t, int n, const double *v) { return rg_leaf_from(t, RG_F64, rg_shape1(n), v, (size_t)n); }

static void agree(double got, double certified) { ck_assert_double_le(fabs(got - certified), 1e-7 * fabs(certified)); }

static void certify(const rg_fit_problem *q, const double *certified, const double *deviation, double ssr)
{
    double value[4], error[4];
    rg_fit_result r = {.value = value, .error = error};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_msg(rg_fit(t, q, &r) == RG_OK, "%s", rg_error_of(t)->text);
    ck_assert(r.converged);
    ck_assert_int_eq(r.rank, q->n);
    agree(r.ssr, ssr);
    for (int k = 0; k < q->n; k++) {
        agree(value[k], certified[k]);
        agree(error[k], deviation[k]);
    }
    ck_assert_int_eq(rg_len(t), 0); /* the tape is as it was */
    rg_tape_free(t);
}

/* b1 (1 - exp(-b2 x)) - y */
static rg_node *saturation(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *x = column(t, s->n, s->x), *y = column(t, s->n, s->y);
    rg_node *rest = rg_expm1(rg_neg(rg_mul(b[1], x)));
    return rg_sub(rg_neg(rg_mul(b[0], rest)), y);
}

START_TEST(misra1a)
{
    static const double y[] = {10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78};
    static const double x[] = {77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0};
    sample s = {14, x, y};
    double one[] = {500, .0001}, two[] = {250, .0005};
    double b[] = {2.3894212918E+02, 5.5015643181E-04}, deviation[] = {2.7070075241E+00, 7.2668688436E-06};
    rg_fit_problem q = {.n = 2, .start = one, .residuals = saturation, .ud = &s};
    certify(&q, b, deviation, 1.2455138894E-01);
    q.start = two;
    certify(&q, b, deviation, 1.2455138894E-01);
}
END_TEST

START_TEST(boxbod)
{
    static const double y[] = {109, 149, 149, 191, 213, 224}, x[] = {1, 2, 3, 5, 7, 10};
    sample s = {6, x, y};
    double one[] = {1, 1}, two[] = {100, .75};
    double b[] = {2.1380940889E+02, 5.4723748542E-01}, deviation[] = {1.2354515176E+01, 1.0455993237E-01};
    rg_fit_problem q = {.n = 2, .start = one, .residuals = saturation, .ud = &s};
    certify(&q, b, deviation, 1.1680088766E+03);
    q.start = two;
    certify(&q, b, deviation, 1.1680088766E+03);
}
END_TEST

/* b1 (x^2 + x b2) / (x^2 + x b3 + b4) - y */
static rg_node *kowalik(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    rg_node *x = column(t, s->n, s->x), *y = column(t, s->n, s->y), *xx = rg_square(x);
    rg_node *over = rg_mul(b[0], rg_add(xx, rg_mul(x, b[1])));
    rg_node *under = rg_add(rg_add(xx, rg_mul(x, b[2])), b[3]);
    return rg_sub(rg_div(over, under), y);
}

START_TEST(mgh09)
{
    static const double y[] = {1.957E-01, 1.947E-01, 1.735E-01, 1.6E-01, 8.44E-02, 6.27E-02, 4.56E-02, 3.42E-02, 3.23E-02, 2.35E-02, 2.46E-02};
    static const double x[] = {4, 2, 1, .5, .25, .167, .125, .1, .0833, .0714, .0625};
    sample s = {11, x, y};
    double one[] = {25, 39, 41.5, 39}, two[] = {.25, .39, .415, .39};
    double b[] = {1.9280693458E-01, 1.9128232873E-01, 1.2305650693E-01, 1.3606233068E-01};
    double deviation[] = {1.1435312227E-02, 1.9633220911E-01, 8.0842031232E-02, 9.0025542308E-02};
    rg_fit_problem q = {.n = 4, .start = one, .residuals = kowalik, .ud = &s};
    certify(&q, b, deviation, 3.0750560385E-04);
    q.start = two;
    certify(&q, b, deviation, 3.0750560385E-04);
}
END_TEST

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

static rg_node *constant(void *ud, rg_tape *t, rg_node *const *b)
{
    const sample *s = ud;
    return rg_sub(b[0], column(t, s->n, s->y));
}

START_TEST(absolute_error_finds_the_median)
{
    static const double y[] = {1, 2, 4, 8, 100};
    sample s = {5, y, y};
    double start = 1, value;
    rg_fit_problem q = {.n = 1, .start = &start, .loss = RG_FIT_MAE, .residuals = constant, .ud = &s};
    rg_fit_result r = {.value = &value};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 4, 1e-6);
    q.loss = RG_FIT_SQUARES;
    ck_assert_int_eq(rg_fit(t, &q, &r), RG_OK);
    ck_assert_double_eq_tol(value, 23, 1e-9); /* the mean: notes 2.1 */
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

RG_SUITE("fit", misra1a, boxbod, mgh09, undetermined_parameters_have_no_error, bounds_hold,
         absolute_error_finds_the_median, too_few_residuals)
