/* note.c - what people call things: names, source lines, scopes. Kept beside the
 * tape, because most nodes have none. */
#include "internal.h"
#include <string.h>

static char *copy_text(rg_tape *t, const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = rg_mem_get(&t->mem, n);
    if (p) memcpy(p, s, n);
    return p;
}

/* p with room for one more element behind n of them; NULL: no memory, p stands. */
static void *grow(rg_tape *t, void *p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) return p;
    size_t more = *cap ? 2 * *cap : 16;
    void *q = rg_mem_resize(&t->mem, p, *cap * size, more * size);
    if (q) *cap = more;
    return q;
}

/* ---- names: sorted by node, so that a rewind cuts the tail ----------------------- */

static size_t label_place(const rg_tape *t, uint32_t id)
{
    size_t lo = 0, hi = t->labels;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (t->label[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

rg_node *rg_name(rg_node *x, const char *name)
{
    rg_tape *t = rg_tape_of(x);
    if (!t || !name || (x->flags & RG_ERRONEOUS)) return x;
    rg_label *table = grow(t, t->label, &t->label_cap, t->labels, sizeof *table);
    if (table) t->label = table;
    char *text = table ? copy_text(t, name) : NULL;
    if (!text) return rg_fail(t, RG_NOMEM, NULL, "out of memory");
    size_t i = label_place(t, x->id);
    bool renamed = i < t->labels && t->label[i].id == x->id;
    if (renamed)
        rg_mem_put(&t->mem, t->label[i].text, strlen(t->label[i].text) + 1);
    else
        memmove(&t->label[i + 1], &t->label[i], (t->labels++ - i) * sizeof *t->label);
    t->label[i] = (rg_label){x->id, text};
    x->flags |= RG_NAMED;
    return x;
}

const char *rg_name_of(const rg_node *n)
{
    if (!n || !(n->flags & RG_NAMED)) return NULL;
    const rg_tape *t = rg_owner(n);
    return t->label[label_place(t, n->id)].text;
}

/* ---- lines ----------------------------------------------------------------------- */

/* The number of a file name; 0 when there is no memory: the line is then unknown. */
static uint16_t file_number(rg_tape *t, const char *file)
{
    if (file == t->last_file) return t->last_file_index;
    uint16_t i = 1;
    while (i < t->files && strcmp(t->file[i], file) != 0) i++;
    if (i == t->files) {
        size_t n = strlen(file) + 1;
        char **table = i < UINT16_MAX ? grow(t, t->file, &t->file_cap, i, sizeof *table) : NULL;
        if (table) t->file = table;
        char *text = table ? rg_arena_get(&t->forever, n, 1) : NULL;
        if (!text) return 0;
        memcpy(text, file, n);
        t->file[t->files++] = text;
    }
    t->last_file = file;
    return t->last_file_index = i;
}

static void error_line(rg_tape *t, uint16_t file, int line)
{
    if (!t->error.status || t->error.file || !file) return;
    t->error.file = t->file[file];
    t->error.line = line;
}

rg_node *rg_at(rg_node *n, const char *file, int line)
{
    rg_tape *t = rg_tape_of(n);
    if (!t || !file) return n;
    if (t->stamped == t->len && !t->error.status) return n;
    uint16_t f = file_number(t, file);
    for (; t->stamped < t->len; t->stamped++) {
        rg_node *m = t->node[t->stamped];
        if (m->file) continue;
        m->file = f;
        m->line = line;
    }
    error_line(t, f, line);
    return n;
}

rg_status rg_at_status(rg_tape *t, rg_status s, const char *file, int line)
{
    if (t && file && t->error.status && !t->error.file) error_line(t, file_number(t, file), line);
    return s;
}

const char *rg_file_of(const rg_node *n)
{
    return n && n->file ? rg_owner(n)->file[n->file] : NULL;
}

/* ---- scopes ---------------------------------------------------------------------- */

void rg_scope_begin(rg_tape *t, const char *name)
{
    if (!t || !name) return;
    rg_scope *table = grow(t, t->scope, &t->scope_cap, t->scopes, sizeof *table);
    if (table) t->scope = table;
    char *text = table ? copy_text(t, name) : NULL;
    if (!text) {
        rg_fail(t, RG_NOMEM, NULL, "out of memory");
        return;
    }
    t->scope[t->scopes++] = (rg_scope){(uint32_t)t->len, RG_SCOPE_OPEN, t->scope_depth++, text};
}

void rg_scope_end(rg_tape *t)
{
    if (!t || !t->scope_depth) return;
    t->scope_depth--;
    for (size_t i = t->scopes; i-- > 0;)
        if (t->scope[i].last == RG_SCOPE_OPEN && t->scope[i].depth == t->scope_depth) {
            t->scope[i].last = (uint32_t)t->len;
            return;
        }
}

int rg_scope_of(const rg_node *n, const char **out, int most)
{
    const rg_tape *t = rg_tape_of(n);
    int found = 0;
    for (size_t i = 0; t && i < t->scopes && found < most; i++) {
        const rg_scope *s = &t->scope[i];
        if (s->first <= n->id && n->id < s->last) out[found++] = s->text;
    }
    return found;
}
