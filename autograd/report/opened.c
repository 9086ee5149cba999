/* opened.c - a recording once more, with every op that can be opened as small ones. What needs
 * no change is not recorded again: leaves, and what no fat op goes into. */
#include "story.h"
#include <string.h>

typedef struct opening {
    rg_tape *t;
    rg_node **now; /* by id: what stands for the node; NULL: not needed */
    size_t nodes;
} opening;

static bool held_as_it_is(const rg_node *v, int n, rg_node *const *x)
{
    for (int i = 0; i < n; i++)
        if (x[i] == v) return true;
    return v->nin == 0 || (v->flags & RG_CONSTANT);
}

static bool inputs_have_changed(const opening *o, const rg_node *v)
{
    for (int k = 0; k < v->nin; k++)
        if (o->now[rg_in(v, k)->id] != rg_in(v, k)) return true;
    return false;
}

static rg_node *record_opened(rg_node *v, rg_node *const *in)
{
    rg_tape *t = rg_tape_of(v);
    rg_scope_begin(t, v->op->name);
    rg_node *y = v->op->open(v, in);
    rg_scope_end(t);
    return y;
}

/* v with other inputs, in the scopes that it stood in, under its name and its line. */
static rg_node *record_again(const opening *o, rg_node *v)
{
    enum { DEEPEST = 16 };
    const char *scope[DEEPEST], *name = rg_name_of(v);
    int depth = rg_scope_of(v, scope, DEEPEST);
    size_t bytes = (size_t)v->nin * sizeof(rg_node *);
    rg_node **in = rg_scratch(o->t, bytes);
    if (!in) return o->t->failed;
    for (int k = 0; k < v->nin; k++) in[k] = o->now[rg_in(v, k)->id];
    if (depth > DEEPEST) depth = DEEPEST;
    for (int i = 0; i < depth; i++) rg_scope_begin(o->t, scope[i]);
    rg_node *y = v->op->open ? record_opened(v, in) : rg_apply(v->op, v->nin, in, v->attr);
    for (int i = 0; i < depth; i++) rg_scope_end(o->t);
    rg_scratch_free(o->t, in, bytes);
    if (y->flags & RG_ERRONEOUS) return y;
    rg_at(y, rg_file_of(v), v->line);
    return name ? rg_name(y, name) : y;
}

static void mark_needed_nodes(const opening *o, rg_node *y, int n, rg_node *const *x)
{
    o->now[y->id] = y;
    for (size_t id = o->nodes; id-- > 0;) {
        const rg_node *v = o->t->node[id];
        if (!o->now[id] || held_as_it_is(v, n, x)) continue;
        for (int k = 0; k < v->nin; k++) o->now[rg_in(v, k)->id] = rg_in(v, k);
    }
}

rg_node *rg_story_opened(rg_node *y, int n, rg_node *const *x)
{
    opening o = {.t = rg_owner(y), .nodes = (size_t)y->id + 1};
    o.now = rg_scratch(o.t, o.nodes * sizeof *o.now);
    if (!o.now) return o.t->failed;
    memset(o.now, 0, o.nodes * sizeof *o.now);
    mark_needed_nodes(&o, y, n, x);
    rg_node *last = y;
    for (size_t id = 0; id < o.nodes && !(last->flags & RG_ERRONEOUS); id++) {
        rg_node *v = o.t->node[id];
        if (!o.now[id] || held_as_it_is(v, n, x)) continue;
        if (v->op->open || inputs_have_changed(&o, v)) last = o.now[id] = record_again(&o, v);
    }
    if (!(last->flags & RG_ERRONEOUS)) last = o.now[y->id];
    rg_scratch_free(o.t, o.now, o.nodes * sizeof *o.now);
    return last;
}
