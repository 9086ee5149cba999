/* test_misuse.c - calls that are wrong, or right and rare: each is named after what
 * happened before. */
#include "expect.h"
#include "suite.h"
#include "figure.h"
#include "grid.h"
#include "nn.h"
#include "optim.h"
#include "train.h"
#include <string.h>

static rg_status status_on(rg_tape *t) { return rg_error_of(t)->status; }

START_TEST(permute_of_a_bad_axis_crashed)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape2(2, 3));
    rg_permute(x, (int[]){0, 5});
    ck_assert_int_eq(status_on(t), RG_INDEX);
    rg_rewind(t, 1);
    rg_permute(x, NULL);
    ck_assert_int_eq(status_on(t), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(sums_over_empty_axes_wrote_too_much)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape4(1, 5, 1, 1));
    EXPECT(grad_of(rg_broadcast(x, rg_shape4(4, 5, 0, 3)), x), 0, 0, 0, 0, 0, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(sizes_of_zero_hid_an_overflow)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_shape s = rg_shape3(0, (int64_t)1 << 40, (int64_t)1 << 40);
    rg_node *empty = rg_leaf(t, RG_F64, rg_shape1(0)), *one = rg_scalar(t, 1);
    int64_t mark = rg_mark(t);
    for (int i = 0; i < 5; i++) {
        if (i == 0) rg_leaf(t, RG_F64, s);
        if (i == 1) rg_const(t, RG_F64, s, 1);
        if (i == 2) rg_uniform(t, RG_F64, s);
        if (i == 3) rg_reshape(empty, s);
        if (i == 4) rg_broadcast(one, s);
        ck_assert_int_eq(status_on(t), RG_SHAPE);
        rg_rewind(t, mark);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(a_step_too_large_overflowed)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 3, 1, 2, 3, 4, 5, 6);
    rg_node *row = rg_slice(x, 0, 1, 1, INT64_MAX);
    EXPECT(row, 0, 4, 5, 6);
    EXPECT(grad_of(row, x), 0, 0, 0, 0, 1, 1, 1);
    EXPECT(rg_pad(row, 0, 1, INT64_MIN, 2), 0, 0, 0, 0, 4, 5, 6);
    rg_tape_free(t);
}
END_TEST

START_TEST(whole_numbers_wrap_around)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = INDEX(t, INT64_MAX, INT64_MIN), *zero = INDEX(t, 0, 0);
    int64_t v[2];
    rg_read(rg_add(x, x), RG_I64, v, 2);
    ck_assert(v[0] == -2 && v[1] == 0);
    rg_read(rg_sub(rg_neg(x), x), RG_I64, v, 2);
    ck_assert(v[0] == 2 && v[1] == 0);
    rg_read(rg_mul(x, x), RG_I64, v, 2);
    ck_assert(v[0] == 1 && v[1] == 0);
    rg_read(rg_scatter_add(x, zero, 0, 1), RG_I64, v, 1);
    ck_assert(v[0] == -1);
    rg_tape_free(t);
}
END_TEST

START_TEST(errors_without_a_tape_were_lost)
{
    rg_tape *t = rg_tape_new(NULL), *u = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *y = rg_add(x, rg_scale(NULL, 2));
    ck_assert(isnan(rg_value(y)));
    ck_assert_int_eq(status_on(t), RG_USAGE);
    rg_rewind(t, 1);
    rg_add(x, rg_matmul(rg_scalar(u, 1), rg_scalar(u, 1)));
    ck_assert_int_eq(status_on(t), RG_USAGE);
    rg_tape_free(t);
    rg_tape_free(u);
}
END_TEST

START_TEST(the_error_node_had_a_gradient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1);
    int64_t mark = rg_mark(t);
    rg_node *bad = rg_matmul(x, x), *g;
    rg_node *const y[] = {bad, x, x}, *const seed[] = {NULL, bad, NULL}, *const in[] = {x, x, bad};
    for (int i = 0; i < 3; i++) {
        rg_rewind(t, mark);
        ck_assert_int_eq(status_on(t), RG_OK);
        ck_assert_int_eq(rg_grad(y[i], seed[i], 1, &in[i], &g), RG_USAGE);
        ck_assert_int_eq(status_on(t), RG_USAGE);
    }
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_read(bad, RG_F64, &(double){0}, 1), RG_USAGE);
    ck_assert_int_eq(status_on(t), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(arrays_of_null_crashed)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *g;
    char text[RG_TEXT];
    for (int i = 0; i < 5; i++) {
        if (i == 0) rg_grad(x, NULL, 1, NULL, &g);
        if (i == 1) rg_grad(x, NULL, 1, &x, NULL);
        if (i == 2) rg_read(x, RG_F64, NULL, 1);
        if (i == 3) rg_write(x, RG_F64, NULL, 1);
        if (i == 4) rg_apply(NULL, 1, &x, NULL);
        ck_assert_int_eq(status_on(t), RG_USAGE);
        rg_rewind(t, 1);
    }
    rg_leaf_from(t, RG_F64, rg_shape1(0), NULL, 0); /* nothing to copy */
    ck_assert_int_eq(status_on(t), RG_OK);
    ck_assert(strstr(rg_node_text(NULL, text), "scalar"));
    rg_tape_free(t);
}
END_TEST

