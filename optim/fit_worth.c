/* fit_worth.c - see fit_worth.h. All is the variance of a residual times (J^T J)^-1. */
#define RG_NO_HERE
#include "fit_worth.h"
#include "fit_loss.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the variance of a residual ---------------------------------------------------------------- */

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

/* Half the confidence interval of the residuals' median (McKean and Schrader, 1984), which ends at two of them: so wide
 * must one look about 0 to see how dense they lie there. As many residuals as parameters are 0 by the nature of the
 * fit, and left out. NaN: half of those in it are 0 all the same, as where the data take few values, or there is but one.
 * 0 is what the rounding of the formula's terms leaves, or nothing beside the upper quartile: a row far out is no measure. */
static double window_at_zero(const double *r, int64_t m, int64_t dof, double rounding, double *room)
{
    const double z = 1.959963984540054;
    memcpy(room, r, (size_t)m * sizeof *r);
    qsort(room, (size_t)m, sizeof *room, by_distance);
    double *left = room + (m - dof), n = (double)dof, nought = fmax(rounding, 1e-9 * fabs(left[3 * dof / 4]));
    bool exact = fabs(room[m - 1]) <= rounding;
    int64_t ties = 0, low = (int64_t)fmax(0, floor(n / 2 + 0.5 - z * sqrt(n) / 2) - 1);
    while (ties < dof && fabs(left[ties]) <= nought) ties++;
    qsort(left, (size_t)dof, sizeof *left, by_residual);
    double half = (left[dof - 1 - low] - left[low]) / 2;
    return !exact && (half == 0 || 2 * ties >= dof - 2 * low) ? (double)NAN : half;
}

static double share_within(const double *r, int64_t m, double most)
{
    int64_t inside = 0;
    for (int64_t i = 0; i < m; i++) inside += fabs(r[i]) <= most;
    return (double)inside / (double)m;
}

/* Huber, Robust Statistics (1981), 7.6: the mean square of psi over the square of the mean of psi', with his correction for
 * the number of parameters. The mean of psi' is the share of residuals within delta. Where delta is narrower than the
 * window, that share is the window's in proportion, as for absolute differences, whose delta is as good as 0: psi is 1
 * then, and the mean of psi' twice the density at 0 (Koenker, Quantile Regression, 2005, 3.4). */
static double robust_variance(const rg_fit_problem *q, const double *r, double rounding, double *room, const rg_fit_result *out)
{
    int64_t m = out->count, dof = out->dof;
    double window = window_at_zero(r, m, dof, rounding, room), delta = rg_fit_delta(q), squares = 0;
    bool corners = q->loss == RG_FIT_MAE;
    double wide = corners || window > delta ? window : delta, share = share_within(r, m, wide);
    for (int64_t i = 0; i < m; i++) squares += corners ? 1 : pow(fmin(fabs(r[i]), delta), 2);
    double slope = corners ? share / wide : share * fmin(1, delta / wide);
    double k = 1 + (double)(m - dof) / (double)m * (1 - share) / share;
    return k * k * squares / (double)dof / (slope * slope);
}

static double variance_of_residual(const rg_fit_problem *q, const double *r, double rounding, double *room, const rg_fit_result *out)
{
    if (out->dof <= 0) return (double)NAN;
    return q->loss == RG_FIT_SQUARES ? out->ssr / (double)out->dof : robust_variance(q, r, rounding, room, out);
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
    double largest = 0; /* term of the formula: parameters times their columns of J */
    for (int a = 0; a < j->n; a++) largest = fmax(largest, j->scale[a] * fabs(out->value[a]) / sqrt(j->m));
    double variance = variance_of_residual(q, r, 16 * DBL_EPSILON * largest, room, out);
    for (int a = 0; a < j->n; a++)
        for (int b = 0; b < j->n; b++) {
            double v = variance * covariance_of(j, out->rank, a, b);
            if (out->covariance) out->covariance[a * j->n + b] = v;
            if (out->error && a == b) out->error[a] = sqrt(v);
        }
}
