/* circuit.c - a calculation drawn with characters, where it is small enough for that:
 *
 *   a --+--> [exp] --v1--> [*] --v2--> [+] --v4--> [log] --> L
 *       |              b ---^           ^
 *       +--> [max] --v3-----------------+
 *        c ---^
 *
 * A chain of gates that hand on their first input has a row; every other input arrives from
 * below. A wire that feeds several gates forks at a +; wires that cross do not touch. Where a
 * line would run through a word, something is moved to the right, until nothing is in the way
 * or the page is too narrow: then there is no drawing. */
#include "outline.h"
#include "page.h"
#include <stdio.h>
#include <string.h>

enum { MOST_BOXES = 24, MOST_LINES = 48, MOST_ROWS = 16, MOST_TRIES = 400, INDENT = 2 };

typedef struct circuit_box {
    const rg_node *x;
    char text[RG_LABEL], name[RG_LABEL]; /* "[exp]", "v1"; of a leaf "a", "" */
    int row;         /* -1: leads nowhere, and is not drawn                  */
    int at, width;
    int lines;       /* that leave it                                        */
    int least, fork; /* moved: not left of this; its fork by so much further */
    bool leaf, left; /* left: a leaf that stays at the edge                  */
} circuit_box;

/* Its row; where it arrives: 0: from the left, else so far into its gate from below. */
typedef struct circuit_line {
    int from, to, row, into;
} circuit_line;

typedef struct circuit {
    const rg_story *s;
    int boxes, lines, rows, width;
    int dash; /* so many of them on each side of a name: 2, or 1 where that is too wide */
    circuit_box box[MOST_BOXES];
    circuit_line line[MOST_LINES]; /* by gates */
    char paper[MOST_ROWS][RG_PAGE_WIDTH + 1];
    short owner[MOST_ROWS][RG_PAGE_WIDTH]; /* of a word: its box, from 1; of an upright line: -id */
} circuit;

/* ---- boxes and lines --------------------------------------------------------------------- */

static int box_of(const circuit *c, const rg_node *x)
{
    int b = c->boxes - 1;
    while (b >= 0 && c->box[b].x != x) b--;
    return b;
}

static void word_box(circuit *c, circuit_box *b, int digits)
{
    char name[RG_LABEL], op[RG_TEXT];
    rg_story_name(c->s, b->x, digits, name);
    snprintf(b->text, RG_LABEL, b->leaf ? "%.30s" : "[%.30s]",
             b->leaf ? name : rg_formula_bare(c->s, b->x, op));
    snprintf(b->name, RG_LABEL, "%.30s", b->leaf ? "" : name);
    b->width = (int)strlen(b->text);
}

static bool add_lines(circuit *c, int to)
{
    const rg_node *y = c->box[to].x;
    for (int k = 0; !c->box[to].leaf && k < y->nin; k++) {
        int from = box_of(c, rg_story_root(c->s, rg_in(y, k)));
        if (from < 0) continue; /* a number, which stands in the box */
        if (c->lines == MOST_LINES) return false;
        c->line[c->lines++] = (circuit_line){from, to, -1, 0};
        c->box[from].lines++;
    }
    return true;
}

/* False: more than can be drawn, or too little to be worth it. */
static bool fill_circuit(circuit *c, int digits)
{
    int gates = 0;
    for (uint32_t id = 0; id < c->s->wires; id++) {
        if (!rg_outline_tells(c->s, id)) continue;
        if (c->boxes == MOST_BOXES) return false;
        circuit_box *b = &c->box[c->boxes++];
        *b = (circuit_box){.x = c->s->t->node[id], .row = -1};
        b->leaf = c->s->wire[id].role != RG_ROLE_GATE;
        gates += !b->leaf;
        word_box(c, b, digits);
        if (!add_lines(c, c->boxes - 1)) return false;
    }
    return gates > 1;
}

/* ---- rows -------------------------------------------------------------------------------- */

/* The line into box b that goes on in its row: its first; -1: a leaf. */
static int main_line(const circuit *c, int b)
{
    int i = 0;
    while (i < c->lines && c->line[i].to != b) i++;
    return i < c->lines ? i : -1;
}

