/* optim.c - what all optimizers have in common: registers, groups, the gradient, its
 * gathering over parts of a batch, its clipping, decay. */
#include "rule.h"
#include <limits.h>
#include <math.h>
#include <string.h>

static rg_status tape_status(const rg_optim *o) { return rg_error_of(o->tape)->status; }

/* ---- what may be asked for ------------------------------------------------------- */

static bool at_least_0(double v) { return v >= 0 && isfinite(v); }

static rg_status check_config(rg_tape *t, const rg_optim_config *c)
{
    const char *bad = c->method < RG_SGD || c->method > RG_RMSPROP ? "method"
                      : !(c->momentum >= 0 && c->momentum < 1)     ? "momentum"
                      : !(c->beta1 >= 0 && c->beta1 < 1)           ? "beta1"
                      : !(c->beta2 >= 0 && c->beta2 < 1)           ? "beta2"
                      : !at_least_0(c->nu)                         ? "nu"
                      : !at_least_0(c->clip)                       ? "clip"
                      : !at_least_0(c->clip_value)                 ? "clip_value"
                                                                   : NULL;
    if (bad)
        rg_fail(t, RG_USAGE, NULL,
                "optimizer: %s is out of range; shares are at least 0 and below 1", bad);
    return rg_error_of(t)->status;
}

static rg_status check_group(rg_tape *t, const rg_group *g, int place, rg_dtype dtype)
{
    char text[RG_TEXT];
    if (!at_least_0(g->lr) || !at_least_0(g->decay) || !at_least_0(g->l2) || !at_least_0(g->l1) ||
        !at_least_0(g->soft))
        rg_fail(t, RG_USAGE, NULL,
                "optimizer, group %d: lr, decay, l2, l1 and soft must be at least 0", place + 1);
    for (int i = 0; i < g->n; i++) {
        if (!rg_is_leaf(g->param[i]) || rg_tape_of(g->param[i]) != t)
            rg_fail(t, RG_USAGE, NULL, "optimizer, group %d: parameter %d is no leaf of this tape",
                    place + 1, i + 1);
        else if (rg_dtype_of(g->param[i]) != dtype || (dtype != RG_F32 && dtype != RG_F64))
            rg_fail(t, RG_DTYPE, NULL,
                    "optimizer, group %d: parameters are all f32 or all f64, this is %s", place + 1,
                    rg_node_text(g->param[i], text));
    }
    return rg_error_of(t)->status;
}

static rg_status check_all(rg_tape *t, const rg_optim_config *c, int groups, const rg_group *g,
                           int *n)
{
    *n = 0;
    if (!t) return RG_USAGE;
    if (!c || !g) return rg_refuse(t, RG_USAGE, NULL, "optimizer: no settings, or no parameters");
    for (int i = 0; i < groups; i++) *n += g[i].n;
    rg_node *first = NULL;
    for (int i = 0; i < groups && !first; i++)
        if (g[i].n) first = g[i].param[0];
    if (!first) return rg_refuse(t, RG_USAGE, NULL, "optimizer: no parameters");
    rg_status s = check_config(t, c);
    for (int i = 0; i < groups && !s; i++) s = check_group(t, &g[i], i, rg_dtype_of(first));
    return s;
}

/* ---- life ------------------------------------------------------------------------ */

/* The struct and its arrays, in one block. */
static rg_optim *make_block(rg_tape *t, int n, int groups)
{
    size_t node = (size_t)n * sizeof(rg_node *), held = (size_t)n * sizeof(rg_held);
    size_t bytes = sizeof(rg_optim) + (size_t)groups * sizeof(rg_held_group) + held + 2 * node;
    rg_optim *o = rg_scratch(t, bytes);
    if (!o) return NULL;
    memset(o, 0, bytes);
    *o = (rg_optim){.tape = t, .bytes = bytes, .n = n, .groups = groups};
    o->group = (rg_held_group *)(void *)(o + 1);
    o->held = (rg_held *)(void *)(o->group + groups);
    o->param = (rg_node **)(void *)(o->held + n);
    o->grad = o->param + n;
    return o;
}

static rg_node *leaf_like(const rg_node *x)
{
    return rg_leaf(rg_tape_of(x), rg_dtype_of(x), rg_shape_of(x));
}

static void hold(rg_optim *o, int i, rg_node *param, int group)
{
    rg_held *h = &o->held[i];
    h->param = o->param[i] = param;
    h->group = group;
    for (int k = 0; k < o->rule->slots(&o->c); k++) h->slot[k] = leaf_like(param);
    if (o->c.accumulate) h->sum = leaf_like(param);
}

