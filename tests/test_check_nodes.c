/* test_check_nodes.c - the check node by node: which node is wrong, what its mistake is
 * called, and where gradients that are not added up begin to be wrong. */
#include "suite.h"
#include "named_op.h"
#include <stdio.h>
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

/* ---- a net with one rule spoilt ------------------------------------------------------ */

static const rg_op *right;
static rg_op wrong;
static int wire;
static rg_node *(*mistake)(rg_node *y, rg_node *g);

static void wrong_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    right->vjp(y, g, wanted, out);
    if (out[wire]) out[wire] = mistake(y, out[wire]);
}

static const rg_op *spoil(const char *name, int k, rg_node *(*how)(rg_node *y, rg_node *g))
{
    right = named_op(name);
    wrong = *right;
    wrong.vjp = wrong_vjp;
    wire = k;
    mistake = how;
    return &wrong;
}

enum { LEAVES = 4, BATCH = 5 };

/* h = tanh(x W + b), residual, product of square matrices, mean square. hidden and
 * product may be spoilt ops. */
static rg_node *residual_net(rg_tape *t, rg_dtype d, const rg_op *hidden, const rg_op *product,
                             rg_node *x[LEAVES])
{
    x[0] = rg_normal(t, d, rg_shape2(BATCH, 4));
    x[1] = rg_normal(t, d, rg_shape2(4, 4));
    x[2] = rg_normal(t, d, rg_shape1(4));
    x[3] = rg_normal(t, d, rg_shape2(4, 4));
    rg_node *z = rg_add(rg_matmul(x[0], x[1]), x[2]);
    rg_node *h = rg_apply(hidden, 1, &z, NULL);
    rg_node *in[] = {rg_add(h, x[0]), x[3]};
    return rg_mean(rg_square(rg_apply(product, 2, in, NULL)), RG_ALL_AXES);
}

static rg_nodes_report report_on(rg_dtype d, const rg_op *hidden, const rg_op *product)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[LEAVES], *y = residual_net(t, d, hidden, product, x);
    rg_nodes_report r;
    int64_t before = rg_len(t);
    ck_assert_int_eq(rg_check_nodes(y, LEAVES, x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(rg_len(t), before);
    rg_tape_free(t);
    return r;
}

START_TEST(a_right_net_passes_node_by_node)
{
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_nodes_report r = report_on((rg_dtype)d, named_op("tanh"), named_op("matmul"));
        ck_assert_int_eq(r.verdict, RG_PASS);
        ck_assert_int_eq(r.passed, r.nodes);
        ck_assert_int_eq(r.whole.verdict, RG_PASS);
        ck_assert(r.power.sharp == r.power.looked && r.power.relative < 1e-5);
    }
}
END_TEST

static rg_node *negated(rg_node *y, rg_node *g) { return (void)y, rg_neg(g); }
static rg_node *half_as_much(rg_node *y, rg_node *g) { return (void)y, rg_scale(g, .5); }
static rg_node *tripled(rg_node *y, rg_node *g) { return (void)y, rg_scale(g, 3); }
static rg_node *by_batch(rg_node *y, rg_node *g) { return (void)y, rg_scale(g, 1. / BATCH); }
static rg_node *times_batch(rg_node *y, rg_node *g) { return (void)y, rg_scale(g, BATCH); }
static rg_node *one_more(rg_node *y, rg_node *g) { return (void)y, rg_offset(g, .25); }
static rg_node *none(rg_node *y, rg_node *g) { return (void)y, (void)g, NULL; }
static rg_node *as_nan(rg_node *y, rg_node *g) { return (void)y, rg_scale(g, (double)NAN); }
static rg_node *turned(rg_node *y, rg_node *g) { return (void)y, rg_swap_last(g); }
static rg_node *later(rg_node *y, rg_node *g)
{
    int64_t n = rg_shape_of(g).dim[0];
    return (void)y, rg_pad(rg_slice(g, 0, 0, n - 1, 1), 0, 1, 1, n);
}
static rg_node *first_row_lost(rg_node *y, rg_node *g)
{
    int64_t n = rg_shape_of(g).dim[0];
    return (void)y, rg_pad(rg_slice(g, 0, 1, n - 1, 1), 0, 1, 1, n);
}
static rg_node *where_positive(rg_node *y, rg_node *g)
{
    rg_node *x = rg_in(y, 0);
    return rg_where(rg_gt(x, rg_lit(x, 0)), g, rg_scale(g, 2));
}
static rg_node *where_negative(rg_node *y, rg_node *g)
{
    rg_node *x = rg_in(y, 0);
    return rg_where(rg_gt(x, rg_lit(x, 0)), rg_scale(g, 2), g);
}
static rg_node *masked(rg_node *y, rg_node *g)
{
    return rg_where(rg_gt(g, rg_lit(y, 0)), g, rg_scale(g, 0));
}
static rg_node *squared(rg_node *y, rg_node *g) { return (void)y, rg_square(g); }
static rg_node *bent(rg_node *y, rg_node *g) { return rg_mul(g, rg_exp(y)); }
static rg_node *ones_upstream(rg_node *y, rg_node *g)
{
    return (void)g, rg_offset(rg_neg(rg_square(y)), 1);
}

