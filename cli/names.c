/* names.c - a hash table of names. */
#include "names.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

/* FNV-1a */
static uint32_t name_hash(const char *text, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

/* The slot where the name is, or where it would go. */
static uint32_t slot_of(const names *t, const char *text, size_t len)
{
    uint32_t i = name_hash(text, len) & (t->slots - 1);
    for (; t->slot[i]; i = (i + 1) & (t->slots - 1)) {
        const name_entry *e = &t->entry[t->slot[i] - 1];
        if (e->len == len && !memcmp(e->text, text, len)) break;
    }
    return i;
}

static void rehash(names *t)
{
    free(t->slot);
    t->slots = t->slots ? t->slots * 2 : 16;
    t->slot = memory_new(t->slots, sizeof *t->slot);
    for (uint32_t i = 0; i < t->n; i++)
        t->slot[slot_of(t, t->entry[i].text, t->entry[i].len)] = i + 1;
}

int64_t names_find(const names *t, const char *text, size_t len)
{
    return t->slots ? (int64_t)t->slot[slot_of(t, text, len)] - 1 : -1;
}

uint32_t names_number(names *t, const char *text, size_t len)
{
    int64_t known = names_find(t, text, len);
    if (known >= 0) return (uint32_t)known;
    if (t->slots < 2 * (t->n + 1)) rehash(t);
    t->entry = memory_grow(t->entry, &t->cap, t->n + 1, sizeof *t->entry);
    t->entry[t->n] = (name_entry){text, (uint32_t)len};
    t->slot[slot_of(t, text, len)] = ++t->n;
    return t->n - 1;
}

void names_free(names *t)
{
    free(t->entry);
    free(t->slot);
    *t = (names){0};
}