/* Box b, what leads to it, and then, from the left, what else leads there. */
static void lay_chain(circuit *c, int b)
{
    int chain[MOST_BOXES], n = 0, row = c->rows++;
    while (c->box[b].row < 0) {
        int i = main_line(c, b);
        c->box[b].row = row;
        chain[n++] = b;
        if (i < 0) break;
        c->line[i].row = row;
        b = c->line[i].from;
    }
    while (n-- > 0)
        for (int i = 0; i < c->lines; i++) {
            circuit_line *l = &c->line[i];
            if (l->to != chain[n] || l->row >= 0) continue;
            if (c->box[l->from].row < 0)
                l->row = c->rows, lay_chain(c, l->from);
            else
                l->row = c->rows++;
        }
}

/* False: a gate leads nowhere. A leaf may: an input that was asked for, and is not read. */
static bool lay_rows(circuit *c)
{
    lay_chain(c, c->boxes - 1);
    for (int b = 0; b < c->boxes; b++)
        if (c->box[b].row < 0 && (!c->box[b].leaf || c->box[b].lines)) return false;
    return c->rows <= MOST_ROWS;
}

/* Where lines from below arrive: nearer ones further left, so that they do not cross. */
static void spread_arrivals(circuit *c, circuit_box *b)
{
    int n = 0, inner, at;
    for (int i = 0; i < c->lines; i++)
        n += &c->box[c->line[i].to] == b && c->line[i].row != b->row;
    if (!n) return;
    inner = (int)strlen(b->text) - 2;
    for (; inner < 2 * n - 1; inner++) memcpy(strrchr(b->text, ']'), " ]", 3);
    b->width = inner + 2;
    at = 1 + (inner - (2 * n - 1)) / 2;
    for (int i = 0; i < c->lines; i++) {
        if (&c->box[c->line[i].to] != b || c->line[i].row == b->row) continue;
        c->line[i].into = at;
        at += 2;
    }
}

/* ---- places ------------------------------------------------------------------------------ */

/* Behind the name on what leaves a box, " --v1--"; where that forks. */
static int behind_name(const circuit *c, const circuit_box *b)
{
    return b->at + b->width + 1 + c->dash + (*b->name ? c->dash + (int)strlen(b->name) : 0);
}
static int fork_of(const circuit *c, const circuit_box *b) { return behind_name(c, b) + b->fork; }

/* The leftmost place that line l allows its gate. */
static int place_behind(const circuit *c, const circuit_line *l)
{
    enum { ARROW = 2 };
    const circuit_box *from = &c->box[l->from];
    if (from->lines > 1) return fork_of(c, from) + (l->into ? 2 - l->into : 1 + c->dash + ARROW);
    return behind_name(c, from) + (l->into ? 1 - l->into : ARROW);
}

/* A leaf that one gate reads stands beside it. */
static void bring_leaves(circuit *c)
{
    for (int i = 0; i < c->lines; i++) {
        circuit_box *b = &c->box[c->line[i].from];
        int at = c->box[c->line[i].to].at, into = c->line[i].into;
        if (b->leaf && b->lines == 1 && !b->left) b->at = at + (into ? into - 2 : -3) - c->dash - b->width;
    }
}

