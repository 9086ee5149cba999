/* test_memory_tape.c - calls on a tape, each with every request for memory refused in turn:
 * recording, gradients, plans, explanations, checks, fits. A new function is one row. */
#include "memory_help.h"
#include <string.h>

/* A small network on a tape of the scene: x (4, 3), w (3, 2), b (2), loss. */
typedef struct net {
    rg_tape *t;
    rg_node *x, *w, *b, *y, *loss, *param[2];
    int64_t len; /* of the tape, with all of it */
} net;

static net make_net(scene *s)
{
    static const double x[] = {1, -2, .5, 3, 0, 2, -1, 1.5, .25, 1, 1, -1}, w[] = {.5, -1, 2, .25, 1, -.5};
    net n = {.t = scene_tape(s)};
    n.x = rg_name(rg_leaf_from(n.t, RG_F64, rg_shape2(4, 3), x, 12), "x");
    n.param[0] = n.w = rg_name(rg_leaf_from(n.t, RG_F64, rg_shape2(3, 2), w, 6), "w");
    n.param[1] = n.b = rg_name(rg_leaf(n.t, RG_F64, rg_shape1(2)), "b");
    n.y = rg_softmax(rg_add(rg_matmul(n.x, n.w), n.b), -1);
    n.loss = rg_norm(n.y, RG_ALL_AXES);
    n.len = rg_len(n.t);
    ck_assert_int_eq(rg_error_of(n.t)->status, RG_OK);
    arm(s);
    return n;
}

/* Leaves and values of the net are what they were. */
static rg_status net_over(scene *s, net *n, rg_status st)
{
    double w[6];
    disarm(s);
    ck_assert_int_eq(rg_read(n->w, RG_F64, w, 6), RG_OK);
    ck_assert(w[0] == .5 && w[5] == -.5);
    return scene_over(s, n->t, st);
}

/* The same for what promises to leave the tape as long as it was. */
static rg_status net_as_it_was(scene *s, net *n, rg_status st)
{
    ck_assert_int_eq(rg_len(n->t), n->len);
    return net_over(s, n, st);
}

/* ---- recording ---------------------------------------------------------------------- */

static rg_status new_tape(scene *s)
{
    arm(s);
    rg_tape *t = rg_tape_new(&s->cfg);
    return t ? scene_over(s, t, RG_OK) : RG_NOMEM;
}

static rg_status leaves(scene *s)
{
    double v[600] = {0};
    rg_tape *t = scene_tape(s);
    arm(s);
    rg_node *x = rg_leaf_from(t, RG_F32, rg_shape1(3), (float[]){1, 2, 3}, 3);
    rg_leaf_over(t, &(rg_tensor){.data = v, .dtype = RG_F64, .rank = 1, .dim = {600}, .stride = {1}}, true);
    rg_name(rg_const(t, RG_F64, rg_shape2(30, 20), 1), "a name that is long enough to be kept by itself");
    rg_scope_begin(t, "a scope");
    rg_add(rg_lit(x, 2), rg_detach(x));
    rg_scope_end(t);
    rg_leaf(t, RG_F64, rg_shape1(20000));
    return scene_over(s, t, rg_error_of(t)->status);
}

static rg_status record_only(scene *s)
{
    s->cfg.lazy = true;
    rg_tape *t = scene_tape(s);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape2(40, 30));
    arm(s);
    rg_status st = rg_eval(rg_sum(rg_exp(rg_matmul(x, rg_transpose(x))), RG_ALL_AXES));
    disarm(s);
    rg_tape_free(t);
    return st;
}

static rg_status numbers_in_and_out(scene *s)
{
    static double v[5000];
    rg_tape *t = scene_tape(s);
    rg_node *x = rg_transpose(rg_leaf(t, RG_F32, rg_shape2(50, 100)));
    arm(s);
    rg_read(x, RG_F64, v, 5000);
    rg_write(rg_leaf(t, RG_U8, rg_shape2(50, 100)), RG_F64, v, 5000);
    rg_write_part(rg_leaf(t, RG_U8, rg_shape2(50, 100)), RG_F64, v, 100, 4900);
    return scene_over(s, t, rg_error_of(t)->status);
}

