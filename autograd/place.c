/* place.c - which values need memory, for how long, and where. Time is counted in half
 * steps: group g runs its head at 2g and its tail at 2g + 1, so that what only a head
 * reads makes room for what its tail writes. A head in strips runs at 2g + 1, with its tail. */
#include "parts.h"
#include <stdlib.h>
#include <string.h>

typedef struct block {   /* memory for one value, or for several that follow each other */
    uint32_t start, end; /* half steps, both included */
    size_t size, offset;
} block;

typedef struct placer {
    rg_plan *p;
    block *b;
    uint32_t blocks;
    block **order, **ending; /* the blocks, sorted */
    struct gap {
        size_t at, size;
    } * gap;
    size_t gaps;
} placer;

enum { FEW = 256 /* blocks that are placed largest first */ };

static size_t bytes_of(const rg_item *v)
{
    size_t n = (size_t)v->layout->count * rg_dtype_size(v->layout->dtype);
    return (n + RG_LINE - 1) / RG_LINE * RG_LINE;
}

size_t rg_strip_bytes(const rg_plan *p, const rg_bunch *g)
{
    const rg_layout *l = p->item[g->head].layout;
    size_t n = (size_t)(g->strip * l->dim[l->rank - 1]) * rg_dtype_size(l->dtype);
    return (n + RG_LINE - 1) / RG_LINE * RG_LINE;
}

/* Bytes that a value needs at once. */
static size_t bytes_needed(const rg_plan *p, const rg_item *v)
{
    const rg_bunch *g = &p->group[v->group];
    return v->at == 0 && g->strip ? RG_LANES * rg_strip_bytes(p, g) : bytes_of(v);
}

static bool computed(const rg_item *v) { return rg_is_step(v) && v->group != RG_NOWHERE; }
static bool is_head(const rg_item *v) { return v->at == 0; }

/* ---- live ------------------------------------------------------------------------ */

static void note_last(rg_plan *p, const rg_item *v)
{
    for (int k = 0; k < v->nin; k++) {
        rg_item *x = &p->item[v->in[k].item];
        if (x->last == v->group && x->last_at < v->at) x->last_at = v->at;
        bool straight = rg_is_direct(p, &v->in[k]) && x->layout->count == v->layout->count;
        if (x->last == v->group && !is_head(v) && !straight) x->viewed = true;
    }
}

static void find_lives(rg_plan *p)
{
    for (uint32_t q = 0; q < p->steps; q++) {
        rg_item *v = &p->item[p->order[q]];
        if (!computed(v)) continue; /* only copies of it are read */
        note_last(p, v);
        v->stored =
            is_head(v) || v->output || v->reg != RG_NOWHERE || p->cfg.keep || v->last != v->group;
    }
}

/* A head in strips is computed while its tail runs: what it reads must outlast the tail, which
 * may not write over it. */
static void hold_for_strips(rg_plan *p, uint32_t group)
{
    const rg_item *head = &p->item[p->group[group].head];
    for (int k = 0; k < head->nin; k++) {
        rg_item *x = &p->item[head->in[k].item];
        if (x->last != group) continue;
        x->viewed = true;
        if (!x->last_at) x->last_at = 1;
    }
}

/* Heads of which only their own tail sees anything, row by row, need not be whole. */
static void find_strips(rg_plan *p)
{
    for (uint32_t i = 0; i < p->groups; i++) {
        rg_bunch *g = &p->group[i];
        if (!p->strip || g->head == RG_NOWHERE || !g->members) continue;
        const rg_item *v = &p->item[g->head];
        if (!v->op->may_strip || v->last != i || v->output || v->reg != RG_NOWHERE || v->viewed)
            continue;
        rg_link to = {g->head, 0, v->layout};
        rg_tensor in[RG_WIRES], out = rg_link_window(p, &to);
        for (int k = 0; k < v->nin && k < RG_WIRES; k++) in[k] = rg_link_window(p, &v->in[k]);
        int64_t columns = v->layout->dim[v->layout->rank - 1];
        bool fits = g->count == v->layout->count && g->count > RG_LANES * p->strip * columns;
        if (!fits || !v->op->may_strip(in, &out)) continue;
        g->strip = p->strip;
        hold_for_strips(p, i);
    }
}

