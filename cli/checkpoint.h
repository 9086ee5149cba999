/* checkpoint.h - a training as it stands after a step, in a file, so that one that was
 * killed goes on with the very bits that it would have had.
 *
 * The file is a model file (modelfile.h) of the networks as they stand, which test and
 * predict take as well. Besides there are in it, under the same checksum: the table of
 * numbers in checkpoint.c and the texts of the command line as remarks, the leaves of the
 * optimizer as "optimizer.0", ..., the best epoch's numbers of leaf NAME as "best/NAME",
 * and the course of the losses as "history". The order of the data and its changes by
 * chance follow from seed, epoch and batches, and so are not kept. */
#ifndef CLI_CHECKPOINT_H
#define CLI_CHECKPOINT_H
#include "learner.h"
#include "options.h"

/* What is kept as numbers, one by one. */
typedef struct checkpoint_numbers {
    int64_t seed, epochs, patience, batch, networks, shards; /* as asked for on the command line     */
    bool steady;
    double smooth;
    uint64_t data;   /* checkpoint_digest */
    int64_t step;    /* of the network under way, and where its training stands */
    rg_standing at;
    rg_outcome first; /* of the first network, when another is under way           */
} checkpoint_numbers;

typedef struct checkpoint {
    const char *path; /* where it is written; NULL: nowhere                        */
    int64_t every;    /* after so many steps, too; 0: after each epoch             */
    const char *optimizer, *augment; /* of the command line; augment may be NULL   */
    checkpoint_numbers now;
    const rg_model_file *from; /* to go on from; NULL: nothing, or it was done      */
    /* Asks the owner what the model file is to say, and for the networks up to the one that
     * is under way, as many as info->networks. */
    const rg_model *(*about)(void *ud, rg_model_info *info);
    void *ud;
    rg_progress *const *course; /* the owner's, at the ends of epochs                      */
    const size_t *epochs;
    char *best; /* memory of now.at.best after checkpoint_restore */
    diag d;     /* why it could not be written                    */
} checkpoint;

/* Of rows, labels and targets: is it the same data? */
uint64_t checkpoint_digest(const rg_data *x);

/* Is that model file a checkpoint? */
bool checkpoint_is(const rg_model_file *f);

/* Take the numbers and texts of such a file. False: *d says what is wrong. */
bool checkpoint_open(checkpoint *c, const rg_model_file *f, diag *d);

/* False, and *d says so: an option that was given contradicts the file. */
bool checkpoint_agrees(const checkpoint *c, const args *a, diag *d);

/* The course so far, to be freed, and its number of epochs. */
rg_progress *checkpoint_course(const checkpoint *c, size_t *epochs);

/* Give the optimizer's leaves and now.at.best their numbers. The status is the tape's. */
rg_status checkpoint_restore(checkpoint *c, const rg_model *m, rg_optim *o);

/* Write it when it is due: after `every` steps, an epoch, or when asked to stop. Other than
 * RG_OK: c->d says why. */
rg_status checkpoint_write(checkpoint *c, const rg_standing *at, const rg_optim *o, int64_t step,
                           bool stop);
void checkpoint_free(checkpoint *c);

#endif
