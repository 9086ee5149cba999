/* look.c - looks at a probe: gradient against slope, and a finding on each. */
#include "internal.h"
#include "judge.h"
#include "look.h"
#include <string.h>

static rg_claim per_unit(const rg_probe *c, rg_claim a, rg_slope *s, double unit)
{
    double to = unit * c->per, size = fabs(to);
    rg_slope t = {s->point,
                  s->value / to,
                  s->bar / size,
                  (to > 0 ? s->left : s->right) / to,
                  (to > 0 ? s->right : s->left) / to,
                  s->hidden / size};
    *s = t;
    return (rg_claim){a.said / c->per, a.exact / c->per, a.spread / fabs(c->per),
                      a.narrow / fabs(c->per), a.size / fabs(c->per)};
}

/* Do two ladders see the same slopes? Bars are no more than likely. */
static bool agree(const rg_slope *a, const rg_slope *b)
{
    double bar = 16 * (a->bar + b->bar) + 1e-9 * fabs(a->value);
    if (a->point != b->point) return false;
    if (a->point != RG_CORNER) return fabs(a->value - b->value) <= bar;
    double size = 1e-2 * (fabs(a->left) + fabs(a->right)) + bar;
    return fabs(a->left - b->left) <= size && fabs(a->right - b->right) <= size;
}

/* Steps of another length, taken through the whole choice of ladders once more. */
static rg_slope slope_again(rg_probe *c, rg_way w, const rg_claim *a, double unit, double longer)
{
    rg_slope s = rg_probe_slope_by(c, w, longer);
    per_unit(c, *a, &s, unit);
    return s;
}

/* A gradient is refused only when steps of another length say so too, and far shorter ones do
 * not find it right: where a function jumps or swings between them, steps may agree by chance. */
static void ask_again(rg_probe *c, const rg_finding *f, rg_way w, const rg_claim *a, double unit,
                      rg_slope *s)
{
    static const double OTHER = 0.63, SHORT = 0x1.4p-10;
    bool by_slope = fabs(a->said - a->exact) <= a->narrow;
    if (!by_slope || !isfinite(s->bar) || !rg_judge_refuses(f, a, s)) return;
    rg_slope other = slope_again(c, w, a, unit, OTHER), near = slope_again(c, w, a, unit, SHORT);
    bool told = near.point == RG_SMOOTH && near.bar < .1 * fabs(s->value - a->exact);
    if (!agree(s, &other) || !rg_judge_refuses(f, a, &other) ||
        (told && !rg_judge_refuses(f, a, &near)))
        s->bar = (double)INFINITY;
}

/* What is refused at a point where several corners meet may still be right. */
static void look_nearby(rg_probe *c, const rg_finding *f, rg_way w, const rg_claim *a, double unit,
                        rg_slope *s)
{
    double low, high;
    if (isnan(a->exact) || !isfinite(s->bar) || !rg_judge_refuses(f, a, s)) return;
    if (!rg_probe_nearby(c, w, &low, &high)) return;
    rg_slope there = {RG_CORNER, (low + high) / 2, 0, low, high, 0};
    per_unit(c, *a, &there, unit);
    there.bar = s->bar;
    there.left = fmin(there.left, s->value);
    there.right = fmax(there.right, s->value);
    *s = there;
}

/* ---- elements ----------------------------------------------------------------------- */

/* Beside what a figure is large enough to mean something: one that is 0 but for its own
 * rounding, beside what the slope was measured against. */
static double size_of_figure(double exact, double spread, double slope, double others,
                             double volume)
{
    double size = rg_wider(rg_wider(fabs(exact), fabs(slope)), .01 * others);
    return fabs(exact) > spread ? size : rg_wider(size, 1e-4 * volume);
}

/* volume: what the slope was measured against. */
static void judge_element(rg_probe *c, rg_finding *f, int64_t i, rg_slope s, double largest,
                          double volume, bool at_once)
{
    const rg_side *in = &c->in[f->input];
    double e = in->exact[i], unit = in->unit[i];
    double size = size_of_figure(e, in->spread[i], s.value / unit, largest, volume / unit);
    rg_claim claim = {in->said[i], e, in->spread[i],
                      rg_probe_narrow(c, e, in->spread[i], in->narrow[i]), size};
    claim = per_unit(c, claim, &s, unit);
    ask_again(c, f, (rg_way){f->input, i}, &claim, unit, &s);
    if (!at_once) look_nearby(c, f, (rg_way){f->input, i}, &claim, unit, &s);
    rg_judge(f, i, &claim, &s);
}

static int64_t element_number(const rg_side *in, int64_t j, int64_t looked)
{
    return looked == in->count ? j : (int64_t)((double)j * (double)in->count / (double)looked);
}

static void note_size(const rg_side *in, int64_t i, const rg_slope *s, double *largest)
{
    if (s->point == RG_SMOOTH && isfinite(s->bar))
        *largest = rg_wider(*largest, fabs(s->value) / in->unit[i]);
}

static rg_finding finding_on(const rg_probe *c, int k)
{
    const rg_side *in = &c->in[k];
    return (rg_finding){.input = k, .absent = !in->g, .shape = in->shape, .of = in->count};
}

