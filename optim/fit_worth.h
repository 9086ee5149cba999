/* fit_worth.h - what a fit's answer is worth: which parameters the data determine, and how well. */
#ifndef RG_FIT_WORTH_H
#define RG_FIT_WORTH_H
#include "fit.h"

/* The singular values of J with its columns divided by scale, and their directions in the parameters. */
typedef struct fit_directions {
    int n, m;
    const double *s, *vt, *scale; /* n, n x n column-major, n          */
    double least;                 /* a singular value below is rounding */
} fit_directions;

/* Fills in dof, rank, error and covariance; value, ssr and count are there. r are the m residuals; room: m numbers. */
void rg_fit_worth(const rg_fit_problem *q, const fit_directions *j, const double *r, double *room, rg_fit_result *out);

#endif
