/* grad.c - the gradient: walks the tape backward, asks each node on the way for
 * its rule, and adds up where paths meet.
 *
 * The tape is in order, so a node's turn comes after all its consumers': when it
 * comes, what has arrived is complete. No sort, no recursion. One slot per node
 * between the first x and y holds
 *   NULL      no path from here to an x: nothing is asked for
 *   WAITING   on a path; nothing has arrived yet
 *   a node    the sum of what has arrived so far                              */
#include "internal.h"
#include <string.h>

static const rg_node waiting_mark;
#define WAITING ((rg_node *)(uintptr_t)&waiting_mark)

typedef struct walk {
    rg_tape *t;
    rg_node **slot; /* slot[id - lo] */
    uint32_t lo, hi;
    int64_t lead; /* extra leading axes of the seed */
} walk;

enum { FEW = 8 };

static rg_status failed_status(const rg_tape *t) { return t->error.status; }

/* ---- what must hold before ------------------------------------------------------- */

static bool has_gradient(const rg_node *n)
{
    return n->layout->dtype == RG_F32 || n->layout->dtype == RG_F64;
}

/* An error node may be left over from before a rewind. */
static bool is_no_node_of(const rg_tape *t, const rg_node *n)
{
    return rg_tape_of(n) != t || (n->flags & RG_ERRONEOUS);
}

static rg_status check_x(rg_tape *t, int n, rg_node *const *x)
{
    for (int i = 0; i < n; i++) {
        char text[RG_TEXT];
        if (is_no_node_of(t, x[i]))
            rg_fail(t, RG_USAGE, NULL, "grad: input %d is NULL, an error node, or of another tape",
                    i + 1);
        else if (!has_gradient(x[i]))
            rg_fail(t, RG_DTYPE, NULL, "grad: no gradient for whole numbers: %s",
                    rg_node_text(x[i], text));
    }
    return failed_status(t);
}

/* The trailing axes of g are those of like. */
static bool ends_like(const rg_node *g, const rg_node *like)
{
    int extra = g->layout->rank - like->layout->rank;
    if (g->layout == like->layout) return true;
    return extra >= 0 && !memcmp(g->layout->dim + extra, like->layout->dim,
                                 (size_t)like->layout->rank * sizeof *like->layout->dim);
}

static rg_status check_seed(rg_tape *t, const rg_node *y, const rg_node *seed)
{
    char a[RG_TEXT], b[RG_TEXT];
    if (!has_gradient(y))
        rg_fail(t, RG_DTYPE, NULL, "grad: no gradient of whole numbers: %s", rg_node_text(y, a));
    else if (!seed && y->layout->count != 1)
        rg_fail(t, RG_SHAPE, NULL,
                "grad: the output %s has %lld elements; give the upstream gradient, or reduce it "
                "to one",
                rg_node_text(y, a), (long long)y->layout->count);
    else if (seed && is_no_node_of(t, seed))
        rg_fail(t, RG_USAGE, NULL, "grad: the upstream is an error node, or of another tape");
    else if (seed && seed->layout->dtype != y->layout->dtype)
        rg_fail(t, RG_DTYPE, NULL, "grad: upstream %s for output %s", rg_node_text(seed, a),
                rg_node_text(y, b));
    else if (seed && !ends_like(seed, y))
        rg_fail(t, RG_SHAPE, NULL, "grad: upstream %s does not end in the shape of the output %s",
                rg_node_text(seed, a), rg_node_text(y, b));
    return failed_status(t);
}

static int lead_of(const rg_node *y, const rg_node *seed)
{
    return seed ? seed->layout->rank - y->layout->rank : 0;
}

static bool same_lead(const rg_node *y, const rg_node *seed, const rg_node *y0,
                      const rg_node *seed0)
{
    int lead = lead_of(y, seed);
    return lead == lead_of(y0, seed0) &&
           (lead == 0 ||
            !memcmp(seed->layout->dim, seed0->layout->dim, (size_t)lead * sizeof(int64_t)));
}

static rg_status check_y(rg_tape *t, int m, rg_node *const *y, rg_node *const *seed)
{
    char a[RG_TEXT], b[RG_TEXT];
    for (int j = 0; j < m && !failed_status(t); j++) {
        if (is_no_node_of(t, y[j]))
            rg_fail(t, RG_USAGE, NULL, "grad: output %d is NULL, an error node, or of another tape",
                    j + 1);
        else if (!check_seed(t, y[j], seed[j]) && !same_lead(y[j], seed[j], y[0], seed[0]))
            rg_fail(t, RG_SHAPE, NULL, "grad: upstreams %s and %s have different leading axes",
                    seed[0] ? rg_node_text(seed[0], a) : "1",
                    seed[j] ? rg_node_text(seed[j], b) : "1");
    }
    return failed_status(t);
}

