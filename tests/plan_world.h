/* plan_world.h - recordings drawn at random for the tests of plans: leaves of every kind,
 * every op, gradients of gradients, registers. The same seed is the same recording. */
#ifndef RG_TEST_PLAN_WORLD_H
#define RG_TEST_PLAN_WORLD_H
#include "ops.h"
#include "rolls.h"
#ifndef ck_assert_msg
#include <check.h>
#endif
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 8, MOST = 30, OUTPUTS = 80, MEMORY = 1 << 17 };

typedef struct world {
    rg_tape *t;
    rg_dtype d;
    rg_node *leaf[LEAVES];
    bool fixed[LEAVES];        /* read-only                                         */
    double *memory;            /* of the leaves that are windows, which may overlap */
    rg_node *labels, *weights; /* i64 (5) below 3; (2, 1, 2, 2) of a convolution    */
    rg_node *pool[LEAVES + MOST];
    int n;
} world;

/* ---- leaves ------------------------------------------------------------------------ */

static int64_t product_of(rg_shape s)
{
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++) n *= s.dim[i];
    return n;
}

/* Mostly small; else around the sizes at which plans cut: rows, tiles and pieces. */
static rg_shape random_shape(void)
{
    static const int64_t sizes[] = {1, 2, 3, 5, 3, 5};
    rg_shape s = {.rank = dice(12) ? dice(4) : dice(7)};
    for (int i = 0; i < s.rank; i++) s.dim[i] = sizes[dice(6)];
    if (dice(30) == 0 && s.rank) s.dim[dice(s.rank)] = 0;
    switch (dice(80)) {
    case 0: return rg_shape2(dice(2) ? 40 : 130, dice(2) ? 33 : 300);
    case 1: return rg_shape1(1022 + dice(5));
    case 2: return rg_shape2(1 + dice(3), 1022 + dice(5));
    case 3: return dice(4) ? rg_shape2(32, 32) : rg_shape1(32766 + dice(5));
    case 4: return dice(4) ? rg_shape2(5, 5) : rg_shape2(1024 + dice(2), 33);
    default: return s;
    }
}

static void fill_numbers(double *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = dice(801) / 200.0 - 2; /* often 0, often equal */
}

/* New numbers, from the dice; a read-only leaf's come through its memory. */
static void put_numbers(world *w, int i)
{
    int64_t n = rg_count_of(w->leaf[i]);
    double *v = malloc((size_t)(n + 1) * sizeof *v);
    fill_numbers(v, n);
    rg_tensor x = rg_peek(w->leaf[i]);
    if (!w->fixed[i]) ck_assert_int_eq(rg_write(w->leaf[i], RG_F64, v, (size_t)n), RG_OK);
    if (w->fixed[i] && n) {
        char *dense = malloc((size_t)n * sizeof(double));
        rg_convert(dense, w->d, v, RG_F64, n);
        rg_unpack(&x, dense);
        rg_touch(w->leaf[i]);
        free(dense);
    }
    free(v);
}

/* A window on memory: dense, every other number, backwards, transposed or repeated; some
 * begin at the same place. */
static rg_node *leaf_over_memory(world *w, int i, rg_shape s)
{
    rg_tensor x = {.dtype = w->d, .rank = s.rank};
    int64_t step = dice(3) ? 1 : 2, first = i % 2 ? 3 : 0, n = product_of(s);
    bool turned = dice(3) == 0, back = dice(4) == 0;
    memcpy(x.dim, s.dim, sizeof x.dim);
    if (back) first += n ? (n - 1) * step : 0;
    for (int k = 0; k < s.rank; k++) {
        int axis = turned ? k : s.rank - 1 - k;
        x.stride[axis] = back ? -step : step;
        step *= s.dim[axis];
    }
    if (s.rank > 1 && dice(6) == 0) x.stride[0] = 0;
    x.data = (char *)w->memory + first * (int64_t)rg_dtype_size(w->d);
    w->fixed[i] = dice(3) == 0;
    return rg_leaf_over(w->t, &x, w->fixed[i]);
}

