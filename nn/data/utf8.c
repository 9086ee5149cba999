/* utf8.c - is a text UTF-8? What goes into files that others read must be. */
#include "store.h"
#include <stddef.h>

/* How many bytes follow a leading byte; -1: it is none. */
static int utf8_tail(unsigned char c)
{
    if (c < 0x80) return 0;
    if (c >= 0xC2 && c < 0xE0) return 1;
    if (c >= 0xE0 && c < 0xF0) return 2;
    return c >= 0xF0 && c < 0xF5 ? 3 : -1;
}

const char *rg_utf8_bad(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        unsigned char first = *p, least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        int tail = utf8_tail(first);
        if (tail < 0) return (const char *)p;
        const char *begin = (const char *)p;
        for (; tail > 0; tail--, least = 0x80, most = 0xBF)
            if (*++p < least || *p > most) return begin;
    }
    return NULL;
}

bool rg_utf8_ok(const char *text) { return !rg_utf8_bad(text); }
