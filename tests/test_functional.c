/* test_functional.c - laws of whole Jacobians and of products with them, and what they have in
 * common with Hessians: plans, record-only tapes, the checker, random graphs, mistakes. */
#include "functional_world.h"
#include "suite.h"

/* ---- the Jacobian ---------------------------------------------------------------- */

START_TEST(jacobian_of_a_linear_map_is_its_matrix)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = MATRIX(t, 3, 1, 2, 3, 4, 5, 6), *x = VECTOR(t, .1, .2, .3), *J;
    ck_assert_int_eq(rg_jacobian(rg_matmul(A, x), 1, &x, &J), RG_OK);
    ck_assert_int_eq(rg_shape_of(J).rank, 2);
    EXPECT(J, 0, 1, 2, 3, 4, 5, 6);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_tall_jacobian_goes_by_columns)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = drawn(t, RG_F64, rg_shape2(40, 4)), *x = drawn(t, RG_F64, rg_shape2(2, 2)), *J;
    int64_t rows = rg_shape_of(A).dim[0];
    rg_node *y = rg_reshape(rg_matmul(A, rg_reshape(x, rg_shape1(4))), rg_shape2(8, 5));
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &J), RG_OK);
    rg_shape s = rg_shape_of(J);
    ck_assert_int_eq(s.rank, 4);
    ck_assert(s.dim[0] == 8 && s.dim[1] == 5 && s.dim[2] == 2 && s.dim[3] == 2);
    same_numbers(rg_reshape(J, rg_shape2(rows, 4)), A, 0);
    for (int64_t i = 0; i < rg_len(t); i++) /* rows would be 40 seeds */
        ck_assert_int_lt(rg_count_of(rg_node_at(t, i)), 40 * 40);
    rg_tape_free(t);
}
END_TEST

