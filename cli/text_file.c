/* text_file.c - text that is gathered and then becomes a file. */
#include "text_file.h"
#include "data.h"
#include "memory.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void text_file_add(void *ud, const char *text, size_t n)
{
    text_file *f = ud;
    f->text = memory_grow(f->text, &f->room, f->n + n + 1, 1);
    memcpy(f->text + f->n, text, n);
    f->n += n;
    f->text[f->n] = 0;
}

void text_file_print(text_file *f, const char *fmt, ...)
{
    char piece[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(piece, sizeof piece, fmt, ap);
    va_end(ap);
    if (n > 0) text_file_add(f, piece, (size_t)n < sizeof piece ? (size_t)n : sizeof piece - 1);
}

bool text_file_save(text_file *f, const char *path, diag *d)
{
    rg_error e = {0};
    rg_status s = rg_write_file(path, f->text ? f->text : "", f->n, NULL, &e);
    free(f->text);
    *f = (text_file){0};
    return !s || diag_set(d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
}
