/* test_rounding.c - how many digits of a gradient are right, and where the others were lost. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdlib.h>
#include <string.h>

static rg_rounding rounding_of(rg_node *y, rg_node *x)
{
    rg_rounding r;
    int64_t before = rg_len(rg_tape_of(y));
    ck_assert_int_eq(rg_check_rounding(y, 1, &x, 0, &r), RG_OK);
    ck_assert_int_eq(rg_len(rg_tape_of(y)), before);
    return r;
}

START_TEST(a_gradient_that_loses_nothing)
{
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_normal(t, (rg_dtype)d, rg_shape2(3, 4));
        rg_node *w = rg_normal(t, (rg_dtype)d, rg_shape2(4, 5));
        rg_rounding r = rounding_of(rg_sum(rg_sigmoid(rg_matmul(x, w)), RG_ALL_AXES), w);
        ck_assert_int_ge(r.digits, d == RG_F32 ? 5 : 13);
        ck_assert_ptr_null(r.node);
        rg_tape_free(t);
    }
}
END_TEST

/* (exp x - 1)^2: its derivative 2 (exp x - 1) exp x is right to as many digits as exp x - 1. */
START_TEST(cancellation_is_named_with_its_line)
{
    rg_tape *t = rg_tape_new(NULL);
    char text[RG_ROUNDING_TEXT];
    rg_node *x = rg_scalar(t, 1e-10), *e = rg_exp(x);
    rg_node *d = rg_sub(e, rg_lit(e, 1));
    int line = __LINE__ - 1;
    rg_rounding r = rounding_of(rg_square(d), x);
    double right = 2 * expm1(1e-10) * exp(1e-10);
    ck_assert_int_ge(r.digits, 4);
    ck_assert_int_le(r.digits, 6);
    ck_assert(fabs(r.gradient - right) <= r.bar);
    ck_assert(r.bar <= 1e4 * fabs(r.gradient - right));
    ck_assert_ptr_eq(r.node, d);
    ck_assert(!r.backward && r.op == d->op && d->line == line);
    ck_assert(r.before < 1e-15 && r.after > 1e-8);
    ck_assert_ptr_nonnull(strstr(rg_rounding_text(&r, text), "test_rounding.c"));
    ck_assert_ptr_nonnull(strstr(text, "cancellation in sub"));
    rg_tape_free(t);
}
END_TEST

/* Of 1e-12 ((p + q) - p) + ((r + q) - r) it is the second that is missed, though the first loses more digits. */
START_TEST(a_loss_that_hardly_counts_is_not_named)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 2), *p = rg_scalar(t, 1e13 + 1. / 3), *q = rg_scalar(t, 1. / 7), *r = rg_scalar(t, 1e8 + 1. / 3);
    rg_node *slight = rg_sub(rg_add(p, q), p);
    rg_node *loss = rg_sub(rg_add(r, q), r);
    rg_rounding f = rounding_of(rg_mul(x, rg_add(rg_scale(slight, 1e-12), loss)), x);
    ck_assert_ptr_eq(f.node, loss);
    ck_assert_int_ge(f.digits, 6);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_rule_that_cancels_in_f32)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_const(t, RG_F32, rg_shape0(), 8), *y = rg_tanh(x);
    rg_rounding r = rounding_of(y, x);
    double c = cosh(8);
    ck_assert_int_le(r.digits, 1);
    ck_assert(fabs(r.gradient - 1 / (c * c)) <= r.bar * (1 + 1e-9));
    ck_assert_ptr_eq(r.node, y);
    ck_assert(r.backward && !r.fan_in);
    ck_assert_str_eq(r.op->name, "one_minus_square");
    rg_tape_free(t);
}
END_TEST

/* (x + 1)^2 - x^2 has derivative 2, the difference of two large ones that meet at x. */
START_TEST(paths_that_cancel_where_they_meet)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1.1e12 + 1. / 3);
    rg_node *y = rg_sub(rg_square(rg_add(x, rg_lit(x, 1))), rg_square(x));
    rg_rounding r = rounding_of(y, x);
    ck_assert_int_le(r.digits, 6);
    ck_assert(r.backward && r.fan_in);
    ck_assert(fabs(r.gradient - 2) <= r.bar);
    rg_tape_free(t);
}
END_TEST