START_TEST(rows_and_columns_agree)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, .3, -.4), *grid = drawn(t, RG_F64, rg_shape2(20, 2)), *J, *part[2];
    rg_node *y = rg_tanh(rg_matmul(rg_exp(grid), rg_sin(x)));
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &J), RG_OK);
    for (int i = 0; i < 2; i++) {
        rg_node *four = rg_slice(y, 0, 4 * i, 4, 1);
        ck_assert_int_eq(rg_jacobian(four, 1, &x, &part[i]), RG_OK);
        same_numbers(part[i], rg_slice(J, 0, 4 * i, 4, 1), 1e-15);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(jacobian_has_the_axes_of_both)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = drawn(t, RG_F64, rg_shape2(2, 3)), *c = rg_scalar(t, 2), *in[] = {x, c}, *J[2];
    rg_node *y = rg_mul(rg_transpose(x), c); /* (3, 2) */
    ck_assert_int_eq(rg_jacobian(y, 2, in, J), RG_OK);
    ck_assert_int_eq(rg_shape_of(J[0]).rank, 4);
    same_numbers(J[1], rg_transpose(x), 0);
    double v[36];
    numbers(J[0], v);
    for (int i = 0; i < 36; i++) { /* dy[a][b]/dx[c][d] = 2 where a = d and b = c */
        int a = i / 12, b = i / 6 % 2, r = i / 3 % 2, s = i % 3;
        ck_assert_double_eq(v[i], a == s && b == r ? 2 : 0);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(absent_blocks_are_zeros)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2), *other = VECTOR(t, 1, 2, 3), *in[] = {x, other};
    rg_node *J[2], *H[4], *out[2];
    ck_assert_int_eq(rg_jacobian(rg_square(x), 2, in, J), RG_OK);
    EXPECT(J[0], 0, 2, 0, 0, 4);
    EXPECT(J[1], 0, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(rg_shape_of(J[1]).dim[1], 3);
    ck_assert_int_eq(rg_hessian(rg_sum(rg_square(x), 0), 2, in, H), RG_OK);
    EXPECT(H[0], 0, 2, 0, 0, 2);
    EXPECT(H[2], 0, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(rg_shape_of(H[2]).dim[0], 3);
    EXPECT(H[3], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(rg_hvp(rg_sum(x, 0), 2, in, in, out), RG_OK);
    EXPECT(out[0], 0, 0, 0);
    EXPECT(out[1], 0, 0, 0, 0);
    EXPECT(rg_jvp(rg_square(x), 1, &other, &other), 0, 0, 0);
    ck_assert_int_eq(rg_vjp(1, &x, &x, 1, &other, out), RG_OK);
    EXPECT(out[0], 0, 0, 0, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(single_numbers_and_empty_arrays)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3), *e = rg_leaf(t, RG_F64, rg_shape2(0, 2)), *in[] = {x, e}, *J[2];
    ck_assert_int_eq(rg_jacobian(rg_square(x), 1, &x, J), RG_OK);
    ck_assert_int_eq(rg_shape_of(J[0]).rank, 0);
    EXPECT(J[0], 0, 6);
    ck_assert_int_eq(rg_hessian(rg_exp(x), 1, &x, J), RG_OK);
    EXPECT(J[0], 1e-15, exp(3));
    ck_assert_int_eq(rg_jacobian(rg_mul(e, x), 2, in, J), RG_OK);
    ck_assert_int_eq(rg_shape_of(J[0]).rank, 2);
    ck_assert_int_eq(rg_shape_of(J[1]).rank, 4);
    ck_assert_int_eq(rg_count_of(J[0]), 0);
    ck_assert_int_eq(rg_jacobian(rg_add(x, rg_sum(e, RG_ALL_AXES)), 2, in, J), RG_OK);
    EXPECT(J[0], 0, 1);
    ck_assert_int_eq(rg_shape_of(J[1]).dim[0], 0);
    double *nowhere[2] = {(double[1]){0}, NULL};
    ck_assert_int_eq(rg_read_jacobian(rg_mul(e, x), 2, in, nowhere), RG_OK);
    fine(t);
    rg_tape_free(t);
}
END_TEST

START_TEST(one_number_of_any_rank)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 1, 3), *y = rg_square(x), *J; /* both (1, 1) */
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &J), RG_OK);
    ck_assert_int_eq(rg_shape_of(J).rank, 4);
    EXPECT(J, 0, 6);
    rg_tape_free(t);
}
END_TEST

START_TEST(numbers_are_those_of_the_nodes_and_the_tape_is_as_before)
{
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *y = five_of(w.in[0], w.in[1]), *J[2];
        double a[15], b[30], want[30], *to[] = {a, b};
        ck_assert_int_eq(rg_jacobian(y, 2, w.in, J), RG_OK);
        int64_t len = rg_len(w.t);
        ck_assert_int_eq(rg_read_jacobian(y, 2, w.in, to), RG_OK);
        ck_assert_int_eq(rg_len(w.t), len);
        numbers(J[0], want);
        for (int i = 0; i < 15; i++) ck_assert_double_eq(a[i], want[i]);
        numbers(J[1], want);
        for (int i = 0; i < 30; i++) ck_assert_double_eq(b[i], want[i]);
        close_world(&w);
    }
}
END_TEST

START_TEST(large_jacobians_are_read_in_pieces)
{
    enum { N = 700 }; /* all seeds at once would be 700 x 700: more than a pass takes */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = drawn(t, RG_F64, rg_shape1(N)), *y = rg_scale(rg_cumsum(x, 0, false), 2);
    static double J[N * N];
    ck_assert_int_eq(rg_read_jacobian(y, 1, &x, (double *[]){J}), RG_OK);
    for (int i = 0; i < N * N; i++) ck_assert_double_eq(J[i], i % N <= i / N ? 2 : 0);
    ck_assert_uint_lt(rg_bytes_peak(t), 3 * sizeof J);
    rg_tape_free(t);
}
END_TEST