static const struct diagnosis {
    rg_node *(*bug)(rg_node *y, rg_node *g);
    bool of_product; /* else of tanh */
    rg_mistake mistake;
    double factor;
    int64_t count;
    const char *words;
} diagnoses[] = {
    {negated, false, RG_SIGN_FLIPPED, -1, 0, "sign"},
    {half_as_much, false, RG_FACTOR_OFF, .5, 0, "half"},
    {tripled, false, RG_FACTOR_OFF, 3, 0, "3 times"},
    {by_batch, false, RG_MEAN_FOR_SUM, .2, BATCH, "1/5"},
    {times_batch, true, RG_SUM_FOR_MEAN, BATCH, BATCH, "5 times"},
    {one_more, false, RG_CONSTANT_ADDED, .25, 0, "0.25 too much"},
    {none, true, RG_NOTHING_FLOWS, 0, 0, "nothing flows"},
    {as_nan, true, RG_NAN_OR_INF, 0, 0, "NaN"},
    {turned, true, RG_IS_TRANSPOSED, 0, 0, "transposed"},
    {later, false, RG_IS_SHIFTED, 0, -4, "off by one"},
    {first_row_lost, false, RG_ZERO_ROWS, 0, 1, "1 row"},
    {where_positive, false, RG_RIGHT_IF_POSITIVE, 0, 0, "positive"},
    {where_negative, false, RG_RIGHT_IF_NEGATIVE, 0, 0, "negative"},
    {masked, false, RG_ZERO_SOMEWHERE, 0, 0, "masked"},
    {squared, false, RG_NOT_LINEAR, 0, 0, "twice"},
    {bent, false, RG_UNLIKE_ANY, 0, 0, "none"},
    {ones_upstream, false, RG_UPSTREAM_IGNORED, 0, 0, "upstream"},
};

START_TEST(usual_mistakes_are_recognised)
{
    for (size_t i = 0; i < sizeof diagnoses / sizeof *diagnoses; i++) {
        const struct diagnosis *a = &diagnoses[i];
        char text[RG_CAUSE_TEXT];
        for (int d = RG_F32; d <= RG_F64; d++) {
            const rg_op *op = spoil(a->of_product ? "matmul" : "tanh", a->of_product, a->bug);
            rg_nodes_report r = report_on((rg_dtype)d, a->of_product ? named_op("tanh") : op,
                                          a->of_product ? op : named_op("matmul"));
            rg_cause c = r.first.cause;
            const char *words = rg_cause_text(&c, text);
            ck_assert_msg(r.failed == 1, "%zu: %d nodes fail", i, (int)r.failed);
            ck_assert_msg(c.mistake == a->mistake, "%zu: %s", i, words);
            ck_assert_msg(strstr(words, a->words) != NULL, "%zu: %s", i, words);
            ck_assert_int_eq(r.first.finding.input, a->of_product);
            if (a->factor != 0) ck_assert_double_eq_tol(c.factor, a->factor, 1e-6);
            if (a->count) ck_assert_int_eq(c.count, a->count);
        }
    }
}
END_TEST

/* An operand's number of elements, when no axis and no other operand has it. */
static rg_node *times_first(rg_node *y, rg_node *g) { return rg_scale(g, (double)rg_count_of(rg_in(y, 0))); }

