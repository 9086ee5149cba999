/* test_tape.c - laws of the tape: marks, errors, lines, registers, numbers in and out. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

static rg_status status_of(rg_tape *t) { return rg_error_of(t)->status; }

START_TEST(numbers_go_in_and_come_out)
{
    rg_tape *t = rg_tape_new(NULL);
    double v[] = {1, 2, 3, 4, 5, 6}, back[6];
    float f[6];
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape2(2, 3), v, 6);
    ck_assert_int_eq(rg_read(x, RG_F64, back, 6), RG_OK);
    ck_assert_mem_eq(back, v, sizeof v);
    ck_assert_int_eq(rg_read(rg_transpose(x), RG_F32, f, 6), RG_OK);
    ck_assert_float_eq(f[1], 4);
    ck_assert_float_eq(f[5], 6);
    ck_assert_int_eq(rg_read(x, RG_F64, back, 5), RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(conversion_saturates)
{
    double v[] = {1e300, -1e300, (double)NAN, 2.9, -2.9, 300};
    int64_t i[6];
    unsigned char b[6];
    rg_convert(i, RG_I64, v, RG_F64, 6);
    ck_assert(i[0] == INT64_MAX && i[1] == INT64_MIN && i[2] == 0 && i[3] == 2 && i[4] == -2);
    rg_convert(b, RG_U8, v, RG_F64, 6);
    ck_assert(b[0] == 255 && b[1] == 0 && b[2] == 0 && b[3] == 2 && b[5] == 255);
}
END_TEST

START_TEST(many_are_converted_as_one_is)
{
    static const double v[] = {0, -0.0, 1.25, -7.5, 254.9, 255.1, 1e10, -1e20, 1e300};
    enum { MANY = sizeof v / sizeof *v };
    char from[MANY * 8], all[MANY * 8], one[MANY * 8];
    for (int a = 0; a < RG_DTYPES; a++)
        for (int b = 0; b < RG_DTYPES; b++) {
            size_t in = rg_dtype_size((rg_dtype)a), out = rg_dtype_size((rg_dtype)b);
            rg_convert(from, (rg_dtype)a, v, RG_F64, MANY);
            rg_convert(all, (rg_dtype)b, from, (rg_dtype)a, MANY);
            for (size_t i = 0; i < MANY; i++) rg_convert(one + i * out, (rg_dtype)b, from + i * in, (rg_dtype)a, 1);
            ck_assert_mem_eq(all, one, MANY * out);
        }
    float f[2];
    rg_convert(f, RG_F32, (const double[]){0.1, 1e300}, RG_F64, 2);
    ck_assert(f[0] == 0.1f && f[1] == (float)INFINITY);
}
END_TEST

START_TEST(leaf_over_callers_memory)
{
    rg_tape *t = rg_tape_new(NULL);
    float v[] = {1, 2, 3, 4, 5, 6};
    rg_tensor every_second = {v, RG_F32, 1, {3}, {2}};
    rg_node *x = rg_leaf_over(t, &every_second, false), *y = rg_scale(x, 10);
    float out[3], in[] = {7, 8, 9};
    rg_read(y, RG_F32, out, 3);
    ck_assert(out[0] == 10 && out[1] == 30 && out[2] == 50);
    ck_assert_int_eq(rg_write(x, RG_F32, in, 3), RG_OK);
    ck_assert(v[0] == 7 && v[1] == 2 && v[2] == 8 && v[4] == 9);
    rg_node *fixed = rg_leaf_over(t, &every_second, true);
    ck_assert_int_eq(rg_write(fixed, RG_F32, in, 3), RG_USAGE);
    rg_rewind(t, 0);
    rg_tensor repeated = {v, RG_F32, 1, {3}, {0}};
    ck_assert_int_eq(rg_write(rg_leaf_over(t, &repeated, false), RG_F32, in, 3), RG_OK);
    ck_assert_float_eq(v[0], in[2]); /* the last one written stays */
    rg_tape_free(t);
}
END_TEST

