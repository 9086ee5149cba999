/* checkop.c - the check of one op on the shapes of its example: its gradient, the
 * gradient of that, and many upstreams at once. */
#include "internal.h"
#include "alone.h"
#include "example.h"
#include "judge.h"
#include "laws.h"
#include <string.h>

typedef struct trial {
    const rg_op *op;
    const rg_check_case *c;
    rg_tape *t;
    rg_node *y;
    int nin, nx;
    rg_node *in[RG_WIRES];
    rg_node *x[RG_WIRES + 1]; /* inputs with a gradient; then room for the upstream */
    int wire[RG_WIRES + 1];   /* of x                                               */
    rg_chance chance;
    rg_finding worst; /* looked at 0: none so far                           */
} trial;

int rg_check_examples(const rg_op *op) { return op ? rg_example_count(op->example) : 0; }

static void take(trial *a, const rg_finding *f, int input)
{
    if (a->worst.looked && !rg_judge_worse(f, &a->worst)) return;
    a->worst = *f;
    a->worst.input = input;
}

/* ---- inputs and the op -------------------------------------------------------------- */

static rg_status set_up(trial *a)
{
    rg_example_input word[RG_WIRES];
    a->nin = rg_example_parse(a->op->example, a->c->example, word);
    if (a->nin < 0) {
        rg_fail(a->t, RG_USAGE, a->op, "check: %s has no example number %d that can be read",
                a->op->name, a->c->example);
        return RG_USAGE;
    }
    rg_status s =
        rg_example_draw(a->t, a->op, a->nin, word, a->c->dtype, a->c->lie, &a->chance, a->in);
    if (s) return s;
    rg_attr attr = {.f = {a->op->typical[0], a->op->typical[1]}};
    a->y = a->op->build ? a->op->build(a->in) : rg_apply(a->op, a->nin, a->in, &attr);
    for (int k = 0; k < a->nin; k++) {
        if (word[k].below || rg_example_switch(a->op, k)) continue;
        a->wire[a->nx] = k;
        a->x[a->nx++] = a->in[k];
    }
    a->wire[a->nx] = a->nin;
    return a->t->error.status;
}

/* An upstream for y, or `stacked` of them one behind the other. */
static rg_node *upstream_of(trial *a, const rg_node *y, int stacked)
{
    rg_shape s = rg_shape_of(y);
    if (stacked) {
        memmove(s.dim + 1, s.dim, sizeof s.dim - sizeof *s.dim);
        s.dim[0] = stacked;
        s.rank++;
    }
    rg_node *v = rg_leaf(a->t, y->layout->dtype, s);
    size_t n = (size_t)rg_count_of(v);
    double *number = rg_scratch(a->t, n * sizeof *number);
    if (!number) return a->t->failed;
    for (size_t i = 0; i < n; i++) number[i] = rg_chance_normal(&a->chance);
    rg_write(v, RG_F64, number, n);
    rg_scratch_free(a->t, number, n * sizeof *number);
    return v;
}

/* ---- many upstreams at once --------------------------------------------------------- */

/* Part b of the stacked gradient G against the gradient g of upstream b alone. */
static rg_status compare_part(trial *a, int k, rg_node *G, rg_node *g, int b)
{
    size_t n = (size_t)a->x[k]->layout->count, all = n * (size_t)a->c->stacked;
    double *stack = rg_scratch(a->t, (all + n) * sizeof *stack), most = 0;
    if (!stack) return RG_NOMEM;
    double *one = stack + all;
    rg_status s = rg_read(G, RG_F64, stack, all);
    if (!s) s = rg_read(g, RG_F64, one, n);
    for (size_t i = 0; i < all && !s; i++) most = fabs(stack[i]) > most ? fabs(stack[i]) : most;
    double bar = most * (a->c->dtype == RG_F32 ? 0x1p-17 : 0x1p-46);
    for (size_t i = 0; i < n && !s; i++) {
        rg_finding f = {.verdict = RG_FAIL,
                        .shape = rg_shape_of(a->x[k]),
                        .looked = 1,
                        .of = (int64_t)n,
                        .failed = 1,
                        .worst = (int64_t)i,
                        .analytic = stack[(size_t)b * n + i],
                        .numeric = one[i],
                        .bar = bar};
        if (!(fabs(f.analytic - f.numeric) <= bar)) take(a, &f, a->wire[k]);
    }
    rg_scratch_free(a->t, stack, (all + n) * sizeof *stack);
    return s;
}

