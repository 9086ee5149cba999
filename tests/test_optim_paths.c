/* test_optim_paths.c - what notes 10.1 to 10.6 say of the optimizers, as identities along
 * their paths, and where the notes' letter is a slip, what that would do. Gradient
 * descent and momentum unrolled: test_optim.c. */
#include "optim_help.h"

static const double zero[1];

/* A long valley, steep across: 50 x^2/2 + y^2/2, with a ripple. */
static rg_node *valley(rg_node *w)
{
    static const double c[] = {50, 1};
    rg_node *steep = rg_leaf_from(rg_tape_of(w), RG_F64, rg_shape1(2), c, 2);
    rg_node *bowl = rg_sum(rg_mul(rg_scale(steep, 0.5), rg_square(w)), RG_ALL_AXES);
    return rg_add(bowl, rg_sum(rg_sin(w), RG_ALL_AXES));
}

/* ---- 10.1, 10.2 ------------------------------------------------------------------------ */

/* The step uses the mean of the gradients of the examples: the full batch is descent. */
START_TEST(mean_of_gradients_is_the_batch)
{
    static const double x[] = {1, -2, 0.5, 3}, start[] = {0.7};
    walk whole = walk_from(rg_sgd(0), (rg_group){.lr = 0.05}, 1, start);
    double w = start[0];
    for (int step = 0; step < 10; step++) {
        int64_t mark = rg_step_begin(whole.t);
        rg_node *data = rg_leaf_from(whole.t, RG_F64, rg_shape1(4), x, 4);
        ck_assert_int_eq(rg_optim_step(whole.o, rg_mse(whole.w, data)), RG_OK);
        ck_assert_int_eq(rg_step_end(whole.t, mark), RG_OK);
        double mean = 0;
        for (int i = 0; i < 4; i++) mean += 2 * (w - x[i]) / 4;
        w -= 0.05 * mean;
        ck_assert_double_eq_tol(*(double *)rg_peek(whole.w).data, w, 1e-15);
    }
    walk_end(&whole);
}
END_TEST

/* The speed is a decaying sum, not a mean: by one gradient for ever it becomes
 * -lr g/(1 - alpha), ten steps of descent at 0.9. */
START_TEST(momentum_reaches_ten_steps)
{
    walk k = walk_from(rg_sgd(0.9), (rg_group){.lr = 0.01}, 1, zero);
    double before = 0, at = 0;
    for (int i = 0; i < 400; i++) {
        before = at;
        at = walk_by(&k, 1);
    }
    ck_assert_double_eq_tol(at - before, -0.01 / (1 - 0.9), 1e-12);
    walk_end(&k);
}
END_TEST

/* ---- 10.3 ---------------------------------------------------------------------------------- */

/* Both forms of Nesterov's momentum: theta + alpha v of the first is w of the second. */
START_TEST(nesterov_both_forms)
{
    static const double start[] = {1, -2};
    walk theta = walk_from(rg_sgd(0.9), (rg_group){.lr = 0.01}, 2, start);
    walk moved = walk_from(rg_nesterov(0.9), (rg_group){.lr = 0.01}, 2, start);
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_step_begin(theta.t);
        rg_node *ahead = rg_optim_ahead(theta.o, 0), *g;
        double a[2], b[2];
        rg_read(ahead, RG_F64, a, 2);
        rg_read(moved.w, RG_F64, b, 2);
        for (int k = 0; k < 2; k++) ck_assert_double_eq_tol(a[k], b[k], 1e-14);
        ck_assert_int_eq(rg_grad(valley(ahead), NULL, 1, &ahead, &g), RG_OK);
        ck_assert_int_eq(rg_optim_apply(theta.o, &g), RG_OK);
        ck_assert_int_eq(rg_step_end(theta.t, mark), RG_OK);
        walk_down(&moved, valley);
    }
    double end[2];
    rg_read(moved.w, RG_F64, end, 2);
    ck_assert_double_lt(fabs(end[0]), 0.1); /* and it went somewhere */
    walk_end(&theta);
    walk_end(&moved);
}
END_TEST