static double usual_nu(const rg_optim_config *c)
{
    if (!c->eps_outside) return 1e-16;
    return c->method == RG_ADAGRAD ? 1e-10 : 1e-8;
}

static void fill_optim(rg_optim *o, const rg_optim_config *c, const rg_group *g)
{
    static const rg_rule *const rule[] = {[RG_SGD] = &rg_rule_sgd,
                                          [RG_ADAM] = &rg_rule_adam,
                                          [RG_ADAGRAD] = &rg_rule_adagrad,
                                          [RG_RMSPROP] = &rg_rule_rmsprop};
    o->c = *c;
    o->rule = rule[c->method];
    if (o->c.nu == 0) o->c.nu = usual_nu(c);
    int at = 0;
    for (int i = 0; i < o->groups; i++) {
        o->group[i] = (rg_held_group){.lr = rg_scalar(o->tape, g[i].lr),
                                      .decay = g[i].decay,
                                      .l2 = g[i].l2,
                                      .l1 = g[i].l1,
                                      .soft = g[i].soft};
        for (int k = 0; k < g[i].n; k++) hold(o, at++, g[i].param[k], i);
    }
    o->dtype = rg_dtype_of(o->param[0]);
    for (int k = 0; k < RG_SLOTS && c->method == RG_ADAM; k++) o->power[k] = rg_scalar(o->tape, 1);
    if (c->schedule.fall == RG_STEADY && c->schedule.warmup == 0) return;
    o->count = rg_scalar(o->tape, 0);
    int64_t mark = rg_mark(o->tape);
    rg_schedule_share(&c->schedule, o->count); /* is it sound? */
    if (!tape_status(o)) rg_rewind(o->tape, mark);
}

rg_optim *rg_optim_new(rg_tape *t, const rg_optim_config *c, int groups, const rg_group *g)
{
    int n;
    if (check_all(t, c, groups, g, &n)) return NULL;
    rg_optim *o = make_block(t, n, groups);
    if (!o) return NULL;
    fill_optim(o, c, g);
    if (!tape_status(o)) return o;
    rg_optim_free(o);
    return NULL;
}

void rg_optim_free(rg_optim *o)
{
    if (o) rg_scratch_free(o->tape, o, o->bytes);
}

rg_node *rg_optim_lr(const rg_optim *o, int group)
{
    if (group >= 0 && group < o->groups) return o->group[group].lr;
    return rg_fail(o->tape, RG_INDEX, NULL, "optimizer: group %d of %d", group, o->groups);
}

rg_node *rg_optim_count(const rg_optim *o) { return o->count; }

/* The i-th of those that are not NULL among n places; *i is less by those passed. */
static rg_node *leaf_among(rg_node *const *place, int n, int *i)
{
    for (int k = 0; k < n; k++)
        if (place[k] && (*i)-- == 0) return place[k];
    return NULL;
}

/* NULL when there are no more; *i is then less by how many there are. */
static rg_node *find_leaf(const rg_optim *o, int *i)
{
    rg_node *x = NULL;
    for (int k = 0; k < o->groups && !x; k++) x = leaf_among(&o->group[k].lr, 1, i);
    for (int k = 0; k < o->n && !x; k++) {
        x = leaf_among(o->held[k].slot, RG_SLOTS, i);
        if (!x) x = leaf_among(&o->held[k].sum, 1, i);
    }
    if (!x) x = leaf_among(o->power, RG_SLOTS, i);
    return x ? x : leaf_among(&o->count, 1, i);
}

int rg_optim_leaves(const rg_optim *o)
{
    int left = INT_MAX;
    find_leaf(o, &left);
    return INT_MAX - left;
}

rg_node *rg_optim_leaf(const rg_optim *o, int i)
{
    int k = i;
    rg_node *x = i >= 0 ? find_leaf(o, &k) : NULL;
    return x ? x : rg_fail(o->tape, RG_INDEX, NULL, "optimizer: leaf %d of %d", i, rg_optim_leaves(o));
}

/* What the schedule leaves of the learning rates; NULL: all. */
static rg_node *scheduled_share(const rg_optim *o)
{
    return o->count ? rg_schedule_share(&o->c.schedule, o->count) : NULL;
}

static rg_node *times(rg_node *x, rg_node *factor) { return factor ? rg_mul(x, factor) : x; }

