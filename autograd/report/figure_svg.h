/* figure_svg.h - an SVG picture in the making: what its painter (figure_paint.c) and its layout
 * (figure_svg.c) share. For autograd/report/ only. */
#ifndef RG_FIGURE_SVG_H
#define RG_FIGURE_SVG_H
#include "figure_parts.h"

static const double rg_svg_digit = 7.7; /* width of a digit of 12 px text, about */

typedef struct rg_svg {
    rg_figure_out *o;
    const rg_figure *f;
    rg_figure_frame frame;
    const rg_figure_mark *scale; /* whose values the bar at the right explains, or NULL */
    double left, top, width, height, bottom;
    double labels; /* further room for the labels of bars, turned; 0: they are not */
    int legend; /* rows */
    char open;  /* path that is being written: l lines, m markers, c cells; 0: none */
    const rg_figure_mark *mark;
    double shade, last[2];
} rg_svg;

/* The canvas of the picture: ud is an rg_svg. */
void rg_svg_line(void *ud, const rg_figure_mark *m, double shade, const double from[2],
                 const double to[2]);
void rg_svg_marker(void *ud, const rg_figure_mark *m, const double at[2]);
void rg_svg_head(void *ud, const rg_figure_mark *m, const double from[2], const double to[2]);
void rg_svg_bar(void *ud, const rg_figure_mark *m, const double low[2], const double high[2]);
void rg_svg_cell(void *ud, double shade, const double low[2], const double high[2],
                 const char *text);

/* End the path that is open, before anything else is put. */
void rg_svg_close(rg_svg *s);

/* "M12.3,4": a command of a path and a place in pixels. */
void rg_svg_point(rg_svg *s, char how, double x, double y);

#endif
