/* init.c - first weights, from Philox: the same seed gives the same numbers, in any
 * order and on any thread. */
#define RG_NO_HERE
#include "nn.h"
#include "philox.h"
#include <math.h>

enum { RG_DRAW_WEIGHTS = 5 }; /* what the counter is for; dice.h has the others */

/* Two numbers in [0, 1), of 53 bits each. */
static void draw_pair(uint64_t seed, uint64_t which, uint64_t i, double out[2])
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t w[4] = {(uint32_t)i, (uint32_t)(i >> 32), (uint32_t)which, RG_DRAW_WEIGHTS};
    rg_philox(key, w, w);
    for (int k = 0; k < 2; k++)
        out[k] = (double)((uint64_t)(w[2 * k] >> 5) << 26 | w[2 * k + 1] >> 6) * 0x1p-53;
}

/* To two independent normal numbers (Box and Muller, 1958). */
static void make_normal(double pair[2])
{
    double r = sqrt(-2 * log(1 - pair[0])), angle = 6.28318530717958647693 * pair[1];
    pair[0] = r * cos(angle);
    pair[1] = r * sin(angle);
}

static double fan_of(rg_fan fan, int64_t n_in, int64_t n_out)
{
    switch (fan) {
    case RG_BY_INPUTS:
        return (double)n_in;
    case RG_BY_OUTPUTS:
        return (double)n_out;
    case RG_BY_NONE:
        return 1;
    default:
        return ((double)n_in + (double)n_out) / 2;
    }
}

enum { BLOCK = 512 }; /* even: numbers are drawn in pairs */

/* n numbers from place `first` on, which is even. */
static void draw_numbers(double *to, int64_t first, int64_t n, rg_init how, double variance,
                         uint64_t seed, uint64_t which)
{
    double bound = sqrt(3 * variance), deviation = sqrt(variance);
    for (int64_t i = 0; i < n; i += 2) {
        double pair[2];
        draw_pair(seed, which, (uint64_t)(first + i) / 2, pair);
        if (!how.uniform) make_normal(pair);
        for (int k = 0; k < 2 && i + k < n; k++)
            to[i + k] = how.uniform ? bound * (2 * pair[k] - 1) : deviation * pair[k];
    }
}

rg_status rg_init_draw(rg_node *w, rg_init how, int64_t n_in, int64_t n_out, uint64_t seed,
                       uint64_t which)
{
    rg_tape *t = rg_tape_of(w);
    rg_dtype d = rg_dtype_of(w);
    if (!t || rg_error_of(t)->status) return t ? rg_error_of(t)->status : RG_USAGE;
    if (d != RG_F32 && d != RG_F64)
        return rg_refuse(t, RG_DTYPE, NULL, "weights are f32 or f64, not %s", rg_dtype_text(d));
    if (n_in < 1 || n_out < 1)
        return rg_refuse(t, RG_SHAPE, NULL,
                         "weights for %lld inputs and %lld outputs: both must be at least 1",
                         (long long)n_in, (long long)n_out);
    int64_t n = rg_count_of(w);
    double variance = how.gain / fan_of(how.fan, n_in, n_out), block[BLOCK];
    rg_status s = RG_OK;
    for (int64_t i = 0; i < n && !s; i += BLOCK) {
        int64_t m = n - i < BLOCK ? n - i : BLOCK;
        draw_numbers(block, i, m, how, variance, seed, which);
        s = rg_write_part(w, RG_F64, block, (size_t)i, (size_t)m);
    }
    return s;
}
