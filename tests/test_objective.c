/* test_objective.c - conventions of losses, softened labels, penalties, tasks, dropout as
 * first written, models that share, freeze, average and shrink: laws and known values. */
#include "expect.h"
#include "nn_help.h"

/* ---- losses and labels --------------------------------------------------------------------- */

START_TEST(squares_by_convention)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *p = VECTOR(t, 1, 2, 9), *y = rg_scalar(t, 4);
    static const double want[] = {38, 19, 38.0 / 3, 19.0 / 3}, slope[] = {2, 1, 2.0 / 3, 1.0 / 3};
    for (int how = 0; how < 4; how++) {
        rg_node *e = rg_squared_error(p, y, (rg_squares)how);
        EXPECT(e, 1e-15, want[how]);
        EXPECT(grad_of(e, p), 1e-15, -3 * slope[how], -2 * slope[how], 5 * slope[how]);
    }
    EXPECT(rg_mse(p, y), 1e-15, 38.0 / 3);
    rg_tape_free(t);
}
END_TEST

/* At variance 1 it is half the squared error and log(2 pi)/2; the best variance is the
 * mean of the squares. */
START_TEST(gaussian_likelihood)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *mean = VECTOR(t, 1, -2, 0.5), *y = VECTOR(t, 2, -1, 0), *var = rg_scalar(t, 1);
    rg_node *half = rg_squared_error(mean, y, RG_SQUARES_HALF_MEAN);
    EXPECT(rg_sub(rg_gaussian_nll(mean, var, y), half), 1e-15, 0.5 * log(2 * acos(-1)));
    rg_node *best = rg_scalar(t, (1 + 1 + 0.25) / 3);
    EXPECT(grad_of(rg_gaussian_nll(mean, best, y), best), 1e-15, 0);
    rg_tape_free(t);
}
END_TEST

/* Eight coins, four heads: the likelihood is p^4 (1 - p)^4, highest at 1/2 (notes 4.1). */
START_TEST(bernoulli_likelihood)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *coin = VECTOR(t, 1, 0, 1, 1, 0, 0, 1, 0);
    static const double p[] = {0.75, 0.5}, want[] = {0.00123596, 0.00390625};
    for (int i = 0; i < 2; i++) {
        rg_node *chance = rg_scalar(t, p[i]);
        rg_node *nll = rg_scale(rg_bce(chance, coin), 8);
        ck_assert_double_eq_tol(exp(-rg_value(nll)), want[i], 1e-8);
        rg_node *slope = grad_of(nll, chance);
        if (i)
            EXPECT(slope, 1e-14, 0);
        else
            ck_assert_double_gt(rg_value(slope), 1);
    }
    /* A coin that always shows heads cannot have shown tails. */
    ck_assert_double_eq(exp(-8 * rg_value(rg_bce(rg_scalar(t, 1), coin))), 0);
    rg_tape_free(t);
}
END_TEST

/* The likelihood of H heads in N throws is largest at H/N: the derivative of its log is 0 there,
 * above 0 below it and below 0 above it. */
START_TEST(most_likely_is_the_share)
{
    rg_tape *t = rg_tape_new(NULL);
    static const double throws[][7] = {{1, 0, 0, 0, 0, 0, 0}, {1, 1, 0, 0, 1, 0, 0}, {1, 1, 1, 0, 1, 1, 1}};
    static const double heads[] = {1, 3, 6};
    for (int i = 0; i < 3; i++)
        for (int side = -1; side <= 1; side++) {
            rg_node *chance = rg_scalar(t, heads[i] / 7 + 0.05 * side);
            rg_node *log_likelihood = rg_scale(rg_bce(chance, rg_leaf_from(t, RG_F64, rg_shape1(7), throws[i], 7)), -7);
            double slope = rg_value(grad_of(log_likelihood, chance));
            if (side)
                ck_assert_double_gt(-side * slope, 0.5);
            else
                ck_assert_double_eq_tol(slope, 0, 1e-13);
        }
    rg_tape_free(t);
}
END_TEST

