/* figure_parts.h - what the files of the figure writer share. For autograd/report/ only.
 *
 *   mark    something to draw: a curve, points, a grid
 *   frame   where numbers go: both axes, as the marks ask
 *   canvas  draws in unit coordinates, (0, 0) left below and (1, 1) right above: one for
 *           SVG, one for characters; everything else is common to them
 *   out     text on its way to the caller */
#ifndef RG_FIGURE_PARTS_H
#define RG_FIGURE_PARTS_H
#include "figure.h"

typedef enum rg_mark_kind {
    RG_MARK_LINE,
    RG_MARK_POINTS,
    RG_MARK_ARROWS,
    RG_MARK_BARS,
    RG_MARK_HISTOGRAM,
    RG_MARK_RULE_X,
    RG_MARK_RULE_Y,
    RG_MARK_HEAT,
    RG_MARK_CONTOURS
} rg_mark_kind;

typedef struct rg_figure_mark {
    struct rg_figure_mark *next;
    rg_mark_kind kind;
    int style;        /* 0, 1, 2, ... among rules, and among all others       */
    int dash;         /* 0, 1, 2, ... among curves and histograms             */
    const char *name; /* NULL: not in the legend                              */
    int64_t n;        /* points, bars, levels                                 */
    double *x, *y;    /* bars: place and height; levels: y                    */
    double *dx, *dy;  /* arrows; dx of bars: their width                      */
    const char **label;
    rg_figure_grid grid;
    double lo, hi; /* scale of heat and contours                             */
} rg_figure_mark;

typedef struct rg_figure_block {
    struct rg_figure_block *next;
    size_t size;
} rg_figure_block;

struct rg_figure {
    rg_tape *tape;
    rg_figure_options o;
    rg_figure_block *block;
    rg_figure_mark *first, **end;
    int styles, dashes, rules; /* handed out so far */
    int bars;          /* series of bars          */
    bool lost;         /* no memory for something */
};

/* True for numbers that can be drawn at all. */
static inline bool rg_figure_drawable(double v, bool log)
{
    return v >= -1e300 && v <= 1e300 && (!log || v > 0);
}

static inline bool rg_figure_has_grid(const rg_figure_mark *m)
{
    return m->kind == RG_MARK_HEAT || m->kind == RG_MARK_CONTOURS;
}

/* A heat map with something drawn on it is a ground: pale, so that the rest stands out. */
static inline bool rg_figure_is_ground(const rg_figure *f)
{
    return f->first && f->first->kind == RG_MARK_HEAT && f->first->next;
}

/* ---- axes --------------------------------------------------------------------------- */

enum { RG_TICKS = 24, RG_TICK_TEXT = 32 };

typedef struct rg_figure_scale {
    bool log, whole;    /* whole: no ticks between whole numbers */
    double lo, hi;      /* logarithms on a logarithmic axis */
    int ticks;
    double at[RG_TICKS]; /* in unit coordinates              */
    char text[RG_TICKS][RG_TICK_TEXT];
} rg_figure_scale;

typedef struct rg_figure_frame {
    rg_figure_scale x, y;
    bool empty;                 /* there is nothing to draw                      */
    const rg_figure_mark *bars; /* whose labels stand below instead of ticks, or NULL */
} rg_figure_frame;

/* The axes of f, with about so many ticks, on a canvas `tall` times as high as wide, which
 * matters to figures that are equal; 0: not known yet. */
void rg_figure_frame_of(const rg_figure *f, double tall, int x_ticks, int y_ticks,
                        rg_figure_frame *out);
/* A scale of its own, such as that of heat. */
void rg_figure_scale_of(double lo, double hi, bool log, int ticks, rg_figure_scale *out);
/* v in unit coordinates; NaN when it cannot be drawn. */
double rg_figure_unit(const rg_figure_scale *s, double v);

/* ---- canvases ------------------------------------------------------------------------ */

typedef struct rg_figure_canvas rg_figure_canvas;
struct rg_figure_canvas {
    void *ud;
    /* All within the unit square. shade is 0..1, NaN: the colour of the mark. */
    void (*line)(void *ud, const rg_figure_mark *m, double shade, const double from[2],
                 const double to[2]);
    void (*marker)(void *ud, const rg_figure_mark *m, const double at[2]);
    void (*head)(void *ud, const rg_figure_mark *m, const double from[2], const double to[2]);
    void (*bar)(void *ud, const rg_figure_mark *m, const double low[2], const double high[2]);
    /* text NULL: none */
    void (*cell)(void *ud, double shade, const double low[2], const double high[2],
                 const char *text);
};

/* Draw all marks of f. */
void rg_figure_draw(const rg_figure *f, const rg_figure_frame *frame, const rg_figure_canvas *c);

/* ---- text ------------------------------------------------------------------------------ */

typedef struct rg_figure_out {
    void (*write)(void *ud, const char *text, size_t n);
    void *ud;
    size_t len;
    char buf[2048];
} rg_figure_out;

void rg_figure_put(rg_figure_out *o, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void rg_figure_flush(rg_figure_out *o);
/* Characters as XML text; what XML does not allow becomes '?'. At most `most` characters, the
 * last of them an ellipsis when something was cut. */
void rg_figure_put_xml(rg_figure_out *o, const char *text, int most);
/* The same for a terminal; what is not ASCII becomes '?' unless utf8. */
void rg_figure_put_plain(rg_figure_out *o, const char *text, int most, bool utf8);
/* A coordinate with two digits at most, whatever the locale. */
void rg_figure_put_place(rg_figure_out *o, double v);
/* v with so many digits and a decimal point, as short as may be: 1e6, 0.5. Returns buf. */
const char *rg_figure_number(double v, int digits, char buf[RG_TICK_TEXT]);
/* Characters of a UTF-8 text. */
int rg_figure_length(const char *text);

/* n figures as one picture. */
void rg_figure_svg(int n, rg_figure *const *f, rg_figure_out *o);
void rg_figure_csv_head(rg_figure_out *o);
void rg_figure_csv_rows(const rg_figure *f, rg_figure_out *o);
void rg_figure_characters(const rg_figure *f, bool utf8, rg_figure_out *o);

/* The description: what is drawn, in words. */
void rg_figure_describe(const rg_figure *f, rg_figure_out *o);

#endif
