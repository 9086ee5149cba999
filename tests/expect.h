/* expect.h - what a node must hold: EXPECT(node, tolerance, numbers...), tolerance
 * relative to the larger of 1 and the number; equal infinities and NaNs agree. */
#ifndef RG_TEST_EXPECT_H
#define RG_TEST_EXPECT_H
#include <check.h>
#include <math.h>
#include <retrograd/retrograd.h>

enum { EXPECT_MOST = 64 };

static inline void expect_numbers(rg_node *y, double tol, size_t n, const double *want, int line)
{
    double v[EXPECT_MOST];
    ck_assert_msg(rg_read(y, RG_F64, v, n) == RG_OK, "line %d: %s", line,
                  rg_error_of(rg_tape_of(y))->text);
    for (size_t i = 0; i < n; i++) {
        double size = fabs(want[i]) > 1 ? fabs(want[i]) : 1;
        bool same = v[i] == want[i] || (isnan(v[i]) && isnan(want[i])) ||
                    fabs(v[i] - want[i]) <= tol * size;
        ck_assert_msg(same, "line %d: element %zu is %.17g, should be %.17g", line, i, v[i],
                      want[i]);
    }
}

#define EXPECT(y, tol, ...)                                                                        \
    expect_numbers(y, tol, sizeof((double[]){__VA_ARGS__}) / sizeof(double),                       \
                   (const double[]){__VA_ARGS__}, __LINE__)

/* An f64 leaf: VECTOR(t, 1, 2, 3), or MATRIX(t, columns, numbers...). */
#define VECTOR(t, ...)                                                                             \
    rg_leaf_from(t, RG_F64, rg_shape1(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),           \
                 (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))
#define MATRIX(t, columns, ...)                                                                    \
    rg_leaf_from(t, RG_F64,                                                                        \
                 rg_shape2(sizeof((double[]){__VA_ARGS__}) / sizeof(double) / (columns), columns), \
                 (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))
#define INDEX(t, ...)                                                                              \
    rg_leaf_from(t, RG_I64, rg_shape1(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),         \
                 (const int64_t[]){__VA_ARGS__},                                                   \
                 sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* The gradient of the sum of y with respect to x. */
static inline rg_node *grad_of(rg_node *y, rg_node *x)
{
    rg_node *g;
    rg_node *s = rg_sum(y, RG_ALL_AXES);
    ck_assert_msg(rg_grad(s, NULL, 1, &x, &g) == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    ck_assert_ptr_nonnull(g);
    return g;
}

/* The Hessian of y, of one element, in a vector x: a row per element of its gradient. */
static inline rg_node *hessian_of(rg_node *y, rg_node *x)
{
    rg_node *H, *g = grad_of(y, x);
    rg_node *seeds = rg_diag(rg_const(rg_tape_of(x), RG_F64, rg_shape_of(x), 1));
    ck_assert_msg(rg_grad(g, seeds, 1, &x, &H) == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    return H;
}

#endif
