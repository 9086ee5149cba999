/* test_nn.c - layers against finite differences, first weights against their law,
 * specs, models. */
#include "nn_help.h"

/* ---- gradients of layers -------------------------------------------------------------- */

typedef rg_node *network(rg_tape *t, rg_node **leaf);

static double loss_of(rg_tape *t, network *net, rg_node **leaf)
{
    int64_t mark = rg_mark(t);
    double v = rg_value(net(t, leaf));
    all_well(t);
    rg_rewind(t, mark);
    return v;
}

/* Every gradient of net's value with respect to n leaves against central differences. */
static void check_network(rg_tape *t, network *net, int n, rg_node **leaf)
{
    rg_node *g[8];
    double exact[512];
    int64_t mark = rg_mark(t);
    for (int k = 0; k < n; k++) {
        ck_assert_int_eq(rg_grad(net(t, leaf), NULL, n, leaf, g), RG_OK);
        size_t count = (size_t)rg_count_of(leaf[k]);
        ck_assert_int_eq(rg_read(g[k], RG_F64, exact, count), RG_OK);
        rg_rewind(t, mark);
        double *x = rg_peek(leaf[k]).data;
        for (size_t i = 0; i < count; i++) {
            double was = x[i], h = 1e-6;
            x[i] = was + h;
            double up = loss_of(t, net, leaf);
            x[i] = was - h;
            double down = loss_of(t, net, leaf);
            x[i] = was;
            ck_assert_double_eq_tol(exact[i], (up - down) / (2 * h), 2e-8);
        }
    }
}

static rg_node *sum_waves(rg_node *y) /* a loss that no symmetry can make flat */
{
    return rg_sum(rg_sin(rg_add(y, rg_square(y))), RG_ALL_AXES);
}

static rg_node *linear_net(rg_tape *t, rg_node **leaf)
{
    (void)t;
    return sum_waves(rg_linear(leaf[0], leaf[1], leaf[2]));
}

START_TEST(linear_gradient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *leaf[] = {wavy_leaf(t, RG_F64, rg_shape2(4, 3), 0), wavy_leaf(t, RG_F64, rg_shape2(3, 2), 1),
                       wavy_leaf(t, RG_F64, rg_shape1(2), 2)};
    check_network(t, linear_net, 3, leaf);
    rg_tape_free(t);
}
END_TEST

static rg_node *batchnorm_net(rg_tape *t, rg_node **leaf)
{
    (void)t;
    return sum_waves(rg_norm_batch(leaf[0], leaf[1], leaf[2], NULL, NULL));
}

static rg_node *norm_by_net(rg_tape *t, rg_node **leaf)
{
    (void)t;
    return sum_waves(rg_norm_by(leaf[0], leaf[1], rg_square(leaf[2]), leaf[3], leaf[4]));
}

START_TEST(batchnorm_gradient)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *leaf[5] = {wavy_leaf(t, RG_F64, rg_shape2(5, 3), 0)};
    for (int k = 1; k < 5; k++) leaf[k] = wavy_leaf(t, RG_F64, rg_shape1(3), k);
    check_network(t, batchnorm_net, 3, leaf);
    check_network(t, norm_by_net, 5, leaf);
    rg_tape_free(t);
}
END_TEST

static const char *tried;

static rg_node *activation_net(rg_tape *t, rg_node **leaf)
{
    (void)t;
    return sum_waves(rg_activation(leaf[0], tried, (double)NAN));
}

