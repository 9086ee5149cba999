/* test_check_graph.c - the gradient check on whole graphs: corners, nets, which node
 * is to blame, and that the tape is left alone. */
#include "suite.h"
#include "named_op.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

static rg_verdict check_one(rg_node *y, rg_node *x, rg_finding *f)
{
    rg_report r;
    ck_assert_int_eq(rg_check_graph(y, 1, &x, NULL, f, &r), RG_OK);
    return r.verdict;
}

/* ---- corners, jumps, edges, nothing ------------------------------------------------- */

START_TEST(corner_is_no_bug)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_scalar(t, 0);
    ck_assert_int_eq(check_one(rg_relu(x), x, &f), RG_CANNOT_TELL);
    ck_assert_int_eq(f.point, RG_CORNER);
    ck_assert_double_eq_tol(f.left, 0, 1e-12);
    ck_assert_double_eq_tol(f.right, 1, 1e-12);
    ck_assert_int_eq(check_one(rg_abs(x), x, &f), RG_CANNOT_TELL);
    ck_assert_double_eq_tol(f.left, -1, 1e-12);
    rg_tape_free(t);
}
END_TEST

START_TEST(corners_that_cancel_are_a_wrong_gradient)
{
    rg_tape *t = rg_tape_new(NULL); /* x, written with corners: relu'(0) = 0 makes its slope 0 */
    rg_finding f;
    rg_node *x = rg_scalar(t, 0);
    ck_assert_int_eq(check_one(rg_sub(rg_relu(x), rg_relu(rg_neg(x))), x, &f), RG_FAIL);
    ck_assert_double_eq_tol(f.numeric, 1, 1e-9);
    rg_tape_free(t);
}
END_TEST

static rg_node *weighted(rg_node *x, rg_node *corners)
{
    const double weight[] = {1, -1, .5, -2};
    return rg_sum(rg_mul(corners, rg_leaf_from(rg_tape_of(x), RG_F64, rg_shape1(4), weight, 4)), 0);
}

/* Each output, or each term, has a corner here: along a direction, the two slopes at the
 * point need not lie at both sides of a right gradient. */
START_TEST(several_corners_at_once)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        rg_config cfg = {.strict_ties = true};
        rg_tape *t = rg_tape_new(&cfg);
        rg_node *x = rg_const(t, RG_F64, rg_shape1(4), 0), *b[2];
        rg_node *y[] = {rg_relu(x), weighted(x, rg_relu(x)), rg_abs(x)};
        rg_check_how how = {.seed = seed};
        rg_report r;
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(rg_check_graph(y[i], 1, &x, &how, NULL, &r), RG_OK);
            ck_assert_msg(r.verdict == RG_CANNOT_TELL, "seed %d, %d", (int)seed, i);
        }
        for (int i = 0; i < 2; i++) b[i] = rg_const(t, RG_F64, rg_shape1(3), 1.5);
        rg_check_graph(rg_max(b[0], b[1]), 2, b, &how, NULL, &r); /* (0, 0) at each tie */
        ck_assert_int_eq(r.verdict, RG_FAIL);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(steps_do_not_reach_over_corners)
{
    rg_tape *t = rg_tape_new(NULL); /* upward, the two corners at 1e-5 undo each other */
    const double at[] = {1.00001, 1.99999, 3.1}, corners[] = {1, 2, 3};
    rg_finding f;
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(3), at, 3);
    rg_node *y = rg_mae(x, rg_leaf_from(t, RG_F64, rg_shape1(3), corners, 3));
    ck_assert_int_eq(check_one(y, x, &f), RG_PASS);
    rg_tape_free(t);
}
END_TEST

