/* chart.c - a layered drawing, after Sugiyama, Tagawa and Toda (1981): columns by the longest
 * path, fewer crossings by medians, then the heights that bring lines nearest to straight:
 * a least-squares fit under the order, by pooling adjacent violators. */
#include "chart.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 56, BETWEEN = 14, LANE = 14, PORT = 13, SWEEPS = 12, MARGIN = 12 };

/* ---- memory ------------------------------------------------------------------------------- */

static void *chart_room(rg_chart *c, int n, size_t size)
{
    void *p = rg_scratch(c->t, (size_t)(n + 1) * size);
    if (p) memset(p, 0, (size_t)(n + 1) * size);
    return p;
}

static void chart_give(rg_chart *c, void *p, int n, size_t size)
{
    if (p) rg_scratch_free(c->t, p, (size_t)(n + 1) * size);
}

bool rg_chart_open(rg_chart *c, rg_tape *t, int boxes, int lines)
{
    *c = (rg_chart){.t = t, .boxes = boxes, .lines = lines};
    c->box = chart_room(c, boxes, sizeof *c->box);
    c->line = c->box ? chart_room(c, lines, sizeof *c->line) : NULL;
    return c->line != NULL;
}

void rg_chart_free(rg_chart *c)
{
    chart_give(c, c->box, c->boxes, sizeof *c->box);
    chart_give(c, c->line, c->lines, sizeof *c->line);
    chart_give(c, c->bend, c->bends, sizeof *c->bend);
    chart_give(c, c->left, c->columns, sizeof *c->left);
    chart_give(c, c->right, c->columns, sizeof *c->right);
    memset(c, 0, sizeof *c);
}

/* ---- columns -------------------------------------------------------------------------------- */

static void assign_columns(rg_chart *c)
{
    for (int i = 0; i < c->lines; i++) {
        const rg_chart_line *l = &c->line[i]; /* lines come by their ends, which grow */
        if (c->box[l->to].column <= c->box[l->from].column)
            c->box[l->to].column = c->box[l->from].column + 1;
    }
    for (int b = c->boxes; b-- > 0;) { /* a box that nothing leads to stands by its first reader */
        int nearest = -1;
        bool led_to = false;
        for (int i = 0; i < c->lines; i++) {
            led_to |= c->line[i].to == b;
            int column = c->box[c->line[i].to].column;
            if (c->line[i].from == b && (nearest < 0 || column < nearest)) nearest = column;
        }
        if (!led_to && nearest > 0) c->box[b].column = nearest - 1;
    }
    c->columns = 0;
    for (int b = 0; b < c->boxes; b++)
        if (c->box[b].column >= c->columns) c->columns = c->box[b].column + 1;
}

static int bends_of(const rg_chart *c, const rg_chart_line *l)
{
    return c->box[l->to].column - c->box[l->from].column - 1;
}

/* ---- places: the boxes and bends of each column, in order ---------------------------------- */

typedef struct place {
    int box, line, bend; /* box >= 0, or a bend of a line */
    double h, y, wish;
    int order;
} place;

typedef struct arrangement {
    rg_chart *c;
    place *place;          /* by column */
    int *first;            /* of each column; first[columns] is the end */
    int *of_box, *of_bend; /* place of each */
    int places;
} arrangement;

static bool make_bends(rg_chart *c)
{
    for (int i = 0; i < c->lines; i++) {
        c->line[i].first = c->bends;
        c->line[i].bends = bends_of(c, &c->line[i]);
        c->bends += c->line[i].bends;
    }
    c->bend = chart_room(c, c->bends, sizeof *c->bend);
    c->left = c->bend ? chart_room(c, c->columns, sizeof *c->left) : NULL;
    c->right = c->left ? chart_room(c, c->columns, sizeof *c->right) : NULL;
    for (int i = 0; i < c->lines && c->right; i++)
        for (int k = 0; k < c->line[i].bends; k++)
            c->bend[c->line[i].first + k].column = c->box[c->line[i].from].column + 1 + k;
    return c->right != NULL;
}

/* Boxes and bends sorted by column, each column in the order of recording. */
static void fill_places(arrangement *a)
{
    const rg_chart *c = a->c;
    int n = 0;
    for (int column = 0; column < c->columns; column++) {
        a->first[column] = n;
        for (int b = 0; b < c->boxes; b++)
            if (c->box[b].column == column) {
                a->of_box[b] = n;
                a->place[n++] = (place){.box = b, .line = -1, .h = c->box[b].h};
            }
        for (int i = 0; i < c->lines; i++) {
            int k = column - c->box[c->line[i].from].column - 1;
            if (k < 0 || k >= c->line[i].bends) continue;
            a->of_bend[c->line[i].first + k] = n;
            a->place[n++] = (place){.box = -1, .line = i, .bend = k, .h = LANE};
        }
    }
    a->first[c->columns] = n;
}