START_TEST(activation_gradients)
{
    static const char *const all[] = {"relu", "tanh", "sigmoid", "leaky_relu", "elu", "softplus", "swish", "gelu"};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *leaf[] = {wavy_leaf(t, RG_F64, rg_shape2(4, 3), 0.5)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        tried = all[i];
        check_network(t, activation_net, 1, leaf);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(activation_numbers)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, -2);
    ck_assert_double_eq_tol(rg_value(rg_activation(x, "leaky_relu", (double)NAN)), -0.02, 1e-15);
    ck_assert_double_eq_tol(rg_value(rg_activation(x, "leaky_relu", 0.25)), -0.5, 1e-15);
    ck_assert_double_eq_tol(rg_value(rg_activation(x, "elu", 2)), 2 * expm1(-2), 1e-15);
    ck_assert_double_eq_tol(rg_value(rg_activation(x, "swish", 3)), -2 / (1 + exp(6)), 1e-15);
    rg_activation(x, "rleu", 0);
    ck_assert_int_eq(rg_error_of(t)->status, RG_USAGE);
    rg_tape_free(t);
}
END_TEST

/* ---- first weights ---------------------------------------------------------------------- */

static void moments(rg_init how, int64_t n_in, int64_t n_out, double *mean, double *var, double *most)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_leaf(t, RG_F64, rg_shape2(n_in, n_out));
    ck_assert_int_eq(rg_init_draw(w, how, n_in, n_out, 7, 3), RG_OK);
    *mean = rg_value(rg_mean(w, RG_ALL_AXES));
    *var = rg_value(rg_var(w, RG_ALL_AXES));
    *most = rg_value(rg_amax(rg_abs(w), RG_ALL_AXES));
    rg_tape_free(t);
}

START_TEST(init_variances) /* 80,000 numbers: the variance is within 4 of its deviations */
{
    const int64_t n_in = 400, n_out = 200;
    const struct {
        rg_init how;
        double var;
    } law[] = {{rg_glorot(true), 2.0 / 600}, {rg_glorot(false), 2.0 / 600},
               {rg_he(true), 2.0 / 400},     {rg_he(false), 2.0 / 400},
               {{1, RG_BY_INPUTS, false}, 1.0 / 400}, {{1, RG_BY_OUTPUTS, true}, 1.0 / 200}};
    for (size_t i = 0; i < sizeof law / sizeof *law; i++) {
        double mean, var, most, v = law[i].var, spread = law[i].how.uniform ? 0.8 : 2;
        moments(law[i].how, n_in, n_out, &mean, &var, &most);
        ck_assert_double_eq_tol(mean, 0, 4 * sqrt(v / 80000));
        ck_assert_double_eq_tol(var, v, 4 * v * sqrt(spread / 80000));
        if (law[i].how.uniform) {
            ck_assert_double_le(most, sqrt(3 * v));
            ck_assert_double_gt(most, 0.999 * sqrt(3 * v));
        } else ck_assert_double_gt(most, 3.5 * sqrt(v));
    }
}
END_TEST

