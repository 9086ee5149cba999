/* view.c - from a part of an outline to boxes and lines. */
#include "view.h"
#include <stdio.h>
#include <string.h>

/* ---- lists ------------------------------------------------------------------------------------
 */

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

/* ---- boxes ------------------------------------------------------------------------------------
 */

static const rg_part *part_at(const rg_view *v, int part) { return &v->o->part[part]; }

/* Read by a gate behind the part that it lies in, or the end of it all. */
static bool is_read_behind(const rg_view *v, uint32_t id, uint32_t to)
{
    return v->o->last_read[id] >= to || id == v->o->s->y->id;
}

/* A closed part is told by the last wire that leaves it. */
static bool box_of_part(rg_view *v, int part)
{
    const rg_part *p = part_at(v, part);
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
        const rg_part *p = part_at(v, c);
        bool fine;
        if (p->kind == RG_PART_SCOPE && depth > 0)
            fine = boxes_of_part(v, c, depth - 1);
        else if (p->kind != RG_PART_WIRE)
            fine = box_of_part(v, c);
        else {
            fine = add_box(v, (rg_view_box){.kind = RG_VIEW_WIRE, .part = c, .id = p->from});
            v->of[p->from] = v->boxes;
        }
        if (!fine) return false;
    }
    return true;
}

int rg_part_drawn(const rg_outline *o, int part)
{
    return o->part[part].kind == RG_PART_LOOP ? o->part[o->part[part].child].next : part;
}

/* The outermost loop around wire x that is not around this view; 0: none. */
static int loop_of(const rg_view *v, uint32_t x)
{
    int loop = 0;
    for (int p = rg_part_around(v->o, x); p; p = part_at(v, p)->parent) {
        const rg_part *q = part_at(v, p);
        if (q->from <= v->from && v->to <= q->to) break;
        if (q->kind == RG_PART_LOOP) loop = p;
    }
    return loop;
}

/* A wire of elsewhere, or the loop whose wires they are. */
static bool stub_from(rg_view *v, uint32_t x)
{
    int loop = loop_of(v, x);
    rg_view_box b = {RG_VIEW_FROM, loop ? loop : v->o->of[x], x, 0, 0};
    if (!add_box(v, b)) return false;
    v->of[x] = v->boxes;
    for (uint32_t i = part_at(v, loop)->from; loop && i < part_at(v, loop)->to; i++)
        v->of[i] = v->boxes;
    return true;
}

/* Wires of elsewhere that are read here: before the boxes, for they lead to them. */
static bool stubs_from(rg_view *v)
{
    const rg_story *s = v->o->s;
    for (uint32_t id = v->from; id < v->to; id++) {
        const rg_node *y = s->t->node[id];
        if (!rg_outline_tells(s, id)) continue;
        for (int k = 0; k < y->nin; k++) {
            uint32_t x = rg_story_root(s, rg_in(y, k))->id;
            if (x >= v->from || v->of[x] || !rg_outline_tells(s, x)) continue;
            if (!stub_from(v, x)) return false;
        }
    }
    return true;
}

/* ---- parameters -------------------------------------------------------------------------------
 */

/* reader[b]: the only box that reads box b, from 1; -1: several do. */
static void note_readers_of_boxes(const rg_view *v, int *reader)
{
    const rg_story *s = v->o->s;
    for (uint32_t id = v->from; id < v->to; id++) {
        const rg_node *y = s->t->node[id];
        if (!rg_outline_tells(s, id)) continue;
        for (int k = 0; k < y->nin; k++) {
            int b = v->of[rg_story_root(s, rg_in(y, k))->id], to = v->of[id];
            if (b && b != to) reader[b - 1] = reader[b - 1] && reader[b - 1] != to ? -1 : to;
        }
    }
}

/* A parameter that one closed part alone reads is drawn into it. */
static bool is_held(const rg_view *v, int b, const int *reader)
{
    const rg_view_box *x = &v->box[b];
    return x->kind == RG_VIEW_WIRE && v->o->s->wire[x->id].role == RG_ROLE_INPUT && reader[b] > 0 &&
           v->box[reader[b] - 1].kind == RG_VIEW_PART;
}

static int64_t numbers_of_part(const rg_view *v, const rg_part *p, int *arrays)
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

/* ---- lines ------------------------------------------------------------------------------------
 */

