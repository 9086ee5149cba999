/* fit.c - Levenberg-Marquardt on Jacobians from the tape. */
#define RG_NO_HERE
#include "fit.h"
#include "functional.h"
#include "lapack.h"
#include "ops.h"
#include <limits.h>
#include <math.h>
#include <string.h>

/* Everything the descent needs, in one block of numbers. Matrices are column-major. */
typedef struct descent {
    rg_tape *t;
    const rg_fit_problem *q;
    int n, m;      /* parameters, residuals                                        */
    double *block; /* what the others point into                                   */
    size_t bytes;
    double *p, *try_p;  /* n                                                       */
    double *r, *try_r;  /* m: weighted residuals                                   */
    double *scale;      /* n: the longest that each column of J has been           */
    double *j;          /* m x n: weighted, scaled Jacobian; destroyed by the SVD  */
    double *u, *s, *vt; /* of j                                                    */
    double *c;          /* n: U^T r                                                */
    double *work;
    int64_t work_size;
    int *iwork;
    double loss, mu;
    bool vague; /* a parameter whose error is far larger than itself: a plateau        */
} descent;

enum { MAX_STEPS = 1000, POLISH = 20 /* steps taken near the bottom, at most */ };
static const double VAGUE = 1e8;

/* ---- losses: each is half a sum of squares of weighted residuals ----------------- */

/* The weight of a residual: the root of what turns r^2 into a term of the loss. */
static double weight_of(const rg_fit_problem *q, double r)
{
    double a = fabs(r), delta = q->delta > 0 ? q->delta : 1;
    if (q->loss == RG_FIT_HUBER && a > delta) return sqrt(delta / a);
    if (q->loss == RG_FIT_MAE) return 1 / sqrt(a > 1e-12 ? a : 1e-12);
    return 1;
}

static double loss_of(const rg_fit_problem *q, double r)
{
    double a = fabs(r), delta = q->delta > 0 ? q->delta : 1;
    if (q->loss == RG_FIT_HUBER) return a > delta ? delta * (a - delta / 2) : a * a / 2;
    return q->loss == RG_FIT_MAE ? a : a * a;
}

static double total_loss(const rg_fit_problem *q, const double *r, int m)
{
    double sum = 0;
    for (int i = 0; i < m; i++) sum += loss_of(q, r[i]);
    return sum;
}

/* ---- residuals and Jacobian from the tape ---------------------------------------- */

static rg_node *record(const descent *d, const double *p, rg_node **leaf)
{
    for (int i = 0; i < d->n; i++) leaf[i] = rg_scalar(d->t, p[i]);
    rg_node *r = d->q->residuals(d->q->ud, d->t, leaf);
    return rg_reshape(r, rg_shape1(-1));
}

static rg_status residuals_at(descent *d, const double *p, double *r)
{
    int64_t mark = rg_mark(d->t);
    rg_node **leaf = rg_scratch(d->t, (size_t)d->n * sizeof *leaf);
    if (!leaf) return RG_NOMEM;
    rg_status s = rg_read(record(d, p, leaf), RG_F64, r, (size_t)d->m);
    rg_scratch_free(d->t, leaf, (size_t)d->n * sizeof *leaf);
    if (!s) rg_rewind(d->t, mark);
    return s;
}

static rg_status jacobian_at(descent *d, const double *p)
{
    int64_t mark = rg_mark(d->t);
    size_t nodes = (size_t)d->n * sizeof(rg_node *), columns = (size_t)d->n * sizeof(double *);
    rg_node **leaf = rg_scratch(d->t, nodes);
    double **column = rg_scratch(d->t, columns);
    rg_status s = leaf && column ? RG_OK : RG_NOMEM;
    if (!s) {
        rg_node *r = record(d, p, leaf);
        for (int i = 0; i < d->n; i++) column[i] = d->j + (size_t)i * (size_t)d->m;
        s = rg_read(r, RG_F64, d->r, (size_t)d->m);
        if (!s) s = rg_read_jacobian(r, d->n, leaf, column);
    }
    if (column) rg_scratch_free(d->t, column, columns);
    if (leaf) rg_scratch_free(d->t, leaf, nodes);
    if (!s) rg_rewind(d->t, mark);
    return s;
}

