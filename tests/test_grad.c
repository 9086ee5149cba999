/* test_grad.c - laws of rg_grad on whole graphs. The rules of the ops one by one are
 * test_ops.c's. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

static double grad1(rg_node *y, rg_node *x)
{
    rg_node *g;
    ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_OK);
    return rg_value(g);
}

START_TEST(lecture_circuit)
{
    /* log(exp(a) b + max(a, c)): values by hand from the rules of notes 6.3 */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1), *b = rg_scalar(t, 2), *c = rg_scalar(t, 3);
    rg_node *ab = rg_mul(rg_exp(a), b);
    rg_node *y = rg_log(rg_add(ab, rg_max(a, c)));
    double v4 = exp(1) * 2 + 3;
    ck_assert_double_eq_tol(grad1(y, a), 2 * exp(1) / v4, 1e-15);
    ck_assert_double_eq_tol(grad1(y, b), exp(1) / v4, 1e-15);
    ck_assert_double_eq_tol(grad1(y, c), 1 / v4, 1e-15);
    rg_tape_free(t);
}
END_TEST

START_TEST(many_paths_few_nodes)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *y = x, *g;
    for (int i = 0; i < 40; i++) y = rg_add(y, y);
    int64_t before = rg_len(t);
    rg_grad(y, NULL, 1, &x, &g);
    ck_assert_double_eq(rg_value(g), 0x1p40);
    ck_assert_int_eq(rg_len(t) - before, 41); /* the seed, and a sum per node */
    rg_tape_free(t);
}
END_TEST

START_TEST(a_million_nodes_deep)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *y = x;
    for (int i = 0; i < 1000000; i++) y = rg_scale(y, i % 2 ? 2 : .5);
    ck_assert_double_eq(grad1(y, x), 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(absent_is_not_zero)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *unused = rg_scalar(t, 1), *zero = rg_scalar(t, 0);
    rg_node *y = rg_mul(x, zero), *in[] = {x, unused, rg_detach(x)}, *g[3];
    ck_assert_int_eq(rg_grad(y, NULL, 3, in, g), RG_OK);
    ck_assert_double_eq(rg_value(g[0]), 0);
    ck_assert_ptr_null(g[1]);
    ck_assert_ptr_null(g[2]);
    rg_grad(rg_detach(y), NULL, 1, &x, g);
    ck_assert_ptr_null(g[0]);
    rg_grad(rg_positive(x), NULL, 1, &x, g);
    ck_assert_ptr_null(g[0]);
    rg_tape_free(t);
}
END_TEST

START_TEST(no_grad_regions)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3), *g;
    rg_nograd_begin(t);
    rg_node *constant = rg_square(x);
    rg_nograd_end(t);
    rg_grad(rg_mul(constant, x), NULL, 1, &x, &g);
    ck_assert_double_eq(rg_value(g), 9);
    rg_tape_free(t);
}
END_TEST

START_TEST(zero_upstream_carries_nothing)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 0), *zero = rg_lit(x, 0);
    ck_assert_double_eq(grad1(rg_where(rg_gt(x, zero), rg_log(x), zero), x), 0);
    ck_assert_double_eq(grad1(rg_scale(rg_sqrt(x), 0), x), 0);
    ck_assert_double_eq(grad1(rg_scale(rg_inv(x), 0), x), 0);
    rg_node *inf = rg_scalar(t, (double)INFINITY);
    ck_assert_double_eq(grad1(rg_scale(rg_mul(x, inf), 0), x), 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(zero_upstream_keeps_the_second_derivative)
{
    /* (log x)^2 at 1: first derivative 0, second 2 */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *g;
    rg_grad(rg_square(rg_log(x)), NULL, 1, &x, &g);
    ck_assert_double_eq(rg_value(g), 0);
    ck_assert_double_eq(grad1(g, x), 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(any_order)
{
    /* d^n/dx^n exp(2x) = 2^n exp(2x) */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, .3), *y = rg_exp(rg_scale(x, 2));
    for (int n = 1; n <= 6; n++) {
        rg_node *g;
        ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_OK);
        ck_assert_double_eq_tol(rg_value(g) / (pow(2, n) * exp(.6)), 1, 1e-12);
        y = g;
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(gradients_are_values)
{
    /* asking twice gives the same numbers: nothing accumulates behind the scenes */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 2), *y = rg_square(x);
    ck_assert_double_eq(grad1(y, x), 4);
    ck_assert_double_eq(grad1(y, x), 4);
    rg_tape_free(t);
}
END_TEST

START_TEST(many_seeds_at_once)
{
    /* the Jacobian of x * x + sum(x) in one pass: rows are the seeds' answers */
    rg_tape *t = rg_tape_new(NULL);
    double v[] = {1, 2, 3}, eye[] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, j[9];
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(3), v, 3), *seed = rg_leaf_from(t, RG_F64, rg_shape2(3, 3), eye, 9);
    rg_node *y = rg_add(rg_mul(x, x), rg_sum(x, 0)), *g;
    ck_assert_int_eq(rg_grad(y, seed, 1, &x, &g), RG_OK);
    ck_assert_int_eq(rg_read(g, RG_F64, j, 9), RG_OK);
    for (int i = 0; i < 9; i++) ck_assert_double_eq(j[i], 1 + (i % 4 == 0 ? 2 * v[i / 4] : 0));
    rg_tape_free(t);
}
END_TEST

START_TEST(gradient_nodes_know_where_they_come_from)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 2);
    int line = __LINE__ + 1;
    rg_node *y = rg_exp(x);
    rg_node *g;
    rg_grad(y, NULL, 1, &x, &g);
    ck_assert_ptr_eq(g->origin, y);
    ck_assert_int_eq(g->wire, 0);
    ck_assert_int_eq(g->line, line);
    rg_tape_free(t);
}
END_TEST

START_TEST(what_cannot_be_differentiated)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(3)), *i = rg_leaf(t, RG_I64, rg_shape0()), *g;
    int64_t mark = rg_mark(t);
    ck_assert_int_eq(rg_grad(x, NULL, 1, &x, &g), RG_SHAPE);
    ck_assert(strstr(rg_error_of(t)->text, "3 elements"));
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_grad(rg_sum(x, 0), NULL, 1, &i, &g), RG_DTYPE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_grad(x, rg_lit(x, 1), 1, &x, &g), RG_SHAPE);
    ck_assert_int_eq(rg_error_of(t)->line, __LINE__ - 1);
    ck_assert_ptr_nonnull(g); /* the error node */
    rg_tape_free(t);
}
END_TEST

RG_SUITE("grad", lecture_circuit, many_paths_few_nodes, a_million_nodes_deep, absent_is_not_zero, no_grad_regions,
         zero_upstream_carries_nothing, zero_upstream_keeps_the_second_derivative, any_order, gradients_are_values,
         many_seeds_at_once, gradient_nodes_know_where_they_come_from, what_cannot_be_differentiated)
