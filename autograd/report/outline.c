/* outline.c - scopes as they were recorded, and loops by what repeats: the shortest run of
 * looks first, then runs of those, as a grammar is found in a text. */
#include "outline.h"
#include <stdio.h>
#include <string.h>

enum { LONGEST_ROUND = 64, LEAST_ROUNDS = 3, LEAST_WIRES = 8 };

/* ---- the tree ------------------------------------------------------------------------------- */

/* 0: no memory, noted. */
static int new_part(rg_outline *o, rg_outline_part what)
{
    if (o->parts == o->room) {
        size_t size = sizeof *o->part, room = (size_t)o->room;
        rg_outline_part *more = rg_mem_resize(&o->s->t->mem, o->part, room * size, 2 * room * size);
        if (!more) {
            rg_fail(o->s->t, RG_NOMEM, NULL, "out of memory");
            return 0;
        }
        o->part = more;
        o->room *= 2;
    }
    o->part[o->parts] = what;
    return o->parts++;
}

static void add_child(rg_outline *o, int parent, int child)
{
    rg_outline_part *p = &o->part[parent];
    o->part[child].parent = parent;
    o->part[child].next = 0;
    if (p->last)
        o->part[p->last].next = child;
    else
        p->child = child;
    p->last = child;
}

/* Scopes around the wire at hand; their parts are made when a told wire is met. */
typedef struct scope_stack {
    const rg_tape *t;
    size_t next; /* the first scope that has not begun yet */
    int depth, room;
    struct {
        const rg_scope *scope;
        int part; /* 0: not made yet */
    } * at;
} scope_stack;

static void move_to(scope_stack *k, uint32_t id)
{
    while (k->depth && k->at[k->depth - 1].scope->last <= id) k->depth--;
    for (; k->next < k->t->scopes && k->t->scope[k->next].first <= id; k->next++) {
        const rg_scope *s = &k->t->scope[k->next];
        if (s->last <= id) continue;
        k->at[k->depth].scope = s;
        k->at[k->depth++].part = 0;
    }
}

/* The part of the innermost scope; -1: no memory. */
static int scope_part(rg_outline *o, scope_stack *k)
{
    int parent = 0;
    for (int i = 0; i < k->depth; i++) {
        if (!k->at[i].part) {
            int part =
                new_part(o, (rg_outline_part){.kind = RG_OUTLINE_SCOPE, .name = k->at[i].scope->text});
            if (!part) return -1;
            add_child(o, parent, part);
            k->at[i].part = part;
        }
        parent = k->at[i].part;
    }
    return parent;
}

static bool plant_wires(rg_outline *o, scope_stack *k)
{
    const rg_story *s = o->s;
    for (uint32_t id = 0; id < s->wires; id++) {
        if (!rg_outline_tells(s, id)) continue;
        move_to(k, id);
        int parent = scope_part(o, k);
        if (parent < 0) return false;
        o->of[id] =
            new_part(o, (rg_outline_part){.kind = RG_OUTLINE_WIRE, .from = id, .to = id + 1, .wires = 1});
        if (!o->of[id]) return false;
        add_child(o, parent, o->of[id]);
    }
    return true;
}

static bool plant_tree(rg_outline *o)
{
    const rg_tape *t = o->s->t;
    scope_stack k = {.t = t, .room = (int)t->scopes + 1};
    size_t bytes = (size_t)k.room * sizeof *k.at;
    k.at = rg_scratch(o->s->t, bytes);
    bool fine = k.at && plant_wires(o, &k);
    if (k.at) rg_scratch_free(o->s->t, k.at, bytes);
    return fine;
}

/* ---- looks ----------------------------------------------------------------------------------- */

static uint64_t mix_look(uint64_t a, uint64_t b)
{
    a ^= b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2);
    a *= 0xff51afd7ed558ccdu;
    return a ^ (a >> 33);
}

