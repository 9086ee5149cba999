/* store.h - memory of the loaders: blocks that are freed together, so that a
 * function that gives up half way frees its store and is done. Room-private. */
#ifndef RG_STORE_H
#define RG_STORE_H
#include "data.h"

void rg_store_open(rg_store *s, const rg_alloc *alloc);

/* count zeroed elements of size bytes; NULL, and RG_NOMEM in *e, when there is
 * no memory or the product overflows. Aligned for any type. */
void *rg_store_take(rg_store *s, int64_t count, size_t size, rg_error *e);

/* The same block with another count; contents kept, what is new is not zeroed.
 * NULL, and p still valid, when there is no memory. */
void *rg_store_resize(rg_store *s, void *p, int64_t count, size_t size, rg_error *e);

/* A copy of n bytes as a string. */
char *rg_store_text(rg_store *s, const char *bytes, size_t n, rg_error *e);

void rg_store_drop(rg_store *s, void *p); /* one block, early; NULL is fine */
void rg_store_close(rg_store *s);         /* all of them                    */

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool rg_utf8_ok(const char *text);

/* The first byte of what is not, or NULL. */
const char *rg_utf8_bad(const char *text);

#endif
