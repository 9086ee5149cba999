/* test_notes_networks.c - facts of notes 6 to 8, each computed: activations, their
 * saturation, tensor derivatives, first weights, normalisation. docs/mission.tsv names
 * them by row. */
#include "notes_help.h"

/* ---- 6.1 --------------------------------------------------------------------------------- */

/* s' = s (1 - s), at most 1/4; near 0 it is 1/2 + x/4; far out nothing passes. tanh x =
 * 2 s(2x) - 1 with derivative 1 - tanh^2; softplus' = s. */
START_TEST(sigmoid_and_its_relatives)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, -10, -1, 0, 0.01, 3, 10), *s = rg_sigmoid(x), *slope = grad_of(s, x);
    rg_node *rest = rg_offset(rg_neg(s), 1);
    expect_same(slope, rg_mul(s, rest), 1e-15);
    EXPECT(rg_amax(slope, 0), 0, 0.25);
    ck_assert_double_lt(rg_value(rg_index(slope, 0, 5)), 5e-5);
    EXPECT(rg_index(s, 0, 3), 1e-7, 0.5 + 0.01 / 4);
    expect_same(rg_tanh(x), rg_offset(rg_scale(rg_sigmoid(rg_scale(x, 2)), 2), -1), 1e-15);
    expect_same(grad_of(rg_tanh(x), x), rg_offset(rg_neg(rg_square(rg_tanh(x))), 1), 1e-15);
    expect_same(grad_of(rg_softplus(x), x), s, 1e-15);
    rg_tape_free(t);
}
END_TEST

/* Behind a sigmoid all inputs are positive, so all weights of a unit are pushed one way. */
START_TEST(positive_inputs_push_one_way)
{
    rg_tape *t = rg_tape_new(NULL);
    for (int k = 0; k < 10; k++) {
        rg_node *h = rg_sigmoid(rg_normal(t, RG_F64, rg_shape1(8))), *w = rg_leaf(t, RG_F64, rg_shape1(8));
        rg_init_draw(w, rg_init_deviation(1), 1, 1, 1, (uint64_t)k);
        rg_node *g = grad_of(rg_sin(rg_scale(rg_dot(w, h), 3)), w);
        double some = rg_value(rg_amin(g, 0)), most = rg_value(rg_amax(g, 0));
        ck_assert_double_gt(some * most, 0);
    }
    rg_tape_free(t);
}
END_TEST

static double train_unit(bool leaky)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, -1), *b = rg_scalar(t, -1), *param[] = {w, b};
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 2, .param = param, .lr = 0.1});
    double loss = 0;
    for (int i = 0; i < 2000; i++) {
        int64_t mark = rg_step_begin(t);
        rg_node *z = rg_add(rg_mul(VECTOR(t, 0.5, 1, 2), w), b);
        rg_node *l = rg_mse(leaky ? rg_leaky_relu(z, 0.1) : rg_relu(z), VECTOR(t, 0.5, 1, 2));
        loss = rg_value(l);
        ck_assert_int_eq(rg_optim_step(o, l), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    rg_optim_free(o);
    rg_tape_free(t);
    return loss;
}

/* A relu that is below 0 for every example stays dead; a leaky one comes back. */
START_TEST(dead_units_stay_dead)
{
    ck_assert_double_eq_tol(train_unit(false), (0.25 + 1 + 4) / 3, 1e-15);
    ck_assert_double_lt(train_unit(true), 0.01);
}
END_TEST

/* Leaky relu and ELU are piecewise; the forms with max, which the notes write, differ for a
 * slope above 1, and for ELU at every x > 0: 1.718 instead of 1. */
START_TEST(piecewise_not_the_larger_of_two)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, -2, 1, 2);
    EXPECT(rg_leaky_relu(x, 1.5), 0, -3, 1, 2);
    EXPECT(rg_max(rg_scale(x, 1.5), x), 0, -2, 1.5, 3);
    EXPECT(rg_elu(x, 1), 1e-15, exp(-2) - 1, 1, 2);
    EXPECT(rg_index(rg_max(rg_expm1(x), x), 0, 1), 1e-15, exp(1) - 1);
    EXPECT(rg_prelu(x, VECTOR(t, 1.5)), 0, -3, 1, 2);
    rg_tape_free(t);
}
END_TEST

