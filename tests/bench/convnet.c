/* convnet.c - W11: two convolutions 5x5, each with ReLU and max pooling by 2, and one dense
 * layer; trained on 1x28x28 images in batches of 32. */
#include "bench.h"
#include <math.h>

enum { IMAGES = 32, SIDE = 28, FIRST = 32, SECOND = 64, FLAT = 1024, CLASSES = 10 };

static void add_filters(job *j, int64_t out, int64_t in)
{
    double scale = 1 / sqrt(25. * (double)in);
    job_param(j, RG_F32, rg_shape4(out, in, 5, 5), scale);
    job_param(j, RG_F32, rg_shape1(out), scale);
}

static void open_convnet(job *j)
{
    job_feed(j, RG_F32, rg_shape4(IMAGES, 1, SIDE, SIDE), 1);
    job_labels(j, rg_shape1(IMAGES), CLASSES);
    add_filters(j, FIRST, 1);
    add_filters(j, SECOND, FIRST);
    job_param(j, RG_F32, rg_shape2(FLAT, CLASSES), 1 / sqrt(FLAT));
    job_param(j, RG_F32, rg_shape1(CLASSES), 1 / sqrt(FLAT));
    job_train(j, j->params, j->param, false);
}

static rg_node *filter(rg_node *x, rg_node *w, rg_node *bias)
{
    rg_node *planes = rg_reshape(bias, rg_shape3(-1, 1, 1));
    return rg_maxpool2d(rg_relu(rg_add(rg_conv2d(x, w, 1, 0), planes)), 2);
}

static int record_convnet(job *j, rg_node **out)
{
    rg_node *const *p = j->param;
    rg_node *h = filter(filter(j->feed[0].leaf, p[0], p[1]), p[2], p[3]);
    rg_node *z = rg_linear(rg_reshape(h, rg_shape2(IMAGES, FLAT)), p[4], p[5]);
    out[0] = rg_cross_entropy(z, j->feed[1].leaf);
    rg_optim_step(j->optim, out[0]);
    return 1;
}

const workload convnets[] = {
    {"W11", "ms", 1e3, STEP_TIME, 8, open_convnet, record_convnet, NULL, NULL, {2.33075953}, 2e-6},
    {.name = NULL},
};
