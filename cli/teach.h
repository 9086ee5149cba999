/* teach.h - training as train and demo do it: a part of the rows validates, the best
 * epoch is kept. */
#ifndef CLI_TEACH_H
#define CLI_TEACH_H
#include "checkpoint.h"
#include "learner.h"
#include "progress.h"
#include "spot.h"

typedef struct teach_plan {
    rg_optim_config optim;
    rg_group group; /* its parameters are the learner's                          */
    bool steady;    /* keep the learning rate, or leave it to the optimizer's own
                       schedule; else it falls evenly to 0 over the steps        */
    int64_t epochs; /* 0: 10, or as many as make 2,000 steps, but at most 500 */
    int64_t patience; /* 0: to the last epoch */
    int64_t batch;
    uint64_t seed;
    double smooth;             /* share of a label that goes to the other classes in training */
    const rg_augment *augment; /* change images in training; NULL: as they are */
    spot *spot;                /* nodes to check at every step; NULL: none */
    int shards;                /* that each batch is cut into; 0 and 1: none */
    const rg_ranks *ranks;     /* that share them; NULL: this process does all */
    checkpoint *checkpoint;    /* to go on from, and where it is written; may be NULL */
    int64_t explain; /* tell that step, from 1, before its update; 0: none */
    const char *explain_file; /* where: dump_step.h                               */
    void (*watch)(void *ud, const rg_progress *p); /* told of every step and epoch; may be NULL */
    void *ud;
} teach_plan;

typedef struct taught {
    rg_outcome outcome;
    rg_status status; /* RG_CANCELLED: by SIGINT */
    int64_t epochs, rows, valid;
    double seconds;
    double start, end; /* training loss: of the first step (0: an earlier run had it), of the last epoch that was finished */
    bool finite;       /* the end is, and so is whatever came before         */
    bool diverged;     /* it is not, or lies far above the start: learning made it worse */
} taught;

/* Is that loss more than twice what training began with, and than what a network has that knows nothing: of classes
 * their logarithm, of a standardised target 1? */
bool teach_diverged(const learner *l, double start, double end);

/* Train l on the rows kept, validate on those held. False, and *d says why, unless the
 * status is RG_OK or RG_CANCELLED. */
bool teach(learner *l, const rg_split *rows, const teach_plan *plan, taught *t, diag *d);

#endif
