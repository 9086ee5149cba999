/* fit_loss.c - see fit_loss.h. */
#define RG_NO_HERE
#include "fit_loss.h"
#include <math.h>

double rg_fit_delta(const rg_fit_problem *q) { return q->delta > 0 ? q->delta : 1; }

double rg_fit_weight(const rg_fit_problem *q, double r)
{
    double a = fabs(r), delta = rg_fit_delta(q);
    if (q->loss == RG_FIT_HUBER && a > delta) return sqrt(delta / a);
    if (q->loss == RG_FIT_MAE) return 1 / sqrt(a > 1e-12 ? a : 1e-12);
    return 1;
}

static double loss_of_residual(const rg_fit_problem *q, double r)
{
    double a = fabs(r), delta = rg_fit_delta(q);
    if (q->loss == RG_FIT_HUBER) return a > delta ? delta * (a - delta / 2) : a * a / 2;
    return q->loss == RG_FIT_MAE ? a : a * a;
}

double rg_fit_loss_of(const rg_fit_problem *q, const double *r, int m)
{
    double sum = 0;
    for (int i = 0; i < m; i++) sum += loss_of_residual(q, r[i]);
    return sum;
}
