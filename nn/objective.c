/* objective.c - likelihoods, softened labels, penalties, sums of tasks, polynomials: each
 * a few ops. */
#define RG_NO_HERE
#include "objective.h"
#include "ops.h"

/* ---- losses ------------------------------------------------------------------------ */

rg_node *rg_squared_error(rg_node *p, rg_node *y, rg_squares how)
{
    bool half = how == RG_SQUARES_HALF_SUM || how == RG_SQUARES_HALF_MEAN;
    bool mean = how == RG_SQUARES_MEAN || how == RG_SQUARES_HALF_MEAN;
    rg_node *squares = rg_square(rg_sub(p, y));
    rg_node *total = mean ? rg_mean(squares, RG_ALL_AXES) : rg_sum(squares, RG_ALL_AXES);
    return half ? rg_scale(total, 0.5) : total;
}

rg_node *rg_gaussian_nll(rg_node *mean, rg_node *var, rg_node *y)
{
    static const double two_pi = 6.28318530717958647693;
    rg_node *far = rg_div(rg_square(rg_sub(y, mean)), var);
    rg_node *wide = rg_log(rg_scale(var, two_pi));
    return rg_scale(rg_mean(rg_add(far, wide), RG_ALL_AXES), 0.5);
}

rg_node *rg_one_hot(rg_node *labels, int64_t classes, rg_dtype dtype)
{
    rg_node *ones = rg_const(rg_tape_of(labels), dtype, rg_shape1(classes), 1);
    return rg_gather(rg_diag_embed(ones), labels, 0);
}

rg_node *rg_smooth_labels(rg_node *labels, int64_t classes, rg_dtype dtype, double share,
                          rg_spread how)
{
    if (!(share >= 0 && share < 1) || classes < 2)
        return rg_fail(rg_tape_of(labels), RG_USAGE, NULL,
                       "label smoothing: a share of %g over %lld classes; at least 0 and below 1, "
                       "and two classes, are needed",
                       share, (long long)classes);
    bool all = how == RG_SPREAD_ALL;
    double other = share / (double)(all ? classes : classes - 1);
    double more = all ? 1 - share : 1 - share - other;
    return rg_offset(rg_scale(rg_one_hot(labels, classes, dtype), more), other);
}

rg_node *rg_weighted_sum(int n, rg_node *const *loss, const double *weight)
{
    rg_node *total = rg_scale(loss[0], weight[0]);
    for (int k = 1; k < n; k++) total = rg_add(total, rg_scale(loss[k], weight[k]));
    return total;
}

/* ---- penalties --------------------------------------------------------------------- */

rg_node *rg_penalty_l2(rg_node *w) { return rg_scale(rg_sum(rg_square(w), RG_ALL_AXES), 0.5); }

rg_node *rg_penalty_near(rg_node *w, rg_node *b)
{
    return rg_sum(rg_square(rg_sub(w, b)), RG_ALL_AXES);
}

rg_node *rg_penalty_l1(rg_node *w) { return rg_sum(rg_abs(w), RG_ALL_AXES); }

rg_node *rg_penalty_activity(rg_node *h) { return rg_mean(rg_sum(rg_abs(h), -1), RG_ALL_AXES); }

/* ---- features ---------------------------------------------------------------------- */

rg_node *rg_polynomial(rg_node *x, int degree)
{
    rg_tape *t = rg_tape_of(x);
    rg_shape s = rg_shape_of(x);
    if (rg_error_of(t)->status) return x;
    if (degree < 0) return rg_fail(t, RG_USAGE, NULL, "polynomial: degree %d", degree);
    if (s.rank != 1) return rg_fail(t, RG_SHAPE, NULL, "polynomial: x must be a vector, got %d axes", s.rank);
    size_t bytes = ((size_t)degree + 1) * sizeof(rg_node *);
    rg_node **power = rg_scratch(t, bytes);
    if (!power) return x;
    power[degree] = rg_const(t, rg_dtype_of(x), s, 1);
    for (int k = degree; k > 0; k--) power[k - 1] = k == degree ? x : rg_mul(power[k], x);
    rg_node *y = rg_stack(degree + 1, power, 1);
    rg_scratch_free(t, power, bytes);
    return y;
}
