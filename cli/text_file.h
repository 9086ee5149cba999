/* text_file.h - text that is gathered and then becomes a file, whole or not at all. */
#ifndef CLI_TEXT_FILE_H
#define CLI_TEXT_FILE_H
#include "diag.h"

typedef struct text_file {
    char *text; /* NULL: nothing yet; else a zero byte follows what there is */
    size_t n, room;
} text_file;

/* Add n bytes; ud is a text_file. */
void text_file_add(void *ud, const char *text, size_t n);
void text_file_print(text_file *f, const char *fmt, ...) DIAG_PRINTF(2, 3);

/* Write it to path, and forget it. False: *d says why. */
bool text_file_save(text_file *f, const char *path, diag *d);

#endif
