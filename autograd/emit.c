/* emit.c - writes the instructions of each group: which kernel, and where its numbers
 * are. Values that stay inside the group get a slot of scratch, for one tile; a slot is
 * free again after the last reader. */
#include "numbers.h"
#include "pairing.h"
#include <string.h>

static const uint32_t THIN = (uint32_t)1 << 31; /* of a slot: one element per row */

typedef struct slots { /* of one size */
    uint32_t made, free;
    uint32_t *list; /* those that are free */
} slots;

typedef struct emitter {
    rg_plan *p;
    rg_bunch *g;
    uint32_t group;
    slots wide, thin;
    uint32_t *inner; /* by place in the group: the item that it takes in */
    size_t size; /* of the largest element */
} emitter;

/* ---- slots ----------------------------------------------------------------------- */

static uint32_t take_slot(emitter *e, bool one)
{
    slots *s = one ? &e->thin : &e->wide;
    uint32_t slot = s->free ? s->list[--s->free] : s->made++;
    return one ? slot | THIN : slot;
}

/* One that no other instruction uses, be it before. */
static uint32_t fresh_slot(emitter *e, bool one)
{
    return one ? e->thin.made++ | THIN : e->wide.made++;
}

static void free_slot(emitter *e, uint32_t slot)
{
    slots *s = slot & THIN ? &e->thin : &e->wide;
    s->list[s->free++] = slot & ~THIN;
}

/* Rows of a tile, so that all slots stay in the first-level cache. */
static int64_t tile_rows(const emitter *e)
{
    enum { CACHE = 24 << 10 };
    int64_t most = CACHE / (int64_t)((e->wide.made + 1) * e->size) / 64 * 64;
    if (most < 64) most = 64;
    if (most > RG_TILE) most = RG_TILE;
    int64_t rows = most / e->g->width;
    if (rows > e->g->rows) rows = e->g->rows;
    return rows < 1 ? 1 : rows;
}

static size_t whole_lines(size_t n) { return (n + 63) / 64 * 64; }

typedef struct sizes {
    size_t wide, thin, thin_from;
} sizes;

static uint32_t offset_of(const sizes *z, uint32_t slot)
{
    if (slot == RG_NOWHERE) return 0;
    return (uint32_t)(slot & THIN ? z->thin_from + (slot & ~THIN) * z->thin : slot * z->wide);
}

static void settle_operand(const sizes *z, rg_operand *o)
{
    o->at = offset_of(z, o->at);
    o->made = offset_of(z, o->made);
}

/* Slots become offsets, now that it is known how many there are. RG_NOMEM: rows are too wide
 * for offsets. */
static rg_status settle_slots(emitter *e)
{
    rg_bunch *g = e->g;
    g->tile = tile_rows(e);
    sizes z = {whole_lines((size_t)(g->tile * g->width) * e->size),
               whole_lines((size_t)g->tile * e->size), 0};
    z.thin_from = e->wide.made * z.wide;
    g->scratch = z.thin_from + e->thin.made * z.thin;
    if (g->scratch > UINT32_MAX) return RG_NOMEM;
    for (rg_fixed *f = g->fixed; f; f = f->next) f->at = offset_of(&z, f->at);
    for (uint32_t i = 0; i < g->steps; i++) {
        for (int k = 0; k < g->code[i].nin; k++) settle_operand(&z, &g->code[i].in[k]);
        settle_operand(&z, &g->code[i].out);
    }
    return RG_OK;
}

/* ---- operands -------------------------------------------------------------------- */

static bool one_per_row(const emitter *e, int64_t count)
{
    return e->g->width > 1 && count == e->g->rows;
}

/* Every row of the window shows the same numbers, and they fit a tile. */
static bool same_rows(const emitter *e, const rg_link *l)
{
    int64_t width = 1;
    int i = l->layout->rank;
    while (i > 0 && width < e->g->width) width *= l->layout->dim[--i];
    if (width != e->g->width) return false;
    while (i-- > 0)
        if (l->layout->dim[i] > 1 && l->layout->stride[i]) return false;
    return true;
}

/* The numbers of a row stand side by side. */
static bool lies_in_a_row(const emitter *e, const rg_layout *l)
{
    int64_t width = 1;
    for (int i = l->rank; i > 0 && width < e->g->width; width *= l->dim[i]) {
        i--;
        if (l->dim[i] > 1 && l->stride[i] != width) return false;
    }
    return true;
}

