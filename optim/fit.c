/* fit.c - Levenberg-Marquardt on Jacobians from the tape. */
#define RG_NO_HERE
#include "fit.h"
#include "fit_descent.h"
#include "fit_loss.h"
#include "fit_start.h"
#include "fit_worth.h"
#include "lapack.h"
#include "ops.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum { STILL = 10 /* steps near the bottom that lowered no promise */ };
static const double VAGUE = 1e8, AFRESH = 1e-3, STALLED = 1e-9;

/* ---- one step -------------------------------------------------------------------------------- */

static void weigh(descent *d)
{
    for (int i = 0; i < d->m; i++) {
        double w = rg_fit_weight(d->q, d->r[i]);
        d->r[i] *= w;
        for (int k = 0; k < d->n; k++) d->j[(size_t)k * (size_t)d->m + (size_t)i] *= w;
    }
}

/* Geodesic acceleration (Transtrum and Sethna, 2012): the residuals' second derivative along
 * the step, by one more evaluation on the way, bends the step along a narrow valley. A bend
 * that is not small beside the step says that the step leaves the region where its linear
 * model holds: false, try a shorter one. Only squares, whose weights do not change. */
static rg_status bend(descent *d, double length_of_step, bool *fits)
{
    const double h = 0.1, most = 0.75;
    *fits = true;
    for (int k = 0; k < d->n; k++) d->try_p[k] = d->p[k] + h * d->step[k];
    rg_status s = rg_fit_residuals(d, d->try_p, d->try_r);
    if (s) return s;
    for (int l = 0; l < d->n; l++) {
        double along = 0, ss = d->s[l] * d->s[l], damp = ss > 0 ? ss / (ss + d->mu) : 0;
        for (int i = 0; i < d->m; i++)
            along += d->u[(size_t)l * (size_t)d->m + (size_t)i] * d->try_r[i];
        d->c2[l] = 2 / h * ((along - d->c[l]) / h + damp * d->c[l]);
    }
    double turn = rg_fit_damped_step(d, d->c2, d->turn);
    *fits = 2 * turn <= most * length_of_step; /* NaN: no */
    for (int k = 0; k < d->n && *fits; k++) d->step[k] += d->turn[k] / 2;
    return RG_OK;
}

/* try_p, one step away. *moved: the longest relative move, 0 when there is none; NAN when
 * the step is not worth trying. */
static rg_status propose(descent *d, bool near, double *moved)
{
    bool fits = true;
    double far = rg_fit_damped_step(d, d->c, d->step);
    if (!near && d->q->loss == RG_FIT_SQUARES) {
        rg_status s = bend(d, far, &fits);
        if (s) return s;
    }
    *moved = fits ? 0 : (double)NAN;
    for (int k = 0; k < d->n && fits; k++) {
        d->try_p[k] = rg_fit_clipped(d->q, k, d->p[k] + d->step[k]);
        *moved = fmax(*moved, fabs(d->try_p[k] - d->p[k]) / (fabs(d->p[k]) + 1e-30));
    }
    return RG_OK;
}

/* How much of the residual's length the model says can still go. */
static double promise(const descent *d)
{
    double gone = 0, all = rg_fit_length(d->r, d->m);
    for (int l = 0; l < d->n; l++)
        if (d->s[l] > rg_fit_least_singular(d)) gone += d->c[l] * d->c[l];
    return all > 0 ? sqrt(gone) / all : 0;
}

/* The rounding of the terms that residuals are differences of, beside the residuals. */
static double rounding(const descent *d)
{
    double largest = 0, all = rg_fit_length(d->r, d->m);
    for (int k = 0; k < d->n; k++) largest = fmax(largest, d->scale[k] * fabs(d->p[k]));
    return all > 0 ? DBL_EPSILON * largest / all : (double)INFINITY;
}

/* Near the bottom rounding hides whether a step helps: it is taken as long as the loss
 * does not visibly rise. */
static bool no_worse(const descent *d, double loss, bool near)
{
    return near ? loss <= d->loss * (1 + 1e-14 + 4 * fmin(d->noise, 1e-8)) : loss < d->loss;
}

/* Raises the damping until a step lowers the loss. *moved: how far it went, 0 when no
 * step helps any more. */
