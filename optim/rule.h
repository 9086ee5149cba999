/* rule.h - what an optimizer is made of: what all have in common is in optim.c, the
 * rule of each in a file of its own. Room-private. */
#ifndef RG_RULE_H
#define RG_RULE_H
#define RG_NO_HERE
#include "optim.h"
#include "ops.h"

enum { RG_SLOTS = 2 };

/* A parameter and the registers that follow it. */
typedef struct rg_held {
    rg_node *param;
    rg_node *slot[RG_SLOTS]; /* of the rule, shaped like the parameter                */
    rg_node *sum;            /* of rg_optim_add; NULL without it                      */
    int group;
} rg_held;

typedef struct rg_held_group {
    rg_node *lr; /* f64 leaf                                                           */
    double decay, l2, l1, soft;
    rg_node *rate;   /* while a step is recorded: what the rule multiplies with,
                        of the parameters' dtype                                      */
    rg_node *shrink; /* likewise 1 - lr decay; NULL without decay                      */
    rg_node *pull;   /* likewise lr soft; NULL without                                 */
} rg_held_group;

typedef struct rg_rule {
    const char *name;
    int (*slots)(const rg_optim_config *c);
    /* Once per step: the factor that multiplies every learning rate (f64), or NULL. */
    rg_node *(*begin)(rg_optim *o);
    /* The new parameter, from w (the parameter, shrunk by decay); assigns the slots. */
    rg_node *(*update)(const rg_optim *o, const rg_held *h, rg_node *w, rg_node *g);
} rg_rule;

struct rg_optim {
    rg_tape *tape;
    rg_optim_config c;
    const rg_rule *rule;
    size_t bytes; /* of this struct with its arrays */
    rg_dtype dtype;
    int n, groups;
    rg_held *held;
    rg_held_group *group;
    rg_node **param, **grad; /* n each, for rg_grad                                    */
    rg_node *power[RG_SLOTS]; /* RG_ADAM: beta^t, f64 registers                        */
    rg_node *count;           /* steps that were taken; NULL without a schedule         */
    rg_node *unbias;          /* RG_ADAM, during a step: 1/(1 - beta2^t), of dtype     */
};

/* By rg_method. */
extern const rg_rule rg_rule_sgd, rg_rule_adam, rg_rule_adagrad, rg_rule_rmsprop;

/* begin of rules that need none. */
rg_node *rg_rule_begin_none(rg_optim *o);

/* What a gradient is divided by: sqrt(a + nu), or sqrt(a) + nu. */
rg_node *rg_rule_root(const rg_optim *o, rg_node *a);

/* share of old, the rest of now: a running mean. */
rg_node *rg_rule_blend(rg_node *old, rg_node *now, double share);

#endif
