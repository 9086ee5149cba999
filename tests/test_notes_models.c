/* test_notes_models.c - facts of notes 2 and 3, each computed: derivatives, least squares,
 * the choice of a model, images, neighbours. docs/mission.tsv names them by row. */
#include "notes_help.h"

/* ---- 2 ----------------------------------------------------------------------------------- */

START_TEST(image_to_a_vector_and_back)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *image = rg_uniform(t, RG_F64, rg_shape3(32, 32, 3)), *g;
    rg_node *x = rg_reshape(image, rg_shape1(-1)), *sum = rg_sum(rg_square(x), RG_ALL_AXES);
    ck_assert_int_eq(rg_count_of(x), 3072);
    static double a[3072], b[3072];
    read_all(rg_reshape(x, rg_shape3(32, 32, 3)), b);
    read_all(image, a);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_int_eq(rg_grad(sum, NULL, 1, &image, &g), RG_OK);
    ck_assert_int_eq(rg_shape_of(g).rank, 3);
    rg_tape_free(t);
}
END_TEST

/* y = 1, 2, 9 by its mean 4: the errors sum to 0, their squares to 38. The mean is best for
 * squares, the median 2 for sizes. */
START_TEST(best_constants)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = VECTOR(t, 1, 2, 9), *mean = rg_scalar(t, 4), *median = rg_scalar(t, 2);
    EXPECT(rg_sum(rg_sub(y, mean), RG_ALL_AXES), 0, 0);
    EXPECT(rg_squared_error(mean, y, RG_SQUARES_SUM), 0, 38);
    EXPECT(grad_of(rg_mse(mean, y), mean), 1e-15, 0);
    EXPECT(grad_of(rg_mae(median, y), median), 1e-15, 0);
    EXPECT(grad_of(rg_mae(mean, y), mean), 1e-15, 1.0 / 3);
    rg_tape_free(t);
}
END_TEST

/* Where descent on a loss of (constant, y) ends from 0, with a falling rate. */
static double descended(rg_node *(*loss)(rg_node *p, rg_node *y), double largest)
{
    double start = 0;
    rg_optim_config c = rg_sgd(0);
    c.schedule = (rg_schedule){.fall = RG_FALL_EXPONENTIAL, .every = 400};
    walk k = walk_from(c, (rg_group){.lr = 0.2}, 1, &start);
    for (int i = 0; i < 2000; i++) {
        int64_t mark = rg_step_begin(k.t);
        ck_assert_int_eq(rg_optim_step(k.o, loss(k.w, VECTOR(k.t, 1, 2, 3, 4, largest))), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    double end = *(double *)rg_peek(k.w).data;
    walk_end(&k);
    return end;
}

static rg_node *squares_of(rg_node *p, rg_node *y) { return rg_mse(p, y); }
static rg_node *sizes_of(rg_node *p, rg_node *y) { return rg_mae(p, y); }

/* Sizes of errors have no closed form, yet descent finds their minimum, the median; an outlier
 * carries the minimum of the squares away and leaves the median where it is. */
START_TEST(absolute_errors_by_descent)
{
    ck_assert_double_eq_tol(descended(sizes_of, 5), 3, 1e-3);
    ck_assert_double_eq_tol(descended(sizes_of, 90), 3, 1e-3);
    ck_assert_double_eq_tol(descended(squares_of, 5), 3, 1e-9);
    ck_assert_double_eq_tol(descended(squares_of, 90), 20, 1e-9);
}
END_TEST

/* a x + b and theta' [x; 1]: one value, and one gradient. */
START_TEST(bias_is_a_weight)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 3, -1, 2), *one = VECTOR(t, 1), *w = VECTOR(t, 0.5, 2, -1), *b = VECTOR(t, 0.7);
    rg_node *theta = VECTOR(t, 0.5, 2, -1, 0.7), *hat = rg_concat(2, (rg_node *[]){x, one}, 0);
    rg_node *split = rg_add(rg_dot(w, x), b), *joint = rg_dot(theta, hat);
    expect_same(rg_reshape(joint, rg_shape1(1)), split, 1e-15);
    EXPECT(grad_of(rg_square(joint), theta), 1e-14, 2 * -1.8 * 3, 2 * -1.8 * -1, 2 * -1.8 * 2, 2 * -1.8);
    expect_same(rg_concat(2, (rg_node *[]){grad_of(rg_square(split), w), grad_of(rg_square(split), b)}, 0),
                grad_of(rg_square(joint), theta), 1e-14);
    rg_tape_free(t);
}
END_TEST

