/* test_explain.c - explanations: transcripts byte by byte, and what explain.h promises.
 * RG_GOLDEN_WRITE=1 writes the transcripts anew; look at what has changed. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include "golden.h"

rg_status explain_mlp(void (*write)(void *ud, const char *text, size_t n), void *ud);

/* ---- transcripts ------------------------------------------------------------------------ */

static rg_node *named(rg_tape *t, const char *name, double v)
{
    return rg_name(rg_scalar(t, v), name);
}

static rg_node *named_matrix(rg_tape *t, const char *name, int64_t rows, int64_t columns,
                             const double *v)
{
    return rg_name(rg_leaf_from(t, RG_F64, rg_shape2(rows, columns), v, (size_t)(rows * columns)),
                   name);
}

static void golden_log_exp_max(const char *name, double value_of_a)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", value_of_a), *b = named(t, "b", 2), *c = named(t, "c", 3);
    rg_node *product = rg_mul(rg_exp(a), b);
    rg_node *y = rg_log(rg_add(product, rg_max(a, c)));
    output o = explain(y, 3, (rg_node *[]){a, b, c}, "log(exp(a)*b + max(a, c))", 0);
    rg_tape_free(t);
    expect_golden(name, &o);
}

START_TEST(golden_scalars)
{
    golden_log_exp_max("scalars", 1);
    golden_log_exp_max("two_paths", 4);
    golden_log_exp_max("tie", 3);
}
END_TEST

START_TEST(golden_matrices)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *W = named_matrix(t, "W", 2, 3, (double[]){1, -2, 0.5, 0, 1, -1});
    rg_node *x = named_matrix(t, "x", 3, 1, (double[]){2, 1, 4}),
            *b = named_matrix(t, "b", 2, 1, (double[]){0.5, 1});
    rg_node *h = rg_relu(rg_add(rg_matmul(W, x), b));
    rg_node *sum = rg_sum(rg_powc(h, 2), RG_ALL_AXES);
    rg_node *y = rg_div(sum, rg_lit(sum, 2));
    output o = explain(y, 3, (rg_node *[]){W, x, b}, "sum(relu(W@x + b)^2)/2", 0);
    rg_tape_free(t);
    expect_golden("matrices", &o);
}
END_TEST

START_TEST(golden_tanh)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 2), *b = named(t, "b", 3);
    rg_node *y = rg_tanh(rg_add(rg_mul(a, b), a));
    output o = explain(y, 2, (rg_node *[]){a, b}, "tanh(a*b + a)", 0);
    rg_tape_free(t);
    expect_golden("tanh", &o);
}
END_TEST

START_TEST(golden_fan_in)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 1);
    rg_node *b = rg_name(rg_add(a, a), "b");
    rg_node *c = rg_name(rg_add(b, b), "c");
    output o = explain(c, 1, &a, "b = a + a; c = b + b", 0);
    rg_tape_free(t);
    expect_golden("fan_in", &o);
}
END_TEST

START_TEST(golden_batch_norm)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = named_matrix(t, "x", 4, 1, (double[]){1, 2, 4, 5}), *g = named(t, "g", 2),
            *b = named(t, "b", 0.5);
    rg_node *y = rg_reshape(rg_slice(rg_batchnorm(x, g, b, 1e-5), 0, 0, 1, 1), rg_shape0());
    output o = explain(y, 3, (rg_node *[]){x, g, b}, "batchnorm(x, g, b)[0, 0]", 0);
    rg_tape_free(t);
    expect_golden("batch_norm", &o);
}
END_TEST

START_TEST(golden_mlp)
{
    output o = {0};
    ck_assert_int_eq(explain_mlp(collect, &o), RG_OK);
    check_lines(&o, 80);
    expect_golden("mlp", &o);
}
END_TEST

/* ---- what explain.h promises ------------------------------------------------------------ */

