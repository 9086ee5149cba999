/* sheet_graph.c - the drawings of the page: one of the whole, its scopes and loops closed, and
 * one of each of those. A box for each wire: its value above, its gradient below, - where
 * nothing has arrived. Of a loop one round is drawn; the script puts the numbers of the
 * others into it, by the lists that stand in the data. */
#include "page.h"
#include "sheet.h"
#include "view.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BOX_HEIGHT = 28, CELL_HEIGHT = 66, LONGEST_FORMULA = 22, MOST_VIEWS = 60 };
#define CHARACTER 7.3

/* ---- words ---------------------------------------------------------------------------------- */

/* The formula of a gate, or its op where that is too long. */
static const char *box_text(const rg_sheet *h, const rg_view_box *b, char buf[RG_TEXT])
{
    const rg_node *x = h->s->t->node[b->id];
    rg_wire_role role = h->s->wire[x->id].role;
    bool part = h->o.part[b->part].kind != RG_OUTLINE_WIRE;
    if (b->kind == RG_VIEW_PART || (b->kind == RG_VIEW_FROM && part))
        return rg_outline_title(&h->o, b->part, buf);
    if (b->kind == RG_VIEW_FROM && role == RG_ROLE_GATE) return strcpy(buf, "from before");
    if (b->kind == RG_VIEW_TO) {
        rg_story_name(h->s, h->s->t->node[h->o.part[b->part].from], h->digits, buf + 3);
        return memcpy(buf, "to ", 3), buf;
    }
    if (role != RG_ROLE_GATE) return strcpy(buf, role == RG_ROLE_INPUT ? "input" : "given");
    rg_formula_text(h->s, x, x->op->formula, h->digits < 4 ? h->digits : 4, buf);
    return strlen(buf) > LONGEST_FORMULA ? x->op->name : buf;
}

/* "(2x3)" with the sign of multiplication. */
const char *rg_sheet_shape(const rg_node *x, char buf[RG_TEXT])
{
    char plain[RG_TEXT];
    size_t n = 0;
    rg_shape_text(rg_shape_of(x), plain);
    buf[n++] = '(';
    for (const char *c = plain; *c && n + 4 < RG_TEXT; c++)
        if (*c == 'x' && c > plain && c[-1] >= '0' && c[-1] <= '9') {
            buf[n++] = '\xc3';
            buf[n++] = '\x97';
        } else
            buf[n++] = *c;
    buf[n++] = ')';
    buf[n] = 0;
    return buf;
}

static double norm_of(const rg_node *x)
{
    double sum = 0;
    for (int64_t i = 0; i < x->layout->count; i++) {
        double v = rg_entry(x, i);
        sum += v * v;
    }
    return sqrt(sum);
}

const char *rg_sheet_short_value(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    if (x->layout->count != 1) return rg_sheet_shape(x, buf);
    return rg_number_text(rg_entry(x, 0), h->digits < 6 ? h->digits : 6, buf);
}

const char *rg_sheet_short_gradient(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    const rg_node *g = h->s->wire[x->id].gradient;
    char number[RG_LABEL];
    if (x == h->s->y) return strcpy(buf, "1"); /* where the way back begins */
    if (!g) return strcpy(buf, "-");
    if (g->layout->count == 1) return rg_sheet_short_value(h, g, buf);
    snprintf(buf, RG_TEXT, "norm %s", rg_number_text(norm_of(g), 3, number));
    return buf;
}

/* Characters, not bytes: UTF-8 goes on with 10xxxxxx. */
static double text_width(const char *text)
{
    int n = 0;
    for (; *text; text++) n += (*text & 0xc0) != 0x80;
    return n * CHARACTER;
}

/* "v1 = 2.71828", "W (2x3)" */
static const char *value_label(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    char name[RG_LABEL], value[RG_TEXT];
    snprintf(buf, RG_TEXT, "%s %s%.60s", rg_story_name(h->s, x, h->digits, name),
             x->layout->count == 1 ? "= " : "", rg_sheet_short_value(h, x, value));
    return buf;
}

/* ---- the same box in another round ----------------------------------------------------------- */

/* Wire `id` of the part `first` is the wire of which rank? */
static int rank_of(const rg_sheet *h, const rg_outline_part *first, uint32_t id)
{
    int rank = 0;
    for (uint32_t i = first->from; i < id; i++) rank += rg_sheet_tells(h, i);
    return rank;
}

static uint32_t of_rank(const rg_sheet *h, const rg_outline_part *p, int rank)
{
    uint32_t id = p->from;
    for (;; id++)
        if (rg_sheet_tells(h, id) && rank-- == 0) return id;
}

/* The wire that stands in box b when the drawing shows part p, which is alike. */
static uint32_t wire_in_box(const rg_sheet *h, const rg_view *v, const rg_outline_part *first,
                            const rg_outline_part *p, int b)
{
    uint32_t id = v->box[b].id;
    if (id >= first->from && id < first->to) return of_rank(h, p, rank_of(h, first, id));
    for (int i = 0; i < v->lines; i++) {
        const rg_view_line *l = &v->line[i];
        if (l->from != b || l->gate == UINT32_MAX) continue;
        const rg_node *y = h->s->t->node[of_rank(h, p, rank_of(h, first, l->gate))];
        if (l->wire < y->nin) return rg_story_root(h->s, rg_in(y, l->wire))->id;
    }
    return id;
}

