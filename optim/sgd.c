/* sgd.c - gradient descent, with momentum when alpha is not 0 (notes 10.1, 10.2). */
#include "rule.h"

static int sgd_slots(const rg_optim_config *c) { return c->momentum != 0; }

static rg_node *sgd_begin(rg_optim *o)
{
    (void)o;
    return NULL;
}

static rg_node *sgd_update(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    rg_node *rate = o->group[h->group].rate;
    if (o->c.momentum == 0) return rg_sub(w, rg_mul(g, rate));
    rg_node *old = rg_scale(h->slot[0], o->c.momentum);
    rg_node *v = o->c.lr_outside ? rg_add(old, g) : rg_sub(old, rg_mul(g, rate));
    rg_assign(h->slot[0], v);
    return o->c.lr_outside ? rg_sub(w, rg_mul(v, rate)) : rg_add(w, v);
}

const rg_rule rg_rule_sgd = {"sgd", sgd_slots, sgd_begin, sgd_update};
