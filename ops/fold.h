/* fold.h - sums and extremes of n dense numbers, for reduce.c and rows.c. Private to
 * ops/. */
#ifndef RG_FOLD_H
#define RG_FOLD_H
#include <stdint.h>

float rg_fold_sum_f32(const float *x, int64_t n);
double rg_fold_sum_f64(const double *x, int64_t n);

/* The largest and the smallest of n > 0, or NaN as soon as one is. */
#define RG_EXTREME(name, T, better)                                                                \
    static inline T name(const T *x, int64_t n)                                                    \
    {                                                                                              \
        T m = x[0];                                                                                \
        for (int64_t i = 1; i < n; i++) m = x[i] better m || x[i] != x[i] ? x[i] : m;              \
        return m;                                                                                  \
    }
RG_EXTREME(fold_max_f32, float, >)
RG_EXTREME(fold_max_f64, double, >)
RG_EXTREME(fold_min_f32, float, <)
RG_EXTREME(fold_min_f64, double, <)

#endif
