/* sheet_graph.c - the drawing of the calculation: a box for each wire, its value above, its
 * gradient below, - where nothing has arrived. */
#include "chart.h"
#include "page.h"
#include "sheet.h"
#include <stdio.h>
#include <string.h>

enum { BOX_HEIGHT = 26, CELL_HEIGHT = 62, LONGEST_FORMULA = 22 };
#define CHARACTER 7.3

/* ---- boxes ---------------------------------------------------------------------------------- */

/* The formula of a gate, or its op where that is too long. */
static const char *box_text(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    rg_wire_role role = h->s->wire[x->id].role;
    if (role != RG_ROLE_GATE) return role == RG_ROLE_INPUT ? "input" : "given";
    rg_formula_text(h->s, x, x->op->formula, h->digits < 4 ? h->digits : 4, buf);
    return strlen(buf) > LONGEST_FORMULA ? x->op->name : buf;
}

/* A number, or the shape of what is not one. */
static const char *short_text(const rg_node *x, int digits, char buf[RG_TEXT])
{
    if (!x) return strcpy(buf, "-");
    if (x->layout->count == 1)
        rg_number_text(rg_entry(x, 0), digits < 6 ? digits : 6, buf);
    else
        rg_shape_text(rg_shape_of(x), buf);
    return buf;
}

/* That of the output is where the way back begins. */
static const char *gradient_text(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    if (x == h->s->y) return strcpy(buf, "1");
    return short_text(h->s->wire[x->id].gradient, h->digits, buf);
}

/* Characters, not bytes: UTF-8 goes on with 10xxxxxx. */
static double text_width(const char *text)
{
    int n = 0;
    for (; *text; text++) n += (*text & 0xc0) != 0x80;
    return n * CHARACTER;
}

/* "v1 = 2.71828" */
static const char *value_label(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT])
{
    char name[RG_LABEL], value[RG_TEXT];
    snprintf(buf, RG_TEXT, "%s = %.60s", rg_story_name(h->s, x, h->digits, name),
             short_text(x, h->digits, value));
    return buf;
}

static double box_width(const rg_sheet *h, const rg_node *x)
{
    char text[RG_TEXT];
    double w = text_width(box_text(h, x, text)) + 16, label = text_width(value_label(h, x, text));
    if (label > w) w = label;
    label = text_width(gradient_text(h, x, text)) + 6 * CHARACTER;
    return label > w ? label : w;
}

/* ---- from the story to a chart ----------------------------------------------------------------
 */

/* Wires of a gate that are drawn as lines: not the literals, which stand in its box. */
static bool is_line(const rg_sheet *h, const rg_node *y, int k)
{
    return rg_sheet_tells(h, rg_story_root(h->s, rg_in(y, k))->id);
}

typedef struct plan_of_boxes {
    int *box; /* by id, from 1 */
    int boxes, lines;
} plan_of_boxes;

static bool count_boxes(const rg_sheet *h, plan_of_boxes *n)
{
    n->box = rg_scratch(h->s->t, h->s->wires * sizeof *n->box);
    if (!n->box) return false;
    for (uint32_t id = 0; id < h->s->wires; id++) {
        const rg_node *x = h->s->t->node[id];
        n->box[id] = rg_sheet_tells(h, id) ? ++n->boxes : 0;
        for (int k = 0; k < x->nin && n->box[id]; k++) n->lines += is_line(h, x, k);
    }
    return true;
}

static void fill_boxes(const rg_sheet *h, const plan_of_boxes *n, rg_chart *c)
{
    int line = 0;
    for (uint32_t id = 0; id < h->s->wires; id++) {
        const rg_node *x = h->s->t->node[id];
        int first = line;
        if (!n->box[id]) continue;
        c->box[n->box[id] - 1] = (rg_chart_box){.w = box_width(h, x), .h = CELL_HEIGHT};
        for (int k = 0; k < x->nin; k++)
            if (is_line(h, x, k))
                c->line[line++] =
                    (rg_chart_line){.from = n->box[rg_story_root(h->s, rg_in(x, k))->id] - 1,
                                    .to = n->box[id] - 1,
                                    .port = k};
        for (int i = first; i < line; i++) {
            c->line[i].port = i - first;
            c->line[i].ports = line - first;
        }
    }
}

