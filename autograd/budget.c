/* budget.c - less memory for more work: a value that is kept for long is computed again
 * where it is needed late. The kernels and their inputs are the same, and so the bits. */
#include "parts.h"
#include <stdlib.h>
#include <string.h>

enum {
    MOST_AGAIN = 64, /* steps that are repeated for one value            */
    MOST_TIMES = 4   /* that one value is computed again: else no end is sure */
};

/* A value that is to be computed again: at step `late`, by these steps. */
typedef struct pick {
    uint32_t x, late;
    uint32_t from, n; /* of search.chosen */
} pick;

enum { SEEN = 1, GONE = 2, PINNED = 4 }; /* marks */

typedef struct search {
    rg_plan *p;
    uint32_t *place;                 /* in order, by item                          */
    uint32_t *before, *after, *last; /* readings around the peak, by item          */
    uint32_t peak;                   /* place in order where most is alive         */
    uint32_t again[MOST_AGAIN], n;   /* what has to be repeated                    */
    uint32_t *candidate, candidates;
    double *gain;        /* by item                                    */
    unsigned char *mark; /* by item                                    */
    pick *pick;
    uint32_t picks, most_picks;
    uint32_t *chosen, chosens; /* steps of all picks */
} search;

static size_t bytes_held(const rg_item *v)
{
    return v->block == RG_NOWHERE ? 0 : (size_t)v->layout->count * rg_dtype_size(v->layout->dtype);
}

/* ---- where it is fullest --------------------------------------------------------- */

/* Steps in the order in which the groups run them; those that nobody reads any more are gone. */
static void follow_groups(rg_plan *p)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < p->groups; g++) {
        if (p->group[g].head != RG_NOWHERE) p->order[n++] = p->group[g].head;
        for (uint32_t i = p->group[g].first; i != RG_NOWHERE; i = p->item[i].next)
            p->order[n++] = i;
    }
    p->steps = n;
}

static void find_last_readers(search *s)
{
    const rg_plan *p = s->p;
    for (uint32_t q = 0; q < p->steps; q++) {
        const rg_item *v = &p->item[p->order[q]];
        s->place[p->order[q]] = s->last[p->order[q]] = q;
        for (int k = 0; k < v->nin; k++) s->last[v->in[k].item] = q;
    }
    for (uint32_t i = 0; i < p->regs; i++) s->last[p->reg[i].value] = p->steps;
}

static rg_status find_peak(search *s)
{
    const rg_plan *p = s->p;
    size_t room = ((size_t)p->steps + 2) * sizeof(int64_t);
    int64_t *change = rg_scratch(p->t, room), now = 0, most = -1;
    if (!change) return RG_NOMEM;
    memset(change, 0, room);
    for (uint32_t q = 0; q < p->steps; q++) {
        const rg_item *v = &p->item[p->order[q]];
        change[q] += (int64_t)bytes_held(v);
        change[s->last[p->order[q]] + 1] -= (int64_t)bytes_held(v);
    }
    for (uint32_t q = 0; q < p->steps; q++) {
        now += change[q];
        if (now > most) s->peak = q;
        if (now > most) most = now;
    }
    rg_scratch_free(p->t, change, room);
    return RG_OK;
}

static void find_neighbours(search *s)
{
    const rg_plan *p = s->p;
    for (uint32_t q = 0; q < p->steps; q++) {
        const rg_item *v = &p->item[p->order[q]];
        for (int k = 0; k < v->nin; k++) {
            uint32_t x = v->in[k].item;
            if (q <= s->peak)
                s->before[x] = q;
            else if (s->after[x] == RG_NOWHERE)
                s->after[x] = q;
        }
    }
}

/* ---- what it would take ---------------------------------------------------------- */

/* Rough: one operation for each number that it reads or makes. */
static double work_of(const rg_item *v)
{
    double n = (double)v->layout->count;
    for (int k = 0; k < v->nin; k++)
        if ((double)v->in[k].layout->count > n) n = (double)v->in[k].layout->count;
    return n;
}

double rg_item_flops(const rg_plan *p, const rg_item *v)
{
    if (!v->op->flops) return work_of(v);
    rg_tensor in[RG_WIRES];
    rg_link to = {(uint32_t)(v - p->item), 0, v->layout};
    for (int k = 0; k < v->nin && k < RG_WIRES; k++) in[k] = rg_link_window(p, &v->in[k]);
    rg_tensor out = rg_link_window(p, &to);
    return v->op->flops(in, &out);
}

/* There when step `late` runs, as things are. */
static bool is_there(const search *s, uint32_t i, uint32_t late)
{
    const rg_item *v = &s->p->item[i];
    return !rg_is_step(v) || v->output || (v->stored && s->last[i] >= late && s->place[i] < late);
}

