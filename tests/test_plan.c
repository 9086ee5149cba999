/* test_plan.c - what a plan promises: the bits of eager recording in every
 * configuration, values that stay where they are, and refusals that say why. */
#define RG_NO_HERE
#include "suite.h"
#include "internal.h"
#include "ops.h"
#include "optim.h"
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

RG_SUITE("plan", training_has_the_bits_of_eager)