/* swish with beta 0 is x/2, with a large one relu. */
START_TEST(swish_between_linear_and_relu)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, -2, -0.1, 0.3, 4);
    expect_same(rg_swish(x, 0), rg_scale(x, 0.5), 0);
    expect_same(rg_swish(x, 1e4), rg_relu(x), 1e-15);
    expect_same(rg_swish_by(x, rg_scalar(t, 1.7)), rg_swish(x, 1.7), 1e-15);
    /* The notes' swish(z) = x sigmoid(beta x), to the letter: of z it does not depend. */
    rg_node *z = VECTOR(t, -2, -0.1, 0.3, 4), *letter = rg_mul(x, rg_sigmoid(x)), *g;
    ck_assert_int_eq(rg_grad(rg_sum(letter, 0), NULL, 1, &z, &g), RG_OK);
    ck_assert_ptr_null(g);
    rg_node *s = rg_sigmoid(z), *product = rg_mul(z, s), *rule = rg_add(s, rg_mul(product, rg_offset(rg_neg(s), 1)));
    ck_assert_int_eq(rg_grad(rg_sum(rg_swish(z, 1), 0), NULL, 1, &z, &g), RG_OK);
    expect_same(g, rule, 1e-15);
    rg_tape_free(t);
}
END_TEST

static rg_node *half_square_of_sigmoid(rg_node *z) { return rg_squared_error(rg_sigmoid(z), rg_lit(z, 1), RG_SQUARES_HALF_SUM); }
static rg_node *bce_of_score(rg_node *z) { return rg_bce_with_logits(z, rg_lit(z, 1)); }

/* The score w + b, from -10, after 100 steps w <- w - lr dL/dw towards the label 1. */
static double trained_score(rg_node *(*loss)(rg_node *z))
{
    double start = -10;
    walk k = walk_from(rg_sgd(0), (rg_group){.lr = 0.5}, 1, &start);
    for (int step = 0; step < 100; step++) walk_down(&k, loss);
    double end = *(double *)rg_peek(k.w).data;
    walk_end(&k);
    return end;
}

/* Far from the answer the slope of the squared error of a sigmoid is gone, that of the cross
 * entropy is not: -4.5e-05 against -0.99995 at z = -10; training shows it. */
START_TEST(cross_entropy_does_not_saturate)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *z = rg_scalar(t, -10), *y = rg_scalar(t, 1), *s = rg_sigmoid(z);
    double p = 1 / (1 + exp(10));
    EXPECT(grad_of(rg_squared_error(s, y, RG_SQUARES_HALF_SUM), z), 1e-16, (p - 1) * p * (1 - p));
    ck_assert_double_eq_tol((p - 1) * p * (1 - p), -4.5e-5, 1e-6);
    EXPECT(grad_of(rg_bce_with_logits(z, y), z), 1e-15, p - 1);
    ck_assert_double_eq_tol(p - 1, -0.99995, 1e-5);
    rg_tape_free(t);
    ck_assert_double_lt(trained_score(half_square_of_sigmoid), -9.9);
    ck_assert_double_gt(trained_score(bce_of_score), 2);
}
END_TEST

/* ---- 6.2 ------------------------------------------------------------------------------------ */

/* A backward pass costs a few forward ones, whatever the number of parameters: in nodes,
 * and in numbers computed. A small step along it lowers the loss. */
START_TEST(backward_is_cheap)
{
    static const int width[] = {4, 64};
    for (int k = 0; k < 2; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_normal(t, RG_F64, rg_shape2(8, 5)), *w[2], *g[2];
        int64_t n[] = {5, width[k], 1};
        for (int i = 0; i < 2; i++) {
            w[i] = rg_leaf(t, RG_F64, rg_shape2(n[i], n[i + 1]));
            rg_init_draw(w[i], rg_glorot(true), n[i], n[i + 1], 1, (uint64_t)i);
        }
        int64_t start = rg_mark(t);
        rg_node *loss = rg_mean(rg_square(rg_matmul(rg_tanh(rg_matmul(x, w[0])), w[1])), RG_ALL_AXES);
        int64_t forward = rg_mark(t) - start;
        ck_assert_int_eq(rg_grad(loss, NULL, 2, w, g), RG_OK);
        ck_assert_int_le(rg_mark(t) - start - forward, 5 * forward);
        rg_node *moved[2];
        for (int i = 0; i < 2; i++) moved[i] = rg_sub(w[i], rg_scale(g[i], 1e-3));
        rg_node *after = rg_mean(rg_square(rg_matmul(rg_tanh(rg_matmul(x, moved[0])), moved[1])), RG_ALL_AXES);
        ck_assert_double_lt(rg_value(after), rg_value(loss));
        rg_tape_free(t);
    }
}
END_TEST

