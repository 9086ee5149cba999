/* slope.c - Ridders' extrapolation with an error bar; corners and jumps told by how
 * the two one-sided slopes behave as the step shrinks. */
#include "slope.h"
#include <math.h>

/* A gap that stays when the step is halved is a corner; smooth functions halve it. */
static const double STAYS = 0.75, GROWS = 1.2;

static double larger(double a, double b) { return a > b ? a : b; }

/* The most by which rounding seems to move f. A function made of stairs too wide for
 * the last bits of its inputs betrays itself by the scatter of the smallest steps:
 * without noise the means approach their limit four times as close each time. */
static double noise_of(const rg_rung *r, int n)
{
    double noise = r[n - 1].noise;
    for (int i = n > 5 ? n - 3 : 2; i < n; i++) {
        double stray = (r[i].mean - r[i - 1].mean) - (r[i - 1].mean - r[i - 2].mean) / 4;
        noise = larger(noise, fabs(stray) * r[i].h);
    }
    return noise;
}

/* The entry of the table that two neighbours agree on best. */
static rg_slope extrapolate(const rg_rung *r, int n, double noise)
{
    rg_slope best = {RG_SMOOTH, r[n - 1].mean, (double)INFINITY, 0, 0, 0};
    double row[RG_RUNGS], before[RG_RUNGS]; /* of the table: rungs i and i - 1 */
    for (int i = 0; i < n; i++) {
        double power = 1;
        row[0] = r[i].mean;
        for (int j = 1; j <= i; j++) {
            power *= 4;
            row[j] = (power * row[j - 1] - before[j - 1]) / (power - 1);
            double moved = larger(fabs(row[j] - row[j - 1]), fabs(row[j] - before[j - 1]));
            double bar = 2 * (moved + larger(noise, r[i].noise) / r[i].h);
            if (i > 1 && bar < best.bar) best = (rg_slope){RG_SMOOTH, row[j], bar, 0, 0, 0};
        }
        for (int j = 0; j <= i; j++) before[j] = row[j];
    }
    return best;
}

/* What the smallest step says is what large ones were extrapolated to. */
static bool small_steps_agree(const rg_rung *r, int n, double noise, const rg_slope *s)
{
    const rg_rung *last = &r[n - 1];
    double moved = fabs(last->mean - r[n - 2].mean);
    return fabs(s->value - last->mean) <= s->bar + 2 * moved + 4 * noise / last->h;
}

/* The most that may be hidden at the step that hides least. */
static double hidden_in(const rg_rung *r, int n)
{
    double least = (double)INFINITY;
    for (int i = 0; i < n; i++)
        if (r[i].hidden / r[i].h < least) least = r[i].hidden / r[i].h;
    return least;
}

static bool grows(double a, double b, double c) { return c > GROWS * b && b > GROWS * a; }

/* What the three smallest steps say about the point. */
static rg_point point_of(const rg_rung *r, int n, double bar)
{
    const rg_rung *a = &r[n - 3], *b = &r[n - 2], *c = &r[n - 1];
    double noise = 8 * c->noise / c->h, g0 = fabs(a->gap), g1 = fabs(b->gap), g2 = fabs(c->gap);
    if (fabs(c->mean) > noise && grows(fabs(a->mean), fabs(b->mean), fabs(c->mean))) return RG_JUMP;
    if (g2 <= noise || g2 <= bar) return RG_SMOOTH;
    if (grows(g0, g1, g2)) return RG_JUMP;
    return g2 > STAYS * g1 && g1 > STAYS * g0 ? RG_CORNER : RG_SMOOTH;
}

static rg_slope corner_of(const rg_rung *r, int n)
{
    const rg_rung *last = &r[n - 1], *other = &r[n - 2];
    double half = fabs(last->gap) / 2,
           moved = fabs(last->gap - other->gap) + fabs(last->mean - other->mean);
    return (rg_slope){RG_CORNER, last->mean, moved + 4 * last->noise / last->h, last->mean - half,
                      last->mean + half, 0};
}

rg_slope rg_slope_of(const rg_rung *r, int n)
{
    while (n && !(isfinite(r->mean) && isfinite(r->gap))) r++, n--;
    rg_slope s = {RG_EDGE, (double)NAN, (double)INFINITY, 0, 0, 0};
    if (n < 4) return s;
    for (int i = 0; i < n; i++)
        if (!isfinite(r[i].mean) || !isfinite(r[i].gap)) return s;
    double hidden = hidden_in(r, n), noise = noise_of(r, n);
    s = extrapolate(r, n, noise);
    for (; n > 4 && !small_steps_agree(r, n, noise, &s); r++, n--) s = extrapolate(r + 1, n - 1, noise);
    s.point = point_of(r, n, s.bar);
    if (s.point == RG_CORNER) s = corner_of(r, n);
    s.hidden = hidden;
    return s;
}
