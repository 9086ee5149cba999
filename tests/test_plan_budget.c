/* test_plan_budget.c - plans in less memory: values computed again and heads made in
 * strips have the bits of those that are kept. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "plan.h"
#include <string.h>

static void put_waves(rg_node *leaf, double step)
{
    size_t n = (size_t)rg_count_of(leaf);
    float *v = malloc(n * sizeof *v);
    for (size_t i = 0; i < n; i++) v[i] = (float)((double)(i * 7919 % 1000) * step - 500 * step);
    ck_assert_int_eq(rg_write(leaf, RG_F32, v, n), RG_OK);
    free(v);
}

/* ---- deep networks ----------------------------------------------------------------- */

enum { MOST_LAYERS = 400, SIDE = 20 };

typedef struct kind {
    int layers;
    rg_node *(*layer)(rg_node *y, rg_node *w);
} kind;

typedef struct deep {
    rg_tape *t;
    rg_node *w[MOST_LAYERS], *loss;
    int layers;
} deep;

static rg_node *with_chance(rg_node *y, rg_node *w)
{
    rg_node *z = rg_matmul(y, w);
    return rg_dropout(rg_tanh(z), 0.9);
}

static rg_node *row_of(rg_node *w, int64_t row)
{
    return rg_reshape(rg_slice(w, 0, row, 1, 1), rg_shape1(SIDE));
}

static rg_node *with_norm(rg_node *y, rg_node *w)
{
    rg_node *z = rg_matmul(y, w), *gamma = row_of(w, 0), *beta = row_of(w, 1);
    return rg_relu(rg_layernorm(z, gamma, beta, 1e-5));
}

static deep make_deep(const kind *k)
{
    rg_config cfg = {.lazy = true, .seed = 3};
    deep c = {.t = rg_tape_new(&cfg), .layers = k->layers};
    rg_node *g[MOST_LAYERS], *y = rg_leaf(c.t, RG_F32, rg_shape2(SIDE, SIDE));
    put_waves(y, 1e-3);
    for (int i = 0; i < k->layers; i++) {
        c.w[i] = rg_leaf(c.t, RG_F32, rg_shape2(SIDE, SIDE));
        put_waves(c.w[i], 1e-3 + 1e-6 * i);
    }
    for (int i = 0; i < k->layers; i++) y = k->layer(y, c.w[i]);
    c.loss = rg_mean(rg_square(y), RG_ALL_AXES);
    ck_assert(!rg_grad(c.loss, NULL, k->layers, c.w, g));
    for (int i = 0; i < k->layers; i++) rg_assign(c.w[i], rg_sub(c.w[i], rg_scale(g[i], 0.1)));
    return c;
}

/* Runs a few steps; the bits of all weights go to `to`. */
static size_t run_deep(const kind *k, size_t budget, char *to)
{
    deep c = make_deep(k);
    rg_plan_config how = {.budget = budget};
    rg_plan *p = rg_compile(c.t, 1, &c.loss, &how);
    ck_assert_msg(p != NULL, "%s", rg_error_of(c.t)->text);
    size_t bytes = rg_plan_bytes(p), each = sizeof(float) * SIDE * SIDE;
    for (int i = 0; i < 3; i++) ck_assert_int_eq(rg_run(p), RG_OK);
    for (int i = 0; i < c.layers; i++) memcpy(to + each * (size_t)i, rg_peek(c.w[i]).data, each);
    rg_plan_free(p);
    rg_tape_free(c.t);
    return bytes;
}

/* In `percent` of the workspace, with the same bits. */
static void expect_less(kind k, size_t percent)
{
    static char bits[2][sizeof(float) * SIDE * SIDE * MOST_LAYERS];
    size_t budget = run_deep(&k, 0, bits[0]) * percent / 100;
    ck_assert_uint_le(run_deep(&k, budget, bits[1]), budget);
    ck_assert_mem_eq(bits[0], bits[1], sizeof *bits);
}

