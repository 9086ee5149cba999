/* table.c - asking a table: where is a column, is it numbers, which. */
#define RG_NO_HERE
#include "data.h"
#include "number.h"
#include "op.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 40 }; /* longer names are not compared for likeness */

/* Letters to change, insert or leave out (Levenshtein), capitals like small ones. */
static int unlikeness(const char *a, const char *b)
{
    int row[NAME + 1], n = (int)strlen(b);
    for (int j = 0; j <= n; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            bool same = (a[i - 1] | 32) == (b[j - 1] | 32);
            int best = corner + !same;
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            corner = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

/* The name most like this one, NULL when none is: a third of the letters may differ. */
static const char *nearest_name(const rg_table *t, const char *name)
{
    const char *best = NULL;
    size_t n = strlen(name);
    int least = (int)(n / 3) + 1;
    if (n > NAME) return NULL;
    for (int i = 0; i < t->columns; i++) {
        if (strlen(t->name[i]) > NAME) continue;
        int d = unlikeness(name, t->name[i]);
        if (d > least || (best && d == least)) continue;
        best = t->name[i];
        least = d;
    }
    return best;
}

int rg_table_near(const rg_table *t, const char *name, int from)
{
    for (int up = from, down = from - 1; up < t->columns || down >= 0; up += up < t->columns, down -= down >= 0) {
        if (up < t->columns && !strcmp(t->name[up], name)) return up;
        if (down >= 0 && !strcmp(t->name[down], name)) return down;
    }
    return -1;
}

int rg_table_column(const rg_table *t, const char *name, rg_error *e)
{
    char list[240] = "", hint[NAME + 32] = "";
    size_t used = 0;
    int found = rg_table_near(t, name, 0);
    if (found >= 0 || !e) return found;
    for (int i = 0; i < t->columns; i++) {
        if (used + strlen(t->name[i]) + 8 > sizeof list) {
            strcpy(list + used, ", ...");
            break;
        }
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", t->name[i]);
    }
    const char *near = nearest_name(t, name);
    if (near) snprintf(hint, sizeof hint, "; did you mean '%s'?", near);
    rg_error_set(e, RG_USAGE, "%.100s: has no column '%.60s'%s (columns: %s)", t->source, name,
                 hint, list);
    return -1;
}

void rg_table_drop(rg_table *t, int column)
{
    int64_t n = 0, all = t->rows * t->columns;
    for (int64_t i = 0; i < all; i++)
        if (i % t->columns != column) t->cell[n++] = t->cell[i];
    for (int k = column + 1; k < t->columns; k++) t->name[k - 1] = t->name[k];
    t->columns--;
}

bool rg_table_numeric(const rg_table *t, int column)
{
    double v;
    for (int64_t r = 0; r < t->rows; r++) {
        const char *cell = t->cell[r * t->columns + column];
        if (cell && !rg_number_parse(cell, &v)) return false;
    }
    return true;
}

rg_status rg_table_numbers(const rg_table *t, int column, double *out, rg_error *e)
{
    for (int64_t r = 0; r < t->rows; r++) {
        const char *cell = t->cell[r * t->columns + column];
        out[r] = NAN;
        if (cell && !rg_number_parse(cell, &out[r]))
            return rg_error_set(
                e, RG_FORMAT, "%s: row %lld (line %lld), column '%.60s': '%.60s' is no number",
                t->source, (long long)(r + 1), (long long)t->line[r], t->name[column], cell);
    }
    return RG_OK;
}
