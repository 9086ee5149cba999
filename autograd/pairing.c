/* pairing.c - finds the members of a group that are computed together with their only
 * reader, in one step. Which two ops may be is the business of ops/pairs.c. */
#include "pairing.h"
#include <string.h>

static const rg_pair *find_pair(const rg_op *outer, const rg_op *inner, int wire)
{
    for (const rg_pair *q = rg_pairs; q->outer; q++)
        if (q->outer == outer && q->inner == inner && q->wires >> wire & 1) return q;
    return NULL;
}

static bool has_pairs(rg_dtype d) { return d == RG_F32 || d == RG_F64; }

/* Does nothing but its reader keep x, and do the two see the same numbers in the same order?
 * `since`: the place of the last member before the reader that is in memory. */
static bool may_be_taken_in(const rg_plan *p, const rg_item *v, const rg_link *l, uint32_t since)
{
    const rg_item *x = &p->item[l->item];
    return x->group == v->group && x->at > since && !x->stored && !x->attr && x->readers == 1 &&
           rg_is_direct(p, l) && x->layout->count == v->layout->count &&
           has_pairs(x->layout->dtype) && x->layout->dtype == v->layout->dtype;
}

static int wire_to_take_in(const rg_plan *p, const rg_item *v, uint32_t since,
                           const uint32_t *inner)
{
    for (int k = 0; k < v->nin; k++) {
        const rg_item *x = &p->item[v->in[k].item];
        if (may_be_taken_in(p, v, &v->in[k], since) && inner[x->at] == RG_NOWHERE &&
            find_pair(v->op, x->op, k))
            return k;
    }
    return -1;
}

/* What the inner step reads is read when the outer one runs. */
static void read_later(rg_plan *p, const rg_item *x, const rg_item *v)
{
    for (int k = 0; k < x->nin; k++) {
        rg_item *u = &p->item[x->in[k].item];
        if (u->group == v->group && !u->stored && u->last_at < v->at) u->last_at = v->at;
    }
}

void rg_find_pairs(rg_plan *p, const rg_bunch *g, bool tiles, uint32_t *inner)
{
    uint32_t since = 0; /* the head has its numbers in memory */
    memset(inner, 0xFF, (g->members + 1) * sizeof *inner);
    for (uint32_t i = g->first; i != RG_NOWHERE; i = p->item[i].next) {
        rg_item *v = &p->item[i];
        int k = wire_to_take_in(p, v, since, inner);
        if (tiles && v->stored) since = v->at;
        if (k < 0) continue;
        rg_item *x = &p->item[v->in[k].item];
        inner[v->at] = v->in[k].item;
        x->paired = true;
        read_later(p, x, v);
    }
}

int rg_pair_links(const rg_plan *p, const rg_item *v, uint32_t inner, rg_link *link,
                  const rg_pair **pair)
{
    const rg_item *x = &p->item[inner];
    int wire = v->in[0].item == inner ? 0 : 1;
    *pair = find_pair(v->op, x->op, wire);
    memcpy(link, x->in, x->nin * sizeof *link);
    if (v->nin > 1) link[x->nin] = v->in[1 - wire];
    return x->nin + v->nin - 1;
}