START_TEST(zero_but_for_rounding_has_no_digit)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape1(5));
    ck_assert_int_eq(rounding_of(rg_sum(rg_softmax(x, 0), 0), x).digits, 0);
    rg_tape_free(t);
}
END_TEST

/* Against the same in f64: an f32 gradient is never further off than its bar. */
START_TEST(the_bar_holds_on_random_networks)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        rg_config cfg = {.seed = seed};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *x = rg_normal(t, RG_F32, rg_shape2(6, 5)), *w = rg_normal(t, RG_F32, rg_shape2(5, 4)), *g;
        rg_node *y = rg_mean(rg_logsumexp(rg_square(rg_matmul(x, w)), 1), 0);
        rg_rounding r = rounding_of(y, w);
        rg_node *wide = rg_cast(w, RG_F64);
        rg_node *same = rg_matmul(rg_cast(x, RG_F64), wide);
        rg_grad(rg_mean(rg_logsumexp(rg_square(same), 1), 0), NULL, 1, &wide, &g);
        double right = rg_value(rg_index(rg_reshape(g, rg_shape1(20)), 0, r.element));
        ck_assert(fabs(r.gradient - right) <= r.bar * (1 + 1e-6));
        ck_assert_int_ge(r.digits, 3);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(absent_and_several_outputs)
{
    rg_tape *t = rg_tape_new(NULL);
    char text[RG_ROUNDING_TEXT];
    rg_node *x[] = {rg_normal(t, RG_F64, rg_shape1(4)), rg_normal(t, RG_F64, rg_shape1(4))};
    rg_rounding r[2];
    ck_assert_int_eq(rg_check_rounding(rg_exp(x[0]), 2, x, 3, r), RG_OK);
    ck_assert_int_ge(r[0].digits, 14);
    ck_assert(r[1].absent && !r[0].absent);
    ck_assert_str_eq(rg_rounding_text(&r[1], text), "no gradient");
    rg_tape_free(t);
}
END_TEST

START_TEST(refusals)
{
    rg_tape *t = rg_tape_new(NULL), *other = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *strange = rg_scalar(other, 1);
    rg_rounding r;
    int64_t mark = rg_mark(t);
    ck_assert_int_eq(rg_check_rounding(NULL, 1, &x, 0, &r), RG_USAGE);
    ck_assert_int_eq(rg_check_rounding(x, 1, &strange, 0, &r), RG_USAGE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_check_rounding(x, 0, NULL, 0, &r), RG_USAGE);
    rg_tape_free(t);
    rg_tape_free(other);
}
END_TEST

typedef struct failing {
    long left;
    size_t live;
} failing;

static void *fail_later(void *ud, void *p, size_t old_size, size_t new_size)
{
    failing *f = ud;
    if (new_size && f->left-- <= 0) return NULL;
    f->live += new_size - old_size;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

START_TEST(every_allocation_may_fail)
{
    rg_status s = RG_NOMEM;
    for (long k = 0; s; k++) {
        failing f = {k, 0};
        rg_config cfg = {.mem = fail_later, .ud = &f};
        rg_tape *t = rg_tape_new(&cfg);
        rg_rounding r;
        rg_node *x = rg_const(t, RG_F64, rg_shape0(), 1e-10), *e = rg_exp(x);
        s = rg_check_rounding(rg_square(rg_sub(e, rg_lit(e, 1))), 1, &x, 0, &r);
        ck_assert(s == RG_OK || s == RG_NOMEM || (!t && s == RG_USAGE));
        rg_tape_free(t);
        ck_assert_uint_eq(f.live, 0);
        ck_assert_int_lt(k, 1000);
    }
}
END_TEST

RG_SUITE("rounding", a_gradient_that_loses_nothing, cancellation_is_named_with_its_line,
         a_loss_that_hardly_counts_is_not_named, a_rule_that_cancels_in_f32, paths_that_cancel_where_they_meet, zero_but_for_rounding_has_no_digit,
         the_bar_holds_on_random_networks, absent_and_several_outputs, refusals, every_allocation_may_fail)
