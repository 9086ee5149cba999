/* transformer.c - W10: a pre-norm block, x + proj(attention(LN x)), then
 * + fc2(gelu(fc1(LN x))); forward and backward, gradients for x and all parameters. */
#include "bench.h"
#include <math.h>

enum { BATCH = 4, LENGTH = 128, WIDTH = 128, HEADS = 4, HEAD = WIDTH / HEADS, INNER = 512 };

/* Where its leaves stand in job.param. */
enum {
    GAMMA1,
    BETA1,
    QKV,
    QKV_BIAS,
    PROJ,
    PROJ_BIAS,
    GAMMA2,
    BETA2,
    FC1,
    FC1_BIAS,
    FC2,
    FC2_BIAS,
    ALL
};

static void add_dense(job *j, int64_t in, int64_t out)
{
    double scale = 1 / sqrt((double)in);
    job_param(j, RG_F32, rg_shape2(in, out), scale);
    job_param(j, RG_F32, rg_shape1(out), scale);
}

static void add_norm(job *j)
{
    job_param(j, RG_F32, rg_shape1(WIDTH), 1);
    job_param(j, RG_F32, rg_shape1(WIDTH), 1);
}

static void open_block(job *j)
{
    job_feed(j, RG_F32, rg_shape3(BATCH, LENGTH, WIDTH), 1);
    job_feed(j, RG_F32, rg_shape3(BATCH, LENGTH, WIDTH), 1); /* the gradient that arrives */
    add_norm(j);
    add_dense(j, WIDTH, 3 * WIDTH);
    add_dense(j, WIDTH, WIDTH);
    add_norm(j);
    add_dense(j, WIDTH, INNER);
    add_dense(j, INNER, WIDTH);
}

/* Queries, keys or values, batch x head x place x channel. The weights are cut, not the
 * product: they are smaller. */
static rg_node *heads_of(rg_node *x, rg_node *const *p, int which)
{
    static const int split[] = {0, 2, 1, 3};
    rg_node *w = rg_slice(p[QKV], 1, which * WIDTH, WIDTH, 1);
    rg_node *b = rg_slice(p[QKV_BIAS], 0, which * WIDTH, WIDTH, 1);
    return rg_permute(rg_reshape(rg_linear(x, w, b), rg_shape4(BATCH, LENGTH, HEADS, HEAD)), split);
}

static rg_node *attention(rg_node *x, rg_node *const *p)
{
    static const int join[] = {0, 2, 1, 3};
    rg_node *q = heads_of(x, p, 0), *k = heads_of(x, p, 1), *v = heads_of(x, p, 2);
    rg_node *scores = rg_scale(rg_matmul(q, rg_swap_last(k)), 1 / sqrt(HEAD));
    rg_node *mixed = rg_permute(rg_matmul(rg_softmax(scores, -1), v), join);
    return rg_linear(rg_reshape(mixed, rg_shape3(BATCH, LENGTH, WIDTH)), p[PROJ], p[PROJ_BIAS]);
}

static int record_block(job *j, rg_node **out)
{
    rg_node *const *p = j->param, *x = j->feed[0].leaf, *wanted[ALL + 1] = {x};
    for (int i = 0; i < ALL; i++) wanted[i + 1] = p[i];
    rg_node *y = rg_add(x, attention(rg_layernorm(x, p[GAMMA1], p[BETA1], 1e-5), p));
    rg_node *h = rg_linear(rg_layernorm(y, p[GAMMA2], p[BETA2], 1e-5), p[FC1], p[FC1_BIAS]);
    out[0] = y = rg_add(y, rg_linear(rg_gelu(h), p[FC2], p[FC2_BIAS]));
    rg_grad(y, j->feed[1].leaf, ALL + 1, wanted, &out[1]);
    return ALL + 2;
}

const workload transformers[] = {
    {"W10",
     "ms",
     1e3,
     STEP_TIME,
     8,
     open_block,
     record_block,
     NULL,
     NULL,
     {0.6344305926, 0.5897211979, 0.4125401600, 4.306907230},
     1e-5},
    {.name = NULL},
};