static rg_status training_step(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *w[] = {rg_leaf(t, RG_F32, rg_shape2(20, 30)), rg_leaf(t, RG_F32, rg_shape2(30, 10))}, *g[2];
    rg_node *v = rg_leaf(t, RG_F32, rg_shape1(30));
    arm(s);
    int64_t mark = rg_step_begin(t);
    rg_node *labels = rg_leaf(t, RG_I64, rg_shape1(16));
    rg_node *h = rg_relu(rg_matmul(rg_normal(t, RG_F32, rg_shape2(16, 20)), w[0]));
    rg_grad(rg_cross_entropy(rg_matmul(rg_dropout(h, .5), w[1]), labels), NULL, 2, w, g);
    rg_assign(v, rg_add(rg_scale(v, .9), rg_amax(rg_reshape(rg_transpose(g[0]), rg_shape2(20, 30)), 0)));
    for (int i = 0; i < 2; i++) rg_assign(w[i], rg_sub(w[i], rg_scale(g[i], .1)));
    rg_status st = rg_step_end(t, mark);
    if (!st) ck_assert_int_eq(rg_mark(t), mark);
    return scene_over(s, t, rg_error_of(t)->status);
}

static rg_status images(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *x = rg_uniform(t, RG_F32, rg_shape4(2, 3, 9, 9)), *w = rg_normal(t, RG_F32, rg_shape4(4, 3, 3, 3)), *g;
    arm(s);
    rg_node *y = rg_maxpool2d(rg_conv2d(x, w, 1, 1), 3);
    rg_grad(rg_sum(rg_square(rg_avgpool2d(y, 3)), RG_ALL_AXES), NULL, 1, &w, &g);
    return scene_over(s, t, rg_error_of(t)->status);
}

static rg_status factorisations(scene *s)
{
    rg_tape *t = scene_tape(s);
    double v[] = {3, 1, 0, 1, 4, 1, 0, 1, 5}, weight[3];
    rg_node *a = rg_leaf_from(t, RG_F64, rg_shape2(3, 3), v, 9), *g;
    rg_lstsq_result r = {.weight = weight};
    rg_least_squares(t, 3, 3, v, v, .1, &r); /* LAPACK is there from now on */
    arm(s);
    rg_node *b = rg_solve(a, rg_inverse(a));
    rg_grad(rg_add(rg_logdet(a), rg_mul(rg_det(a), rg_trace(b))), NULL, 1, &a, &g);
    if (!rg_error_of(t)->status) rg_least_squares(t, 3, 3, v, v, .1, &r);
    return scene_over(s, t, rg_error_of(t)->status);
}

/* ---- gradients ------------------------------------------------------------------------- */

static rg_status gradients(scene *s)
{
    net n = make_net(s);
    rg_node *g[2];
    rg_status st = rg_grad(n.loss, NULL, 2, n.param, g);
    if (st) ck_assert(rg_error_of(n.t)->status == st && g[0] == g[1]); /* both the error node */
    return net_over(s, &n, st);
}

static rg_status products(scene *s)
{
    net n = make_net(s);
    rg_node *out[2], *v[] = {n.w, n.b};
    rg_vjp(1, &n.y, &n.y, 2, n.param, out);
    rg_jvp(n.y, 2, n.param, v);
    rg_hvp(n.loss, 2, n.param, v, out);
    rg_gauss_newton(n.loss, n.y, 2, n.param, v, out);
    return net_over(s, &n, rg_error_of(n.t)->status);
}

