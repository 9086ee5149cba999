/* test_notes_models.c - facts of notes 2 to 5, each computed: least squares, images,
 * linear classifiers, likelihood, softmax, descent, networks. docs/mission.tsv names them
 * by row. */
#include "expect.h"
#include "nn_help.h"

static void read_all(rg_node *x, double *to) { rg_read(x, RG_F64, to, (size_t)rg_count_of(x)); }

static void expect_same(rg_node *a, rg_node *b, double tol)
{
    double v[EXPECT_MOST];
    size_t n = (size_t)rg_count_of(b);
    ck_assert_uint_le(n, EXPECT_MOST);
    read_all(b, v);
    expect_numbers(a, tol, n, v, __LINE__);
}

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

/* ---- 3 ------------------------------------------------------------------------------------- */

/* Test error over training error of a polynomial on n noisy points of a sine. */
static double gap_of(int n, int degree, uint64_t seed, double *train, double *test)
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
        if (part == 0) ck_assert_int_eq(rg_least_squares(t, n, degree + 1, X, y, 0, &r), RG_OK);
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
    for (uint64_t seed = 0; seed < 20; seed++) gap_of(10, 9, seed, &train, &test);
    ck_assert_double_gt(test, 10 * train);
    for (int k = 0; k < 3; k++) {
        double gap = 0;
        for (uint64_t seed = 0; seed < 20; seed++) gap += gap_of(points[k], 9, seed, &train, &test);
        ck_assert_double_lt(gap, last);
        last = gap;
    }
    for (int degree = 0; degree < 2; degree++) {
        train = test = 0;
        for (uint64_t seed = 0; seed < 20; seed++) gap_of(400, degree, seed, &train, &test);
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

/* ---- 4 --------------------------------------------------------------------------------------- */

/* (farthest - nearest)/nearest of 500 random points falls with the dimension; a ball fills
 * its cube by 0.785 in 2 dimensions and by 0.0025 in 10. */
START_TEST(distances_lose_meaning)
{
    static const int dims[] = {2, 10, 100, 1000};
    double last = INFINITY, ball = 1;
    for (int k = 0; k < 4; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_offset(rg_uniform(t, RG_F64, rg_shape2(500, dims[k])), -0.5);
        rg_node *far = rg_norm(x, 1);
        double nearest = rg_value(rg_amin(far, 0)), contrast = (rg_value(rg_amax(far, 0)) - nearest) / nearest;
        ck_assert_double_lt(contrast, 0.5 * last);
        last = contrast;
        rg_tape_free(t);
    }
    ck_assert_double_lt(last, 0.2);
    for (int n = 2; n <= 10; n += 2) { /* V(n) = V(n - 2) pi/(2 n) in units of the cube */
        ball *= acos(-1) / (2 * n);
        if (n == 2) ck_assert_double_eq_tol(ball, 0.7853981634, 1e-10);
    }
    ck_assert_double_eq_tol(ball, 0.00249039457, 1e-10);
}
END_TEST

/* Neighbours have no preference among features: with one measured in other units another
 * point is the nearest. */
START_TEST(scale_of_a_feature_decides)
{
    static const double at[] = {0, 0};
    double x[] = {1, 0, 0, 2};
    rg_neighbour near;
    rg_nearest(RG_EUCLIDEAN, x, 2, 2, at, 1, &near);
    ck_assert_int_eq(near.row, 0);
    x[0] *= 100;
    rg_nearest(RG_EUCLIDEAN, x, 2, 2, at, 1, &near);
    ck_assert_int_eq(near.row, 1);
}
END_TEST

/* W x + b for ten classes of 3072 pixels; each score is a row's product; |w| |x| cos angle. */
START_TEST(scores_of_a_linear_classifier)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *W = rg_normal(t, RG_F64, rg_shape2(10, 3072)), *x = rg_normal(t, RG_F64, rg_shape2(3072, 1));
    rg_node *b = rg_normal(t, RG_F64, rg_shape2(10, 1)), *y = rg_add(rg_matmul(W, x), b);
    ck_assert_int_eq(rg_shape_of(y).dim[0], 10);
    ck_assert_int_eq(rg_shape_of(y).dim[1], 1);
    rg_node *row = rg_index(W, 0, 1), *column = rg_reshape(x, rg_shape1(-1));
    rg_node *one = rg_add(rg_dot(row, column), rg_reshape(rg_index(b, 0, 1), rg_shape0()));
    expect_same(one, rg_reshape(rg_index(y, 0, 1), rg_shape0()), 1e-12);
    rg_node *w = VECTOR(t, 2, 0), *v = VECTOR(t, 1.5, 1.5 * sqrt(3));
    EXPECT(rg_dot(w, v), 1e-14, 2 * 3 * cos(acos(-1) / 3));
    rg_matmul(x, W);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

static int right_on_xor(double a, double b, double c)
{
    int right = 0;
    for (int i = 0; i < 4; i++) right += (a * (i & 1) + b * (i >> 1) + c > 0) == (i == 1 || i == 2);
    return right;
}

/* No line is right on more than three of the four points; two hidden units are on all. */
START_TEST(xor_needs_a_hidden_layer)
{
    int best = 0;
    for (int i = 0; i < 41 * 41 * 41; i++) {
        int right = right_on_xor(i % 41 / 10.0 - 2, i / 41 % 41 / 10.0 - 2, i / 1681 / 10.0 - 2);
        best = right > best ? right : best;
    }
    ck_assert_int_eq(best, 3);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 2, 0, 0, 0, 1, 1, 0, 1, 1), *y = INDEX(t, 0, 1, 1, 0);
    rg_node *w1 = MATRIX(t, 2, 4, -4, 4, -4), *b1 = VECTOR(t, -2, 6), *w2 = MATRIX(t, 2, -4, 4, -4, 4);
    rg_node *b2 = VECTOR(t, 4, -4);
    rg_node *h = rg_tanh(rg_linear(x, w1, b1));
    EXPECT(rg_correct(rg_linear(h, w2, b2), y), 0, 4);
    rg_tape_free(t);
}
END_TEST

