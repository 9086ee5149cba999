/* recurrence.c - W6: a long program over single numbers, f64, and its gradient for four
 * inputs. "record" is eager, recording included; the others are replayed, or written by hand
 * over our own vector math. */
#include "bench.h"
#include "vmath.h"

static const double at[] = {.5, .7, .1, .9};

static void open_recurrence(job *j)
{
    for (int i = 0; i < 4; i++) j->param[j->params++] = rg_scalar(j->tape, at[i]);
}

/* s = sum of x, from x0 on, over x <- tanh(a x + b) exp(-x x) + log(1 + c x x) / (1 + x x): 14
 * nodes */
static int record_recurrence(job *j, rg_node **out)
{
    rg_node *x = j->param[0], *a = j->param[1], *b = j->param[2], *c = j->param[3], *s = x;
    const int *iterations = j->workload->shape;
    for (int i = 0; i < *iterations; i++) {
        rg_node *xx = rg_mul(x, x);
        rg_node *wave = rg_tanh(rg_add(rg_mul(a, x), b));
        rg_node *bell = rg_exp(rg_neg(xx));
        rg_node *rise = rg_log(rg_offset(rg_mul(c, xx), 1));
        rg_node *ratio = rg_div(rise, rg_offset(xx, 1));
        x = rg_add(rg_mul(wave, bell), ratio);
        s = rg_add(s, x);
    }
    rg_grad(s, NULL, 4, j->param, out);
    return 4;
}

enum { FEW = 71, MANY = 7142 };
static const int few = FEW, many = MANY;

/* ---- by hand ------------------------------------------------------------------------- */

typedef struct round_of { /* what the way back needs of an iteration */
    double x, xx, wave, bell, inner, ratio, below;
} round_of;

static void forward_by_hand(round_of *r, const round_of *end)
{
    double x = at[0];
    for (; r < end; r++) {
        r->x = x, r->xx = x * x;
        r->wave = v_tanh_f64(at[1] * x + at[2]), r->bell = v_exp_f64(-r->xx);
        r->inner = at[3] * r->xx + 1, r->below = r->xx + 1;
        r->ratio = v_log_f64(r->inner) / r->below;
        x = r->wave * r->bell + r->ratio;
    }
}

static void back_by_hand(const round_of *first, const round_of *r, double *g)
{
    double back = 0; /* from the iterations behind */
    for (int i = 0; i < 4; i++) g[i] = 0;
    while (r-- > first) {
        double y = back + 1, rise = y / r->below / r->inner;
        double line = y * r->bell * ((1 - r->wave) * (1 + r->wave));
        double xx = rise * at[3] - y * r->ratio / r->below - y * r->wave * r->bell;
        back = line * at[1] + 2 * r->x * xx;
        g[1] += line * r->x, g[2] += line, g[3] += rise * r->xx;
    }
    g[0] = back + 1;
}

static int recurrence_by_hand(job *j, rg_tensor *out)
{
    static round_of rounds[MANY];
    static double g[4];
    round_of *end = rounds + *(const int *)j->workload->shape;
    forward_by_hand(rounds, end);
    back_by_hand(rounds, end, g);
    for (int i = 0; i < 4; i++) out[i] = job_window(&g[i], RG_F64, rg_shape0());
    return 4;
}

#define W6         1, open_recurrence, record_recurrence, recurrence_by_hand
#define KNOWN_1K   {2.44947487782, 57.1341405363}, 1e-11
#define KNOWN_100K {2.44947487782, 5883.88324361}, 1e-11

const workload recurrences[] = {
    {"W6_1k_record", "ns/node", 1e9 / (14 * 71), RECORDING_TIME, W6, &few, KNOWN_1K},
    {"W6_1k_replay", "ns/node", 1e9 / (14 * 71), STEP_TIME, W6, &few, KNOWN_1K},
    {"W6_100k_record", "ns/node", 1e9 / (14 * 7142), RECORDING_TIME, W6, &many, KNOWN_100K},
    {"W6_100k_replay", "ns/node", 1e9 / (14 * 7142), STEP_TIME, W6, &many, KNOWN_100K},
    {.name = NULL},
};
