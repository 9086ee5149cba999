/* test_vmath.c - the vector math: at most the promised ulp from the truth, exact where
 * it must be exact, equal bits in a loop and alone. vmath_exhaustive.c takes all floats. */
#include "suite.h"
#include "vmath_ref.h"
#include "vmath.h"

/* ck_assert notes every place it passes in a file: too slow for each of a million numbers. */
#define HOLDS(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) ck_abort_msg(__VA_ARGS__);                                               \
    } while (0)

enum { PATTERNS = 1 << 16, INNER = 20000, POWERS = 50000 };

static float x32[PATTERNS], e32[PATTERNS], y32[PATTERNS];
static double x64[PATTERNS], e64[PATTERNS], y64[PATTERNS];

/* One number for each sign, exponent and first bits of the fraction: NaN and infinities too. */
static void fill_patterns(uint64_t seed)
{
    for (uint64_t i = 0; i < PATTERNS; i++) {
        x32[i] = vref_float((uint32_t)(i << 16 | vref_random(&seed) >> 48));
        x64[i] = vref_double(i << 48 | vref_random(&seed) >> 16);
    }
}

static int fill_inner(const vref *f, uint64_t seed)
{
    for (int i = 0; i < INNER; i++) {
        x64[i] = vref_uniform(&seed, f->lo, f->hi);
        x32[i] = (float)x64[i];
    }
    return INNER;
}

static void check_one(const vref *f, int n)
{
    f->f32(n, y32, x32);
    f->f64(n, y64, x64);
    for (int i = 0; i < n; i++) {
        double d32 = vref_ulps_f32(y32[i], f->in_double((double)x32[i]));
        double d64 = vref_ulps_f64(y64[i], vref_at(f, x64[i]));
        HOLDS(d32 <= f->ulp_32, "%s(%a) = %a: %g ulp off", f->name, (double)x32[i], (double)y32[i],
              d32);
        HOLDS(d64 <= f->ulp_64, "%s(%a) = %a: %g ulp off", f->name, x64[i], y64[i], d64);
    }
}

START_TEST(functions_keep_their_promise)
{
    for (int i = 0; i < VREF_COUNT; i++) {
        fill_patterns((uint64_t)i);
        check_one(&vrefs[i], PATTERNS);
        check_one(&vrefs[i], fill_inner(&vrefs[i], (uint64_t)i));
    }
    vref_done();
}
END_TEST

/* The doubles that come closest to a multiple of pi/2 (Muller et al., Handbook of Floating-
 * Point Arithmetic, 10.2), ends of the fast reduction, and results at the ends of the range. */
START_TEST(hard_arguments)
{
    static const double hard[] = {0x1.6ac5b262ca1ffp849,
                                  0x1.6ac5b262ca1ffp851,
                                  0x1.921fb54442d18p0,
                                  0x1.921fb54442d18p1,
                                  0x1.4611d5c38dc4cp6,
                                  0x1p19,
                                  0x1.fffffffffffffp18,
                                  0x1.00001p19,
                                  1e22,
                                  DBL_MAX,
                                  0x1p1000,
                                  709.782712893384,
                                  709.7827128933841,
                                  -708.3964185322641,
                                  -745.1332191019411,
                                  -745.1332191019412,
                                  -746,
                                  710,
                                  -37.42994775023705,
                                  36.7368005696771,
                                  0.625,
                                  0x1.3ffffffffffffp-1,
                                  1,
                                  0x1.fffffffffffffp-1,
                                  5.9,
                                  5.999999,
                                  6.1,
                                  19.06,
                                  22,
                                  0x1.6a09e667f3bcdp-1,
                                  0x1.6a09e667f3bcdp0,
                                  0x1p-53,
                                  0x1p-54,
                                  0x1p-1022,
                                  0x1p-1074,
                                  0x1.fffffffffffffp-1023,
                                  -0x1.2bec333018867p-2,
                                  0x1.a827999fcef32p-2};
    enum { N = sizeof hard / sizeof *hard };
    for (int i = 0; i < N; i++) {
        x64[2 * i] = hard[i];
        x64[2 * i + 1] = -hard[i];
        x32[2 * i] = (float)hard[i];
        x32[2 * i + 1] = -(float)hard[i];
    }
    for (int i = 0; i < VREF_COUNT; i++) check_one(&vrefs[i], 2 * N);
    vref_done();
}
END_TEST

