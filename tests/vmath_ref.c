/* vmath_ref.c - see vmath_ref.h. */
#include "vmath_ref.h"
#include "clones.h"
#include "vmath.h"

#define LOOPS(f)                                                                                   \
    RG_CLONES static void loop_##f##_f32(int64_t n, float *restrict y, const float *restrict x)    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) y[i] = v_##f##_f32(x[i]);                                  \
    }                                                                                              \
    RG_CLONES static void loop_##f##_f64(int64_t n, double *restrict y, const double *restrict x)  \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) y[i] = v_##f##_f64(x[i]);                                  \
    }
#define TILES(f)                                                                                   \
    RG_CLONES static void loop_##f##_f32(int64_t n, float *y, const float *x)                      \
    {                                                                                              \
        v_##f##_tile_f32(n, y, x);                                                                 \
    }                                                                                              \
    RG_CLONES static void loop_##f##_f64(int64_t n, double *y, const double *x)                    \
    {                                                                                              \
        v_##f##_tile_f64(n, y, x);                                                                 \
    }

LOOPS(exp)
LOOPS(expm1)
LOOPS(log)
LOOPS(log1p)
LOOPS(tan)
LOOPS(asin)
LOOPS(acos)
LOOPS(atan)
LOOPS(sinh)
LOOPS(cosh)
LOOPS(tanh)
LOOPS(sigmoid)
LOOPS(softplus)
LOOPS(erf)
LOOPS(erfc)
LOOPS(normal)
TILES(sin)
TILES(cos)

RG_CLONES static void loop_pow_f32(int64_t n, float *restrict y, const float *restrict x,
                                   const float *restrict e)
{
    for (int64_t i = 0; i < n; i++) y[i] = v_pow_f32(x[i], e[i]);
}

RG_CLONES static void loop_pow_f64(int64_t n, double *restrict y, const double *restrict x,
                                   const double *restrict e)
{
    for (int64_t i = 0; i < n; i++) y[i] = v_pow_f64(x[i], e[i]);
}

void vref_pow_f32(int64_t n, float *y, const float *x, const float *e) { loop_pow_f32(n, y, x, e); }
void vref_pow_f64(int64_t n, double *y, const double *x, const double *e)
{
    loop_pow_f64(n, y, x, e);
}

