/* store.c - blocks from the allocator hook in one list. */
#include "store.h"
#include "op.h"
#include <stdlib.h>
#include <string.h>

/* Stands before the bytes; 32 bytes keep them aligned. */
struct rg_block {
    struct rg_block *before, *after;
    size_t size; /* with this header */
    size_t unused;
};

static void *system_memory(void *ud, void *p, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

void rg_store_open(rg_store *s, const rg_alloc *alloc)
{
    s->first = NULL;
    s->alloc = alloc ? *alloc : (rg_alloc){0};
    if (!s->alloc.mem) s->alloc.mem = system_memory;
}

static struct rg_block *block_of(void *p) { return (struct rg_block *)p - 1; }

static void unlink_block(rg_store *s, struct rg_block *b)
{
    if (b->before)
        b->before->after = b->after;
    else
        s->first = b->after;
    if (b->after) b->after->before = b->before;
}

static void link_block(rg_store *s, struct rg_block *b, size_t size)
{
    b->size = size;
    b->before = NULL;
    b->after = s->first;
    if (s->first) s->first->before = b;
    s->first = b;
}

/* Bytes with the header; 0 when that many cannot be. */
static size_t block_size(int64_t count, size_t size)
{
    size_t most = PTRDIFF_MAX - sizeof(struct rg_block);
    if (count < 0 || (uint64_t)count > most / size) return 0;
    return sizeof(struct rg_block) + (size_t)count * size;
}

static void *no_block(rg_error *e, int64_t count, size_t size)
{
    rg_error_set(e, RG_NOMEM, "no memory for %lld elements of %zu bytes", (long long)count, size);
    return NULL;
}

void *rg_store_take(rg_store *s, int64_t count, size_t size, rg_error *e)
{
    size_t bytes = block_size(count, size);
    struct rg_block *b = bytes ? s->alloc.mem(s->alloc.ud, NULL, 0, bytes) : NULL;
    if (!b) return no_block(e, count, size);
    memset(b, 0, bytes);
    link_block(s, b, bytes);
    return b + 1;
}

void *rg_store_resize(rg_store *s, void *p, int64_t count, size_t size, rg_error *e)
{
    struct rg_block *old = block_of(p), *b = NULL;
    size_t bytes = block_size(count, size), old_bytes = old->size;
    unlink_block(s, old);
    if (bytes) b = s->alloc.mem(s->alloc.ud, old, old_bytes, bytes);
    if (!b) {
        link_block(s, old, old_bytes);
        return no_block(e, count, size);
    }
    link_block(s, b, bytes);
    return b + 1;
}

char *rg_store_text(rg_store *s, const char *bytes, size_t n, rg_error *e)
{
    char *text = rg_store_take(s, (int64_t)n + 1, 1, e);
    if (text && n) memcpy(text, bytes, n);
    return text;
}

void rg_store_drop(rg_store *s, void *p)
{
    if (!p) return;
    struct rg_block *b = block_of(p);
    unlink_block(s, b);
    s->alloc.mem(s->alloc.ud, b, b->size, 0);
}

void rg_store_close(rg_store *s)
{
    while (s->first) rg_store_drop(s, s->first + 1);
}
