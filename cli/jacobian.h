/* jacobian.h - all derivatives of all elements. */
#ifndef CLI_JACOBIAN_H
#define CLI_JACOBIAN_H
#include "op.h"

/* out[i] receives dy/dx[i]: count of y times count of x[i] numbers, the elements of y
 * outermost; zeros where no path leads. The tape is as long as before afterwards.
 * What went wrong is on the tape as well. */
rg_status jacobian(rg_node *y, int n, rg_node *const *x, double *const *out);

#endif
