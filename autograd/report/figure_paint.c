/* figure_paint.c - the canvas of SVG: colours, dashes and markers, and as few paths as can be. */
#include "figure_svg.h"
#include <math.h>
#include <string.h>

enum { STYLES = 8 };

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

static unsigned paled(unsigned color)
{
    enum { WHITE = 0xff };
    const double share = 0.6;
    return (unsigned)(blend(color, WHITE << 16, 16, share) << 16 |
                      blend(color, WHITE << 8, 8, share) << 8 | blend(color, WHITE, 0, share));
}

static void put_shade(rg_svg *s, double shade)
{
    if (s->f->o.bare) {
        int gray = (int)(shade * 255 + 0.5);
        rg_figure_put(s->o, "#%02x%02x%02x", gray, gray, gray);
        return;
    }
    double at = shade * (HEATS - 1);
    int k = at >= HEATS - 1 ? HEATS - 2 : (int)at;
    unsigned a = heat_of[k], b = heat_of[k + 1];
    if (rg_figure_is_ground(s->f)) a = paled(a), b = paled(b);
    rg_figure_put(s->o, "#%02x%02x%02x", blend(a, b, 16, at - k), blend(a, b, 8, at - k),
                  blend(a, b, 0, at - k));
}

/* The second eight have the colours of the first, but other dashes and markers, and so on. */
static int style_in_turn(int style) { return (style + style / STYLES) % STYLES; }

static bool is_rule(const rg_figure_mark *m)
{
    return m->kind == RG_MARK_RULE_X || m->kind == RG_MARK_RULE_Y;
}

static const char *mark_color(const rg_figure_mark *m)
{
    return is_rule(m) ? "#555555" : color_of[m->style % STYLES];
}

static void put_stroke(rg_svg *s, const rg_figure_mark *m, double shade)
{
    rg_figure_put(s->o, "fill=\"none\" stroke=\"");
    if (isnan(shade))
        rg_figure_put(s->o, "%s", mark_color(m));
    else
        put_shade(s, shade * 0.8); /* the lightest would not be seen on white */
    rg_figure_put(s->o, "\" stroke-width=\"%s\"", is_rule(m) ? "1" : isnan(shade) ? "1.8" : "1.3");
    const char *dash =
        is_rule(m) ? dash_of[1 + m->style % (STYLES - 1)] : dash_of[style_in_turn(m->dash)];
    if (dash[0] && isnan(shade) && m->kind != RG_MARK_ARROWS)
        rg_figure_put(s->o, " stroke-dasharray=\"%s\"", dash);
    rg_figure_put(s->o, " stroke-linejoin=\"round\"");
}

/* Filled with a light rim, or hollow: to be seen on any ground. Where points are a crowd, rims would
 * hide it. */
static void put_fill(rg_svg *s, const rg_figure_mark *m)
{
    enum { CROWD = 1000 };
    const char *color = color_of[m->style % STYLES];
    bool hollow = m->style % 2;
    if (m->n > CROWD && !hollow) {
        rg_figure_put(s->o, "fill=\"%s\"", color);
        return;
    }
    rg_figure_put(s->o, "fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"", hollow ? "#ffffff" : color,
                  hollow ? color : "#ffffff", hollow ? "1.2" : "0.6");
}

/* ---- the canvas --------------------------------------------------------------------------- */

void rg_svg_close(rg_svg *s)
{
    if (s->open) rg_figure_put(s->o, "\"/>\n");
    s->open = 0;
}

/* Go on in the path that is open, or begin another. */
static void open_path(rg_svg *s, char kind, const rg_figure_mark *m, double shade)
{
    bool same_shade = shade == s->shade || (isnan(shade) && isnan(s->shade));
    if (s->open == kind && s->mark == m && same_shade) return;
    rg_svg_close(s);
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

void rg_svg_point(rg_svg *s, char how, double x, double y)
{
    rg_figure_put(s->o, "%c", how);
    rg_figure_put_place(s->o, x);
    rg_figure_put(s->o, ",");
    rg_figure_put_place(s->o, y);
}

static void put_at(rg_svg *s, char how, const double at[2])
{
    rg_svg_point(s, how, s->left + at[0] * s->width, s->top + (1 - at[1]) * s->height);
}

void rg_svg_line(void *ud, const rg_figure_mark *m, double shade, const double from[2],
                 const double to[2])
{
    rg_svg *s = ud;
    open_path(s, 'l', m, shade);
    if (memcmp(s->last, from, sizeof s->last) != 0) put_at(s, 'M', from);
    put_at(s, 'L', to);
    memcpy(s->last, to, sizeof s->last);
}

void rg_svg_marker(void *ud, const rg_figure_mark *m, const double at[2])
{
    rg_svg *s = ud;
    open_path(s, 'm', m, (double)NAN);
    put_at(s, 'M', at);
    rg_figure_put(s->o, "%s", marker_of[style_in_turn(m->style)]);
}

/* A triangle that points along the arrow as it is seen. */
void rg_svg_head(void *ud, const rg_figure_mark *m, const double from[2], const double to[2])
{
    rg_svg *s = ud;
    const double length = 8, half = 3.2;
    double dx = (to[0] - from[0]) * s->width, dy = (from[1] - to[1]) * s->height,
           norm = sqrt(dx * dx + dy * dy);
    if (norm < 0.5) return;
    double ux = dx / norm, uy = dy / norm, size = fmin(length, norm);
    double x = s->left + to[0] * s->width, y = s->top + (1 - to[1]) * s->height;
    double w = half * size / length;
    open_path(s, 'm', m, (double)NAN);
    rg_svg_point(s, 'M', x, y);
    rg_svg_point(s, 'L', x - size * ux - w * uy, y - size * uy + w * ux);
    rg_svg_point(s, 'L', x - size * ux + w * uy, y - size * uy - w * ux);
    rg_figure_put(s->o, "z");
}

static void put_rectangle(rg_svg *s, const double low[2], const double high[2])
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

void rg_svg_bar(void *ud, const rg_figure_mark *m, const double low[2], const double high[2])
{
    rg_svg *s = ud;
    rg_svg_close(s);
    put_rectangle(s, low, high);
    bool outlined = m->kind == RG_MARK_HISTOGRAM;
    rg_figure_put(s->o, " fill=\"%s\" fill-opacity=\"%s\"/>\n", mark_color(m),
                  outlined ? "0.25" : "0.8");
}

/* Cells of one shade that follow each other are one path. */
void rg_svg_cell(void *ud, double shade, const double low[2], const double high[2],
                 const char *text)
{
    rg_svg *s = ud;
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
    if (!text || s->f->o.bare || wide < rg_svg_digit * (double)strlen(text)) return;
    rg_svg_close(s);
    rg_figure_put(s->o, "<text text-anchor=\"middle\" fill=\"%s\" x=\"",
                  shade > 0.55 ? "#111111" : "#ffffff");
    rg_figure_put_place(s->o, s->left + (low[0] + high[0]) / 2 * s->width);
    rg_figure_put(s->o, "\" y=\"");
    rg_figure_put_place(s->o, s->top + (1 - (low[1] + high[1]) / 2) * s->height + 4);
    rg_figure_put(s->o, "\">%s</text>\n", text);
}
