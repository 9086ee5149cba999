/* test_plan_guards.c - what a plan refuses, what it leaves alone when it does, and memory
 * that runs out at every allocation of compiling and running. */
#define RG_NO_HERE
#include "suite.h"
#include "functional.h"
#include "gradcheck.h"
#include "nodecheck.h"
#include "ops.h"
#include "plan.h"
#include "rounding.h"
#include <math.h>
#include <string.h>

/* ---- refusals ---------------------------------------------------------------------- */

START_TEST(nothing_is_asked_of_nothing)
{
    rg_plan_free(NULL);
    ck_assert_ptr_null(rg_compile(NULL, 0, NULL, NULL));
    ck_assert_int_eq(rg_run(NULL), RG_USAGE);
    ck_assert_ptr_null(rg_plan_out(NULL, 0).data);
    ck_assert_ptr_null(rg_plan_peek(NULL, 0).data);
    ck_assert(isnan(rg_plan_value(NULL, 0)));
    ck_assert_uint_eq(rg_plan_bytes(NULL), 0);
    rg_tape *t = rg_tape_new(NULL);
    rg_plan *p = rg_compile(t, 0, NULL, NULL); /* nothing to do is done */
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

static void expect_refusal(rg_tape *t, int n, rg_node *const *out, rg_status s)
{
    ck_assert_ptr_null(rg_compile(t, n, out, NULL));
    ck_assert_int_eq(rg_error_of(t)->status, s);
}

START_TEST(outputs_that_are_none)
{
    rg_tape *t = rg_tape_new(NULL), *other = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *null = NULL, *foreign = rg_scalar(other, 1);
    int64_t mark = rg_mark(t);
    expect_refusal(t, 1, &null, RG_USAGE);
    rg_rewind(t, mark);
    expect_refusal(t, 1, &foreign, RG_USAGE);
    rg_rewind(t, mark);
    expect_refusal(t, 1, NULL, RG_USAGE);
    rg_rewind(t, mark);
    expect_refusal(t, -1, &x, RG_USAGE);
    rg_rewind(t, mark);
    rg_node *wrong = rg_matmul(x, x);
    expect_refusal(t, 1, &wrong, RG_SHAPE); /* the error of the tape stays the first */
    expect_refusal(t, 1, &x, RG_SHAPE);
    rg_rewind(t, mark);
    rg_plan *p = rg_compile(t, 1, &x, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_plan_value(p, 0) == 1);
    ck_assert(isnan(rg_plan_value(p, 1)));
    rg_plan_free(p);
    rg_tape_free(t);
    rg_tape_free(other);
}
END_TEST

START_TEST(no_run_while_an_error_waits)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3), *y = rg_square(x);
    int64_t mark = rg_mark(t);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    rg_matmul(x, x);
    ck_assert_int_eq(rg_run(p), RG_SHAPE);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_plan_value(p, 0) == 9);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* What was recorded before the read may be compiled: no decision was taken on it. */
START_TEST(a_read_at_the_end_is_fine)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = rg_exp(rg_square(rg_scalar(t, 2)));
    double v = rg_value(y);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_plan_value(p, 0) == v);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* ---- values that were read --------------------------------------------------------- */

/* A plan of y is refused, because a value decided what it is. */
static void told_of_a_decision(rg_tape *t, int n, rg_node *const *y)
{
    ck_assert_ptr_null(rg_compile(t, n, y, NULL));
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "a value was read before"));
    rg_rewind(t, rg_mark(t)); /* forgets the error, not the reading */
    ck_assert_ptr_null(rg_compile(t, n, y, NULL));
    rg_tape_free(t);
}

/* What decided is no longer on the tape. */
START_TEST(a_read_is_remembered_when_its_node_is_rewound)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = rg_square(rg_scalar(t, 1));
    int64_t mark = rg_mark(t);
    rg_scalar(t, 0);
    double d = rg_value(rg_sin(y));
    rg_rewind(t, mark);
    y = d > 0 ? rg_exp(y) : rg_neg(y);
    told_of_a_decision(t, 1, &y);
}
END_TEST