START_TEST(labels_are_softened)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *label = INDEX(t, 2, 0);
    EXPECT(rg_one_hot(label, 3, RG_F64), 0, 0, 0, 1, 1, 0, 0);
    EXPECT(rg_smooth_labels(label, 3, RG_F64, 0.1, RG_SPREAD_OTHERS), 1e-16, 0.05, 0.05, 0.9, 0.9, 0.05, 0.05);
    EXPECT(rg_smooth_labels(label, 3, RG_F64, 0.3, RG_SPREAD_ALL), 1e-15, 0.1, 0.1, 0.8, 0.8, 0.1, 0.1);
    rg_smooth_labels(label, 2, RG_F64, 0.1, RG_SPREAD_ALL);
    ck_assert_int_eq(rg_error_of(t)->status, RG_INDEX);
    rg_tape_free(t);
    t = rg_tape_new(NULL);
    rg_smooth_labels(INDEX(t, 0), 2, RG_F64, 1, RG_SPREAD_ALL);
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* The loss is smallest where the softmax is the softened label; the notes' formula, with
 * share/(C - 1) instead of -share/(C - 1) log p, has its smallest value elsewhere. */
START_TEST(softened_loss_is_least_at_the_label)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *q = rg_smooth_labels(INDEX(t, 1), 4, RG_F64, 0.1, RG_SPREAD_OTHERS);
    rg_node *z = rg_log(q);
    double here[4], slope[4];
    rg_read(z, RG_F64, here, 4);
    rg_node *at = rg_leaf_from(t, RG_F64, rg_shape2(1, 4), here, 4);
    rg_read(grad_of(rg_cross_entropy(at, q), at), RG_F64, slope, 4);
    for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(slope[i], 0, 1e-15);
    rg_node *p = rg_softmax(at, -1);
    rg_node *letter = rg_offset(rg_scale(rg_log(rg_slice(p, 1, 1, 1, 1)), -0.9), 0.1);
    rg_read(grad_of(letter, at), RG_F64, slope, 4);
    ck_assert_double_lt(slope[1], -0.05);
    rg_tape_free(t);
}
END_TEST

/* ---- penalties -------------------------------------------------------------------------------- */

START_TEST(penalties_and_gradients)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = VECTOR(t, 3, -0.5, 0), *b = VECTOR(t, 1, 1, 1), *g[2], *both[] = {w, b};
    EXPECT(rg_penalty_l2(w), 1e-15, 4.625);
    EXPECT(grad_of(rg_penalty_l2(w), w), 0, 3, -0.5, 0);
    EXPECT(rg_penalty_l1(w), 0, 3.5);
    EXPECT(grad_of(rg_penalty_l1(w), w), 0, 1, -1, 0);
    rg_node *near = rg_penalty_near(w, b);
    EXPECT(near, 1e-15, 4 + 2.25 + 1);
    ck_assert_int_eq(rg_grad(near, NULL, 2, both, g), RG_OK);
    EXPECT(g[0], 1e-15, 4, -3, -2);
    EXPECT(g[1], 1e-15, -4, 3, 2); /* a tie pulls on both */
    rg_node *h = MATRIX(t, 2, 1, -2, 3, 0);
    EXPECT(rg_penalty_activity(h), 0, 3);
    EXPECT(grad_of(rg_penalty_activity(h), h), 0, 0.5, -0.5, 0.5, 0); /* sign(h) over the rows */
    rg_tape_free(t);
}
END_TEST

