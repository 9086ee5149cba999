/* secants.c - how steep the output is along one number, told by values alone: the
 * calculation is done again with that number moved a little. Where the slopes on the
 * two sides differ however short the step, there is a corner, and no one derivative
 * to compare with. This is the plain central difference of the textbooks, for the
 * eye; gradcheck.c is the check with error bars. */
#include "story.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_PROBES = 64 };

/* The step whose rounding and curvature errors balance. */
static double step_at(double at) { return cbrt(DBL_EPSILON) * fmax(1, fabs(at)); }

/* ---- the whole calculation: a copy of it, in f64 ---------------------------------------- */

static double size_of_entries(const rg_node *v)
{
    double largest = 0;
    for (int64_t i = 0; i < v->layout->count; i++) largest = fmax(largest, fabs(rg_entry(v, i)));
    return largest;
}

/* The numbers inside a gate that is not elementwise may be as large as its inputs and
 * cancel: a log-sum-exp less a score. */
static double inside_gate(const rg_node *v)
{
    double largest = 0;
    if (v->op->kind != RG_ROWS && v->op->kind != RG_WHOLE) return 0;
    for (int k = 0; k < v->nin; k++) largest = fmax(largest, size_of_entries(rg_in(v, k)));
    return largest;
}

/* How strongly all wires together push y: their errors in the last place, times this,
 * are its error, to first order. Wires that no gradient reaches do not change. */
static double leverage(const rg_story *s)
{
    double sum = fabs(rg_entry(s->y, 0)) + inside_gate(s->y);
    for (uint32_t id = 0; id < s->wires; id++) {
        const rg_node *g = s->wire[id].gradient, *v = s->t->node[id];
        double inside = g ? inside_gate(v) : 0;
        for (int64_t i = 0; g && i < v->layout->count; i++) {
            double part = (fabs(rg_entry(v, i)) + inside) * fabs(rg_entry(g, i));
            if (isfinite(part)) sum += part;
        }
    }
    return sum;
}

bool rg_secants_open(rg_secants *c, rg_story *s, int i)
{
    rg_node *x = s->x[i];
    if (s->leverage == 0) s->leverage = leverage(s);
    c->s = s;
    if (rg_rerun_open(&c->copy, 1, &s->y, 1, &x, true)) return false;
    c->x = rg_rerun_of(&c->copy, x);
    c->y = rg_rerun_of(&c->copy, s->y);
    c->at = rg_entry(c->y, 0);
    c->narrow = x->layout->dtype == RG_F32;
    return true;
}

void rg_secants_close(rg_secants *c) { rg_rerun_close(&c->copy); }

/* What y changes by when entry i of x grows by delta. */
static double change(rg_secants *c, int64_t i, double delta)
{
    double *place = rg_rerun_place(c->x, i), stood = *place;
    *place = stood + delta;
    rg_status refused = rg_rerun_play(&c->copy, c->y, 0, 0);
    double y = refused ? (double)NAN : rg_entry(c->y, 0);
    *place = stood; /* only now: y may be a window on x */
    c->s->no_memory |= refused == RG_NOMEM;
    return y - c->at;
}

/* The slopes apart from each other: of a smooth curve, less the shorter the step. At
 * a corner both steps together tell the slopes at its very point. */
static bool stays_apart(rg_secants *c, int64_t i, rg_slopes *at, double h)
{
    double gap = at->right - at->left, size = fmax(fabs(at->right), fabs(at->left)), small = h / 8;
    if (!(fabs(gap) > 1e-3 * size + 4 * at->noise)) return false;
    double right = change(c, i, small) / small, left = -change(c, i, -small) / small;
    if (!(fabs(right - left) > 0.5 * fabs(gap))) return false;
    at->right = (8 * right - at->right) / 7;
    at->left = (8 * left - at->left) / 7;
    return true;
}

rg_slopes rg_secants_at(rg_secants *c, int64_t entry)
{
    double h = step_at(rg_entry(c->x, entry)), up = change(c, entry, h),
           down = change(c, entry, -h);
    rg_slopes at = {.central = (up - down) / (2 * h), .left = -down / h, .right = up / h};
    at.nudged = change(c, entry, RG_NUDGE);
    at.noise = (DBL_EPSILON / h + (c->narrow ? 4 * (double)FLT_EPSILON : 0)) * c->s->leverage;
    at.finite = isfinite(at.central);
    at.corner = at.finite && stays_apart(c, entry, &at, h);
    return at;
}