/* ---- registers in place ---------------------------------------------------------- */

/* The first byte of a window and the one behind its last. */
static void reach_of(const rg_item *v, uintptr_t *first, uintptr_t *end)
{
    rg_span(v->layout, v->data, first, end);
}

static int by_address(const void *a, const void *b)
{
    uintptr_t fa, fb, end;
    reach_of(*(rg_item *const *)a, &fa, &end);
    reach_of(*(rg_item *const *)b, &fb, &end);
    return (fa > fb) - (fa < fb);
}

/* Leaves that show the same memory cannot be written while one of them is read. */
static rg_status find_shared_leaves(rg_plan *p)
{
    size_t n = 0, bytes = ((size_t)p->items + 1) * sizeof(rg_item *);
    rg_item **leaf = rg_scratch(p->t, bytes);
    if (!leaf) return RG_NOMEM;
    for (uint32_t i = 0; i < p->items; i++)
        if (p->item[i].source == RG_FROM_LEAF && p->item[i].layout->count) leaf[n++] = &p->item[i];
    qsort(leaf, n, sizeof *leaf, by_address);
    uintptr_t first, end, reached = 0;
    rg_item *longest = NULL;
    for (size_t i = 0; i < n; i++) {
        reach_of(leaf[i], &first, &end);
        if (longest && first < reached) leaf[i]->overlaps = longest->overlaps = true;
        if (end > reached) {
            reached = end;
            longest = leaf[i];
        }
    }
    rg_scratch_free(p->t, leaf, bytes);
    return RG_OK;
}

/* The half step behind which no kernel refuses numbers: registers must not change when
 * a run fails. */
static uint32_t last_refusal(const rg_plan *p)
{
    uint32_t last = 0;
    for (uint32_t g = 0; g < p->groups; g++)
        if (p->group[g].head != RG_NOWHERE && p->item[p->group[g].head].op->refuses) last = 2 * g;
    return last;
}

/* All that reads the old value has done so when v is written. */
static bool has_been_read(const rg_item *leaf, const rg_item *v)
{
    if (leaf->last == RG_NOWHERE || leaf->last < v->group) return true;
    if (leaf->last != v->group || is_head(v) || leaf->viewed) return false;
    return leaf->last_at < v->at || (leaf->last_at == v->at && v->op->kind == RG_ELEMENTWISE);
}

static void settle_in_place(rg_plan *p)
{
    uint32_t sure = last_refusal(p);
    for (uint32_t i = 0; i < p->regs && !p->cfg.keep && !p->cfg.plain; i++) {
        rg_register *r = &p->reg[i];
        rg_item *v = &p->item[r->value], *leaf = &p->item[r->item];
        if (v->reg != i || v->output || leaf->layout != v->layout || leaf->overlaps ||
            !computed(v))
            continue;
        if (2 * v->group + !is_head(v) <= sure || !has_been_read(leaf, v)) continue;
        r->in_place = true;
        v->data = leaf->data;
    }
}

/* ---- blocks ---------------------------------------------------------------------- */

uint32_t rg_item_start(const rg_item *v) { return 2 * v->group + !is_head(v); }

uint32_t rg_item_end(const rg_plan *p, const rg_item *v)
{
    if (v->reg != RG_NOWHERE || p->cfg.keep) return 2 * p->groups;
    if (v->last == RG_NOWHERE) return rg_item_start(v);
    return v->last == v->group || v->last_at ? 2 * v->last + 1 : 2 * v->last;
}

