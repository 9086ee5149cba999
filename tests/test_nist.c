/* test_nist.c - rg_fit against certified answers: problems of NIST's Statistical Reference
 * Datasets, nonlinear regression, five of them of the higher level of difficulty, and two
 * famous for their narrow valleys (More, Garbow and Hillstrom, "Testing unconstrained
 * optimization software", 1981, numbers 10 and 17); each from both published starts. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>

enum { MOST_PARAMETERS = 7, MOST_ROWS = 40 };

/* The formula, of the column x and the parameters b. */
typedef rg_node *formula(rg_node *x, rg_node *const *b);

typedef struct nist_problem {
    const char *name;
    formula *model;
    int n, rows;
    double one[MOST_PARAMETERS], two[MOST_PARAMETERS];
    double value[MOST_PARAMETERS], deviation[MOST_PARAMETERS], ssr;
    double x[MOST_ROWS], y[MOST_ROWS];
} nist_problem;

/* ---- formulas ---------------------------------------------------------------------- */

static rg_node *decay(rg_node *x, rg_node *rate) { return rg_exp(rg_neg(rg_mul(rate, x))); }

/* b1 (1 - exp(-b2 x)) */
static rg_node *misra1a(rg_node *x, rg_node *const *b)
{
    return rg_mul(b[0], rg_offset(rg_neg(decay(x, b[1])), 1));
}

static rg_node *boxbod(rg_node *x, rg_node *const *b) { return misra1a(x, b); }

/* b1 (1 - (1 + b2 x/2)^-2) */
static rg_node *misra1b(rg_node *x, rg_node *const *b)
{
    rg_node *inner = rg_offset(rg_scale(rg_mul(b[1], x), 0.5), 1);
    return rg_mul(b[0], rg_offset(rg_neg(rg_powc(inner, -2)), 1));
}

/* b1 (1 - (1 + 2 b2 x)^-1/2) */
static rg_node *misra1c(rg_node *x, rg_node *const *b)
{
    rg_node *inner = rg_offset(rg_scale(rg_mul(b[1], x), 2), 1);
    return rg_mul(b[0], rg_offset(rg_neg(rg_powc(inner, -0.5)), 1));
}

/* b1 b2 x / (1 + b2 x) */
static rg_node *misra1d(rg_node *x, rg_node *const *b)
{
    rg_node *bx = rg_mul(b[1], x);
    return rg_div(rg_mul(b[0], bx), rg_offset(bx, 1));
}

/* b1 x^b2 */
static rg_node *danwood(rg_node *x, rg_node *const *b) { return rg_mul(b[0], rg_pow(x, b[1])); }

/* b1 exp(-b2 x) + b3 exp(-b4 x) + b5 exp(-b6 x) */
static rg_node *lanczos3(rg_node *x, rg_node *const *b)
{
    rg_node *sum = rg_mul(b[0], decay(x, b[1]));
    sum = rg_add(sum, rg_mul(b[2], decay(x, b[3])));
    return rg_add(sum, rg_mul(b[4], decay(x, b[5])));
}

/* b1 - b2 x - atan(b3/(x - b4))/pi */
static rg_node *roszman1(rg_node *x, rg_node *const *b)
{
    rg_node *angle = rg_atan(rg_div(b[2], rg_sub(x, b[3])));
    rg_node *line = rg_sub(b[0], rg_mul(b[1], x));
    return rg_sub(line, rg_scale(angle, 0.31830988618379067154));
}

/* b1 (x^2 + x b2) / (x^2 + x b3 + b4) */
static rg_node *mgh09(rg_node *x, rg_node *const *b)
{
    rg_node *over = rg_mul(b[0], rg_add(rg_square(x), rg_mul(x, b[1])));
    rg_node *under = rg_add(rg_square(x), rg_mul(x, b[2]));
    return rg_div(over, rg_add(under, b[3]));
}

/* 1 + exp(b2 - b3 x) */
static rg_node *one_and_decay(rg_node *x, rg_node *shift, rg_node *rate)
{
    return rg_offset(rg_exp(rg_sub(shift, rg_mul(rate, x))), 1);
}

/* b1 / (1 + exp(b2 - b3 x)) */
static rg_node *rat42(rg_node *x, rg_node *const *b) { return rg_div(b[0], one_and_decay(x, b[1], b[2])); }

/* b1 / (1 + exp(b2 - b3 x))^(1/b4) */
static rg_node *rat43(rg_node *x, rg_node *const *b)
{
    rg_node *under = rg_pow(one_and_decay(x, b[1], b[2]), rg_inv(b[3]));
    return rg_div(b[0], under);
}