/* Descent on loss + a |w|^2/2 from 0 ends at ridge's closed form, (X'X/n + a) w = X'y/n. */
START_TEST(l2_ends_at_ridge)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *X = wavy_leaf(t, RG_F64, rg_shape2(12, 3), 0), *y = wavy_leaf(t, RG_F64, rg_shape1(12), 1);
    rg_node *w = rg_leaf(t, RG_F64, rg_shape1(3)), *gram = rg_scale(rg_matmul(rg_transpose(X), X), 1.0 / 12);
    rg_node *right = rg_scale(rg_matmul(rg_transpose(X), y), 1.0 / 12);
    rg_node *ridge = rg_solve(rg_add(gram, rg_scale(rg_diag(VECTOR(t, 1, 1, 1)), 0.3)), right);
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = 0.3});
    for (int i = 0; i < 600; i++) {
        int64_t mark = rg_step_begin(t);
        rg_node *part[] = {rg_squared_error(rg_matmul(X, w), y, RG_SQUARES_HALF_MEAN), rg_penalty_l2(w)};
        ck_assert_int_eq(rg_optim_step(o, rg_weighted_sum(2, part, (double[]){1, 0.3})), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    double want[3];
    rg_read(ridge, RG_F64, want, 3);
    EXPECT(w, 1e-12, want[0], want[1], want[2]);
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

START_TEST(powers_of_a_vector)
{
    rg_tape *t = rg_tape_new(NULL);
    EXPECT(rg_polynomial(VECTOR(t, 2, -1, 0), 3), 0, 8, 4, 2, 1, -1, 1, -1, 1, 0, 0, 0, 1);
    EXPECT(rg_polynomial(VECTOR(t, 2, 5), 0), 0, 1, 1);
    rg_polynomial(VECTOR(t, 2), -1);
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* ---- layers ----------------------------------------------------------------------------------- */

/* One group is layer normalisation; each group has mean 0 and variance 1 - eps/(var + eps);
 * an example does not see its neighbours. */
START_TEST(groups_are_normalised)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(3, 6), 0.3);
    rg_node *one = rg_const(t, RG_F64, rg_shape1(6), 1), *none = rg_const(t, RG_F64, rg_shape1(6), 0);
    double a[18], b[18];
    rg_read(rg_norm_group(x, 1, one, none), RG_F64, a, 18);
    rg_read(rg_layernorm(x, one, none, 1e-5), RG_F64, b, 18);
    for (int i = 0; i < 18; i++) ck_assert_double_eq_tol(a[i], b[i], 1e-14);
    rg_read(rg_norm_group(x, 2, one, none), RG_F64, a, 18);
    for (int g = 0; g < 6; g++) ck_assert_double_eq_tol(a[3 * g] + a[3 * g + 1] + a[3 * g + 2], 0, 1e-14);
    rg_read(rg_norm_group(rg_slice(x, 0, 1, 1, 1), 2, one, none), RG_F64, b, 6);
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol(a[6 + i], b[i], 1e-15);
    rg_norm_group(x, 4, one, none);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(largest_of_neighbours)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 4, 1, 5, -2, -3, 0, -1, 7, 6);
    EXPECT(rg_maxout(x, 2), 0, 5, -2, 0, 7);
    EXPECT(grad_of(rg_maxout(x, 2), x), 0, 0, 1, 1, 0, 1, 0, 1, 0);
    rg_maxout(x, 3);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

/* The mask of training and the factor of prediction have one mean; the inverted form has
 * the mean of the plain network. */
START_TEST(dropout_as_first_written)
{
    rg_tape *t = rg_tape_new(&(rg_config){.seed = 3});
    rg_node *ones = rg_const(t, RG_F64, rg_shape1(40000), 1);
    rg_node *masked = rg_drop(ones, 0.8, RG_MODE_TRAIN);
    EXPECT(rg_amax(masked, 0), 0, 1);
    EXPECT(rg_amin(masked, 0), 0, 0);
    EXPECT(rg_mean(masked, 0), 0.01, 0.8);
    EXPECT(rg_mean(rg_drop(ones, 0.8, RG_MODE_PREDICT), 0), 1e-12, 0.8);
    EXPECT(rg_amax(rg_dropout(ones, 0.8), 0), 1e-15, 1.25);
    rg_drop(ones, 0, RG_MODE_TRAIN);
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* All 16 masks of four units, each with its chance: for a linear unit their mean is what the
 * weight scaling rule predicts, for relu it is not. Notes 9.5. */
START_TEST(weight_scaling_by_enumeration)
{
    const double p = 0.5;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *h = VECTOR(t, 0.25, 0.5, 0.75, 1), *w = VECTOR(t, 1, -2, 0.5, -1);
    rg_node *scaled = rg_dot(w, rg_drop(h, p, RG_MODE_PREDICT));
    double linear = 0, bent = 0;
    for (int mask = 0; mask < 16; mask++) {
        double kept[4], chance = 1;
        for (int i = 0; i < 4; i++) {
            kept[i] = mask >> i & 1;
            chance *= kept[i] > 0 ? p : 1 - p;
        }
        rg_node *z = rg_dot(w, rg_mul(h, rg_leaf_from(t, RG_F64, rg_shape1(4), kept, 4)));
        linear += chance * rg_value(z);
        bent += chance * rg_value(rg_relu(z));
    }
    ck_assert_double_eq_tol(linear, rg_value(scaled), 1e-15);
    ck_assert_double_eq(rg_value(rg_relu(scaled)), 0); /* the rule says 0 ... */
    ck_assert_double_gt(bent, 0.05);                   /* ... which the mean over the masks is not */
    double naive = rg_value(rg_dot(w, h));             /* prediction that forgets the rule */
    ck_assert_double_gt(fabs(naive - linear), 0.5);
    rg_tape_free(t);
}
END_TEST

/* Glorot's even bound is sqrt(6/(n_in + n_out)); sqrt(6)/(n_in + n_out), as the notes'
 * letter has it, gives a variance too small by n_in + n_out. */
START_TEST(even_weights_reach_their_bound)
{
    const struct {
        rg_init how;
        double bound;
    } law[] = {{rg_glorot(true), 0.12247448713915890},         /* sqrt(6/400)  */
               {rg_he(true), 0.14142135623730950},             /* sqrt(6/300)  */
               {{2, RG_BY_OUTPUTS, true}, 0.24494897427831780}, /* sqrt(6/100) */
               {{2, RG_BY_BOTH, true}, 0.17320508075688773}};  /* sqrt(12/400) */
    for (int i = 0; i < 4; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = rg_leaf(t, RG_F64, rg_shape2(300, 100));
        ck_assert_int_eq(rg_init_draw(w, law[i].how, 300, 100, 1, 0), RG_OK);
        double most = rg_value(rg_amax(rg_abs(w), RG_ALL_AXES));
        ck_assert_double_le(most, law[i].bound);
        ck_assert_double_gt(most, 0.999 * law[i].bound);
        EXPECT(rg_var(w, RG_ALL_AXES), 0.02 * law[i].bound, law[i].bound * law[i].bound / 3);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(small_and_large_weights)
{
    static const double s[] = {0.01, 1};
    for (int i = 0; i < 2; i++) {
        rg_tape *t = rg_tape_new(NULL);
        rg_node *w = rg_leaf(t, RG_F64, rg_shape2(200, 100));
        ck_assert_int_eq(rg_init_draw(w, rg_init_deviation(s[i]), 200, 100, 1, 0), RG_OK);
        ck_assert_double_eq_tol(rg_value(rg_std(w, RG_ALL_AXES)) / s[i], 1, 0.02);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- models ------------------------------------------------------------------------------------ */

static void open_model(rg_model *m, rg_tape *t, const char *text, int64_t inputs, uint64_t seed)
{
    rg_spec s;
    rg_error e = {0};
    ck_assert_msg(rg_spec_parse(&s, text, &e) == RG_OK, "%s", e.text);
    ck_assert_msg(rg_model_init(m, t, &s, inputs, RG_F64, seed) == RG_OK, "%s", rg_error_of(t)->text);
}

START_TEST(layers_with_learned_numbers)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_model(&m, t, "linear 4, layernorm, prelu, linear 6, groupnorm 3, pswish 2, linear 1", 3, 1);
    ck_assert_int_eq(m.params, 2 + 2 + 1 + 2 + 2 + 1 + 2);
    ck_assert_str_eq(rg_name_of(m.param[4]), "2.slope");
    ck_assert_str_eq(rg_name_of(m.param[9]), "5.beta");
    EXPECT(m.param[4], 0, 0.25);
    EXPECT(m.param[9], 0, 2);
    rg_node *g[12], *x = wavy_leaf(t, RG_F64, rg_shape2(5, 3), 0);
    rg_node *y = rg_sum(rg_square(rg_model_apply(&m, x, RG_MODE_TRAIN)), RG_ALL_AXES);
    ck_assert_int_eq(rg_grad(y, NULL, m.params, m.param, g), RG_OK);
    ck_assert_double_ne(rg_value(rg_sum(g[4], RG_ALL_AXES)), 0);
    ck_assert_double_ne(rg_value(rg_sum(g[9], RG_ALL_AXES)), 0);
    rg_spec s;
    rg_spec_parse(&s, "linear 4, groupnorm 3", NULL);
    ck_assert_int_eq(rg_model_init(&m, t, &s, 3, RG_F64, 1), RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

START_TEST(spec_as_text)
{
    static const char text[] = "linear 4, batchnorm, prelu, dropout 0.5, linear 6, groupnorm 3, elu 2, linear 1";
    rg_spec s;
    char out[200];
    ck_assert_int_eq(rg_spec_parse(&s, text, NULL), RG_OK);
    ck_assert_int_eq(rg_spec_write(&s, out, sizeof out), RG_OK);
    ck_assert_str_eq(out, text);
    ck_assert_int_eq(rg_spec_write(&s, out, sizeof text), RG_OK);
    ck_assert_int_eq(rg_spec_write(&s, out, sizeof text - 1), RG_SHAPE);
}
END_TEST

/* The gradient of a shared trunk is the weighted sum of what its tasks send. */
START_TEST(tasks_share_a_trunk)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model trunk, head[2];
    open_model(&trunk, t, "linear 5, tanh", 3, 1);
    open_model(&head[0], t, "linear 2", 5, 2);
    open_model(&head[1], t, "linear 1", 5, 3);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(4, 3), 0), *h = rg_model_apply(&trunk, x, RG_MODE_TRAIN);
    rg_node *loss[] = {rg_cross_entropy(rg_model_apply(&head[0], h, RG_MODE_TRAIN), INDEX(t, 0, 1, 1, 0)),
                       rg_mse(rg_reshape(rg_model_apply(&head[1], h, RG_MODE_TRAIN), rg_shape1(4)), VECTOR(t, 1, 2, 3, 4))};
    rg_node *all, *part[2], *w = trunk.param[0];
    ck_assert_int_eq(rg_grad(rg_weighted_sum(2, loss, (double[]){1, 0.3}), NULL, 1, &w, &all), RG_OK);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(rg_grad(loss[i], NULL, 1, &w, &part[i]), RG_OK);
    double want[15];
    rg_read(rg_add(part[0], rg_scale(part[1], 0.3)), RG_F64, want, 15);
    expect_numbers(all, 1e-14, 15, want, __LINE__);
    rg_tape_free(t);
}
END_TEST

/* What the optimizer is not given does not change by a bit, and the new last layer learns. */
START_TEST(frozen_layers_stay)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_model(&m, t, "linear 8, tanh, prelu, linear 2", 3, 1);
    rg_node *const *head, *x = wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0), *label = INDEX(t, 0, 1, 1, 0, 1, 0);
    int n = rg_model_tail(&m, 3, &head);
    ck_assert_int_eq(n, 2);
    ck_assert_ptr_eq(head[0], m.param[3]);
    ck_assert_int_eq(rg_model_tail(&m, 0, &head), m.params);
    n = rg_model_tail(&m, 3, &head);
    double before[3][32], after[32], first = 0, last = 0;
    size_t bytes[3];
    for (int i = 0; i < 3; i++) bytes[i] = bits_of(m.param[i], before[i], sizeof before[i]);
    rg_optim_config c = rg_adam();
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = n, .param = head, .lr = 0.05});
    for (int i = 0; i < 60; i++) {
        int64_t mark = rg_step_begin(t);
        rg_node *loss = rg_cross_entropy(rg_model_apply(&m, x, RG_MODE_TRAIN), label);
        last = rg_value(loss);
        if (i == 0) first = last;
        ck_assert_int_eq(rg_optim_step(o, loss), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    ck_assert_double_lt(last, 0.5 * first);
    for (int i = 0; i < 3; i++) {
        bits_of(m.param[i], after, sizeof after);
        ck_assert_mem_eq(before[i], after, bytes[i]);
    }
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

START_TEST(average_of_models)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model a, b, *both[] = {&a, &b};
    open_model(&a, t, "linear 3", 2, 1);
    open_model(&b, t, "linear 3", 2, 2);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(2, 2), 0);
    double p[6], q[6];
    rg_read(rg_softmax(rg_model_apply(&a, x, RG_MODE_PREDICT), -1), RG_F64, p, 6);
    rg_read(rg_softmax(rg_model_apply(&b, x, RG_MODE_PREDICT), -1), RG_F64, q, 6);
    for (int i = 0; i < 6; i++) p[i] = (p[i] + q[i]) / 2;
    expect_numbers(rg_ensemble(2, both, x, true), 1e-15, 6, p, __LINE__);
    rg_read(rg_model_apply(&a, x, RG_MODE_PREDICT), RG_F64, p, 6);
    expect_numbers(rg_ensemble(1, both, x, false), 1e-15, 6, p, __LINE__);
    rg_ensemble(0, both, x, true);
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* Zeroes what unit `unit` of parameter w says to the next layer. */
static void silence(rg_node *w, int64_t unit)
{
    rg_tensor x = rg_peek(w);
    for (int64_t j = 0; j < x.dim[1]; j++) ((double *)x.data)[unit * x.stride[0] + j] = 0;
    rg_touch(w);
}

/* The network without its silent units: the same output, fewer numbers; a unit that only
 * spoke to a silent one goes as well. */
START_TEST(pruned_model_is_the_same_function)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m, small;
    open_model(&m, t, "linear 6, batchnorm, prelu, linear 5, tanh, dropout 0.5, linear 2", 3, 1);
    silence(m.param[7], 1); /* 5 units behind layer 3: two say nothing */
    silence(m.param[7], 4);
    double only_to_1[5] = {0, 2, 0, 0, 0};
    memcpy((double *)rg_peek(m.param[5]).data + 2 * 5, only_to_1, sizeof only_to_1); /* unit 2 of the first six */
    rg_touch(m.param[5]);
    ck_assert_msg(rg_model_prune(&small, &m, 0) == RG_OK, "%s", rg_error_of(t)->text);
    ck_assert_int_eq(small.spec.layer[0].width, 5);
    ck_assert_int_eq(small.spec.layer[3].width, 3);
    ck_assert_int_eq(small.spec.outputs, 2);
    ck_assert_int_eq(rg_model_size(&small), (3 * 5 + 5) + 10 + 1 + (5 * 3 + 3) + (3 * 2 + 2));
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(4, 3), 0);
    double want[8];
    rg_read(rg_model_apply(&m, x, RG_MODE_PREDICT), RG_F64, want, 8);
    expect_numbers(rg_model_apply(&small, x, RG_MODE_PREDICT), 1e-14, 8, want, __LINE__);
    rg_tape_free(t);
}
END_TEST

/* A normalisation over the units of an example mixes them: none may go. One always stays. */
START_TEST(pruning_has_its_limits)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m, small;
    open_model(&m, t, "linear 4, layernorm, linear 3, relu, linear 1", 2, 1);
    for (int i = 0; i < 4; i++) silence(m.param[4], i);
    ck_assert_int_eq(rg_model_prune(&small, &m, 1e9), RG_OK);
    ck_assert_int_eq(small.spec.layer[0].width, 4);
    ck_assert_int_eq(small.spec.layer[2].width, 1);
    rg_tape_free(t);
}
END_TEST