static world make_world(uint32_t seed, bool lazy)
{
    rg_config cfg = {.lazy = lazy, .seed = seed};
    world w = {.t = rg_tape_new(&cfg), .memory = calloc(MEMORY, sizeof(double))};
    dice_state = seed * 2654435761u;
    w.d = dice(2) ? RG_F32 : RG_F64;
    rg_shape s = random_shape();
    for (int i = 0; i < LEAVES; i++) {
        rg_shape mine = dice(2) ? s : random_shape();
        w.leaf[i] = dice(4) ? rg_leaf(w.t, w.d, mine) : leaf_over_memory(&w, i, mine);
        put_numbers(&w, i);
    }
    w.labels = rg_leaf_from(w.t, RG_I64, rg_shape1(5), (int64_t[]){0, 2, 1, 2, 0}, 5);
    w.weights = rg_leaf(w.t, w.d, rg_shape4(2, 1, 2, 2));
    rg_write(w.weights, RG_F64, (double[]){1, -.5, .25, 2, -1, .75, 0, .5}, 8);
    return w;
}

static void free_world(world *w)
{
    rg_tape_free(w->t);
    free(w->memory);
}

/* ---- ops of one input -------------------------------------------------------------- */

static rg_node *angle_op(rg_node *a)
{
    switch (dice(7)) {
    case 0: return rg_tan(rg_scale(a, 0.1));
    case 1: return rg_asin(rg_tanh(a));
    case 2: return rg_acos(rg_clamp(a, -.9, .9));
    case 3: return rg_atan(a);
    case 4: return rg_sinh(rg_clamp(a, -3, 3));
    case 5: return rg_cosh(rg_clamp(a, -3, 3));
    default: return rg_erf(a);
    }
}

static rg_node *smooth_op(rg_node *a)
{
    switch (dice(23)) {
    case 0: return rg_tanh(a);
    case 1: return rg_exp(rg_clamp(a, -3, 3));
    case 2: return rg_expm1(rg_scale(a, 0.1));
    case 3: return rg_sigmoid(a);
    case 4: return rg_square(a);
    case 5: return rg_scale(a, -1.5);
    case 6: return rg_offset(a, 0.25);
    case 7: return rg_log(rg_offset(rg_square(a), 0.5));
    case 8: return rg_log1p(rg_square(a));
    case 9: return rg_gelu(a);
    case 10: return rg_sqrt(rg_abs(a));
    case 11: return rg_powc(rg_sigmoid(a), 2.5);
    case 12: return rg_inv(rg_offset(rg_square(a), 1));
    case 13: return rg_sin(a);
    case 14: return rg_cos(a);
    case 15: return rg_softplus(a);
    case 16: return rg_swish(a, 1.25);
    case 17: return rg_erfc(a);
    case 18: return rg_elu(a, 0.5);
    case 19: return rg_huber_of(a, 0.5);
    case 20: return rg_pow(rg_offset(rg_sigmoid(a), .5), a);
    case 21: return angle_op(a);
    default: return rg_neg(a);
    }
}

static rg_node *kinked_op(rg_node *a)
{
    switch (dice(14)) {
    case 0: return rg_relu(a);
    case 1: return rg_abs(a);
    case 2: return rg_clamp(a, -1, 1);
    case 3: return rg_detach(a);
    case 4: return rg_mul(a, rg_const(rg_tape_of(a), rg_dtype_of(a), rg_shape_of(a), dice(2)));
    case 5: return rg_cast(rg_cast(a, RG_F64), rg_dtype_of(a));
    case 6: return rg_leaky_relu(a, 0.1);
    case 7: return rg_mul(rg_sign(a), a);
    case 8: return rg_mul(rg_positive(a), a);
    case 9: return rg_cast(rg_neg(rg_cast(rg_scale(a, 3), RG_I64)), rg_dtype_of(a));
    case 10: return rg_mul(a, rg_floor(a));
    case 11: return rg_sub(rg_ceil(a), a);
    case 12: return rg_sub(a, rg_round(a));
    default: return rg_prelu(a, rg_lit(a, 0.2));
    }
}