static double sigmoid_double(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static vref_real sigmoid_long(vref_real x)
{
    return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}
static double softplus_double(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static vref_real softplus_long(vref_real x) { return fmaxl(x, 0) + log1pl(expl(-fabsl(x))); }
static double normal_double(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
static vref_real normal_long(vref_real x) { return 0.5L * erfcl(-x * 0.70710678118654752440L); }

#ifdef RG_HAVE_MPFR
enum { BITS = 80, MORE_BITS = 160 };

static int sigmoid_mpfr(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t round)
{
    mpfr_t e, d;
    mpfr_inits2(MORE_BITS, e, d, (mpfr_ptr)0);
    mpfr_abs(e, x, round);
    mpfr_neg(e, e, round);
    mpfr_exp(e, e, round);
    mpfr_add_ui(d, e, 1, round);
    int inexact = mpfr_signbit(x) ? mpfr_div(y, e, d, round) : mpfr_ui_div(y, 1, d, round);
    mpfr_clears(e, d, (mpfr_ptr)0);
    return inexact;
}

static int softplus_mpfr(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t round)
{
    mpfr_t e;
    mpfr_init2(e, MORE_BITS);
    mpfr_abs(e, x, round);
    mpfr_neg(e, e, round);
    mpfr_exp(e, e, round);
    mpfr_log1p(e, e, round);
    int inexact = mpfr_signbit(x) ? mpfr_set(y, e, round) : mpfr_add(y, e, x, round);
    mpfr_clear(e);
    return inexact;
}

static int normal_mpfr(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t round)
{
    mpfr_t z;
    mpfr_init2(z, MORE_BITS);
    mpfr_sqrt_ui(z, 2, round);
    mpfr_div(z, x, z, round);
    mpfr_neg(z, z, round);
    mpfr_erfc(y, z, round);
    mpfr_clear(z);
    return mpfr_div_2ui(y, y, 1, round);
}

vref_real vref_at(const vref *f, double x)
{
    mpfr_t a, y;
    mpfr_init2(a, 53);
    mpfr_init2(y, BITS);
    mpfr_set_d(a, x, MPFR_RNDN);
    f->in_mpfr(y, a, MPFR_RNDN);
    vref_real want = mpfr_get_ld(y, MPFR_RNDN);
    mpfr_clears(a, y, (mpfr_ptr)0);
    return want;
}

vref_real vref_pow_at(double x, double e)
{
    mpfr_t a, b, y;
    mpfr_inits2(53, a, b, (mpfr_ptr)0);
    mpfr_init2(y, BITS);
    mpfr_set_d(a, x, MPFR_RNDN);
    mpfr_set_d(b, e, MPFR_RNDN);
    mpfr_pow(y, a, b, MPFR_RNDN);
    vref_real want = mpfr_get_ld(y, MPFR_RNDN);
    mpfr_clears(a, b, y, (mpfr_ptr)0);
    return want;
}

void vref_done(void) { mpfr_free_cache(); }

#define ROW(f, lo, hi, ulp_32, ulp_64)                                                             \
    {                                                                                              \
#f, loop_##f##_f32, loop_##f##_f64, f, f##l, mpfr_##f, lo, hi, ulp_32, ulp_64              \
    }
#define OURS(f, lo, hi, ulp_32, ulp_64)                                                            \
    {                                                                                              \
#f, loop_##f##_f32, loop_##f##_f64, f##_double, f##_long, f##_mpfr, lo, hi, ulp_32, ulp_64 \
    }
#else
vref_real vref_at(const vref *f, double x) { return f->in_long(x); }
vref_real vref_pow_at(double x, double e) { return powl(x, e); }
void vref_done(void) {}

#define ROW(f, lo, hi, ulp_32, ulp_64)                                                             \
    {                                                                                              \
#f, loop_##f##_f32, loop_##f##_f64, f, f##l, lo, hi, ulp_32, ulp_64                        \
    }
#define OURS(f, lo, hi, ulp_32, ulp_64)                                                            \
    {                                                                                              \
#f, loop_##f##_f32, loop_##f##_f64, f##_double, f##_long, lo, hi, ulp_32, ulp_64           \
    }
#endif

const vref vrefs[VREF_COUNT] = {
    ROW(exp, -20, 20, 2, 2),    ROW(expm1, -3, 3, 2, 2),      ROW(log, 0.1, 10, 2, 2),
    ROW(log1p, -0.99, 5, 2, 2), ROW(sin, -30, 30, 2, 2),      ROW(cos, -30, 30, 2, 2),
    ROW(tanh, -10, 10, 2, 2),   OURS(sigmoid, -40, 40, 2, 2), OURS(softplus, -40, 40, 2, 2),
    ROW(erf, -6, 6, 2, 2),      ROW(tan, -30, 30, 1, 2),      ROW(asin, -1, 1, 1, 2),
    ROW(acos, -1, 1, 1, 2),     ROW(atan, -5, 5, 1, 2),       ROW(sinh, -5, 5, 1, 2),
    ROW(cosh, -5, 5, 1, 2),     ROW(erfc, -3, 27, 5, 5),      OURS(normal, -38, 4, 6, 6),
};

double vref_ulps(double got, vref_real want, int digits, int least, int most)
{
    if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
    if (isinf(want)) return (vref_real)got == want ? 0 : INFINITY;
    if (got == 0 && !signbit(got) != !signbit(want)) return INFINITY;
    vref_real end = ldexpl(1, most);
    vref_real w = fabsl(want) < end ? want : copysignl(end, want);
    vref_real g = isinf(got) ? copysignl(end, got) : (vref_real)got;
    int place = w == 0 ? least : ilogbl(w) - (digits - 1);
    return (double)ldexpl(fabsl(g - w), -(place < least ? least : place));
}
