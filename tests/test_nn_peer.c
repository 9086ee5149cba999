/* test_nn_peer.c - fifty steps of training with each layer and each loss against the
 * numbers of PyTorch, which tests/peers/nn_fixture.py wrote. */
#include "nn_fixture.h"
#include "nn_help.h"

/* The network 4-6-3: first weights and bias, second ones, and two vectors for the layer. */
typedef struct fixture_net {
    rg_tape *t;
    rg_node *w1, *b1, *w2, *b2, *extra[2], *running[2];
    rg_node *x, *y, *label, *bit;
} fixture_net;

typedef rg_node *fixture_layer(const fixture_net *n, rg_node *h);
typedef rg_node *fixture_loss(const fixture_net *n, rg_node *z);

static rg_node *wavy_weights(rg_tape *t, rg_shape shape, double phase)
{
    double x[64];
    rg_node *w = rg_leaf(t, RG_F64, shape);
    int n = (int)rg_count_of(w);
    fill_wavy(x, n, phase);
    for (int i = 0; i < n; i++) x[i] *= 0.4;
    ck_assert_int_eq(rg_write(w, RG_F64, x, (size_t)n), RG_OK);
    return w;
}

static fixture_net open_net(void)
{
    static const int64_t label[] = {1, 0, 2, 1, 0, 2};
    const double one[] = {1, 1, 1, 1, 1, 1};
    double bit[18];
    for (int i = 0; i < 18; i++) bit[i] = i % 2;
    rg_tape *t = rg_tape_new(NULL);
    return (fixture_net){t, wavy_weights(t, rg_shape2(4, 6), 1), wavy_weights(t, rg_shape1(6), 2),
                         wavy_weights(t, rg_shape2(6, 3), 3), wavy_weights(t, rg_shape1(3), 4),
                         {wavy_weights(t, rg_shape1(6), 5), wavy_weights(t, rg_shape1(6), 6)},
                         {rg_leaf(t, RG_F64, rg_shape1(6)), rg_leaf_from(t, RG_F64, rg_shape1(6), one, 6)},
                         wavy_leaf(t, RG_F64, rg_shape2(6, 4), 0.1), wavy_leaf(t, RG_F64, rg_shape2(6, 3), 0.2),
                         rg_leaf_from(t, RG_I64, rg_shape1(6), label, 6),
                         rg_leaf_from(t, RG_F64, rg_shape2(6, 3), bit, 18)};
}

static double one_step(fixture_net *n, rg_optim *o, fixture_layer *layer, fixture_loss *loss)
{
    int64_t mark = rg_step_begin(n->t);
    rg_node *h = layer(n, rg_linear(n->x, n->w1, n->b1));
    rg_node *w2 = rg_slice(n->w2, 0, 0, rg_shape_of(h).dim[1], 1);
    rg_node *value = loss(n, rg_linear(h, w2, n->b2));
    double v = rg_value(value);
    ck_assert_msg(rg_optim_step(o, value) == RG_OK, "%s", rg_error_of(n->t)->text);
    ck_assert_int_eq(rg_step_end(n->t, mark), RG_OK);
    return v;
}

static void expect_fixture(const char *name, int n, const double *got)
{
    size_t row = 0, rows = sizeof nn_fixture / sizeof *nn_fixture;
    while (row < rows && strcmp(nn_fixture[row].name, name) != 0) row++;
    ck_assert_msg(row < rows, "no fixture is called %s", name);
    for (int i = 0; i < n; i++)
        ck_assert_msg(fabs(got[i] - nn_fixture[row].number[i]) <= 1e-10, "%s: number %d is %.17g, not %.17g", name, i,
                      got[i], nn_fixture[row].number[i]);
}

/* Fifty steps; the loss of the last. */
static double train_net(fixture_net *n, fixture_layer *layer, fixture_loss *loss)
{
    rg_node *param[] = {n->w1, n->b1, n->w2, n->b2, n->extra[0], n->extra[1]};
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(n->t, &c, 1, &(rg_group){.n = 6, .param = param, .lr = 0.1});
    double last = 0;
    for (int i = 0; i < 50; i++) last = one_step(n, o, layer, loss);
    rg_optim_free(o);
    return last;
}

