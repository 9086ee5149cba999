/* test_memory_nodes.c - functions that record nodes, and pictures, each with every request for
 * memory refused in turn. A new function is a call in the row of its kin. */
#include "memory_help.h"
#include <math.h>
#include <string.h>

/* ---- networks ----------------------------------------------------------------------- */

static rg_status layers(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(4, 6)), *w = rg_leaf(t, RG_F32, rg_shape2(6, 6)), *b = rg_leaf(t, RG_F32, rg_shape1(6));
    rg_node *one = rg_lit(x, 1), *labels = rg_leaf(t, RG_I64, rg_shape1(4));
    arm(s);
    rg_init_draw(w, rg_glorot(true), 6, 6, 1, 2);
    rg_node *y = rg_activation(rg_linear(x, w, b), "swish", 1);
    y = rg_norm_group(rg_norm_batch(rg_swish_by(y, one), b, b, NULL, NULL), 2, b, b);
    y = rg_drop(rg_norm_by(y, b, b, b, b), .5, RG_MODE_PREDICT);
    rg_correct(rg_maxout(y, 2), labels);
    return scene_over(s, t, rg_error_of(t)->status);
}

static rg_status objectives(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *x = rg_const(t, RG_F64, rg_shape2(4, 3), .5), *labels = rg_leaf(t, RG_I64, rg_shape1(4));
    arm(s);
    rg_node *loss[] = {rg_squared_error(x, rg_one_hot(labels, 3, RG_F64), RG_SQUARES_MEAN), rg_gaussian_nll(x, x, x),
                       rg_cross_entropy(x, rg_smooth_labels(labels, 3, RG_F64, .1, RG_SPREAD_ALL)), rg_penalty_l1(x),
                       rg_penalty_l2(x), rg_penalty_near(x, x), rg_penalty_activity(x)};
    rg_weighted_sum(7, loss, (double[]){1, 2, 3, 4, 5, 6, 7});
    rg_polynomial(rg_index(x, 1, 0), 3);
    return scene_over(s, t, rg_error_of(t)->status);
}

/* ---- optimizers --------------------------------------------------------------------- */

static rg_status gathered_gradients(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *w = rg_leaf(t, RG_F64, rg_shape1(3)), *g;
    rg_optim_config c = rg_sgd(.9);
    c.accumulate = true;
    c.schedule = (rg_schedule){RG_FALL_COSINE, 10, 0, .1, 3};
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = .1});
    ck_assert_ptr_nonnull(o);
    for (int i = 0; i < rg_optim_leaves(o); i++) ck_assert(rg_is_leaf(rg_optim_leaf(o, i)));
    arm(s);
    rg_status st = rg_optim_add(o, rg_sum(rg_exp(w), RG_ALL_AXES));
    if (!st) st = rg_commit(t);
    if (!st) st = rg_grad(rg_sum(rg_exp(rg_optim_ahead(o, 0)), RG_ALL_AXES), NULL, 1, &w, &g);
    if (!st) st = rg_clip_length(t, 1, &g, 1);
    if (!st) st = rg_clip_value(t, 1, &g, 1);
    if (!st) st = rg_optim_apply(o, &g);
    if (!st) rg_schedule_share(&c.schedule, rg_scalar(t, 3));
    disarm(s);
    st = rg_error_of(t)->status;
    rg_optim_free(o);
    return scene_over(s, t, st);
}

static rg_node *bowl(void *ud, rg_tape *t, rg_node *const *p)
{
    (void)ud, (void)t;
    return rg_add(rg_square(rg_offset(p[0], -1)), rg_exp(rg_square(p[1])));
}

/* The tape is rewound to where it was when it went well. */
static rg_status minimize(scene *s)
{
    rg_tape *t = scene_tape(s);
    double value[2], hessian[4];
    rg_minimize_problem problem = {.n = 2, .start = (double[]){0, .5}, .steps = 4, .loss = bowl};
    rg_minimum r = {.value = value, .hessian = hessian};
    int64_t len = rg_len(t);
    arm(s);
    rg_status st = rg_minimize(t, &problem, &r);
    if (!st) ck_assert(rg_len(t) == len && fabs(hessian[0] - 2) < 1e-6 && value[0] > 0);
    return scene_over(s, t, st);
}

