/* vmath_turn.h - what sin and cos start with: taking quarter turns off an angle.
 *
 * Near zero pi/2 is subtracted in parts short enough for exact products (Cody and
 * Waite). Far out the fraction of x 2/pi is computed from the bits of 2/pi that
 * matter (Payne and Hanek), in integers: slow, exact to 2^-66, and a call. */

/* a = hi + lo + quarter pi/2, |hi| <= pi/4, quarter mod 4 in the low bits. */
typedef struct v_turn {
    double hi, lo;
    uint64_t quarter;
} v_turn;

/* pi/2 in parts of 33 bits, and what is left behind the second and the third. */
static const double v_HALF_PI_1 = 0x1.921fb544p0, v_HALF_PI_2 = 0x1.0b4611a6p-34,
                    v_HALF_PI_3 = 0x1.3198a2ep-69;
static const double v_HALF_PI_23 = 0x1.0b4611a626331p-34, v_HALF_PI_4 = 0x1.b839a252049c1p-104;
static const double v_TWO_OVER_PI = 0x1.45f306dc9c883p-1, v_TO_INTEGER = 0x1.8p52;

V_INLINE uint64_t v_low_bits(double t)
{
    uint64_t u;
    memcpy(&u, &t, sizeof u);
    return u;
}

/* 0 <= a < 2^19. With n < 2^19 every product but the last is exact, and so is every
 * difference together with what it lost: also where a - n pi/2 nearly vanishes. */
V_INLINE v_turn v_turn_near_f64(double a)
{
    double t = a * v_TWO_OVER_PI + v_TO_INTEGER, n = t - v_TO_INTEGER;
    double r1 = a - n * v_HALF_PI_1;
    double w2 = n * v_HALF_PI_2, r2 = r1 - w2, lost2 = (r1 - r2) - w2;
    double w3 = n * v_HALF_PI_3, r3 = r2 - w3, lost3 = (r2 - r3) - w3;
    double tail = (lost2 + lost3) - n * v_HALF_PI_4;
    v_turn v;
    v.hi = r3 + tail;
    v.lo = (r3 - v.hi) + tail;
    v.quarter = v_low_bits(t);
    return v;
}

/* The same for a float, exact enough in double. */
V_INLINE v_turn v_turn_near_f32(float a)
{
    double t = (double)a * v_TWO_OVER_PI + v_TO_INTEGER, n = t - v_TO_INTEGER;
    v_turn v;
    v.hi = ((double)a - n * v_HALF_PI_1) - n * v_HALF_PI_23;
    v.lo = 0;
    v.quarter = v_low_bits(t);
    return v;
}

/* The fraction f of a quarter turn, in units of 2^-128, times pi/2. */
V_INLINE v_turn v_turn_of_fraction(uint64_t high, uint64_t low)
{
    double a = (double)(high >> 32) * 0x1p-32, b = (double)(high & 0xffffffffu) * 0x1p-64;
    double c = (double)(low >> 32) * 0x1p-96, d = (double)(low & 0xffffffffu) * 0x1p-128;
    double f = a + b, rest = (b - (f - a)) + (c + d);
    double c27 = f * 0x1.0000002p27, f1 = c27 - (c27 - f), f2 = f - f1; /* 26 bits each */
    const double half_pi = 0x1.921fb54442d18p0, beyond = 0x1.1a62633145c07p-54;
    const double h1 = 0x1.921fb58p0, h2 = -0x1.dde974p-27;
    double p = f * half_pi, lost = ((f1 * h1 - p) + f1 * h2 + f2 * h1) + f2 * h2;
    double tail = lost + (f * beyond + rest * half_pi);
    v_turn v;
    v.hi = p + tail;
    v.lo = (p - v.hi) + tail;
    v.quarter = 0;
    return v;
}

/* 2^19 <= a, also infinite or NaN. Never inlined: it would keep its caller from being short. */
#if defined(__GNUC__)
__attribute__((noinline, cold, unused))
#endif
static v_turn
v_turn_far(double a)
{
    /* 2/pi in binary, with 64 zeros in front */
    static const uint32_t digits[] = {
        0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599,
        0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
        0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
        0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
        0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7,
        0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};
    if (!(a <= DBL_MAX)) return (v_turn){a - a, 0, 0};
    /* a = m 2^e. Digits of 2/pi worth 4 and more after the product with 2^e are whole turns. */
    uint64_t u = v_low_bits(a), m = (u & 0xfffffffffffffu) | 0x10000000000000u;
    int first = (int)(u >> 52) - 1075 - 2 + 64, shift = first % 32;
    const uint32_t *d = digits + first / 32;
    uint32_t p[6] = {0}; /* the last 192 bits of m times the 192 digits from `first` on */
    for (int half = 0; half < 2; half++) {
        uint64_t carry = 0, factor = half ? m >> 32 : m & 0xffffffffu;
        for (int i = 5; i >= half; i--) {
            uint64_t digit = ((((uint64_t)d[i] << 32 | d[i + 1]) << shift) >> 32);
            uint64_t sum = digit * factor + p[i - half] + carry;
            p[i - half] = (uint32_t)sum;
            carry = sum >> 32;
        }
    }
    /* two bits of quarter turns, then the fraction; from a half on it is less than the next */
    uint64_t high = ((uint64_t)p[0] << 34) | ((uint64_t)p[1] << 2) | (p[2] >> 30);
    uint64_t low = ((uint64_t)p[2] << 34) | ((uint64_t)p[3] << 2) | (p[4] >> 30);
    int up = high >> 63 != 0;
    if (up) {
        low = 0 - low;
        high = ~high + (low == 0);
    }
    v_turn v = v_turn_of_fraction(high, low);
    if (up) v = (v_turn){-v.hi, -v.lo, 1};
    v.quarter += p[0] >> 30;
    return v;
}