static rg_status matrices(scene *s)
{
    net n = make_net(s);
    rg_node *out[4];
    rg_jacobian(n.y, 2, n.param, out);
    rg_hessian(n.loss, 2, n.param, out);
    return net_over(s, &n, rg_error_of(n.t)->status);
}

static rg_status numbers_of_matrices(scene *s)
{
    net n = make_net(s);
    double a[48], b[16], v[6];
    const int64_t diagonal[] = {0, 1, 2, 3, 4, 5};
    rg_status st = rg_read_jacobian(n.y, 2, n.param, (double *[]){a, b});
    if (!st) st = rg_read_sparse_hessian(rg_sum(rg_exp(n.w), RG_ALL_AXES), n.w, 6, diagonal, diagonal, v);
    return net_over(s, &n, rg_error_of(n.t)->status);
}

/* ---- plans ------------------------------------------------------------------------------ */

static void record_update(net *n)
{
    rg_node *g[2];
    rg_grad(n->loss, NULL, 2, n->param, g);
    rg_assign(n->b, rg_sub(n->b, rg_scale(g[1], .1)));
}

static rg_status compile_plan(scene *s)
{
    net n = make_net(s);
    disarm(s);
    record_update(&n);
    n.len = rg_len(n.t);
    arm(s);
    rg_plan *p = rg_compile(n.t, 1, &n.loss, &(rg_plan_config){.keep = true});
    disarm(s);
    if (!p) return net_as_it_was(s, &n, RG_NOMEM);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_plan_free(p);
    return net_as_it_was(s, &n, RG_OK);
}

/* Within a budget, values are computed again: another way through the compiler. */
static rg_status compile_within_a_budget(scene *s)
{
    net n = make_net(s);
    disarm(s);
    rg_node *g, *y = rg_matmul(n.x, rg_transpose(n.x));
    for (int i = 0; i < 6; i++) y = rg_tanh(rg_matmul(y, y));
    rg_grad(rg_sum(y, RG_ALL_AXES), NULL, 1, &n.x, &g);
    rg_plan *p = rg_compile(n.t, 1, &g, NULL);
    size_t bytes = rg_plan_bytes(p);
    rg_plan_free(p);
    n.len = rg_len(n.t);
    arm(s);
    p = rg_compile(n.t, 1, &g, &(rg_plan_config){.budget = bytes * 7 / 10});
    disarm(s);
    if (p) ck_assert_uint_le(rg_plan_bytes(p), bytes * 7 / 10);
    rg_plan_free(p);
    return net_as_it_was(s, &n, rg_error_of(n.t)->status);
}

/* What needs scratch memory of its own in a run: a factorisation. */
static rg_status run_plan(scene *s)
{
    net n = make_net(s);
    disarm(s);
    record_update(&n);
    rg_node *square = rg_matmul(n.w, rg_transpose(n.w));
    rg_node *out = rg_add(n.loss, rg_logdet(rg_add(square, rg_diag(rg_const(n.t, RG_F64, rg_shape1(3), 1)))));
    n.len = rg_len(n.t);
    rg_plan *p = rg_compile(n.t, 1, &out, NULL);
    ck_assert_ptr_nonnull(p);
    arm(s);
    rg_status st = rg_run(p);
    disarm(s);
    if (st) {
        rg_rewind(n.t, n.len); /* forgets the error, and memory is back */
        ck_assert_int_eq(rg_run(p), RG_OK);
    }
    ck_assert(rg_plan_value(p, 0) > 0);
    rg_plan_free(p);
    rg_tape_free(n.t);
    return st;
}

static rg_status look_into_plan(scene *s)
{
    net n = make_net(s);
    disarm(s);
    size_t written = 0;
    rg_plan *p = rg_compile(n.t, 1, &n.loss, NULL);
    ck_assert_ptr_nonnull(p);
    arm(s);
    rg_status st = rg_plan_print(p, swallow, &written);
    if (!st) st = rg_plan_memory(p, swallow, &written);
    if (!st) st = rg_plan_json(p, swallow, &written);
    disarm(s);
    rg_rewind(n.t, n.len); /* forgets the error */
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_plan_free(p);
    rg_tape_free(n.t);
    return st;
}

