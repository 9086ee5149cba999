/* graph_text.c - a recording as a table, and for Graphviz. */
#include "picture.h"
#include "pen.h"
#include <stdio.h>
#include <string.h>

/* ---- a table --------------------------------------------------------------------------------- */

typedef struct columns {
    size_t what, from, shape, params;
} columns;

static const char *table_what(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    rg_wire_role role = p->s.wire[b->id].role;
    if (b->kind == RG_VIEW_PART) return rg_view_ops(&p->v, b, buf);
    if (role != RG_ROLE_GATE) return role == RG_ROLE_INPUT ? "parameter" : "input";
    return rg_formula_text(&p->s, p->s.t->node[b->id], p->s.t->node[b->id]->op->formula, 4, buf);
}

static const char *table_name(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    if (b->kind == RG_VIEW_PART) return rg_outline_title(&p->o, b->part, buf);
    return rg_story_name(&p->s, p->s.t->node[b->id], 6, buf);
}

/* The boxes that lead to box b, by name; `line` is the first that may, moved on. */
static const char *table_from(const rg_picture *p, int b, int *line, char buf[RG_TEXT])
{
    enum { MOST = 44 };
    char name[RG_TEXT];
    size_t n = 0;
    buf[0] = 0;
    for (; *line < p->v.lines && p->v.line[*line].to == b; ++*line) {
        if (n > MOST) continue;
        table_name(p, &p->v.box[p->v.line[*line].from], name);
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%s%.40s", n ? ", " : "", name);
        if (n > MOST) snprintf(buf + n, RG_TEXT - n, ", ...");
    }
    return buf;
}

static size_t wider(size_t column, const char *text, size_t most)
{
    size_t n = strlen(text);
    if (n > most) n = most;
    return n > column ? n : column;
}

static columns fit_columns(const rg_picture *p)
{
    char text[RG_TEXT];
    size_t name = 3, what = 4, from = 4, shape = 5;
    int line = 0;
    for (int b = 0; b < p->v.boxes; b++) {
        const rg_view_box *box = &p->v.box[b];
        name = wider(name, table_name(p, box, text), 18);
        what = wider(what, table_what(p, box, text), 24);
        from = wider(from, table_from(p, b, &line, text), 18);
        shape = wider(shape, rg_shape_text(rg_shape_of(p->s.t->node[box->id]), text), 14);
    }
    columns c = {.what = 2 + name + 2};
    c.from = c.what + what + 2;
    c.shape = c.from + from + 2;
    c.params = c.shape + shape + 2;
    return c;
}

static void table_row(rg_page *page, const rg_picture *p, const columns *c, int b, int *line)
{
    const rg_view_box *box = &p->v.box[b];
    const rg_node *x = p->s.t->node[box->id];
    char text[RG_TEXT], count[RG_LABEL];
    int64_t params = box->kind == RG_VIEW_PART                       ? box->held
                     : p->s.wire[box->id].role == RG_ROLE_INPUT ? x->layout->count
                                                                     : 0;
    rg_page_put(page, "  %s", table_name(p, box, text));
    rg_page_to(page, c->what, 2);
    rg_page_put(page, "%.60s", table_what(p, box, text));
    rg_page_to(page, c->from, 2);
    rg_page_put(page, "%s", table_from(p, b, line, text));
    rg_page_to(page, c->shape, 2);
    rg_page_put(page, "%s", rg_shape_text(rg_shape_of(x), text));
    rg_page_to(page, c->params, 2);
    if (params) rg_page_put(page, "%10s", rg_grouped_text((double)params, count));
    rg_page_end(page);
}

static void write_table(rg_page *page, const rg_picture *p)
{
    char text[RG_TEXT];
    int line = 0;
    columns c = fit_columns(p);
    rg_page_put(page, "GRAPH  %s", p->title);
    rg_page_end(page);
    rg_page_put(page, "  box");
    rg_page_to(page, c.what, 2);
    rg_page_put(page, "what");
    rg_page_to(page, c.from, 2);
    rg_page_put(page, "from");
    rg_page_to(page, c.shape, 2);
    rg_page_put(page, "shape");
    if (p->params) {
        rg_page_to(page, c.params, 2);
        rg_page_put(page, "parameters");
    }
    rg_page_end(page);
    for (int b = 0; b < p->v.boxes; b++) table_row(page, p, &c, b, &line);
    rg_page_put(page, "%s", rg_picture_sum(p, text));
    rg_page_end(page);
}

rg_status rg_graph_text(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                        void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_picture p;
    rg_page page = {.write = write, .ud = ud, .digits = 4, .width = RG_PAGE_WIDTH};
    rg_status status = rg_picture_open(&p, y, n, param, how, RG_VIEW_BARE);
    if (!status && !write) status = rg_refuse(p.s.t, RG_USAGE, NULL, "graph: nowhere to write to");
    if (!status) write_table(&page, &p);
    rg_picture_close(&p);
    return status;
}

/* ---- for Graphviz -------------------------------------------------------------------------- */

static void dot_text(rg_pen *p, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') rg_pen_bytes(p, "\\", 1);
        rg_pen_bytes(p, *text >= 0 && *text < ' ' ? " " : text, 1);
    }
}

static void dot_box(rg_pen *pen, const rg_picture *p, int i)
{
    const rg_view_box *b = &p->v.box[i];
    char text[RG_TEXT];
    bool leaf = b->kind == RG_VIEW_WIRE && p->s.wire[b->id].role != RG_ROLE_GATE;
    rg_pen_put(pen, "  n%d [label=\"", i);
    dot_text(pen, rg_picture_name(p, b, text));
    if (rg_picture_about(p, b, text)[0]) {
        rg_pen_text(pen, "\\n");
        dot_text(pen, text);
    }
    rg_pen_put(pen, "\"%s];\n",
               leaf                      ? ", shape=ellipse"
               : b->kind == RG_VIEW_PART ? ", style=\"rounded,filled\""
                                         : "");
}

static void write_dot(rg_pen *pen, const rg_picture *p)
{
    char text[RG_TEXT];
    rg_pen_text(pen, "digraph \"");
    dot_text(pen, p->title);
    rg_pen_put(pen, "\" {\n  rankdir=%s;\n  node [shape=box, style=rounded, fontname=\"sans\"];\n",
               p->way == RG_GRAPH_RIGHT ? "LR" : "TB");
    for (int b = 0; b < p->v.boxes; b++) dot_box(pen, p, b);
    for (int i = 0; i < p->v.lines; i++) {
        const rg_view_line *l = &p->v.line[i];
        rg_pen_put(pen, "  n%d -> n%d", l->from, l->to);
        if (rg_picture_shape(p, l->id, text)[0]) rg_pen_put(pen, " [label=\"%s\"]", text);
        rg_pen_text(pen, ";\n");
    }
    rg_pen_text(pen, "}\n");
    rg_pen_flush(pen);
}

rg_status rg_graph_dot(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                       void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_picture p;
    rg_pen pen = {.write = write, .ud = ud};
    rg_status status = rg_picture_open(&p, y, n, param, how, RG_VIEW_BARE);
    if (!status && !write) status = rg_refuse(p.s.t, RG_USAGE, NULL, "graph: nowhere to write to");
    if (!status) write_dot(&pen, &p);
    rg_picture_close(&p);
    return status;
}