/* ---- drawing ----------------------------------------------------------------------------------
 */

static void draw_lines(const rg_sheet *h, const rg_chart *c)
{
    int line = 0;
    for (uint32_t id = 0; id < h->s->wires; id++) {
        const rg_node *x = h->s->t->node[id];
        for (int k = 0; k < x->nin && rg_sheet_tells(h, id); k++) {
            if (!is_line(h, x, k)) continue;
            rg_pen_put(h->p, "<path class=\"wire\" data-g=\"%u\" data-w=\"%d\" data-i=\"%u\" d=\"",
                       (unsigned)id, k, (unsigned)rg_story_root(h->s, rg_in(x, k))->id);
            rg_chart_path(h->p, c, line++);
            rg_pen_text(h->p, "\"/>\n");
        }
    }
}

static void draw_box(const rg_sheet *h, const rg_node *x, const rg_chart_box *b)
{
    char text[RG_TEXT], g[RG_TEXT], value[RG_TEXT];
    bool gate = h->s->wire[x->id].role == RG_ROLE_GATE;
    rg_pen_put(h->p, "<g class=\"box%s\" id=\"g%u\" data-n=\"%u\"><title>", gate ? " gate" : "",
               (unsigned)x->id, (unsigned)x->id);
    rg_html_text(h->p, value_label(h, x, text));
    rg_html_put(h->p, ", %s = %.60s", rg_gradient_name(h->s, x, g), gradient_text(h, x, value));
    rg_pen_put(h->p, "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"%d\"/>",
               b->x - b->w / 2, b->y - BOX_HEIGHT / 2, b->w, BOX_HEIGHT, gate ? 7 : 13);
    rg_pen_put(h->p, "<text class=\"op\" x=\"%.1f\" y=\"%.1f\">", b->x, b->y + 4);
    rg_html_text(h->p, box_text(h, x, text));
    rg_pen_put(h->p, "</text><text class=\"val\" x=\"%.1f\" y=\"%.1f\">", b->x, b->y - 19);
    rg_html_put(h->p, "%s = ", rg_story_name(h->s, x, h->digits, g));
    rg_pen_put(h->p, "<tspan data-v=\"%u\">", (unsigned)x->id);
    rg_html_text(h->p, short_text(x, h->digits, value));
    rg_pen_put(
        h->p,
        "</tspan></text><text class=\"grad\" x=\"%.1f\" y=\"%.1f\">grad <tspan data-d=\"%u\">",
        b->x, b->y + 27, (unsigned)x->id);
    rg_html_text(h->p, gradient_text(h, x, value));
    rg_pen_text(h->p, "</tspan></text></g>\n");
}

static void draw_chart(const rg_sheet *h, const plan_of_boxes *n, const rg_chart *c)
{
    rg_pen_put(h->p,
               "<svg class=\"graph\" role=\"img\" aria-labelledby=\"graph-title\" viewBox=\"0 0 "
               "%.0f %.0f\" width=\"%.0f\" "
               "height=\"%.0f\" style=\"min-width:%.0fpx\">\n<title id=\"graph-title\">The "
               "calculation as a graph; the "
               "table of wires says the same in words</title>\n",
               c->width, c->height, 1.25 * c->width, 1.25 * c->height, c->width);
    draw_lines(h, c);
    for (uint32_t id = 0; id < h->s->wires; id++)
        if (n->box[id]) draw_box(h, h->s->t->node[id], &c->box[n->box[id] - 1]);
    rg_pen_text(h->p, "</svg>\n");
}

void rg_sheet_graph(rg_sheet *h)
{
    rg_chart c;
    plan_of_boxes n = {0};
    if (!count_boxes(h, &n)) return;
    if (n.boxes > RG_CHART_BOXES || n.lines > RG_CHART_LINES) {
        rg_pen_put(h->p, "<p class=\"note\">%d wires are too many to draw.</p>\n", n.boxes);
    } else {
        if (rg_chart_open(&c, h->s->t, n.boxes, n.lines)) {
            fill_boxes(h, &n, &c);
            if (rg_chart_arrange(&c)) draw_chart(h, &n, &c);
        }
        rg_chart_free(&c);
    }
    rg_scratch_free(h->s->t, n.box, h->s->wires * sizeof *n.box);
}