/* With the rate outside the speed, the look ahead is theta - lr alpha v. */
START_TEST(nesterov_ahead_with_the_rate_outside)
{
    rg_optim_config c = rg_sgd(0.5);
    c.lr_outside = true;
    walk k = walk_from(c, (rg_group){.lr = 0.1}, 1, zero);
    ck_assert_double_eq_tol(walk_by(&k, 3), -0.3, 1e-15);
    ck_assert_double_eq_tol(rg_value(rg_reshape(rg_optim_ahead(k.o, 0), rg_shape0())), -0.3 - 0.1 * 0.5 * 3, 1e-15);
    rg_optim_ahead(k.o, 1);
    ck_assert_int_eq(rg_error_of(k.t)->status, RG_INDEX);
    walk_end(&k);
}
END_TEST

/* ---- 10.4 ------------------------------------------------------------------------------------ */

/* By one gradient for ever a = t g^2, so step t is lr/sqrt(t), whatever g is. */
START_TEST(adagrad_steps_fall_as_root)
{
    walk k = walk_from(rg_adagrad(), (rg_group){.lr = 0.1}, 1, zero);
    double before = 0;
    for (int t = 1; t <= 100; t++) {
        double at = walk_by(&k, 7);
        ck_assert_double_eq_tol(before - at, 0.1 / sqrt(t), 1e-14);
        before = at;
    }
    walk_end(&k);
}
END_TEST

/* At g = 1e-3 and nu 1e-7: 0.953 of a full step with nu inside the root, 0.9999 outside;
 * at 1e-5 it is 0.032 against 0.99. */
START_TEST(nu_inside_is_a_floor)
{
    static const double g[] = {1e-3, 1e-5};
    for (int i = 0; i < 2; i++)
        for (int outside = 0; outside < 2; outside++) {
            rg_optim_config c = rg_adagrad();
            c.nu = 1e-7;
            c.eps_outside = outside;
            walk k = walk_from(c, (rg_group){.lr = 1}, 1, zero);
            double want = outside ? g[i] / (g[i] + 1e-7) : g[i] / sqrt(g[i] * g[i] + 1e-7);
            static const double known[2][2] = {{0.953, 0.9999}, {0.0316, 0.990}};
            double step = -walk_by(&k, g[i]);
            ck_assert_double_eq_tol(step, want, 1e-14);
            ck_assert_double_eq_tol(step, known[i][outside], 1e-3);
            walk_end(&k);
        }
}
END_TEST

/* ---- 10.5 --------------------------------------------------------------------------------------- */

/* a starts at 0, so the first step is lr/sqrt(1 - beta): ten times lr at 0.99. */
START_TEST(rmsprop_first_step)
{
    walk k = walk_from(rg_rmsprop(0), (rg_group){.lr = 0.01}, 1, zero);
    ck_assert_double_eq_tol(walk_by(&k, 4), -0.1, 1e-12);
    walk_end(&k);
}
END_TEST

/* After a spike RMSProp's steps grow again; Adagrad's never do. */
START_TEST(rmsprop_forgets_a_spike)
{
    walk fades = walk_from(rg_rmsprop(0), (rg_group){.lr = 0.01}, 1, zero);
    walk stays = walk_from(rg_adagrad(), (rg_group){.lr = 0.01}, 1, zero);
    double at[2] = {walk_by(&fades, 100), walk_by(&stays, 100)}, step[2], last[2] = {0, 1};
    for (int i = 0; i < 50; i++) {
        double now[2] = {walk_by(&fades, 1), walk_by(&stays, 1)};
        for (int k = 0; k < 2; k++) {
            step[k] = at[k] - now[k];
            at[k] = now[k];
        }
        ck_assert_double_gt(step[0], last[0]);
        ck_assert_double_le(step[1], last[1]);
        last[0] = step[0];
        last[1] = step[1];
    }
    walk_end(&fades);
    walk_end(&stays);
}
END_TEST

