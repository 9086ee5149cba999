/* train_run.h - one run of retrograd train: what its parts share. cmd_train.c reads the command
 * line and shows the result, train_data.c reads the rows, train_ranks.c speaks with other
 * processes, train_networks.c trains. */
#ifndef CLI_TRAIN_RUN_H
#define CLI_TRAIN_RUN_H
#include "augmentation.h"
#include "report.h"
#include "teach.h"

typedef struct train_run {
    const args *a;
    diag d;
    rg_spec spec;
    const char *spec_text;
    teach_plan plan;
    rg_augment augment;
    rg_model_file resumed;
    bool resumes;
    checkpoint checkpoint;
    spot spot;
    dataset data;
    rg_split test;   /* of a table: held is for retrograd test */
    rg_split rows;   /* kept trains, held validates            */
    rg_standard own; /* of the training part                   */
    const rg_standard *standard;
    uint64_t split_seed;
    int64_t *held_row; /* of test, as the file counts them     */
    learner l;
    rg_model *network; /* those of an ensemble, one after another */
    int networks, done; /* to train, and trained */
    taught result; /* of the first of them */
    result all;    /* in validation, of all together */
    taught worst;  /* the network whose loss ended highest above its start; of none: it began lower */
    report report;
    rg_ranks ranks; /* of MPI; swap NULL: there are none */
    bool silent;    /* another process says what is wrong */
} train_run;

/* ---- cmd_train.c: texts that the command line gives, or a checkpoint ----------------------- */

bool train_parse_texts(train_run *r);

/* ---- train_data.c --------------------------------------------------------------------------- */

/* --resume: the network, its coding and its standard are those of the file. */
bool train_read_resumed(train_run *r);

/* The rows, which of them train, validate and test, and what all are standardised by. */
bool train_read_data(train_run *r);

/* ---- train_ranks.c -------------------------------------------------------------------------- */

bool train_is_first(const train_run *r);
bool train_join_others(train_run *r);
bool train_shards_fit(train_run *r);
bool train_all_ready(train_run *r, bool ready);

/* Report *d, where this is the process that does; the exit status. */
int train_complain(const train_run *r);
int train_end_all(train_run *r);

/* ---- train_networks.c ----------------------------------------------------------------------- */

void train_make_room(train_run *r);
void train_open_checkpoint(train_run *r);
bool train_make_finished(train_run *r);
bool train_all_networks(train_run *r, bool *stopped);
bool train_gather(train_run *r);
bool train_save(train_run *r);

#endif