static rg_status check_stacked(trial *a, rg_node *y)
{
    int k = a->c->stacked;
    if (y->layout->rank == RG_MAX_RANK) return RG_OK;
    rg_node *V = upstream_of(a, y, k), *G[RG_WIRES], *g[RG_WIRES];
    rg_status s = rg_grad(y, V, a->nx, a->x, G);
    for (int b = 0; b < k && !s; b++) {
        size_t bytes = (size_t)y->layout->count * rg_dtype_size(y->layout->dtype);
        rg_node *v =
            rg_leaf_from(a->t, y->layout->dtype, rg_shape_of(y),
                         (const char *)V->data + (size_t)b * bytes, (size_t)y->layout->count);
        s = rg_grad(y, v, a->nx, a->x, g);
        for (int i = 0; i < a->nx && !s; i++)
            if (G[i]) s = compare_part(a, i, G[i], g[i], b);
    }
    return s;
}

/* ---- orders one and two ------------------------------------------------------------- */

/* Nothing to see is right where nothing flows, and where a gradient does not depend
 * on an input. */
static bool excused(const trial *a, const rg_node *y, const rg_finding *f, int k)
{
    return f->verdict == RG_UNTESTED &&
           (y != a->y || k < 0 || !rg_example_wire(a->op, a->wire[k])->local);
}

/* y, which is the op's value or a gradient of it, in nx inputs. */
static rg_status check_value(trial *a, rg_node *y, int nx)
{
    rg_check_how how = {.seed = a->c->seed};
    rg_finding found[RG_WIRES + 1];
    rg_report r;
    rg_status s = rg_check_graph(y, nx, a->x, &how, found, &r);
    if (s) return s;
    for (int k = 0; k < nx; k++)
        if (!excused(a, y, &found[k], k)) take(a, &found[k], a->wire[k]);
    if (!excused(a, y, &r.together, RG_ALL_TOGETHER)) take(a, &r.together, RG_ALL_TOGETHER);
    if (r.values.verdict == RG_FAIL) take(a, &r.values, RG_OF_VALUE);
    return a->c->stacked ? check_stacked(a, y) : RG_OK;
}

static rg_status check_laws(trial *a)
{
    rg_cause broken;
    int input = 0;
    rg_status s = rg_check_laws(a->y, a->nx, a->x, &a->chance, &input, &broken);
    if (s || !broken.mistake) return s;
    const rg_finding f = {.verdict = RG_FAIL, .looked = 1, .of = 1, .failed = 1};
    take(a, &f, input < 0 ? input : a->wire[input]);
    return RG_OK;
}

/* ---- the Hessian is symmetric -------------------------------------------------------- */

/* Adds <h, w> and the sum of the sizes of its terms. */
static rg_status add_product(trial *a, rg_node *h, rg_node *w, double *sum, double *size)
{
    size_t n = (size_t)h->layout->count;
    double *v = rg_scratch(a->t, 2 * (n + !n) * sizeof *v);
    if (!v) return RG_NOMEM;
    rg_status s = rg_read(h, RG_F64, v, n);
    if (!s) s = rg_read(w, RG_F64, v + n, n);
    for (size_t j = 0; j < n && !s; j++) {
        *sum += v[j] * v[n + j];
        *size += fabs(v[j] * v[n + j]);
    }
    rg_scratch_free(a->t, v, 2 * (n + !n) * sizeof *v);
    return s;
}

/* w'Hu, where g is the gradient. */
static rg_status quadratic(trial *a, rg_node **g, rg_node **u, rg_node **w, double *sum, double *size)
{
    rg_node *h[RG_WIRES] = {NULL};
    rg_status s = RG_OK;
    *sum = 0;
    for (int k = 0; k < a->nx && !s; k++) {
        s = g[k] ? rg_grad(g[k], u[k], a->nx, a->x, h) : RG_OK;
        for (int i = 0; i < a->nx && !s && g[k]; i++)
            if (h[i]) s = add_product(a, h[i], w[i], sum, size);
    }
    return s;
}

