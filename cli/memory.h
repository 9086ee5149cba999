/* memory.h - growable arrays for the command. There is nothing a command can do
 * without memory, so an allocation that fails ends the program with status 5. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H
#include <stddef.h>

/* Room for at least n elements of size bytes: p itself while *cap suffices, else
 * a larger copy, and *cap says how many it holds. The caller frees it. */
void *memory_grow(void *p, size_t *cap, size_t n, size_t size);

/* n zeroed elements of size bytes; never NULL. The caller frees them. */
void *memory_new(size_t n, size_t size);

/* Say that memory is out, in the second case also what for, and leave with status 5. */
_Noreturn void memory_die(void);
_Noreturn void memory_die_of(const char *what);

#endif
