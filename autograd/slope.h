/* slope.h - the slope of a function at a point, from its values at both sides, with a
 * bar that says how far off it may be, and with what kind of point it is. Knows
 * nothing of tapes. Private to autograd/. */
#ifndef RG_SLOPE_H
#define RG_SLOPE_H
#include "gradcheck.h"

/* What one step size tells. */
typedef struct rg_rung {
    double h;
    double mean;  /* (f(h) - f(-h)) / 2h: the slope across                          */
    double gap;   /* (f(h) - 2 f(0) + f(-h)) / h: right slope less left slope       */
    double noise; /* the most by which rounding may move f                          */
    double hidden; /* the most by which parts of f may move that seemed to stand still */
} rg_rung;

enum { RG_RUNGS = 8 };

typedef struct rg_slope {
    rg_point point;
    double value, bar;  /* infinite bar: nothing could be found out                 */
    double left, right; /* at a corner: the two slopes, left the smaller one        */
    double hidden;      /* beyond the bar, what parts that stood still may hide     */
} rg_slope;

/* From n <= RG_RUNGS rungs, each with half the step of the one before; the first
 * ones may be not finite, when the function ends there. Large steps with which the
 * small ones do not agree are left out: they reach over a corner. Source of the extrapolation:
 * Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Adv. Eng. Software 4
 * (1982) 75-76. */
rg_slope rg_slope_of(const rg_rung *rung, int n);

#endif