/* ---- 10.6 ------------------------------------------------------------------------------------------ */

/* The first step is lr with the correction, and sqrt(10) lr without: 0.1/sqrt(0.001). */
START_TEST(adam_first_steps)
{
    rg_optim_config raw = rg_adam();
    raw.uncorrected = true;
    walk k = walk_from(rg_adam(), (rg_group){.lr = 0.01}, 1, zero), u = walk_from(raw, (rg_group){.lr = 0.01}, 1, zero);
    ck_assert_double_eq_tol(walk_by(&k, -5), 0.01, 1e-14);
    ck_assert_double_eq_tol(walk_by(&u, -5), 0.01 * 3.1622776601683795, 1e-14);
    walk_end(&k);
    walk_end(&u);
}
END_TEST

/* Counting after the step instead of before divides by 1 - beta^0 = 0. */
START_TEST(correction_at_step_0_is_no_number)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *beta = rg_scalar(t, 0.9), *step = rg_scalar(t, 0);
    rg_node *left = rg_offset(rg_neg(rg_pow(beta, step)), 1);
    ck_assert(isinf(rg_value(rg_inv(left))));
    rg_tape_free(t);
}
END_TEST

/* With g g as the first moment, by the letter of 10.6, a step never turns: on x^2/2 from
 * below the minimum Adam rises to it, the letter runs away. */
START_TEST(squared_first_moment_never_turns)
{
    double x = -1, v = 0, a = 0, start = -1;
    for (int i = 0; i < 500; i++) {
        double g = x, last = x;
        v = 0.9 * v + 0.1 * g * g;
        a = 0.999 * a + 0.001 * g * g;
        x -= 0.05 / sqrt(a + 1e-16) * v;
        ck_assert(!(x > last));
    }
    ck_assert(!(fabs(x) < 1));
    walk k = walk_from(rg_adam(), (rg_group){.lr = 0.05}, 1, &start);
    for (int i = 0; i < 500; i++) walk_by(&k, *(double *)rg_peek(k.w).data);
    ck_assert_double_lt(fabs(*(double *)rg_peek(k.w).data), 0.05);
    walk_end(&k);
}
END_TEST

/* ---- 9.2: penalties in the step ----------------------------------------------------------------- */

/* l2 and decay are one thing for descent, w <- (1 - lr c) w - lr g; for Adam they are two. */
START_TEST(decay_is_l2_for_descent_only)
{
    static const double start[] = {2, -3};
    rg_optim_config both[] = {rg_sgd(0), rg_adam()};
    for (int i = 0; i < 2; i++) {
        walk a = walk_from(both[i], (rg_group){.lr = 0.01, .l2 = 0.3}, 2, start);
        walk b = walk_from(both[i], (rg_group){.lr = 0.01, .decay = 0.3}, 2, start);
        for (int step = 0; step < 20; step++) {
            walk_down(&a, valley);
            walk_down(&b, valley);
        }
        double u[2], v[2];
        rg_read(a.w, RG_F64, u, 2);
        rg_read(b.w, RG_F64, v, 2);
        if (i)
            ck_assert_double_gt(fabs(u[0] - v[0]), 1e-3);
        else
            ck_assert_double_eq_tol(u[0], v[0], 1e-14);
        walk_end(&a);
        walk_end(&b);
    }
}
END_TEST

