/* test_plan.c - what a plan promises: the bits of eager recording in every
 * configuration, values that stay where they are, and refusals that say why. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "optim.h"
#include "parts.h"
#include "plan.h"
#include <string.h>

/* ---- a network, trained ------------------------------------------------------------ */

enum { ROWS = 12, IN = 7, WIDE = 9, CLASSES = 4, STEPS = 6 };

typedef struct net {
    rg_tape *t;
    rg_node *x, *labels, *param[6];
    rg_optim *o;
} net;

static void put_noise(rg_node *leaf, uint32_t seed)
{
    size_t n = (size_t)rg_count_of(leaf);
    double v[512];
    ck_assert(n <= 512);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        v[i] = (seed >> 8) / 16777216.0 - 0.5;
    }
    ck_assert_int_eq(rg_write(leaf, RG_F64, v, n), RG_OK);
}

static void put_batch(net *m, uint32_t seed)
{
    int64_t label[ROWS];
    for (int i = 0; i < ROWS; i++) label[i] = (seed + (uint32_t)i * 7) % CLASSES;
    put_noise(m->x, seed);
    ck_assert_int_eq(rg_write(m->labels, RG_I64, label, ROWS), RG_OK);
}

static net make_net(rg_dtype d, bool lazy, rg_optim_config c)
{
    rg_config cfg = {.lazy = lazy, .seed = 5};
    net m = {.t = rg_tape_new(&cfg)};
    rg_shape s[6] = {rg_shape2(IN, WIDE),    rg_shape1(WIDE), rg_shape1(WIDE),
                     rg_shape1(WIDE), rg_shape2(WIDE, CLASSES), rg_shape1(CLASSES)};
    m.x = rg_leaf(m.t, d, rg_shape2(ROWS, IN));
    m.labels = rg_leaf(m.t, RG_I64, rg_shape1(ROWS));
    for (int i = 0; i < 6; i++) {
        m.param[i] = rg_leaf(m.t, d, s[i]);
        put_noise(m.param[i], 77u + (uint32_t)i);
    }
    rg_group g = {.n = 6, .param = m.param, .lr = 0.05, .decay = 0.01};
    m.o = rg_optim_new(m.t, &c, 1, &g);
    ck_assert_ptr_nonnull(m.o);
    return m;
}

/* Batch norm, relu, dropout: everything a step is made of. */
static rg_node *record_step(net *m)
{
    rg_node **p = m->param;
    rg_node *z = rg_add(rg_matmul(m->x, p[0]), p[1]);
    rg_node *n = rg_batchnorm(z, p[2], p[3], 1e-5);
    rg_node *h = rg_dropout(rg_relu(n), 0.8);
    rg_node *loss = rg_cross_entropy(rg_add(rg_matmul(h, p[4]), p[5]), m->labels);
    rg_at(loss, "model.c", 42);
    ck_assert_int_eq(rg_optim_step(m->o, loss), RG_OK);
    return loss;
}

static void free_net(net *m)
{
    rg_optim_free(m->o);
    rg_tape_free(m->t);
}

static void same_bits(const rg_tensor *a, const rg_tensor *b)
{
    size_t n = (size_t)rg_count(a) * rg_dtype_size(a->dtype);
    ck_assert(rg_count(a) == rg_count(b) && a->dtype == b->dtype);
    char *pa = malloc(n + 1), *pb = malloc(n + 1);
    rg_pack(pa, a, 0, rg_count(a));
    rg_pack(pb, b, 0, rg_count(b));
    ck_assert_mem_eq(pa, pb, n);
    free(pa);
    free(pb);
}

static void same_params(const net *a, const net *b)
{
    for (int i = 0; i < 6; i++) {
        rg_tensor wa = rg_peek(a->param[i]), wb = rg_peek(b->param[i]);
        same_bits(&wa, &wb);
    }
}