START_TEST(init_by_seed_and_place)
{
    rg_tape *t = rg_tape_new(NULL);
    double a[12], b[12];
    rg_node *w = rg_leaf(t, RG_F64, rg_shape2(4, 3)), *v = rg_leaf(t, RG_F64, rg_shape2(4, 3));
    const struct {
        uint64_t seed, which;
        bool same;
    } other[] = {{5, 1, true}, {6, 1, false}, {5, 2, false}, {5 + (1ull << 32), 1, false}};
    for (int i = 0; i < 4; i++) {
        rg_init_draw(w, rg_he(false), 4, 3, 5, 1);
        rg_init_draw(v, rg_he(false), 4, 3, other[i].seed, other[i].which);
        bits_of(w, a, sizeof a);
        bits_of(v, b, sizeof b);
        ck_assert_int_eq(memcmp(a, b, sizeof a) == 0, other[i].same);
    }
    ck_assert_int_eq(rg_init_draw(w, rg_he(false), 0, 3, 5, 1), RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

/* ---- specs ---------------------------------------------------------------------------------- */

START_TEST(spec_is_read)
{
    rg_spec s;
    rg_error e = {0};
    ck_assert_int_eq(rg_spec_parse(&s, " linear 256 ,relu, dropout 0.8,\n batchnorm, leaky_relu 0.2, linear 10", &e), RG_OK);
    ck_assert_int_eq(s.layers, 6);
    ck_assert_int_eq(s.outputs, 10);
    ck_assert_int_eq(s.layer[0].kind, RG_LINEAR);
    ck_assert_int_eq(s.layer[0].width, 256);
    ck_assert_str_eq(s.layer[1].name, "relu");
    ck_assert(isnan(s.layer[1].number));
    ck_assert_int_eq(s.layer[2].kind, RG_DROPOUT);
    ck_assert_double_eq(s.layer[2].number, 0.8);
    ck_assert_int_eq(s.layer[3].kind, RG_BATCHNORM);
    ck_assert_double_eq(s.layer[4].number, 0.2);
}
END_TEST

START_TEST(spec_is_refused)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"", "layer 1 at character 1: a layer is missing"},
               {"linear 5,", "layer 2 at character 10: a layer is missing"},
               {"linear 5, rleu, linear 3", "layer 2 at character 11: no layer is called 'rleu'; there are linear,"},
               {"linear", "takes its width"},
               {"linear 0", "takes its width"},
               {"linear -3", "takes its width"},
               {"linear 2.5", "takes its width"},
               {"linear 99999999999", "takes its width"},
               {"linear 3 4", "a number, a comma or the end"},
               {"linear x", "a number, a comma or the end"},
               {"linear 4, dropout, linear 2", "probability of keeping"},
               {"linear 4, dropout 0, linear 2", "probability of keeping"},
               {"linear 4, dropout 1.5", "probability of keeping"},
               {"linear 4, relu 3", "takes no number"},
               {"linear 4, maxout, linear 2", "maxout takes how many"},
               {"linear 4, maxout 1.5", "maxout takes how many"},
               {"linear 4, maxout 3, linear 2", "layer 2: maxout of 3 does not divide 4 units"},
               {"linear 4, batchnorm 3", "takes no number"},
               {"relu", "needs a linear layer"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rg_spec s;
        rg_error e = {0};
        ck_assert_int_eq(rg_spec_parse(&s, bad[i].text, &e), RG_USAGE);
        ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "'%s' says '%s'", bad[i].text, e.text);
    }
    char many[RG_LAYERS * 8 + 32] = "linear 2";
    for (int i = 0; i < RG_LAYERS; i++) strcat(many, ", relu");
    rg_spec s;
    rg_error e = {0};
    ck_assert_int_eq(rg_spec_parse(&s, many, &e), RG_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "more than 128 layers"));
}
END_TEST

/* ---- models ------------------------------------------------------------------------------------ */

static rg_status make_model(rg_model *m, rg_tape *t, const char *text, int64_t inputs, rg_dtype d, uint64_t seed);

/* Two units out of six, each the largest of three neighbours; not of five inputs, and not to be pruned. */
START_TEST(maxout_is_a_layer)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m, small;
    ck_assert_int_eq(make_model(&m, t, "linear 6, maxout 3", 4, RG_F64, 1), RG_OK);
    ck_assert_int_eq(m.spec.outputs, 2);
    rg_node *x = rg_normal(t, RG_F64, rg_shape2(5, 4));
    double all[30], most[10];
    rg_read(rg_linear(x, m.param[0], m.param[1]), RG_F64, all, 30);
    rg_read(rg_model_apply(&m, x, RG_MODE_TRAIN), RG_F64, most, 10);
    for (int i = 0; i < 10; i++) ck_assert_double_eq(most[i], fmax(all[3 * i], fmax(all[3 * i + 1], all[3 * i + 2])));
    ck_assert_int_eq(rg_model_prune(&small, &m, 0), RG_USAGE);
    rg_tape_free(t);
    t = rg_tape_new(NULL);
    ck_assert_int_eq(make_model(&m, t, "maxout 2, linear 3", 5, RG_F64, 1), RG_SHAPE);
    rg_tape_free(t);
}
END_TEST

