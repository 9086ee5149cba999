/* test_notes_descent.c - facts of notes 5, each computed: critical points, steps, batches,
 * networks that are linear and not. docs/mission.tsv names them by row. */
#include "notes_help.h"

/* ---- 5.1, 5.2 ---------------------------------------------------------------------------------- */

static void expect_curvature(rg_node *f, rg_node *x, double trace, double det)
{
    rg_node *H;
    EXPECT(rg_norm(grad_of(f, x), 0), 1e-12, 0);
    ck_assert_int_eq(rg_hessian(f, 1, &x, &H), RG_OK);
    EXPECT(rg_trace(H), 1e-12, trace);
    EXPECT(rg_det(H), 1e-12, det);
}

/* Where the gradient is 0 the Hessian tells: both eigenvalues above 0, below, or one each. */
START_TEST(critical_points)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0, 0), *u = VECTOR(t, 3, 2);
    rg_node *a = rg_index(x, 0, 0), *b = rg_index(x, 0, 1);
    expect_curvature(rg_sub(rg_square(a), rg_square(b)), x, 0, -4);   /* a saddle  */
    expect_curvature(rg_add(rg_square(a), rg_square(b)), x, 4, 4);    /* a minimum */
    expect_curvature(rg_neg(rg_add(rg_square(a), rg_square(b))), x, -4, 4); /* a maximum */
    rg_node *c = rg_index(u, 0, 0), *d = rg_index(u, 0, 1); /* Himmelblau's at (3, 2) */
    rg_node *left = rg_offset(rg_add(rg_square(c), d), -11), *right = rg_offset(rg_add(c, rg_square(d)), -7);
    expect_curvature(rg_add(rg_square(left), rg_square(right)), u, 108, 74 * 34 - 400);
    rg_tape_free(t);
}
END_TEST

/* A random symmetric 2x2 matrix is positive definite with probability (2 - sqrt 2)/4; a
 * 3x3 one far more seldom: poor minima are rare where there are many directions. */
START_TEST(minima_are_rare_in_many_dimensions)
{
    enum { DRAWS = 20000 };
    rg_tape *t = rg_tape_new(NULL);
    static double g[DRAWS * 9];
    int two = 0, three = 0;
    read_all(rg_normal(t, RG_F64, rg_shape2(DRAWS, 9)), g);
    for (int i = 0; i < DRAWS; i++) {
        const double *r = g + 9 * i;
        double a = r[0], d = r[4], f = r[8], b = (r[1] + r[3]) / 2, c = (r[2] + r[6]) / 2, e = (r[5] + r[7]) / 2;
        bool positive = a > 0 && a * d - b * b > 0;
        two += positive;
        three += positive && a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d) > 0;
    }
    ck_assert_double_eq_tol((double)two / DRAWS, (2 - sqrt(2)) / 4, 0.01);
    ck_assert_double_eq_tol((double)three / DRAWS, 0.025, 0.005);
    rg_tape_free(t);
}
END_TEST

/* The slope along u is u' grad, largest downward against the gradient. */
START_TEST(steepest_descent)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0.4, -1.1), *f = rg_add(rg_sum(rg_sin(x), RG_ALL_AXES), rg_prod(x, RG_ALL_AXES));
    rg_node *g = grad_of(f, x);
    double slope[2], length = rg_value(rg_norm(g, 0)), lowest = 0, at = 0;
    read_all(g, slope);
    for (int k = 0; k < 3600; k++) {
        double angle = k * acos(-1) / 1800, along = slope[0] * cos(angle) + slope[1] * sin(angle);
        if (along < lowest) {
            lowest = along;
            at = angle;
        }
        if (k % 600) continue;
        rg_node *u = VECTOR(t, cos(angle), sin(angle));
        EXPECT(rg_jvp(f, 1, &x, &u), 1e-14, along);
    }
    ck_assert_double_eq_tol(lowest, -length, 1e-5);
    ck_assert_double_eq_tol(cos(at), -slope[0] / length, 2e-3);
    rg_tape_free(t);
}
END_TEST

/* On c x^2/2 descent converges below a rate of 2/c, stays as far above, and explodes beyond;
 * close to 0 it hardly moves. */
