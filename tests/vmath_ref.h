/* vmath_ref.h - what tests of ops/vmath.h measure with: the functions under test
 * as loops, references, and the distance between two numbers in ulp.
 *
 * References: for float the C library in double; for double MPFR with 80 bits
 * (RG_HAVE_MPFR), otherwise the C library in long double. */
#ifndef VMATH_REF_H
#define VMATH_REF_H
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef RG_HAVE_MPFR
#include <mpfr.h>
#endif

typedef long double vref_real;

typedef struct vref {
    const char *name;
    void (*f32)(int64_t n, float *y, const float *x);
    void (*f64)(int64_t n, double *y, const double *x);
    double (*in_double)(double);
    vref_real (*in_long)(vref_real);
#ifdef RG_HAVE_MPFR
    int (*in_mpfr)(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t);
#endif
    double lo, hi;         /* where the interesting part is         */
    double ulp_32, ulp_64; /* the promise in ops/vmath.h            */
} vref;

enum { VREF_COUNT = 18 };
extern const vref vrefs[VREF_COUNT];

/* y[i] = x[i]^e[i] */
void vref_pow_f32(int64_t n, float *y, const float *x, const float *e);
void vref_pow_f64(int64_t n, double *y, const double *x, const double *e);
enum { VREF_POW_ULP_32 = 1, VREF_POW_ULP_64 = 2 };

/* The reference for double, good to far less than one of its ulp. */
vref_real vref_at(const vref *f, double x);
vref_real vref_pow_at(double x, double e);
void vref_done(void);

/* The distance from got to want in units of the last place that the format has
 * at want: `digits` bits, the smallest number 2^least, subnormals included. An
 * infinity counts as the power of two after the largest number. Infinite for a
 * NaN or an exact infinity on one side only, and for a zero of the wrong sign. */
double vref_ulps(double got, vref_real want, int digits, int least, int most);
static inline double vref_ulps_f32(float got, double want)
{
    return vref_ulps((double)got, want, 24, -149, 128);
}
static inline double vref_ulps_f64(double got, vref_real want)
{
    return vref_ulps(got, want, 53, -1074, 1024);
}

static inline float vref_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double vref_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* splitmix64 */
static inline uint64_t vref_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline double vref_uniform(uint64_t *state, double lo, double hi)
{
    return lo + (hi - lo) * ((double)(vref_random(state) >> 11) * 0x1p-53);
}

#endif
