/* learner.h - a network with the numbers of one batch in front of it: what training,
 * testing and predicting record. */
#ifndef CLI_LEARNER_H
#define CLI_LEARNER_H
#include "augment.h"
#include "dataset.h"
#include "train.h"

typedef struct learner {
    rg_tape *tape;
    rg_model model;   /* what is trained and looked at                           */
    rg_model *member; /* what predicts, when it is not the model alone: an array */
    int members;
    double smooth; /* as in teach_plan */
    rg_dtype dtype;
    rg_task task; /* of the networks; data that they predict for may be unlabelled */
    const rg_data *data;
    const rg_standard *standard;
    void *x;              /* the batch: rows x width                  */
    int64_t *label;       /* its labels ...                           */
    void *target;         /* ... or its targets, standardised         */
    unsigned char *pixel; /* of images: the batch as it was changed by chance */
    int64_t *place;       /* 0, 1, 2, ...                                     */
} learner;

/* A tape, and room for batches; model, data and standard are the caller's to set. */
void learner_open(learner *l, rg_dtype dtype, uint64_t seed);
void learner_take(learner *l, const rg_data *data, const rg_standard *standard, int64_t batch);
void learner_close(learner *l);

/* From now on these networks, which are on its tape, predict together; the first is the
 * model. Copied. */
void learner_gather(learner *l, const rg_model *m, int n);

/* A note when a leaf of m, which is or will be in the file of that path, is no number: what comes of it looks like an
 * answer. True: there was one. */
bool learner_tells_nonfinite(const rg_model *m, const char *path);

/* Record the networks of a file; a note when one of them holds inf or nan. The status is the tape's. */
rg_status learner_restore(learner *l, const rg_model_file *f);

/* Put n rows of the data in front. */
rg_status learner_put(learner *l, const int64_t *row, int64_t n);

/* The same at place `at` of the batch. */
rg_status learner_put_at(learner *l, const int64_t *row, int64_t at, int64_t n);

/* The same with images changed by chance, decided by (seed, epoch, row). */
rg_status learner_put_changed(learner *l, const rg_augment *how, const int64_t *row, int64_t at,
                              int64_t n, uint64_t seed, uint64_t epoch);

/* Record the network over the n rows that were put: (n, outputs). Of several it is the
 * mean of what they predict (notes 9.4), of probabilities as their logarithms: logits. */
rg_node *learner_output(learner *l, int64_t n, rg_mode mode);

/* Cross entropy (in training with smoothed labels) and how many are right, or the mean
 * squared error. */
rg_measured learner_measure(learner *l, int64_t n, rg_mode mode);

/* Of rows from .. from+n-1 of the batch. */
rg_measured learner_measure_part(learner *l, int64_t from, int64_t n, rg_mode mode);

/* What came out over n rows. The loss of a regression is the mean squared error in the
 * target's own units, and r2 its share of the target's variance that is explained. */
typedef struct result {
    double loss, accuracy, r2;
    int64_t n;
} result;

/* Test on rows, in batches, with nothing dropped. */
rg_status learner_test(learner *l, const int64_t *row, int64_t n, int64_t batch, result *r);

/* Note what is wrong on the tape; false. */
bool learner_error(const learner *l, diag *d);

#endif
