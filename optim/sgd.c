/* sgd.c - gradient descent, with momentum when alpha is not 0 (notes 10.1, 10.2), and
 * Nesterov's (10.3). */
#include "rule.h"

static int sgd_slots(const rg_optim_config *c) { return c->momentum != 0; }

/* After the change of variables: w + v' + alpha (v' - v). */
static rg_node *nesterov_move(const rg_optim *o, rg_node *w, rg_node *v, rg_node *old)
{
    rg_node *carried = rg_scale(rg_sub(v, old), o->c.momentum);
    return rg_add(w, rg_add(v, carried));
}

/* PyTorch's form: v <- alpha v + g. */
static rg_node *move_outside(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    rg_node *v = rg_add(rg_scale(h->slot[0], o->c.momentum), g);
    rg_assign(h->slot[0], v);
    rg_node *way = o->c.nesterov ? rg_add(g, rg_scale(v, o->c.momentum)) : v;
    return rg_sub(w, rg_mul(way, o->group[h->group].rate));
}

static rg_node *sgd_update(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    if (o->c.momentum == 0) return rg_sub(w, rg_mul(g, o->group[h->group].rate));
    if (o->c.lr_outside) return move_outside(o, h, w, g);
    rg_node *old = rg_scale(h->slot[0], o->c.momentum);
    rg_node *v = rg_sub(old, rg_mul(g, o->group[h->group].rate));
    rg_assign(h->slot[0], v);
    return o->c.nesterov ? nesterov_move(o, w, v, h->slot[0]) : rg_add(w, v);
}

const rg_rule rg_rule_sgd = {"sgd", sgd_slots, rg_rule_begin_none, sgd_update};
