/* plan_replay.h - one recording drawn at random: whatever the configuration, a plan has the bits
 * of eager recording. */
#ifndef RG_TEST_PLAN_REPLAY_H
#define RG_TEST_PLAN_REPLAY_H
#include "plan.h"
#include "plan_world.h"
#include <math.h>

enum { RUNS = 3 };

/* ---- numbers that are kept to compare with ----------------------------------------- */

typedef struct numbers {
    char *bits;
    int64_t n;
    rg_dtype dtype;
} numbers;

static numbers copy_of(const rg_tensor *w)
{
    numbers v = {.n = rg_count(w), .dtype = w->dtype};
    v.bits = malloc((size_t)v.n * rg_dtype_size(v.dtype) + 1);
    if (v.n) rg_pack(v.bits, w, 0, v.n);
    return v;
}

/* C leaves the sign of a NaN open where two meet; all other bits count. */
static bool same_numbers(const numbers *a, const numbers *b)
{
    size_t size = rg_dtype_size(a->dtype);
    if (a->n != b->n || a->dtype != b->dtype) return false;
    for (int64_t i = 0; i < a->n; i++) {
        const char *x = a->bits + (size_t)i * size, *y = b->bits + (size_t)i * size;
        double v, w;
        if (!memcmp(x, y, size)) continue;
        rg_convert(&v, RG_F64, x, a->dtype, 1);
        rg_convert(&w, RG_F64, y, a->dtype, 1);
        if (!isnan(v) || !isnan(w)) return false;
    }
    return true;
}

static void expect_same(numbers *want, const rg_tensor *w, uint32_t seed, const char *what, int i)
{
    numbers got = copy_of(w);
    bool same = same_numbers(want, &got);
    ck_assert_msg(same, "graph %u: %s %d differs", seed, what, i);
    free(got.bits);
    free(want->bits);
}

/* ---- one graph --------------------------------------------------------------------- */

typedef struct trial {
    uint32_t seed;
    const uint8_t *bytes; /* n rolls that decide the recording, before the seed's   */
    size_t n;
    rg_plan_config how;
    int share;           /* of the workspace, in percent: the budget; 0: none       */
    bool registers;
    long *seen;          /* by place in rg_ops: how often; NULL: does not matter    */
    int planned;         /* graphs for which there was a plan within the budget     */
} trial;

/* The same dice make the same recording, on an eager tape and on that of the plan. */
static int record_again(const trial *c, world *w, rg_node **out)
{
    dice_state = c->seed + 12345;
    dice_at = c->bytes;
    dice_end = c->n ? c->bytes + c->n : c->bytes;
    int n = record(w, out, c->registers);
    dice_at = dice_end;
    return n;
}

static void note_op(const trial *c, const rg_node *y)
{
    for (int i = 0; rg_ops[i]; i++) c->seen[i] += rg_ops[i] == y->op;
}

/* With .keep, every node that the plan computes. */
static void compare_nodes(const trial *c, const world *e, const rg_plan *p, int64_t from)
{
    for (int64_t id = from; id < rg_len(e->t); id++) {
        rg_tensor want = rg_peek(rg_node_at(e->t, id)), got = rg_plan_peek(p, id);
        if (!got.data) continue;
        numbers v = copy_of(&want);
        expect_same(&v, &got, c->seed, rg_node_at(e->t, id)->op->name, (int)id);
        if (c->seen) note_op(c, rg_node_at(e->t, id));
    }
}

static void run_and_compare(const trial *c, world *e, world *w, rg_plan *p)
{
    rg_node *out[OUTPUTS];
    numbers want[OUTPUTS];
    int64_t mark = rg_mark(e->t);
    int n = record_again(c, e, out);
    for (int i = 0; i < n; i++) {
        rg_tensor v = rg_peek(out[i]);
        want[i] = copy_of(&v);
    }
    ck_assert_int_eq(rg_commit(e->t), RG_OK);
    ck_assert_msg(rg_run(p) == RG_OK, "graph %u: %s", c->seed, rg_error_of(w->t)->text);
    for (int i = 0; i < n; i++) {
        rg_tensor got = rg_plan_out(p, i);
        expect_same(&want[i], &got, c->seed, out[i]->op->name, i);
    }
    if (c->how.keep) compare_nodes(c, e, p, mark);
    for (int i = 0; i < LEAVES; i++) {
        rg_tensor now = rg_peek(e->leaf[i]), got = rg_peek(w->leaf[i]);
        numbers v = copy_of(&now);
        expect_same(&v, &got, c->seed, "leaf", i);
    }
    rg_rewind(e->t, mark);
}

/* NULL: the budget cannot be met. */
static rg_plan *compile(trial *c, world *w)
{
    rg_node *out[OUTPUTS];
    int64_t mark = rg_mark(w->t);
    int n = record_again(c, w, out);
    rg_plan_config how = c->how;
    rg_plan *p = rg_compile(w->t, n, out, &how);
    ck_assert_msg(p != NULL, "graph %u: %s", c->seed, rg_error_of(w->t)->text);
    if (c->share && rg_plan_bytes(p)) {
        how.budget = rg_plan_bytes(p) * (size_t)c->share / 100 + 1;
        rg_plan_free(p);
        p = rg_compile(w->t, n, out, &how);
        ck_assert_msg(p ? rg_plan_bytes(p) <= how.budget : rg_error_of(w->t)->status == RG_DOMAIN, "graph %u: a budget of %zu: %s",
                      c->seed, how.budget, rg_error_of(w->t)->text);
    }
    c->planned += p != NULL;
    rg_rewind(w->t, mark);
    return p;
}

static void replay(trial *c, bool lazy)
{
    world w = make_world(c->seed, lazy), e = make_world(c->seed, false);
    rg_plan *p = compile(c, &w);
    for (uint32_t run = 0; p && run < RUNS; run++) {
        run_and_compare(c, &e, &w, p);
        for (int i = 0; i < LEAVES; i += 2) { /* the others keep what they were assigned */
            dice_state = c->seed + run + (uint32_t)i;
            put_numbers(&e, i);
            dice_state = c->seed + run + (uint32_t)i;
            put_numbers(&w, i);
        }
    }
    rg_plan_free(p);
    free_world(&e);
    free_world(&w);
}

#endif
