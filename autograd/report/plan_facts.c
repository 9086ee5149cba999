/* plan_facts.c - work, traffic and lives of a plan. Traffic is counted by group half: a
 * head reads its operands and writes its result; a tail reads once what its own tiles do
 * not hold and writes what others will read. */
#include "plan_facts.h"
#include <string.h>

size_t rg_value_bytes(const rg_item *v)
{
    return (size_t)v->layout->count * rg_dtype_size(v->layout->dtype);
}

size_t rg_held_bytes(const rg_plan *p, const rg_item *v)
{
    const rg_bunch *g = &p->group[v->group];
    return v->at == 0 && g->strip ? RG_LANES * rg_strip_bytes(p, g) : rg_value_bytes(v);
}

uint32_t rg_half_first(const rg_plan *p, uint32_t half)
{
    const rg_bunch *g = &p->group[half / 2];
    return half % 2 ? g->first : g->head;
}

/* ---- traffic ------------------------------------------------------------------------ */

typedef struct meter {
    const rg_plan *p;
    rg_facts *f;
    uint32_t *half; /* by item: the last half step that read it */
    size_t *read;   /* by item: how much of it there            */
} meter;

/* Bytes that a window shows, each counted once. */
static size_t window_bytes(const rg_layout *l)
{
    size_t n = rg_dtype_size(l->dtype);
    for (int i = 0; i < l->rank; i++)
        if (l->stride[i] || !l->dim[i]) n *= (size_t)l->dim[i];
    return n;
}

/* Several windows on one item are read together at most as often as it has numbers. */
static void count_read(meter *m, uint32_t half, const rg_link *l)
{
    const rg_item *x = &m->p->item[l->item];
    bool in_tile = x->group == half / 2 && half % 2 && x->at > 0;
    if (in_tile) return;
    if (m->half[l->item] != half) m->read[l->item] = 0;
    m->half[l->item] = half;
    size_t all = window_bytes(x->layout), left = all - m->read[l->item];
    size_t now = window_bytes(l->layout);
    if (now > left) now = left;
    m->read[l->item] += now;
    m->f->half[half].read += (double)now;
}

static void count_step(meter *m, uint32_t half, const rg_item *v)
{
    rg_half *h = &m->f->half[half];
    double flops = rg_item_flops(m->p, v);
    h->flops += flops;
    for (int k = 0; k < v->nin; k++) count_read(m, half, &v->in[k]);
    if (v->stored) h->written += (double)rg_value_bytes(v);
    m->f->again += v->again > 0;
    if (v->again) m->f->again_flops += flops;
}

static void count_group(meter *m, uint32_t g)
{
    const rg_plan *p = m->p;
    const rg_bunch *b = &p->group[g];
    if (b->head != RG_NOWHERE) {
        uint32_t half = b->strip ? 2 * g + 1 : 2 * g; /* strips are made by the tail */
        count_step(m, half, &p->item[b->head]);
        m->f->half[half].product = p->item[b->head].op->flops != NULL;
    }
    for (uint32_t i = b->first; i != RG_NOWHERE; i = p->item[i].next)
        count_step(m, 2 * g + 1, &p->item[i]);
    for (uint32_t h = 2 * g; h < 2 * g + 2; h++) {
        m->f->all.flops += m->f->half[h].flops;
        m->f->all.read += m->f->half[h].read;
        m->f->all.written += m->f->half[h].written;
    }
}

static rg_status count_traffic(const rg_plan *p, rg_facts *f)
{
    size_t bytes = ((size_t)p->items + 1) * (sizeof(size_t) + sizeof(uint32_t));
    size_t *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    meter m = {.p = p, .f = f, .read = room, .half = (uint32_t *)(void *)(room + p->items)};
    memset(m.half, 0xFF, p->items * sizeof *m.half);
    for (uint32_t g = 0; g < p->groups; g++) count_group(&m, g);
    rg_scratch_free(p->t, room, bytes);
    return RG_OK;
}

static void count_items(const rg_plan *p, rg_facts *f)
{
    for (uint32_t i = 0; i < p->items; i++) {
        const rg_item *v = &p->item[i];
        bool folded = v->source == RG_FROM_CONSTANT && v->nin > 0;
        f->folded += folded;
        if (v->source == RG_FROM_LEAF) f->leaf_bytes += rg_value_bytes(v);
        if (v->source == RG_FROM_CONSTANT)
            f->constant_bytes += folded ? (size_t)v->filled * rg_dtype_size(v->layout->dtype)
                                        : window_bytes(v->layout);
        if (!rg_is_step(v)) continue;
        f->unread += v->group == RG_NOWHERE;
        if (v->output && v->group != RG_NOWHERE) f->output_bytes += rg_value_bytes(v);
    }
}

/* ---- the fullest moment --------------------------------------------------------------- */

static bool in_workspace(const rg_item *v) { return rg_is_step(v) && v->block != RG_NOWHERE; }

/* The end of v's life, not counting what is written over it. */
static uint32_t end_of_own(const rg_plan *p, const rg_item *v, const uint32_t *heir)
{
    uint32_t next = heir[v - p->item];
    return next == RG_NOWHERE ? rg_item_end(p, v) : rg_item_start(&p->item[next]) - 1;
}

