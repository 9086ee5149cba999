/* collect.c - from a tape to the items of a plan. Only what outputs and registers need is
 * taken (need.c). Views become links: a transpose of a slice of x is x, seen otherwise.
 * What need not be computed is left out (simplify.c). */
#include "simplify.h"
#include <string.h>

typedef struct gather {
    rg_plan *p;
    rg_tape *t;
    unsigned char *need; /* by node id */
    rg_link *of;         /* by node id */
    rg_twins twins;
} gather;

/* ---- items ----------------------------------------------------------------------- */

/* As many rows as x has, of as many elements or of one. */
static bool has_rows_of(const rg_layout *l, const rg_layout *x)
{
    int64_t width = x->dim[x->rank - 1];
    return l->count == x->count / width ||
           (l->count == x->count && l->rank > 0 && l->dim[l->rank - 1] == width);
}

static bool works_by_rows(const rg_item *v)
{
    const rg_op *op = v->op;
    if (op->refuses || v->nin == 0 || v->nin > RG_WIRES) return false;
    if (op->kind != RG_ROWS && !(op->by_rows && op->by_rows(v->attr))) return false;
    const rg_layout *x = v->in[0].layout;
    if (x->rank == 0 || x->count == 0 || !has_rows_of(v->layout, x)) return false;
    for (int k = 1; k < v->nin; k++)
        if (!has_rows_of(v->in[k].layout, x)) return false;
    return true;
}

static rg_item *new_item(gather *c, const rg_node *y, rg_origin source)
{
    rg_item *v = &c->p->item[c->p->items++];
    memset(v, 0, sizeof *v);
    *v = (rg_item){.op = y->op,
                   .layout = y->layout,
                   .source = (uint8_t)source,
                   .file = y->file,
                   .line = y->line,
                   .id = y->id,
                   .read_first = RG_NOWHERE,
                   .group = RG_NOWHERE,
                   .reads = RG_NOWHERE,
                   .last = RG_NOWHERE,
                   .next = RG_NOWHERE,
                   .reg = RG_NOWHERE,
                   .block = RG_NOWHERE,
                   .slot = RG_NOWHERE};
    return v;
}

static rg_link link_to(const rg_plan *p, const rg_item *v)
{
    return (rg_link){(uint32_t)(v - p->item), 0, v->layout};
}

static const rg_layout *repeated(gather *c, const rg_layout *l)
{
    static const int64_t zero[RG_MAX_RANK];
    rg_shape s = {.rank = l->rank};
    memcpy(s.dim, l->dim, sizeof s.dim);
    return rg_layout_get(c->t, l->dtype, &s, zero);
}

static rg_status no_room(gather *c) { return rg_refuse(c->t, RG_NOMEM, NULL, "out of memory"); }

/* ---- each kind of node ----------------------------------------------------------- */

/* Numbers that nobody writes, made in the recording: the plan keeps its own, so that the
 * recording may be rewound. */
static rg_status keep_numbers(gather *c, rg_item *v)
{
    const rg_layout *l = v->layout;
    size_t size = rg_dtype_size(l->dtype);
    int64_t before, after;
    if (!l->count) return RG_OK;
    rg_reach(l->rank, l->dim, l->stride, &before, &after);
    size_t ahead = (size_t)before * size, bytes = ahead + (size_t)(after + 1) * size;
    char *copy = rg_plan_get(c->p, bytes, 1);
    if (!copy) return RG_NOMEM;
    memcpy(copy, v->data - ahead, bytes);
    v->data = copy + ahead;
    return RG_OK;
}

static rg_status take_leaf(gather *c, rg_node *y)
{
    rg_item *v = new_item(c, y, RG_FROM_LEAF);
    v->data = y->data;
    v->stored = true;
    c->p->ticks |= y == c->t->counter;
    c->of[y->id] = link_to(c->p, v);
    if (rg_leafrec_of(y)->fixed) return keep_numbers(c, v);
    if (!rg_leafrec_of(y)->over || rg_leafrec_of(y)->assigned) /* else its memory outlives us */
        if (y->id > c->p->last_leaf) c->p->last_leaf = y->id;
    return RG_OK;
}

