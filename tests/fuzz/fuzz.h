/* fuzz.h - what the fuzz targets share. A target reads bytes that anybody could have made and
 * must come back, whatever they are: with a refusal, or with something that keeps its promises
 * (FUZZ_PROMISE). libFuzzer drives it (entry.c), or a plain program that goes through a corpus
 * (replay.c). */
#ifndef RG_FUZZ_H
#define RG_FUZZ_H
#include "data.h"
#include <stdio.h>
#include <stdlib.h>

/* FUZZ_TARGETS is X(name) X(name) ..., from the build. */
#define X(name) void fuzz_##name(const uint8_t *data, size_t n);
FUZZ_TARGETS
#undef X

/* A broken promise ends the program: libFuzzer keeps the input, a test fails. */
#define FUZZ_PROMISE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Memory with an end: refuses what would be more than `most` bytes at once. */
typedef struct fuzz_memory {
    size_t live, most;
} fuzz_memory;
void *fuzz_mem(void *ud, void *p, size_t old_size, size_t new_size);

/* Path of a file that holds these bytes, without touching a disk; there are a few slots, each
 * holds one file. */
const char *fuzz_file(int slot, const void *bytes, size_t n);

/* A folder in which `name` is the file of that slot, from now on. */
const char *fuzz_folder(int slot, const char *name);

/* n bytes as a string; the caller frees it. */
char *fuzz_text(const uint8_t *data, size_t n);

#endif
