/* fold.h - sums and extremes of n dense numbers, for reduce.c and rows.c: the one
 * place that fixes in which order numbers are added. */
#ifndef RG_FOLD_H
#define RG_FOLD_H
#include "clones.h"
#include <stdint.h>

#define T float
#define K(name) name##_f32
#include "fold.inc"
#define T double
#define K(name) name##_f64
#include "fold.inc"

#endif
