/* dump_step.h - one step of a training run, explained: the loss of its batch before the update,
 * and how its gradient comes to every parameter. */
#ifndef CLI_DUMP_STEP_H
#define CLI_DUMP_STEP_H
#include "learner.h"

/* Explain the batch of n rows that was put, into a file: a page when its name ends in .html, the
 * full trace (docs/explain-json.md) when in .json, else text. False: *d says why. */
bool dump_step(learner *l, int64_t n, const char *path, diag *d);

#endif
