/* fit_worth.c - see fit_worth.h. All is the variance of a residual times (J^T J)^-1. */
#define RG_NO_HERE
#include "fit_worth.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the variance of a residual ---------------------------------------------------------------- */

/* Huber, Robust Statistics (1981), 7.6: the mean square of clipped residuals over the square of the
 * share that is not clipped, with his correction for the number of parameters. */
static double huber_variance(const rg_fit_problem *q, const double *r, int64_t m, int64_t dof)
{
    double delta = q->delta > 0 ? q->delta : 1, squares = 0, inside = 0;
    for (int64_t i = 0; i < m; i++) {
        squares += fmin(r[i] * r[i], delta * delta);
        inside += fabs(r[i]) <= delta;
    }
    double share = inside / (double)m, k = 1 + (double)(m - dof) / (double)m * (1 - share) / share;
    return k * k * squares / (double)dof / (share * share);
}

static int by_distance(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

static int by_residual(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* McKean and Schrader (1984): the median of residuals has a confidence interval between two of them,
 * whose length tells 1/(2 density at 0); that squared. As many residuals as parameters are 0 by the
 * nature of the fit, and left out. */
static double median_variance(const double *r, int64_t m, int64_t dof, double *room)
{
    const double z = 1.959963984540054;
    memcpy(room, r, (size_t)m * sizeof *r);
    qsort(room, (size_t)m, sizeof *room, by_distance);
    double *left = room + (m - dof), n = (double)dof;
    qsort(left, (size_t)dof, sizeof *left, by_residual);
    int64_t low = (int64_t)fmax(0, floor(n / 2 + 0.5 - z * sqrt(n) / 2) - 1);
    double root = sqrt(n) * (left[dof - 1 - low] - left[low]) / (2 * z);
    return root * root;
}

static double variance_of_residual(const rg_fit_problem *q, const double *r, double *room, const rg_fit_result *out)
{
    if (out->dof <= 0) return (double)NAN;
    if (q->loss == RG_FIT_HUBER) return huber_variance(q, r, out->count, out->dof);
    if (q->loss == RG_FIT_MAE) return median_variance(r, out->count, out->dof, room);
    return out->ssr / (double)out->dof;
}

/* ---- parameters ----------------------------------------------------------------------------------- */

/* Is there a direction that the data say nothing of, and parameter a has a part in it? */
static bool is_lost(const fit_directions *j, int rank, int a)
{
    double part = 0;
    for (int l = rank; l < j->n; l++) part += pow(j->vt[a * j->n + l], 2);
    return part > 1e-10 || j->scale[a] == 0;
}

static double covariance_of(const fit_directions *j, int rank, int a, int b)
{
    double sum = 0;
    if (is_lost(j, rank, a) || is_lost(j, rank, b)) return (double)NAN;
    for (int l = 0; l < rank; l++) sum += j->vt[a * j->n + l] * j->vt[b * j->n + l] / (j->s[l] * j->s[l]);
    return sum / j->scale[a] / j->scale[b];
}

void rg_fit_worth(const rg_fit_problem *q, const fit_directions *j, const double *r, double *room, rg_fit_result *out)
{
    out->rank = 0;
    while (out->rank < j->n && j->s[out->rank] > j->least) out->rank++;
    out->dof = out->count - out->rank;
    double variance = variance_of_residual(q, r, room, out);
    for (int a = 0; a < j->n; a++)
        for (int b = 0; b < j->n; b++) {
            double v = variance * covariance_of(j, out->rank, a, b);
            if (out->covariance) out->covariance[a * j->n + b] = v;
            if (out->error && a == b) out->error[a] = sqrt(v);
        }
}