/* ---- explanations and figures -------------------------------------------------------------- */

static bool listen_to(void *ud, const rg_question *q)
{
    *(size_t *)ud += (size_t)q->entries;
    return true;
}

#define EXPLANATION(name, call)                                                                    \
    static rg_status name(scene *s)                                                                \
    {                                                                                              \
        net n = make_net(s);                                                                       \
        size_t written = 0;                                                                        \
        return net_as_it_was(s, &n, call);                                                         \
    }

static const rg_explain_options opened = {.open = true};
EXPLANATION(explain_as_text, rg_explain_text(n.loss, 2, n.param, NULL, swallow, &written))
EXPLANATION(explain_opened, rg_explain_text(n.loss, 2, n.param, &opened, swallow, &written))
EXPLANATION(explain_as_json, rg_explain_json(n.loss, 2, n.param, NULL, swallow, &written))
EXPLANATION(explain_as_page, rg_explain_html(n.loss, 2, n.param, NULL, swallow, &written))
EXPLANATION(explain_as_picture, rg_explain_svg(n.loss, 2, n.param, NULL, swallow, &written))
EXPLANATION(ask_questions, rg_quiz(n.loss, 2, n.param, NULL, listen_to, &written))

static rg_status draw(scene *s)
{
    static const double x[] = {1, 2, 4}, y[] = {0, 1, -1};
    size_t written = 0;
    rg_tape *t = scene_tape(s);
    arm(s);
    rg_figure *f = rg_figure_new(t, &(rg_figure_options){.title = "one"}), *g = rg_figure_new(t, NULL);
    rg_status st = f && g ? RG_OK : RG_NOMEM;
    if (!st) {
        rg_figure_line(f, "line", 3, x, y), rg_figure_points(f, NULL, 3, x, y), rg_figure_arrows(f, "arrows", 3, x, y, y, x);
        rg_figure_rule_x(f, "rule", 2), rg_figure_rule_y(f, NULL, 0);
        rg_figure_histogram(g, "all", 3, y, 0), rg_figure_bars(g, "bars", 3, NULL, y);
        st = rg_figure_write_stack(2, (rg_figure *[]){f, g}, RG_FIGURE_SVG, swallow, &written);
        if (!st) st = rg_figure_write(f, RG_FIGURE_UTF8, swallow, &written);
    }
    rg_figure_free(f);
    rg_figure_free(g);
    disarm(s);
    rg_rewind(t, 0);
    rg_tape_free(t);
    return st;
}

/* ---- checks --------------------------------------------------------------------------------- */

static rg_status check_whole(scene *s)
{
    net n = make_net(s);
    rg_report r;
    rg_finding found[2];
    rg_status st = rg_check_graph(n.loss, 2, n.param, &(rg_check_how){.elements = 2, .directions = 1}, found, &r);
    if (!st) ck_assert_int_eq(r.verdict, RG_PASS);
    return net_as_it_was(s, &n, st);
}

static rg_status check_each_node(scene *s)
{
    net n = make_net(s);
    rg_nodes_report r;
    return net_as_it_was(s, &n, rg_check_nodes(n.loss, 2, n.param, &(rg_check_how){.directions = 1}, NULL, NULL, &r));
}

static rg_status check_op(scene *s)
{
    rg_node *a;
    rg_tape *t = rg_tape_new(NULL);
    a = rg_tanh(rg_leaf(t, RG_F64, rg_shape1(1)));
    rg_finding worst;
    rg_verdict verdict;
    rg_check_case c = {.dtype = RG_F64};
    const rg_op *op = a->op;
    rg_tape_free(t);
    arm(s);
    rg_status st = rg_check_op(op, &c, &s->cfg, &worst, &verdict, &s->e);
    ck_assert_int_eq(st, s->e.status);
    return st;
}