START_TEST(a_factor_may_be_the_size_of_an_operand)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[] = {rg_normal(t, RG_F64, rg_shape2(2, 6)), rg_normal(t, RG_F64, rg_shape2(6, 5))};
    rg_nodes_report r;
    rg_node *y = rg_apply(spoil("matmul", 1, times_first), 2, x, NULL);
    ck_assert_int_eq(rg_check_nodes(rg_sum(rg_tanh(y), RG_ALL_AXES), 2, x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.first.cause.mistake, RG_SUM_FOR_MEAN);
    ck_assert_int_eq(r.first.cause.count, 12);
    rg_tape_free(t);
}
END_TEST

/* At a corner slopes cannot tell, and the report counts that. */
START_TEST(what_cannot_be_told_is_counted)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(3));
    rg_nodes_report r;
    ck_assert_int_eq(rg_check_nodes(rg_sum(rg_abs(x), RG_ALL_AXES), 1, &x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_gt(r.power.unsure, 0);
    ck_assert_int_le(r.power.unsure + r.power.sharp, r.power.looked);
    rg_tape_free(t);
}
END_TEST

START_TEST(every_cause_has_words_of_its_own)
{
    char text[RG_NOT_ADDED_UP + 1][RG_CAUSE_TEXT];
    for (int m = RG_UNLIKE_ANY; m <= RG_NOT_ADDED_UP; m++) {
        rg_cause c = {.mistake = (rg_mistake)m, .factor = 7, .count = 7};
        char room[RG_CAUSE_TEXT];
        snprintf(text[m], RG_CAUSE_TEXT, "%s", rg_cause_text(&c, room));
        ck_assert_msg(text[m][0], "mistake %d has no words", m);
        for (int k = RG_UNLIKE_ANY; k < m; k++) ck_assert_msg(strcmp(text[k], text[m]) != 0, "%d and %d: %s", k, m, text[m]);
    }
}
END_TEST

static void exchanged_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    right->vjp(y, g, wanted, out);
    rg_node *kept = out[0];
    out[0] = out[1];
    out[1] = kept;
}

START_TEST(operands_that_changed_places)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[] = {rg_normal(t, RG_F64, rg_shape1(6)), rg_normal(t, RG_F64, rg_shape1(6))};
    rg_nodes_report r;
    spoil("mul", 0, negated);
    wrong.vjp = exchanged_vjp;
    rg_node *y = rg_sum(rg_apply(&wrong, 2, x, NULL), RG_ALL_AXES);
    ck_assert_int_eq(rg_check_nodes(y, 2, x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.first.cause.mistake, RG_IS_OF_OTHER);
    ck_assert_int_eq(r.first.cause.other, 1);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_kernel_that_is_wrong_in_f32_alone)
{
    rg_op op = *named_op("tanh");
    op.tile[RG_F32] = named_op("sin")->tile[RG_F32];
    ck_assert_int_eq(report_on(RG_F64, &op, named_op("matmul")).verdict, RG_PASS);
    rg_nodes_report r = report_on(RG_F32, &op, named_op("matmul"));
    ck_assert_int_eq(r.verdict, RG_FAIL);
    ck_assert_int_eq(r.first.finding.input, RG_OF_VALUE);
}
END_TEST

/* ---- laws without tolerance ---------------------------------------------------------- */

/* Off by so little that no slope tells. */
static void nearly_linear_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    if (wanted[0]) out[0] = rg_add(rg_mul(g, rg_cos(rg_in(y, 0))), rg_scale(rg_square(g), 1e-15));
}

static void something_for_zero_vjp(rg_node *y, rg_node *g, const unsigned char *wanted,
                                   rg_node **out)
{
    if (wanted[0]) out[0] = rg_offset(rg_mul(g, rg_cos(rg_in(y, 0))), 1e-200);
}

static void nearly_transposed_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    (void)y;
    if (wanted[0]) out[0] = rg_scale(g, 1 + 0x1p-44);
}

static int calls;
static void drifting_tile(int64_t n, void *y, const void *const *in, const rg_attr *attr)
{
    named_op("sin")->tile[RG_F64](n, y, in, attr);
    ((double *)y)[0] *= 1 + 0x1p-52 * (calls++ % 256);
}

