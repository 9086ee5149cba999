/* figure_svg.c - a figure as an SVG picture: no script, no style sheet, no ids, nothing
 * from elsewhere, so that it may stand in any page. */
#include "figure_svg.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 640, PLOT = 300, SQUARE = 420, FLAT = 100, LEGEND_ROW = 20 };
enum { X_TICKS = 8, Y_TICKS = 6, TEXT_MOST = 90, TITLE_MOST = 60, TITLE_LINES = 3, TITLE_ROW = 19 };
static const double letter = 7.2; /* of 12 px text, about */

/* ---- around the plot ---------------------------------------------------------------------- */

static void svg_text(rg_svg *s, double x, double y, const char *how, const char *text, int most)
{
    rg_figure_put(s->o, "<text x=\"");
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, "\" y=\"");
    rg_figure_put_place(s->o, y);
    rg_figure_put(s->o, "\"%s>", how);
    rg_figure_put_xml(s->o, text, most);
    rg_figure_put(s->o, "</text>\n");
}

/* The end of the first line of a title: at a blank if there is one, TITLE_MOST characters at most.
 */
static const char *line_end(const char *text)
{
    const char *blank = NULL, *s = text;
    for (int n = 0; *s && n < TITLE_MOST; n++) {
        if (*s == ' ') blank = s;
        do s++;
        while ((*s & 0xc0) == 0x80); /* the further bytes of a character */
    }
    return *s && blank ? blank : s;
}

/* A title in as many lines as it takes, the last cut when it still is too long: how many; y below
 * 0: only count them. */
static int lay_title(rg_svg *s, double y)
{
    char line[4 * TITLE_MOST + 1];
    int rows = 0;
    for (const char *at = s->f->o.title; at && *at; rows++) {
        const char *end = rows == TITLE_LINES - 1 ? at + strlen(at) : line_end(at);
        bool whole = (size_t)(end - at) < sizeof line;
        if (whole) memcpy(line, at, (size_t)(end - at)), line[end - at] = 0;
        if (y >= 0)
            svg_text(s, 14, y + rows * TITLE_ROW, " font-size=\"15\" font-weight=\"600\"",
                     whole ? line : at, TITLE_MOST);
        at = end + strspn(end, " ");
    }
    return rows;
}

/* Where what stands below the title begins. */
static double below_title(rg_svg *s, double without)
{
    return s->f->o.title ? 34 + TITLE_ROW * fmax(lay_title(s, -1) - 1, 0) : without;
}

static void put_rotated(rg_svg *s, double x, double y, const char *anchor, int degrees,
                        const char *text, int most)
{
    rg_figure_put(s->o, "<text text-anchor=\"%s\" transform=\"translate(", anchor);
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, " ");
    rg_figure_put_place(s->o, y);
    rg_figure_put(s->o, ") rotate(%d)\">", degrees);
    rg_figure_put_xml(s->o, text, most);
    rg_figure_put(s->o, "</text>\n");
}

static void put_turned(rg_svg *s, double x, double y, const char *text)
{
    put_rotated(s, x, y, "middle", -90, text, (int)(s->height / letter));
}

static void put_slanted(rg_svg *s, double x, double y, const char *text, int most)
{
    put_rotated(s, x, y, "end", -45, text, most);
}

static void put_segment(rg_svg *s, double x0, double y0, double x1, double y1, const char *color)
{
    rg_figure_put(s->o, "<path stroke=\"%s\" d=\"", color);
    rg_svg_point(s, 'M', x0, y0);
    rg_svg_point(s, 'L', x1, y1);
    rg_figure_put(s->o, "\"/>\n");
}

static const char *const grid_color = "#e3e6ea", *const axis_color = "#6b7280";

static void put_grid(rg_svg *s)
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

static double bar_slot(const rg_svg *s) { return s->width / fabs(s->frame.x.hi - s->frame.x.lo); }

/* How much more room the labels of bars take when they are turned, because they are too long to
 * stand side by side; 0: they are not. */
static double turned_labels(const rg_svg *s)
{
    enum { LABEL_MOST = 20 };
    const rg_figure_mark *m = s->frame.bars;
    double longest = 0;
    for (int64_t i = 0; m && m->label && i < m->n; i++)
        if (m->label[i]) longest = fmax(longest, rg_figure_length(m->label[i]));
    if (!m || (longest + 1) * letter <= bar_slot(s)) return 0;
    return fmin(longest, LABEL_MOST) * letter * 0.7;
}

/* Below the bars: their labels, turned by 45 degrees when they are long, every so many of them
 * when they are too many. */
