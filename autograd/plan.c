/* plan.c - from items to groups: what runs together, and when. Three rules.
 *
 *   GROUP   An item that works element by element or row by row joins the latest group
 *           that it reads from, if that is not far back, makes as many rows, and the item
 *           looks at its mates row by row; else the newest group, under the same terms;
 *           otherwise it opens a group. So a group is one whole op (or none) with its
 *           tail: bias and activation behind a product are not a special case. An item
 *           that reads only from groups far back waits until somebody needs it, and goes
 *           where that one goes: helpers of the backward pass are not computed in the
 *           forward pass, to be kept for long.
 *   LIVE    A value that only its own group reads stays in scratch, a tile of it at a
 *           time. Everything else lives from its group to the last group that reads it.
 *   PLACE   Values that do not live at the same time may share memory. A register takes
 *           its new value in place, when it has been read for the last time.
 *
 * For a budget a head that only its own tail reads is computed strip by strip, each followed by
 * what the tail makes of it: such a head lives, and reads, for as long as its tail runs.
 *
 * Here is the first; the other two are in place.c.
 * docs/design.md follows one example through all stages. */
#include "parts.h"
#include <math.h>
#include <string.h>

typedef struct planner {
    rg_plan *p;
    uint32_t *stack; /* of items that are being placed */
} planner;

void *rg_plan_get(rg_plan *p, size_t n, size_t size)
{
    size_t bytes = n && size ? n * size : 1;
    void *at = n > SIZE_MAX / 2 / (size + 1) ? NULL : rg_arena_get(&p->arena, bytes, 16);
    if (at) memset(at, 0, bytes);
    if (!at) rg_refuse(p->t, RG_NOMEM, NULL, "compile: out of memory");
    return at;
}

rg_tensor rg_link_window(const rg_plan *p, const rg_link *l)
{
    rg_tensor w = {.dtype = l->layout->dtype, .rank = l->layout->rank};
    char *first = p->item[l->item].data;
    if (first) w.data = first + l->offset * (int64_t)rg_dtype_size(w.dtype);
    memcpy(w.dim, l->layout->dim, sizeof w.dim);
    memcpy(w.stride, l->layout->stride, sizeof w.stride);
    return w;
}

/* ---- rows ------------------------------------------------------------------------ */

enum { WIDEST = 1024 }; /* elements of a row that tiles are made of */

static int64_t count_of(const rg_item *v) { return v->layout->count; }

/* Rows that v works by; 0: any cut will do. */
static int64_t own_rows(const rg_item *v)
{
    const rg_layout *x = v->nin ? v->in[0].layout : v->layout;
    return v->op->kind == RG_ELEMENTWISE ? 0 : x->count / x->dim[x->rank - 1];
}

/* Elements of a full member of the group that v would make. */
static int64_t full_count(const rg_item *v)
{
    return v->op->kind == RG_ELEMENTWISE ? count_of(v) : v->in[0].layout->count;
}

/* A number of each row, repeated along it: rows x 1 seen as rows x width. */
bool rg_spreads(const rg_link *l, const rg_item *from, int64_t rows)
{
    const rg_layout *w = l->layout;
    if (l->offset || from->layout->count != rows || !from->layout->dense) return false;
    int64_t width = 1, step = 1;
    int i = w->rank;
    while (i > 0 && width * rows < w->count && (w->dim[i - 1] == 1 || w->stride[i - 1] == 0))
        width *= w->dim[--i];
    if (width * rows != w->count) return false;
    while (i-- > 0) {
        if (w->dim[i] != 1 && w->stride[i] != step) return false;
        step *= w->dim[i];
    }
    return true;
}

