/* plan_profile.c - where the time of a run goes, half step by half step, beside what the
 * machine could do: a half cannot be faster than its bytes at the measured bandwidth, nor
 * than its operations at the measured peak. */
#include "plan_facts.h"
#include "machine.h"
#include "pen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct stopwatch {
    double last;
    double *took; /* by half step and run: halves x runs */
    int run, runs;
} stopwatch;

/* ---- measuring ---------------------------------------------------------------------------- */

static void note_time(void *ud, uint32_t half)
{
    stopwatch *w = ud;
    double now = rg_seconds();
    w->took[(size_t)half * (size_t)w->runs + (size_t)w->run] = now - w->last;
    w->last = rg_seconds(); /* what the note itself takes is nobody's */
}

static int by_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_seconds);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The medians of runs runs go to the groups. */
static rg_status time_groups(rg_plan *p, int runs)
{
    size_t bytes = (2 * (size_t)p->groups + 1) * (size_t)runs * sizeof(double);
    stopwatch w = {.runs = runs, .took = rg_scratch(p->t, bytes)};
    if (!w.took) return RG_NOMEM;
    rg_status s = RG_OK;
    for (; w.run < runs && !s; w.run++) {
        w.last = rg_seconds();
        s = rg_run_watched(p, note_time, &w);
    }
    for (uint32_t h = 0; h < 2 * p->groups && !s; h++)
        p->group[h / 2].seconds[h % 2] = median_of(w.took + (size_t)h * (size_t)runs, runs);
    rg_scratch_free(p->t, w.took, bytes);
    return s;
}

/* ---- the table ------------------------------------------------------------------------------ */

typedef struct profile {
    const rg_plan *p;
    rg_pen *pen;
    const rg_facts *f;
    rg_machine machine;
    double total;
} profile;

/* A half step, or all those that repeat it. */
typedef struct span {
    double seconds, flops, bytes;
} span;

static span span_of(const profile *r, uint32_t half, uint32_t period, uint32_t times)
{
    span s = {0};
    for (uint32_t k = 0; k < times; k++) {
        uint32_t h = half + 2 * k * period;
        const rg_half *x = &r->f->half[h];
        s.seconds += r->p->group[h / 2].seconds[h % 2];
        s.flops += x->flops;
        s.bytes += x->read + x->written;
    }
    return s;
}

/* "relu add (5)": the ops of a half, as many as there is room for. */
static const char *ops_of(const rg_plan *p, uint32_t half, char buf[RG_TEXT])
{
    enum { ROOM = 17 };
    uint32_t first = rg_half_first(p, half), all = half % 2 ? p->group[half / 2].members : 1;
    int n = snprintf(buf, RG_TEXT, "%.20s", p->item[first].op->name);
    for (uint32_t i = half % 2 ? p->item[first].next : RG_NOWHERE; i != RG_NOWHERE && n < ROOM;
         i = p->item[i].next)
        if (n + (int)strlen(p->item[i].op->name) < ROOM)
            n += snprintf(buf + n, (size_t)(RG_TEXT - n), " %s", p->item[i].op->name);
        else
            break;
    if (all > 1) snprintf(buf + n, (size_t)(RG_TEXT - n), " (%u)", all);
    return buf;
}

static void put_time(rg_pen *pen, double seconds)
{
    char text[RG_TEXT];
    if (seconds < 1e-6)
        snprintf(text, sizeof text, "%.0f ns", seconds * 1e9);
    else if (seconds < 1e-3)
        snprintf(text, sizeof text, "%.2f us", seconds * 1e6);
    else
        snprintf(text, sizeof text, "%.3f ms", seconds * 1e3);
    rg_pen_put(pen, "%10s", text);
}

static double per_second(double n, double seconds) { return seconds > 0 ? n / seconds / 1e9 : 0; }

/* Time, share and rates. */
static void put_rates(const profile *r, const span *s)
{
    put_time(r->pen, s->seconds);
    rg_pen_put(r->pen, " %5.1f %% %7.2f %6.1f", r->total > 0 ? 100 * s->seconds / r->total : 0,
               per_second(s->flops, s->seconds), per_second(s->bytes, s->seconds));
}

