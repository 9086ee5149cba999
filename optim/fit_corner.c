/* fit_corner.c - the end of a descent of absolute differences, whose least has corners. Weights that grow without end lead
 * near it; from there on linear models are solved exactly (Osborne and Watson, "On an algorithm for discrete nonlinear L1
 * approximation", 1971), within a reach that shrinks where they do not hold, as at a least with fewer residuals of 0 than
 * parameters (Fletcher, Practical Methods of Optimization, 1987, 14.5). */
#define RG_NO_HERE
#include "fit_absolute.h"
#include "fit_descent.h"
#include "fit_loss.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* A step to the least of the linear model. */
typedef struct vertex {
    bool solved, level;
    double far;      /* the largest of its coordinates, in the unit of the residuals */
    double promised; /* how much the model falls                                     */
    double rounding; /* of the loss                                                  */
    double loss;     /* there                                                        */
} vertex;

static double sum_of_distances(const double *r, int m)
{
    double sum = 0;
    for (int i = 0; i < m; i++) sum += fabs(r[i]);
    return sum;
}

/* d->c becomes the step, in the coordinates of d->u. */
static rg_status solve_model(descent *d, double reach, int rank, vertex *v)
{
    double *r = d->try_r;
    rg_status s = rg_least_absolute(d->t, d->m, rank, d->u, r, reach, d->c, &v->solved, &v->level);
    if (s || !v->solved) return s;
    v->promised = sum_of_distances(r, d->m);
    for (int l = 0; l < rank; l++) {
        v->far = fmax(v->far, fabs(d->c[l]));
        for (int i = 0; i < d->m; i++) r[i] += d->u[(size_t)l * (size_t)d->m + (size_t)i] * d->c[l];
    }
    v->promised -= sum_of_distances(r, d->m);
    return RG_OK;
}

/* try_p and try_r, at the vertex. */
static rg_status step_to_vertex(descent *d, double reach, vertex *v)
{
    *v = (vertex){0};
    rg_status s = rg_fit_jacobian(d, d->p);
    if (s) return s;
    memcpy(d->try_r, d->r, (size_t)d->m * sizeof *d->r);
    for (int i = 0; i < d->m; i++) d->r[i] = (d->r[i] > 0) - (d->r[i] < 0); /* bounds ask for slopes */
    if (!rg_fit_factorise(d, false)) return RG_OK;
    int rank = 0;
    while (rank < d->n && d->s[rank] > rg_fit_least_singular(d)) rank++;
    s = solve_model(d, reach, rank, v);
    if (s || !v->solved) return s;
    for (int k = 0; k < d->n; k++)
        v->rounding = fmax(v->rounding, 4 * DBL_EPSILON * sqrt(d->m) * d->scale[k] * fabs(d->p[k]));
    for (int l = 0; l < rank; l++) d->c[l] = -d->c[l]; /* rg_fit_damped_step goes against it */
    memset(d->c + rank, 0, (size_t)(d->n - rank) * sizeof *d->c);
    d->mu = 0;
    rg_fit_damped_step(d, d->c, d->step);
    for (int k = 0; k < d->n; k++) d->try_p[k] = rg_fit_clipped(d->q, k, d->p[k] + d->step[k]);
    s = rg_fit_residuals(d, d->try_p, d->try_r);
    v->loss = rg_fit_loss_of(d->q, d->try_r, d->m);
    return s;
}

/* A parameter that is rounding beside the others' terms is 0, where that is no worse. */
static rg_status clear_rounding(descent *d)
{
    double largest = 0;
    for (int k = 0; k < d->n; k++) largest = fmax(largest, d->scale[k] * fabs(d->p[k]));
    for (int k = 0; k < d->n; k++) {
        if (d->p[k] == 0 || d->scale[k] * fabs(d->p[k]) > 4 * DBL_EPSILON * largest || rg_fit_clipped(d->q, k, 0) != 0) continue;
        memcpy(d->try_p, d->p, (size_t)d->n * sizeof *d->p);
        d->try_p[k] = 0;
        rg_status s = rg_fit_residuals(d, d->try_p, d->try_r);
        if (s) return s;
        double loss = rg_fit_loss_of(d->q, d->try_r, d->m);
        if (!(loss <= d->loss + 4 * DBL_EPSILON * sqrt(d->m) * largest)) continue;
        d->p[k] = 0;
        d->loss = loss;
    }
    return RG_OK;
}

/* Done when the model promises nothing that could be seen: no edge leads down, or what is left after shrinking is of the
 * size of what curvature does within the reach. */
rg_status rg_fit_end_at_corner(descent *d, rg_fit_result *out)
{
    const double seen = 1e-10;
    double reach = (double)INFINITY;
    if (d->q->loss != RG_FIT_MAE) return RG_OK;
    out->converged = out->level = false;
    while (out->steps < rg_fit_most_steps(d->q) && !out->converged) {
        vertex v;
        rg_status s = step_to_vertex(d, reach, &v);
        if (s || !v.solved) return s;
        out->steps++;
        out->level = v.level;
        out->converged = v.promised <= seen * d->loss + v.rounding;
        double gained = d->loss - v.loss; /* NaN: no step to take */
        if (!(gained > 0.25 * v.promised))
            reach = fmin(reach, v.far) / 4;
        else if (gained > 0.75 * v.promised)
            reach *= 2;
        if (!(gained > 0)) continue;
        memcpy(d->p, d->try_p, (size_t)d->n * sizeof *d->p);
        d->loss = v.loss;
    }
    return out->converged ? clear_rounding(d) : RG_OK;
}