static rg_status make_model(rg_model *m, rg_tape *t, const char *text, int64_t inputs, rg_dtype d, uint64_t seed)
{
    rg_spec s;
    ck_assert_int_eq(rg_spec_parse(&s, text, NULL), RG_OK);
    return rg_model_init(m, t, &s, inputs, d, seed);
}

START_TEST(model_leaves_have_names)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    ck_assert_int_eq(make_model(&m, t, "linear 4, batchnorm, relu, linear 2", 3, RG_F32, 1), RG_OK);
    static const char *const names[] = {"0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"};
    ck_assert_int_eq(m.params, 6);
    for (int i = 0; i < 6; i++) ck_assert_str_eq(rg_name_of(m.param[i]), names[i]);
    ck_assert_int_eq(m.buffers, 2);
    ck_assert_str_eq(rg_name_of(m.buffer[0]), "1.running_mean");
    ck_assert_str_eq(rg_name_of(m.buffer[1]), "1.running_var");
    ck_assert_int_eq(rg_model_size(&m), 3 * 4 + 4 + 4 + 4 + 4 * 2 + 2);
    float one[4];
    rg_read(m.buffer[1], RG_F32, one, 4);
    ck_assert_float_eq(one[3], 1);
    rg_node *y = rg_model_apply(&m, wavy_leaf(t, RG_F32, rg_shape2(7, 3), 0), RG_MODE_PREDICT);
    all_well(t);
    ck_assert_int_eq(rg_shape_of(y).dim[0], 7);
    ck_assert_int_eq(rg_shape_of(y).dim[1], 2);
    const char *scope[2];
    ck_assert_int_eq(rg_scope_of(y, scope, 2), 1);
    ck_assert_str_eq(scope[0], "3 linear");
    rg_tape_free(t);
}
END_TEST

/* He within sqrt(6/n_in) before relu, Glorot within sqrt(6/(n_in + n_out)) at the end. */
START_TEST(model_weights_fit_their_activation)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    make_model(&m, t, "linear 300, batchnorm, relu, linear 100", 200, RG_F64, 1);
    double he = rg_value(rg_amax(rg_abs(m.param[0]), RG_ALL_AXES));
    double glorot = rg_value(rg_amax(rg_abs(m.param[4]), RG_ALL_AXES));
    ck_assert_double_eq_tol(he, sqrt(6.0 / 200), 1e-3 * he);
    ck_assert_double_le(he, sqrt(6.0 / 200));
    ck_assert_double_eq_tol(glorot, sqrt(6.0 / 400), 1e-3 * glorot);
    ck_assert_double_le(glorot, sqrt(6.0 / 400));
    rg_tape_free(t);
}
END_TEST

START_TEST(dropout_only_in_training)
{
    rg_tape *t = rg_tape_new(&(rg_config){.seed = 3});
    rg_model m;
    make_model(&m, t, "linear 200, dropout 0.8", 3, RG_F64, 1);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(1, 3), 0);
    rg_node *plain = rg_linear(x, m.param[0], m.param[1]);
    double a[200], b[200];
    bits_of(plain, a, sizeof a);
    bits_of(rg_model_apply(&m, x, RG_MODE_PREDICT), b, sizeof b);
    ck_assert_mem_eq(a, b, sizeof a);
    bits_of(rg_model_apply(&m, x, RG_MODE_TRAIN), b, sizeof b);
    int kept = 0;
    for (int i = 0; i < 200; i++) {
        if (b[i] == 0) continue;
        ck_assert_double_eq_tol(b[i], a[i] / 0.8, 1e-15);
        kept++;
    }
    ck_assert_int_gt(kept, 160 - 4 * 6);
    ck_assert_int_lt(kept, 160 + 4 * 6);
    rg_tape_free(t);
}
END_TEST

/* After one tick the running statistics are 0.9 of the first and 0.1 of the batch's;
 * once they are the batch's, prediction equals training. */
