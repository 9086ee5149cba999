/* ensemble.c - the average of several models (notes 9.4). */
#define RG_NO_HERE
#include "nn.h"
#include "ops.h"

rg_node *rg_ensemble(int k, rg_model *const *m, rg_node *x, bool probabilities)
{
    rg_node *total = NULL;
    for (int i = 0; i < k && m; i++) {
        rg_node *y = rg_model_apply(m[i], x, RG_MODE_PREDICT);
        if (probabilities) y = rg_softmax(y, -1);
        total = total ? rg_add(total, y) : y;
    }
    if (!total) return rg_fail(rg_tape_of(x), RG_USAGE, NULL, "ensemble: no models");
    return rg_scale(total, 1.0 / k);
}