/* An elementwise v may write over an input that nobody reads afterwards. */
static uint32_t block_to_take_over(const placer *pl, const rg_item *v)
{
    const rg_plan *p = pl->p;
    if (v->op->kind != RG_ELEMENTWISE || is_head(v) || p->cfg.plain || p->cfg.keep)
        return RG_NOWHERE;
    for (int k = 0; k < v->nin; k++) {
        const rg_item *x = &p->item[v->in[k].item];
        if (!rg_is_direct(p, &v->in[k]) || x->block == RG_NOWHERE || x->viewed) continue;
        if (p->group[v->group].strip && is_head(x)) continue;
        if (x->last != v->group || x->last_at != v->at || x->reg != RG_NOWHERE) continue;
        if (pl->b[x->block].end != 2 * v->group + 1 || bytes_needed(p, x) != bytes_of(v)) continue;
        if (rg_dtype_size(x->layout->dtype) != rg_dtype_size(v->layout->dtype)) continue;
        return x->block;
    }
    return RG_NOWHERE;
}

static void make_blocks(placer *pl)
{
    rg_plan *p = pl->p;
    for (uint32_t q = 0; q < p->steps; q++) {
        rg_item *v = &p->item[p->order[q]];
        if (!v->stored || v->data || v->output) continue;
        v->block = block_to_take_over(pl, v);
        if (v->block == RG_NOWHERE) {
            v->block = pl->blocks;
            pl->b[pl->blocks++] = (block){rg_item_start(v), 0, bytes_needed(p, v), 0};
        }
        pl->b[v->block].end = rg_item_end(p, v);
    }
}

/* ---- place ----------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const block *x = *(block *const *)a, *y = *(block *const *)b;
    return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
                              : (x->start > y->start) - (x->start < y->start);
}

static int by_start(const void *a, const void *b)
{
    const block *x = *(block *const *)a, *y = *(block *const *)b;
    return (x->start > y->start) - (x->start < y->start);
}

static int by_end(const void *a, const void *b)
{
    const block *x = *(block *const *)a, *y = *(block *const *)b;
    return (x->end > y->end) - (x->end < y->end);
}

static void sort_blocks(const placer *pl, block **list, int (*how)(const void *, const void *))
{
    for (uint32_t i = 0; i < pl->blocks; i++) list[i] = &pl->b[i];
    qsort(list, pl->blocks, sizeof *list, how);
}

static size_t place_largest_first(placer *pl)
{
    size_t most = 0;
    sort_blocks(pl, pl->order, by_size);
    for (uint32_t i = 0; i < pl->blocks; i++) {
        block *b = pl->order[i];
        for (bool moved = true; moved;) { /* up, until it overlaps nobody */
            moved = false;
            for (uint32_t j = 0; j < i; j++) {
                const block *o = pl->order[j];
                if (o->start > b->end || b->start > o->end) continue;
                if (b->offset + b->size <= o->offset || o->offset + o->size <= b->offset) continue;
                b->offset = o->offset + o->size;
                moved = true;
            }
        }
        if (b->offset + b->size > most) most = b->offset + b->size;
    }
    return most;
}

