/* vmath_pow.h - x^y = exp(y log|x|).
 *
 * For float in double, with polynomials as short as that allows. For double the
 * logarithm is a sum of two numbers with about 64 good bits, as y log|x| goes up to
 * 745; factors are cut to 26 bits where their product must be exact. */

/* v_log_poly_f64 to 2^-37 and v_exp_poly_f64 to 2^-34. */
V_INLINE double v_log_poly_short(double z)
{
    return z * (0x1.555554fde2a91p-1 +
                z * (0x1.999a7a1a83fbfp-2 + z * (0x1.2438f14747953p-2 + z * 0x1.e2f2d7c1f6ea1p-3)));
}
V_INLINE double v_exp_poly_short(double r)
{
    double p = 0x1.6d8cf41f357e3p-10 + r * 0x1.9f08a4dae136dp-13;
    p = 0x1.5555544365fc5p-3 + r * (0x1.55548dd86fcedp-5 + r * (0x1.1112708edaa0bp-7 + r * p));
    return 0x1.0000003a1ae06p-1 + r * p;
}

/* The first 26 bits of x. */
V_INLINE double v_cut(double x) { return v_from_bits_f64(v_bits_f64(x) & ~(uint64_t)0x7ffffff); }

typedef struct v_pair {
    double hi, lo;
} v_pair;

/* log(x), 0 < x < inf, as hi + lo with 26 bits in hi: 2 atanh(s) = s (2 + z (2/3 + z tail)),
 * s = (m - 1)/(m + 1), z = s^2. */
V_INLINE v_pair v_log_pair(double x)
{
    int tiny = x < v_NORMAL_f64;
    v_split_f64 t = v_split_log_f64(tiny ? x * v_INT_f64 : x);
    double k = t.k - (tiny ? v_MANT_f64 : 0), m = t.m, f = m - 1;
    double inv = 1 / (m + 1), s1 = v_cut(f * inv);
    double d1 = v_cut(m + 1), d2 = m - (d1 - 1);
    double s2 = ((f - s1 * d1) - s1 * d2) * inv;

    double z1 = s1 * s1, z2 = s2 * (s1 + s1 + s2), z = z1 + z2;
    double tail = z * v_log_tail_poly_f64(z);
    const double third = 0x1.5555555555555p-1, third_lo = 0x1.5555555555555p-55;
    double c1 = v_cut(third + tail), c2 = (third_lo + tail) - (c1 - third);
    double y1 = v_cut(z1), y2 = (z1 - y1) + z2;
    double w1 = y1 * c1, w2 = y1 * c2 + y2 * (c1 + c2);
    double u1 = v_cut(2 + w1), u2 = (w1 - (u1 - 2)) + w2;

    double l1 = s1 * u1, l2 = s1 * u2 + s2 * (u1 + u2);
    double a = k * v_LN2_HI_f64, sum = a + l1;
    double rest = ((a - sum) + l1) + (l2 + k * v_LN2_LO_f64);
    v_pair log;
    log.hi = v_cut(sum + rest);
    log.lo = (sum - log.hi) + rest;
    return log;
}

/* a^y for a >= 0. */
V_INLINE double v_pow_abs_f64(double a, double y)
{
    const double most = 0x1p64; /* (1 + 2^-52)^most overflows */
    v_pair l = v_log_pair(a);
    double c = v_between_f64(y, -most, most);
    double c1 = v_cut(c), c2 = c - c1;
    double t1 = c1 * l.hi, t2 = c2 * l.hi + c * l.lo;
    double t = v_between_f64(t1, v_EXP_MIN_f64, v_EXP_MAX_f64);
    v_reduced_f64 e = v_reduce_exp_f64(t);
    double r = e.r + (t == t1 ? t2 + e.lo : e.lo);
    double p = v_scale_f64(1 + (r + r * r * v_exp_poly_f64(r)), e.n);
    double at_0 = y < 0 ? INFINITY : 0, at_inf = y < 0 ? 0 : INFINITY;
    return a == 0 ? at_0 : a > DBL_MAX ? at_inf : p;
}

V_INLINE double v_pow_f64(double x, double y)
{
    return v_pow_edges_f64(x, y, v_pow_abs_f64(v_abs_f64(x), y));
}

V_INLINE float v_pow_f32(float x, float y)
{
    double a = v_abs_f64((double)x); /* a normal number, if x is not 0 */
    v_split_f64 t = v_split_log_f64(a);
    double f = t.m - 1, s = f / (2 + f);
    double log = t.k * 0x1.62e42fefa39efp-1 + (2 * s + s * v_log_poly_short(s * s));
    v_reduced_f64 e =
        v_reduce_exp_f64(v_between_f64((double)y * v_log_edges_f64(a, log), -120, 120));
    double p = 1 + (e.r + e.r * e.r * v_exp_poly_short(e.r));
    return v_pow_edges_f32(x, y, (float)(p * v_pow2_f64(e.n)));
}
