/* figure_scale.c - axes: how far they reach, and ticks by 1, 2 and 5. */
#include "figure_parts.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what the marks ask for --------------------------------------------------------------- */

typedef struct reach {
    bool log, parts; /* parts: some of it are not whole numbers */
    double lo, hi;
} reach;

static void reach_to(reach *r, double v)
{
    if (!rg_figure_drawable(v, r->log)) return;
    r->lo = fmin(r->lo, v);
    r->hi = fmax(r->hi, v);
    r->parts = r->parts || v != floor(v);
}

/* Room beside what is there, such as half a cell. */
static void reach_beside(reach *r, double v)
{
    bool parts = r->parts;
    reach_to(r, v);
    r->parts = parts;
}

static double half_cell(double from, double to, int64_t cells)
{
    return cells > 1 ? (to - from) / (double)(cells - 1) / 2 : 0.5;
}

/* n places from one to the other, with half a cell around them if they are cells. */
static void reach_places(reach *r, double from, double to, int64_t n, bool cells)
{
    double half = half_cell(from, to, n), last = n > 1 ? to : from;
    if (!n) return;
    reach_to(r, from);
    reach_to(r, last);
    if (n > 1) reach_to(r, from + 2 * half); /* are those in between whole numbers? */
    if (!cells) return;
    reach_beside(r, from - half);
    reach_beside(r, last + half);
}

/* Both or neither: a point that cannot be drawn asks for no room. */
static void reach_point(double px, double py, reach *x, reach *y)
{
    if (!rg_figure_drawable(px, x->log) || !rg_figure_drawable(py, y->log)) return;
    reach_to(x, px);
    reach_to(y, py);
}

static void reach_mark(const rg_figure_mark *m, reach *x, reach *y)
{
    bool bars = m->kind == RG_MARK_BARS || m->kind == RG_MARK_HISTOGRAM;
    if (rg_figure_has_grid(m)) {
        reach_places(x, m->grid.x0, m->grid.x1, m->grid.columns, m->kind == RG_MARK_HEAT);
        reach_places(y, m->grid.y0, m->grid.y1, m->grid.rows, m->kind == RG_MARK_HEAT);
        return;
    }
    if (m->kind == RG_MARK_RULE_X) reach_to(x, m->x[0]);
    if (m->kind == RG_MARK_RULE_Y) reach_to(y, m->y[0]);
    if (m->kind == RG_MARK_RULE_X || m->kind == RG_MARK_RULE_Y) return;
    for (int64_t i = 0; i < m->n; i++) {
        reach_point(m->x[i], m->y[i], x, y);
        if (m->kind == RG_MARK_ARROWS) reach_point(m->x[i] + m->dx[i], m->y[i] + m->dy[i], x, y);
        if (!bars) continue;
        reach_beside(x, m->x[i] - m->dx[i] / 2);
        reach_beside(x, m->x[i] + m->dx[i] / 2);
        reach_to(y, 0);
    }
}

/* Heat fills the figure to its edge; all else gets a margin. */
static bool wants_margin(const rg_figure *f)
{
    bool margin = false;
    for (const rg_figure_mark *m = f->first; m; m = m->next)
        margin = margin || !rg_figure_has_grid(m);
    for (const rg_figure_mark *m = f->first; m; m = m->next)
        if (rg_figure_has_grid(m) && m->grid.rows) return false;
    return margin;
}

static void settle(const rg_figure_axis *a, reach r, bool margin, rg_figure_scale *s)
{
    const double share = 0.04, alone = 0.5;
    s->log = a->log;
    s->whole = !r.parts;
    if (!(r.lo <= r.hi)) r.lo = a->log ? 1 : 0, r.hi = a->log ? 10 : 1, margin = s->whole = false;
    s->lo = a->log ? log10(r.lo) : r.lo;
    s->hi = a->log ? log10(r.hi) : r.hi;
    double room = s->hi - s->lo;
    if (!(room > 1e-12 * fmax(fabs(s->lo), fabs(s->hi)))) {
        room = s->lo != 0 && !a->log ? fabs(s->lo) : 1;
        s->lo -= alone * room;
        s->hi += alone * room;
    } else if (margin) {
        s->lo -= share * room;
        s->hi += share * room;
        if (!a->log && r.lo == 0) s->lo = 0; /* bars stand on the axis */
    }
    bool given = rg_figure_drawable(a->lo, a->log) && rg_figure_drawable(a->hi, a->log);
    if (!given || a->lo == a->hi) return;
    s->lo = a->log ? log10(a->lo) : a->lo;
    s->hi = a->log ? log10(a->hi) : a->hi;
}

static void widen_scale(rg_figure_scale *s, double share)
{
    double more = (s->hi - s->lo) * (share - 1) / 2;
    s->lo -= more;
    s->hi += more;
}

/* ---- ticks ------------------------------------------------------------------------------- */