/* Is the view drawn of one round for all? *first: that round, or the part of it. */
static bool is_repeated(const rg_sheet *h, const rg_view *v, const rg_outline_part **first)
{
    int part = rg_outline_drawn(&h->o, v->part);
    bool repeated = false;
    *first = &h->o.part[part];
    for (int p = part; p; p = h->o.part[p].parent) repeated |= h->o.part[p].kind == RG_OUTLINE_ROUND;
    return repeated && !rg_view_is_large(v);
}

static bool is_instance(const rg_outline_part *p, const rg_outline_part *first)
{
    return p->kind == first->kind && p->look == first->look && p->wires == first->wires;
}

/* The wire of a box in the last round: there numbers, and names like v6665, are longest. */
static uint32_t last_in_box(const rg_sheet *h, const rg_view *v, const rg_view_box *b)
{
    const rg_outline_part *first;
    if (b->kind != RG_VIEW_WIRE || !is_repeated(h, v, &first)) return b->id;
    int i = h->o.parts - 1;
    while (!is_instance(&h->o.part[i], first)) i--;
    return wire_in_box(h, v, first, &h->o.part[i], (int)(b - v->box));
}

/* What a box needs when it stands for wire `id`; while a gradient is a part it ends in " + ...". */
static double width_of_box(const rg_sheet *h, rg_view_box b, uint32_t id)
{
    char text[RG_TEXT];
    b.id = id;
    const rg_node *x = h->s->t->node[id];
    double w = text_width(box_text(h, &b, text)) + 18;
    int around = h->s->wire[id].parts > 1 ? 12 : 6;
    if (b.kind == RG_VIEW_TO) return w;
    w = fmax(w, text_width(value_label(h, x, text)));
    return fmax(w, text_width(rg_sheet_short_gradient(h, x, text)) + around * CHARACTER);
}