static rg_node *chance_op(rg_node *a)
{
    rg_tape *t = rg_tape_of(a);
    switch (dice(4)) {
    case 0: return rg_dropout(a, 0.7);
    case 1: return rg_add(a, rg_uniform(t, rg_dtype_of(a), rg_shape_of(a)));
    case 2: return rg_mul(a, rg_normal(t, rg_dtype_of(a), rg_shape_of(a)));
    default: return rg_mul(a, rg_bernoulli(t, rg_dtype_of(a), rg_shape_of(a), 0.5));
    }
}

static rg_node *reducing_op(rg_node *a)
{
    int axis = dice(5) ? dice(rg_shape_of(a).rank) : RG_ALL_AXES;
    bool some = rg_count_of(a) > 0;
    switch (dice(13)) {
    case 0: return rg_sum(a, axis);
    case 1: return axis == RG_ALL_AXES ? rg_mean(a, axis) : rg_mean_keep(a, axis);
    case 2: return some ? rg_amax(a, axis) : a;
    case 3: return some ? rg_amin(a, axis) : a;
    case 4: return rg_mean(a, axis);
    case 5: return rg_var(a, axis);
    case 6: return rg_std(a, axis);
    case 7: return rg_count_of(a) < 100 ? rg_prod(a, axis) : a;
    case 8: return rg_norm(a, axis);
    case 9: return rg_logsumexp(a, axis);
    case 10: return some ? rg_cast(rg_argmax(a, axis), rg_dtype_of(a)) : a;
    case 11: return axis == RG_ALL_AXES ? a : rg_sum_keep(a, axis);
    default: return rg_norm(rg_offset(rg_square(a), 1), -1);
    }
}

static rg_node *row_op(rg_node *a)
{
    int axis = dice(2) ? -1 : dice(rg_shape_of(a).rank);
    int64_t n = rg_shape_of(a).dim[rg_shape_of(a).rank - 1];
    rg_tape *t = rg_tape_of(a);
    switch (dice(7)) {
    case 0: return rg_softmax(a, axis);
    case 1: return rg_log_softmax(a, axis);
    case 2: return rg_cumsum(a, axis, dice(2));
    case 3: return rg_layernorm(a, rg_const(t, rg_dtype_of(a), rg_shape1(n), 1.5), rg_const(t, rg_dtype_of(a), rg_shape1(n), 0), 1e-5);
    case 4: return rg_shape_of(a).rank != 2 || rg_shape_of(a).dim[0] == 0 ? a : rg_batchnorm(a, rg_index(a, 0, 0), rg_const(t, rg_dtype_of(a), rg_shape1(n), .5), 1e-5);
    case 5: return rg_sub(a, rg_mean_keep(a, axis));
    default: return rg_logsumexp(a, -1);
    }
}

/* ---- views and numbers moved ------------------------------------------------------- */

static rg_node *sliced(rg_node *a, int axis)
{
    int64_t n = rg_shape_of(a).dim[axis], step = 1 + dice(2), len = n ? 1 + dice((int)n) : 0;
    if (len > (n + step - 1) / step) len = (n + step - 1) / step;
    return dice(2) ? rg_slice(a, axis, 0, len, step) : rg_slice(a, axis, n ? n - 1 : 0, len, -step);
}

static rg_node *repeated_more(rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    if (s.rank >= 6 || rg_count_of(a) > 3000) return a;
    memmove(s.dim + 1, s.dim, sizeof s.dim - sizeof *s.dim);
    s.dim[0] = 2 + dice(2);
    s.rank++;
    for (int i = 1; i < s.rank; i++)
        if (s.dim[i] == 1 && dice(2)) s.dim[i] = 3;
    return rg_broadcast(a, s);
}

