/* fold.h - sums and extremes of n dense numbers, for reduce.c and rows.c. Private to
 * ops/. */
#ifndef RG_FOLD_H
#define RG_FOLD_H
#include <stdint.h>

float rg_fold_sum_f32(const float *x, int64_t n);
double rg_fold_sum_f64(const double *x, int64_t n);

/* The sum of n is that of the first `half` and of the others, added; n itself when the
 * sum is not made of two. */
int64_t rg_fold_half(int64_t n);

/* The largest and the smallest of n > 0, or NaN as soon as one is. */
float rg_fold_max_f32(const float *x, int64_t n);
double rg_fold_max_f64(const double *x, int64_t n);
float rg_fold_min_f32(const float *x, int64_t n);
double rg_fold_min_f64(const double *x, int64_t n);

#endif
