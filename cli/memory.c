/* memory.c - growable arrays for the command; running out of memory ends it. */
#include "memory.h"
#include "status.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void memory_die(void)
{
    fputs("error[E601]: out of memory\n", stderr);
    exit(EXIT_MEMORY);
}

_Noreturn void memory_die_of(const char *what)
{
    fprintf(stderr, "error[E601]: %s\n", what);
    exit(EXIT_MEMORY);
}

void *memory_grow(void *p, size_t *cap, size_t n, size_t size)
{
    if (n <= *cap) return p;
    size_t want = *cap < 8 ? 16 : *cap + *cap / 2;
    if (want < n) want = n;
    if (want > SIZE_MAX / 2 / size) memory_die();
    void *q = realloc(p, want * size);
    if (!q) memory_die();
    *cap = want;
    return q;
}

void *memory_new(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p) memory_die();
    return p;
}