/* Steps of whole units see the slope 1 of floor, and none of a wave that repeats at each. */
START_TEST(steps_that_fall_in_with_jumps_prove_nothing)
{
    static const double at[] = {700.2, 3000.7, -100000.3, 63928.25};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_finding f;
        rg_node *x = rg_scalar(t, at[i]);
        ck_assert_int_ne(check_one(rg_floor(x), x, &f), RG_FAIL);
        ck_assert_int_ne(check_one(rg_round(x), x, &f), RG_FAIL);
        ck_assert_int_ne(check_one(rg_add(x, rg_sin(rg_scale(x, 6.283185307179586))), x, &f), RG_FAIL);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(what_a_large_sum_hides_cannot_be_told)
{
    rg_tape *t = rg_tape_new(NULL);
    const double at[] = {1e-6, 1, 1e6};
    rg_finding f;
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(3), at, 3);
    ck_assert_int_eq(check_one(rg_sum(rg_square(x), 0), x, &f), RG_CANNOT_TELL);
    ck_assert_int_eq(f.unsure, 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_sure_class_in_f32_is_no_bug)
{
    rg_tape *t = rg_tape_new(NULL); /* softmax less 1 cancels inside the kernel */
    const double logits[] = {-20, 5, -3};
    rg_finding f;
    rg_node *z = rg_leaf(t, RG_F32, rg_shape1(3));
    rg_write(z, RG_F64, logits, 3);
    rg_node *y = rg_cross_entropy(z, rg_const(t, RG_I64, rg_shape0(), 1));
    ck_assert_int_ne(check_one(y, z, &f), RG_FAIL);
    rg_tape_free(t);
}
END_TEST

START_TEST(zeros_that_multiply_are_no_bug)
{
    rg_tape *t = rg_tape_new(NULL); /* flat to first order, curved along every direction */
    const double zeros[] = {0, 0, 2};
    rg_finding f;
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(3), zeros, 3);
    ck_assert_int_ne(check_one(rg_prod(x, 0), x, &f), RG_FAIL);
    ck_assert_int_eq(f.verdict, RG_UNTESTED);
    rg_tape_free(t);
}
END_TEST

START_TEST(cancellation_in_f32_is_no_bug)
{
    rg_tape *t = rg_tape_new(NULL); /* the gradient is 0, and in f32 what rounding leaves of it */
    for (int i = 0; i < 20; i++) {
        rg_finding f;
        rg_node *x = rg_normal(t, RG_F32, rg_shape1(5));
        ck_assert_int_eq(check_one(rg_sum(rg_softmax(x, 0), 0), x, &f), RG_PASS);
    }
    rg_tape_free(t);
}
END_TEST

/* A kernel that is wrong for every element: the report has the first of them. */
START_TEST(a_wrong_value_is_reported_with_both_numbers)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_op op = *named_op("exp");
    rg_report r;
    rg_node *x = rg_cast(rg_leaf_from(t, RG_F64, rg_shape1(3), (const double[]){.5, 1, 2}, 3), RG_F32);
    op.tile[RG_F32] = named_op("sin")->tile[RG_F32];
    ck_assert_int_eq(rg_check_graph(rg_apply(&op, 1, &x, NULL), 1, &x, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.values.verdict, RG_FAIL);
    ck_assert_int_eq(r.values.failed, 3);
    ck_assert_int_eq(r.values.worst, 0);
    ck_assert_double_eq_tol(r.values.analytic, sin(.5), 1e-6);
    ck_assert_double_eq_tol(r.values.numeric, exp(.5), 1e-6);
    rg_tape_free(t);
}
END_TEST

START_TEST(labels_stay_where_they_are)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *z = rg_normal(t, RG_F64, rg_shape2(2, 3)),
            *labels = rg_const(t, RG_F64, rg_shape1(2), 1), *x[] = {z, labels};
    rg_finding f[2];
    rg_report r;
    rg_node *y = rg_cross_entropy(z, rg_cast(labels, RG_I64));
    ck_assert_int_eq(rg_check_graph(y, 2, x, NULL, f, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_PASS);
    ck_assert_int_eq(f[1].verdict, RG_UNTESTED);
    ck_assert(f[1].absent);
    rg_tape_free(t);
}
END_TEST

static double at_corner;
static void claiming_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    for (int k = 0; k < y->nin; k++)
        if (wanted[k]) out[k] = rg_scale(g, at_corner);
}

