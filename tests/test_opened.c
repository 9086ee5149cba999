/* test_opened.c - fat ops opened into small ones: the same values and gradients, to rounding; and
 * explanations of what was opened. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include <math.h>

enum { ROWS = 3, CLASSES = 4, COUNT = ROWS * CLASSES };

static rg_node *logits(rg_tape *t, double far)
{
    double v[COUNT];
    for (int i = 0; i < COUNT; i++) v[i] = sin(3.7 * i) * 2 + far;
    return rg_name(rg_leaf_from(t, RG_F64, rg_shape2(ROWS, CLASSES), v, COUNT), "x");
}

static void expect_close(rg_node *a, rg_node *b, const char *what)
{
    double va[COUNT], vb[COUNT];
    size_t n = (size_t)rg_count_of(a);
    ck_assert_int_eq(rg_count_of(a), rg_count_of(b));
    ck_assert_int_eq(rg_read(a, RG_F64, va, n), RG_OK);
    ck_assert_int_eq(rg_read(b, RG_F64, vb, n), RG_OK);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(va[i] - vb[i]) <= 1e-13 * fmax(1, fabs(va[i])), "%s: %.17g and %.17g",
                      what, va[i], vb[i]);
}

/* Closed against opened, under an upstream that differs from entry to entry. */
static void compare_opened(const rg_op *op, double far)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = logits(t, far);
    rg_node *in[] = {x, rg_leaf_from(t, RG_I64, rg_shape1(ROWS), (int64_t[]){2, 0, 3}, ROWS)};
    rg_node *y = rg_apply(op, op->nin, in, NULL), *z = op->open(y, in), *gy, *gz;
    double weight[COUNT];
    for (int i = 0; i < COUNT; i++) weight[i] = cos(1.3 * i);
    rg_node *seed = rg_leaf_from(t, RG_F64, rg_shape_of(y), weight, (size_t)rg_count_of(y));
    expect_close(y, z, op->name);
    ck_assert_int_eq(rg_grad(y, seed, 1, &x, &gy), RG_OK);
    ck_assert_int_eq(rg_grad(z, seed, 1, &x, &gz), RG_OK);
    expect_close(gy, gz, op->name);
    rg_tape_free(t);
}

START_TEST(opened_and_closed_are_the_same)
{
    int opened = 0;
    for (int i = 0; rg_ops[i]; i++) {
        if (!rg_ops[i]->open) continue;
        compare_opened(rg_ops[i], 0);
        compare_opened(rg_ops[i], 5);
        opened++;
    }
    ck_assert_int_ge(opened, 5);
}
END_TEST

/* Where exponentials overflow, the opened ops do not. */
START_TEST(the_largest_is_subtracted_first)
{
    int tried = 0;
    for (int i = 0; rg_ops[i]; i++)
        if (strstr("softmax log_softmax logsumexp", rg_ops[i]->name) && rg_ops[i]->open) {
            compare_opened(rg_ops[i], 1000);
            tried++;
        }
    ck_assert_int_eq(tried, 3);
}
END_TEST

/* Labels may be written anew between the recording and a look at it. */
START_TEST(a_label_that_is_none_any_more_marks_nothing)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = logits(t, 0), *label = rg_leaf_from(t, RG_I64, rg_shape1(ROWS), (int64_t[]){2, 0, 3}, ROWS), *in[] = {x, label};
    const rg_op *nll = NULL;
    for (int i = 0; rg_ops[i]; i++)
        if (!strcmp(rg_ops[i]->name, "nll")) nll = rg_ops[i];
    ck_assert_ptr_nonnull(nll);
    rg_node *y = rg_apply(nll, 2, in, NULL), *mark = NULL;
    double v[COUNT];
    ck_assert_int_eq(rg_write(label, RG_I64, (int64_t[]){CLASSES, 1, -1}, ROWS), RG_OK);
    int64_t before = rg_len(t);
    nll->open(y, in);
    for (int64_t i = before; i < rg_len(t); i++)
        if (rg_name_of(rg_node_at(t, i)) && !strcmp(rg_name_of(rg_node_at(t, i)), "onehot")) mark = rg_node_at(t, i);
    ck_assert_ptr_nonnull(mark);
    ck_assert_int_eq(rg_read(mark, RG_F64, v, COUNT), RG_OK);
    for (int i = 0; i < COUNT; i++) ck_assert_double_eq(v[i], i == CLASSES + 1);
    rg_tape_free(t);
}
END_TEST

static output told_opened(rg_node *y, rg_node *x)
{
    output o = {0};
    rg_explain_options how = {.open = true};
    ck_assert_int_eq(rg_explain_text(y, 1, &x, &how, collect, &o), RG_OK);
    check_lines(&o, 80);
    return o;
}

START_TEST(an_opened_recording_is_explained_and_forgotten)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = logits(t, 0),
            *label = rg_leaf_from(t, RG_I64, rg_shape1(ROWS), (int64_t[]){2, 0, 3}, ROWS);
    rg_node *y = rg_cross_entropy(rg_scale(x, 2), label);
    int64_t before = rg_len(t);
    output o = told_opened(y, x);
    ck_assert_int_eq(rg_len(t), before);
    ck_assert_ptr_nonnull(strstr(o.text, "-- nll --"));
    ck_assert_ptr_nonnull(strstr(o.text, "exp("));
    ck_assert_ptr_null(strstr(o.text, "log softmax("));
    ck_assert_ptr_nonnull(strstr(o.text, "The gradients of the closed ops are the same, to"));
    ck_assert_ptr_nonnull(strstr(o.text, "12 of 12 agree"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* Where there is nothing to open, it is the same text. */
START_TEST(nothing_to_open)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_scalar(t, 2), "x"), *y = rg_mul(x, rg_exp(x));
    output o = told_opened(y, x), closed = explain(y, 1, &x, NULL, 0);
    ck_assert_str_eq(o.text, closed.text);
    free(o.text);
    free(closed.text);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("opened", a_label_that_is_none_any_more_marks_nothing, opened_and_closed_are_the_same, the_largest_is_subtracted_first,
         an_opened_recording_is_explained_and_forgotten, nothing_to_open)