START_TEST(forty_doublings_are_counted_not_walked)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 1), *y = a;
    for (int i = 0; i < 40; i++) y = rg_add(y, y);
    output o = explain(y, 1, &a, NULL, 0);
    ck_assert_ptr_nonnull(
        strstr(o.text, "2^40 paths; the backward pass needed 80 products  dL/da = 1.09951e+12"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

static void count_step(void *ud, const rg_step *s)
{
    (void)s;
    ++*(int *)ud;
}

START_TEST(the_tape_is_left_as_it_was)
{
    double want, got;
    for (int explained = 0; explained < 2; explained++) {
        rg_tape *t = rg_tape_new(NULL);
        int steps = 0;
        rg_node *a = named(t, "a", 1), *g;
        rg_node *y = rg_mul(rg_uniform(t, RG_F64, rg_shape0()), a);
        rg_watch(t, count_step, &steps);
        int64_t len = rg_len(t);
        if (explained) free(explain(y, 1, &a, NULL, 0).text);
        ck_assert_int_eq(rg_len(t), len);
        ck_assert_int_eq(steps, 0);
        rg_grad(y, NULL, 1, &a, &g);
        ck_assert_int_eq(steps, 1);
        rg_read(rg_uniform(t, RG_F64, rg_shape0()), RG_F64, explained ? &got : &want, 1);
        rg_tape_free(t);
    }
    ck_assert_double_eq(got, want); /* the second random op draws the same */
}
END_TEST

START_TEST(record_only_tapes_are_computed_first)
{
    rg_config lazy = {.lazy = true};
    rg_tape *t = rg_tape_new(&lazy);
    rg_node *a = named(t, "a", 3), *y = rg_square(a);
    output o = explain(y, 1, &a, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "= 1 x 2 a = 1 x 6"));
    ck_assert_ptr_null(rg_peek(rg_square(a)).data);
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(single_precision_is_compared_with_its_own_measure)
{
    rg_tape *t = rg_tape_new(NULL);
    float v[] = {0.3f, -1.2f, 2.5f};
    rg_node *x = rg_name(rg_leaf_from(t, RG_F32, rg_shape1(3), v, 3), "x");
    rg_node *y = rg_sum(rg_exp(rg_sin(x)), RG_ALL_AXES);
    output o = explain(y, 1, &x, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "3 of 3 agree."));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(many_entries_are_sampled)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_leaf(t, RG_F64, rg_shape2(30, 40)), "x");
    rg_node *y = rg_sum(rg_exp(x), RG_ALL_AXES);
    output o = explain(y, 1, &x, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "x     30x40  min 1  mean 1  max 1  norm 34.6  zeros 0%"));
    ck_assert_ptr_nonnull(strstr(o.text, "8 of 1200 entries compared: 8 agree"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

/* Its rule forgets the factor 2. */
static void wrong_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_zmul(g, rg_in(y, 0));
}
static void wrong_tile(int64_t n, void *y, const void *const *in, const rg_attr *attr)
{
    (void)attr;
    for (int64_t i = 0; i < n; i++)
        ((double *)y)[i] = ((const double *)in[0])[i] * ((const double *)in[0])[i];
}
static rg_node *wrong_square(rg_node *x)
{
    static const rg_op op = {.abi = RG_OP_ABI,
                             .name = "wrong_square",
                             .formula = "{a} squared",
                             .kind = RG_ELEMENTWISE,
                             .nin = 1,
                             .tile = {[RG_F64] = wrong_tile},
                             .vjp = wrong_vjp};
    return rg_apply(&op, 1, &x, NULL);
}

/* One score far above the others: inside the gate 40 cancels against 40, and a difference
 * quotient of the loss has no digits left for the smallest probabilities. */
START_TEST(cancellation_inside_a_gate_is_no_disagreement)
{
    double score[] = {0, 1, 2, 40, 3, 4, 5, 6, 7, 8};
    int64_t label = 3;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *z = rg_leaf_from(t, RG_F64, rg_shape1(10), score, 10);
    rg_node *y = rg_leaf_from(t, RG_I64, rg_shape0(), &label, 1);
    output o = explain(rg_cross_entropy(z, y), 1, &z, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "10 of 10 agree."));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_wrong_rule_is_called_so)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 3);
    output o = explain(wrong_square(a), 1, &a, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "a     3            6            0.5      DIFFERS"));
    ck_assert_ptr_nonnull(strstr(o.text, "0 of 1 agree."));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_window_on_an_input_moves_with_it)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_leaf(t, RG_F64, rg_shape1(3)), "x");
    rg_node *ys[] = {rg_index(x, 0, 1), rg_slice(x, 0, 1, 1, 1)};
    for (int i = 0; i < 2; i++) {
        output o = explain(ys[i], 1, &x, NULL, 0);
        ck_assert_ptr_nonnull(strstr(o.text, "3 of 3 agree."));
        free(o.text);
    }
    rg_node *a = named(t, "a", 3);
    output o = explain(a, 1, &a, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "a     1            1            <1e-8    ok"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(infinite_slopes_are_shown_not_compared)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 0), *y = rg_sqrt(a);
    output o = explain(y, 1, &a, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "= 1 x 1/(2 L) = 1 x inf               = inf"));
    ck_assert_ptr_nonnull(strstr(o.text, "a     inf          nan          nan      no value"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(what_is_detached_is_not_compared_through)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 3), *b = named(t, "b", 1);
    rg_node *y = rg_mul(rg_detach(a), a);
    output o = explain(y, 2, (rg_node *[]){a, b}, NULL, 0);
    ck_assert_ptr_nonnull(strstr(o.text, "a     3            3            <1e-8    ok"));
    ck_assert_ptr_nonnull(strstr(o.text, "b     -  absent: no gradient flows from L to here"));
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(names_cannot_steer_a_terminal)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a\033[31m\nb", 3),
            *b = named(t, "the_longest_name_that_anybody_ever_gave_to_a_wire", 2);
    rg_node *twin = named(t, "v1", 2), *again = named(t, "v1", 5);
    rg_node *y = rg_mul(rg_mul(a, b), rg_mul(twin, again));
    output o = explain(y, 4, (rg_node *[]){a, b, twin, again}, "a\033b", 0);
    ck_assert_ptr_nonnull(strstr(o.text, "L = a?b\n"));
    ck_assert_ptr_nonnull(strstr(o.text, "a?[31m?b"));
    ck_assert_ptr_nonnull(strstr(o.text, "v1#2"));
    ck_assert_ptr_nonnull(strstr(o.text, "u1")); /* unnamed wires keep clear of names like v1 */
    free(o.text);
    rg_tape_free(t);
}
END_TEST

START_TEST(refusals_wait_on_the_tape)
{
    rg_tape *t = rg_tape_new(NULL);
    output o = {0};
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(3)), *y = rg_exp(x);
    int64_t len = rg_len(t);
    ck_assert_int_eq(rg_explain_text(y, 1, &x, NULL, collect, &o), RG_SHAPE);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    ck_assert_int_eq(rg_len(t), len);
    ck_assert_ptr_null(o.text);
    rg_rewind(t, len);
    rg_node *sum = rg_sum(y, RG_ALL_AXES);
    ck_assert_int_eq(rg_explain_text(sum, 0, NULL, NULL, collect, &o), RG_USAGE);
    rg_rewind(t, rg_len(t));
    ck_assert_int_eq(rg_explain_text(sum, 1, &x, NULL, NULL, NULL), RG_USAGE);
    rg_rewind(t, rg_len(t));
    ck_assert_int_eq(rg_write(x, RG_F64, (double[]){1, 2, 3}, 3), RG_OK);
    ck_assert_int_eq(rg_explain_text(sum, 1, &x, NULL, collect, &o), RG_STALE);
    ck_assert_int_eq(rg_explain_text(NULL, 1, &x, NULL, collect, &o), RG_USAGE);
    ck_assert_ptr_null(o.text);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("explain", golden_scalars, golden_matrices, golden_tanh, golden_fan_in, golden_batch_norm,
         golden_mlp, forty_doublings_are_counted_not_walked, the_tape_is_left_as_it_was,
         record_only_tapes_are_computed_first, single_precision_is_compared_with_its_own_measure,
         many_entries_are_sampled, a_wrong_rule_is_called_so,
         cancellation_inside_a_gate_is_no_disagreement,
         what_is_detached_is_not_compared_through, a_window_on_an_input_moves_with_it,
         infinite_slopes_are_shown_not_compared, names_cannot_steer_a_terminal,
         refusals_wait_on_the_tape)