/* May v look at its mate this way, when the group makes rows? */
static bool sees_rows(const rg_plan *p, const rg_bunch *g, const rg_item *v, const rg_link *l)
{
    const rg_item *mate = &p->item[l->item];
    if (rg_is_direct(p, l))
        return v->op->kind == RG_ELEMENTWISE
                   ? l->layout->count == count_of(v)
                   : l->layout->count == g->count || l->layout->count == own_rows(v);
    return v->op->kind == RG_ELEMENTWISE && count_of(v) == g->count && g->rows &&
           rg_spreads(l, mate, g->rows);
}

static bool rows_agree(const rg_bunch *g, const rg_item *v)
{
    int64_t rows = own_rows(v);
    if (rows) {
        if (full_count(v) != g->count || (g->rows && g->rows != rows)) return false;
        return full_count(v) / rows <= WIDEST && (count_of(v) == g->count || count_of(v) == rows);
    }
    return count_of(v) == g->count || (g->rows && count_of(v) == g->rows);
}

static bool fits(const rg_plan *p, uint32_t group, uint32_t i)
{
    const rg_item *v = &p->item[i];
    const rg_bunch *g = &p->group[group];
    if (!v->tail || g->count == 0 || p->cfg.plain || !rows_agree(g, v)) return false;
    for (int k = 0; k < v->nin; k++)
        if (p->item[v->in[k].item].group == group && !sees_rows(p, g, v, &v->in[k])) return false;
    return true;
}

/* ---- groups ---------------------------------------------------------------------- */

static void note_readers(rg_plan *p, const rg_item *v)
{
    for (int k = 0; k < v->nin; k++) {
        rg_item *x = &p->item[v->in[k].item];
        x->placed_readers++;
        if (x->last == RG_NOWHERE || x->last < v->group) x->last = v->group;
    }
}

static void join(rg_plan *p, uint32_t group, uint32_t i)
{
    rg_bunch *g = &p->group[group];
    rg_item *v = &p->item[i];
    if (g->members++)
        p->item[g->last].next = i;
    else
        g->first = i;
    g->last = i;
    if (own_rows(v)) g->rows = own_rows(v);
    v->group = group;
    v->at = g->members; /* the head has 0 */
    v->waiting = false;
    note_readers(p, v);
}

static rg_status open_group(rg_plan *p, uint32_t i)
{
    rg_item *v = &p->item[i];
    if (p->groups == p->group_cap) {
        uint32_t cap = p->group_cap ? 2 * p->group_cap : 16;
        rg_bunch *more = rg_plan_get(p, cap, sizeof *more);
        if (!more) return RG_NOMEM;
        if (p->groups) memcpy(more, p->group, p->groups * sizeof *more);
        p->group = more;
        p->group_cap = cap;
    }
    uint32_t group = p->groups++;
    p->group[group] = (rg_bunch){.head = RG_NOWHERE, .first = RG_NOWHERE, .last = RG_NOWHERE};
    p->group[group].count = v->tail ? full_count(v) : count_of(v);
    if (v->tail) {
        join(p, group, i);
        return RG_OK;
    }
    p->group[group].head = i;
    v->group = group;
    v->waiting = false;
    note_readers(p, v);
    return RG_OK;
}

/* RG_NOWHERE + 1 is 0: no group is older than any. */
static uint32_t later(uint32_t a, uint32_t b) { return a + 1 > b + 1 ? a : b; }

/* The latest group that i reads, through all that waits. */
static uint32_t latest_read(const rg_plan *p, uint32_t i)
{
    const rg_item *v = &p->item[i];
    uint32_t latest = RG_NOWHERE;
    for (int k = 0; k < v->nin; k++) {
        const rg_item *x = &p->item[v->in[k].item];
        latest = later(latest, x->waiting ? x->reads : x->group);
    }
    return latest;
}

static uint32_t newest_group(const rg_plan *p) { return p->groups - 1; }

/* What reads a group that is not far back is computed there rather than later. */
static bool is_near(const rg_plan *p, uint32_t group)
{
    enum { NEAR = 3 };
    return group != RG_NOWHERE && group + NEAR >= newest_group(p);
}