/* False: they do not fit. */
static bool place_boxes(circuit *c)
{
    for (int k = 0, i = 0; k < c->boxes; k++) {
        circuit_box *b = &c->box[k];
        b->at = b->least;
        for (; i < c->lines && c->line[i].to == k; i++) {
            int at = place_behind(c, &c->line[i]);
            if (at > b->at) b->at = at;
        }
        if (b->at + b->width > c->width) return false;
    }
    bring_leaves(c);
    const circuit_box *y = &c->box[c->boxes - 1];
    return behind_name(c, y) + 2 <= c->width;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void put_word(circuit *c, int row, int at, const char *word, int box)
{
    for (; *word && at < c->width; word++, at++) {
        c->paper[row][at] = *word;
        c->owner[row][at] = (short)(box + 1);
    }
}

static void put_across(circuit *c, int row, int from, int to)
{
    for (int i = from; i < to; i++)
        if (c->paper[row][i] == ' ') c->paper[row][i] = '-';
}

/* What leaves box b: the blank behind it, and its name; of the last one an arrow before that. */
static void write_box(circuit *c, int b)
{
    const circuit_box *x = &c->box[b];
    char name[2 * RG_LABEL];
    bool last = b == c->boxes - 1;
    snprintf(name, sizeof name, " %.*s%s%s", *x->name ? c->dash : 0, "--", last ? "> " : "", x->name);
    if (!x->leaf && x->at) put_word(c, x->row, x->at - 1, " ", b);
    put_word(c, x->row, x->at, x->text, b);
    put_word(c, x->row, x->at + x->width, name, b);
}

static int arrival_of(const circuit *c, const circuit_line *l)
{
    return c->box[l->to].at + (l->into ? l->into : -2);
}

static void put_line(circuit *c, const circuit_line *l)
{
    const circuit_box *from = &c->box[l->from];
    int start = from->row == l->row ? from->at + from->width + 1 : fork_of(c, from);
    put_across(c, l->row, start, arrival_of(c, l));
    if (!l->into) put_word(c, l->row, arrival_of(c, l), ">", l->to);
}

/* What an upright line of that id would stand on, or touch: a box, from 1; -1: another such
 * line; 0: nothing. */
static int met_by(const circuit *c, int row, int at, short id)
{
    for (int i = at ? at - 1 : at; i <= at + 1 && i < c->width; i++) {
        short owner = c->owner[row][i];
        if (owner && owner != -id) return owner > 0 ? owner : -1;
    }
    return 0;
}

/* An upright line; what it meets, above its foot and below its head. */
static int put_upright(circuit *c, int at, int from, int to, short id)
{
    for (int row = from; row <= to; row++) {
        int met = row > from && row < to ? met_by(c, row, at, id) : 0;
        char *cell = &c->paper[row][at];
        if (met || c->owner[row][at] > 0) return met ? met : c->owner[row][at];
        if (c->owner[row][at] && c->owner[row][at] != -id) return -1;
        if (row == from || row == to)
            *cell = '+';
        else if (*cell != '+')
            *cell = '|';
        c->owner[row][at] = (short)-id;
    }
    return 0;
}

/* What line l met on its way down from its fork, or up to its gate. */
static int put_fork(circuit *c, const circuit_line *l)
{
    const circuit_box *from = &c->box[l->from];
    return from->lines > 1
               ? put_upright(c, fork_of(c, from), from->row, l->row, (short)(1 + l->from))
               : 0;
}

static int put_arrival(circuit *c, const circuit_line *l)
{
    int at = arrival_of(c, l), row = c->box[l->to].row + 1;
    if (!l->into) return 0;
    int met = put_upright(c, at, row, l->row, (short)(1 + MOST_BOXES + (l - c->line)));
    if (!met) c->paper[row][at] = '^';
    return met;
}

/* A leaf goes back to the edge; else the line goes to the right. */
static bool make_way(circuit *c, int met, int *line)
{
    circuit_box *b = met > 0 ? &c->box[met - 1] : NULL;
    if (b && b->leaf && b->lines == 1 && !b->left)
        b->left = true;
    else
        ++*line;
    return false;
}

/* False: something was in the way, and has been moved. */
static bool draw_circuit(circuit *c)
{
    memset(c->owner, 0, sizeof c->owner);
    memset(c->paper, ' ', sizeof c->paper);
    for (int b = 0; b < c->boxes; b++)
        if (c->box[b].row >= 0) write_box(c, b);
    for (int i = 0; i < c->lines; i++) put_line(c, &c->line[i]);
    for (int i = 0; i < c->lines; i++) {
        const circuit_line *l = &c->line[i];
        circuit_box *to = &c->box[l->to];
        int met = put_fork(c, l);
        if (met) return make_way(c, met, &c->box[l->from].fork);
        met = put_arrival(c, l);
        to->least = met ? to->at : to->least;
        if (met) return make_way(c, met, &to->least);
    }
    return true;
}

static bool fit_circuit(circuit *c)
{
    if (!lay_rows(c)) return false;
    for (int b = 0; b < c->boxes; b++)
        if (!c->box[b].leaf) spread_arrivals(c, &c->box[b]);
    for (c->dash = 2; c->dash > 0; c->dash--) {
        for (int b = 0; b < c->boxes; b++) c->box[b].least = c->box[b].fork = c->box[b].left = 0;
        for (int i = 0; i < MOST_TRIES && place_boxes(c); i++)
            if (draw_circuit(c)) return true;
    }
    return false;
}

void rg_tell_circuit(rg_page *p, const rg_story *s)
{
    circuit c = {.s = s, .width = p->width - INDENT};
    if (!fill_circuit(&c, p->digits) || !fit_circuit(&c)) return;
    for (int row = 0; row < c.rows; row++) {
        rg_page_put(p, "%*s%.*s", INDENT, "", c.width, c.paper[row]);
        rg_page_end(p);
    }
    rg_page_end(p);
}
