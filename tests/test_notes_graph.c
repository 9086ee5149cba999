/* test_notes_graph.c - facts of the notes' card, of 2.2, 5.4, 6.2 and 6.3, each computed: what
 * a gate hands back, that layers are equations and steps are nodes, what a gradient leaves
 * alone. docs/mission.tsv names them by row. */
#include "notes_help.h"

/* What arrives at x when u arrives at y. */
static rg_node *back(rg_node *y, rg_node *u, rg_node *x)
{
    rg_node *g;
    ck_assert_int_eq(rg_grad(y, u, 1, &x, &g), RG_OK);
    return g;
}

/* ---- 2.2 ----------------------------------------------------------------------------------- */

/* y, bold y, bold Y: a number has no axis, a vector one, a matrix two, a tensor more. */
START_TEST(shapes_of_the_notation)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *of[] = {rg_scalar(t, 4), VECTOR(t, 1, 2, 3), MATRIX(t, 3, 1, 2, 3, 4, 5, 6), rg_leaf(t, RG_F64, rg_shape3(32, 32, 3))};
    static const char *const said[] = {"scalar", "3", "2x3", "32x32x3"};
    for (int i = 0; i < 4; i++) {
        char text[RG_TEXT];
        ck_assert_int_eq(rg_shape_of(of[i]).rank, i);
        ck_assert_str_eq(rg_shape_text(rg_shape_of(of[i]), text), said[i]);
    }
    rg_tape_free(t);
}
END_TEST

/* ---- 6.3 ----------------------------------------------------------------------------------- */

/* Each elementwise gate at (a, b), and what it hands back of u: by the rules, in numbers. */
START_TEST(elementwise_gates_by_hand)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = VECTOR(t, 2, -3, 0.5), *b = VECTOR(t, 4, 5, -1), *c = VECTOR(t, 1, 2, 4), *u = VECTOR(t, 1, 10, -2);
    EXPECT(rg_add(a, b), 0, 6, 2, -0.5);
    EXPECT(back(rg_add(a, b), u, a), 0, 1, 10, -2);
    EXPECT(back(rg_add(a, b), u, b), 0, 1, 10, -2);
    EXPECT(rg_mul(a, b), 0, 8, -15, -0.5);
    EXPECT(back(rg_mul(a, b), u, a), 0, 4, 50, 2);
    EXPECT(back(rg_mul(a, b), u, b), 0, 2, -30, -1);
    EXPECT(rg_max(a, b), 0, 4, 5, 0.5);
    EXPECT(back(rg_max(a, b), u, a), 0, 0, 0, -2);
    EXPECT(back(rg_max(a, b), u, b), 0, 1, 10, 0);
    EXPECT(rg_inv(a), 1e-16, 0.5, -1. / 3, 2);
    EXPECT(back(rg_inv(a), u, a), 1e-15, -0.25, -10. / 9, 8);
    EXPECT(rg_exp(a), 1e-15, 7.3890560989306502, 0.049787068367863944, 1.6487212707001282);
    EXPECT(back(rg_exp(a), u, a), 1e-15, 7.3890560989306502, 0.49787068367863944, -3.2974425414002564);
    EXPECT(rg_log(c), 1e-15, 0, 0.69314718055994531, 1.3862943611198906);
    EXPECT(back(rg_log(c), u, c), 1e-15, 1, 5, -0.5);
    rg_tape_free(t);
}
END_TEST

/* A product gives G B' and A' G back, a transpose turns what arrives. */
START_TEST(matrix_gates_by_hand)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = MATRIX(t, 2, 1, 2, 3, 4), *B = MATRIX(t, 2, 5, 6, 7, 8), *G = MATRIX(t, 2, 1, 10, -2, 3);
    EXPECT(rg_matmul(A, B), 0, 19, 22, 43, 50);
    EXPECT(back(rg_matmul(A, B), G, A), 0, 65, 87, 8, 10);
    EXPECT(back(rg_matmul(A, B), G, B), 0, -5, 19, -6, 32);
    rg_node *wide = MATRIX(t, 3, 1, 2, 3, 4, 5, 6), *up = MATRIX(t, 2, 10, 40, 20, 50, 30, 60);
    EXPECT(rg_transpose(wide), 0, 1, 4, 2, 5, 3, 6);
    EXPECT(back(rg_transpose(wide), up, wide), 0, 10, 20, 30, 40, 50, 60);
    rg_tape_free(t);
}
END_TEST

/* ---- 5.4 ------------------------------------------------------------------------------------- */

/* f(x w + b) of one row by loops: n inputs, m units, weights (n, m). */
static void layer_by_loops(const double *x, const double *w, const double *b, int n, int m, double (*f)(double), double *h)
{
    for (int j = 0; j < m; j++) {
        double z = b[j];
        for (int i = 0; i < n; i++) z += x[i] * w[i * m + j];
        h[j] = f(z);
    }
}

