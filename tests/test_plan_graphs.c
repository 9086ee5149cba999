/* test_plan_graphs.c - random graphs of every kind of op, their gradients, registers and
 * random numbers: whatever the configuration, a plan has the bits of eager recording. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "plan.h"
#include <stdio.h>
#include <string.h>

#ifndef GRAPHS
#define GRAPHS 400
#endif
enum { LEAVES = 6, MOST = 40, RUNS = 2 };

static uint32_t dice_state;

static int dice(int n)
{
    dice_state = dice_state * 1664525u + 1013904223u;
    return (int)((dice_state >> 8) % (uint32_t)n);
}

typedef struct world {
    rg_tape *t;
    rg_dtype d;
    rg_node *leaf[LEAVES], *index;
    rg_node *pool[LEAVES + MOST];
    int n;
} world;

static rg_shape random_shape(void)
{
    static const int64_t sizes[] = {1, 2, 3, 5, 3, 5};
    rg_shape s = {.rank = dice(4)};
    for (int i = 0; i < s.rank; i++) s.dim[i] = sizes[dice(6)];
    if (dice(40) == 0 && s.rank) s.dim[dice(s.rank)] = 0;
    if (dice(6) == 0) s = rg_shape2(dice(2) ? 40 : 130, dice(2) ? 33 : 600); /* beyond a tile, a piece */
    return s;
}

