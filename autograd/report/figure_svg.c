/* figure_svg.c - a figure as an SVG picture: no script, no style sheet, no ids, nothing
 * from elsewhere, so that it may stand in any page. */
#include "figure_parts.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 640, PLOT = 300, SQUARE = 420, LEGEND_ROW = 20, STYLES = 8 };
enum { X_TICKS = 8, Y_TICKS = 6, TEXT_MOST = 90, TITLE_MOST = 76 };
static const double letter = 7.2, digit = 7.7; /* of 12 px text, about */

static const char *const color_of[STYLES] = {"#1f5fa8", "#c2410c", "#0f766e", "#8b2f8f",
                                             "#8a6100", "#475569", "#b91c5c", "#3f6212"};
static const char *const dash_of[STYLES] = {"",     "7 4",         "2 3", "10 3 2 3",
                                            "14 4", "4 2 1 2 1 2", "1 4", "18 3 4 3"};
/* One path each, around (0, 0); odd ones are hollow. */
static const char *const marker_of[STYLES] = {"m-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0z",
                                              "m-3.2,-3.2h6.4v6.4h-6.4z",
                                              "m0,-4.2l4,7h-8z",
                                              "m0,-4.4l4.4,4.4l-4.4,4.4l-4.4,-4.4z",
                                              "m-4,-2.6h8l-4,7z",
                                              "m-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0z",
                                              "m-1.2,-4h2.4v8h-2.4z",
                                              "m-4,-1.3h8v2.6h-8z"};

typedef struct svg {
    rg_figure_out *o;
    const rg_figure *f;
    rg_figure_frame frame;
    const rg_figure_mark *scale; /* whose values the bar at the right explains, or NULL */
    double left, top, width, height, bottom;
    int legend; /* rows */
    char open;  /* path that is being written: l lines, m markers, c cells; 0: none */
    const rg_figure_mark *mark;
    double shade, last[2];
} svg;

/* ---- colours ------------------------------------------------------------------------------ */

/* From dark to light, even to the eye and for the colour-blind: ten of matplotlib's viridis. */
static const unsigned heat_of[] = {0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e,
                                   0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725};
enum { HEATS = sizeof heat_of / sizeof *heat_of };

static int blend(unsigned a, unsigned b, int shift, double t)
{
    double from = (double)(a >> shift & 255), to = (double)(b >> shift & 255);
    return (int)(from + t * (to - from) + 0.5);
}

static void put_shade(svg *s, double shade)
{
    if (s->f->o.bare) {
        int gray = (int)(shade * 255 + 0.5);
        rg_figure_put(s->o, "#%02x%02x%02x", gray, gray, gray);
        return;
    }
    double at = shade * (HEATS - 1);
    int k = at >= HEATS - 1 ? HEATS - 2 : (int)at;
    unsigned a = heat_of[k], b = heat_of[k + 1];
    rg_figure_put(s->o, "#%02x%02x%02x", blend(a, b, 16, at - k), blend(a, b, 8, at - k),
                  blend(a, b, 0, at - k));
}

static bool is_rule(const rg_figure_mark *m)
{
    return m->kind == RG_MARK_RULE_X || m->kind == RG_MARK_RULE_Y;
}

static const char *mark_color(const rg_figure_mark *m)
{
    return is_rule(m) ? "#555555" : color_of[m->style % STYLES];
}

static void put_stroke(svg *s, const rg_figure_mark *m, double shade)
{
    rg_figure_put(s->o, "fill=\"none\" stroke=\"");
    if (isnan(shade))
        rg_figure_put(s->o, "%s", mark_color(m));
    else
        put_shade(s, shade * 0.8); /* the lightest would not be seen on white */
    rg_figure_put(s->o, "\" stroke-width=\"%s\"", is_rule(m) ? "1" : isnan(shade) ? "1.8" : "1.3");
    const char *dash =
        is_rule(m) ? dash_of[1 + m->style % (STYLES - 1)] : dash_of[m->dash % STYLES];
    if (dash[0] && isnan(shade) && m->kind != RG_MARK_ARROWS)
        rg_figure_put(s->o, " stroke-dasharray=\"%s\"", dash);
    rg_figure_put(s->o, " stroke-linejoin=\"round\"");
}

