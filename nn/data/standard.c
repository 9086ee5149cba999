/* standard.c - mean and deviation of some rows: of all pixels together, exactly,
 * by counting the 256 shades; of every column for itself, in two passes. */
#define RG_NO_HERE
#include "op.h"
#include "filling.h"
#include <math.h>

static void fit_pixels(rg_standard *s, const rg_data *d, const int64_t *rows, int64_t n)
{
    int64_t count[256] = {0};
    double total = (double)n * (double)d->width, mean = 0, var = 0;
    for (int64_t i = 0; i < n; i++) {
        const unsigned char *p = (const unsigned char *)d->x + rg_row_at(rows, i) * d->width;
        for (int64_t j = 0; j < d->width; j++) count[p[j]]++;
    }
    for (int v = 0; v < 256; v++) mean += (double)count[v] * v / 255;
    mean /= total;
    for (int v = 0; v < 256; v++) var += (double)count[v] * (v / 255.0 - mean) * (v / 255.0 - mean);
    s->mean[0] = mean;
    s->deviation[0] = var > 0 ? sqrt(var / total) : 1;
}

/* Of n numbers, stride apart in x, those that are not NaN. */
static void fit_column(const double *x, int64_t stride, const int64_t *rows, int64_t n,
                       double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        double v = x[rg_row_at(rows, i) * stride];
        if (isnan(v)) continue;
        sum += v;
        count++;
    }
    *mean = count ? sum / (double)count : 0;
    for (int64_t i = 0; i < n; i++) {
        double v = x[rg_row_at(rows, i) * stride] - *mean;
        if (!isnan(v)) squares += v * v;
    }
    *deviation = squares > 0 ? sqrt(squares / (double)count) : 1;
}

rg_status rg_standard_fit(rg_standard *s, const rg_data *d, const int64_t *rows, int64_t n,
                          const rg_alloc *alloc, rg_error *e)
{
    *s = (rg_standard){0};
    if (!rows) n = d->rows;
    if (n < 1) return rg_error_set(e, RG_SHAPE, "no rows to take mean and deviation of");
    rg_store_open(&s->store, alloc);
    s->width = d->dtype == RG_U8 ? 1 : d->width;
    s->target_deviation = 1;
    s->mean = rg_store_take(&s->store, s->width, sizeof *s->mean, e);
    s->deviation = rg_store_take(&s->store, s->width, sizeof *s->deviation, e);
    if (!s->mean || !s->deviation) {
        rg_standard_free(s);
        return RG_NOMEM;
    }
    if (d->dtype == RG_U8)
        fit_pixels(s, d, rows, n);
    else
        for (int64_t j = 0; j < d->width; j++)
            fit_column((const double *)d->x + j, d->width, rows, n, &s->mean[j], &s->deviation[j]);
    if (d->task == RG_REGRESS)
        fit_column(d->target, 1, rows, n, &s->target_mean, &s->target_deviation);
    return RG_OK;
}

void rg_standard_free(rg_standard *s)
{
    rg_store_close(&s->store);
    *s = (rg_standard){0};
}
