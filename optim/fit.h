/* fit.h - least squares: parameters that make the squares of residuals smallest. */
#ifndef RG_FIT_H
#define RG_FIT_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_fit_loss {
    RG_FIT_SQUARES, /* sum of r^2                                              */
    RG_FIT_HUBER,   /* r^2/2 up to delta, linear beyond                        */
    RG_FIT_MAE      /* sum of |r|                                              */
} rg_fit_loss;

/* What to fit. Arrays of n belong to the caller. */
typedef struct rg_fit_problem {
    int n;               /* parameters, at least 1                              */
    const double *start; /* n                                                   */
    const double *lo;    /* n bounds, or NULL; -INFINITY: none                  */
    const double *hi;
    rg_fit_loss loss;
    double delta;        /* of RG_FIT_HUBER, in the unit of the residuals; 0: 1  */
    int max_steps;       /* of a descent; 0: 20000                              */
    int starts;          /* descents: one from start, the others from beside it; the
                            lowest end is the answer, and one whose residuals are
                            not finite is passed over. 0: 1. Where both bounds are finite
                            a parameter starts evenly between them, else at up to ten times
                            or a tenth of start, one in four with the other sign; one that
                            starts at 0 within -1..1                           */
    uint64_t seed;       /* of those                                            */
    /* Record the residuals, an f64 vector, from the n f64 scalars p. */
    rg_node *(*residuals)(void *ud, rg_tape *t, rg_node *const *p);
    void *ud;
} rg_fit_problem;

/* The answer; arrays of the caller. */
typedef struct rg_fit_result {
    double *value;      /* n: the parameters                                    */
    double *error;      /* n: standard errors, the roots of the diagonal of the
                           covariance. May be NULL                             */
    double *covariance; /* n x n: s^2 (J^T J)^-1, NaN in the rows and columns of
                           parameters that the data do not determine, and where
                           dof is 0. s^2 is ssr/dof; of the robust losses the mean of
                           psi^2 over the squared mean of psi', corrected for n (Huber,
                           Robust Statistics, 1981, 7.6). psi' of RG_FIT_MAE, and of
                           RG_FIT_HUBER where delta is below the window, is told by how
                           dense the residuals lie about 0 (Koenker, Quantile Regression,
                           2005, 3.4), within a window as wide as half the median's
                           confidence interval (McKean and Schrader, 1984; with few
                           rows wider than 1.345 deviations); NaN where more of them
                           are 0 than tell a density, or dof is 1. May be NULL                          */
    double ssr;         /* sum of squared residuals at the answer               */
    double loss;        /* what was made smallest: ssr, or as the loss says     */
    int64_t count;      /* residuals                                            */
    int64_t dof;        /* count - rank                                         */
    int rank;           /* of J: below n, the data do not determine all         */
    int steps;          /* of the descent                                       */
    int from;           /* which of the starts led here, 0 the one given        */
    bool converged;
    bool level;         /* of RG_FIT_MAE: other parameters are as good, by the linear
                           model at the answer, as between the two middle rows' medians */
} rg_fit_result;

/* Levenberg-Marquardt, each parameter on its own scale, steps by singular values, bent along
 * narrow valleys (Transtrum and Sethna, "Improvements to the Levenberg-Marquardt algorithm
 * for nonlinear least-squares minimization", 2012). The Jacobian comes from the tape, which
 * is rewound to where it was. Robust losses reweight the residuals; of absolute differences a
 * linear model is then solved exactly, and others by linear models within a reach (Osborne and Watson, 1971; Fletcher,
 * 1987, 14.5). Errors on t: RG_USAGE (also a delta below 0 or NaN), RG_SHAPE (fewer residuals than parameters), RG_DOMAIN (residuals or their squares not
 * finite at any start, or too small to be squared), RG_MISSING (no LAPACK), RG_NOMEM, and what the residuals raise. */
RG_API rg_status rg_fit(rg_tape *t, const rg_fit_problem *problem, rg_fit_result *result);

#ifdef __cplusplus
}
#endif
#endif
