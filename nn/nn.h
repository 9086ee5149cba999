/* nn.h - networks: layers that record ops, first weights, and models that are
 * written as one line of text.
 *
 * Nothing here is differentiated by hand and nothing has a kernel: a layer is a
 * few ops on leaves that stay. A model is those leaves and a function that records
 * any number of rows over them, for training or for prediction. */
#ifndef RG_NN_H
#define RG_NN_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_mode { RG_MODE_TRAIN, RG_MODE_PREDICT } rg_mode;

/* ---- layers ---------------------------------------------------------------- */

/* x (..., n_in) times w (n_in, n_out), plus b (n_out) unless it is NULL. RG_SHAPE.
 * Notes 6.2. */
RG_API rg_node *rg_linear(rg_node *x, rg_node *w, rg_node *b);

/* An activation by name: relu tanh sigmoid softplus gelu, or with a number: leaky_relu
 * (slope 0.01), elu (alpha 1), swish (beta 1). number NaN: the one in brackets.
 * RG_USAGE: no such name. Notes 6.1. */
RG_API rg_node *rg_activation(rg_node *x, const char *name, double number);

/* x sigmoid(beta x) with a beta that is learned, a leaf of one number: rg_swish's twin, as
 * rg_prelu is rg_leaky_relu's. Notes 6.1. */
RG_API rg_node *rg_swish_by(rg_node *x, rg_node *beta);

/* The largest of each k neighbours: x (..., n) to (..., n/k). RG_SHAPE: k does not
 * divide n. Goodfellow et al., ICML 2013; named in notes 6.1. */
RG_API rg_node *rg_maxout(rg_node *x, int64_t k);

/* Dropout as first written (notes 9.5): training multiplies by a mask that is 1 with
 * probability keep, prediction multiplies by keep (the weight scaling rule, exact for
 * what is linear behind it). rg_dropout is the inverted form. RG_USAGE: keep not above 0
 * and at most 1. */
RG_API rg_node *rg_drop(rg_node *x, double keep, rg_mode mode);

/* Batch normalisation of x (rows, n) over the rows (notes 8.3): mean and variance
 * (divided by rows) are wires of their own, (x - mean)/sqrt(var + 1e-5) gamma + beta.
 * With running_mean and running_var (n) these leaves take 0.9 of themselves and 0.1 of
 * this batch's at the tick; NULL: nothing is kept. */
RG_API rg_node *rg_norm_batch(rg_node *x, rg_node *gamma, rg_node *beta, rg_node *running_mean,
                              rg_node *running_var);

/* The same by a mean and a variance from elsewhere: prediction. */
RG_API rg_node *rg_norm_by(rg_node *x, rg_node *mean, rg_node *var, rg_node *gamma, rg_node *beta);

/* Group normalisation of x (..., n): each example and each of `groups` runs of n/groups
 * neighbours by its own mean and variance, then gamma and beta (n). One group is layer
 * normalisation. RG_SHAPE: groups does not divide n. Notes 8.3; Wu and He, ECCV 2018. */
RG_API rg_node *rg_norm_group(rg_node *x, int64_t groups, rg_node *gamma, rg_node *beta);

/* How many of the rows of logits (rows, classes) have their largest entry at the
 * label: an f64 node without gradient. labels i64 (rows). */
RG_API rg_node *rg_correct(rg_node *logits, rg_node *labels);

/* ---- first weights ----------------------------------------------------------- */

typedef enum rg_fan { RG_BY_INPUTS, RG_BY_OUTPUTS, RG_BY_BOTH, RG_BY_NONE } rg_fan;

/* Numbers with mean 0 and variance gain/n, where n is the number of inputs of a unit,
 * of outputs, the mean of the two, or 1; even or normal. Even ones lie within the root
 * of 3 gain/n. */
typedef struct rg_init {
    double gain;
    rg_fan fan;
    bool uniform;
} rg_init;

/* Variance 2/(n_in + n_out); even: within sqrt(6/(n_in + n_out)). Glorot and Bengio,
 * AISTATS 2010; notes 8.2. */
static inline rg_init rg_glorot(bool uniform)
{
    rg_init how = {1, RG_BY_BOTH, uniform};
    return how;
}
/* Variance 2/n_in, for relu and its kin. He et al., ICCV 2015; notes 8.2. */
static inline rg_init rg_he(bool uniform)
{
    rg_init how = {2, RG_BY_INPUTS, uniform};
    return how;
}

/* Standard deviation s, whatever the layer's size: small (0.01) and large (1) weights of
 * notes 7.3 and 8.1, which name the variance. */
static inline rg_init rg_init_deviation(double s)
{
    rg_init how = {s * s, RG_BY_NONE, false};
    return how;
}

/* Draw the numbers of leaf w. They depend on (seed, which, place) alone; give every
 * leaf a which of its own. RG_SHAPE: n_in or n_out < 1. RG_DTYPE: w is not f32 or f64. */
RG_API rg_status rg_init_draw(rg_node *w, rg_init how, int64_t n_in, int64_t n_out, uint64_t seed,
                              uint64_t which);

/* ---- a network as text --------------------------------------------------------- */

enum { RG_LAYERS = 128 };

typedef enum rg_layer_kind {
    RG_LINEAR,
    RG_ACTIVATION,
    RG_DROPOUT,
    RG_BATCHNORM,
    RG_LAYERNORM,
    RG_GROUPNORM,
    RG_PRELU,  /* the slope is learned */
    RG_PSWISH, /* beta is learned      */
    RG_MAXOUT  /* of every so many neighbours the largest alone */
} rg_layer_kind;