static void train_both(rg_dtype d, rg_optim_config c, rg_plan_config how, bool lazy)
{
    net eager = make_net(d, false, c), replayed = make_net(d, lazy, c);
    int64_t mark = rg_mark(replayed.t);
    rg_node *loss = record_step(&replayed);
    rg_plan *p = rg_compile(replayed.t, 1, &loss, &how);
    ck_assert_msg(p != NULL, "%s", rg_error_of(replayed.t)->text);
    rg_rewind(replayed.t, mark);
    for (uint32_t i = 0; i < STEPS; i++) {
        put_batch(&eager, i);
        put_batch(&replayed, i);
        int64_t begin = rg_step_begin(eager.t);
        double want = rg_value(record_step(&eager));
        ck_assert_int_eq(rg_step_end(eager.t, begin), RG_OK);
        ck_assert_msg(rg_run(p) == RG_OK, "%s", rg_error_of(replayed.t)->text);
        ck_assert(want == rg_plan_value(p, 0));
        same_params(&eager, &replayed);
    }
    rg_plan_free(p);
    free_net(&eager);
    free_net(&replayed);
}

static const rg_plan_config configs[] = {{0}, {.plain = true}, {.keep = true}};

START_TEST(training_has_the_bits_of_eager)
{
    rg_optim_config optim[] = {rg_sgd(0), rg_sgd(0.9), rg_adam()};
    for (size_t o = 0; o < 3; o++)
        for (size_t c = 0; c < sizeof configs / sizeof *configs; c++)
            for (int lazy = 0; lazy < 2; lazy++)
                for (rg_dtype d = RG_F32; d <= RG_F64; d++) train_both(d, optim[o], configs[c], lazy);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------- */

START_TEST(a_value_read_on_the_way_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 2), *y = rg_square(x);
    y = rg_value(y) > 3 ? rg_neg(y) : rg_exp(y);
    ck_assert_ptr_null(rg_compile(t, 1, &y, NULL));
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "a value was read before neg was recorded"));
    rg_rewind(t, rg_mark(t));
    rg_plan_config how = {.reads_are_fine = true};
    rg_plan *p = rg_compile(t, 1, &y, &how);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_plan_value(p, 0) == -4);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_leaf_that_is_gone_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    int64_t mark = rg_mark(t);
    rg_node *y = rg_square(rg_scalar(t, 2));
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_rewind(t, mark);
    ck_assert_int_eq(rg_run(p), RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "was rewound"));
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* A label out of range: no register has changed, the line is the recording's. */
START_TEST(a_run_that_fails_changes_nothing)
{
    net m = make_net(RG_F32, true, rg_adam());
    put_batch(&m, 1);
    rg_node *loss = record_step(&m);
    rg_plan *p = rg_compile(m.t, 1, &loss, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    net before = make_net(RG_F32, true, rg_adam());
    for (int i = 0; i < 6; i++) {
        rg_tensor w = rg_peek(m.param[i]);
        rg_write(before.param[i], RG_F32, w.data, (size_t)rg_count(&w));
    }
    int64_t label[ROWS] = {0, 1, 9};
    rg_write(m.labels, RG_I64, label, ROWS);
    ck_assert_int_eq(rg_run(p), RG_INDEX);
    ck_assert_ptr_nonnull(strstr(rg_error_of(m.t)->text, "label 9 of row 2"));
    ck_assert_str_eq(rg_error_of(m.t)->file, "model.c");
    same_params(&m, &before);
    rg_plan_free(p);
    free_net(&m);
    free_net(&before);
}
END_TEST

/* Two leaves over one memory: the new value of one must not be seen by readers of the
 * other before the tick. */
START_TEST(leaves_over_one_memory)
{
    double both[4] = {1, 2, 3, 4};
    rg_tape *t = rg_tape_new(NULL);
    rg_tensor w = {.data = both, .dtype = RG_F64, .rank = 1, .dim = {3}, .stride = {1}}, v = w;
    v.data = both + 1;
    rg_node *a = rg_leaf_over(t, &w, false), *b = rg_leaf_over(t, &v, false);
    rg_assign(a, rg_scale(a, 10));
    rg_node *y = rg_sum(rg_mul(b, rg_const(t, RG_F64, rg_shape1(3), 1)), RG_ALL_AXES);
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_plan_value(p, 0) == 9);
    ck_assert(both[0] == 10 && both[1] == 20 && both[2] == 30 && both[3] == 4);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(registers_may_be_swapped)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1), *b = rg_scalar(t, 2), *c = rg_scalar(t, 3);
    rg_assign(a, b);
    rg_assign(b, a);
    rg_assign(c, rg_add(a, c));
    rg_plan *p = rg_compile(t, 0, NULL, NULL);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(rg_run(p), RG_OK);
    rg_rewind(t, 3);
    ck_assert(rg_value(a) == 2 && rg_value(b) == 1 && rg_value(c) == 3 + 1 + 2 + 1);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* ---- ops of one's own ---------------------------------------------------------------- */

