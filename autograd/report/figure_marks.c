/* figure_marks.c - marks as lines, markers and cells in unit coordinates, whatever the
 * canvas is. */
#include "figure_parts.h"
#include <math.h>
#include <string.h>

typedef struct drawing {
    const rg_figure_frame *frame;
    const rg_figure_canvas *c;
    const rg_figure_mark *m;
} drawing;

static bool place_point(const drawing *d, double x, double y, double at[2])
{
    at[0] = rg_figure_unit(&d->frame->x, x);
    at[1] = rg_figure_unit(&d->frame->y, y);
    return isfinite(at[0]) && isfinite(at[1]);
}

static bool is_inside(const double at[2])
{
    return at[0] >= 0 && at[0] <= 1 && at[1] >= 0 && at[1] <= 1;
}

/* ---- lines -------------------------------------------------------------------------------- */

/* Keep what is left of from..to where `along * t <= room` (Liang and Barsky, 1984). */
static bool keep_inside(double along, double room, double *t0, double *t1)
{
    if (along == 0) return room >= 0;
    double t = room / along;
    if (along < 0 ? t > *t1 : t < *t0) return false;
    if (along < 0 && t > *t0) *t0 = t;
    if (along > 0 && t < *t1) *t1 = t;
    return true;
}

static void draw_line(const drawing *d, double shade, const double from[2], const double to[2])
{
    double t0 = 0, t1 = 1, a[2], b[2];
    for (int k = 0; k < 2; k++) {
        double along = to[k] - from[k];
        if (!keep_inside(-along, from[k], &t0, &t1) || !keep_inside(along, 1 - from[k], &t0, &t1))
            return;
    }
    for (int k = 0; k < 2; k++) {
        a[k] = t0 == 0 ? from[k] : from[k] + t0 * (to[k] - from[k]);
        b[k] = t1 == 1 ? to[k] : from[k] + t1 * (to[k] - from[k]);
    }
    d->c->line(d->c->ud, d->m, shade, a, b);
}

/* A step too small to be seen waits for the next. */
static bool is_step(const double from[2], const double to[2])
{
    const double least = 0.0004;
    return fabs(to[0] - from[0]) + fabs(to[1] - from[1]) >= least;
}

static void draw_curve(const drawing *d)
{
    const rg_figure_mark *m = d->m;
    double last[2] = {0, 0}, at[2];
    bool drawing_on = false;
    for (int64_t i = 0; i < m->n; i++) {
        if (!place_point(d, m->x[i], m->y[i], at)) {
            drawing_on = false;
            continue;
        }
        if (drawing_on && i + 1 < m->n && !is_step(last, at)) continue;
        if (drawing_on) draw_line(d, (double)NAN, last, at);
        drawing_on = true;
        memcpy(last, at, sizeof last);
    }
}

static void draw_markers(const drawing *d)
{
    double at[2];
    for (int64_t i = 0; i < d->m->n; i++)
        if (place_point(d, d->m->x[i], d->m->y[i], at) && is_inside(at))
            d->c->marker(d->c->ud, d->m, at);
}

/* A curve of a few points shows them; one without neighbours would not be seen at all. */
static void draw_line_mark(const drawing *d)
{
    enum { FEW = 12 };
    draw_curve(d);
    if (d->m->n <= FEW) draw_markers(d);
}

static void draw_arrows(const drawing *d)
{
    const rg_figure_mark *m = d->m;
    double from[2], to[2];
    for (int64_t i = 0; i < m->n; i++) {
        if (!place_point(d, m->x[i], m->y[i], from)) continue;
        if (!place_point(d, m->x[i] + m->dx[i], m->y[i] + m->dy[i], to)) continue;
        draw_line(d, (double)NAN, from, to);
    }
    for (int64_t i = 0; i < m->n; i++) {
        if (!place_point(d, m->x[i], m->y[i], from)) continue;
        if (!place_point(d, m->x[i] + m->dx[i], m->y[i] + m->dy[i], to)) continue;
        if (is_inside(to)) d->c->head(d->c->ud, m, from, to);
    }
}

static void draw_rule(const drawing *d)
{
    bool across = d->m->kind == RG_MARK_RULE_Y;
    double at = rg_figure_unit(across ? &d->frame->y : &d->frame->x, d->m->x[0]);
    double from[2] = {across ? 0 : at, across ? at : 0}, to[2] = {across ? 1 : at, across ? at : 1};
    if (isfinite(at)) draw_line(d, (double)NAN, from, to);
}