static void put_bar_labels(rg_svg *s)
{
    enum { LEAST = 3 };
    const rg_figure_mark *m = s->frame.bars;
    if (!m || !m->n) return;
    double slot = bar_slot(s);
    int64_t every = (int64_t)ceil((s->labels > 0 ? 14 : LEAST * letter) / slot);
    for (int64_t i = 0; i < m->n; i += every) {
        char number[RG_TICK_TEXT];
        double x = rg_figure_unit(&s->frame.x, (double)i);
        const char *text = m->label ? m->label[i] : NULL;
        if (!text) text = rg_figure_number((double)i, 6, number);
        if (!(x >= 0 && x <= 1)) continue;
        int most = (int)(slot * (double)every / letter);
        x = s->left + x * s->width;
        if (s->labels > 0)
            put_slanted(s, x + 3, s->top + s->height + 14, text,
                        (int)(s->labels / letter / 0.7 + 0.5));
        else
            svg_text(s, x, s->top + s->height + 17, " text-anchor=\"middle\"", text,
                     most > LEAST ? most : LEAST);
    }
}

static void put_axes(rg_svg *s)
{
    double bottom = s->top + s->height, right = s->left + s->width;
    rg_figure_put(s->o, "<path fill=\"none\" stroke=\"%s\" d=\"", axis_color);
    rg_svg_point(s, 'M', s->left, s->top);
    rg_svg_point(s, 'L', s->left, bottom);
    rg_svg_point(s, 'L', right, bottom);
    rg_figure_put(s->o, "\"/>\n");
    const rg_figure_options *o = &s->f->o;
    if (o->x.label)
        svg_text(s, s->left + s->width / 2, bottom + 36 + s->labels, " text-anchor=\"middle\"",
                 o->x.label, TEXT_MOST);
    if (o->y.label) put_turned(s, 16, s->top + s->height / 2, o->y.label);
}

/* ---- legend -------------------------------------------------------------------------------- */

static bool in_legend(const rg_figure_mark *m) { return m->name && !rg_figure_has_grid(m); }

static double legend_width(const rg_figure_mark *m)
{
    return 34 + letter * fmin(rg_figure_length(m->name), TEXT_MOST) + 18;
}

static void put_sample(rg_svg *s, const rg_figure_mark *m, double x, double y)
{
    double left[2] = {(x - s->left) / s->width, 1 - (y - s->top) / s->height};
    double right[2] = {left[0] + 26 / s->width, left[1]},
           middle[2] = {left[0] + 13 / s->width, left[1]};
    bool bars = m->kind == RG_MARK_BARS || m->kind == RG_MARK_HISTOGRAM;
    if (bars)
        rg_svg_bar(s, m, (double[2]){left[0], left[1] - 5 / s->height},
                   (double[2]){right[0], left[1] + 5 / s->height});
    if (m->kind != RG_MARK_POINTS && m->kind != RG_MARK_BARS)
        rg_svg_line(s, m, (double)NAN, left, right);
    if (m->kind == RG_MARK_ARROWS) rg_svg_head(s, m, left, right);
    bool marked = m->kind == RG_MARK_LINE && m->n <= 12;
    if (marked || m->kind == RG_MARK_POINTS || (m->kind == RG_MARK_BARS && s->f->bars > 1))
        rg_svg_marker(s, m, middle);
    rg_svg_close(s);
}

/* Left to right, in as many rows as it takes; NULL: only count them. */
static int lay_legend(rg_svg *s, bool draw)
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
    for (int i = 0; i < s->ticks; i++) w = fmax(w, (double)strlen(s->text[i]) * rg_svg_digit);
    return w;
}

/* ---- the scale of heat ---------------------------------------------------------------------- */

static void put_scale(rg_svg *s)
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
        rg_svg_cell(s, m->kind == RG_MARK_CONTOURS ? shade * 0.8 : shade, low, high, NULL);
    }
    rg_svg_close(s);
    for (int i = 0; i < scale.ticks; i++)
        svg_text(s, s->left + s->width + 35, s->top + (1 - scale.at[i]) * s->height + 4, "",
                 scale.text[i], TEXT_MOST);
    put_turned(s, s->left + s->width + 56 + widest(&scale), s->top + s->height / 2, m->name);
}

/* ---- the picture ---------------------------------------------------------------------------- */

/* Of the numbers in the frame. */
static double tallness(const rg_figure_frame *f)
{
    return fabs(f->y.hi - f->y.lo) / fabs(f->x.hi - f->x.lo);
}

