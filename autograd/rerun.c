/* rerun.c - copies a recording and plays it again with other numbers. */
#include "rerun.h"
#include <math.h>
#include <string.h>

enum { NEEDED = 1, CUT = 2, BEHIND = 4 }; /* of an original node, by id */

typedef struct plan_of_copy {
    rg_rerun *r;
    const rg_tape *from;
    unsigned char *mark;
    bool wide;
} plan_of_copy;

/* ---- which nodes -------------------------------------------------------------------- */

/* Drawn by chance: it reads the counter of ticks. */
static bool drawn(const rg_tape *t, const rg_node *n)
{
    return n->nin && t->counter && rg_in(n, 0) == t->counter;
}

/* No gradient flows through it, on purpose; a detach inside a rule is none. */
static bool held_still(const rg_node *n)
{
    return (n->op == &rg_op_detach && !n->origin) || (n->flags & RG_CONSTANT);
}

static bool becomes_leaf(const plan_of_copy *p, const rg_node *n)
{
    return (p->mark[n->id] & CUT) || rg_is_leaf(n) || held_still(n) || drawn(p->from, n);
}

static void mark_needed(const plan_of_copy *p)
{
    for (int64_t id = p->r->nodes; id-- > 0;) {
        const rg_node *n = p->from->node[id];
        if (!(p->mark[id] & NEEDED) || becomes_leaf(p, n)) continue;
        for (int k = 0; k < n->nin; k++) p->mark[rg_in(n, k)->id] |= NEEDED;
    }
}

/* True when an x is made from another one: both cannot be free. */
static bool entangled(const plan_of_copy *p)
{
    for (int64_t id = p->r->nodes; id-- > 0;) {
        const rg_node *n = p->from->node[id];
        if (!(p->mark[id] & (CUT | BEHIND))) continue;
        for (int k = 0; k < n->nin; k++) {
            unsigned char *m = &p->mark[rg_in(n, k)->id];
            if (*m & CUT) return true;
            *m |= BEHIND;
        }
    }
    return false;
}

/* ---- copies ------------------------------------------------------------------------- */

static rg_dtype copied_type(const plan_of_copy *p, rg_dtype d)
{
    return p->wide && d == RG_F32 ? RG_F64 : d;
}

/* True when no two elements of the window share an address. Compares axes by how far
 * they reach: each step must be longer than all shorter axes together. */
static bool apart(const rg_tensor *w)
{
    for (int i = 0; i < w->rank; i++) {
        int64_t step = w->stride[i] < 0 ? -w->stride[i] : w->stride[i], reach = 0;
        if (w->dim[i] <= 1) continue;
        for (int j = 0; j < w->rank; j++) {
            int64_t other = w->stride[j] < 0 ? -w->stride[j] : w->stride[j];
            if (j != i && (other < step || (other == step && j > i)))
                reach += (w->dim[j] - 1) * other;
        }
        if (step <= reach) return false;
    }
    return true;
}

/* Memory for a window like w, whose data is set to its first element. */
static bool give_window(rg_tape *t, rg_tensor *w)
{
    int64_t before, after;
    rg_reach(w->rank, w->dim, w->stride, &before, &after);
    size_t size = rg_dtype_size(w->dtype);
    char *p = rg_arena_get(&t->arena, (size_t)(before + after + 1) * size, 64);
    w->data = p ? p + (size_t)before * size : NULL;
    return p != NULL;
}

/* A leaf with the numbers and, when they lie apart, the strides of n: views that
 * were recorded on n then fit its copy too. */
static rg_node *leaf_copy(const plan_of_copy *p, const rg_node *n)
{
    rg_tape *t = p->r->t;
    rg_tensor from = rg_window(n), to = from;
    size_t count = (size_t)n->layout->count, bytes = count * rg_dtype_size(from.dtype);
    rg_node *leaf;
    to.dtype = copied_type(p, from.dtype);
    if (count == 0 || !apart(&to))
        leaf = rg_leaf(t, to.dtype, rg_shape_of(n));
    else if (give_window(t, &to))
        leaf = rg_leaf_over(t, &to, false);
    else
        return rg_fail(t, RG_NOMEM, NULL, "out of memory");
    void *tmp = rg_scratch(t, bytes);
    if (!tmp) return t->failed;
    rg_pack(tmp, &from, 0, (int64_t)count);
    rg_status s = rg_write(leaf, from.dtype, tmp, count);
    rg_scratch_free(t, tmp, bytes);
    return s ? t->failed : leaf;
}