/* The gradient of theta' x is theta; of x' A x it is (A + A') x, for a symmetric A 2 A x,
 * for one number 2 a x. That by A is x x', in A's shape. */
START_TEST(gradients_of_products)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, -2, 3), *theta = VECTOR(t, 4, 5, 6);
    rg_node *A = MATRIX(t, 3, 1, 2, 3, 4, 5, 6, 7, 8, 10), *S = rg_add(A, rg_transpose(A));
    expect_same(grad_of(rg_dot(theta, x), x), theta, 0);
    rg_node *form = rg_dot(x, rg_matmul(A, x));
    expect_same(grad_of(form, x), rg_matmul(S, x), 1e-14);
    expect_same(grad_of(rg_dot(x, rg_matmul(S, x)), x), rg_scale(rg_matmul(S, x), 2), 1e-14);
    expect_same(grad_of(form, A), rg_outer(x, x), 1e-14);
    rg_node *n = rg_scalar(t, 3);
    EXPECT(grad_of(rg_mul(rg_scale(n, 5), n), n), 0, 30);
    rg_tape_free(t);
}
END_TEST

/* f(x + d) - f(x) is d' grad f but for an error that falls as |d|^2. A wiggle of 0.01 where
 * the slope is 0.5 gives 0.005. */
START_TEST(small_changes_are_predicted)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0.3, -0.7), *way = VECTOR(t, 1, 2);
    double last = 0;
    for (int k = 0; k < 4; k++) {
        double h = pow(0.1, k + 1);
        rg_node *f = rg_exp(rg_sum(rg_sin(x), RG_ALL_AXES));
        rg_node *there = rg_exp(rg_sum(rg_sin(rg_add(x, rg_scale(way, h))), RG_ALL_AXES));
        rg_node *line = rg_scale(rg_dot(grad_of(f, x), way), h);
        double error = fabs(rg_value(rg_sub(rg_sub(there, f), line)));
        if (k) ck_assert_double_eq_tol(last / error, 100, 10);
        last = error;
    }
    rg_node *u = rg_scalar(t, 0.25);
    rg_node *moved = rg_sub(rg_square(rg_offset(u, 0.01)), rg_square(u));
    EXPECT(grad_of(rg_square(u), u), 0, 0.5);
    EXPECT(moved, 1.1e-4, 0.005);
    rg_tape_free(t);
}
END_TEST

/* (y - Xw)'(y - Xw)/2 compact, expanded, and as a sum over examples: one value, one
 * gradient -X'y + X'Xw; and the gradient of z'w is z. */
START_TEST(three_spellings_of_least_squares)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *X = wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0), *y = wavy_leaf(t, RG_F64, rg_shape1(6), 1);
    rg_node *w = VECTOR(t, 0.4, -1, 2), *r = rg_sub(y, rg_matmul(X, w)), *XX = rg_matmul(rg_transpose(X), X);
    rg_node *z = rg_matmul(rg_transpose(X), y);
    rg_node *compact = rg_scale(rg_dot(r, r), 0.5);
    rg_node *square = rg_dot(w, rg_matmul(XX, w)), *cross = rg_scale(rg_dot(z, w), -2);
    rg_node *expanded = rg_scale(rg_add(rg_add(rg_dot(y, y), cross), square), 0.5);
    rg_node *each = rg_squared_error(rg_matmul(X, w), y, RG_SQUARES_HALF_SUM);
    rg_node *want = rg_sub(rg_matmul(XX, w), z);
    expect_same(expanded, compact, 1e-13);
    expect_same(each, compact, 1e-14);
    expect_same(grad_of(compact, w), want, 1e-13);
    expect_same(grad_of(expanded, w), want, 1e-13);
    expect_same(grad_of(each, w), want, 1e-13);
    expect_same(grad_of(rg_dot(z, w), w), z, 0);
    rg_tape_free(t);
}
END_TEST

