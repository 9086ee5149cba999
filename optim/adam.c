/* adam.c - Adam with and without bias correction (notes 10.6). The powers of beta are
 * registers, so a step is the same recording every time. */
#include "rule.h"

static int adam_slots(const rg_optim_config *c)
{
    (void)c;
    return 2;
}

/* 1/(1 - beta^t), where the register holds beta^(t-1) and takes beta^t. */
static rg_node *unbias(rg_node *power, double beta)
{
    rg_node *now = rg_scale(power, beta);
    rg_assign(power, now);
    return rg_inv(rg_offset(rg_neg(now), 1));
}

/* The correction of the first moment goes into the learning rate: one number, not n. */
static rg_node *adam_begin(rg_optim *o)
{
    if (o->c.uncorrected) return NULL;
    o->unbias = rg_cast(unbias(o->power[1], o->c.beta2), o->dtype);
    return unbias(o->power[0], o->c.beta1);
}

static rg_node *adam_update(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g)
{
    rg_node *m = rg_rule_blend(h->slot[0], g, o->c.beta1);
    rg_node *v = rg_rule_blend(h->slot[1], rg_square(g), o->c.beta2);
    rg_assign(h->slot[0], m);
    rg_assign(h->slot[1], v);
    rg_node *second = o->c.uncorrected ? v : rg_mul(v, o->unbias);
    rg_node *root = rg_rule_root(o, second);
    rg_node *first = rg_mul(m, o->group[h->group].rate);
    return rg_sub(w, rg_div(first, root));
}

const rg_rule rg_rule_adam = {"adam", adam_slots, adam_begin, adam_update};
