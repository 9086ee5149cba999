/* optim.h - optimizers: functions that record an update and assign registers.
 *
 * The parameters are leaves; so are the learning rates and all that an optimizer
 * remembers. A step is nodes like any other: it can be looked at, explained and
 * differentiated, and takes effect at the tick (rg_step_end or rg_commit). */
#ifndef RG_OPTIM_H
#define RG_OPTIM_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_method { RG_SGD, RG_ADAM, RG_ADAGRAD, RG_RMSPROP } rg_method;

/* ---- schedules --------------------------------------------------------------- */

/* How the learning rate falls over s steps, from the end of the warm-up on. */
typedef enum rg_fall {
    RG_STEADY,           /* it does not                                               */
    RG_FALL_STEPS,       /* factor^floor(s/every)                                     */
    RG_FALL_EXPONENTIAL, /* factor^(s/every)                                          */
    RG_FALL_INVERSE,     /* 1/(1 + s/every)                                           */
    RG_FALL_COSINE       /* last + (1 - last)(1 + cos(pi s/every))/2; last after that  */
} rg_fall;

/* Annealing (notes 10.3 name it and leave the formula open). All zero: steady. */
typedef struct rg_schedule {
    rg_fall fall;
    double every;  /* steps; above 0                                                  */
    double factor; /* 0: 0.1                                                          */
    double last;   /* RG_FALL_COSINE: share that stays, 0..1                          */
    double warmup; /* steps in which the rate rises evenly: (t + 1)/warmup; 0: none   */
} rg_schedule;

/* The share of the learning rate to use after t steps were done: an expression over t,
 * a node of one number, which may be a register. RG_USAGE: numbers out of range. */
RG_API rg_node *rg_schedule_share(const rg_schedule *s, rg_node *t);

/* ---- what to do ---------------------------------------------------------------- */

/* Made by rg_sgd, rg_adam ...; then change what should be different. */
typedef struct rg_optim_config {
    rg_method method;
    double momentum;  /* RG_SGD, RG_RMSPROP: alpha; 0: none                           */
    bool nesterov;    /* RG_SGD: the parameter is where the next gradient is taken    */
    bool lr_outside;  /* RG_SGD, RG_RMSPROP: PyTorch's form, v <- alpha v + g; w <- w - lr v */
    double beta1, beta2; /* RG_ADAM: shares of the old first and second moment;
                         RG_RMSPROP: beta2 is beta                                    */
    double nu;        /* added to the second moment inside the root; 0: 1e-16, and 1e-8
                         (RG_ADAGRAD: 1e-10) with eps_outside                         */
    bool eps_outside; /* the papers' and PyTorch's form, lr m/(sqrt(v) + nu)          */
    bool uncorrected; /* RG_ADAM: no bias correction                                  */
    double clip;      /* longest gradient of all parameters together; 0: any          */
    double clip_value; /* largest entry of a gradient, either sign; 0: any            */
    bool accumulate;  /* keep a register for each gradient, for rg_optim_add          */
    rg_schedule schedule; /* of all groups                                            */
} rg_optim_config;

/* v <- alpha v - lr g; w <- w + v. Notes 10.1 and 10.2; Polyak 1964. */
static inline rg_optim_config rg_sgd(double momentum)
{
    const rg_schedule steady = {RG_STEADY, 0, 0, 0, 0};
    rg_optim_config c = {RG_SGD, 0, false, false, 0, 0, 0, false, false, 0, 0, false, steady};
    c.momentum = momentum;
    return c;
}

/* v' = alpha v - lr g; w <- w + v' + alpha (v' - v), where w stands for theta + alpha v:
 * Nesterov's momentum after the change of variables of notes 10.3, so that the loss is
 * recorded over the parameters as they are. For the other form, theta itself, use
 * rg_sgd with rg_optim_ahead. */
static inline rg_optim_config rg_nesterov(double momentum)
{
    rg_optim_config c = rg_sgd(momentum);
    c.nesterov = true;
    return c;
}

/* a <- a + g g; w <- w - lr g/sqrt(a + nu). Notes 10.4; Duchi, Hazan and Singer, JMLR 2011. */
static inline rg_optim_config rg_adagrad(void)
{
    rg_optim_config c = rg_sgd(0);
    c.method = RG_ADAGRAD;
    return c;
}

/* a <- b a + (1 - b) g g, b 0.99; w <- w - lr g/sqrt(a + nu), or with momentum v <- alpha v
 * - lr g/sqrt(a + nu); w <- w + v. Notes 10.5, whose nu is 1e-7 (lesson_10_5.c, "rmsprop nu=1e-7"); Hinton's lecture 6e, 2012. */
static inline rg_optim_config rg_rmsprop(double momentum)
{
    rg_optim_config c = rg_sgd(momentum);
    c.method = RG_RMSPROP;
    c.beta2 = 0.99;
    return c;
}

/* m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g g; w <- w - lr m'/sqrt(v' + nu), where
 * m' = m/(1 - b1^t) and v' = v/(1 - b2^t) at step t = 1, 2, ..., or m and v themselves
 * when uncorrected. b1 0.9, b2 0.999. Notes 10.6; Kingma and Ba, ICLR 2015. With decay
 * in its groups it is AdamW. */
static inline rg_optim_config rg_adam(void)
{
    rg_optim_config c = rg_sgd(0);
    c.method = RG_ADAM;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    return c;
}

