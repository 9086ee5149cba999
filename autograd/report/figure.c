/* figure.c - what a figure holds: marks with copies of their numbers. */
#define RG_NO_HERE
#include "figure_parts.h"
#include "op.h"
#include <math.h>
#include <string.h>

/* ---- memory ----------------------------------------------------------------------------- */

/* Zeroed, freed with the figure; NULL, and the figure is spoilt, when there is none. */
static void *figure_take(rg_figure *f, int64_t count, size_t size)
{
    size_t most = (SIZE_MAX - sizeof(rg_figure_block)) / size;
    rg_figure_block *b = NULL;
    if (count >= 0 && (uint64_t)count <= most) {
        size_t bytes = sizeof *b + (size_t)count * size;
        b = rg_scratch(f->tape, bytes);
        if (b) memset(b, 0, bytes);
        if (b) b->size = bytes;
    }
    if (!b) {
        f->lost = true;
        return NULL;
    }
    b->next = f->block;
    f->block = b;
    return b + 1;
}

static const char *figure_copy(rg_figure *f, const char *text)
{
    if (!text) return NULL;
    char *to = figure_take(f, (int64_t)strlen(text) + 1, 1);
    return to ? strcpy(to, text) : NULL;
}

static double *copy_numbers(rg_figure *f, int64_t n, const double *v)
{
    double *to = figure_take(f, n, sizeof *to);
    for (int64_t i = 0; to && i < n; i++) to[i] = v ? v[i] : (double)i;
    return to;
}

rg_figure *rg_figure_new(rg_tape *t, const rg_figure_options *o)
{
    rg_figure *f = t ? rg_scratch(t, sizeof *f) : NULL;
    if (!f) return NULL;
    memset(f, 0, sizeof *f);
    f->tape = t;
    f->end = &f->first;
    if (o) f->o = *o;
    f->o.title = figure_copy(f, f->o.title);
    f->o.about = figure_copy(f, f->o.about);
    f->o.x.label = figure_copy(f, f->o.x.label);
    f->o.y.label = figure_copy(f, f->o.y.label);
    return f;
}

void rg_figure_free(rg_figure *f)
{
    if (!f) return;
    rg_figure_block *next;
    for (rg_figure_block *b = f->block; b; b = next) {
        next = b->next;
        rg_scratch_free(f->tape, b, b->size);
    }
    rg_scratch_free(f->tape, f, sizeof *f);
}

/* ---- marks -------------------------------------------------------------------------------- */

/* A mark that is not yet drawn; NULL when the figure can take no more. */
static rg_figure_mark *new_mark(rg_figure *f, rg_mark_kind kind, const char *name, int64_t n)
{
    rg_figure_mark *m = f && !f->lost ? figure_take(f, 1, sizeof *m) : NULL;
    if (!m) return NULL;
    m->kind = kind;
    m->n = n > 0 ? n : 0;
    m->name = figure_copy(f, name);
    return m;
}

/* All of it could be copied: draw it. */
static void add_mark(rg_figure *f, rg_figure_mark *m)
{
    if (f->lost) return;
    bool rule = m->kind == RG_MARK_RULE_X || m->kind == RG_MARK_RULE_Y;
    bool dashed = m->kind == RG_MARK_LINE || m->kind == RG_MARK_HISTOGRAM;
    if (!rg_figure_has_grid(m)) m->style = rule ? f->rules++ : f->styles++;
    if (dashed) m->dash = f->dashes++;
    *f->end = m;
    f->end = &m->next;
}

static void add_pairs(rg_figure *f, rg_mark_kind kind, const char *name, int64_t n, const double *x,
                      const double *y)
{
    rg_figure_mark *m = new_mark(f, kind, name, n);
    if (!m) return;
    m->x = copy_numbers(f, m->n, x);
    m->y = copy_numbers(f, m->n, y);
    add_mark(f, m);
}

void rg_figure_line(rg_figure *f, const char *name, int64_t n, const double *x, const double *y)
{
    add_pairs(f, RG_MARK_LINE, name, n, x, y);
}

