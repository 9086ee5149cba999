/* sheet_tensor.c - many numbers on a page: a table of few, a map of more, and of very many a
 * map of means with what can be said about all. */
#include "page.h"
#include "sheet.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 9, BARS = 16, TITLES = 1024, TABLED = 4096 };

/* A tensor as a matrix: leading axes one below the other. */
typedef struct grid {
    const rg_node *x;
    int64_t rows, columns;
    int64_t down, across; /* entries in one cell of the map */
} grid;

static grid grid_of(const rg_node *x)
{
    const rg_layout *l = x->layout;
    grid g = {.x = x, .columns = l->rank ? l->dim[l->rank - 1] : 1};
    g.rows = g.columns ? l->count / g.columns : 0;
    g.down = (g.rows + RG_SHEET_MAP - 1) / RG_SHEET_MAP;
    g.across = (g.columns + RG_SHEET_MAP - 1) / RG_SHEET_MAP;
    return g;
}

/* The mean of one cell of the map. */
static double cell_mean(const grid *g, int64_t row, int64_t column)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t r = row * g->down; r < (row + 1) * g->down && r < g->rows; r++)
        for (int64_t c = column * g->across; c < (column + 1) * g->across && c < g->columns;
             c++, n++)
            sum += rg_entry(g->x, r * g->columns + c);
    return n ? sum / (double)n : 0;
}

static double largest_mean(const grid *g, int64_t rows, int64_t columns)
{
    double most = 0;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            double v = fabs(cell_mean(g, r, c));
            if (isfinite(v) && v > most) most = v;
        }
    return most;
}

/* ---- a table -------------------------------------------------------------------------------- */

static void number_table(const rg_sheet *h, const grid *g, bool heads)
{
    char text[RG_LABEL];
    rg_pen_text(h->p, "<table class=\"t\">");
    if (heads) {
        rg_pen_text(h->p, "<thead><tr><td></td>");
        for (int64_t c = 0; c < g->columns; c++)
            rg_pen_put(h->p, "<th scope=\"col\">%lld</th>", (long long)c);
        rg_pen_text(h->p, "</tr></thead>");
    }
    for (int64_t r = 0; r < g->rows; r++) {
        rg_pen_text(h->p, "<tr>");
        if (heads) rg_pen_put(h->p, "<th scope=\"row\">%lld</th>", (long long)r);
        for (int64_t c = 0; c < g->columns; c++)
            rg_pen_put(h->p, "<td>%s</td>",
                       rg_number_text(rg_entry(g->x, r * g->columns + c), h->digits, text));
        rg_pen_text(h->p, "</tr>");
    }
    rg_pen_text(h->p, "</table>");
}

void rg_sheet_numbers(const rg_sheet *h, const rg_node *x)
{
    char text[RG_TEXT];
    grid g = grid_of(x);
    if (x->layout->rank > 0 && x->layout->count > 0 && g.rows <= RG_SHEET_TABLE &&
        g.columns <= RG_SHEET_TABLE) {
        number_table(h, &g, false);
        return;
    }
    if (x->layout->count == 1) {
        rg_html_text(h->p, rg_numbers_text(x, h->digits, 120, text));
        return;
    }
    rg_pen_put(h->p, "%s<br><small>", rg_shape_text(rg_shape_of(x), text));
    rg_html_text(h->p, rg_numbers_text(x, h->digits < 4 ? h->digits : 4, 120, text));
    rg_pen_text(h->p, "</small>");
}

/* ---- a map ---------------------------------------------------------------------------------- */

static void map_cell(const rg_sheet *h, const grid *g, int64_t r, int64_t c, double most,
                     bool titled)
{
    char text[RG_LABEL];
    double v = cell_mean(g, r, c);
    if (v == 0) return;
    rg_pen_put(
        h->p,
        "<rect class=\"%s\" x=\"%lld\" y=\"%lld\" width=\"%d\" height=\"%d\" fill-opacity=\"%.2f\"",
        !isfinite(v) ? "odd"
        : v > 0      ? "pos"
                     : "neg",
        (long long)(c * CELL), (long long)(r * CELL), CELL - 1, CELL - 1,
        isfinite(v) ? 0.08 + 0.92 * fabs(v) / most : 1);
    if (titled)
        rg_pen_put(h->p, "><title>[%lld,%lld] %s</title></rect>", (long long)r, (long long)c,
                   rg_number_text(v, h->digits, text));
    else
        rg_pen_text(h->p, "/>");
}

