/* judge.c - the verdict on one figure, how findings add up, and findings in words. */
#include "judge.h"
#include <math.h>
#include <stdio.h>

/* A pass must mean something: bars wider than this part of the figure say nothing.
 * The second is for what rounding to f32 leaves of the gradient itself. */
static const double WIDE = 2e-4, WIDE_NARROW = 0.25;

static double bar_of_rule(const rg_claim *c, const rg_slope *s)
{
    return s->bar + c->spread + 0x1p-50 * (fabs(c->exact) + fabs(s->value));
}

static rg_verdict at_corner(const rg_claim *c, const rg_slope *s, double bar)
{
    bool between = c->exact >= s->left - bar && c->exact <= s->right + bar;
    return between ? RG_CANNOT_TELL : RG_FAIL;
}

/* Comparisons are written so that NaN fails. */
static rg_verdict verdict_of(const rg_claim *c, const rg_slope *s, double bar, bool absent)
{
    if (s->point == RG_NOWHERE) return RG_FAIL;
    if (isnan(c->said) || isnan(c->exact)) return RG_FAIL;
    if (s->point == RG_JUMP && absent) return RG_UNTESTED;
    if (s->point == RG_JUMP || s->point == RG_EDGE || isinf(s->bar)) return RG_CANNOT_TELL;
    if (!(fabs(c->said - c->exact) <= c->narrow)) return RG_FAIL;
    if (s->point == RG_CORNER) return at_corner(c, s, bar);
    double off = fabs(c->exact - s->value);
    if (!(off <= bar)) return off <= bar + s->hidden ? RG_CANNOT_TELL : RG_FAIL;
    if (c->said == 0 && c->exact == 0 && s->value == 0 && s->bar == 0) return RG_UNTESTED;
    return bar > WIDE * c->size || c->narrow > WIDE_NARROW * c->size ? RG_CANNOT_TELL : RG_PASS;
}

bool rg_judge_refuses(const rg_finding *f, const rg_claim *claim, const rg_slope *s)
{
    return verdict_of(claim, s, bar_of_rule(claim, s), f->absent) == RG_FAIL;
}

/* How close to its bar a figure comes; beyond 1 it fails. */
static double strain(const rg_finding *f)
{
    double d = fabs(f->analytic - f->numeric);
    if (isnan(d)) return (double)INFINITY;
    return d == 0 ? 0 : d / f->bar;
}

bool rg_judge_worse(const rg_finding *a, const rg_finding *b)
{
    return a->verdict != b->verdict ? a->verdict > b->verdict : strain(a) > strain(b);
}

static void keep_figures(rg_finding *f, const rg_finding *one)
{
    f->verdict = one->verdict;
    f->worst = one->worst;
    f->point = one->point;
    f->analytic = one->analytic;
    f->numeric = one->numeric;
    f->bar = one->bar;
    f->left = one->left;
    f->right = one->right;
}

void rg_judge(rg_finding *f, int64_t i, const rg_claim *c, const rg_slope *s)
{
    double bar = bar_of_rule(c, s);
    rg_finding one = {.worst = i,
                      .point = s->point,
                      .analytic = c->said + 0.,
                      .numeric = s->value + 0.,
                      .bar = bar + c->narrow,
                      .left = s->left + 0.,
                      .right = s->right + 0.}; /* no -0 */
    one.verdict = verdict_of(c, s, bar, f->absent);
    double figure = fabs(c->exact);
    if (one.verdict == RG_PASS && figure > bar) {
        f->sharp++;
        if (bar > f->power * figure) f->power = bar / figure;
    }
    f->failed += one.verdict == RG_FAIL;
    f->unsure += one.verdict == RG_CANNOT_TELL;
    f->untested += one.verdict == RG_UNTESTED;
    if (f->looked++ == 0 || rg_judge_worse(&one, f)) keep_figures(f, &one);
}

rg_verdict rg_judge_all(rg_finding *f)
{
    f->verdict = f->failed                  ? RG_FAIL
                 : f->unsure                ? RG_CANNOT_TELL
                 : f->untested == f->looked ? RG_UNTESTED
                                            : RG_PASS;
    return f->verdict;
}

/* ---- in words ----------------------------------------------------------------------- */

const char *rg_verdict_text(rg_verdict v)
{
    static const char *const text[] = {"pass", "untested", "cannot tell", "fail"};
    return (unsigned)v < sizeof text / sizeof *text ? text[v] : "unknown verdict";
}

