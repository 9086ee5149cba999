/* cmd_fit.c - retrograd fit: parameters of a formula, from the columns of a CSV file. */
#define RG_NO_HERE
#include "build.h"
#include "command.h"
#include "data.h"
#include "dataset.h"
#include "fit.h"
#include "fit_figure.h"
#include "functional.h"
#include "json_out.h"
#include "memory.h"
#include "ops.h"
#include "resolve.h"
#include "status.h"
#include "term.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A free name of the formula: a column of the file, or a parameter. */
typedef struct quantity {
    char *name;
    int column; /* -1: a parameter */
    double start, lo, hi;
    rg_node *node;
} quantity;

typedef struct fit_run {
    const args *a;
    diag d;
    source whole;       /* 'y ~ expr'                                   */
    expression side[2]; /* left and right of the ~, on one tape         */
    rg_table table;
    quantity *q; /* each free name once                          */
    int n;
    int *parameter; /* which of q are parameters                    */
    int parameters;
    rg_tape *tape;
    rg_fit_result result;
} fit_run;

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

static bool read_formula(fit_run *r)
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

static int find_quantity(const fit_run *r, const char *name, size_t len)
{
    for (int i = 0; i < r->n; i++)
        if (strlen(r->q[i].name) == len && !memcmp(r->q[i].name, name, len)) return i;
    return -1;
}

static void add_quantity(fit_run *r, const name_entry *name)
{
    if (find_quantity(r, name->text, name->len) >= 0) return;
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
        int i = find_quantity(r, left->entry[k].text, left->entry[k].len);
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
static bool sort_names(fit_run *r)
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
    int i = find_quantity(r, text, len);
    *value = text[len] ? text + len + 1 : "";
    if (i >= 0 && r->q[i].column < 0) return &r->q[i];
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
             i >= 0 ? "--%s %.60s: that is a column of the data"
                    : "--%s %.60s: the formula has no such parameter",
             said, text);
    return NULL;
}

static bool number_from(const char *text, char until, double *v, const char **end)
{
    char *stop;
    *v = strtod(text, &stop);
    *end = stop;
    return stop != text && *stop == until && !isnan(*v);
}

/* --param NAME=VALUE and --bound NAME=LO:HI, where either end may be left out. */
static bool read_starts(fit_run *r)
{
    for (int i = 0; i < r->a->givens; i++) {
        const struct args_given *g = &r->a->given[i];
        if (g->id != OPT_PARAM && g->id != OPT_BOUND) continue;
        const char *value, *end;
        quantity *q = parameter_of(r, options[g->id].name, g->text, &value);
        if (!q) return false;
        bool good;
        if (g->id == OPT_PARAM)
            good = number_from(value, 0, &q->start, &end) && isfinite(q->start);
        else {
            end = value;
            good = *value == ':' || number_from(value, ':', &q->lo, &end);
            if (good && end[1]) good = number_from(end + 1, 0, &q->hi, &end);
            good = good && q->lo < q->hi;
        }
        if (!good)
            return diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "not a %s: --%s %.60s",
                            options[g->id].value, options[g->id].name, g->text);
    }
    return true;
}

/* ---- numbers ------------------------------------------------------------------------- */

static bool no_gaps(fit_run *r, const quantity *q, const double *v)
{
    int64_t missing = 0, first = -1;
    for (int64_t i = 0; i < r->table.rows; i++)
        if (isnan(v[i]) && !missing++) first = i;
    if (!missing) return true;
    return diag_set(&r->d, E_FORMAT, NULL, (span){0, 0},
                    "%s: column %s has %lld missing values, the first in line %lld",
                    r->table.source, q->name, (long long)missing, (long long)r->table.line[first]);
}

/* The columns become leaves; the parameters are recorded anew at every step. */
static bool load_columns(fit_run *r)
{
    double *v = memory_new((size_t)r->table.rows, sizeof *v);
    bool good = true;
    for (int i = 0; i < r->n && good; i++) {
        rg_error e = {0};
        if (r->q[i].column < 0) continue;
        good = !rg_table_numbers(&r->table, r->q[i].column, v, &e) || diag_library(&r->d, &e);
        good = good && no_gaps(r, &r->q[i], v);
        if (good)
            r->q[i].node = rg_name(
                rg_leaf_from(r->tape, RG_F64, rg_shape1(r->table.rows), v, (size_t)r->table.rows),
                r->q[i].name);
    }
    free(v);
    return good;
}

/* One side on the tape, with the inputs that its names stand for. */
static rg_node *record_side(fit_run *r, expression *x)
{
    free(x->end);
    free(x->value);
    x->end = NULL;
    x->value = NULL;
    x->tape = r->tape;
    for (int i = 0; i < x->in.n; i++)
        x->in.item[i].node = r->q[find_quantity(r, x->in.item[i].name, x->in.item[i].len)].node;
    return build_program(x, &r->d) ? x->out : rg_neg(NULL);
}

