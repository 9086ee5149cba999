/* test_notes_scores.c - facts of notes 4, each computed: distances, linear classifiers,
 * likelihood, softmax. docs/mission.tsv names them by row. */
#include "notes_help.h"

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

/* No formula gives the weights of a softmax classifier; the loss is convex, so descent from two
 * places ends with one loss, and with a gradient of 0. (Labels overlap, so that it ends at all.) */
START_TEST(softmax_classifiers_need_descent)
{
    double end[2];
    for (int start = 0; start < 2; start++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *X = MATRIX(t, 2, -2, 1, -1, 1, 0, 1, 1, 1, 2, 1, 0.5, 1), *y = INDEX(t, 0, 1, 1, 0, 2, 2);
        rg_node *W = rg_leaf(t, RG_F64, rg_shape2(2, 3)), *g = NULL;
        rg_init_draw(W, rg_init_deviation(start ? 3 : 0.1), 1, 1, 2, (uint64_t)start);
        for (int i = 0; i < 6000; i++) {
            int64_t mark = rg_step_begin(t);
            rg_node *loss = rg_cross_entropy(rg_matmul(X, W), y);
            g = grad_of(loss, W);
            if (i == 5999) {
                end[start] = rg_value(loss);
                ck_assert_double_lt(rg_value(rg_norm(g, RG_ALL_AXES)), 1e-10);
            }
            rg_assign(W, rg_sub(W, rg_scale(g, 0.5)));
            ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
        }
        rg_tape_free(t);
    }
    ck_assert_double_eq_tol(end[0], end[1], 1e-14);
    ck_assert_double_gt(end[0], 0.1);
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

/* With w1 twice as long the scores of class 1 grow and the boundary moves: a point changes
 * its class. */
START_TEST(length_of_a_row_moves_the_boundary)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0.8, 1);
    EXPECT(rg_argmax(rg_matmul(MATRIX(t, 2, 1, 0, 0, 1), x), 0), 0, 1);
    EXPECT(rg_argmax(rg_matmul(MATRIX(t, 2, 2, 0, 0, 1), x), 0), 0, 0);
    rg_tape_free(t);
}
END_TEST

/* p(x) does not depend on theta: with it or without, the gradient is the same; the highest
 * place of z is the lowest of -z. For frames that depend on the one before, the product of
 * the marginals is not the likelihood: the conditional one is higher. */
START_TEST(what_the_likelihood_leaves_out)
{
    enum { FRAMES = 500 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *z = VECTOR(t, 0.2, -1, 0.5), *label = rg_reshape(INDEX(t, 2), rg_shape0());
    rg_node *loss = rg_nll(z, label), *with = rg_add(loss, rg_gaussian_nll(rg_lit(z, 0), rg_lit(z, 1), VECTOR(t, 3, 4)));
    expect_same(grad_of(with, z), grad_of(loss, z), 0);
    rg_node *mirrored = rg_neg(z);
    expect_same(rg_gather(mirrored, rg_argmax(z, 0), 0), rg_amin(mirrored, 0), 0);
    double x[FRAMES], noise[FRAMES];
    read_all(rg_normal(t, RG_F64, rg_shape1(FRAMES)), noise);
    x[0] = noise[0];
    for (int i = 1; i < FRAMES; i++) x[i] = 0.9 * x[i - 1] + sqrt(0.19) * noise[i]; /* variance 1 */
    rg_node *frames = rg_leaf_from(t, RG_F64, rg_shape1(FRAMES), x, FRAMES);
    rg_node *now = rg_slice(frames, 0, 1, FRAMES - 1, 1), *before = rg_slice(frames, 0, 0, FRAMES - 1, 1);
    double apart = rg_value(rg_gaussian_nll(rg_lit(now, 0), rg_lit(now, 1), now));
    double given = rg_value(rg_gaussian_nll(rg_scale(before, 0.9), rg_lit(now, 0.19), now));
    ck_assert_double_lt(given, apart - 0.5);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("notes_scores", distances_lose_meaning, scale_of_a_feature_decides, scores_of_a_linear_classifier,
         xor_needs_a_hidden_layer, rings_are_separable_in_polar_coordinates, chain_rule_of_probability,
         softmax_is_a_distribution, sums_of_logs_instead_of_products,
         softmax_classifiers_need_descent, log_sum_exp_is_nearly_the_largest,
         length_of_a_row_moves_the_boundary, what_the_likelihood_leaves_out)