static rg_cause cause_of(const rg_op *op)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape1(5)), *y = rg_apply(op, 1, &x, NULL);
    rg_nodes_report r;
    ck_assert_int_eq(rg_check_nodes(y, 1, &x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_FAIL);
    rg_cause c = r.first.cause;
    rg_tape_free(t);
    return c;
}

/* One sum of squares may add up, where one of the two is 0. */
START_TEST(a_square_is_not_linear_by_chance)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3), *y = rg_powc(x, 2);
    for (uint64_t seed = 0; seed < 200; seed++) {
        rg_nodes_report r;
        ck_assert_int_eq(rg_check_nodes(y, 1, &x, &(rg_check_how){.seed = seed}, NULL, NULL, &r), RG_OK);
        ck_assert_int_eq(r.verdict, RG_PASS);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(laws_that_need_no_tolerance)
{
    rg_op op = *named_op("sin");
    op.vjp = nearly_linear_vjp;
    ck_assert_int_eq(cause_of(&op).mistake, RG_NOT_LINEAR);
    op.vjp = something_for_zero_vjp;
    ck_assert_int_eq(cause_of(&op).mistake, RG_NOT_ZERO);
    op = *named_op("copy");
    op.vjp = nearly_transposed_vjp;
    ck_assert_int_eq(cause_of(&op).mistake, RG_NOT_ADJOINT);
    op = *named_op("sin");
    op.tile[RG_F64] = drifting_tile;
    ck_assert_int_eq(cause_of(&op).mistake, RG_NOT_REPEATED);
}
END_TEST

static void corner_lost_vjp(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *other = rg_detach(rg_in(y, 1)); /* right in value; one corner of the Hessian is 0 */
    if (wanted[0]) out[0] = rg_mul(g, other);
    if (wanted[1]) out[1] = rg_mul(g, rg_in(y, 0));
}

START_TEST(a_hessian_that_is_not_symmetric)
{
    rg_finding f;
    rg_verdict v;
    rg_op op = *named_op("mul");
    rg_check_case c = {.dtype = RG_F64, .order = 1};
    op.vjp = corner_lost_vjp;
    ck_assert_int_eq(rg_check_op(&op, &c, NULL, &f, &v, NULL), RG_OK);
    ck_assert_int_eq(v, RG_PASS);
    c.order = 2;
    ck_assert_int_eq(rg_check_op(&op, &c, NULL, &f, &v, NULL), RG_OK);
    ck_assert_int_eq(v, RG_FAIL);
}
END_TEST

START_TEST(the_same_findings_at_1_and_4_threads)
{
    rg_nodes_report r[2];
    for (int i = 0; i < 2; i++) {
        rg_set_threads(i ? 4 : 1);
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_normal(t, RG_F32, rg_shape2(160, 120)), *w = rg_normal(t, RG_F32, rg_shape2(120, 90));
        rg_node *y = rg_sum(rg_logsumexp(rg_matmul(x, w), 1), 0);
        ck_assert_int_eq(rg_check_nodes(y, 1, &w, NULL, NULL, NULL, &r[i]), RG_OK);
        rg_tape_free(t);
    }
    rg_set_threads(0);
    ck_assert_int_eq(r[0].verdict, RG_PASS);
    ck_assert_double_eq(r[0].whole.analytic, r[1].whole.analytic);
    ck_assert_double_eq(r[0].whole.numeric, r[1].whole.numeric);
    ck_assert_double_eq(r[0].power.relative, r[1].power.relative);
}
END_TEST

/* ---- how nodes are joined ------------------------------------------------------------ */

/* What a backward pass makes of two gradients that meet, where their sum is due. */
typedef rg_node *meet_fn(rg_node *first, rg_node *second);

static rg_node *keep_second(rg_node *first, rg_node *second)
{
    (void)first;
    return second;
}

static rg_node *take_mean(rg_node *first, rg_node *second) { return rg_scale(rg_add(first, second), .5); }

static rg_status wrong_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out, meet_fn *meet)
{
    rg_tape *t = rg_tape_of(y);
    rg_node *slot[200] = {0};
    ck_assert_int_lt(y->id, 200);
    slot[y->id] = seed;
    for (uint32_t id = y->id + 1; id-- > 0;) {
        rg_node *c = rg_node_at(t, id), *part[RG_WIRES] = {0};
        unsigned char wanted[RG_WIRES] = {1, 1, 1, 1, 1, 1};
        bool wished = false;
        for (int i = 0; i < n; i++) wished |= x[i] == c;
        if (!slot[id] || !c->op->vjp || wished) continue;
        c->op->vjp(c, slot[id], wanted, part);
        for (int k = 0; k < c->nin; k++)
            if (part[k]) {
                rg_node **at = &slot[rg_in(c, k)->id];
                *at = *at ? meet(*at, part[k]) : part[k];
            }
    }
    for (int i = 0; i < n; i++) out[i] = slot[x[i]->id];
    return rg_error_of(t)->status;
}

