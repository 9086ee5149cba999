/* rounding.c - error bars of a gradient by moving last bits, and where digits are lost. */
#include "internal.h"
#include "chance.h"
#include "rerun.h"
#include "rounding.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES_OF_LAST_BITS = 6, BITS_F64 = 3, BITS_F32 = 29, DIGITS_F64 = 15, DIGITS_F32 = 7 };

/* In f64 bits are moved by 8 units in the last place so that they show; in f32 by one. */
static const double SHOWN_F64 = 8, LEAST_OF_LARGEST = 1e-3, JUMP = 8;

typedef struct hunt {
    rg_tape *t;
    rg_node *y;
    int n;
    rg_node *const *x;
    rg_node **g, **list; /* gradients on t; room for lists of nodes                     */
    int64_t mark;        /* nodes from here on are gradients                            */
    rg_rerun r;
    bool f32;
    rg_rounding *found;
} hunt;

static int bits_of(const hunt *h) { return h->f32 ? BITS_F32 : BITS_F64; }

/* ---- bars --------------------------------------------------------------------------- */

static double at(const rg_node *n, int64_t i) { return *rg_rerun_place(n, i); }

static double recorded_number(const rg_node *n, int64_t i)
{
    double v = 0;
    char raw[sizeof v];
    rg_tensor w = rg_window(n);
    rg_pack(raw, &w, i, 1);
    rg_convert(&v, RG_F64, raw, w.dtype, 1);
    return v;
}

static double *doubles_for(const hunt *h, int64_t n)
{
    return rg_arena_get(&h->r.t->arena, (size_t)(n + !n) * sizeof(double), 64);
}

static int digits_of(double value, double bar, int most)
{
    if (isnan(value) || isnan(bar)) return 0;
    if (bar == 0) return most;
    double d = floor(log10(fabs(value) / bar));
    return d < 0 ? 0 : d > most ? most : (int)d;
}

static void keep_worst(const hunt *h, int k, const double *exact, const double *bar)
{
    rg_rounding *f = &h->found[k];
    int64_t count = h->x[k]->layout->count;
    double largest = 0;
    bool any = false;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, fabs(exact[i]));
    for (int64_t i = 0; i < count; i++) {
        int digits = digits_of(exact[i], bar[i], f->digits);
        if (fabs(exact[i]) < LEAST_OF_LARGEST * largest || (any && digits >= f->digits)) continue;
        any = true;
        f->digits = digits;
        f->element = i;
        f->gradient = recorded_number(h->g[k], i);
        f->bar = bar[i];
    }
}

static rg_status measure_one(hunt *h, int k)
{
    rg_node *g = rg_rerun_of(&h->r, h->g[k]);
    if (!g) return RG_OK;
    int64_t count = g->layout->count;
    double *exact = doubles_for(h, count), *bar = doubles_for(h, count);
    if (!exact || !bar) return RG_NOMEM;
    rg_rerun_play(&h->r, g, 0, 0);
    for (int64_t i = 0; i < count; i++) {
        exact[i] = at(g, i);
        bar[i] = h->f32 ? fabs(recorded_number(h->g[k], i) - exact[i]) : 0;
        bar[i] = fmax(bar[i], fabs(exact[i]) * (h->f32 ? 0x1p-24 : 0x1p-53)); /* its own last bit */
    }
    for (uint64_t seed = 1; seed <= SAMPLES_OF_LAST_BITS; seed++) {
        if (rg_rerun_play(&h->r, g, bits_of(h), seed)) continue;
        for (int64_t i = 0; i < count; i++)
            bar[i] = fmax(bar[i], fabs(at(g, i) - exact[i]) / (h->f32 ? 1 : SHOWN_F64));
    }
    keep_worst(h, k, exact, bar);
    return RG_OK;
}

/* ---- where digits are lost ----------------------------------------------------------- */

/* A result of the copy: the entry's derivative by it, and what rounding does to it. */
typedef struct carrier {
    rg_node *node, *slope;
    double *base;
    double error, size; /* sums of |slope x move| and |slope x value|                    */
} carrier;

static double relative(const carrier *c) { return c->size > 0 ? c->error / c->size : 0; }

static bool is_result(const rg_node *n) { return n->nin > 0 && n->layout->dtype == RG_F64; }

static int list_results(const hunt *h, const rg_node *g, carrier *c)
{
    int n = 0;
    for (uint32_t id = 0; id <= g->id; id++) {
        rg_node *one = h->r.t->node[id];
        if (is_result(one)) c[n++] = (carrier){.node = one};
    }
    return n;
}

