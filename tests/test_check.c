/* test_check.c - the test of the tester: planted bugs must all be caught, right rules
 * must pass, and corners are no bugs. */
#include "suite.h"
#include "named_op.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

/* ---- one bug in every rule ------------------------------------------------------------------- */

static const rg_op *spoilt; /* the right op */
static int spoilt_wire;
static rg_node *(*bug)(rg_node *g);

static void spoilt_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    spoilt->vjp(y, g, wanted, out);
    for (int k = 0; k < y->nin; k++)
        if (out[k] && k == spoilt_wire) out[k] = bug(out[k]);
}

static rg_node *slightly_off(rg_node *g) { return rg_scale(g, 1.0005); }
static rg_node *sign_flipped(rg_node *g) { return rg_neg(g); }
static rg_node *doubled(rg_node *g) { return rg_add(g, g); }
static rg_node *left_out(rg_node *g) { return rg_scale(g, 0); }
static rg_node *shifted(rg_node *g) { return rg_offset(g, .001); }
static rg_node *not_a_number(rg_node *g) { return rg_scale(g, (double)NAN); }
static rg_node *cut_at_one(rg_node *g) { return rg_clamp(g, -.1, .1); }
static rg_node *absent(rg_node *g) { return (void)g, NULL; }

static rg_node *first_row_dropped(rg_node *g)
{
    rg_shape s = rg_shape_of(g);
    int64_t n = s.dim[0];
    return rg_pad(rg_slice(g, 0, 1, n - 1, 1), 0, 1, 1, n);
}

/* Right in value, wrong when differentiated. */
static rg_node *cut_off(rg_node *g) { return rg_detach(g); }

static void halving_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)y;
    if (wanted[0]) out[0] = rg_scale(g, .5);
}

static rg_node *wrong_later(rg_node *g)
{
    static rg_op op;
    op = *named_op("copy");
    op.vjp = halving_vjp;
    return rg_apply(&op, 1, &g, NULL);
}

static bool flows(const rg_op *op)
{
    for (int k = 0; k < RG_WIRES; k++)
        if (op->wire[k].local) return op->vjp && rg_check_examples(op) > 0;
    return false;
}

static rg_verdict verdict_on(const rg_op *op, rg_dtype dtype, int order, rg_finding *f)
{
    rg_verdict v;
    rg_check_case c = {.dtype = dtype, .order = order, .stacked = 2, .seed = 7};
    rg_error e = {0};
    ck_assert_msg(rg_check_op(op, &c, NULL, f, &v, &e) == RG_OK, "%s: %s", op->name, e.text);
    return v;
}

static rg_op spoilt_op;

/* The build of the right op names the right op: once more, with the spoilt one. */
static rg_node *rebuild(rg_node *const *in)
{
    rg_node *y = spoilt->build(in), *from[RG_WIRES];
    ck_assert_ptr_eq(y->op, spoilt);
    for (int k = 0; k < y->nin; k++) from[k] = rg_in(y, k);
    return rg_apply(&spoilt_op, y->nin, from, y->attr);
}

static void plant(const rg_op *op, rg_node *(*what)(rg_node *g), int wire)
{
    spoilt = op;
    spoilt_op = *op;
    spoilt_op.vjp = spoilt_vjp;
    if (op->build) spoilt_op.build = rebuild;
    spoilt_wire = wire;
    bug = what;
}

typedef struct planted {
    const char *name;
    rg_node *(*what)(rg_node *g);
    rg_dtype dtype;
    int order;
} planted;

static const planted all_bugs[] = {
    {"slightly off", slightly_off, RG_F64, 1},
    {"slightly off", slightly_off, RG_F32, 1},
    {"sign flipped", sign_flipped, RG_F64, 1},
    {"sign flipped", sign_flipped, RG_F32, 1},
    {"doubled", doubled, RG_F64, 1},
    {"left out", left_out, RG_F64, 1},
    {"shifted", shifted, RG_F64, 1},
    {"not a number", not_a_number, RG_F64, 1},
    {"not a number", not_a_number, RG_F32, 1},
    {"cut at one", cut_at_one, RG_F64, 1},
    {"absent", absent, RG_F64, 1},
    {"first row dropped", first_row_dropped, RG_F64, 1},
    {"wrong when differentiated", cut_off, RG_F64, 2},
    {"wrong when differentiated", wrong_later, RG_F64, 2},
    {"wrong when differentiated", wrong_later, RG_F32, 2},
};