static void name_inputs(fit_run *r, expression *x)
{
    x->in.item = memory_new((size_t)r->n, sizeof *x->in.item);
    for (int i = 0; i < r->n; i++) {
        size_t len = strlen(r->q[i].name);
        names_number(&x->in.names, r->q[i].name, len);
        x->in.item[x->in.n++] = (input){.name = r->q[i].name, .len = len, .used = true};
    }
}

static rg_node *residuals(void *ud, rg_tape *t, rg_node *const *p)
{
    fit_run *r = ud;
    for (int k = 0; k < r->parameters; k++) r->q[r->parameter[k]].node = p[k];
    rg_node *left = record_side(r, &r->side[0]);
    rg_node *right = record_side(r, &r->side[1]);
    if (r->d.code) return rg_fail(t, RG_USAGE, NULL, "the formula could not be recorded");
    rg_node *difference = rg_sub(right, left);
    return rg_broadcast(difference, rg_shape1(r->table.rows));
}

/* ---- fitting -------------------------------------------------------------------------------- */

static bool run_fit(fit_run *r)
{
    size_t n = (size_t)r->parameters;
    double *start = memory_new(3 * n, sizeof *start), *lo = start + n, *hi = lo + n;
    for (size_t k = 0; k < n; k++) {
        const quantity *q = &r->q[r->parameter[k]];
        start[k] = q->start;
        lo[k] = q->lo;
        hi[k] = q->hi;
    }
    r->result.value = memory_new(n, sizeof(double));
    r->result.error = memory_new(n, sizeof(double));
    rg_fit_problem q = {
        .n = (int)n, .start = start, .lo = lo, .hi = hi, .residuals = residuals, .ud = r};
    if (args_has(r->a, OPT_LOSS)) q.loss = (rg_fit_loss)r->a->opt[OPT_LOSS].choice;
    rg_status s = rg_fit(r->tape, &q, &r->result);
    free(start);
    if (!s) return true;
    return !r->d.code && diag_library(&r->d, rg_error_of(r->tape));
}

/* The other errors: 2 s^2 H^-1, where H is the Hessian of the sum of squares, taken at
 * the answer without leaving out second derivatives. */
static bool hessian_errors(fit_run *r)
{
    int n = r->parameters;
    rg_node **p = memory_new((size_t)n, sizeof *p), **g = memory_new((size_t)n, sizeof *g);
    double *h = memory_new((size_t)n * (size_t)n, sizeof *h),
           **row = memory_new((size_t)n, sizeof *row);
    for (int k = 0; k < n; k++) p[k] = rg_scalar(r->tape, r->result.value[k]);
    rg_node *ssr = rg_sum(rg_square(residuals(r, r->tape, p)), RG_ALL_AXES);
    rg_status s = rg_grad(ssr, NULL, n, p, g);
    for (int k = 0; k < n && !s; k++) {
        for (int l = 0; l < n; l++) row[l] = h + k * n + l;
        if (g[k]) s = rg_read_jacobian(g[k], n, p, row);
    }
    rg_node *inverse =
        rg_inverse(rg_leaf_from(r->tape, RG_F64, rg_shape2(n, n), h, (size_t)n * (size_t)n));
    if (!s) s = rg_read(inverse, RG_F64, h, (size_t)n * (size_t)n);
    double variance = r->result.dof > 0 ? r->result.ssr / (double)r->result.dof : (double)NAN;
    for (int k = 0; k < n && !s; k++) r->result.error[k] = sqrt(2 * variance * h[k * n + k]);
    free(p);
    free(g);
    free(h);
    free(row);
    return !s || expression_error(&r->side[1], PARSE_NONE, &r->d);
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* The only column right of the ~, or NULL. */
static quantity *lone_column(fit_run *r)
{
    const program *p = &r->side[1].p;
    quantity *lone = NULL;
    for (uint32_t k = 0; k < p->names.n; k++) {
        if (p->first_use[k] == PARSE_NONE) continue;
        quantity *q = &r->q[find_quantity(r, p->names.entry[k].text, p->names.entry[k].len)];
        if (q->column < 0) continue;
        if (lone) return NULL;
        lone = q;
    }
    return lone;
}

/* A side at the answer, over the data or over other numbers in the lone column. */
static bool side_values(void *ud, int side, const double *x, int64_t n, double *out)
{
    fit_run *r = ud;
    int64_t mark = rg_mark(r->tape);
    quantity *column = lone_column(r);
    rg_node *kept = x ? column->node : NULL;
    for (int k = 0; k < r->parameters; k++)
        r->q[r->parameter[k]].node = rg_scalar(r->tape, r->result.value[k]);
    if (x) column->node = rg_leaf_from(r->tape, RG_F64, rg_shape1(n), x, (size_t)n);
    rg_node *y = rg_broadcast(record_side(r, &r->side[side]), rg_shape1(n));
    bool good = !rg_read(y, RG_F64, out, (size_t)n) && !r->d.code;
    if (x) column->node = kept;
    rg_rewind(r->tape, mark);
    r->d = (diag){0};
    return good;
}

static bool draw_fit(fit_run *r)
{
    quantity *column = lone_column(r);
    fit_picture p = {.formula = r->whole.text,
                     .rows = r->table.rows,
                     .values = side_values,
                     .ud = r,
                     .tape = r->tape};
    double *x = memory_new((size_t)p.rows, sizeof *x);
    if (column) {
        p.column = column->name;
        rg_read(column->node, RG_F64, x, (size_t)p.rows);
        p.x = x;
    }
    bool good = fit_picture_save(&p, r->a->opt[OPT_SVG].text, &r->d);
    free(x);
    return good;
}

/* ---- showing
 * ------------------------------------------------------------------------------------- */

static void show_fit_json(const fit_run *r)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_key(&j, "params", 6);
    json_open(&j, '{');
    for (int k = 0; k < r->parameters; k++) {
        const char *name = r->q[r->parameter[k]].name;
        json_key(&j, name, strlen(name));
        json_open(&j, '{');
        json_key(&j, "value", 5);
        json_number(&j, RG_F64, r->result.value[k]);
        json_key(&j, "error", 5);
        json_number(&j, RG_F64, r->result.error[k]);
        json_close(&j, '}');
    }
    json_close(&j, '}');
    json_key(&j, "ssr", 3);
    json_number(&j, RG_F64, r->result.ssr);
    json_key(&j, "n", 1);
    json_whole(&j, r->result.count);
    json_key(&j, "dof", 3);
    json_whole(&j, r->result.dof);
    json_key(&j, "converged", 9);
    json_bool(&j, r->result.converged);
    json_close(&j, '}');
    fputc('\n', stdout);
}

