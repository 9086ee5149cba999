/* cmd_fit.c - retrograd fit: parameters of a formula, from the columns of a CSV file. */
#define RG_NO_HERE
#include "command.h"
#include "dataset.h"
#include "fit_figure.h"
#include "fit_run.h"
#include "fit_show.h"
#include "memory.h"
#include "ops.h"
#include "status.h"
#include "term.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- drawing -------------------------------------------------------------------------------- */

/* The only column right of the ~, or NULL. */
static quantity *lone_column(fit_run *r)
{
    const program *p = &r->side[1].p;
    quantity *lone = NULL;
    for (uint32_t k = 0; k < p->names.n; k++) {
        if (p->first_use[k] == PARSE_NONE) continue;
        quantity *q = &r->q[fit_find(r, p->names.entry[k].text, p->names.entry[k].len)];
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
    if (x && !column) return false;
    rg_node *kept = x ? column->node : NULL;
    for (int k = 0; k < r->parameters; k++)
        r->q[r->parameter[k]].node = rg_scalar(r->tape, r->result.value[k]);
    if (x) column->node = rg_leaf_from(r->tape, RG_F64, rg_shape1(n), x, (size_t)n);
    rg_node *y = rg_broadcast(fit_record_side(r, &r->side[side]), rg_shape1(n));
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
                     .rows = r->rows,
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

/* ---- showing ---------------------------------------------------------------------------- */

static void show_fit(const fit_run *r)
{
    static const char *const loss_names[] = {"squares", "huber", "mae", "bce", "bce_with_logits", "poisson"};
    fit_answer f = {.formula = r->whole.text,
                    .formula_len = r->whole.len,
                    .n = r->parameters,
                    .name = memory_new((size_t)r->parameters, sizeof *f.name),
                    .value = r->result.value,
                    .covariance = r->result.covariance,
                    .loss_name = fit_loss_of(r) ? loss_names[fit_loss_of(r)] : NULL,
                    .ssr = r->result.ssr,
                    .loss = r->result.loss,
                    .count = r->result.count,
                    .dof = r->result.dof,
                    .converged = r->result.converged,
                    .starts = args_has(r->a, OPT_STARTS) ? (int)r->a->opt[OPT_STARTS].number : 1,
                    .from = r->result.from};
    for (int k = 0; k < f.n; k++) f.name[k] = r->q[r->parameter[k]].name;
    if (args_has(r->a, OPT_JSON))
        fit_show_json(&f);
    else
        fit_show_text(&f, args_has(r->a, OPT_DIGITS) ? (int)r->a->opt[OPT_DIGITS].number : 6);
    int k, l;
    if (fit_show_tied(&f, &k, &l))
        term_note("the data hardly tell %s from %s: fix one of them, or bound it", f.name[k], f.name[l]);
    free(f.name);
}

/* ---- what the answer is worth ---------------------------------------------------------------- */

/* By name the parameters without an error, as far as they fit. */
static void note_undetermined(const fit_run *r)
{
    char list[200] = "";
    size_t used = 0;
    for (int k = 0; k < r->parameters; k++) {
        const char *name = r->q[r->parameter[k]].name;
        if (!isnan(r->result.covariance[k * r->parameters + k]) || used + strlen(name) + 8 > sizeof list) continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
    }
    if (fit_by_optimizer(r) && fit_loss_of(r) != LOSS_HUBER && fit_loss_of(r) != LOSS_MAE)
        term_note("the loss does not curve in all directions: errors are nan");
    else
        term_note("the data do not determine all parameters: the error is nan of %s", list);
}

static void note_worth(const fit_run *r)
{
    bool likelihood = fit_loss_of(r) >= LOSS_BCE;
    if (r->result.rank < r->parameters)
        note_undetermined(r);
    else if (r->result.dof <= 0 && !likelihood)
        term_note("as many parameters as rows: errors are nan");
    else if (fit_loss_of(r) == LOSS_MAE && r->result.dof == 1 && isnan(r->result.covariance[0]))
        term_note("standard errors cannot be told: too few rows, one residual beside those that are 0 tells no density; errors are nan");
    else if (fit_loss_of(r) == LOSS_MAE && isnan(r->result.covariance[0]))
        term_note("standard errors cannot be told: too many residuals are the same, so their density at 0 is not known; errors are nan");
    if (r->result.level) term_note("the least is level: other values of the parameters are as good");
    if (likelihood && fit_loss_of(r) != LOSS_POISSON && r->result.loss < 1e-6 * (double)r->rows)
        term_note("the formula tells 0 from 1 without a mistake: the loss has no minimum, parameters grow without end");
    for (int k = 0; k < r->parameters; k++) {
        const quantity *q = &r->q[r->parameter[k]];
        double v = r->result.value[k];
        if (v == q->lo || v == q->hi) term_note("%s lies on its bound: standard errors are as if there were none", q->name);
    }
    if (fit_loss_of(r) != LOSS_HUBER && args_has(r->a, OPT_DELTA)) term_note("--delta is for --loss huber");
    if (fit_loss_of(r) && args_has(r->a, OPT_ERRORS)) term_note("--errors is for squares: those of other losses come from the loss");
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
    free(r->result.covariance);
    rg_table_free(&r->table);
    rg_tape_free(r->tape);
}

static bool fit_all(fit_run *r)
{
    rg_error e = {0};
    if (!fit_read_formula(r)) return false;
    if (rg_read_csv(&r->table, r->a->opt[OPT_DATA].text, NULL, &e)) return diag_library(&r->d, &e);
    if (!fit_sort_names(r) || !fit_read_starts(r)) return false;
    r->tape = rg_tape_new(NULL);
    if (!r->tape) memory_die();
    if (!fit_load_columns(r)) return false;
    for (int s = 0; s < 2; s++) fit_name_inputs(r, &r->side[s]);
    if (!fit_solve(r)) return false;
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
        show_fit(&r);
        fit_give_hints(&r);
        if (r.rows < r.table.rows)
            term_note("%lld of %lld rows left out: a value is missing", (long long)(r.table.rows - r.rows), (long long)r.table.rows);
        note_worth(&r);
        if (!r.result.converged) {
            term_note("not converged after %d steps; other starting values (--param, --starts) may help",
                      r.result.steps);
            status = EXIT_FAILED;
        }
    }
    fit_run_free(&r);
    return status;
}
