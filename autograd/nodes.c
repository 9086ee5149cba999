/* nodes.c - the check node by node, and of how the nodes are joined. */
#include "internal.h"
#include "alone.h"
#include "chance.h"
#include "joints.h"
#include <math.h>
#include <string.h>

enum { MADE_FROM_X = 1, NEEDED_BY_Y = 2, BETWEEN = 3, WHOLE_WAYS = 2 };

typedef struct tour {
    rg_tape *t;
    rg_node *y;
    int n;
    rg_node *const *x;
    const rg_check_how *how;
    unsigned char *mark; /* by id */
    void (*each)(void *ud, const rg_node_finding *f);
    void *ud;
    rg_nodes_report *r;
} tour;

/* ---- which nodes -------------------------------------------------------------------- */

/* Those on a path from an x to y. */
static void mark_between(const tour *a)
{
    unsigned char *mark = a->mark;
    const rg_node *y = a->y;
    memset(mark, 0, (size_t)y->id + 1);
    for (int k = 0; k < a->n; k++)
        if (a->x[k]->id <= y->id) mark[a->x[k]->id] = MADE_FROM_X;
    for (uint32_t id = 0; id <= y->id; id++)
        for (int k = 0; k < a->t->node[id]->nin; k++)
            mark[id] |= mark[rg_in(a->t->node[id], k)->id] & MADE_FROM_X;
    mark[y->id] |= NEEDED_BY_Y;
    for (uint32_t id = y->id + 1; id-- > 0;)
        for (int k = 0; k < a->t->node[id]->nin && (mark[id] & NEEDED_BY_Y); k++)
            mark[rg_in(a->t->node[id], k)->id] |= NEEDED_BY_Y;
}

/* Not the x themselves, which may be made from something too. */
static bool on_the_way(const tour *a, uint32_t id)
{
    const rg_node *n = a->t->node[id];
    bool made = false;
    for (int k = 0; k < n->nin; k++) made |= (a->mark[rg_in(n, k)->id] & MADE_FROM_X) != 0;
    return made && a->mark[id] == BETWEEN;
}

/* Leaves `most` of the nodes on the way, each as likely to stay as any other. */
static void draw_nodes(const tour *a, int64_t most)
{
    rg_chance chance = {a->how->seed, (uint64_t)1 << 40};
    int64_t left = 0;
    for (uint32_t id = 0; id <= a->y->id; id++) left += on_the_way(a, id);
    for (uint32_t id = 0; id <= a->y->id; id++) {
        if (!on_the_way(a, id)) continue;
        if (rg_chance_below(&chance, left--) < most)
            most--;
        else
            a->mark[id] = MADE_FROM_X;
    }
}

/* ---- one by one --------------------------------------------------------------------- */

static void count_in(rg_nodes_report *r, const rg_node_finding *f)
{
    r->nodes++;
    r->passed += f->verdict == RG_PASS;
    r->untested += f->verdict == RG_UNTESTED;
    r->unsure += f->verdict == RG_CANNOT_TELL;
    r->failed += f->verdict == RG_FAIL;
    r->power.looked += f->power.looked;
    r->power.untested += f->power.untested;
    r->power.unsure += f->power.unsure;
    r->power.sharp += f->power.sharp;
    if (f->power.relative > r->power.relative) r->power.relative = f->power.relative;
    if (f->verdict == RG_FAIL && !r->first.node) r->first = *f;
}

static rg_status one_by_one(const tour *a)
{
    for (uint32_t id = 0; id <= a->y->id; id++) {
        rg_node_finding f;
        if (!on_the_way(a, id)) continue;
        rg_status s = rg_check_alone(a->t->node[id], a->how, &f);
        if (s) return s;
        if (!f.node) continue;
        count_in(a->r, &f);
        if (a->each) a->each(a->ud, &f);
    }
    return RG_OK;
}

/* ---- the whole ---------------------------------------------------------------------- */

static rg_verdict worst_of(const rg_nodes_report *r)
{
    rg_verdict v = r->failed   ? RG_FAIL
                   : r->unsure ? RG_CANNOT_TELL
                   : r->passed ? RG_PASS
                               : RG_UNTESTED;
    if (r->whole.looked && r->whole.verdict != RG_UNTESTED && r->whole.verdict > v)
        v = r->whole.verdict;
    return v;
}

static rg_status check_whole(const tour *a)
{
    rg_status s = rg_check_ways(a->y, a->n, a->x, a->how, WHOLE_WAYS, &a->r->whole);
    if (s || a->r->whole.verdict != RG_FAIL || a->r->failed) return s;
    if (isnan(a->r->whole.analytic)) return RG_OK; /* inf met 0, or inf: no sum is missing */
    return rg_find_joint(a->y, a->mark, BETWEEN, a->how, &a->r->join);
}

static rg_status go(const tour *a)
{
    mark_between(a);
    if (a->how->nodes > 0) draw_nodes(a, a->how->nodes);
    rg_status s = one_by_one(a);
    if (!s && a->how->nodes <= 0) s = check_whole(a);
    a->r->verdict = worst_of(a->r);
    return s;
}

static rg_status refuse_inputs(rg_tape *t, int n, rg_node *const *x)
{
    for (int k = 0; k < n; k++)
        if (rg_tape_of(x[k]) != t)
            return rg_refuse(t, RG_USAGE, NULL, "check: input %d is NULL or of another tape",
                             k + 1);
    return n < 1 ? rg_refuse(t, RG_USAGE, NULL, "check: with respect to nothing") : t->error.status;
}

rg_status rg_check_nodes(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                         void (*each)(void *ud, const rg_node_finding *f), void *ud,
                         rg_nodes_report *r)
{
    static const rg_check_how defaults = {0};
    rg_tape *t = rg_tape_of(y);
    *r = (rg_nodes_report){.seed = how ? how->seed : 0};
    if (!t) return RG_USAGE;
    rg_status s = refuse_inputs(t, n, x);
    if (!s) s = rg_eval(y);
    if (s) return s;
    tour a = {t, y, n, x, how ? how : &defaults, NULL, each, ud, r};
    size_t bytes = (size_t)y->id + 1;
    a.mark = rg_scratch(t, bytes);
    if (!a.mark) return rg_owned_up(t, RG_NOMEM);
    s = go(&a);
    rg_scratch_free(t, a.mark, bytes);
    return rg_owned_up(t, s);
}