START_TEST(learning_rates_diagnosed)
{
    static const double rate[] = {1e-4, 0.4, 0.5, 0.51};
    double end[4];
    for (int k = 0; k < 4; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_scalar(t, 1);
        rg_optim_config c = rg_sgd(0);
        rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 1, .param = &x, .lr = rate[k]});
        for (int i = 0; i < 200; i++) {
            int64_t mark = rg_step_begin(t);
            ck_assert_int_eq(rg_optim_step(o, rg_scale(rg_square(x), 2)), RG_OK); /* c = 4 */
            ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
        }
        end[k] = fabs(rg_value(x));
        rg_optim_free(o);
        rg_tape_free(t);
    }
    ck_assert(end[0] > 0.9 && end[1] < 1e-10 && end[2] == 1 && end[3] > 100);
}
END_TEST

/* By differences a gradient costs two passes for every parameter; backward it costs a few. */
START_TEST(differences_cost_a_pass_per_parameter)
{
    enum { N = 50 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape1(N), 0), *g;
    double *number = rg_peek(x).data, slope[N];
    int64_t start = rg_mark(t), nodes = 0;
    ck_assert_int_eq(rg_grad(rg_sum(rg_sin(rg_square(x)), 0), NULL, 1, &x, &g), RG_OK);
    int64_t backward = rg_mark(t) - start;
    read_all(g, slope);
    for (int i = 0; i < N; i++) {
        double f[2], was = number[i];
        for (int k = 0; k < 2; k++) {
            int64_t mark = rg_mark(t);
            number[i] = was + (k ? 1e-5 : -1e-5);
            rg_touch(x);
            f[k] = rg_value(rg_sum(rg_sin(rg_square(x)), 0));
            nodes += rg_mark(t) - mark;
        }
        number[i] = was;
        ck_assert_double_eq_tol((f[1] - f[0]) / 2e-5, slope[i], 1e-7);
    }
    ck_assert_int_gt(nodes, 10 * backward);
    rg_tape_free(t);
}
END_TEST

/* ---- 5.3 ------------------------------------------------------------------------------------------ */

/* Six examples for a line of one weight: the gradient of the mean loss over some of them. */
static double gradient_of_rows(rg_tape *t, const int64_t *rows, int64_t n)
{
    static const double x[] = {1, -0.5, 2, 0.3, -1.2, 0.8}, y[] = {0.4, 1, 2.5, -1, 0.2, 1.7};
    int64_t mark = rg_mark(t);
    rg_node *at = rg_leaf_from(t, RG_I64, rg_shape1(n), rows, (size_t)n), *w = rg_scalar(t, 0.7);
    rg_node *X = rg_leaf_from(t, RG_F64, rg_shape1(6), x, 6), *Y = rg_leaf_from(t, RG_F64, rg_shape1(6), y, 6);
    double g = rg_value(grad_of(rg_mse(rg_mul(rg_gather(X, at, 0), w), rg_gather(Y, at, 0)), w));
    rg_rewind(t, mark);
    return g;
}

/* Each example has a gradient of its own. Over all pairs the mean is the gradient of all, and
 * the variance S^2/k (1 - k/N); so it is, but for chance, over the batches of 2,000 epochs. */
START_TEST(variance_of_a_batch)
{
    rg_tape *t = rg_tape_new(NULL);
    double mean = gradient_of_rows(t, (int64_t[]){0, 1, 2, 3, 4, 5}, 6), S2 = 0, of_pairs = 0, squares = 0;
    for (int64_t i = 0; i < 6; i++) S2 += pow(gradient_of_rows(t, &i, 1) - mean, 2) / 5;
    ck_assert_double_gt(S2, 1); /* noise: no example points where all do */
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = i + 1; j < 6; j++) {
            double g = gradient_of_rows(t, (int64_t[]){i, j}, 2);
            of_pairs += g / 15;
            squares += (g - mean) * (g - mean) / 15;
        }
    ck_assert_double_eq_tol(of_pairs, mean, 1e-14);
    ck_assert_double_eq_tol(squares, S2 / 2 * (1 - 2.0 / 6), 1e-14);

    enum { EPOCHS = 2000 };
    rg_batches b;
    const int64_t *rows;
    double drawn = 0, spread = 0;
    ck_assert_int_eq(rg_batches_new(&b, NULL, 6, 2, 1, NULL, NULL), RG_OK);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        rg_batches_begin(&b, epoch);
        ck_assert_int_eq(rg_batches_next(&b, &rows), 2);
        double g = gradient_of_rows(t, rows, 2);
        drawn += g / EPOCHS;
        spread += (g - mean) * (g - mean) / EPOCHS;
    }
    ck_assert_double_eq_tol(drawn, mean, 4 * sqrt(squares / EPOCHS));
    ck_assert_double_eq_tol(spread / squares, 1, 0.15);
    rg_batches_free(&b);
    rg_tape_free(t);
}
END_TEST