/* Bases near 1 or anything; exponents such that every size of power occurs. */
static void fill_powers(uint64_t seed)
{
    for (int i = 0; i < POWERS; i++) {
        double any = vref_double(vref_random(&seed)), near = vref_uniform(&seed, -2, 2);
        double x = i % 2 ? any : near;
        double e = vref_uniform(&seed, -746, 746) / log(fabs(x));
        x64[i] = x;
        e64[i] = i % 8 == 1 ? vref_double(vref_random(&seed)) : i % 8 < 4 ? rint(e) : e;
        x32[i] = vref_float((uint32_t)vref_random(&seed));
        if (i % 2) x32[i] = (float)near;
        double e_32 = vref_uniform(&seed, -104, 89) / log(fabs((double)x32[i]));
        e32[i] = (float)(i % 8 < 4 ? rint(e_32) : e_32);
    }
}

START_TEST(powers_keep_their_promise)
{
    fill_powers(7);
    vref_pow_f32(POWERS, y32, x32, e32);
    vref_pow_f64(POWERS, y64, x64, e64);
    for (int i = 0; i < POWERS; i++) {
        double d32 = vref_ulps_f32(y32[i], pow((double)x32[i], (double)e32[i]));
        double d64 = vref_ulps_f64(y64[i], vref_pow_at(x64[i], e64[i]));
        HOLDS(d32 <= VREF_POW_ULP_32, "%a^%a: %g ulp off", (double)x32[i], (double)e32[i], d32);
        HOLDS(d64 <= VREF_POW_ULP_64, "%a^%a: %g ulp off", x64[i], e64[i], d64);
    }
    vref_done();
}
END_TEST

/* C99 Annex F.9.4.4, every pair of these, against the C library. */
START_TEST(pow_knows_annex_f)
{
    static const double at[] = {0,
                                -0.0,
                                1,
                                -1,
                                INFINITY,
                                -INFINITY,
                                NAN,
                                0.5,
                                -0.5,
                                2,
                                -2,
                                3,
                                -3,
                                2.5,
                                -2.5,
                                0x1p53,
                                -0x1p53,
                                0x1p52,
                                0x1.8p1,
                                1e300,
                                -1e300,
                                0x1.fffffffffffffp52,
                                -0x1.fffffffffffffp52,
                                0x1.fffffep23,
                                -0x1.fffffep23,
                                0x1p-1074,
                                -0x1p-1074,
                                0x1p-149,
                                -0x1p-149,
                                DBL_MAX,
                                0x1.fffffffffffffp-1,
                                0x1.0000000000001p0,
                                0x1.fffffep-1,
                                0x1.000002p0};
    enum { N = sizeof at / sizeof *at };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double d64 = vref_ulps_f64(v_pow_f64(at[i], at[j]), powl(at[i], at[j]));
            float x = (float)at[i], e = (float)at[j];
            double d32 = vref_ulps_f32(v_pow_f32(x, e), pow((double)x, (double)e));
            HOLDS(d64 <= VREF_POW_ULP_64, "%a^%a: %g ulp off", at[i], at[j], d64);
            HOLDS(d32 <= VREF_POW_ULP_32, "%a^%a: %g ulp off", (double)x, (double)e, d32);
        }
}
END_TEST

static int same(double a, double b) { return a == b && !signbit(a) == !signbit(b); }

#define EQUAL(got, want) HOLDS(same((double)(got), (double)(want)), "%s", #got)
#define IS_NAN(got)      HOLDS(isnan(got), "%s", #got)

