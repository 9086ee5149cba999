/* poly.c - polynomials by least squares. */
#include "poly.h"

void poly_sample(lesson *l, int n, double noise, double *x, double *y)
{
    double u[POLY_MOST], e[POLY_MOST];
    numbers(even(l, rg_shape1(n)), n, u);
    numbers(normal(l, rg_shape1(n)), n, e);
    for (int i = 0; i < n; i++) {
        x[i] = 2 * u[i] - 1;
        y[i] = sin(3 * x[i]) + noise * e[i];
    }
}

rg_node *poly_features(lesson *l, int n, const double *x, int degree)
{
    rg_node *at = vector(l, n, x), *p[16] = {rg_const(l->tape, RG_F64, rg_shape1(n), 1), at};
    for (int k = 1; k < degree; k++) {
        rg_node *up = rg_scale(rg_mul(at, p[k]), (2 * k + 1.0) / (k + 1));
        p[k + 1] = rg_sub(up, rg_scale(p[k - 1], k / (k + 1.0)));
    }
    return rg_stack(degree + 1, p, 1);
}

rg_node *poly_fit(rg_node *X, rg_node *y)
{
    rg_node *Xt = rg_transpose(X), *gram = rg_matmul(Xt, X);
    rg_node *ridge =
        rg_diag(rg_const(rg_tape_of(X), RG_F64, rg_shape1(rg_shape_of(X).dim[1]), 1e-12));
    return rg_solve(rg_add(gram, ridge), rg_matmul(Xt, y));
}

double poly_error(rg_node *X, rg_node *y, rg_node *theta)
{
    return rg_value(rg_mse(rg_matmul(X, theta), y));
}
