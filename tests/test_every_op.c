/* test_every_op.c - laws that every function of ops.h obeys: it hands errors on, refuses
 * dtypes it does not know, fails cleanly when memory runs out at any allocation, and
 * gives the same on a tape that only records. */
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

/* a and b are 3x3, i is i64 with 3 entries below 3. */
typedef rg_node *call_fn(rg_node *a, rg_node *b, rg_node *i);

typedef struct call {
    const char *name;
    call_fn *fn;
} call;

#define CALLS(X)                                                                                   \
    X(neg, rg_neg(a)) X(scale, rg_scale(a, 2)) X(offset, rg_offset(a, 2)) X(exp, rg_exp(a))        \
    X(expm1, rg_expm1(a)) X(log, rg_log(a)) X(log1p, rg_log1p(a)) X(sqrt, rg_sqrt(a))              \
    X(square, rg_square(a)) X(powc, rg_powc(a, 1.5)) X(inv, rg_inv(a)) X(abs, rg_abs(a))           \
    X(sign, rg_sign(a)) X(positive, rg_positive(a)) X(sin, rg_sin(a)) X(cos, rg_cos(a))            \
    X(tan, rg_tan(a)) X(asin, rg_asin(rg_scale(a, .2))) X(acos, rg_acos(rg_scale(a, .2))) X(atan, rg_atan(a)) X(sinh, rg_sinh(a)) \
    X(cosh, rg_cosh(a)) X(floor, rg_floor(a)) X(ceil, rg_ceil(a)) X(round, rg_round(a)) \
    X(tanh, rg_tanh(a)) X(sigmoid, rg_sigmoid(a)) X(relu, rg_relu(a))                              \
    X(leaky_relu, rg_leaky_relu(a, .1)) X(elu, rg_elu(a, 1)) X(softplus, rg_softplus(a))           \
    X(swish, rg_swish(a, 1)) X(gelu, rg_gelu(a)) X(erf, rg_erf(a)) X(erfc, rg_erfc(a)) X(clamp, rg_clamp(a, .5, 1.5))  \
    X(huber_of, rg_huber_of(a, 1)) X(add, rg_add(a, b)) X(sub, rg_sub(a, b)) X(mul, rg_mul(a, b))  \
    X(div, rg_div(a, b)) X(pow, rg_pow(a, b)) X(max, rg_max(a, b)) X(min, rg_min(a, b))            \
    X(prelu, rg_prelu(a, b)) X(eq, rg_eq(a, b)) X(ne, rg_ne(a, b)) X(lt, rg_lt(a, b))              \
    X(le, rg_le(a, b)) X(gt, rg_gt(a, b)) X(ge, rg_ge(a, b)) X(where, rg_where(rg_gt(a, b), a, b)) \
    X(zmul, rg_zmul(a, b)) X(zdiv, rg_zdiv(a, b)) X(pass, rg_pass(a, b)) X(block, rg_block(a, b))  \
    X(cast, rg_cast(a, RG_F32)) X(reshape, rg_reshape(a, rg_shape1(-1)))                           \
    X(reshape_copy, rg_reshape(rg_transpose(a), rg_shape1(9))) X(transpose, rg_transpose(a))       \
    X(swap_last, rg_swap_last(a)) X(permute, rg_permute(a, (int[]){1, 0}))                         \
    X(slice, rg_slice(a, 0, 2, 2, -2)) X(index, rg_index(a, 1, -1))                                \
    X(broadcast, rg_broadcast(a, rg_shape3(2, 3, 3))) X(diagonal, rg_diagonal(a))                  \
    X(pad, rg_pad(a, 1, 1, 2, 8)) X(concat, rg_concat(2, (rg_node *[]){a, b}, 1))                  \
    X(concat_many, rg_concat(9, (rg_node *[]){a, b, a, b, a, b, a, b, a}, 0))                      \
    X(stack, rg_stack(2, (rg_node *[]){a, b}, 1)) X(diag_embed, rg_diag_embed(a))                  \
    X(gather, rg_gather(a, i, 1)) X(scatter_add, rg_scatter_add(a, i, 0, 4))                       \
    X(cumsum, rg_cumsum(a, 0, true)) X(sum, rg_sum(a, 0)) X(mean, rg_mean(a, 1))                   \
    X(var, rg_var(a, 0)) X(std, rg_std(a, 0)) X(prod, rg_prod(a, 0))                               \
    X(prod_all, rg_prod(rg_transpose(a), RG_ALL_AXES)) X(norm, rg_norm(a, 0))                      \
    X(amax, rg_amax(a, 0)) X(amin, rg_amin(a, RG_ALL_AXES)) X(logsumexp, rg_logsumexp(a, 0))       \
    X(argmax, rg_argmax(a, 0)) X(sum_keep, rg_sum_keep(a, 0)) X(mean_keep, rg_mean_keep(a, 0))     \
    X(softmax, rg_softmax(a, 0)) X(log_softmax, rg_log_softmax(a, 0)) X(matmul, rg_matmul(a, b))   \
    X(matmul_vectors, rg_matmul(rg_index(a, 0, 0), rg_index(b, 0, 1)))                             \
    X(matmul_batch, rg_matmul(rg_broadcast(a, rg_shape3(2, 3, 3)), b))                             \
    X(dot, rg_dot(rg_index(a, 0, 0), rg_index(b, 0, 1)))                                           \
    X(outer, rg_outer(rg_index(a, 0, 0), rg_index(b, 0, 1))) X(diag, rg_diag(rg_index(a, 0, 0)))   \
    X(trace, rg_trace(a)) X(solve, rg_solve(a, b)) X(solve_vector, rg_solve(a, rg_index(b, 0, 0))) \
    X(inverse, rg_inverse(a)) X(det, rg_det(a)) X(logdet, rg_logdet(a)) X(mse, rg_mse(a, b))       \
    X(mae, rg_mae(a, b)) X(bce, rg_bce(rg_sigmoid(a), b)) X(bce_logits, rg_bce_with_logits(a, b))  \
    X(huber, rg_huber(a, b, 1)) X(cross_entropy, rg_cross_entropy(a, i))                           \
    X(cross_entropy_soft, rg_cross_entropy(a, b)) X(nll, rg_nll(a, i))                             \
    X(batchnorm, rg_batchnorm(a, b, b, 1e-5)) X(layernorm, rg_layernorm(a, b, b, 1e-5))            \
    X(conv2d, rg_conv2d(images_of(a), weights_of(b), 1, 1))                                        \
    X(conv2d_back_x, rg_conv2d_back_x(images_of(a), weights_of(b), 4, 4, NULL))                    \
    X(conv2d_back_w, rg_conv2d_back_w(images_of(a), images_of(b), 1, 1, NULL))                     \
    X(maxpool2d, rg_maxpool2d(a, 2)) X(avgpool2d, rg_avgpool2d(a, 2))                              \
    X(dropout, rg_dropout(a, .5)) X(detach, rg_detach(a)) X(lit, rg_mul(a, rg_lit(a, 3)))

