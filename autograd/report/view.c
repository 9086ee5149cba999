/* view.c - from a part of an outline to boxes and lines. */
#include "view.h"
#include <stdio.h>
#include <string.h>

/* ---- lists ----------------------------------------------------------------------------------- */

static void *room_for_one(const rg_view *v, void *p, int *room, int n, size_t size)
{
    if (n < *room) return p;
    int more = *room ? 2 * *room : 64;
    void *q = rg_mem_resize(&v->o->s->t->mem, p, (size_t)*room * size, (size_t)more * size);
    if (q)
        *room = more;
    else
        rg_fail(v->o->s->t, RG_NOMEM, NULL, "out of memory");
    return q;
}

static bool add_box(rg_view *v, rg_view_box b)
{
    rg_view_box *table = room_for_one(v, v->box, &v->box_room, v->boxes, sizeof b);
    if (!table) return false;
    v->box = table;
    v->box[v->boxes++] = b;
    return true;
}

/* In the making, boxes count from 1. */
typedef struct line_list {
    rg_view_line *at;
    int n, room;
} line_list;

static bool add_line(const rg_view *v, line_list *l, rg_view_line one)
{
    rg_view_line *table = room_for_one(v, l->at, &l->room, l->n, sizeof one);
    if (!table) return false;
    l->at = table;
    l->at[l->n++] = one;
    return true;
}

/* ---- who reads what -------------------------------------------------------------------------- */

/* Gate `gate` of this view reads wire `x`: its k-th. */
typedef struct reading {
    const rg_view *v;
    uint32_t gate, x;
    int k;
} reading;

static reading before_readings(const rg_view *v) { return (reading){v, v->from, 0, -1}; }

static bool next_reading(reading *r)
{
    const rg_story *s = r->v->o->s;
    for (; r->gate < r->v->to; r->gate++, r->k = -1) {
        const rg_node *y = s->t->node[r->gate];
        if (!rg_outline_tells(s, r->gate) || ++r->k >= y->nin) continue;
        r->x = rg_story_root(s, rg_in(y, r->k))->id;
        return true;
    }
    return false;
}

/* ---- boxes ----------------------------------------------------------------------------------- */

static const rg_outline_part *part_at(const rg_view *v, int part) { return &v->o->part[part]; }

/* Read by a gate behind the part that it lies in, or the end of it all. */
static bool is_read_behind(const rg_view *v, uint32_t id, uint32_t to)
{
    return v->o->last_read[id] >= to || id == v->o->s->y->id;
}

/* A closed part is told by the last wire that leaves it. */
static bool box_of_part(rg_view *v, int part)
{
    const rg_outline_part *p = part_at(v, part);
    uint32_t id = p->to - 1;
    for (uint32_t i = p->from; i < p->to; i++)
        if (rg_outline_tells(v->o->s, i) && is_read_behind(v, i, p->to)) id = i;
    if (!add_box(v, (rg_view_box){.kind = RG_VIEW_PART, .part = part, .id = id})) return false;
    for (uint32_t i = p->from; i < p->to; i++) v->of[i] = v->boxes;
    return true;
}

/* Children of an open part, open ones in their place. */
static bool boxes_of_part(rg_view *v, int part, int depth)
{
    for (int c = part_at(v, part)->child; c; c = part_at(v, c)->next) {
        const rg_outline_part *p = part_at(v, c);
        bool fine;
        if (p->kind == RG_OUTLINE_SCOPE && depth > 0)
            fine = boxes_of_part(v, c, depth - 1);
        else if (p->kind != RG_OUTLINE_WIRE)
            fine = box_of_part(v, c);
        else {
            fine = add_box(v, (rg_view_box){.kind = RG_VIEW_WIRE, .part = c, .id = p->from});
            v->of[p->from] = v->boxes;
        }
        if (!fine) return false;
    }
    return true;
}

int rg_outline_drawn(const rg_outline *o, int part)
{
    return o->part[part].kind == RG_OUTLINE_LOOP ? o->part[o->part[part].child].next : part;
}

/* The outermost loop around wire x that is not around this view; 0: none. */
static int loop_of(const rg_view *v, uint32_t x)
{
    int loop = 0;
    for (int p = rg_outline_around(v->o, x); p; p = part_at(v, p)->parent) {
        const rg_outline_part *q = part_at(v, p);
        if (q->from <= v->from && v->to <= q->to) break;
        if (q->kind == RG_OUTLINE_LOOP) loop = p;
    }
    return loop;
}