START_TEST(half_the_memory_has_the_same_bits)
{
    for (size_t percent = 40; percent <= 80; percent += 20)
        expect_less((kind){16, with_chance}, percent);
}
END_TEST

/* What is computed again is computed where it is read, not where its inputs are. */
START_TEST(normalised_layers_need_half_the_memory)
{
    expect_less((kind){6, with_norm}, 50);
    expect_less((kind){16, with_norm}, 30);
    expect_less((kind){16, with_norm}, 22); /* only if what is computed again is made from what is */
}
END_TEST

/* Many values are picked at a time. */
START_TEST(many_layers_in_a_fifth_of_the_memory)
{
    expect_less((kind){MOST_LAYERS, with_norm}, 20);
}
END_TEST

START_TEST(budget_that_cannot_be_met)
{
    deep c = make_deep(&(kind){16, with_chance});
    rg_plan_config how = {.budget = 100};
    ck_assert_ptr_null(rg_compile(c.t, 1, &c.loss, &how));
    ck_assert_int_eq(rg_error_of(c.t)->status, RG_DOMAIN);
    ck_assert_ptr_nonnull(strstr(rg_error_of(c.t)->text, "a budget of 100 bytes cannot be met"));
    rg_tape_free(c.t);
}
END_TEST

/* ---- heads in strips --------------------------------------------------------------- */

/* The gradient of a wide layer is the largest value of its step, and only its update
 * reads it: it need not be whole. */
enum { WIDE_IN = 300, WIDE_OUT = 256, WIDE_ROWS = 128 };

static size_t run_wide(size_t share, int threads, float *to)
{
    rg_config lazy = {.lazy = true};
    rg_tape *t = rg_tape_new(&lazy);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(WIDE_ROWS, WIDE_IN)), *g;
    rg_node *w = rg_leaf(t, RG_F32, rg_shape2(WIDE_IN, WIDE_OUT));
    put_waves(x, 1e-3);
    put_waves(w, 1e-4);
    rg_node *loss = rg_mean(rg_square(rg_tanh(rg_matmul(x, w))), RG_ALL_AXES);
    ck_assert(!rg_grad(loss, NULL, 1, &w, &g));
    rg_assign(w, rg_sub(w, rg_scale(g, 0.5)));
    rg_plan *all = rg_compile(t, 1, &loss, NULL);
    rg_plan_config how = {.budget = rg_plan_bytes(all) * share / 100};
    rg_plan *p = rg_compile(t, 1, &loss, &how);
    ck_assert_msg(p != NULL, "%s", rg_error_of(t)->text);
    size_t bytes = rg_plan_bytes(p);
    rg_set_threads(threads);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(rg_run(p), RG_OK);
    rg_set_threads(1);
    memcpy(to, rg_peek(w).data, sizeof(float) * WIDE_IN * WIDE_OUT);
    rg_plan_free(all);
    rg_plan_free(p);
    rg_tape_free(t);
    return bytes;
}

START_TEST(strips_have_the_bits_of_the_whole)
{
    static float whole[WIDE_IN * WIDE_OUT], strips[WIDE_IN * WIDE_OUT];
    size_t all = run_wide(100, 1, whole);
    for (int threads = 1; threads <= 4; threads *= 2) {
        ck_assert_uint_le(run_wide(90, threads, strips), all * 90 / 100);
        ck_assert_mem_eq(whole, strips, sizeof whole);
    }
}
END_TEST

/* The scores of attention, matrix after matrix: strips of 32 rows end within them. */
enum { HEADS = 8, PLACES = 40 };

