/* check_rounding.h - retrograd check --rounding: how many digits of each gradient are right. */
#ifndef CLI_CHECK_ROUNDING_H
#define CLI_CHECK_ROUNDING_H
#include "expression.h"
#include "json_out.h"
#include "rounding.h"

/* One for each input of x, which free gives back; NULL: the tape of x says why. */
rg_rounding *rounding_of_inputs(const expression *x, uint64_t seed);

/* A line for each input, and on stderr the place in the expression where digits were lost. */
void rounding_show(const expression *x, const rg_rounding *r);
void rounding_json(json *j, const expression *x, const rg_rounding *r);

#endif