START_TEST(every_rule_spoilt_is_caught)
{
    int caught = 0;
    for (int i = 0; rg_ops[i]; i++)
        for (size_t b = 0; b < sizeof all_bugs / sizeof *all_bugs && flows(rg_ops[i]); b++)
            for (int k = 0; k < RG_WIRES; k++) {
                if (!rg_ops[i]->wire[k].local) continue;
                rg_finding f;
                plant(rg_ops[i], all_bugs[b].what, k);
                rg_verdict v = verdict_on(&spoilt_op, all_bugs[b].dtype, all_bugs[b].order, &f);
                ck_assert_msg(v == RG_FAIL, "%s, input %d, %s: %s", spoilt_op.name, k + 1,
                              all_bugs[b].name, rg_verdict_text(v));
                caught++;
            }
    ck_assert_int_gt(caught, 900);
}
END_TEST

/* ---- bugs of their own kind --------------------------------------------------------- */

static void expect_caught(const rg_op *from,
                          void (*vjp)(rg_node *y, rg_node *g, const unsigned char *w,
                                      rg_node **out),
                          const char *example, rg_node *(*build)(rg_node *const *in))
{
    rg_finding f;
    spoilt_op = *from;
    spoilt_op.vjp = vjp;
    spoilt_op.example = example;
    spoilt_op.build = build;
    ck_assert_int_eq(verdict_on(&spoilt_op, RG_F64, 1, &f), RG_FAIL);
}

static void untransposed_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)wanted;
    out[0] = rg_matmul(g, rg_in(y, 1));
    out[1] = rg_matmul(rg_swap_last(rg_in(y, 0)), g);
}
START_TEST(transposed_operand)
{
    expect_caught(named_op("matmul"), untransposed_vjp, "3x3 3x3", NULL);
}
END_TEST

/* x x where the second path overwrites the first instead of adding to it. */
static void overwriting_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)wanted;
    out[0] = rg_mul(g, rg_in(y, 0));
}
START_TEST(overwritten_fan_in) { expect_caught(named_op("square"), overwriting_vjp, "3x4", NULL); }
END_TEST

/* Ignores what arrives: only an upstream other than 1 tells. */
static void upstream_ignored_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)wanted;
    out[0] = rg_broadcast(y, rg_shape_of(g));
}
START_TEST(upstream_ignored) { expect_caught(named_op("exp"), upstream_ignored_vjp, "1", NULL); }
END_TEST

static rg_node *build_cumsum(rg_node *const *in)
{
    rg_attr a = {.i = {0, 0}};
    return rg_apply(&spoilt_op, 1, in, &a);
}
static void front_axis_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)y, (void)wanted;
    out[0] = rg_cumsum(g, 0, true);
}
START_TEST(axis_counted_from_the_front)
{
    expect_caught(named_op("cumsum"), front_axis_vjp, "5", build_cumsum);
}
END_TEST

START_TEST(kernel_of_one_dtype_wrong)
{
    rg_finding f;
    rg_op op = *named_op("exp");
    op.tile[RG_F32] = named_op("sin")->tile[RG_F32];
    ck_assert_int_eq(verdict_on(&op, RG_F64, 1, &f), RG_PASS);
    ck_assert_int_eq(verdict_on(&op, RG_F32, 1, &f), RG_FAIL);
}
END_TEST