typedef struct rg_layer {
    rg_layer_kind kind;
    const char *name; /* static text                                                */
    int64_t width;    /* RG_LINEAR: outputs                                         */
    double number;    /* RG_DROPOUT: probability of keeping; RG_GROUPNORM: groups;
                         RG_MAXOUT: neighbours;
                         RG_PRELU, RG_PSWISH: where the learned number starts;
                         RG_ACTIVATION: its number; NaN for the usual one           */
} rg_layer;

typedef struct rg_spec {
    int layers;
    rg_layer layer[RG_LAYERS];
    int64_t outputs; /* width behind the last linear layer and any maxout */
} rg_spec;

/* spec = layer {, layer}; layer = linear WIDTH | dropout KEEP | batchnorm | layernorm |
 * groupnorm GROUPS | prelu [SLOPE 0.25] | pswish [BETA 1] | an activation [NUMBER]. prelu
 * and pswish learn their number from there, one for the layer. KEEP is the probability of keeping, 0 < KEEP <= 1. 'linear 256, relu,
 * dropout 0.8, linear 10'. RG_USAGE, saying where and what there is: anything else, no
 * linear layer, or more than RG_LAYERS layers. */
RG_API rg_status rg_spec_parse(rg_spec *s, const char *text, rg_error *e);

/* The line of text that reads as s; to has room for size characters with the zero byte,
 * else RG_SHAPE. */
RG_API rg_status rg_spec_write(const rg_spec *s, char *to, size_t size);

/* ---- models ---------------------------------------------------------------------- */

/* The leaves of a network. They live on the tape and as long as it does (or until it
 * is rewound behind them); the struct itself owns nothing. Names are "I.weight",
 * "I.bias", "I.running_mean", "I.running_var", "I.slope", "I.beta", where I is the layer's place in the
 * spec from 0; weights are (inputs, outputs). */
typedef struct rg_model {
    rg_tape *tape;
    rg_spec spec;
    int64_t inputs;
    int params;                    /* leaves to be trained                         */
    rg_node *param[2 * RG_LAYERS];
    int buffers;                   /* leaves that training moves by itself: running
                                      means and variances                          */
    rg_node *buffer[2 * RG_LAYERS];
} rg_model;

/* Record the leaves of a network for rows of `inputs` numbers, drawn from seed: He
 * before relu and its kin, Glorot elsewhere, even; biases 0; gamma and running
 * variance 1. The status is the tape's; RG_SHAPE: inputs < 1, or groups that do not
 * divide the width. */
RG_API rg_status rg_model_init(rg_model *m, rg_tape *t, const rg_spec *spec, int64_t inputs,
                               rg_dtype dtype, uint64_t seed);

/* Record the network over x (rows, inputs): (rows, spec.outputs). Training drops units
 * and normalises by the batch; prediction drops none and uses the running statistics.
 * Each layer is a scope of its own, such as "0 linear". */
RG_API rg_node *rg_model_apply(rg_model *m, rg_node *x, rg_mode mode);

/* How many numbers are trained. */
RG_API int64_t rg_model_size(const rg_model *m);

/* The parameters of the layers from `layer` on: how many, and in *param where they
 * begin. An optimizer that is given these alone leaves the rest frozen, bit for bit:
 * transfer (notes 9.3). */
RG_API int rg_model_tail(const rg_model *m, int layer, rg_node *const **param);

/* A smaller network with the same output: without the hidden units none of whose
 * outgoing weights is larger than threshold, of either sign (notes 9.2). At threshold 0
 * nothing else changes. A unit that another is left without is left out too; one of each
 * layer stays; units that layernorm or groupnorm mix with others stay. The new leaves
 * are on m's tape and the status is the tape's. RG_USAGE: a network with a maxout. */
RG_API rg_status rg_model_prune(rg_model *small, const rg_model *m, double threshold);

/* The average prediction of k models over x: of their softmax probabilities, or of their
 * outputs as they are (notes 9.4). */
RG_API rg_node *rg_ensemble(int k, rg_model *const *m, rg_node *x, bool probabilities);

#ifndef RG_NO_HERE
#define rg_linear(...)      RG_HERE(rg_linear(__VA_ARGS__))
#define rg_activation(...)  RG_HERE(rg_activation(__VA_ARGS__))
#define rg_norm_batch(...)  RG_HERE(rg_norm_batch(__VA_ARGS__))
#define rg_norm_by(...)     RG_HERE(rg_norm_by(__VA_ARGS__))
#define rg_correct(...)     RG_HERE(rg_correct(__VA_ARGS__))
#define rg_swish_by(...)    RG_HERE(rg_swish_by(__VA_ARGS__))
#define rg_maxout(...)      RG_HERE(rg_maxout(__VA_ARGS__))
#define rg_drop(...)        RG_HERE(rg_drop(__VA_ARGS__))
#define rg_norm_group(...)  RG_HERE(rg_norm_group(__VA_ARGS__))
#define rg_ensemble(...)    RG_HERE(rg_ensemble(__VA_ARGS__))
#define rg_model_apply(...) RG_HERE(rg_model_apply(__VA_ARGS__))
#endif

#ifdef __cplusplus
}
#endif
#endif
