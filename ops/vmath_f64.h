/* vmath_f64.h - the constants and polynomials of vmath.inc for double.
 *
 * Polynomials are minimax (Sollya: fpminimax, remez); behind each stands its
 * largest relative error. Those of exp and log are summed in pairs, as a chain of ten additions
 * and multiplications is what a single number waits for. Included by vmath.h alone. */

enum { V(MANT) = 52, V(BIAS) = 1023 };
static const uint64_t V(SIGN) = 0x8000000000000000u;
static const uint64_t V(FRACTION) = 0x000fffffffffffffu;
static const uint64_t V(HIGH_HALF) = 0xfffffffff8000000u; /* without the last bits: squares are exact */
static const uint64_t V(ONE) = 0x3ff0000000000000u;       /* bits of 1         */
static const uint64_t V(SQRT_HALF) = 0x3fe6a09e667f3bcdu; /* bits of sqrt(1/2) */

static const double V(EPS) = 0x1p-53;      /* half an ulp of 1; 1 + EPS == 1             */
static const double V(INT) = 0x1p52;       /* from here on all numbers are integers      */
static const double V(ROUND) = 0x1.8p52;   /* x + ROUND: nearest integer, in the low bits */
static const double V(NORMAL) = 0x1p-1022; /* smallest normal number                      */

static const double V(LOG2E) = 0x1.71547652b82fep0;
static const double V(LN2_HI) = 0x1.62e42feep-1; /* few bits: k LN2_HI is exact */
static const double V(LN2_LO) = 0x1.a39ef35793c76p-33;

static const double V(EXP_MIN) = -746;  /* exp gives 0 from here down    */
static const double V(EXP_MAX) = 710;   /* exp overflows from here up    */
static const double V(EXPM1_MIN) = -38; /* expm1 gives -1 from here down */
static const double V(TANH_ONE) = 20;   /* tanh gives 1 from here up     */
static const double V(ERF_ONE) = 6;     /* erf gives 1 from here up      */
static const double V(ERFC_ZERO) = 27.5; /* erfc gives 0 from here up     */
static const double V(TRIG_NEAR) = 0x1p19;

/* (exp(r) - 1 - r)/r^2, |r| <= ln(2)/2; in exp(r) 2^-63, in expm1(r) 2^-61. */
V_INLINE double V(exp_poly)(double r)
{
    double z = r * r;
    double a = 0x1.5555555555559p-3 + r * 0x1.555555555554dp-5;
    double b = 0x1.111111110f65bp-7 + r * 0x1.6c16c16c1aafdp-10;
    double c = 0x1.a01a01afff4ccp-13 + r * 0x1.a01a018e0d666p-16;
    double d = 0x1.71ddf81d81ab6p-19 + r * 0x1.27e5134508468p-22;
    double e = 0x1.af5f0e8df4471p-26 + r * 0x1.1f1a154ee70e1p-29;
    return 0.5 + r * ((a + z * b) + (z * z) * ((c + z * d) + (z * z) * e));
}

/* (log((1 + s)/(1 - s)) - 2 s)/s as a polynomial in z = s^2 <= 0.0295; 2^-59. */
V_INLINE double V(log_poly)(double z)
{
    double w = z * z;
    double a = 0x1.5555555555592p-1 + z * 0x1.999999997ff67p-2;
    double b = 0x1.24924941dafd6p-2 + z * 0x1.c71c521a5b95dp-3;
    double c = 0x1.74663b959306ap-3 + z * 0x1.39a20d01268d4p-3;
    return z * ((a + w * b) + (w * w) * (c + w * 0x1.2f02442e4b758p-3));
}

/* The same from its third term on, for pow: (log((1 + s)/(1 - s)) - 2 s - 2 s^3/3)/s^5; in pow
 * 2^-66. */
V_INLINE double V(log_tail_poly)(double z)
{
    double p = 0x1.0e4079d7a6ebbp-3;
    p = 0x1.0f80271832a6p-3 + z * p;
    p = 0x1.3b1ee95e484f3p-3 + z * p;
    p = 0x1.745ce9f25d7c9p-3 + z * p;
    p = 0x1.c71c722d3a4bdp-3 + z * p;
    p = 0x1.2492492457f53p-2 + z * p;
    return 0x1.9999999999b2fp-2 + z * p;
}

/* (sin(r) - r)/r^3 in z = r^2, |r| <= pi/4; 2^-57.8. */
V_INLINE double V(sin_poly)(double z)
{
    double p = 0x1.5d8e12a474757p-33;
    p = -0x1.ae5e5407dbcf7p-26 + z * p;
    p = 0x1.71de355e91868p-19 + z * p;
    p = -0x1.a01a019bf1ba7p-13 + z * p;
    p = 0x1.111111110f75bp-7 + z * p;
    return -0x1.5555555555548p-3 + z * p;
}