static rg_status give_fixed(emitter *e, const rg_link *l, bool one, rg_operand *o)
{
    for (rg_fixed *f = e->g->fixed; f; f = f->next)
        if (f->link.item == l->item && f->link.offset == l->offset && f->link.layout == l->layout) {
            o->at = f->at;
            return RG_OK;
        }
    rg_fixed *f = rg_plan_get(e->p, 1, sizeof *f);
    if (!f) return RG_NOMEM;
    *f = (rg_fixed){rg_link_window(e->p, l), one, fresh_slot(e, one), *l, e->g->fixed};
    e->g->fixed = f;
    o->at = f->at;
    return RG_OK;
}

static void point_at_item(const emitter *e, const rg_item *v, rg_operand *o)
{
    int64_t size = (int64_t)rg_dtype_size(v->layout->dtype);
    o->memory = v->stored ? v->data : NULL;
    o->at = v->slot;
    o->strip = v->at == 0 && v->group == e->group && e->g->strip;
    o->step = v->stored ? size * (one_per_row(e, v->layout->count) ? 1 : e->g->width) : 0;
}

static rg_operand plain_operand(const emitter *e, const rg_link *l)
{
    return (rg_operand){.dtype = (uint8_t)l->layout->dtype,
                        .one = one_per_row(e, l->layout->count),
                        .at = RG_NOWHERE,
                        .made = RG_NOWHERE};
}

static rg_status find_operand(emitter *e, const rg_link *l, rg_operand *o)
{
    const rg_item *from = &e->p->item[l->item];
    *o = plain_operand(e, l);
    bool mate = from->group == e->group, one = o->one;
    if (rg_is_direct(e->p, l)) {
        point_at_item(e, from, o);
        return RG_OK;
    }
    if (!one && rg_spreads(l, from, e->g->rows)) {
        point_at_item(e, from, o);
        o->how = RG_SPREAD;
        o->made = take_slot(e, false);
        return RG_OK;
    }
    if (!mate && (one ? rg_is_repeat(l->layout) : same_rows(e, l))) return give_fixed(e, l, one, o);
    rg_tensor *w = rg_plan_get(e->p, 1, sizeof *w);
    if (!w) return RG_NOMEM;
    *w = rg_link_window(e->p, l);
    o->window = w;
    o->how = RG_PACKED;
    o->made = take_slot(e, one);
    return RG_OK;
}

/* ---- instructions ---------------------------------------------------------------- */

static void free_inputs(emitter *e, const rg_item *v, const rg_link *link, const rg_instruction *c)
{
    for (int k = 0; k < c->nin; k++) {
        rg_item *x = &e->p->item[link[k].item];
        if (c->in[k].made != RG_NOWHERE) free_slot(e, c->in[k].made);
        if (x->slot == RG_NOWHERE || x->last_at != v->at) continue;
        free_slot(e, x->slot);
        x->last_at = RG_NOWHERE; /* once */
    }
}

static void give_output(emitter *e, rg_item *v, rg_operand *o)
{
    *o = (rg_operand){.dtype = (uint8_t)v->layout->dtype,
                      .one = one_per_row(e, v->layout->count),
                      .made = RG_NOWHERE};
    if (!v->stored) v->slot = take_slot(e, o->one);
    point_at_item(e, v, o);
}

/* An elementwise kernel may write where it reads, unless elements grow or shrink. */
static bool writes_in_place(const rg_item *v)
{
    if (v->op->kind != RG_ELEMENTWISE) return false;
    for (int k = 0; k < v->nin; k++)
        if (rg_dtype_size(v->in[k].layout->dtype) != rg_dtype_size(v->layout->dtype)) return false;
    return true;
}

/* Which kernel, and what it reads: how many links. */
static int choose_kernel(const emitter *e, const rg_item *v, rg_instruction *c, rg_link *link)
{
    rg_dtype d = v->in[0].layout->dtype;
    uint32_t inner = e->inner[v->at];
    const rg_pair *pair;
    if (inner != RG_NOWHERE) {
        int n = rg_pair_links(e->p, v, inner, link, &pair);
        c->tile = pair->tile[d];
        return n;
    }
    if (v->op->kind == RG_ELEMENTWISE)
        c->tile = v->op->tile[d];
    else
        c->run = v->op->run[d];
    memcpy(link, v->in, v->nin * sizeof *link);
    return v->nin;
}