/* A matrix as one image of one channel, and its four last entries as weights. */
static rg_node *images_of(rg_node *a) { return rg_reshape(a, rg_shape4(1, 1, 3, 3)); }

static rg_node *weights_of(rg_node *b)
{
    return rg_reshape(rg_slice(rg_slice(b, 0, 1, 2, 1), 1, 1, 2, 1), rg_shape4(1, 1, 2, 2));
}

#define FUNCTION(name, expression)                                                                 \
    static rg_node *call_##name(rg_node *a, rg_node *b, rg_node *i)                                \
    {                                                                                              \
        (void)b, (void)i;                                                                          \
        return expression;                                                                         \
    }
CALLS(FUNCTION)
#define ENTRY(name, expression) {#name, call_##name},
static const call calls[] = {CALLS(ENTRY)};
enum { MANY = sizeof calls / sizeof *calls };

static rg_node *matrix(rg_tape *t, rg_dtype dtype, double first)
{
    double v[9];
    for (int k = 0; k < 9; k++) v[k] = first + .1 * k + (k % 4 == 0);
    rg_node *zeros = rg_leaf(t, dtype, rg_shape2(3, 3));
    rg_write(zeros, RG_F64, v, 9);
    return zeros;
}

static rg_node *indices(rg_tape *t)
{
    return rg_leaf_from(t, RG_I64, rg_shape1(3), (int64_t[]){2, 0, 2}, 3);
}