/* Gaps are kept in order of address; two that touch are one. */
static void give_back(placer *pl, size_t at, size_t size)
{
    size_t lo = 0, hi = pl->gaps;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (pl->gap[mid].at < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool left = lo > 0 && pl->gap[lo - 1].at + pl->gap[lo - 1].size == at;
    bool right = lo < pl->gaps && at + size == pl->gap[lo].at;
    if (left) pl->gap[lo - 1].size += size + (right ? pl->gap[lo].size : 0);
    if (!left && right) {
        pl->gap[lo].at = at;
        pl->gap[lo].size += size;
    }
    if (left == right)
        memmove(&pl->gap[lo + !left], &pl->gap[lo + left],
                (pl->gaps - lo - left) * sizeof *pl->gap);
    if (left && right) pl->gaps--;
    if (!left && !right) {
        pl->gap[lo].at = at;
        pl->gap[lo].size = size;
        pl->gaps++;
    }
}

/* The smallest gap that is large enough, of the first 64, else the end of what is used. */
static size_t take_gap(placer *pl, size_t size, size_t *most)
{
    size_t best = SIZE_MAX, looked = 0;
    for (size_t i = 0; i < pl->gaps && looked < 64; i++, looked++)
        if (pl->gap[i].size >= size && (best == SIZE_MAX || pl->gap[i].size < pl->gap[best].size))
            best = i;
    if (best == SIZE_MAX) {
        *most += size;
        return *most - size;
    }
    size_t at = pl->gap[best].at;
    pl->gap[best].at += size;
    pl->gap[best].size -= size;
    if (!pl->gap[best].size) {
        pl->gaps--;
        memmove(&pl->gap[best], &pl->gap[best + 1], (pl->gaps - best) * sizeof *pl->gap);
    }
    return at;
}

static size_t place_in_time(placer *pl)
{
    size_t most = 0;
    uint32_t over = 0;
    sort_blocks(pl, pl->order, by_start);
    sort_blocks(pl, pl->ending, by_end);
    for (uint32_t i = 0; i < pl->blocks; i++) {
        block *b = pl->order[i];
        for (; pl->ending[over]->end < b->start; over++)
            give_back(pl, pl->ending[over]->offset, pl->ending[over]->size);
        b->offset = take_gap(pl, b->size, &most);
    }
    return most;
}

/* ---- memory ---------------------------------------------------------------------- */

static char *aligned(char *p) { return (char *)(((uintptr_t)p + RG_LINE - 1) / RG_LINE * RG_LINE); }

static rg_status give_kept(rg_plan *p)
{
    size_t n = RG_LINE;
    for (uint32_t i = 0; i < p->items; i++)
        if (computed(&p->item[i]) && p->item[i].output && !p->item[i].data)
            n += bytes_of(&p->item[i]);
    p->kept_bytes = n;
    p->kept = rg_scratch(p->t, n);
    if (!p->kept) return RG_NOMEM;
    memset(p->kept, 0, n);
    char *at = aligned(p->kept);
    for (uint32_t i = 0; i < p->items; i++) {
        rg_item *v = &p->item[i];
        if (!computed(v) || !v->output || v->data) continue;
        v->data = at;
        at += bytes_of(v);
    }
    return RG_OK;
}

/* Offsets of blocks in the workspace, kept where the item's address will be. */
static void note_offsets(placer *pl)
{
    rg_plan *p = pl->p;
    p->workspace = pl->blocks <= FEW ? place_largest_first(pl) : place_in_time(pl);
    for (uint32_t q = 0; q < p->steps; q++) {
        rg_item *v = &p->item[p->order[q]];
        if (v->block != RG_NOWHERE) v->offset = pl->b[v->block].offset;
    }
}

rg_status rg_plan_place(rg_plan *p)
{
    size_t n = (size_t)p->steps + 1,
           bytes = n * (sizeof(block) + 2 * sizeof(block *) + sizeof(struct gap));
    placer pl = {.p = p};
    rg_status s = find_shared_leaves(p);
    if (s) return s;
    char *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    pl.b = (block *)(void *)room;
    pl.gap = (struct gap *)(void *)(pl.b + n);
    pl.order = (block **)(void *)(pl.gap + n);
    pl.ending = pl.order + n;
    find_lives(p);
    find_strips(p);
    settle_in_place(p);
    make_blocks(&pl);
    note_offsets(&pl);
    rg_scratch_free(p->t, room, bytes);
    return RG_OK;
}

rg_status rg_plan_allocate(rg_plan *p)
{
    rg_status s = give_kept(p);
    if (s) return s;
    p->memory = rg_scratch(p->t, p->workspace + RG_LINE);
    if (!p->memory) return RG_NOMEM;
    for (uint32_t q = 0; q < p->steps; q++) {
        rg_item *v = &p->item[p->order[q]];
        if (v->block != RG_NOWHERE) v->data = aligned(p->memory) + v->offset;
    }
    return RG_OK;
}
