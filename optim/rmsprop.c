/* rmsprop.c - Adagrad with a memory that fades, with and without momentum (notes 10.5). */
#include "rule.h"

/* slot 0 is a, slot 1 the speed. */
static int rmsprop_slots(const rg_optim_config *c) { return c->momentum != 0 ? 2 : 1; }

static rg_node *rmsprop_update(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    rg_node *rate = o->group[h->group].rate;
    rg_node *a = rg_rule_blend(h->slot[0], rg_square(g), o->c.beta2);
    rg_assign(h->slot[0], a);
    rg_node *unit = rg_div(g, rg_rule_root(o, a));
    if (o->c.momentum == 0) return rg_sub(w, rg_mul(unit, rate));
    rg_node *old = rg_scale(h->slot[1], o->c.momentum);
    rg_node *v = o->c.lr_outside ? rg_add(old, unit) : rg_sub(old, rg_mul(unit, rate));
    rg_assign(h->slot[1], v);
    return o->c.lr_outside ? rg_sub(w, rg_mul(v, rate)) : rg_add(w, v);
}

const rg_rule rg_rule_rmsprop = {"rmsprop", rmsprop_slots, rg_rule_begin_none, rmsprop_update};
