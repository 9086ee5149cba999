/* story.c - listens to a backward pass and keeps what it hears. */
#include "story.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rg_story_wire *rg_story_wire_of(const rg_story *s, const rg_node *x)
{
    return &s->wire[s->wire[x->id].root];
}

rg_node *rg_story_root(const rg_story *s, const rg_node *x)
{
    return s->t->node[s->wire[x->id].root];
}

/* ---- the wires -------------------------------------------------------------------------- */

static bool asked_for(const rg_node *v, int n, rg_node *const *x)
{
    for (int i = 0; i < n; i++)
        if (x[i] == v) return true;
    return false;
}

/* The same numbers in the same order, under no name of their own. */
static bool shows_the_same(const rg_node *v)
{
    if (v->nin != 1 || !v->op->vjp || (v->flags & RG_NAMED)) return false;
    const rg_node *x = rg_in(v, 0);
    if (v->op->kind == RG_VIEW)
        return v->data == x->data && v->layout->count == x->layout->count && v->layout->dense &&
               x->layout->dense;
    return v->op->kind == RG_ELEMENTWISE && !strcmp(v->op->formula, "{a}");
}

/* The gate that made the number: y, but for its shape. */
static rg_node *told_output(rg_node *y, int n, rg_node *const *x)
{
    while (y->layout->count == 1 && shows_the_same(y) && !asked_for(y, n, x)) y = rg_in(y, 0);
    return y;
}

/* A literal, a window on one, or one number made of literals alone. */
static bool is_literal(const rg_story *s, const rg_node *v)
{
    if (v->op == &rg_op_fill) return true;
    if (v->nin == 0 || (v->op->kind != RG_VIEW && v->layout->count != 1)) return false;
    for (int k = 0; k < v->nin; k++)
        if (s->wire[rg_in(v, k)->id].role != RG_ROLE_NUMBER) return false;
    return true;
}

static rg_wire_role role_of(const rg_story *s, const rg_node *v)
{
    if (asked_for(v, s->n, s->x)) return RG_ROLE_INPUT;
    if (rg_is_leaf(v)) return RG_ROLE_GIVEN;
    if (v == s->y || (v->flags & RG_NAMED)) return RG_ROLE_GATE;
    if (is_literal(s, v)) return RG_ROLE_NUMBER;
    return shows_the_same(v) ? RG_ROLE_ALIAS : RG_ROLE_GATE;
}

/* Everything that y was made from. */
static void mark_cone(rg_story *s)
{
    s->wire[s->y->id].role = RG_ROLE_GATE;
    for (size_t id = (size_t)s->y->id + 1; id-- > 0;) {
        const rg_node *v = s->t->node[id];
        if (s->wire[id].role == RG_ROLE_NONE) continue;
        for (int k = 0; k < v->nin; k++) s->wire[rg_in(v, k)->id].role = RG_ROLE_GATE;
    }
    for (int i = 0; i < s->n; i++) s->wire[s->x[i]->id].role = RG_ROLE_INPUT;
}

static void find_roles(rg_story *s)
{
    for (uint32_t id = 0; id < s->wires; id++) {
        rg_story_wire *w = &s->wire[id];
        w->root = id;
        if (w->role == RG_ROLE_NONE) continue;
        w->role = role_of(s, s->t->node[id]);
        if (w->role != RG_ROLE_ALIAS) continue;
        w->root = s->wire[rg_in(s->t->node[id], 0)->id].root;
        s->wire[w->root].shown_as = id;
    }
}

/* ---- names ------------------------------------------------------------------------------ */

typedef struct named_wire {
    const char *name;
    uint32_t id;
} named_wire;

