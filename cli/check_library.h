/* check_library.h - retrograd check --library: the ops of somebody's shared library. */
#ifndef CLI_CHECK_LIBRARY_H
#define CLI_CHECK_LIBRARY_H
#include "options.h"

/* Checks every op of the library, in all dtypes it has kernels for, on all layouts of
 * its inputs, to second order; reports; the exit status. */
int check_library(const args *a);

#endif