static void put_numbers(rg_node *leaf)
{
    size_t n = (size_t)rg_count_of(leaf);
    double *v = malloc((n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) v[i] = dice(801) / 200.0 - 2; /* often 0, often equal */
    ck_assert_int_eq(rg_write(leaf, RG_F64, v, n), RG_OK);
    free(v);
}

static rg_node *one_input(rg_node *a)
{
    int rank = rg_shape_of(a).rank;
    int axis = rank ? dice(rank) : 0;
    switch (dice(rank ? 27 : 14)) {
    case 0: return rg_tanh(a);
    case 1: return rg_exp(rg_scale(a, 0.1));
    case 2: return rg_relu(a);
    case 3: return rg_sigmoid(a);
    case 4: return rg_square(a);
    case 5: return rg_scale(a, -1.5);
    case 6: return rg_offset(a, 0.25);
    case 7: return rg_abs(a);
    case 8: return rg_log(rg_offset(rg_square(a), 0.5));
    case 9: return rg_gelu(a);
    case 10: return rg_clamp(a, -1, 1);
    case 11: return rg_detach(a);
    case 12: return rg_mul(a, rg_const(rg_tape_of(a), rg_dtype_of(a), rg_shape_of(a), dice(2)));
    case 13: return rg_cast(rg_cast(a, RG_F64), rg_dtype_of(a));
    case 14: return rg_sum(a, axis);
    case 15: return rg_sum_keep(a, axis);
    case 16: return rg_count_of(a) ? rg_amax(a, axis) : a;
    case 17: return rg_softmax(a, -1);
    case 18: return rg_softmax(a, axis);
    case 19: return rg_log_softmax(a, -1);
    case 20: return rg_logsumexp(a, -1);
    case 21: return rg_transpose(a);
    case 22: return rg_reshape(a, rg_shape1(rg_count_of(a)));
    case 23: return rg_mean(a, axis);
    case 24: return rg_cumsum(a, axis, dice(2));
    case 25: return rg_norm(rg_offset(rg_square(a), 1), -1);
    default: return rg_broadcast(a, rank < 3 ? rg_shape3(2, rank > 1 ? rg_shape_of(a).dim[0] : 1, rg_shape_of(a).dim[rank - 1]) : rg_shape_of(a));
    }
}

static bool broadcasts(rg_node *a, rg_node *b)
{
    rg_shape x = rg_shape_of(a), y = rg_shape_of(b);
    for (int e = 1; e <= x.rank && e <= y.rank; e++) {
        int64_t p = x.dim[x.rank - e], q = y.dim[y.rank - e];
        if (p != q && p != 1 && q != 1) return false;
    }
    return true;
}

static rg_node *two_inputs(rg_node *a, rg_node *b)
{
    switch (dice(10)) {
    case 0: return rg_add(a, b);
    case 1: return rg_sub(a, b);
    case 2: return rg_mul(a, b);
    case 3: return rg_max(a, b);
    case 4: return rg_div(a, rg_offset(rg_square(b), 1));
    case 5: return rg_where(rg_gt(a, b), a, b);
    case 6: return rg_zmul(a, b);
    case 7: return rg_min(a, b);
    case 8: return rg_mul(a, a);
    default: return rg_add(b, a);
    }
}

static rg_node *any_op(world *w, rg_node *a, rg_node *b)
{
    rg_shape s = rg_shape_of(a);
    if (dice(12) == 0) return rg_dropout(a, 0.7);
    if (dice(8) == 0 && s.rank == 2) return rg_matmul(rg_transpose(a), a);
    if (dice(10) == 0 && s.rank == 2 && s.dim[1] >= 3 && s.dim[0] == rg_count_of(w->index))
        return rg_nll(a, w->index);
    if (dice(10) == 0 && s.rank && s.dim[s.rank - 1] > 1) return rg_slice(a, -1, 1, s.dim[s.rank - 1] - 1, 1);
    if (dice(2) && broadcasts(a, b)) return two_inputs(a, b);
    return one_input(a);
}

static bool small_enough(rg_node *a) { return rg_count_of(a) <= 200000; }

static world make_world(uint32_t seed, bool lazy)
{
    rg_config cfg = {.lazy = lazy, .seed = seed};
    world w = {.t = rg_tape_new(&cfg)};
    dice_state = seed * 2654435761u;
    w.d = dice(2) ? RG_F32 : RG_F64;
    rg_shape s = random_shape();
    for (int i = 0; i < LEAVES; i++) {
        w.leaf[i] = w.pool[w.n++] = rg_leaf(w.t, w.d, dice(2) ? s : random_shape());
        put_numbers(w.leaf[i]);
    }
    int64_t labels[5] = {0, 2, 1, 2, 0};
    w.index = rg_leaf_from(w.t, RG_I64, rg_shape1(5), labels, 5);
    return w;
}

/* Nodes; then gradients of two of them; then registers. What is wanted goes to out. */
static int record(world *w, rg_node **out)
{
    int gates = 1 + dice(MOST), n = 0;
    for (int i = 0; i < gates; i++) {
        rg_node *a = w->pool[dice(w->n)], *b = w->pool[w->n - 1 - dice(w->n < 5 ? w->n : 5)];
        rg_node *y = any_op(w, a, b);
        if (small_enough(y)) w->pool[w->n++] = y;
    }
    for (int i = 0; i < 2; i++) {
        rg_node *g[LEAVES], *y = rg_sum(w->pool[w->n - 1 - dice(3)], RG_ALL_AXES);
        if (dice(2)) y = rg_square(y);
        ck_assert_msg(!rg_grad(y, NULL, LEAVES, w->leaf, g), "%s", rg_error_of(w->t)->text);
        out[n++] = y;
        for (int k = 0; k < LEAVES; k++) {
            if (!g[k]) continue;
            if (i == 0 && dice(2))
                rg_assign(w->leaf[k], rg_sub(w->leaf[k], rg_scale(g[k], 0.001)));
            else
                out[n++] = g[k];
        }
    }
    for (int i = 0; i < 3; i++) out[n++] = w->pool[dice(w->n)];
    ck_assert_msg(!rg_error_of(w->t)->status, "%s", rg_error_of(w->t)->text);
    return n;
}

static void same_numbers(const rg_tensor *a, const rg_tensor *b, uint32_t seed, const char *what, int i)
{
    int64_t n = rg_count(a), size = (int64_t)rg_dtype_size(a->dtype);
    ck_assert(n == rg_count(b));
    char *pa = malloc((size_t)(n * size) + 1), *pb = malloc((size_t)(n * size) + 1);
    rg_pack(pa, a, 0, n);
    rg_pack(pb, b, 0, n);
    ck_assert_msg(!memcmp(pa, pb, (size_t)(n * size)), "graph %u: %s %d differs", seed, what, i);
    free(pa);
    free(pb);
}

/* The same dice make the same recording, on an eager tape and on that of the plan. */
static int record_again(world *w, uint32_t seed, rg_node **out)
{
    dice_state = seed + 12345;
    w->n = LEAVES;
    return record(w, out);
}

static void run_and_compare(world *e, rg_plan *p, uint32_t seed)
{
    rg_node *out[64];
    int64_t mark = rg_mark(e->t);
    int n = record_again(e, seed, out);
    ck_assert_msg(rg_run(p) == RG_OK, "graph %u", seed);
    for (int i = 0; i < n; i++) {
        rg_tensor want = rg_peek(out[i]), got = rg_plan_out(p, i);
        same_numbers(&want, &got, seed, out[i]->op->name, i);
    }
    ck_assert_int_eq(rg_commit(e->t), RG_OK);
    rg_rewind(e->t, mark);
}

static void replay(uint32_t seed, rg_plan_config how, bool lazy)
{
    world w = make_world(seed, lazy), e = make_world(seed, false);
    rg_node *out[64];
    int64_t mark = rg_mark(w.t);
    int n = record_again(&w, seed, out);
    rg_plan *p = rg_compile(w.t, n, out, &how);
    ck_assert_msg(p != NULL, "graph %u: %s", seed, rg_error_of(w.t)->text);
    rg_rewind(w.t, mark);
    for (int run = 0; run < RUNS; run++) {
        run_and_compare(&e, p, seed);
        for (int i = 0; i < LEAVES; i++) {
            rg_tensor want = rg_peek(e.leaf[i]), got = rg_peek(w.leaf[i]);
            same_numbers(&want, &got, seed, "leaf", i);
        }
    }
    rg_plan_free(p);
    rg_tape_free(e.t);
    rg_tape_free(w.t);
}

static void replay_many(rg_plan_config how, int threads)
{
    const char *first = getenv("FIRST"), *count = getenv("COUNT");
    uint32_t from = first ? (uint32_t)atoi(first) : 1, n = count ? (uint32_t)atoi(count) : GRAPHS;
    rg_set_threads(threads);
    for (uint32_t seed = from; seed < from + n; seed++) replay(seed, how, seed % 2);
    rg_set_threads(1);
}

START_TEST(fused) { replay_many((rg_plan_config){0}, 1); }
END_TEST
START_TEST(fused_on_four_threads) { replay_many((rg_plan_config){0}, 4); }
END_TEST
START_TEST(plain) { replay_many((rg_plan_config){.plain = true}, 1); }
END_TEST
START_TEST(kept) { replay_many((rg_plan_config){.keep = true}, 2); }
END_TEST

RG_SUITE("plan_graphs", fused, fused_on_four_threads, plain, kept)
