/* minimize.c - any loss of a few parameters: the optimizers lead near a minimum, Newton ends. */
#define RG_NO_HERE
#include "minimize.h"
#include "functional.h"
#include "ops.h"
#include <math.h>
#include <string.h>

enum { STEPS = 2000, NEWTON_STEPS = 50 };

typedef struct search {
    rg_tape *t;
    const rg_minimize_problem *q;
    int n;
    double *block;
    size_t bytes;
    double *p, *try_p, *g, *step; /* n each                                   */
    double *h, *factor;           /* n x n                                    */
    rg_node **leaf;               /* n                                        */
    double best;
} search;

/* ---- the loss ---------------------------------------------------------------------- */

static double projected(const rg_minimize_problem *q, int k, double p)
{
    if (q->lo && p < q->lo[k]) p = q->lo[k];
    if (q->hi && p > q->hi[k]) p = q->hi[k];
    return p;
}

static rg_node *loss_over(const search *s, const double *p)
{
    for (int k = 0; k < s->n; k++) s->leaf[k] = rg_scalar(s->t, p[k]);
    return s->q->loss(s->q->ud, s->t, s->leaf);
}

static rg_status loss_at(const search *s, const double *p, double *loss)
{
    int64_t mark = rg_mark(s->t);
    rg_status bad = rg_read(loss_over(s, p), RG_F64, loss, 1);
    if (!bad) rg_rewind(s->t, mark);
    return bad;
}

/* Gradient and Hessian at s->p; those of a parameter that the loss does not see are 0. */
static rg_status slopes_at(search *s)
{
    int64_t mark = rg_mark(s->t);
    size_t nodes = (size_t)s->n * sizeof(rg_node *), rows = (size_t)s->n * sizeof(double *);
    rg_node **g = rg_scratch(s->t, nodes);
    double **row = rg_scratch(s->t, rows);
    rg_status bad = g && row ? RG_OK : RG_NOMEM;
    memset(s->h, 0, (size_t)s->n * (size_t)s->n * sizeof *s->h);
    if (!bad) bad = rg_grad(loss_over(s, s->p), NULL, s->n, s->leaf, g);
    for (int k = 0; k < s->n && !bad; k++) {
        for (int l = 0; l < s->n; l++) row[l] = s->h + (size_t)k * (size_t)s->n + l;
        s->g[k] = 0;
        if (g[k]) bad = rg_read(g[k], RG_F64, &s->g[k], 1);
        if (g[k] && !bad) bad = rg_read_jacobian(g[k], s->n, s->leaf, row);
    }
    if (row) rg_scratch_free(s->t, row, rows);
    if (g) rg_scratch_free(s->t, g, nodes);
    if (!bad) rg_rewind(s->t, mark);
    return bad;
}

/* ---- the optimizer's steps ------------------------------------------------------------ */

/* The leaves back into the bounds, and into s->p when they are the lowest so far. */
static rg_status note_lowest(search *s, double loss, const double *before)
{
    if (loss < s->best) {
        s->best = loss;
        memcpy(s->p, before, (size_t)s->n * sizeof *s->p);
    }
    rg_status bad = RG_OK;
    for (int k = 0; k < s->n && !bad; k++) {
        double now;
        bad = rg_read(s->leaf[k], RG_F64, &now, 1);
        s->try_p[k] = projected(s->q, k, now);
        if (!bad && now != s->try_p[k]) bad = rg_write(s->leaf[k], RG_F64, &s->try_p[k], 1);
    }
    return bad;
}

static rg_status optimizer_step(search *s, rg_optim *o, double lr)
{
    double loss;
    int64_t mark = rg_step_begin(s->t);
    rg_status bad = rg_write(rg_optim_lr(o, 0), RG_F64, &lr, 1);
    rg_node *y = s->q->loss(s->q->ud, s->t, s->leaf);
    if (!bad) bad = rg_read(y, RG_F64, &loss, 1);
    if (!bad) bad = rg_optim_step(o, y);
    if (!bad) bad = rg_step_end(s->t, mark);
    return bad ? bad : note_lowest(s, loss, s->try_p);
}

/* *late: the share of the loss that the last tenth of the steps gained. */
static rg_status follow_optimizer(search *s, double *late)
{
    rg_optim_config how = s->q->how ? *s->q->how : rg_adam();
    int steps = s->q->steps > 0 ? s->q->steps : STEPS;
    double lr = s->q->lr > 0 ? s->q->lr : 0.05, then = s->best;
    for (int k = 0; k < s->n; k++) s->leaf[k] = rg_scalar(s->t, s->p[k]);
    memcpy(s->try_p, s->p, (size_t)s->n * sizeof *s->p);
    rg_group group = {.n = s->n, .param = s->leaf, .lr = lr};
    rg_optim *o = rg_optim_new(s->t, &how, 1, &group);
    rg_status bad = o ? RG_OK : rg_error_of(s->t)->status;
    for (int i = 0; i < steps && !bad; i++) {
        if (i == steps - steps / 10) then = s->best;
        bad = optimizer_step(s, o, how.schedule.fall ? lr : lr * (steps - i) / steps);
    }
    rg_optim_free(o);
    *late = (then - s->best) / (fabs(s->best) + 1e-300);
    return bad;
}

/* ---- Newton's steps -------------------------------------------------------------------- */