double rg_figure_unit(const rg_figure_scale *s, double v)
{
    if (!rg_figure_drawable(v, s->log)) return (double)NAN;
    return ((s->log ? log10(v) : v) - s->lo) / (s->hi - s->lo);
}

/* The smallest of 1, 2, 5 times a power of ten that needs at most `most` steps. */
static double nice_step(double room, int most)
{
    double base = pow(10, floor(log10(room / most)));
    static const double share[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (room / (base * share[i]) <= most) return base * share[i];
    return base * 10;
}

static void add_tick(rg_figure_scale *s, double at, double v, int digits)
{
    if (s->ticks == RG_TICKS || at < -1e-9 || at > 1 + 1e-9) return;
    s->at[s->ticks] = at;
    rg_figure_number(v, digits, s->text[s->ticks++]);
}

/* A few whole numbers, such as layers or classes: each gets its tick. */
static bool is_count(double lo, double hi)
{
    const double few = 12, most = 100;
    return hi - lo <= few && fabs(lo) < most && fabs(hi) < most;
}

static void even_ticks(rg_figure_scale *s, int most)
{
    double lo = fmin(s->lo, s->hi), hi = fmax(s->lo, s->hi), step = nice_step(hi - lo, most);
    if (s->whole && (step < 1 || is_count(lo, hi))) step = 1;
    double largest = fmax(fabs(lo), fabs(hi));
    int digits =
        (int)fmin(fmax(floor(log10(largest) + 1e-9) - floor(log10(step) + 1e-9) + 1, 1), 15);
    double first = ceil(lo / step - 1e-9);
    for (int i = 0; i < RG_TICKS && (first + i) * step <= hi + 1e-9 * step; i++) {
        double v = (first + i) * step;
        if (fabs(v) < step / 2) v = 0;
        add_tick(s, (v - s->lo) / (s->hi - s->lo), v, digits);
    }
}

/* Powers of ten, every so many of them when there are too many; with their doubles and
 * fives when there are few. */
static void log_ticks(rg_figure_scale *s, int most)
{
    double lo = fmin(s->lo, s->hi), hi = fmax(s->lo, s->hi);
    int every = (int)nice_step(hi - lo, most), first = (int)ceil(lo - 1e-9);
    static const double between[] = {1, 2, 5};
    if (every < 1) every = 1;
    int kinds = hi - lo < 2 ? 3 : 1;
    if (kinds == 1) first = (int)(ceil((double)first / every) * every);
    for (int e = kinds == 1 ? first : first - 1; e <= hi + 1e-9; e += every)
        for (int k = 0; k < kinds; k++) {
            double place = e + log10(between[k]);
            add_tick(s, (place - s->lo) / (s->hi - s->lo), pow(10, e) * between[k], 3);
        }
}

static void make_ticks(rg_figure_scale *s, int most)
{
    const double narrow = 0.5; /* less than half a decade: as if it were even */
    s->ticks = 0;
    if (!s->log)
        even_ticks(s, most);
    else if (fabs(s->hi - s->lo) >= narrow)
        log_ticks(s, most);
    else {
        rg_figure_scale even = {.lo = pow(10, s->lo), .hi = pow(10, s->hi)};
        even_ticks(&even, most / 2);
        for (int i = 0; i < even.ticks; i++) {
            double v = even.lo + even.at[i] * (even.hi - even.lo);
            s->at[i] = (log10(v) - s->lo) / (s->hi - s->lo);
            memcpy(s->text[i], even.text[i], sizeof s->text[i]);
        }
        s->ticks = even.ticks;
    }
}

void rg_figure_scale_of(double lo, double hi, bool log, int ticks, rg_figure_scale *out)
{
    rg_figure_axis a = {.log = log};
    *out = (rg_figure_scale){0};
    settle(&a, (reach){log, true, lo, hi}, false, out);
    make_ticks(out, ticks);
}

void rg_figure_frame_of(const rg_figure *f, double tall, int x_ticks, int y_ticks,
                        rg_figure_frame *out)
{
    const rg_figure_options *o = &f->o;
    reach x = {o->x.log, false, (double)INFINITY, -(double)INFINITY}, y = x;
    y.log = o->y.log;
    *out = (rg_figure_frame){0};
    for (const rg_figure_mark *m = f->first; m; m = m->next) {
        reach_mark(m, &x, &y);
        if (m->kind == RG_MARK_BARS && !out->bars) out->bars = m;
    }
    out->empty = !(x.lo <= x.hi) && !(y.lo <= y.hi);
    settle(&o->x, x, wants_margin(f), &out->x);
    settle(&o->y, y, wants_margin(f), &out->y);
    double ratio = fabs(out->y.hi - out->y.lo) / fabs(out->x.hi - out->x.lo) / tall;
    if (o->equal && tall > 0)
        widen_scale(ratio > 1 ? &out->x : &out->y, ratio > 1 ? ratio : 1 / ratio);
    make_ticks(&out->x, x_ticks);
    make_ticks(&out->y, y_ticks);
}
