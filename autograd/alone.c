/* alone.c - the check of one node: directions of each operand, every element where
 * that costs no more, and a closer look where a doubt is left. */
#include "internal.h"
#include "alone.h"
#include "diagnose.h"
#include "judge.h"
#include "laws.h"
#include "look.h"

enum { ELEMENTS_OF_OPERAND = 32, WAYS = 2, AT_ONCE = 4096 };

typedef struct bench {
    rg_rerun r;  /* the node alone, in its own dtype */
    rg_probe p;  /* ... and its gradient             */
    rg_node **x; /* its different inputs that may carry a gradient */
    int *wire;   /* the first wire that each of them is on         */
    int nx;
    const rg_check_how *how;
} bench;

static bool carries_slope(const rg_node *n)
{
    return n->layout->dtype == RG_F32 || n->layout->dtype == RG_F64;
}

static void list_operands(bench *b, const rg_node *y)
{
    for (int k = 0; k < y->nin; k++) {
        bool fresh = carries_slope(rg_in(y, k));
        for (int i = 0; i < b->nx; i++) fresh &= b->x[i] != rg_in(y, k);
        if (!fresh) continue;
        b->wire[b->nx] = k;
        b->x[b->nx++] = rg_in(y, k);
    }
}

/* Element i of y is made from elements i of the inputs. */
static bool by_element(const rg_node *y, const rg_probe *p, int k)
{
    return y->op->kind == RG_ELEMENTWISE && p->in[k].count == p->m;
}

static int or_else(int asked, int usual) { return asked > 0 ? asked : usual; }

/* Directions are cheap; only where they leave a doubt, elements are looked at too, and
 * what those say stands. */
static rg_status look_at_operand(bench *b, const rg_node *y, int k, rg_finding *f)
{
    if (by_element(y, &b->p, k)) return rg_look_at_each(&b->p, k, AT_ONCE, f);
    rg_look_along(&b->p, k, or_else(b->how->directions, WAYS), f);
    if (f->verdict == RG_PASS || (f->verdict == RG_FAIL && b->p.in[k].g)) return RG_OK;
    rg_finding along = *f;
    rg_status s = rg_look_at_elements(&b->p, k, or_else(b->how->elements, ELEMENTS_OF_OPERAND), f);
    if (along.verdict == RG_FAIL && f->verdict != RG_FAIL) *f = along;
    return s;
}

static void add_power(rg_power *p, const rg_finding *one)
{
    p->looked += one->looked;
    p->untested += one->untested;
    p->unsure += one->unsure;
    p->sharp += one->sharp;
    p->relative = rg_wider(p->relative, one->power);
}

static void keep_worse(rg_node_finding *f, const rg_finding *one, int wire)
{
    if (f->finding.looked && !rg_judge_worse(one, &f->finding)) return;
    f->finding = *one;
    f->finding.input = wire;
}

/* A tie of two operands shows only when both move. */
static void look_at_ties(bench *b, rg_node_finding *f)
{
    rg_finding all;
    if (b->nx < 2 || f->finding.verdict != RG_CANNOT_TELL || f->finding.point != RG_CORNER) return;
    rg_look_along(&b->p, RG_ALL_TOGETHER, or_else(b->how->directions, WAYS), &all);
    if (all.verdict == RG_FAIL) keep_worse(f, &all, RG_ALL_TOGETHER);
}

/* An operand on which nothing was to be seen does not spoil the others' pass. */
static rg_status look_at_node(bench *b, const rg_node *y, rg_node_finding *f)
{
    rg_status s = RG_OK;
    rg_finding found, passed = {0};
    rg_look_at_values(&b->p, &found);
    if (found.verdict >= RG_CANNOT_TELL) keep_worse(f, &found, RG_OF_VALUE);
    for (int k = 0; k < b->nx && !s && f->finding.verdict != RG_FAIL; k++) {
        s = look_at_operand(b, y, k, &found);
        if (s) break;
        keep_worse(f, &found, b->wire[k]);
        add_power(&f->power, &found);
        if (found.verdict == RG_PASS) passed = found, passed.input = b->wire[k];
        if (found.verdict == RG_FAIL) f->cause = rg_diagnose(&b->p, k);
    }
    if (s) return s;
    look_at_ties(b, f);
    if (f->finding.verdict == RG_UNTESTED && passed.looked) f->finding = passed;
    f->verdict = f->finding.looked ? f->finding.verdict : RG_UNTESTED;
    if (f->verdict == RG_FAIL && !f->cause.mistake) f->cause.mistake = RG_UNLIKE_ANY;
    return RG_OK;
}

/* A broken law is a failure even where the slopes agree, and says more than they do
 * where they do not. */
static rg_status try_laws_of(bench *b, rg_node *y, rg_node_finding *f)
{
    rg_chance chance = {b->how->seed + f->node->id, (uint64_t)1 << 41};
    rg_cause broken;
    int input = 0;
    rg_status s = rg_check_laws(y, b->nx, b->x, &chance, &input, &broken);
    if (s || !broken.mistake || f->cause.mistake > RG_UNLIKE_ANY) return s;
    if (f->verdict != RG_FAIL) f->finding.input = input < 0 ? input : b->wire[input];
    f->verdict = f->finding.verdict = RG_FAIL;
    f->cause = broken;
    return RG_OK;
}

static rg_status check_copy(bench *b, rg_node *y, rg_node_finding *f)
{
    b->p = (rg_probe){.n = b->nx, .chance = {b->how->seed + f->node->id, 0}};
    rg_status s = rg_probe_open(&b->p, y, b->x);
    if (!s) s = look_at_node(b, y, f);
    rg_status starved = rg_probe_close(&b->p);
    if (!s) s = rg_owned_up(b->r.t, starved);
    return s ? s : try_laws_of(b, y, f);
}

rg_status rg_check_alone(rg_node *n, const rg_check_how *how, rg_node_finding *f)
{
    bench b = {.how = how};
    size_t bytes = n->nin * (sizeof *b.x + sizeof *b.wire);
    *f = (rg_node_finding){.node = n};
    rg_status s = rg_rerun_open_alone(&b.r, n);
    rg_node *y = s ? NULL : rg_rerun_of(&b.r, n);
    bool worth = y && carries_slope(n) && !rg_is_leaf(y);
    b.x = worth ? rg_scratch(b.r.t, bytes) : NULL;
    if (worth && !b.x) s = RG_NOMEM;
    if (b.x) {
        b.wire = (int *)(void *)(b.x + n->nin);
        list_operands(&b, y);
        if (b.nx) s = check_copy(&b, y, f);
        rg_scratch_free(b.r.t, b.x, bytes);
    }
    if (!worth || !b.nx) f->node = NULL;
    if (s)
        rg_refuse(rg_owner(n), s, n->op, "%s", b.r.t ? rg_error_of(b.r.t)->text : "out of memory");
    rg_rerun_close(&b.r);
    return s;
}
