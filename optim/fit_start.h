/* fit_start.h - where the further descents of a fit begin. */
#ifndef RG_FIT_START_H
#define RG_FIT_START_H
#include "fit.h"

/* n numbers drawn beside q->start, as fit.h says of `starts`; *state goes on. */
void rg_fit_start(const rg_fit_problem *q, uint64_t *state, double *start);

#endif
