/* schedule.c - how the learning rate goes with the steps: an expression over a counter,
 * so that a step stays the same recording while its rate changes. */
#define RG_NO_HERE
#include "optim.h"
#include "ops.h"
#include <math.h>

static bool schedule_is_sound(const rg_schedule *s)
{
    return s && s->fall >= RG_STEADY && s->fall <= RG_FALL_COSINE &&
           (s->fall == RG_STEADY || (s->every > 0 && isfinite(s->every))) && s->factor >= 0 &&
           isfinite(s->factor) && s->last >= 0 && s->last <= 1 && s->warmup >= 0 &&
           isfinite(s->warmup);
}

/* factor^n */
static rg_node *power_of(const rg_schedule *s, rg_node *n)
{
    return rg_pow(rg_lit(n, s->factor > 0 ? s->factor : 0.1), n);
}

/* last + (1 - last)(1 + cos(pi min(n, 1)))/2 */
static rg_node *cosine_of(const rg_schedule *s, rg_node *n)
{
    static const double pi = 3.14159265358979323846;
    rg_node *turn = rg_cos(rg_scale(rg_clamp(n, 0, 1), pi));
    double half = (1 - s->last) / 2;
    return rg_offset(rg_scale(turn, half), s->last + half);
}

/* Of n = s/every. */
static rg_node *fallen(const rg_schedule *s, rg_node *n)
{
    switch (s->fall) {
    case RG_FALL_STEPS:
        return power_of(s, rg_cast(rg_cast(n, RG_I64), rg_dtype_of(n)));
    case RG_FALL_EXPONENTIAL:
        return power_of(s, n);
    case RG_FALL_INVERSE:
        return rg_inv(rg_offset(n, 1));
    default:
        return cosine_of(s, n);
    }
}

rg_node *rg_schedule_share(const rg_schedule *s, rg_node *t)
{
    if (!schedule_is_sound(s))
        return rg_fail(
            rg_tape_of(t), RG_USAGE, NULL,
            "schedule: every must be above 0, factor and warmup at least 0, last in 0..1");
    rg_node *share = NULL;
    if (s->fall != RG_STEADY) {
        rg_node *past = s->warmup > 0 ? rg_relu(rg_offset(t, -s->warmup)) : t;
        share = fallen(s, rg_div(past, rg_lit(past, s->every))); /* 49 times 1/49 is below 1 */
    }
    if (s->warmup <= 0) return share ? share : rg_lit(t, 1);
    rg_node *risen = rg_clamp(rg_scale(rg_offset(t, 1), 1 / s->warmup), 0, 1);
    return share ? rg_mul(share, risen) : risen;
}
