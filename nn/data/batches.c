/* batches.c - which rows come next, and their numbers. */
#define RG_NO_HERE
#include "op.h"
#include "filling.h"
#include <math.h>
#include <string.h>

rg_status rg_batches_new(rg_batches *b, const int64_t *rows, int64_t n, int64_t size, uint64_t seed,
                         const rg_alloc *alloc, rg_error *e)
{
    *b = (rg_batches){0};
    if (n < 1 || size < 1)
        return rg_error_set(e, RG_SHAPE,
                            "batches of %lld out of %lld rows: both must be at least 1",
                            (long long)size, (long long)n);
    rg_store_open(&b->store, alloc);
    b->order = rg_store_take(&b->store, n, sizeof *b->order, e);
    if (!b->order) return RG_NOMEM;
    b->rows = rows;
    b->n = n;
    b->size = size;
    b->seed = seed;
    rg_batches_begin(b, 0);
    return RG_OK;
}

void rg_batches_free(rg_batches *b)
{
    rg_store_close(&b->store);
    *b = (rg_batches){0};
}

/* ---- stratified ---------------------------------------------------------------- */

enum { SIZE, FIRST, DEALT, TALLIES };

rg_status rg_batches_stratify(rg_batches *b, const int64_t *label, int classes, rg_error *e)
{
    for (int64_t i = 0; i < b->n; i++) {
        int64_t row = rg_row_at(b->rows, i);
        if (label[row] < 0 || label[row] >= classes)
            return rg_error_set(e, RG_INDEX, "row %lld has label %lld, but there are %d classes",
                                (long long)row, (long long)label[row], classes);
    }
    b->by_class = rg_store_take(&b->store, b->n, sizeof *b->by_class, e);
    b->tally = rg_store_take(&b->store, (int64_t)classes * TALLIES, sizeof *b->tally, e);
    if (!b->by_class || !b->tally) return RG_NOMEM;
    b->label = label;
    b->classes = classes;
    return RG_OK;
}

/* The order sorted by class, stably, into by_class; sizes and first places. */
static void sort_by_class(rg_batches *b)
{
    int64_t *tally = b->tally;
    memset(tally, 0, (size_t)b->classes * TALLIES * sizeof *tally);
    for (int64_t i = 0; i < b->n; i++) tally[b->label[b->order[i]] * TALLIES + SIZE]++;
    for (int c = 1; c < b->classes; c++)
        tally[c * TALLIES + FIRST] =
            tally[(c - 1) * TALLIES + FIRST] + tally[(c - 1) * TALLIES + SIZE];
    for (int64_t i = 0; i < b->n; i++) {
        int64_t *c = &tally[b->label[b->order[i]] * TALLIES];
        b->by_class[c[FIRST] + c[DEALT]++] = b->order[i];
    }
    for (int c = 0; c < b->classes; c++) tally[c * TALLIES + DEALT] = 0;
}

/* The class of place p of n: of those that are owed a row by then, the one whose next row
 * is due first (Tijdeman, "The chairman assignment problem", 1980). */
static int class_due(const rg_batches *b, int64_t p)
{
    int best = -1;
    for (int c = 0; c < b->classes; c++) {
        const int64_t *x = &b->tally[c * TALLIES], *y = &b->tally[(best < 0 ? c : best) * TALLIES];
        if (x[DEALT] == x[SIZE] || x[SIZE] * (p + 1) <= x[DEALT] * b->n) continue;
        if (best < 0 || (x[DEALT] + 1) * y[SIZE] < (y[DEALT] + 1) * x[SIZE]) best = c;
    }
    return best;
}

static void deal_classes(rg_batches *b)
{
    sort_by_class(b);
    for (int64_t p = 0; p < b->n; p++) {
        int64_t *c = &b->tally[class_due(b, p) * TALLIES];
        b->order[p] = b->by_class[c[FIRST] + c[DEALT]++];
    }
}

/* ---- the epoch ------------------------------------------------------------------- */

