/* test_known.c - values and gradients that are known: by convention at corners and
 * ties, by hand elsewhere. "As NumPy" and "as PyTorch" name whose convention it is. */
#include "expect.h"
#include "suite.h"

static const double inf = (double)INFINITY, nan_ = (double)NAN;

/* ---- ties, corners, bounds ---------------------------------------------------------- */

START_TEST(max_at_a_tie)
{
    rg_tape *t = rg_tape_new(NULL); /* half to each, as PyTorch's maximum */
    rg_node *a = VECTOR(t, 1, 2, 3), *b = VECTOR(t, 3, 2, 1);
    EXPECT(rg_max(a, b), 0, 3, 2, 3);
    EXPECT(grad_of(rg_max(a, b), a), 0, 0, .5, 1);
    EXPECT(grad_of(rg_max(a, b), b), 0, 1, .5, 0);
    EXPECT(grad_of(rg_min(a, b), a), 0, 1, .5, 0);
    EXPECT(grad_of(rg_max(a, a), a), 0, 1, 1, 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(max_at_a_tie_strictly)
{
    rg_config cfg = {.strict_ties = true}; /* notes 6.3: the indicator of a > b */
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *a = VECTOR(t, 1, 2, 3), *b = VECTOR(t, 3, 2, 1);
    EXPECT(grad_of(rg_max(a, b), a), 0, 0, 0, 1);
    EXPECT(grad_of(rg_max(a, b), b), 0, 1, 0, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(reducing_max_shares)
{
    rg_tape *t = rg_tape_new(NULL); /* equally among the winners, as PyTorch's amax */
    rg_node *x = MATRIX(t, 3, 1, 5, 5, 2, 0, 1);
    EXPECT(rg_amax(x, 1), 0, 5, 2);
    EXPECT(grad_of(rg_amax(x, 1), x), 0, 0, .5, .5, 1, 0, 0);
    EXPECT(grad_of(rg_amin(x, RG_ALL_AXES), x), 0, 0, 0, 0, 0, 1, 0);
    rg_node *same = VECTOR(t, 4, 4, 4, 4);
    EXPECT(grad_of(rg_amax(same, 0), same), 0, .25, .25, .25, .25);
    rg_tape_free(t);
}
END_TEST

START_TEST(first_winner)
{
    rg_tape *t = rg_tape_new(NULL); /* as NumPy's argmax */
    EXPECT(rg_argmax(VECTOR(t, 3, 7, 7, 1), 0), 0, 1);
    EXPECT(rg_argmax(MATRIX(t, 2, 1, 1, 0, 1), 0), 0, 0, 0);
    EXPECT(rg_argmax(VECTOR(t, 1, nan_, 9), 0), 0, 1);
    EXPECT(rg_argmax(MATRIX(t, 3, 1, 5, 2, 9, 4, 7), 0), 0, 1, 0, 1);
    EXPECT(rg_argmax(MATRIX(t, 3, 1, 5, 2, 9, 4, 7), 1), 0, 1, 0);
    rg_node *cube = rg_reshape(VECTOR(t, 0, 3, 1, 2, 5, 4, 9, 6, 8, 7, 11, 10), rg_shape3(2, 3, 2));
    EXPECT(rg_argmax(cube, 1), 0, 2, 2, 2, 2);
    EXPECT(rg_argmax(cube, 2), 0, 1, 1, 0, 0, 0, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(derivatives_at_corners)
{
    rg_tape *t = rg_tape_new(NULL); /* 0 at 0: relu and abs as PyTorch, norm as a subgradient */
    rg_node *x = VECTOR(t, -1, 0, 2), *zero = VECTOR(t, 0, 0);
    EXPECT(grad_of(rg_relu(x), x), 0, 0, 0, 1);
    EXPECT(grad_of(rg_abs(x), x), 0, -1, 0, 1);
    EXPECT(grad_of(rg_norm(zero, 0), zero), 0, 0, 0);
    EXPECT(grad_of(rg_std(zero, 0), zero), 0, 0, 0);
    EXPECT(grad_of(rg_leaky_relu(x, .1), x), 0, .1, .1, 1);
    EXPECT(grad_of(rg_sqrt(zero), zero), 0, inf, inf);
    EXPECT(rg_sign(x), 0, -1, 0, 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(half_on_a_bound)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, -2, -1, 0, 1, 2), *one = VECTOR(t, 1);
    EXPECT(rg_clamp(x, -1, 1), 0, -1, -1, 0, 1, 1);
    EXPECT(grad_of(rg_clamp(x, -1, 1), x), 0, 0, .5, 1, .5, 0);
    EXPECT(grad_of(rg_clamp(one, 1, 1), one), 0, 0);
    EXPECT(grad_of(rg_huber_of(x, 1), x), 0, -1, -1, 0, 1, 1);
    rg_tape_free(t);
}
END_TEST

/* ---- what is not taken carries nothing ------------------------------------------------------- */

START_TEST(branch_not_taken)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0, -1, 2), *zero = rg_lit(x, 0);
    rg_node *y = rg_where(rg_gt(x, zero), rg_log(x), zero);
    EXPECT(y, 1e-15, 0, 0, log(2));
    EXPECT(grad_of(y, x), 0, 0, 0, .5);
    rg_node *bad = VECTOR(t, nan_, inf, 1), *c = VECTOR(t, 0, 0, 1);
    EXPECT(rg_where(c, bad, zero), 0, 0, 0, 1);
    EXPECT(grad_of(rg_where(c, rg_square(bad), zero), bad), 0, 0, 0, 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(zero_upstream_meets_infinity)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 0, 1), *c = VECTOR(t, 0, 1);
    EXPECT(grad_of(rg_mul(rg_sqrt(x), c), x), 0, 0, .5);
    EXPECT(grad_of(rg_mul(rg_log(x), c), x), 0, 0, 1);
    EXPECT(grad_of(rg_mul(rg_inv(x), c), x), 0, 0, -1);
    rg_tape_free(t);
}
END_TEST

/* ---- reductions --------------------------------------------------------------------- */

START_TEST(products_with_zeros)
{
    rg_tape *t = rg_tape_new(NULL); /* products of the others, never y/x */
    rg_node *one = VECTOR(t, 2, 0, 3), *two = VECTOR(t, 0, 5, 0), *five = VECTOR(t, 1, 2, 3, 4, 5);
    EXPECT(grad_of(rg_prod(one, 0), one), 0, 0, 6, 0);
    EXPECT(grad_of(rg_prod(two, 0), two), 0, 0, 0, 0);
    EXPECT(rg_prod(five, 0), 0, 120);
    EXPECT(grad_of(rg_prod(five, 0), five), 0, 120, 60, 40, 30, 24);
    EXPECT(rg_prod(MATRIX(t, 2, 1, 2, 3, 4), 0), 0, 3, 8);
    EXPECT(hessian_of(rg_prod(one, 0), one), 0, 0, 3, 0, 3, 0, 2, 0, 2, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(empty_and_single)
{
    rg_tape *t = rg_tape_new(NULL); /* as NumPy; largest of nothing is an error there too */
    rg_node *none = rg_leaf(t, RG_F64, rg_shape1(0)), *rows = rg_leaf(t, RG_F64, rg_shape2(0, 3)),
            *one = VECTOR(t, 7);
    EXPECT(rg_sum(none, 0), 0, 0);
    EXPECT(rg_prod(none, 0), 0, 1);
    EXPECT(rg_mean(none, 0), 0, nan_);
    EXPECT(rg_logsumexp(none, 0), 0, -inf);
    EXPECT(rg_norm(none, 0), 0, 0);
    EXPECT(rg_sum(rows, 0), 0, 0, 0, 0);
    EXPECT(rg_var(one, 0), 0, 0);
    EXPECT(rg_softmax(one, 0), 0, 1);
    EXPECT(grad_of(rg_logsumexp(one, 0), one), 0, 1);
    ck_assert_int_eq(rg_count_of(grad_of(rg_exp(none), none)), 0);
    EXPECT(rg_matmul(rg_leaf(t, RG_F64, rg_shape2(1, 0)), rg_leaf(t, RG_F64, rg_shape2(0, 2))), 0,
           0, 0);
    rg_amax(none, 0);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(variance_divides_by_n)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2, 3, 6);
    EXPECT(rg_mean(x, 0), 0, 3);
    EXPECT(rg_var(x, 0), 0, 3.5);
    EXPECT(rg_std(x, 0), 1e-15, sqrt(3.5));
    EXPECT(grad_of(rg_var(x, 0), x), 1e-15, -1, -.5, 0, 1.5); /* 2 (x - mean)/n */
    rg_tape_free(t);
}
END_TEST

START_TEST(large_scores)
{
    rg_tape *t = rg_tape_new(NULL); /* notes 4.5 */
    double l2 = log(2), small = log1p(exp(-1));
    rg_node *up = VECTOR(t, 1000, 1000), *down = VECTOR(t, -1000, -1001),
            *far = VECTOR(t, 1000, -1000);
    EXPECT(rg_logsumexp(up, 0), 1e-15, 1000 + l2);
    EXPECT(rg_logsumexp(down, 0), 1e-15, -1000 + small);
    EXPECT(rg_softmax(far, 0), 0, 1, 0);
    EXPECT(rg_log_softmax(down, 0), 1e-15, -small, -1 - small);
    EXPECT(rg_log_softmax(far, 0), 0, 0, -2000);
    EXPECT(grad_of(rg_logsumexp(far, 0), far), 0, 1, 0);
    EXPECT(rg_softplus(VECTOR(t, -1000, 0, 1000)), 1e-15, 0, l2, 1000);
    EXPECT(rg_sigmoid(VECTOR(t, -1000, 0, 1000)), 1e-15, 0, .5, 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(shift_of_scores_changes_nothing)
{
    rg_tape *t = rg_tape_new(NULL);
    const double shift[] = {0, 1000, -1000, 4096};
    for (int i = 0; i < 4; i++) {
        rg_node *x = rg_offset(VECTOR(t, .5, -1, 2), shift[i]);
        EXPECT(rg_softmax(x, 0), 2e-16, 0x1.66fea62c5b14bp-3, 0x1.406902e1eb928p-5,
               0x1.9239c646ca81bp-1);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(f32_log_softmax_keeps_its_digits_at_1000)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_cast(VECTOR(t, 1000, 999), RG_F32), *label = INDEX(t, 0);
    EXPECT(rg_log_softmax(x, 0), 1e-7, -log1p(exp(-1)), -1 - log1p(exp(-1)));
    EXPECT(rg_cross_entropy(x, label), 1e-7, log1p(exp(-1)));
    rg_tape_free(t);
}
END_TEST

START_TEST(infinite_scores)
{
    rg_tape *t = rg_tape_new(NULL); /* a class that cannot be: as NumPy computes it */
    rg_node *x = VECTOR(t, 0, -inf, 0);
    EXPECT(rg_logsumexp(x, 0), 1e-15, log(2));
    EXPECT(rg_softmax(x, 0), 0, .5, 0, .5);
    EXPECT(rg_log_softmax(x, 0), 1e-15, -log(2), -inf, -log(2));
    EXPECT(rg_nll(MATRIX(t, 3, 0, -inf, 0), INDEX(t, 2)), 1e-15, log(2));
    EXPECT(rg_logsumexp(VECTOR(t, -inf, -inf), 0), 0, -inf);
    rg_tape_free(t);
}
END_TEST

START_TEST(cross_entropy_gradient)
{
    rg_tape *t = rg_tape_new(NULL); /* (p - onehot)/n, notes 5.1 */
    rg_node *z = MATRIX(t, 3, 1, 2, 3, -1, 0, 4), *label = INDEX(t, 2, 0),
            *g = grad_of(rg_cross_entropy(z, label), z);
    rg_node *onehot = MATRIX(t, 3, 0, 0, 1, 1, 0, 0);
    rg_node *want = rg_scale(rg_sub(rg_softmax(z, -1), onehot), .5);
    EXPECT(rg_amax(rg_abs(rg_sub(g, want)), RG_ALL_AXES), 1e-16, 0);
    EXPECT(rg_sub(rg_cross_entropy(z, label), rg_cross_entropy(z, onehot)), 1e-15, 0);
    EXPECT(rg_cross_entropy(VECTOR(t, 0, 0), INDEX(t, 1)), 1e-16, log(2));
    rg_tape_free(t);
}
END_TEST

/* Exactly 0 where the upstream is, whatever the row holds. */
START_TEST(a_row_without_upstream_gets_zeros)
{
    for (int d = 0; d < 2; d++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *z = rg_cast(MATRIX(t, 3, 1, 2, 3, inf, 0, 4, -1, 0, 4), d ? RG_F32 : RG_F64), *label = INDEX(t, 2, 0, 1);
        rg_node *wanted = rg_cast(VECTOR(t, 0, 0, 1), d ? RG_F32 : RG_F64);
        rg_node *g = grad_of(rg_sum(rg_mul(rg_nll(z, label), wanted), RG_ALL_AXES), z);
        EXPECT(rg_slice(g, 0, 0, 2, 1), 0, 0, 0, 0, 0, 0, 0);
        EXPECT(rg_sum(rg_slice(g, 0, 2, 1, 1), RG_ALL_AXES), 1e-7, 0);
        ck_assert_double_lt(rg_value(rg_amin(g, RG_ALL_AXES)), -.5);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- moving numbers ----------------------------------------------------------------- */

START_TEST(repeated_indices_add_up)
{
    rg_tape *t = rg_tape_new(NULL); /* as NumPy's take and add.at */
    rg_node *x = VECTOR(t, 10, 20, 30), *i = INDEX(t, 2, 0, 2, 2), *w = VECTOR(t, 1, 2, 4, 8);
    EXPECT(rg_gather(x, i, 0), 0, 30, 10, 30, 30);
    EXPECT(grad_of(rg_mul(rg_gather(x, i, 0), w), x), 0, 2, 0, 13);
    EXPECT(rg_scatter_add(w, i, 0, 4), 0, 2, 0, 13, 0);
    EXPECT(rg_gather(MATRIX(t, 2, 1, 2, 3, 4), INDEX(t, 1), 1), 0, 2, 4);
    rg_gather(x, INDEX(t, 3), 0);
    ck_assert_int_eq(rg_error_of(t)->status, RG_INDEX);
    rg_tape_free(t);
}
END_TEST

START_TEST(running_sums)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2, 3, 4), *m = MATRIX(t, 2, 1, 2, 3, 4);
    EXPECT(rg_cumsum(x, 0, false), 0, 1, 3, 6, 10);
    EXPECT(rg_cumsum(x, 0, true), 0, 10, 9, 7, 4);
    EXPECT(grad_of(rg_cumsum(x, 0, false), x), 0, 4, 3, 2, 1);
    EXPECT(grad_of(rg_cumsum(x, 0, true), x), 0, 1, 2, 3, 4);
    EXPECT(rg_cumsum(m, 0, false), 0, 1, 2, 4, 6);
    EXPECT(rg_cumsum(m, -1, true), 0, 3, 2, 7, 4);
    rg_tape_free(t);
}
END_TEST

START_TEST(slices_and_their_way_back)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = VECTOR(t, 1, 2, 3, 4, 5);
    EXPECT(rg_slice(x, 0, 4, 3, -2), 0, 5, 3, 1);
    EXPECT(grad_of(rg_slice(x, 0, 4, 3, -2), x), 0, 1, 0, 1, 0, 1);
    EXPECT(rg_pad(rg_slice(x, 0, 4, 3, -2), 0, 4, -2, 5), 0, 1, 0, 3, 0, 5);
    EXPECT(rg_index(x, 0, -1), 0, 5);
    rg_tape_free(t);
}
END_TEST

/* Ratios of what is said to what is true (mpmath, 100 bits). */
static void expect_tail_of_gelu(rg_tape *t, rg_dtype d, double within)
{
    rg_node *x = rg_cast(VECTOR(t, -5.5, -8, -12), d);
    rg_node *y = VECTOR(t, -1.0444259356238246e-7, -4.9767684594174273e-15, -2.1317785344932148e-32);
    rg_node *g = VECTOR(t, -5.7334723987399248e-7, -3.9796072610867960e-14, -2.5578956616748957e-31);
    rg_node *h = VECTOR(t, -3.0424572120184756e-6, -3.1324080717928732e-13, -3.0478649046415457e-30);
    rg_node *slope = grad_of(rg_gelu(x), x);
    EXPECT(rg_div(rg_cast(rg_gelu(x), RG_F64), y), within, 1, 1, 1);
    EXPECT(rg_div(rg_cast(slope, RG_F64), g), within, 1, 1, 1);
    EXPECT(rg_div(rg_cast(grad_of(slope, x), RG_F64), h), 8 * within, 1, 1, 1);
}

START_TEST(gelu_keeps_its_digits_far_below_0)
{
    rg_tape *t = rg_tape_new(NULL); /* by 1 + erf there were none left at -5.5 in f32, -8.3 in f64 */
    expect_tail_of_gelu(t, RG_F64, 2e-15);
    expect_tail_of_gelu(t, RG_F32, 1e-6);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("known values", gelu_keeps_its_digits_far_below_0, max_at_a_tie, max_at_a_tie_strictly, reducing_max_shares, first_winner,
         derivatives_at_corners, half_on_a_bound, branch_not_taken, zero_upstream_meets_infinity,
         products_with_zeros, empty_and_single, variance_divides_by_n, large_scores,
         shift_of_scores_changes_nothing, f32_log_softmax_keeps_its_digits_at_1000, infinite_scores,
         cross_entropy_gradient, a_row_without_upstream_gets_zeros, repeated_indices_add_up, running_sums, slices_and_their_way_back)
