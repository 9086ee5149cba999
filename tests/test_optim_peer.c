/* test_optim_peer.c - fifty steps of each optimizer and schedule against the numbers of
 * PyTorch, which tests/peers/optim_fixture.py wrote. */
#include "optim_fixture.h"
#include "optim_help.h"

/* sum c (w - a)^2 + 0.1 w0 w1 w2, as in peers/optim_fixture.py. */
static rg_node *fixture_loss(rg_node *w)
{
    static const double c[] = {1, 10, 0.1}, a[] = {0.3, -0.7, 2};
    rg_tape *t = rg_tape_of(w);
    rg_node *from = rg_sub(w, rg_leaf_from(t, RG_F64, rg_shape1(3), a, 3));
    rg_node *bowl = rg_mul(rg_leaf_from(t, RG_F64, rg_shape1(3), c, 3), rg_square(from));
    return rg_add(rg_sum(bowl, RG_ALL_AXES), rg_scale(rg_prod(w, RG_ALL_AXES), 0.1));
}

/* An optimizer as the command takes it, and how close it must come. */
static void run_fixture(const char *name, const char *optimizer, double tolerance)
{
    static const double start[] = {1, -2, 0.5};
    rg_optim_config c;
    rg_group g;
    ck_assert_int_eq(rg_optim_parse(&c, &g, optimizer, NULL), RG_OK);
    walk k = walk_from(c, g, 3, start);
    for (int i = 0; i < 50; i++) walk_down(&k, fixture_loss);
    double got[3];
    rg_read(k.w, RG_F64, got, 3);
    size_t row = 0, rows = sizeof optim_fixture / sizeof *optim_fixture;
    while (row < rows && strcmp(optim_fixture[row].name, name) != 0) row++;
    ck_assert_msg(row < rows, "no fixture is called %s", name);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(fabs(got[i] - optim_fixture[row].w[i]) <= tolerance, "%s: w[%d] is %.17g, not %.17g", name, i,
                      got[i], optim_fixture[row].w[i]);
    walk_end(&k);
}

START_TEST(sgd_like_pytorch)
{
    run_fixture("plain", "sgd lr=0.02", 1e-14);
    run_fixture("momentum", "momentum lr=0.01 lr_outside", 1e-14);
    run_fixture("momentum", "sgd lr=0.01 momentum=0.9", 1e-13); /* the same while lr stands still */
    run_fixture("momentum_l2", "momentum lr=0.01 lr_outside l2=0.1", 1e-14);
    run_fixture("nesterov", "nesterov lr=0.01 lr_outside", 1e-14);
    run_fixture("nesterov", "nesterov lr=0.01", 1e-13);
    run_fixture("clipped", "sgd lr=0.02 clip=1.5", 1e-14);
    run_fixture("clipped_value", "sgd lr=0.02 clip_value=0.5", 1e-14);
}
END_TEST

START_TEST(adaptive_like_pytorch)
{
    run_fixture("adagrad", "adagrad lr=0.1 eps_outside", 1e-14);
    run_fixture("rmsprop", "rmsprop lr=0.01 eps_outside", 1e-14);
    run_fixture("rmsprop_momentum", "rmsprop lr=0.01 beta=0.9 momentum=0.8 l2=0.1 eps_outside lr_outside", 1e-13);
}
END_TEST

START_TEST(adam_like_pytorch)
{
    run_fixture("adam", "adam lr=0.05 eps_outside", 1e-13);
    run_fixture("adam", "adam lr=0.05", 1e-6); /* nu inside: nearly the same */
    run_fixture("adam_l2", "adam lr=0.05 beta1=0.8 beta2=0.95 nu=1e-3 l2=0.1 eps_outside", 1e-13);
    run_fixture("adamw", "adamw lr=0.05 decay=0.1 eps_outside", 1e-13);
}
END_TEST

START_TEST(schedules_like_pytorch)
{
    run_fixture("steps", "sgd lr=0.02 step=7 factor=0.5", 1e-14);
    run_fixture("exponential", "sgd lr=0.02 exponential=20 factor=0.1", 1e-14);
    run_fixture("inverse", "sgd lr=0.02 inverse=10", 1e-14);
    run_fixture("cosine", "sgd lr=0.02 cosine=60 last=0.1", 1e-14);
    run_fixture("warmup", "sgd lr=0.02 inverse=10 warmup=8", 1e-14);
}
END_TEST

/* With nu inside the root, as in the notes: against the formulas, written in Python. */
START_TEST(forms_of_the_notes)
{
    run_fixture("adagrad_inside", "adagrad lr=0.1 nu=1e-4", 1e-14);
    run_fixture("rmsprop_inside", "rmsprop lr=0.01 momentum=0.9 nu=1e-7", 1e-13);
    run_fixture("adam_inside", "adam lr=0.05 nu=1e-4", 1e-13);
    run_fixture("uncorrected_inside", "adam lr=0.05 nu=1e-4 uncorrected", 1e-13);
}
END_TEST

/* Penalties in the step, against their formulas in Python. */
START_TEST(penalties_in_the_step)
{
    run_fixture("sign_step", "sgd lr=0.02 l1=0.1", 1e-14);
    run_fixture("soft_step", "sgd lr=0.02 soft=0.5", 1e-14);
    run_fixture("decay_step", "sgd lr=0.02 decay=0.3", 1e-14);
}
END_TEST

RG_SUITE("optim_peer", sgd_like_pytorch, adaptive_like_pytorch, adam_like_pytorch, schedules_like_pytorch,
         forms_of_the_notes, penalties_in_the_step)
