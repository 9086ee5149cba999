/* neighbours.h - the k nearest neighbours (notes 3.8). Training is keeping the rows: n x
 * width numbers. A question costs n distances of width terms each. */
#ifndef RG_NEIGHBOURS_H
#define RG_NEIGHBOURS_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_metric {
    RG_EUCLIDEAN, /* root of the sum of squares */
    RG_MANHATTAN, /* sum of sizes               */
    RG_MAXIMUM    /* largest size               */
} rg_metric;

RG_API double rg_distance(rg_metric metric, const double *a, const double *b, int64_t width);

typedef struct rg_neighbour {
    int64_t row;
    double distance;
} rg_neighbour;

/* The k nearest of n rows x (n x width, dense) to a point, nearest first; of equally near
 * ones the first row comes first. 1 <= k <= n, else false. NaN is far from everything. */
RG_API bool rg_nearest(rg_metric metric, const double *x, int64_t n, int64_t width,
                       const double *point, int64_t k, rg_neighbour *out);

/* The class that most of k neighbours have; of equally many, the one whose neighbours are
 * nearer in sum; then the smaller. label[row] in 0..classes-1; k at least 1. */
RG_API int64_t rg_vote(const rg_neighbour *near, int64_t k, const int64_t *label, int classes);

#ifdef __cplusplus
}
#endif
#endif
