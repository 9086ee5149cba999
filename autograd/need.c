/* need.c - which nodes of the tape a plan needs, and whether it may compute them again:
 * not when the program looked at a value, or wrote a leaf, in the midst of recording them. */
#include "parts.h"
#include <stdio.h>
#include <stdlib.h>
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

/* The first node from id on that has a line: what rg_grad adds of its own has none. */
static const rg_node *with_line(const rg_plan *p, int64_t id)
{
    int64_t at = id;
    while (at < p->end && !p->t->node[at]->file) at++;
    return p->t->node[at < p->end ? at : id];
}

/* A decision taken on a value would be repeated by the plan, right or not. Nodes that the plan
 * leaves out, and those that were rewound, have values to decide on as well: so what counts is
 * where the tape was. */
static rg_status check_reads(const rg_plan *p, const unsigned char *need)
{
    int64_t id = 0;
    if (p->cfg.reads_are_fine) return RG_OK;
    while (id < p->end && !computes_anew(p, need, p->t->node[id])) id++;
    for (id++; id < p->end && !(p->t->node[id]->flags & RG_AFTER_READ);) id++;
    if (id >= p->end) return RG_OK;
    const rg_node *n = with_line(p, id);
    char text[RG_TEXT];
    return rg_refuse(p->t, RG_USAGE, n->op,
                     "compile: a value was read before %s was recorded at line %d (%s); if "
                     "nothing depends on what it was, set reads_are_fine",
                     n->op->name, n->line, rg_node_text(n, text));
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

/* ---- leaves that were written ------------------------------------------------------ */

/* A leaf of the plan, and how far those reach that begin before it. */
typedef struct shown {
    uintptr_t first, end, reach;
    const rg_item *leaf;
} shown;

typedef struct leaf_list { /* by address */
    shown *at;
    size_t n, room;
} leaf_list;

static int by_first_byte(const void *a, const void *b)
{
    uintptr_t x = ((const shown *)a)->first, y = ((const shown *)b)->first;
    return (x > y) - (x < y);
}

static rg_status list_leaves(const rg_plan *p, leaf_list *l)
{
    l->room = ((size_t)p->items + 1) * sizeof *l->at;
    l->at = rg_scratch(p->t, l->room);
    if (!l->at) return RG_NOMEM;
    for (uint32_t i = 0; i < p->items; i++) {
        const rg_item *x = &p->item[i];
        if (x->source != RG_FROM_LEAF || !x->layout->count) continue;
        shown *s = &l->at[l->n++];
        s->leaf = x;
        rg_span(x->layout, p->t->node[x->id]->data, &s->first, &s->end);
    }
    qsort(l->at, l->n, sizeof *l->at, by_first_byte);
    uintptr_t reach = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->at[i].end > reach) reach = l->at[i].end;
        l->at[i].reach = reach;
    }
    return RG_OK;
}

/* How many leaves begin before the address. */
static size_t count_before(const leaf_list *l, uintptr_t address)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->at[mid].first < address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Was r written behind node `first`, before node `last`? */
static bool written_between(const rg_leafrec *r, uint32_t first, uint32_t last)
{
    bool found = r->changed > first && r->changed <= last;
    for (int i = 0; i < RG_CHANGES; i++) found |= r->earlier[i] > first && r->earlier[i] <= last;
    return found;
}

static rg_status two_values(rg_tape *t, const rg_node *leaf, uint32_t first, uint32_t last)
{
    char text[RG_TEXT], then[64] = "its end, as an output";
    const rg_node *y = t->node[first], *z = last < t->len ? t->node[last] : NULL;
    if (z) snprintf(then, sizeof then, "line %d (%.40s)", z->line, z->op->name);
    return rg_refuse(t, RG_USAGE, y->op,
                     "compile: %s was written in the midst of the recording, between line %d (%s) "
                     "and %s: a plan knows one value of it in a run",
                     rg_node_text(leaf, text), y->line, y->op->name, then);
}

/* Readings of the memory that r shows count, be it through another leaf. */
static rg_status check_leaf(const rg_plan *p, const leaf_list *l, const rg_leafrec *r)
{
    uint32_t first = RG_NOWHERE, last = 0;
    uintptr_t begin, end;
    rg_span(r->node->layout, r->node->data, &begin, &end);
    for (size_t i = count_before(l, end); i-- > 0 && l->at[i].reach > begin;) {
        const rg_item *x = l->at[i].leaf;
        if (l->at[i].end <= begin || begin == end) continue;
        if (x->read_first < first) first = x->read_first;
        if (x->read_last > last) last = x->read_last;
    }
    return written_between(r, first, last) ? two_values(p->t, r->node, first, last) : RG_OK;
}

/* Nobody has read it before it was written: nothing of the plan was there, or not the leaf. */
static bool was_new(const rg_plan *p, const rg_leafrec *r)
{
    return r->changed <= p->first || (!r->over && r->changed <= (int64_t)r->node->id + 1);
}

/* A leaf that was written between two of its readers has two values in the recording and
 * one in the plan. */
rg_status rg_plan_check_leaves(const rg_plan *p)
{
    leaf_list l = {0};
    rg_status s = RG_OK;
    for (const rg_leafrec *r = p->t->leaves; r && !s; r = r->prev) {
        if (was_new(p, r)) continue;
        if (!l.at) s = list_leaves(p, &l);
        if (!s) s = check_leaf(p, &l, r);
    }
    if (l.at) rg_scratch_free(p->t, l.at, l.room);
    return s;
}
