/* test_notes_learning.c - facts of notes 9 and 10 that no other suite has: penalties at
 * work, errors that average out, masks, paths of optimizers compared. docs/mission.tsv
 * names them by row. */
#include "notes_help.h"

/* ---- 9 ------------------------------------------------------------------------------------- */

/* 100 x1 - 900 x2 is 1 at (0.1, 0.01) and 2 at (0.11, 0.01); smaller weights move less. */
START_TEST(large_weights_are_sensitive)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = VECTOR(t, 100, -900);
    EXPECT(rg_dot(w, VECTOR(t, 0.1, 0.01)), 1e-13, 1);
    EXPECT(rg_dot(w, VECTOR(t, 0.11, 0.01)), 1e-13, 2);
    EXPECT(rg_dot(VECTOR(t, 10, 0), VECTOR(t, 0.11, 0.01)), 1e-13, 1.1);
    rg_tape_free(t);
}
END_TEST

/* Fits w to data of three useful features and five of noise; counts exact zeros among the
 * useful and the others. */
static void count_zeros(rg_group g, int zeros[2])
{
    walk k = walk_from(rg_sgd(0), g, 8, (double[8]){0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
    rg_node *X = rg_leaf(k.t, RG_F64, rg_shape2(100, 8)), *y = rg_leaf(k.t, RG_F64, rg_shape1(100));
    rg_init_draw(X, rg_init_deviation(1), 1, 1, 5, 0);
    double truth[8] = {2, -1, 1.5}, noisy[100], w[8];
    rg_node *signal = rg_matmul(X, rg_leaf_from(k.t, RG_F64, rg_shape1(8), truth, 8));
    rg_read(rg_add(signal, rg_scale(rg_normal(k.t, RG_F64, rg_shape1(100)), 0.3)), RG_F64, noisy, 100);
    rg_write(y, RG_F64, noisy, 100);
    for (int i = 0; i < 300; i++) {
        int64_t mark = rg_step_begin(k.t);
        ck_assert_int_eq(rg_optim_step(k.o, rg_squared_error(rg_matmul(X, k.w), y, RG_SQUARES_HALF_MEAN)), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    rg_read(k.w, RG_F64, w, 8);
    zeros[0] = zeros[1] = 0;
    for (int i = 0; i < 8; i++) zeros[i >= 3] += w[i] == 0;
    walk_end(&k);
}

/* L1 by soft threshold discards the useless features exactly and keeps the others; L2 and
 * sign steps discard none. */
START_TEST(l1_selects_features)
{
    int zeros[2];
    count_zeros((rg_group){.lr = 0.1, .soft = 0.15}, zeros);
    ck_assert(zeros[0] == 0 && zeros[1] == 5);
    count_zeros((rg_group){.lr = 0.1, .l2 = 0.15}, zeros);
    ck_assert(zeros[0] == 0 && zeros[1] == 0);
    count_zeros((rg_group){.lr = 0.1, .l1 = 0.15}, zeros);
    ck_assert_int_eq(zeros[0] + zeros[1], 0);
}
END_TEST

/* |w - b|^2 alone takes w to b, |u - v|^2 takes both to their middle. */
START_TEST(penalties_pull_to_where_they_say)
{
    walk k = walk_from(rg_sgd(0), (rg_group){.lr = 0.1}, 2, (double[]){3, -1});
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_step_begin(k.t);
        rg_node *u = rg_slice(k.w, 0, 0, 1, 1), *v = rg_slice(k.w, 0, 1, 1, 1);
        ck_assert_int_eq(rg_optim_step(k.o, rg_penalty_near(u, v)), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    EXPECT(k.w, 1e-12, 1, 1);
    for (int i = 0; i < 200; i++) {
        int64_t mark = rg_step_begin(k.t);
        ck_assert_int_eq(rg_optim_step(k.o, rg_penalty_near(k.w, VECTOR(k.t, 5, 2))), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    EXPECT(k.w, 1e-12, 5, 2);
    walk_end(&k);
}
END_TEST

/* The mean of k errors squared: 1/k of one when they are independent, 1/k + (k - 1)/k rho
 * when they are correlated, all of it when they are equal. */
START_TEST(errors_of_an_ensemble)
{
    enum { K = 10 };
    static const double rho[] = {0, 0.3, 1};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *own = rg_normal(t, RG_F64, rg_shape2(40000, K)), *shared = rg_normal(t, RG_F64, rg_shape2(40000, 1));
    for (int i = 0; i < 3; i++) {
        rg_node *error = rg_add(rg_scale(own, sqrt(1 - rho[i])), rg_scale(shared, sqrt(rho[i])));
        rg_node *mean = rg_mean(rg_square(rg_mean(error, 1)), 0);
        EXPECT(mean, 0.015, 1.0 / K + (K - 1.0) / K * rho[i]);
    }
    rg_tape_free(t);
}
END_TEST

/* Three models of different first weights, trained on one data set, average to an error no
 * larger than the mean of theirs, on the rows they know and on others: the square is convex. */
START_TEST(averages_are_no_worse)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m[3], *all[] = {&m[0], &m[1], &m[2]};
    rg_node *x[] = {wavy_leaf(t, RG_F64, rg_shape2(20, 2), 0), wavy_leaf(t, RG_F64, rg_shape2(20, 2), 3)}, *y[2];
    double single[2] = {0, 0}, first = 0, last = 0;
    for (int k = 0; k < 2; k++) y[k] = rg_detach(rg_sin(rg_scale(rg_matmul(x[k], MATRIX(t, 1, 1, -2)), 3)));
    for (int i = 0; i < 3; i++) {
        open_network(&m[i], t, "linear 5, tanh, linear 1", 2, (uint64_t)i);
        first += rg_value(rg_mse(rg_model_apply(&m[i], x[0], RG_MODE_PREDICT), y[0])) / 3;
        last += train_model(&m[i], x[0], NULL, y[0], 60, 0.03) / 3;
        for (int k = 0; k < 2; k++)
            single[k] += rg_value(rg_mse(rg_model_apply(&m[i], x[k], RG_MODE_PREDICT), y[k])) / 3;
    }
    ck_assert_double_lt(last, 0.5 * first); /* they did learn */
    for (int k = 0; k < 2; k++) ck_assert_double_lt(rg_value(rg_mse(rg_ensemble(3, all, x[k], false), y[k])), single[k]);
    rg_tape_free(t);
}
END_TEST

/* Two networks that differ in their first weights alone, trained on the same rows: their
 * errors on new rows are not the same, so the average has a smaller one than the mean of
 * both. It costs as many nodes as both. */
START_TEST(first_weights_make_errors_differ)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m[2], *both[] = {&m[0], &m[1]};
    rg_node *x = rg_scale(rg_offset(rg_uniform(t, RG_F64, rg_shape2(80, 1)), -0.5), 4), *old = rg_slice(x, 0, 0, 12, 1);
    rg_node *new = rg_slice(x, 0, 40, 40, 1), *error[2], *y = rg_sin(rg_scale(old, 4)), *truth = rg_sin(rg_scale(new, 4));
    for (int i = 0; i < 2; i++) {
        open_network(&m[i], t, "linear 12, relu, linear 12, relu, linear 1", 1, (uint64_t)i);
        train_model(&m[i], old, NULL, y, 300, 0.02);
    }
    int64_t start = rg_mark(t), single[2];
    for (int i = 0; i < 2; i++) {
        error[i] = rg_sub(rg_model_apply(&m[i], new, RG_MODE_PREDICT), truth);
        single[i] = rg_mark(t);
    }
    double cross = rg_value(rg_mean(rg_mul(error[0], error[1]), RG_ALL_AXES)), own[2];
    for (int i = 0; i < 2; i++) own[i] = rg_value(rg_mean(rg_square(error[i]), RG_ALL_AXES));
    ck_assert_double_lt(cross / sqrt(own[0] * own[1]), 0.95);
    int64_t before = rg_mark(t);
    rg_node *average = rg_ensemble(2, both, new, false);
    ck_assert_int_ge(rg_mark(t) - before, single[1] - start - 2);
    ck_assert_double_lt(rg_value(rg_mse(average, truth)), (own[0] + own[1]) / 2);
    rg_tape_free(t);
}
END_TEST

/* Bagging: three networks alike in their first weights, each trained on a bootstrap sample of
 * its own. They differ, and their average errs less on new rows than they do on average. */
START_TEST(bagged_models_differ_and_average)
{
    enum { ROWS = 14, MODELS = 3 };
    rg_tape *t = rg_tape_new(NULL);
    rg_model m[MODELS], *all[MODELS];
    rg_node *x = rg_scale(rg_offset(rg_uniform(t, RG_F64, rg_shape2(60, 1)), -0.5), 4), *noise = rg_normal(t, RG_F64, rg_shape2(60, 1));
    rg_node *y = rg_add(rg_sin(rg_scale(x, 2)), rg_scale(noise, 0.3)), *new = rg_slice(x, 0, 20, 40, 1), *truth = rg_sin(rg_scale(new, 2));
    double single = 0, said[2][40];
    for (int i = 0; i < MODELS; i++) {
        int64_t drawn[ROWS];
        rg_bootstrap(drawn, ROWS, 3, (uint64_t)i);
        rg_node *rows = rg_leaf_from(t, RG_I64, rg_shape1(ROWS), drawn, ROWS);
        all[i] = &m[i];
        open_network(&m[i], t, "linear 12, tanh, linear 1", 1, 1);
        train_model(&m[i], rg_gather(x, rows, 0), NULL, rg_gather(y, rows, 0), 300, 0.03);
        rg_node *guess = rg_model_apply(&m[i], new, RG_MODE_PREDICT);
        if (i < 2) read_all(guess, said[i]);
        single += rg_value(rg_mse(guess, truth)) / MODELS;
    }
    ck_assert_mem_ne(said[0], said[1], sizeof said[0]);
    ck_assert_double_lt(rg_value(rg_mse(rg_ensemble(MODELS, all, new, false), truth)), 0.9 * single);
    rg_tape_free(t);
}
END_TEST

/* One mask goes forward and backward; another tick, another mask. */
START_TEST(masks_are_used_twice_and_change)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_const(t, RG_F64, rg_shape1(64), 1);
    rg_node *leaf = rg_leaf(t, RG_F64, rg_shape1(64));
    rg_commit(t);
    double mask[2][64], gradient[64];
    for (int k = 0; k < 2; k++) {
        int64_t mark = rg_step_begin(t);
        rg_node *y = rg_drop(rg_add(leaf, x), 0.5, RG_MODE_TRAIN);
        rg_read(y, RG_F64, mask[k], 64);
        rg_read(grad_of(y, leaf), RG_F64, gradient, 64);
        ck_assert_mem_eq(mask[k], gradient, sizeof gradient);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    ck_assert_mem_ne(mask[0], mask[1], sizeof mask[0]);
    rg_tape_free(t);
}
END_TEST

/* Inverted dropout hands on h/p with chance p and else 0, so its mean is h; its gradient is
 * 1/p where the mask is. */
START_TEST(inverted_masks_keep_the_mean)
{
    enum { N = 40000 };
    const double p = 0.8;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *h = rg_offset(rg_leaf(t, RG_F64, rg_shape1(N)), -2), *y = rg_dropout(h, p), *g = grad_of(y, h);
    rg_node *kept = rg_positive(rg_neg(y));
    EXPECT(rg_amin(y, 0), 1e-15, -2 / p);
    EXPECT(rg_amax(y, 0), 0, 0);
    EXPECT(rg_mean(kept, 0), 4 * sqrt(p * (1 - p) / N), p);
    EXPECT(rg_amax(rg_abs(rg_sub(y, rg_scale(kept, -2 / p))), 0), 1e-15, 0);
    EXPECT(rg_amax(rg_abs(rg_sub(g, rg_scale(kept, 1 / p))), 0), 1e-15, 0);
    rg_tape_free(t);
}
END_TEST

/* ---- 10 --------------------------------------------------------------------------------------- */

/* A narrow valley: 100 x^2/2 + y^2/2. */
static rg_node *narrow(rg_node *w)
{
    rg_node *c = rg_leaf_from(rg_tape_of(w), RG_F64, rg_shape1(2), (double[]){100, 1}, 2);
    return rg_scale(rg_sum(rg_mul(c, rg_square(w)), RG_ALL_AXES), 0.5);
}

/* Steps until the loss is below 1e-6, and how often x changed its side on the way. */
static int steps_in_valley(const char *text, int *turns)
{
    rg_optim_config c;
    rg_group g;
    ck_assert_int_eq(rg_optim_parse(&c, &g, text, NULL), RG_OK);
    walk k = walk_from(c, g, 2, (double[]){0.5, 10});
    int steps = 0;
    double at[2] = {0.5, 10}, side = 1;
    for (*turns = 0; steps < 5000 && 50 * at[0] * at[0] + at[1] * at[1] / 2 > 1e-6; steps++) {
        walk_down(&k, narrow);
        rg_read(k.w, RG_F64, at, 2);
        *turns += at[0] * side < 0;
        side = at[0];
    }
    walk_end(&k);
    return steps;
}

/* Momentum crosses the valley less often than descent at the rate that zig-zags, and is there
 * sooner; Nesterov's sooner still. */
START_TEST(momentum_in_a_valley)
{
    int plain, heavy, ahead;
    int descent = steps_in_valley("sgd lr=0.0195", &plain);
    int momentum = steps_in_valley("momentum lr=0.0195", &heavy);
    int nesterov = steps_in_valley("nesterov lr=0.01", &ahead);
    ck_assert_int_lt(momentum, descent);
    ck_assert_int_lt(nesterov, momentum);
    ck_assert_int_lt(heavy, plain);
}
END_TEST

/* A wide bowl around 0 with a narrow deep well at 3. */
static double slope_of_wells(double w)
{
    double d = (w - 3) / 0.2;
    return 0.2 * w + 0.6 * exp(-d * d / 2) * d / 0.2;
}

/* From how many of 40 starts between 3.5 and 7.4 the walk ends in the wide bowl. */
static int ends_in_the_bowl(const char *text)
{
    int count = 0;
    for (int i = 0; i < 40; i++) {
        rg_optim_config c;
        rg_group g;
        ck_assert_int_eq(rg_optim_parse(&c, &g, text, NULL), RG_OK);
        double at = 3.5 + 0.1 * i;
        walk k = walk_from(c, g, 1, &at);
        for (int step = 0; step < 800; step++) at = walk_by(&k, slope_of_wells(at));
        count += fabs(at) < 0.5;
        walk_end(&k);
    }
    return count;
}

/* Momentum steps over the narrow well into which descent falls from every start on its side;
 * and where the narrow well is the goal, momentum takes longer to come to rest in it. */
START_TEST(momentum_steps_over_narrow_wells)
{
    ck_assert_int_eq(ends_in_the_bowl("sgd lr=0.02"), 0);
    ck_assert_int_gt(ends_in_the_bowl("momentum lr=0.02"), 20);
    int rest[2] = {0, 0};
    for (int heavy = 0; heavy < 2; heavy++) {
        double at = 3.3;
        walk k = walk_from(rg_sgd(heavy ? 0.9 : 0), (rg_group){.lr = 0.02}, 1, &at);
        double bottom = 2.96; /* where the slope is 0, nearly */
        for (int step = 0; step < 500; step++) {
            at = walk_by(&k, slope_of_wells(at));
            if (fabs(at - bottom) > 0.02) rest[heavy] = step;
        }
        walk_end(&k);
    }
    ck_assert_int_gt(rest[1], rest[0]);
}
END_TEST

/* By how much the loss over them rises, on average, when w is moved by 0.1 either way, as other
 * data would move the minima. */
static double rise_when_moved(double w)
{
    double loss[3];
    for (int i = 0; i < 3; i++) {
        double at = w + 0.1 * (i - 1), d = (at - 3) / 0.2;
        loss[i] = 0.1 * at * at - 0.6 * exp(-d * d / 2);
    }
    return (loss[0] + loss[2]) / 2 - loss[1];
}

/* Where momentum ends the loss is less sensitive than where plain descent ends: it tends to flat
 * minima. */
START_TEST(flat_minima_are_less_sensitive)
{
    double rise[2] = {0, 0};
    for (int heavy = 0; heavy < 2; heavy++)
        for (int i = 0; i < 20; i++) {
            double at = 3.6 + 0.1 * i;
            walk k = walk_from(rg_sgd(heavy ? 0.9 : 0), (rg_group){.lr = 0.02}, 1, &at);
            for (int step = 0; step < 800; step++) at = walk_by(&k, slope_of_wells(at));
            ck_assert_double_eq_tol(slope_of_wells(at), 0, 1e-3); /* it is at rest */
            rise[heavy] += rise_when_moved(at) / 20;
            walk_end(&k);
        }
    ck_assert_double_gt(rise[0], 0.05);
    ck_assert_double_lt(rise[1], 0.7 * rise[0]);
}
END_TEST

/* How far past the minimum of x^2/2 a momentum of 0.9 goes. */
static double overshoot(const char *text)
{
    rg_optim_config c;
    rg_group g;
    ck_assert_int_eq(rg_optim_parse(&c, &g, text, NULL), RG_OK);
    double at = 1, furthest = 0;
    walk k = walk_from(c, g, 1, &at);
    for (int i = 0; i < 200; i++) {
        at = walk_by(&k, at);
        furthest = fmin(furthest, at);
    }
    walk_end(&k);
    return -furthest;
}

START_TEST(nesterov_corrects_faster)
{
    ck_assert_double_lt(overshoot("nesterov lr=0.05"), 0.8 * overshoot("momentum lr=0.05"));
}
END_TEST

/* The steeper dimension gets the smaller effective rate; both have gone the same way. */
START_TEST(adagrad_evens_out_dimensions)
{
    walk k = walk_from(rg_adagrad(), (rg_group){.lr = 0.1}, 2, (double[]){0, 0});
    for (int i = 0; i < 20; i++) {
        int64_t mark = rg_step_begin(k.t);
        rg_node *g = VECTOR(k.t, 1000, 0.01);
        ck_assert_int_eq(rg_optim_apply(k.o, &g), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    double w[2];
    rg_read(k.w, RG_F64, w, 2);
    ck_assert_double_eq_tol(w[0] / w[1], 1, 1e-9);
    walk_end(&k);
}
END_TEST

/* Second order: on a quadratic one Newton step is the minimum, where descent needs hundreds. */
START_TEST(newton_needs_one_step)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = VECTOR(t, 0.5, 10), *H;
    rg_node *f = narrow(w), *g = grad_of(f, w);
    ck_assert_int_eq(rg_hessian(f, 1, &w, &H), RG_OK);
    EXPECT(rg_sub(w, rg_solve(H, g)), 1e-14, 0, 0);
    int turns;
    ck_assert_int_gt(steps_in_valley("sgd lr=0.0195", &turns), 100);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("notes_learning", large_weights_are_sensitive, l1_selects_features, penalties_pull_to_where_they_say,
         errors_of_an_ensemble, averages_are_no_worse,
         first_weights_make_errors_differ, bagged_models_differ_and_average, masks_are_used_twice_and_change, inverted_masks_keep_the_mean,
         momentum_in_a_valley, momentum_steps_over_narrow_wells, flat_minima_are_less_sensitive,
         nesterov_corrects_faster, adagrad_evens_out_dimensions, newton_needs_one_step)