#define SPECIAL_VALUES(V, T)                                                                       \
    do {                                                                                           \
        const T inf = (T)INFINITY, nan_ = (T)NAN, zero = 0;                                        \
        EQUAL(V(exp)(zero), 1);                                                                    \
        EQUAL(V(exp)(-zero), 1);                                                                   \
        EQUAL(V(exp)(inf), inf);                                                                   \
        EQUAL(V(exp)(-inf), 0);                                                                    \
        IS_NAN(V(exp)(nan_));                                                                      \
        EQUAL(V(expm1)(zero), 0);                                                                  \
        EQUAL(V(expm1)(-zero), -zero);                                                             \
        EQUAL(V(expm1)(inf), inf);                                                                 \
        EQUAL(V(expm1)(-inf), -1);                                                                 \
        IS_NAN(V(expm1)(nan_));                                                                    \
        EQUAL(V(log)(1), 0);                                                                       \
        EQUAL(V(log)(zero), -inf);                                                                 \
        EQUAL(V(log)(-zero), -inf);                                                                \
        EQUAL(V(log)(inf), inf);                                                                   \
        IS_NAN(V(log)(-1));                                                                        \
        IS_NAN(V(log)(-inf));                                                                      \
        IS_NAN(V(log)(nan_));                                                                      \
        EQUAL(V(log1p)(zero), 0);                                                                  \
        EQUAL(V(log1p)(-zero), -zero);                                                             \
        EQUAL(V(log1p)(-1), -inf);                                                                 \
        EQUAL(V(log1p)(inf), inf);                                                                 \
        IS_NAN(V(log1p)(-2));                                                                      \
        IS_NAN(V(log1p)(nan_));                                                                    \
        EQUAL(V(sin)(zero), 0);                                                                    \
        EQUAL(V(sin)(-zero), -zero);                                                               \
        EQUAL(V(cos)(-zero), 1);                                                                   \
        IS_NAN(V(sin)(inf));                                                                       \
        IS_NAN(V(cos)(-inf));                                                                      \
        IS_NAN(V(sin)(nan_));                                                                      \
        IS_NAN(V(cos)(nan_));                                                                      \
        EQUAL(V(atan)(-zero), -zero);                                                              \
        EQUAL(V(atan)(inf), (T)1.57079632679489661923);                                            \
        EQUAL(V(atan)(-inf), -(T)1.57079632679489661923);                                          \
        IS_NAN(V(atan)(nan_));                                                                     \
        EQUAL(V(asin)(-zero), -zero);                                                              \
        EQUAL(V(asin)(-1), -(T)1.57079632679489661923);                                            \
        IS_NAN(V(asin)((T)1.0001));                                                                \
        EQUAL(V(acos)(1), 0);                                                                      \
        EQUAL(V(acos)(-1), (T)3.14159265358979323846);                                             \
        IS_NAN(V(acos)(-inf));                                                                     \
        EQUAL(V(tan)(-zero), -zero);                                                               \
        IS_NAN(V(tan)(inf));                                                                       \
        EQUAL(V(sinh)(-zero), -zero);                                                              \
        EQUAL(V(sinh)(-inf), -inf);                                                                \
        IS_NAN(V(sinh)(nan_));                                                                     \
        EQUAL(V(cosh)(zero), 1);                                                                   \
        EQUAL(V(cosh)(-inf), inf);                                                                 \
        IS_NAN(V(cosh)(nan_));                                                                     \
        EQUAL(V(floor)((T)-0.5), -1);                                                              \
        EQUAL(V(ceil)((T)-0.5), -zero);                                                            \
        EQUAL(V(round)((T)2.5), 2);                                                                \
        EQUAL(V(round)((T)-1.5), -2);                                                              \
        EQUAL(V(erfc)(zero), 1);                                                                   \
        EQUAL(V(erfc)(inf), 0);                                                                    \
        EQUAL(V(erfc)(-inf), 2);                                                                   \
        IS_NAN(V(erfc)(nan_));                                                                     \
        EQUAL(V(normal)(zero), (T)0.5);                                                            \
        EQUAL(V(normal)(inf), 1);                                                                  \
        EQUAL(V(normal)(-inf), 0);                                                                 \
        IS_NAN(V(normal)(nan_));                                                                   \
        EQUAL(V(gelu_slope)(zero), (T)0.5);                                                        \
        EQUAL(V(gelu_slope)(inf), 1);                                                              \
        EQUAL(V(gelu_slope)(-inf), 0);                                                             \
        IS_NAN(V(gelu_slope)(nan_));                                                               \
        EQUAL(V(tanh)(-zero), -zero);                                                              \
        EQUAL(V(tanh)(inf), 1);                                                                    \
        EQUAL(V(tanh)(-inf), -1);                                                                  \
        IS_NAN(V(tanh)(nan_));                                                                     \
        EQUAL(V(sigmoid)(zero), (T)0.5);                                                           \
        EQUAL(V(sigmoid)(inf), 1);                                                                 \
        EQUAL(V(sigmoid)(-inf), 0);                                                                \
        IS_NAN(V(sigmoid)(nan_));                                                                  \
        EQUAL(V(softplus)(inf), inf);                                                              \
        EQUAL(V(softplus)(-inf), 0);                                                               \
        IS_NAN(V(softplus)(nan_));                                                                 \
        EQUAL(V(erf)(-zero), -zero);                                                               \
        EQUAL(V(erf)(inf), 1);                                                                     \
        EQUAL(V(erf)(-inf), -1);                                                                   \
        IS_NAN(V(erf)(nan_));                                                                      \
        EQUAL(V(sqrt)(-zero), -zero);                                                              \
        EQUAL(V(sqrt)(4), 2);                                                                      \
        IS_NAN(V(sqrt)(-1));                                                                       \
        EQUAL(V(pow)(nan_, 0), 1);                                                                 \
        EQUAL(V(pow)(1, nan_), 1);                                                                 \
        IS_NAN(V(pow)(nan_, 1));                                                                   \
    } while (0)
