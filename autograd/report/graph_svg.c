/* graph_svg.c - a recording as an SVG picture, bare or with the numbers of its backward pass:
 * drawn by chart.c, its colours its own. */
#include "picture.h"
#include "pen.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEAD = 58, PAD = 13, ONE_LINE = 30, TWO_LINES = 46, LABEL_LINE = 16, FEW_COLUMNS = 7, FEW_TOLD = 5, LEGEND = 24 };
#define LETTER 7.3 /* of 12 px monospaced text */
#define WORD   6.9 /* of 12 px text in words, at most */

static const char style[] =
    ".paper{fill:#fbfaf7}text{font:12px ui-monospace,'DejaVu Sans Mono',monospace;fill:#1c1b19;"
    "text-anchor:middle}.title{font-size:16px;font-weight:600;text-anchor:start}.sum{font:12px "
    "system-ui,sans-serif;text-anchor:start;fill:#5c5a55}.about{font:11px "
    "system-ui,sans-serif;fill:#5c5a55}.part .name{font:600 13px system-ui,sans-serif}"
    ".shape{font-size:11px;fill:#14703a}.val,.grad{font-size:11.5px;fill:#14703a}.grad{fill:#a8431a}.line{fill:none;stroke:#8b8880;stroke-width:1.4}"
    ".tip{fill:#8b8880}rect{stroke:#b9b4a8;stroke-width:1}.gate rect{fill:#fff}"
    ".leaf rect{fill:#f1eee7}.param rect{fill:#f2ecfb;stroke:#b79fdc}"
    ".part rect{fill:#e9f0fd;stroke:#8aa9e6;stroke-width:1.4}.end rect{stroke:#1f4fbf;stroke-width:"
    "2.4}"
    "@media(prefers-color-scheme:dark){.paper{fill:#16171a}text{fill:#ecebe6}.sum,.about{fill:"
    "#a9a8a2}.shape,.val{fill:#6fd39a}.grad{fill:#f2a477}.line{stroke:#8a8d95}.tip{fill:#8a8d95}rect{stroke:#4a4e57}.gate "
    "rect{fill:#1e2024}.leaf rect{fill:#25282e}.param rect{fill:#2b2440;stroke:#7a62a8}.part rect{"
    "fill:#1c2a47;stroke:#4f74bd}.end rect{stroke:#8db4ff}}";

static double characters(const char *text)
{
    int n = 0;
    for (; *text; text++) n += (*text & 0xc0) != 0x80;
    return n;
}

static bool is_label(const rg_view_box *b)
{
    return b->kind == RG_VIEW_LABEL || b->kind == RG_VIEW_SHARE;
}

/* A shape, or a value and what comes back for it. */
static void label_texts(const rg_picture *p, const rg_view_box *b, char above[RG_TEXT],
                        char below[RG_TEXT])
{
    if (p->told)
        rg_picture_value(p, b, above);
    else
        rg_picture_shape(p, b->id, above);
    rg_picture_gradient(p, b, below);
}

static void size_of(void *ud, const rg_view *v, const rg_view_box *b, double *w, double *h)
{
    const rg_picture *p = ud;
    char name[RG_TEXT], about[RG_TEXT];
    (void)v;
    if (is_label(b)) {
        label_texts(p, b, name, about);
        *w = fmax(characters(name), characters(about)) * (LETTER - (p->told ? 0.2 : 0.6)) + 6;
        *h = LABEL_LINE * (name[0] && about[0] ? 2 : 1);
        return;
    }
    rg_picture_name(p, b, name);
    rg_picture_about(p, b, about);
    *w = fmax(characters(name) * (b->kind == RG_VIEW_PART ? 8.2 : LETTER),
              characters(about) * WORD) +
         2 * PAD;
    *w = fmax(*w, 44);
    *h = about[0] ? TWO_LINES : ONE_LINE;
}

static const char *class_of(const rg_picture *p, const rg_view_box *b)
{
    rg_wire_role role = p->s.wire[b->id].role;
    if (b->kind == RG_VIEW_PART) return "part";
    return role == RG_ROLE_GATE ? "gate" : role == RG_ROLE_INPUT ? "param" : "leaf";
}