static void show_fit_text(const fit_run *r)
{
    int digits = args_has(r->a, OPT_DIGITS) ? (int)r->a->opt[OPT_DIGITS].number : 6;
    diag_plain(stdout, r->whole.text, r->whole.len, term_utf8());
    printf("\n  %-12s %*s %*s\n", "parameter", digits + 8, "value", digits + 8, "std. error");
    for (int k = 0; k < r->parameters; k++)
        printf("  %-12s %*.*g %*.*g\n", r->q[r->parameter[k]].name, digits + 8, digits,
               r->result.value[k], digits + 8, digits, r->result.error[k]);
    printf("  sum of squared residuals %.*g, n = %lld, %lld degrees of freedom\n", digits,
           r->result.ssr, (long long)r->result.count, (long long)r->result.dof);
}

static void fit_run_free(fit_run *r)
{
    for (int s = 0; s < 2; s++) {
        r->side[s].tape = NULL; /* shared: freed below */
        expression_close(&r->side[s]);
    }
    for (int i = 0; i < r->n; i++) free(r->q[i].name);
    free(r->q);
    free(r->parameter);
    free(r->result.value);
    free(r->result.error);
    rg_table_free(&r->table);
    rg_tape_free(r->tape);
}

static bool fit_all(fit_run *r)
{
    rg_error e = {0};
    if (!read_formula(r)) return false;
    if (rg_read_csv(&r->table, r->a->opt[OPT_DATA].text, NULL, &e)) return diag_library(&r->d, &e);
    if (!sort_names(r) || !read_starts(r)) return false;
    r->tape = rg_tape_new(NULL);
    if (!r->tape) memory_die();
    if (!load_columns(r)) return false;
    for (int s = 0; s < 2; s++) name_inputs(r, &r->side[s]);
    if (!run_fit(r)) return false;
    bool full = args_has(r->a, OPT_ERRORS) && r->a->opt[OPT_ERRORS].choice == 1;
    if (full && !hessian_errors(r)) return false;
    return !args_has(r->a, OPT_SVG) || draw_fit(r);
}

int cmd_fit(const args *a)
{
    fit_run r = {.a = a};
    int status = EXIT_FINE;
    if (!command_takes(a, a->expression ? 0 : 1)) return EXIT_USAGE;
    if (!fit_all(&r))
        status = term_report(&r.d, ERROR);
    else {
        (args_has(a, OPT_JSON) ? show_fit_json : show_fit_text)(&r);
        if (r.result.rank < r.parameters)
            term_note("the data do not determine all parameters: their errors are nan");
        if (!r.result.converged) {
            term_note("not converged after %d steps; other starting values (--param) may help",
                      r.result.steps);
            status = EXIT_FAILED;
        }
    }
    fit_run_free(&r);
    return status;
}
