/* budget.c - less memory for more work: a value that is kept for long is computed again
 * where it is needed late. The kernels and their inputs are the same, and so the bits. */
#include "parts.h"
#include <string.h>

enum { MOST_AGAIN = 64 /* steps that are repeated for one value */ };

typedef struct search {
    rg_plan *p;
    uint32_t *place;                 /* in order, by item                       */
    uint32_t *before, *after, *last; /* readings around the peak, by item     */
    uint32_t peak;                   /* place in order where most is alive      */
    uint32_t again[MOST_AGAIN], n;   /* what has to be repeated                 */
    unsigned char *seen;
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

/* Rough: what the op says, else one operation for each number it reads. */
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
    s->seen[x] = 1;
    for (uint32_t i = 0; i < s->n; i++) {
        const rg_item *v = &p->item[s->again[i]];
        work += rg_item_flops(p, v);
        for (int k = 0; k < v->nin; k++) {
            uint32_t u = v->in[k].item;
            if (s->seen[u] || is_there(s, u, late)) continue;
            if (s->n == MOST_AGAIN) work = -1;
            if (work < 0) break;
            s->again[s->n++] = u;
            s->seen[u] = 1;
        }
        if (work < 0) break;
    }
    for (uint32_t i = 0; i < s->n; i++) s->seen[s->again[i]] = 0;
    return work;
}

static bool may_go(const search *s, uint32_t i)
{
    const rg_item *v = &s->p->item[i];
    return bytes_held(v) && v->reg == RG_NOWHERE && s->after[i] != RG_NOWHERE &&
           s->place[i] < s->peak && (s->before[i] == RG_NOWHERE || s->before[i] < s->peak);
}

static size_t largest_to_go(const search *s)
{
    size_t most = 0;
    for (uint32_t q = 0; q < s->p->steps; q++) {
        size_t held = bytes_held(&s->p->item[s->p->order[q]]);
        if (held > most && may_go(s, s->p->order[q])) most = held;
    }
    return most;
}

/* The value whose memory costs least to save, of those that matter; RG_NOWHERE: none. */
static uint32_t best_to_go(search *s)
{
    const rg_plan *p = s->p;
    uint32_t best = RG_NOWHERE;
    size_t least = largest_to_go(s) / 64;
    double most = 0;
    for (uint32_t q = 0; q < p->steps; q++) {
        uint32_t i = p->order[q];
        if (bytes_held(&p->item[i]) <= least || !may_go(s, i)) continue;
        double work = cost_of(s, i, s->after[i]);
        double gain = work < 0 ? 0 : (double)bytes_held(&p->item[i]) / (work + 1);
        if (gain > most) best = i;
        if (gain > most) most = gain;
    }
    return best;
}

/* ---- doing it -------------------------------------------------------------------- */

static rg_status more_items(rg_plan *p, uint32_t n)
{
    if (p->items + n > p->item_cap) {
        uint32_t cap = 2 * (p->items + n);
        rg_item *item = rg_plan_get(p, cap, sizeof *item);
        uint32_t *order = item ? rg_plan_get(p, cap, sizeof *order) : NULL;
        if (!order) return RG_NOMEM;
        memcpy(item, p->item, p->items * sizeof *item);
        memcpy(order, p->order, p->steps * sizeof *order);
        p->item = item;
        p->order = order;
        p->item_cap = cap;
    }
    return RG_OK;
}

/* Copies of the steps in s->again, in their order, before step `late`. */
static rg_status repeat_steps(search *s, uint32_t late)
{
    rg_plan *p = s->p;
    rg_status status = more_items(p, s->n);
    if (status) return status;
    for (uint32_t i = 1; i < s->n; i++) /* by place: the copies keep the order */
        for (uint32_t j = i; j > 0 && s->place[s->again[j]] < s->place[s->again[j - 1]]; j--) {
            uint32_t other = s->again[j];
            s->again[j] = s->again[j - 1];
            s->again[j - 1] = other;
        }
    memmove(p->order + late + s->n, p->order + late, (p->steps - late) * sizeof *p->order);
    for (uint32_t i = 0; i < s->n; i++) {
        rg_item *v = &p->item[p->items + i];
        *v = p->item[s->again[i]];
        v->output = false;
        v->again = true;
        v->in = rg_plan_get(p, v->nin, sizeof *v->in);
        if (!v->in) return RG_NOMEM;
        memcpy(v->in, p->item[s->again[i]].in, v->nin * sizeof *v->in);
        for (int k = 0; k < v->nin; k++)
            for (uint32_t j = 0; j < i; j++)
                if (v->in[k].item == s->again[j]) v->in[k].item = p->items + j;
        p->order[late + i] = p->items + i;
    }
    p->steps += s->n;
    return RG_OK;
}

/* Whoever reads x from step `late` on reads its copy, the last of the new items. */
static void read_the_copy(const search *s, uint32_t x, uint32_t late)
{
    rg_plan *p = s->p;
    uint32_t copy = p->items + s->n - 1;
    for (uint32_t q = late + s->n; q < p->steps; q++) {
        rg_item *v = &p->item[p->order[q]];
        for (int k = 0; k < v->nin; k++)
            if (v->in[k].item == x) v->in[k].item = copy;
    }
    p->items += s->n;
}

static rg_status save_one(search *s)
{
    follow_groups(s->p);
    find_last_readers(s);
    rg_status status = find_peak(s);
    if (status) return status;
    find_neighbours(s);
    uint32_t x = best_to_go(s);
    if (x == RG_NOWHERE) return RG_DOMAIN;
    uint32_t late = s->after[x];
    cost_of(s, x, late);
    status = repeat_steps(s, late);
    if (!status) read_the_copy(s, x, late);
    return status;
}

rg_status rg_plan_save(rg_plan *p)
{
    size_t n = p->items, bytes = n * (4 * sizeof(uint32_t) + 1);
    uint32_t *room = rg_scratch(p->t, bytes);
    if (!room) return RG_NOMEM;
    memset(room, 0xFF, 4 * n * sizeof *room);
    memset(room + 4 * n, 0, n);
    search s = {.p = p,
                .place = room,
                .before = room + n,
                .after = room + 2 * n,
                .last = room + 3 * n,
                .seen = (unsigned char *)(room + 4 * n)};
    rg_status status = save_one(&s);
    rg_scratch_free(p->t, room, bytes);
    return status;
}
