/* test_linalg.c - what solve makes of leading axes. Its rule and those of inverse, det
 * and logdet are checked with all others. */
#include "suite.h"
#include <retrograd/retrograd.h>

/* A batch of n matrices. */
static rg_node *batch(rg_tape *t, int64_t n, int64_t rows, int64_t columns, const double *x)
{
    return rg_leaf_from(t, RG_F64, (rg_shape){3, {n, rows, columns}}, x,
                        (size_t)(n * rows * columns));
}

START_TEST(one_right_side_for_a_batch_of_matrices)
{
    /* diag(2, 4) and diag(1, 5), each with (1, 2): solutions by hand */
    const double a[] = {2, 0, 0, 4, 1, 0, 0, 5}, right[] = {1, 2}, solution[] = {.5, .5, 1, .4};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *A = batch(t, 2, 2, 2, a), *b = batch(t, 1, 2, 1, right), *g;
    rg_node *y = rg_solve(A, b);
    double got[4];
    ck_assert_int_eq(rg_shape_of(y).rank, 3);
    ck_assert_int_eq(rg_read(y, RG_F64, got, 4), RG_OK);
    for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(got[i], solution[i], 1e-15);
    ck_assert_int_eq(rg_grad(rg_sum(y, RG_ALL_AXES), NULL, 1, &b, &g), RG_OK);
    ck_assert_int_eq(rg_read(g, RG_F64, got, 2), RG_OK);
    ck_assert_double_eq_tol(got[0], 1. / 2 + 1. / 1, 1e-15);
    ck_assert_double_eq_tol(got[1], 1. / 4 + 1. / 5, 1e-15);
    rg_tape_free(t);
}
END_TEST

START_TEST(leading_axes_that_do_not_fit)
{
    const double a[] = {1, 0, 0, 1, 1, 0, 0, 1}, right[] = {1, 2, 3, 4, 5, 6};
    rg_tape *t = rg_tape_new(NULL);
    rg_solve(batch(t, 2, 2, 2, a), batch(t, 3, 2, 1, right));
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("linalg", one_right_side_for_a_batch_of_matrices, leading_axes_that_do_not_fit)