/* The steps that give x once more, in s->again, and their work; < 0: too many. */
static double cost_of(search *s, uint32_t x, uint32_t late)
{
    const rg_plan *p = s->p;
    double work = 0;
    s->n = 0;
    s->again[s->n++] = x;
    s->mark[x] |= SEEN;
    for (uint32_t i = 0; i < s->n && work >= 0; i++) {
        const rg_item *v = &p->item[s->again[i]];
        work += rg_item_flops(p, v);
        for (int k = 0; k < v->nin && work >= 0; k++) {
            uint32_t u = v->in[k].item;
            if (s->mark[u] & SEEN || is_there(s, u, late)) continue;
            if (s->n == MOST_AGAIN) {
                work = -1;
            } else {
                s->again[s->n++] = u;
                s->mark[u] |= SEEN;
            }
        }
    }
    for (uint32_t i = 0; i < s->n; i++) s->mark[s->again[i]] &= (unsigned char)~SEEN;
    return work;
}

static bool may_go(const search *s, uint32_t i)
{
    const rg_item *v = &s->p->item[i];
    return bytes_held(v) && v->again < MOST_TIMES && v->reg == RG_NOWHERE &&
           s->after[i] != RG_NOWHERE && s->place[i] < s->peak &&
           (s->before[i] == RG_NOWHERE || s->before[i] < s->peak);
}

/* ---- what goes ------------------------------------------------------------------- */

static size_t largest_to_go(const search *s)
{
    size_t most = 0;
    for (uint32_t q = 0; q < s->p->steps; q++) {
        size_t held = bytes_held(&s->p->item[s->p->order[q]]);
        if (held > most && may_go(s, s->p->order[q])) most = held;
    }
    return most;
}

/* Those that matter, with the bytes that each operation saves. */
static void find_candidates(search *s)
{
    const rg_plan *p = s->p;
    size_t least = largest_to_go(s) / 64;
    for (uint32_t q = 0; q < p->steps; q++) {
        uint32_t i = p->order[q];
        if (bytes_held(&p->item[i]) <= least || !may_go(s, i)) continue;
        double work = cost_of(s, i, s->after[i]);
        if (work < 0) continue;
        s->gain[i] = (double)bytes_held(&p->item[i]) / (work + 1);
        s->candidate[s->candidates++] = i;
    }
}

/* By gain, the best on top; of equals the earlier item. */
static bool is_better(const search *s, uint32_t a, uint32_t b)
{
    return s->gain[a] > s->gain[b] || (s->gain[a] >= s->gain[b] && a < b);
}

static void sink(search *s, uint32_t at)
{
    uint32_t *heap = s->candidate;
    for (uint32_t child; (child = 2 * at + 1) < s->candidates; at = child) {
        if (child + 1 < s->candidates && is_better(s, heap[child + 1], heap[child])) child++;
        if (!is_better(s, heap[child], heap[at])) return;
        uint32_t other = heap[at];
        heap[at] = heap[child];
        heap[child] = other;
    }
}

static uint32_t take_best(search *s)
{
    uint32_t best = s->candidate[0];
    s->candidate[0] = s->candidate[--s->candidates];
    sink(s, 0);
    return best;
}

/* What x is made of stays, and what has gone makes nothing. False: that is not so. */
static bool keep_sources(search *s)
{
    for (int pin = 0; pin < 2; pin++)
        for (uint32_t i = 0; i < s->n; i++) {
            const rg_item *v = &s->p->item[s->again[i]];
            for (int k = 0; k < v->nin; k++) {
                if (s->mark[v->in[k].item] & GONE) return false;
                if (pin) s->mark[v->in[k].item] |= PINNED;
            }
        }
    return true;
}

static int by_place(const search *s, uint32_t a, uint32_t b) { return s->place[a] < s->place[b]; }

/* The steps in s->again, in the order in which they stand now. */
static void pick_value(search *s, uint32_t x)
{
    uint32_t *list = s->chosen + s->chosens;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t j = i;
        for (; j > 0 && by_place(s, s->again[i], list[j - 1]); j--) list[j] = list[j - 1];
        list[j] = s->again[i];
    }
    s->pick[s->picks++] = (pick){x, s->after[x], s->chosens, s->n};
    s->chosens += s->n;
    s->mark[x] |= GONE;
}

/* The values whose memory costs least to save, until enough is saved at the peak; not
 * many at once, since each changes what the others cost. */
