/* provenance.h - where inf and NaN come from. The first node that makes one out of finite
 * numbers, forward or in a gradient rule, and its way to the result. */
#ifndef RG_PROVENANCE_H
#define RG_PROVENANCE_H
#include "op.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_TRACE_PATH = 12, RG_TRACE_TEXT = 1024 };

typedef struct rg_nonfinite {
    rg_node *node;   /* that made it; backward: whose gradient rule made it. NULL: all
                        is finite                                                    */
    bool backward;   /* the values are finite, a gradient is not                      */
    int wire;        /* backward: the input of node to which that gradient flows      */
    const rg_op *op; /* the op that made it: that of node, or one that its rule wrote */
    int64_t element; /* of the result of op, row by row                               */
    double value;    /* inf, -inf or NaN                                              */
    int nin;         /* how many of the numbers below hold; 0: op is not elementwise  */
    double in[RG_WIRES]; /* what op was given at that element                        */
    int steps;           /* how many nodes from node, path[0], to y; path holds the
                            first RG_TRACE_PATH of them                              */
    rg_node *path[RG_TRACE_PATH];
} rg_nonfinite;

/* Where a value that is not finite, on which y depends, was made. When y is finite:
 * where one in its gradients with respect to n inputs x was; y then has one element,
 * or its upstream is 1 everywhere. n 0: values alone. A leaf that holds one is its
 * own origin. The tape is left as it was. Errors: those of rg_eval and rg_grad. */
RG_API rg_status rg_trace_nonfinite(rg_node *y, int n, rg_node *const *x, rg_nonfinite *f);

/* "log gives NaN for -1 (element 3) at model.c:52; on its way to the result: log, mul,
 * sum". Returns buf. */
RG_API const char *rg_nonfinite_text(const rg_nonfinite *f, char buf[RG_TRACE_TEXT]);

/* The first element of n that is inf or NaN; -1: none. n has its values. */
RG_API int64_t rg_first_nonfinite(const rg_node *n);

/* The same when every input of n is finite: it was made here; else -1. */
RG_API int64_t rg_made_nonfinite(const rg_node *n);

#ifdef __cplusplus
}
#endif
#endif