/* Where line i is in the column of its k-th place, 0 for its beginning. */
static const place *on_line(const arrangement *a, int i, int k)
{
    const rg_chart_line *l = &a->c->line[i];
    if (k == 0) return &a->place[a->of_box[l->from]];
    return &a->place[k > l->bends ? a->of_box[l->to] : a->of_bend[l->first + k - 1]];
}

/* Where the k-th place of line l would like to be for its neighbour q's sake. */
static double pull(const place *q, const rg_chart_line *l, int k, bool left, bool heights)
{
    bool arrives = left && k == l->bends + 1, leaves = !left && k == l->bends;
    if (!heights) return q->order + (leaves ? 0.01 * l->port : 0);
    return q->y + (arrives ? -rg_chart_port(l) : leaves ? rg_chart_port(l) : 0);
}

/* The sum of that over the neighbours to the left or to the right, and how many there are. */
static double neighbours(const arrangement *a, const place *p, bool left, bool heights, int *n)
{
    double sum = 0;
    int from = p->box < 0 ? p->line : 0, to = p->box < 0 ? p->line + 1 : a->c->lines;
    *n = 0;
    for (int i = from; i < to; i++) {
        const rg_chart_line *l = &a->c->line[i];
        int k = p->box < 0          ? p->bend + 1
                : l->from == p->box ? 0
                : l->to == p->box   ? l->bends + 1
                                    : -1;
        if (k < 0 || (left ? k == 0 : k > l->bends)) continue;
        sum += pull(on_line(a, i, left ? k - 1 : k + 1), l, k, left, heights);
        ++*n;
    }
    return sum;
}

/* ---- order ---------------------------------------------------------------------------------- */

static int by_wish(const void *x, const void *y)
{
    const place *a = x, *b = y;
    if (a->wish != b->wish) return a->wish < b->wish ? -1 : 1;
    return a->order - b->order;
}

static void note_places(arrangement *a, int column)
{
    for (int i = a->first[column]; i < a->first[column + 1]; i++) {
        place *p = &a->place[i];
        p->order = i - a->first[column];
        if (p->box >= 0)
            a->of_box[p->box] = i;
        else
            a->of_bend[a->c->line[p->line].first + p->bend] = i;
    }
}

static void sort_column(arrangement *a, int column, bool left)
{
    int n;
    for (int i = a->first[column]; i < a->first[column + 1]; i++) {
        double sum = neighbours(a, &a->place[i], left, false, &n);
        a->place[i].wish = n ? sum / n : a->place[i].order;
    }
    qsort(a->place + a->first[column], (size_t)(a->first[column + 1] - a->first[column]),
          sizeof *a->place, by_wish);
    note_places(a, column);
}

static void find_order(arrangement *a)
{
    for (int column = 0; column < a->c->columns; column++) note_places(a, column);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (int k = 1; k < a->c->columns; k++)
            sort_column(a, sweep % 2 ? a->c->columns - 1 - k : k, sweep % 2 == 0);
    }
}

/* ---- heights -------------------------------------------------------------------------------- */

/* From the top of the column to the middle of place i, were they all packed. */
static double packed(const place *p, int i)
{
    double h = 0;
    for (int k = 0; k < i; k++) h += p[k].h + BETWEEN;
    return h + p[i].h / 2;
}

/* The heights nearest to the wishes that keep the order and the distances: pool
 * neighbours whose wishes, less what is between them, fall. */
static void fit_heights(place *p, int n)
{
    for (int i = 0; i < n; i++) p[i].y = p[i].wish - packed(p, i);
    for (int i = 1; i < n; i++) {
        int first = i;
        double sum = p[i].y;
        while (first > 0 && p[first - 1].y > sum / (i - first + 1)) sum += p[--first].y;
        for (int k = first; k <= i; k++) p[k].y = sum / (i - first + 1);
    }
    for (int i = 0; i < n; i++) p[i].y += packed(p, i);
}

/* Where the neighbours on one side would like it. */
static void settle_column(arrangement *a, int column, bool left)
{
    place *p = a->place + a->first[column];
    int n, count = a->first[column + 1] - a->first[column];
    for (int i = 0; i < count; i++) {
        double sum = neighbours(a, &p[i], left, true, &n);
        p[i].wish = n ? sum / n : p[i].y;
    }
    fit_heights(p, count);
}

static void find_heights(arrangement *a)
{
    for (int column = 0; column < a->c->columns; column++) {
        place *p = a->place + a->first[column];
        int n = a->first[column + 1] - a->first[column];
        for (int i = 0; i < n; i++) p[i].y = packed(p, i) - packed(p, n - 1) / 2;
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int k = 0; k < a->c->columns; k++)
            settle_column(a, sweep % 2 ? k : a->c->columns - 1 - k, sweep % 2);
}

/* ---- all of it ------------------------------------------------------------------------------ */

