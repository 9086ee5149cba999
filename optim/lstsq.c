/* lstsq.c - linear least squares by singular values. */
#define RG_NO_HERE
#include "lstsq.h"
#include "lapack.h"
#include "op.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* X = U diag(s) V', or X' when X is wider than tall: LAPACK is given the taller one. */
typedef struct factors {
    int m, n; /* of what is factorised: m >= n */
    double *a, *s, *u, *vt, *work, *block;
    int *iwork;
    int64_t work_size;
    size_t bytes;
} factors;

static rg_status open_factors(factors *f, rg_tape *t)
{
    size_t m = (size_t)f->m, n = (size_t)f->n;
    f->work_size = rg_lapack_svd_work(f->m, f->n);
    size_t numbers = 2 * m * n + n * n + n + (size_t)f->work_size;
    f->bytes = numbers * sizeof(double) + 8 * n * sizeof(int);
    f->block = rg_scratch(t, f->bytes);
    if (!f->block) return RG_NOMEM;
    f->a = f->block;
    f->u = f->a + m * n;
    f->vt = f->u + m * n;
    f->s = f->vt + n * n;
    f->work = f->s + n;
    f->iwork = (int *)(void *)(f->work + f->work_size);
    return RG_OK;
}

/* Column-major. */
static void fill_factors(factors *f, bool wide, const double *X)
{
    size_t m = (size_t)f->m, n = (size_t)f->n;
    if (wide) {
        memcpy(f->a, X, m * n * sizeof *X); /* rows of X are columns of X' */
        return;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) f->a[j * m + i] = X[i * n + j];
}

/* Entry i of singular vector k on the side of y, and on the side of w. */
static double side_of_y(const factors *f, bool wide, int k, int i)
{
    return wide ? f->vt[(size_t)i * (size_t)f->n + (size_t)k]
                : f->u[(size_t)k * (size_t)f->m + (size_t)i];
}

static double side_of_w(const factors *f, bool wide, int k, int j)
{
    return side_of_y(f, !wide, k, j);
}

static void combine(const factors *f, bool wide, int rows, int columns, const double *y,
                    double ridge, rg_lstsq_result *out)
{
    int larger = rows > columns ? rows : columns;
    double least = f->s[0] * larger * DBL_EPSILON;
    out->rank = 0;
    memset(out->weight, 0, (size_t)columns * sizeof *out->weight);
    for (int k = 0; k < f->n && f->s[k] > least; k++, out->rank++) {
        double c = 0;
        for (int i = 0; i < rows; i++) c += side_of_y(f, wide, k, i) * y[i];
        c *= f->s[k] / (f->s[k] * f->s[k] + ridge);
        for (int j = 0; j < columns; j++) out->weight[j] += c * side_of_w(f, wide, k, j);
    }
    out->condition = out->rank == f->n ? f->s[0] / f->s[f->n - 1] : (double)INFINITY;
}

static double squares_left(int m, int n, const double *X, const double *y, const double *w)
{
    double sum = 0;
    for (int i = 0; i < m; i++) {
        double r = -y[i];
        for (int j = 0; j < n; j++) r += X[(size_t)i * (size_t)n + (size_t)j] * w[j];
        sum += r * r;
    }
    return sum;
}

static bool all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static rg_status check_problem(rg_tape *t, int m, int n, const double *X, const double *y,
                               double ridge)
{
    if (m < 1 || n < 1)
        return rg_refuse(t, RG_SHAPE, NULL, "least squares: %d rows of %d columns", m, n);
    if (!(ridge >= 0)) return rg_refuse(t, RG_USAGE, NULL, "least squares: a ridge of %g", ridge);
    if (!all_finite(X, (size_t)m * (size_t)n) || !all_finite(y, (size_t)m))
        return rg_refuse(t, RG_DOMAIN, NULL, "least squares: the numbers are not all finite");
    static const rg_op least_squares = {.name = "least_squares"};
    return rg_lapack_ready(t, &least_squares);
}

rg_status rg_least_squares(rg_tape *t, int m, int n, const double *X, const double *y, double ridge,
                           rg_lstsq_result *out)
{
    bool wide = n > m;
    factors f = {.m = wide ? n : m, .n = wide ? m : n};
    rg_status s = check_problem(t, m, n, X, y, ridge);
    if (!s) s = open_factors(&f, t);
    if (s) return s;
    fill_factors(&f, wide, X);
    if (rg_lapack_svd(f.m, f.n, f.a, f.s, f.u, f.vt, f.work, f.work_size, f.iwork)) {
        combine(&f, wide, m, n, y, ridge, out);
        out->ssr = squares_left(m, n, X, y, out->weight);
    } else {
        s = rg_refuse(t, RG_DOMAIN, NULL, "least squares: the singular values were not found");
    }
    rg_scratch_free(t, f.block, f.bytes);
    return s;
}
