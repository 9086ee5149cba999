/* need.c - which nodes of the tape a plan needs, and whether it may compute them again:
 * not when the program looked at a value in the midst of recording them. */
#include "parts.h"
#include <string.h>

const rg_node *rg_shown_by(const rg_node *y)
{
    while (y->op->kind == RG_VIEW) y = rg_in(y, 0);
    return y;
}

int64_t rg_plan_end(const rg_tape *t, int n, rg_node *const *out)
{
    int64_t end = 0;
    for (int i = 0; i < n; i++)
        if (out[i]->id >= end) end = (int64_t)out[i]->id + 1;
    for (const rg_leafrec *r = t->leaves; r; r = r->prev)
        if (r->assigned && r->assigned->id >= end) end = (int64_t)r->assigned->id + 1;
    return end;
}

static void mark_all(rg_plan *p, rg_node *const *out, unsigned char *need)
{
    const rg_tape *t = p->t;
    for (int i = 0; i < p->outs; i++) need[out[i]->id] = 1;
    for (const rg_leafrec *r = t->leaves; r; r = r->prev)
        if (r->assigned) need[r->assigned->id] = need[r->node->id] = 1;
    for (size_t id = (size_t)p->end; id-- > 0;) {
        const rg_node *y = t->node[id];
        if (!need[id]) continue;
        if (y->op->kind != RG_LEAF) p->first = (int64_t)id;
        for (int k = 0; k < y->nin; k++) need[rg_in(y, k)->id] = 1;
    }
}

/* y computes from what another run may find changed: a leaf of the plan, or a random counter.
 * Views and assignments show what a leaf holds and no more. */
static bool computes_anew(const rg_plan *p, const unsigned char *need, const rg_node *y)
{
    if (y->op->kind == RG_VIEW || y->op == &rg_op_assign) return false;
    for (int k = 0; k < y->nin; k++) {
        const rg_node *x = rg_shown_by(rg_in(y, k));
        if (rg_is_leaf(x) && !rg_leafrec_of(x)->fixed && (need[x->id] || x == p->t->counter))
            return true;
    }
    return false;
}

/* A decision taken on a value would be repeated by the plan, right or not. Nodes that the plan
 * leaves out, and those that were rewound, have values to decide on as well: so what counts is
 * where the tape was. */
static rg_status check_reads(const rg_plan *p, const unsigned char *need)
{
    int64_t begin = 0;
    while (begin < p->end && !computes_anew(p, need, p->t->node[begin])) begin++;
    for (int64_t id = begin + 1; id < p->end && !p->cfg.reads_are_fine; id++) {
        const rg_node *n = p->t->node[id];
        char text[RG_TEXT];
        if (n->flags & RG_AFTER_READ)
            return rg_refuse(p->t, RG_USAGE, n->op,
                             "compile: a value was read before %s was recorded at line %d (%s); if "
                             "nothing depends on what it was, set reads_are_fine",
                             n->op->name, n->line, rg_node_text(n, text));
    }
    return RG_OK;
}

static size_t count_needed(rg_plan *p, const unsigned char *need)
{
    size_t n = 0;
    for (int64_t id = 0; id < p->end; id++) {
        n += need[id];
        p->gathered.dead += id > p->first && !need[id];
    }
    return n;
}

rg_status rg_plan_need(rg_plan *p, rg_node *const *out, unsigned char *need, size_t *count)
{
    memset(need, 0, (size_t)p->end);
    mark_all(p, out, need);
    *count = count_needed(p, need);
    return check_reads(p, need);
}
