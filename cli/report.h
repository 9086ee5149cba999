/* report.h - a training as a page: how it went, in curves and in words, what the network
 * confuses, and what its layers do. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H
#include "teach.h"

typedef struct report {
    const args *a; /* of the command line */
    learner *l;
    const char *spec;
    const int64_t *row; /* that validate */
    int64_t rows, batch;
    bool steady; /* the learning rate, or its own schedule; else it fell evenly to 0 */
    int networks; /* of an ensemble; the course and the layers are those of the first */
    const taught *taught;
    const result *all; /* in validation, of all together */
    rg_tape *tape; /* for pictures; NULL: the learner's */
    rg_progress *epoch; /* what was seen at the end of each */
    size_t epochs, room;
    rg_progress *step; /* of the first epoch, up to STEPS of them; the loss is of the step alone */
    size_t steps, step_room;
    int64_t passed; /* rows, and their mean loss, after the last of these */
    double mean;
} report;

/* For teach_plan.watch: keeps the ends of epochs. ud is a report. */
void report_watch(void *ud, const rg_progress *p);

/* What the course of the losses says about the learning rate (notes 5.2), in a sentence or
 * two; e are n ends of epochs. */
const char *report_diagnosis(const rg_progress *e, size_t n);
/* A sentence, if the validation loss rose after epoch `best`, by more than chance, while that of training fell; else "". */
const char *report_overfitting(const rg_progress *e, size_t n, size_t best);

/* Write the page. False: *d says why. */
bool report_save(report *r, const char *path, diag *d);
/* The page of a training that ended in an error: its course, and why. */
bool report_save_broken(report *r, const char *path, const char *why, diag *d);
void report_free(report *r);

#endif
