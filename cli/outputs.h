/* outputs.h - the files that a command is to write: looked at before any work is done. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H
#include "options.h"

/* None is one that is read, and no two are the same; else what is there would be lost. */
bool outputs_apart(const args *a, diag *d);

/* As far as can be told beforehand, path can be written. */
bool output_possible(const char *path, diag *d);

#endif
