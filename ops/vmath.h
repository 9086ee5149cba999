/* vmath.h - functions of one number for loops: exp, expm1, log, log1p, sin, cos,
 * tanh, sigmoid, softplus, erf, erfc, normal (distribution), gelu_slope, pow, sqrt, and of
 * vmath_arc.h tan, asin, acos, atan, sinh, cosh, floor, ceil, round, each as v_NAME_f32
 * and v_NAME_f64.
 *
 * Straight-line code without tables, so that gcc and clang turn
 *
 *     for (i = 0; i < n; i++) y[i] = v_exp_f32(x[i]);
 *
 * into vector code for whatever instruction set the loop is compiled for. The bits
 * of a result depend on the argument alone, not on vector width, place or compiler
 * (a NaN's sign and payload excepted).
 * Needs -ffp-contract=off; and -fno-math-errno -fno-trapping-math to vectorise.
 *
 * sin and cos alone branch: beyond 2^19 they call a slow function, and a loop with a
 * call stays scalar. v_sin_tile_f32(n, y, x) and its kin do a whole array instead:
 * blocks in which no element is that large run in the vector loop, with equal bits.
 *
 * Promised: at most 2 ulp (erfc 5, normal 6) for every argument, subnormal arguments and results
 * included; special cases, signs of zero included, as C99 Annex F; tanh, sin, erf, tan, asin,
 * atan, sinh are odd and cos, cosh even to the last bit. Largest error seen, in ulp, over all 2^32 floats
 * (pow: 50 million pairs) and over at least 20 million doubles:
 *
 *          exp    expm1  log    log1p  sin    cos    tanh   sigmoid softplus erf    pow
 *   f32    0.998  1.252  0.840  0.840  1.550  1.552  1.332  1.533   1.675    1.319  0.507
 *   f64    0.944  1.077  0.822  0.839  0.775  0.779  1.299  1.503   1.540    1.208  1.021
 *
 *          erfc   normal (gelu_slope crosses 0: its error is measured against its two terms)
 *   f32    4.454  5.141
 *   f64    4.192  5.332
 *
 *          tan    asin   acos   atan   sinh   cosh   (f32: by way of f64, at most 0.501)
 *   f64    1.400  0.846  1.005  0.782  1.611  1.341
 *
 * Measured by tests/vmath_exhaustive --million 20 (the floats are proof, the doubles
 * a sample). */
#ifndef RG_VMATH_H
#define RG_VMATH_H
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Always into the loop of the caller, and so into its clone. */
#if defined(__GNUC__)
#define V_INLINE static inline __attribute__((always_inline))
#else
#define V_INLINE static inline
#endif

/* y and x of the following loop are one array or do not overlap. */
#if defined(__clang__)
#define V_SAME_PLACE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define V_SAME_PLACE _Pragma("GCC ivdep")
#else
#define V_SAME_PLACE
#endif

#include "vmath_turn.h"

V_INLINE float v_sqrt_f32(float x) { return sqrtf(x); }
V_INLINE double v_sqrt_f64(double x) { return sqrt(x); }
V_INLINE float v_abs_f32(float x) { return fabsf(x); }
V_INLINE double v_abs_f64(double x) { return fabs(x); }
/* y with the sign of x. */
V_INLINE float v_with_sign_f32(float y, float x) { return copysignf(y, x); }
V_INLINE double v_with_sign_f64(double y, double x) { return copysign(y, x); }

#define T    float
#define U    uint32_t
#define V(f) v_##f##_f32
#include "vmath_f32.h"
#include "vmath.inc"
#undef T
#undef U
#undef V

#define T    double
#define U    uint64_t
#define V(f) v_##f##_f64
#include "vmath_f64.h"
#include "vmath.inc"
#undef T
#undef U
#undef V

#include "vmath_pow.h"

#include "vmath_arc.h"

#endif