/* The least time that the roofline allows, in percent of what it took, and which roof. */
static void put_bound(const profile *r, const span *s, rg_dtype dtype)
{
    double compute = s->flops / r->machine.peak * (dtype == RG_F64 ? 2 : 1);
    double memory = s->bytes / r->machine.bandwidth, least = compute > memory ? compute : memory;
    rg_pen_put(r->pen, " %4.0f %% %s", s->seconds > 0 ? 100 * least / s->seconds : 0,
               compute > memory ? "flop" : "byte");
}

static void tell_half(const profile *r, uint32_t half, uint32_t period, uint32_t times)
{
    uint32_t first = rg_half_first(r->p, half);
    bool strips = r->p->group[half / 2].strip > 0;
    if (first == RG_NOWHERE || (strips && half % 2 == 0)) return;
    const rg_item *v = &r->p->item[first];
    char text[RG_TEXT];
    span s = span_of(r, half, period, times);
    rg_pen_put(r->pen, "%5u %s", half / 2 + 1, strips ? "both" : half % 2 ? "tail" : "head");
    put_rates(r, &s);
    put_bound(r, &s, v->layout->dtype);
    if (times > 1)
        snprintf(text, sizeof text, " x%-4u", times);
    else
        snprintf(text, sizeof text, "      ");
    rg_pen_text(r->pen, text);
    rg_pen_put(r->pen, "%-22.22s ", ops_of(r->p, half, text));
    rg_pen_put(r->pen, "%.16s\n", rg_value_source(r->p, v, text));
}

static void tell_profile_sum(const profile *r, const char *name, bool products_only)
{
    span all = {0};
    for (uint32_t h = 0; h < 2 * r->p->groups; h++) {
        if (products_only && !r->f->half[h].product) continue;
        span s = span_of(r, h, 0, 1);
        all = (span){all.seconds + s.seconds, all.flops + s.flops, all.bytes + s.bytes};
    }
    rg_pen_put(r->pen, "%-10s", name);
    put_rates(r, &all);
    rg_pen_text(r->pen, "\n");
}

static void tell_halves(const profile *r, const uint64_t *look)
{
    uint32_t n = r->p->groups, times;
    for (uint32_t g = 0, period; g < n; g += period * times) {
        period = rg_find_pattern(look, n, g, &times);
        for (uint32_t h = 2 * g; h < 2 * (g + period); h++) tell_half(r, h, period, times);
    }
    tell_profile_sum(r, "all", false);
    tell_profile_sum(r, "products", true);
}

static void tell_profile(profile *r, int runs, const uint64_t *look)
{
    rg_pen_put(r->pen, "profile    medians of %d runs on %d thread%s\n", runs, rg_threads(),
               rg_threads() == 1 ? "" : "s");
    rg_pen_put(r->pen, "machine    %.1f GB/s in a triad, %.1f GFLOP/s in multiply-adds (f32)\n",
               r->machine.bandwidth / 1e9, r->machine.peak / 1e9);
    rg_pen_put(r->pen, "%-10s%10s %7s %7s %6s %11s      %s\n", "group", "time", "share", "GFLOP/s",
               "GB/s", "of the roof", "what");
    for (uint32_t h = 0; h < 2 * r->p->groups; h++) r->total += span_of(r, h, 0, 1).seconds;
    tell_halves(r, look);
    rg_pen_flush(r->pen);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static rg_status write_profile(profile *r, int runs)
{
    size_t bytes = ((size_t)r->p->groups + 1) * sizeof(uint64_t);
    uint64_t *look = rg_scratch(r->p->t, bytes);
    if (!look) return RG_NOMEM;
    rg_status s = rg_machine_measure(r->p->t, &r->machine);
    rg_facts_looks(r->p, look);
    if (!s) tell_profile(r, runs, look);
    rg_scratch_free(r->p->t, look, bytes);
    return s;
}

rg_status rg_plan_profile(rg_plan *p, int runs, void (*write)(void *ud, const char *text, size_t n),
                          void *ud)
{
    if (!p || runs < 1 || !write) return RG_USAGE;
    rg_pen pen = {.write = write, .ud = ud};
    rg_facts f = {0};
    profile r = {.p = p, .pen = &pen, .f = &f};
    rg_status s = time_groups(p, runs);
    if (!s) s = rg_facts_find(p, &f);
    if (!s) s = write_profile(&r, runs);
    rg_facts_free(p, &f);
    return s;
}
