/* poly.h - polynomials by least squares, for the lessons on fitting. */
#ifndef POLY_H
#define POLY_H
#include "lesson.h"

enum { POLY_MOST = 1000 };

/* n points of sin(3 x) + noise in [-1, 1]. */
void poly_sample(lesson *l, int n, double noise, double *x, double *y);

/* (n, degree + 1): powers of x, the constant first; as Legendre polynomials, which span the
 * same space and keep X^T X far from singular. */
rg_node *poly_features(lesson *l, int n, const double *x, int degree);

/* Least squares with as little as 1e-12 of ridge. */
rg_node *poly_fit(rg_node *X, rg_node *y);

/* The mean squared error of theta on other points. */
double poly_error(rg_node *X, rg_node *y, rg_node *theta);

#endif