void rg_figure_points(rg_figure *f, const char *name, int64_t n, const double *x, const double *y)
{
    add_pairs(f, RG_MARK_POINTS, name, n, x, y);
}

void rg_figure_arrows(rg_figure *f, const char *name, int64_t n, const double *x, const double *y,
                      const double *dx, const double *dy)
{
    rg_figure_mark *m = new_mark(f, RG_MARK_ARROWS, name, n);
    if (!m) return;
    m->x = copy_numbers(f, m->n, x);
    m->y = copy_numbers(f, m->n, y);
    m->dx = copy_numbers(f, m->n, dx);
    m->dy = copy_numbers(f, m->n, dy);
    add_mark(f, m);
}

void rg_figure_rule_x(rg_figure *f, const char *name, double x)
{
    add_pairs(f, RG_MARK_RULE_X, name, 1, &x, &x);
}

void rg_figure_rule_y(rg_figure *f, const char *name, double y)
{
    add_pairs(f, RG_MARK_RULE_Y, name, 1, &y, &y);
}

/* ---- bars --------------------------------------------------------------------------------- */

/* The k-th series moves aside: all share four fifths of the room of a label. */
static void group_bars(rg_figure *f)
{
    int k = 0;
    for (rg_figure_mark *m = f->first; m; m = m->next) {
        if (m->kind != RG_MARK_BARS) continue;
        for (int64_t i = 0; i < m->n; i++) {
            m->dx[i] = 0.8 / f->bars;
            m->x[i] = (double)i + (k - 0.5 * (f->bars - 1)) * m->dx[i];
        }
        k++;
    }
}

void rg_figure_bars(rg_figure *f, const char *name, int64_t n, const char *const *label,
                    const double *y)
{
    rg_figure_mark *m = new_mark(f, RG_MARK_BARS, name, n);
    if (!m) return;
    m->x = copy_numbers(f, m->n, NULL);
    m->dx = copy_numbers(f, m->n, NULL);
    m->y = copy_numbers(f, m->n, y);
    if (label) m->label = figure_take(f, m->n, sizeof *m->label);
    for (int64_t i = 0; label && m->label && i < m->n; i++) m->label[i] = figure_copy(f, label[i]);
    add_mark(f, m);
    if (f->lost) return;
    f->bars++;
    group_bars(f);
}

/* The least and largest of the numbers that can be drawn; false: there are none. v NULL: lost. */
static bool figure_extent(int64_t n, const double *v, double *lo, double *hi)
{
    *lo = (double)INFINITY;
    *hi = -(double)INFINITY;
    for (int64_t i = 0; v && i < n; i++) {
        if (!rg_figure_drawable(v[i], false)) continue;
        *lo = fmin(*lo, v[i]);
        *hi = fmax(*hi, v[i]);
    }
    return *lo <= *hi;
}

void rg_figure_histogram(rg_figure *f, const char *name, int64_t n, const double *v, int bins)
{
    enum { FEWEST = 5, MOST = 100 };
    double lo, hi;
    int usual = (int)fmin(fmax(sqrt((double)n), FEWEST), MOST);
    rg_figure_mark *m = new_mark(f, RG_MARK_HISTOGRAM, name, bins > 0 ? bins : usual);
    if (!m) return;
    if (!figure_extent(n, v, &lo, &hi)) m->n = 0;
    m->x = copy_numbers(f, m->n, NULL);
    m->dx = copy_numbers(f, m->n, NULL);
    m->y = figure_take(f, m->n, sizeof *m->y);
    if (f->lost) return;
    if (lo == hi) lo -= 0.5, hi += 0.5;
    double width = hi / (double)m->n - lo / (double)m->n;
    for (int64_t i = 0; i < m->n; i++) {
        m->x[i] = lo + ((double)i + 0.5) * width;
        m->dx[i] = width;
    }
    for (int64_t i = 0; i < n && m->n; i++) {
        if (!rg_figure_drawable(v[i], false)) continue;
        int64_t at = (int64_t)(v[i] / width - lo / width);
        m->y[at < 0 ? 0 : at < m->n ? at : m->n - 1]++;
    }
    add_mark(f, m);
}