static void put_rect(rg_pen *pen, const rg_chart_box *at, double shift, double round)
{
    rg_pen_put(pen, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\"/>",
               at->x - at->w / 2 + shift, at->y - at->h / 2 - shift, at->w, at->h, round);
}

static void put_line_of_text(rg_pen *pen, const char *kind, double x, double y, const char *text)
{
    rg_pen_put(pen, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", kind, x, y);
    rg_html_text(pen, text);
    rg_pen_text(pen, "</text>");
}

static void put_wire_label(rg_pen *pen, const rg_picture *p, const rg_view_box *b,
                      const rg_chart_box *at)
{
    char above[RG_TEXT], below[RG_TEXT];
    label_texts(p, b, above, below);
    double half = above[0] && below[0] ? LABEL_LINE / 2 : 0;
    if (above[0]) put_line_of_text(pen, p->told ? "val" : "shape", at->x, at->y + 4 - half, above);
    if (below[0]) put_line_of_text(pen, "grad", at->x, at->y + 4 + half, below);
    rg_pen_text(pen, "\n");
}

static void put_box(rg_pen *pen, const rg_picture *p, int i)
{
    const rg_view_box *b = &p->v.box[i];
    const rg_chart_box *at = &p->v.chart.box[i];
    char name[RG_TEXT], about[RG_TEXT], shape[RG_TEXT];
    if (is_label(b)) {
        put_wire_label(pen, p, b, at);
        return;
    }
    bool loop = b->kind == RG_VIEW_PART && p->o.part[b->part].kind == RG_OUTLINE_LOOP;
    bool leaf = b->kind == RG_VIEW_WIRE && p->s.wire[b->id].role != RG_ROLE_GATE;
    rg_picture_name(p, b, name);
    rg_picture_about(p, b, about);
    rg_pen_put(pen, "<g class=\"%s%s\"><title>", class_of(p, b),
               b->id == p->s.y->id ? " end" : "");
    rg_html_put(pen, "%.100s%s%.100s, %s", name, about[0] ? ": " : "", about,
                rg_shape_text(rg_shape_of(p->s.t->node[b->id]), shape));
    rg_pen_text(pen, "</title>");
    if (loop) put_rect(pen, at, 4, 9);
    put_rect(pen, at, 0, leaf ? at->h / 2 : 9);
    put_line_of_text(pen, "name", at->x, at->y + (about[0] ? -3 : 4), name);
    if (about[0]) put_line_of_text(pen, "about", at->x, at->y + 14, about);
    rg_pen_text(pen, "</g>\n");
}

static void put_tip(rg_pen *pen, const rg_chart *c, int i)
{
    const rg_chart_line *l = &c->line[i];
    const rg_chart_box *to = &c->box[l->to];
    double port = rg_chart_port(l);
    if (c->down)
        rg_pen_put(pen, "<path class=\"tip\" d=\"M%.1f %.1fl-4 -8h8z\"/>", to->x + port,
                   to->y - to->h / 2);
    else
        rg_pen_put(pen, "<path class=\"tip\" d=\"M%.1f %.1fl-8 -4v8z\"/>", to->x - to->w / 2,
                   to->y + port);
}

static void put_lines(rg_pen *pen, const rg_picture *p)
{
    for (int i = 0; i < p->v.lines; i++) {
        rg_pen_text(pen, "<path class=\"line\" d=\"");
        rg_chart_path(pen, &p->v.chart, i);
        rg_pen_text(pen, "\"/>");
        if (!is_label(&p->v.box[p->v.line[i].to])) put_tip(pen, &p->v.chart, i);
        rg_pen_text(pen, "\n");
    }
}

/* The title, cut to what there is room for. */
static void put_head(rg_pen *pen, const rg_picture *p, double width)
{
    char sum[RG_TEXT], title[RG_TEXT];
    size_t most = (size_t)((width - 32) / 9.8);
    snprintf(title, sizeof title, "%s", p->title);
    if (most < strlen(title)) {
        while (most > 1 && (title[most - 1] & 0xc0) == 0x80) most--;
        snprintf(title + (most ? most - 1 : 0), 4, "...");
    }
    put_line_of_text(pen, "title", 16, 28, title);
    put_line_of_text(pen, "sum", 16, 47, rg_picture_sum(p, sum));
    rg_pen_text(pen, "\n");
}

static const char legend[] = "on each wire its value, below it its gradient; +: what comes back "
                             "along that way";

static void write_picture(rg_pen *pen, const rg_picture *p)
{
    char sum[RG_TEXT];
    const rg_chart *c = &p->v.chart;
    rg_picture_sum(p, sum);
    double width = fmax(c->width, characters(sum) * WORD + 32), height = c->height + HEAD;
    if (p->told) width = fmax(width, characters(legend) * WORD + 32), height += LEGEND;
    width = fmax(width, fmin(characters(p->title), 60) * 9.8 + 32);
    rg_pen_put(pen,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" "
               "width=\"%.0f\" height=\"%.0f\">\n<title>",
               width, height, width, height);
    rg_html_text(pen, p->title);
    rg_pen_text(pen, "</title>\n<desc>");
    rg_html_put(pen, "A graph of %d boxes and %d lines: %s", p->v.boxes, p->v.lines, sum);
    rg_pen_text(pen, "</desc>\n<style>");
    rg_pen_text(pen, style);
    rg_pen_text(pen, "</style>\n");
    rg_pen_put(pen, "<path class=\"paper\" d=\"M0 0H%.0fV%.0fH0z\"/>\n", width, height);
    put_head(pen, p, width);
    rg_pen_put(pen, "<g transform=\"translate(%.1f %d)\">\n", (width - c->width) / 2, HEAD);
    put_lines(pen, p);
    for (int i = 0; i < p->v.boxes; i++) put_box(pen, p, i);
    rg_pen_text(pen, "</g>\n");
    if (p->told) put_line_of_text(pen, "sum", 16, height - 12, legend);
    rg_pen_text(pen, "</svg>\n");
    rg_pen_flush(pen);
}

/* Scopes, and what is long, are read from top to bottom. */
static bool runs_down(const rg_picture *p)
{
    int deepest = 0;
    int *depth = rg_scratch(p->s.t, (size_t)p->v.boxes * sizeof *depth);
    if (p->way != RG_GRAPH_AUTO || p->scoped || !depth) {
        if (depth) rg_scratch_free(p->s.t, depth, (size_t)p->v.boxes * sizeof *depth);
        return p->way != RG_GRAPH_RIGHT;
    }
    memset(depth, 0, (size_t)p->v.boxes * sizeof *depth);
    for (int i = 0; i < p->v.lines; i++) {
        const rg_view_line *l = &p->v.line[i];
        int here = depth[l->from] + !is_label(&p->v.box[l->to]);
        if (here > depth[l->to]) depth[l->to] = here;
        if (here > deepest) deepest = here;
    }
    rg_scratch_free(p->s.t, depth, (size_t)p->v.boxes * sizeof *depth);
    return deepest > (p->told ? FEW_TOLD : FEW_COLUMNS);
}

rg_status rg_picture_svg(rg_picture *p, void (*write)(void *ud, const char *text, size_t n),
                         void *ud)
{
    rg_pen pen = {.write = write, .ud = ud};
    const char *who = p->told ? "explain" : "graph";
    if (!write) return rg_refuse(p->s.t, RG_USAGE, NULL, "%s: nowhere to write to", who);
    if (rg_view_is_large(&p->v))
        return rg_refuse(p->s.t, RG_USAGE, NULL,
                         "%s: %d boxes and %d lines are too many to draw (%d and %d); %s", who,
                         p->v.boxes, p->v.lines, RG_CHART_BOXES, RG_CHART_LINES,
                         p->told ? "a page draws them in parts" : "scopes gather them");
    p->v.chart.down = runs_down(p);
    p->v.chart.gap = p->v.chart.down ? 24 : 30;
    if (!rg_view_arrange(&p->v, size_of, p)) return RG_NOMEM;
    write_picture(&pen, p);
    return RG_OK;
}

rg_status rg_graph_svg(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                       void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_picture p;
    rg_status status = rg_picture_open(&p, y, n, param, how, RG_VIEW_SHAPES);
    if (!status) status = rg_picture_svg(&p, write, ud);
    rg_picture_close(&p);
    return status;
}