void rg_batches_begin(rg_batches *b, uint64_t epoch)
{
    for (int64_t i = 0; i < b->n; i++) b->order[i] = rg_row_at(b->rows, i);
    rg_shuffle(b->order, b->n, b->seed, epoch);
    if (b->label) deal_classes(b);
    b->next = 0;
}

int64_t rg_batches_next(rg_batches *b, const int64_t **rows)
{
    int64_t left = b->n - b->next, n = left < b->size ? left : b->size;
    *rows = b->order + b->next;
    b->next += n;
    return n;
}

static void put_number(void *out, rg_dtype dtype, int64_t at, double v)
{
    if (dtype == RG_F32)
        ((float *)out)[at] = (float)v;
    else
        ((double *)out)[at] = v;
}

static rg_status check_take(const rg_data *d, const rg_standard *s, rg_dtype dtype, rg_error *e)
{
    int64_t width = d->dtype == RG_U8 ? 1 : d->width;
    if (dtype != RG_F32 && dtype != RG_F64)
        return rg_error_set(e, RG_DTYPE, "rows are taken as f32 or f64, not as %s",
                            rg_dtype_text(dtype));
    if (s && s->width != width)
        return rg_error_set(e, RG_SHAPE,
                            "%s: has %lld columns to standardise, mean and deviation are for %lld",
                            d->source, (long long)width, (long long)s->width);
    return RG_OK;
}

/* A pixel has 256 values: look the result up. */
static void take_pixels(const rg_data *d, const rg_standard *s, const int64_t *rows, int64_t n,
                        rg_dtype dtype, void *out)
{
    float as_f32[256];
    double as_f64[256];
    for (int v = 0; v < 256; v++) {
        as_f64[v] = s ? (v / 255.0 - s->mean[0]) / s->deviation[0] : v;
        as_f32[v] = (float)as_f64[v];
    }
    for (int64_t i = 0; i < n; i++) {
        const unsigned char *p = (const unsigned char *)d->x + rows[i] * d->width;
        float *f = (float *)out + i * d->width;
        double *g = (double *)out + i * d->width;
        if (dtype == RG_F32)
            for (int64_t j = 0; j < d->width; j++) f[j] = as_f32[p[j]];
        else
            for (int64_t j = 0; j < d->width; j++) g[j] = as_f64[p[j]];
    }
}

static void take_columns(const rg_data *d, const rg_standard *s, const int64_t *rows, int64_t n,
                         rg_dtype dtype, void *out)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d->width; j++) {
            double v = ((const double *)d->x)[rows[i] * d->width + j];
            if (s) v = isnan(v) ? 0 : (v - s->mean[j]) / s->deviation[j];
            put_number(out, dtype, i * d->width + j, v);
        }
}

rg_status rg_take_rows(const rg_data *d, const rg_standard *s, const int64_t *rows, int64_t n,
                       rg_dtype dtype, void *out, rg_error *e)
{
    rg_status st = check_take(d, s, dtype, e);
    if (st != RG_OK) return st;
    if (d->dtype == RG_U8)
        take_pixels(d, s, rows, n, dtype, out);
    else
        take_columns(d, s, rows, n, dtype, out);
    return RG_OK;
}

rg_status rg_take_labels(const rg_data *d, const int64_t *rows, int64_t n, int64_t *out,
                         rg_error *e)
{
    if (d->task != RG_CLASSIFY) return rg_error_set(e, RG_USAGE, "%s: has no labels", d->source);
    for (int64_t i = 0; i < n; i++) out[i] = d->label[rows[i]];
    return RG_OK;
}

rg_status rg_take_targets(const rg_data *d, const rg_standard *s, const int64_t *rows, int64_t n,
                          rg_dtype dtype, void *out, rg_error *e)
{
    rg_status st = check_take(d, s, dtype, e);
    if (st != RG_OK) return st;
    if (d->task != RG_REGRESS)
        return rg_error_set(e, RG_USAGE, "%s: has no target numbers", d->source);
    for (int64_t i = 0; i < n; i++) {
        double v = d->target[rows[i]];
        if (s) v = (v - s->target_mean) / s->target_deviation;
        put_number(out, dtype, i, v);
    }
    return RG_OK;
}