START_TEST(outside_the_corner_is_a_bug)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_scalar(t, 0);
    rg_op spoilt_op = *named_op("relu");
    spoilt_op.vjp = claiming_vjp;
    for (at_corner = -.5; at_corner <= 1.5; at_corner += .25) {
        bool inside = at_corner >= 0 && at_corner <= 1;
        ck_assert_int_eq(check_one(rg_apply(&spoilt_op, 1, &x, NULL), x, &f),
                         inside ? RG_CANNOT_TELL : RG_FAIL);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(tie_needs_shares_that_add_up)
{
    /* a wrong (1, 1) or (0, 0) looks right along each axis; moving both tells */
    const double share[] = {0, .5, 1};
    for (int i = 0; i < 3; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_report r;
        rg_node *x[] = {rg_scalar(t, .8), rg_scalar(t, .8)};
        rg_op spoilt_op = *named_op("max");
        spoilt_op.vjp = claiming_vjp;
        at_corner = share[i];
        ck_assert_int_eq(rg_check_graph(rg_apply(&spoilt_op, 2, x, NULL), 2, x, NULL, NULL, &r),
                         RG_OK);
        ck_assert_int_eq(r.verdict, share[i] == .5 ? RG_CANNOT_TELL : RG_FAIL);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(jump_edge_and_nothing)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_scalar(t, 0), *below = rg_scalar(t, -1),
            *none = rg_leaf(t, RG_F64, rg_shape1(0));
    ck_assert_int_eq(check_one(rg_sign(x), x, &f), RG_UNTESTED); /* claims no gradient */
    ck_assert_int_eq(f.point, RG_JUMP);
    ck_assert_int_eq(check_one(rg_add(rg_sign(x), x), x, &f), RG_CANNOT_TELL);
    ck_assert_int_eq(f.point, RG_JUMP);
    ck_assert_int_eq(check_one(rg_sqrt(x), x, &f), RG_CANNOT_TELL);
    ck_assert_int_eq(f.point, RG_EDGE);
    ck_assert_int_eq(check_one(rg_relu(below), below, &f), RG_UNTESTED);
    ck_assert_int_eq(f.untested, 1);
    ck_assert_int_eq(check_one(rg_sin(x), below, &f), RG_UNTESTED);
    ck_assert(f.absent);
    ck_assert_int_eq(check_one(rg_sum(none, 0), none, &f), RG_UNTESTED);
    ck_assert_int_eq(check_one(rg_log(below), below, &f), RG_FAIL);
    ck_assert_int_eq(f.point, RG_NOWHERE); /* the value is NaN, whatever the gradient is */
    rg_tape_free(t);
}
END_TEST

/* ---- nets --------------------------------------------------------------------------- */

enum { PARTS = 4 };

/* Two layers, dropout and cross entropy; hidden is the op between them. */
static rg_node *net(rg_tape *t, rg_dtype d, const rg_op *hidden, rg_node *x[PARTS])
{
    const int64_t class[] = {1, 0, 2, 2, 1};
    rg_node *labels = rg_leaf_from(t, RG_I64, rg_shape1(5), class, 5);
    x[0] = rg_normal(t, d, rg_shape2(5, 4));
    x[1] = rg_normal(t, d, rg_shape2(4, 6));
    x[2] = rg_normal(t, d, rg_shape1(6));
    x[3] = rg_normal(t, d, rg_shape2(6, 3));
    rg_node *z = rg_add(rg_matmul(x[0], x[1]), x[2]);
    rg_node *h = rg_dropout(rg_apply(hidden, 1, &z, NULL), .7);
    return rg_cross_entropy(rg_matmul(h, x[3]), labels);
}

START_TEST(right_net_passes)
{
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x[PARTS], *y = net(t, (rg_dtype)d, named_op("tanh"), x);
        rg_finding f[PARTS];
        rg_report r;
        ck_assert_int_eq(rg_check_graph(y, PARTS, x, NULL, f, &r), RG_OK);
        ck_assert_int_eq(r.verdict, RG_PASS);
        ck_assert_int_eq(r.together.verdict, RG_PASS);
        for (int k = 0; k < PARTS; k++) {
            ck_assert_int_eq(f[k].looked, f[k].of);
            ck_assert(f[k].power > 0 && f[k].power < 1e-5);
        }
        rg_nodes_report nodes;
        ck_assert_int_eq(rg_check_nodes(y, PARTS, x, NULL, NULL, NULL, &nodes), RG_OK);
        ck_assert_int_eq(nodes.verdict, RG_PASS);
        ck_assert_int_eq(nodes.passed, nodes.nodes);
        ck_assert_int_gt(nodes.nodes, 5);
        rg_tape_free(t);
    }
}
END_TEST

static void tanh_without_square_vjp(rg_node *y, rg_node *g, const unsigned char *wanted,
                                    rg_node **out)
{
    (void)wanted;
    out[0] = rg_mul(g, rg_offset(rg_neg(y), 1));
}

START_TEST(wrong_node_is_named)
{
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_op wrong = *named_op("tanh");
        rg_finding f[PARTS];
        rg_report r;
        wrong.vjp = tanh_without_square_vjp;
        rg_node *x[PARTS], *y = net(t, (rg_dtype)d, &wrong, x);
        ck_assert_int_eq(rg_check_graph(y, PARTS, x, NULL, f, &r), RG_OK);
        ck_assert_int_eq(r.verdict, RG_FAIL);
        ck_assert_int_eq(f[0].verdict, RG_FAIL);
        ck_assert_int_eq(f[3].verdict, RG_PASS); /* above the wrong node */
        rg_nodes_report nodes;
        ck_assert_int_eq(rg_check_nodes(y, PARTS, x, NULL, NULL, NULL, &nodes), RG_OK);
        ck_assert_int_eq(nodes.failed, 1);
        ck_assert_ptr_eq(nodes.first.node->op, &wrong);
        ck_assert_int_eq(nodes.first.finding.input, 0);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(second_order_of_a_graph)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape1(4)), *g;
    rg_finding f;
    rg_grad(rg_logsumexp(rg_square(x), 0), NULL, 1, &x, &g);
    ck_assert_int_eq(check_one(g, x, &f), RG_PASS);
    rg_tape_free(t);
}
END_TEST