static rg_node *op_copy(const plan_of_copy *p, const rg_node *n)
{
    rg_tape *t = p->r->t;
    size_t bytes = n->nin * sizeof(rg_node *);
    rg_node **in = rg_scratch(t, bytes);
    if (!in) return t->failed;
    for (int k = 0; k < n->nin; k++) in[k] = p->r->copy[rg_in(n, k)->id];
    rg_attr attr;
    if (n->attr) attr = *n->attr;
    if (n->attr && n->op->typed) attr.i[0] = copied_type(p, (rg_dtype)attr.i[0]);
    rg_node *y = rg_apply_on(t, n->op, n->nin, in, n->attr ? &attr : NULL);
    rg_scratch_free(t, in, bytes);
    return y;
}

static rg_status copy_needed(const plan_of_copy *p)
{
    for (int64_t id = 0; id < p->r->nodes; id++) {
        const rg_node *n = p->from->node[id];
        if (!(p->mark[id] & NEEDED)) continue;
        p->r->copy[id] = becomes_leaf(p, n) ? leaf_copy(p, n) : op_copy(p, n);
        if (p->r->t->error.status) break;
    }
    return p->r->t->error.status;
}

static rg_status mark_and_copy(plan_of_copy *p, int ny, rg_node *const *y, int nx,
                               rg_node *const *x)
{
    rg_tape *t = p->r->t;
    for (int i = 0; i < nx; i++) p->mark[x[i]->id] |= NEEDED | CUT;
    for (int i = 0; i < ny; i++) p->mark[y[i]->id] |= NEEDED;
    if (entangled(p)) {
        rg_fail(t, RG_USAGE, NULL, "rerun: one of the %d inputs is made from another", nx);
        return RG_USAGE;
    }
    mark_needed(p);
    return copy_needed(p);
}

/* A tape for the copy, with room for `nodes` of them; p says what is to be copied. */
static rg_status start_copy(plan_of_copy *p, rg_rerun *r, rg_tape *from, int64_t nodes, bool wide)
{
    rg_config cfg = from->cfg;
    cfg.lazy = false;
    *r = (rg_rerun){.t = rg_tape_new(&cfg), .nodes = nodes};
    if (!r->t) return rg_refuse(from, RG_NOMEM, NULL, "out of memory");
    size_t n = (size_t)nodes;
    r->copy = rg_arena_get(&r->t->forever, n * sizeof *r->copy, _Alignof(rg_node *));
    *p = (plan_of_copy){r, from, r->copy ? rg_scratch(r->t, n) : NULL, wide};
    if (!p->mark) return rg_refuse(from, RG_NOMEM, NULL, "out of memory");
    memset(r->copy, 0, n * sizeof *r->copy);
    memset(p->mark, 0, n);
    return RG_OK;
}

static rg_status end_copy(plan_of_copy *p, rg_tape *from, rg_status s)
{
    rg_scratch_free(p->r->t, p->mark, (size_t)p->r->nodes);
    if (s) rg_fail(from, s, NULL, "%s", p->r->t->error.text);
    return s;
}

rg_status rg_rerun_open(rg_rerun *r, int ny, rg_node *const *y, int nx, rg_node *const *x,
                        bool wide)
{
    rg_tape *from = rg_owner(y[0]);
    int64_t nodes = 0;
    plan_of_copy p;
    for (int i = 0; i < nx; i++)
        if (x[i]->id >= nodes) nodes = x[i]->id + 1;
    for (int i = 0; i < ny; i++)
        if (y[i]->id >= nodes) nodes = y[i]->id + 1;
    rg_status s = start_copy(&p, r, from, nodes, wide);
    return s ? s : end_copy(&p, from, mark_and_copy(&p, ny, y, nx, x));
}

rg_status rg_rerun_open_alone(rg_rerun *r, rg_node *n)
{
    rg_tape *from = rg_owner(n);
    plan_of_copy p;
    rg_status s = start_copy(&p, r, from, (int64_t)n->id + 1, false);
    if (s) return s;
    for (int k = 0; k < n->nin; k++) p.mark[rg_in(n, k)->id] = NEEDED | CUT;
    p.mark[n->id] = NEEDED;
    return end_copy(&p, from, copy_needed(&p));
}