#define F32(f) v_##f##_f32
#define F64(f) v_##f##_f64

START_TEST(special_values)
{
    SPECIAL_VALUES(F32, float);
    SPECIAL_VALUES(F64, double);
}
END_TEST

static const vref *vref_named(const char *name)
{
    for (int i = 0; i < VREF_COUNT; i++)
        if (strcmp(vrefs[i].name, name) == 0) return &vrefs[i];
    ck_abort_msg("no function %s", name);
    return NULL;
}

/* f(-x) = -f(x) to the bit, but cos(-x) = cos(x). */
static void check_mirror(const char *name, int odd)
{
    static float m32[PATTERNS];
    static double m64[PATTERNS];
    const vref *f = vref_named(name);
    fill_patterns(3);
    f->f32(PATTERNS, y32, x32);
    f->f64(PATTERNS, y64, x64);
    for (int i = 0; i < PATTERNS; i++) x32[i] = -x32[i], x64[i] = -x64[i];
    f->f32(PATTERNS, m32, x32);
    f->f64(PATTERNS, m64, x64);
    for (int i = 0; i < PATTERNS; i++) {
        if (isnan(y32[i]) || isnan(y64[i])) continue;
        EQUAL(m32[i], odd ? -y32[i] : y32[i]);
        EQUAL(m64[i], odd ? -y64[i] : y64[i]);
    }
}

START_TEST(mirror_images_are_exact)
{
    check_mirror("sin", 1);
    check_mirror("cos", 0);
    check_mirror("tanh", 1);
    check_mirror("erf", 1);
    check_mirror("tan", 1);
    check_mirror("asin", 1);
    check_mirror("atan", 1);
    check_mirror("sinh", 1);
    check_mirror("cosh", 0);
}
END_TEST

/* Rounding may make equal what differs, but never turns rising into falling across the
 * seams between formulas, and never leaves the range. */
START_TEST(results_stay_in_range)
{
    fill_patterns(5);
    for (int i = 0; i < PATTERNS; i++) {
        float x = x32[i];
        double z = x64[i];
        if (isnan(x) || isnan(z)) continue;
        HOLDS(fabsf(v_tanh_f32(x)) <= 1 && fabs(v_tanh_f64(z)) <= 1, "tanh at %a or %a", (double)x,
              z);
        HOLDS(fabsf(v_erf_f32(x)) <= 1 && fabs(v_erf_f64(z)) <= 1, "erf at %a or %a", (double)x, z);
        HOLDS(v_sigmoid_f32(x) >= 0 && v_sigmoid_f32(x) <= 1, "sigmoid at %a or %a", (double)x, z);
        HOLDS(v_sigmoid_f64(z) >= 0 && v_sigmoid_f64(z) <= 1, "sigmoid at %a or %a", (double)x, z);
        HOLDS(v_exp_f32(x) >= 0 && v_exp_f64(z) >= 0, "exp at %a or %a", (double)x, z);
        HOLDS(v_softplus_f32(x) >= 0 && v_softplus_f64(z) >= 0, "softplus at %a or %a", (double)x,
              z);
        HOLDS(!isfinite(x) || (fabsf(v_sin_f32(x)) <= 1 && fabsf(v_cos_f32(x)) <= 1),
              "sin, cos at %a", (double)x);
        HOLDS(!isfinite(z) || (fabs(v_sin_f64(z)) <= 1 && fabs(v_cos_f64(z)) <= 1),
              "sin, cos at %a", z);
    }
}
END_TEST

