/* vmath_f32.h - the constants and polynomials of vmath.inc for float.
 *
 * Polynomials are minimax (Sollya: fpminimax, remez); behind each stands its
 * largest relative error. Included by vmath.h alone. */

enum { V(MANT) = 23, V(BIAS) = 127 };
static const uint32_t V(SIGN) = 0x80000000u;
static const uint32_t V(FRACTION) = 0x007fffffu;
static const uint32_t V(HIGH_HALF) = 0xfffff000u; /* without the last bits: squares are exact */
static const uint32_t V(ONE) = 0x3f800000u;       /* bits of 1         */
static const uint32_t V(SQRT_HALF) = 0x3f3504f3u; /* bits of sqrt(1/2) */

static const float V(EPS) = 0x1p-24f;     /* half an ulp of 1; 1 + EPS == 1                  */
static const float V(INT) = 0x1p23f;      /* from here on all numbers are integers           */
static const float V(ROUND) = 0x1.8p23f;  /* x + ROUND: nearest integer, in the low bits      */
static const float V(NORMAL) = 0x1p-126f; /* smallest normal number                           */

static const float V(LOG2E) = 0x1.715476p0f;
static const float V(LN2_HI) = 0x1.62e4p-1f; /* few bits: k LN2_HI is exact for |k| < 512 */
static const float V(LN2_LO) = 0x1.7f7d1cp-20f;

static const float V(EXP_MIN) = -104;  /* exp gives 0 from here down   */
static const float V(EXP_MAX) = 89;    /* exp overflows from here up   */
static const float V(EXPM1_MIN) = -18; /* expm1 gives -1 from here down */
static const float V(TANH_ONE) = 10;   /* tanh gives 1 from here up    */
static const float V(ERF_ONE) = 4;     /* erf gives 1 from here up     */
static const float V(ERFC_ZERO) = 10.5f; /* erfc gives 0 from here up     */
static const float V(TRIG_NEAR) = 0x1p19f;

/* (exp(r) - 1 - r)/r^2, |r| <= ln(2)/2; in exp(r) 2^-27.4, in expm1(r) 2^-26. */
V_INLINE float V(exp_poly)(float r)
{
    return 0x1.fffffep-2f +
           r * (0x1.5554bp-3f + r * (0x1.555716p-5f + r * (0x1.12278ep-7f + r * 0x1.6b7338p-10f)));
}

/* (log((1 + s)/(1 - s)) - 2 s)/s as a polynomial in z = s^2 <= 0.0295; 2^-30. */
V_INLINE float V(log_poly)(float z)
{
    return z * (0x1.55557ap-1f + z * (0x1.995edap-2f + z * 0x1.31dfeap-2f));
}

/* (sin(r) - r)/r^3 in z = r^2, |r| <= pi/4; 2^-27.9. */
V_INLINE float V(sin_poly)(float z)
{
    return -0x1.555546p-3f + z * (0x1.110778p-7f + z * -0x1.9953f4p-13f);
}

/* (cos(r) - 1 + r^2/2)/r^4 in z = r^2, |r| <= pi/4; 2^-33. */
V_INLINE float V(cos_poly)(float z)
{
    return 0x1.55554ap-5f + z * (-0x1.6c0c2ep-10f + z * 0x1.99eacap-16f);
}

/* tanh(x) = x + x num/den in z = x^2, |x| <= 0.626; 2^-27.6. */
V_INLINE float V(tanh_num)(float z) { return z * (-0x1.a5ccbep-1f + z * -0x1.f39f3ep-9f); }
V_INLINE float V(tanh_den)(float z) { return 0x1.3c599ep1f + z; }

/* erf(x)/x - 1 in z = x^2 <= 1; 2^-28.6. */
V_INLINE float V(erf_poly)(float z)
{
    return 0x1.06eba8p-3f +
           z * (-0x1.81273ep-2f +
                z * (0x1.ce2cf8p-4f +
                     z * (-0x1.b7f90ep-6f +
                          z * (0x1.5405b2p-8f + z * (-0x1.a3f7p-11f + z * 0x1.496a32p-14f)))));
}

/* -log(erfc(x)) - x^2 in t = x - 1, 0 <= t <= 3; in erf(x) 2^-28. */
V_INLINE float V(erfc_poly)(float t)
{
    return 0x1.b2ff7ep-1f +
           t * (0x1.4726a8p-1f +
                t * (-0x1.414b2cp-3f +
                     t * (0x1.53f94p-5f +
                          t * (-0x1.441adp-7f + t * (0x1.deb7bcp-10f + t * -0x1.852d46p-13f)))));
}

/* erfc(z) exp(z^2) (z + k) / 2 in s = (z - k)/(z + k), k = 2.3125, 1 <= z <= 10.5; 2^-27.9. */
static const float V(TAIL_MIDDLE) = 2.3125f;
V_INLINE float V(tail_poly)(float s)
{
    float p = 0x1.03d168p-12f;
    p = -0x1.7ff57p-11f + s * p;
    p = -0x1.064df2p-10f + s * p;
    p = 0x1.80617ep-8f + s * p;
    p = 0x1.a4e49ep-10f + s * p;
    p = -0x1.e52328p-5f + s * p;
    p = 0x1.927972p-3f + s * p;
    p = -0x1.8845bp-2f + s * p;
    return 0x1.0b3444p-1f + s * p;
}
