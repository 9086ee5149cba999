/* vmath_arc.h - tan, the functions that find an angle, sinh and cosh: written once, for
 * double; a float goes there and back, and is nearly always rounded right. Included by
 * vmath.h alone.
 *
 * Polynomials are near minimax (Chebyshev, mpmath's chebyfit); behind each stands its
 * largest error, relative to the function. */

/* (atan(r) - r)/r^3 in z = r^2, |r| <= 7/16; 2^-58. */
V_INLINE double v_atan_poly(double z)
{
    double p = 0x1.e4167464d3de8p-7;
    p = -0x1.0f62bba6a2558p-5 + z * p;
    p = 0x1.7001816fd063fp-5 + z * p;
    p = -0x1.ab59b417b2d3fp-5 + z * p;
    p = 0x1.e170800a46210p-5 + z * p;
    p = -0x1.110c9ce7b0572p-4 + z * p;
    p = 0x1.3b1375ce5bdc6p-4 + z * p;
    p = -0x1.745d154c84f7ap-4 + z * p;
    p = 0x1.c71c71bd2b8bcp-4 + z * p;
    p = -0x1.2492492485503p-3 + z * p;
    p = 0x1.99999999998c5p-3 + z * p;
    return -0x1.5555555555555p-2 + z * p;
}

/* (asin(x) - x)/x^3 in z = x^2 <= 1/4; 2^-57. */
V_INLINE double v_asin_poly(double z)
{
    double p = 0x1.d72b2bc8155f8p-6;
    p = -0x1.e6aaa8a0a04ccp-7 + z * p;
    p = 0x1.1d189408314eep-6 + z * p;
    p = 0x1.65a9c4dfcf8b2p-8 + z * p;
    p = 0x1.52420b04b37bep-7 + z * p;
    p = 0x1.782651caa6547p-7 + z * p;
    p = 0x1.c9cf07674736ap-7 + z * p;
    p = 0x1.1c4d35cf95421p-6 + z * p;
    p = 0x1.6e8bb1c8209a2p-6 + z * p;
    p = 0x1.f1c71c1db0623p-6 + z * p;
    p = 0x1.6db6db6e31f13p-5 + z * p;
    p = 0x1.3333333332ecap-4 + z * p;
    return 0x1.5555555555556p-3 + z * p;
}

/* (sinh(x) - x)/x^3 in z = x^2 <= 1; 2^-56. */
V_INLINE double v_sinh_poly(double z)
{
    double p = 0x1.b41232cf9950fp-41;
    p = 0x1.611cb330c1fe8p-33 + z * p;
    p = 0x1.ae6460fae3728p-26 + z * p;
    p = 0x1.71de3a4e14f40p-19 + z * p;
    p = 0x1.a01a01a01ee70p-13 + z * p;
    p = 0x1.11111111110fdp-7 + z * p;
    return 0x1.5555555555555p-3 + z * p;
}

static const double v_PI = 0x1.921fb54442d18p1, v_PI_LO = 0x1.1a62633145c07p-53;

/* atan(x) = atan(c) + atan((x - c)/(1 + c x)) with c = 0, 1/2, 1, 3/2 or infinity. */
V_INLINE double v_atan_f64(double x)
{
    double a = v_abs_f64(x);
    int b1 = a > 0.4375, b2 = a > 0.6875, b3 = a > 1.1875, b4 = a > 2.4375;
    double num = b4 ? -1 : b3 ? a - 1.5 : b2 ? a - 1 : b1 ? 2 * a - 1 : a;
    double den = b4 ? a : b3 ? 1 + 1.5 * a : b2 ? a + 1 : b1 ? 2 + a : 1;
    double hi = b4 ? v_PI / 2 : b3 ? 0x1.f730bd281f69bp-1 : b2 ? v_PI / 4 : b1 ? 0x1.dac670561bb4fp-2 : 0;
    double lo = b4 ? v_PI_LO / 2 : b3 ? 0x1.007887af0cbbdp-56 : b2 ? v_PI_LO / 4 : b1 ? 0x1.a2b7f222f65e2p-56 : 0;
    double r = num / den, z = r * r;
    return v_with_sign_f64(v_abs_f64(hi + (r + (lo + r * (z * v_atan_poly(z))))), x);
}

/* asin(s) = s + rest, s = |x| up to 1/2; beyond, s = sqrt((1 - |x|)/2) in 21 bits, what these
 * lack in rest, and asin(|x|) = pi/2 - 2 asin(s). */