static rg_node *moving_op(rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    int axis = dice(s.rank), turned[RG_MAX_RANK];
    for (int i = 0; i < s.rank; i++) turned[i] = (i + axis) % s.rank;
    rg_node *pair[2] = {a, dice(2) ? a : rg_scale(a, 2)};
    switch (dice(14)) {
    case 0: return rg_transpose(a);
    case 1: return rg_reshape(a, rg_shape1(rg_count_of(a)));
    case 2: return rg_permute(a, turned);
    case 3: return sliced(a, axis);
    case 4: return s.dim[axis] ? rg_index(a, axis, dice((int)s.dim[axis])) : a;
    case 5: return repeated_more(a);
    case 6: return s.rank > 1 ? rg_diagonal(a) : a;
    case 7: return rg_pad(a, axis, dice(3), 1 + dice(2), 2 * s.dim[axis] + 3);
    case 8: return rg_concat(2, pair, axis);
    case 9: return s.rank < 6 ? rg_stack(2, pair, axis) : a;
    case 10: return s.rank < 5 && s.dim[s.rank - 1] < 8 ? rg_diag_embed(a) : a;
    case 11: return s.rank > 1 ? rg_swap_last(a) : a;
    case 12: return rg_reshape(rg_transpose(a), rg_shape1(rg_count_of(a)));
    default: return sliced(sliced(a, axis), dice(s.rank));
    }
}

/* ---- integers ---------------------------------------------------------------------- */

static rg_node *integer_op(world *w, rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    int axis = dice(s.rank);
    rg_node *whole = rg_cast(rg_scale(a, 2), RG_I64);
    switch (dice(7)) {
    case 0: return rg_count_of(a) && s.rank < 5 ? rg_gather(a, rg_argmax(a, axis), axis) : a;
    case 1: return s.dim[axis] >= 3 ? rg_gather(a, w->labels, axis) : a;
    case 2: return s.dim[axis] == 5 ? rg_scatter_add(a, w->labels, axis, 4) : a;
    case 3: return s.rank == 2 && s.dim[0] == 5 && s.dim[1] >= 3 ? rg_nll(a, w->labels) : a;
    case 4: return s.rank == 2 && s.dim[0] == 5 && s.dim[1] >= 3 ? rg_cross_entropy(a, w->labels) : a;
    case 5: return rg_cast(rg_add(rg_mul(whole, whole), rg_sub(whole, rg_max(whole, rg_neg(whole)))), w->d);
    default: return rg_cast(rg_where(rg_ge(whole, rg_cast(a, RG_I64)), whole, rg_neg(whole)), w->d);
    }
}

/* ---- products, linear algebra, images ---------------------------------------------- */

static rg_node *product_op(rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    if (rg_count_of(a) > 40000 || s.dim[s.rank - 1] > 1100) return a;
    if (s.rank == 1) return dice(2) || s.dim[0] > 40 ? rg_dot(a, a) : rg_outer(a, rg_tanh(a));
    rg_node *turned = rg_swap_last(a);
    switch (dice(4)) {
    case 0: return rg_matmul(turned, a);
    case 1: return s.dim[s.rank - 2] < 200 ? rg_matmul(a, turned) : rg_matmul(turned, a);
    case 2: return rg_relu(rg_add(rg_matmul(turned, a), rg_lit(a, .5)));
    default: return rg_matmul(turned, rg_sum_keep(a, -1));
    }
}

/* The last two axes cut to a square well away from singular. */
static rg_node *linear_op(rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    int64_t r = s.dim[s.rank - 2], c = s.dim[s.rank - 1], n = r < c ? r : c;
    if (n > 40 || rg_count_of(a) > 5000 || !rg_about_library().lapack) return a;
    rg_node *cut = rg_slice(rg_slice(a, -1, 0, n, 1), -2, 0, n, 1);
    rg_node *finite = rg_where(rg_eq(cut, cut), rg_tanh(cut), rg_lit(cut, 0));
    rg_node *eye = rg_diag(rg_const(rg_tape_of(a), rg_dtype_of(a), rg_shape1(n), 2));
    rg_node *m = rg_add(rg_scale(finite, 1.0 / (double)(n + 1)), eye);
    switch (dice(5)) {
    case 0: return rg_solve(m, cut);
    case 1: return rg_inverse(m);
    case 2: return rg_det(m);
    case 3: return rg_logdet(m);
    default: return s.rank == 2 ? rg_trace(m) : rg_inverse(m);
    }
}

