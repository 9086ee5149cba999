/* mem.c - the allocator hook with its byte counters, and the arena of a tape. */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

void *rg_mem_default(void *ud, void *p, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(p, new_size);
    free(p);
    return NULL;
}

/* In a hostile build memory that nobody has written, or that is free again, holds NaN: numbers
 * that come from it are seen. */
#ifdef RG_HOSTILE
static void poison(void *p, size_t n) { memset(p, 0xFF, n); }
#else
static void poison(void *p, size_t n) { (void)p, (void)n; }
#endif

void *rg_mem_resize(rg_mem *m, void *p, size_t old_size, size_t new_size)
{
    if (!new_size) poison(p, old_size);
    void *q = m->fn(m->ud, p, old_size, new_size);
    if (!q && new_size) return NULL;
    if (new_size > old_size) poison((char *)q + old_size, new_size - old_size);
    m->live += new_size - old_size;
    if (m->live > m->peak) m->peak = m->live;
    return q;
}

void *rg_mem_get(rg_mem *m, size_t n) { return rg_mem_resize(m, NULL, 0, n ? n : 1); }

void rg_mem_put(rg_mem *m, void *p, size_t n)
{
    if (p) rg_mem_resize(m, p, n ? n : 1, 0);
}

#ifdef RG_HOSTILE /* nearly every allocation reaches the hook */
enum { CHUNK_FIRST = 64, CHUNK_MOST = 64 };
#else
enum { CHUNK_FIRST = 1 << 14, CHUNK_MOST = 1 << 22 };
#endif

static void chunk_use(rg_arena *a, rg_chunk *c)
{
    a->now = c;
    a->at = c ? (char *)(c + 1) : NULL;
    a->end = c ? a->at + c->size : NULL;
}

/* Takes the smallest kept chunk of at least `size` bytes out of the list at `link`. */
static rg_chunk *take_kept(rg_chunk **link, size_t size)
{
    rg_chunk **best = NULL;
    for (; *link; link = &(*link)->next)
        if ((*link)->size >= size && (!best || (*link)->size < (*best)->size)) best = link;
    rg_chunk *c = best ? *best : NULL;
    if (c) *best = c->next;
    return c;
}

static rg_chunk *new_chunk(rg_arena *a, size_t need)
{
    size_t size = a->now ? 2 * a->now->size : CHUNK_FIRST;
    if (size > CHUNK_MOST) size = CHUNK_MOST;
    if (size < need) size = need;
    rg_chunk *c = rg_mem_get(a->mem, sizeof *c + size);
    if (c) c->size = size;
    return c;
}

/* The current chunk is full: go on in one that a rewind has kept, if any is large
 * enough, so that steps of different sizes do not pile up; else in a new one. Chunks
 * double in size, so that they stay few. */
void *rg_arena_slow(rg_arena *a, size_t n, size_t align)
{
    if (n > SIZE_MAX / 2) return NULL;
    rg_chunk **link = a->now ? &a->now->next : &a->first;
    rg_chunk *c = take_kept(link, n + align);
    if (!c) c = new_chunk(a, n + align);
    if (!c) return NULL;
    c->next = *link;
    *link = c;
    chunk_use(a, c);
    return rg_arena_get(a, n, align);
}

/* Everything from the address on is free again; NULL: everything. */
void rg_arena_rewind(rg_arena *a, const void *to)
{
    rg_chunk *c = a->first;
    uintptr_t p = (uintptr_t)to;
    while (to && c && (p < (uintptr_t)(c + 1) || p >= (uintptr_t)(c + 1) + c->size)) c = c->next;
    chunk_use(a, c);
    if (to && c) a->at += p - (uintptr_t)(c + 1);
    if (a->now) poison(a->at, (size_t)(a->end - a->at));
    for (c = a->now ? a->now->next : a->first; c; c = c->next) poison(c + 1, c->size);
}

bool rg_arena_is_free(const rg_arena *a, const void *p)
{
    uintptr_t at = (uintptr_t)p;
    if (a->at && at >= (uintptr_t)a->at && at < (uintptr_t)a->end) return true;
    for (const rg_chunk *c = a->now ? a->now->next : a->first; c; c = c->next)
        if (at >= (uintptr_t)(c + 1) && at - (uintptr_t)(c + 1) < c->size) return true;
    return false;
}

void rg_arena_free(rg_arena *a)
{
    for (rg_chunk *c = a->first, *next; c; c = next) {
        next = c->next;
        rg_mem_put(a->mem, c, sizeof *c + c->size);
    }
    a->first = NULL;
    chunk_use(a, NULL);
}
