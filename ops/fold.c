/* fold.c - sums of dense numbers: the one place that fixes in which order they are
 * added. */
#define RG_NO_HERE
#include "fold.h"
#include "clones.h"

enum { LANES = 16, BLOCK = 1024, ABREAST = 32 };

int64_t rg_fold_half(int64_t n) { return n <= BLOCK ? n : (n / 2 + BLOCK - 1) / BLOCK * BLOCK; }

#define T       float
#define K(name) name##_f32
#include "fold.inc"
#define T       double
#define K(name) name##_f64
#include "fold.inc"