/* A register whose old value is read after the group would need a copy. */
static bool register_is_free(const rg_plan *p, uint32_t i, uint32_t group)
{
    const rg_item *v = &p->item[i];
    if (v->reg == RG_NOWHERE) return true;
    const rg_item *old = &p->item[p->reg[v->reg].item];
    uint32_t waiting = old->readers - old->placed_readers;
    for (int k = 0; k < v->nin; k++) waiting -= v->in[k].item == p->reg[v->reg].item;
    return waiting == 0 && (old->last == RG_NOWHERE || old->last <= group);
}

/* Where i goes, all that it reads being placed: where it is wished for, else to the
 * latest group that it reads from when that is near, else to the last one. */
static rg_status place_one(rg_plan *p, uint32_t i, uint32_t wish)
{
    uint32_t latest = latest_read(p, i), last = newest_group(p);
    uint32_t choice[] = {wish, is_near(p, latest) ? latest : RG_NOWHERE, last};
    for (int k = 0; k < 3 && p->item[i].tail; k++) {
        uint32_t g = choice[k];
        if (g == RG_NOWHERE || later(g, latest) != g || !fits(p, g, i)) continue;
        if (!register_is_free(p, i, g)) continue;
        join(p, g, i);
        return RG_OK;
    }
    return open_group(p, i);
}

/* Everything that i waits for, inputs first, each where it is wished for if it fits
 * there. The stack holds items whose inputs are being looked at. */
static rg_status place_waiting(planner *pl, uint32_t i, uint32_t wish)
{
    rg_plan *p = pl->p;
    uint32_t depth = 0;
    pl->stack[depth++] = i;
    while (depth) {
        uint32_t top = pl->stack[depth - 1], before = depth;
        const rg_item *v = &p->item[top];
        for (int k = 0; k < v->nin && depth == before; k++)
            if (p->item[v->in[k].item].waiting) pl->stack[depth++] = v->in[k].item;
        if (depth > before) continue;
        depth--;
        rg_status s = top == i ? RG_OK : place_one(p, top, wish);
        if (s) return s;
    }
    return RG_OK;
}

static rg_status place_now(planner *pl, uint32_t i)
{
    rg_plan *p = pl->p;
    uint32_t wish = p->item[i].tail ? latest_read(p, i) : RG_NOWHERE;
    rg_status s = place_waiting(pl, i, wish == RG_NOWHERE ? newest_group(p) : wish);
    return s ? s : place_one(p, i, wish);
}

/* A sink is wanted for itself: an output or the value of a register. What is computed
 * again is wanted where it is read, however near its inputs are. */
static bool may_wait(const rg_plan *p, uint32_t i)
{
    const rg_item *v = &p->item[i];
    return v->tail && !v->output && v->reg == RG_NOWHERE && !p->cfg.plain &&
           (v->again || !is_near(p, latest_read(p, i)));
}

/* In the order of the tape; what is tiny and needs leaves only (rates, counters) before
 * everything else, so that updates may join the groups that make their gradients. */
static rg_status group_items(planner *pl)
{
    rg_plan *p = pl->p;
    rg_status s = RG_OK;
    for (uint32_t q = 0; q < p->steps && !s; q++)
        if (p->item[p->order[q]].small && !p->cfg.plain) s = place_now(pl, p->order[q]);
    for (uint32_t q = 0; q < p->steps && !s; q++) {
        uint32_t i = p->order[q];
        rg_item *v = &p->item[i];
        if (v->group != RG_NOWHERE) continue;
        if (may_wait(p, i)) {
            v->reads = latest_read(p, i);
            v->waiting = true;
        } else {
            s = place_now(pl, i);
        }
    }
    return s;
}