START_TEST(batchnorm_runs)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    make_model(&m, t, "linear 2, batchnorm", 3, RG_F64, 1);
    rg_node *x = wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0);
    int64_t mark = rg_step_begin(t);
    rg_node *z = rg_linear(x, m.param[0], m.param[1]);
    double mean[2], var[2], now[2];
    rg_read(rg_mean(z, 0), RG_F64, mean, 2);
    rg_read(rg_var(z, 0), RG_F64, var, 2);
    rg_model_apply(&m, x, RG_MODE_TRAIN);
    ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    rg_read(m.buffer[0], RG_F64, now, 2);
    for (int i = 0; i < 2; i++) ck_assert_double_eq_tol(now[i], 0.1 * mean[i], 1e-15);
    rg_read(m.buffer[1], RG_F64, now, 2);
    for (int i = 0; i < 2; i++) ck_assert_double_eq_tol(now[i], 0.9 + 0.1 * var[i], 1e-15);

    rg_write(m.buffer[0], RG_F64, mean, 2);
    rg_write(m.buffer[1], RG_F64, var, 2);
    double a[12], b[12];
    rg_read(rg_model_apply(&m, x, RG_MODE_TRAIN), RG_F64, a, 12);
    rg_read(rg_model_apply(&m, x, RG_MODE_PREDICT), RG_F64, b, 12);
    for (int i = 0; i < 12; i++) ck_assert_double_eq_tol(a[i], b[i], 1e-14);
    rg_tape_free(t);
}
END_TEST

START_TEST(correct_is_counted)
{
    rg_tape *t = rg_tape_new(NULL);
    const double z[] = {1, 2, 0, 5, 1, 1, -3, -2, -1};
    const int64_t label[] = {1, 0, 0};
    rg_node *logits = rg_leaf_from(t, RG_F64, rg_shape2(3, 3), z, 9);
    rg_node *labels = rg_leaf_from(t, RG_I64, rg_shape1(3), label, 3);
    ck_assert_double_eq(rg_value(rg_correct(logits, labels)), 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(model_errors)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    ck_assert_int_eq(make_model(&m, t, "linear 2", 0, RG_F64, 1), RG_SHAPE);
    rg_rewind(t, 0);
    ck_assert_int_eq(make_model(&m, t, "linear 2", 3, RG_I64, 1), RG_DTYPE);
    rg_rewind(t, 0);
    ck_assert_int_eq(make_model(&m, t, "linear 2", 3, RG_F64, 1), RG_OK);
    rg_node *y = rg_model_apply(&m, rg_leaf(t, RG_F64, rg_shape2(2, 4)), RG_MODE_TRAIN);
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    ck_assert_int_eq(rg_error_of(t)->line, __LINE__ - 2);
    ck_assert_ptr_eq(rg_peek(y).data, NULL);
    rg_tape_free(t);
}
END_TEST

static rg_status build_and_run(const rg_config *cfg)
{
    rg_tape *t = rg_tape_new(cfg);
    if (!t) return RG_NOMEM;
    rg_model m;
    rg_status s = make_model(&m, t, "linear 4, batchnorm, gelu, dropout 0.5, linear 2", 3, RG_F32, 1);
    if (!s) {
        rg_node *x = rg_leaf(t, RG_F32, rg_shape2(5, 3));
        rg_model_apply(&m, x, RG_MODE_TRAIN);
        s = rg_commit(t);
    }
    rg_tape_free(t);
    return s;
}

START_TEST(model_without_memory) { fail_each(build_and_run); }
END_TEST

RG_SUITE("nn", linear_gradient, batchnorm_gradient, activation_gradients, activation_numbers, init_variances,
         init_by_seed_and_place, spec_is_read, spec_is_refused, maxout_is_a_layer, model_leaves_have_names,
         model_weights_fit_their_activation, dropout_only_in_training, batchnorm_runs, correct_is_counted,
         model_errors, model_without_memory)
