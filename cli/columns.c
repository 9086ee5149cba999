/* columns.c - see columns.h. */
#define RG_NO_HERE
#include "columns.h"
#include "dataset.h"
#include "memory.h"
#include "term.h"
#include <stdlib.h>
#include <string.h>

/* ---- leaving out --------------------------------------------------------------------------- */

static bool leave_out(rg_table *t, const args *a, const char *name, diag *d)
{
    rg_error e = {0};
    int at = rg_table_column(t, name, &e);
    if (at < 0) return diag_library(d, &e);
    if (args_has(a, OPT_TARGET) && !strcmp(name, a->opt[OPT_TARGET].text))
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--without %.60s: that is the column to predict", name);
    rg_table_drop(t, at);
    return true;
}

static bool leave_out_list(rg_table *t, const args *a, const char *text, diag *d)
{
    bool good = true;
    char *list = memory_new(strlen(text) + 1, 1);
    memcpy(list, text, strlen(text));
    for (char *name = list, *next; name && good; name = next) {
        next = strchr(name, ',');
        if (next) *next++ = 0;
        name += strspn(name, " ");
        size_t n = strlen(name);
        while (n && name[n - 1] == ' ') name[--n] = 0;
        good = leave_out(t, a, name, d);
    }
    free(list);
    return good;
}

/* A name with a comma in it is taken as it is, when there is such a column. */
bool columns_leave_out(rg_table *t, const args *a, diag *d)
{
    for (int i = 0; i < a->givens; i++) {
        const char *text = a->given[i].text;
        if (a->given[i].id != OPT_WITHOUT) continue;
        bool good = rg_table_column(t, text, NULL) >= 0 ? leave_out(t, a, text, d) : leave_out_list(t, a, text, d);
        if (!good) return false;
    }
    return true;
}

/* ---- notes --------------------------------------------------------------------------------- */

/* The first cell of a column that is no number, when most are; NULL: there is none such. */
static const char *odd_cell(const rg_table *t, int column, int64_t *line)
{
    int64_t numbers = 0, words = 0;
    const char *odd = NULL;
    for (int64_t r = 0; r < t->rows; r++) {
        const char *cell = t->cell[r * t->columns + column];
        if (!cell) continue;
        char *end;
        strtod(cell, &end);
        if (end != cell && !*end)
            numbers++;
        else if (!words++) {
            odd = cell;
            *line = t->line[r];
        }
    }
    return numbers > words ? odd : NULL;
}

/* A column that is not read as its owner may think. */
static void note_role(const rg_table *t, const rg_column *c, int at)
{
    int64_t line = 0;
    if (c->role == RG_NUMBER) return;
    const char *odd = odd_cell(t, at, &line);
    if (odd)
        term_note("column '%.60s' is taken as words, not numbers, for '%.60s' in line %lld", c->name, odd, (long long)line);
    if (c->role == RG_IDENTIFIER) term_note("column '%.60s' is left out: it has too many different words", c->name);
}

enum { MOST = RG_CLASS_VALUES, ROWS_EACH = 5 };

/* Has the column as many values as there are classes, each of which comes with one class alone? */
static bool is_the_class(const rg_table *t, int column, int target, int classes)
{
    const char *value[MOST], *with[MOST];
    int values = 0;
    for (int64_t r = 0; r < t->rows; r++) {
        const char *cell = t->cell[r * t->columns + column], *is = t->cell[r * t->columns + target];
        int k = 0;
        if (!cell || !is) continue;
        while (k < values && strcmp(value[k], cell) != 0) k++;
        if (k == MOST) return false;
        if (k == values) {
            value[values] = cell;
            with[values++] = is;
        }
        if (strcmp(with[k], is) != 0) return false;
    }
    return values > 1 && values == classes && t->rows >= ROWS_EACH * values;
}

void columns_note(const rg_table *t, const rg_coding *c)
{
    int target = rg_table_column(t, c->target.name, NULL), at = -1;
    for (int i = 0; i < c->columns; i++) {
        const char *name = c->column[i].name;
        at = rg_table_near(t, name, at + 1);
        note_role(t, &c->column[i], at);
        if (c->task == RG_CLASSIFY && is_the_class(t, at, target, c->target.categories))
            term_note("column '%.60s' is the class in other words: is it known when a prediction is wanted? --without leaves it out",
                      name);
    }
}