/* A ring around a disc: no line separates them, the distance from the middle does. */
START_TEST(rings_are_separable_in_polar_coordinates)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *angle = rg_scale(rg_uniform(t, RG_F64, rg_shape1(200)), 6.2831853);
    rg_node *inner = rg_uniform(t, RG_F64, rg_shape1(200)), *outer = rg_offset(inner, 1.5);
    double most = 0, least = 1;
    for (int ring = 0; ring < 2; ring++) {
        rg_node *r = ring ? outer : inner;
        rg_node *x = rg_mul(r, rg_cos(angle)), *y = rg_mul(r, rg_sin(angle));
        rg_node *polar = rg_sqrt(rg_add(rg_square(x), rg_square(y)));
        if (ring == 0) most = rg_value(rg_amax(polar, 0));
        if (ring == 1) least = rg_value(rg_amin(polar, 0));
    }
    ck_assert_double_lt(most, least);
    rg_tape_free(t);
}
END_TEST

/* p(a,b,c) as a table: all six orders of the chain rule give it back, and p(b,c|d,e) is the
 * joint over p(d) p(e|d). */
START_TEST(chain_rule_of_probability)
{
    static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *p = rg_reshape(rg_softmax(rg_normal(t, RG_F64, rg_shape1(24)), 0), rg_shape3(2, 3, 4));
    for (int k = 0; k < 6; k++) {
        rg_node *q = rg_permute(p, order[k]);         /* (first, second, third) */
        rg_node *pair = rg_sum_keep(q, 2), *first = rg_sum_keep(pair, 1);
        rg_node *second = rg_div(pair, first), *third = rg_div(q, pair);
        expect_same(rg_mul(rg_mul(first, second), third), q, 1e-15);
    }
    rg_node *joint = rg_reshape(rg_softmax(rg_normal(t, RG_F64, rg_shape1(36)), 0), rg_shape4(2, 3, 2, 3));
    rg_node *de = rg_sum_keep(rg_sum_keep(joint, 0), 1), *d = rg_sum_keep(de, 3), *e = rg_div(de, d);
    rg_node *given = rg_div(joint, rg_mul(d, e));
    EXPECT(rg_sum(rg_sum(given, 0), 0), 1e-14, 1, 1, 1, 1, 1, 1);
    rg_tape_free(t);
}
END_TEST

/* Between 0 and 1, summing to 1; the Jacobian is diag(p) - p p'; two classes are a sigmoid
 * of the difference. */
START_TEST(softmax_is_a_distribution)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *z = VECTOR(t, 2, -1, 0.5, 30), *p = rg_softmax(z, 0), *J;
    EXPECT(rg_sum(p, 0), 1e-15, 1);
    ck_assert_double_ge(rg_value(rg_amin(p, 0)), 0);
    ck_assert_double_le(rg_value(rg_amax(p, 0)), 1);
    z = VECTOR(t, 2, -1, 0.5);
    p = rg_softmax(z, 0);
    ck_assert_int_eq(rg_jacobian(p, 1, &z, &J), RG_OK);
    expect_same(J, rg_sub(rg_diag(p), rg_outer(p, p)), 1e-15);
    rg_node *two = VECTOR(t, 0.7, -0.4);
    EXPECT(rg_index(rg_softmax(two, 0), 0, 0), 1e-15, 1 / (1 + exp(-1.1)));
    rg_tape_free(t);
}
END_TEST

/* The product of 2000 likelihoods is 0 in a double, the sum of their logs is a number;
 * -log softmax_y is LSE - a_y; the log keeps the order. */