static void number_map(const rg_sheet *h, const grid *g)
{
    char low[RG_LABEL], high[RG_LABEL];
    int64_t rows = (g->rows + g->down - 1) / g->down,
            columns = (g->columns + g->across - 1) / g->across;
    double most = largest_mean(g, rows, columns);
    rg_pen_put(h->p,
               "<svg class=\"map\" role=\"img\" aria-label=\"map of the numbers\" viewBox=\"0 0 "
               "%lld %lld\" width=\"%lld\" height=\"%lld\">",
               (long long)(columns * CELL), (long long)(rows * CELL), (long long)(columns * CELL),
               (long long)(rows * CELL));
    for (int64_t r = 0; r < rows && most > 0; r++)
        for (int64_t c = 0; c < columns; c++) map_cell(h, g, r, c, most, rows * columns <= TITLES);
    rg_pen_put(
        h->p,
        "</svg>\n<p class=\"scale\"><span class=\"neg\">%s</span> 0 <span class=\"pos\">%s</span>",
        rg_number_text(-most, 3, low), rg_number_text(most, 3, high));
    if (g->down > 1 || g->across > 1)
        rg_pen_put(h->p, " each cell is the mean of %lldx%lld numbers", (long long)g->down,
                   (long long)g->across);
    rg_pen_text(h->p, "</p>\n");
}

/* ---- a histogram ----------------------------------------------------------------------------- */

static void number_bars(const rg_sheet *h, const rg_node *x)
{
    int64_t count[BARS] = {0}, most = 1;
    double low = (double)INFINITY, high = -(double)INFINITY;
    char a[RG_LABEL], b[RG_LABEL];
    for (int64_t i = 0; i < x->layout->count; i++) {
        double v = rg_entry(x, i);
        if (isfinite(v) && v < low) low = v;
        if (isfinite(v) && v > high) high = v;
    }
    if (!(high > low)) return;
    for (int64_t i = 0; i < x->layout->count; i++) {
        double v = (rg_entry(x, i) - low) / (high - low) * BARS;
        if (!isfinite(v)) continue;
        int bar = v < BARS ? (int)v : BARS - 1;
        if (++count[bar] > most) most = count[bar];
    }
    rg_pen_put(h->p,
               "<svg class=\"bars\" role=\"img\" aria-label=\"histogram\" viewBox=\"0 0 %d 60\" "
               "width=\"%d\" height=\"60\">",
               BARS * 14, BARS * 14);
    for (int i = 0; i < BARS; i++) {
        double height = 58.0 * (double)count[i] / (double)most;
        rg_pen_put(h->p,
                   "<rect x=\"%d\" y=\"%.1f\" width=\"12\" height=\"%.1f\"><title>%lld "
                   "numbers</title></rect>",
                   i * 14, 60 - height, height, (long long)count[i]);
    }
    rg_pen_put(h->p, "</svg>\n<p class=\"scale\">%s to %s</p>\n", rg_number_text(low, 3, a),
               rg_number_text(high, 3, b));
}

void rg_sheet_tensor(const rg_sheet *h, const rg_node *x, const char *what)
{
    char text[RG_TEXT];
    grid g = grid_of(x);
    if (x->layout->count < 2) return;
    rg_pen_put(h->p, "<figure><figcaption>%s, %s</figcaption>\n", what,
               rg_shape_text(rg_shape_of(x), text));
    number_map(h, &g);
    if (x->layout->count > RG_SHEET_MAP) {
        number_bars(h, x);
        rg_pen_text(h->p, "<p>");
        rg_html_text(h->p, rg_numbers_text(x, 4, 200, text));
        rg_pen_text(h->p, "</p>\n");
    }
    if (x->layout->count <= TABLED) {
        rg_pen_text(h->p, "<details><summary>the numbers</summary><div class=\"wide\" "
                          "tabindex=\"0\" role=\"group\" aria-label=\"numbers\">");
        number_table(h, &g, true);
        rg_pen_text(h->p, "</div></details>\n");
    }
    rg_pen_text(h->p, "</figure>\n");
}
