/* learn.c - small networks trained on all their examples at once. */
#include "learn.h"

enum { MOST_ROWS = 200 };

static void first_weights(rg_model *m, const learning *how)
{
    for (int i = 0; i < m->params && how->deviation > 0; i++)
        if (rg_shape_of(m->param[i]).rank == 2)
            rg_init_draw(m->param[i], rg_init_deviation(how->deviation), 1, 1, how->seed,
                         (uint64_t)i);
}

int learn(lesson *l, rg_model *m, const learning *how)
{
    rg_spec spec;
    rg_spec_parse(&spec, how->model, NULL);
    rg_model_init(m, l->tape, &spec, rg_shape_of(how->x).dim[1], RG_F64, how->seed);
    first_weights(m, how);
    rg_group g = {.n = m->params, .param = m->param, .lr = how->lr};
    rg_optim *o = rg_optim_new(l->tape, &how->optim, 1, &g);
    double loss = HUGE_VAL;
    int step = 0;
    for (bool go = o != NULL; go && step < how->steps; step++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *out = rg_model_apply(m, how->x, RG_MODE_TRAIN);
        bool labels = rg_dtype_of(how->y) == RG_I64;
        rg_node *now = labels ? rg_cross_entropy(out, how->y) : rg_mse(out, how->y);
        loss = rg_value(now);
        if (how->loss) how->loss[step] = loss;
        go = isfinite(loss) && loss >= how->enough;
        if (go) rg_optim_step(o, now);
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    return isfinite(loss) ? step : how->steps;
}

double learned(rg_model *m, rg_node *x, rg_node *label)
{
    rg_node *right = rg_correct(rg_model_apply(m, x, RG_MODE_PREDICT), label);
    return rg_value(right) / (double)rg_count_of(label);
}

void learn_rings(lesson *l, int n, rg_node **x, rg_node **label)
{
    double place[2 * MOST_ROWS];
    int64_t ring[MOST_ROWS];
    for (int i = 0; i < n; i++) {
        double r = i % 2 ? 2 : 0.7, angle = i * 2.399963;
        place[2 * i] = r * cos(angle);
        place[2 * i + 1] = r * sin(angle);
        ring[i] = i % 2;
    }
    *x = matrix(l, n, 2, place);
    *label = rg_leaf_from(l->tape, RG_I64, rg_shape1(n), ring, (size_t)n);
}
