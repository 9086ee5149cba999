/* fold.c - sums of dense numbers: the one place that fixes in which order they are
 * added. */
#define RG_NO_HERE
#include "fold.h"
#include "clones.h"

#define T       float
#define K(name) name##_f32
#include "fold.inc"
#define T       double
#define K(name) name##_f64
#include "fold.inc"