static void train_like(const char *name, fixture_layer *layer, fixture_loss *loss)
{
    fixture_net n = open_net();
    double got[25];
    got[0] = train_net(&n, layer, loss);
    rg_read(n.w1, RG_F64, got + 1, 24);
    expect_fixture(name, 25, got);
    rg_tape_free(n.t);
}

/* ---- layers ---------------------------------------------------------------------------- */

static rg_node *labels_loss(const fixture_net *n, rg_node *z) { return rg_cross_entropy(z, n->label); }

/* The six units of a row as a picture of 2 by 3, through two kernels of 1 by 3. */
static rg_node *convolved(const fixture_net *n, rg_node *h)
{
    rg_node *picture = rg_reshape(h, rg_shape4(6, 1, 2, 3));
    return rg_conv2d(picture, rg_reshape(n->extra[0], rg_shape4(2, 1, 1, 3)), 1, 1);
}

#define LAYER(NAME, EXPR)                                                                          \
    static rg_node *layer_##NAME(const fixture_net *n, rg_node *h)                                 \
    {                                                                                              \
        (void)n;                                                                                   \
        return EXPR;                                                                               \
    }                                                                                              \
    START_TEST(NAME##_like_pytorch) { train_like(#NAME, layer_##NAME, labels_loss); }              \
    END_TEST

LAYER(linear, h)
LAYER(relu, rg_activation(h, "relu", NAN))
LAYER(tanh, rg_activation(h, "tanh", NAN))
LAYER(sigmoid, rg_activation(h, "sigmoid", NAN))
LAYER(leaky_relu, rg_activation(h, "leaky_relu", 0.2))
LAYER(elu, rg_activation(h, "elu", 0.7))
LAYER(softplus, rg_activation(h, "softplus", NAN))
LAYER(swish, rg_activation(h, "swish", 1.5))
LAYER(gelu, rg_activation(h, "gelu", NAN))
LAYER(prelu, rg_prelu(h, rg_slice(n->extra[0], 0, 0, 1, 1)))
LAYER(pswish, rg_swish_by(h, rg_slice(n->extra[0], 0, 0, 1, 1)))
LAYER(maxout, rg_maxout(h, 2))
LAYER(batchnorm, rg_norm_batch(h, n->extra[0], n->extra[1], NULL, NULL))
LAYER(layernorm, rg_norm_group(h, 1, n->extra[0], n->extra[1]))
LAYER(groupnorm, rg_norm_group(h, 3, n->extra[0], n->extra[1]))
LAYER(kept_share, rg_drop(h, 0.8, RG_MODE_PREDICT))
LAYER(conv_maxpool, rg_reshape(rg_maxpool2d(convolved(n, h), 2), rg_shape2(6, 4)))
LAYER(conv_avgpool, rg_reshape(rg_avgpool2d(convolved(n, h), 2), rg_shape2(6, 4)))

static rg_node *running_batchnorm(const fixture_net *n, rg_node *h)
{
    return rg_norm_batch(h, n->extra[0], n->extra[1], n->running[0], n->running[1]);
}
START_TEST(running_statistics_like_pytorch)
{
    fixture_net n = open_net();
    double got[12];
    train_net(&n, running_batchnorm, labels_loss);
    for (int i = 0; i < 2; i++) rg_read(n.running[i], RG_F64, got + 6 * i, 6);
    expect_fixture("running", 12, got);
    rg_tape_free(n.t);
}
END_TEST

/* The fat ops of ops.h are the same functions. */
static rg_node *fat_batchnorm(const fixture_net *n, rg_node *h)
{
    return rg_batchnorm(h, n->extra[0], n->extra[1], 1e-5);
}
static rg_node *fat_layernorm(const fixture_net *n, rg_node *h)
{
    return rg_layernorm(h, n->extra[0], n->extra[1], 1e-5);
}
START_TEST(fat_norms_like_pytorch)
{
    train_like("batchnorm", fat_batchnorm, labels_loss);
    train_like("layernorm", fat_layernorm, labels_loss);
}
END_TEST

/* ---- losses ------------------------------------------------------------------------------ */

#define LOSS(NAME, EXPR)                                                                           \
    static rg_node *loss_##NAME(const fixture_net *n, rg_node *z)                                  \
    {                                                                                              \
        (void)n;                                                                                   \
        return EXPR;                                                                               \
    }                                                                                              \
    START_TEST(NAME##_like_pytorch) { train_like("loss " #NAME, layer_tanh, loss_##NAME); }        \
    END_TEST

LOSS(mse, rg_mse(z, n->y))
LOSS(squares_sum, rg_scale(rg_squared_error(z, n->y, RG_SQUARES_SUM), 0.1))
LOSS(squares_half_sum, rg_scale(rg_squared_error(z, n->y, RG_SQUARES_HALF_SUM), 0.1))
LOSS(squares_half_mean, rg_squared_error(z, n->y, RG_SQUARES_HALF_MEAN))
LOSS(mae, rg_mae(z, n->y))
LOSS(huber, rg_huber(z, n->y, 0.5))
LOSS(bce, rg_bce(rg_sigmoid(z), n->bit))
LOSS(bce_with_logits, rg_bce_with_logits(z, n->bit))
LOSS(cross_entropy, rg_cross_entropy(z, n->label))
LOSS(soft_labels, rg_cross_entropy(z, rg_softmax(n->y, -1)))
LOSS(smooth_labels, rg_cross_entropy(z, rg_smooth_labels(n->label, 3, RG_F64, 0.1, RG_SPREAD_ALL)))
LOSS(smooth_others, rg_cross_entropy(z, rg_smooth_labels(n->label, 3, RG_F64, 0.1, RG_SPREAD_OTHERS)))
LOSS(gaussian_nll, rg_gaussian_nll(z, rg_offset(rg_softplus(rg_detach(z)), 0.5), n->y))
LOSS(penalty_l2, rg_add(rg_mse(z, n->y), rg_scale(rg_penalty_l2(n->w1), 0.1)))
LOSS(penalty_l1, rg_add(rg_mse(z, n->y), rg_scale(rg_penalty_l1(n->w1), 0.01)))
LOSS(penalty_near, rg_add(rg_mse(z, n->y), rg_scale(rg_penalty_near(n->w1, rg_lit(z, 0.5)), 0.1)))
LOSS(penalty_activity, rg_add(rg_mse(z, n->y), rg_scale(rg_penalty_activity(z), 0.1)))

RG_SUITE("nn_peer", linear_like_pytorch, relu_like_pytorch, tanh_like_pytorch, sigmoid_like_pytorch,
         leaky_relu_like_pytorch, elu_like_pytorch, softplus_like_pytorch, swish_like_pytorch, gelu_like_pytorch,
         prelu_like_pytorch, pswish_like_pytorch, maxout_like_pytorch, batchnorm_like_pytorch,
         layernorm_like_pytorch, groupnorm_like_pytorch, kept_share_like_pytorch,
         conv_maxpool_like_pytorch, conv_avgpool_like_pytorch, running_statistics_like_pytorch, fat_norms_like_pytorch, mse_like_pytorch,
         squares_sum_like_pytorch, squares_half_sum_like_pytorch, squares_half_mean_like_pytorch, smooth_others_like_pytorch,
         penalty_activity_like_pytorch, mae_like_pytorch, huber_like_pytorch, bce_like_pytorch,
         bce_with_logits_like_pytorch, cross_entropy_like_pytorch, soft_labels_like_pytorch,
         smooth_labels_like_pytorch, gaussian_nll_like_pytorch, penalty_l2_like_pytorch, penalty_l1_like_pytorch,
         penalty_near_like_pytorch)
