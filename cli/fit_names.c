/* fit_names.c - fit's formula, and what its names are: columns or parameters. */
#define RG_NO_HERE
#include "dataset.h"
#include "fit_run.h"
#include "memory.h"
#include "resolve.h"
#include "term.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the formula ------------------------------------------------------------------- */

/* Where the ~ stands, outside backquotes; len when there is none. */
static size_t find_tilde(const source *s)
{
    bool quoted = false;
    for (size_t i = 0; i < s->len; i++) {
        if (s->text[i] == '`') quoted = !quoted;
        if (s->text[i] == '~' && !quoted) return i;
    }
    return s->len;
}

static bool read_side(fit_run *r, expression *x, size_t from, size_t len)
{
    x->text = memory_new(len + 1, 1);
    memcpy(x->text, r->whole.text + from, len);
    x->src = (source){NULL, x->text, len};
    x->dtype = RG_F64;
    return program_parse(&x->p, &x->src, &r->d) && program_resolve(&x->p, &r->d);
}

bool fit_read_formula(fit_run *r)
{
    const char *text = r->a->expression ? r->a->expression : r->a->words ? r->a->word[0] : "";
    r->whole = (source){NULL, text, strlen(text)};
    size_t tilde = find_tilde(&r->whole);
    if (tilde == r->whole.len) {
        diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                 "a formula is missing: what to fit, ~, and by what");
        diag_help(&r->d, "write it as one argument: 'y ~ a*x + b'");
        return false;
    }
    if (!args_has(r->a, OPT_DATA))
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "--data FILE.csv is missing");
    return read_side(r, &r->side[0], 0, tilde) &&
           read_side(r, &r->side[1], tilde + 1, r->whole.len - tilde - 1);
}

/* ---- names ------------------------------------------------------------------------- */

int fit_find(const fit_run *r, const char *name, size_t len)
{
    for (int i = 0; i < r->n; i++)
        if (strlen(r->q[i].name) == len && !memcmp(r->q[i].name, name, len)) return i;
    return -1;
}

static void add_quantity(fit_run *r, const name_entry *name)
{
    if (fit_find(r, name->text, name->len) >= 0) return;
    quantity *q = &r->q[r->n++];
    *q = (quantity){
        .name = memory_new(name->len + 1, 1), .start = 1, .lo = -INFINITY, .hi = INFINITY};
    memcpy(q->name, name->text, name->len);
    q->column = rg_table_column(&r->table, q->name, NULL);
    if (q->column < 0) r->parameter[r->parameters++] = r->n - 1;
}

/* Left of the ~ stand names and none is a column: most often a name mistyped. */
static bool response_is_measured(fit_run *r)
{
    const names *left = &r->side[0].p.names;
    nearest best = {.distance = 3};
    for (uint32_t k = 0; k < left->n; k++) {
        int i = fit_find(r, left->entry[k].text, left->entry[k].len);
        if (i >= 0 && r->q[i].column >= 0) return true;
        for (int c = 0; c < r->table.columns; c++)
            nearest_offer(&best, left->entry[k].text, left->entry[k].len, r->table.name[c],
                          strlen(r->table.name[c]));
    }
    if (!left->n) return true;
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "%s: no name left of the ~ is a column of it",
             r->table.source);
    if (best.text) diag_help(&r->d, "did you mean '%.60s'?", best.text);
    return false;
}

/* Every name that is used before a statement binds it is a column or a parameter. */
bool fit_sort_names(fit_run *r)
{
    size_t most = (size_t)r->side[0].p.names.n + r->side[1].p.names.n;
    r->q = memory_new(most, sizeof *r->q);
    r->parameter = memory_new(most, sizeof *r->parameter);
    for (int s = 0; s < 2; s++)
        for (uint32_t k = 0; k < r->side[s].p.names.n; k++)
            if (r->side[s].p.first_use[k] != PARSE_NONE)
                add_quantity(r, &r->side[s].p.names.entry[k]);
    if (!response_is_measured(r)) return false;
    if (r->parameters) return true;
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
             "nothing to fit: every name of the formula is a column");
    diag_help(&r->d, "a name that is no column is a parameter: 'y ~ a*x + b'");
    return false;
}

/* The parameter that an option such as --param NAME=... speaks of, or NULL. */
static quantity *parameter_of(fit_run *r, const char *said, const char *text, const char **value)
{
    size_t len = strcspn(text, "=");
    int i = fit_find(r, text, len);
    *value = text[len] ? text + len + 1 : "";
    if (i >= 0 && r->q[i].column < 0) return &r->q[i];
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
             i >= 0 ? "--%s %.60s: that is a column of the data"
                    : "--%s %.60s: the formula has no such parameter",
             said, text);
    return NULL;
}

/* LO:HI, where either end may be left out. *numbers: what is there are numbers. */
static bool read_bound(const char *text, quantity *q, bool *numbers)
{
    size_t lo = strcspn(text, ":"), hi = text[lo] ? strlen(text + lo + 1) : 0;
    *numbers = (!lo || option_decimal(text, lo, &q->lo)) && (!hi || option_decimal(text + lo + 1, hi, &q->hi));
    return *numbers && text[lo] && q->lo < q->hi;
}

static bool read_start(const char *text, quantity *q, bool *numbers)
{
    *numbers = option_decimal(text, strlen(text), &q->start);
    return *numbers && isfinite(q->start);
}

/* --param NAME=VALUE and --bound NAME=LO:HI, each once for a name. */
bool fit_read_starts(fit_run *r)
{
    for (int i = 0; i < r->a->givens; i++) {
        const struct args_given *g = &r->a->given[i];
        if (g->id != OPT_PARAM && g->id != OPT_BOUND) continue;
        const char *value;
        quantity *q = parameter_of(r, options[g->id].name, g->text, &value);
        if (!q) return false;
        bool *said = g->id == OPT_PARAM ? &q->started : &q->bounded, numbers;
        if (*said)
            return diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "--%s of %.60s is given twice", options[g->id].name, q->name);
        *said = true;
        if (g->id == OPT_PARAM ? read_start(value, q, &numbers) : read_bound(value, q, &numbers)) continue;
        diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "not a %s: --%s %.60s", options[g->id].value, options[g->id].name, g->text);
        if (!numbers) diag_help(&r->d, "%s", option_decimal_help);
        return false;
    }
    return true;
}

/* ---- hints ------------------------------------------------------------------------- */

/* A name that is nearly a column's is most often that, mistyped. */
static void hint_at_column(const fit_run *r, const quantity *q)
{
    size_t len = strlen(q->name);
    nearest best = {.distance = len < 3 ? 0 : len < 5 ? 2 : 3};
    for (int c = 0; c < r->table.columns; c++)
        nearest_offer(&best, q->name, len, r->table.name[c], strlen(r->table.name[c]));
    if (best.text)
        term_note("'%.60s' is no column, so it is a parameter that starts at %g; did you mean the column "
                  "'%.60s'?",
                  q->name, q->start, best.text);
}

/* What a mistyped name would do unseen: become a parameter, or start at 1. */
void fit_give_hints(const fit_run *r)
{
    bool some = args_has(r->a, OPT_PARAM);
    for (int k = 0; k < r->parameters; k++) {
        const quantity *q = &r->q[r->parameter[k]];
        if (q->started) continue;
        hint_at_column(r, q);
        if (some) term_note("no --param says where %.60s starts: at %g", q->name, q->start);
    }
}