/* ---- forward: which nodes lie on a path ------------------------------------------ */

static bool passes_on(const rg_node *n) { return n->op->vjp && !(n->flags & RG_CONSTANT); }

static rg_status mark_paths(walk *w, int n, rg_node *const *x)
{
    rg_tape *t = w->t;
    size_t size = (size_t)(w->hi - w->lo) + 1;
    if (size > t->slot_cap) {
        size_t cap = size + size / 2;
        rg_node **p = rg_mem_resize(&t->mem, t->slot, t->slot_cap * sizeof *p, cap * sizeof *p);
        if (!p) {
            rg_refuse(t, RG_NOMEM, NULL, "out of memory");
            return RG_NOMEM; /* in so many words: an analyzer does not look into rg_refuse */
        }
        t->slot = p;
        t->slot_cap = cap;
    }
    w->slot = t->slot;
    memset(w->slot, 0, size * sizeof *w->slot);
    for (int i = 0; i < n; i++)
        if (x[i]->id <= w->hi) w->slot[x[i]->id - w->lo] = WAITING;
    for (uint32_t id = w->lo; id <= w->hi; id++) {
        const rg_node *y = t->node[id];
        for (int k = 0; k < y->nin && !w->slot[id - w->lo]; k++) {
            uint32_t in = rg_in(y, k)->id;
            if (in >= w->lo && w->slot[in - w->lo] && passes_on(y)) w->slot[id - w->lo] = WAITING;
        }
    }
    return RG_OK;
}

/* ---- backward -------------------------------------------------------------------- */

/* A leaf shows its new numbers to all who look: what was recorded before a change
 * no longer agrees with them. Views look through to the leaf. */
static rg_status check_stale(rg_tape *t, const rg_node *y)
{
    for (int k = 0; k < y->nin; k++) {
        const rg_node *x = rg_in(y, k);
        while (x->op->kind == RG_VIEW && x->nin) x = rg_in(x, 0);
        if (x->op != &rg_op_leaf || rg_leafrec_of(x)->changed <= y->id) continue;
        char text[RG_TEXT];
        rg_fail(
            t, RG_STALE, y->op,
            "grad: %s has changed since %s at line %d read it; record again, then differentiate",
            rg_node_text(x, text), y->op->name, y->line);
        return RG_STALE;
    }
    return RG_OK;
}

/* Paths meet at x: the sum of what had arrived and of what arrives now. */
static rg_node *fan_in(rg_tape *t, rg_node *x, rg_node *before, rg_node *now)
{
    rg_node *outer = t->making;
    t->making = x;
    rg_node *sum = rg_apply(&rg_op_add, 2, (rg_node *[]){before, now}, NULL);
    t->making = outer;
    if (!(sum->flags & RG_ERRONEOUS)) sum->flags |= RG_FAN_IN;
    return sum;
}

static rg_status deliver(walk *w, rg_node *y, int k, rg_node *g, rg_node *now)
{
    rg_tape *t = w->t;
    rg_node *x = rg_in(y, k), **slot = &w->slot[x->id - w->lo];
    if (now && (now->flags & RG_ERRONEOUS)) return failed_status(t);
    if (now && (!ends_like(now, x) || now->layout->rank != x->layout->rank + w->lead)) {
        char a[RG_TEXT], b[RG_TEXT];
        rg_fail(t, RG_SHAPE, y->op, "the gradient rule of %s answers %s for input %d, which is %s",
                y->op->name, rg_node_text(now, a), k + 1, rg_node_text(x, b));
        return RG_SHAPE;
    }
    rg_node *before = *slot == WAITING ? NULL : *slot;
    if (now && now->origin == y) now->wire = (uint16_t)k;
    if (now) *slot = before ? fan_in(t, x, before, now) : now;
    if (*slot != WAITING && ((*slot)->flags & RG_ERRONEOUS)) return failed_status(t);
    if (t->watch) {
        rg_step s = {y, k, g, now, before, *slot == WAITING ? NULL : *slot};
        t->watch(t->watch_ud, &s);
    }
    return RG_OK;
}

