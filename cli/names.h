/* names.h - the names of an expression, each once, numbered from 0. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H
#include "source.h"

/* text is a window on the source, which must outlive the table. */
typedef struct name_entry {
    const char *text;
    uint32_t len;
} name_entry;

typedef struct names {
    name_entry *entry;
    uint32_t n;
    size_t cap;
    uint32_t *slot; /* open addressing: entry number + 1, 0 empty */
    uint32_t slots;
} names;

/* The number of a name, which is added when it is new. */
uint32_t names_number(names *t, const char *text, size_t len);

/* The same, or -1 when it is not there. */
int64_t names_find(const names *t, const char *text, size_t len);

void names_free(names *t);

#endif
