/* order.c - see order.h. Two rules: a step is followed by the reader that waited for it, on the
 * longest way to the end. Where there is none, by what can be done the earliest: that leaves a long
 * chain's next step for the end, when all that the steps behind it need is there.
 *
 * No step is taken from far ahead of the first that is due (RG_ORDER_WINDOW), so that numbers are
 * read soon after they were made. */
#include "order.h"
#include <string.h>

size_t rg_order_bytes(uint32_t steps)
{
    return (steps + 1) * (sizeof(rg_order_step) + 3 * sizeof(rg_order_edge)) +
           RG_ORDER_WINDOW * sizeof(uint32_t);
}

void rg_order_begin(rg_order *o, uint32_t steps, void *room)
{
    *o = (rg_order){.step = room, .steps = steps, .first = 1, .entered = 1};
    o->edge = (rg_order_edge *)(o->step + steps + 1);
    memset(o->step, 0, (steps + 1) * sizeof *o->step);
    o->ready = (uint32_t *)(o->edge + 3 * (steps + 1));
}

void rg_order_reads(rg_order *o, uint32_t at, uint32_t from)
{
    rg_order_step *s = &o->step[at], *x = &o->step[from];
    o->edge[++o->edges] = (rg_order_edge){at, x->edge};
    x->edge = o->edges;
    s->waits++;
    if (x->done > o->step[s->late].done) s->late = from;
}

void rg_order_add(rg_order *o, uint32_t at, uint32_t cost)
{
    rg_order_step *s = &o->step[at];
    s->done = o->step[s->late].done + cost;
    s->due = true;
}

void rg_order_added(rg_order *o)
{
    for (uint32_t at = o->steps; at > 0; at--) {
        rg_order_step *s = &o->step[at];
        for (uint32_t e = s->edge; e; e = o->edge[e].next) {
            uint32_t way = o->step[o->edge[e].reader].way;
            if (s->way < way) s->way = way;
        }
        s->way += s->done - o->step[s->late].done;
    }
}

/* ---- what is ready ----------------------------------------------------------------- */

static void be_ready(rg_order *o, uint32_t at)
{
    if (at) o->ready[o->readies++] = at;
}

static bool is_rather(const rg_order_step *a, const rg_order_step *b)
{
    return a->done < b->done || (a->done == b->done && a->way < b->way);
}

static uint32_t take_earliest(rg_order *o)
{
    uint32_t best = 0;
    if (!o->readies) return 0;
    for (uint32_t i = 1; i < o->readies; i++)
        if (is_rather(&o->step[o->ready[i]], &o->step[o->ready[best]])) best = i;
    uint32_t at = o->ready[best];
    o->ready[best] = o->ready[--o->readies];
    return at;
}

static void move_window(rg_order *o)
{
    while (o->first <= o->steps && !o->step[o->first].due) o->first++;
    for (; o->entered <= o->steps && o->entered < o->first + RG_ORDER_WINDOW; o->entered++)
        if (o->step[o->entered].due && !o->step[o->entered].waits) be_ready(o, o->entered);
}

/* The reader of the last step that waited for it, can be next and has the longest way to go; 0:
 * none. */
static uint32_t follow_chain(rg_order *o)
{
    uint32_t best = 0;
    for (uint32_t e = o->step[o->last].edge; e; e = o->edge[e].next) {
        uint32_t reader = o->edge[e].reader;
        const rg_order_step *s = &o->step[reader];
        if (--o->step[reader].waits || reader >= o->entered) continue;
        bool follows = s->late == o->last && (!best || s->way > o->step[best].way);
        be_ready(o, follows ? best : reader);
        if (follows) best = reader;
    }
    return best;
}

uint32_t rg_order_next(rg_order *o)
{
    uint32_t at = follow_chain(o);
    if (!at) {
        move_window(o);
        at = take_earliest(o);
    }
    o->last = at;
    o->step[at].due = false;
    return at;
}