/* J of some rows: the mean of log p(label | row) of a softmax classifier, by the definition. */
static rg_node *mean_log_p(rg_node *w, const int64_t *row, int64_t n)
{
    static const double x[6][2] = {{1, 0.3}, {-0.5, 1}, {0.2, -1.4}, {1.1, 0.9}, {-1, -0.2}, {0.4, 0.6}};
    static const int64_t label[] = {0, 1, 2, 0, 1, 2};
    rg_tape *t = rg_tape_of(w);
    rg_node *sum = rg_scalar(t, 0);
    for (int64_t i = 0; i < n; i++) {
        rg_node *log_p = rg_log_softmax(rg_matmul(w, VECTOR(t, x[row[i]][0], x[row[i]][1])), -1);
        sum = rg_add(sum, rg_index(log_p, 0, label[row[i]]));
    }
    return rg_scale(sum, 1.0 / (double)n);
}

/* 5.3: J = 1/m sum log p is to be large. The mean of its gradient over all batches is its gradient
 * over all rows; a step along that raises J, one against it lowers it; and descent on -J, which
 * is the cross entropy, is ascent on J. */
START_TEST(mean_log_likelihood_is_ascended)
{
    static const int64_t all[] = {0, 1, 2, 3, 4, 5};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = MATRIX(t, 2, 0.1, -0.2, 0.4, 0, -0.3, 0.2), *J = mean_log_p(w, all, 6), *up = grad_of(J, w);
    rg_node *mean = rg_scale(w, 0);
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = i + 1; j < 6; j++)
            mean = rg_add(mean, rg_scale(grad_of(mean_log_p(w, (int64_t[]){i, j}, 2), w), 1 / 15.0));
    expect_same(mean, up, 1e-15);
    rg_node *raised = rg_add(w, rg_scale(up, 0.1)), *lowered = rg_sub(w, rg_scale(up, 0.1));
    ck_assert_double_gt(rg_value(mean_log_p(raised, all, 6)), rg_value(J) + 1e-3);
    ck_assert_double_lt(rg_value(mean_log_p(lowered, all, 6)), rg_value(J) - 1e-3);
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = 0.1});
    double want[6];
    read_all(raised, want);
    int64_t mark = rg_step_begin(t);
    ck_assert_int_eq(rg_optim_step(o, rg_neg(mean_log_p(w, all, 6))), RG_OK);
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    expect_numbers(w, 1e-15, 6, want, __LINE__);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* ---- 5.4, 5.5 --------------------------------------------------------------------------------------- */

/* A unit with a threshold computes AND and OR; 3072-100-10 has 308,310 numbers. */
START_TEST(units_and_their_numbers)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 2, 0, 0, 0, 1, 1, 0, 1, 1), *w = VECTOR(t, 1, 1);
    EXPECT(rg_positive(rg_offset(rg_matmul(x, w), -1.5)), 0, 0, 0, 0, 1);
    EXPECT(rg_positive(rg_offset(rg_matmul(x, w), -0.5)), 0, 0, 1, 1, 1);
    rg_model m;
    open_network(&m, t, "linear 100, relu, linear 10", 3072, 1);
    ck_assert_int_eq(rg_model_size(&m), 308310);
    rg_tape_free(t);
}
END_TEST