rg_status rg_rerun_close(rg_rerun *r)
{
    rg_tape_free(r->t);
    r->t = NULL;
    return r->starved ? RG_NOMEM : RG_OK;
}

/* ---- playing ------------------------------------------------------------------------ */

/* Bits that a number of at most 21 digits has not. */
static const uint64_t EXACT = ((uint64_t)1 << 32) - 1;

static uint64_t mixed(uint64_t h) /* as in SplitMix64 */
{
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    return h ^ h >> 31;
}

/* The number of the grid in the cell that u lies in. */
static uint64_t grid_number(uint64_t u, uint64_t mask, uint64_t seed)
{
    return (u & ~mask) | (mixed((u & ~mask) + seed * 0x9E3779B97F4A7C15u) & mask);
}

double rg_rerun_round(double v, int bits, uint64_t seed, uint64_t salt)
{
    uint64_t u, mask = ((uint64_t)1 << bits) - 1;
    memcpy(&u, &v, sizeof u);
    if ((u & EXACT) == 0 || (u >> 52 & 0x7FF) == 0x7FF) return v;
    uint64_t near = grid_number(u, mask, seed);
    bool other = near != u && mixed(salt + seed) >> 63;
    if (other) near = grid_number(near < u ? u + mask + 1 : u - mask - 1, mask, seed);
    memcpy(&v, &near, sizeof v);
    return v;
}

static double largest_in(const rg_node *n)
{
    double largest = 0;
    for (int64_t i = 0; i < n->layout->count; i++)
        largest = fmax(largest, fabs(*rg_rerun_place(n, i)));
    return isfinite(largest) ? largest : 0;
}

double rg_rerun_inside(const rg_node *n, int *factors)
{
    double product = 1, terms = 1 / (double)(n->layout->count + !n->layout->count);
    *factors = 0;
    for (int k = 0; k < n->nin; k++) {
        const rg_node *in = rg_in(n, k);
        if (in->layout->dtype != RG_F64) continue;
        product *= largest_in(in);
        terms *= (double)in->layout->count;
        ++*factors;
    }
    if (*factors == 2) terms = sqrt(terms); /* (m k)(k n) / (m n) = k^2 */
    return *factors ? product * sqrt(terms > 1 ? terms : 1) : 0;
}

/* A kernel that multiplies inputs may cancel inside: g (softmax(x) - 1) is small where
 * softmax(x) is nearly 1. Ops that only move numbers have no part in that. */
static double lost_inside(const rg_node *n, int bits)
{
    int factors = 0;
    if (n->op->kind != RG_ROWS && !n->op->flops) return 0;
    double inside = rg_rerun_inside(n, &factors);
    return factors > 1 ? ldexp(inside, bits - 53) : 0;
}

static void round_node(rg_node *n, int bits, uint64_t seed)
{
    double *v = n->data;
    if (!n->nin || n->op->kind == RG_VIEW || n->layout->dtype != RG_F64) return;
    double lost = lost_inside(n, bits);
    for (int64_t i = 0; i < n->layout->count; i++) {
        uint64_t salt = (uint64_t)n->id << 40 ^ (uint64_t)i;
        if (lost > 0 && v[i] != 0) v[i] += mixed(~salt + seed) >> 63 ? lost : -lost;
        v[i] = rg_rerun_round(v[i], bits, seed, salt);
    }
}

rg_status rg_rerun_play(rg_rerun *r, const rg_node *last, int bits, uint64_t seed)
{
    size_t end = last ? (size_t)last->id + 1 : r->t->len;
    rg_status s = RG_OK;
    for (size_t i = 0; i < end && !s; i++) {
        rg_node *n = r->t->node[i];
        s = rg_compute(n);
        if (!s && bits) round_node(n, bits, seed);
    }
    memset(&r->t->error, 0, sizeof r->t->error);
    r->starved |= s == RG_NOMEM;
    return s;
}

double *rg_rerun_place(const rg_node *n, int64_t i)
{
    double *p = n->data;
    if (n->layout->dense) return p + i;
    for (int axis = n->layout->rank; axis-- > 0; i /= n->layout->dim[axis])
        p += i % n->layout->dim[axis] * n->layout->stride[axis];
    return p;
}
