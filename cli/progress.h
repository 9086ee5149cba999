/* progress.h - how training goes, on stderr: one line that is rewritten on a terminal,
 * a line per epoch anywhere else. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H
#include "train.h"
#include <time.h>

typedef struct progress {
    int64_t rows;          /* of an epoch                          */
    struct timespec begun, shown;
    bool live;             /* stderr is a terminal, and no dumb one */
} progress;

void progress_begin(progress *p, int64_t rows);
void progress_show(progress *p, const rg_progress *now);
double progress_seconds(const progress *p);

/* SIGINT from here on only asks the training to stop, until progress_end. */
void progress_catch(void);
bool progress_stop_asked(void);
void progress_end(progress *p);

#endif