START_TEST(a_leaf_is_written_part_by_part)
{
    /* of every length, dense or not: the same numbers as at once */
    enum { N = 12 };
    rg_tape *t = rg_tape_new(NULL);
    double in[N], out[N];
    float memory[100] = {0};
    const rg_tensor windows[] = {{memory, RG_F32, 3, {2, 3, 2}, {6, 2, 1}},
                                 {memory, RG_F32, 3, {2, 3, 2}, {1, 20, 6}},
                                 {memory + 99, RG_F32, 3, {2, 3, 2}, {-7, -2, -30}}};
    for (int i = 0; i < N; i++) in[i] = i + 1;
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++)
        for (size_t step = 1; step <= N; step++) {
            rg_node *x = rg_leaf_over(t, &windows[w], false);
            memset(memory, 0, sizeof memory);
            for (size_t i = 0; i < N; i += step)
                ck_assert_int_eq(rg_write_part(x, RG_F64, in + i, i, N - i < step ? N - i : step), RG_OK);
            rg_read(x, RG_F64, out, N);
            ck_assert_mem_eq(in, out, sizeof in);
        }
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(3)), *y = rg_square(x), *g;
    ck_assert_int_eq(rg_write_part(x, RG_F64, in, 3, 0), RG_OK);
    ck_assert_int_eq(rg_write_part(x, RG_F64, in, 2, 1), RG_OK);
    ck_assert_int_eq(rg_grad(rg_sum(y, RG_ALL_AXES), NULL, 1, &x, &g), RG_STALE); /* it counts as written */
    rg_rewind(t, 0);
    x = rg_leaf(t, RG_F64, rg_shape1(3));
    int64_t mark = rg_mark(t);
    const struct {
        size_t first, count;
        const void *from;
        rg_status status;
    } wrong[] = {{2, 2, in, RG_SHAPE}, {4, 0, in, RG_SHAPE}, {SIZE_MAX, 2, in, RG_SHAPE}, {0, 1, NULL, RG_USAGE}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++, rg_rewind(t, mark))
        ck_assert_int_eq(rg_write_part(x, RG_F64, wrong[i].from, wrong[i].first, wrong[i].count), wrong[i].status);
    ck_assert_int_eq(rg_write_part(rg_square(x), RG_F64, in, 0, 1), RG_USAGE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_write_part(NULL, RG_F64, in, 0, 1), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(any_window_shows_element_by_element)
{
    /* every pair of strides and sizes, read whole and through an op, tile by tile */
    enum { MIDDLE = 4000, N = 8000 };
    static float numbers[N];
    static const int64_t step[] = {0, 1, -1, 2, 7, -40}, size[] = {1, 3, 10, 600};
    for (int i = 0; i < N; i++) numbers[i] = (float)i;
    rg_tape *t = rg_tape_new(NULL);
    for (int c = 0; c < 6 * 6 * 4 * 3; c++) {
        rg_tensor w = {
            numbers + MIDDLE, RG_F32, 3, {2, size[c % 3], size[c / 3 % 4]}, {1300, 0, 0}};
        w.stride[1] = step[c / 12 % 6];
        w.stride[2] = w.dim[2] > 10 ? step[c / 72] % 3 : step[c / 72];
        int64_t mark = rg_mark(t), count = rg_count(&w);
        static float seen[2][2 * 10 * 600];
        rg_node *x = rg_leaf_over(t, &w, true);
        ck_assert_int_eq(rg_read(x, RG_F32, seen[0], (size_t)count), RG_OK);
        ck_assert_int_eq(rg_read(rg_neg(x), RG_F32, seen[1], (size_t)count), RG_OK);
        for (int64_t i = 0; i < count; i++) {
            int64_t k = i % w.dim[2], j = i / w.dim[2] % w.dim[1], l = i / w.dim[2] / w.dim[1];
            int64_t at = MIDDLE + 1300 * l + j * w.stride[1] + k * w.stride[2];
            ck_assert_float_eq(seen[0][i], (float)at);
            ck_assert_float_eq(seen[1][i], -(float)at);
        }
        rg_rewind(t, mark);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(error_sticks_and_names_both_lines)
{
    rg_tape *t = rg_tape_new(NULL);
    int64_t mark = rg_mark(t);
    rg_node *a = rg_name(rg_leaf(t, RG_F64, rg_shape2(2, 3)), "W");
    rg_node *b = rg_leaf(t, RG_F64, rg_shape2(4, 2));
    int line = __LINE__ + 1;
    rg_node *y = rg_matmul(a, b);
    const rg_error *e = rg_error_of(t);
    ck_assert_int_eq(e->status, RG_SHAPE);
    ck_assert_str_eq(e->op, "matmul");
    ck_assert_int_eq(e->line, line);
    ck_assert(strstr(e->file, "test_tape.c"));
    ck_assert(strstr(e->text, "W 2x3") && strstr(e->text, "4x2"));
    ck_assert_ptr_eq(rg_tanh(y), y);
    rg_neg(rg_add(a, b)); /* a second error does not replace the first */
    ck_assert(strstr(rg_error_of(t)->text, "matmul"));
    rg_rewind(t, mark);
    ck_assert_int_eq(status_of(t), RG_OK);
    rg_tape_free(t);
}
END_TEST

START_TEST(null_is_an_error_not_a_crash)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1);
    ck_assert_ptr_nonnull(rg_add(NULL, NULL));
    ck_assert(isnan(rg_value(rg_add(NULL, NULL))));
    ck_assert_int_eq(status_of(t), RG_OK); /* no tape to blame */
    ck_assert_ptr_nonnull(rg_mul(a, NULL));
    ck_assert_int_eq(status_of(t), RG_USAGE);
    ck_assert_ptr_nonnull(rg_leaf(NULL, RG_F64, rg_shape0()));
    ck_assert_int_eq(rg_error_of(NULL)->status, RG_NOMEM);
    rg_tape_free(t);
    rg_tape_free(NULL);
}
END_TEST

START_TEST(two_tapes_do_not_mix)
{
    rg_tape *t = rg_tape_new(NULL), *u = rg_tape_new(NULL);
    rg_add(rg_scalar(t, 1), rg_scalar(u, 2));
    ck_assert_int_eq(status_of(t), RG_USAGE);
    rg_tape_free(t);
    rg_tape_free(u);
}
END_TEST

START_TEST(dtypes_do_not_mix)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_leaf(t, RG_F32, rg_shape1(2)), *b = rg_leaf(t, RG_F64, rg_shape1(2));
    rg_add(a, b);
    ck_assert_int_eq(status_of(t), RG_DTYPE);
    ck_assert(strstr(rg_error_of(t)->text, "f32") && strstr(rg_error_of(t)->text, "f64"));
    rg_tape_free(t);
}
END_TEST