static size_t run_heads(size_t share, float *to)
{
    rg_config lazy = {.lazy = true};
    rg_tape *t = rg_tape_new(&lazy);
    rg_node *q = rg_leaf(t, RG_F32, rg_shape3(HEADS, PLACES, PLACES)), *k = rg_leaf(t, RG_F32, rg_shape_of(q));
    put_waves(q, 1e-2);
    put_waves(k, 2e-2);
    rg_node *p = rg_softmax(rg_matmul(q, rg_swap_last(k)), -1), *y = rg_sum(rg_square(p), -1);
    rg_plan *all = rg_compile(t, 1, &y, NULL);
    rg_plan_config how = {.budget = rg_plan_bytes(all) * share / 100};
    rg_plan *plan = rg_compile(t, 1, &y, &how);
    ck_assert_msg(plan != NULL, "%s", rg_error_of(t)->text);
    size_t bytes = rg_plan_bytes(plan);
    ck_assert_int_eq(rg_run(plan), RG_OK);
    memcpy(to, rg_plan_out(plan, 0).data, sizeof(float) * HEADS * PLACES);
    rg_plan_free(all);
    rg_plan_free(plan);
    rg_tape_free(t);
    return bytes;
}

START_TEST(strips_of_many_matrices)
{
    float whole[HEADS * PLACES], strips[HEADS * PLACES];
    size_t all = run_heads(100, whole);
    ck_assert_uint_le(run_heads(50, strips), all / 2);
    ck_assert_mem_eq(whole, strips, sizeof whole);
}
END_TEST

/* What a head in strips reads outlasts its tail: it may be the tail's operand, too, the
 * register that the tail changes, or of no further use. */
enum { BATCH = 140, INNER = 200, WIDTH = 64, MOST_WEIGHTS = 4, NUMBERS = 256 * 256 };

typedef struct residual {
    rg_tape *t;
    rg_node *out, *w[MOST_WEIGHTS]; /* what is told, what changes */
    int weights;
} residual;

static rg_node *weight(residual *r, int64_t rows, int64_t columns)
{
    rg_node *w = rg_leaf(r->t, RG_F32, rg_shape2(rows, columns));
    put_waves(w, 1e-3);
    return r->w[r->weights++] = w;
}

/* Layers that add to what they read, trained. */
static void record_layers(residual *r, rg_node *(*bend)(rg_node *))
{
    rg_node *x = rg_leaf(r->t, RG_F32, rg_shape2(BATCH, WIDTH)), *y = x, *g[MOST_WEIGHTS];
    put_waves(x, 1e-3);
    for (int i = 0; i < 2; i++) {
        rg_node *inner = bend(rg_matmul(y, weight(r, WIDTH, INNER)));
        y = rg_add(y, rg_matmul(inner, weight(r, INNER, WIDTH)));
    }
    r->out = rg_mean(rg_square(y), RG_ALL_AXES);
    ck_assert(!rg_grad(r->out, NULL, r->weights, r->w, g));
    for (int i = 0; i < r->weights; i++) rg_assign(r->w[i], rg_sub(r->w[i], rg_scale(g[i], 0.1)));
}

/* w - sin(q w), which becomes w, or is of no further use. */
static void record_square(residual *r, bool changes)
{
    rg_node *q = rg_leaf(r->t, RG_F32, rg_shape2(256, 256)), *w = weight(r, 256, 256);
    put_waves(q, 1e-4);
    rg_node *x = changes ? w : rg_tanh(rg_matmul(q, w));
    rg_node *y = rg_sub(x, rg_sin(rg_matmul(q, x)));
    r->out = changes ? rg_sum(rg_square(w), RG_ALL_AXES) : rg_matmul(y, y);
    if (changes) rg_assign(w, y);
}

static residual record_residual(int which)
{
    static rg_node *(*const bend[])(rg_node *) = {(rg_tanh), (rg_relu), (rg_gelu)};
    rg_config lazy = {.lazy = true};
    residual r = {.t = rg_tape_new(&lazy)};
    if (which < 3)
        record_layers(&r, bend[which]);
    else
        record_square(&r, which == 3);
    return r;
}

