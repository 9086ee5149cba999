/* fit_linear.c - see fit_descent.h: residuals and Jacobian from the tape, and the linear problem they make. */
#define RG_NO_HERE
#include "fit_descent.h"
#include "functional.h"
#include "lapack.h"
#include "ops.h"
#include <float.h>
#include <math.h>

/* ---- residuals and Jacobian from the tape ---------------------------------------- */

double rg_fit_length(const double *x, int n)
{
    double largest = 0, s = 0;
    for (int i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
    if (largest == 0 || !isfinite(largest)) return largest;
    for (int i = 0; i < n; i++) s += x[i] / largest * (x[i] / largest);
    return largest * sqrt(s);
}

rg_node *rg_fit_record(const descent *d, const double *p, rg_node **leaf)
{
    for (int i = 0; i < d->n; i++) leaf[i] = rg_scalar(d->t, p[i]);
    rg_node *r = d->q->residuals(d->q->ud, d->t, leaf);
    return rg_reshape(r, rg_shape1(-1));
}

rg_status rg_fit_residuals(descent *d, const double *p, double *r)
{
    int64_t mark = rg_mark(d->t);
    rg_node **leaf = rg_scratch(d->t, (size_t)d->n * sizeof *leaf);
    if (!leaf) return RG_NOMEM;
    rg_status s = rg_read(rg_fit_record(d, p, leaf), RG_F64, r, (size_t)d->m);
    rg_scratch_free(d->t, leaf, (size_t)d->n * sizeof *leaf);
    if (!s) rg_rewind(d->t, mark);
    return s;
}

static rg_status squares_exist(const descent *d)
{
    double far = rg_fit_length(d->r, d->m);
    if (far == 0 || far * far >= DBL_MIN) return RG_OK;
    rg_fail(d->t, RG_DOMAIN, NULL, "fit: the residuals are so small that their squares vanish; scale the data");
    return RG_DOMAIN;
}

rg_status rg_fit_jacobian(descent *d, const double *p)
{
    int64_t mark = rg_mark(d->t);
    size_t nodes = (size_t)d->n * sizeof(rg_node *), columns = (size_t)d->n * sizeof(double *);
    rg_node **leaf = rg_scratch(d->t, nodes);
    double **column = rg_scratch(d->t, columns);
    rg_status s = leaf && column ? RG_OK : RG_NOMEM;
    if (!s) {
        rg_node *r = rg_fit_record(d, p, leaf);
        for (int i = 0; i < d->n; i++) column[i] = d->j + (size_t)i * (size_t)d->m;
        s = rg_read(r, RG_F64, d->r, (size_t)d->m);
        if (!s) s = rg_read_jacobian(r, d->n, leaf, column);
    }
    if (column) rg_scratch_free(d->t, column, columns);
    if (leaf) rg_scratch_free(d->t, leaf, nodes);
    if (!s) rg_rewind(d->t, mark);
    return s ? s : squares_exist(d);
}

/* A column's scale is its length, and forgets that it was longer: in a valley whose slopes
 * change by orders of magnitude the longest that ever was (More, 1978) holds for ever. */
static const double FORGET = 0.7;

/* ---- the linear problem of one step ------------------------------------------------------------ */

/* A parameter on its bound, pushed outward, is left out of this step. */
static bool held(const descent *d, int k, const double *column)
{
    double slope = 0;
    for (int i = 0; i < d->m; i++) slope += column[i] * d->r[i];
    bool at_lo = d->q->lo && d->p[k] <= d->q->lo[k], at_hi = d->q->hi && d->p[k] >= d->q->hi[k];
    return (at_lo && slope > 0) || (at_hi && slope < 0);
}

bool rg_fit_factorise(descent *d, bool free_all)
{
    for (int k = 0; k < d->n; k++) {
        double *column = d->j + (size_t)k * (size_t)d->m;
        double len = rg_fit_length(column, d->m);
        d->scale[k] = fmax(len, d->scale[k] * FORGET);
        double by = d->scale[k] > 0 ? 1 / d->scale[k] : 1;
        if (!free_all && held(d, k, column)) by = 0;
        for (int i = 0; i < d->m; i++) column[i] *= by;
    }
    if (!rg_lapack_svd(d->m, d->n, d->j, d->s, d->u, d->vt, d->work, d->work_size, d->iwork))
        return false;
    for (int k = 0; k < d->n; k++) {
        d->c[k] = 0;
        for (int i = 0; i < d->m; i++)
            d->c[k] += d->u[(size_t)k * (size_t)d->m + (size_t)i] * d->r[i];
    }
    return isfinite(d->s[0]);
}

int rg_fit_most_steps(const rg_fit_problem *q) { return q->max_steps > 0 ? q->max_steps : 20000; }

double rg_fit_clipped(const rg_fit_problem *q, int k, double p)
{
    if (q->lo && p < q->lo[k]) p = q->lo[k];
    if (q->hi && p > q->hi[k]) p = q->hi[k];
    return p;
}

double rg_fit_least_singular(const descent *d)
{
    return d->s[0] * 4 * DBL_EPSILON * d->n * sqrt(d->m);
}

double rg_fit_damped_step(const descent *d, const double *c, double *step)
{
    double squares = 0, least = rg_fit_least_singular(d);
    for (int k = 0; k < d->n; k++) {
        double sum = 0;
        for (int l = 0; l < d->n; l++)
            if (d->s[l] > least)
                sum += d->vt[(size_t)k * (size_t)d->n + (size_t)l] * d->s[l] * c[l] /
                       (d->s[l] * d->s[l] + d->mu);
        step[k] = -sum / (d->scale[k] > 0 ? d->scale[k] : 1);
        squares += sum * sum;
    }
    return sqrt(squares);
}
