/* plan_mlp.h - a small network with a plan of its training step. */
#ifndef RG_TEST_PLAN_MLP_H
#define RG_TEST_PLAN_MLP_H
#include <retrograd/retrograd.h>

typedef struct plan_mlp {
    rg_tape *t;
    rg_node *x, *target, *w1, *b1, *w2, *b2;
    rg_plan *plan; /* NULL: an error waits on t */
} plan_mlp;

plan_mlp plan_mlp_open(const rg_config *cfg, const rg_plan_config *how);
void plan_mlp_close(plan_mlp *m);

#endif
