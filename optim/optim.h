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

typedef enum rg_method { RG_SGD, RG_ADAM } rg_method;

/* Made by rg_sgd or rg_adam; then change what should be different. */
typedef struct rg_optim_config {
    rg_method method;
    double momentum;  /* RG_SGD: alpha; 0: plain gradient descent                     */
    bool lr_outside;  /* RG_SGD: PyTorch's form, v <- alpha v + g; w <- w - lr v      */
    double beta1, beta2; /* RG_ADAM: shares of the old first and second moment        */
    double nu;        /* RG_ADAM: added to the second moment inside the root; 0: 1e-16,
                         and 1e-8 with eps_outside                                    */
    bool eps_outside; /* RG_ADAM: the paper's and PyTorch's form, lr m/(sqrt(v) + nu) */
    double clip;      /* longest gradient of all parameters together; 0: any          */
    bool accumulate;  /* keep a register for each gradient, for rg_optim_add          */
} rg_optim_config;

/* v <- alpha v - lr g; w <- w + v. Notes 10.1 and 10.2; Polyak 1964. */
static inline rg_optim_config rg_sgd(double momentum)
{
    rg_optim_config c = {RG_SGD, 0, false, 0, 0, 0, false, 0, false};
    c.momentum = momentum;
    return c;
}

/* m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g g; w <- w - lr m'/sqrt(v' + nu), where
 * m' = m/(1 - b1^t) and v' = v/(1 - b2^t) at step t = 1, 2, ... b1 0.9, b2 0.999, nu
 * 1e-16. Notes 10.6; Kingma and Ba, ICLR 2015. */
static inline rg_optim_config rg_adam(void)
{
    rg_optim_config c = {RG_ADAM, 0, false, 0.9, 0.999, 0, false, 0, false};
    return c;
}

/* Parameters with a learning rate of their own. */
typedef struct rg_group {
    int n;
    rg_node *const *param; /* f32 or f64, all of one dtype in all groups                  */
    double lr;
    double decay; /* w shrinks by lr decay w with every step, beside the gradient
                     (notes 9.2; AdamW, Loshchilov and Hutter, ICLR 2019)                 */
    double l2;    /* l2 w is added to the gradient (PyTorch's weight_decay)               */
} rg_group;

typedef struct rg_optim rg_optim;

/* An optimizer; its leaves are recorded now and start at 0. The groups are copied.
 * NULL, and the tape says why, on an error: RG_USAGE for a number out of range, RG_DTYPE,
 * RG_NOMEM. To be freed before the tape. */
RG_API rg_optim *rg_optim_new(rg_tape *t, const rg_optim_config *c, int groups, const rg_group *g);
RG_API void rg_optim_free(rg_optim *o);

/* The learning rate of a group: an f64 leaf of one number. Write it for a schedule. */
RG_API rg_node *rg_optim_lr(const rg_optim *o, int group);

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

/* An optimizer as text: `sgd` or `adam`, then NAME=VALUE: lr momentum beta1 beta2 nu
 * decay l2 clip, and the words lr_outside, eps_outside. 'adam lr=1e-3'. Fills *c, and
 * lr, decay and l2 of *g; lr is 0.01 for sgd and 0.001 for adam unless given. RG_USAGE,
 * saying where and what there is. */
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
#define rg_optim_step(...) rg_optim_step_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_optim_add(...)  rg_optim_add_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