START_TEST(rewind_keeps_memory_warm)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_leaf(t, RG_F32, rg_shape2(64, 64));
    int64_t mark = rg_mark(t);
    size_t held = 0;
    for (int step = 0; step < 50; step++) {
        rg_node *y = rg_name(rg_sum(rg_tanh(rg_matmul(w, w)), RG_ALL_AXES), "loss"), *g;
        ck_assert_int_eq(rg_grad(y, NULL, 1, &w, &g), RG_OK);
        rg_rewind(t, mark);
        if (step == 1) held = rg_bytes(t);
    }
    ck_assert_uint_eq(rg_bytes(t), held);
    ck_assert_int_eq(rg_len(t), mark);
    rg_tape_free(t);
}
END_TEST

START_TEST(names_and_scopes)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_scope_begin(t, "outer");
    rg_scope_begin(t, "inner");
    RG_LET(h, rg_scalar(t, 1));
    rg_scope_end(t);
    rg_node *x = rg_scalar(t, 2);
    rg_scope_end(t);
    rg_node *free_node = rg_scalar(t, 3);
    const char *scope[4];
    ck_assert_str_eq(rg_name_of(h), "h");
    ck_assert_str_eq(rg_name_of(rg_name(h, "again")), "again");
    ck_assert_int_eq(rg_scope_of(h, scope, 4), 2);
    ck_assert_str_eq(scope[1], "inner");
    ck_assert_int_eq(rg_scope_of(x, scope, 4), 1);
    ck_assert_int_eq(rg_scope_of(free_node, scope, 4), 0);
    ck_assert_ptr_null(rg_name_of(x));
    rg_tape_free(t);
}
END_TEST

/* Scopes that were closed behind a mark end there when the tape is rewound to it. */
START_TEST(scopes_are_rewound)
{
    rg_tape *t = rg_tape_new(NULL);
    const char *scope[4];
    rg_scope_begin(t, "outer");
    rg_scalar(t, 1);
    rg_scope_begin(t, "inner");
    rg_node *kept = rg_scalar(t, 2);
    int64_t mark = rg_mark(t);
    for (int i = 0; i < 3; i++) rg_scalar(t, i);
    rg_scope_end(t);
    rg_scope_end(t);
    rg_rewind(t, mark);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(rg_scope_of(rg_scalar(t, i), scope, 4), 0);
    ck_assert_int_eq(rg_scope_of(kept, scope, 4), 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(registers_change_at_the_tick)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1), *b = rg_scalar(t, 2);
    rg_assign(a, b);
    rg_assign(b, a); /* a swap: both read the old values */
    ck_assert_double_eq(rg_value(a), 1);
    ck_assert_int_eq(rg_commit(t), RG_OK);
    ck_assert_double_eq(rg_value(a), 2);
    ck_assert_double_eq(rg_value(b), 1);
    rg_assign(a, b);
    rg_assign(a, rg_neg(b));
    ck_assert_int_eq(status_of(t), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(assignments_are_rewound)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1);
    int64_t mark = rg_mark(t);
    rg_assign(a, rg_scale(a, 5));
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_commit(t), RG_OK);
    ck_assert_double_eq(rg_value(a), 1);
    rg_assign(a, rg_scale(a, 5));
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    ck_assert_double_eq(rg_value(a), 5);
    rg_tape_free(t);
}
END_TEST