static rg_status prune_once(const rg_config *cfg)
{
    rg_tape *t = rg_tape_new(cfg);
    if (!t) return RG_NOMEM;
    rg_spec s;
    rg_model m, small;
    rg_spec_parse(&s, "linear 4, prelu, linear 3, groupnorm 3, linear 1", NULL);
    rg_status st = rg_model_init(&m, t, &s, 2, RG_F32, 1);
    if (!st) st = rg_model_prune(&small, &m, 0.1);
    if (!st) st = rg_error_of(rg_tape_of(rg_polynomial(rg_leaf(t, RG_F64, rg_shape1(2)), 3)))->status;
    if (!st) st = rg_error_of(t)->status;
    rg_tape_free(t);
    return st;
}

START_TEST(pruning_without_memory) { fail_each(prune_once); }
END_TEST

RG_SUITE("objective", squares_by_convention, gaussian_likelihood, bernoulli_likelihood, most_likely_is_the_share,
         labels_are_softened,
         softened_loss_is_least_at_the_label, penalties_and_gradients, l2_ends_at_ridge, powers_of_a_vector,
         groups_are_normalised, largest_of_neighbours, dropout_as_first_written, weight_scaling_by_enumeration,
         even_weights_reach_their_bound, small_and_large_weights, layers_with_learned_numbers, spec_as_text,
         tasks_share_a_trunk, frozen_layers_stay, average_of_models, pruned_model_is_the_same_function,
         pruning_has_its_limits, pruning_without_memory)