/* y_i = sin(i a) + i b: its numbers are read by columns. */
START_TEST(numbers_of_a_tall_jacobian)
{
    enum { N = 40 };
    rg_tape *t = rg_tape_new(NULL);
    double c[N], J[2 * N];
    for (int i = 0; i < N; i++) c[i] = i;
    rg_node *x = VECTOR(t, .3, 2), *i = rg_leaf_from(t, RG_F64, rg_shape1(N), c, N);
    rg_node *y = rg_add(rg_sin(rg_mul(i, rg_index(x, 0, 0))), rg_mul(i, rg_index(x, 0, 1)));
    ck_assert_int_eq(rg_read_jacobian(y, 1, &x, (double *[]){J}), RG_OK);
    for (int k = 0; k < N; k++) {
        ck_assert_double_eq_tol(J[2 * k], k * cos(.3 * k), 1e-12);
        ck_assert_double_eq(J[2 * k + 1], k);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(no_axis_left_for_seeds)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2, 3), *J;
    rg_shape deep = {8, {1, 1, 1, 1, 1, 1, 1, 3}};
    rg_node *y = rg_reshape(rg_square(rg_reshape(x, deep)), rg_shape1(3));
    double v[9];
    ck_assert_int_eq(rg_read_jacobian(y, 1, &x, (double *[]){v}), RG_OK);
    for (int i = 0; i < 9; i++) ck_assert_double_eq(v[i], i % 4 ? 0 : 2. * (i / 4 + 1));
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &J), RG_SHAPE);
    ck_assert_int_eq(rg_error_of(t)->line, __LINE__ - 1);
    ck_assert(strstr(rg_error_of(t)->text, "8 axes"));
    rg_tape_free(t);
}
END_TEST

/* ---- products -------------------------------------------------------------------- */

START_TEST(products_are_those_of_the_matrix)
{
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *y = five_of(w.in[0], w.in[1]), *J[2], *out[2];
        rg_node *u = drawn(w.t, rg_dtype_of(y), rg_shape1(5));
        ck_assert_int_eq(rg_jacobian(y, 2, w.in, J), RG_OK);
        rg_node *flat = rg_reshape(J[1], rg_shape2(5, 6));
        rg_node *by_matrix =
            rg_add(rg_matmul(J[0], w.v[0]), rg_matmul(flat, rg_reshape(w.v[1], rg_shape1(6))));
        same_numbers(rg_jvp(y, 2, w.in, w.v), by_matrix, 20 * w.eps);
        ck_assert_int_eq(rg_vjp(1, &y, &u, 2, w.in, out), RG_OK);
        same_numbers(out[0], rg_matmul(u, J[0]), 20 * w.eps);
        same_numbers(rg_reshape(out[1], rg_shape1(6)), rg_matmul(u, flat), 20 * w.eps);
        close_world(&w);
    }
}
END_TEST

START_TEST(forward_and_backward_are_adjoint)
{
    /* <u, J v> = <J^T u, v> */
    for (int turn = 0; turn < 2; turn++) {
        world w = open_world(turn);
        rg_node *y = five_of(w.in[0], w.in[1]), *out[2];
        rg_node *u = drawn(w.t, rg_dtype_of(y), rg_shape1(5));
        rg_vjp(1, &y, &u, 2, w.in, out);
        double forward = dot(u, rg_jvp(y, 2, w.in, w.v));
        double backward = dot(out[0], w.v[0]) + dot(out[1], w.v[1]);
        ck_assert_double_eq_tol(forward, backward, 50 * w.eps);
        close_world(&w);
    }
}
END_TEST

START_TEST(forward_products_obey_the_chain_rule)
{
    world w = open_world(0);
    rg_node *y = five_of(w.in[0], w.in[1]);
    rg_node *z = rg_mul(rg_sin(y), rg_index(y, 0, 2));
    rg_node *inner = rg_jvp(y, 2, w.in, w.v);
    same_numbers(rg_jvp(z, 1, &y, &inner), rg_jvp(z, 2, w.in, w.v), 1e-14);
    rg_node *Jz, *Jy, *J;
    rg_jacobian(z, 1, &y, &Jz);
    rg_jacobian(y, 1, w.in, &Jy);
    rg_jacobian(z, 1, w.in, &J);
    same_numbers(rg_matmul(Jz, Jy), J, 1e-14);
    close_world(&w);
}
END_TEST