/* ---- grids -------------------------------------------------------------------------------- */

static rg_figure_mark *new_grid(rg_figure *f, rg_mark_kind kind, const char *name,
                                const rg_figure_grid *g, double lo, double hi)
{
    rg_figure_mark *m = new_mark(f, kind, name, 0);
    if (!m) return NULL;
    static const rg_figure_grid nothing;
    if (!g) g = &nothing;
    bool empty = g->rows < 1 || g->columns < 1 || g->rows > INT64_MAX / g->columns;
    m->grid = *g;
    if (empty) m->grid.rows = m->grid.columns = 0;
    m->grid.v = copy_numbers(f, m->grid.rows * m->grid.columns, g->v);
    m->lo = lo;
    m->hi = hi;
    if (!f->lost && lo == 0 && hi == 0 &&
        !figure_extent(m->grid.rows * m->grid.columns, m->grid.v, &m->lo, &m->hi))
        m->lo = m->hi = 0;
    return m;
}

void rg_figure_heat(rg_figure *f, const char *name, const rg_figure_grid *g, double lo, double hi)
{
    rg_figure_mark *m = new_grid(f, RG_MARK_HEAT, name, g, lo, hi);
    if (m) add_mark(f, m);
}

static void sort_numbers(double *v, int64_t n)
{
    for (int64_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (int64_t i = gap; i < n; i++) {
            double x = v[i];
            int64_t j = i;
            for (; j >= gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap];
            v[j] = x;
        }
}

/* Levels with equally many numbers between them. */
static void part_evenly(rg_figure *f, rg_figure_mark *m)
{
    int64_t all = m->grid.rows * m->grid.columns, n = 0;
    double *sorted = figure_take(f, all, sizeof *sorted);
    if (!sorted) return;
    for (int64_t i = 0; i < all; i++)
        if (rg_figure_drawable(m->grid.v[i], false)) sorted[n++] = m->grid.v[i];
    sort_numbers(sorted, n);
    if (!n) m->n = 0;
    for (int64_t k = 0; k < m->n; k++) m->y[k] = sorted[(2 * k + 1) * n / (2 * m->n)];
}

void rg_figure_contours(rg_figure *f, const char *name, const rg_figure_grid *g, int n,
                        const double *level)
{
    rg_figure_mark *m = new_grid(f, RG_MARK_CONTOURS, name, g, 0, 0);
    if (!m) return;
    m->n = n > 0 ? n : 0;
    m->y = copy_numbers(f, m->n, level);
    if (!f->lost && !level) part_evenly(f, m);
    if (f->lost) return;
    if (!figure_extent(m->n, m->y, &m->lo, &m->hi)) m->lo = m->hi = 0;
    add_mark(f, m);
}

/* ---- out ---------------------------------------------------------------------------------- */

rg_status rg_figure_write_stack(int n, rg_figure *const *f, rg_figure_form form,
                                void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_figure_out out = {.write = write, .ud = ud};
    for (int i = 0; i < n; i++)
        if (!f[i] || f[i]->lost) return RG_NOMEM;
    if (form == RG_FIGURE_SVG) rg_figure_svg(n, f, &out);
    if (form == RG_FIGURE_CSV) rg_figure_csv_head(&out);
    for (int i = 0; i < n; i++) {
        if (form == RG_FIGURE_CSV) rg_figure_csv_rows(f[i], &out);
        if (form == RG_FIGURE_ASCII) rg_figure_characters(f[i], false, &out);
        if (form == RG_FIGURE_UTF8) rg_figure_characters(f[i], true, &out);
    }
    rg_figure_flush(&out);
    return RG_OK;
}

rg_status rg_figure_write(const rg_figure *f, rg_figure_form form,
                          void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_figure *one = (rg_figure *)f; /* the stack only looks at it */
    return rg_figure_write_stack(1, &one, form, write, ud);
}