static void find_heirs(const rg_plan *p, uint32_t *heir)
{
    memset(heir, 0xFF, p->items * sizeof *heir);
    for (uint32_t i = 0; i < p->items; i++) {
        uint32_t over = in_workspace(&p->item[i]) ? rg_value_over(p, i) : RG_NOWHERE;
        if (over != RG_NOWHERE) heir[over] = i;
    }
}

/* A value of no length of its own is written over within its half step. */
static bool lives_at(const rg_plan *p, uint32_t i, const uint32_t *heir, uint32_t half)
{
    const rg_item *v = &p->item[i];
    return in_workspace(v) && rg_item_start(v) <= half && half <= end_of_own(p, v, heir);
}

static void find_fullest(const rg_plan *p, rg_facts *f, const uint32_t *heir, int64_t *change)
{
    int64_t now = 0;
    for (uint32_t i = 0; i < p->items; i++) {
        const rg_item *v = &p->item[i];
        if (!in_workspace(v)) continue;
        change[rg_item_start(v)] += (int64_t)rg_held_bytes(p, v);
        change[end_of_own(p, v, heir) + 1] -= (int64_t)rg_held_bytes(p, v);
    }
    for (uint32_t h = 0; h < 2 * p->groups; h++) {
        now += change[h];
        if (now <= (int64_t)f->peak_bytes) continue;
        f->peak_bytes = (size_t)now;
        f->peak_half = h;
    }
    for (uint32_t i = 0; i < p->items; i++)
        if (lives_at(p, i, heir, f->peak_half)) f->peak[f->peaks++] = i;
}

static rg_status find_peak_lives(const rg_plan *p, rg_facts *f)
{
    size_t halves = 2 * (size_t)p->groups + 2;
    size_t bytes = halves * sizeof(int64_t) + p->items * sizeof(uint32_t);
    int64_t *change = rg_scratch(p->t, bytes);
    if (!change) return RG_NOMEM;
    memset(change, 0, bytes);
    uint32_t *heir = (uint32_t *)(void *)(change + halves);
    find_heirs(p, heir);
    find_fullest(p, f, heir, change);
    rg_scratch_free(p->t, change, bytes);
    return RG_OK;
}

/* ---- all of it ------------------------------------------------------------------------ */

static size_t half_bytes(const rg_plan *p) { return (2 * (size_t)p->groups + 1) * sizeof(rg_half); }
static size_t list_bytes(const rg_plan *p) { return ((size_t)p->items + 1) * sizeof(uint32_t); }

rg_status rg_facts_find(const rg_plan *p, rg_facts *f)
{
    *f = (rg_facts){.half = rg_scratch(p->t, half_bytes(p)),
                    .peak = rg_scratch(p->t, list_bytes(p))};
    if (!f->half || !f->peak) return RG_NOMEM;
    memset(f->half, 0, half_bytes(p));
    count_items(p, f);
    rg_status s = count_traffic(p, f);
    return s ? s : find_peak_lives(p, f);
}

void rg_facts_free(const rg_plan *p, rg_facts *f)
{
    if (f->half) rg_scratch_free(p->t, f->half, half_bytes(p));
    if (f->peak) rg_scratch_free(p->t, f->peak, list_bytes(p));
}

/* ---- what is repeated ------------------------------------------------------------------ */

static uint64_t stir(uint64_t h, uint64_t x) { return (h ^ x) * 0x9e3779b97f4a7c15u ^ h >> 29; }

uint64_t rg_value_look(const rg_plan *p, uint32_t i)
{
    const rg_item *v = &p->item[i];
    uint64_t h = stir((uintptr_t)v->op, (uintptr_t)v->layout);
    h = stir(h, (uint64_t)v->line << 16 | v->file);
    for (int k = 0; k < v->nin; k++) h = stir(h, (uintptr_t)v->in[k].layout);
    return stir(h, (uint64_t)v->stored | (uint64_t)v->output << 1 | (uint64_t)v->again << 2);
}

void rg_facts_looks(const rg_plan *p, uint64_t *look)
{
    for (uint32_t g = 0; g < p->groups; g++) {
        const rg_bunch *b = &p->group[g];
        look[g] = b->head == RG_NOWHERE ? 1 : rg_value_look(p, b->head);
        for (uint32_t i = b->first; i != RG_NOWHERE; i = p->item[i].next)
            look[g] = stir(look[g], rg_value_look(p, i));
    }
}

static uint32_t times_of(const uint64_t *look, uint32_t n, uint32_t period)
{
    uint32_t same = 0;
    while (period + same < n && look[same] == look[period + same]) same++;
    return 1 + same / period;
}

uint32_t rg_find_pattern(const uint64_t *look, uint32_t n, uint32_t i, uint32_t *times)
{
    enum { LONGEST = 12 };
    uint32_t best = 1, most = 1;
    *times = 1;
    for (uint32_t period = 1; period <= LONGEST && period < n - i; period++) {
        uint32_t t = times_of(look + i, n - i, period);
        if (t == 1 || period * t <= most) continue;
        best = period;
        most = period * t;
        *times = t;
    }
    return best;
}
