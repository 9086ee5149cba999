/* figure_words.c - a figure in words, and as a table: for those who do not see it, and for
 * those who want the numbers. */
#include "figure_parts.h"
#include <math.h>
#include <string.h>

/* ---- the description ------------------------------------------------------------------------ */

static const char *const kind_words[] = {
    [RG_MARK_LINE] = "line",           [RG_MARK_POINTS] = "points",
    [RG_MARK_ARROWS] = "arrows",       [RG_MARK_BARS] = "bars",
    [RG_MARK_HISTOGRAM] = "histogram", [RG_MARK_RULE_X] = "rule at x",
    [RG_MARK_RULE_Y] = "rule at y",    [RG_MARK_HEAT] = "heat map",
    [RG_MARK_CONTOURS] = "contours"};

static void say_number(rg_figure_out *o, const char *before, double v)
{
    char text[RG_TICK_TEXT];
    rg_figure_put(o, "%s%s", before, rg_figure_number(v, 4, text));
}

static bool mark_drawable(const rg_figure *f, const rg_figure_mark *m, int64_t i)
{
    return rg_figure_drawable(m->x[i], f->o.x.log) && rg_figure_drawable(m->y[i], f->o.y.log);
}

static void say_points(const rg_figure *f, const rg_figure_mark *m, rg_figure_out *o)
{
    int64_t first = -1, last = -1, left_out = 0;
    double lo = (double)INFINITY, hi = -(double)INFINITY;
    for (int64_t i = 0; i < m->n; i++) {
        if (!mark_drawable(f, m, i)) {
            left_out++;
            continue;
        }
        if (first < 0) first = i;
        last = i;
        lo = fmin(lo, m->y[i]);
        hi = fmax(hi, m->y[i]);
    }
    rg_figure_put(o, ", %lld", (long long)m->n);
    if (left_out) rg_figure_put(o, " of which %lld are not drawn", (long long)left_out);
    if (first < 0) return;
    say_number(o, ", from (", m->x[first]);
    say_number(o, ", ", m->y[first]);
    say_number(o, ") to (", m->x[last]);
    say_number(o, ", ", m->y[last]);
    say_number(o, "), heights ", lo);
    say_number(o, " to ", hi);
}

static void say_mark(const rg_figure *f, const rg_figure_mark *m, rg_figure_out *o)
{
    rg_figure_put(o, " %c%s", kind_words[m->kind][0] - 'a' + 'A', kind_words[m->kind] + 1);
    bool rule = m->kind == RG_MARK_RULE_X || m->kind == RG_MARK_RULE_Y;
    if (rule && rg_figure_drawable(m->x[0], false)) say_number(o, " = ", m->x[0]);
    if (m->name) {
        rg_figure_put(o, " (");
        rg_figure_put_xml(o, m->name, 200);
        rg_figure_put(o, ")");
    }
    if (rg_figure_has_grid(m)) {
        rg_figure_put(o, ", %lld by %lld", (long long)m->grid.rows, (long long)m->grid.columns);
        say_number(o, ", values ", m->lo);
        say_number(o, " to ", m->hi);
    } else if (!rule)
        say_points(f, m, o);
    rg_figure_put(o, ".");
}

static void say_axis(const char *which, const rg_figure_axis *a, rg_figure_out *o)
{
    if (!a->label) return;
    rg_figure_put(o, " %s: ", which);
    rg_figure_put_xml(o, a->label, 200);
    rg_figure_put(o, "%s.", a->log ? ", logarithmic" : "");
}

void rg_figure_describe(const rg_figure *f, rg_figure_out *o)
{
    if (f->o.about) rg_figure_put_xml(o, f->o.about, INT16_MAX);
    say_axis("Across", &f->o.x, o);
    say_axis("Up", &f->o.y, o);
    for (const rg_figure_mark *m = f->first; m; m = m->next) say_mark(f, m, o);
    if (!f->first) rg_figure_put(o, " Nothing is drawn.");
}

/* ---- the table ------------------------------------------------------------------------------- */

static void put_cell_text(const char *text, rg_figure_out *o)
{
    if (!text) return;
    rg_figure_put(o, "\"");
    for (const char *s = text; *s; s++) rg_figure_put(o, "%s%c", *s == '"' ? "\"" : "", *s);
    rg_figure_put(o, "\"");
}

static void put_cell_number(double v, rg_figure_out *o)
{
    char text[RG_TICK_TEXT];
    rg_figure_put(o, ",%s", isnan(v) ? "" : rg_figure_number(v, 17, text));
}

static void put_row_head(const rg_figure_mark *m, rg_figure_out *o)
{
    rg_figure_put(o, "%s,", kind_words[m->kind]);
    put_cell_text(m->name, o);
}

static void put_points_rows(const rg_figure_mark *m, rg_figure_out *o)
{
    for (int64_t i = 0; i < m->n; i++) {
        put_row_head(m, o);
        put_cell_number(m->kind == RG_MARK_RULE_Y ? (double)NAN : m->x[i], o);
        put_cell_number(m->kind == RG_MARK_RULE_X ? (double)NAN : m->y[i], o);
        if (m->kind == RG_MARK_ARROWS) {
            put_cell_number(m->dx[i], o);
            put_cell_number(m->dy[i], o);
            rg_figure_put(o, ",,\n");
        } else {
            rg_figure_put(o, ",,,,");
            put_cell_text(m->label ? m->label[i] : NULL, o);
            rg_figure_put(o, "\n");
        }
    }
}

static double grid_place(double from, double to, int64_t n, int64_t k)
{
    return n > 1 ? from + (double)k * (to - from) / (double)(n - 1) : from;
}

static void put_grid_rows(const rg_figure_mark *m, rg_figure_out *o)
{
    const rg_figure_grid *g = &m->grid;
    for (int64_t i = 0; i < g->rows * g->columns; i++) {
        put_row_head(m, o);
        put_cell_number(grid_place(g->x0, g->x1, g->columns, i % g->columns), o);
        put_cell_number(grid_place(g->y0, g->y1, g->rows, i / g->columns), o);
        rg_figure_put(o, ",,");
        put_cell_number(g->v[i], o);
        rg_figure_put(o, ",\n");
    }
}

void rg_figure_csv_head(rg_figure_out *o)
{
    rg_figure_put(o, "mark,series,x,y,dx,dy,value,label\n");
}

void rg_figure_csv_rows(const rg_figure *f, rg_figure_out *o)
{
    for (const rg_figure_mark *m = f->first; m; m = m->next)
        (rg_figure_has_grid(m) ? put_grid_rows : put_points_rows)(m, o);
}