/* Nor does the plan need it: it stands before all that the plan computes. */
START_TEST(a_read_of_what_the_plan_leaves_out_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(3));
    rg_node *y = rg_value(rg_sum(rg_reshape(x, rg_shape1(3)), 0)) > 0 ? rg_exp(x) : rg_neg(x);
    told_of_a_decision(t, 1, &y);
    t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 3); /* the loss decides the step */
    rg_assign(w, rg_scale(w, rg_value(rg_square(w)) > 1 ? .5 : 2));
    told_of_a_decision(t, 0, NULL);
}
END_TEST

START_TEST(a_number_drawn_to_decide_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3);
    rg_node *y = rg_value(rg_uniform(t, RG_F64, rg_shape0())) < .5 ? rg_exp(x) : rg_neg(x);
    told_of_a_decision(t, 1, &y);
}
END_TEST

/* The upstream 1 of a gradient has no line; what follows it has. */
START_TEST(the_line_of_a_decision_is_one_of_the_program)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_at(rg_scalar(t, 3), "step.c", 1), *y = rg_at(rg_square(x), "step.c", 2), *g;
    double d = rg_value(y);
    ck_assert_int_eq(rg_grad(y, NULL, 1, &x, &g), RG_OK);
    y = rg_at(rg_scale(g, d), "step.c", 4);
    ck_assert_ptr_null(rg_compile(t, 1, &y, NULL));
    const char *text = rg_error_of(t)->text;
    ck_assert_msg(strstr(text, "at line 2 (scalar f64 (step.c:2))"), "%s", text);
    rg_tape_free(t);
}
END_TEST

/* They leave the tape as it was; a matrix that was read may decide. */
START_TEST(a_check_is_no_reading_but_a_jacobian_is)
{
    for (int k = 0; k < 4; k++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_scalar(t, 3), *y = rg_square(x);
        rg_report r;
        rg_nodes_report nodes;
        rg_rounding digits;
        double slope, *J = &slope;
        rg_status s = k == 0   ? rg_check_graph(y, 1, &x, NULL, NULL, &r)
                      : k == 1 ? rg_check_nodes(y, 1, &x, NULL, NULL, NULL, &nodes)
                      : k == 2 ? rg_check_rounding(y, 1, &x, 1, &digits)
                               : rg_read_jacobian(y, 1, &x, &J);
        ck_assert_int_eq(s, RG_OK);
        y = rg_exp(y);
        if (k == 3) {
            told_of_a_decision(t, 1, &y);
            break;
        }
        rg_plan *p = rg_compile(t, 1, &y, NULL);
        ck_assert_msg(p != NULL, "%d: %s", k, rg_error_of(t)->text);
        rg_plan_free(p);
        rg_tape_free(t);
    }
}
END_TEST

/* A constant, a window and a copy made at set-up begin nothing, nor does what was computed
 * from other leaves; the loss of the step before was rewound with all its step. */
START_TEST(reads_before_the_recording_are_fine)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 3), *half = rg_const(t, RG_F64, rg_shape0(), .5), *copy = rg_scalar(t, 0);
    rg_node *window = rg_detach(x), *other = rg_square(rg_scalar(t, 2));
    rg_assign(copy, x);
    rg_commit(t);
    double scale = rg_value(x) + rg_value(other);
    int64_t mark = rg_mark(t);
    for (int step = 0; step < 2; step++) {
        rg_rewind(t, mark);
        rg_node *y = rg_mul(rg_scale(window, scale), half);
        rg_plan *p = rg_compile(t, 1, &y, NULL);
        ck_assert_msg(p && rg_run(p) == RG_OK, "%s", rg_error_of(t)->text);
        ck_assert(rg_plan_value(p, 0) == 10.5 && rg_value(y) == 10.5);
        rg_plan_free(p);
    }
    rg_tape_free(t);
}
END_TEST

/* ---- leaves that were written ------------------------------------------------------- */

static void write_one(rg_node *x, double v) { ck_assert_int_eq(rg_write(x, RG_F64, &v, 1), RG_OK); }

/* A plan of what was recorded is refused: x had two values in it. Frees the tape. */
static void told_of_two_values(rg_tape *t, int n, rg_node *const *out)
{
    ck_assert_ptr_null(rg_compile(t, n, out, NULL));
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "was written in the midst of the recording"));
    rg_tape_free(t);
}