/* The Hessian of least squares is X'X, so one valley; a network with one hidden unit has the
 * same loss at (w, v) and at (-w, -v), and a higher one half way: at least two minima. */
START_TEST(one_minimum_or_many)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *X = wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0), *y = wavy_leaf(t, RG_F64, rg_shape1(6), 1), *w = VECTOR(t, 1, 2, 3), *H;
    ck_assert_int_eq(rg_hessian(rg_squared_error(rg_matmul(X, w), y, RG_SQUARES_HALF_SUM), 1, &w, &H), RG_OK);
    expect_same(H, rg_matmul(rg_transpose(X), X), 1e-13);
    rg_node *in = VECTOR(t, -1, 0.5, 2), *goal = rg_scale(rg_tanh(rg_scale(in, 0.8)), 1.5);
    static const double at[3][2] = {{0.8, 1.5}, {-0.8, -1.5}, {0, 0}};
    double loss[3];
    for (int i = 0; i < 3; i++) loss[i] = rg_value(rg_mse(rg_scale(rg_tanh(rg_scale(in, at[i][0])), at[i][1]), goal));
    ck_assert(loss[0] == 0 && loss[1] == 0 && loss[2] > 0.5);
    rg_tape_free(t);
}
END_TEST

/* ---- 3 ------------------------------------------------------------------------------------- */

/* Errors of a polynomial on n noisy points of a sine and on 400 new ones; their difference. */
static double gap_of(int n, int degree, double ridge, uint64_t seed, double *train, double *test)
{
    enum { MOST = 400 };
    static double X[MOST * 10], y[MOST], w[10];
    rg_tape *t = rg_tape_new(&(rg_config){.seed = seed});
    rg_lstsq_result r = {.weight = w};
    double error[2];
    for (int part = 0; part < 2; part++) {
        int rows = part ? MOST : n;
        rg_node *x = rg_offset(rg_scale(rg_uniform(t, RG_F64, rg_shape1(rows)), 2), -1);
        rg_node *noise = rg_scale(rg_normal(t, RG_F64, rg_shape1(rows)), 0.3);
        read_all(rg_add(rg_sin(rg_scale(x, 3)), noise), y);
        read_all(rg_polynomial(x, degree), X);
        if (part == 0) ck_assert_int_eq(rg_least_squares(t, n, degree + 1, X, y, ridge, &r), RG_OK);
        error[part] = 0;
        for (int i = 0; i < rows; i++) {
            double d = -y[i];
            for (int k = 0; k <= degree; k++) d += X[i * (degree + 1) + k] * w[k];
            error[part] += d * d / rows;
        }
    }
    rg_tape_free(t);
    *train += error[0];
    *test += error[1];
    return error[1] - error[0];
}

/* Degree 9 through 10 points learns the noise; more points close the gap. Degree 0 and 1
 * are too stiff whatever the points: both errors are far above the noise of 0.09. */
START_TEST(over_and_underfitting)
{
    static const int points[] = {20, 60, 400};
    double train = 0, test = 0, last = INFINITY;
    for (uint64_t seed = 0; seed < 20; seed++) gap_of(10, 9, 0, seed, &train, &test);
    ck_assert_double_gt(test, 10 * train);
    for (int k = 0; k < 3; k++) {
        double gap = 0;
        for (uint64_t seed = 0; seed < 20; seed++) gap += gap_of(points[k], 9, 0, seed, &train, &test);
        ck_assert_double_lt(gap, last);
        last = gap;
    }
    for (int degree = 0; degree < 2; degree++) {
        train = test = 0;
        for (uint64_t seed = 0; seed < 20; seed++) gap_of(400, degree, 0, seed, &train, &test);
        ck_assert_double_gt(train / 20, (degree ? 2.0 : 3.0) * 0.09);
        ck_assert_double_gt(test / 20, (degree ? 2.0 : 3.0) * 0.09);
    }
}
END_TEST