static rg_status overwriting_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out)
{
    return wrong_grad(y, seed, n, x, out, keep_second);
}

static rg_status averaging_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out)
{
    return wrong_grad(y, seed, n, x, out, take_mean);
}

START_TEST(gradients_that_are_not_added_up)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape1(5)), *a = rg_tanh(x);
    rg_node *first = rg_sin(a), *second = rg_exp(a);
    rg_node *y = rg_sum(rg_mul(first, second), RG_ALL_AXES);
    rg_check_how how = {.grad = overwriting_grad};
    rg_nodes_report r;
    char text[RG_NODE_FINDING_TEXT];
    ck_assert_int_eq(rg_check_nodes(y, 1, &x, NULL, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_PASS);
    ck_assert_int_eq(rg_check_nodes(y, 1, &x, &how, NULL, NULL, &r), RG_OK);
    ck_assert_int_eq(r.verdict, RG_FAIL);
    ck_assert_int_eq(r.passed, r.nodes);
    ck_assert_ptr_eq(r.join.node, a);
    ck_assert_int_eq(r.join.cause.mistake, RG_OVERWRITTEN);
    ck_assert_int_eq(r.join.cause.other, first->id);
    ck_assert_ptr_nonnull(strstr(rg_node_finding_text(&r.join, text), "'='"));
    how.grad = averaging_grad; /* neither alone is what arrives */
    ck_assert_int_eq(rg_check_nodes(y, 1, &x, &how, NULL, NULL, &r), RG_OK);
    ck_assert_ptr_eq(r.join.node, a);
    ck_assert_int_eq(r.join.cause.mistake, RG_NOT_ADDED_UP);
    rg_tape_free(t);
}
END_TEST

/* ---- some of the nodes --------------------------------------------------------------- */

static void note_node(void *ud, const rg_node_finding *f)
{
    uint64_t *seen = ud;
    *seen |= (uint64_t)1 << f->node->id;
}

START_TEST(a_few_nodes_drawn_by_the_seed)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[LEAVES], *y = residual_net(t, RG_F32, named_op("tanh"), named_op("matmul"), x);
    rg_nodes_report r;
    uint64_t all = 0, once, again;
    ck_assert_int_lt(y->id, 64);
    for (uint64_t seed = 0; seed < 40; seed++) {
        rg_check_how how = {.nodes = 2, .seed = seed};
        once = again = 0;
        ck_assert_int_eq(rg_check_nodes(y, LEAVES, x, &how, note_node, &once, &r), RG_OK);
        ck_assert_int_eq(r.nodes, 2);
        ck_assert_int_eq(r.verdict, RG_PASS);
        ck_assert_int_eq(r.whole.looked, 0);
        rg_check_nodes(y, LEAVES, x, &how, note_node, &again, &r);
        ck_assert_uint_eq(once, again);
        all |= once;
    }
    ck_assert_int_gt(__builtin_popcountll(all), 8);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("check nodes", a_right_net_passes_node_by_node, usual_mistakes_are_recognised, a_factor_may_be_the_size_of_an_operand,
         every_cause_has_words_of_its_own, what_cannot_be_told_is_counted,
         operands_that_changed_places, a_kernel_that_is_wrong_in_f32_alone,
         a_square_is_not_linear_by_chance, laws_that_need_no_tolerance, a_hessian_that_is_not_symmetric,
         the_same_findings_at_1_and_4_threads, gradients_that_are_not_added_up,
         a_few_nodes_drawn_by_the_seed)