static rg_status reverse_run(const rg_call *c)
{
    const double *x = c->in[0].data;
    double *y = c->out.data;
    int64_t width = c->in[0].dim[c->in[0].rank - 1], rows = rg_count(&c->in[0]) / width;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < width; i++) y[r * width + i] = x[r * width + width - 1 - i];
    return RG_OK;
}

static const rg_op reverse = {.abi = RG_OP_ABI, .name = "reverse", .formula = "{a}", .kind = RG_ROWS, .nin = 1,
                              .run = {NULL, reverse_run}};

/* Adds the last number of each row of the second, whose rows may have another width. */
static rg_status add_last_run(const rg_call *c)
{
    const double *x = c->in[0].data, *b = c->in[1].data;
    double *y = c->out.data;
    int64_t width = c->in[0].dim[c->in[0].rank - 1], rows = rg_count(&c->in[0]) / width,
            other = rg_count(&c->in[1]) / rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < width; i++) y[r * width + i] = x[r * width + i] + b[r * other + other - 1];
    return RG_OK;
}

static rg_status like_first(rg_making *m) { return m->dtype = RG_F64, RG_OK; }

static const rg_op add_last = {.abi = RG_OP_ABI, .name = "add_last", .formula = "{a} {b}", .kind = RG_ROWS, .nin = 2,
                               .shape = like_first, .run = {NULL, add_last_run}};

static void widen_tile(int64_t n, void *y, const void *const *in, const rg_attr *attr)
{
    const float *x = in[0];
    double *to = y;
    (void)attr;
    for (int64_t i = 0; i < n; i++) to[i] = 2.0 * (double)x[i];
}

static const rg_op widen = {.abi = RG_OP_ABI, .name = "widen", .formula = "{a}", .kind = RG_ELEMENTWISE, .nin = 1,
                            .shape = like_first, .tile = {widen_tile}};

static void plan_is_eager(rg_tape *t, rg_node *y)
{
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_tensor want = rg_peek(y), got = rg_plan_out(p, 0);
    same_bits(&want, &got);
    rg_plan_free(p);
}

START_TEST(a_row_op_does_not_write_what_it_reads)
{
    double v[6] = {1, 2, 3, 4, 5, 6}, want[6] = {3, 2, 1, 6, 5, 4}, got[6];
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_leaf_from(t, RG_F64, rg_shape2(2, 3), v, 6);
    rg_assign(w, rg_apply(&reverse, 1, &w, NULL));
    rg_plan *p = rg_compile(t, 0, NULL, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_read(w, RG_F64, got, 6);
    ck_assert_mem_eq(got, want, sizeof want);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(rows_of_another_width)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *wide = rg_leaf(t, RG_F64, rg_shape2(40, 6)), *slim = rg_leaf(t, RG_F64, rg_shape2(40, 2));
    put_noise(wide, 1);
    put_noise(slim, 2);
    rg_node *one[] = {rg_neg(wide), rg_neg(slim)}, *two[] = {one[1], one[0]};
    plan_is_eager(t, rg_exp(rg_apply(&add_last, 2, one, NULL)));
    plan_is_eager(t, rg_exp(rg_apply(&add_last, 2, two, NULL)));
    rg_tape_free(t);
}
END_TEST

START_TEST(elements_that_grow)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(20, 20)), *in[1];
    put_noise(x, 3);
    in[0] = rg_matmul(x, x);
    plan_is_eager(t, rg_apply(&widen, 1, in, NULL));
    in[0] = rg_neg(x);
    plan_is_eager(t, rg_exp(rg_apply(&widen, 1, in, NULL)));
    rg_tape_free(t);
}
END_TEST

