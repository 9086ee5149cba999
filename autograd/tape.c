/* tape.c - the life of a tape: new, mark, rewind, free; its first error. */
#include "internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Handed out when there is not even a tape to blame: all inputs were NULL. */
static const rg_layout nowhere_layout = {.dtype = RG_F64, .dense = true, .count = 1};
static const rg_node nowhere = {
    .op = &rg_op_error, .layout = &nowhere_layout, .flags = RG_ERRONEOUS};

const rg_op rg_op_error = {.abi = RG_OP_ABI, .name = "error", .formula = "error", .kind = RG_WHOLE};

rg_tape *rg_tape_new(const rg_config *cfg)
{
    rg_mem mem = {rg_mem_default, NULL, 0, 0};
    if (cfg && cfg->mem) mem.fn = cfg->mem;
    if (cfg) mem.ud = cfg->ud;
    rg_tape *t = rg_mem_get(&mem, sizeof *t);
    if (!t) return NULL;
    memset(t, 0, sizeof *t);
    if (cfg) t->cfg = *cfg;
    t->mem = mem;
    t->arena.mem = t->forever.mem = &t->mem;
    t->files = 1;
    t->read_at = -1;
    struct {
        rg_node node;
        rg_layout layout;
    } *failed = rg_arena_get(&t->forever, sizeof *failed, _Alignof(rg_layout));
    if (!failed) return rg_tape_free(t), NULL;
    failed->layout = nowhere_layout;
    failed->layout.tape = t;
    failed->layout.packed = &failed->layout;
    failed->node = nowhere;
    failed->node.layout = &failed->layout;
    t->failed = &failed->node;
    return t;
}

static void forget_labels(rg_tape *t, int64_t mark)
{
    while (t->labels && t->label[t->labels - 1].id >= mark) {
        rg_label *l = &t->label[--t->labels];
        rg_mem_put(&t->mem, l->text, strlen(l->text) + 1);
    }
}

/* One that is open since the very place of the mark was opened before the mark as far as
 * anybody can tell, and its end is still to come. */
static bool scope_is_behind(const rg_scope *s, int64_t mark)
{
    return s->first > mark || (s->first == mark && s->last != RG_SCOPE_OPEN);
}

static void forget_scopes(rg_tape *t, int64_t mark)
{
    while (t->scopes && scope_is_behind(&t->scope[t->scopes - 1], mark)) {
        rg_scope *s = &t->scope[--t->scopes];
        if (s->last == RG_SCOPE_OPEN) t->scope_depth--;
        rg_mem_put(&t->mem, s->text, strlen(s->text) + 1);
    }
    for (size_t i = 0; i < t->scopes; i++)
        if (t->scope[i].last != RG_SCOPE_OPEN && t->scope[i].last > mark)
            t->scope[i].last = (uint32_t)mark;
}

void rg_tape_free(rg_tape *t)
{
    if (!t) return;
    forget_labels(t, 0);
    forget_scopes(t, -1);
    rg_arena_free(&t->arena);
    rg_arena_free(&t->forever);
    rg_mem_put(&t->mem, t->node, t->cap * sizeof *t->node);
    rg_mem_put(&t->mem, t->slot, t->slot_cap * sizeof *t->slot);
    rg_mem_put(&t->mem, t->label, t->label_cap * sizeof *t->label);
    rg_mem_put(&t->mem, t->scope, t->scope_cap * sizeof *t->scope);
    rg_mem_put(&t->mem, t->file, t->file_cap * sizeof *t->file);
    rg_mem mem = t->mem;
    rg_mem_put(&mem, t, sizeof *t);
}

int64_t rg_mark(const rg_tape *t) { return t ? (int64_t)t->len : 0; }
int64_t rg_len(const rg_tape *t) { return rg_mark(t); }

/* What was written behind the mark was written there, as far as any node can tell. */
static void forget_changes(rg_leafrec *r, int64_t mark)
{
    if (r->changed <= mark) return;
    int gone = 0;
    while (gone < RG_CHANGES && r->earlier[gone] >= mark) gone++;
    for (int i = 0; i < RG_CHANGES; i++)
        r->earlier[i] = i + gone < RG_CHANGES ? r->earlier[i + gone] : 0;
    r->changed = mark;
}

static void forget_leaves(rg_tape *t, int64_t mark)
{
    while (t->leaves && t->leaves->node->id >= mark) {
        if (t->leaves->assigned) t->pending--;
        t->leaves = t->leaves->prev;
    }
    for (rg_leafrec *r = t->leaves; r; r = r->prev) {
        forget_changes(r, mark);
        if (r->assigned && r->assigned->id >= mark) {
            r->assigned = NULL;
            t->pending--;
        }
    }
    if (t->counter && t->counter->id >= mark) t->counter = NULL;
}