static int by_name(const void *a, const void *b)
{
    const named_wire *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

/* Names that were given twice are told apart by a number. */
static void number_twins(rg_story *s, named_wire *named, size_t n)
{
    qsort(named, n, sizeof *named, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(named[i].name, named[i - 1].name)) {
            uint32_t before = s->wire[named[i - 1].id].twin;
            s->wire[named[i].id].twin = before ? before + 1 : 2;
        }
}

static bool looks_numbered(const char *name, char letter)
{
    return name[0] == letter && name[1] >= '0' && name[1] <= '9';
}

/* A letter for unnamed wires that no given name can be confused with. */
static char free_letter(const named_wire *named, size_t n)
{
    static const char letters[] = "vutwznmk";
    size_t l = 0;
    for (size_t i = 0; i < n && letters[l + 1]; i++)
        if (looks_numbered(named[i].name, letters[l])) {
            l++;
            i = (size_t)-1; /* all names again */
        }
    return letters[l];
}

/* What the output is called: L, unless something else has that name. */
static const char *free_output(const named_wire *named, size_t n)
{
    static const char *const names[] = {"L", "y", "out", "loss", "output", "L_out"};
    size_t l = 0;
    for (size_t i = 0; i < n && l + 1 < sizeof names / sizeof *names; i++)
        if (!strcmp(named[i].name, names[l])) {
            l++;
            i = (size_t)-1; /* all names again */
        }
    return names[l];
}

static rg_status give_names(rg_story *s)
{
    size_t n = 0, bytes = s->wires * sizeof(named_wire);
    uint32_t number = 0;
    named_wire *named = rg_scratch(s->t, bytes);
    if (!named) return RG_NOMEM;
    for (uint32_t id = 0; id < s->wires; id++) {
        rg_story_wire *w = &s->wire[id];
        if (w->role < RG_ROLE_INPUT) continue;
        const char *name = rg_name_of(s->t->node[id]);
        if (name)
            named[n++] = (named_wire){name, id};
        else if (id != s->y->id)
            w->number = ++number;
    }
    number_twins(s, named, n);
    s->letter = free_letter(named, n);
    s->output = free_output(named, n);
    rg_scratch_free(s->t, named, bytes);
    return RG_OK;
}

/* Not longer than a column: the ends of long names are kept. */
static void fit_name(const char *name, char buf[RG_LABEL])
{
    enum { LONGEST = 18, HEAD = 7 };
    size_t n = strlen(name);
    if (n <= LONGEST)
        memcpy(buf, name, n + 1);
    else
        snprintf(buf, RG_LABEL, "%.*s..%s", HEAD, name, name + n - (LONGEST - HEAD - 2));
}

const char *rg_story_name(const rg_story *s, const rg_node *x, int digits, char buf[RG_LABEL])
{
    const rg_story_wire *w = rg_story_wire_of(s, x);
    const char *name = rg_name_of(rg_story_root(s, x));
    if (w->role == RG_ROLE_NUMBER) return rg_number_text(rg_entry(x, 0), digits, buf);
    if (name)
        fit_name(name, buf);
    else if (w->number)
        snprintf(buf, RG_LABEL, "%c%u", s->letter, (unsigned)w->number);
    else
        snprintf(buf, RG_LABEL, "%s", s->output);
    size_t n = strlen(buf);
    if (name && w->twin) snprintf(buf + n, RG_LABEL - n, "#%u", (unsigned)w->twin);
    return buf;
}

rg_shape rg_story_shape(const rg_story *s, const rg_node *x)
{
    const rg_story_wire *w = rg_story_wire_of(s, x);
    bool elsewhere = w->shown_as && w->role == RG_ROLE_GATE;
    return rg_shape_of(elsewhere ? s->t->node[w->shown_as] : rg_story_root(s, x));
}

bool rg_story_is_scalar(const rg_story *s)
{
    for (uint32_t id = 0; id < s->wires; id++)
        if (s->wire[id].role >= RG_ROLE_INPUT && s->t->node[id]->layout->count != 1) return false;
    return true;
}

/* ---- the steps, as they happen ---------------------------------------------------------- */

/* Room for one more; NULL: no memory, noted. */
static void *one_more(rg_tape *t, void *p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) return p;
    size_t more = *cap ? 2 * *cap : 64;
    void *q = rg_mem_resize(&t->mem, p, *cap * size, more * size);
    if (q)
        *cap = more;
    else
        rg_fail(t, RG_NOMEM, NULL, "out of memory");
    return q;
}

static bool open_block(rg_story *s, const rg_step *e)
{
    if (s->blocks && s->block[s->blocks - 1].y == e->y) return true;
    rg_story_block *table = one_more(s->t, s->block, &s->block_cap, s->blocks, sizeof *table);
    if (!table) return false;
    s->block = table;
    s->block[s->blocks++] =
        (rg_story_block){e->y, e->upstream, s->steps, 0, s->heard, (uint32_t)s->t->len};
    rg_story_wire_of(s, e->y)->block = (uint32_t)s->blocks;
    if (s->blocks == 1) s->wire[s->y->id].gradient = e->upstream; /* the 1 that it begins with */
    return true;
}

/* The newest step is one more that adds to the gradient of a wire. */
static void pay_in(rg_story *s, rg_story_wire *to)
{
    uint32_t place = (uint32_t)s->steps;
    s->products++;
    s->step[place - 1].part = ++to->parts;
    if (to->last)
        s->step[to->last - 1].next = place;
    else
        to->first = place;
    to->last = place;
}

static bool keep_step(rg_story *s, const rg_step *e, rg_story_wire *to)
{
    rg_story_step *table = one_more(s->t, s->step, &s->step_cap, s->steps, sizeof *table);
    if (!table) return false;
    s->step = table;
    s->step[s->steps++] = (rg_story_step){.y = e->y,
                                          .wire = e->wire,
                                          .upstream = e->upstream,
                                          .contribution = e->contribution,
                                          .before = e->before,
                                          .after = e->after};
    if (rg_story_wire_of(s, e->y) == to) return true;
    s->block[s->blocks - 1].steps++;
    if (e->contribution) pay_in(s, to);
    return true;
}