/* Nothing is placed; who reads what is counted anew. */
static void forget_layout(rg_plan *p)
{
    p->groups = 0;
    for (uint32_t i = 0; i < p->items; i++) {
        rg_item *v = &p->item[i];
        v->group = v->reads = v->last = v->next = v->block = v->slot = RG_NOWHERE;
        v->readers = v->placed_readers = v->at = v->last_at = 0;
        v->waiting = v->viewed = v->paired = false;
        if (!rg_is_step(v)) continue;
        v->stored = false;
        v->data = NULL;
    }
    for (uint32_t i = 0; i < p->regs; i++) {
        p->item[p->reg[i].value].readers++;
        p->reg[i].in_place = false;
    }
    for (uint32_t q = 0; q < p->steps; q++) {
        const rg_item *v = &p->item[p->order[q]];
        for (int k = 0; k < v->nin; k++) p->item[v->in[k].item].readers++;
    }
}

static rg_status make_groups(rg_plan *p)
{
    planner pl = {p, rg_scratch(p->t, ((size_t)p->items + 1) * sizeof(uint32_t))};
    if (!pl.stack) return RG_NOMEM;
    rg_status s = group_items(&pl);
    rg_scratch_free(p->t, pl.stack, ((size_t)p->items + 1) * sizeof(uint32_t));
    return s;
}

/* ---- a plan ---------------------------------------------------------------------- */

static rg_status check_outputs(rg_tape *t, int n, rg_node *const *out)
{
    if (t->error.status) return t->error.status;
    if (n < 0 || (n && !out))
        return rg_refuse(t, RG_USAGE, NULL, "compile: no list of %d outputs", n);
    for (int i = 0; i < n; i++)
        if (!out[i] || (out[i]->flags & RG_ERRONEOUS) || rg_owner(out[i]) != t)
            return rg_refuse(t, RG_USAGE, NULL,
                             "compile: output %d is NULL, an error node, or of another tape",
                             i + 1);
    return RG_OK;
}

/* No sum of sizes can wrap where all values together are so much less than could be counted. */
static rg_status check_sizes(const rg_plan *p)
{
    uint64_t all = 0, most = SIZE_MAX / 4;
    for (uint32_t q = 0; q < p->steps; q++) {
        const rg_layout *l = p->item[p->order[q]].layout;
        uint64_t bytes = (uint64_t)l->count * rg_dtype_size(l->dtype) + RG_LINE;
        if (bytes > most - all)
            return rg_refuse(p->t, RG_NOMEM, NULL,
                             "compile: out of memory: the values are more than %zu bytes in all",
                             (size_t)most);
        all += bytes;
    }
    return RG_OK;
}

static rg_status plan_layout(rg_plan *p)
{
    forget_layout(p);
    rg_status s = check_sizes(p);
    if (!s) s = make_groups(p);
    return s ? s : rg_plan_place(p);
}

static rg_status lay_out_smaller(rg_plan *p, size_t *least)
{
    rg_status s = plan_layout(p);
    if (rg_plan_bytes(p) < *least) *least = rg_plan_bytes(p);
    return s;
}

/* First heads in thinner and thinner strips, then values computed again, until the plan takes
 * no more than its budget. RG_DOMAIN: no way is found. */
static rg_status save_memory(rg_plan *p, size_t *least)
{
#ifdef RG_HOSTILE /* strips of small graphs, too */
    enum { THICK = 4, THIN = 1, TRIES = 1000 };
#else
    enum { THICK = 128, THIN = 32, TRIES = 1000 };
#endif
    size_t most = p->cfg.budget;
    rg_status s = RG_OK;
    if (p->cfg.plain || p->cfg.keep) return rg_plan_bytes(p) > most ? RG_DOMAIN : RG_OK;
    int64_t rows = p->strip ? p->strip / 2 : THICK;
    for (; !s && rg_plan_bytes(p) > most && rows >= THIN; rows /= 2) {
        p->strip = rows;
        s = lay_out_smaller(p, least);
    }
    for (int tries = 0; !s && rg_plan_bytes(p) > most; tries++) {
        s = tries < TRIES ? rg_plan_save(p) : RG_DOMAIN;
        if (!s) s = lay_out_smaller(p, least);
    }
    return s;
}