/* ---- bars --------------------------------------------------------------------------------- */

static double into_unit(double v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

/* The two corners of bar i, cut to the figure; false: it is not in it. */
static bool bar_corners(const drawing *d, int64_t i, double low[2], double high[2])
{
    const rg_figure_mark *m = d->m;
    double y = rg_figure_unit(&d->frame->y, m->y[i]),
           foot = d->frame->y.log ? 0 : rg_figure_unit(&d->frame->y, 0);
    low[0] = into_unit(rg_figure_unit(&d->frame->x, m->x[i] - m->dx[i] / 2));
    high[0] = into_unit(rg_figure_unit(&d->frame->x, m->x[i] + m->dx[i] / 2));
    low[1] = into_unit(fmin(y, foot));
    high[1] = into_unit(fmax(y, foot));
    return isfinite(y) && low[0] < high[0];
}

static void draw_bars(const drawing *d)
{
    double low[2], high[2];
    for (int64_t i = 0; i < d->m->n; i++)
        if (bar_corners(d, i, low, high)) d->c->bar(d->c->ud, d->m, low, high);
    bool several = false;
    for (const rg_figure_mark *m = d->frame->bars; m; m = m->next)
        several = several || (m->kind == RG_MARK_BARS && m != d->frame->bars);
    for (int64_t i = 0; several && i < d->m->n; i++) {
        double top[2];
        if (!bar_corners(d, i, low, high)) continue;
        top[0] = (low[0] + high[0]) / 2;
        top[1] = d->m->y[i] < 0 ? low[1] : high[1];
        d->c->marker(d->c->ud, d->m, top);
    }
}

/* The outline of a histogram, with the dashes of its mark; filled by the canvas. */
static void draw_histogram(const drawing *d)
{
    double low[2], high[2], last[2] = {0, 0};
    for (int64_t i = 0; i < d->m->n; i++)
        if (bar_corners(d, i, low, high)) d->c->bar(d->c->ud, d->m, low, high);
    for (int64_t i = 0; i < d->m->n; i++) {
        if (!bar_corners(d, i, low, high)) continue;
        double left[2] = {low[0], high[1]}, down[2] = {low[0], i ? last[1] : low[1]};
        draw_line(d, (double)NAN, down, left);
        draw_line(d, (double)NAN, left, high);
        memcpy(last, high, sizeof last);
        if (i + 1 == d->m->n) draw_line(d, (double)NAN, high, (double[2]){high[0], low[1]});
    }
}

/* ---- grids --------------------------------------------------------------------------------- */

/* Where row or column k of n stands, in data coordinates; k may be between two. */
static double along_grid(double from, double to, int64_t n, double k)
{
    return n > 1 ? from + k * (to - from) / (double)(n - 1) : from + k;
}

enum { SHADES = 64 };

static double shade_of(const rg_figure_mark *m, double v)
{
    if (!rg_figure_drawable(v, false)) return (double)NAN;
    if (!(m->hi > m->lo)) return 0.5;
    double s = into_unit((v - m->lo) / (m->hi - m->lo));
    return floor(s * SHADES + 0.5) / SHADES;
}

/* Cells from..to-1 of a row, all of one shade. */
static void draw_run(const drawing *d, int64_t row, int64_t from, int64_t to, double shade,
                     const char *text)
{
    const rg_figure_grid *g = &d->m->grid;
    double a[2], b[2], low[2], high[2], r = (double)row;
    if (!place_point(d, along_grid(g->x0, g->x1, g->columns, (double)from - 0.5),
                     along_grid(g->y0, g->y1, g->rows, r - 0.5), a) ||
        !place_point(d, along_grid(g->x0, g->x1, g->columns, (double)to - 0.5),
                     along_grid(g->y0, g->y1, g->rows, r + 0.5), b))
        return;
    for (int k = 0; k < 2; k++) {
        low[k] = into_unit(fmin(a[k], b[k]));
        high[k] = into_unit(fmax(a[k], b[k]));
    }
    if (low[0] < high[0] && low[1] < high[1]) d->c->cell(d->c->ud, shade, low, high, text);
}

/* All cells of one shade, so that a canvas can draw them as one. */
static void draw_shade(const drawing *d, double shade, bool written)
{
    const rg_figure_grid *g = &d->m->grid;
    char text[RG_TICK_TEXT];
    for (int64_t r = 0; r < g->rows; r++)
        for (int64_t c = 0, to; c < g->columns; c = to) {
            const double *v = g->v + r * g->columns;
            to = c + 1;
            if (shade_of(d->m, v[c]) != shade) continue;
            while (!written && to < g->columns && shade_of(d->m, v[to]) == shade) to++;
            draw_run(d, r, c, to, shade, written ? rg_figure_number(v[c], 3, text) : NULL);
        }
}

static void draw_heat(const drawing *d)
{
    enum { MOST_ACROSS = 12, MOST_WRITTEN = 144 };
    const rg_figure_grid *g = &d->m->grid;
    bool written = g->columns <= MOST_ACROSS && g->rows * g->columns <= MOST_WRITTEN;
    for (int k = 0; k <= SHADES; k++) draw_shade(d, (double)k / SHADES, written);
}

/* Where the level lies between two corners of a cell. */
static void crossing(const double a[3], const double b[3], double level, double at[2])
{
    double t = (level - a[2]) / (b[2] - a[2]);
    for (int k = 0; k < 2; k++) at[k] = a[k] + t * (b[k] - a[k]);
}

/* Marching squares, with a saddle decided by the mean of its corners. corner[k] is x, y, value,
 * around the cell. */
static void draw_cell_contour(const drawing *d, double shade, double level, double corner[4][3])
{
    double at[4][2];
    int edges = 0, above = 0;
    double mean = 0;
    for (int k = 0; k < 4; k++) {
        const double *a = corner[k], *b = corner[(k + 1) % 4];
        above |= (a[2] > level) << k;
        mean += a[2] / 4;
        if ((a[2] > level) == (b[2] > level)) continue;
        crossing(a, b, level, at[edges++]);
    }
    if (edges == 2) draw_line(d, shade, at[0], at[1]);
    if (edges != 4) return;
    bool first_joined = (above & 1) == (mean > level); /* corner 0 belongs to the middle */
    draw_line(d, shade, at[first_joined ? 0 : 3], at[first_joined ? 1 : 0]);
    draw_line(d, shade, at[first_joined ? 2 : 1], at[first_joined ? 3 : 2]);
}

static bool cell_corners(const drawing *d, int64_t r, int64_t c, double corner[4][3])
{
    static const int around[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    const rg_figure_grid *g = &d->m->grid;
    for (int k = 0; k < 4; k++) {
        int64_t row = r + around[k][0], column = c + around[k][1];
        corner[k][2] = g->v[row * g->columns + column];
        if (!rg_figure_drawable(corner[k][2], false) ||
            !place_point(d, along_grid(g->x0, g->x1, g->columns, (double)column),
                         along_grid(g->y0, g->y1, g->rows, (double)row), corner[k]))
            return false;
    }
    return true;
}

static void draw_contours(const drawing *d)
{
    const rg_figure_grid *g = &d->m->grid;
    double corner[4][3];
    for (int64_t k = 0; k < d->m->n; k++)
        for (int64_t r = 0; r + 1 < g->rows; r++)
            for (int64_t c = 0; c + 1 < g->columns; c++)
                if (cell_corners(d, r, c, corner))
                    draw_cell_contour(d, shade_of(d->m, d->m->y[k]), d->m->y[k], corner);
}

/* ---- all of it ------------------------------------------------------------------------------ */

void rg_figure_draw(const rg_figure *f, const rg_figure_frame *frame, const rg_figure_canvas *c)
{
    for (const rg_figure_mark *m = f->first; m; m = m->next) {
        drawing d = {frame, c, m};
        switch (m->kind) {
        case RG_MARK_LINE:
            draw_line_mark(&d);
            break;
        case RG_MARK_POINTS:
            draw_markers(&d);
            break;
        case RG_MARK_ARROWS:
            draw_arrows(&d);
            break;
        case RG_MARK_BARS:
            draw_bars(&d);
            break;
        case RG_MARK_HISTOGRAM:
            draw_histogram(&d);
            break;
        case RG_MARK_RULE_X:
        case RG_MARK_RULE_Y:
            draw_rule(&d);
            break;
        case RG_MARK_HEAT:
            draw_heat(&d);
            break;
        case RG_MARK_CONTOURS:
            draw_contours(&d);
            break;
        }
    }
}