/* An alias hands its gradient to its root in another shape: a step without a block. */
static void hear(void *ud, const rg_step *e)
{
    rg_story *s = ud;
    rg_node *x = rg_in(e->y, e->wire);
    rg_story_wire *from = rg_story_wire_of(s, e->y), *to = rg_story_wire_of(s, x);
    if (s->t->error.status) return;
    if ((from == to || open_block(s, e)) && keep_step(s, e, to) && e->contribution && from != to)
        to->paths += from->paths;
    s->wire[x->id].gradient = e->after;
    s->heard = (uint32_t)s->t->len;
}

/* ---- begin and end ---------------------------------------------------------------------- */

static rg_status check_request(rg_node *y, int n, rg_node *const *x)
{
    rg_tape *t = rg_tape_of(y);
    if (!t) return RG_USAGE;
    if (t->error.status) return t->error.status;
    bool fine = n > 0 && x;
    for (int i = 0; fine && i < n; i++)
        fine = x[i] && rg_tape_of(x[i]) == t && !(x[i]->flags & RG_ERRONEOUS);
    if (!fine)
        return rg_refuse(t, RG_USAGE, NULL,
                         "explain: name at least one input, on the tape of the output");
    rg_status s = rg_eval(y);
    for (int i = 0; i < n && !s; i++) s = rg_eval(x[i]);
    return s;
}

static rg_status make_room(rg_story *s)
{
    s->wires = (size_t)s->y->id + 1;
    for (int i = 0; i < s->n; i++)
        if (s->x[i]->id >= s->wires) s->wires = (size_t)s->x[i]->id + 1;
    s->gradient = rg_scratch(s->t, (size_t)(s->n + 1) * sizeof *s->gradient);
    s->wire = s->gradient ? rg_scratch(s->t, s->wires * sizeof *s->wire) : NULL;
    if (!s->wire) return RG_NOMEM;
    memset(s->wire, 0, s->wires * sizeof *s->wire);
    return RG_OK;
}

static rg_status listen(rg_story *s)
{
    rg_tape *t = s->t;
    s->heard = (uint32_t)t->len;
    rg_story_wire_of(s, s->y)->paths = 1;
    t->watch = hear;
    t->watch_ud = s;
    rg_status status = rg_grad(s->y, NULL, s->n, s->x, s->gradient);
    t->watch = s->watch;
    t->watch_ud = s->watch_ud;
    return status ? status : t->error.status;
}

/* The tape as it is, to be restored. */
static void keep_tape(rg_story *s, rg_tape *t)
{
    *s = (rg_story){.t = t,
                    .start = rg_mark(t),
                    .random_ops = t->random_ops,
                    .lazy = t->cfg.lazy,
                    .watch = t->watch,
                    .watch_ud = t->watch_ud};
}

/* The wires, their roles and names. */
static rg_status find_wires(rg_story *s, rg_node *y, int n, rg_node *const *x)
{
    s->y = told_output(y, n, x);
    s->n = n;
    s->x = x;
    s->mark = rg_mark(s->t);
    rg_status status = make_room(s);
    if (status) return status;
    mark_cone(s);
    find_roles(s);
    return give_names(s);
}

static rg_status begin_to_tell(rg_story *s, rg_node *y, int n, rg_node *const *x)
{
    memset(s, 0, sizeof *s);
    rg_status status = check_request(y, n, x);
    if (status) return status;
    keep_tape(s, rg_owner(y));
    s->t->cfg.lazy = false;
    return RG_OK;
}

rg_status rg_story_begin(rg_story *s, rg_node *y, int n, rg_node *const *x)
{
    rg_status status = begin_to_tell(s, y, n, x);
    if (!status) status = find_wires(s, y, n, x);
    return status ? status : listen(s);
}

/* The largest difference between two lists of gradients, as a share of the largest entry. */
static double gap_between(int n, rg_node *const *a, rg_node *const *b)
{
    double gap = 0, size = 0;
    for (int k = 0; k < n; k++)
        for (int64_t i = 0; a[k] && b[k] && i < a[k]->layout->count; i++) {
            double d = fabs(rg_entry(a[k], i) - rg_entry(b[k], i));
            if (!isnan(gap) && !(d <= gap)) gap = d; /* not a number: once and for all */
            size = fmax(size, fabs(rg_entry(b[k], i)));
        }
    return size > 0 ? gap / size : gap;
}

