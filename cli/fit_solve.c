/* fit_solve.c - fit's answer: by least squares, or by an optimizer for any other loss. */
#define RG_NO_HERE
#include "build.h"
#include "dataset.h"
#include "fit_run.h"
#include "functional.h"
#include "memory.h"
#include "minimize.h"
#include "ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the formula on the tape ---------------------------------------------------------------- */

/* One side on the tape, with the inputs that its names stand for. */
rg_node *fit_record_side(fit_run *r, expression *x)
{
    free(x->end);
    free(x->value);
    x->end = NULL;
    x->value = NULL;
    x->tape = r->tape;
    for (int i = 0; i < x->in.n; i++)
        x->in.item[i].node = r->q[fit_find(r, x->in.item[i].name, x->in.item[i].len)].node;
    return build_program(x, &r->d) ? x->out : rg_neg(NULL);
}

void fit_name_inputs(fit_run *r, expression *x)
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
    rg_node *left = fit_record_side(r, &r->side[0]);
    rg_node *right = fit_record_side(r, &r->side[1]);
    if (r->d.code) return rg_fail(t, RG_USAGE, NULL, "the formula could not be recorded");
    rg_node *difference = rg_sub(right, left);
    return rg_broadcast(difference, rg_shape1(r->rows));
}

/* ---- fitting -------------------------------------------------------------------------------- */

fit_loss fit_loss_of(const fit_run *r)
{
    return args_has(r->a, OPT_LOSS) ? (fit_loss)r->a->opt[OPT_LOSS].choice : LOSS_SQUARES;
}

/* Where the parameters start and stay: three rows of n. To be freed. */
static double *starts_and_bounds(const fit_run *r)
{
    size_t n = (size_t)r->parameters;
    double *start = memory_new(3 * n, sizeof *start);
    for (size_t k = 0; k < n; k++) {
        const quantity *q = &r->q[r->parameter[k]];
        start[k] = q->start;
        start[n + k] = q->lo;
        start[2 * n + k] = q->hi;
    }
    return start;
}

static bool fit_status(fit_run *r, rg_status s)
{
    return !s || (!r->d.code && diag_library(&r->d, rg_error_of(r->tape)));
}

static double huber_delta(const fit_run *r) { return args_has(r->a, OPT_DELTA) ? r->a->opt[OPT_DELTA].number : 1; }

/* By descents from start, which starts_and_bounds made. */
static bool run_descents(fit_run *r, double *start, int starts)
{
    size_t n = (size_t)r->parameters;
    rg_fit_problem q = {.n = (int)n,
                        .start = start,
                        .lo = start + n,
                        .hi = start + 2 * n,
                        .loss = (rg_fit_loss)fit_loss_of(r),
                        .delta = huber_delta(r),
                        .starts = starts,
                        .residuals = residuals,
                        .ud = r};
    if (args_has(r->a, OPT_SEED)) q.seed = (uint64_t)r->a->opt[OPT_SEED].number;
    return fit_status(r, rg_fit(r->tape, &q, &r->result));
}

static bool run_fit(fit_run *r)
{
    double *start = starts_and_bounds(r);
    bool good = run_descents(r, start, args_has(r->a, OPT_STARTS) ? (int)r->a->opt[OPT_STARTS].number : 1);
    free(start);
    return good;
}

/* ---- other losses, by the optimizers ---------------------------------------------------- */

/* The loss of the data, added up: a likelihood's curvature is then its information. */
static rg_node *summed_loss(void *ud, rg_tape *t, rg_node *const *p)
{
    fit_run *r = ud;
    rg_node *difference = residuals(r, t, p), *each;
    rg_shape rows = rg_shape1(r->rows);
    double n = (double)r->rows;
    if (r->d.code) return difference;
    rg_node *y = rg_broadcast(r->side[0].out, rows), *f = rg_broadcast(r->side[1].out, rows);
    switch (fit_loss_of(r)) {
    case LOSS_BCE: return rg_scale(rg_bce(f, y), n);
    case LOSS_BCE_WITH_LOGITS: return rg_scale(rg_bce_with_logits(f, y), n);
    case LOSS_POISSON: each = rg_sub(f, rg_mul(y, rg_log(f))); break;
    case LOSS_HUBER: each = rg_huber_of(difference, huber_delta(r)); break;
    case LOSS_MAE: each = rg_abs(difference); break;
    default: each = rg_square(difference);
    }
    return rg_sum(each, RG_ALL_AXES);
}