/* u'Hw = w'Hu, but for rounding: a Hessian that is 0 may be the rounding of its gradient. */
static rg_status check_symmetry(trial *a, rg_node **g)
{
    rg_node *u[RG_WIRES] = {NULL}, *w[RG_WIRES] = {NULL};
    double uw, wu, along = 0, size = 0;
    rg_status s = RG_OK;
    for (int k = 0; k < a->nx; k++) {
        u[k] = upstream_of(a, a->x[k], 0);
        w[k] = upstream_of(a, a->x[k], 0);
        if (g[k] && !s) s = add_product(a, g[k], u[k], &along, &size);
    }
    if (!s) s = quadratic(a, g, u, w, &uw, &size);
    if (!s) s = quadratic(a, g, w, u, &wu, &size);
    double bar = size * (a->c->dtype == RG_F32 ? 0x1p-14 : 0x1p-40);
    if (s || fabs(uw - wu) <= bar) return s;
    const rg_finding f = {.verdict = RG_FAIL,
                          .looked = 1,
                          .of = 1,
                          .failed = 1,
                          .analytic = uw,
                          .numeric = wu,
                          .bar = bar};
    take(a, &f, RG_ALL_TOGETHER);
    return RG_OK;
}

/* A switch jumps where it is thrown; elsewhere a gradient on it is wrong. */
static rg_status check_switches(trial *a)
{
    rg_check_how how = {.seed = a->c->seed};
    rg_status s = RG_OK;
    for (int k = 0; k < a->nin && !s; k++) {
        rg_finding f;
        rg_report r;
        if (a->in[k]->layout->dtype == RG_I64 || !rg_example_switch(a->op, k)) continue;
        s = rg_check_graph(a->y, 1, &a->in[k], &how, &f, &r);
        if (!s && f.verdict == RG_FAIL) take(a, &f, k);
    }
    return s;
}

static bool has_slope(const rg_node *y)
{
    return y->layout->dtype == RG_F32 || y->layout->dtype == RG_F64;
}

static rg_status check_second(trial *a)
{
    rg_node *v = upstream_of(a, a->y, 0), *g[RG_WIRES];
    rg_status s = rg_grad(a->y, v, a->nx, a->x, g);
    if (!s) s = check_symmetry(a, g);
    a->x[a->nx] = v;
    for (int k = 0; k < a->nx && !s; k++)
        if (g[k] && g[k] != v) s = check_value(a, g[k], a->nx + 1);
    return s;
}

static rg_status try_case(trial *a)
{
    rg_status s = set_up(a);
    if (s || a->nx == 0 || !has_slope(a->y)) return s;
    s = check_value(a, a->y, a->nx);
    if (!s) s = check_switches(a);
    if (!s) s = check_laws(a);
    return !s && a->c->order > 1 ? check_second(a) : s;
}

rg_status rg_check_op(const rg_op *op, const rg_check_case *c, const rg_config *cfg,
                      rg_finding *worst, rg_verdict *verdict, rg_error *error)
{
    trial a = {.op = op, .c = c, .t = rg_tape_new(cfg), .chance = {c->seed, 1u << 20}};
    if (!a.t) return rg_error_set(error, RG_NOMEM, "out of memory");
    rg_status s = rg_owned_up(a.t, try_case(&a));
    *worst = a.worst;
    *verdict = a.worst.looked ? a.worst.verdict : RG_UNTESTED;
    if (s && error) *error = a.t->error;
    rg_tape_free(a.t);
    return s;
}

static rg_status diagnose_second(trial *a, rg_cause *cause)
{
    rg_node *v = upstream_of(a, a->y, 0), *g[RG_WIRES];
    rg_nodes_report r;
    rg_check_how how = {.seed = a->c->seed};
    rg_status s = rg_grad(a->y, v, a->nx, a->x, g);
    a->x[a->nx] = v;
    for (int k = 0; k < a->nx && !s && !cause->mistake; k++) {
        if (!g[k] || g[k] == v) continue;
        s = rg_check_nodes(g[k], a->nx + 1, a->x, &how, NULL, NULL, &r);
        if (!s && r.first.node) *cause = r.first.cause;
    }
    return s;
}

rg_status rg_diagnose_op(const rg_op *op, const rg_check_case *c, const rg_config *cfg,
                         rg_cause *cause)
{
    trial a = {.op = op, .c = c, .t = rg_tape_new(cfg), .chance = {c->seed, 1u << 20}};
    rg_check_how how = {.seed = c->seed};
    rg_node_finding f = {0};
    *cause = (rg_cause){.mistake = RG_NOT_WRONG};
    if (!a.t) return RG_NOMEM;
    rg_status s = set_up(&a);
    if (!s) s = rg_check_alone(a.y, &how, &f);
    if (!s) *cause = f.cause;
    if (!s && !cause->mistake && c->order > 1) s = diagnose_second(&a, cause);
    rg_tape_free(a.t);
    return s;
}
