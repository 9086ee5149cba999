/* fit_loss.h - the losses of a least-squares descent: each is a sum of squares of residuals with weights. */
#ifndef RG_FIT_LOSS_H
#define RG_FIT_LOSS_H
#include "fit.h"

/* Where Huber's loss turns from squares to distances. */
double rg_fit_delta(const rg_fit_problem *q);
/* The root of what turns r^2 into a term of the loss. */
double rg_fit_weight(const rg_fit_problem *q, double r);
/* The loss of m residuals. */
double rg_fit_loss_of(const rg_fit_problem *q, const double *r, int m);

#endif
