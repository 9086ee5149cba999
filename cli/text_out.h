/* text_out.h - numbers for people, written as the literals that the command reads. */
#ifndef CLI_TEXT_OUT_H
#define CLI_TEXT_OUT_H
#include "tape.h"
#include <stdio.h>

/* Numbers in row-major order: 3, [1 2 3], [1 2; 3 4], [[1 2; 3 4] [5 6; 7 8]]. Pasted
 * behind NAME= it has the same shape again. */
void text_array(FILE *to, int digits, int rank, const int64_t *dim, const double *v);

/* A text that begins in column `at`, its lines broken at blanks to `width` columns; the next
 * begin in column `indent`. Nothing behind the last. */
void text_wrapped(FILE *to, int at, int indent, int width, const char *text);

#endif
