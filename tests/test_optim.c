/* test_optim.c - optimizers against closed forms; groups, gathering, clipping, text; an
 * update that is differentiated. Against PyTorch: test_optim_peer.c; the identities of
 * notes 10: test_optim_paths.c. */
#include "nn_help.h"

static rg_optim *one_group(rg_tape *t, rg_optim_config c, double lr, int n, rg_node *const *w)
{
    rg_group g = {.n = n, .param = w, .lr = lr};
    rg_optim *o = rg_optim_new(t, &c, 1, &g);
    ck_assert_msg(o != NULL, "%s", rg_error_of(t)->text);
    return o;
}

/* A step on loss = slope w, so that the gradient is slope. */
static double step_by(rg_tape *t, rg_optim *o, rg_node *w, double slope)
{
    int64_t mark = rg_step_begin(t);
    ck_assert_int_eq(rg_optim_step(o, rg_sum(rg_scale(w, slope), RG_ALL_AXES)), RG_OK);
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    return rg_value(w);
}

/* ---- closed forms ----------------------------------------------------------------------- */

START_TEST(plain_descent)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 1);
    rg_optim *o = one_group(t, rg_sgd(0), 0.1, 1, &w);
    ck_assert_double_eq_tol(step_by(t, o, w, 3), 1 - 0.1 * 3, 1e-15);
    ck_assert_double_eq_tol(step_by(t, o, w, -2), 1 - 0.1 * 3 + 0.1 * 2, 1e-15);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* v1 = -lr g1, v2 = -lr (a g1 + g2), v3 = -lr (a a g1 + a g2 + g3): notes 10.2. */
START_TEST(momentum_unrolled)
{
    const double a = 0.9, lr = 0.1, g[] = {3, -2, 5};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 0);
    rg_optim *o = one_group(t, rg_sgd(a), lr, 1, &w);
    double v1 = -lr * g[0], v2 = -lr * (a * g[0] + g[1]), v3 = -lr * (a * a * g[0] + a * g[1] + g[2]);
    ck_assert_double_eq_tol(step_by(t, o, w, g[0]), v1, 1e-15);
    ck_assert_double_eq_tol(step_by(t, o, w, g[1]), v1 + v2, 1e-15);
    ck_assert_double_eq_tol(step_by(t, o, w, g[2]), v1 + v2 + v3, 1e-15);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* The two forms differ in what a new learning rate does to the speed that is there. */
START_TEST(momentum_when_the_rate_changes)
{
    for (int outside = 0; outside < 2; outside++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = rg_scalar(t, 0);
        rg_optim_config c = rg_sgd(0.5);
        c.lr_outside = outside;
        rg_optim *o = one_group(t, c, 0.1, 1, &w);
        double before = step_by(t, o, w, 1), lr = 0.2;
        ck_assert_double_eq_tol(before, -0.1, 1e-15);
        ck_assert_int_eq(rg_write(rg_optim_lr(o, 0), RG_F64, &lr, 1), RG_OK);
        double moved = step_by(t, o, w, 1) - before;
        ck_assert_double_eq_tol(moved, outside ? -0.2 * 1.5 : -0.5 * 0.1 - 0.2, 1e-15);
        rg_optim_free(o);
        rg_tape_free(t);
    }
}
END_TEST

/* m' = g and v' = g g, so the first step is lr g/sqrt(g g + nu), whatever g is. */
START_TEST(adam_first_step)
{
    const double slope[] = {1e-6, -0.3, 1, 5e6};
    for (int i = 0; i < 4; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = rg_scalar(t, 0);
        rg_optim *o = one_group(t, rg_adam(), 1e-3, 1, &w);
        double g = slope[i], want = -1e-3 * g / sqrt(g * g + 1e-16);
        ck_assert_double_eq_tol(step_by(t, o, w, g), want, 1e-15);
        rg_optim_free(o);
        rg_tape_free(t);
    }
}
END_TEST

/* With one gradient for ever, m' = g and v' = g g at every step. */
START_TEST(adam_steady)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 0);
    rg_optim *o = one_group(t, rg_adam(), 0.01, 1, &w);
    double at = 0;
    for (int i = 0; i < 50; i++) at = step_by(t, o, w, 2);
    ck_assert_double_eq_tol(at, -0.5, 1e-12);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

START_TEST(adam_without_gradient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 7);
    rg_optim *o = one_group(t, rg_adam(), 0.01, 1, &w);
    ck_assert_double_eq(step_by(t, o, w, 0), 7);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* ---- groups, gathering, clipping --------------------------------------------------------------- */

