/* adagrad.c - each entry steps the less, the more it has stepped (notes 10.4). */
#include "rule.h"

static int adagrad_slots(const rg_optim_config *c)
{
    (void)c;
    return 1;
}

static rg_node *adagrad_update(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    rg_node *a = rg_add(h->slot[0], rg_square(g));
    rg_assign(h->slot[0], a);
    rg_node *top = rg_mul(g, o->group[h->group].rate);
    return rg_sub(w, rg_div(top, rg_rule_root(o, a)));
}

const rg_rule rg_rule_adagrad = {"adagrad", adagrad_slots, rg_rule_begin_none, adagrad_update};