static void release_memory(rg_plan *p)
{
    if (p->memory) rg_scratch_free(p->t, p->memory, p->workspace + RG_LINE);
    if (p->tiles) rg_scratch_free(p->t, p->tiles, p->tile_bytes);
    if (p->kept) rg_scratch_free(p->t, p->kept, p->kept_bytes);
    p->memory = p->tiles = p->kept = NULL;
}

static rg_status emit_plan(rg_plan *p)
{
    rg_status s = rg_plan_allocate(p);
    return s ? s : rg_plan_emit(p);
}

/* What tiles take is known when the program is written: if that is too much, then it is
 * written once more, with less left for the workspace. */
static rg_status make_plan(rg_plan *p, rg_node *const *out)
{
    enum { TRIES = 4 };
    size_t least = SIZE_MAX;
    rg_status s = rg_plan_collect(p, out);
    if (!s) s = lay_out_smaller(p, &least);
    for (int tries = 0; !s; tries++) {
        if (p->cfg.budget) s = save_memory(p, &least);
        if (!s) s = emit_plan(p);
        if (s || !p->cfg.budget || rg_plan_bytes(p) <= p->cfg.budget) break;
        release_memory(p);
        least = rg_plan_bytes(p);
        if (tries == TRIES) s = RG_DOMAIN;
    }
    if (s == RG_DOMAIN)
        rg_refuse(p->t, s, NULL,
                  "compile: a budget of %zu bytes cannot be met; %zu bytes are the least found",
                  p->cfg.budget, least);
    return s;
}

rg_plan *(rg_compile)(rg_tape *t, int n, rg_node *const *out, const rg_plan_config *cfg)
{
    if (!t || check_outputs(t, n, out)) return NULL;
    rg_plan *p = rg_scratch(t, sizeof *p);
    if (!p) return NULL;
    memset(p, 0, sizeof *p);
    p->t = t;
    p->arena.mem = &t->mem;
    p->outs = n;
    p->last_leaf = -1;
    if (cfg) p->cfg = *cfg;
    p->next = t->plans;
    t->plans = p;
    rg_status s = make_plan(p, out);
    if (!s) return p;
    rg_refuse(t, s, NULL, "compile: %s", rg_status_text(s));
    rg_plan_free(p);
    return NULL;
}

void rg_plan_free(rg_plan *p)
{
    if (!p) return;
    rg_plan **link = &p->t->plans;
    while (*link != p) link = &(*link)->next;
    *link = p->next;
    release_memory(p);
    rg_arena_free(&p->arena);
    rg_scratch_free(p->t, p, sizeof *p);
}

void rg_plans_rewound(rg_tape *t, int64_t mark)
{
    for (rg_plan *p = t->plans; p; p = p->next)
        if (p->last_leaf >= mark) p->broken = true;
}

/* ---- what comes out -------------------------------------------------------------- */

rg_tensor rg_plan_out(const rg_plan *p, int i)
{
    if (!p || i < 0 || i >= p->outs) return (rg_tensor){0};
    return rg_link_window(p, &p->out[i]);
}

double rg_plan_value(const rg_plan *p, int i)
{
    rg_tensor w = rg_plan_out(p, i);
    double v = (double)NAN;
    if (!p) return v;
    if (!w.data || rg_count(&w) != 1)
        rg_refuse(p->t, RG_SHAPE, NULL, "plan: output %d is not there, or not one number", i + 1);
    else
        rg_convert(&v, RG_F64, w.data, w.dtype, 1);
    return v;
}

rg_tensor rg_plan_peek(const rg_plan *p, int64_t id)
{
    if (!p || !p->of_node || id < 0 || id >= p->end || p->of_node[id].item == RG_NOWHERE)
        return (rg_tensor){0};
    return rg_link_window(p, &p->of_node[id]);
}

size_t rg_plan_bytes(const rg_plan *p) { return p ? p->workspace + p->tiles_told : 0; }
