/* deep.h - ten layers of 500 units, for the lessons about first weights. */
#ifndef DEEP_H
#define DEEP_H
#include "lesson.h"

enum { DEPTH = 10, WIDTH = 500, ROWS = 100, SEEN = 1000 };

typedef enum deep_unit { DEEP_LINEAR, DEEP_TANH, DEEP_RELU } deep_unit;

/* What is seen of each layer. */
typedef struct deep {
    double out[DEPTH];        /* standard deviation of the units                         */
    double square[DEPTH];     /* mean square                                             */
    double zeros[DEPTH];      /* share of units that are 0                               */
    double beyond[DEPTH];     /* share with |h| > 0.99                                   */
    double grad[DEPTH];       /* standard deviation of dL/dW, L = sum of h_10 times N(0, 1) */
    double size[DEPTH][SEEN]; /* log10 |h| of some units                                 */
} deep;

/* N(0, 1) inputs, weights N(0, variance). */
void deep_run(lesson *l, deep_unit unit, double variance, deep *d);

/* "  name   layer 1   layer 5   layer 10" of some column. */
void deep_say(lesson *l, const char *name, const double column[DEPTH]);

/* A figure over the layers, logarithmic. */
rg_figure *deep_figure(lesson *l, const char *title, const char *about, const char *y);

#endif