/* For ops of one's own: as the constructors of ops.h broadcast. */
START_TEST(elementwise_ops_are_applied_to_broadcast_inputs)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *in[2] = {rg_leaf_from(t, RG_F64, rg_shape2(2, 1), (double[]){2, 3}, 2),
                      rg_leaf_from(t, RG_F64, rg_shape1(3), (double[]){1, 10, 100}, 3)};
    double got[6];
    int mul = 0;
    while (strcmp(rg_ops[mul]->name, "mul") != 0) mul++;
    rg_node *y = rg_apply_broadcast(rg_ops[mul], 2, in, NULL);
    ck_assert_int_eq(rg_read(y, RG_F64, got, 6), RG_OK);
    ck_assert_mem_eq(got, ((double[]){2, 20, 200, 3, 30, 300}), sizeof got);
    in[1] = rg_leaf(t, RG_F64, rg_shape1(4));
    in[0] = rg_leaf(t, RG_F64, rg_shape1(3));
    rg_apply_broadcast(rg_ops[mul], 2, in, NULL);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(errors_are_handed_on_and_never_lost)
{
    for (int k = 0; k < MANY; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = matrix(t, RG_F64, .3), *i = indices(t);
        int64_t mark = rg_mark(t);
        rg_node *bad = rg_matmul(a, rg_scalar(t, 1));
        ck_assert_ptr_eq(calls[k].fn(bad, bad, bad), bad);
        ck_assert_ptr_nonnull(calls[k].fn(NULL, NULL, NULL));
        ck_assert_ptr_eq(calls[k].fn(bad, a, i), bad);
        rg_rewind(t, mark); /* the error is gone, the error node is not */
        ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
        ck_assert_ptr_eq(calls[k].fn(bad, a, i), bad);
        ck_assert_msg(rg_error_of(t)->status == RG_USAGE, "%s lost the error", calls[k].name);
        rg_tape_free(t);
    }
}
END_TEST

/* Any mix of dtypes works or is an error; the node tells which, and so does the tape. */
START_TEST(dtypes_work_or_are_refused)
{
    for (int n = 0; n < MANY * RG_DTYPES * RG_DTYPES; n++) {
        const call *c = &calls[n % MANY];
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = matrix(t, (rg_dtype)(n / MANY % RG_DTYPES), 1);
        rg_node *b = matrix(t, (rg_dtype)(n / MANY / RG_DTYPES), 2);
        rg_node *y = c->fn(a, b, n % 2 ? indices(t) : b);
        bool failed = rg_error_of(t)->status != RG_OK;
        ck_assert_msg(failed == (rg_neg(y) == y), "%s", c->name);
        ck_assert_msg(rg_is_leaf(y) || failed || rg_len(t) > 2, "%s", c->name);
        rg_tape_free(t);
    }
}
END_TEST

typedef struct meter {
    long calls, fail_at;
    size_t live;
} meter;

static void *failing(void *ud, void *p, size_t old_size, size_t new_size)
{
    meter *m = ud;
    if (new_size && m->calls++ == m->fail_at) return NULL;
    m->live += new_size - old_size;
    void *q = new_size ? realloc(p, new_size) : NULL;
    if (!new_size) free(p);
    return q;
}