static uint64_t text_look(const char *text)
{
    uint64_t look = 0;
    for (; text && *text; text++) look = mix_look(look, (unsigned char)*text);
    return look;
}

/* Made by the same line with the same op in the same shape. */
static uint64_t wire_look(const rg_outline *o, uint32_t id)
{
    const rg_node *x = o->s->t->node[id];
    uint64_t look = text_look(x->op->name);
    look = mix_look(look, ((uint64_t)x->file << 32) | (uint32_t)x->line);
    look = mix_look(look, (uint64_t)x->layout->rank);
    for (int i = 0; i < x->layout->rank; i++) look = mix_look(look, (uint64_t)x->layout->dim[i]);
    return mix_look(look, o->s->wire[id].role);
}

/* Of a part whose children have theirs; with its range and size. */
static void sum_up(rg_outline *o, int part)
{
    rg_outline_part *p = &o->part[part];
    p->look = p->kind == RG_OUTLINE_WIRE ? wire_look(o, p->from) : text_look(p->name);
    p->look = mix_look(p->look, (uint64_t)p->kind);
    if (p->kind == RG_OUTLINE_WIRE) return;
    p->wires = 0;
    for (int c = p->child; c; c = o->part[c].next) {
        p->look = mix_look(p->look, o->part[c].look);
        p->wires += o->part[c].wires;
    }
    p->from = p->child ? o->part[p->child].from : 0;
    p->to = p->last ? o->part[p->last].to : 0;
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* How many rounds of length p begin at item[0]. */
static int rounds_of(const rg_outline *o, const int *item, int n, int p)
{
    int same = 0;
    while (same + p < n && o->part[item[same]].look == o->part[item[same + p]].look) same++;
    return same / p + 1;
}

/* The loop of so many rounds of length p, which takes the place of its items; 0: no memory. */
static int gather_loop(rg_outline *o, const int *item, int p, int rounds)
{
    int loop = new_part(o, (rg_outline_part){.kind = RG_OUTLINE_LOOP, .rounds = rounds});
    for (int r = 0; r < rounds && loop; r++) {
        int round = new_part(o, (rg_outline_part){.kind = RG_OUTLINE_ROUND, .rounds = r + 1});
        if (!round) return 0;
        for (int i = 0; i < p; i++) add_child(o, round, item[r * p + i]);
        sum_up(o, round);
        add_child(o, loop, round);
    }
    if (loop) sum_up(o, loop);
    return loop;
}

static int best_period(const rg_outline *o, const int *item, int n, int *rounds)
{
    int wires = 0;
    for (int p = 1; p <= LONGEST_ROUND && p * LEAST_ROUNDS <= n; p++) {
        wires += o->part[item[p - 1]].wires;
        *rounds = rounds_of(o, item, n, p);
        if (*rounds >= LEAST_ROUNDS && *rounds * wires >= LEAST_WIRES) return p;
    }
    return 0;
}

/* One pass over n items: how many there are then; -1: no memory. */
static int gather_loops(rg_outline *o, int *item, int n)
{
    int left = 0, rounds;
    for (int i = 0; i < n; left++) {
        int p = best_period(o, item + i, n - i, &rounds);
        int one = p ? gather_loop(o, item + i, p, rounds) : item[i];
        if (!one) return -1;
        item[left] = one;
        i += p ? p * rounds : 1;
    }
    return left;
}

static bool fold_children(rg_outline *o, int part)
{
    int n = 0, left, before;
    for (int c = o->part[part].child; c; c = o->part[c].next) n++;
    size_t bytes = (size_t)(n + 1) * sizeof(int);
    int *item = rg_scratch(o->s->t, bytes);
    if (!item) return false;
    left = 0;
    for (int c = o->part[part].child; c; c = o->part[c].next) item[left++] = c;
    do {
        before = left;
        left = gather_loops(o, item, left);
    } while (left >= 0 && left < before);
    o->part[part].child = o->part[part].last = 0;
    for (int i = 0; i < left; i++) add_child(o, part, item[i]);
    rg_scratch_free(o->s->t, item, bytes);
    return left >= 0;
}

/* Children have larger numbers than their parents: they come first from behind. */
static bool sum_up_all(rg_outline *o, bool loops)
{
    for (int part = o->parts; part-- > 0;) {
        if (loops && o->part[part].kind == RG_OUTLINE_SCOPE && !fold_children(o, part)) return false;
        sum_up(o, part);
    }
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void note_last_reads(rg_outline *o)
{
    const rg_story *s = o->s;
    for (uint32_t id = 0; id < s->wires; id++) {
        const rg_node *y = s->t->node[id];
        if (!rg_outline_tells(s, id)) continue;
        for (int k = 0; k < y->nin; k++) o->last_read[rg_story_root(s, rg_in(y, k))->id] = id;
    }
}

bool rg_outline_open(rg_outline *o, const rg_story *s)
{
    enum { ROOM = 64 };
    *o = (rg_outline){.s = s, .room = ROOM};
    o->of = rg_scratch(s->t, s->wires * sizeof *o->of);
    o->last_read = o->of ? rg_scratch(s->t, s->wires * sizeof *o->last_read) : NULL;
    o->part = o->last_read ? rg_scratch(s->t, ROOM * sizeof *o->part) : NULL;
    if (!o->part) return false;
    memset(o->of, 0, s->wires * sizeof *o->of);
    memset(o->last_read, 0, s->wires * sizeof *o->last_read);
    o->part[o->parts++] = (rg_outline_part){.kind = RG_OUTLINE_SCOPE};
    if (!plant_tree(o)) return false;
    int told = 0;
    for (int i = 0; i < o->parts; i++) told += o->part[i].kind == RG_OUTLINE_WIRE;
    if (!sum_up_all(o, told > RG_OUTLINE_READABLE)) return false;
    note_last_reads(o);
    return true;
}

void rg_outline_close(rg_outline *o)
{
    rg_tape *t = o->s->t;
    if (o->of) rg_scratch_free(t, o->of, o->s->wires * sizeof *o->of);
    if (o->last_read) rg_scratch_free(t, o->last_read, o->s->wires * sizeof *o->last_read);
    if (o->part) rg_scratch_free(t, o->part, (size_t)o->room * sizeof *o->part);
}

/* "64 x row", "12 x input", "30 x round of 5". */
static void loop_title(const rg_outline *o, const rg_outline_part *loop, char buf[RG_TEXT])
{
    const rg_outline_part *round = &o->part[loop->child], *only = &o->part[round->child];
    const rg_node *x = o->s->t->node[only->from];
    if (round->child != round->last)
        snprintf(buf, RG_TEXT, "%d x round of %d", loop->rounds, round->wires);
    else if (only->kind == RG_OUTLINE_WIRE)
        snprintf(buf, RG_TEXT, "%d x %.40s", loop->rounds, rg_is_leaf(x) ? "input" : x->op->name);
    else
        snprintf(buf, RG_TEXT, "%d x %.40s", loop->rounds, only->name ? only->name : "round");
}

const char *rg_outline_title(const rg_outline *o, int part, char buf[RG_TEXT])
{
    const rg_outline_part *p = &o->part[part];
    switch (p->kind) {
    case RG_OUTLINE_WIRE:
        return rg_story_name(o->s, o->s->t->node[p->from], 6, buf);
    case RG_OUTLINE_SCOPE:
        snprintf(buf, RG_TEXT, "%.60s", p->name ? p->name : "all");
        break;
    case RG_OUTLINE_LOOP:
        loop_title(o, p, buf);
        break;
    default:
        snprintf(buf, RG_TEXT, "round %d of %d", p->rounds, o->part[p->parent].rounds);
    }
    return buf;
}

int rg_outline_around(const rg_outline *o, uint32_t id) { return o->part[o->of[id]].parent; }
