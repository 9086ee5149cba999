/* numbers.c - a group of single numbers as a program: one step after the other, each a
 * call that finds its operands in registers. This is what scalar programs live on: no
 * windows, no tiles, and a register is free again after its last reader. */
#include "numbers.h"
#include "pairing.h"
#include <string.h>

typedef struct rg_load { /* before or after the program, between a register and memory */
    char *memory;
    uint32_t reg;
} rg_load;

struct rg_numbers {
    rg_number *code, *end;
    char *registers;
    size_t size; /* of a number */
    rg_load *load, *store;
    uint32_t loads, stores;
};

typedef struct writer {
    rg_plan *p;
    rg_numbers *n;
    uint32_t group;
    rg_dtype dtype;
    uint32_t used, *free, frees; /* registers */
    double *constant;            /* by register: what it starts with */
    uint32_t *inner;             /* by place in the group: the item that it takes in */
} writer;

/* ---- may it be one? -------------------------------------------------------------- */

static bool has_number(const rg_item *v, rg_dtype d)
{
    if (v->op->kind != RG_ELEMENTWISE || v->nin > 3 || v->layout->dtype != d) return false;
    for (int k = 0; k < v->nin; k++)
        if (v->in[k].layout->dtype != d) return false;
    return v->op->number[d] != NULL;
}

bool rg_numbers_fit(const rg_plan *p, const rg_bunch *g)
{
    if (g->count != 1 || !g->members || p->cfg.plain) return false;
    rg_dtype d = p->item[g->first].layout->dtype;
    if (d != RG_F32 && d != RG_F64) return false;
    for (uint32_t i = g->first; i != RG_NOWHERE; i = p->item[i].next)
        if (!has_number(&p->item[i], d)) return false;
    return true;
}

/* ---- registers ------------------------------------------------------------------- */

static uint32_t take_register(writer *w) { return w->frees ? w->free[--w->frees] : w->used++; }

/* Registers that start with a number and keep it are not among those that come and go. */
static uint32_t constant_register(writer *w, double v)
{
    w->constant[w->used] = v;
    return w->used++;
}

static double number_at(const rg_plan *p, const rg_link *l)
{
    rg_tensor w = rg_link_window(p, l);
    double v;
    rg_convert(&v, RG_F64, w.data, w.dtype, 1);
    return v;
}

static uint32_t load_register(writer *w, const rg_link *l)
{
    rg_item *x = &w->p->item[l->item];
    bool whole = x->layout->count == 1;
    if (whole && x->slot != RG_NOWHERE) return x->slot;
    uint32_t reg =
        x->source == RG_FROM_CONSTANT ? constant_register(w, number_at(w->p, l)) : w->used++;
    if (x->source != RG_FROM_CONSTANT)
        w->n->load[w->n->loads++] = (rg_load){rg_link_window(w->p, l).data, reg};
    if (whole) x->slot = reg;
    return reg;
}

/* ---- steps ----------------------------------------------------------------------- */

/* The head of the group has its number in memory. */
static bool is_step_of(const writer *w, const rg_item *x)
{
    return x->group == w->group && x->at > 0;
}

static bool ends_here(const writer *w, const rg_item *x, const rg_item *reader)
{
    return is_step_of(w, x) && !x->stored && !x->paired && x->last_at == reader->at;
}

/* What a step reads: its inputs, or those of the pair that it is. */
static int links_of(const writer *w, const rg_item *v, rg_link *link, rg_number *s)
{
    uint32_t inner = w->inner[v->at];
    const rg_pair *pair;
    s->fn = v->op->number[w->dtype];
    memcpy(link, v->in, v->nin * sizeof *link);
    if (inner == RG_NOWHERE) return v->nin;
    int n = rg_pair_links(w->p, v, inner, link, &pair);
    s->fn = pair->number[w->dtype];
    return n;
}