static void pick_values(search *s)
{
    const rg_plan *p = s->p;
    size_t excess = p->workspace - p->cfg.budget, saved = 0;
    for (uint32_t i = s->candidates / 2; i-- > 0;) sink(s, i);
    while (s->candidates && s->picks < s->most_picks && saved < excess) {
        uint32_t x = take_best(s);
        if (s->mark[x] & PINNED || cost_of(s, x, s->after[x]) < 0 || !keep_sources(s)) continue;
        pick_value(s, x);
        saved += bytes_held(&p->item[x]);
    }
}

/* ---- doing it -------------------------------------------------------------------- */

static int by_late(const void *a, const void *b)
{
    const pick *x = a, *y = b;
    return x->late != y->late ? (x->late > y->late) - (x->late < y->late)
                              : (x->from > y->from) - (x->from < y->from);
}

static rg_status more_items(rg_plan *p, uint32_t n)
{
    if (p->items + n > p->item_cap) {
        uint32_t cap = 2 * (p->items + n);
        rg_item *item = rg_plan_get(p, cap, sizeof *item);
        if (!item) return RG_NOMEM;
        memcpy(item, p->item, p->items * sizeof *item);
        p->item = item;
        p->item_cap = cap;
    }
    return RG_OK;
}

/* Copies of the steps of a pick, reading each other, behind step n of the order. */
static rg_status repeat_steps(search *s, const pick *k, uint32_t *order, uint32_t *n)
{
    rg_plan *p = s->p;
    const uint32_t *from = s->chosen + k->from;
    for (uint32_t i = 0; i < k->n; i++) {
        rg_item *v = &p->item[p->items + i];
        *v = p->item[from[i]];
        v->output = false;
        v->again++;
        v->in = rg_plan_get(p, v->nin, sizeof *v->in);
        if (!v->in) return RG_NOMEM;
        memcpy(v->in, p->item[from[i]].in, v->nin * sizeof *v->in);
        for (int w = 0; w < v->nin; w++)
            for (uint32_t j = 0; j < i; j++)
                if (v->in[w].item == from[j]) v->in[w].item = p->items + j;
        order[(*n)++] = p->items + i;
    }
    p->items += k->n;
    return RG_OK;
}

/* A new order, with the copies where they are needed; whoever reads a picked value from
 * there on reads its copy. s->last, by item, becomes the copy. */
static rg_status repeat_all(search *s)
{
    rg_plan *p = s->p;
    uint32_t items = p->items, n = 0, next = 0;
    uint32_t *order = rg_plan_get(p, p->steps + s->chosens, sizeof *order), *copy = s->last;
    rg_status status = order ? more_items(p, s->chosens) : RG_NOMEM;
    if (status) return status;
    memset(copy, 0xFF, items * sizeof *copy);
    qsort(s->pick, s->picks, sizeof *s->pick, by_late);
    for (uint32_t q = 0; q < p->steps; q++) {
        for (; next < s->picks && s->pick[next].late == q; next++) {
            status = repeat_steps(s, &s->pick[next], order, &n);
            if (status) return status;
            copy[s->pick[next].x] = p->items - 1; /* the last of them */
        }
        const rg_item *v = &p->item[p->order[q]];
        for (int k = 0; k < v->nin; k++) {
            uint32_t u = v->in[k].item;
            if (u < items && copy[u] != RG_NOWHERE) v->in[k].item = copy[u];
        }
        order[n++] = p->order[q];
    }
    p->order = order;
    p->steps = n;
    return RG_OK;
}

static rg_status save_some(search *s)
{
    follow_groups(s->p);
    find_last_readers(s);
    rg_status status = find_peak(s);
    if (status) return status;
    find_neighbours(s);
    find_candidates(s);
    pick_values(s);
    return s->picks ? repeat_all(s) : RG_DOMAIN;
}

rg_status rg_plan_save(rg_plan *p)
{
    size_t n = p->items, most = p->steps / 256 + 1;
    size_t bytes = n * (sizeof(double) + 5 * sizeof(uint32_t) + 1) +
                   most * (sizeof(pick) + MOST_AGAIN * sizeof(uint32_t));
    double *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    search s = {.p = p, .gain = room, .most_picks = (uint32_t)most};
    s.place = (uint32_t *)(void *)(room + n);
    s.before = s.place + n;
    s.after = s.before + n;
    s.last = s.after + n;
    memset(s.place, 0xFF, 4 * n * sizeof *s.place);
    s.candidate = s.last + n;
    s.chosen = s.candidate + n;
    s.pick = (pick *)(void *)(s.chosen + most * MOST_AGAIN);
    s.mark = (unsigned char *)(s.pick + most);
    memset(s.mark, 0, n);
    rg_status status = save_some(&s);
    rg_scratch_free(p->t, room, bytes);
    return status;
}