/* Filled with a light rim, or hollow: to be seen on any ground. */
static void put_fill(svg *s, const rg_figure_mark *m)
{
    const char *color = color_of[m->style % STYLES];
    bool hollow = m->style % 2;
    rg_figure_put(s->o, "fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"",
                  hollow ? "#ffffff" : color, hollow ? color : "#ffffff", hollow ? "1.2" : "0.6");
}

/* ---- the canvas --------------------------------------------------------------------------- */

static void close_path(svg *s)
{
    if (s->open) rg_figure_put(s->o, "\"/>\n");
    s->open = 0;
}

/* Go on in the path that is open, or begin another. */
static void open_path(svg *s, char kind, const rg_figure_mark *m, double shade)
{
    bool same_shade = shade == s->shade || (isnan(shade) && isnan(s->shade));
    if (s->open == kind && s->mark == m && same_shade) return;
    close_path(s);
    s->open = kind;
    s->mark = m;
    s->shade = shade;
    s->last[0] = s->last[1] = (double)NAN;
    rg_figure_put(s->o, "<path ");
    if (kind == 'l') put_stroke(s, m, shade);
    if (kind == 'm') put_fill(s, m);
    if (kind == 'c') {
        rg_figure_put(s->o, "shape-rendering=\"crispEdges\" fill=\"");
        put_shade(s, shade);
        rg_figure_put(s->o, "\"");
    }
    rg_figure_put(s->o, " d=\"");
}

static void put_point(svg *s, char how, double x, double y)
{
    rg_figure_put(s->o, "%c", how);
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, ",");
    rg_figure_put_place(s->o, y);
}

static void put_at(svg *s, char how, const double at[2])
{
    put_point(s, how, s->left + at[0] * s->width, s->top + (1 - at[1]) * s->height);
}

static void svg_line(void *ud, const rg_figure_mark *m, double shade, const double from[2],
                     const double to[2])
{
    svg *s = ud;
    open_path(s, 'l', m, shade);
    if (memcmp(s->last, from, sizeof s->last) != 0) put_at(s, 'M', from);
    put_at(s, 'L', to);
    memcpy(s->last, to, sizeof s->last);
}

static void svg_marker(void *ud, const rg_figure_mark *m, const double at[2])
{
    svg *s = ud;
    open_path(s, 'm', m, (double)NAN);
    put_at(s, 'M', at);
    rg_figure_put(s->o, "%s", marker_of[m->style % STYLES]);
}

/* A triangle that points along the arrow as it is seen. */
static void svg_head(void *ud, const rg_figure_mark *m, const double from[2], const double to[2])
{
    svg *s = ud;
    const double length = 8, half = 3.2;
    double dx = (to[0] - from[0]) * s->width, dy = (from[1] - to[1]) * s->height,
           norm = sqrt(dx * dx + dy * dy);
    if (norm < 0.5) return;
    double ux = dx / norm, uy = dy / norm, size = fmin(length, norm);
    double x = s->left + to[0] * s->width, y = s->top + (1 - to[1]) * s->height;
    double w = half * size / length;
    open_path(s, 'm', m, (double)NAN);
    put_point(s, 'M', x, y);
    put_point(s, 'L', x - size * ux - w * uy, y - size * uy + w * ux);
    put_point(s, 'L', x - size * ux + w * uy, y - size * uy - w * ux);
    rg_figure_put(s->o, "z");
}

static void put_rectangle(svg *s, const double low[2], const double high[2])
{
    double x = s->left + low[0] * s->width, y = s->top + (1 - high[1]) * s->height;
    rg_figure_put(s->o, "<rect x=\"");
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, "\" y=\"");
    rg_figure_put_place(s->o, y);
    rg_figure_put(s->o, "\" width=\"");
    rg_figure_put_place(s->o, (high[0] - low[0]) * s->width);
    rg_figure_put(s->o, "\" height=\"");
    rg_figure_put_place(s->o, (high[1] - low[1]) * s->height);
    rg_figure_put(s->o, "\"");
}

static void svg_bar(void *ud, const rg_figure_mark *m, const double low[2], const double high[2])
{
    svg *s = ud;
    close_path(s);
    put_rectangle(s, low, high);
    bool outlined = m->kind == RG_MARK_HISTOGRAM;
    rg_figure_put(s->o, " fill=\"%s\" fill-opacity=\"%s\"/>\n", mark_color(m),
                  outlined ? "0.25" : "0.8");
}