START_TEST(groups_have_rates_of_their_own)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_scalar(t, 1), *b = rg_scalar(t, 1), *unused = rg_scalar(t, 1);
    rg_node *second[] = {b, unused};
    rg_group g[] = {{.n = 1, .param = &a, .lr = 0.1}, {.n = 2, .param = second, .lr = 0.01, .decay = 2}};
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 2, g);
    int64_t mark = rg_step_begin(t);
    ck_assert_int_eq(rg_optim_step(o, rg_add(a, rg_scale(b, 3))), RG_OK);
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    ck_assert_double_eq_tol(rg_value(a), 1 - 0.1, 1e-15);
    ck_assert_double_eq_tol(rg_value(b), (1 - 0.01 * 2) - 0.01 * 3, 1e-15);
    ck_assert_double_eq(rg_value(unused), 1);
    ck_assert_double_eq(rg_value(rg_optim_lr(o, 1)), 0.01);
    rg_optim_lr(o, 2);
    ck_assert_int_eq(rg_error_of(t)->status, RG_INDEX);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

typedef struct net {
    rg_tape *t;
    rg_node *w[2], *x, *label;
    rg_optim *o;
} net;

static net new_net(const rg_config *cfg, bool accumulate)
{
    static const int64_t label[] = {0, 2, 1, 1, 0, 2, 2, 0, 1, 0, 1, 2};
    net n = {.t = rg_tape_new(cfg)};
    if (!n.t) return n;
    n.w[0] = rg_leaf(n.t, RG_F64, rg_shape2(4, 5));
    n.w[1] = rg_leaf(n.t, RG_F64, rg_shape2(5, 3));
    for (int i = 0; i < 2; i++) rg_init_draw(n.w[i], rg_he(true), 5, 5, 1, (uint64_t)i);
    n.x = rg_leaf(n.t, RG_F64, rg_shape2(12, 4));
    rg_init_draw(n.x, rg_he(false), 1, 1, 2, 0);
    n.label = rg_leaf_from(n.t, RG_I64, rg_shape1(12), label, 12);
    rg_optim_config c = rg_adam();
    c.accumulate = accumulate;
    c.clip = 0.1;
    n.o = rg_optim_new(n.t, &c, 1, &(rg_group){.n = 2, .param = n.w, .lr = 0.01, .l2 = 0.01, .decay = 0.1});
    return n;
}

static void free_net(net *n)
{
    rg_optim_free(n->o);
    rg_tape_free(n->t);
}

/* The loss of rows from..from+rows-1, as its share of the loss of all 12. */
static rg_node *part_loss(net *n, int64_t from, int64_t rows)
{
    rg_node *x = rg_slice(n->x, 0, from, rows, 1), *label = rg_slice(n->label, 0, from, rows, 1);
    rg_node *logits = rg_matmul(rg_relu(rg_matmul(x, n->w[0])), n->w[1]);
    return rg_scale(rg_cross_entropy(logits, label), (double)rows / 12);
}

static void step_in_parts(net *n, int parts)
{
    int64_t rows = 12 / parts;
    for (int k = 0; k < parts; k++) {
        int64_t mark = rg_step_begin(n->t);
        rg_node *loss = part_loss(n, k * rows, rows);
        ck_assert_int_eq(k < parts - 1 ? rg_optim_add(n->o, loss) : rg_optim_step(n->o, loss), RG_OK);
        ck_assert_int_eq(rg_step_end(n->t, mark), RG_OK);
    }
}

START_TEST(parts_equal_the_whole)
{
    net whole = new_net(NULL, false), parts = new_net(NULL, true);
    for (int i = 0; i < 5; i++) {
        step_in_parts(&whole, 1);
        step_in_parts(&parts, i % 2 ? 3 : 4);
    }
    double a[20], b[20];
    rg_read(whole.w[0], RG_F64, a, 20);
    rg_read(parts.w[0], RG_F64, b, 20);
    for (int i = 0; i < 20; i++) ck_assert_double_eq_tol(a[i], b[i], 1e-12);
    ck_assert_int_eq(rg_optim_add(whole.o, part_loss(&whole, 0, 3)), RG_USAGE);
    free_net(&whole);
    free_net(&parts);
}
END_TEST

START_TEST(memory_stays_flat)
{
    net n = new_net(NULL, true);
    for (int i = 0; i < 3; i++) step_in_parts(&n, 3);
    size_t bytes = rg_bytes(n.t);
    int64_t length = rg_mark(n.t);
    for (int i = 0; i < 50; i++) step_in_parts(&n, 3);
    ck_assert_uint_eq(rg_bytes(n.t), bytes);
    ck_assert_int_eq(rg_mark(n.t), length);
    free_net(&n);
}
END_TEST

