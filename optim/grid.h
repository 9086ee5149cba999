/* grid.h - hyper-parameters (notes 3.4): every combination of some values, and the one with
 * the lowest score, be it a validation loss or a mean over folds. */
#ifndef RG_GRID_H
#define RG_GRID_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_GRID_AXES = 8 };

typedef struct rg_grid_axis {
    const char *name; /* for people; may be NULL */
    int n;            /* at least 1              */
    const double *value;
} rg_grid_axis;

typedef struct rg_grid {
    int axes; /* 1 to RG_GRID_AXES */
    rg_grid_axis axis[RG_GRID_AXES];
} rg_grid;

/* How many combinations there are; 0: it is no grid. */
RG_API int64_t rg_grid_count(const rg_grid *g);

/* Combination `at`, from 0: a value per axis; the last axis moves first. */
RG_API void rg_grid_point(const rg_grid *g, int64_t at, double *value);

/* The first combination with the lowest score, *at. Scores that are NaN lose. RG_USAGE: no
 * grid, or no score that is a number; a status of score other than RG_OK ends the search. */
RG_API rg_status rg_grid_search(const rg_grid *g,
                                rg_status (*score)(void *ud, const double *value, double *out),
                                void *ud, int64_t *at, double *lowest);

#ifdef __cplusplus
}
#endif
#endif
