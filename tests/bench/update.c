/* update.c - Adam's update alone, as many parameters as W2 and W4 have; and, by hand, the
 * least that memory has to do for it: read g, w, m, v and write w, m, v. */
#include "bench.h"
#include "clones.h"

enum { W, G, M, V, PIECE = 16384 };

static void open_update(job *j)
{
    const int64_t *n = j->workload->shape;
    job_param(j, RG_F32, rg_shape1(*n), 1);
    job_param(j, RG_F32, rg_shape1(*n), 1);
    for (int i = M; j->by_hand && i <= V; i++) job_param(j, RG_F32, rg_shape1(*n), 1);
    job_train(j, 1, j->param, true);
}

/* The gradient of sum(w g) for w is g. The output is the first weight before the update,
 * negative: a window on w itself would show it after. */
static int record_update(job *j, rg_node **out)
{
    rg_node *loss = rg_sum(rg_mul(j->param[W], j->param[G]), RG_ALL_AXES);
    rg_optim_step(j->optim, loss);
    out[0] = rg_neg(rg_index(j->param[W], 0, 0));
    return 1;
}

typedef struct arrays {
    float *p[V + 1];
    int64_t n;
} arrays;

RG_CLONES static void touch_all(float *restrict w, const float *restrict g, float *restrict m,
                                float *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        m[i] = 0.5f * (m[i] + g[i]);
        v[i] = 0.5f * (v[i] + g[i]);
        w[i] -= 1e-3f * (m[i] + v[i]);
    }
}

static void touch_piece(void *arg, int i)
{
    const arrays *a = arg;
    int64_t from = (int64_t)i * PIECE, n = a->n - from < PIECE ? a->n - from : PIECE;
    touch_all(a->p[W] + from, a->p[G] + from, a->p[M] + from, a->p[V] + from, n);
}

static int update_by_hand(job *j, rg_tensor *out)
{
    const int64_t *n = j->workload->shape;
    arrays a = {.n = *n};
    for (int i = W; i <= V; i++) a.p[i] = rg_peek(j->param[i]).data;
    rg_parallel(j->tape, (int)((a.n + PIECE - 1) / PIECE), touch_piece, &a);
    out[0] = job_window(a.p[W], RG_F32, rg_shape0());
    return 1;
}

static const int64_t w2 = 669706, w4 = 3679754;

#define UPDATE 1, open_update, record_update, update_by_hand

/* While the gradient stays, Adam's steps are lr long: here w[0] has grown by twice 1e-3. */
const workload updates[] = {
    {"W2_update", "ms", 1e3, STEP_TIME, UPDATE, &w2, {-0.306896925}, 1e-6},
    {"W4_update", "ms", 1e3, STEP_TIME, UPDATE, &w4, {-0.306896925}, 1e-6},
    {.name = NULL},
};