/* A wire of elsewhere, or the loop whose wires they are. */
static bool stub_from(rg_view *v, uint32_t x)
{
    int loop = loop_of(v, x);
    rg_view_box b = {.kind = RG_VIEW_FROM, .part = loop ? loop : v->o->of[x], .id = x};
    if (!add_box(v, b)) return false;
    v->of[x] = v->boxes;
    for (uint32_t i = part_at(v, loop)->from; loop && i < part_at(v, loop)->to; i++)
        v->of[i] = v->boxes;
    return true;
}

/* Wires of elsewhere that are read here: before the boxes, for they lead to them. */
static bool stubs_from(rg_view *v)
{
    for (reading r = before_readings(v); next_reading(&r);)
        if (r.x < v->from && !v->of[r.x] && rg_outline_tells(v->o->s, r.x) && !stub_from(v, r.x))
            return false;
    return true;
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* reader[b]: the only box that reads box b, from 1; -1: several do. */
static void note_readers_of_boxes(const rg_view *v, int *reader)
{
    for (reading r = before_readings(v); next_reading(&r);) {
        int b = v->of[r.x], to = v->of[r.gate];
        if (b && b != to) reader[b - 1] = reader[b - 1] && reader[b - 1] != to ? -1 : to;
    }
}

/* A parameter that one closed part alone reads is drawn into it. */
static bool is_held(const rg_view *v, int b, const int *reader)
{
    const rg_view_box *x = &v->box[b];
    return x->kind == RG_VIEW_WIRE && v->o->s->wire[x->id].role == RG_ROLE_INPUT && reader[b] > 0 &&
           v->box[reader[b] - 1].kind == RG_VIEW_PART;
}

static int64_t numbers_of_part(const rg_view *v, const rg_outline_part *p, int *arrays)
{
    int64_t n = 0;
    for (uint32_t id = p->from; id < p->to; id++)
        if (v->o->s->wire[id].role == RG_ROLE_INPUT) {
            n += v->o->s->t->node[id]->layout->count;
            ++*arrays;
        }
    return n;
}

static void hold_parameters(rg_view *v, int *reader, int *now)
{
    int left = 0;
    note_readers_of_boxes(v, reader);
    for (int b = 0; b < v->boxes; b++) {
        rg_view_box *x = &v->box[b];
        if (x->kind == RG_VIEW_PART)
            x->held += numbers_of_part(v, part_at(v, x->part), &x->hold);
        if (!is_held(v, b, reader)) continue;
        v->box[reader[b] - 1].held += v->o->s->t->node[x->id]->layout->count;
        v->box[reader[b] - 1].hold++;
    }
    for (int b = 0; b < v->boxes; b++) {
        bool held = is_held(v, b, reader);
        now[b] = held ? 0 : ++left;
        if (!held) v->box[left - 1] = v->box[b];
        reader[b] = held ? reader[b] : 0;
    }
    for (uint32_t id = v->from; id < v->to; id++) {
        int b = v->of[id];
        if (b) v->of[id] = now[reader[b - 1] > 0 ? reader[b - 1] - 1 : b - 1];
    }
    v->boxes = left;
}

static bool take_parameters(rg_view *v)
{
    rg_tape *t = v->o->s->t;
    size_t bytes = (size_t)(v->boxes + 1) * sizeof(int);
    int *reader = rg_scratch(t, bytes), *now = reader ? rg_scratch(t, bytes) : NULL;
    if (now) {
        memset(reader, 0, bytes);
        hold_parameters(v, reader, now);
    }
    bool fine = now != NULL;
    if (reader) rg_scratch_free(t, reader, bytes);
    if (now) rg_scratch_free(t, now, bytes);
    return fine;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* All that leaves a loop is drawn as one line. */
static bool is_loop(const rg_view *v, int box)
{
    const rg_view_box *b = &v->box[box - 1];
    return b->kind != RG_VIEW_TO && part_at(v, b->part)->kind == RG_OUTLINE_LOOP;
}

/* Into a closed part a wire is drawn once. A view that is too large is not drawn. */
static bool is_drawn(const rg_view *v, const line_list *l, int from, int to, uint32_t id)
{
    bool loop = is_loop(v, from);
    if (l->n > RG_CHART_LINES) return true;
    if (v->box[to - 1].kind != RG_VIEW_PART && !loop) return false;
    for (int i = l->n; i-- > 0;)
        if (l->at[i].to == to && l->at[i].from == from && (loop || l->at[i].id == id))
            return true;
    return false;
}

static bool lines_inside(const rg_view *v, line_list *l)
{
    for (reading r = before_readings(v); next_reading(&r);) {
        int from = v->of[r.x], to = v->of[r.gate];
        if (!from || from == to || is_drawn(v, l, from, to, r.x)) continue;
        if (!add_line(v, l, (rg_view_line){from, to, r.x, r.gate, r.k})) return false;
    }
    return true;
}

static bool is_last_of_its_box(const rg_view *v, uint32_t id)
{
    return !is_loop(v, v->of[id]) || v->box[v->of[id] - 1].id == id;
}

/* Where wires of this part go on to: a stub each. */
static bool lines_out(rg_view *v, line_list *l)
{
    for (uint32_t id = v->from; id < v->to; id++) {
        uint32_t reader = v->o->last_read[id];
        if (!v->of[id] || !rg_outline_tells(v->o->s, id) || reader < v->to) continue;
        if (!is_last_of_its_box(v, id)) continue;
        if (!add_box(v, (rg_view_box){.kind = RG_VIEW_TO, .part = v->o->of[reader], .id = id})) return false;
        if (!add_line(v, l, (rg_view_line){v->of[id], v->boxes, id, UINT32_MAX, 0})) return false;
    }
    return true;
}

/* ---- labels on the way ----------------------------------------------------------------------- */

static bool wants_label(const rg_view *v, uint32_t id)
{
    return v->labels == RG_VIEW_NUMBERS ||
           (v->labels == RG_VIEW_SHAPES && v->o->s->t->node[id]->layout->count != 1);
}

/* Box b on the way from box `from` (from 1); its place, from 1; -1: no memory. */
static int box_on_the_way(rg_view *v, line_list *l, int from, rg_view_box b)
{
    bool fine =
        add_box(v, b) && add_line(v, l, (rg_view_line){-from, v->boxes, b.id, UINT32_MAX, 0});
    return fine ? v->boxes : -1;
}

/* The label of wire id, behind box `at` (from 1); -1: no memory. */
static int label_box(rg_view *v, line_list *l, int at, uint32_t id)
{
    for (int k = at; k < v->boxes; k++) /* it may be there already */
        if (v->box[k].kind == RG_VIEW_LABEL && v->box[k].id == id) return k + 1;
    return box_on_the_way(v, l, at, (rg_view_box){.kind = RG_VIEW_LABEL, .id = id});
}

/* Line i, which leaves box b, by way of its labels; false: no memory. What a gate pays into a
 * sum is told on its line. */
static bool lead_by_labels(rg_view *v, line_list *l, int i, int b, bool to_gate)
{
    rg_view_box share = {.kind = RG_VIEW_SHARE, .id = l->at[i].id, .gate = l->at[i].gate,
                         .wire = l->at[i].wire};
    bool shared = v->labels == RG_VIEW_NUMBERS && v->o->s->wire[share.id].parts > 1;
    int k = label_box(v, l, b, share.id);
    if (k > 0 && shared && to_gate) k = box_on_the_way(v, l, k, share);
    l->at[i].from = -k;
    return k > 0;
}

/* Boxes once more, each followed by the labels of the wires that leave it: now[b] is where
 * box b went. A wire's label is shared by all who read it. */
static bool insert_labels(rg_view *v, line_list *l, int *now)
{
    rg_view_box *old = v->box;
    int boxes = v->boxes, room = v->box_room, lines = l->n;
    bool fine = true;
    v->box = NULL;
    v->boxes = v->box_room = 0;
    for (int b = 0; b < boxes && fine; b++) {
        fine = add_box(v, old[b]);
        int at = now[b] = v->boxes;
        for (int i = 0; i < lines && fine; i++)
            if (l->at[i].from == b + 1 && wants_label(v, l->at[i].id))
                fine = lead_by_labels(v, l, i, at, old[l->at[i].to - 1].kind == RG_VIEW_WIRE);
        uint32_t y = v->o->s->y->id;
        if (fine && v->of[y] == b + 1 && wants_label(v, y)) fine = label_box(v, l, at, y) > 0;
    }
    rg_mem_put(&v->o->s->t->mem, old, (size_t)room * sizeof *old);
    for (int i = 0; i < l->n && fine; i++) {
        rg_view_line *e = &l->at[i];
        e->from = e->from < 0 ? -e->from : now[e->from - 1];
        if (i < lines) e->to = now[e->to - 1];
    }
    return fine;
}

static bool put_labels(rg_view *v, line_list *l)
{
    size_t bytes = (size_t)(v->boxes + 1) * sizeof(int);
    bool wanted = v->labels && v->boxes <= RG_CHART_BOXES;
    int *now = wanted ? rg_scratch(v->o->s->t, bytes) : NULL;
    bool fine = !wanted || (now && insert_labels(v, l, now));
    if (now) rg_scratch_free(v->o->s->t, now, bytes);
    return fine;
}

/* ---- the chart ------------------------------------------------------------------------------- */

/* Lines by where they end, in the order in which they were found. */
static bool sort_lines(rg_view *v, const line_list *l)
{
    rg_tape *t = v->o->s->t;
    size_t bytes = (size_t)(v->boxes + 2) * sizeof(int);
    int *next = rg_scratch(t, bytes);
    v->lines = l->n;
    v->line_room = l->n + 1;
    v->line = next ? rg_scratch(t, (size_t)v->line_room * sizeof *v->line) : NULL;
    if (v->line) {
        memset(next, 0, bytes);
        for (int i = 0; i < l->n; i++) next[l->at[i].to + 1]++;
        for (int b = 1; b <= v->boxes; b++) next[b + 1] += next[b];
        for (int i = 0; i < l->n; i++) {
            rg_view_line *one = &v->line[next[l->at[i].to]++];
            *one = l->at[i];
            one->from--;
            one->to--;
        }
    }
    if (next) rg_scratch_free(t, next, bytes);
    return v->line != NULL;
}

static bool fill_chart(rg_view *v)
{
    int first = 0;
    if (!rg_chart_open(&v->chart, v->o->s->t, v->boxes, v->lines)) return false;
    for (int i = 0; i < v->lines; i++) {
        if (v->line[i].to != v->line[first].to) first = i;
        v->chart.line[i] =
            (rg_chart_line){.from = v->line[i].from, .to = v->line[i].to, .port = i - first};
        for (int k = first; k <= i; k++) v->chart.line[k].ports = i - first + 1;
    }
    return true;
}

bool rg_view_open(rg_view *v)
{
    const rg_outline *o = v->o;
    line_list l = {0};
    size_t bytes = o->s->wires * sizeof *v->of;
    v->of = rg_scratch(o->s->t, bytes);
    if (!v->of) return false;
    memset(v->of, 0, bytes);
    int part = rg_outline_drawn(o, v->part);
    v->from = o->part[part].from;
    v->to = o->part[part].to;
    bool fine = stubs_from(v) && boxes_of_part(v, part, v->depth) &&
                (!v->hold || take_parameters(v)) && lines_inside(v, &l) && lines_out(v, &l) &&
                put_labels(v, &l) && sort_lines(v, &l) && (rg_view_is_large(v) || fill_chart(v));
    rg_mem_put(&o->s->t->mem, l.at, (size_t)l.room * sizeof *l.at);
    return fine;
}

void rg_view_close(rg_view *v)
{
    rg_tape *t = v->o->s->t;
    if (v->of) rg_scratch_free(t, v->of, v->o->s->wires * sizeof *v->of);
    if (v->line) rg_scratch_free(t, v->line, (size_t)v->line_room * sizeof *v->line);
    rg_mem_put(&t->mem, v->box, (size_t)v->box_room * sizeof *v->box);
    if (v->chart.t) rg_chart_free(&v->chart);
}

bool rg_view_arrange(rg_view *v, rg_view_size *size, void *ud)
{
    for (int b = 0; b < v->boxes; b++)
        size(ud, v, &v->box[b], &v->chart.box[b].w, &v->chart.box[b].h);
    return rg_chart_arrange(&v->chart);
}

const char *rg_view_ops(const rg_view *v, const rg_view_box *b, char buf[RG_TEXT])
{
    enum { MOST = 28 };
    const rg_outline_part *p = part_at(v, b->part);
    const rg_op *seen = NULL;
    size_t n = 0;
    buf[0] = 0;
    for (uint32_t id = p->from; id < p->to && n < MOST; id++) {
        const rg_op *op = v->o->s->t->node[id]->op;
        if (v->o->s->wire[id].role != RG_ROLE_GATE || op->kind == RG_VIEW || op == seen) continue;
        if (strstr(buf, op->name)) continue;
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%s%.40s", n ? ", " : "", op->name);
        seen = op;
    }
    if (n >= MOST) snprintf(buf + MOST, RG_TEXT - MOST, "...");
    return buf;
}
