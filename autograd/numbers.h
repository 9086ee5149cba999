/* numbers.h - groups of single numbers as programs. Private to autograd/. */
#ifndef RG_NUMBERS_H
#define RG_NUMBERS_H
#include "parts.h"

typedef struct rg_numbers rg_numbers;

/* True when every member is an elementwise op on one number, all of one dtype. */
bool rg_numbers_fit(const rg_plan *p, const rg_bunch *g);

/* Write the program of a group that fits. */
rg_status rg_numbers_emit(rg_plan *p, uint32_t group);
void rg_numbers_run(const rg_numbers *n);

#endif