static void write_number(writer *w, rg_item *v, rg_number *s)
{
    rg_link link[3];
    int n = links_of(w, v, link, s);
    for (int k = 0; k < n; k++) {
        const rg_item *x = &w->p->item[link[k].item];
        s->in[k] = is_step_of(w, x) ? x->slot : load_register(w, &link[k]);
    }
    for (int k = 0; k < n; k++) {
        rg_item *x = &w->p->item[link[k].item];
        if (!ends_here(w, x, v)) continue;
        x->last_at = RG_NOWHERE; /* once */
        w->free[w->frees++] = x->slot;
    }
    if (v->attr) {
        s->p = constant_register(w, v->attr->f[0]);
        constant_register(w, v->attr->f[1]);
    }
    s->y = v->slot = take_register(w);
    if (v->stored) w->n->store[w->n->stores++] = (rg_load){v->data, s->y};
}

/* Registers are this program's own business. */
static void forget_registers(const writer *w, const rg_bunch *g)
{
    for (uint32_t i = g->first; i != RG_NOWHERE; i = w->p->item[i].next) {
        rg_item *v = &w->p->item[i];
        v->slot = RG_NOWHERE;
        for (int k = 0; k < v->nin; k++) w->p->item[v->in[k].item].slot = RG_NOWHERE;
    }
}

static rg_status fill_registers(writer *w)
{
    rg_numbers *n = w->n;
    n->size = rg_dtype_size(w->dtype);
    n->registers = rg_plan_get(w->p, w->used, n->size);
    if (!n->registers) return RG_NOMEM;
    rg_convert(n->registers, w->dtype, w->constant, RG_F64, w->used);
    return RG_OK;
}

/* Each step makes at most one register, reads three from elsewhere and has two
 * attributes. */
static rg_status write_program(writer *w, const rg_bunch *g)
{
    rg_plan *p = w->p;
    size_t most = (size_t)g->members * 6 + 1,
           bytes = most * (2 * sizeof(uint32_t) + sizeof(double));
    char *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    w->constant = (double *)(void *)room;
    w->free = (uint32_t *)(void *)(w->constant + most);
    w->inner = w->free + most;
    memset(w->constant, 0, most * sizeof *w->constant);
    rg_find_pairs(p, g, false, w->inner);
    rg_number *s = w->n->code;
    for (uint32_t i = g->first; i != RG_NOWHERE; i = p->item[i].next)
        if (!p->item[i].paired) write_number(w, &p->item[i], s++);
    w->n->end = s;
    forget_registers(w, g);
    rg_status status = fill_registers(w);
    rg_scratch_free(p->t, room, bytes);
    return status;
}

static size_t loads_of(const rg_plan *p, const rg_bunch *g)
{
    size_t n = 0;
    for (uint32_t i = g->first; i != RG_NOWHERE; i = p->item[i].next) n += p->item[i].nin;
    return n;
}

rg_status rg_numbers_emit(rg_plan *p, uint32_t group)
{
    rg_bunch *g = &p->group[group];
    writer w = {.p = p, .group = group, .dtype = p->item[g->first].layout->dtype};
    w.n = g->numbers = rg_plan_get(p, 1, sizeof *w.n);
    if (!w.n) return RG_NOMEM;
    w.n->code = rg_plan_get(p, g->members, sizeof *w.n->code);
    w.n->load = rg_plan_get(p, loads_of(p, g), sizeof *w.n->load);
    w.n->store = rg_plan_get(p, g->members, sizeof *w.n->store);
    return w.n->code && w.n->load && w.n->store ? write_program(&w, g) : RG_NOMEM;
}

/* ---- run ------------------------------------------------------------------------- */

void rg_numbers_run(const rg_numbers *n)
{
    for (uint32_t i = 0; i < n->loads; i++)
        memcpy(n->registers + n->load[i].reg * n->size, n->load[i].memory, n->size);
    for (const rg_number *s = n->code; s < n->end; s++) s->fn(s, n->registers);
    for (uint32_t i = 0; i < n->stores; i++)
        memcpy(n->store[i].memory, n->registers + n->store[i].reg * n->size, n->size);
}