static rg_status differentiate(const hunt *h, rg_node *g, int64_t element, int n, carrier *c)
{
    rg_tape *t = h->r.t;
    rg_node **x = rg_arena_get(&t->arena, 2 * (size_t)n * sizeof *x, _Alignof(rg_node *));
    rg_node *seed = rg_leaf(t, RG_F64, rg_shape_of(g));
    if (!x || t->error.status) return RG_NOMEM;
    *rg_rerun_place(seed, element) = 1;
    for (int i = 0; i < n; i++) x[i] = c[i].node;
    rg_status s = rg_grad(g, seed, n, x, x + n);
    for (int i = 0; i < n && !s; i++) {
        c[i].slope = x[n + i];
        c[i].base = doubles_for(h, c[i].node->layout->count);
        if (!c[i].base) return RG_NOMEM;
        for (int64_t j = 0; j < c[i].node->layout->count; j++) c[i].base[j] = at(c[i].node, j);
    }
    return s;
}

static void weigh_carrier(carrier *c)
{
    for (int64_t j = 0; j < c->node->layout->count && c->slope; j++) {
        double w = fabs(at(c->slope, j));
        if (w == 0) continue;
        c->error += w * fabs(at(c->node, j) - c->base[j]);
        c->size += w * fabs(c->base[j]);
    }
}

static double worst_input(const hunt *h, const carrier *all, int n, const rg_node *of)
{
    double worst = ldexp(1, bits_of(h) - 53); /* what its own rounding adds */
    for (int i = 0; i < n; i++)
        for (int k = 0; k < of->nin; k++)
            if (rg_in(of, k) == all[i].node) worst = fmax(worst, relative(&all[i]));
    return worst;
}

static void name_place(const hunt *h, rg_rounding *f, const rg_node *copy)
{
    for (int64_t id = 0; id < h->r.nodes; id++) {
        rg_node *n = h->t->node[id];
        if (h->r.copy[id] != copy) continue;
        f->op = n->op;
        f->backward = id >= h->mark;
        f->fan_in = f->backward && (n->flags & RG_FAN_IN);
        f->node = !f->backward ? n : n->origin ? n->origin : h->y;
    }
}

/* The greatest jump of the relative error, among results that carry a good part of the
 * entry's own. */
static void find_jump(const hunt *h, const carrier *c, int n, rg_rounding *f)
{
    double highest = JUMP, whole = c[n - 1].error, scale = h->f32 ? 1 : SHOWN_F64;
    for (int i = 0; i < n; i++) {
        double before = worst_input(h, c, n, c[i].node), after = relative(&c[i]);
        if (c[i].error < .1 * whole || c[i].node->op->kind == RG_VIEW || after < highest * before)
            continue;
        highest = after / before;
        f->before = before / scale;
        f->after = after / scale;
        name_place(h, f, c[i].node);
    }
}

static rg_status find_loss(hunt *h, int k)
{
    rg_node *g = rg_rerun_of(&h->r, h->g[k]);
    carrier *c = rg_arena_get(&h->r.t->arena, ((size_t)g->id + 1) * sizeof *c, _Alignof(carrier));
    if (!c) return RG_NOMEM;
    rg_rerun_play(&h->r, g, 0, 0);
    int n = list_results(h, g, c);
    rg_status s = n ? differentiate(h, g, h->found[k].element, n, c) : RG_OK;
    for (uint64_t seed = 1; seed <= SAMPLES_OF_LAST_BITS && !s && n; seed++)
        if (!rg_rerun_play(&h->r, g, bits_of(h), seed))
            for (int i = 0; i < n; i++) weigh_carrier(&c[i]);
    for (int i = 0; i < n; i++) c[i].error /= SAMPLES_OF_LAST_BITS, c[i].size /= SAMPLES_OF_LAST_BITS;
    if (!s && n) find_jump(h, c, n, &h->found[k]);
    return s;
}

/* ---- the way through ----------------------------------------------------------------- */

static rg_node *draw_seed(const hunt *h, uint64_t seed)
{
    rg_node *v = rg_leaf(h->t, h->y->layout->dtype, rg_shape_of(h->y));
    size_t n = (size_t)h->y->layout->count;
    double *number = rg_scratch(h->t, (n + !n) * sizeof *number);
    rg_chance chance = {seed, (uint64_t)1 << 42};
    if (!number) return h->t->failed;
    for (size_t i = 0; i < n; i++) number[i] = n == 1 ? 1 : rg_chance_normal(&chance);
    rg_write(v, RG_F64, number, n);
    rg_scratch_free(h->t, number, (n + !n) * sizeof *number);
    return v;
}

