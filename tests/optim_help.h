/* optim_help.h - one parameter under an optimizer, a step at a time. */
#ifndef RG_OPTIM_HELP_H
#define RG_OPTIM_HELP_H
#include "nn_help.h"

typedef struct walk {
    rg_tape *t;
    rg_node *w;
    rg_optim *o;
} walk;

/* A walk of n numbers from start, under c with the rates of g. */
static inline walk walk_from(rg_optim_config c, rg_group g, int n, const double *start)
{
    walk k = {.t = rg_tape_new(NULL)};
    k.w = rg_leaf_from(k.t, RG_F64, rg_shape1(n), start, (size_t)n);
    g.n = 1;
    g.param = &k.w;
    k.o = rg_optim_new(k.t, &c, 1, &g);
    ck_assert_msg(k.o != NULL, "%s", rg_error_of(k.t)->text);
    return k;
}

static inline void walk_end(walk *k)
{
    rg_optim_free(k->o);
    rg_tape_free(k->t);
}

/* A step along loss(w). */
static inline void walk_down(walk *k, rg_node *(*loss)(rg_node *w))
{
    int64_t mark = rg_step_begin(k->t);
    ck_assert_int_eq(rg_optim_step(k->o, loss(k->w)), RG_OK);
    ck_assert_int_eq(rg_step_end(k->t, mark), RG_OK);
}

/* A step by a gradient that is g at every entry; returns where the first entry is. */
static inline double walk_by(walk *k, double g)
{
    int64_t mark = rg_step_begin(k->t);
    rg_node *gradient = rg_const(k->t, RG_F64, rg_shape_of(k->w), g);
    ck_assert_int_eq(rg_optim_apply(k->o, &gradient), RG_OK);
    ck_assert_int_eq(rg_step_end(k->t, mark), RG_OK);
    return *(const double *)rg_peek(k->w).data;
}

#endif