/* ---- what is handed on ---------------------------------------------------------------- */

static void count_handed_on(rg_tape *t, rg_node *y, uint32_t want)
{
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    ck_assert_uint_eq(p->gathered.handed_on, want);
    rg_plan_free(p);
    plan_is_eager(t, y);
}

/* A sum of one number is that number, -0 too; so is the largest, and what is scaled by 1. */
START_TEST(folds_of_one_number_are_left_out)
{
    static const double v[] = {-0.0, (double)NAN, (double)INFINITY, 1e-310, -3, 0};
    for (int d = RG_F32; d <= RG_F64; d++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_leaf(t, (rg_dtype)d, rg_shape3(1, 6, 1));
        rg_write(x, RG_F64, v, 6);
        count_handed_on(t, rg_neg(rg_sum(x, 0)), 1);
        count_handed_on(t, rg_neg(rg_sum_keep(x, 2)), 1);
        count_handed_on(t, rg_neg(rg_amax(x, -1)), 1);
        count_handed_on(t, rg_neg(rg_mean(rg_amin(x, 0), -1)), 3);
        count_handed_on(t, rg_neg(rg_sum(x, 1)), 0);
        count_handed_on(t, rg_scale(rg_neg(x), 1), 1);
        count_handed_on(t, rg_sum(x, 0), 1);
        rg_tape_free(t);
    }
}
END_TEST

/* A product chooses its way by strides: the repeated number of a folded constant must not look
 * otherwise than the numbers of the recording. */
START_TEST(products_of_folded_constants)
{
    for (int d = RG_F32; d <= RG_F64; d++)
        for (int64_t m = 1; m < 20; m++) {
            rg_tape *t = rg_tape_new(NULL);
            rg_node *x = rg_normal(t, (rg_dtype)d, rg_shape2(9, 11));
            rg_node *one = rg_const(t, (rg_dtype)d, rg_shape2(11, m), 1), *c = rg_neg(one);
            rg_node *y[] = {rg_matmul(rg_transpose(c), rg_transpose(x)), rg_matmul(x, c)};
            rg_plan *p = rg_compile(t, 2, y, NULL);
            ck_assert_int_eq(rg_run(p), RG_OK);
            for (int i = 0; i < 2; i++)
                ck_assert_mem_eq(rg_plan_out(p, i).data, rg_peek(y[i]).data,
                                 (size_t)rg_count_of(y[i]) * rg_dtype_size((rg_dtype)d));
            rg_plan_free(p);
            rg_tape_free(t);
        }
}
END_TEST

