/* fit_figure.c - the picture of a fit. With one column it is drawn over it; with several,
 * what was measured is drawn over what was fitted. */
#include "fit_figure.h"
#include "figure.h"
#include "memory.h"
#include "text_file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE = 300, MOST = 4000 };

typedef struct pair {
    double x, y;
} pair;

static int by_x(const void *a, const void *b)
{
    double d = ((const pair *)a)->x - ((const pair *)b)->x;
    return (d > 0) - (d < 0);
}

/* As many as can be told apart, evenly among all; the first and the last in x are among them. */
static void draw_points(rg_figure *f, const char *name, int64_t n, const double *x, const double *y)
{
    int64_t step = 1 + (n - 1) / MOST, m = 0, first = 0, last = 0;
    double *v = memory_new(2 * (size_t)n, sizeof *v);
    for (int64_t i = 0; i < n; i++) {
        if (x[i] < x[first]) first = i;
        if (x[i] > x[last]) last = i;
    }
    for (int64_t i = 0; i < n; i++) {
        if (i % step && i != first && i != last) continue;
        v[m] = x[i];
        v[n + m++] = y[i];
    }
    rg_figure_points(f, name, m, v, v + n);
    free(v);
}

/* The fitted values in the order of x, as a curve; as many as the points. */
static void draw_sorted(rg_figure *f, int64_t n, const double *x, const double *y)
{
    int64_t step = 1 + (n - 1) / MOST, m = 0;
    pair *p = memory_new((size_t)n, sizeof *p);
    double *sorted = memory_new(2 * (size_t)n, sizeof *sorted);
    for (int64_t i = 0; i < n; i++) p[i] = (pair){x[i], y[i]};
    qsort(p, (size_t)n, sizeof *p, by_x);
    for (int64_t i = 0; i < n; i += step, m++) {
        sorted[m] = p[i].x;
        sorted[n + m] = p[i].y;
    }
    rg_figure_line(f, "fit", m, sorted, sorted + n);
    free(p);
    free(sorted);
}

/* The curve between the data: the formula over the data and even steps behind them. It is
 * that curve only if every row stands for itself: the data's own values must come out as
 * before, which a formula with mean(x) in it does not do. */
static bool draw_between(rg_figure *f, const fit_picture *p, const double *fitted)
{
    int64_t n = p->rows, all = n + CURVE;
    double *x = memory_new(2 * (size_t)all, sizeof *x), *y = x + all;
    double lo = p->x[0], hi = p->x[0];
    for (int64_t i = 0; i < n; i++) {
        x[i] = p->x[i];
        lo = fmin(lo, x[i]);
        hi = fmax(hi, x[i]);
    }
    for (int i = 0; i < CURVE; i++) x[n + i] = lo + (hi - lo) * i / (CURVE - 1);
    bool same = p->values(p->ud, 1, x, all, y);
    for (int64_t i = 0; i < n && same; i++)
        same = fabs(y[i] - fitted[i]) <= 1e-9 * (1 + fabs(fitted[i]));
    if (same) rg_figure_line(f, "fit", CURVE, x + n, y + n);
    free(x);
    return same;
}

static rg_figure *data_figure(const fit_picture *p, const double *y, const double *fitted)
{
    char about[160];
    int64_t step = 1 + (p->rows - 1) / MOST;
    snprintf(about, sizeof about, "%s", p->column ? "The data and the curve fitted to them."
                                                  : "What was measured over what was fitted: a perfect fit lies on the line.");
    if (step > 1) snprintf(about + strlen(about), sizeof about - strlen(about), " One of %lld rows is drawn.", (long long)step);
    rg_figure_options o = {.title = p->formula,
                           .about = about,
                           .x.label = p->column ? p->column : "fitted",
                           .y.label = p->column ? "data and fit" : "measured"};
    rg_figure *f = rg_figure_new(p->tape, &o);
    const double *x = p->column ? p->x : fitted;
    draw_points(f, "data", p->rows, x, y);
    if (!p->column || !draw_between(f, p, fitted)) draw_sorted(f, p->rows, x, fitted);
    return f;
}

static rg_figure *residual_figure(const fit_picture *p, const double *y, const double *fitted)
{
    rg_figure_options o = {.title = "Residuals",
                           .about = " Below: the data minus the fit.",
                           .x.label = p->column ? p->column : "fitted",
                           .y.label = "data - fit"};
    rg_figure *f = rg_figure_new(p->tape, &o);
    double *left = memory_new((size_t)p->rows, sizeof *left);
    for (int64_t i = 0; i < p->rows; i++) left[i] = y[i] - fitted[i];
    rg_figure_rule_y(f, NULL, 0);
    draw_points(f, NULL, p->rows, p->column ? p->x : fitted, left);
    free(left);
    return f;
}

bool fit_picture_save(const fit_picture *p, const char *path, diag *d)
{
    text_file out = {0};
    double *y = memory_new(2 * (size_t)p->rows, sizeof *y), *fitted = y + p->rows;
    bool good = p->values(p->ud, 0, NULL, p->rows, y) && p->values(p->ud, 1, NULL, p->rows, fitted);
    if (!good) {
        free(y);
        return diag_set(d, E_ENGINE, NULL, (span){0, 0}, "the fit cannot be drawn");
    }
    rg_figure *f[2] = {data_figure(p, y, fitted), residual_figure(p, y, fitted)};
    rg_status s = rg_figure_write_stack(2, f, RG_FIGURE_SVG, text_file_add, &out);
    for (int i = 0; i < 2; i++) rg_figure_free(f[i]);
    free(y);
    if (s) memory_die();
    return text_file_save(&out, path, d);
}