static rg_status ask_rule(walk *w, rg_node *y, rg_node *g, unsigned char *wanted, rg_node **out)
{
    rg_tape *t = w->t;
    for (int k = 0; k < y->nin; k++) {
        uint32_t in = rg_in(y, k)->id;
        wanted[k] = in >= w->lo && w->slot[in - w->lo];
        out[k] = NULL;
    }
    rg_node *outer = t->making;
    t->making = y;
    y->op->vjp(y, g, wanted, out);
    t->making = outer;
    rg_status s = failed_status(t);
    for (int k = 0; k < y->nin && !s; k++)
        if (wanted[k]) s = deliver(w, y, k, g, out[k]);
    return s;
}

static rg_status step_back(walk *w, rg_node *y, rg_node *g)
{
    rg_status s = check_stale(w->t, y);
    if (s) return s;
    rg_node *few[FEW], **out = few;
    unsigned char few_wanted[FEW], *wanted = few_wanted;
    size_t bytes = y->nin * (sizeof *out + 1);
    if (y->nin > FEW) {
        out = rg_scratch(w->t, bytes);
        if (!out) return RG_NOMEM;
        wanted = (unsigned char *)(out + y->nin);
    }
    s = ask_rule(w, y, g, wanted, out);
    if (out != few) rg_scratch_free(w->t, out, bytes);
    return s;
}

static rg_status walk_back(walk *w)
{
    for (uint32_t id = w->hi + 1; id-- > w->lo;) {
        rg_node *g = w->slot[id - w->lo], *n = w->t->node[id];
        if (!g || g == WAITING || !passes_on(n)) continue;
        rg_status s = step_back(w, n, g);
        if (s) return s;
    }
    return RG_OK;
}

/* ---- the function ---------------------------------------------------------------- */

static rg_node *seed_of_one(rg_node *y)
{
    return rg_const(rg_owner(y), y->layout->dtype, rg_shape_of(y), 1);
}

/* What starts at the outputs that lie on a path. */
static rg_status plant_seeds(walk *w, int m, rg_node *const *y, rg_node *const *seed)
{
    for (int j = 0; j < m; j++) {
        rg_node **slot = &w->slot[y[j]->id - w->lo], *g = seed[j];
        if (!*slot) continue;
        if (!g) g = seed_of_one(y[j]);
        w->lead = lead_of(y[j], g);
        *slot = *slot == WAITING ? g : fan_in(w->t, y[j], *slot, g);
        if (failed_status(w->t)) break;
    }
    return failed_status(w->t);
}

rg_status rg_grad_many(rg_tape *t, int m, rg_node *const *y, rg_node *const *seed, int n,
                       rg_node *const *x, rg_node **out)
{
    if (failed_status(t) || check_x(t, n, x) || check_y(t, m, y, seed)) return failed_status(t);
    walk w = {.t = t, .lo = y[0]->id, .hi = y[0]->id};
    for (int j = 1; j < m; j++) {
        if (y[j]->id > w.hi) w.hi = y[j]->id;
        if (y[j]->id < w.lo) w.lo = y[j]->id;
    }
    for (int i = 0; i < n; i++)
        if (x[i]->id < w.lo) w.lo = x[i]->id;
    rg_status s = mark_paths(&w, n, x);
    if (!s) s = plant_seeds(&w, m, y, seed);
    if (!s) s = walk_back(&w);
    for (int i = 0; i < n && !s; i++) {
        rg_node *g = x[i]->id <= w.hi ? w.slot[x[i]->id - w.lo] : NULL;
        out[i] = g == WAITING ? NULL : g;
    }
    return s;
}

rg_status rg_grad_end(rg_tape *t, rg_status s, int n, rg_node **out, const char *what)
{
    for (int i = 0; i < n && out && s; i++)
        out[i] = rg_fail(t, s, NULL, "%s: no output to differentiate", what);
    if (t) t->stamped = (uint32_t)t->len;
    return s;
}

rg_status rg_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out)
{
    rg_tape *t = rg_tape_of(y);
    if (n > 0 && (!x || !out))
        return rg_refuse(t, RG_USAGE, NULL, "grad: nowhere to find the inputs or to put gradients");
    rg_status s = t ? rg_grad_many(t, 1, &y, &seed, n, x, out) : RG_USAGE;
    return rg_grad_end(t, s, n, out, "grad");
}

void rg_watch(rg_tape *t, void (*fn)(void *ud, const rg_step *s), void *ud)
{
    if (!t) return;
    t->watch = fn;
    t->watch_ud = ud;
}
