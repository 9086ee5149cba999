/* coding.c - looking at a table to decide what its columns mean. */
#define RG_NO_HERE
#include "coding.h"
#include "number.h"
#include "op.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int rg_order_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int order_values(const void *a, const void *b)
{
    double x = 0, y = 0;
    rg_number_parse(*(const char *const *)a, &x);
    rg_number_parse(*(const char *const *)b, &y);
    return (x > y) - (x < y);
}

int rg_category_of(const rg_column *col, const char *cell)
{
    double v;
    if (col->by_value && !rg_number_parse(cell, &v)) return -1;
    const char **at = bsearch(&cell, col->category, (size_t)col->categories, sizeof cell,
                              col->by_value ? order_values : rg_order_texts);
    return at ? (int)(at - col->category) : -1;
}

void rg_coding_measure(rg_coding *c)
{
    c->width = 0;
    for (int i = 0; i < c->columns; i++) {
        const rg_column *col = &c->column[i];
        c->width += col->role == RG_NUMBER ? 1 : col->categories;
    }
}

/* Learning in progress. */
typedef struct rg_study {
    rg_coding *c;
    const rg_table *t;
    const char **found; /* the cells of the column in hand, later its different ones */
    rg_error *e;
} rg_study;

/* The different cells of a column, sorted, in s->found; how many. */
static int64_t different_cells(rg_study *s, int column, bool by_value)
{
    int (*order)(const void *, const void *) = by_value ? order_values : rg_order_texts;
    int64_t n = 0, kept = 0;
    for (int64_t r = 0; r < s->t->rows; r++) {
        const char *cell = s->t->cell[r * s->t->columns + column];
        if (cell) s->found[n++] = cell;
    }
    qsort(s->found, (size_t)n, sizeof *s->found, order);
    for (int64_t i = 0; i < n; i++)
        if (!kept || order(&s->found[i], &s->found[kept - 1]) != 0) s->found[kept++] = s->found[i];
    return kept;
}

static rg_status keep_categories(rg_study *s, rg_column *col, int64_t n, bool by_value)
{
    rg_store *store = &s->c->store;
    if (n > INT32_MAX)
        return rg_error_set(s->e, RG_FORMAT, "%s: column '%.60s' has %lld categories", s->t->source,
                            col->name, (long long)n);
    col->role = RG_CATEGORY;
    col->by_value = by_value;
    col->categories = (int)n;
    col->category = rg_store_take(store, n, sizeof *col->category, s->e);
    if (!col->category) return RG_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        col->category[i] = rg_store_text(store, s->found[i], strlen(s->found[i]), s->e);
        if (!col->category[i]) return RG_NOMEM;
    }
    return RG_OK;
}

static rg_status name_column(rg_study *s, rg_column *col, int column, bool *numeric)
{
    const rg_table *t = s->t;
    int64_t r = 0;
    *numeric = false;
    col->name = rg_store_text(&s->c->store, t->name[column], strlen(t->name[column]), s->e);
    if (!col->name) return RG_NOMEM;
    while (r < t->rows && !t->cell[r * t->columns + column]) r++;
    if (r == t->rows)
        return rg_error_set(s->e, RG_FORMAT, "%s: column '%.60s' has no value in any of %lld rows",
                            t->source, col->name, (long long)t->rows);
    *numeric = rg_table_numeric(t, column);
    return RG_OK;
}

static rg_status study_feature(rg_study *s, rg_column *col, int column)
{
    bool numeric;
    rg_status st = name_column(s, col, column, &numeric);
    if (st != RG_OK || numeric) return st;
    int64_t n = different_cells(s, column, false);
    if (n <= RG_CLASS_VALUES || n <= s->t->rows / 2) return keep_categories(s, col, n, false);
    col->role = RG_IDENTIFIER;
    return RG_OK;
}

static bool all_whole(const char **cell, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double v = 0;
        rg_number_parse(cell[i], &v);
        if (v != floor(v)) return false;
    }
    return true;
}

static rg_status study_target(rg_study *s, int column)
{
    bool numeric;
    rg_column *col = &s->c->target;
    rg_status st = name_column(s, col, column, &numeric);
    if (st != RG_OK) return st;
    int64_t n = different_cells(s, column, numeric);
    s->c->task = RG_REGRESS;
    if (numeric && (n > RG_CLASS_VALUES || !all_whole(s->found, n))) return RG_OK;
    s->c->task = RG_CLASSIFY;
    return keep_categories(s, col, n, numeric);
}

static rg_status study_table(rg_study *s, int target)
{
    rg_coding *c = s->c;
    c->column = rg_store_take(&c->store, s->t->columns, sizeof *c->column, s->e);
    s->found = rg_store_take(&c->store, s->t->rows, sizeof *s->found, s->e);
    if (!c->column || !s->found) return RG_NOMEM;
    rg_status st = study_target(s, target);
    for (int i = 0; i < s->t->columns && st == RG_OK; i++)
        if (i != target) st = study_feature(s, &c->column[c->columns++], i);
    rg_store_drop(&c->store, s->found);
    if (st != RG_OK) return st;
    rg_coding_measure(c);
    if (c->width == 0)
        return rg_error_set(s->e, RG_FORMAT, "%s: has no column to predict '%.60s' from",
                            s->t->source, c->target.name);
    return RG_OK;
}

rg_status rg_coding_learn(rg_coding *c, const rg_table *t, const char *target,
                          const rg_alloc *alloc, rg_error *e)
{
    rg_study s = {.c = c, .t = t, .e = e};
    *c = (rg_coding){0};
    int column = rg_table_column(t, target, e);
    if (column < 0) return RG_USAGE;
    if (t->rows == 0) return rg_error_set(e, RG_FORMAT, "%s: has a header but no rows", t->source);
    rg_store_open(&c->store, alloc);
    rg_status st = study_table(&s, column);
    if (st != RG_OK) rg_coding_free(c);
    return st;
}

void rg_coding_free(rg_coding *c)
{
    rg_store_close(&c->store);
    *c = (rg_coding){0};
}