START_TEST(rule_of_the_wrong_shape_is_an_error)
{
    rg_finding f;
    rg_verdict v;
    rg_error e = {0};
    rg_check_case c = {.dtype = RG_F64, .order = 1};
    spoilt_op = *named_op("matmul");
    spoilt_op.vjp = untransposed_vjp;
    ck_assert_int_eq(rg_check_op(&spoilt_op, &c, NULL, &f, &v, &e), RG_SHAPE);
    ck_assert_ptr_nonnull(strstr(e.text, "matmul"));
}
END_TEST

/* Off by a factor where several upstreams arrive at once, and there alone. */
static double stacked_factor;
static void wrong_when_stacked_vjp(rg_node *y, rg_node *g, const unsigned char *wanted,
                                   rg_node **out)
{
    (void)wanted;
    rg_node *right = rg_mul(g, rg_broadcast(y, rg_shape_of(g)));
    bool stacked = rg_shape_of(g).rank > rg_shape_of(y).rank;
    out[0] = stacked ? rg_scale(right, stacked_factor) : right;
}

/* Many upstreams at once are compared to some bits less than the dtype has: by the size of the
 * largest number. */
START_TEST(upstreams_at_once_differ)
{
    static const struct {
        rg_dtype dtype;
        double factor;
        rg_verdict verdict;
    } row[] = {{RG_F32, 1 + 0x1p-14, RG_FAIL},
               {RG_F32, 1 + 0x1p-20, RG_PASS},
               {RG_F64, 1 + 0x1p-42, RG_FAIL},
               {RG_F64, 1 + 0x1p-50, RG_PASS}};
    spoilt_op = *named_op("exp");
    spoilt_op.vjp = wrong_when_stacked_vjp;
    spoilt_op.example = "5";
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        rg_finding f;
        stacked_factor = row[i].factor;
        ck_assert_int_eq(verdict_on(&spoilt_op, row[i].dtype, 1, &f), row[i].verdict);
    }
}
END_TEST

/* ---- how the inputs of an example lie in memory ------------------------------------- */

static rg_layout seen; /* the input of the last call built */

static rg_node *look_and_copy(rg_node *const *in)
{
    seen = *in[0]->layout;
    return rg_apply(named_op("copy"), 1, in, NULL);
}

START_TEST(inputs_lie_as_asked)
{
    static const struct {
        const char *example;
        rg_lie lie;
        int64_t stride[2];
    } row[] = {{"2x3", RG_LIE_DENSE, {3, 1}},      {"2x3", RG_LIE_TRANSPOSED, {1, 2}},
               {"2x3", RG_LIE_STEPPED, {6, 2}},    {"2x3", RG_LIE_REVERSED, {-3, -1}},
               {"2x3", RG_LIE_REPEATED, {0, 1}},   {"4", RG_LIE_REPEATED, {1}},
               {"s3x3", RG_LIE_REPEATED, {3, 1}}, /* equal rows would be singular */
               {"s3x3", RG_LIE_TRANSPOSED, {1, 3}}};
    rg_op op = *named_op("copy");
    op.build = look_and_copy;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        rg_check_case c = {.dtype = RG_F64, .order = 1, .lie = row[i].lie, .seed = 3};
        rg_finding f;
        rg_verdict v;
        op.example = row[i].example;
        ck_assert_int_eq(rg_check_op(&op, &c, NULL, &f, &v, NULL), RG_OK);
        ck_assert_int_eq(v, RG_PASS);
        for (int k = 0; k < seen.rank; k++)
            ck_assert_msg(seen.stride[k] == row[i].stride[k], "row %zu, axis %d: %lld", i, k,
                          (long long)seen.stride[k]);
    }
}
END_TEST

static double matrix[16];

static rg_node *keep_and_copy(rg_node *const *in)
{
    ck_assert_int_eq(rg_read(in[0], RG_F64, matrix, 16), RG_OK);
    return rg_apply(named_op("copy"), 1, in, NULL);
}