START_TEST(sums_of_logs_instead_of_products)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *logits = rg_normal(t, RG_F64, rg_shape2(2000, 3)), *label = rg_argmax(rg_normal(t, RG_F64, rg_shape2(2000, 3)), 1);
    rg_node *nll = rg_nll(logits, label);
    ck_assert_double_eq(rg_value(rg_prod(rg_exp(rg_neg(nll)), 0)), 0);
    double sum = rg_value(rg_sum(nll, 0));
    ck_assert(isfinite(sum) && sum > 1000);
    rg_node *few = VECTOR(t, 0.3, 2, -1), *a = rg_index(few, 0, 1);
    expect_same(rg_nll(few, rg_reshape(INDEX(t, 1), rg_shape0())), rg_sub(rg_logsumexp(few, 0), a), 1e-15);
    expect_same(rg_argmax(rg_softmax(few, 0), 0), rg_argmax(rg_log_softmax(few, 0), 0), 0);
    rg_tape_free(t);
}
END_TEST

/* max <= LSE <= max + log c, equal at equal scores; the loss of a right answer is at most
 * log c and goes to 0 with the margin; that of a wrong one goes to the margin. */
START_TEST(log_sum_exp_is_nearly_the_largest)
{
    rg_tape *t = rg_tape_new(NULL);
    for (int k = 0; k < 50; k++) {
        rg_node *z = rg_scale(rg_normal(t, RG_F64, rg_shape1(7)), 0.2 * k);
        double most = rg_value(rg_amax(z, 0)), lse = rg_value(rg_logsumexp(z, 0));
        ck_assert_double_ge(lse, most);
        ck_assert_double_le(lse, most + log(7) + 1e-14);
        rg_node *best = rg_argmax(z, 0);
        ck_assert_double_le(rg_value(rg_nll(z, best)), log(7) + 1e-14);
    }
    EXPECT(rg_logsumexp(VECTOR(t, 5, 5, 5, 5), 0), 1e-15, 5 + log(4));
    rg_node *right = rg_reshape(INDEX(t, 0), rg_shape0()), *wrong = rg_reshape(INDEX(t, 1), rg_shape0());
    ck_assert_double_lt(rg_value(rg_nll(VECTOR(t, 40, 0, 0), right)), 1e-15);
    EXPECT(rg_nll(VECTOR(t, 40, 0, 0), wrong), 1e-15, 40);
    rg_tape_free(t);
}
END_TEST

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

/* ---- 5.3 ------------------------------------------------------------------------------------------ */

/* Over all pairs of six examples: the mean of a batch's gradient is the whole one, and its
 * variance is S^2/k (1 - k/N). */
START_TEST(variance_of_a_batch)
{
    double g[6], mean = 0, S2 = 0, of_means = 0, squares = 0;
    fill_wavy(g, 6, 0.3);
    for (int i = 0; i < 6; i++) mean += g[i] / 6;
    for (int i = 0; i < 6; i++) S2 += (g[i] - mean) * (g[i] - mean) / 5;
    for (int i = 0; i < 6; i++)
        for (int j = i + 1; j < 6; j++) {
            double m = (g[i] + g[j]) / 2;
            of_means += m / 15;
            squares += (m - mean) * (m - mean) / 15;
        }
    ck_assert_double_eq_tol(of_means, mean, 1e-15);
    ck_assert_double_eq_tol(squares, S2 / 2 * (1 - 2.0 / 6), 1e-15);
}
END_TEST

/* ---- 5.4, 5.5 --------------------------------------------------------------------------------------- */

static void open_network(rg_model *m, rg_tape *t, const char *text, int64_t inputs)
{
    rg_spec s;
    ck_assert_int_eq(rg_spec_parse(&s, text, NULL), RG_OK);
    ck_assert_int_eq(rg_model_init(m, t, &s, inputs, RG_F64, 1), RG_OK);
}

/* A unit with a threshold computes AND and OR; 3072-100-10 has 308,310 numbers. */
START_TEST(units_and_their_numbers)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 2, 0, 0, 0, 1, 1, 0, 1, 1), *w = VECTOR(t, 1, 1);
    EXPECT(rg_positive(rg_offset(rg_matmul(x, w), -1.5)), 0, 0, 0, 0, 1);
    EXPECT(rg_positive(rg_offset(rg_matmul(x, w), -0.5)), 0, 0, 1, 1, 1);
    rg_model m;
    open_network(&m, t, "linear 100, relu, linear 10", 3072);
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
    open_network(&m, t, "linear 2, linear 6, linear 4", 5);
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

RG_SUITE("notes_models", image_to_a_vector_and_back, best_constants, bias_is_a_weight, gradients_of_products,
         small_changes_are_predicted, three_spellings_of_least_squares, over_and_underfitting, a_shifted_copy_is_far,
         distances_lose_meaning, scale_of_a_feature_decides, scores_of_a_linear_classifier, xor_needs_a_hidden_layer,
         rings_are_separable_in_polar_coordinates, chain_rule_of_probability, softmax_is_a_distribution,
         sums_of_logs_instead_of_products, log_sum_exp_is_nearly_the_largest, critical_points,
         minima_are_rare_in_many_dimensions, steepest_descent, learning_rates_diagnosed, variance_of_a_batch,
         units_and_their_numbers, linear_layers_collapse)