/* Parameters with a learning rate of their own. */
typedef struct rg_group {
    int n;
    rg_node *const *param; /* f32 or f64, all of one dtype in all groups                  */
    double lr;
    double decay; /* w shrinks by lr decay w with every step, beside the gradient
                     (notes 9.2; AdamW, Loshchilov and Hutter, ICLR 2019)                 */
    double l2;    /* l2 w is added to the gradient (PyTorch's weight_decay); that of
                     the penalty l2 w w/2 (9.2)                                           */
    double l1;    /* l1 sign(w) is added to the gradient, sign(0) = 0 (9.2): weights end
                     within lr l1 of 0, seldom at it                                      */
    double soft;  /* after the step w moves toward 0 by lr soft and stops there: the same
                     penalty by its proximal map, with exact zeros                        */
} rg_group;

typedef struct rg_optim rg_optim;

/* An optimizer; its leaves are recorded now and start at 0. The groups are copied.
 * NULL, and the tape says why, on an error: RG_USAGE for a number out of range, RG_DTYPE,
 * RG_NOMEM. To be freed before the tape. */
RG_API rg_optim *rg_optim_new(rg_tape *t, const rg_optim_config *c, int groups, const rg_group *g);
RG_API void rg_optim_free(rg_optim *o);

/* The learning rate of a group: an f64 leaf of one number. Write it for a schedule. */
RG_API rg_node *rg_optim_lr(const rg_optim *o, int group);

/* How many steps were taken, as a schedule counts them: an f64 leaf of one number. NULL
 * without a schedule. Write it to go on with a training that was interrupted. */
RG_API rg_node *rg_optim_count(const rg_optim *o);

/* All leaves of its own, rates and counters too: what it remembers from step to step. With
 * the parameters they are what a training goes on from (rg_standing). Their order and shapes
 * depend on the configuration and the groups alone. */
RG_API int rg_optim_leaves(const rg_optim *o);
RG_API rg_node *rg_optim_leaf(const rg_optim *o, int i);

/* theta + alpha v of parameter i: where momentum is about to carry it. For RG_SGD. The
 * gradient there, given to rg_optim_apply, makes Nesterov's step in its first form:
 * v <- alpha v - lr g(theta + alpha v); theta <- theta + v (notes 10.3). */
RG_API rg_node *rg_optim_ahead(const rg_optim *o, int i);

/* Record the update by gradients that were found elsewhere, one per parameter in the
 * order of the groups, NULL where there is none. */
RG_API rg_status rg_optim_apply(rg_optim *o, rg_node *const *gradient);

/* Record the gradient of loss (one element) and the update by it, plus by what
 * rg_optim_add has gathered; both take effect at the tick. A parameter that loss does
 * not depend on stays as it is. Returns the status of the tape. */
RG_API rg_status rg_optim_step(rg_optim *o, rg_node *loss);

/* Record the gradient of loss and add it to the registers at the tick: a batch in k
 * parts is k-1 times add and one step, each a step of the tape; the sum of the losses
 * is what is minimised. RG_USAGE unless accumulate was set. */
RG_API rg_status rg_optim_add(rg_optim *o, rg_node *loss);

/* g[i] <- g[i] min(1, most/length), where length is that of all g together. NULLs among
 * them are passed over. */
RG_API rg_status rg_clip_length(rg_tape *t, int n, rg_node **g, double most);

/* g[i] <- each entry within -most..most. NULLs among them are passed over. */
RG_API rg_status rg_clip_value(rg_tape *t, int n, rg_node **g, double most);

/* An optimizer as text: a name, then NAME=VALUE and words. 'adam lr=1e-3'.
 *
 *   sgd (lr 0.01), momentum (sgd momentum=0.9), nesterov (momentum 0.9 nesterov),
 *   adagrad (lr 0.01), rmsprop (lr 0.001), adam (lr 0.001), adamw (adam decay=0.01)
 *   all       lr decay l2 l1 soft clip clip_value, and a schedule: one of step=N
 *             exponential=N inverse=N cosine=N (N steps: every), factor last warmup
 *   sgd ...   momentum, lr_outside, nesterov
 *   rmsprop   beta momentum nu, eps_outside, lr_outside
 *   adagrad   nu, eps_outside
 *   adam ...  beta1 beta2 nu, eps_outside, uncorrected
 *
 * Fills *c, and *g but for its parameters. RG_USAGE, saying where and what there is. */
RG_API rg_status rg_optim_parse(rg_optim_config *c, rg_group *g, const char *text, rg_error *e);

static inline rg_status rg_optim_step_here(const char *file, int line, rg_optim *o, rg_node *loss)
{
    rg_status s = rg_optim_step(o, loss);
    rg_at(loss, file, line);
    return s;
}
static inline rg_status rg_optim_add_here(const char *file, int line, rg_optim *o, rg_node *loss)
{
    rg_status s = rg_optim_add(o, loss);
    rg_at(loss, file, line);
    return s;
}

#ifndef RG_NO_HERE
#define rg_optim_step(...)     rg_optim_step_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_optim_add(...)      rg_optim_add_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_optim_ahead(...)    RG_HERE(rg_optim_ahead(__VA_ARGS__))
#define rg_schedule_share(...) RG_HERE(rg_schedule_share(__VA_ARGS__))
#endif

#ifdef __cplusplus
}
#endif
#endif
