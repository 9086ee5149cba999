/* chain.c - W7: ten elementwise ops on a million numbers, and the gradient for them. */
#include "bench.h"

static void open_chain(job *j) { job_feed(j, RG_F32, rg_shape1(1000000), 1); }

/* y = log(1/(1 + exp(-tanh(0.7 x + 0.1)))) x, summed */
static int record_chain(job *j, rg_node **out)
{
    rg_node *x = j->feed[0].leaf;
    rg_node *h = rg_tanh(rg_offset(rg_scale(x, 0.7), 0.1));
    rg_node *gate = rg_inv(rg_offset(rg_exp(rg_neg(h)), 1));
    out[0] = rg_sum(rg_mul(rg_log(gate), x), RG_ALL_AXES);
    rg_grad(out[0], NULL, 1, &x, &out[1]);
    return 2;
}

const workload chains[] = {
    {"W7",
     "ms",
     1e3,
     STEP_TIME,
     8,
     open_chain,
     record_chain,
     NULL,
     {101802.3203, 0.7803357588},
     1e-5},
    {.name = NULL},
};