/* ---- order 3 ------------------------------------------------------------------------ */

/* exp whose rule is written with exp whose rule is written with exp whose rule is wrong. */
static rg_op exp_of[3];

static void exp_of_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    bool last = y->op == &exp_of[2];
    rg_node *x = rg_in(y, 0), *e = rg_apply(last ? named_op("exp") : y->op + 1, 1, &x, NULL);
    if (wanted[0]) out[0] = rg_mul(g, last ? rg_scale(e, .5) : e);
}

static rg_node *f_tanh(rg_node *x) { return rg_tanh(x); }
static rg_node *f_exp(rg_node *x) { return rg_exp(x); }
static rg_node *f_sigmoid(rg_node *x) { return rg_sigmoid(x); }
static rg_node *f_softplus(rg_node *x) { return rg_softplus(x); }
static rg_node *f_gelu(rg_node *x) { return rg_gelu(x); }
static rg_node *f_log(rg_node *x) { return rg_log(x); }
static rg_node *f_sqrt(rg_node *x) { return rg_sqrt(x); }

static rg_verdict at_order(rg_node *y, rg_node *x, int order)
{
    rg_finding f;
    for (int i = 1; i < order; i++) {
        rg_node *g;
        ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_OK);
        y = g;
    }
    return check_one(y, x, &f);
}

START_TEST(orders_one_to_three)
{
    rg_node *(*const right[])(rg_node *) = {f_tanh, f_exp, f_sigmoid, f_softplus, f_gelu, f_log, f_sqrt};
    rg_tape *t = rg_tape_new(NULL);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        for (int order = 1; order <= 3; order++) {
            rg_node *x = rg_scalar(t, .7);
            ck_assert_int_eq(at_order(right[i](x), x, order), RG_PASS);
        }
    rg_tape_free(t);
}
END_TEST

START_TEST(wrong_at_order_three_alone)
{
    rg_tape *t = rg_tape_new(NULL);
    for (int i = 0; i < 3; i++) {
        exp_of[i] = *named_op("exp");
        exp_of[i].vjp = exp_of_vjp;
    }
    rg_node *x = rg_scalar(t, .7), *y = rg_apply(&exp_of[0], 1, &x, NULL);
    ck_assert_int_eq(at_order(y, x, 1), RG_PASS);
    ck_assert_int_eq(at_order(y, x, 2), RG_PASS);
    ck_assert_int_eq(at_order(y, x, 3), RG_FAIL);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_single_output_is_reported_per_unit)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_scalar(t, 3);
    ck_assert_int_eq(check_one(rg_square(x), x, &f), RG_PASS);
    ck_assert_double_eq(f.analytic, 6);
    ck_assert_double_eq_tol(f.numeric, 6, 1e-9);
    rg_tape_free(t);
}
END_TEST

START_TEST(detached_is_held)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_scalar(t, 3);
    ck_assert_int_eq(check_one(rg_mul(x, rg_detach(x)), x, &f), RG_PASS);
    ck_assert_double_eq(f.analytic, 3);
    rg_nograd_begin(t);
    rg_node *held = rg_square(x);
    rg_nograd_end(t);
    ck_assert_int_eq(check_one(rg_mul(x, held), x, &f), RG_PASS);
    ck_assert_double_eq(f.analytic, 9);
    rg_tape_free(t);
}
END_TEST