static bool read_optimizer(fit_run *r, rg_optim_config *how, rg_minimize_problem *q)
{
    rg_error e = {0};
    rg_group g = {0};
    if (!args_has(r->a, OPT_OPTIMIZER)) return true;
    if (rg_optim_parse(how, &g, r->a->opt[OPT_OPTIMIZER].text, &e)) return diag_library(&r->d, &e);
    q->how = how;
    q->lr = g.lr;
    return true;
}

/* factor times the inverse of the Hessian in result.covariance, in its place; NaN where there is none. */
static void invert_curvature(fit_run *r, double factor)
{
    int n = r->parameters;
    size_t count = (size_t)n * (size_t)n;
    double *h = r->result.covariance;
    int64_t mark = rg_mark(r->tape);
    rg_node *inverse = rg_inverse(rg_leaf_from(r->tape, RG_F64, rg_shape2(n, n), h, count));
    if (rg_read(inverse, RG_F64, h, count)) h[0] = (double)NAN;
    bool good = true;
    for (int k = 0; k < n; k++) good = good && h[k * n + k] > 0;
    for (size_t k = 0; k < count; k++) h[k] = good ? factor * h[k] : (double)NAN;
    r->result.rank = good ? n : n - 1;
    rg_rewind(r->tape, mark);
}

static double variance_of(const fit_run *r)
{
    return r->result.dof > 0 ? r->result.ssr / (double)r->result.dof : (double)NAN;
}

/* The residuals' squares at the answer. */
static bool sum_squares(fit_run *r)
{
    int n = r->parameters;
    int64_t mark = rg_mark(r->tape);
    rg_node **p = memory_new((size_t)n, sizeof *p);
    for (int k = 0; k < n; k++) p[k] = rg_scalar(r->tape, r->result.value[k]);
    rg_node *each = residuals(r, r->tape, p);
    if (fit_loss_of(r) == LOSS_BCE_WITH_LOGITS && !r->d.code) /* a logit is told from a label as its probability */
        each = rg_broadcast(rg_sub(rg_sigmoid(r->side[1].out), r->side[0].out), rg_shape1(r->rows));
    rg_status s = rg_read(rg_sum(rg_square(each), RG_ALL_AXES), RG_F64, &r->result.ssr, 1);
    free(p);
    if (!s) rg_rewind(r->tape, mark);
    return fit_status(r, s);
}

static bool names_a_parameter(const fit_run *r, const program *p)
{
    for (uint32_t k = 0; k < p->names.n; k++)
        if (p->first_use[k] != PARSE_NONE && r->q[fit_find(r, p->names.entry[k].text, p->names.entry[k].len)].column < 0) return true;
    return false;
}

/* A label of the left side that its loss has no meaning for. */
static bool labels_fit(fit_run *r)
{
    fit_loss loss = fit_loss_of(r);
    double most = loss == LOSS_POISSON ? INFINITY : 1;
    if (loss < LOSS_BCE || names_a_parameter(r, &r->side[0].p)) return true;
    int64_t mark = rg_mark(r->tape);
    double *y = memory_new((size_t)r->rows, sizeof *y);
    rg_status s = rg_read(rg_broadcast(fit_record_side(r, &r->side[0]), rg_shape1(r->rows)), RG_F64, y, (size_t)r->rows);
    int64_t bad = 0;
    while (!s && bad < r->rows && y[bad] >= 0 && y[bad] <= most) bad++;
    if (!s) rg_rewind(r->tape, mark);
    if (!s && bad < r->rows)
        diag_set(&r->d, E_INDEX, NULL, (span){0, 0}, "--loss %s: %s left of the ~, but there is %.6g",
                 r->a->opt[OPT_LOSS].text, loss == LOSS_POISSON ? "counts stand" : "0, 1 or a share between them stands", y[bad]);
    free(y);
    return fit_status(r, s) && !r->d.code;
}

