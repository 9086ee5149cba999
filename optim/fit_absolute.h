/* fit_absolute.h - the least sum of absolute values of a linear model, exactly. */
#ifndef RG_FIT_ABSOLUTE_H
#define RG_FIT_ABSOLUTE_H
#include "tape.h"

/* z within -reach..reach (INFINITY: anywhere) that makes the sum of |r + U z| least. U: m x n, column-major, n <= m, its
 * columns orthonormal; r: m numbers; z: n. From the
 * corner of the n rows nearest 0 along edges, each to the weighted median on it (Barrodale and Roberts, "An improved
 * algorithm for discrete l1 linear approximation", 1973; Bloomfield and Steiger, "Least Absolute Deviations", 1983).
 * *solved: no edge leads down from z; *level: one neither down nor up, so that others are as good. Errors: RG_NOMEM. */
rg_status rg_least_absolute(rg_tape *t, int m, int n, const double *u, const double *r, double reach, double *z, bool *solved, bool *level);

#endif