rg_node *rg_optim_ahead(const rg_optim *o, int i)
{
    if (i < 0 || i >= o->n)
        return rg_fail(o->tape, RG_INDEX, NULL, "optimizer: parameter %d of %d", i, o->n);
    if (o->c.method != RG_SGD || o->c.momentum == 0) return o->param[i];
    rg_node *v = rg_scale(o->held[i].slot[0], o->c.momentum);
    if (!o->c.lr_outside) return rg_add(o->param[i], v);
    rg_node *lr = times(o->group[o->held[i].group].lr, scheduled_share(o));
    return rg_sub(o->param[i], rg_mul(v, rg_cast(lr, o->dtype)));
}

/* ---- for the rules ----------------------------------------------------------------- */

rg_node *rg_rule_begin_none(rg_optim *o)
{
    (void)o;
    return NULL;
}

rg_node *rg_rule_root(const rg_optim *o, rg_node *a)
{
    return o->c.eps_outside ? rg_offset(rg_sqrt(a), o->c.nu) : rg_sqrt(rg_offset(a, o->c.nu));
}

rg_node *rg_rule_blend(rg_node *old, rg_node *now, double share)
{
    return rg_mix(old, now, share, 1 - share);
}

/* ---- a step ---------------------------------------------------------------------- */

/* The rates of this step, of the parameters' dtype. */
static void begin_groups(rg_optim *o)
{
    rg_node *factor = o->rule->begin(o), *share = scheduled_share(o);
    if (o->count) rg_assign(o->count, rg_offset(o->count, 1));
    for (int i = 0; i < o->groups; i++) {
        rg_held_group *g = &o->group[i];
        rg_node *lr = times(g->lr, share);
        g->rate = rg_cast(times(lr, factor), o->dtype);
        g->shrink = NULL;
        g->pull = NULL;
        if (g->decay > 0) g->shrink = rg_cast(rg_offset(rg_scale(lr, -g->decay), 1), o->dtype);
        if (g->soft > 0) g->pull = rg_cast(rg_scale(lr, g->soft), o->dtype);
    }
}

/* With what rg_optim_add gathered, which is spent by this. */
static rg_node *with_sum(const rg_held *h, rg_node *g)
{
    if (!h->sum) return g;
    rg_assign(h->sum, rg_const(rg_tape_of(h->sum), rg_dtype_of(h->sum), rg_shape_of(h->sum), 0));
    return g ? rg_add(h->sum, g) : h->sum;
}

/* Toward 0 by pull, and no further. */
static rg_node *soft_threshold(rg_node *w, rg_node *pull)
{
    rg_node *size = rg_relu(rg_sub(rg_abs(w), pull));
    return rg_mul(rg_sign(w), size);
}

static void update(const rg_optim *o, const rg_held *h, rg_node *g)
{
    const rg_held_group *group = &o->group[h->group];
    if (group->l2 > 0) g = rg_add(g, rg_scale(h->param, group->l2));
    if (group->l1 > 0) g = rg_add(g, rg_scale(rg_sign(h->param), group->l1));
    rg_node *w = times(h->param, group->shrink);
    w = o->rule->update(o, h, w, g);
    rg_assign(h->param, group->pull ? soft_threshold(w, group->pull) : w);
}

rg_status rg_optim_apply(rg_optim *o, rg_node *const *gradient)
{
    rg_status s = RG_OK;
    for (int i = 0; i < o->n; i++) o->grad[i] = with_sum(&o->held[i], gradient[i]);
    if (o->c.clip > 0) s = rg_clip_length(o->tape, o->n, o->grad, o->c.clip);
    if (!s && o->c.clip_value > 0) s = rg_clip_value(o->tape, o->n, o->grad, o->c.clip_value);
    if (s) return s;
    begin_groups(o);
    for (int i = 0; i < o->n && !tape_status(o); i++)
        if (o->grad[i]) update(o, &o->held[i], o->grad[i]);
    return tape_status(o);
}

rg_status rg_optim_step(rg_optim *o, rg_node *loss)
{
    rg_status s = rg_grad(loss, NULL, o->n, o->param, o->grad);
    return s ? s : rg_optim_apply(o, o->grad);
}

rg_status rg_optim_add(rg_optim *o, rg_node *loss)
{
    if (!o->c.accumulate)
        return rg_refuse(o->tape, RG_USAGE, NULL,
                         "optimizer: gradients are gathered only when accumulate was set");
    rg_status s = rg_grad(loss, NULL, o->n, o->param, o->grad);
    for (int i = 0; i < o->n && !s; i++) {
        rg_held *h = &o->held[i];
        if (o->grad[i]) rg_assign(h->sum, rg_add(h->sum, o->grad[i]));
        s = tape_status(o);
    }
    return s;
}
