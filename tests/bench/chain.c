/* chain.c - W7: ten elementwise ops on a million numbers, and the gradient for them; and
 * the same as one loop, written by hand over our own vector math. */
#include "bench.h"
#include "clones.h"
#include "vmath.h"

enum { SIZE = 1000000, LANES = 16, PIECES = 20, BLOCKS = SIZE / LANES / PIECES };

static void open_chain(job *j) { job_feed(j, RG_F32, rg_shape1(SIZE), 1); }

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

static float slope[SIZE], part[PIECES][LANES];

RG_CLONES static void chain_piece(const float *x, float *g, float *sum)
{
    for (int b = 0; b < BLOCKS; b++, x += LANES, g += LANES)
        for (int i = 0; i < LANES; i++) {
            float h = v_tanh_f32(0.7f * x[i] + 0.1f), e = v_exp_f32(-h), gate = 1 / (1 + e);
            float y = v_log_f32(gate);
            sum[i] += y * x[i];
            g[i] = y + x[i] * (gate * e) * (1 - h * h) * 0.7f;
        }
}

static void run_piece(void *arg, int i)
{
    const float *x = arg;
    for (int k = 0; k < LANES; k++) part[i][k] = 0;
    chain_piece(x + i * BLOCKS * LANES, slope + i * BLOCKS * LANES, part[i]);
}

static int chain_by_hand(job *j, rg_tensor *out)
{
    static float sum;
    rg_parallel(j->tape, PIECES, run_piece, job_batch(j, 0));
    sum = 0;
    for (int i = 0; i < PIECES; i++)
        for (int k = 0; k < LANES; k++) sum += part[i][k];
    out[0] = job_window(&sum, RG_F32, rg_shape0());
    out[1] = job_window(slope, RG_F32, rg_shape1(SIZE));
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
     chain_by_hand,
     NULL,
     {101802.3203, 0.7803357588},
     1e-5},
    {.name = NULL},
};