double rg_chart_port(const rg_chart_line *l)
{
    double step = l->ports > 2 ? 26.0 / l->ports : PORT;
    return (l->port - (l->ports - 1) / 2.0) * step;
}

static void place_columns(rg_chart *c)
{
    double x = MARGIN, gap = c->gap > 0 ? c->gap : GAP;
    for (int column = 0; column < c->columns; column++) {
        double w = 0;
        for (int b = 0; b < c->boxes; b++)
            if (c->box[b].column == column) w = fmax(w, c->box[b].w);
        c->left[column] = x;
        c->right[column] = x + w;
        for (int b = 0; b < c->boxes; b++)
            if (c->box[b].column == column) c->box[b].x = x + w / 2;
        x += w + gap;
    }
    c->width = x - gap + MARGIN;
}

static void place_rows(const arrangement *a)
{
    rg_chart *c = a->c;
    double top = 0, bottom = 0;
    for (int i = 0; i < a->places; i++) {
        top = fmin(top, a->place[i].y - a->place[i].h / 2);
        bottom = fmax(bottom, a->place[i].y + a->place[i].h / 2);
    }
    for (int b = 0; b < c->boxes; b++) c->box[b].y = a->place[a->of_box[b]].y - top + MARGIN;
    for (int i = 0; i < c->bends; i++) c->bend[i].across = a->place[a->of_bend[i]].y - top + MARGIN;
    c->height = bottom - top + 2 * MARGIN;
}

static void swap(double *a, double *b)
{
    double x = *a;
    *a = *b;
    *b = x;
}

/* Between the chart as it is worked on, from left to right, and one that runs down. */
static void turn_chart(rg_chart *c)
{
    for (int b = 0; b < c->boxes && c->down; b++) {
        swap(&c->box[b].w, &c->box[b].h);
        swap(&c->box[b].x, &c->box[b].y);
    }
    if (c->down) swap(&c->width, &c->height);
}

static bool arrange_columns(rg_chart *c)
{
    assign_columns(c);
    if (!make_bends(c)) return false;
    arrangement a = {.c = c, .places = c->boxes + c->bends};
    a.place = chart_room(c, a.places, sizeof *a.place);
    a.first = a.place ? chart_room(c, c->columns, sizeof *a.first) : NULL;
    a.of_box = a.first ? chart_room(c, c->boxes, sizeof *a.of_box) : NULL;
    a.of_bend = a.of_box ? chart_room(c, c->bends, sizeof *a.of_bend) : NULL;
    if (a.of_bend) {
        fill_places(&a);
        find_order(&a);
        find_heights(&a);
        place_columns(c);
        place_rows(&a);
    }
    bool fine = a.of_bend != NULL;
    chart_give(c, a.place, a.places, sizeof *a.place);
    chart_give(c, a.first, c->columns, sizeof *a.first);
    chart_give(c, a.of_box, c->boxes, sizeof *a.of_box);
    chart_give(c, a.of_bend, c->bends, sizeof *a.of_bend);
    return fine;
}

bool rg_chart_arrange(rg_chart *c)
{
    turn_chart(c);
    bool fine = arrange_columns(c);
    turn_chart(c);
    return fine;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void go_straight(rg_pen *p, const rg_chart *c, double along)
{
    rg_pen_put(p, "%c%.1f", c->down ? 'V' : 'H', along);
}

static void go_curved(rg_pen *p, const rg_chart *c, double from, double at, double to, double end)
{
    double middle = (from + to) / 2;
    if (c->down)
        rg_pen_put(p, "C%.1f %.1f %.1f %.1f %.1f %.1f", at, middle, end, middle, end, to);
    else
        rg_pen_put(p, "C%.1f %.1f %.1f %.1f %.1f %.1f", middle, at, middle, end, to, end);
}

static double along_of(const rg_chart *c, const rg_chart_box *b, int side)
{
    return c->down ? b->y + side * b->h / 2 : b->x + side * b->w / 2;
}

/* Straight through the columns, bent in the gaps between them. */
void rg_chart_path(rg_pen *p, const rg_chart *c, int i)
{
    const rg_chart_line *l = &c->line[i];
    const rg_chart_box *from = &c->box[l->from], *to = &c->box[l->to];
    double at = c->down ? from->x : from->y, along = along_of(c, from, 1);
    double end = (c->down ? to->x : to->y) + rg_chart_port(l);
    rg_pen_put(p, "M%.1f %.1f", c->down ? at : along, c->down ? along : at);
    along = c->right[from->column];
    go_straight(p, c, along);
    for (int k = 0; k < l->bends; k++) {
        const rg_chart_bend *b = &c->bend[l->first + k];
        go_curved(p, c, along, at, c->left[b->column], b->across);
        at = b->across;
        along = c->right[b->column];
        go_straight(p, c, along);
    }
    go_curved(p, c, along, at, c->left[to->column], end);
    go_straight(p, c, along_of(c, to, -1) - 1);
}
