/* kann_bench.c - the perceptrons under kann (its own update is RMSprop: gradient descent is a loop
 * here). build.sh builds it. */
#include "protocol.h"
#include "kann.h"
#include <math.h>

const char peer_name[] = "kann " KANN_VERSION;

typedef struct perceptron {
    const char *workload;
    int inputs, batch, pool;
    int classes; /* 0: squared error against one number or as many as there are units */
    int layers, units[64];
    char activation; /* between layers: 'r'elu, 't'anh; 'T': after the last as well */
} perceptron;

#define X8(x) x, x, x, x, x, x, x, x

static const perceptron perceptrons[] = {
    {"W1", 784, 128, 8, 10, 3, {512, 512, 10}, 'r'},
    {"W3b32", 784, 32, 8, 10, 2, {128, 10}, 'r'},
    {"W3b1", 784, 1, 8, 10, 2, {128, 10}, 'r'},
    {"W5", 2, 1, 64, 0, 3, {16, 16, 1}, 't'},
    {"W9_start", 1, 1, 8, 0, 1, {1}, 't'},
    {"W9_W1", 784, 128, 8, 10, 3, {512, 512, 10}, 'r'},
    {"W9_deep", 512, 128, 8, 0, 64, {X8(X8(512))}, 'T'},
    {"W12", 784, 32, 8, 10, 2, {128, 10}, 'r'},
};

static const perceptron *shape;
static kann_t *net;
static float *inputs, *targets; /* all batches */
static int outputs;

static float *draw(int n, double scale)
{
    float *x = (float *)malloc((size_t)n * sizeof *x);
    uint64_t stream = peer_stream();
    if (!x) exit(5);
    for (int i = 0; i < n; i++) x[i] = (float)((2 * peer_unit(stream, (uint64_t)i) - 1) * scale);
    return x;
}

/* n labels, each a row with one 1. */
static float *draw_labels(int n, int classes)
{
    float *y = (float *)calloc((size_t)(n * classes), sizeof *y);
    uint64_t stream = peer_stream();
    if (!y) exit(5);
    for (int i = 0; i < n; i++) y[i * classes + (int)(peer_unit(stream, (uint64_t)i) * classes)] = 1;
    return y;
}

static kad_node_t *activate(kad_node_t *t, int layer)
{
    if (layer + 1 == shape->layers && shape->activation != 'T') return t;
    return shape->activation == 'r' ? kad_relu(t) : kad_tanh(t);
}

/* kann_layer_cost, but that it appends a layer of its own. */
static kad_node_t *cost_of(kad_node_t *t)
{
    kad_node_t *truth = kad_feed(2, 1, outputs);
    truth->ext_flag |= KANN_F_TRUTH;
    if (shape->classes) t = kad_softmax(t);
    t->ext_flag |= KANN_F_OUT;
    kad_node_t *cost = shape->classes ? kad_ce_multi(t, truth) : kad_mse(t, truth);
    cost->ext_flag |= KANN_F_COST;
    return cost;
}

/* Weights as ours draw them, [inputs, outputs]; kann keeps them transposed. Biases are 0. */
static void set_weights(void)
{
    for (int i = 0; i < net->n; i++) {
        kad_node_t *w = net->v[i];
        if (!kad_is_var(w)) continue;
        if (w->n_d == 1) memset(w->x, 0, (size_t)w->d[0] * sizeof *w->x);
        if (w->n_d == 1) continue;
        float *drawn = draw(w->d[0] * w->d[1], 1 / sqrt((double)w->d[1]));
        for (int r = 0; r < w->d[0]; r++)
            for (int c = 0; c < w->d[1]; c++) w->x[r * w->d[1] + c] = drawn[c * w->d[0] + r];
        free(drawn);
    }
}

int peer_open(const char *workload, int threads)
{
    for (size_t i = 0; i < sizeof perceptrons / sizeof *perceptrons; i++)
        if (!strcmp(perceptrons[i].workload, workload)) shape = &perceptrons[i];
    if (!shape || threads != 1) return 1; /* more threads are those of its BLAS: not tried */
    int rows = shape->batch * shape->pool;
    outputs = shape->units[shape->layers - 1];
    inputs = draw(rows * shape->inputs, 1);
    targets = shape->classes ? draw_labels(rows, shape->classes) : draw(rows * outputs, 1);
    kad_node_t *t = kann_layer_input(shape->inputs);
    for (int i = 0; i < shape->layers; i++) t = activate(kann_layer_dense(t, shape->units[i]), i);
    net = kann_new(cost_of(t), 0);
    set_weights();
    kann_set_batch_size(net, shape->batch);
    kann_switch(net, 1);
    return 0;
}

int peer_step(int64_t i, double *out)
{
    int n = kann_size_var(net);
    int64_t row = i % shape->pool * shape->batch;
    float *x = inputs + row * shape->inputs, *y = targets + row * outputs;
    kann_feed_bind(net, KANN_F_IN, 0, &x);
    kann_feed_bind(net, KANN_F_TRUTH, 0, &y);
    out[0] = kann_cost(net, 0, 1);
    for (int k = 0; k < n; k++) net->x[k] -= 0.01f * net->g[k];
    return 1;
}