START_TEST(inner_nodes_may_be_inputs)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_report r;
    rg_node *a = rg_normal(t, RG_F64, rg_shape2(2, 3)), *x = rg_transpose(a);
    rg_node *y = rg_sum(rg_sin(rg_reshape(rg_transpose(x), rg_shape1(6))), 0);
    ck_assert_int_eq(check_one(y, x, &f), RG_PASS);
    ck_assert_int_eq(check_one(y, a, &f), RG_PASS);
    rg_node *both[] = {a, x};
    ck_assert_int_eq(rg_check_graph(y, 2, both, NULL, NULL, &r), RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* ---- the tape ----------------------------------------------------------------------- */

START_TEST(tape_is_left_as_it_was)
{
    rg_tape *t = rg_tape_new(NULL), *other = rg_tape_new(NULL);
    rg_node *x[PARTS], *y = net(t, RG_F64, named_op("tanh"), x);
    rg_node *same[PARTS];
    net(other, RG_F64, named_op("tanh"), same);
    int64_t before = rg_len(t);
    rg_report r;
    ck_assert_int_eq(rg_check_graph(y, PARTS, x, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(rg_len(t), before);
    ck_assert(!(y->flags & RG_WAS_READ));
    ck_assert_double_eq(rg_value(rg_uniform(t, RG_F64, rg_shape0())),
                        rg_value(rg_uniform(other, RG_F64, rg_shape0())));
    rg_tape_free(t);
    rg_tape_free(other);
}
END_TEST

START_TEST(record_only_tapes_can_be_checked)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *x[PARTS], *y = net(t, RG_F64, named_op("tanh"), x);
    rg_report r;
    ck_assert_int_eq(rg_check_graph(y, PARTS, x, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_PASS);
    ck_assert_double_gt(rg_value(y), 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(same_seed_same_figures)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape1(100)), *y = rg_cumsum(rg_exp(x), 0, false);
    rg_finding a, b;
    rg_report r;
    rg_check_how how = {.seed = 5};
    rg_check_graph(y, 1, &x, &how, &a, &r);
    rg_check_graph(y, 1, &x, &how, &b, &r);
    ck_assert_int_eq(a.worst, b.worst);
    ck_assert_double_eq(a.numeric, b.numeric);
    how.seed = 6;
    rg_check_graph(y, 1, &x, &how, &b, &r);
    ck_assert_double_ne(a.numeric, b.numeric);
    rg_tape_free(t);
}
END_TEST

START_TEST(refusals)
{
    rg_tape *t = rg_tape_new(NULL), *other = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *strange = rg_scalar(other, 1),
            *label = rg_leaf(t, RG_I64, rg_shape0());
    rg_report r;
    int64_t mark = rg_mark(t);
    ck_assert_int_eq(rg_check_graph(x, 1, &strange, NULL, NULL, &r), RG_USAGE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_check_graph(x, 0, NULL, NULL, NULL, &r), RG_USAGE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_check_graph(label, 1, &x, NULL, NULL, &r), RG_DTYPE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "whole numbers"));
    ck_assert_int_eq(rg_len(t), mark);
    rg_tape_free(t);
    rg_tape_free(other);
}
END_TEST

typedef struct failing {
    long left; /* allocations that still succeed */
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
        rg_report r;
        rg_finding found;
        rg_nodes_report nodes;
        rg_node *x = rg_leaf(t, RG_F32, rg_shape2(2, 3)),
                *y = rg_sum(rg_exp(rg_slice(x, 0, 1, 1, 1)), RG_ALL_AXES);
        s = rg_check_graph(y, 1, &x, NULL, &found, &r);
        rg_nonfinite where;
        if (!s) s = rg_check_nodes(y, 1, &x, NULL, NULL, NULL, &nodes);
        if (!s) s = rg_trace_nonfinite(y, 1, &x, &where);
        ck_assert(s == RG_OK || s == RG_NOMEM || (!t && s == RG_USAGE));
        rg_tape_free(t);
        ck_assert_uint_eq(f.live, 0);
        ck_assert_int_lt(k, 1000);
    }
}
END_TEST

RG_SUITE("check graph", corner_is_no_bug, outside_the_corner_is_a_bug, tie_needs_shares_that_add_up,
         jump_edge_and_nothing,
         corners_that_cancel_are_a_wrong_gradient, several_corners_at_once, steps_do_not_reach_over_corners,
         steps_that_fall_in_with_jumps_prove_nothing, what_a_large_sum_hides_cannot_be_told, a_sure_class_in_f32_is_no_bug, zeros_that_multiply_are_no_bug, cancellation_in_f32_is_no_bug,
         a_wrong_value_is_reported_with_both_numbers, labels_stay_where_they_are, right_net_passes, wrong_node_is_named, second_order_of_a_graph,
         orders_one_to_three, wrong_at_order_three_alone,
         a_single_output_is_reported_per_unit, detached_is_held, inner_nodes_may_be_inputs,
         tape_is_left_as_it_was, record_only_tapes_can_be_checked, same_seed_same_figures, refusals,
         every_allocation_may_fail)
