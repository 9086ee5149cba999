/* numbers.c - a group of single numbers as a program: one step after the other, each a
 * call that finds its operands in registers. This is what scalar programs live on: no
 * windows, no tiles, and a register is free again after its last reader. Which step
 * follows which is order.c's to say, as a step has the result of the one before at hand. */
#include "numbers.h"
#include "order.h"
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
    const rg_item *last;         /* whose step was written last */
    rg_order order;
    uint32_t steps, loads, stores; /* at most so many loads */
    /* by place in the group: */
    uint32_t *item, *inner; /* who stands there, and whom it takes in   */
    uint32_t *reads;        /* by how many steps that are still to come */
} writer;

/* ---- may it be one? -------------------------------------------------------------- */

static bool has_number(const rg_item *v, rg_dtype d)
{
    if (v->op->kind != RG_ELEMENTWISE || v->nin > 3 || v->layout->dtype != d) return false;
    for (int k = 0; k < v->nin; k++)
        if (v->in[k].layout->dtype != d) return false;
    return d == RG_F32 ? v->op->number[0].f32 != NULL : v->op->number[0].f64 != NULL;
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

static uint32_t new_register(writer *w, double v)
{
    w->constant[w->used] = v;
    return w->used++;
}

/* Those that start with a number and keep it do not come and go. */
static uint32_t take_register(writer *w)
{
    return w->frees ? w->free[--w->frees] : new_register(w, 0);
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
    uint32_t reg = new_register(w, x->source == RG_FROM_CONSTANT ? number_at(w->p, l) : 0);
    if (x->source != RG_FROM_CONSTANT)
        w->n->load[w->n->loads++] = (rg_load){rg_link_window(w->p, l).data, reg};
    if (whole) x->slot = reg;
    return reg;
}

/* ---- from step to step ------------------------------------------------------------- */

/* A step goes on to the next one by itself: with a jump, where the compiler makes one of such a
 * call. Where it does not, calls would fill the stack; so behind RUN steps there is one that stops. */
enum { RUN = 127 };

#define STOP_AND_RUN(T, of)                                                                        \
    static T stop_##of(const rg_number *s, T *r, T last)                                           \
    {                                                                                              \
        (void)s, (void)r;                                                                          \
        return last;                                                                               \
    }                                                                                              \
    static void run_##of(const rg_numbers *n)                                                      \
    {                                                                                              \
        T *r = (T *)(void *)n->registers, last = 0;                                                \
        for (const rg_number *s = n->code; s < n->end; s += RUN + 1) last = s->fn.of(s, r, last);  \
    }
STOP_AND_RUN(float, f32)
STOP_AND_RUN(double, f64)
#undef STOP_AND_RUN

static void write_stop(const writer *w, rg_number *s)
{
    if (w->dtype == RG_F32)
        s->fn.f32 = stop_f32;
    else
        s->fn.f64 = stop_f64;
}

/* ---- steps ----------------------------------------------------------------------- */

/* The head of the group has its number in memory. */
static bool is_step_of(const writer *w, const rg_item *x)
{
    return x->group == w->group && x->at > 0;
}

/* What a step reads: its inputs, or those of the pair that it is. */
static int links_of(const writer *w, const rg_item *v, rg_link *link, const rg_number_fns **ways)
{
    uint32_t inner = w->inner[v->at];
    const rg_pair *pair;
    *ways = v->op->number;
    memcpy(link, v->in, v->nin * sizeof *link);
    if (inner == RG_NOWHERE) return v->nin;
    int n = rg_pair_links(w->p, v, inner, link, &pair);
    *ways = pair->number;
    return n;
}

/* What the step before has returned is taken from it, as far as there is a way. */
static void choose_way(const writer *w, const rg_number_fns *ways, uint32_t at_hand, rg_number *s)
{
    while (at_hand >= RG_NUMBER_WAYS || !ways[at_hand].f32) at_hand &= at_hand - 1;
    if (w->dtype == RG_F32)
        s->fn.f32 = ways[at_hand].f32;
    else
        s->fn.f64 = ways[at_hand].f64;
}

static void write_number(writer *w, rg_item *v, rg_number *s)
{
    rg_link link[3];
    const rg_number_fns *ways;
    int n = links_of(w, v, link, &ways);
    uint32_t at_hand = 0;
    for (int k = 0; k < n; k++) {
        const rg_item *x = &w->p->item[link[k].item];
        s->in[k] = is_step_of(w, x) ? x->slot : load_register(w, &link[k]);
        if (x == w->last) at_hand |= 1u << k;
    }
    for (int k = 0; k < n; k++) {
        rg_item *x = &w->p->item[link[k].item];
        if (is_step_of(w, x) && !--w->reads[x->at] && !x->stored)
            w->free[w->frees++] = x->slot;
    }
    choose_way(w, ways, at_hand, s);
    if (v->attr) {
        s->p = new_register(w, v->attr->f[0]);
        new_register(w, v->attr->f[1]);
    }
    s->y = v->slot = take_register(w);
    w->last = v;
    if (v->stored) w->n->store[w->n->stores++] = (rg_load){v->data, s->y};
}

/* ---- order ------------------------------------------------------------------------ */

static uint32_t delay_of(const rg_op *op)
{
    const rg_delay *d = rg_delays;
    while (d->op && d->op != op) d++;
    return d->additions;
}

static void add_to_order(writer *w, const rg_item *v)
{
    const rg_plan *p = w->p;
    rg_link link[3];
    const rg_number_fns *unused;
    uint32_t inner = w->inner[v->at];
    int n = links_of(w, v, link, &unused);
    for (int k = 0; k < n; k++) {
        const rg_item *x = &p->item[link[k].item];
        w->loads += !is_step_of(w, x);
        if (!is_step_of(w, x)) continue;
        rg_order_reads(&w->order, v->at, x->at);
        w->reads[x->at]++;
    }
    w->steps++;
    w->stores += v->stored;
    rg_order_add(&w->order, v->at,
                 delay_of(v->op) + (inner == RG_NOWHERE ? 0 : delay_of(p->item[inner].op)));
}

static void order_numbers(writer *w, const rg_bunch *g)
{
    for (uint32_t i = g->first; i != RG_NOWHERE; i = w->p->item[i].next) {
        const rg_item *v = &w->p->item[i];
        w->item[v->at] = i;
        if (!v->paired) add_to_order(w, v);
    }
    rg_order_added(&w->order);
}

/* ---- the program ------------------------------------------------------------------- */

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

static rg_status make_program(writer *w)
{
    rg_numbers *n = w->n;
    n->code = rg_plan_get(w->p, (size_t)w->steps + w->steps / RUN + 1, sizeof *n->code);
    n->load = rg_plan_get(w->p, w->loads, sizeof *n->load);
    n->store = rg_plan_get(w->p, w->stores, sizeof *n->store);
    return n->code && n->load && n->store ? RG_OK : RG_NOMEM;
}

/* Behind RUN steps and at the end one that stops. */
static void write_all_numbers(writer *w)
{
    rg_numbers *n = w->n;
    n->end = n->code;
    for (uint32_t at; (at = rg_order_next(&w->order));) {
        write_number(w, &w->p->item[w->item[at]], n->end++);
        if ((n->end - n->code) % (RUN + 1) == RUN) write_stop(w, n->end++);
    }
    write_stop(w, n->end++);
}

/* Each step makes at most one register, reads three from elsewhere and has two
 * attributes. */
static rg_status write_program(writer *w, const rg_bunch *g)
{
    rg_plan *p = w->p;
    size_t members = (size_t)g->members + 1, most = members * 6,
           bytes = most * (sizeof(uint32_t) + sizeof(double)) + members * 3 * sizeof(uint32_t) +
                   rg_order_bytes(g->members);
    char *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    w->constant = (double *)(void *)room;
    w->free = (uint32_t *)(void *)(w->constant + most);
    w->item = w->free + most;
    w->inner = w->item + members;
    w->reads = w->inner + members;
    memset(w->reads, 0, members * sizeof *w->reads);
    rg_order_begin(&w->order, g->members, w->reads + members);
    rg_find_pairs(p, g, false, w->inner);
    order_numbers(w, g);
    rg_status status = make_program(w);
    if (!status) write_all_numbers(w);
    if (!status) status = fill_registers(w);
    forget_registers(w, g);
    rg_scratch_free(p->t, room, bytes);
    return status;
}

rg_status rg_numbers_emit(rg_plan *p, uint32_t group)
{
    rg_bunch *g = &p->group[group];
    writer w = {.p = p, .group = group, .dtype = p->item[g->first].layout->dtype};
    w.n = g->numbers = rg_plan_get(p, 1, sizeof *w.n);
    return w.n ? write_program(&w, g) : RG_NOMEM;
}

/* ---- run ------------------------------------------------------------------------- */

void rg_numbers_run(const rg_numbers *n)
{
    for (uint32_t i = 0; i < n->loads; i++)
        memcpy(n->registers + n->load[i].reg * n->size, n->load[i].memory, n->size);
    if (n->size == sizeof(float))
        run_f32(n);
    else
        run_f64(n);
    for (uint32_t i = 0; i < n->stores; i++)
        memcpy(n->store[i].memory, n->registers + n->store[i].reg * n->size, n->size);
}
