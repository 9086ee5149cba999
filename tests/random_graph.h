/* random_graph.h - calculations drawn at random, on which explanations are tested. */
#ifndef RG_TEST_RANDOM_GRAPH_H
#define RG_TEST_RANDOM_GRAPH_H
#include "rolls.h"
#include <retrograd/retrograd.h>

enum { INPUTS = 3, MOST_GATES = 14 };

static rg_node *random_gate(rg_node *a, rg_node *b, bool scalar)
{
    switch (dice(scalar ? 17 : 19)) {
    case 0:
        return rg_add(a, b);
    case 1:
        return rg_sub(a, b);
    case 2:
        return rg_mul(a, b);
    case 3:
        return rg_max(a, b);
    case 4:
        return rg_min(a, b);
    case 5:
        return rg_div(a, rg_offset(rg_square(b), 1));
    case 6:
        return rg_exp(rg_scale(rg_tanh(a), 0.5));
    case 7:
        return rg_log(rg_offset(rg_square(a), 0.5));
    case 8:
        return rg_tanh(a);
    case 9:
        return rg_sigmoid(a);
    case 10:
        return rg_relu(a);
    case 11:
        return rg_sin(a);
    case 12:
        return rg_powc(rg_sigmoid(a), 1.5);
    case 13:
        return rg_where(rg_gt(a, b), a, rg_neg(b));
    case 14:
        return rg_clamp(a, -1, 1);
    case 15:
        return rg_scale(a, -0.25);
    case 16:
        return rg_mul(a, a);
    case 17:
        return rg_softmax(a, -1);
    default:
        return rg_transpose(rg_matmul(rg_transpose(b), rg_matmul(a, rg_transpose(a))));
    }
}

static rg_node *random_input(rg_tape *t, int i, bool scalar)
{
    static const char *const names[INPUTS] = {"a", "b", "c"};
    double v[6];
    for (int k = 0; k < 6; k++) v[k] = dice(401) / 100.0 - 2; /* often equal, often 0 */
    rg_shape shape = scalar ? rg_shape0() : rg_shape2(2, 3);
    return rg_name(rg_leaf_from(t, RG_F64, shape, v, scalar ? 1 : 6), names[i]);
}

static rg_node *random_graph(rg_tape *t, rg_node **x, bool scalar)
{
    rg_node *pool[INPUTS + MOST_GATES];
    int n = 0, gates = 1 + dice(MOST_GATES);
    for (; n < INPUTS; n++) pool[n] = x[n] = random_input(t, n, scalar);
    for (int i = 0; i < gates; i++) {
        rg_node *a = pool[dice(n)], *b = pool[n - 1 - dice(n < 4 ? n : 4)];
        pool[n++] = random_gate(a, b, scalar);
    }
    return scalar ? pool[n - 1] : rg_mean(pool[n - 1], RG_ALL_AXES);
}

#endif
