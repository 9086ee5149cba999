/* source.h - text that somebody wrote (an expression, a NAME=VALUE argument, a
 * file) and places in it. Places are bytes; people are shown characters. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_MOST = 16 << 20 }; /* bytes that an expression may have */

/* text[len] is NUL; NULs may also stand inside. */
typedef struct source {
    const char *name; /* of the file, NULL for an argument of the command line */
    const char *text;
    size_t len;
} source;

typedef struct span {
    uint32_t at, len;
} span;

/* Length in bytes of the character at s, which has left >= 1 bytes, and its code
 * point; a byte that is no UTF-8 is one character, U+FFFD. */
size_t utf8_char(const char *s, size_t left, uint32_t *code);

/* Distance between two names in insertions, deletions, replacements and swaps of
 * neighbours; anything beyond 2 is 3. */
int edit_distance(const char *a, size_t na, const char *b, size_t nb);

#endif