/* ---- ranks --------------------------------------------------------------------------- */

/* The other rank has the same numbers. */
static rg_status swap_with_mirror(void *ud, int with, const void *send, void *receive, size_t bytes)
{
    (void)ud, (void)with;
    memcpy(receive, send, bytes);
    return RG_OK;
}

static rg_status rank_sum(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_ranks two = {.n = 2, .swap = swap_with_mirror};
    rg_node *w = rg_const(t, RG_F64, rg_shape1(3), 3), *g;
    double v[3];
    arm(s);
    rg_node *y = rg_sum(rg_rank_sum(rg_square(w), &two), RG_ALL_AXES);
    rg_status st = rg_grad(y, NULL, 1, &w, &g);
    if (!st) st = rg_read(g, RG_F64, v, 3);
    if (!st) ck_assert(rg_value(y) == 54 && v[0] == 12);
    return scene_over(s, t, st);
}

/* ---- pictures ------------------------------------------------------------------------ */

static rg_status heat(scene *s)
{
    static const double v[] = {1, 2, 3, 4, 6, 5};
    rg_figure_grid g = {2, 3, 0, 2, 0, 1, v};
    size_t written = 0;
    rg_tape *t = scene_tape(s);
    arm(s);
    rg_figure *f = rg_figure_new(t, NULL);
    if (f) rg_figure_heat(f, "heat", &g, 0, 6), rg_figure_contours(f, "lines", &g, 3, NULL);
    rg_status st = f ? rg_figure_write(f, RG_FIGURE_SVG, swallow, &written) : RG_NOMEM;
    rg_figure_free(f);
    disarm(s);
    rg_rewind(t, 0);
    rg_tape_free(t);
    return st;
}

static rg_status draw_graph(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *w = rg_name(rg_leaf(t, RG_F64, rg_shape2(3, 3)), "w");
    rg_node *y = rg_sum(rg_tanh(rg_matmul(w, rg_transpose(w))), RG_ALL_AXES);
    int64_t len = rg_len(t);
    size_t written = 0;
    arm(s);
    rg_status st = rg_graph_svg(y, 1, &w, NULL, swallow, &written);
    if (!st) st = rg_graph_text(y, 1, &w, NULL, swallow, &written);
    if (!st) st = rg_graph_dot(y, 1, &w, NULL, swallow, &written);
    ck_assert_int_eq(rg_len(t), len);
    return scene_over(s, t, st);
}

/* Measured or not, it runs; seconds of a run that failed are nowhere. */
static rg_status profile_plan(scene *s)
{
    rg_tape *t = scene_tape(s);
    rg_node *w = rg_leaf(t, RG_F64, rg_shape2(3, 3)), *y = rg_sum(rg_matmul(rg_exp(w), w), RG_ALL_AXES);
    size_t written = 0;
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_ptr_nonnull(p);
    int64_t len = rg_len(t);
    arm(s);
    rg_status st = rg_plan_svg(p, swallow, &written);
    if (!st) st = rg_plan_profile(p, 1, swallow, &written);
    disarm(s);
    rg_rewind(t, len); /* forgets the error */
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_plan_free(p);
    rg_tape_free(t);
    return st;
}

static const memory_row rows[] = {
    {"layers", layers, 2},
    {"objectives", objectives, FINE(2, 5)},
    {"optimizers step by step", gathered_gradients, FINE(2, 21)},
    {"rg_minimize", minimize, FINE(2, 38)},
    {"rg_rank_sum", rank_sum, 2},
    {"rg_figure_heat, rg_figure_contours", heat, 0},
    {"rg_graph_svg, rg_graph_text, rg_graph_dot", draw_graph, 2},
    {"rg_plan_svg, rg_plan_profile", profile_plan, 0},
};

MEMORY_SUITE("memory_nodes", rows)