/* ---- 7 --------------------------------------------------------------------------------------- */

/* Jacobian J of W x is W; dy is J dx; the denominator layout is J', whose shape is (n, m). */
START_TEST(jacobian_and_its_layouts)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *W = MATRIX(t, 3, 1, 2, 3, 4, 5, 6), *x = VECTOR(t, 0.5, -1, 2), *J, *dx = VECTOR(t, 0.1, 0.2, -0.3);
    rg_node *y = rg_matmul(W, x), *seeds = rg_diag(VECTOR(t, 1, 1)), *rows;
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &J), RG_OK);
    expect_same(J, W, 0);
    expect_same(rg_matmul(W, rg_add(x, dx)), rg_add(y, rg_matmul(J, dx)), 1e-15);
    ck_assert_int_eq(rg_grad(y, seeds, 1, &x, &rows), RG_OK); /* a row for each output */
    expect_same(rows, J, 0);
    ck_assert_int_eq(rg_shape_of(rg_transpose(J)).dim[0], 3);
    expect_same(grad_of(rg_index(y, 0, 1), x), rg_index(rg_transpose(J), 1, 1), 0);
    rg_node *f = rg_dot(x, rg_matmul(MATRIX(t, 3, 1, 2, 3, 0, 1, 4, 5, 6, 0), x)), *H;
    ck_assert_int_eq(rg_hessian(f, 1, &x, &H), RG_OK);
    EXPECT(H, 1e-15, 2, 2, 8, 2, 2, 10, 8, 10, 0); /* A + A' */
    rg_tape_free(t);
}
END_TEST

/* (dz/dx)' = (dz/dy)' (dy/dx)': the Jacobian of a composition is the product. */
START_TEST(chain_rule_of_vectors)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0.3, -0.4), *W = MATRIX(t, 2, 1, 2, 3, 4, 5, 6), *V = MATRIX(t, 3, 1, -1, 2, 0, 1, 1);
    rg_node *y = rg_tanh(rg_matmul(W, x)), *z = rg_sin(rg_matmul(V, y)), *whole, *outer, *inner;
    ck_assert_int_eq(rg_jacobian(z, 1, &x, &whole), RG_OK);
    ck_assert_int_eq(rg_jacobian(z, 1, &y, &outer), RG_OK);
    ck_assert_int_eq(rg_jacobian(y, 1, &x, &inner), RG_OK);
    expect_same(whole, rg_matmul(outer, inner), 1e-15);
    rg_tape_free(t);
}
END_TEST

/* dz/dW of z = y - W x is a tensor (m, m, n) that is -x' in row k of slice k and 0
 * elsewhere; contracted with the upstream u it is -u x', which needs no tensor. */
START_TEST(tensor_derivative_is_an_outer_product)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *W = MATRIX(t, 3, 1, 2, 3, 4, 5, 6), *x = VECTOR(t, 7, 8, 9), *y = VECTOR(t, 1, 1), *T;
    rg_node *z = rg_sub(y, rg_matmul(W, x)), *u = VECTOR(t, 2, -3), *g;
    ck_assert_int_eq(rg_jacobian(z, 1, &W, &T), RG_OK);
    EXPECT(T, 0, -7, -8, -9, 0, 0, 0, 0, 0, 0, -7, -8, -9);
    int64_t start = rg_mark(t);
    ck_assert_int_eq(rg_grad(z, u, 1, &W, &g), RG_OK);
    int64_t end = rg_mark(t);
    expect_same(g, rg_neg(rg_outer(u, x)), 0);
    for (int64_t i = start; i < end; i++) /* nothing on the way back is larger than W */
        ck_assert_int_le(rg_count_of(rg_node_at(t, i)), rg_count_of(W));
    expect_same(g, rg_reshape(rg_matmul(u, rg_reshape(T, rg_shape2(2, 6))), rg_shape2(2, 3)), 0);
    rg_tape_free(t);
}
END_TEST