/* (cos(r) - 1 + r^2/2)/r^4 in z = r^2, |r| <= pi/4; 2^-64. */
V_INLINE double V(cos_poly)(double z)
{
    double p = -0x1.8fb114d5c1cd1p-37;
    p = 0x1.1ee9f12b46ce2p-29 + z * p;
    p = -0x1.27e4f81292c41p-22 + z * p;
    p = 0x1.a01a019cbf4dap-16 + z * p;
    p = -0x1.6c16c16c1521fp-10 + z * p;
    return 0x1.555555555554cp-5 + z * p;
}

/* tanh(x) = x + x num/den in z = x^2, |x| <= 0.626; 2^-60. */
V_INLINE double V(tanh_num)(double z)
{
    return z * (-0x1.93a471da6c2e7p10 + z * (-0x1.8d20c41bd52bap6 + z * -0x1.edc56f8d1fe83p-1));
}
V_INLINE double V(tanh_den)(double z)
{
    return 0x1.2ebb5563d122fp12 + z * (0x1.176a89e5a9a9bp11 + z * (0x1.c338cf11354aap6 + z));
}

/* erf(x)/x - 1 in z = x^2 <= 1; 2^-56. */
V_INLINE double V(erf_poly)(double z)
{
    double p = 0x1.0579ab29cd91ap-34;
    p = -0x1.386ac0ef037b2p-30 + z * p;
    p = 0x1.f7a4123bbf4ddp-27 + z * p;
    p = -0x1.5f1d36c3848f1p-23 + z * p;
    p = 0x1.b9def19e196fp-20 + z * p;
    p = -0x1.f4d1df394e706p-17 + z * p;
    p = 0x1.f9a321a11dfd9p-14 + z * p;
    p = -0x1.c02db3d8ed26p-11 + z * p;
    p = 0x1.565bcd0db02e5p-8 + z * p;
    p = -0x1.b82ce3128499cp-6 + z * p;
    p = 0x1.ce2f21a042b2p-4 + z * p;
    p = -0x1.812746b0379e6p-2 + z * p;
    return 0x1.06eba8214db69p-3 + z * p;
}

/* -log(erfc(x)) - x^2 in t = x - 1, 0 <= t <= 5; in erf(x) 2^-57. */
V_INLINE double V(erfc_poly)(double t)
{
    double p = -0x1.247b85ffb267fp-40;
    p = 0x1.faee22dd05bdap-36 + t * p;
    p = -0x1.94e4ae2bc212fp-32 + t * p;
    p = 0x1.89a16646f75b6p-29 + t * p;
    p = -0x1.002d31e2d6264p-26 + t * p;
    p = 0x1.bf0068361e132p-25 + t * p;
    p = -0x1.a2f66929eee96p-24 + t * p;
    p = -0x1.32d2895a7ed4bp-23 + t * p;
    p = 0x1.147536a6c9b2ep-19 + t * p;
    p = -0x1.426bd16f27b92p-17 + t * p;
    p = 0x1.c7a77eb56b703p-16 + t * p;
    p = -0x1.b8de9c9e19b87p-16 + t * p;
    p = -0x1.f1b389839cf1dp-13 + t * p;
    p = 0x1.033f65b026324p-9 + t * p;
    p = -0x1.48c9d3eb1efeap-7 + t * p;
    p = 0x1.5477f09c036dcp-5 + t * p;
    p = -0x1.4150fb975a82fp-3 + t * p;
    p = 0x1.4726c001b08d9p-1 + t * p;
    return 0x1.b2ff7e4f54542p-1 + t * p;
}

/* erfc(z) exp(z^2) (z + k) / 2 in s = (z - k)/(z + k), k = 3.875, 1 <= z <= 27.5; 2^-54.8. */
static const double V(TAIL_MIDDLE) = 3.875;
V_INLINE double V(tail_poly)(double s)
{
    double p = 0x1.3de35c0c38de1p-25;
    p = -0x1.d6004cd7f508dp-24 + s * p;
    p = -0x1.6bb87c9a2db9dp-23 + s * p;
    p = 0x1.18b07cb5d3230p-20 + s * p;
    p = 0x1.66acc7d23411ap-24 + s * p;
    p = -0x1.15765e2bc7d4fp-17 + s * p;
    p = 0x1.ac1b637a94252p-17 + s * p;
    p = 0x1.7e7dc145794f4p-15 + s * p;
    p = -0x1.da8851d9f3da4p-13 + s * p;
    p = 0x1.d05287f8d3e6dp-13 + s * p;
    p = 0x1.9e75af58d3e24p-10 + s * p;
    p = -0x1.35b781f82fcbbp-7 + s * p;
    p = 0x1.fdcead50444cfp-6 + s * p;
    p = -0x1.38de7bb4dcfc0p-4 + s * p;
    p = 0x1.3886b3957a0e2p-3 + s * p;
    p = -0x1.08528bacc8090p-2 + s * p;
    p = 0x1.82c0fdea188bbp-2 + s * p;
    p = -0x1.ef9d71238fcadp-2 + s * p;
    return 0x1.18137f465bbc2p-1 + s * p;
}