START_TEST(settings_that_are_null_crashed)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1);
    rg_group group = {.n = 1, .param = &x};
    rg_optim_config sgd = rg_sgd(0);
    rg_model m;
    for (int i = 0; i < 6; i++) {
        if (i == 0) rg_optim_new(t, &sgd, 1, NULL);
        if (i == 1) rg_optim_new(t, NULL, 1, &group);
        if (i == 2) rg_schedule_share(NULL, x);
        if (i == 3) rg_model_init(&m, t, NULL, 3, RG_F32, 1);
        if (i == 4) rg_model_apply(NULL, x, RG_MODE_PREDICT);
        if (i == 5) rg_ensemble(2, NULL, x, false);
        ck_assert_msg(status_on(t) == RG_USAGE, "%d", i);
        rg_rewind(t, 1);
    }
    ck_assert_int_eq(rg_train(NULL, NULL), RG_USAGE);
    ck_assert_int_eq(rg_grid_count(NULL), 0);
    ck_assert_int_eq(rg_grid_search(NULL, NULL, NULL, &(int64_t){0}, &(double){0}), RG_USAGE);
    rg_figure *f = rg_figure_new(t, NULL);
    rg_figure_heat(f, "heat", NULL, 0, 1);
    rg_figure_contours(f, "lines", NULL, 3, NULL);
    rg_figure_free(f);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_dtype_that_is_none)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1);
    double v = 2;
    ck_assert_uint_eq(rg_dtype_size((rg_dtype)77), 0);
    ck_assert_int_eq(rg_write(x, (rg_dtype)77, &v, 1), RG_DTYPE);
    rg_rewind(t, 1);
    ck_assert_int_eq(rg_read(x, (rg_dtype)77, &v, 1), RG_DTYPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(more_inputs_than_a_node_can_have)
{
    enum { N = 70000 };
    static rg_node *x[N];
    rg_tape *t = rg_tape_new(NULL);
    for (int i = 0; i < N; i++) x[i] = i ? x[0] : rg_leaf(t, RG_F64, rg_shape1(1));
    rg_concat(N, x, 0);
    ck_assert_int_eq(status_on(t), RG_USAGE);
    ck_assert_msg(strstr(rg_error_of(t)->text, "70000") && strstr(rg_error_of(t)->text, "65535"),
                  "%s", rg_error_of(t)->text);
    rg_rewind(t, 1);
    EXPECT(grad_of(rg_concat(UINT16_MAX, x, 0), x[0]), 0, UINT16_MAX);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_scope_ended_when_its_first_step_was_rewound)
{
    rg_tape *t = rg_tape_new(NULL);
    const char *scope[4];
    rg_scope_begin(t, "outer");
    rg_scope_begin(t, "loop");
    int64_t mark = rg_step_begin(t);
    for (int step = 0; step < 3; step++) {
        rg_node *x = rg_scalar(t, 1);
        ck_assert_int_eq(rg_scope_of(x, scope, 4), 2);
        ck_assert_str_eq(scope[1], "loop");
        rg_step_end(t, mark);
    }
    rg_scope_end(t);
    ck_assert_int_eq(rg_scope_of(rg_scalar(t, 1), scope, 4), 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(values_computed_after_a_mark_dangled)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *x = rg_scalar(t, 2), *y = rg_square(x), *view = rg_reshape(y, rg_shape1(1));
    int64_t mark = rg_mark(t);
    rg_eval(rg_exp(view));
    rg_rewind(t, mark);
    double seven[50] = {7};
    for (int i = 0; i < 50; i++) rg_leaf_from(t, RG_F64, rg_shape1(50), seven, 50);
    ck_assert_ptr_null(rg_peek(y).data);
    rg_eval(view);
    ck_assert_double_eq(rg_value(view), 4);
    ck_assert_double_eq(rg_value(x), 2);
    rg_tape_free(t);
}
END_TEST

static rg_status says_nothing(const rg_call *c) { return (void)c, RG_DOMAIN; }
static rg_status shapes_nothing(rg_making *m) { return (void)m, RG_SHAPE; }

START_TEST(an_op_from_outside_failed_without_a_word)
{
    rg_op mute, shapeless;
    rg_op_init(&mute, "mute", RG_WHOLE, 1);
    mute.run[RG_F64] = says_nothing;
    shapeless = mute;
    shapeless.shape = shapes_nothing;
    for (int lazy = 0; lazy < 2; lazy++) {
        rg_config cfg = {.lazy = lazy};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *x = rg_scalar(t, 1);
        rg_eval(rg_apply(&mute, 1, &x, NULL));
        ck_assert_int_eq(status_on(t), RG_DOMAIN);
        rg_rewind(t, 1);
        rg_apply(&shapeless, 1, &x, NULL);
        ck_assert_int_eq(status_on(t), RG_SHAPE);
        rg_tape_free(t);
    }
}
END_TEST

RG_SUITE("misuse", permute_of_a_bad_axis_crashed, sums_over_empty_axes_wrote_too_much,
         sizes_of_zero_hid_an_overflow, a_step_too_large_overflowed, whole_numbers_wrap_around,
         errors_without_a_tape_were_lost, the_error_node_had_a_gradient, arrays_of_null_crashed,
         settings_that_are_null_crashed,
         a_dtype_that_is_none, more_inputs_than_a_node_can_have,
         a_scope_ended_when_its_first_step_was_rewound, values_computed_after_a_mark_dangled,
         an_op_from_outside_failed_without_a_word)