/* What copies a leaf reads it as any op does: an assignment, an output. */
START_TEST(a_leaf_written_between_a_copy_and_an_op_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1);
    rg_assign(rg_scalar(t, 0), rg_reshape(x, rg_shape0()));
    write_one(x, 2);
    rg_node *y = rg_exp(x);
    told_of_two_values(t, 1, &y);
    t = rg_tape_new(NULL);
    x = rg_scalar(t, 1);
    y = rg_exp(x);
    write_one(x, 2);
    told_of_two_values(t, 2, (rg_node *[]){y, x});
}
END_TEST

/* The last writing is behind all readers, the one before is not. */
START_TEST(a_leaf_written_more_than_once_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *y = NULL;
    for (int batch = 0; batch < 3; batch++) {
        rg_node *loss = rg_exp(x);
        y = y ? rg_add(y, loss) : loss;
        write_one(x, batch);
    }
    told_of_two_values(t, 1, &y);
}
END_TEST

START_TEST(a_leaf_written_through_another_is_told)
{
    for (int own = 0; own < 2; own++) /* the other is over memory of the tape */
        for (int reader = 0; reader < 2; reader++) {
            double memory = 1;
            rg_tape *t = rg_tape_new(NULL);
            rg_tensor w = {.data = &memory, .dtype = RG_F64};
            rg_node *x = own ? rg_scalar(t, 1) : rg_leaf_over(t, &w, false);
            w = rg_peek(x);
            rg_node *other = rg_leaf_over(t, &w, false), *before = rg_exp(x);
            write_one(other, 2);
            rg_node *y = rg_add(before, rg_exp(reader ? other : x));
            told_of_two_values(t, 1, &y);
        }
}
END_TEST

/* One value each: written before all readers, behind them, or before its only reader; read
 * by what handed it on; beside memory that was written. */
START_TEST(leaves_written_elsewhere_are_fine)
{
    double memory[2] = {1, 1};
    rg_tape *t = rg_tape_new(NULL);
    rg_tensor w = {.data = memory, .dtype = RG_F64}, v = {.data = memory + 1, .dtype = RG_F64};
    rg_node *x = rg_leaf_over(t, &w, false), *beside = rg_leaf_over(t, &v, false);
    write_one(x, 2);
    rg_node *same = rg_scale(x, 1), *y = rg_square(x);
    write_one(beside, 3);
    y = rg_add(rg_mul(y, rg_scalar(t, 2)), rg_mul(x, beside));
    write_one(x, 1);
    rg_node *out[] = {y, same};
    rg_plan *p = rg_compile(t, 2, out, NULL);
    ck_assert_msg(p && rg_run(p) == RG_OK, "%s", rg_error_of(t)->text);
    ck_assert(rg_plan_value(p, 0) == 5 && rg_plan_value(p, 1) == 1);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* Recorded once, before steps that write its leaf at their beginning and their end. */
START_TEST(steps_between_a_recording_and_its_plan)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 1), *y = rg_square(x), *z;
    int64_t mark = rg_mark(t);
    for (int step = 0; step < 5; step++) {
        write_one(x, step);
        rg_assign(x, rg_offset(x, 1));
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_msg(p && rg_run(p) == RG_OK, "%s", rg_error_of(t)->text);
    ck_assert(rg_plan_value(p, 0) == 25);
    rg_plan_free(p);
    z = rg_add(y, rg_exp(x)); /* but behind the steps x is another */
    told_of_two_values(t, 1, &z);
}
END_TEST

/* The tick of a run is one: what is drawn behind it is other numbers, which no plan can draw
 * together with those before. */
START_TEST(draws_around_the_tick_of_a_run_are_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 1);
    rg_assign(w, rg_scale(w, 2));
    rg_plan *p = rg_compile(t, 0, NULL, NULL);
    ck_assert_int_eq(rg_commit(t), RG_OK);
    rg_node *a = rg_uniform(t, RG_F64, rg_shape1(1));
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_node *b = rg_uniform(t, RG_F64, rg_shape1(1));
    ck_assert(*(double *)rg_peek(a).data != *(double *)rg_peek(b).data);
    rg_plan_free(p);
    told_of_two_values(t, 2, (rg_node *[]){a, b});
}
END_TEST

