#ifndef RG_VMATH_H
#define RG_VMATH_H
#include <math.h>
#define V(f, e32, e64) \
    static inline float v_##f##_f32(float x) { return (float)(e32); } \
    static inline double v_##f##_f64(double x) { return e64; }
V(exp, expf(x), exp(x)) V(expm1, expm1f(x), expm1(x)) V(log, logf(x), log(x)) V(log1p, log1pf(x), log1p(x))
V(sqrt, sqrtf(x), sqrt(x)) V(sin, sinf(x), sin(x)) V(cos, cosf(x), cos(x)) V(tanh, tanhf(x), tanh(x))
V(erf, erff(x), erf(x)) V(sigmoid, 1/(1+expf(-x)), 1/(1+exp(-x)))
V(softplus, fmaxf(x,0)+log1pf(expf(-fabsf(x))), fmax(x,0)+log1p(exp(-fabs(x))))
#undef V
static inline float v_pow_f32(float x, float y) { return powf(x, y); }
static inline double v_pow_f64(double x, double y) { return pow(x, y); }
#endif