rg_status rg_story_begin_as(rg_story *s, rg_node *y, int n, rg_node *const *x,
                            const rg_explain_options *how)
{
    if (!how || !how->open) return rg_story_begin(s, y, n, x);
    rg_status status = begin_to_tell(s, y, n, x);
    if (status) return status;
    size_t bytes = (size_t)n * sizeof(rg_node *);
    rg_node **closed = rg_scratch(s->t, bytes);
    if (!closed) return RG_NOMEM;
    s->t->watch = NULL;
    status = rg_grad(y, NULL, n, x, closed);
    rg_node *open = status ? y : rg_story_opened(y, n, x);
    status = s->t->error.status;
    s->opened = open != y;
    if (!status) status = find_wires(s, open, n, x);
    if (!status) status = listen(s);
    if (!status) s->gap = gap_between(n, s->gradient, closed);
    rg_scratch_free(s->t, closed, bytes);
    return status;
}

rg_status rg_story_look(rg_story *s, rg_node *y, int n, rg_node *const *x)
{
    memset(s, 0, sizeof *s);
    rg_tape *t = rg_tape_of(y);
    if (!t) return RG_USAGE;
    if (t->error.status) return t->error.status;
    for (int i = 0; i < n; i++)
        if (!x || rg_tape_of(x[i]) != t)
            return rg_refuse(t, RG_USAGE, NULL, "input %d is not on the tape of the output", i);
    keep_tape(s, t);
    return find_wires(s, y, n, x);
}

void rg_story_forget(rg_story *s, int64_t mark)
{
    s->no_memory |= s->t->error.status == RG_NOMEM;
    rg_rewind(s->t, mark);
}

/* Rewinding forgets an error that was raised meanwhile: it is raised again. */
static void undo(rg_story *s)
{
    rg_tape *t = s->t;
    if (s->no_memory) rg_fail(t, RG_NOMEM, NULL, "out of memory");
    rg_error e = t->error;
    rg_rewind(t, s->start);
    t->random_ops = s->random_ops;
    t->cfg.lazy = s->lazy;
    t->watch = s->watch;
    if (!e.status || t->error.status) return;
    t->error = e;
    t->error_at = s->start;
}

void rg_story_end(rg_story *s)
{
    if (!s->t) return;
    rg_mem *m = &s->t->mem;
    rg_mem_put(m, s->step, s->step_cap * sizeof *s->step);
    rg_mem_put(m, s->block, s->block_cap * sizeof *s->block);
    if (s->wire) rg_mem_put(m, s->wire, s->wires * sizeof *s->wire);
    if (s->gradient) rg_mem_put(m, s->gradient, (size_t)(s->n + 1) * sizeof *s->gradient);
    undo(s);
}

/* ---- local derivatives ------------------------------------------------------------------ */

rg_node *rg_story_pull(rg_node *y, int k, rg_node *g)
{
    unsigned char wanted[RG_WIRES] = {0};
    rg_node *out[RG_WIRES] = {NULL};
    if (y->nin > RG_WIRES) return NULL;
    wanted[k] = 1;
    if (!(g->flags & RG_ERRONEOUS)) y->op->vjp(y, g, wanted, out);
    return out[k] && !(out[k]->flags & RG_ERRONEOUS) ? out[k] : NULL;
}

rg_node *rg_story_local(const rg_story *s, rg_node *y, int k)
{
    return rg_story_pull(y, k, rg_const(s->t, y->layout->dtype, rg_shape_of(y), 1));
}

/* ---- what a rule says and reads --------------------------------------------------------- */

const char *rg_story_why(const rg_node *y, int k)
{
    return y->op->wire[k < RG_WIRES ? k : RG_WIRES - 1].why;
}

/* The rule of a gate wrote nodes that read x. */
static bool is_read(const rg_story *s, const rg_story_block *b, const rg_node *x)
{
    for (uint32_t id = b->from; id < b->to; id++) {
        const rg_node *g = s->t->node[id];
        if (g->origin != b->y || (g->flags & RG_FAN_IN)) continue;
        for (int k = 0; k < g->nin; k++)
            if (rg_in(g, k)->id < s->mark && rg_story_root(s, rg_in(g, k)) == x) return true;
    }
    return false;
}

int rg_story_kept(const rg_story *s, const rg_story_block *b, rg_node *kept[RG_MOST_KEPT])
{
    int n = 0;
    for (int k = 0; k <= b->y->nin && n < RG_MOST_KEPT; k++) {
        rg_node *x = rg_story_root(s, k < b->y->nin ? rg_in(b->y, k) : b->y);
        bool again = false;
        for (int i = 0; i < n; i++) again |= kept[i] == x;
        if (!again && rg_story_wire_of(s, x)->role != RG_ROLE_NUMBER && is_read(s, b, x))
            kept[n++] = x;
    }
    return n;
}
