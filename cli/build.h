/* build.h - from a program to nodes on a tape. */
#ifndef CLI_BUILD_H
#define CLI_BUILD_H
#include "expression.h"

/* Record x->p on x->tape, whose inputs are leaves already: fills x->value, x->end and
 * x->out. False: *d says what does not fit, and where. */
bool build_program(expression *x, diag *d);

#endif
