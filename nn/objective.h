/* objective.h - what training makes small, beside the losses of ops.h: likelihoods,
 * softened labels, penalties, several tasks. Expressions like any other; nothing here is
 * differentiated by hand. */
#ifndef RG_OBJECTIVE_H
#define RG_OBJECTIVE_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- losses ------------------------------------------------------------------ */

/* The four conventions of squared error (notes 2.1): of d = p - y over n elements. All
 * have one argmin; their gradients are 2d, d, 2d/n and d/n. rg_mse is RG_SQUARES_MEAN. */
typedef enum rg_squares {
    RG_SQUARES_SUM,      /* sum d^2     */
    RG_SQUARES_HALF_SUM, /* sum d^2/2   */
    RG_SQUARES_MEAN,     /* sum d^2/n   */
    RG_SQUARES_HALF_MEAN /* sum d^2/2n  */
} rg_squares;
RG_API rg_node *rg_squared_error(rg_node *p, rg_node *y, rg_squares how);

/* -log N(y; mean, var), averaged over all elements: log(2 pi var)/2 + (y - mean)^2/(2 var).
 * var above 0, of a shape that broadcasts; at var 1 it is half the squared error and a
 * constant (notes 3.6). The Bernoulli likelihood is rg_bce, or rg_bce_with_logits. */
RG_API rg_node *rg_gaussian_nll(rg_node *mean, rg_node *var, rg_node *y);

/* Labels i64 (n) to (n, classes): 1 at the label, 0 elsewhere. RG_INDEX. */
RG_API rg_node *rg_one_hot(rg_node *labels, int64_t classes, rg_dtype dtype);

/* Where the share that the label gives up goes. */
typedef enum rg_spread {
    RG_SPREAD_OTHERS, /* 1 - share at the label, share/(classes - 1) at each other: notes 9.3 */
    RG_SPREAD_ALL     /* share/classes everywhere, 1 - share more at the label: Szegedy et
                         al., CVPR 2016, and PyTorch                                          */
} rg_spread;

/* Labels i64 (n) to probabilities (n, classes), for rg_cross_entropy. 0 <= share < 1 and
 * at least two classes, else RG_USAGE. (The second term of the notes' formula lacks the
 * factor -log p_c; here every class has it.) */
RG_API rg_node *rg_smooth_labels(rg_node *labels, int64_t classes, rg_dtype dtype, double share,
                                 rg_spread how);

/* sum_k weight[k] loss[k], n at least 1: a sum of tasks (notes 9.3), or a loss and its
 * penalties (9.2). */
RG_API rg_node *rg_weighted_sum(int n, rg_node *const *loss, const double *weight);

/* ---- penalties: scalars to be weighed and added (notes 9.2) ----------------------- */

RG_API rg_node *rg_penalty_l2(rg_node *w);               /* w w/2; gradient w             */
RG_API rg_node *rg_penalty_near(rg_node *w, rg_node *b); /* |w - b|^2: towards b, which
                                                            may be a parameter too: ties  */
RG_API rg_node *rg_penalty_l1(rg_node *w);               /* sum |w|; gradient sign(w), 0 at 0 */
RG_API rg_node *rg_penalty_activity(rg_node *h);         /* of hidden units (rows, n): sum
                                                            |h|, averaged over the rows   */

/* ---- features ---------------------------------------------------------------------- */

/* x (n) to (n, degree + 1): x^degree ... x 1 (notes 3.1). Scale x to -1..1 first: raw
 * powers are ill-conditioned. RG_USAGE: degree < 0; RG_SHAPE: x is no vector. */
RG_API rg_node *rg_polynomial(rg_node *x, int degree);

#ifndef RG_NO_HERE
#define rg_squared_error(...)    RG_HERE(rg_squared_error(__VA_ARGS__))
#define rg_gaussian_nll(...)     RG_HERE(rg_gaussian_nll(__VA_ARGS__))
#define rg_one_hot(...)          RG_HERE(rg_one_hot(__VA_ARGS__))
#define rg_smooth_labels(...)    RG_HERE(rg_smooth_labels(__VA_ARGS__))
#define rg_weighted_sum(...)     RG_HERE(rg_weighted_sum(__VA_ARGS__))
#define rg_penalty_l2(...)       RG_HERE(rg_penalty_l2(__VA_ARGS__))
#define rg_penalty_near(...)     RG_HERE(rg_penalty_near(__VA_ARGS__))
#define rg_penalty_l1(...)       RG_HERE(rg_penalty_l1(__VA_ARGS__))
#define rg_penalty_activity(...) RG_HERE(rg_penalty_activity(__VA_ARGS__))
#define rg_polynomial(...)       RG_HERE(rg_polynomial(__VA_ARGS__))
#endif

#ifdef __cplusplus
}
#endif
#endif