START_TEST(directional_derivative_is_the_slope)
{
    world w = open_world(0);
    rg_node *slope = rg_jvp(one_of(w.in[0], w.in[1]), 2, w.in, w.v);
    double h = 1e-5, f[2];
    for (int side = 0; side < 2; side++) {
        double step = side ? -h : h;
        f[side] = rg_value(one_of(rg_add(w.in[0], rg_scale(w.v[0], step)),
                                  rg_add(w.in[1], rg_scale(w.v[1], step))));
    }
    ck_assert_double_eq_tol(rg_value(slope), (f[0] - f[1]) / (2 * h), 1e-9);
    close_world(&w);
}
END_TEST

START_TEST(several_outputs_add_up)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2), *y[] = {rg_square(x), rg_sum(x, 0), NULL}, *out;
    y[2] = rg_mul(y[0], y[1]); /* itself made of the other outputs */
    rg_node *v[] = {VECTOR(t, 1, 10), NULL, VECTOR(t, 1, 1)};
    ck_assert_int_eq(rg_vjp(3, y, v, 1, &x, &out), RG_OK);
    EXPECT(out, 1e-15, 2 + 1 + 6 + 5, 40 + 1 + 12 + 5);
    rg_node *twice[] = {x, x}, *w[] = {VECTOR(t, 1, 2), VECTOR(t, 3, 4)};
    ck_assert_int_eq(rg_vjp(2, twice, w, 1, &x, &out), RG_OK);
    EXPECT(out, 0, 4, 6);
    rg_tape_free(t);
}
END_TEST

START_TEST(many_vectors_at_once)
{
    world w = open_world(0);
    rg_node *f = one_of(w.in[0], w.in[1]), *y = five_of(w.in[0], w.in[1]), *many, *one;
    rg_node *v = drawn(w.t, RG_F64, rg_shape2(4, 3)), *row = rg_index(v, 0, 2);
    ck_assert_int_eq(rg_hvp(f, 1, w.in, &v, &many), RG_OK);
    ck_assert_int_eq(rg_hvp(f, 1, w.in, &row, &one), RG_OK);
    same_numbers(rg_index(many, 0, 2), one, 1e-14);
    same_numbers(rg_index(rg_jvp(y, 1, w.in, &v), 0, 2), rg_jvp(y, 1, w.in, &row), 1e-14);
    close_world(&w);
}
END_TEST

/* ---- by plans, record-only tapes and the checker ----------------------------------- */

