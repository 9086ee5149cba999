/* inside.h - what a trained network does on rows it has not seen: confusions, worst mistakes,
 * and what each layer hands on, forward and backward. */
#ifndef CLI_INSIDE_H
#define CLI_INSIDE_H
#include "learner.h"

enum { LOOK_WORST = 24 };

/* A row whose class was not found. */
typedef struct mistake {
    int64_t row;
    int truth, said;
    double p_truth, p_said;
} mistake;

/* A layer over all rows. Gradients are those of the mean loss of a batch. */
typedef struct layer_look {
    const char *name;
    int64_t units;       /* numbers that it hands on for a row; 0: nothing of its own */
    double mean, deviation;
    double zeros;        /* share of them that are 0                                  */
    double saturated;    /* share of them beyond 0.99 of what the activation can give:
                            tanh and sigmoid; NaN for others                          */
    int64_t dead;        /* units that are 0 for every row                            */
    double gradient;     /* root mean square of dL/d(what it hands on)                */
} layer_look;

/* A trained leaf. */
typedef struct param_look {
    const char *name;
    int64_t count;
    double size, gradient; /* root mean squares of its numbers and of dL/d(them)      */
} param_look;

typedef struct look {
    int classes;
    double *confusion; /* classes x classes: rows of the true class, columns as said  */
    int64_t rows;
    double *truth, *said; /* of a regression, row by row, in the target's own units   */
    int mistakes;      /* the worst of them, the surest first                         */
    mistake worst[LOOK_WORST];
    int layers;
    layer_look layer[RG_LAYERS];
    int params;
    param_look param[2 * RG_LAYERS];
} look;

/* Look at rows of l's data, in batches. Free with look_free. */
rg_status look_at(look *k, learner *l, const int64_t *row, int64_t n, int64_t batch);
void look_free(look *k);

#endif
