/* rounding.h - how many digits of a gradient are right, and where the others were lost.
 *
 * Rounding errors are followed along the tape: in a copy in f64, every result of the
 * recording and of its backward pass is moved by its last bits, in several ways; how far
 * an entry of the gradient moves is its error bar (Monte Carlo arithmetic: Parker 1997).
 * A gradient in f32 is besides compared with the same in f64. Then the worst entry is
 * differentiated by every result on the way to it, so that the error that each carries
 * can be weighed (Linnainmaa 1976). The node whose result has far fewer right digits than
 * what it was made from is where they were lost: a cancellation, mostly. */
#ifndef RG_ROUNDING_H
#define RG_ROUNDING_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The worst entry of one gradient, among those not below a thousandth of its largest. */
typedef struct rg_rounding {
    int digits;      /* decimal digits that are right: 15 (f32: 7) or fewer               */
    bool absent;     /* no path leads to the input: nothing to round; digits are all      */
    rg_shape shape;  /* of the input                                                      */
    int64_t element; /* which, row by row                                                 */
    double gradient; /* as the tape has it; of a y of one element, its derivative         */
    double bar;      /* how far off it may be                                             */
    rg_node *node;   /* where digits were lost, when fewer than half are left; NULL: not
                        in one place. backward: in its gradient rule                      */
    const rg_op *op; /* the op that lost them: that of node, or one that its rule wrote   */
    bool backward;
    bool fan_in;          /* where gradients meet at node and are added                   */
    double before, after; /* relative errors of what went into op and of what came out    */
} rg_rounding;

/* Of the gradients of y with respect to n inputs x: leaves, or nodes none of which is made
 * from another. found gets n. A y of several elements has a random upstream, from seed.
 * The tape is left as it was. Errors: those of rg_grad; RG_NOMEM. */
RG_API rg_status rg_check_rounding(rg_node *y, int n, rg_node *const *x, uint64_t seed,
                                   rg_rounding *found);

enum { RG_ROUNDING_TEXT = 512 };

/* "2 correct digits: -1.5e-05 is off by up to 2e-07, element 3; lost at node 12 sub 4x3 f64
 * (model.c:41): relative errors of 1e-16 become 8e-03". Returns buf. */
RG_API const char *rg_rounding_text(const rg_rounding *r, char buf[RG_ROUNDING_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