/* A parameter on its bound, pushed outward, stays. */
static bool stays(const search *s, int k)
{
    const rg_minimize_problem *q = s->q;
    return (q->lo && s->p[k] <= q->lo[k] && s->g[k] > 0) ||
           (q->hi && s->p[k] >= q->hi[k] && s->g[k] < 0);
}

/* step = -(H + mu diag|H|)^-1 g by Cholesky. False: that matrix is not positive definite. */
static bool newton_step(search *s, double mu)
{
    int n = s->n;
    double *f = s->factor, *x = s->step;
    for (int i = 0; i < n; i++) {
        x[i] = stays(s, i) ? 0 : -s->g[i];
        for (int j = 0; j <= i; j++) {
            bool out = stays(s, i) || stays(s, j);
            double sum = i == j ? (out ? 1 : s->h[i * n + i] + mu * fabs(s->h[i * n + i]))
                                : (out ? 0 : s->h[i * n + j]);
            for (int k = 0; k < j; k++) sum -= f[i * n + k] * f[j * n + k];
            if (i == j && !(sum > 0)) return false;
            f[i * n + j] = i == j ? sqrt(sum) : sum / f[j * n + j];
        }
        for (int k = 0; k < i; k++) x[i] -= f[i * n + k] * x[k];
        x[i] /= f[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) x[i] -= f[k * n + i] * x[k];
        x[i] /= f[i * n + i];
    }
    return true;
}

/* What the quadratic model says the step gains. */
static double gain(const search *s)
{
    double sum = 0;
    for (int k = 0; k < s->n; k++) sum -= s->g[k] * s->step[k] / 2;
    return sum;
}

/* One damped step that lowers the loss. *gained: by how much; 0 when none does. */
static rg_status descend_newton(search *s, double *mu, double *gained)
{
    *gained = 0;
    for (int tries = 0; tries < 40; tries++, *mu = fmax(*mu * 10, 1e-12)) {
        double loss;
        if (!newton_step(s, *mu)) continue;
        for (int k = 0; k < s->n; k++) s->try_p[k] = projected(s->q, k, s->p[k] + s->step[k]);
        rg_status bad = loss_at(s, s->try_p, &loss);
        if (bad) return bad;
        if (!(loss < s->best)) continue;
        *gained = s->best - loss;
        s->best = loss;
        memcpy(s->p, s->try_p, (size_t)s->n * sizeof *s->p);
        *mu = *mu < 1e-11 ? 0 : *mu / 100;
        return RG_OK;
    }
    return RG_OK;
}

static rg_status end_by_newton(search *s, rg_minimum *out)
{
    double mu = 0;
    for (int i = 0; i < NEWTON_STEPS; i++) {
        double gained;
        rg_status bad = slopes_at(s);
        if (bad) return bad;
        if (newton_step(s, 0) && gain(s) <= 1e-15 * (1 + fabs(s->best))) {
            out->converged = true; /* the last step is too short to be seen in the loss */
            for (int k = 0; k < s->n; k++) s->p[k] = projected(s->q, k, s->p[k] + s->step[k]);
            return RG_OK;
        }
        bad = descend_newton(s, &mu, &gained);
        if (bad || gained == 0) return bad;
        out->newton++;
    }
    return RG_OK;
}

/* ---- the function ---------------------------------------------------------------------- */

static rg_status make_search(search *s)
{
    size_t n = (size_t)s->n;
    s->bytes = (4 * n + 2 * n * n) * sizeof(double) + n * sizeof(rg_node *);
    double *p = s->block = rg_scratch(s->t, s->bytes);
    if (!p) return RG_NOMEM;
    s->p = p;
    s->try_p = p + n;
    s->g = p + 2 * n;
    s->step = p + 3 * n;
    s->h = p + 4 * n;
    s->factor = s->h + n * n;
    s->leaf = (rg_node **)(void *)(s->factor + n * n);
    for (int k = 0; k < s->n; k++) s->p[k] = projected(s->q, k, s->q->start[k]);
    return RG_OK;
}

rg_status rg_minimize(rg_tape *t, const rg_minimize_problem *problem, rg_minimum *result)
{
    if (!t || !problem || !result || problem->n < 1 || !problem->start || !problem->loss || !result->value)
        return rg_refuse(t, RG_USAGE, NULL,
                         "minimize: no parameters, no loss or nowhere to put the answer");
    search s = {.t = t, .q = problem, .n = problem->n};
    double late = 1;
    int64_t mark = rg_mark(t);
    rg_status bad = make_search(&s);
    if (!bad) bad = loss_at(&s, s.p, &s.best);
    if (!bad && !isfinite(s.best)) {
        rg_fail(t, RG_DOMAIN, NULL, "minimize: the loss is %g at the start; give other starting values", isnan(s.best) ? (double)NAN : s.best);
        bad = RG_DOMAIN;
    }
    result->newton = 0;
    if (!bad) bad = follow_optimizer(&s, &late);
    if (!bad) rg_rewind(t, mark);
    result->converged = late < 1e-6;
    if (!bad) bad = end_by_newton(&s, result);
    if (!bad) {
        size_t bytes = (size_t)s.n * sizeof *s.p;
        memcpy(result->value, s.p, bytes);
        if (result->hessian) memcpy(result->hessian, s.h, bytes * (size_t)s.n);
        result->loss = s.best;
    }
    if (s.block) rg_scratch_free(t, s.block, s.bytes);
    return bad;
}
