/* encode.c - applying a coding: cells of a table to rows of numbers. */
#define RG_NO_HERE
#include "coding.h"
#include "filling.h"
#include "number.h"
#include "op.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct rg_encoder {
    rg_data *d;
    const rg_coding *c;
    const rg_table *t;
    int *at;    /* where the table has each column of the coding; -1: not needed */
    int target; /* -1: unlabelled */
    rg_error *e;
} rg_encoder;

static const char *cell_at(const rg_table *t, int64_t row, int column)
{
    return t->cell[row * t->columns + column];
}

static rg_status find_columns(rg_encoder *n)
{
    int from = -1;
    n->at = rg_store_take(&n->d->store, n->c->columns, sizeof *n->at, n->e);
    if (!n->at) return RG_NOMEM;
    for (int i = 0; i < n->c->columns; i++) {
        const rg_column *col = &n->c->column[i];
        n->at[i] = -1;
        if (col->role == RG_IDENTIFIER) continue;
        n->at[i] = from = rg_table_near(n->t, col->name, from + 1);
        if (n->at[i] < 0)
            return rg_error_set(n->e, RG_FORMAT,
                                "%s: lacks the column '%.60s' that the model was trained on",
                                n->t->source, col->name);
    }
    n->target = n->c->task == RG_UNLABELLED ? -1 : rg_table_column(n->t, n->c->target.name, NULL);
    return RG_OK;
}

/* The first cells that are missing as words, in order of rows; how many there are in all. */
static int64_t list_missing(const rg_encoder *n, char *list, size_t size)
{
    int64_t count = 0;
    size_t used = 0;
    for (int64_t r = 0; r < n->t->rows; r++)
        for (int i = 0; i <= n->c->columns; i++) {
            int column = i < n->c->columns ? n->at[i] : n->target;
            if (column < 0 || cell_at(n->t, r, column)) continue;
            if (count++ < 4)
                used += (size_t)snprintf(list + used, size - used,
                                         "%srow %lld (line %lld) column '%.30s'", used ? ", " : "",
                                         (long long)(r + 1), (long long)n->t->line[r],
                                         n->t->name[column]);
        }
    return count;
}

static rg_status refuse_missing(const rg_encoder *n)
{
    char list[400] = "";
    int64_t count = list_missing(n, list, sizeof list);
    if (count == 0) return RG_OK;
    return rg_error_set(
        n->e, RG_FORMAT, "%.60s: %lld missing cell%s: %s%s; drop such rows or fill in the mean",
        n->t->source, (long long)count, count > 1 ? "s" : "", list, count > 4 ? ", ..." : "");
}

static bool row_stays(const rg_encoder *n, int64_t r, rg_missing missing)
{
    if (n->target >= 0 && !cell_at(n->t, r, n->target)) return false;
    if (missing == RG_MISSING_MEAN) return true;
    for (int i = 0; i < n->c->columns; i++)
        if (n->at[i] >= 0 && !cell_at(n->t, r, n->at[i])) return false;
    return true;
}

static rg_status choose_rows(rg_encoder *n, rg_missing missing)
{
    rg_data *d = n->d;
    rg_status st = missing == RG_MISSING_ERROR ? refuse_missing(n) : RG_OK;
    if (st != RG_OK) return st;
    d->row = rg_store_take(&d->store, n->t->rows, sizeof *d->row, n->e);
    if (!d->row) return RG_NOMEM;
    for (int64_t r = 0; r < n->t->rows; r++)
        if (row_stays(n, r, missing)) d->row[d->rows++] = r + 1;
    if (d->rows == 0)
        return rg_error_set(n->e, RG_FORMAT, "%s: none of its %lld rows is left", n->t->source,
                            (long long)n->t->rows);
    return RG_OK;
}

static rg_status bad_cell(const rg_encoder *n, rg_status st, int64_t r, int column, const char *is)
{
    return rg_error_set(n->e, st, "%s: row %lld (line %lld), column '%.60s': '%.60s' is %s",
                        n->t->source, (long long)(r + 1), (long long)n->t->line[r],
                        n->t->name[column], cell_at(n->t, r, column), is);
}

/* One cell as numbers; all NaN when it is missing. */
static rg_status encode_cell(const rg_encoder *n, int64_t r, int i, double *x)
{
    const rg_column *col = &n->c->column[i];
    const char *cell = cell_at(n->t, r, n->at[i]);
    if (col->role == RG_NUMBER) {
        *x = NAN;
        if (cell && !rg_number_parse(cell, x))
            return bad_cell(n, RG_FORMAT, r, n->at[i], "no number");
        return RG_OK;
    }
    int hot = cell ? rg_category_of(col, cell) : 0;
    if (hot < 0)
        return bad_cell(n, RG_INDEX, r, n->at[i], "a category that the model was not trained on");
    for (int k = 0; k < col->categories; k++) x[k] = cell ? k == hot : NAN;
    return RG_OK;
}