static rg_status copy_gradient(hunt *h, rg_node *v)
{
    int ny = 0;
    for (int k = 0; k < h->n; k++)
        if (h->g[k]) h->list[ny++] = h->g[k];
    for (int i = 0; i < ny; i++) {
        rg_status s = rg_eval(h->list[i]);
        if (s) return s;
    }
    for (int k = 0; k < h->n; k++) h->list[ny + k] = h->x[k];
    h->list[ny + h->n] = v;
    return ny ? rg_rerun_open(&h->r, ny, h->list, h->n + 1, h->list + ny, true) : RG_OK;
}

static rg_status look_at_all(hunt *h)
{
    rg_status s = RG_OK;
    for (int64_t id = 0; id < h->r.nodes; id++)
        h->f32 |= h->r.copy[id] && h->t->node[id]->layout->dtype == RG_F32;
    for (int k = 0; k < h->n && !s; k++) {
        int most = h->f32 ? DIGITS_F32 : DIGITS_F64;
        h->found[k] = (rg_rounding){.digits = most, .absent = !h->g[k], .shape = rg_shape_of(h->x[k])};
        if (h->g[k]) s = measure_one(h, k);
        if (h->g[k] && !s && h->found[k].digits < most / 2) s = find_loss(h, k);
    }
    return s;
}

static rg_status follow_last_bits(hunt *h, uint64_t seed)
{
    rg_node *v = draw_seed(h, seed);
    rg_status s = rg_grad(h->y, v, h->n, h->x, h->g);
    if (!s) s = copy_gradient(h, v);
    if (!s) s = look_at_all(h);
    if (s && h->r.t) rg_refuse(h->t, s, NULL, "rounding: %s", h->r.t->error.text);
    rg_status starved = rg_rerun_close(&h->r);
    return rg_owned_up(h->t, s ? s : starved);
}

static rg_status refuse_strangers(rg_tape *t, int n, rg_node *const *x)
{
    for (int k = 0; k < n; k++)
        if (rg_tape_of(x[k]) != t)
            return rg_refuse(t, RG_USAGE, NULL, "rounding: input %d is NULL or of another tape",
                             k + 1);
    return n < 1 ? rg_refuse(t, RG_USAGE, NULL, "rounding: with respect to nothing")
                 : t->error.status;
}

rg_status rg_check_rounding(rg_node *y, int n, rg_node *const *x, uint64_t seed, rg_rounding *found)
{
    rg_tape *t = rg_tape_of(y);
    if (!t) return RG_USAGE;
    rg_status s = refuse_strangers(t, n, x);
    if (!s) s = rg_eval(y);
    if (s) return s;
    size_t bytes = (3 * (size_t)n + 1) * sizeof(rg_node *);
    hunt h = {.t = t, .y = y, .n = n, .x = x, .found = found, .g = rg_scratch(t, bytes)};
    if (!h.g) return RG_NOMEM;
    h.list = h.g + n;
    h.mark = rg_mark(t);
    s = follow_last_bits(&h, seed);
    rg_error error = t->error;
    rg_rewind(t, h.mark);
    t->error = error;
    t->error_at = h.mark;
    rg_scratch_free(t, h.g, bytes);
    return s;
}

/* ---- in words ------------------------------------------------------------------------ */

static int place_words(const rg_rounding *r, char *buf, size_t size)
{
    int64_t place[RG_MAX_RANK], left = r->element;
    int n = 0;
    for (int i = r->shape.rank; i-- > 0; left /= r->shape.dim[i]) place[i] = left % r->shape.dim[i];
    for (int i = 0; i < r->shape.rank; i++)
        n += snprintf(buf + n, size - (size_t)n, "%s%lld", i ? "," : " at element (",
                      (long long)place[i]);
    return n + snprintf(buf + n, size - (size_t)n, "%s", r->shape.rank ? ")" : "");
}

const char *rg_rounding_text(const rg_rounding *r, char buf[RG_ROUNDING_TEXT])
{
    char place[160], node[RG_TEXT];
    if (r->absent) return strcpy(buf, "no gradient");
    place_words(r, place, sizeof place);
    int n = snprintf(buf, RG_ROUNDING_TEXT, "%d correct digit%s: %.9g%s may be off by %.0e", r->digits,
                     r->digits == 1 ? "" : "s", r->gradient, place, r->bar);
    if (!r->node) return buf;
    const char *how = r->fan_in     ? "where gradients meet below"
                      : r->backward ? "in the gradient of"
                                    : "at";
    snprintf(buf + n, (size_t)(RG_ROUNDING_TEXT - n),
             "; cancellation in %s, %s node %lld, %s %s: relative errors of %.0e become %.0e", r->op->name,
             how, (long long)r->node->id, r->node->op->name, rg_node_text(r->node, node), r->before,
             r->after);
    return buf;
}
