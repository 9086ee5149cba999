/* test_memory.c - every allocation failed in turn: no crash, no leak, RG_NOMEM, and
 * the tape is usable again after a rewind. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <stdint.h>
#include <string.h>

typedef struct meter {
    long calls, fail_at; /* allocations so far; the one that fails, from 0 */
    bool and_all_after;
    size_t live;
} meter;

static void *metered(void *ud, void *p, size_t old_size, size_t new_size)
{
    meter *m = ud;
    if (new_size) {
        long call = m->calls++;
        if (m->fail_at >= 0 && (call == m->fail_at || (m->and_all_after && call > m->fail_at))) return NULL;
        void *q = realloc(p, new_size);
        if (q) m->live += new_size - old_size;
        return q;
    }
    m->live -= old_size;
    free(p);
    return NULL;
}

/* Two layers, cross entropy, a gradient and momentum: one training step. */
static rg_status training_step(rg_tape *t, rg_node *w1, rg_node *w2, rg_node *v)
{
    rg_node *x = rg_normal(t, RG_F32, rg_shape2(16, 20));
    rg_node *labels = rg_leaf(t, RG_I64, rg_shape1(16));
    rg_scope_begin(t, "hidden");
    rg_node *h = rg_name(rg_relu(rg_matmul(x, w1)), "h");
    rg_scope_end(t);
    rg_node *loss = rg_cross_entropy(rg_matmul(rg_dropout(h, .5), w2), labels);
    rg_node *w[] = {w1, w2}, *g[2];
    rg_grad(loss, NULL, 2, w, g);
    rg_node *transposed = rg_reshape(rg_transpose(g[0]), rg_shape2(20, 30));
    rg_node *next = rg_add(rg_scale(v, .9), rg_amax(transposed, 0));
    rg_assign(v, next);
    rg_assign(w1, rg_sub(w1, rg_scale(g[0], .1)));
    rg_assign(w2, rg_sub(w2, rg_scale(g[1], .1)));
    return rg_commit(t);
}

static rg_status everything(meter *m)
{
    rg_config cfg = {.mem = metered, .ud = m};
    rg_tape *t = rg_tape_new(&cfg);
    if (!t) return RG_NOMEM;
    rg_node *w1 = rg_leaf(t, RG_F32, rg_shape2(20, 30)), *w2 = rg_leaf(t, RG_F32, rg_shape2(30, 10));
    rg_node *v = rg_leaf(t, RG_F32, rg_shape1(30));
    int64_t mark = rg_mark(t);
    rg_status s = training_step(t, w1, w2, v);
    ck_assert_int_eq(s, rg_error_of(t)->status);
    if (s && mark == 3) {
        m->fail_at = -1; /* memory is back: after a rewind the step goes through */
        rg_rewind(t, mark);
        ck_assert_msg(training_step(t, w1, w2, v) == RG_OK, "%s", rg_error_of(t)->text);
    }
    rg_tape_free(t);
    return s;
}

static long fail_each(bool and_all_after)
{
    for (long k = 0;; k++) {
        meter m = {.fail_at = k, .and_all_after = and_all_after};
        rg_status s = everything(&m);
        ck_assert_uint_eq(m.live, 0);
        if (m.calls <= k) return k;
        ck_assert(s == RG_NOMEM || s == RG_OK); /* OK: only a source line was lost */
    }
}

static void swallow(void *ud, const char *text, size_t n) { (void)text, *(size_t *)ud += n; }

/* An explanation records, computes again and rewinds: all that is given back too. */
static rg_status explanation(meter *m)
{
    rg_config cfg = {.mem = metered, .ud = m};
    rg_tape *t = rg_tape_new(&cfg);
    if (!t) return RG_NOMEM;
    rg_node *w = rg_name(rg_leaf(t, RG_F64, rg_shape2(3, 20)), "w");
    rg_node *y = rg_norm(rg_softmax(rg_matmul(w, rg_transpose(w)), -1), RG_ALL_AXES);
    int64_t len = rg_len(t);
    size_t written = 0;
    rg_status s = rg_explain_text(y, 1, &w, NULL, swallow, &written);
    ck_assert_int_eq(s, rg_error_of(t)->status);
    ck_assert_int_eq(rg_len(t), len);
    rg_tape_free(t);
    return s;
}

