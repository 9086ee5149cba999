/* files.h - reading files that may lie, plain or gzipped; writing files that are
 * whole or not there. Room-private. */
#ifndef RG_FILES_H
#define RG_FILES_H
#include "gz.h"
#include "store.h"

/* A file being read. Every error names it and the byte. */
typedef struct rg_source {
    const char *path; /* the caller's */
    gzFile gz;        /* NULL: not open, or in memory */
    const unsigned char *bytes; /* in memory: what is left, and how much */
    int64_t left;
    int64_t at;       /* bytes read so far (after unpacking) */
    rg_error *error;
} rg_source;

/* A folder and a name as one path, in the store. */
char *rg_path_join(rg_store *s, const char *folder, const char *name, rg_error *e);
bool rg_file_there(const char *path);

rg_status rg_source_open(rg_source *f, const char *path, rg_error *e);

/* n bytes in memory, as if they were the file that path calls it; nothing to be closed. */
void rg_source_over(rg_source *f, const char *path, const void *bytes, int64_t n, rg_error *e);
void rg_source_close(rg_source *f);

/* At most n bytes; *got is less at the end of the file only. */
rg_status rg_source_some(rg_source *f, void *to, int64_t n, int64_t *got);

/* n bytes; what they are, for the message when the file is too short. */
rg_status rg_source_exact(rg_source *f, void *to, int64_t n, const char *what);

/* n bytes in new memory, which grows as they arrive: a header that promises more
 * than the file has costs no memory. */
rg_status rg_source_block(rg_source *f, rg_store *s, int64_t n, const char *what, void **out);

/* The rest of the file, and a zero byte behind it. */
rg_status rg_source_rest(rg_source *f, rg_store *s, char **text, int64_t *n);

/* RG_FORMAT unless the file is at its end. */
rg_status rg_source_end(rg_source *f);

/* A file being written: to a new file beside it, TARGET.XXXXXX.part, which takes its place at the
 * end. Whoever writes to the same path at the same time has another, so each replaces the file
 * whole and the last one stays; no file that was there is written over. A process killed in
 * between leaves its part. See data.h for links, modes and devices. */
typedef struct rg_sink {
    const char *path; /* the caller's */
    char *target;     /* where its links end; NULL: straight to path */
    char *part;
    void *out; /* FILE * */
    rg_store store;
    rg_error *error;
} rg_sink;

rg_status rg_sink_open(rg_sink *k, const char *path, const rg_alloc *alloc, rg_error *e);
rg_status rg_sink_write(rg_sink *k, const void *bytes, size_t n);
rg_status rg_sink_close(rg_sink *k, bool good); /* good false: give up, leave nothing behind */

#endif