typedef struct v_arc {
    double s, rest;
    int far;
} v_arc;

V_INLINE v_arc v_arc_of(double x)
{
    double a = v_abs_f64(x);
    v_arc c;
    c.far = a > 0.5;
    double z = c.far ? 0.5 - 0.5 * a : a * a, root = c.far ? sqrt(z) : a;
    double rest = root * (z * v_asin_poly(z));
    double few = v_from_bits_f64(v_bits_f64(root) & 0xffffffff00000000u);
    double lack = root > 0 ? (z - few * few) / (root + few) : 0;
    c.s = c.far ? few : a;
    c.rest = c.far ? rest + lack : rest;
    return c;
}

V_INLINE double v_asin_f64(double x)
{
    v_arc c = v_arc_of(x);
    double far = v_PI / 4 - ((2 * c.rest - v_PI_LO / 2) - (v_PI / 4 - 2 * c.s));
    return v_with_sign_f64(c.far ? far : c.s + c.rest, x);
}

V_INLINE double v_acos_f64(double x)
{
    v_arc c = v_arc_of(x);
    double twice = 2 * (c.s + c.rest), rest = x < 0 ? -c.rest : c.rest;
    double far = x < 0 ? v_PI - (twice - v_PI_LO) : twice;
    return c.far ? far : v_PI / 2 - (x - (v_PI_LO / 2 - rest));
}

/* exp(|x|)/2, which overflows later than exp. */
V_INLINE double v_half_exp(double a)
{
    v_reduced_f64 e = v_reduce_exp_f64(v_between_f64(a, 0, 712));
    return v_scale_f64(1 + (e.r + (e.lo + e.r * e.r * v_exp_poly_f64(e.r))), e.n - 1);
}

V_INLINE double v_sinh_f64(double x)
{
    double a = v_abs_f64(x), z = a * a, e = v_half_exp(a);
    return v_with_sign_f64(a < 1 ? a + a * (z * v_sinh_poly(z)) : e - 0.25 / e, x);
}

V_INLINE double v_cosh_f64(double x)
{
    double e = v_half_exp(v_abs_f64(x));
    return e + 0.25 / e;
}

/* Sine over cosine, each with what its rounding lost. Far from zero a call, as sin and cos:
 * a loop of tan stays scalar. */
V_INLINE double v_tan_f64(double x)
{
    double a = v_abs_f64(x);
    v_turn t = v_is_near_f64(x) ? v_turn_near_f64(a) : v_turn_far(a);
    double r = t.hi, z = r * r, half = 0.5 * z, w = 1 - half;
    double s_rest = r * z * v_sin_poly_f64(z) + t.lo * w;
    double c_rest = ((1 - w) - half) + (z * z * v_cos_poly_f64(z) - r * t.lo);
    double sine = r + s_rest, s_lost = (r - sine) + s_rest;
    double cosine = w + c_rest, c_lost = (w - cosine) + c_rest;
    int odd = t.quarter & 1;
    double num = odd ? -cosine : sine, num_lost = odd ? -c_lost : s_lost;
    double den = odd ? sine : cosine, den_lost = odd ? s_lost : c_lost;
    double q = num / den, y = q + (num_lost - q * den_lost) / den;
    y = v_abs_f64(y) < (double)INFINITY ? y : q;
    return v_from_bits_f64(v_bits_f64(y) ^ (v_bits_f64(x) & v_SIGN_f64));
}

V_INLINE double v_floor_f64(double x) { return floor(x); }
V_INLINE double v_ceil_f64(double x) { return ceil(x); }
V_INLINE double v_round_f64(double x) { return rint(x); }
V_INLINE float v_floor_f32(float x) { return floorf(x); }
V_INLINE float v_ceil_f32(float x) { return ceilf(x); }
V_INLINE float v_round_f32(float x) { return rintf(x); }

#define V_BY_DOUBLE(f)                                                                             \
    V_INLINE float v_##f##_f32(float x) { return (float)v_##f##_f64((double)x); }
V_BY_DOUBLE(atan)
V_BY_DOUBLE(asin)
V_BY_DOUBLE(acos)
V_BY_DOUBLE(sinh)
V_BY_DOUBLE(cosh)
V_BY_DOUBLE(tan)
#undef V_BY_DOUBLE