/* A register may take a value of another shape that lies in memory as it does. */
START_TEST(a_register_takes_a_sum_of_one_row)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_leaf(t, RG_F64, rg_shape1(4)), *x = rg_leaf(t, RG_F64, rg_shape2(1, 4));
    double want[4], got[4];
    put_noise(x, 9);
    rg_assign(w, rg_sum(rg_square(x), 0));
    rg_read(rg_square(x), RG_F64, want, 4);
    rg_plan *p = rg_compile(t, 0, NULL, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_read(w, RG_F64, got, 4);
    ck_assert_mem_eq(got, want, sizeof want);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* ---- beside eager recording ------------------------------------------------------------ */

START_TEST(a_run_without_chance_leaves_chance_alone)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *y = rg_square(rg_scalar(t, 2));
    rg_plan *p = rg_compile(t, 1, &y, NULL);
    rg_node *before = rg_uniform(t, RG_F64, rg_shape0());
    ck_assert_int_eq(rg_run(p), RG_OK);
    ck_assert(rg_value(before) != rg_value(rg_uniform(t, RG_F64, rg_shape0())));
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_leaf_written_on_the_way_is_told)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 2), *y = rg_square(x);
    rg_write(x, RG_F64, &(double){5}, 1);
    y = rg_add(y, rg_square(rg_neg(x)));
    ck_assert_ptr_null(rg_compile(t, 1, &y, NULL));
    ck_assert_ptr_nonnull(strstr(rg_error_of(t)->text, "was written in the midst"));
    rg_rewind(t, 0);
    rg_node *u = rg_uniform(t, RG_F64, rg_shape0());
    rg_commit(t);
    u = rg_add(u, rg_uniform(t, RG_F64, rg_shape0()));
    ck_assert_ptr_null(rg_compile(t, 1, &u, NULL));
    rg_tape_free(t);
}
END_TEST

/* Registers, leaves over them, what is left out: outputs are what was true during the run,
 * and stay. */
START_TEST(outputs_are_the_plans_own)
{
    double v[3] = {1, 2, 3}, ten[3] = {10, 10, 10};
    rg_tape *t = rg_tape_new(NULL);
    rg_tensor over = {.data = v, .dtype = RG_F64, .rank = 1, .dim = {3}, .stride = {1}};
    rg_node *w = rg_leaf_over(t, &over, false), *again = rg_leaf_over(t, &over, true);
    rg_node *same = rg_mul(w, rg_const(t, RG_F64, rg_shape1(3), 1)), *next = rg_scale(w, 2);
    rg_assign(w, next);
    rg_node *out[] = {w, again, same, rg_counter(t), next};
    rg_plan *p = rg_compile(t, 5, out, NULL);
    ck_assert_int_eq(rg_run(p), RG_OK);
    rg_write(w, RG_F64, ten, 3);
    for (int i = 0; i < 3; i++) ck_assert(((double *)rg_plan_out(p, i).data)[2] == 3);
    ck_assert(rg_plan_value(p, 3) == 0);
    ck_assert(((double *)rg_plan_out(p, 4).data)[2] == 6);
    rg_plan_free(p);
    rg_tape_free(t);
}
END_TEST

/* Where registers show each other's memory, the order of the tick is that of rg_commit. */
START_TEST(registers_over_one_memory)
{
    double both[2][4];
    for (int run = 0; run < 2; run++) {
        double *v = both[run];
        for (int i = 0; i < 4; i++) v[i] = i + 1;
        rg_tape *t = rg_tape_new(NULL);
        rg_tensor w = {.data = v, .dtype = RG_F64, .rank = 1, .dim = {3}, .stride = {1}}, x = w;
        x.data = v + 1;
        rg_node *a = rg_leaf_over(t, &w, false), *b = rg_leaf_over(t, &x, false);
        rg_assign(a, rg_scale(a, 10));
        rg_assign(b, rg_scale(b, 100));
        rg_plan *p = rg_compile(t, 0, NULL, NULL);
        ck_assert_int_eq(run ? rg_run(p) : rg_commit(t), RG_OK);
        rg_plan_free(p);
        rg_tape_free(t);
    }
    ck_assert_mem_eq(both[0], both[1], sizeof *both);
}
END_TEST

RG_SUITE("plan", training_has_the_bits_of_eager,
         a_value_read_on_the_way_is_told, a_leaf_that_is_gone_is_told, a_run_that_fails_changes_nothing,
         leaves_over_one_memory, registers_may_be_swapped, a_row_op_does_not_write_what_it_reads, rows_of_another_width,
         elements_that_grow, folds_of_one_number_are_left_out, products_of_folded_constants, a_register_takes_a_sum_of_one_row, a_run_without_chance_leaves_chance_alone, a_leaf_written_on_the_way_is_told,
         outputs_are_the_plans_own, registers_over_one_memory)
