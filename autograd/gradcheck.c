/* gradcheck.c - the check of a recorded graph: a finding for every input, for all of
 * them together, and for the values. */
#include "internal.h"
#include "gradcheck.h"
#include "judge.h"
#include "probe.h"

enum { ELEMENTS = 32, DIRECTIONS = 4 }; /* the defaults of rg_check_how */

/* ---- findings ----------------------------------------------------------------------- */

static rg_claim per_unit(const rg_probe *c, rg_claim a, rg_slope *s, double unit)
{
    double to = unit * c->per, size = fabs(to);
    rg_slope t = {s->point, s->value / to, s->bar / size, (to > 0 ? s->left : s->right) / to,
                  (to > 0 ? s->right : s->left) / to};
    *s = t;
    return (rg_claim){a.said / c->per, a.exact / c->per, a.spread / fabs(c->per),
                      a.narrow / fabs(c->per), a.size / fabs(c->per)};
}

static void judge_element(rg_probe *c, rg_finding *f, int64_t i, rg_slope s, double largest)
{
    const rg_side *in = &c->in[f->input];
    double e = in->exact[i], size = rg_wider(fabs(e), fabs(s.value) / in->unit[i]);
    size = rg_wider(size, rg_wider(.01 * largest, 1e-4 * c->volume / in->unit[i]));
    rg_claim claim = {in->said[i], e, in->spread[i],
                      rg_probe_narrow(c, e, in->spread[i], in->narrow[i]), size};
    claim = per_unit(c, claim, &s, in->unit[i]);
    rg_judge(f, i, &claim, &s);
}

static int64_t element_number(const rg_side *in, int64_t j, int64_t looked)
{
    return looked == in->count ? j : (int64_t)((double)j * (double)in->count / (double)looked);
}

static rg_status check_input(rg_probe *c, int k, int64_t most, rg_finding *f)
{
    rg_side *in = &c->in[k];
    int64_t looked = in->count < most ? in->count : most;
    rg_slope *slope = rg_scratch(c->r.t, (size_t)looked * sizeof *slope);
    if (!slope) return RG_NOMEM;
    double largest = 0;
    *f = (rg_finding){.input = k, .absent = !in->g, .shape = in->shape, .of = in->count};
    for (int64_t j = 0; j < looked; j++) {
        int64_t i = element_number(in, j, looked);
        slope[j] = rg_probe_slope(c, (rg_way){k, i});
        if (slope[j].point == RG_SMOOTH && isfinite(slope[j].bar))
            largest = rg_wider(largest, fabs(slope[j].value) / in->unit[i]);
    }
    for (int64_t j = 0; j < looked; j++)
        judge_element(c, f, element_number(in, j, looked), slope[j], largest);
    rg_scratch_free(c->r.t, slope, (size_t)looked * sizeof *slope);
    rg_judge_all(f);
    return RG_OK;
}

/* The first direction moves everything upward: at a tie of max only this tells that
 * both sides together must get the whole gradient. Inputs without gradient, such as
 * labels, stay where they are. */
static void draw_direction(rg_probe *c, int number)
{
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count && c->in[k].g; i++) {
            double z = rg_chance_normal(&c->chance);
            c->in[k].u[i] = c->in[k].unit[i] * (number ? z : fabs(z));
        }
}

static void check_direction(rg_probe *c, rg_finding *f, int number)
{
    rg_claim claim = {0};
    double squares = 0;
    draw_direction(c, number);
    for (int k = 0; k < c->n; k++)
        for (int64_t i = 0; i < c->in[k].count; i++) {
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
    claim.size = rg_wider(rg_wider(fabs(claim.exact), fabs(s.value)),
                          rg_wider(.01 * sqrt(squares), 1e-4 * c->volume));
    claim = per_unit(c, claim, &s, 1);
    rg_judge(f, number, &claim, &s);
}

static void check_together(rg_probe *c, int most, rg_finding *f)
{
    *f = (rg_finding){.input = RG_ALL_TOGETHER, .absent = true};
    for (int k = 0; k < c->n; k++) f->absent &= !c->in[k].g || c->in[k].count == 0;
    if (!f->absent) f->of = most;
    for (int i = 0; i < f->of; i++) check_direction(c, f, i);
    rg_judge_all(f);
}

/* The values on the tape against those of the copy; written so that NaN fails. */
static void check_values(rg_probe *c, rg_finding *f)
{
    *f = (rg_finding){.input = RG_OF_VALUE, .shape = rg_shape_of(c->y), .of = c->m, .looked = c->m};
    for (int64_t j = c->m; j-- > 0;) {
        double a = c->seen[j], b = c->y0[j], bar = rg_probe_narrow(c, b, c->noise[j], c->narrow[j]);
        if (a == b || fabs(a - b) <= bar) continue;
        f->failed++;
        f->worst = j;
        f->analytic = a;
        f->numeric = b;
        f->bar = bar;
    }
    rg_judge_all(f);
}

/* ---- the functions ------------------------------------------------------------------ */

static rg_status usable(rg_tape *t, int n, rg_node *const *x)
{
    if (!t) return RG_USAGE;
    for (int k = 0; k < n; k++)
        if (rg_tape_of(x[k]) != t)
            rg_fail(t, RG_USAGE, NULL, "check: input %d is NULL or of another tape", k + 1);
    if (n < 1) rg_fail(t, RG_USAGE, NULL, "check: with respect to nothing");
    return t->error.status;
}

/* Where no path leads and nothing moves, all is well; but that alone is no pass. */
static void add_verdict(rg_report *r, const rg_finding *f, bool *any)
{
    if (f->absent && f->verdict == RG_UNTESTED) return;
    *any = true;
    if (f->verdict > r->verdict) r->verdict = f->verdict;
}

static rg_status find_out(rg_probe *c, const rg_check_how *how, rg_finding *found, rg_report *r)
{
    rg_status s = RG_OK;
    bool any = false;
    check_values(c, &r->values);
    if (r->values.verdict == RG_FAIL) add_verdict(r, &r->values, &any);
    for (int k = 0; k < c->n && !s; k++) {
        rg_finding one, *f = found ? &found[k] : &one;
        s = check_input(c, k, how->elements > 0 ? how->elements : ELEMENTS, f);
        if (!s) add_verdict(r, f, &any);
    }
    check_together(c, how->directions > 0 ? how->directions : DIRECTIONS, &r->together);
    add_verdict(r, &r->together, &any);
    if (!any) r->verdict = RG_UNTESTED;
    return s;
}

rg_status rg_check_graph(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                         rg_finding *found, rg_report *r)
{
    static const rg_check_how defaults = {0};
    rg_tape *t = rg_tape_of(y);
    rg_status s = usable(t, n, x);
    if (!how) how = &defaults;
    *r = (rg_report){.seed = how->seed};
    if (s) return s;
    rg_probe c = {.n = n, .chance = {how->seed, 0}};
    s = rg_probe_open(&c, y, x);
    if (!s) s = find_out(&c, how, found, r);
    rg_probe_close(&c);
    return s;
}