static double positive_part(double z) { return z > 0 ? z : 0; }
static double as_it_is(double z) { return z; }

/* h1 = tanh(W1 x + b1), h2 = relu(W2 h1 + b2), z = W3 h2 + b3: three layers, for the input is
 * none. The model's output is that of loops, with biases that are not 0. */
START_TEST(layers_are_equations)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_network(&m, t, "linear 4, tanh, linear 3, relu, linear 2", 5, 3);
    ck_assert_int_eq(m.params, 2 * 3);
    double x[5], w[6][20], h1[4], h2[3], z[2];
    fill_wavy(x, 5, 0.2);
    for (int i = 0; i < 6; i++) {
        if (i % 2) rg_init_draw(m.param[i], rg_init_deviation(0.5), 1, 1, 8, (uint64_t)i);
        read_all(m.param[i], w[i]);
    }
    layer_by_loops(x, w[0], w[1], 5, 4, tanh, h1);
    layer_by_loops(h1, w[2], w[3], 4, 3, positive_part, h2);
    layer_by_loops(h2, w[4], w[5], 3, 2, as_it_is, z);
    rg_node *row = rg_leaf_from(t, RG_F64, rg_shape2(1, 5), x, 5);
    EXPECT(rg_model_apply(&m, row, RG_MODE_PREDICT), 1e-15, z[0], z[1]);
    layer_by_loops(x, w[0], w[1], 5, 4, as_it_is, h1);
    EXPECT(rg_linear(row, m.param[0], m.param[1]), 1e-15, h1[0], h1[1], h1[2], h1[3]);
    EXPECT(rg_linear(rg_scale(VECTOR(t, 3), 1), MATRIX(t, 1, 2), VECTOR(t, 1)), 0, 7); /* a x + b */
    rg_tape_free(t);
}
END_TEST

/* ---- the card, 6.2 ------------------------------------------------------------------------------ */

/* Network, loss and update are one recording: its gradient passes the check, and what the
 * optimizer assigns is w - lr g by that gradient. */
START_TEST(a_training_step_is_a_graph)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    rg_report r;
    rg_node *g[4];
    double before[4][12], slope[4][12], after[12];
    open_network(&m, t, "linear 4, sigmoid, linear 3", 2, 1);
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 4, .param = m.param, .lr = 0.3});
    int64_t mark = rg_step_begin(t);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(5, 2), 0);
    rg_node *loss = rg_cross_entropy(rg_model_apply(&m, x, RG_MODE_TRAIN), INDEX(t, 0, 2, 1, 1, 0));
    ck_assert_int_eq(rg_check_graph(loss, 4, m.param, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_PASS);
    ck_assert_int_eq(rg_grad(loss, NULL, 4, m.param, g), RG_OK);
    for (int i = 0; i < 4; i++) {
        read_all(m.param[i], before[i]);
        read_all(g[i], slope[i]);
    }
    ck_assert_int_eq(rg_optim_step(o, loss), RG_OK);
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    for (int i = 0; i < 4; i++) {
        read_all(m.param[i], after);
        for (int64_t j = 0; j < rg_count_of(m.param[i]); j++)
            ck_assert_double_eq_tol(after[j], before[i][j] - 0.3 * slope[i][j], 1e-15);
    }
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* Backpropagation only finds the gradient: no parameter changes by it. What is done with it is
 * another's choice: the same one moves w differently by descent and by Adam. */
START_TEST(a_gradient_is_not_a_step)
{
    rg_optim_config how[] = {rg_sgd(0), rg_adam()};
    double end[2];
    for (int i = 0; i < 2; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = rg_scalar(t, 2), *g;
        rg_optim *o = rg_optim_new(t, &how[i], 1, &(rg_group){.n = 1, .param = &w, .lr = 0.1});
        int64_t mark = rg_step_begin(t);
        ck_assert_int_eq(rg_grad(rg_square(w), NULL, 1, &w, &g), RG_OK);
        ck_assert_double_eq(rg_value(g), 4);
        ck_assert_int_eq(rg_commit(t), RG_OK);
        ck_assert_double_eq(rg_value(w), 2);
        ck_assert_int_eq(rg_optim_apply(o, &g), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
        end[i] = rg_value(w);
        rg_optim_free(o);
        rg_tape_free(t);
    }
    ck_assert_double_eq_tol(end[0], 2 - 0.1 * 4, 1e-15);
    ck_assert_double_eq_tol(end[1], 2 - 0.1, 1e-12);
}
END_TEST

RG_SUITE("notes_graph", shapes_of_the_notation, elementwise_gates_by_hand, matrix_gates_by_hand, layers_are_equations,
         a_training_step_is_a_graph, a_gradient_is_not_a_step)
