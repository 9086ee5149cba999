/* minimize.h - parameters that make any loss smallest: an optimizer's steps, then Newton's. */
#ifndef RG_MINIMIZE_H
#define RG_MINIMIZE_H
#include "optim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to make small. Arrays of n belong to the caller. */
typedef struct rg_minimize_problem {
    int n;               /* parameters, at least 1                              */
    const double *start; /* n                                                   */
    const double *lo;    /* n bounds, or NULL; -INFINITY: none                  */
    const double *hi;
    const rg_optim_config *how; /* NULL: Adam                                   */
    double lr;           /* 0: 0.05; falls evenly to 0 unless how has a schedule */
    int steps;           /* of the optimizer; 0: 2000                           */
    /* Record the loss, f64 of one element, from the n f64 scalars p. */
    rg_node *(*loss)(void *ud, rg_tape *t, rg_node *const *p);
    void *ud;
} rg_minimize_problem;

/* The answer; arrays of the caller. */
typedef struct rg_minimum {
    double *value;   /* n: the lowest parameters that were met                  */
    double *hessian; /* n x n: second derivatives of the loss there. May be NULL */
    double loss;
    int newton;      /* Newton's steps that lowered the loss                    */
    bool converged;  /* Newton's next step would gain nothing, or the last tenth of the
                        optimizer's steps gained less than a millionth          */
} rg_minimum;

/* steps full steps of the optimizer, projected onto the bounds; from the lowest point damped
 * Newton steps (Nocedal and Wright, "Numerical Optimization", 3.4) as long as they lower the
 * loss, which a loss without curvature does not reward. The tape is rewound to where it was,
 * except after an error, which a rewind would forget. Errors on t: RG_DOMAIN (the loss is not
 * finite at the start), RG_SHAPE (it is not one number), RG_NOMEM, and what the loss raises. */
RG_API rg_status rg_minimize(rg_tape *t, const rg_minimize_problem *problem, rg_minimum *result);

#ifdef __cplusplus
}
#endif
#endif