/* "at element (1,2)", "along direction 3", "here" for a single number. */
static void place_text(const rg_finding *f, char *buf, size_t size)
{
    int64_t at[RG_MAX_RANK], left = f->worst;
    size_t n = 0;
    if (f->input == RG_ALL_TOGETHER)
        n = (size_t)snprintf(buf, size, "along direction %lld", (long long)f->worst + 1);
    else if (f->shape.rank == 0)
        n = (size_t)snprintf(buf, size, "here");
    if (n) return;
    for (int i = f->shape.rank; i-- > 0; left /= f->shape.dim[i]) at[i] = left % f->shape.dim[i];
    for (int i = 0; i < f->shape.rank && n < size; i++)
        n += (size_t)snprintf(buf + n, size - n, "%s%lld", i ? "," : "at element (",
                              (long long)at[i]);
    if (n < size) snprintf(buf + n, size - n, ")");
}

static void failure_text(const rg_finding *f, const char *place, char *buf)
{
    const char *what = f->input == RG_OF_VALUE ? "value" : "gradient";
    if (f->point == RG_NOWHERE)
        snprintf(buf, RG_FINDING_TEXT, "the value is NaN: there is no slope to compare with");
    else if (isnan(f->analytic))
        snprintf(buf, RG_FINDING_TEXT, "%s the %s is NaN", place, what);
    else if (f->input == RG_OF_VALUE)
        snprintf(buf, RG_FINDING_TEXT,
                 "%s the value is %.9g, in f64 %.17g, and they may differ by %.1e", place,
                 f->analytic, f->numeric, f->bar);
    else if (f->point == RG_CORNER)
        snprintf(buf, RG_FINDING_TEXT,
                 "%s the gradient is %.9g, but the corner there has slopes %.9g to %.9g", place,
                 f->analytic, f->left, f->right);
    else
        snprintf(buf, RG_FINDING_TEXT,
                 "%s the gradient is %.9g, the slope %.9g, and they may differ by %.1e; ratio %.6g",
                 place, f->analytic, f->numeric, f->bar, f->analytic / f->numeric);
}

static void doubt_text(const rg_finding *f, const char *place, char *buf)
{
    if (f->input == RG_OF_VALUE)
        snprintf(buf, RG_FINDING_TEXT,
                 "%s the value is %.9g, in f64 %.17g: the op may lose that much inside", place,
                 f->analytic, f->numeric);
    else if (f->point == RG_CORNER)
        snprintf(buf, RG_FINDING_TEXT,
                 "%s there is a corner with slopes %.9g to %.9g; the gradient says %.9g", place,
                 f->left, f->right, f->analytic);
    else if (f->point == RG_JUMP)
        snprintf(buf, RG_FINDING_TEXT, "%s the function jumps or is vertical", place);
    else if (f->point == RG_EDGE)
        snprintf(buf, RG_FINDING_TEXT, "%s the function ends: it is not finite on one side", place);
    else if (f->analytic == 0 && f->numeric == 0)
        snprintf(buf, RG_FINDING_TEXT,
                 "%s gradient and slope are 0 within %.1e, with nothing to compare that with",
                 place, f->bar);
    else if (isinf(f->bar))
        snprintf(buf, RG_FINDING_TEXT,
                 "%s the gradient is %.9g, the slope %.9g, but by steps of another length it is another",
                 place, f->analytic, f->numeric);
    else
        snprintf(
            buf, RG_FINDING_TEXT,
            "%s the gradient is %.9g, the slope %.9g, uncertain by %.1e: rounding hides the answer",
            place, f->analytic, f->numeric, f->bar);
}

static void agreement_text(const rg_finding *f, char *buf)
{
    const char *what = f->input == RG_ALL_TOGETHER ? "directions" : "elements";
    int n = snprintf(buf, RG_FINDING_TEXT, "%lld of %lld %s agree",
                     (long long)(f->looked - f->untested), (long long)f->of, what);
    if (f->untested)
        n += snprintf(buf + n, (size_t)(RG_FINDING_TEXT - n), ", %lld are 0",
                      (long long)f->untested);
    if (f->sharp)
        snprintf(buf + n, (size_t)(RG_FINDING_TEXT - n),
                 "; would have caught a relative error of %.0e in %lld", f->power,
                 (long long)f->sharp);
    else
        snprintf(buf + n, (size_t)(RG_FINDING_TEXT - n), "; they are 0 but for rounding");
}

const char *rg_finding_text(const rg_finding *f, char buf[RG_FINDING_TEXT])
{
    char place[200];
    place_text(f, place, sizeof place);
    if (f->verdict == RG_FAIL)
        failure_text(f, place, buf);
    else if (f->verdict == RG_CANNOT_TELL)
        doubt_text(f, place, buf);
    else if (f->verdict == RG_PASS)
        agreement_text(f, buf);
    else if (f->absent)
        snprintf(buf, RG_FINDING_TEXT, "no gradient, and no slope to compare with");
    else if (f->of == 0)
        snprintf(buf, RG_FINDING_TEXT, "empty");
    else
        snprintf(buf, RG_FINDING_TEXT, "gradient and slope are exactly 0 everywhere");
    return buf;
}