static rg_status descend(descent *d, bool near, double *moved)
{
    if (near) d->mu = fmin(d->mu, 1e-20 * d->s[0] * d->s[0]);
    for (double grow = 2; d->mu < 1e30; grow *= 2) {
        rg_status s = propose(d, near, moved);
        if (s || *moved == 0) return s;
        bool worth = !isnan(*moved);
        s = worth ? rg_fit_residuals(d, d->try_p, d->try_r) : RG_OK;
        if (s) return s;
        double loss = worth ? rg_fit_loss_of(d->q, d->try_r, d->m) : (double)INFINITY;
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

/* What the starting values put along directions that the data say nothing of is taken out, where that
 * lowers the loss: with powers up to x^20 such a part is large in residuals, and no step reaches it. */
static rg_status shed(descent *d, bool *lower)
{
    double least = rg_fit_least_singular(d), loss;
    *lower = false;
    if (d->s[d->n - 1] > least) return RG_OK;
    memcpy(d->try_p, d->p, (size_t)d->n * sizeof *d->p);
    for (int l = 0; l < d->n; l++) {
        double along = 0;
        if (d->s[l] > least) continue;
        for (int k = 0; k < d->n; k++) along += d->vt[(size_t)k * (size_t)d->n + (size_t)l] * d->scale[k] * d->p[k];
        for (int k = 0; k < d->n; k++)
            if (d->scale[k] > 0) d->try_p[k] -= along * d->vt[(size_t)k * (size_t)d->n + (size_t)l] / d->scale[k];
    }
    for (int k = 0; k < d->n; k++) d->try_p[k] = rg_fit_clipped(d->q, k, d->try_p[k]);
    rg_status s = rg_fit_residuals(d, d->try_p, d->try_r);
    if (s) return s;
    loss = rg_fit_loss_of(d->q, d->try_r, d->m);
    *lower = loss < d->loss;
    if (*lower) memcpy(d->p, d->try_p, (size_t)d->n * sizeof *d->p);
    if (*lower) d->loss = loss;
    return RG_OK;
}

/* Of data that are all 0 residuals and parameters halve without end: 0 itself is tried for those that vanish beside their
 * start. *exact: no residual is left, and p is there. */
static rg_status end_at_nothing(descent *d, bool *exact)
{
    const double vanished = 1e-100;
    *exact = false;
    if (rg_fit_length(d->r, d->m) > vanished * d->first) return RG_OK;
    for (int k = 0; k < d->n; k++)
        d->try_p[k] = rg_fit_clipped(d->q, k, fabs(d->p[k]) <= vanished * fabs(d->start[k]) ? 0 : d->p[k]);
    rg_status s = rg_fit_residuals(d, d->try_p, d->try_r);
    *exact = !s && rg_fit_length(d->try_r, d->m) == 0;
    if (!*exact) return s;
    memcpy(d->p, d->try_p, (size_t)d->n * sizeof *d->p);
    d->loss = 0;
    return RG_OK;
}

/* Done when the promise is below what rounding leaves or gets no smaller, or when no step
 * helps near the bottom. */
static rg_status walk_down(descent *d, rg_fit_result *out)
{
    int most = rg_fit_most_steps(d->q), still = 0;
    double moved = 1, least = (double)INFINITY;
    out->converged = false;
    for (out->steps = 0; out->steps < most && !out->converged && moved > 0; out->steps++) {
        rg_status s = rg_fit_jacobian(d, d->p);
        if (!s) s = end_at_nothing(d, &out->converged);
        if (s || out->converged) return s;
        weigh(d);
        if (!rg_fit_factorise(d, false)) {
            rg_fail(d->t, RG_DOMAIN, NULL, "fit: the derivatives are not finite at step %d",
                    out->steps + 1);
            return RG_DOMAIN;
        }
        double left = promise(d), before = d->loss;
        d->noise = rounding(d);
        bool near = left < 1e-4;
        bool slow = near && left > 0.9 * least;
        least = fmin(least, left);
        s = descend(d, near, &moved);
        if (s) return s;
        if (d->q->loss == RG_FIT_MAE) slow = before - d->loss < 1e-4 * before; /* the rest is rg_fit_end_at_corner's */
        still = slow ? still + 1 : 0;
        if (d->q->loss == RG_FIT_MAE && still == STILL) return RG_OK;
        bool done = moved < 1e-14 || left < 1e-13 || still == STILL;
        out->converged = (near && done) || (moved == 0 && left <= 100 * d->noise);
        bool lower = false;
        if (out->converged || moved == 0 || before - d->loss < STALLED * before) s = shed(d, &lower);
        if (s) return s;
        if (!lower) continue;
        out->converged = false;
        moved = 1;
        d->mu = AFRESH;
    }
    return RG_OK;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static rg_status judge(descent *d, rg_fit_result *out)
{
    rg_status s = rg_fit_jacobian(d, d->p);
    if (s) return s;
    memset(d->scale, 0, (size_t)d->n * sizeof *d->scale);
    out->ssr = 0;
    for (int i = 0; i < d->m; i++) out->ssr += d->r[i] * d->r[i];
    out->loss = d->loss;
    out->count = d->m;
    memcpy(out->value, d->p, (size_t)d->n * sizeof *d->p);
    if (!rg_fit_factorise(d, true)) return RG_OK;
    fit_directions j = {.n = d->n, .m = d->m, .s = d->s, .vt = d->vt, .scale = d->scale, .least = rg_fit_least_singular(d)};
    rg_fit_worth(d->q, &j, d->r, d->try_r, out);
    d->vague = false;
    for (int k = 0; k < d->n && out->error; k++) d->vague |= out->error[k] > VAGUE * fabs(d->p[k]);
    for (int k = 0; k < d->n && out->covariance; k++)
        d->vague |= sqrt(out->covariance[k * d->n + k]) > VAGUE * fabs(d->p[k]);
    return RG_OK;
}

/* ---- the function ---------------------------------------------------------------------------------- */

/* How many residuals there are, found out by recording them once at the start. */
static rg_status count_residuals(descent *d)
{
    int64_t mark = rg_mark(d->t), count = 0;
    rg_node **leaf = rg_scratch(d->t, (size_t)d->n * sizeof *leaf);
    if (!leaf) return RG_NOMEM;
    rg_node *r = rg_fit_record(d, d->q->start, leaf);
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
    size_t numbers = 9 * n + 2 * m + 2 * m * n + n * n + (size_t)d->work_size;
    d->bytes = numbers * sizeof(double) + 8 * n * sizeof(int);
    double *p = d->block = rg_scratch(d->t, d->bytes);
    if (!p) return RG_NOMEM;
    memset(p, 0, d->bytes);
    struct {
        double **at;
        size_t n;
    } part[] = {{&d->p, n},     {&d->try_p, n}, {&d->scale, n}, {&d->s, n},     {&d->c, n},
                {&d->start, n}, {&d->step, n},  {&d->turn, n},  {&d->c2, n},    {&d->r, m},
                {&d->try_r, m}, {&d->j, m * n}, {&d->u, m * n}, {&d->vt, n * n}, {&d->work, (size_t)d->work_size}};
    for (size_t i = 0; i < sizeof part / sizeof *part; p += part[i++].n) *part[i].at = p;
    d->iwork = (int *)(void *)p;
    return RG_OK;
}

static rg_status begin(descent *d, double mu)
{
    for (int k = 0; k < d->n; k++) d->p[k] = rg_fit_clipped(d->q, k, d->start[k]);
    memset(d->scale, 0, (size_t)d->n * sizeof *d->scale);
    rg_status s = rg_fit_residuals(d, d->p, d->try_r);
    if (s) return s;
    d->loss = rg_fit_loss_of(d->q, d->try_r, d->m);
    d->first = rg_fit_length(d->try_r, d->m);
    d->mu = mu;
    if (isfinite(d->loss)) return RG_OK;
    int bad = 0;
    while (bad < d->m && isfinite(d->try_r[bad])) bad++;
    if (bad == d->m)
        rg_fail(d->t, RG_DOMAIN, NULL, "fit: the squares of the residuals are not finite at the start; give other starting values, or scale the data");
    else
        rg_fail(d->t, RG_DOMAIN, NULL, "fit: residual %d of %d is %s at the start; give other starting values, or leave out its row", bad + 1,
                d->m, isnan(d->try_r[bad]) ? "nan" : "infinite");
    return RG_DOMAIN;
}

/* A bold descent may end on a plateau where the data seem to determine nothing; then
 * a more careful one may still find the valley. What is lower than best becomes the answer. */
static rg_status descents_from(descent *d, rg_fit_result *out, double *best)
{
    static const double mu[] = {1e-3, 1, 1e3};
    for (size_t i = 0; i < sizeof mu / sizeof *mu; i++) {
        rg_fit_result now = *out;
        rg_status s = begin(d, mu[i]);
        if (!s) s = walk_down(d, &now);
        if (!s) s = rg_fit_end_at_corner(d, &now);
        if (s) return s;
        if (!(d->loss < *best)) continue;
        s = judge(d, &now);
        if (s) return s;
        *best = d->loss;
        *out = now;
        if (out->converged && out->rank == d->n && !d->vague) break;
    }
    return RG_OK;
}

/* From the start given and those beside it. One that leaves the finite numbers is passed over, as long
 * as another does not. */
static rg_status best_descent(descent *d, rg_fit_result *out)
{
    double best = (double)INFINITY;
    uint64_t state = d->q->seed;
    int starts = d->q->starts > 1 ? d->q->starts : 1;
    out->from = 0;
    out->level = false;
    memcpy(d->start, d->q->start, (size_t)d->n * sizeof *d->start);
    for (int i = 0; i < starts; i++) {
        int64_t mark = rg_mark(d->t);
        double before = best;
        if (i) rg_fit_start(d->q, &state, d->start);
        rg_status s = descents_from(d, out, &best);
        if (best < before) out->from = i;
        if (s && (s != RG_DOMAIN || (i == starts - 1 && isinf(best)))) return s;
        if (s) rg_rewind(d->t, mark);
    }
    return RG_OK;
}

rg_status rg_fit(rg_tape *t, const rg_fit_problem *problem, rg_fit_result *result)
{
    if (!t || !problem || !result || problem->n < 1 || !problem->start || !problem->residuals ||
        !result->value)
        return rg_refuse(t, RG_USAGE, NULL,
                         "fit: no parameters, no residuals or nowhere to put the answer");
    if (!(problem->delta >= 0)) return rg_refuse(t, RG_USAGE, NULL, "fit: a delta of %g, where it is above 0, or 0 for 1", problem->delta);
    descent d = {.t = t, .q = problem, .n = problem->n};
    static const rg_op fit = {.name = "fit"};
    rg_status s = rg_lapack_ready(t, &fit);
    if (!s) s = count_residuals(&d);
    if (!s) s = give_memory(&d);
    if (!s) s = best_descent(&d, result);
    if (d.block) rg_scratch_free(t, d.block, d.bytes);
    return s;
}