/* Two steps within a share of the memory that all of it takes; false: that is too little. */
static bool run_residual(int which, size_t percent, float to[][NUMBERS])
{
    residual r = record_residual(which);
    rg_plan *all = rg_compile(r.t, 1, &r.out, NULL);
    rg_plan_config how = {.budget = rg_plan_bytes(all) * percent / 100};
    rg_plan *p = rg_compile(r.t, 1, &r.out, &how);
    for (int i = 0; p && i < 2; i++) ck_assert_int_eq(rg_run(p), RG_OK);
    for (int i = 0; p && i < r.weights; i++)
        memcpy(to[i], rg_peek(r.w[i]).data, sizeof(float) * (size_t)rg_count_of(r.w[i]));
    if (p) memcpy(to[r.weights], rg_plan_out(p, 0).data, sizeof(float) * (size_t)rg_count_of(r.out));
    rg_plan_free(all);
    rg_plan_free(p);
    rg_tape_free(r.t);
    return p != NULL;
}

START_TEST(strips_outlast_what_they_read)
{
    static float whole[MOST_WEIGHTS + 1][NUMBERS], less[MOST_WEIGHTS + 1][NUMBERS];
    int plans = 0;
    for (int which = 0; which < 5; which++) {
        ck_assert(run_residual(which, 100, whole));
        memcpy(less, whole, sizeof less);
        for (size_t percent = 97; percent >= 50; percent -= 3) {
            plans += run_residual(which, percent, less);
            ck_assert_mem_eq(whole, less, sizeof whole);
        }
    }
    ck_assert_int_ge(plans, 10);
}
END_TEST

/* ---- scratch of tiles ---------------------------------------------------------------- */

/* A chain of small values is one group: what its gradient needs lies in scratch. */
START_TEST(long_chains_are_counted)
{
    enum { LENGTH = 4000, FEW = 8 };
    const size_t held = LENGTH * FEW * sizeof(float);
    rg_config lazy = {.lazy = true};
    rg_tape *t = rg_tape_new(&lazy);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape1(FEW)), *y = x, *g;
    for (int i = 0; i < LENGTH; i++) y = rg_tanh(y);
    rg_node *loss = rg_sum(rg_square(y), -1);
    ck_assert(!rg_grad(loss, NULL, 1, &x, &g));
    rg_plan *p = rg_compile(t, 1, &g, NULL);
    ck_assert_uint_ge(rg_plan_bytes(p), held);
    ck_assert_uint_le(rg_plan_bytes(p), 5 * held); /* lines of the cache, for a piece or two */
    rg_plan_config little = {.budget = 1000};
    ck_assert_ptr_null(rg_compile(t, 1, &g, &little));
    ck_assert_int_eq(rg_error_of(t)->status, RG_DOMAIN);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* Rows that no stack holds: compiling takes what is told, and the outputs, and the program. */
START_TEST(wide_rows_are_counted)
{
    enum { ROWS = 64, WIDE = 20000, PROGRAM = 200000 };
    rg_config lazy = {.lazy = true};
    rg_tape *t = rg_tape_new(&lazy);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(ROWS, WIDE)), *y = rg_softmax(x, -1);
    for (int i = 0; i < 4; i++) y = rg_tanh(rg_add(y, rg_sin(y)));
    rg_node *s = rg_sum(y, -1);
    size_t before = rg_bytes(t);
    rg_plan *p = rg_compile(t, 1, &s, NULL);
    ck_assert_uint_le(rg_bytes(t) - before, rg_plan_bytes(p) + PROGRAM);
    ck_assert_uint_le(rg_plan_bytes(p), 2 * ROWS * WIDE * sizeof(float));
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("plan_budget", half_the_memory_has_the_same_bits, normalised_layers_need_half_the_memory,
         many_layers_in_a_fifth_of_the_memory, budget_that_cannot_be_met,
         strips_have_the_bits_of_the_whole, strips_of_many_matrices,
         strips_outlast_what_they_read,
         long_chains_are_counted, wide_rows_are_counted)