/* Against the two terms that it is the sum of; 0 is crossed near -0.75. */
static void check_slope_of_gelu(double got, double x, double eps, double least)
{
    double below = 0.5 * erfc(-x * 0.70710678118654752440);
    double moved = x * (exp(-0.5 * x * x) * 0.39894228040143267794);
    double size = x > 0 ? 1 : below + fabs(moved); /* above 0: 1 less what it is at -x */
    HOLDS(fabs(got - (below + moved)) <= 8 * eps * size + least, "gelu_slope(%a) = %a", x, got);
}

START_TEST(slope_of_gelu)
{
    for (int i = -7000; i <= 7000; i++) {
        double x = i / 500.;
        check_slope_of_gelu((double)v_gelu_slope_f32((float)x), (double)(float)x, (double)FLT_EPSILON, 0x1p-148);
        check_slope_of_gelu(v_gelu_slope_f64(x), x, 8 * DBL_EPSILON, 0x1p-1073);
    }
}
END_TEST

/* In loops of every length, in every clone, as alone. */
START_TEST(bits_do_not_depend_on_the_place)
{
    for (int k = 0; k < VREF_COUNT; k++) {
        const vref *f = &vrefs[k];
        int n = fill_inner(f, 11);
        for (int i = 0; i < n; i += 61) x32[i] *= 0x1p60f, x64[i] *= 0x1p60; /* sin's slow path */
        f->f32(n, y32, x32);
        f->f64(n, y64, x64);
        for (int i = 0, len = 1; i + len < n; i += len, len = len % 67 + 1) {
            float a[67];
            double b[67];
            f->f32(len, a, x32 + i);
            f->f64(len, b, x64 + i);
            for (int j = 0; j < len; j++) {
                HOLDS(isnan(a[j]) || memcmp(a + j, y32 + i + j, sizeof *a) == 0, "%s(%a)", f->name,
                      (double)x32[i + j]);
                HOLDS(isnan(b[j]) || memcmp(b + j, y64 + i + j, sizeof *b) == 0, "%s(%a)", f->name,
                      x64[i + j]);
            }
        }
    }
}
END_TEST

/* The yardstick itself. */
START_TEST(ulps_are_counted_right)
{
    ck_assert(vref_ulps_f64(1, 1) == 0);
    ck_assert(vref_ulps_f64(0x1.0000000000001p0, 1) == 1);
    ck_assert(vref_ulps_f64(0x1.fffffffffffffp-1, 1) == 0.5);
    ck_assert(vref_ulps_f64(0x1p-1074, 0x1p-1075L) == 0.5 &&
              vref_ulps_f64(0x1p-1073, 0x1p-1074L) == 1);
    ck_assert(vref_ulps_f64(INFINITY, 0x1.fffffffffffffp1023L) == 1);
    ck_assert(vref_ulps_f64(DBL_MAX, INFINITY) == INFINITY);
    ck_assert(vref_ulps_f64(-0.0, 0) == INFINITY && vref_ulps_f64(NAN, 0) == INFINITY);
    ck_assert(vref_ulps_f32(0x1p-149f, 0x1.8p-149) == 0.5 && vref_ulps_f32(1, 1 + 0x1p-24) == 0.5);
}
END_TEST

RG_SUITE("vmath", ulps_are_counted_right, special_values, pow_knows_annex_f, hard_arguments,
         functions_keep_their_promise, powers_keep_their_promise, mirror_images_are_exact,
         results_stay_in_range, slope_of_gelu, bits_do_not_depend_on_the_place)