static rg_status take_view(gather *c, rg_node *y)
{
    rg_node *x = rg_in(y, 0);
    rg_link from = c->of[x->id], *to = &c->of[y->id];
    c->p->gathered.views++;
    if (rg_is_constant(c->p, &from)) {
        *to = (rg_link){from.item, 0, repeated(c, y->layout)};
        return to->layout ? RG_OK : no_room(c);
    }
    rg_making m = {.tape = c->t,
                   .op = y->op,
                   .nin = y->nin,
                   .in = rg_ins(y),
                   .attr = y->attr,
                   .dtype = x->layout->dtype,
                   .shape = rg_shape_of(x)};
    rg_status s = y->op->shape(&m);
    *to = (rg_link){from.item, from.offset + m.offset, y->layout};
    return s;
}

/* ---- steps ----------------------------------------------------------------------- */

static void note_reading(gather *c, const rg_link *l, uint32_t when)
{
    rg_item *x = &c->p->item[l->item];
    if (when < x->read_first) x->read_first = when;
    if (when > x->read_last) x->read_last = when;
}

/* Kernels choose their way by strides. One that would read a folded constant reads it as it
 * lies in the recording, number by number: else its bits might be others. */
static rg_status fill_constant(gather *c, rg_link *l, const rg_node *x)
{
    rg_item *v = &c->p->item[l->item];
    size_t size = rg_dtype_size(v->layout->dtype);
    int64_t before, after;
    if (!v->filled || rg_is_repeat(x->layout) || !x->layout->count) return RG_OK;
    rg_reach(x->layout->rank, x->layout->dim, x->layout->stride, &before, &after);
    int64_t n = before + after + 1;
    if (n > v->filled) {
        char *all = rg_plan_get(c->p, (size_t)n, size);
        if (!all) return RG_NOMEM;
        for (int64_t i = 0; i < n; i++) memcpy(all + (size_t)i * size, v->data, size);
        v->data = all;
        v->filled = n;
    }
    *l = (rg_link){l->item, before, x->layout};
    return RG_OK;
}

static rg_status give_inputs(gather *c, rg_item *v, rg_node *y)
{
    v->in = rg_plan_get(c->p, y->nin, sizeof *v->in);
    if (!v->in) return RG_NOMEM;
    v->nin = y->nin;
    for (int k = 0; k < y->nin; k++) {
        v->in[k] = c->of[rg_in(y, k)->id];
        note_reading(c, &v->in[k], v->id);
        if (y->op->kind == RG_ELEMENTWISE) continue;
        rg_status s = fill_constant(c, &v->in[k], rg_in(y, k));
        if (s) return s;
    }
    return RG_OK;
}

static rg_status keep_attributes(gather *c, rg_item *v)
{
    rg_attr *a = rg_plan_get(c->p, 1, sizeof *a);
    if (!a) return RG_NOMEM;
    *a = *v->attr;
    v->attr = a;
    return RG_OK;
}

static void classify(gather *c, rg_item *v)
{
    v->tail = v->op->kind == RG_ELEMENTWISE || (!c->p->cfg.plain && works_by_rows(v));
    v->small = v->layout->count <= 1;
    for (int k = 0; k < v->nin; k++) {
        const rg_item *x = &c->p->item[v->in[k].item];
        v->small &= !rg_is_step(x) || x->small;
    }
}

/* The op has no inputs: its numbers never change. */
static rg_status take_constant(gather *c, rg_node *y)
{
    rg_plan *p = c->p;
    rg_item *v = new_item(c, y, RG_FROM_CONSTANT);
    v->attr = y->attr;
    uint32_t place = (uint32_t)(v - p->item), twin = rg_find_twin(&c->twins, p->item, place);
    c->of[y->id] = link_to(p, &p->item[twin]);
    if (twin != place) {
        p->gathered.twins++;
        p->items--;
        return RG_OK;
    }
    size_t count = y->layout->dense ? (size_t)y->layout->count : 1;
    v->stored = true;
    v->data = rg_plan_get(p, count, rg_dtype_size(y->layout->dtype));
    rg_status s = v->data && v->attr ? keep_attributes(c, v) : v->data ? RG_OK : RG_NOMEM;
    if (s) return s;
    rg_call call = {
        .tape = c->t, .op = y->op, .attr = v->attr, .out = rg_link_window(p, &c->of[y->id])};
    return y->op->run[y->layout->dtype](&call);
}