/* y = W x: x gets W' u, W gets u x'. Matrices: A gets G B', B gets A' G. Elementwise: the
 * upstream where relu passes. */
START_TEST(rules_of_products)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = MATRIX(t, 3, 1, -2, 3, 4, 5, -6), *B = MATRIX(t, 2, 1, 0, 2, 1, -1, 3), *g[2], *in[] = {A, B};
    rg_node *G = MATRIX(t, 2, 1, 2, 3, 4);
    ck_assert_int_eq(rg_grad(rg_matmul(A, B), G, 2, in, g), RG_OK);
    expect_same(g[0], rg_matmul(G, rg_transpose(B)), 0);
    expect_same(g[1], rg_matmul(rg_transpose(A), G), 0);
    rg_node *x = VECTOR(t, 1, 2, 3), *u = VECTOR(t, 5, -1), *pair[] = {A, x};
    ck_assert_int_eq(rg_grad(rg_matmul(A, x), u, 2, pair, g), RG_OK);
    expect_same(g[0], rg_outer(u, x), 0);
    expect_same(g[1], rg_matmul(rg_transpose(A), u), 0);
    ck_assert_int_eq(rg_grad(rg_relu(A), rg_const(t, RG_F64, rg_shape2(2, 3), 4), 1, &A, g), RG_OK);
    EXPECT(g[0], 0, 4, 0, 4, 4, 4, 0);
    rg_tape_free(t);
}
END_TEST

/* ---- 7.3, 8.1, 8.2 ------------------------------------------------------------------------------ */

enum { DEEP = 10, WIDE = 200, ROWS = 100 };

/* The deviation of the units at each layer, and of the gradients that arrive there when the
 * last layer is given N(0, 1). Returns that of the gradient of the first weights. */
static double depths(rg_init how, const char *activation, double *forward, double *backward)
{
    rg_tape *t = rg_tape_new(&(rg_config){.seed = 4});
    rg_node *h[DEEP + 1], *g[DEEP], *first = NULL, *slope;
    h[0] = rg_normal(t, RG_F64, rg_shape2(ROWS, WIDE));
    for (int i = 0; i < DEEP; i++) {
        rg_node *w = rg_leaf(t, RG_F64, rg_shape2(WIDE, WIDE));
        ck_assert_int_eq(rg_init_draw(w, how, WIDE, WIDE, 7, (uint64_t)i), RG_OK);
        if (i == 0) first = w;
        rg_node *z = rg_matmul(h[i], w);
        h[i + 1] = activation ? rg_activation(z, activation, NAN) : z;
        forward[i] = rg_value(rg_std(h[i + 1], RG_ALL_AXES));
    }
    rg_node *up = rg_normal(t, RG_F64, rg_shape2(ROWS, WIDE));
    ck_assert_int_eq(rg_grad(h[DEEP], up, DEEP, h, g), RG_OK);
    ck_assert_int_eq(rg_grad(h[DEEP], up, 1, &first, &slope), RG_OK);
    for (int i = 0; i < DEEP; i++) backward[i] = rg_value(rg_std(g[i], RG_ALL_AXES));
    double weights = rg_value(rg_std(slope, RG_ALL_AXES));
    rg_tape_free(t);
    return weights;
}

/* Deviation 0.01: each layer shrinks by sqrt(200) 0.01. Deviation 1: linear units and relu
 * explode, tanh saturates instead, and its gradients grow toward the input. */