/* The gradient of a pooling, so that the gradients of the recording are of second order. */
static rg_node *pooling_gradient(rg_node *a)
{
    rg_node *g, *y = rg_maxpool2d(a, 2);
    rg_grad(rg_sum(rg_square(y), RG_ALL_AXES), NULL, 1, &a, &g);
    return g;
}

static rg_node *image_op(world *w, rg_node *a)
{
    rg_shape s = rg_shape_of(a);
    int64_t h = s.dim[s.rank - 2], v = s.dim[s.rank - 1];
    if (h < 2 || v < 2 || rg_count_of(a) > 6000) return a;
    rg_pool_how pool = {{2, 2}, {1 + dice(2), 1}, {dice(2), dice(2)}};
    rg_conv_how how = {.stride = {1 + dice(2), 1}, .pad = {dice(2), 1}, .groups = 1};
    rg_node *x = rg_reshape(a, rg_shape4(rg_count_of(a) / (h * v), 1, h, v));
    rg_node *two = rg_concat(2, (rg_node *[]){x, rg_tanh(x)}, 1);
    switch (dice(9)) {
    case 0: return rg_maxpool2d_of(a, &pool);
    case 1: return rg_avgpool2d_of(a, &pool);
    case 2: return rg_maxpool2d(a, 2);
    case 3: return rg_conv2d_of(x, w->weights, &how);
    case 4: how.groups = 2; return rg_conv2d_of(two, w->weights, &how);
    case 5: return rg_conv2d_back_x(two, w->weights, h + 1, v + 1, NULL);
    case 6: return rg_conv2d_back_w(x, two, 1, 1, NULL);
    case 7: return pooling_gradient(a);
    default: return rg_relu(rg_conv2d(x, w->weights, 1, 1));
    }
}

/* ---- two inputs -------------------------------------------------------------------- */

static bool broadcasts(rg_node *a, rg_node *b)
{
    rg_shape x = rg_shape_of(a), y = rg_shape_of(b);
    for (int e = 1; e <= x.rank && e <= y.rank; e++) {
        int64_t p = x.dim[x.rank - e], q = y.dim[y.rank - e];
        if (p != q && p != 1 && q != 1) return false;
    }
    return true;
}

static rg_node *two_inputs(rg_node *a, rg_node *b)
{
    switch (dice(21)) {
    case 0: return rg_add(a, b);
    case 1: return rg_sub(a, b);
    case 2: return rg_mul(a, b);
    case 3: return rg_max(a, b);
    case 4: return rg_div(a, rg_offset(rg_square(b), 1));
    case 5: return rg_where(rg_gt(a, b), a, b);
    case 6: return rg_zmul(a, b);
    case 7: return rg_min(a, b);
    case 8: return rg_mul(a, a);
    case 9: return rg_zdiv(a, b);
    case 10: return rg_pass(a, rg_le(a, b));
    case 11: return rg_block(a, rg_lt(a, b));
    case 12: return rg_mul(rg_eq(a, b), rg_ne(b, a));
    case 13: return rg_mul(rg_ge(a, b), b);
    case 14: return rg_mse(a, b);
    case 15: return rg_mae(a, b);
    case 16: return rg_bce(rg_sigmoid(a), rg_sigmoid(b));
    case 17: return rg_bce_with_logits(a, rg_sigmoid(b));
    case 18: return rg_huber(a, b, 0.5);
    case 19: return rg_mix(a, b, 0.9, 0.1);
    default: return rg_prelu(a, b);
    }
}

/* ---- a recording ------------------------------------------------------------------- */

static rg_node *any_op(world *w, rg_node *a, rg_node *b)
{
    int rank = rg_shape_of(a).rank;
    if (dice(3) == 0 && broadcasts(a, b)) return two_inputs(a, b);
    switch (dice(rank == 0 ? 5 : rank == 1 ? 10 : 12)) {
    case 0: return chance_op(a);
    case 1: return kinked_op(a);
    case 2: case 3: case 4: return smooth_op(a);
    case 5: return reducing_op(a);
    case 6: return row_op(a);
    case 7: return moving_op(a);
    case 8: return integer_op(w, a);
    case 9: return product_op(a);
    case 10: return linear_op(a);
    default: return image_op(w, a);
    }
}

