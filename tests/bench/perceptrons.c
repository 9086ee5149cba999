/* perceptrons.c - networks of one line of text, trained by one method: W1 to W5, the
 * memory they need (W9), and the first step of a small one (W12). */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct perceptron {
    const char *spec;
    int64_t inputs, batch;
    int64_t outputs, classes; /* no classes: squared error against numbers */
    bool adam;
} perceptron;

/* Weights within 1/sqrt(inputs), everything else as the model has it: 0, gamma 1. */
static void open_perceptron(job *j)
{
    const perceptron *p = j->workload->shape;
    rg_spec spec;
    rg_error e = {0};
    if (rg_spec_parse(&spec, p->spec, &e)) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    job_feed(j, RG_F32, rg_shape2(p->batch, p->inputs), 1);
    if (p->classes)
        job_labels(j, rg_shape1(p->batch), p->classes);
    else
        job_feed(j, RG_F32, rg_shape2(p->batch, p->outputs), 1);
    rg_model_init(&j->model, j->tape, &spec, p->inputs, RG_F32, 0);
    for (int i = 0; i < j->model.params; i++) {
        rg_shape s = rg_shape_of(j->model.param[i]);
        if (s.rank == 2) job_draw(j, j->model.param[i], 1 / sqrt((double)s.dim[0]));
    }
    job_train(j, j->model.params, j->model.param, p->adam);
}

static int record_perceptron(job *j, rg_node **out)
{
    const perceptron *p = j->workload->shape;
    rg_node *y = rg_model_apply(&j->model, j->feed[0].leaf, RG_MODE_TRAIN);
    rg_node *target = j->feed[1].leaf;
    out[0] = p->classes ? rg_cross_entropy(y, target) : rg_mse(y, target);
    rg_optim_step(j->optim, out[0]);
    return 1;
}

#define FOUR(x) x x x x
#define CHAIN   FOUR(FOUR(FOUR(", linear 512, tanh")))

static const char relu3[] = "linear 512, relu, linear 512, relu, linear 10";
static const char normed[] = "linear 1024, batchnorm, relu, dropout 0.5, "
                             "linear 512, batchnorm, relu, dropout 0.5, linear 10";

static const perceptron w1 = {relu3, 784, 128, 10, 10, false};
static const perceptron w2 = {relu3, 784, 128, 10, 10, true};
static const perceptron w3b32 = {"linear 128, relu, linear 10", 784, 32, 10, 10, false};
static const perceptron w3b1 = {"linear 128, relu, linear 10", 784, 1, 10, 10, false};
static const perceptron w4 = {normed, 3072, 128, 10, 10, true};
static const perceptron w5 = {"linear 16, tanh, linear 16, tanh, linear 1", 2, 1, 1, 0, false};
static const perceptron start = {"linear 1", 1, 1, 1, 0, false};
static const perceptron deep = {&CHAIN[2], 512, 128, 512, 0, false};

#define MLP open_perceptron, record_perceptron, NULL

/* W4: the numbers that dropout draws differ from PyTorch's. */
const workload perceptrons[] = {
    {"W1", "ms", 1e3, STEP_TIME, 8, MLP, &w1, {2.303749084}, 2e-6},
    {"W2", "ms", 1e3, STEP_TIME, 8, MLP, &w2, {2.308834553}, 2e-5},
    {"W3b32", "us", 1e6, STEP_TIME, 8, MLP, &w3b32, {2.271626949}, 2e-6},
    {"W3b1", "us", 1e6, STEP_TIME, 8, MLP, &w3b1, {2.283765316}, 2e-6},
    {"W4", "ms", 1e3, STEP_TIME, 8, MLP, &w4, {2.4356}, 0.05},
    {"W5", "us", 1e6, STEP_TIME, 64, MLP, &w5, {0.0925080851}, 2e-6},
    {"W9_start", "MiB", 1, PEAK_MEMORY, 8, MLP, &start, {0.2355754226}, 2e-6},
    {"W9_W1", "MiB", 1, PEAK_MEMORY, 8, MLP, &w1, {2.303749084}, 2e-6},
    {"W9_deep", "MiB", 1, PEAK_MEMORY, 8, MLP, &deep, {0.3340559}, 2e-6},
    {"W12", "ms", 1e3, FIRST_STEP, 8, MLP, &w3b32, {2.271626949}, 2e-6},
    {.name = NULL},
};