START_TEST(small_weights_vanish_large_ones_explode)
{
    double up[DEEP], down[DEEP];
    double small = depths(rg_init_deviation(0.01), "tanh", up, down);
    ck_assert_double_lt(up[9], 1e-7);
    ck_assert_double_lt(small, 1e-5 * depths(rg_glorot(true), "tanh", down, down)); /* nothing is learned */
    depths(rg_init_deviation(0.01), "tanh", up, down);
    ck_assert_double_eq_tol(up[9] / up[8], sqrt(WIDE) * 0.01, 0.02);
    depths(rg_init_deviation(1), "relu", up, down);
    ck_assert_double_gt(up[9], 1e9);
    depths(rg_init_deviation(1), NULL, up, down);
    ck_assert_double_eq_tol(up[9] / pow(WIDE, 5), 1, 0.2);
    depths(rg_init_deviation(1), "tanh", up, down);
    ck_assert_double_le(up[9], 1);
    ck_assert_double_gt(up[9], 0.9);
    ck_assert_double_gt(down[0], 100 * down[9]);
}
END_TEST

/* Variance 1/n_in keeps linear units, forward; 1/n_out keeps their gradients; for relu it
 * halves the mean square at each layer, and 2/n_in keeps it. */
START_TEST(variances_that_are_kept)
{
    double up[DEEP], down[DEEP];
    depths((rg_init){1, RG_BY_INPUTS, false}, NULL, up, down);
    ck_assert_double_eq_tol(up[9], 1, 0.1);
    ck_assert_double_eq_tol(down[0], 1, 0.1); /* n_in = n_out here */
    depths((rg_init){1, RG_BY_OUTPUTS, true}, NULL, up, down);
    ck_assert_double_eq_tol(down[0], 1, 0.1);
    depths(rg_glorot(true), NULL, up, down);
    ck_assert_double_eq_tol(up[9], 1, 0.1);
    depths((rg_init){1, RG_BY_INPUTS, false}, "relu", up, down);
    double ratio = pow(up[9] / up[0], 1.0 / 9);
    ck_assert_double_eq_tol(ratio, sqrt(0.5), 0.03);
    depths(rg_he(true), "relu", up, down);
    ck_assert_double_eq_tol(up[9] / up[0], 1, 0.2);
    ck_assert_double_eq_tol(down[0], 1, 0.2);
}
END_TEST

/* One layer of 100 inputs and 400 units: the mean square of what goes out, and of what comes
 * back, beside that of what is given. */
static void through_a_wide_layer(rg_init how, double *forward, double *backward)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape2(200, 100)), *w = rg_leaf(t, RG_F64, rg_shape2(100, 400)), *g;
    ck_assert_int_eq(rg_init_draw(w, how, 100, 400, 5, 0), RG_OK);
    rg_node *y = rg_linear(x, w, NULL), *up = rg_normal(t, RG_F64, rg_shape2(200, 400));
    ck_assert_int_eq(rg_grad(y, up, 1, &x, &g), RG_OK);
    *forward = rg_value(rg_var(y, RG_ALL_AXES));
    *backward = rg_value(rg_var(g, RG_ALL_AXES));
    rg_tape_free(t);
}

/* Where a layer is wider than the one before, 1/n_in keeps the units and 1/n_out what comes
 * back, never both; 2/(n_in + n_out) is between. */
START_TEST(wide_layers_keep_one_or_the_other)
{
    static const double both = 2.0 / 500;
    const rg_init how[] = {{1, RG_BY_INPUTS, false}, {1, RG_BY_OUTPUTS, false}, rg_glorot(false)};
    static const double want[][2] = {{1, 4}, {0.25, 1}, {100 * both, 400 * both}};
    for (int i = 0; i < 3; i++) {
        double forward, backward;
        through_a_wide_layer(how[i], &forward, &backward);
        ck_assert_double_eq_tol(forward / want[i][0], 1, 0.05);
        ck_assert_double_eq_tol(backward / want[i][1], 1, 0.05);
    }
}
END_TEST

/* var(wh) = E(w)^2 var(h) + E(h)^2 var(w) + var(w) var(h) for independent w and h; a sum of n
 * products of mean 0 has n var(w) var(h). */
