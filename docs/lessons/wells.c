/* wells.c - a wide bowl around 0, the same for all examples, and a deep narrow well whose place is
 * the example's own: what the training examples share there, others do not. */
#include "wells.h"

enum { WELLS = 4, FRESH = 50, STARTS = 10, STEPS = 400 };

static rg_node *bowl_and_wells(rg_node *w, rg_node *places)
{
    rg_node *well = rg_exp(rg_scale(rg_square(rg_scale(rg_sub(w, places), 5)), -0.5));
    return rg_add(rg_scale(rg_square(rg_index(w, 0, 0)), 0.1), rg_scale(rg_mean(well, 0), -2));
}

static double end_of(lesson *l, int batch, double start, rg_node *places, rg_node *fresh)
{
    rg_node *w = vector(l, 1, &start);
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &w, .lr = 0.08});
    for (int i = 0; i < STEPS && o; i++) {
        int64_t order[WELLS] = {0, 1, 2, 3}, mark = rg_step_begin(l->tape);
        rg_shuffle(order, WELLS, 5, (uint64_t)i);
        rg_node *drawn = rg_leaf_from(l->tape, RG_I64, rg_shape1(batch), order, (size_t)batch);
        rg_optim_step(o, bowl_and_wells(w, rg_gather(places, drawn, 0)));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    return rg_value(bowl_and_wells(w, fresh));
}

double wells_loss(lesson *l, int batch)
{
    double other[FRESH], sum = 0;
    for (int i = 0; i < FRESH; i++) other[i] = 2.2 + 1.8 * i / (FRESH - 1);
    rg_node *places = vector(l, WELLS, (double[]){2.6, 2.9, 3.2, 3.5}),
            *fresh = vector(l, FRESH, other);
    for (int i = 0; i < STARTS; i++) sum += end_of(l, batch, 3.2 + 0.1 * i, places, fresh) / STARTS;
    return sum;
}