/* A loss that is no number has a reason. */
static bool loss_is_told(fit_run *r, rg_status s)
{
    if (fit_status(r, s)) return true;
    if (s == RG_DOMAIN && fit_loss_of(r) == LOSS_BCE)
        diag_help(&r->d, "--loss bce wants a probability, as sigmoid(a*x + b) is; bce_with_logits takes a*x + b itself");
    if (s == RG_DOMAIN && fit_loss_of(r) == LOSS_POISSON)
        diag_help(&r->d, "--loss poisson wants a rate above 0, as exp(a*x + b) is");
    return false;
}

static bool run_minimize(fit_run *r)
{
    size_t n = (size_t)r->parameters;
    double *start = starts_and_bounds(r);
    rg_optim_config how;
    rg_minimize_problem q = {
        .n = (int)n, .start = start, .lo = start + n, .hi = start + 2 * n, .loss = summed_loss, .ud = r};
    rg_minimum m = {.value = r->result.value, .hessian = r->result.covariance};
    if (args_has(r->a, OPT_EPOCHS)) q.steps = (int)r->a->opt[OPT_EPOCHS].number;
    bool good = read_optimizer(r, &how, &q) && labels_fit(r) && loss_is_told(r, rg_minimize(r->tape, &q, &m)) && sum_squares(r);
    /* Robust losses have no curvature to end by, or to tell errors from: the end is the descents'. */
    bool robust = fit_loss_of(r) == LOSS_HUBER || fit_loss_of(r) == LOSS_MAE;
    if (good && robust) {
        memcpy(start, m.value, n * sizeof *start);
        good = run_descents(r, start, 1);
    }
    free(start);
    if (!good || robust) return good;
    r->result.loss = m.loss;
    r->result.converged = m.converged;
    r->result.count = r->rows;
    r->result.dof = r->rows - (int64_t)n;
    r->result.steps = q.steps ? q.steps : 2000;
    bool likelihood = fit_loss_of(r) >= LOSS_BCE;
    invert_curvature(r, likelihood ? 1 : 2 * variance_of(r));
    return true;
}

/* The other errors: 2 s^2 H^-1, where H is the Hessian of the sum of squares, taken at
 * the answer without leaving out second derivatives. */
static bool hessian_errors(fit_run *r)
{
    int n = r->parameters;
    rg_node **p = memory_new((size_t)n, sizeof *p), **g = memory_new((size_t)n, sizeof *g);
    double *h = r->result.covariance, **row = memory_new((size_t)n, sizeof *row);
    memset(h, 0, (size_t)n * (size_t)n * sizeof *h);
    for (int k = 0; k < n; k++) p[k] = rg_scalar(r->tape, r->result.value[k]);
    rg_node *ssr = rg_sum(rg_square(residuals(r, r->tape, p)), RG_ALL_AXES);
    rg_status s = rg_grad(ssr, NULL, n, p, g);
    for (int k = 0; k < n && !s; k++) {
        for (int l = 0; l < n; l++) row[l] = h + k * n + l;
        if (g[k]) s = rg_read_jacobian(g[k], n, p, row);
    }
    if (!s) invert_curvature(r, 2 * variance_of(r));
    free(p);
    free(g);
    free(row);
    return fit_status(r, s);
}

/* Levenberg-Marquardt is for losses that are sums of squares or nearly, unless an optimizer is asked for. */
bool fit_by_optimizer(const fit_run *r)
{
    return args_has(r->a, OPT_OPTIMIZER) || fit_loss_of(r) >= LOSS_BCE;
}

bool fit_solve(fit_run *r)
{
    size_t n = (size_t)r->parameters;
    r->result.value = memory_new(n, sizeof(double));
    r->result.covariance = memory_new(n * n, sizeof(double));
    if (fit_by_optimizer(r)) return run_minimize(r);
    bool full = !fit_loss_of(r) && args_has(r->a, OPT_ERRORS) && r->a->opt[OPT_ERRORS].choice == 1;
    return run_fit(r) && (!full || hessian_errors(r));
}