/* "Well away from singular": diagonally dominant, whatever is drawn. */
START_TEST(squares_of_examples_are_dominated_by_their_diagonal)
{
    rg_op op = *named_op("copy");
    op.build = keep_and_copy;
    op.example = "s4x4";
    for (uint64_t seed = 0; seed < 200; seed++) {
        rg_check_case c = {.dtype = RG_F64, .order = 1, .seed = seed};
        rg_finding f;
        rg_verdict v;
        ck_assert_int_eq(rg_check_op(&op, &c, NULL, &f, &v, NULL), RG_OK);
        for (int i = 0; i < 4; i++) {
            double others = 0;
            for (int k = 0; k < 4; k++) others += i == k ? 0 : fabs(matrix[4 * i + k]);
            ck_assert_double_gt(matrix[5 * i], others);
        }
    }
}
END_TEST

/* ---- hard functions: right ones pass, wrong ones do not ----------------------------- */

static rg_node *f_sin(rg_node *x) { return rg_sin(x); }
static rg_node *f_exp(rg_node *x) { return rg_exp(x); }
static rg_node *f_log(rg_node *x) { return rg_log(x); }
static rg_node *f_inv(rg_node *x) { return rg_inv(x); }
static rg_node *f_sqrt(rg_node *x) { return rg_sqrt(x); }
static rg_node *f_cube(rg_node *x) { return rg_powc(x, 3); }
static rg_node *f_steep(rg_node *x) { return rg_scale(rg_square(x), 1e6); }
static rg_node *f_fast(rg_node *x) { return rg_sin(rg_scale(x, 1000)); }
static rg_node *f_tanh(rg_node *x) { return rg_tanh(x); }
static rg_node *f_small(rg_node *x) { return rg_scale(rg_sin(x), 1e-6); }
static rg_node *f_high(rg_node *x) { return rg_offset(rg_sin(x), 1e4); }
static rg_node *f_relu(rg_node *x) { return rg_relu(x); }

static const struct hard {
    rg_node *(*f)(rg_node *x);
    double at;
} hard[] = {{f_sin, .7},    {f_exp, 1.3},   {f_log, 1e-4},  {f_inv, 1e-3},
            {f_sqrt, 1e-5}, {f_cube, 100},  {f_steep, 1e3}, {f_fast, 1.1},
            {f_tanh, 8},    {f_small, 1.2}, {f_high, .9},   {f_relu, 3e-5}};

static rg_verdict check_one(rg_node *y, rg_node *x, rg_finding *f)
{
    rg_report r;
    ck_assert_int_eq(rg_check_graph(y, 1, &x, NULL, f, &r), RG_OK);
    return r.verdict;
}

START_TEST(hard_functions)
{
    rg_node *(*const wrong[])(rg_node *) = {slightly_off, sign_flipped, doubled, left_out};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_finding f;
        char text[RG_FINDING_TEXT];
        rg_node *x = rg_scalar(t, hard[i].at), *y = hard[i].f(x);
        rg_verdict v = check_one(y, x, &f);
        ck_assert_msg(v == RG_PASS, "%zu: %s: %s", i, rg_verdict_text(v),
                      rg_finding_text(&f, text));
        for (size_t b = 0; b < sizeof wrong / sizeof *wrong; b++) {
            plant(named_op("copy"), wrong[b], 0);
            v = check_one(rg_apply(&spoilt_op, 1, &y, NULL), x, &f);
            ck_assert_msg(v == RG_FAIL, "%zu, bug %zu: %s", i, b, rg_verdict_text(v));
        }
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(a_large_sum)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_finding f;
    rg_node *x = rg_uniform(t, RG_F64, rg_shape1(10000));
    ck_assert_int_eq(check_one(rg_sum(rg_square(x), 0), x, &f), RG_PASS);
    ck_assert_int_eq(f.looked, 32);
    ck_assert_int_eq(f.of, 10000);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("check", every_rule_spoilt_is_caught, transposed_operand, overwritten_fan_in,
         upstream_ignored, axis_counted_from_the_front, kernel_of_one_dtype_wrong,
         rule_of_the_wrong_shape_is_an_error, upstreams_at_once_differ, inputs_lie_as_asked,
         squares_of_examples_are_dominated_by_their_diagonal, hard_functions, a_large_sum)