START_TEST(record_only_tapes)
{
    rg_config c = {.lazy = true};
    rg_tape *t = rg_tape_new(&c);
    rg_node *x = VECTOR(t, 1, 2), *f = rg_sum(rg_exp(x), 0), *H, *v = VECTOR(t, 1, 0);
    ck_assert_int_eq(rg_hessian(f, 1, &x, &H), RG_OK);
    rg_node *y = rg_exp(x), *along = rg_jvp(y, 1, &x, &v);
    double J[4];
    ck_assert_int_eq(rg_read_jacobian(y, 1, &x, (double *[]){J}), RG_OK);
    ck_assert_double_eq_tol(J[3], exp(2), 1e-14);
    ck_assert_int_eq(rg_eval(H), RG_OK);
    ck_assert_int_eq(rg_eval(along), RG_OK);
    EXPECT(H, 1e-15, exp(1), 0, 0, exp(2));
    EXPECT(along, 1e-15, exp(1), 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(plans_replay_them)
{
    /* compiled at one place, run at another, when the recording has long been written over */
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2, 3), *v = VECTOR(t, 1, 0, -1), *out[3];
    int64_t mark = rg_mark(t);
    rg_node *y = rg_exp(rg_mul(x, x));
    rg_hessian(rg_sum(y, 0), 1, &x, &out[0]);
    rg_jacobian(y, 1, &x, &out[1]);
    out[2] = rg_jvp(y, 1, &x, &v);
    rg_plan *p = rg_compile(t, 3, out, NULL);
    ck_assert_msg(p != NULL, "%s", rg_error_of(t)->text);
    rg_rewind(t, mark);
    for (int i = 0; i < 100; i++) rg_uniform(t, RG_F64, rg_shape1(8));
    double at[] = {.1, .2, .3};
    ck_assert_int_eq(rg_write(x, RG_F64, at, 3), RG_OK);
    ck_assert_int_eq(rg_run(p), RG_OK);
    const double *H = rg_plan_out(p, 0).data, *J = rg_plan_out(p, 1).data;
    const double *Jv = rg_plan_out(p, 2).data;
    for (int i = 0; i < 9; i++) {
        double a = at[i / 3], e = exp(a * a), one = i % 4 == 0;
        ck_assert_double_eq_tol(H[i], one * (2 + 4 * a * a) * e, 1e-14);
        ck_assert_double_eq_tol(J[i], one * 2 * a * e, 1e-14);
    }
    ck_assert_double_eq_tol(Jv[0], .2 * exp(.01), 1e-15);
    ck_assert_double_eq_tol(Jv[2], -.6 * exp(.09), 1e-15);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(the_gradient_check_follows_them)
{
    world w = open_world(0);
    rg_node *f = one_of(w.in[0], w.in[1]), *H, *Hv, *y[3];
    rg_hessian(f, 1, w.in, &H);
    rg_hvp(f, 1, w.in, w.v, &Hv);
    y[0] = H, y[1] = Hv, y[2] = rg_jvp(five_of(w.in[0], w.in[1]), 2, w.in, w.v);
    for (int i = 0; i < 3; i++) {
        rg_report r;
        ck_assert_int_eq(rg_check_graph(y[i], 1, w.in, NULL, NULL, &r), RG_OK);
        ck_assert_int_eq(r.verdict, RG_PASS);
    }
    close_world(&w);
}
END_TEST

/* ---- random graphs --------------------------------------------------------------- */

static rg_node *random_step(rg_node *a, rg_node *b)
{
    switch (dice(7)) {
    case 0:
        return rg_tanh(rg_matmul(a, b));
    case 1:
        return rg_mul(a, rg_sin(b));
    case 2:
        return rg_sub(rg_transpose(a), b);
    case 3:
        return rg_softmax(rg_add(a, b), -1);
    case 4:
        return rg_div(a, rg_offset(rg_square(b), 1));
    case 5:
        return rg_mul(rg_sum_keep(a, 0), rg_sigmoid(b));
    default:
        return rg_cumsum(rg_pad(rg_slice(a, 1, 1, 2, 1), 1, 0, 1, 3), 0, true);
    }
}

START_TEST(random_graphs_keep_the_laws)
{
    for (int graph = 0; graph < 60; graph++) {
        rg_config c = {.seed = (uint64_t)graph};
        rg_tape *t = rg_tape_new(&c);
        dice_state = (uint32_t)graph;
        rg_node *node[12], *v[2], *out[2], *H[4];
        for (int i = 0; i < 4; i++) node[i] = drawn(t, RG_F64, rg_shape2(3, 3));
        v[0] = node[2], v[1] = node[3];
        for (int i = 2; i < 12; i++) node[i] = random_step(node[dice(i)], node[dice(i)]);
        rg_node *y = node[11], *u = drawn(t, RG_F64, rg_shape2(3, 3));
        rg_vjp(1, &y, &u, 2, node, out);
        double forward = dot(u, rg_jvp(y, 2, node, v));
        double backward = dot(out[0], v[0]) + dot(out[1], v[1]);
        ck_assert_double_eq_tol(forward, backward, 1e-11 * (1 + fabs(forward)));
        rg_node *f = rg_sum(rg_mul(y, u), RG_ALL_AXES);
        ck_assert_int_eq(rg_hessian(f, 2, node, H), RG_OK);
        ck_assert_int_eq(rg_hvp(f, 2, node, v, out), RG_OK);
        rg_node *row =
            rg_add(rg_matmul(rg_reshape(H[0], rg_shape2(9, 9)), rg_reshape(v[0], rg_shape1(9))),
                   rg_matmul(rg_reshape(H[1], rg_shape2(9, 9)), rg_reshape(v[1], rg_shape1(9))));
        same_numbers(row, rg_reshape(out[0], rg_shape1(9)), 1e-10);
        fine(t);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- what goes wrong ------------------------------------------------------------- */

START_TEST(mistakes_are_named)
{
    rg_tape *t = rg_tape_new(NULL), *other = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2), *y = rg_square(x), *three = VECTOR(t, 1, 2, 3), *out[4];
    rg_node *stranger = rg_scalar(other, 1), *i = rg_leaf(t, RG_I64, rg_shape0()), *none = NULL;
    int64_t mark = rg_mark(t);
#define REFUSED(call, code, words)                                                                 \
    do {                                                                                           \
        ck_assert_int_eq(call, code);                                                              \
        ck_assert_int_eq(rg_error_of(t)->line, __LINE__);                                          \
        ck_assert_msg(strstr(rg_error_of(t)->text, words), "%s", rg_error_of(t)->text);            \
        rg_rewind(t, mark);                                                                        \
    } while (0)
    REFUSED(rg_hessian(y, 1, &x, out), RG_SHAPE, "2 elements");
    REFUSED(rg_hvp(rg_sum(y, 0), 1, &x, &three, out), RG_SHAPE, "vector 1");
    REFUSED(rg_jacobian(y, 1, &i, out), RG_DTYPE, "whole numbers");
    REFUSED(rg_jacobian(y, 1, &stranger, out), RG_USAGE, "another tape");
    REFUSED(rg_jacobian(y, 1, &none, out), RG_USAGE, "NULL");
    REFUSED(rg_jacobian(y, 1, NULL, out), RG_USAGE, "no inputs");
    REFUSED(rg_hessian(rg_sum(y, 0), 1, &x, NULL), RG_USAGE, "no place");
    REFUSED(rg_gauss_newton(y, y, 1, &x, &x, out), RG_SHAPE, "2 elements");
    rg_node *two[] = {x, y}, *mixed[] = {rg_leaf(t, RG_F64, rg_shape2(5, 2)), x};
    mark = rg_mark(t);
    REFUSED(rg_vjp(2, two, mixed, 1, &x, out), RG_SHAPE, "leading axes");
    rg_jvp(y, 1, &x, &three);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    ck_assert_int_eq(rg_error_of(t)->line, __LINE__ - 2);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_jacobian(NULL, 1, &x, out), RG_USAGE);
    ck_assert_ptr_nonnull(rg_jvp(NULL, 1, &x, &x));
    ck_assert_int_eq(rg_vjp(0, NULL, NULL, 1, &x, out), RG_USAGE);
    rg_node *wide = rg_leaf(t, RG_F64, (rg_shape){5, {1, 1, 1, 1, 2}});
    mark = rg_mark(t);
    REFUSED(rg_jacobian(rg_square(wide), 1, &wide, out), RG_SHAPE, "more than 8 axes");
    rg_tape_free(other);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("functional", jacobian_of_a_linear_map_is_its_matrix, a_tall_jacobian_goes_by_columns,
         rows_and_columns_agree, jacobian_has_the_axes_of_both, absent_blocks_are_zeros,
         single_numbers_and_empty_arrays, one_number_of_any_rank,
         numbers_are_those_of_the_nodes_and_the_tape_is_as_before,
         large_jacobians_are_read_in_pieces, numbers_of_a_tall_jacobian, no_axis_left_for_seeds,
         products_are_those_of_the_matrix, forward_and_backward_are_adjoint,
         forward_products_obey_the_chain_rule, directional_derivative_is_the_slope,
         several_outputs_add_up, many_vectors_at_once, record_only_tapes, plans_replay_them,
         the_gradient_check_follows_them, random_graphs_keep_the_laws, mistakes_are_named)