/* A folded step has one number, seen as if it were repeated. */
static rg_status link_step(gather *c, const rg_node *y, rg_item *v, bool fresh)
{
    c->of[y->id] = link_to(c->p, v);
    if (!rg_is_step(v)) c->of[y->id].layout = repeated(c, y->layout);
    if (!c->of[y->id].layout) return no_room(c);
    return fresh && v->attr ? keep_attributes(c, v) : RG_OK;
}

static rg_status take_step(gather *c, rg_node *y)
{
    rg_plan *p = c->p;
    rg_item *v = new_item(c, y, RG_FROM_STEP);
    uint32_t place = (uint32_t)(v - p->item), twin = place;
    v->attr = y->attr;
    rg_status s = give_inputs(c, v, y);
    if (!s) s = rg_make_plain(p, v);
    if (s) return s;
    if (rg_hands_on(p, v, &c->of[y->id])) {
        p->gathered.handed_on++;
        p->items--;
        return RG_OK;
    }
    if (!p->cfg.plain) twin = rg_find_twin(&c->twins, p->item, place);
    p->gathered.twins += twin != place;
    if (twin != place)
        p->items--;
    else if (!rg_fold(p, v))
        classify(c, v);
    return link_step(c, y, &p->item[twin], twin == place);
}

/* What a register takes is a copy of its own, unless a step computes it for nobody else
 * to disturb. */
static rg_status settle_run(const rg_call *c)
{
    rg_pack(c->out.data, &c->in[0], 0, rg_count(&c->out));
    return RG_OK;
}

static const rg_op settle = {.abi = RG_OP_ABI,
                             .name = "assign",
                             .formula = "{a}",
                             .kind = RG_WHOLE,
                             .nin = 1,
                             .ints = true,
                             .run = {settle_run, settle_run, settle_run, settle_run}};

/* A step that copies what the link shows. NULL: no memory. */
static rg_item *new_copy(gather *c, const rg_node *y, rg_link from)
{
    rg_item *v = new_item(c, y, RG_FROM_STEP);
    v->op = &settle;
    v->layout = y->layout->packed;
    v->in = rg_plan_get(c->p, 1, sizeof *v->in);
    if (!v->in) return NULL;
    v->in[0] = from;
    v->nin = 1;
    return v;
}

static rg_status take_assign(gather *c, rg_node *y)
{
    rg_link value = c->of[rg_in(y, 1)->id];
    if (rg_is_step(&c->p->item[value.item]) && rg_is_direct(c->p, &value)) {
        c->of[y->id] = value;
        return RG_OK;
    }
    if (rg_is_leaf(rg_shown_by(rg_in(y, 1)))) note_reading(c, &value, y->id);
    rg_item *v = new_copy(c, y, value);
    if (!v) return RG_NOMEM;
    c->of[y->id] = link_to(c->p, v);
    return RG_OK;
}

static rg_status take_node(gather *c, rg_node *y)
{
    if (y->op->kind == RG_LEAF) return take_leaf(c, y);
    if (y->op == &rg_op_assign) return take_assign(c, y);
    if (y->op->kind == RG_VIEW) return take_view(c, y);
    return y->nin ? take_step(c, y) : take_constant(c, y);
}

/* ---- ends ------------------------------------------------------------------------ */

static rg_status take_registers(gather *c)
{
    rg_plan *p = c->p;
    for (rg_leafrec *r = c->t->leaves; r; r = r->prev) p->regs += r->assigned != NULL;
    p->ticks |= p->regs > 0;
    p->reg = rg_plan_get(p, p->regs, sizeof *p->reg);
    if (!p->reg) return RG_NOMEM;
    uint32_t n = p->regs;
    for (rg_leafrec *r = c->t->leaves; r; r = r->prev) {
        if (!r->assigned) continue;
        uint32_t value = c->of[r->assigned->id].item;
        p->reg[--n] = (rg_register){.leaf = r, .item = c->of[r->node->id].item, .value = value};
    }
    for (uint32_t i = 0; i < p->regs; i++)
        if (p->item[p->reg[i].value].reg == RG_NOWHERE) p->item[p->reg[i].value].reg = i;
    return RG_OK;
}

/* An output is the plan's own: what a leaf held during the run is copied. */
static rg_status copy_of_leaf(gather *c, const rg_node *y, rg_link *out)
{
    rg_plan *p = c->p;
    if (p->item[out->item].source != RG_FROM_LEAF) return RG_OK;
    if (rg_is_leaf(rg_shown_by(y))) note_reading(c, out, (uint32_t)c->t->len);
    rg_item *v = new_copy(c, y, *out);
    if (!v) return RG_NOMEM;
    *out = link_to(p, v);
    return RG_OK;
}