START_TEST(variance_of_a_product)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_offset(rg_scale(rg_normal(t, RG_F64, rg_shape1(200000)), 0.5), 0.6);
    rg_node *h = rg_offset(rg_scale(rg_normal(t, RG_F64, rg_shape1(200000)), 0.8), -1);
    double want = 0.36 * 0.64 + 1 * 0.25 + 0.25 * 0.64;
    ck_assert_double_eq_tol(rg_value(rg_var(rg_mul(w, h), 0)) / want, 1, 0.02);
    rg_node *many = rg_mul(rg_normal(t, RG_F64, rg_shape2(20000, 16)), rg_scale(rg_normal(t, RG_F64, rg_shape2(20000, 16)), 0.5));
    ck_assert_double_eq_tol(rg_value(rg_var(rg_sum(many, 1), 0)), 16 * 0.25, 0.1);
    rg_tape_free(t);
}
END_TEST

/* ---- 8.3 ------------------------------------------------------------------------------------------- */

/* All layers move at once, so each gradient is stale: what the joint step changes minus what
 * the single steps change falls as the square of the step. */
START_TEST(parallel_steps_are_stale)
{
    double last = 0;
    for (int k = 0; k < 3; k++) {
        double step = 0.01 * pow(0.1, k), loss[4];
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0), *w[] = {wavy_leaf(t, RG_F64, rg_shape2(3, 4), 1), wavy_leaf(t, RG_F64, rg_shape2(4, 2), 2)};
        rg_node *g[2], *start = rg_sum(rg_square(rg_matmul(rg_tanh(rg_matmul(x, w[0])), w[1])), RG_ALL_AXES);
        ck_assert_int_eq(rg_grad(start, NULL, 2, w, g), RG_OK);
        for (int moves = 0; moves < 4; moves++) {
            rg_node *v[2];
            for (int i = 0; i < 2; i++) v[i] = moves >> i & 1 ? rg_sub(w[i], rg_scale(g[i], step)) : w[i];
            loss[moves] = rg_value(rg_sum(rg_square(rg_matmul(rg_tanh(rg_matmul(x, v[0])), v[1])), RG_ALL_AXES));
        }
        double joint = loss[3] - loss[0], single = loss[1] + loss[2] - 2 * loss[0];
        if (k) ck_assert_double_eq_tol(last / fabs(joint - single), 100, 15);
        last = fabs(joint - single);
        rg_tape_free(t);
    }
}
END_TEST

/* y has mean beta and variance gamma^2 var/(var + eps): 0.0909 of gamma^2 where var is 1e-6. */
START_TEST(batch_norm_moments)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scale(rg_normal(t, RG_F64, rg_shape2(64, 2)), 2), *gamma = VECTOR(t, 3, 0.5), *beta = VECTOR(t, -1, 7);
    rg_node *y = rg_norm_batch(x, gamma, beta, NULL, NULL), *var = rg_var(x, 0);
    EXPECT(rg_mean(y, 0), 1e-14, -1, 7);
    rg_node *want = rg_mul(rg_square(gamma), rg_div(var, rg_offset(var, 1e-5)));
    expect_same(rg_var(y, 0), want, 1e-14);
    rg_node *tiny = MATRIX(t, 1, 1e-3, -1e-3); /* variance 1e-6 */
    EXPECT(rg_var(rg_norm_batch(tiny, VECTOR(t, 1), VECTOR(t, 0), NULL, NULL), 0), 1e-12, 1e-6 / (1e-6 + 1e-5));
    rg_node *root = rg_sqrt(rg_offset(var, 1e-5)); /* gamma and beta can undo it all */
    rg_node *undone = rg_norm_batch(x, root, rg_mean(x, 0), NULL, NULL);
    ck_assert_double_lt(rg_value(rg_amax(rg_abs(rg_sub(undone, x)), RG_ALL_AXES)), 1e-13);
    rg_tape_free(t);
}
END_TEST

/* The gradient as the sum of three paths - direct, through the variance, through the mean -
 * and in closed form: gamma r/m (m g - sum g - xh sum(g xh)). */