START_TEST(stale_gradient_is_refused)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 3), *x = rg_scalar(t, 2), *g;
    rg_node *view = rg_reshape(w, rg_shape1(1)), *y = rg_sum(rg_mul(x, view), RG_ALL_AXES);
    double four = 4;
    rg_write(w, RG_F64, &four, 1);
    ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_STALE);
    ck_assert(strstr(rg_error_of(t)->text, "changed since"));
    rg_tape_free(t);
}
END_TEST

START_TEST(a_change_before_recording_is_not_stale)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 3), *g;
    int64_t mark = rg_mark(t);
    double v = 0;
    for (int i = 0; i < 3; i++) {
        rg_square(rg_square(w));
        v = i;
        rg_write(w, RG_F64, &v, 1);
        rg_rewind(t, mark);
        ck_assert_int_eq(rg_grad(rg_square(w), NULL, 1, &w, &g), RG_OK);
        ck_assert_double_eq(rg_value(g), 2 * v);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(record_only)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *x = rg_scalar(t, 2), *view = rg_reshape(x, rg_shape2(1, 1));
    rg_node *y = rg_sum(rg_exp(view), RG_ALL_AXES), *g;
    ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_OK);
    ck_assert_ptr_null(rg_peek(g).data);
    ck_assert_int_eq(rg_eval(g), RG_OK);
    ck_assert_double_eq_tol(rg_value(g), exp(2), 1e-14);
    ck_assert(isnan(rg_value(rg_neg(x)))); /* not evaluated */
    ck_assert_int_eq(status_of(t), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* Numbers that were computed behind a mark, of nodes before it, are gone after a rewind: they are
 * computed again, wherever in memory they lay. */
START_TEST(values_computed_behind_a_mark_are_computed_again)
{
    enum { NODES = 40, SIZES = 6 };
    static const int64_t size[SIZES] = {1, 3, 500, 5000, 40000, 70000};
    for (int k = 0; k < SIZES; k++) {
        rg_config cfg = {.lazy = true};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *y[NODES], *x = rg_const(t, RG_F64, rg_shape1(size[k]), 1);
        for (int i = 0; i < NODES; i++) y[i] = rg_offset(x, i);
        int64_t mark = rg_mark(t);
        rg_node *behind = rg_neg(y[0]);
        for (int i = 0; i < NODES; i++) ck_assert_int_eq(rg_eval(y[i]), RG_OK);
        ck_assert_int_eq(rg_eval(behind), RG_OK);
        rg_rewind(t, mark);
        for (int i = 0; i < NODES; i++) ck_assert_ptr_null(rg_peek(y[i]).data);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(random_ops_follow_the_tick)
{
    rg_config cfg = {.seed = 7};
    rg_tape *t = rg_tape_new(&cfg);
    double a[5], b[5], c[5], d[5];
    rg_read(rg_uniform(t, RG_F64, rg_shape1(5)), RG_F64, a, 5);
    rg_read(rg_uniform(t, RG_F64, rg_shape1(5)), RG_F64, b, 5);
    rg_rewind(t, 0);
    rg_read(rg_uniform(t, RG_F64, rg_shape1(5)), RG_F64, c, 5);
    rg_commit(t);
    rg_read(rg_uniform(t, RG_F64, rg_shape1(5)), RG_F64, d, 5);
    ck_assert_mem_eq(a, c, sizeof a);
    ck_assert(memcmp(a, b, sizeof a) != 0);
    ck_assert(memcmp(a, d, sizeof a) != 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(threads_do_not_change_bits)
{
    enum { N = 200000 };
    static float one[N], four[N];
    for (int threads = 1; threads <= 4; threads += 3) {
        rg_set_threads(threads);
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_normal(t, RG_F32, rg_shape1(N));
        rg_read(rg_tanh(rg_mul(x, rg_exp(x))), RG_F32, threads == 1 ? one : four, N);
        rg_tape_free(t);
    }
    rg_set_threads(1);
    ck_assert_mem_eq(one, four, sizeof one);
}
END_TEST

RG_SUITE("tape", numbers_go_in_and_come_out, conversion_saturates, many_are_converted_as_one_is, leaf_over_callers_memory, a_leaf_is_written_part_by_part,
         any_window_shows_element_by_element, error_sticks_and_names_both_lines,
         null_is_an_error_not_a_crash, two_tapes_do_not_mix, dtypes_do_not_mix,
         rewind_keeps_memory_warm, names_and_scopes, scopes_are_rewound, values_computed_behind_a_mark_are_computed_again,
         registers_change_at_the_tick,
         assignments_are_rewound, stale_gradient_is_refused, a_change_before_recording_is_not_stale,
         record_only, random_ops_follow_the_tick, threads_do_not_change_bits)