static bool is_spread(const emitter *e, const rg_link *l)
{
    return !rg_is_direct(e->p, l) && !one_per_row(e, l->layout->count) &&
           rg_spreads(l, &e->p->item[l->item], e->g->rows);
}

/* A kernel that reads one number for each row, which need not be repeated then; NULL: none. */
static const rg_row_form *row_form_of(const emitter *e, const rg_item *v, const rg_link *link)
{
    const rg_row_form *q = rg_row_forms;
    while (q->op && q->op != v->op) q++;
    if (!q->op || e->inner[v->at] != RG_NOWHERE || one_per_row(e, v->layout->count)) return NULL;
    bool fits = link[0].layout->dtype <= RG_F64 && is_spread(e, &link[0]) != is_spread(e, &link[1]);
    return fits ? q : NULL;
}

/* And of a row that is the same again and again, no copies are needed. */
static rg_status find_row_operands(emitter *e, const rg_link *link, rg_instruction *c)
{
    c->each = is_spread(e, &link[1]);
    c->apart = e->g->width;
    const rg_link *l = &link[c->each], *all = &link[1 - c->each];
    c->in[c->each] = plain_operand(e, l);
    point_at_item(e, &e->p->item[l->item], &c->in[c->each]);
    rg_operand *o = &c->in[1 - c->each];
    bool again = !rg_is_direct(e->p, all) && e->p->item[all->item].group != e->group &&
                 same_rows(e, all) && lies_in_a_row(e, all->layout);
    if (!again) return find_operand(e, all, o);
    *o = plain_operand(e, all);
    o->memory = rg_link_window(e->p, all).data;
    c->apart = 0;
    return RG_OK;
}

static rg_status write_instruction(emitter *e, uint32_t i, rg_instruction *c)
{
    rg_item *v = &e->p->item[i];
    rg_link link[RG_WIRES];
    *c = (rg_instruction){.op = v->op, .attr = v->attr, .item = i};
    c->nin = (uint16_t)choose_kernel(e, v, c, link);
    c->in = rg_plan_get(e->p, c->nin, sizeof *c->in);
    const rg_row_form *q = row_form_of(e, v, link);
    if (q) c->rows = q->rows[link[0].layout->dtype];
    rg_status s = !c->in ? RG_NOMEM : q ? find_row_operands(e, link, c) : RG_OK;
    for (int k = 0; !q && k < c->nin && !s; k++) s = find_operand(e, &link[k], &c->in[k]);
    if (s) return s;
    if (writes_in_place(v)) free_inputs(e, v, link, c);
    give_output(e, v, &c->out);
    if (!writes_in_place(v)) free_inputs(e, v, link, c);
    return RG_OK;
}

/* ---- groups ---------------------------------------------------------------------- */

/* Rows as long as the last axis, when some input is not simply there: a bias is then the
 * same for every row. */
static int64_t handy_width(const emitter *e)
{
    for (uint32_t i = e->g->first; i != RG_NOWHERE; i = e->p->item[i].next) {
        const rg_item *v = &e->p->item[i];
        for (int k = 0; k < v->nin; k++) {
            const rg_layout *l = v->in[k].layout;
            if (rg_is_direct(e->p, &v->in[k]) || !l->rank) continue;
            int64_t width = l->dim[l->rank - 1];
            if (width > 1 && width <= RG_TILE) return width;
        }
    }
    return 1;
}

static void find_geometry(emitter *e)
{
    rg_bunch *g = e->g;
    g->width = g->rows ? g->count / g->rows : handy_width(e);
    g->rows = g->count / g->width;
    for (uint32_t i = g->first; i != RG_NOWHERE; i = e->p->item[i].next) {
        const rg_item *v = &e->p->item[i];
        for (int k = -1; k < v->nin; k++) {
            size_t size = rg_dtype_size(k < 0 ? v->layout->dtype : v->in[k].layout->dtype);
            if (size > e->size) e->size = size;
        }
    }
}

/* Each piece has scratch of its own: few pieces where a stack does not hold it. */
static void cut(rg_bunch *g)
{
    enum { FEW = 8 };
    if (g->strip) {
        g->pieces = RG_LANES;
        return;
    }
    int64_t tiles = RG_PIECE / g->width / g->tile, all = (g->rows + g->tile - 1) / g->tile;
    if (g->scratch > RG_STACK && tiles < (all + FEW - 1) / FEW) tiles = (all + FEW - 1) / FEW;
    g->piece = (tiles < 1 ? 1 : tiles) * g->tile;
    if (g->count * g->members < RG_SHARED) g->piece = g->rows;
    g->pieces = (int)((g->rows + g->piece - 1) / g->piece);
}

