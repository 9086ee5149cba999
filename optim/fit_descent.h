/* fit_descent.h - what the descents of a fit share: where one stands, and its linear problem. */
#ifndef RG_FIT_DESCENT_H
#define RG_FIT_DESCENT_H
#include "fit.h"

/* Everything the descent needs, in one block of numbers. Matrices are column-major. */
typedef struct descent {
    rg_tape *t;
    const rg_fit_problem *q;
    int n, m;      /* parameters, residuals                                        */
    double *block; /* what the others point into                                   */
    size_t bytes;
    double *p, *try_p;  /* n                                                       */
    double *r, *try_r;  /* m: weighted residuals                                   */
    double *scale;      /* n: how long each column of J is, or has been             */
    double *j;          /* m x n: weighted, scaled Jacobian; destroyed by the SVD  */
    double *u, *s, *vt; /* of j                                                    */
    double *c;          /* n: U^T r                                                */
    double *start;      /* n: where a descent begins                                */
    double *step, *turn, *c2; /* n: a step, how it bends, U^T of the bend            */
    double *work;
    int64_t work_size;
    int *iwork;
    double loss, mu, noise, first; /* first: how long the residuals were at the start */
    bool vague; /* a parameter whose error is far larger than itself: a plateau        */
} descent;

/* Euclid's, without overflow. */
double rg_fit_length(const double *x, int n);
/* How many steps all of a descent may take. */
int rg_fit_most_steps(const rg_fit_problem *q);
/* Within the bounds of parameter k. */
double rg_fit_clipped(const rg_fit_problem *q, int k, double p);

/* The residuals at p on the tape, and in leaf the n leaves of p. */
rg_node *rg_fit_record(const descent *d, const double *p, rg_node **leaf);
/* The m residuals at p. */
rg_status rg_fit_residuals(descent *d, const double *p, double *r);
/* Residuals and Jacobian at p, into r and j. RG_DOMAIN: residuals whose squares vanish. */
rg_status rg_fit_jacobian(descent *d, const double *p);

/* Scales j's columns to at most one and factorises it: u, s, vt, c. A parameter on its bound that r pushes outward is left
 * out, unless free_all. False: not finite. */
bool rg_fit_factorise(descent *d, bool free_all);
/* Below this a singular value is rounding: the data say nothing along its direction. */
double rg_fit_least_singular(const descent *d);
/* step = -scale^-1 V diag(s / (s^2 + mu)) c. Returns its length in the scaled parameters. */
double rg_fit_damped_step(const descent *d, const double *c, double *step);

/* fit_corner.c: from where reweighting led to the least of absolute differences; other losses stay where they are. Steps and
 * whether it converged go to out. */
rg_status rg_fit_end_at_corner(descent *d, rg_fit_result *out);

#endif