static void record_ops(world *w)
{
    int gates = 1 + dice(MOST);
    for (int i = 0; i < gates; i++) {
        rg_node *a = w->pool[dice(w->n)], *b = w->pool[w->n - 1 - dice(w->n < 5 ? w->n : 5)];
        rg_node *y = any_op(w, a, b);
        ck_assert_msg(!rg_error_of(w->t)->status, "%s", rg_error_of(w->t)->text);
        if (rg_count_of(y) <= 35000 && rg_shape_of(y).rank <= 6) w->pool[w->n++] = y;
    }
}

/* Gradients with respect to all leaves; of a whole tensor for two seeds at once, or of a sum. */
static void gradients(world *w, rg_node *y, rg_node **g)
{
    rg_shape s = rg_shape_of(y);
    rg_node *seed = NULL;
    if (s.rank < 5 && rg_count_of(y) < 200 && dice(4) == 0) {
        memmove(s.dim + 1, s.dim, sizeof s.dim - sizeof *s.dim);
        s.dim[0] = 2;
        s.rank++;
        seed = rg_normal(w->t, w->d, s);
    } else {
        y = rg_sum(y, RG_ALL_AXES);
        if (dice(2)) y = rg_square(y);
    }
    rg_grad(y, seed, LEAVES, w->leaf, g);
    ck_assert_msg(!rg_error_of(w->t)->status, "%s", rg_error_of(w->t)->text);
}

static bool same_shape(rg_node *a, rg_node *b)
{
    rg_shape x = rg_shape_of(a), y = rg_shape_of(b);
    return x.rank == y.rank && !memcmp(x.dim, y.dim, sizeof *x.dim * (size_t)x.rank);
}

/* Registers take a step, a leaf, a view of a leaf or a constant. */
static void assign_registers(world *w, rg_node **g)
{
    for (int k = 0; k < LEAVES; k++) {
        rg_node *x = w->leaf[k], *other = w->leaf[dice(LEAVES)], *value = NULL;
        if (w->fixed[k] || dice(2)) continue;
        switch (dice(5)) {
        case 0: value = other; break;
        case 1: value = rg_transpose(other); break;
        case 2: value = rg_const(w->t, w->d, rg_shape_of(x), .5); break;
        default: value = g[k] ? rg_sub(x, rg_scale(g[k], 0.001)) : rg_scale(x, .5);
        }
        if (same_shape(value, x)) rg_assign(x, value);
    }
}

static int take_some(rg_node **out, int n, rg_node **g, bool all)
{
    for (int k = 0; k < LEAVES; k++)
        if (g[k] && (all || dice(2))) out[n++] = g[k];
    return n;
}

/* Nodes; their gradients, and some gradients of those; registers. What is wanted goes to out. */
static int record(world *w, rg_node **out, bool registers)
{
    rg_node *g[LEAVES], *more[LEAVES];
    memcpy(w->pool, w->leaf, sizeof w->leaf);
    w->n = LEAVES;
    record_ops(w);
    int n = 0, last = w->n < 3 ? w->n : 3;
    gradients(w, w->pool[w->n - 1 - dice(last)], g);
    n = take_some(out, n, g, false);
    rg_node *again = g[dice(LEAVES)];
    if (again && w->n < LEAVES + 12 && rg_count_of(again) <= 2000) {
        gradients(w, again, more);
        n = take_some(out, n, more, true);
    }
    gradients(w, w->pool[w->n - 1 - dice(last)], more);
    n = take_some(out, n, more, true);
    if (registers) assign_registers(w, more);
    for (int i = 0; i < 4; i++) out[n++] = w->pool[dice(w->n)];
    out[n++] = w->leaf[dice(LEAVES)];
    out[n++] = rg_transpose(w->pool[dice(w->n)]);
    out[n++] = rg_const(w->t, RG_F32, rg_shape2(2, 3), 7);
    out[n++] = rg_cast(out[0], RG_I64);
    ck_assert_msg(!rg_error_of(w->t)->status, "%s", rg_error_of(w->t)->text);
    return n;
}

#endif
