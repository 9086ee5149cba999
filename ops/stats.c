/* stats.c - mean, variance, deviation and product, made of other ops. */
#define RG_NO_HERE
#include "axes.h"
#include "ops.h"
#include <math.h>

/* How many numbers one result of a reduction is made of. */
static double numbers_per(const rg_node *x, const rg_node *y)
{
    int64_t out = rg_count_of(y);
    if (out) return (double)rg_count_of(x) / (double)out;
    return 1;
}

static rg_node *mean_of(rg_node *x, rg_node *sum)
{
    return rg_is_bad(sum) ? sum : rg_scale(sum, 1 / numbers_per(x, sum));
}

rg_node *rg_mean(rg_node *x, int axis) { return mean_of(x, rg_sum(x, axis)); }
rg_node *rg_mean_keep(rg_node *x, int axis) { return mean_of(x, rg_sum_keep(x, axis)); }

static rg_node *deviations(rg_node *x, int axis) { return rg_sub(x, rg_mean_keep(x, axis)); }

rg_node *rg_var(rg_node *x, int axis) { return rg_mean(rg_square(deviations(x, axis)), axis); }

/* The norm of the deviations, which has derivative 0 at 0, where the root has none. */
rg_node *rg_std(rg_node *x, int axis)
{
    rg_node *d = deviations(x, axis);
    rg_node *y = rg_norm(d, axis);
    if (rg_is_bad(y)) return y;
    return rg_scale(y, sqrt(1 / numbers_per(x, y)));
}

/* Halves multiplied until one is left: the gradient is then made of products of the
 * others, and no entry is ever divided by. */
rg_node *rg_prod(rg_node *x, int axis)
{
    if (axis == RG_ALL_AXES) {
        x = rg_reshape(x, rg_shape1(rg_count_of(x)));
        axis = 0;
    }
    if (rg_is_bad(x)) return rg_neg(x);
    extern const rg_op rg_op_slice;
    int e = rg_axis_from_end(x, &rg_op_slice, "prod", axis, 0);
    if (e < 0) return rg_axis_refused(x);
    axis = -1 - e;
    for (int64_t n = rg_dim_from_end(x, e); n > 1; n = n / 2 + n % 2) {
        rg_node *left = rg_slice(x, axis, 0, n / 2, 1);
        rg_node *right = rg_slice(x, axis, n / 2, n / 2, 1);
        rg_node *half = rg_mul(left, right);
        rg_node *rest = n % 2 ? rg_slice(x, axis, n - 1, 1, 1) : NULL;
        x = rest ? rg_concat(2, (rg_node *[]){half, rest}, axis) : half;
        if (rg_is_bad(x)) return x;
    }
    if (rg_dim_from_end(x, e) == 0) return rg_offset(rg_sum(x, axis), 1);
    return rg_index(x, axis, 0);
}