/* Cells of one shade that follow each other are one path. */
static void svg_cell(void *ud, double shade, const double low[2], const double high[2],
                     const char *text)
{
    svg *s = ud;
    double wide = (high[0] - low[0]) * s->width, tall = (high[1] - low[1]) * s->height;
    open_path(s, 'c', NULL, shade);
    put_at(s, 'M', (double[2]){low[0], high[1]});
    rg_figure_put(s->o, "h");
    rg_figure_put_place(s->o, wide);
    rg_figure_put(s->o, "v");
    rg_figure_put_place(s->o, tall);
    rg_figure_put(s->o, "h");
    rg_figure_put_place(s->o, -wide);
    rg_figure_put(s->o, "z");
    if (!text || s->f->o.bare || wide < digit * (double)strlen(text)) return;
    close_path(s);
    rg_figure_put(s->o, "<text text-anchor=\"middle\" fill=\"%s\" x=\"",
                  shade > 0.55 ? "#111111" : "#ffffff");
    rg_figure_put_place(s->o, s->left + (low[0] + high[0]) / 2 * s->width);
    rg_figure_put(s->o, "\" y=\"");
    rg_figure_put_place(s->o, s->top + (1 - (low[1] + high[1]) / 2) * s->height + 4);
    rg_figure_put(s->o, "\">%s</text>\n", text);
}

/* ---- around the plot ---------------------------------------------------------------------- */

static void svg_text(svg *s, double x, double y, const char *how, const char *text, int most)
{
    rg_figure_put(s->o, "<text x=\"");
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, "\" y=\"");
    rg_figure_put_place(s->o, y);
    rg_figure_put(s->o, "\"%s>", how);
    rg_figure_put_xml(s->o, text, most);
    rg_figure_put(s->o, "</text>\n");
}

static void put_turned(svg *s, double x, double y, const char *text)
{
    rg_figure_put(s->o, "<text text-anchor=\"middle\" transform=\"translate(");
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, " ");
    rg_figure_put_place(s->o, y);
    rg_figure_put(s->o, ") rotate(-90)\">");
    rg_figure_put_xml(s->o, text, (int)(s->height / letter));
    rg_figure_put(s->o, "</text>\n");
}

static void put_segment(svg *s, double x0, double y0, double x1, double y1, const char *color)
{
    rg_figure_put(s->o, "<path stroke=\"%s\" d=\"", color);
    put_point(s, 'M', x0, y0);
    put_point(s, 'L', x1, y1);
    rg_figure_put(s->o, "\"/>\n");
}

static const char *const grid_color = "#e3e6ea", *const axis_color = "#6b7280";

static void put_grid(svg *s)
{
    double bottom = s->top + s->height;
    for (int i = 0; i < s->frame.x.ticks && !s->frame.bars; i++) {
        double x = s->left + s->frame.x.at[i] * s->width;
        put_segment(s, x, s->top, x, bottom, grid_color);
        svg_text(s, x, bottom + 17, " text-anchor=\"middle\"", s->frame.x.text[i], TEXT_MOST);
    }
    for (int i = 0; i < s->frame.y.ticks; i++) {
        double y = s->top + (1 - s->frame.y.at[i]) * s->height;
        put_segment(s, s->left, y, s->left + s->width, y, grid_color);
        svg_text(s, s->left - 7, y + 4, " text-anchor=\"end\"", s->frame.y.text[i], TEXT_MOST);
    }
    double zero = rg_figure_unit(&s->frame.y, 0);
    if (zero > 0 && zero < 1)
        put_segment(s, s->left, s->top + (1 - zero) * s->height, s->left + s->width,
                    s->top + (1 - zero) * s->height, axis_color);
}

/* Below the bars: their labels, every so many of them when they are too many. */
static void put_bar_labels(svg *s)
{
    enum { LEAST = 3 };
    const rg_figure_mark *m = s->frame.bars;
    if (!m || !m->n) return;
    double slot = s->width / fabs(s->frame.x.hi - s->frame.x.lo);
    int64_t every = (int64_t)ceil(LEAST * letter / slot);
    for (int64_t i = 0; i < m->n; i += every) {
        char number[RG_TICK_TEXT];
        double x = rg_figure_unit(&s->frame.x, (double)i);
        const char *text = m->label ? m->label[i] : NULL;
        if (!text) text = rg_figure_number((double)i, 6, number);
        if (!(x >= 0 && x <= 1)) continue;
        int most = (int)(slot * (double)every / letter);
        svg_text(s, s->left + x * s->width, s->top + s->height + 17, " text-anchor=\"middle\"",
                 text, most > LEAST ? most : LEAST);
    }
}