static rg_status encode_features(rg_encoder *n)
{
    rg_data *d = n->d;
    double *x = d->x;
    for (int64_t k = 0; k < d->rows; k++)
        for (int i = 0; i < n->c->columns; i++) {
            const rg_column *col = &n->c->column[i];
            if (col->role == RG_IDENTIFIER) continue;
            rg_status st = encode_cell(n, d->row[k] - 1, i, x);
            if (st != RG_OK) return st;
            x += col->role == RG_NUMBER ? 1 : col->categories;
        }
    return RG_OK;
}

static rg_status encode_target(rg_encoder *n)
{
    rg_data *d = n->d;
    d->task = n->target < 0 ? RG_UNLABELLED : n->c->task;
    if (d->task == RG_CLASSIFY)
        d->label = rg_store_take(&d->store, d->rows, sizeof *d->label, n->e);
    if (d->task == RG_REGRESS)
        d->target = rg_store_take(&d->store, d->rows, sizeof *d->target, n->e);
    if (d->task != RG_UNLABELLED && !d->label && !d->target) return RG_NOMEM;
    for (int64_t k = 0; k < d->rows && d->task != RG_UNLABELLED; k++) {
        int64_t r = d->row[k] - 1;
        const char *cell = cell_at(n->t, r, n->target);
        if (d->target && !rg_number_parse(cell, &d->target[k]))
            return bad_cell(n, RG_FORMAT, r, n->target, "no number");
        if (d->label && (d->label[k] = rg_category_of(&n->c->target, cell)) < 0)
            return bad_cell(n, RG_INDEX, r, n->target, "a class that the model was not trained on");
    }
    return RG_OK;
}

static const char *feature_name(rg_encoder *n, const char *column, const char *category)
{
    size_t a = strlen(column), b = category ? strlen(category) + 1 : 0;
    char *name = rg_store_take(&n->d->store, (int64_t)(a + b + 1), 1, n->e);
    if (name) snprintf(name, a + b + 1, category ? "%s=%s" : "%s", column, category);
    return name;
}

/* "age", "sex=female"; class names. */
static rg_status name_features(rg_encoder *n)
{
    rg_data *d = n->d;
    int64_t j = 0;
    d->column = rg_store_take(&d->store, d->width, sizeof *d->column, n->e);
    if (!d->column) return RG_NOMEM;
    for (int i = 0; i < n->c->columns; i++) {
        const rg_column *col = &n->c->column[i];
        int many = col->role == RG_NUMBER ? 1 : col->categories;
        for (int k = 0; k < many; k++) {
            d->column[j] =
                feature_name(n, col->name, col->role == RG_NUMBER ? NULL : col->category[k]);
            if (!d->column[j++]) return RG_NOMEM;
        }
    }
    if (d->task != RG_CLASSIFY) return RG_OK;
    d->classes = n->c->target.categories;
    d->class_name = rg_store_take(&d->store, d->classes, sizeof *d->class_name, n->e);
    if (!d->class_name) return RG_NOMEM;
    for (int k = 0; k < d->classes; k++) {
        const char *name = n->c->target.category[k];
        d->class_name[k] = rg_store_text(&d->store, name, strlen(name), n->e);
        if (!d->class_name[k]) return RG_NOMEM;
    }
    return RG_OK;
}

static rg_status fill_encoded(rg_encoder *n, rg_missing missing)
{
    rg_data *d = n->d;
    rg_status st = find_columns(n);
    if (st == RG_OK) st = choose_rows(n, missing);
    if (st != RG_OK) return st;
    d->width = n->c->width;
    d->shape = rg_shape1(d->width);
    d->dtype = RG_F64;
    if (d->width > INT64_MAX / 8 / d->rows)
        return rg_error_set(n->e, RG_NOMEM, "no memory for %lld x %lld numbers", (long long)d->rows,
                            (long long)d->width);
    d->x = rg_store_take(&d->store, d->rows * d->width, sizeof(double), n->e);
    if (!d->x) return RG_NOMEM;
    st = encode_features(n);
    if (st == RG_OK) st = encode_target(n);
    return st == RG_OK ? name_features(n) : st;
}

rg_status rg_encode(rg_data *d, const rg_coding *c, const rg_table *t, rg_missing missing,
                    const rg_alloc *alloc, rg_error *e)
{
    rg_encoder n = {.d = d, .c = c, .t = t, .e = e};
    rg_status st = rg_data_open(d, t->source, alloc, e);
    if (st == RG_OK) st = fill_encoded(&n, missing);
    return rg_data_done(d, st);
}