/* The sum of c, its gradient and the gradient of that; NaN where something failed. */
static double twice_differentiated(const call *c, rg_tape *t)
{
    rg_node *a = matrix(t, RG_F64, .3), *g, *h;
    rg_node *y = c->fn(a, matrix(t, RG_F64, .6), indices(t));
    rg_node *s = rg_sum(rg_cast(y, RG_F64), RG_ALL_AXES);
    if (!rg_grad(rg_mul(s, s), NULL, 1, &a, &g) && g &&
        !rg_grad(rg_sum(rg_square(g), RG_ALL_AXES), NULL, 1, &a, &h) && h)
        s = rg_add(s, rg_sum(h, RG_ALL_AXES));
    rg_eval(s);
    return rg_value(s);
}

static rg_status starved(const call *c, meter *m)
{
    rg_config cfg = {.mem = failing, .ud = m};
    rg_tape *t = rg_tape_new(&cfg);
    if (!t) return RG_NOMEM;
    twice_differentiated(c, t);
    rg_status s = rg_error_of(t)->status;
    rg_tape_free(t);
    return s;
}

START_TEST(memory_may_run_out_in_every_op)
{
    for (int k = 0; k < MANY; k++)
        for (long at = 0;; at++) {
            meter m = {.fail_at = at};
            rg_status s = starved(&calls[k], &m);
            ck_assert_msg(m.live == 0, "%s leaks without allocation %ld", calls[k].name, at);
            ck_assert_msg(s == RG_OK || s == RG_NOMEM, "%s, allocation %ld", calls[k].name, at);
            if (m.calls <= at) break;
        }
}
END_TEST

START_TEST(recording_only_gives_the_same_bits)
{
    rg_config lazily = {.lazy = true};
    for (int k = 0; k < MANY; k++) {
        rg_tape *t = rg_tape_new(NULL), *l = rg_tape_new(&lazily);
        double now = twice_differentiated(&calls[k], t), later = twice_differentiated(&calls[k], l);
        ck_assert_msg(now == later, "%s: %.17g now, %.17g later: %s", calls[k].name, now, later,
                      rg_error_of(l)->text);
        rg_tape_free(t);
        rg_tape_free(l);
    }
}
END_TEST

/* Several upstreams at once give what they give one by one. */
START_TEST(seeds_may_have_leading_axes)
{
    for (int k = 0; k < MANY; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = matrix(t, RG_F64, .3), *g, *one;
        rg_node *y = rg_cast(calls[k].fn(a, matrix(t, RG_F64, .6), indices(t)), RG_F64);
        rg_shape s = rg_shape_of(y);
        memmove(s.dim + 1, s.dim, sizeof s.dim - sizeof *s.dim);
        s.dim[0] = 2;
        s.rank++;
        rg_node *seeds = rg_normal(t, RG_F64, s);
        ck_assert_msg(!rg_grad(y, seeds, 1, &a, &g), "%s: %s", calls[k].name, rg_error_of(t)->text);
        for (int i = 0; g && i < 2; i++) {
            rg_grad(y, rg_index(seeds, 0, i), 1, &a, &one);
            double far = rg_value(rg_amax(rg_abs(rg_sub(rg_index(g, 0, i), one)), RG_ALL_AXES));
            ck_assert_msg(far <= 1e-12 * (1 + rg_value(rg_norm(one, RG_ALL_AXES))), "%s: %g", calls[k].name, far);
        }
        rg_tape_free(t);
    }
}
END_TEST

RG_SUITE("every op", elementwise_ops_are_applied_to_broadcast_inputs, errors_are_handed_on_and_never_lost, dtypes_work_or_are_refused,
         memory_may_run_out_in_every_op, recording_only_gives_the_same_bits,
         seeds_may_have_leading_axes)