START_TEST(an_explanation_without_memory_says_so)
{
    int fine = 0;
    for (long k = 0;; k++) {
        meter m = {.fail_at = k};
        rg_status s = explanation(&m);
        ck_assert_uint_eq(m.live, 0);
        if (m.calls <= k) break;
        ck_assert(s == RG_NOMEM || s == RG_OK);
        fine += s == RG_OK;
    }
    ck_assert_int_le(fine, 2); /* a source line was lost: the table of files, or its name */
}
END_TEST

/* Whole Jacobians and Hessians as nodes and as numbers, and a product of both. */
static rg_status second_derivatives(meter *m)
{
    rg_config cfg = {.mem = metered, .ud = m};
    rg_tape *t = rg_tape_new(&cfg);
    if (!t) return RG_NOMEM;
    double numbers[2 * 40];
    rg_node *w = rg_leaf(t, RG_F64, rg_shape1(2)), *grid = rg_leaf(t, RG_F64, rg_shape2(40, 2));
    rg_node *y = rg_tanh(rg_matmul(grid, w)), *f = rg_sum(y, 0), *out;
    rg_hessian(f, 1, &w, &out);
    rg_gauss_newton(f, y, 1, &w, &w, &out);
    rg_read_sparse_hessian(f, w, 2, (const int64_t[]){0, 1}, (const int64_t[]){0, 1}, numbers);
    rg_status s = rg_read_jacobian(y, 1, &w, (double *[]){numbers});
    ck_assert_int_eq(s, rg_error_of(t)->status);
    rg_tape_free(t);
    return s;
}

START_TEST(second_derivatives_without_memory_say_so)
{
    int fine = 0;
    for (long k = 0;; k++) {
        meter m = {.fail_at = k};
        rg_status s = second_derivatives(&m);
        ck_assert_uint_eq(m.live, 0);
        if (m.calls <= k) break;
        ck_assert(s == RG_NOMEM || s == RG_OK);
        fine += s == RG_OK;
    }
    ck_assert_int_le(fine, 2); /* a source line was lost: the table of files, or its name */
}
END_TEST

START_TEST(only_the_kth_allocation_fails) { ck_assert_int_gt(fail_each(false), 10); }
END_TEST

START_TEST(all_from_the_kth_on_fail) { ck_assert_int_gt(fail_each(true), 10); }
END_TEST

START_TEST(bytes_are_counted)
{
    meter m = {.fail_at = -1};
    rg_config cfg = {.mem = metered, .ud = &m};
    rg_tape *t = rg_tape_new(&cfg);
    rg_leaf(t, RG_F64, rg_shape1(100000));
    ck_assert_uint_eq(rg_bytes(t), m.live);
    ck_assert_uint_ge(rg_bytes_peak(t), 800000);
    rg_tape_free(t);
    ck_assert_uint_eq(m.live, 0);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_leaf(t, RG_F64, rg_shape2(INT64_MAX / 4, 8));
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_rewind(t, 0);
    rg_leaf(t, RG_F64, rg_shape1((int64_t)1 << 58)); /* fits a size_t, not a machine */
    ck_assert_int_eq(rg_error_of(t)->status, RG_NOMEM);
    rg_rewind(t, 0);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(1));
    rg_broadcast(x, rg_shape3(INT64_MAX, INT64_MAX, 1));
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("memory", only_the_kth_allocation_fails, all_from_the_kth_on_fail, an_explanation_without_memory_says_so,
         second_derivatives_without_memory_say_so,
         bytes_are_counted, sizes_that_overflow_are_refused)