rg_status rg_look_at_elements(rg_probe *c, int k, int64_t most, rg_finding *f)
{
    rg_side *in = &c->in[k];
    int64_t looked = in->count < most ? in->count : most;
    rg_slope *slope = rg_scratch(c->r.t, (size_t)looked * sizeof *slope);
    if (!slope) return RG_NOMEM;
    double largest = 0;
    *f = finding_on(c, k);
    for (int64_t j = 0; j < looked; j++) {
        int64_t i = element_number(in, j, looked);
        slope[j] = rg_probe_slope(c, (rg_way){k, i});
        note_size(in, i, &slope[j], &largest);
    }
    for (int64_t j = 0; j < looked; j++)
        judge_element(c, f, element_number(in, j, looked), slope[j], largest, c->volume, false);
    rg_scratch_free(c->r.t, slope, (size_t)looked * sizeof *slope);
    rg_judge_all(f);
    return RG_OK;
}

rg_status rg_look_at_each(rg_probe *c, int k, int64_t most, rg_finding *f)
{
    rg_side *in = &c->in[k];
    int64_t looked = in->count < most ? in->count : most;
    size_t bytes = (size_t)looked * (sizeof(rg_slope) + sizeof(int64_t));
    rg_slope *slope = rg_scratch(c->r.t, bytes);
    if (!slope) return RG_NOMEM;
    int64_t *i = (int64_t *)(void *)(slope + looked);
    for (int64_t j = 0; j < looked; j++) i[j] = element_number(in, j, looked);
    rg_status s = rg_probe_each(c, k, looked, i, slope);
    double largest = 0;
    *f = finding_on(c, k);
    for (int64_t j = 0; j < looked && !s; j++) note_size(in, i[j], &slope[j], &largest);
    for (int64_t j = 0; j < looked && !s; j++)
        judge_element(c, f, i[j], slope[j], largest, fabs(c->v[i[j]] * c->y0[i[j]]), true);
    rg_scratch_free(c->r.t, slope, bytes);
    rg_judge_all(f);
    return s;
}

/* ---- directions --------------------------------------------------------------------- */

static bool moves(const rg_probe *c, int k, int only)
{
    return c->in[k].g && (only == RG_ALL_TOGETHER || only == k);
}

/* Upward, and equal numbers alike. */
static double upward(const rg_probe *c, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    rg_chance chance = {c->chance.seed ^ bits, 0};
    return fabs(rg_chance_rough(&chance));
}

/* The first direction moves everything upward and keeps ties: at a tie of max only this
 * tells that both sides together must get the whole gradient. Inputs without gradient,
 * such as labels, stay where they are. */
static void draw_direction(rg_probe *c, int only, int number)
{
    for (int k = 0; k < c->n; k++) {
        rg_side *in = &c->in[k];
        in->still = !moves(c, k, only);
        for (int64_t i = 0; i < in->count && !in->still; i++)
            in->u[i] =
                in->unit[i] * (number ? rg_chance_rough(&c->chance) : upward(c, in->base[i]));
    }
}

static void look_along_one(rg_probe *c, rg_finding *f, int number)
{
    rg_claim claim = {0};
    double squares = 0;
    draw_direction(c, f->input, number);
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count && !c->in[k].still; i++) {
            const rg_side *in = &c->in[k];
            double u = in->u[i], e = u * in->exact[i];
            if (u == 0) continue;
            claim.said += u * in->said[i];
            claim.exact += e;
            claim.spread += fabs(u) * in->spread[i] + 0x1p-52 * fabs(e);
            claim.narrow +=
                fabs(u) * rg_probe_narrow(c, in->exact[i], in->spread[i], in->narrow[i]);
            squares += e * e;
        }
    rg_slope s = rg_probe_slope(c, (rg_way){RG_ALL_TOGETHER, 0});
    claim.size = size_of_figure(claim.exact, claim.spread, s.value, sqrt(squares), c->volume);
    claim = per_unit(c, claim, &s, 1);
    ask_again(c, f, (rg_way){RG_ALL_TOGETHER, 0}, &claim, 1, &s);
    look_nearby(c, f, (rg_way){RG_ALL_TOGETHER, 0}, &claim, 1, &s);
    rg_judge(f, number, &claim, &s);
}

void rg_look_along(rg_probe *c, int k, int most, rg_finding *f)
{
    *f = (rg_finding){.input = k, .absent = true};
    for (int i = 0; i < c->n; i++) f->absent &= !moves(c, i, k) || c->in[i].count == 0;
    if (!f->absent) f->of = most;
    for (int i = 0; i < f->of; i++) look_along_one(c, f, i);
    rg_judge_all(f);
}

/* ---- values ------------------------------------------------------------------------- */

/* Written so that NaN fails. What a kernel may have lost inside is no failure. */
void rg_look_at_values(rg_probe *c, rg_finding *f)
{
    *f = (rg_finding){.input = RG_OF_VALUE, .shape = rg_shape_of(c->y), .of = c->m, .looked = c->m};
    for (int64_t j = c->m; j-- > 0;) {
        double a = c->seen[j], b = c->y0[j], bar = rg_probe_narrow(c, b, c->noise[j], c->narrow[j]);
        bar += 0x1p-21 * c->inside;
        if (a == b || fabs(a - b) <= bar) continue;
        bool lost = fabs(a - b) <= bar + 0x1p-21 * c->entering;
        f->failed += !lost;
        f->unsure += lost;
        if (lost && f->failed) continue;
        f->point = isnan(a) && isnan(b) ? RG_NOWHERE : RG_SMOOTH;
        f->worst = j;
        f->analytic = a;
        f->numeric = b;
        f->bar = bar;
    }
    rg_judge_all(f);
}