/* All that leaves a loop is drawn as one line. */
static bool is_loop(const rg_view *v, int box)
{
    const rg_view_box *b = &v->box[box - 1];
    return b->kind != RG_VIEW_TO && part_at(v, b->part)->kind == RG_PART_LOOP;
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
    const rg_story *s = v->o->s;
    for (uint32_t id = v->from; id < v->to; id++) {
        const rg_node *y = s->t->node[id];
        if (!rg_outline_tells(s, id)) continue;
        for (int k = 0; k < y->nin; k++) {
            uint32_t x = rg_story_root(s, rg_in(y, k))->id;
            int from = v->of[x], to = v->of[id];
            if (!from || from == to || is_drawn(v, l, from, to, x)) continue;
            if (!add_line(v, l, (rg_view_line){from, to, x, id, k})) return false;
        }
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
        if (!add_box(v, (rg_view_box){RG_VIEW_TO, v->o->of[reader], id, 0, 0})) return false;
        if (!add_line(v, l, (rg_view_line){v->of[id], v->boxes, id, UINT32_MAX, 0})) return false;
    }
    return true;
}

/* ---- shapes on the way ------------------------------------------------------------------------
 */

static bool wants_shape(const rg_view *v, uint32_t id)
{
    return v->shapes && v->o->s->t->node[id]->layout->count != 1;
}

/* The shape of wire id, behind box `at` (from 1); -1: no memory. */
static int shape_box(rg_view *v, line_list *l, int at, uint32_t id)
{
    int k = at; /* it may be there already */
    while (k < v->boxes && v->box[k].id != id) k++;
    if (k < v->boxes) return k + 1;
    bool fine = add_box(v, (rg_view_box){.kind = RG_VIEW_SHAPE, .id = id}) &&
                add_line(v, l, (rg_view_line){-at, k + 1, id, UINT32_MAX, 0});
    return fine ? k + 1 : -1;
}

/* Boxes once more, each followed by the shapes of the wires that leave it: now[b] is where
 * box b went. A wire's shape is shared by all who read it. */
static bool insert_shapes(rg_view *v, line_list *l, int *now)
{
    rg_view_box *old = v->box;
    int boxes = v->boxes, room = v->box_room, lines = l->n;
    bool fine = true;
    v->box = NULL;
    v->boxes = v->box_room = 0;
    for (int b = 0; b < boxes && fine; b++) {
        fine = add_box(v, old[b]);
        int at = now[b] = v->boxes;
        for (int i = 0; i < lines && fine; i++) {
            uint32_t id = l->at[i].id;
            if (l->at[i].from != b + 1 || !wants_shape(v, id)) continue;
            int k = shape_box(v, l, at, id);
            l->at[i].from = -k;
            fine = k > 0;
        }
        uint32_t y = v->o->s->y->id;
        if (fine && v->of[y] == b + 1 && wants_shape(v, y)) fine = shape_box(v, l, at, y) > 0;
    }
    rg_mem_put(&v->o->s->t->mem, old, (size_t)room * sizeof *old);
    for (int i = 0; i < l->n && fine; i++) {
        rg_view_line *e = &l->at[i];
        e->from = e->from < 0 ? -e->from : now[e->from - 1];
        if (i < lines) e->to = now[e->to - 1];
    }
    return fine;
}

static bool put_shapes(rg_view *v, line_list *l)
{
    size_t bytes = (size_t)(v->boxes + 1) * sizeof(int);
    bool wanted = v->shapes && v->boxes <= RG_CHART_BOXES;
    int *now = wanted ? rg_scratch(v->o->s->t, bytes) : NULL;
    bool fine = !wanted || (now && insert_shapes(v, l, now));
    if (now) rg_scratch_free(v->o->s->t, now, bytes);
    return fine;
}

/* ---- the chart --------------------------------------------------------------------------------
 */

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
    int part = rg_part_drawn(o, v->part);
    v->from = o->part[part].from;
    v->to = o->part[part].to;
    bool fine = stubs_from(v) && boxes_of_part(v, part, v->depth) &&
                (!v->hold || take_parameters(v)) && lines_inside(v, &l) && lines_out(v, &l) &&
                put_shapes(v, &l) && sort_lines(v, &l) && (rg_view_is_large(v) || fill_chart(v));
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
    const rg_part *p = part_at(v, b->part);
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