/* Linear layers are one: W = W1 W2 W3 (rows are examples) and b = b3 + b2 W3 + b1 W2 W3; its
 * rank is at most the narrowest width. */
START_TEST(linear_layers_collapse)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_network(&m, t, "linear 2, linear 6, linear 4", 5, 1);
    for (int i = 1; i < 6; i += 2)
        rg_init_draw(m.param[i], rg_init_deviation(1), 1, 1, 9, (uint64_t)i);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(7, 5), 0);
    rg_node *tail = rg_matmul(m.param[2], m.param[4]), *W = rg_matmul(m.param[0], tail);
    rg_node *b = rg_add(m.param[5], rg_matmul(m.param[3], m.param[4]));
    b = rg_add(b, rg_matmul(m.param[1], tail));
    expect_same(rg_model_apply(&m, x, RG_MODE_PREDICT), rg_linear(x, W, b), 1e-13);
    double numbers[20], right[5] = {1, 2, 3, 4, 5}, weight[4];
    read_all(W, numbers);
    rg_lstsq_result r = {.weight = weight};
    ck_assert_int_eq(rg_least_squares(t, 5, 4, numbers, right, 0, &r), RG_OK);
    ck_assert_int_eq(r.rank, 2);
    rg_tape_free(t);
}
END_TEST

/* A disc in a ring: one hidden unit cannot tell them apart, eight can. */
START_TEST(wider_layers_separate)
{
    enum { ROWS = 120 };
    double share[2], x[ROWS * 2];
    int64_t label[ROWS];
    for (int i = 0; i < ROWS; i++) {
        double r = i % 2 ? 2 : 0.7, angle = i * 2.399963;
        x[2 * i] = r * cos(angle);
        x[2 * i + 1] = r * sin(angle);
        label[i] = i % 2;
    }
    for (int k = 0; k < 2; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_model m;
        open_network(&m, t, k ? "linear 8, tanh, linear 2" : "linear 1, tanh, linear 2", 2, 1);
        rg_node *rows = rg_leaf_from(t, RG_F64, rg_shape2(ROWS, 2), x, 2 * ROWS), *y = rg_leaf_from(t, RG_I64, rg_shape1(ROWS), label, ROWS);
        train_model(&m, rows, y, NULL, 300, 0.05);
        share[k] = rg_value(rg_correct(rg_model_apply(&m, rows, RG_MODE_PREDICT), y)) / ROWS;
        rg_tape_free(t);
    }
    ck_assert_double_lt(share[0], 0.9);
    ck_assert_double_gt(share[1], 0.98);
}
END_TEST

/* The best linear autoencoder with k hidden units keeps the k largest singular values: its loss
 * is the sum of the squares of the others, and its gradient is 0. */
START_TEST(linear_autoencoder)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 3, 3, 0, 0, 0, 2, 0, 0, 0, 1, -3, 0, 0, 0, -2, 0, 0, 0, -1), *in = MATRIX(t, 2, 1, 0, 0, 1, 0, 0), *out = MATRIX(t, 3, 1, 0, 0, 0, 1, 0);
    rg_node *w[] = {in, out}, *g[2];
    rg_node *loss = rg_squared_error(rg_matmul(rg_matmul(x, in), out), x, RG_SQUARES_SUM);
    EXPECT(loss, 0, 2); /* the singular values are the roots of 18, 8 and 2 */
    ck_assert_int_eq(rg_grad(loss, NULL, 2, w, g), RG_OK);
    for (int i = 0; i < 2; i++) EXPECT(rg_norm(g[i], RG_ALL_AXES), 0, 0);
    rg_model m;
    open_network(&m, t, "linear 2, linear 3", 3, 1);
    ck_assert_double_eq_tol(train_model(&m, x, NULL, x, 1500, 0.01), 2.0 / 18, 1e-3);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("notes_descent", critical_points, minima_are_rare_in_many_dimensions, steepest_descent,
         learning_rates_diagnosed, differences_cost_a_pass_per_parameter, variance_of_a_batch,
         mean_log_likelihood_is_ascended,
         units_and_their_numbers, linear_layers_collapse, wider_layers_separate, linear_autoencoder)
