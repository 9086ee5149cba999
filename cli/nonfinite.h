/* nonfinite.h - where finite numbers went in and inf or nan came out. */
#ifndef CLI_NONFINITE_H
#define CLI_NONFINITE_H
#include "expression.h"

/* Look at every recorded node whose inputs are all finite. Where its value is not,
 * show a note that names the function, the numbers and the place; strict: fill *d
 * with the first and return false. gradients: look at what came behind the
 * expression as well, for the first rule that gives such a number. */
bool nonfinite_check(const expression *x, bool strict, bool gradients, diag *d);

/* The first value that is inf or nan, in words: "sqrt is nan". False: every one is finite. */
enum { NONFINITE_TEXT = 80 };
bool nonfinite_first(const expression *x, char text[NONFINITE_TEXT]);

#endif