static void box_size(void *ud, const rg_view *v, const rg_view_box *b, double *w, double *height)
{
    const rg_sheet *h = ud;
    *w = fmax(width_of_box(h, *b, b->id), width_of_box(h, *b, last_in_box(h, v, b)));
    *height = CELL_HEIGHT;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void draw_lines(const rg_sheet *h, const rg_view *v)
{
    for (int i = 0; i < v->lines; i++) {
        const rg_view_line *l = &v->line[i];
        const char *out = l->gate == UINT32_MAX ? " out" : "";
        rg_pen_put(h->p, "<path class=\"wire%s\" data-a=\"%d\" data-b=\"%d\" data-w=\"%d\" d=\"", out,
                   l->from, l->to, l->wire);
        rg_chart_path(h->p, &v->chart, i);
        rg_pen_text(h->p, "\"/>\n");
    }
}

static const char *box_class(const rg_sheet *h, const rg_view_box *b)
{
    if (b->kind == RG_VIEW_PART) return "part";
    if (b->kind != RG_VIEW_WIRE) return "stub";
    return h->s->wire[b->id].role == RG_ROLE_GATE ? "gate" : "leaf";
}

static void draw_labels(const rg_sheet *h, const rg_node *x, const rg_chart_box *at)
{
    char text[RG_TEXT];
    rg_pen_put(h->p, "<text class=\"val\" x=\"%.1f\" y=\"%.1f\"><tspan data-k>", at->x,
               at->y - 20);
    rg_sheet_name(h, x);
    rg_pen_put(h->p, "</tspan>%s<tspan data-v>", x->layout->count == 1 ? " = " : " ");
    rg_html_text(h->p, rg_sheet_short_value(h, x, text));
    rg_pen_put(h->p,
               "</tspan></text><text class=\"grad\" x=\"%.1f\" y=\"%.1f\">grad <tspan data-d>",
               at->x, at->y + 29);
    rg_html_text(h->p, rg_sheet_short_gradient(h, x, text));
    rg_pen_text(h->p, "</tspan></text>");
}

static void draw_box(const rg_sheet *h, const rg_view *v, int i)
{
    const rg_view_box *b = &v->box[i];
    const rg_chart_box *at = &v->chart.box[i];
    const rg_outline_part *p = &h->o.part[b->part];
    const rg_node *x = h->s->t->node[b->id];
    char text[RG_TEXT];
    const char *kind = box_class(h, b);
    rg_pen_put(h->p, "<g class=\"box %s\" data-n=\"%u\"", kind, (unsigned)x->id);
    if (p->kind != RG_OUTLINE_WIRE) rg_pen_put(h->p, " data-p=\"%u %u\"", (unsigned)p->from, (unsigned)p->to);
    rg_pen_put(h->p, "><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"%d\"/>",
               at->x - at->w / 2, at->y - BOX_HEIGHT / 2, at->w, BOX_HEIGHT,
               b->kind == RG_VIEW_WIRE && *kind == 'l' ? 14 : 7);
    rg_pen_put(h->p, "<text class=\"op\" x=\"%.1f\" y=\"%.1f\">", at->x, at->y + 4);
    rg_html_text(h->p, box_text(h, b, text));
    rg_pen_text(h->p, "</text>");
    if (b->kind != RG_VIEW_TO) draw_labels(h, x, at);
    rg_pen_text(h->p, "</g>\n");
}

static void draw_view(const rg_sheet *h, const rg_view *v)
{
    char title[RG_TEXT];
    const rg_chart *c = &v->chart;
    rg_pen_put(h->p,
               "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"drawing %d\"><svg "
               "class=\"graph\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
               "height=\"%.0f\" style=\"min-width:%.0fpx\">\n<title>",
               v->part, c->width, c->height, 1.2 * c->width, 1.2 * c->height, 0.85 * c->width);
    if (v->part)
        rg_html_put(h->p, "Inside %s", rg_outline_title(&h->o, v->part, title));
    else
        rg_pen_text(h->p,
                    "The calculation as a graph; the table of wires says the same in words");
    rg_pen_text(h->p, "</title>\n");
    draw_lines(h, v);
    for (int i = 0; i < v->boxes; i++) draw_box(h, v, i);
    rg_pen_text(h->p, "</svg></div>\n");
}

/* ---- all views ------------------------------------------------------------------------------ */

static bool has_gates(const rg_sheet *h, const rg_outline_part *p)
{
    for (uint32_t id = p->from; id < p->to; id++)
        if (h->s->wire[id].role == RG_ROLE_GATE) return true;
    return false;
}

/* Call fn for the whole and for every scope and loop in it, but not in rounds that are not
 * drawn. */
typedef struct view_walk {
    rg_sheet *h;
    void (*fn)(rg_sheet *h, rg_view *v);
    int left;
} view_walk;

static void walk_view(view_walk *w, int part)
{
    rg_view v = {.o = &w->h->o, .part = part};
    if (rg_view_open(&v)) w->fn(w->h, &v);
    rg_view_close(&v);
}

static void walk_views(view_walk *w, int part)
{
    const rg_outline *o = &w->h->o;
    for (int c = o->part[part].child; c; c = o->part[c].next) {
        if (o->part[c].kind == RG_OUTLINE_WIRE || !has_gates(w->h, &o->part[c])) continue;
        if (w->left-- <= 0) return;
        walk_view(w, c);
        walk_views(w, rg_outline_drawn(o, c));
    }
}

static void write_view(rg_sheet *h, rg_view *v)
{
    char title[RG_TEXT];
    if (v->part) {
        rg_pen_put(h->p, "<details class=\"view\" data-part=\"%d\"><summary>", v->part);
        rg_html_text(h->p, rg_outline_title(&h->o, v->part, title));
        rg_pen_text(h->p, "</summary>\n");
    } else
        rg_pen_text(h->p, "<div class=\"view\" data-part=\"0\">\n");
    if (rg_view_is_large(v))
        rg_pen_put(h->p, "<p class=\"note\">%d wires are too many to draw.</p>\n", v->boxes);
    else if (rg_view_arrange(v, box_size, h))
        draw_view(h, v);
    rg_pen_text(h->p, v->part ? "</details>\n" : "</div>\n");
}

void rg_sheet_graph(rg_sheet *h)
{
    view_walk w = {h, write_view, MOST_VIEWS};
    walk_view(&w, 0);
    walk_views(&w, 0);
}

/* ---- rounds, for the script ------------------------------------------------------------------ */

static void list_instance(rg_sheet *h, const rg_view *v, const rg_outline_part *first, const rg_outline_part *p)
{
    rg_json_open(h->p, '[');
    for (int b = 0; b < v->boxes; b++)
        rg_json_whole(h->p, p == first ? v->box[b].id : wire_in_box(h, v, first, p, b));
    rg_json_close(h->p, ']');
}

/* Parts that stand where `part` stands in its round, in every round of every loop around. */
static void each_instance(rg_sheet *h, const rg_view *v, const rg_outline_part *first)
{
    for (int i = 0; i < h->o.parts; i++) {
        const rg_outline_part *p = &h->o.part[i];
        if (is_instance(p, first)) list_instance(h, v, first, p);
    }
}

static void list_rounds(rg_sheet *h, rg_view *v)
{
    const rg_outline_part *first;
    char key[RG_LABEL];
    if (!is_repeated(h, v, &first)) return;
    snprintf(key, sizeof key, "%d", v->part);
    rg_json_key(h->p, key);
    rg_json_open(h->p, '[');
    each_instance(h, v, first);
    rg_json_close(h->p, ']');
}

void rg_sheet_rounds(rg_sheet *h)
{
    view_walk w = {h, list_rounds, MOST_VIEWS};
    rg_json_open(h->p, '{');
    walk_views(&w, 0);
    rg_json_close(h->p, '}');
}