START_TEST(batch_norm_backward)
{
    enum { M = 5 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(M, 1), 0.4), *gamma = VECTOR(t, 1.7), *beta = VECTOR(t, 0.2), *dx;
    rg_node *up = wavy_leaf(t, RG_F64, rg_shape2(M, 1), 1.3);
    ck_assert_int_eq(rg_grad(rg_norm_batch(x, gamma, beta, NULL, NULL), up, 1, &x, &dx), RG_OK);
    double v[M], g[M], mean = 0, var = 0, sum = 0, along = 0, dvar = 0, dmean = 0, closed[M], paths[M];
    rg_read(x, RG_F64, v, M);
    rg_read(up, RG_F64, g, M);
    for (int i = 0; i < M; i++) mean += v[i] / M;
    for (int i = 0; i < M; i++) var += (v[i] - mean) * (v[i] - mean) / M;
    double r = 1 / sqrt(var + 1e-5);
    for (int i = 0; i < M; i++) {
        sum += g[i];
        along += g[i] * (v[i] - mean) * r;
        dvar += g[i] * 1.7 * (v[i] - mean) * -0.5 * r * r * r;
        dmean += -g[i] * 1.7 * r;
    }
    for (int i = 0; i < M; i++) {
        closed[i] = 1.7 * r / M * (M * g[i] - sum - (v[i] - mean) * r * along);
        paths[i] = 1.7 * r * g[i] + dvar * 2 * (v[i] - mean) / M + dmean / M;
    }
    expect_numbers(dx, 1e-13, M, closed, __LINE__);
    expect_numbers(dx, 1e-13, M, paths, __LINE__);
    rg_tape_free(t);
}
END_TEST

/* A bias in front of batch norm has gradient 0; the gradient of the weights is at a right
 * angle to them, for their size does not matter. */
START_TEST(what_batch_norm_hides)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(8, 3), 0), *w = wavy_leaf(t, RG_F64, rg_shape2(3, 2), 1), *b = VECTOR(t, 5, -3);
    rg_node *gamma = VECTOR(t, 1.5, 0.7), *beta = VECTOR(t, 0.1, 0.3), *in[] = {w, b}, *g[2];
    rg_node *y = rg_relu(rg_norm_batch(rg_linear(x, w, b), gamma, beta, NULL, NULL));
    ck_assert_int_eq(rg_grad(rg_sum(rg_sin(y), RG_ALL_AXES), NULL, 2, in, g), RG_OK);
    EXPECT(g[1], 1e-14, 0, 0);
    EXPECT(rg_sum(rg_mul(g[0], w), 0), 1e-4, 0, 0); /* but for eps */
    ck_assert_double_gt(rg_value(rg_norm(g[0], RG_ALL_AXES)), 0.1);
    rg_tape_free(t);
}
END_TEST

/* Weights of deviation 1 leave ten tanh layers saturated; with batch norm they do not. */
START_TEST(batch_norm_forgives_large_weights)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *h[2], *one = rg_const(t, RG_F64, rg_shape1(50), 1), *none = rg_const(t, RG_F64, rg_shape1(50), 0);
    h[0] = h[1] = rg_normal(t, RG_F64, rg_shape2(80, 50));
    for (int i = 0; i < DEEP; i++) {
        rg_node *w = rg_leaf(t, RG_F64, rg_shape2(50, 50));
        rg_init_draw(w, rg_init_deviation(1), 1, 1, 3, (uint64_t)i);
        h[0] = rg_tanh(rg_matmul(h[0], w));
        h[1] = rg_tanh(rg_norm_batch(rg_matmul(h[1], w), one, none, NULL, NULL));
    }
    double share[2];
    for (int k = 0; k < 2; k++) {
        rg_node *beyond = rg_gt(rg_abs(h[k]), rg_lit(h[k], 0.99));
        share[k] = rg_value(rg_mean(beyond, RG_ALL_AXES));
    }
    ck_assert_double_gt(share[0], 0.6);
    ck_assert_double_lt(share[1], 0.05);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("notes_networks", sigmoid_and_its_relatives, positive_inputs_push_one_way, dead_units_stay_dead,
         piecewise_not_the_larger_of_two, swish_between_linear_and_relu, cross_entropy_does_not_saturate,
         backward_is_cheap, jacobian_and_its_layouts, chain_rule_of_vectors, tensor_derivative_is_an_outer_product,
         rules_of_products, small_weights_vanish_large_ones_explode, variances_that_are_kept,
         wide_layers_keep_one_or_the_other, variance_of_a_product,
         parallel_steps_are_stale, batch_norm_moments, batch_norm_backward, what_batch_norm_hides,
         batch_norm_forgives_large_weights)