START_TEST(same_bits_again)
{
    double a[20], b[20];
    for (int run = 0; run < 2; run++) {
        rg_set_threads(run + 1);
        net n = new_net(NULL, false);
        for (int i = 0; i < 5; i++) step_in_parts(&n, 1);
        bits_of(n.w[0], run ? b : a, sizeof a);
        free_net(&n);
    }
    ck_assert_mem_eq(a, b, sizeof a);
}
END_TEST

START_TEST(clipping)
{
    rg_tape *t = rg_tape_new(NULL);
    const double a[] = {3, 0}, b[] = {4};
    const double most[] = {1, 10}, factor[] = {0.2, 1};
    for (int i = 0; i < 2; i++) {
        rg_node *g[] = {rg_leaf_from(t, RG_F64, rg_shape1(2), a, 2), NULL, rg_leaf_from(t, RG_F64, rg_shape1(1), b, 1)};
        ck_assert_int_eq(rg_clip_length(t, 3, g, most[i]), RG_OK);
        double got[2];
        rg_read(g[0], RG_F64, got, 2);
        ck_assert_double_eq_tol(got[0], 3 * factor[i], 1e-15);
        ck_assert_double_eq_tol(rg_value(g[2]), 4 * factor[i], 1e-15);
        ck_assert_ptr_null(g[1]);
    }
    rg_node *zero = rg_scalar(t, 0);
    ck_assert_int_eq(rg_clip_length(t, 1, &zero, 1), RG_OK);
    ck_assert_double_eq(rg_value(zero), 0);
    rg_tape_free(t);
}
END_TEST

/* w1 = w - lr w, loss w1^2 after the step: its derivative for lr is -2 w w1. */
START_TEST(learning_rate_has_a_gradient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_scalar(t, 3);
    rg_optim *o = one_group(t, rg_sgd(0), 0.1, 1, &w);
    rg_optim_step(o, rg_scale(rg_square(w), 0.5));
    rg_node *after = rg_in(rg_node_at(t, rg_mark(t) - 1), 1); /* what is assigned to w */
    rg_node *lr = rg_optim_lr(o, 0), *g;
    ck_assert_double_eq_tol(rg_value(after), 2.7, 1e-15);
    ck_assert_int_eq(rg_grad(rg_square(after), NULL, 1, &lr, &g), RG_OK);
    ck_assert_double_eq_tol(rg_value(g), -2 * 3 * 2.7, 1e-13);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* ---- what is refused -------------------------------------------------------------------------------- */

/* What the second of two parameters is; the first is an f64 leaf. */
typedef enum second { LEAF, SINGLE, WHOLE, COMPUTED } second;

static void refused(rg_optim_config c, rg_group g, second what, rg_status want)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *kind[] = {rg_scalar(t, 1), rg_leaf(t, RG_F32, rg_shape1(2)), rg_leaf(t, RG_I64, rg_shape1(2)),
                       rg_square(rg_scalar(t, 1))};
    rg_node *param[] = {rg_scalar(t, 1), kind[what]};
    g.n = 2;
    g.param = param;
    ck_assert_ptr_null(rg_optim_new(t, &c, 1, &g));
    ck_assert_int_eq(rg_error_of(t)->status, want);
    rg_tape_free(t);
}