/* Without a loss: sign steps swing within lr l1 of 0; the proximal map ends at 0. */
START_TEST(sign_steps_swing_soft_threshold_ends)
{
    static const double start[] = {0.103};
    walk sign = walk_from(rg_sgd(0), (rg_group){.lr = 0.1, .l1 = 0.5}, 1, start);
    walk soft = walk_from(rg_sgd(0), (rg_group){.lr = 0.1, .soft = 0.5}, 1, start);
    double swing[2] = {0, 0};
    for (int i = 0; i < 20; i++) {
        swing[i % 2] = walk_by(&sign, 0);
        walk_by(&soft, 0);
    }
    ck_assert_double_eq_tol(swing[0] - swing[1], -0.05, 1e-15);
    ck_assert_double_le(fabs(swing[0]), 0.05);
    ck_assert_double_ne(swing[0], 0);
    ck_assert_double_eq(walk_by(&soft, 0), 0);
    walk_end(&sign);
    walk_end(&soft);
}
END_TEST

/* argmin of (w - a)^2/2 + l |w| is a moved toward 0 by l: 0 when |a| <= l. */
START_TEST(soft_threshold_is_the_minimum)
{
    static const double start[] = {0.5, 0.5, 0.5}, want[] = {1.7, 0, -0.7};
    walk k = walk_from(rg_sgd(0), (rg_group){.lr = 0.5, .soft = 0.3}, 3, start);
    for (int i = 0; i < 100; i++) {
        static const double goal[] = {2, 0.2, -1};
        int64_t mark = rg_step_begin(k.t);
        rg_node *g = rg_sub(k.w, rg_leaf_from(k.t, RG_F64, rg_shape1(3), goal, 3));
        ck_assert_int_eq(rg_optim_apply(k.o, &g), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    double w[3];
    rg_read(k.w, RG_F64, w, 3);
    for (int i = 0; i < 3; i++) ck_assert_double_eq_tol(w[i], want[i], 1e-14);
    ck_assert_double_eq(w[1], 0);
    walk_end(&k);
}
END_TEST

/* ---- schedules ------------------------------------------------------------------------------------- */

static double share_at(rg_schedule s, double step)
{
    rg_tape *t = rg_tape_new(NULL);
    double v = rg_value(rg_schedule_share(&s, rg_scalar(t, step)));
    all_well(t);
    rg_tape_free(t);
    return v;
}

START_TEST(schedules_at_their_corners)
{
    rg_schedule steps = {.fall = RG_FALL_STEPS, .every = 10, .factor = 0.5};
    ck_assert_double_eq(share_at(steps, 9), 1);
    ck_assert_double_eq(share_at(steps, 10), 0.5);
    ck_assert_double_eq(share_at(steps, 29), 0.25);
    rg_schedule exponential = {.fall = RG_FALL_EXPONENTIAL, .every = 10};
    ck_assert_double_eq_tol(share_at(exponential, 10), 0.1, 1e-15);
    ck_assert_double_eq_tol(share_at(exponential, 5), sqrt(0.1), 1e-15);
    rg_schedule inverse = {.fall = RG_FALL_INVERSE, .every = 10};
    ck_assert_double_eq_tol(share_at(inverse, 10), 0.5, 1e-15);
    ck_assert_double_eq_tol(share_at(inverse, 40), 0.2, 1e-15);
    rg_schedule cosine = {.fall = RG_FALL_COSINE, .every = 10, .last = 0.2};
    ck_assert_double_eq(share_at(cosine, 0), 1);
    ck_assert_double_eq_tol(share_at(cosine, 5), 0.6, 1e-15);
    ck_assert_double_eq_tol(share_at(cosine, 10), 0.2, 1e-15);
    ck_assert_double_eq_tol(share_at(cosine, 99), 0.2, 1e-15);
    rg_schedule warm = {.fall = RG_FALL_STEPS, .every = 10, .factor = 0.5, .warmup = 4};
    ck_assert_double_eq(share_at(warm, 0), 0.25);
    ck_assert_double_eq(share_at(warm, 3), 1);
    ck_assert_double_eq(share_at(warm, 13), 1); /* the fall begins after the warm-up */
    ck_assert_double_eq(share_at(warm, 14), 0.5);
    ck_assert_double_eq(share_at((rg_schedule){.warmup = 2}, 0), 0.5);
    ck_assert_double_eq(share_at((rg_schedule){.fall = RG_STEADY}, 7), 1);
}
END_TEST

/* The rate drops at every multiple of a whole number of steps, and not a step before or after. */
START_TEST(steps_fall_on_time)
{
    static const rg_dtype dtypes[] = {RG_F64, RG_F32};
    for (int every = 1; every <= 400; every++)
        for (int drop = 1; drop <= 7; drop += 3)
            for (int d = 0; d < 2; d++) {
                rg_tape *t = rg_tape_new(NULL);
                rg_schedule s = {.fall = RG_FALL_STEPS, .every = every, .factor = 0.5};
                double step = (double)every * drop;
                rg_node *before = rg_schedule_share(&s, rg_cast(rg_scalar(t, step - 1), dtypes[d]));
                rg_node *at = rg_schedule_share(&s, rg_cast(rg_scalar(t, step), dtypes[d]));
                ck_assert_double_eq(rg_value(before), pow(0.5, drop - 1));
                ck_assert_double_eq(rg_value(at), pow(0.5, drop));
                rg_tape_free(t);
            }
}
END_TEST

/* The counter is a register: the recording of a step is the same at every step, and a
 * training that was interrupted goes on from a number. */
START_TEST(schedule_counts_in_a_register)
{
    rg_optim_config c = rg_sgd(0);
    c.schedule = (rg_schedule){.fall = RG_FALL_INVERSE, .every = 1};
    walk k = walk_from(c, (rg_group){.lr = 1}, 1, zero);
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        sum -= 1.0 / (i + 1);
        ck_assert_double_eq_tol(walk_by(&k, 1), sum, 1e-14);
    }
    ck_assert_double_eq(rg_value(rg_optim_count(k.o)), 5);
    double later = 9;
    rg_write(rg_optim_count(k.o), RG_F64, &later, 1);
    ck_assert_double_eq_tol(walk_by(&k, 1), sum - 0.1, 1e-14);
    walk_end(&k);
    walk plain = walk_from(rg_sgd(0), (rg_group){.lr = 1}, 1, zero);
    ck_assert_ptr_null(rg_optim_count(plain.o));
    walk_end(&plain);
}
END_TEST

/* ---- every optimizer ------------------------------------------------------------------------------- */

static const char *const every[] = {"sgd", "momentum", "momentum lr_outside", "nesterov", "nesterov lr_outside",
                                    "adagrad", "rmsprop", "rmsprop momentum=0.9", "rmsprop momentum=0.9 lr_outside",
                                    "adam", "adam uncorrected", "adam eps_outside", "adamw", "sgd l2=0.1 l1=0.01",
                                    "sgd soft=0.01", "adam cosine=50 warmup=3", "sgd clip=1", "sgd clip_value=0.5"};
enum { EVERY = sizeof every / sizeof *every };

static walk walk_as(const char *text)
{
    static const double start[] = {0.7, -1.3};
    rg_optim_config c;
    rg_group g;
    ck_assert_int_eq(rg_optim_parse(&c, &g, text, NULL), RG_OK);
    return walk_from(c, g, 2, start);
}

/* Records the same nodes at every step: what a plan can play again. */
START_TEST(a_step_is_one_recording)
{
    for (int i = 0; i < EVERY; i++) {
        walk k = walk_as(every[i]);
        int64_t length = 0;
        for (int step = 0; step < 4; step++) {
            int64_t mark = rg_step_begin(k.t);
            ck_assert_int_eq(rg_optim_step(k.o, valley(k.w)), RG_OK);
            ck_assert_msg(step == 0 || rg_mark(k.t) - mark == length, "%s", every[i]);
            length = rg_mark(k.t) - mark;
            ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
        }
        walk_end(&k);
    }
}
END_TEST

/* Recorded once and played ten times, schedule and all, a step has the bits of ten
 * recordings. */
START_TEST(a_step_can_be_replayed)
{
    for (int i = 0; i < EVERY; i++) {
        walk eager = walk_as(every[i]), played = walk_as(every[i]);
        for (int step = 0; step < 10; step++) walk_down(&eager, valley);
        int64_t mark = rg_mark(played.t);
        rg_node *loss = valley(played.w);
        ck_assert_int_eq(rg_optim_step(played.o, loss), RG_OK);
        rg_plan *p = rg_compile(played.t, 1, &loss, NULL);
        ck_assert_msg(p != NULL, "%s", rg_error_of(played.t)->text);
        for (int step = 0; step < 10; step++) ck_assert_int_eq(rg_run(p), RG_OK);
        double a[2], b[2];
        rg_read(eager.w, RG_F64, a, 2);
        rg_read(played.w, RG_F64, b, 2);
        ck_assert_msg(!memcmp(a, b, sizeof a), "%s: %.17g and %.17g", every[i], a[0], b[0]);
        rg_plan_free(p);
        rg_rewind(played.t, mark);
        walk_end(&eager);
        walk_end(&played);
    }
}
END_TEST

/* The loss after a step, recorded but not taken. */
static rg_node *loss_after(walk *k)
{
    ck_assert_int_eq(rg_optim_step(k->o, valley(k->w)), RG_OK);
    for (int64_t i = rg_mark(k->t) - 1;; i--) {
        rg_node *n = rg_node_at(k->t, i);
        if (strcmp(n->op->name, "assign") == 0 && rg_in(n, 0) == k->w)
            return valley(rg_in(n, 1));
    }
}

static double loss_with_rate(walk *k, double lr)
{
    rg_write(rg_optim_lr(k->o, 0), RG_F64, &lr, 1);
    int64_t mark = rg_mark(k->t);
    double v = rg_value(loss_after(k));
    rg_rewind(k->t, mark);
    return v;
}

/* The derivative of the loss after the fourth step for the learning rate, through the
 * update, against differences. */
START_TEST(every_step_has_a_gradient)
{
    for (int i = 0; i < EVERY; i++) {
        walk k = walk_as(every[i]);
        for (int step = 0; step < 3; step++) walk_down(&k, valley);
        rg_node *lr = rg_optim_lr(k.o, 0), *g;
        double rate = rg_value(lr), h = 1e-4 * rate;
        int64_t mark = rg_mark(k.t);
        ck_assert_int_eq(rg_grad(loss_after(&k), NULL, 1, &lr, &g), RG_OK);
        double slope = rg_value(g);
        rg_rewind(k.t, mark);
        double around = (loss_with_rate(&k, rate + h) - loss_with_rate(&k, rate - h)) / (2 * h);
        ck_assert_msg(fabs(slope - around) <= 1e-5 * (1 + fabs(slope)), "%s: %.10g, not %.10g", every[i], slope,
                      around);
        ck_assert_double_ne(slope, 0);
        walk_end(&k);
    }
}
END_TEST

RG_SUITE("optim_paths", mean_of_gradients_is_the_batch, momentum_reaches_ten_steps, nesterov_both_forms,
         nesterov_ahead_with_the_rate_outside, adagrad_steps_fall_as_root, nu_inside_is_a_floor, rmsprop_first_step,
         rmsprop_forgets_a_spike, adam_first_steps, correction_at_step_0_is_no_number,
         squared_first_moment_never_turns, decay_is_l2_for_descent_only, sign_steps_swing_soft_threshold_ends,
         soft_threshold_is_the_minimum, schedules_at_their_corners, steps_fall_on_time, schedule_counts_in_a_register,
         a_step_is_one_recording, a_step_can_be_replayed, every_step_has_a_gradient)