/* On a record-only tape a node from before the mark may have been computed after it: its
 * numbers are gone. */
static void forget_values(rg_tape *t)
{
    for (size_t i = 0; i < t->len; i++)
        if (t->node[i]->data && rg_arena_is_free(&t->arena, t->node[i]->data))
            t->node[i]->data = NULL;
}

void rg_rewind(rg_tape *t, int64_t mark)
{
    if (!t || mark < 0) return;
    if (t->error.status && t->error_at >= mark) memset(&t->error, 0, sizeof t->error);
    t->random_ops = 0;
    if (t->read_at > mark) t->read_at = mark; /* what follows may depend on it */
    rg_plans_rewound(t, mark);
    if (mark >= (int64_t)t->len) return;
    forget_leaves(t, mark);
    forget_labels(t, mark);
    forget_scopes(t, mark);
    rg_arena_rewind(&t->arena, t->node[mark]);
    t->len = (size_t)mark;
    if (t->cfg.lazy) forget_values(t);
    if (t->stamped > mark) t->stamped = (uint32_t)mark;
}

int64_t rg_step_begin(rg_tape *t) { return rg_mark(t); }

rg_status rg_step_end(rg_tape *t, int64_t mark)
{
    if (!t) return RG_USAGE;
    rg_status s = t->error.status ? t->error.status : rg_commit(t);
    if (!s) rg_rewind(t, mark);
    return s;
}

void rg_nograd_begin(rg_tape *t)
{
    if (t) t->nograd++;
}

void rg_nograd_end(rg_tape *t)
{
    if (t && t->nograd) t->nograd--;
}

size_t rg_bytes(const rg_tape *t) { return t ? t->mem.live : 0; }
size_t rg_bytes_peak(const rg_tape *t) { return t ? t->mem.peak : 0; }
uint64_t rg_seed_of(const rg_tape *t) { return t->cfg.seed; }
double rg_tie_share(const rg_tape *t) { return t->cfg.strict_ties ? 0 : 0.5; }

const char *rg_version(void) { return RG_LIBRARY_VERSION; }

/* ---- errors ---------------------------------------------------------------------- */

const rg_error *rg_error_of(const rg_tape *t)
{
    static const rg_error no_tape = {RG_NOMEM, NULL, NULL, 0, "there is no tape"};
    return t ? &t->error : &no_tape;
}

/* Keeps the first error: rg_fail and rg_refuse are its two doors. */
static void note_error(rg_tape *t, rg_status s, const rg_op *op, const char *fmt, va_list ap)
{
    if (t->error.status) return;
    t->error.status = s;
    t->error.op = op ? op->name : NULL;
    t->error_at = (int64_t)t->len;
    vsnprintf(t->error.text, sizeof t->error.text, fmt, ap);
    if (t->making) { /* a rule failed: its node's line is the user's */
        t->error.file = rg_file_of(t->making);
        t->error.line = t->making->line;
    }
}

rg_node *rg_fail(rg_tape *t, rg_status s, const rg_op *op, const char *fmt, ...)
{
    va_list ap;
    if (!t) return (rg_node *)(uintptr_t)&nowhere;
    va_start(ap, fmt);
    note_error(t, s, op, fmt, ap);
    va_end(ap);
    return t->failed;
}

rg_status rg_refuse(rg_tape *t, rg_status s, const rg_op *op, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (t) note_error(t, s, op, fmt, ap);
    va_end(ap);
    return s;
}

rg_status rg_error_set(rg_error *e, rg_status s, const char *fmt, ...)
{
    if (!e || e->status) return s;
    memset(e, 0, sizeof *e);
    e->status = s;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return s;
}

const char *rg_status_text(rg_status s)
{
    static const char *const text[] = {
        [RG_OK] = "fine",
        [RG_NOMEM] = "out of memory",
        [RG_SHAPE] = "shapes do not fit",
        [RG_DTYPE] = "element types do not fit",
        [RG_INDEX] = "index out of range",
        [RG_DOMAIN] = "numbers outside the domain",
        [RG_STALE] = "a leaf has changed since",
        [RG_USAGE] = "a call out of place",
        [RG_IO] = "a file cannot be read or written",
        [RG_FORMAT] = "a file is not what it claims to be",
        [RG_MISSING] = "a library is not installed",
        [RG_CANCELLED] = "stopped by the caller",
    };
    return (unsigned)s < sizeof text / sizeof *text ? text[s] : "unknown status";
}
