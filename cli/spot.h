/* spot.h - train --check N: while a network learns, a few nodes of it, drawn anew at every
 * step, are checked by themselves at the numbers of that step. */
#ifndef CLI_SPOT_H
#define CLI_SPOT_H
#include "json_out.h"
#include "learner.h"
#include "nodecheck.h"

typedef struct spot {
    int nodes;     /* a step; 0: none                                   */
    int64_t every; /* from step to step that is looked at; 0: each      */
    int64_t made;  /* steps of the training so far                      */
    int64_t steps, looked, failed, unsure, untested;
    double seconds; /* that checking took                               */
    double relative; /* the smallest relative error caught in all that passed */
    char first[RG_NODE_FINDING_TEXT]; /* the first that failed          */
} spot;

/* The step that was just made, when its turn has come, on the rows that l was given last. The training is not
 * changed by a bit. False: the tape of l says why. */
bool spot_look(spot *s, learner *l, int64_t rows);

/* What was found, on stderr; false when a node failed. seconds: of all the training. */
bool spot_show(const spot *s, double seconds);

void spot_json(json *j, const spot *s);

#endif