/* ---- the linear problem of one step ------------------------------------------------------------
 */

static double length(const double *x, int n)
{
    double largest = 0, s = 0;
    for (int i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
    if (largest == 0 || !isfinite(largest)) return largest;
    for (int i = 0; i < n; i++) s += x[i] / largest * (x[i] / largest);
    return largest * sqrt(s);
}

static void weigh(descent *d)
{
    for (int i = 0; i < d->m; i++) {
        double w = weight_of(d->q, d->r[i]);
        d->r[i] *= w;
        for (int k = 0; k < d->n; k++) d->j[(size_t)k * (size_t)d->m + (size_t)i] *= w;
    }
}

/* A parameter on its bound, pushed outward, is left out of this step. */
static bool held(const descent *d, int k, const double *column)
{
    double slope = 0;
    for (int i = 0; i < d->m; i++) slope += column[i] * d->r[i];
    bool at_lo = d->q->lo && d->p[k] <= d->q->lo[k], at_hi = d->q->hi && d->p[k] >= d->q->hi[k];
    return (at_lo && slope > 0) || (at_hi && slope < 0);
}

/* Scales J's columns to at most one and factorises it. False: not finite. */
static bool factorise(descent *d, bool free_all)
{
    for (int k = 0; k < d->n; k++) {
        double *column = d->j + (size_t)k * (size_t)d->m;
        double len = length(column, d->m);
        if (len > d->scale[k]) d->scale[k] = len;
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

static double clipped(const rg_fit_problem *q, int k, double p)
{
    if (q->lo && p < q->lo[k]) p = q->lo[k];
    if (q->hi && p > q->hi[k]) p = q->hi[k];
    return p;
}

/* try_p = p - scale^-1 V diag(s / (s^2 + mu)) c. Returns the longest relative move. */
static double propose(descent *d)
{
    double longest = 0;
    for (int k = 0; k < d->n; k++) {
        double step = 0;
        for (int l = 0; l < d->n; l++)
            if (d->s[l] > 0)
                step += d->vt[(size_t)k * (size_t)d->n + (size_t)l] * d->s[l] * d->c[l] /
                        (d->s[l] * d->s[l] + d->mu);
        double by = d->scale[k] > 0 ? d->scale[k] : 1;
        d->try_p[k] = clipped(d->q, k, d->p[k] - step / by);
        longest = fmax(longest, fabs(d->try_p[k] - d->p[k]) / (fabs(d->p[k]) + 1e-30));
    }
    return longest;
}

/* How much of the residual's length the model says can still go. */
static double promise(const descent *d)
{
    double gone = 0, all = length(d->r, d->m);
    for (int l = 0; l < d->n; l++)
        if (d->s[l] > 1e-14 * d->s[0]) gone += d->c[l] * d->c[l];
    return all > 0 ? sqrt(gone) / all : 0;
}

/* Residuals as small as the rounding of what they are the difference of. */
static bool at_rounding(const descent *d)
{
    double largest = 0;
    for (int k = 0; k < d->n; k++) largest = fmax(largest, d->scale[k] * fabs(d->p[k]));
    return length(d->r, d->m) <= 1e-13 * largest;
}

/* Near the bottom rounding hides whether a step helps: it is taken as long as the loss
 * does not visibly rise. */
static bool no_worse(const descent *d, double loss, bool near)
{
    return near ? loss <= d->loss * (1 + 1e-14) : loss < d->loss;
}

/* Raises the damping until a step lowers the loss. *moved: how far it went, 0 when no
 * step helps any more. */
static rg_status descend(descent *d, bool near, double *moved)
{
    for (double grow = 2; d->mu < 1e30; grow *= 2) {
        *moved = propose(d);
        if (*moved == 0) return RG_OK;
        rg_status s = residuals_at(d, d->try_p, d->try_r);
        if (s) return s;
        double loss = total_loss(d->q, d->try_r, d->m);
        if (no_worse(d, loss, near)) {
            memcpy(d->p, d->try_p, (size_t)d->n * sizeof *d->p);
            d->loss = loss;
            d->mu /= grow > 2 ? 1 : 9;
            return RG_OK;
        }
        d->mu *= grow;
    }
    *moved = 0;
    return RG_OK;
}

/* Done when no step helps, or the promise is below what rounding leaves. */
static rg_status walk_down(descent *d, rg_fit_result *out)
{
    int most = d->q->max_steps > 0 ? d->q->max_steps : MAX_STEPS, polish = 0;
    double moved = 1;
    out->converged = false;
    for (out->steps = 0; out->steps < most && !out->converged && moved > 0; out->steps++) {
        rg_status s = jacobian_at(d, d->p);
        if (s) return s;
        weigh(d);
        if (!factorise(d, false)) {
            rg_fail(d->t, RG_DOMAIN, NULL, "fit: the derivatives are not finite at step %d",
                    out->steps + 1);
            return RG_DOMAIN;
        }
        double left = promise(d);
        bool near = left < 1e-4;
        polish += near;
        s = descend(d, near, &moved);
        if (s) return s;
        out->converged =
            at_rounding(d) || (near && (moved < 1e-14 || left < 1e-13 || polish == POLISH));
    }
    return RG_OK;
}

/* ---- what the answer is worth
 * --------------------------------------------------------------------- */

/* s^2 (J^T J)^-1 from the singular values of the scaled, unweighted Jacobian. */
static void covariance(descent *d, rg_fit_result *out)
{
    d->vague = false;
    double variance = out->dof > 0 ? out->ssr / (double)out->dof : (double)NAN;
    double cut = d->s[0] * 1e-15 * d->m;
    for (out->rank = 0; out->rank < d->n && d->s[out->rank] > cut; out->rank++) {
    }
    for (int a = 0; a < d->n; a++)
        for (int b = 0; b < d->n; b++) {
            double sum = out->rank < d->n ? (double)NAN : 0;
            for (int l = 0; l < out->rank; l++)
                sum += d->vt[(size_t)a * (size_t)d->n + (size_t)l] *
                       d->vt[(size_t)b * (size_t)d->n + (size_t)l] / (d->s[l] * d->s[l]);
            sum *= variance / d->scale[a] / d->scale[b];
            if (out->covariance) out->covariance[a * d->n + b] = sum;
            if (out->error && a == b) out->error[a] = sqrt(sum);
            if (a == b) d->vague |= sqrt(sum) > VAGUE * fabs(d->p[a]);
        }
}

static rg_status judge(descent *d, rg_fit_result *out)
{
    rg_status s = jacobian_at(d, d->p);
    if (s) return s;
    memset(d->scale, 0, (size_t)d->n * sizeof *d->scale);
    out->ssr = 0;
    for (int i = 0; i < d->m; i++) out->ssr += d->r[i] * d->r[i];
    out->loss = d->loss;
    out->count = d->m;
    out->dof = d->m - d->n;
    memcpy(out->value, d->p, (size_t)d->n * sizeof *d->p);
    if (factorise(d, true)) covariance(d, out);
    return RG_OK;
}

/* ---- the function
 * --------------------------------------------------------------------------------------- */

/* How many residuals there are, found out by recording them once at the start. */
static rg_status count_residuals(descent *d)
{
    int64_t mark = rg_mark(d->t), count = 0;
    rg_node **leaf = rg_scratch(d->t, (size_t)d->n * sizeof *leaf);
    if (!leaf) return RG_NOMEM;
    rg_node *r = record(d, d->q->start, leaf);
    rg_status s = rg_error_of(d->t)->status;
    if (!s) count = rg_count_of(r);
    rg_scratch_free(d->t, leaf, (size_t)d->n * sizeof *leaf);
    if (s) return s;
    rg_rewind(d->t, mark);
    d->m = (int)count;
    if (count >= d->n && count < INT_MAX) return RG_OK;
    rg_fail(d->t, RG_SHAPE, NULL, "fit: %lld residuals do not determine %d parameters",
            (long long)count, d->n);
    return RG_SHAPE;
}

static rg_status give_memory(descent *d)
{
    size_t n = (size_t)d->n, m = (size_t)d->m;
    d->work_size = rg_lapack_svd_work(d->m, d->n);
    size_t numbers = 5 * n + 2 * m + 2 * m * n + n * n + (size_t)d->work_size;
    d->bytes = numbers * sizeof(double) + 8 * n * sizeof(int);
    double *p = d->block = rg_scratch(d->t, d->bytes);
    if (!p) return RG_NOMEM;
    memset(p, 0, d->bytes);
    struct {
        double **at;
        size_t n;
    } part[] = {{&d->p, n},
                {&d->try_p, n},
                {&d->scale, n},
                {&d->s, n},
                {&d->c, n},
                {&d->r, m},
                {&d->try_r, m},
                {&d->j, m * n},
                {&d->u, m * n},
                {&d->vt, n * n},
                {&d->work, (size_t)d->work_size}};
    for (size_t i = 0; i < sizeof part / sizeof *part; p += part[i++].n) *part[i].at = p;
    d->iwork = (int *)(void *)p;
    return RG_OK;
}

static rg_status begin(descent *d, double mu)
{
    for (int k = 0; k < d->n; k++) d->p[k] = clipped(d->q, k, d->q->start[k]);
    memset(d->scale, 0, (size_t)d->n * sizeof *d->scale);
    rg_status s = residuals_at(d, d->p, d->try_r);
    if (s) return s;
    d->loss = total_loss(d->q, d->try_r, d->m);
    d->mu = mu;
    if (isfinite(d->loss)) return RG_OK;
    rg_fail(d->t, RG_DOMAIN, NULL,
            "fit: the residuals are not finite at the start; give other starting values");
    return RG_DOMAIN;
}

/* A bold descent may end on a plateau where the data seem to determine nothing; then
 * a more careful one may still find the valley. The lowest end is the answer. */
static rg_status best_descent(descent *d, rg_fit_result *out)
{
    static const double mu[] = {1e-3, 1, 1e3};
    rg_fit_result best = {.loss = (double)INFINITY};
    for (size_t i = 0; i < sizeof mu / sizeof *mu; i++) {
        rg_status s = begin(d, mu[i]);
        if (!s) s = walk_down(d, out);
        if (s) return s;
        if (i && d->loss >= best.loss) continue;
        s = judge(d, out);
        if (s) return s;
        best = *out;
        if (best.converged && best.rank == d->n && !d->vague) break;
    }
    *out = best;
    return RG_OK;
}

rg_status rg_fit(rg_tape *t, const rg_fit_problem *problem, rg_fit_result *result)
{
    if (!t || !problem || !result || problem->n < 1 || !problem->start || !problem->residuals ||
        !result->value)
        return rg_refuse(t, RG_USAGE, NULL,
                         "fit: no parameters, no residuals or nowhere to put the answer");
    descent d = {.t = t, .q = problem, .n = problem->n};
    static const rg_op fit = {.name = "fit"};
    rg_status s = rg_lapack_ready(t, &fit);
    if (!s) s = count_residuals(&d);
    if (!s) s = give_memory(&d);
    if (!s) s = best_descent(&d, result);
    if (d.block) rg_scratch_free(t, d.block, d.bytes);
    return s;
}
