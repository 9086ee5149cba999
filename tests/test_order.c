/* test_order.c - the order of the steps of a program of single numbers: each once, after what it reads,
 * along the chain that takes longest; and programs of any length have the bits of eager recording. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "order.h"
#include "plan.h"
#include <string.h>

enum { MOST = 700 };

typedef struct graph {
    rg_order order;
    void *room;
    uint32_t steps, in[MOST + 1][3], ins[MOST + 1], place[MOST + 1]; /* where it was given out; 0: not yet */
    bool added[MOST + 1];
} graph;

static void begin(graph *g, uint32_t steps)
{
    memset(g, 0, sizeof *g);
    g->steps = steps;
    g->room = malloc(rg_order_bytes(steps));
    ck_assert_ptr_nonnull(g->room);
    rg_order_begin(&g->order, steps, g->room);
}

static void add(graph *g, uint32_t at, uint32_t cost, uint32_t ins, const uint32_t *in)
{
    for (uint32_t k = 0; k < ins; k++) {
        g->in[at][g->ins[at]++] = in[k];
        rg_order_reads(&g->order, at, in[k]);
    }
    rg_order_add(&g->order, at, cost);
    g->added[at] = true;
}

/* Gives out all steps; each comes after what it reads. */
static void give_out(graph *g)
{
    uint32_t place = 0, added = 0;
    rg_order_added(&g->order);
    for (uint32_t at; (at = rg_order_next(&g->order));) {
        ck_assert(at <= g->steps && g->added[at] && !g->place[at]);
        g->place[at] = ++place;
        for (uint32_t k = 0; k < g->ins[at]; k++) ck_assert_uint_ne(g->place[g->in[at][k]], 0);
    }
    for (uint32_t at = 1; at <= g->steps; at++) added += g->added[at];
    ck_assert_uint_eq(place, added);
    free(g->room);
}

static uint32_t roll(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*seed >> 8) * below >> 24);
}

/* `reach`: how far back a step reads. One in `gaps` is left out. */
static void try_random(uint32_t seed, uint32_t steps, uint32_t reach, uint32_t gaps)
{
    static graph g;
    begin(&g, steps);
    for (uint32_t at = 1; at <= steps; at++) {
        uint32_t in[3], ins = 0;
        if (!roll(&seed, gaps)) continue;
        for (uint32_t k = roll(&seed, 4); k > 0; k--) {
            uint32_t back = 1 + roll(&seed, reach);
            if (back < at && g.added[at - back]) in[ins++] = at - back;
        }
        add(&g, at, 1 + roll(&seed, 30), ins, in);
    }
    give_out(&g);
}

START_TEST(every_step_comes_once_after_what_it_reads)
{
    for (uint32_t seed = 1; seed <= 400; seed++)
        try_random(seed, seed * 7 % MOST, 1 + seed % 9 * (seed % 9) * 10, 2 + seed % 40);
    try_random(1, 0, 1, 2);
    for (uint32_t steps = 60; steps < 200; steps++) try_random(steps, steps, 3, 2);
}
END_TEST

/* y = f(x) + h(g(x)), x from y again, where f takes long: x, f, y stand behind each other but for
 * one place in each round, where g and h have their turn. */
START_TEST(the_longest_chain_stays_together)
{
    static graph g;
    uint32_t rounds = 50, together = 0;
    begin(&g, 4 * rounds);
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t x = 4 * i;
        add(&g, x + 1, 1, x > 0, &x);
        add(&g, x + 2, 1, 1, &(uint32_t){x + 1});
        add(&g, x + 3, 20, x > 0, &x);
        add(&g, x + 4, 1, 2, (uint32_t[]){x + 2, x + 3});
    }
    give_out(&g);
    for (uint32_t x = 4; x < 4 * rounds; x += 4)
        together += g.place[x + 3] == g.place[x] + 1 || g.place[x + 4] == g.place[x + 3] + 1;
    ck_assert_uint_eq(together, rounds - 1);
}
END_TEST

/* ---- programs ------------------------------------------------------------------------- */

static rg_node *long_chain(rg_tape *t, rg_dtype d, int length)
{
    rg_node *x = rg_leaf_from(t, d, rg_shape0(), &(double){.3}, 1), *y = x;
    for (int i = 0; i < length; i++) y = i % 3 ? rg_mul(rg_offset(y, 0.5), x) : rg_tanh(y);
    return y;
}

static void try_length(rg_dtype d, int length)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = long_chain(t, d, length);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_tensor want = rg_peek(y), got = rg_plan_out(p, 0);
    ck_assert_mem_eq(want.data, got.data, rg_dtype_size(d));
    rg_plan_free(p);
    rg_tape_free(t);
}

START_TEST(programs_of_any_length)
{
    for (int length = 1; length < 300; length++) {
        try_length(RG_F32, length);
        try_length(RG_F64, length);
    }
    try_length(RG_F64, 100000);
}
END_TEST

RG_SUITE("order", every_step_comes_once_after_what_it_reads, the_longest_chain_stays_together, programs_of_any_length)