/* Distances between pixels are not distances between meanings: for most digits, the digit
 * itself four pixels to the right is farther than the nearest of another class. */
START_TEST(a_shifted_copy_is_far)
{
    enum { ROWS = 100, WIDTH = 784 };
    rg_data d;
    static double x[ROWS * WIDTH], moved[WIDTH];
    unsigned char shifted[WIDTH];
    int64_t all[ROWS], far = 0;
    for (int i = 0; i < ROWS; i++) all[i] = i;
    ck_assert_int_eq(rg_make_digits(&d, ROWS, 1, RG_TRAIN, NULL, NULL), RG_OK);
    rg_take_rows(&d, NULL, all, ROWS, RG_F64, x, NULL);
    for (int i = 0; i < ROWS; i++) {
        rg_image in = {1, 28, 28, (unsigned char *)d.x + i * WIDTH}, out = {1, 28, 28, shifted};
        rg_image_shift(&out, &in, 0, 4, 0, NULL);
        for (int k = 0; k < WIDTH; k++) moved[k] = shifted[k];
        double other = INFINITY, self = rg_distance(RG_EUCLIDEAN, x + i * WIDTH, moved, WIDTH);
        for (int j = 0; j < ROWS; j++)
            if (d.label[j] != d.label[i]) other = fmin(other, rg_distance(RG_EUCLIDEAN, x + i * WIDTH, x + j * WIDTH, WIDTH));
        far += self > other;
    }
    ck_assert_int_gt(far, 70);
    rg_data_free(&d);
}
END_TEST

/* Digits of one class are not alike: any two differ, and on average they are apart by more than
 * half of what digits of different classes are. */
START_TEST(digits_of_one_class_vary)
{
    enum { ROWS = 60, WIDTH = 784 };
    rg_data d;
    static double x[ROWS * WIDTH];
    int64_t all[ROWS], pairs[2] = {0, 0};
    double apart[2] = {0, 0};
    for (int i = 0; i < ROWS; i++) all[i] = i;
    ck_assert_int_eq(rg_make_digits(&d, ROWS, 1, RG_TRAIN, NULL, NULL), RG_OK);
    rg_take_rows(&d, NULL, all, ROWS, RG_F64, x, NULL);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < i; j++) {
            bool other = d.label[i] != d.label[j];
            double distance = rg_distance(RG_EUCLIDEAN, x + i * WIDTH, x + j * WIDTH, WIDTH);
            ck_assert_double_gt(distance, 0);
            apart[other] += distance;
            pairs[other]++;
        }
    ck_assert_double_gt(apart[0] / (double)pairs[0], 0.5 * apart[1] / (double)pairs[1]);
    rg_data_free(&d);
}
END_TEST

/* A large model with a ridge does better on new points than without. */
START_TEST(large_model_with_regularisation)
{
    double train[2] = {0}, test[2] = {0};
    for (uint64_t seed = 0; seed < 20; seed++)
        for (int k = 0; k < 2; k++) gap_of(12, 9, k ? 0.01 : 0, seed, &train[k], &test[k]);
    ck_assert_double_gt(train[1], train[0]);
    ck_assert_double_lt(test[1], 0.5 * test[0]);
}
END_TEST

/* Over many draws of noise, a ridge makes the estimate of a weight vary less around a mean
 * that is farther from the truth: less variance, more bias. */
START_TEST(ridge_trades_variance_for_bias)
{
    enum { DRAWS = 300, ROWS = 12 };
    rg_tape *t = rg_tape_new(NULL);
    double X[ROWS * 3], y[ROWS], noise[ROWS], mean[2] = {0}, squares[2] = {0}, w[3];
    fill_wavy(X, ROWS * 3, 0.7);
    rg_lstsq_result r = {.weight = w};
    for (int draw = 0; draw < DRAWS; draw++) {
        read_all(rg_normal(t, RG_F64, rg_shape1(ROWS)), noise);
        for (int i = 0; i < ROWS; i++) y[i] = 2 * X[3 * i] - X[3 * i + 1] + 0.5 * noise[i];
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(rg_least_squares(t, ROWS, 3, X, y, k ? 4 : 0, &r), RG_OK);
            mean[k] += w[0] / DRAWS;
            squares[k] += w[0] * w[0] / DRAWS;
        }
    }
    double variance[2] = {squares[0] - mean[0] * mean[0], squares[1] - mean[1] * mean[1]};
    ck_assert_double_lt(variance[1], 0.9 * variance[0]);
    ck_assert_double_gt(fabs(mean[1] - 2), 5 * fabs(mean[0] - 2));
    rg_tape_free(t);
}
END_TEST