/* Rewound, its memory is read on; a leaf that the plan writes has to stay. */
START_TEST(memory_of_the_caller_outlives_its_leaf)
{
    double memory = 3;
    rg_tape *t = rg_tape_new(NULL);
    rg_tensor w = {.data = &memory, .dtype = RG_F64};
    rg_node *x = rg_leaf_over(t, &w, false), *y = rg_square(x);
    rg_plan *reads = rg_compile(t, 1, &y, NULL);
    rg_assign(x, y);
    rg_plan *writes = rg_compile(t, 0, NULL, NULL);
    rg_rewind(t, 0);
    memory = 4;
    ck_assert_int_eq(rg_run(reads), RG_OK);
    ck_assert(rg_plan_value(reads, 0) == 16);
    ck_assert_int_eq(rg_run(writes), RG_USAGE);
    ck_assert(memory == 4);
    rg_plan_free(reads);
    rg_plan_free(writes);
    rg_tape_free(t);
}
END_TEST

/* A label out of range, or a singular matrix, after the value of a register was ready. */
START_TEST(registers_survive_a_refusal)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_leaf(t, RG_F32, rg_shape2(2, 3)), *label = rg_leaf(t, RG_I64, rg_shape1(2));
    int64_t bad[2] = {0, 3}, good[2] = {0, 2}, mark = rg_mark(t);
    rg_assign(w, rg_offset(w, 1));
    rg_node *loss = rg_sum(rg_nll(w, label), 0);
    rg_plan *p = rg_compile(t, 1, &loss, NULL);
    float now[6];
    rg_write(label, RG_I64, bad, 2);
    ck_assert_int_eq(rg_run(p), RG_INDEX);
    rg_rewind(t, mark);
    rg_read(w, RG_F32, now, 6);
    for (int i = 0; i < 6; i++) ck_assert(now[i] == 0);
    rg_write(label, RG_I64, good, 2);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_read(w, RG_F32, now, 6);
    for (int i = 0; i < 6; i++) ck_assert(now[i] == 1);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* ---- leaves over one memory -------------------------------------------------------- */

static rg_node *window(rg_tape *t, double *at)
{
    rg_tensor w = {.data = at, .dtype = RG_F64, .rank = 1, .dim = {2}, .stride = {1}};
    return rg_leaf_over(t, &w, false);
}

/* Eager and plan agree which of two values stays where two registers overlap. */
START_TEST(overlapping_registers_take_their_values_in_one_order)
{
    double both[2][3] = {{1, 2, 3}, {1, 2, 3}};
    for (int replayed = 0; replayed < 2; replayed++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *a = window(t, both[replayed]), *b = window(t, both[replayed] + 1);
        rg_assign(a, rg_scale(a, 10));
        rg_assign(b, rg_scale(b, 100));
        rg_plan *p = replayed ? rg_compile(t, 0, NULL, NULL) : NULL;
        ck_assert_int_eq(replayed ? rg_run(p) : rg_commit(t), RG_OK);
        rg_plan_free(p);
        rg_tape_free(t);
    }
    ck_assert_mem_eq(both[0], both[1], sizeof *both);
}
END_TEST