/* ---- one gate --------------------------------------------------------------------------- */

/* A leaf with the numbers of x, entry i moved by delta (every entry when i is -1). */
static rg_node *moved(rg_tape *t, const rg_node *x, int64_t i, double delta)
{
    rg_dtype d = x->layout->dtype;
    int64_t n = x->layout->count;
    rg_node *leaf = rg_leaf(t, d, rg_shape_of(x));
    if (leaf->flags & RG_ERRONEOUS) return leaf;
    rg_tensor w = rg_window(x);
    rg_pack(leaf->data, &w, 0, n);
    for (int64_t j = i < 0 ? 0 : i; j < (i < 0 ? n : i + 1); j++) {
        double v = rg_entry(leaf, j) + delta;
        rg_convert((char *)leaf->data + j * (int64_t)rg_dtype_size(d), d, &v, RG_F64, 1);
    }
    return leaf;
}

static double entry_or_nan(const rg_node *y, int64_t i)
{
    return y->flags & RG_ERRONEOUS ? (double)NAN : rg_entry(y, i);
}

static rg_node *gate_again(rg_node *y, int k, rg_node *with)
{
    rg_node *in[RG_WIRES];
    for (int j = 0; j < y->nin; j++) in[j] = j == k ? with : rg_in(y, j);
    return rg_apply(y->op, y->nin, in, y->attr);
}

/* The entry of y, from 0, whose slopes differ with wire k moved by h both ways; -1: none. */
static int64_t apart_at(rg_story *s, rg_node *y, int k, int64_t i, double h)
{
    int64_t mark = rg_mark(s->t), found = -1;
    rg_node *x = rg_in(y, k);
    rg_node *more = gate_again(y, k, moved(s->t, x, i, h));
    rg_node *less = gate_again(y, k, moved(s->t, x, i, -h));
    for (int64_t j = 0; j < y->layout->count && found < 0; j++) {
        double at = rg_entry(y, j), right = (entry_or_nan(more, j) - at) / h,
               left = (at - entry_or_nan(less, j)) / h;
        if (fabs(right - left) > 0.01 * fmax(1, fmax(fabs(right), fabs(left)))) found = j;
    }
    rg_story_forget(s, mark);
    return found;
}

/* How far y goes while entry i of wire k moves from h below to h above. */
static double across(rg_story *s, rg_node *y, int k, int64_t i, double h)
{
    int64_t mark = rg_mark(s->t);
    rg_node *x = rg_in(y, k);
    rg_node *more = gate_again(y, k, moved(s->t, x, i, h));
    rg_node *less = gate_again(y, k, moved(s->t, x, i, -h));
    double most = 0;
    for (int64_t j = 0; j < y->layout->count; j++)
        most = fmax(most, fabs(entry_or_nan(more, j) - entry_or_nan(less, j)));
    rg_story_forget(s, mark);
    return most;
}

bool rg_jumps(rg_story *s, rg_node *y, int wire, int64_t entry)
{
    double h = rg_in(y, wire)->layout->dtype == RG_F32 ? (double)FLT_EPSILON * 2048 : step_at(1) / 8;
    double near = across(s, y, wire, entry, h), far = across(s, y, wire, entry, 64 * h);
    return near > 0.5 * far;
}

static int64_t corner_entry(rg_story *s, rg_node *y, int k)
{
    rg_node *x = rg_in(y, k);
    double h = x->layout->dtype == RG_F32 ? (double)FLT_EPSILON * 2048 : step_at(1) / 8;
    if (y->op->kind == RG_ELEMENTWISE) return apart_at(s, y, k, -1, h);
    for (int64_t i = 0; i < x->layout->count && x->layout->count <= MOST_PROBES; i++)
        if (apart_at(s, y, k, i, h) >= 0) return i;
    return -1;
}

rg_node *rg_corner_gate(rg_story *s, rg_node *after, int *wire, int64_t *entry)
{
    for (size_t b = 0; b < s->blocks; b++) {
        rg_node *y = s->block[b].y;
        if ((after && y->id >= after->id) || y->nin > RG_WIRES) continue;
        for (size_t i = 0; i < s->block[b].steps; i++) {
            *wire = s->step[s->block[b].first + i].wire;
            *entry = corner_entry(s, y, *wire);
            if (*entry >= 0) return y;
        }
    }
    return NULL;
}
