/* recurrence.c - W6: a long program over single numbers, f64, and its gradient for four
 * inputs. "record" is eager, recording included; the others are replayed. */
#include "bench.h"

static void open_recurrence(job *j)
{
    static const double at[] = {.5, .7, .1, .9};
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

static const int few = 71, many = 7142;

#define W6         1, open_recurrence, record_recurrence, NULL
#define KNOWN_1K   {2.44947487782, 57.1341405363}, 1e-11
#define KNOWN_100K {2.44947487782, 5883.88324361}, 1e-11

const workload recurrences[] = {
    {"W6_1k_record", "ns/node", 1e9 / (14 * 71), RECORDING_TIME, W6, &few, KNOWN_1K},
    {"W6_1k_replay", "ns/node", 1e9 / (14 * 71), STEP_TIME, W6, &few, KNOWN_1K},
    {"W6_100k_record", "ns/node", 1e9 / (14 * 7142), RECORDING_TIME, W6, &many, KNOWN_100K},
    {"W6_100k_replay", "ns/node", 1e9 / (14 * 7142), STEP_TIME, W6, &many, KNOWN_100K},
    {.name = NULL},
};
