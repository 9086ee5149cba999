/* figure.h - figures: curves, points, arrows, bars, histograms, heat maps, contours, as
 * a picture (SVG), as characters, and as the numbers behind them (CSV).
 *
 * What is drawn is told apart without colour: lines by dashes, points by shapes, heat by
 * lightness. Every picture carries a title and a description for those who do not see
 * it. Equal input gives equal bytes. Numbers are copied; one that is not finite, beyond
 * 1e300, or not positive on a logarithmic axis is left out, and the description says so.
 *
 * Texts are UTF-8; what could steer a reader or a terminal is not handed on. A figure
 * that has no memory left takes no more, and rg_figure_write says so; the functions take
 * a NULL figure for one of these. */
#ifndef RG_FIGURE_H
#define RG_FIGURE_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_figure rg_figure;

typedef struct rg_figure_axis {
    const char *label;
    bool log;
    double lo, hi; /* both 0: as the numbers ask; lo > hi: the axis runs the other way */
} rg_figure_axis;

/* Zero means the default. */
typedef struct rg_figure_options {
    const char *title;
    const char *about; /* what there is to see, in a sentence: opens the description */
    rg_figure_axis x, y;
    bool equal; /* one unit is as long across as it is up                        */
    bool bare;  /* no axes and no numbers: the figure is an image                */
} rg_figure_options;

/* A figure with the memory of t, whose error it shares; texts are copied. NULL: none.
 * To be freed before the tape. */
RG_API rg_figure *rg_figure_new(rg_tape *t, const rg_figure_options *o);
RG_API void rg_figure_free(rg_figure *f);

/* ---- what is drawn, in this order; name NULL: not in the legend --------------------- */

/* A curve through n points; a NaN is a gap. x NULL: 0, 1, 2, ... */
RG_API void rg_figure_line(rg_figure *f, const char *name, int64_t n, const double *x,
                           const double *y);
/* Points; the same. */
RG_API void rg_figure_points(rg_figure *f, const char *name, int64_t n, const double *x,
                             const double *y);
/* Arrows from (x, y) to (x + dx, y + dy). */
RG_API void rg_figure_arrows(rg_figure *f, const char *name, int64_t n, const double *x,
                             const double *y, const double *dx, const double *dy);
/* n bars side by side, each with its label (NULL: its number); several series of bars
 * stand in groups, with the labels of the first. */
RG_API void rg_figure_bars(rg_figure *f, const char *name, int64_t n, const char *const *label,
                           const double *y);
/* How many of n numbers fall into each of `bins` equal parts of their range (0: about
 * the root of n). */
RG_API void rg_figure_histogram(rg_figure *f, const char *name, int64_t n, const double *v,
                                int bins);
/* A line across the whole figure at x, or at y. */
RG_API void rg_figure_rule_x(rg_figure *f, const char *name, double x);
RG_API void rg_figure_rule_y(rg_figure *f, const char *name, double y);

/* v[r * columns + c] stands at x between x0 (c = 0) and x1 (last), y between y0 and y1.
 * An image has y0 > y1: its first row is on top. */
typedef struct rg_figure_grid {
    int64_t rows, columns;
    double x0, x1, y0, y1;
    const double *v;
} rg_figure_grid;

/* Cells, the larger the lighter; few of them show their numbers. lo and hi are the ends
 * of the scale, both 0: as the numbers ask. name belongs to the scale. As the first of
 * several marks it is pale, a ground for the others. name NULL: without the scale. */
RG_API void rg_figure_heat(rg_figure *f, const char *name, const rg_figure_grid *g, double lo,
                           double hi);
/* Lines of equal value at n levels; level NULL: n that part the numbers evenly. */
RG_API void rg_figure_contours(rg_figure *f, const char *name, const rg_figure_grid *g, int n,
                               const double *level);

/* ---- out ---------------------------------------------------------------------------- */

typedef enum rg_figure_form {
    RG_FIGURE_SVG,
    RG_FIGURE_CSV,  /* a row per point, 17 digits                            */
    RG_FIGURE_ASCII, /* 80 columns of characters                             */
    RG_FIGURE_UTF8  /* the same with better ones, for terminals that do more */
} rg_figure_form;

/* write gets the text in pieces. RG_NOMEM, also when a number or text was lost before. */
RG_API rg_status rg_figure_write(const rg_figure *f, rg_figure_form form,
                                 void (*write)(void *ud, const char *text, size_t n), void *ud);

/* Several figures as one, below each other; the table has the rows of all. */
RG_API rg_status rg_figure_write_stack(int n, rg_figure *const *f, rg_figure_form form,
                                       void (*write)(void *ud, const char *text, size_t n),
                                       void *ud);

#ifdef __cplusplus
}
#endif
#endif