/* The distinct windows of memory that the tail walks along, if together they are more
 * than caches hold. */
static rg_status find_streams(emitter *e)
{
    enum { CACHED = 7 << 20 };
    rg_bunch *g = e->g;
    size_t bytes = 0, most = 0;
    for (uint32_t i = 0; i < g->steps; i++) most += g->code[i].nin + 1u;
    g->stream = rg_plan_get(e->p, most, sizeof *g->stream);
    if (!g->stream) return RG_NOMEM;
    for (uint32_t i = 0; i < g->steps; i++)
        for (int k = 0; k <= g->code[i].nin; k++) {
            const rg_operand *o = k < g->code[i].nin ? &g->code[i].in[k] : &g->code[i].out;
            uint32_t s = 0;
            if (!o->memory || !o->step || o->one || o->strip || o->how != RG_DIRECT) continue;
            while (s < g->streams && g->stream[s].memory != o->memory) s++;
            if (s < g->streams) continue;
            g->stream[g->streams++] = *o;
            bytes += (size_t)(g->rows * o->step);
        }
    if (bytes <= CACHED) g->streams = 0;
    return RG_OK;
}

static rg_status write_tail(emitter *e)
{
    rg_bunch *g = e->g;
    if (!g->members || !g->count) return RG_OK;
    if (rg_numbers_fit(e->p, g)) return rg_numbers_emit(e->p, e->group);
    find_geometry(e);
    g->code = rg_plan_get(e->p, g->members, sizeof *g->code);
    rg_status s = g->code ? RG_OK : RG_NOMEM;
    rg_find_pairs(e->p, g, true, e->inner);
    for (uint32_t i = g->first; i != RG_NOWHERE && !s; i = e->p->item[i].next)
        if (!e->p->item[i].paired) s = write_instruction(e, i, &g->code[g->steps++]);
    if (!s) s = settle_slots(e);
    if (s) return s;
    cut(g);
    s = find_streams(e);
    size_t bytes = (size_t)g->pieces * g->scratch;
    if (g->scratch > RG_STACK && bytes > e->p->tile_bytes) e->p->tile_bytes = bytes;
    if (g->scratch > RG_LITTLE && bytes > e->p->tiles_told) e->p->tiles_told = bytes;
    return s;
}

static rg_status write_head(emitter *e)
{
    rg_bunch *g = e->g;
    if (g->head == RG_NOWHERE) return RG_OK;
    const rg_item *v = &e->p->item[g->head];
    rg_tensor *in = rg_plan_get(e->p, v->nin, sizeof *in);
    if (!in) return RG_NOMEM;
    for (int k = 0; k < v->nin; k++) in[k] = rg_link_window(e->p, &v->in[k]);
    rg_link out = {g->head, 0, v->layout};
    g->call = (rg_call){e->p->t, v->op, v->attr, v->nin, in, rg_link_window(e->p, &out)};
    return RG_OK;
}

/* As many slots as members, temporary ones and inputs, at most. */
static size_t most_slots(const rg_plan *p)
{
    size_t most = 0;
    for (uint32_t g = 0; g < p->groups; g++)
        if (p->group[g].members > most) most = p->group[g].members;
    return most * (RG_WIRES + 1) + 1;
}

rg_status rg_plan_emit(rg_plan *p)
{
    size_t n = most_slots(p), bytes = 3 * n * sizeof(uint32_t);
    uint32_t *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    rg_status s = RG_OK;
    p->tile_bytes = p->tiles_told = 0;
    for (uint32_t g = 0; g < p->groups && !s; g++) {
        emitter e = {.p = p,
                     .g = &p->group[g],
                     .group = g,
                     .wide.list = room,
                     .thin.list = room + n,
                     .inner = room + 2 * n};
        s = write_head(&e);
        if (!s) s = write_tail(&e);
    }
    rg_scratch_free(p->t, room, bytes);
    if (!s && p->tile_bytes && !(p->tiles = rg_scratch(p->t, p->tile_bytes))) s = RG_NOMEM;
    return s;
}