static rg_status diagnose_op(scene *s)
{
    rg_tape *t = rg_tape_new(NULL);
    const rg_op *op = rg_exp(rg_scalar(t, 0))->op;
    rg_cause cause;
    rg_check_case c = {.dtype = RG_F64};
    rg_tape_free(t);
    arm(s);
    return rg_diagnose_op(op, &c, &s->cfg, &cause);
}

static rg_status trace_nonfinite(scene *s)
{
    net n = make_net(s);
    disarm(s);
    rg_node *y = rg_sum(rg_sqrt(n.b), RG_ALL_AXES); /* 0, and its slope is infinite */
    n.len = rg_len(n.t);
    rg_nonfinite f;
    arm(s);
    return net_as_it_was(s, &n, rg_trace_nonfinite(y, 1, &n.b, &f));
}

static rg_status check_rounding(scene *s)
{
    net n = make_net(s);
    rg_rounding found[2];
    return net_as_it_was(s, &n, rg_check_rounding(n.loss, 2, n.param, 1, found));
}

/* ---- fits -------------------------------------------------------------------------------------- */

static rg_node *distances(void *ud, rg_tape *t, rg_node *const *p)
{
    (void)ud;
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(4), (double[]){0, 1, 2, 3}, 4);
    rg_node *y = rg_leaf_from(t, RG_F64, rg_shape1(4), (double[]){1, 3, 5.5, 7}, 4);
    return rg_sub(rg_add(rg_mul(x, p[0]), p[1]), y);
}

static rg_status fit_line(scene *s)
{
    double value[2], error[2], start[] = {1, 1};
    rg_tape *t = scene_tape(s);
    rg_fit_problem problem = {.n = 2, .start = start, .residuals = distances, .max_steps = 5};
    rg_fit_result r = {.value = value, .error = error};
    arm(s);
    rg_status st = rg_fit(t, &problem, &r);
    problem.loss = RG_FIT_MAE;
    return scene_over(s, t, st ? st : rg_fit(t, &problem, &r));
}

static const memory_row rows[] = {
    {"rg_tape_new", new_tape, 0},
    {"leaves and names", leaves, 4},
    {"rg_eval", record_only, 2},
    {"rg_read, rg_write, rg_write_part", numbers_in_and_out, 3},
    {"a training step", training_step, FINE(2, 2)},
    {"images", images, 2},
    {"factorisations", factorisations, FINE(2, 3)},
    {"rg_grad", gradients, 2},
    {"rg_vjp, rg_jvp, rg_hvp, rg_gauss_newton", products, 2},
    {"rg_jacobian, rg_hessian", matrices, 2},
    {"rg_read_jacobian, rg_read_sparse_hessian", numbers_of_matrices, 2},
    {"rg_compile", compile_plan, 0},
    {"rg_compile within a budget", compile_within_a_budget, 0},
    {"rg_run", run_plan, 0},
    {"rg_plan_print, rg_plan_memory, rg_plan_json", look_into_plan, 0},
    {"rg_explain_text", explain_as_text, 2},
    {"rg_explain_text of opened ops", explain_opened, FINE(2, 1)},
    {"rg_quiz", ask_questions, 2},
    {"rg_explain_json", explain_as_json, 2},
    {"rg_explain_html", explain_as_page, 2},
    {"rg_explain_svg", explain_as_picture, 2},
    {"figures", draw, 0},
    {"rg_check_graph", check_whole, 2},
    {"rg_check_nodes", check_each_node, 2},
    {"rg_check_op", check_op, 2},
    {"rg_diagnose_op", diagnose_op, 2},
    {"rg_trace_nonfinite", trace_nonfinite, 2},
    {"rg_check_rounding", check_rounding, 2},
    {"rg_fit", fit_line, 2},
};

MEMORY_SUITE("memory_tape", rows)
