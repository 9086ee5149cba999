/* test_provenance.c - where inf and NaN come from, forward and backward. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

static rg_nonfinite trace_of(rg_node *y, rg_node *x)
{
    rg_nonfinite f;
    int64_t before = rg_len(rg_tape_of(y));
    ck_assert_int_eq(rg_trace_nonfinite(y, 1, &x, &f), RG_OK);
    ck_assert_int_eq(rg_len(rg_tape_of(y)), before);
    return f;
}

START_TEST(all_finite)
{
    rg_tape *t = rg_tape_new(NULL);
    char text[RG_TRACE_TEXT];
    rg_node *x = rg_scalar(t, 2);
    rg_nonfinite f = trace_of(rg_log(x), x);
    ck_assert_ptr_null(f.node);
    ck_assert_str_eq(rg_nonfinite_text(&f, text), "everything is finite");
    rg_tape_free(t);
}
END_TEST

START_TEST(made_forward)
{
    const double number[] = {1, 2, -3, 4};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape2(2, 2), number, 4);
    rg_node *l = rg_log(x), *e = rg_exp(l), *y = rg_sum(e, RG_ALL_AXES);
    rg_nonfinite f = trace_of(y, x);
    ck_assert_ptr_eq(f.node, l);
    ck_assert(!f.backward && isnan(f.value));
    ck_assert_int_eq(f.element, 2);
    ck_assert_int_eq(f.nin, 1);
    ck_assert_double_eq(f.in[0], -3);
    ck_assert_ptr_eq(f.path[0], l);
    ck_assert_ptr_eq(f.path[1], e);
    ck_assert_ptr_eq(f.path[f.steps - 1], y);
    char text[RG_TRACE_TEXT];
    ck_assert_ptr_nonnull(strstr(rg_nonfinite_text(&f, text), "log gives NaN for -3"));
    ck_assert_ptr_nonnull(strstr(text, "test_provenance.c:"));
    ck_assert_ptr_nonnull(strstr(text, "log, exp,"));
    rg_tape_free(t);
}
END_TEST

START_TEST(a_masked_value_does_not_matter)
{
    rg_tape *t = rg_tape_new(NULL); /* log makes -inf, which nothing takes */
    rg_node *x = rg_scalar(t, 0), *l = rg_log(x);
    rg_node *y = rg_where(rg_gt(x, rg_lit(x, 0)), l, rg_lit(x, 0));
    ck_assert_ptr_null(trace_of(y, x).node);
    ck_assert_int_eq(rg_made_nonfinite(l), 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(made_backward)
{
    const float number[] = {1, 0, 4};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf_from(t, RG_F32, rg_shape1(3), number, 3);
    rg_node *root = rg_sqrt(x), *y = rg_sum(rg_scale(root, 3), RG_ALL_AXES);
    rg_nonfinite f = trace_of(y, x);
    ck_assert_ptr_eq(f.node, root);
    ck_assert(f.backward && isinf(f.value));
    ck_assert_int_eq(f.wire, 0);
    ck_assert_int_eq(f.element, 1);
    ck_assert_int_eq(f.nin, 2);
    ck_assert_double_eq(f.in[1], 0);
    char text[RG_TRACE_TEXT];
    ck_assert_ptr_nonnull(strstr(rg_nonfinite_text(&f, text), "in the gradient of sqrt, input 1"));
    ck_assert_ptr_nonnull(strstr(text, "sqrt, scale"));
    rg_tape_free(t);
}
END_TEST

START_TEST(both_numbers_of_a_quotient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1), *b = rg_scalar(t, 0), *y = rg_div(a, rg_sqrt(b));
    rg_nonfinite f = trace_of(y, b);
    ck_assert(!f.backward);
    ck_assert_ptr_eq(f.node, y);
    ck_assert_double_eq(f.in[0], 1);
    ck_assert_double_eq(f.in[1], 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_leaf_is_its_own_origin)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, (double)NAN), *y = rg_exp(x);
    rg_nonfinite f = trace_of(y, x);
    ck_assert_ptr_eq(f.node, x);
    ck_assert_int_eq(f.steps, 2);
    ck_assert_int_eq(rg_made_nonfinite(y), -1);
    rg_tape_free(t);
}
END_TEST

START_TEST(long_paths_are_counted)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, -1), *y = rg_log(x);
    char text[RG_TRACE_TEXT];
    for (int i = 0; i < 20; i++) y = rg_sin(y);
    rg_nonfinite f = trace_of(y, x);
    ck_assert_int_eq(f.steps, 21);
    ck_assert_ptr_nonnull(strstr(rg_nonfinite_text(&f, text), "and 9 more"));
    rg_tape_free(t);
}
END_TEST

RG_SUITE("provenance", all_finite, made_forward, a_masked_value_does_not_matter, made_backward,
         both_numbers_of_a_quotient, a_leaf_is_its_own_origin, long_paths_are_counted)
