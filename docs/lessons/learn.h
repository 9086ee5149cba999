/* learn.h - small networks trained on all their examples at once, for the lessons that compare
 * such trainings. */
#ifndef LEARN_H
#define LEARN_H
#include "lesson.h"

typedef struct learning {
    rg_node *x, *y;    /* (n, inputs), and n labels (i64: cross entropy) or targets (n, outputs) */
    const char *model; /* layers, as rg_spec_parse reads them                                    */
    rg_optim_config optim;
    double lr;
    double deviation; /* of the first weights; 0: as the layers have it                         */
    uint64_t seed;
    int steps;
    double enough; /* a loss to end at; 0: all the steps are taken                              */
    double *loss;  /* receives the loss before each step; NULL: nothing                         */
} learning;

/* Train *m: the number of steps until the loss was below `enough`; all when it never was, or is
 * no number any more. */
int learn(lesson *l, rg_model *m, const learning *how);

/* The share of the labels that it predicts. */
double learned(rg_model *m, rg_node *x, rg_node *label);

/* n places in the plane, (n, 2): a disc (label 0) in a ring (label 1), by turns. */
void learn_rings(lesson *l, int n, rg_node **x, rg_node **label);

#endif