/* The best of 200 guessers on a test set of 100 seems to be well above one half, and is not:
 * what was chosen on the test set is not measured by it. */
START_TEST(best_on_the_test_set_is_optimistic)
{
    enum { GUESSERS = 200, ROWS = 100, ROUNDS = 20 };
    rg_tape *t = rg_tape_new(NULL);
    double seen = 0, fresh = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t mark = rg_mark(t);
        rg_node *hit = rg_mean(rg_bernoulli(t, RG_F64, rg_shape2(GUESSERS, ROWS), 0.5), 1);
        rg_node *again = rg_mean(rg_bernoulli(t, RG_F64, rg_shape2(GUESSERS, ROWS), 0.5), 1);
        rg_node *best = rg_argmax(hit, 0);
        seen += rg_value(rg_amax(hit, 0)) / ROUNDS;
        fresh += rg_value(rg_gather(again, best, 0)) / ROUNDS;
        rg_rewind(t, mark);
        rg_commit(t);
    }
    ck_assert_double_gt(seen, 0.6);
    ck_assert_double_eq_tol(fresh, 0.5, 3 * 0.05 / sqrt(ROUNDS));
    rg_tape_free(t);
}
END_TEST

typedef struct noisy_points {
    double x[300];
    int64_t label[300];
} noisy_points;

/* Share of wrong votes over rows 200 to 299 by neighbours among the first 200. */
static rg_status wrong_votes(void *ud, const double *value, double *out)
{
    const noisy_points *p = ud;
    rg_neighbour near[64];
    int64_t k = (int64_t)value[0], wrong = 0;
    for (int i = 200; i < 300; i++) {
        rg_nearest((rg_metric)value[1], p->x, 200, 1, p->x + i, k, near);
        wrong += rg_vote(near, k, p->label, 2) != p->label[i];
    }
    *out = (double)wrong / 100;
    return RG_OK;
}

/* Labels that are wrong one time in five: one neighbour learns the noise, and the validation
 * rows choose a larger k. */
START_TEST(validation_chooses_k)
{
    static noisy_points p;
    rg_tape *t = rg_tape_new(NULL);
    double flip[300], one;
    read_all(rg_uniform(t, RG_F64, rg_shape1(300)), p.x);
    read_all(rg_uniform(t, RG_F64, rg_shape1(300)), flip);
    for (int i = 0; i < 300; i++) p.label[i] = (p.x[i] > 0.5) != (flip[i] < 0.2);
    static const double k[] = {1, 5, 15, 45}, metric[] = {RG_EUCLIDEAN, RG_MAXIMUM};
    rg_grid g = {2, {{"k", 4, k}, {"metric", 2, metric}}};
    double value[2], lowest;
    int64_t at;
    ck_assert_int_eq(rg_grid_search(&g, wrong_votes, &p, &at, &lowest), RG_OK);
    rg_grid_point(&g, at, value);
    ck_assert_double_gt(value[0], 1);
    wrong_votes(&p, (double[]){1, RG_EUCLIDEAN}, &one);
    ck_assert_double_gt(one, lowest + 0.03);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("notes_models", image_to_a_vector_and_back, best_constants, absolute_errors_by_descent, bias_is_a_weight, gradients_of_products,
         small_changes_are_predicted, three_spellings_of_least_squares, one_minimum_or_many, over_and_underfitting,
         a_shifted_copy_is_far, digits_of_one_class_vary, large_model_with_regularisation, ridge_trades_variance_for_bias,
         best_on_the_test_set_is_optimistic, validation_chooses_k)