/* An image: as wide as it is by its own numbers. */
static void lay_out_image(rg_svg *s)
{
    const double edge = 20;
    rg_figure_frame_of(s->f, 0, 1, 1, &s->frame);
    double ratio = tallness(&s->frame);
    s->left = edge;
    s->top = below_title(s, edge);
    s->bottom = edge;
    s->width = fmin(WIDTH - 2 * edge, PLOT / ratio);
    s->height = s->width * ratio;
}

/* With room for numbers and scales at either side, at least as much as the figures above and below
 * it take, so that equal axes stand in line. */
static void lay_out(rg_svg *s, double left_least, double right_least)
{
    const rg_figure_options *o = &s->f->o;
    rg_figure_scale scale = {0};
    for (const rg_figure_mark *m = s->f->first; m && !s->scale; m = m->next)
        if (rg_figure_has_grid(m) && m->name) s->scale = m;
    if (s->scale) rg_figure_scale_of(s->scale->lo, s->scale->hi, false, 5, &scale);
    rg_figure_frame_of(s->f, 0, X_TICKS, Y_TICKS, &s->frame); /* how wide its numbers will be */
    double right = s->scale ? 62 + widest(&scale) : 22;
    s->left = fmax(left_least, 14 + widest(&s->frame.y) + (o->y.label ? 20 : 0));
    s->width = WIDTH - s->left - fmax(right_least, right);
    s->height = PLOT;
    if (o->equal) {
        double ratio = tallness(&s->frame);
        s->width = fmin(s->width, SQUARE / ratio);
        s->height = fmax(FLAT, s->width * ratio);
    }
    s->legend = lay_legend(s, false);
    s->top = below_title(s, 14) + (s->legend ? s->legend * LEGEND_ROW + 4 : 0);
    s->labels = turned_labels(s);
    s->bottom = 26 + s->labels + (o->x.label ? 20 : 0);
    rg_figure_frame_of(s->f, s->height / s->width, X_TICKS, Y_TICKS, &s->frame);
}

static int picture_height(const rg_svg *s) { return (int)ceil(s->top + s->height + s->bottom); }

static void put_svg_tag(rg_figure_out *o, int height)
{
    rg_figure_put(o,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" "
                  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, 'DejaVu Sans', "
                  "sans-serif\" font-size=\"12\" fill=\"#1f2328\">\n",
                  WIDTH, height, WIDTH, height);
}

static void svg_title(rg_svg *s)
{
    rg_figure_put(s->o, "<title>");
    rg_figure_put_xml(s->o, s->f->o.title ? s->f->o.title : "figure", INT16_MAX);
    rg_figure_put(s->o, "</title>\n");
}

/* One figure below y. */
static void put_figure(rg_svg *s, int y)
{
    rg_figure_canvas c = {s, rg_svg_line, rg_svg_marker, rg_svg_head, rg_svg_bar, rg_svg_cell};
    rg_figure_put(s->o, "<rect y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", y, WIDTH,
                  picture_height(s));
    s->top += y;
    lay_title(s, y + 22);
    if (!s->f->o.bare) {
        lay_legend(s, true);
        put_grid(s);
    }
    rg_figure_draw(s->f, &s->frame, &c);
    rg_svg_close(s);
    if (s->frame.empty)
        svg_text(s, s->left + s->width / 2, s->top + s->height / 2, " text-anchor=\"middle\"",
                 "nothing to draw", TEXT_MOST);
    if (s->f->o.bare) return;
    put_axes(s);
    put_bar_labels(s);
    put_scale(s);
}

static rg_svg laid_out(const rg_figure *f, rg_figure_out *o, const double sides[2])
{
    rg_svg s = {.o = o, .f = f};
    if (f->o.bare)
        lay_out_image(&s);
    else
        lay_out(&s, sides[0], sides[1]);
    return s;
}

/* What the widest of some figures need at the left and at the right. */
static void sides_of(int n, rg_figure *const *f, rg_figure_out *o, double sides[2])
{
    for (int i = 0; i < n; i++) {
        rg_svg s = laid_out(f[i], o, (double[2]){0, 0});
        if (f[i]->o.bare || f[i]->o.equal) continue;
        sides[0] = fmax(sides[0], s.left);
        sides[1] = fmax(sides[1], WIDTH - s.left - s.width);
    }
}

void rg_figure_svg(int n, rg_figure *const *f, rg_figure_out *o)
{
    int height = 0, y = 0;
    double sides[2] = {0, 0};
    sides_of(n, f, o, sides);
    for (int i = 0; i < n; i++) {
        rg_svg s = laid_out(f[i], o, sides);
        height += picture_height(&s);
    }
    put_svg_tag(o, height);
    for (int i = 0; i < n; i++) {
        rg_svg s = laid_out(f[i], o, sides);
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