static void put_axes(svg *s)
{
    double bottom = s->top + s->height, right = s->left + s->width;
    rg_figure_put(s->o, "<path fill=\"none\" stroke=\"%s\" d=\"", axis_color);
    put_point(s, 'M', s->left, s->top);
    put_point(s, 'L', s->left, bottom);
    put_point(s, 'L', right, bottom);
    rg_figure_put(s->o, "\"/>\n");
    const rg_figure_options *o = &s->f->o;
    if (o->x.label)
        svg_text(s, s->left + s->width / 2, bottom + 36, " text-anchor=\"middle\"", o->x.label,
                 TEXT_MOST);
    if (o->y.label) put_turned(s, 16, s->top + s->height / 2, o->y.label);
}

/* ---- legend -------------------------------------------------------------------------------- */

static bool in_legend(const rg_figure_mark *m) { return m->name && !rg_figure_has_grid(m); }

static double legend_width(const rg_figure_mark *m)
{
    return 34 + letter * fmin(rg_figure_length(m->name), TEXT_MOST) + 18;
}

static void put_sample(svg *s, const rg_figure_mark *m, double x, double y)
{
    double left[2] = {(x - s->left) / s->width, 1 - (y - s->top) / s->height};
    double right[2] = {left[0] + 26 / s->width, left[1]},
           middle[2] = {left[0] + 13 / s->width, left[1]};
    bool bars = m->kind == RG_MARK_BARS || m->kind == RG_MARK_HISTOGRAM;
    if (bars)
        svg_bar(s, m, (double[2]){left[0], left[1] - 5 / s->height},
                (double[2]){right[0], left[1] + 5 / s->height});
    if (m->kind != RG_MARK_POINTS && m->kind != RG_MARK_BARS)
        svg_line(s, m, (double)NAN, left, right);
    if (m->kind == RG_MARK_ARROWS) svg_head(s, m, left, right);
    bool marked = m->kind == RG_MARK_LINE && m->n <= 12;
    if (marked || m->kind == RG_MARK_POINTS || (m->kind == RG_MARK_BARS && s->f->bars > 1))
        svg_marker(s, m, middle);
    close_path(s);
}

/* Left to right, in as many rows as it takes; NULL: only count them. */
static int lay_legend(svg *s, bool draw)
{
    double x = s->left;
    int rows = 0;
    for (const rg_figure_mark *m = s->f->first; m; m = m->next) {
        if (!in_legend(m)) continue;
        double width = legend_width(m);
        if (!rows || x + width > WIDTH + 10) {
            rows++;
            x = s->left;
        }
        if (draw) {
            double y = s->top - 12 - (s->legend - rows) * LEGEND_ROW;
            put_sample(s, m, x, y - 4);
            svg_text(s, x + 34, y, "", m->name, TEXT_MOST);
        }
        x += width;
    }
    return rows;
}

static double widest(const rg_figure_scale *s)
{
    double w = 0;
    for (int i = 0; i < s->ticks; i++) w = fmax(w, (double)strlen(s->text[i]) * digit);
    return w;
}

/* ---- the scale of heat ---------------------------------------------------------------------- */

static void put_scale(svg *s)
{
    enum { PIECES = 32 };
    rg_figure_scale scale;
    const rg_figure_mark *m = s->scale;
    if (!m) return;
    rg_figure_scale_of(m->lo, m->hi, false, 5, &scale);
    double left = (s->width + 16) / s->width, right = left + 14 / s->width;
    for (int i = 0; i < PIECES; i++) {
        double low[2] = {left, (double)i / PIECES}, high[2] = {right, (i + 1.0) / PIECES};
        double shade = m->hi > m->lo ? (i + 0.5) / PIECES : 0.5;
        svg_cell(s, m->kind == RG_MARK_CONTOURS ? shade * 0.8 : shade, low, high, NULL);
    }
    close_path(s);
    for (int i = 0; i < scale.ticks; i++)
        svg_text(s, s->left + s->width + 35, s->top + (1 - scale.at[i]) * s->height + 4, "",
                 scale.text[i], TEXT_MOST);
    if (m->name)
        put_turned(s, s->left + s->width + 56 + widest(&scale), s->top + s->height / 2, m->name);
}

/* ---- the picture ---------------------------------------------------------------------------- */

