/* fit_columns.c - the columns of fit's formula, as leaves on the tape; --missing drop takes the
 * rows alone that have a number in each of them. */
#define RG_NO_HERE
#include "dataset.h"
#include "fit_run.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>

static bool no_gaps(fit_run *r, const quantity *q, const double *v)
{
    int64_t missing = 0, first = -1;
    for (int64_t i = 0; i < r->table.rows; i++)
        if (isnan(v[i]) && !missing++) first = i;
    if (!missing) return true;
    diag_set(&r->d, E_FORMAT, NULL, (span){0, 0}, "%s: column %s has %lld missing value%s, %sin line %lld", r->table.source, q->name,
             (long long)missing, missing > 1 ? "s" : "", missing > 1 ? "the first " : "", (long long)r->table.line[first]);
    diag_help(&r->d, "--missing drop leaves out rows with a missing value in a column of the formula");
    return false;
}

/* Column after column, each of all rows. */
static bool read_columns(fit_run *r, bool drops, double *v)
{
    for (int i = 0; i < r->n; i++) {
        rg_error e = {0};
        if (r->q[i].column < 0) continue;
        if (rg_table_numbers(&r->table, r->q[i].column, v, &e)) return diag_library(&r->d, &e);
        if (!drops && !no_gaps(r, &r->q[i], v)) return false;
        v += r->table.rows;
    }
    return true;
}

/* Complete rows move to the front of each column. */
static void keep_complete(fit_run *r, int columns, double *v)
{
    int64_t all = r->table.rows, kept = 0;
    for (int64_t i = 0; i < all; i++) {
        bool complete = true;
        for (int k = 0; k < columns; k++) complete = complete && !isnan(v[k * all + i]);
        for (int k = 0; k < columns; k++) v[k * all + kept] = v[k * all + i];
        kept += complete;
    }
    r->rows = kept;
}

static void record_columns(fit_run *r, const double *v)
{
    for (int i = 0; i < r->n; i++) {
        if (r->q[i].column < 0) continue;
        r->q[i].node = rg_name(rg_leaf_from(r->tape, RG_F64, rg_shape1(r->rows), v, (size_t)r->rows), r->q[i].name);
        v += r->table.rows;
    }
}

static bool some_row_is_complete(fit_run *r)
{
    if (r->rows || !r->table.rows) return true;
    return diag_set(&r->d, E_FORMAT, NULL, (span){0, 0}, "%s: every row misses a value in a column of the formula", r->table.source);
}

/* The columns become leaves; the parameters are recorded anew at every step. */
bool fit_load_columns(fit_run *r)
{
    int columns = r->n - r->parameters;
    bool drops = args_has(r->a, OPT_DROP);
    double *v = memory_new((size_t)r->table.rows, (size_t)columns * sizeof *v);
    r->rows = r->table.rows;
    bool good = read_columns(r, drops, v);
    if (good && drops) keep_complete(r, columns, v);
    good = good && some_row_is_complete(r);
    if (good) record_columns(r, v);
    free(v);
    return good;
}