START_TEST(bad_settings)
{
    rg_optim_config c = rg_adam();
    rg_group good = {.lr = 1};
    refused(c, good, SINGLE, RG_DTYPE);
    refused(c, good, WHOLE, RG_DTYPE);
    refused(c, good, COMPUTED, RG_USAGE);
    refused(c, (rg_group){.lr = -1}, LEAF, RG_USAGE);
    refused(c, (rg_group){.lr = (double)NAN}, LEAF, RG_USAGE);
    refused(c, (rg_group){.decay = -1}, LEAF, RG_USAGE);
    refused(c, (rg_group){.soft = -1}, LEAF, RG_USAGE);
    refused(c, (rg_group){.l1 = (double)INFINITY}, LEAF, RG_USAGE);
    c.clip_value = -1;
    refused(c, good, LEAF, RG_USAGE);
    c = rg_adam();
    c.schedule.fall = RG_FALL_STEPS; /* every is 0 */
    refused(c, good, LEAF, RG_USAGE);
    c = rg_adam();
    c.beta2 = 1;
    refused(c, good, LEAF, RG_USAGE);
    refused(rg_sgd(1), good, LEAF, RG_USAGE);
    rg_tape *t = rg_tape_new(NULL);
    ck_assert_ptr_null(rg_optim_new(t, &c, 0, NULL));
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

START_TEST(text_is_read)
{
    rg_optim_config c;
    rg_group g = {0};
    ck_assert_int_eq(rg_optim_parse(&c, &g, "adam", NULL), RG_OK);
    ck_assert(c.method == RG_ADAM && c.beta1 == 0.9 && c.beta2 == 0.999 && g.lr == 0.001 && !c.eps_outside);
    ck_assert_int_eq(rg_optim_parse(&c, &g, " adam  lr=1e-2 beta1=0.8 nu=1e-7 eps_outside decay=0.5", NULL), RG_OK);
    ck_assert(g.lr == 0.01 && c.beta1 == 0.8 && c.nu == 1e-7 && c.eps_outside && g.decay == 0.5);
    ck_assert_int_eq(rg_optim_parse(&c, &g, "sgd momentum=0.9 lr_outside l2=1e-4 clip=2", NULL), RG_OK);
    ck_assert(c.method == RG_SGD && c.momentum == 0.9 && c.lr_outside && g.l2 == 1e-4 && c.clip == 2 && g.lr == 0.01);
    ck_assert_double_eq(g.decay, 0);
    ck_assert_int_eq(rg_optim_parse(&c, &g, "nesterov soft=1e-3 l1=2e-3 clip_value=3", NULL), RG_OK);
    ck_assert(c.method == RG_SGD && c.nesterov && c.momentum == 0.9 && g.soft == 1e-3 && g.l1 == 2e-3 && c.clip_value == 3);
    ck_assert_int_eq(rg_optim_parse(&c, &g, "rmsprop beta=0.8 momentum=0.5", NULL), RG_OK);
    ck_assert(c.method == RG_RMSPROP && c.beta2 == 0.8 && c.momentum == 0.5 && g.lr == 0.001);
    ck_assert_int_eq(rg_optim_parse(&c, &g, "adamw uncorrected cosine=100 last=0.1 warmup=10", NULL), RG_OK);
    ck_assert(c.method == RG_ADAM && c.uncorrected && g.decay == 0.01 && c.schedule.fall == RG_FALL_COSINE &&
              c.schedule.every == 100 && c.schedule.last == 0.1 && c.schedule.warmup == 10);
    ck_assert_int_eq(rg_optim_parse(&c, &g, "adagrad step=30 factor=0.5 nu=1e-7", NULL), RG_OK);
    ck_assert(c.method == RG_ADAGRAD && c.schedule.fall == RG_FALL_STEPS && c.schedule.factor == 0.5 && c.nu == 1e-7);
}
END_TEST

START_TEST(text_is_refused)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"", "there are sgd, momentum, nesterov, adagrad, rmsprop, adam and adamw"},
               {"lion lr=1", "no method is called 'lion'"},
               {"sgd beta=0.9", "'beta=0.9' is not one of"},
               {"adam step=0", "step takes a number of steps above 0"},
               {"adam step=5 cosine=9", "cosine is a second schedule"},
               {"adam lr", "'lr' is not one of lr=NUMBER,"},
               {"adam momentum=0.9", "'momentum=0.9' is not one of"},
               {"adam eps_outside=1", "'eps_outside=1' is not one of"},
               {"sgd lr=", "lr is a number"},
               {"sgd lr=1x", "not '1x'"},
               {"sgd lr=-1", "lr is a number at least 0"},
               {"sgd lr=.1", "written as 0.5"},
               {"sgd lr=0x1", "written as 0.5"},
               {"sgd lr=0.1 lr=0.5", "lr is given twice"},
               {"sgd lr=inf", "lr is a number"},
               {"sgd lr=nan", "lr is a number"},
               {"sgd momentum=1", "at least 0 and below 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rg_optim_config c;
        rg_group g;
        rg_error e = {0};
        ck_assert_int_eq(rg_optim_parse(&c, &g, bad[i].text, &e), RG_USAGE);
        ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "'%s' says '%s'", bad[i].text, e.text);
    }
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------- */

static rg_status two_parts(const rg_config *cfg)
{
    net n = new_net(cfg, true);
    if (!n.t) return RG_NOMEM;
    rg_status s = n.o ? RG_OK : rg_error_of(n.t)->status;
    for (int k = 0; k < 2 && !s; k++) {
        int64_t mark = rg_step_begin(n.t);
        rg_node *loss = part_loss(&n, 6 * k, 6);
        s = k ? rg_optim_step(n.o, loss) : rg_optim_add(n.o, loss);
        if (!s) s = rg_step_end(n.t, mark);
    }
    free_net(&n);
    return s;
}

START_TEST(step_without_memory) { fail_each(two_parts); }
END_TEST

RG_SUITE("optim", plain_descent, momentum_unrolled, momentum_when_the_rate_changes, adam_first_step, adam_steady,
         adam_without_gradient, groups_have_rates_of_their_own,
         parts_equal_the_whole, memory_stays_flat, same_bits_again, clipping, learning_rate_has_a_gradient,
         bad_settings, text_is_read, text_is_refused, step_without_memory)
