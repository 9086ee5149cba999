/* gradcheck.h - is the gradient the slope? Compares what rg_grad says with what the
 * values do when an input moves.
 *
 * No tolerance is asked for: both sides carry an error bar. Slopes come from a copy
 * of the recording in f64, moved by steps of many sizes and extrapolated; what
 * rounding does to either side is measured, by computing again with other last bits.
 * A difference outside the bar is a failure; inside a bar too wide to mean anything
 * it is none, but no pass either. At a corner (relu at 0, a tie of max) anything
 * between the two one-sided slopes is accepted, and said to be a corner. Where both
 * sides are exactly 0, nothing was tested. NaN fails, in the gradient as in the value. Source: notes 5.2. */
#ifndef RG_GRADCHECK_H
#define RG_GRADCHECK_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From the best to the worst: the verdict on many is the largest. */
typedef enum rg_verdict {
    RG_PASS,        /* agrees, and a wrong gradient would not have                   */
    RG_UNTESTED,    /* exactly 0 on both sides, or nothing there to test; a jump
                       where no gradient is claimed                                  */
    RG_CANNOT_TELL, /* agrees, but so might a wrong one                              */
    RG_FAIL
} rg_verdict;

/* What the function does at the place where the check looked. */
typedef enum rg_point {
    RG_SMOOTH,
    RG_CORNER, /* two slopes: the gradient may lie between them                      */
    RG_JUMP,   /* no slope: a step, or vertical                                      */
    RG_EDGE,   /* not finite on one side: the domain ends here                       */
    RG_NOWHERE /* the value itself is NaN, in f64 too: no slope to compare with      */
} rg_point;

enum { RG_ALL_TOGETHER = -1, RG_OF_VALUE = -2 };

/* What was found out about one input, about all of them moved together, or about the
 * value that is differentiated: on the tape (analytic) against in f64 (numeric). */
typedef struct rg_finding {
    rg_verdict verdict;
    int input;      /* which input, from 0; or RG_ALL_TOGETHER, RG_OF_VALUE         */
    bool absent;    /* rg_grad found no path to this input: taken as 0              */
    rg_shape shape; /* of the input                                                 */
    int64_t looked; /* elements (or directions) looked at                           */
    int64_t of;     /* elements there are; looked may be fewer                      */
    int64_t untested, unsure, failed; /* of those looked at                          */
    int64_t sharp; /* of those that agree: the ones that are not 0 but for rounding */
    double power;  /* the smallest relative error that would have been caught in
                      each of them; 0 when there are none                            */
    int64_t worst; /* the element (or direction) of the figures that follow        */
    rg_point point;
    double analytic;    /* what the gradient says                                       */
    double numeric;     /* what the values do                                           */
    double bar;         /* the most by which the two may differ                         */
    double left, right; /* at a corner: the smaller and the larger slope             */
} rg_finding;

/* Somebody's backward pass, called as rg_grad is. */
typedef rg_status rg_grad_fn(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out);

/* Zero means the default. */
typedef struct rg_check_how {
    uint64_t seed;  /* of upstream and directions; the same seed checks the same     */
    int elements;   /* look at this many elements of an input, by themselves; 32     */
    int directions; /* move all inputs together in this many directions; 4           */
    int nodes;      /* rg_check_nodes only: so many of the nodes; all                */
    rg_grad_fn *grad; /* the backward pass that is checked; rg_grad                  */
} rg_check_how;

typedef struct rg_report {
    rg_verdict verdict; /* on everything; absent inputs that do not matter left out */
    rg_finding values;
    rg_finding together; /* all inputs moved along random directions                 */
    uint64_t seed;
} rg_report;

/* Checks the gradient of y, of any shape, with respect to n inputs x: leaves, or
 * nodes none of which is made from another. The upstream is random, of both signs;
 * for a y of one element all figures are per unit of it. found gets n findings; NULL
 * when only the report is wanted. how NULL: defaults. The tape is left as it was.
 * The status tells whether the check could be made; the verdict is in the report. */
RG_API rg_status rg_check_graph(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                                rg_finding *found, rg_report *r);

/* ---- an op by itself, on the shapes of its example ------------------------------- */

/* How the numbers of its inputs lie in memory. */
typedef enum rg_lie {
    RG_LIE_DENSE,
    RG_LIE_TRANSPOSED, /* the first axis moves fastest                               */
    RG_LIE_STEPPED,    /* every second element                                       */
    RG_LIE_REVERSED,   /* negative strides                                           */
    RG_LIE_REPEATED,   /* the first of several axes has stride 0                     */
    RG_LIES
} rg_lie;

typedef struct rg_check_case {
    rg_dtype dtype; /* f32 or f64                                                    */
    int order;      /* 1: the gradient; 2: the gradient of the gradient too, in the
                       inputs and in the upstream                                    */
    int example;    /* which of the alternatives, from 0                             */
    rg_lie lie;
    int stacked; /* > 0: also, this many upstreams at once give what they give one
                    by one                                                        */
    uint64_t seed;
} rg_check_case;

/* A shared library of ops, for `retrograd check --library`, exports them so:
 *     RG_LIBRARY_OPS = {&my_op, &another, NULL};                                       */
#ifdef __cplusplus
#define RG_LIBRARY_OPS                                                                             \
    extern "C" {                                                                                   \
    extern RG_API const rg_op *const rg_library_ops[];                                             \
    }                                                                                              \
    const rg_op *const rg_library_ops[]
#else
#define RG_LIBRARY_OPS                                                                             \
    extern RG_API const rg_op *const rg_library_ops[];                                             \
    const rg_op *const rg_library_ops[]
#endif

/* How many alternatives the example of an op has; 0: it has no example. */
RG_API int rg_check_examples(const rg_op *op);

/* Checks one case, on a tape of its own; cfg as for rg_tape_new. Inputs are drawn
 * inside the domains of the wires, away from kinks, ties and the typical attributes.
 * The worst finding is on an input of the op, or on the upstream: the number behind
 * the last input. Wires that carry no gradient need not be tested. When the case
 * could not be made, *error says why; it may be NULL. */
RG_API rg_status rg_check_op(const rg_op *op, const rg_check_case *c, const rg_config *cfg,
                             rg_finding *worst, rg_verdict *verdict, rg_error *error);

/* ---- in words -------------------------------------------------------------------- */

enum { RG_FINDING_TEXT = 400 };
RG_API const char *rg_verdict_text(rg_verdict v); /* "pass", "untested", "cannot tell", "fail" */

/* One sentence on a finding, after its verdict; returns buf. */
RG_API const char *rg_finding_text(const rg_finding *f, char buf[RG_FINDING_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