/* b1/b2 exp(-1/2 ((x - b3)/b2)^2) */
static rg_node *eckerle4(rg_node *x, rg_node *const *b)
{
    rg_node *z = rg_div(rg_sub(x, b[2]), b[1]);
    rg_node *bell = rg_exp(rg_scale(rg_square(z), -0.5));
    return rg_mul(rg_div(b[0], b[1]), bell);
}

/* (b1 + b2 x + b3 x^2 + b4 x^3) / (1 + b5 x + b6 x^2 + b7 x^3) */
static rg_node *thurber(rg_node *x, rg_node *const *b)
{
    rg_node *over = b[3], *under = b[6];
    for (int k = 2; k >= 0; k--) over = rg_add(rg_mul(over, x), b[k]);
    for (int k = 5; k >= 4; k--) under = rg_add(rg_mul(under, x), b[k]);
    return rg_div(over, rg_offset(rg_mul(under, x), 1));
}

/* b1 exp(b2/(x + b3)) */
static rg_node *meyer(rg_node *x, rg_node *const *b)
{
    return rg_mul(b[0], rg_exp(rg_div(b[1], rg_add(x, b[2]))));
}

/* b1 + b2 exp(-x b4) + b3 exp(-x b5) */
static rg_node *osborne1(rg_node *x, rg_node *const *b)
{
    rg_node *sum = rg_add(b[0], rg_mul(b[1], decay(x, b[3])));
    return rg_add(sum, rg_mul(b[2], decay(x, b[4])));
}

/* ---- problems ---------------------------------------------------------------------- */

#include "nist_fixture.h"

/* clang-format off */
static const nist_problem valleys[] = {
    {"Meyer", meyer, 3, 16,
     {2., 400000., 25000.}, {0.02, 4000., 250.},
     {5.6096364710E-03, 6.1813463463E+03, 3.4522363462E+02}, {1.5687892471E-04, 2.3309021107E+01, 7.8486103508E-01},
     8.7945855171E+01,
     {50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125},
     {34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872}},
    {"Osborne 1", osborne1, 5, 33,
     {50., 150., -100., 1., 2.}, {0.5, 1.5, -1., 0.01, 0.02},
     {3.7541005211E-01, 1.9358469127E+00, -1.4646871366E+00, 1.2867534640E-02, 2.2122699662E-02},
     {2.0723153551E-03, 2.2031669222E-01, 2.2175707739E-01, 4.4861358114E-04, 8.9471996575E-04},
     5.4648946975E-05,
     {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240,
      250, 260, 270, 280, 290, 300, 310, 320},
     {.844, .908, .932, .936, .925, .908, .881, .850, .818, .784, .751, .718, .685, .658, .628, .603, .580, .558, .538,
      .522, .506, .490, .478, .467, .457, .448, .438, .431, .424, .420, .414, .411, .406}},
};
/* clang-format on */

static rg_node *left_over(void *ud, rg_tape *t, rg_node *const *b)
{
    const nist_problem *p = ud;
    size_t rows = (size_t)p->rows;
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(p->rows), p->x, rows);
    rg_node *y = rg_leaf_from(t, RG_F64, rg_shape1(p->rows), p->y, rows);
    return rg_sub(p->model(x, b), y);
}

static void agree(const nist_problem *p, int start, const char *what, double got, double certified)
{
    ck_assert_msg(fabs(got - certified) <= 1e-8 * fabs(certified), "%s from start %d: %s is %.12g, certified %.11g",
                  p->name, start, what, got, certified);
}

static void certify_from(nist_problem *p, int start, const double *at)
{
    double value[MOST_PARAMETERS], error[MOST_PARAMETERS];
    rg_fit_problem q = {.n = p->n, .start = at, .residuals = left_over, .ud = p};
    rg_fit_result r = {.value = value, .error = error};
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_msg(rg_fit(t, &q, &r) == RG_OK, "%s: %s", p->name, rg_error_of(t)->text);
    ck_assert_msg(r.converged && r.rank == p->n, "%s from start %d: converged %d, rank %d", p->name, start,
                  r.converged, r.rank);
    agree(p, start, "the sum of squares", r.ssr, p->ssr);
    for (int k = 0; k < p->n; k++) {
        agree(p, start, "a parameter", value[k], p->value[k]);
        agree(p, start, "a deviation", error[k], p->deviation[k]);
    }
    ck_assert_int_eq(rg_len(t), 0); /* the tape is as it was */
    rg_tape_free(t);
}

static void certify(const nist_problem *p, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        nist_problem copy = p[k];
        certify_from(&copy, 1, copy.one);
        certify_from(&copy, 2, copy.two);
    }
}

START_TEST(certified_answers) { certify(problems, sizeof problems / sizeof *problems); }
END_TEST

START_TEST(narrow_valleys) { certify(valleys, sizeof valleys / sizeof *valleys); }
END_TEST

RG_SUITE("nist", certified_answers, narrow_valleys)