static rg_status take_outputs(gather *c, rg_node *const *out)
{
    rg_plan *p = c->p;
    p->out = rg_plan_get(p, (size_t)p->outs, sizeof *p->out);
    if (!p->out) return RG_NOMEM;
    for (int i = 0; i < p->outs; i++) {
        p->out[i] = c->of[out[i]->id];
        rg_status s = copy_of_leaf(c, out[i], &p->out[i]);
        if (s) return s;
        p->item[p->out[i].item].output = true;
    }
    return RG_OK;
}

/* The steps that are needed, in the order of the tape: what nobody reads is dead, and
 * reads nothing itself. */
static rg_status list_steps(rg_plan *p)
{
    uint32_t n = p->items;
    p->order = rg_plan_get(p, p->item_cap, sizeof *p->order);
    if (!p->order) return RG_NOMEM;
    for (uint32_t i = 0; i < p->regs; i++) p->item[p->reg[i].value].readers++;
    for (uint32_t i = p->items; i-- > 0;) {
        rg_item *v = &p->item[i];
        if (!rg_is_step(v) || (!v->readers && !v->output)) continue;
        for (int k = 0; k < v->nin; k++) p->item[v->in[k].item].readers++;
        p->order[--n] = i;
    }
    p->steps = p->items - n;
    memmove(p->order, p->order + n, p->steps * sizeof *p->order);
    return RG_OK;
}

/* ---- all of it ------------------------------------------------------------------- */

static rg_status take_nodes(gather *c, size_t most)
{
    rg_twins *w = &c->twins;
    for (w->slots = 16; w->slots < 2 * most; w->slots *= 2) {
    }
    w->table = rg_scratch(c->t, w->slots * sizeof *w->table);
    if (!w->table) return RG_NOMEM;
    memset(w->table, 0xFF, w->slots * sizeof *w->table);
    rg_status s = RG_OK;
    for (int64_t id = 0; id < c->p->end && !s; id++)
        if (c->need[id]) s = take_node(c, c->t->node[id]);
    rg_scratch_free(c->t, w->table, w->slots * sizeof *w->table);
    return s;
}

static rg_status take_all(gather *c, rg_node *const *out, size_t needed)
{
    rg_plan *p = c->p;
    size_t most = needed + (size_t)p->outs;
    p->item_cap = (uint32_t)most;
    p->item = rg_plan_get(p, most, sizeof *p->item);
    rg_status s = p->item ? take_nodes(c, most) : RG_NOMEM;
    if (!s) s = take_registers(c);
    if (!s) s = take_outputs(c, out);
    if (!s) s = rg_plan_check_leaves(p);
    if (!s) s = c->t->error.status; /* a number that could not be folded */
    return s ? s : list_steps(p);
}

/* So that rg_plan_peek finds the value of any node. */
static rg_status keep_links(gather *c)
{
    size_t n = (size_t)c->p->end + 1;
    c->p->of_node = rg_plan_get(c->p, n, sizeof *c->of);
    if (!c->p->of_node) return RG_NOMEM;
    memcpy(c->p->of_node, c->of, n * sizeof *c->of);
    return RG_OK;
}

rg_status rg_plan_collect(rg_plan *p, rg_node *const *out)
{
    gather c = {.p = p, .t = p->t};
    p->first = p->end = rg_plan_end(p->t, p->outs, out);
    size_t n = (size_t)p->end, needed = 0;
    c.need = rg_scratch(p->t, n + 1);
    c.of = c.need ? rg_scratch(p->t, (n + 1) * sizeof *c.of) : NULL;
    rg_status s = c.of ? RG_OK : RG_NOMEM;
    if (!s) {
        memset(c.of, 0xFF, (n + 1) * sizeof *c.of);
        s = rg_plan_need(p, out, c.need, &needed);
    }
    if (!s) s = take_all(&c, out, needed);
    if (!s && p->cfg.keep) s = keep_links(&c);
    if (c.of) rg_scratch_free(p->t, c.of, (n + 1) * sizeof *c.of);
    if (c.need) rg_scratch_free(p->t, c.need, n + 1);
    return s;
}
