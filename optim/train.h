/* train.h - the training loop: epochs of batches, validation, the best epoch kept,
 * stopping early. It knows neither data nor networks: callbacks bring both.
 *
 * Everything is decided by what the callbacks and the tape's seed say; the loop itself
 * draws nothing. Memory is that of one step and of a copy of what is kept. A training
 * that was cut off goes on from any of its steps with the same bits: rg_standing. */
#ifndef RG_TRAIN_H
#define RG_TRAIN_H
#include "optim.h"
#include "ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_phase { RG_PHASE_TRAIN, RG_PHASE_VALIDATE } rg_phase;

/* What is recorded for a batch. */
typedef struct rg_measured {
    rg_node *loss;  /* one element: the mean over the rows                           */
    rg_node *score; /* one element: a sum over the rows, such as how many are right;
                       NULL: none                                                    */
} rg_measured;

/* How far it is. Means are over rows; NaN: not known, or there is none. */
typedef struct rg_progress {
    int64_t epoch, epochs; /* from 1                                    */
    int64_t rows;          /* trained on in this epoch                  */
    double loss, score;    /* of them, as they were when trained on     */
    double valid_loss, valid_score; /* at the end of an epoch           */
    bool done;             /* the epoch is                              */
    bool best;             /* the best one so far                       */
} rg_progress;

typedef struct rg_outcome {
    int64_t epochs;       /* that were finished                                        */
    int64_t best;         /* the one that was kept, from 1; 0: none was finished       */
    double loss, score;   /* of that one, in validation                                */
} rg_outcome;

/* Where a training stands after a step: with the numbers of the leaves (parameters, running
 * statistics, rg_optim_leaf) and what the callbacks keep, all that it needs to go on. */
typedef struct rg_standing {
    int64_t epoch;      /* the last that was begun, from 1                                 */
    bool done;          /* it is finished, validation too                                  */
    int64_t batches;    /* trained on in it                                                */
    int64_t rows;       /* in them; loss and score are sums over these rows                */
    double loss, score;
    bool scored;        /* there is a score                                                */
    rg_outcome outcome; /* of the epochs that are finished                                 */
    int64_t tick;       /* of the tape: what its random numbers depend on, beside the seed */
    const void *best;   /* the kept leaves as they were at the best epoch, one after
                           another, each dense; nothing to look at while there is no best  */
    size_t bytes;       /* of them                                                         */
} rg_standing;

typedef struct rg_training {
    rg_tape *tape; /* computes at once: not record-only                                 */
    rg_optim *optim;
    int kept; /* leaves to take back to the best epoch: parameters, running statistics  */
    rg_node *const *keep;
    int64_t epochs;
    int64_t patience; /* stop after so many epochs that were not better; 0: never       */

    /* Begin epoch 1, 2, ... of a phase: shuffle. */
    rg_status (*begin)(void *ud, rg_phase phase, int64_t epoch);
    /* Put the next batch where record will find it; *rows is how many rows it has, 0
     * when the phase is over. No rows at all to validate on: the training loss decides. */
    rg_status (*next)(void *ud, rg_phase phase, int64_t *rows);
    /* Record the network over that batch. May depend on nothing but rows and phase. */
    rg_measured (*record)(void *ud, rg_phase phase, int64_t rows);
    /* After every step and every epoch; other than 0 stops. May be NULL. It may write
     * the learning rate. */
    int (*progress)(void *ud, const rg_progress *p);
    /* After progress: where it stands, to be kept while this call lasts. Other than RG_OK
     * ends the training. May be NULL. */
    rg_status (*standing)(void *ud, const rg_standing *s);
    void *ud;
    /* Go on from there: the leaves have been given their numbers; the tape gets its tick, and
     * the batches that were done are asked for again by next and passed over. What comes of
     * it is, bit for bit, what the training would have come to. NULL: from the start.
     * RG_SHAPE: bytes are not those of the kept leaves. RG_USAGE: fewer batches than that. */
    const rg_standing *from;
    /* Data parallel. Each batch is cut into `shards` pieces of its rows in order, as even as can be;
     * gradients, losses and scores are added by a fixed tree over the shards, so that the
     * bits depend on shards and not on how many ranks share them. record_shard is then called
     * in place of record, for rows from .. from + rows - 1 of the batch; its score is that of
     * these rows. The leaves `move`, running statistics that record assigns, take the
     * average over the shards instead. All ranks see the same batches; their number is a
     * power of two that divides shards, else RG_USAGE. shards 0 and 1: nothing is cut. */
    int shards;
    const rg_ranks *ranks; /* NULL: this process does all */
    rg_measured (*record_shard)(void *ud, rg_phase phase, int64_t from, int64_t rows);
    bool scored; /* record_shard gives a score: a rank whose shards are empty must know */
    int moved;
    rg_node *const *move;
    /* record makes the same recording over the same addresses whenever rows and phase
     * are the same, and copies no numbers into leaves of its own: later batches are
     * then replayed by a plan (plan.h), with the same bits. False: each is recorded. */
    bool replay;
} rg_training;

/* Train. Afterwards the kept leaves are, bit for bit, what they were at the end of the
 * epoch with the lowest validation loss, whatever the status is (as they stand when no
 * epoch was finished). RG_CANCELLED: progress said so. RG_DOMAIN: the loss was not
 * finite before any epoch was finished; later than that it only ends the training. Else
 * what a callback or the tape answered. out may be NULL. Notes 9.1. */
RG_API rg_status rg_train(const rg_training *tr, rg_outcome *out);

#ifdef __cplusplus
}
#endif
#endif