/* Of the numbers in the frame. */
static double tallness(const rg_figure_frame *f)
{
    return fabs(f->y.hi - f->y.lo) / fabs(f->x.hi - f->x.lo);
}

/* An image: as wide as it is by its own numbers. */
static void lay_out_image(svg *s)
{
    const double edge = 20;
    rg_figure_frame_of(s->f, 0, 1, 1, &s->frame);
    double ratio = tallness(&s->frame);
    s->left = edge;
    s->top = s->f->o.title ? 34 : edge;
    s->bottom = edge;
    s->width = fmin(WIDTH - 2 * edge, PLOT / ratio);
    s->height = s->width * ratio;
}

static void lay_out(svg *s)
{
    const rg_figure_options *o = &s->f->o;
    rg_figure_scale scale = {0};
    for (const rg_figure_mark *m = s->f->first; m && !s->scale; m = m->next)
        if (rg_figure_has_grid(m)) s->scale = m;
    if (s->scale) rg_figure_scale_of(s->scale->lo, s->scale->hi, false, 5, &scale);
    rg_figure_frame_of(s->f, 0, X_TICKS, Y_TICKS, &s->frame); /* how wide its numbers will be */
    double right = s->scale ? 42 + widest(&scale) + (s->scale->name ? 20 : 0) : 22;
    s->left = 14 + widest(&s->frame.y) + (o->y.label ? 20 : 0);
    s->width = WIDTH - s->left - right;
    s->height = o->equal ? SQUARE : PLOT;
    if (o->equal) s->width = fmin(s->width, SQUARE / tallness(&s->frame));
    s->legend = lay_legend(s, false);
    s->top = (o->title ? 34 : 14) + (s->legend ? s->legend * LEGEND_ROW + 4 : 0);
    s->bottom = 26 + (o->x.label ? 20 : 0);
    rg_figure_frame_of(s->f, s->height / s->width, X_TICKS, Y_TICKS, &s->frame);
}

static int picture_height(const svg *s) { return (int)ceil(s->top + s->height + s->bottom); }

static void put_svg_tag(rg_figure_out *o, int height)
{
    rg_figure_put(o,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" "
                  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, 'DejaVu Sans', "
                  "sans-serif\" font-size=\"12\" fill=\"#1f2328\">\n",
                  WIDTH, height, WIDTH, height);
}

static void svg_title(svg *s)
{
    rg_figure_put(s->o, "<title>");
    rg_figure_put_xml(s->o, s->f->o.title ? s->f->o.title : "figure", INT16_MAX);
    rg_figure_put(s->o, "</title>\n");
}

/* One figure below y. */
static void put_figure(svg *s, int y)
{
    rg_figure_canvas c = {s, svg_line, svg_marker, svg_head, svg_bar, svg_cell};
    rg_figure_put(s->o, "<rect y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", y, WIDTH,
                  picture_height(s));
    s->top += y;
    if (s->f->o.title)
        svg_text(s, 14, y + 22, " font-size=\"15\" font-weight=\"600\"", s->f->o.title, TITLE_MOST);
    if (!s->f->o.bare) {
        lay_legend(s, true);
        put_grid(s);
    }
    rg_figure_draw(s->f, &s->frame, &c);
    close_path(s);
    if (s->frame.empty)
        svg_text(s, s->left + s->width / 2, s->top + s->height / 2, " text-anchor=\"middle\"",
                 "nothing to draw", TEXT_MOST);
    if (s->f->o.bare) return;
    put_axes(s);
    put_bar_labels(s);
    put_scale(s);
}

static svg laid_out(const rg_figure *f, rg_figure_out *o)
{
    svg s = {.o = o, .f = f};
    (f->o.bare ? lay_out_image : lay_out)(&s);
    return s;
}

void rg_figure_svg(int n, rg_figure *const *f, rg_figure_out *o)
{
    int height = 0, y = 0;
    for (int i = 0; i < n; i++) {
        svg s = laid_out(f[i], o);
        height += picture_height(&s);
    }
    put_svg_tag(o, height);
    for (int i = 0; i < n; i++) {
        svg s = laid_out(f[i], o);
        int tall = picture_height(&s);
        if (i == 0) {
            svg_title(&s);
            rg_figure_put(o, "<desc>");
            for (int k = 0; k < n; k++) rg_figure_describe(f[k], o);
            rg_figure_put(o, "</desc>\n");
        }
        put_figure(&s, y);
        y += tall;
    }
    rg_figure_put(o, "</svg>\n");
}