/* An output is what a leaf held in the run, not what a register put there at its end. */
START_TEST(an_output_where_a_register_lies)
{
    double both[3] = {1, 2, 3};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = window(t, both), *b = window(t, both + 1);
    rg_assign(a, rg_scale(a, 10));
    rg_plan *p = rg_compile(t, 1, &b, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(*(double *)rg_plan_out(p, 0).data == 2 && both[1] == 20);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* ---- memory that runs out ---------------------------------------------------------- */

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

/* A step of a network; compiling and running from allocation `fail_at` on, counted from
 * there. Afterwards, memory being back, the same works. */
static rg_status starved_plan(meter *m, const rg_plan_config *how)
{
    rg_config cfg = {.mem = failing, .ud = m, .lazy = true};
    long fail_at = m->fail_at;
    m->fail_at = -1;
    rg_tape *t = rg_tape_new(&cfg);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(12, 20)), *w = rg_leaf(t, RG_F32, rg_shape2(20, 6)), *g;
    rg_node *labels = rg_leaf(t, RG_I64, rg_shape1(12));
    rg_node *h = rg_dropout(rg_tanh(rg_softmax(rg_matmul(x, w), 0)), .9);
    rg_node *loss = rg_cross_entropy(rg_reshape(rg_transpose(h), rg_shape2(12, 6)), labels);
    rg_grad(loss, NULL, 1, &w, &g);
    rg_assign(w, rg_sub(w, rg_scale(g, .1)));
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    int64_t mark = rg_mark(t);
    m->calls = 0;
    m->fail_at = fail_at;
    rg_plan *p = rg_compile(t, 1, &loss, how);
    rg_status s = p ? rg_run(p) : rg_error_of(t)->status;
    rg_plan_free(p);
    long calls = m->calls;
    m->fail_at = -1;
    rg_rewind(t, mark);
    p = rg_compile(t, 1, &loss, how);
    ck_assert_msg(p && rg_run(p) == RG_OK, "%s", rg_error_of(t)->text);
    rg_plan_free(p);
    rg_tape_free(t);
    m->calls = calls;
    return s;
}

START_TEST(memory_may_run_out_in_every_plan)
{
    const rg_plan_config configs[] = {{0}, {.plain = true}, {.keep = true}};
    for (size_t c = 0; c < sizeof configs / sizeof *configs; c++)
        for (long k = 0;; k++) {
            meter m = {.fail_at = k};
            rg_status s = starved_plan(&m, &configs[c]);
            ck_assert_msg(m.live == 0, "allocation %ld leaks", k);
            ck_assert_int_eq(s, m.calls <= k ? RG_OK : RG_NOMEM);
            if (m.calls <= k) break;
        }
}
END_TEST

/* Sizes that add up to 2^64 and more: of outputs, of values that are kept between them. */
START_TEST(sizes_that_cannot_be_added_are_no_memory)
{
    enum { OUTPUTS = 5 };
    for (int kept = 0; kept < 2; kept++) {
        rg_tape *t = rg_tape_new(&(rg_config){.lazy = true});
        rg_node *x = rg_leaf(t, RG_F64, rg_shape0()), *out[OUTPUTS];
        rg_node *large = rg_broadcast(x, rg_shape2((int64_t)1 << 29, ((int64_t)1 << 30) - 1));
        for (int i = 0; i < 4; i++) out[i] = rg_offset(large, i + 1);
        out[4] = rg_exp(rg_broadcast(x, rg_shape1((int64_t)1 << 31)));
        for (int i = 0; i < OUTPUTS && kept; i++) out[i] = rg_sum(out[i], RG_ALL_AXES);
        ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
        expect_refusal(t, OUTPUTS, out, RG_NOMEM);
        ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "bytes in all"));
        rg_tape_free(t);
    }
}
END_TEST

/* From the first node on; of a plan that keeps, each has its number. */
START_TEST(a_plan_that_keeps_shows_every_node)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = rg_square(rg_scalar(t, 3));
    rg_plan *p = rg_compile(t, 1, &y, &(rg_plan_config){.keep = true});
    ck_assert_int_eq(rg_run(p), RG_OK);
    const double *x = rg_plan_peek(p, 0).data, *square = rg_plan_peek(p, 1).data;
    ck_assert(x && *x == 3 && square && *square == 9);
    ck_assert(!rg_plan_peek(p, -1).data && !rg_plan_peek(p, rg_len(t)).data);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("plan_guards", nothing_is_asked_of_nothing, outputs_that_are_none, no_run_while_an_error_waits,
         a_read_at_the_end_is_fine, a_read_is_remembered_when_its_node_is_rewound,
         a_read_of_what_the_plan_leaves_out_is_told, a_number_drawn_to_decide_is_told,
         the_line_of_a_decision_is_one_of_the_program,
         a_check_is_no_reading_but_a_jacobian_is,
         reads_before_the_recording_are_fine, a_leaf_written_between_a_copy_and_an_op_is_told,
         a_leaf_written_more_than_once_is_told, a_leaf_written_through_another_is_told,
         leaves_written_elsewhere_are_fine, steps_between_a_recording_and_its_plan,
         draws_around_the_tick_of_a_run_are_told, memory_of_the_caller_outlives_its_leaf, registers_survive_a_refusal,
         overlapping_registers_take_their_values_in_one_order, an_output_where_a_register_lies,
         memory_may_run_out_in_every_plan, sizes_that_cannot_be_added_are_no_memory, a_plan_that_keeps_shows_every_node)
