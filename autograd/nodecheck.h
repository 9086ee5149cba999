/* nodecheck.h - which op is wrong, and how. Every node between inputs and output is
 * checked by itself, at the numbers that it was recorded with: <v, J u> against
 * <rule(v), u>, where J u comes from moving the inputs of that node alone. Then the
 * whole is checked once. Where each node is right alone and the whole is not, the
 * gradients are not added up as they should be, and the node is named at which that
 * begins. What a wrong rule looks like is compared with the usual mistakes. Without
 * any tolerance, a rule must be linear in its upstream, give 0 for 0, be the transpose of an
 * op that is linear (<v, A u> = <rule(v), u>, in numbers where the op rounds
 * nothing, up to rounding where its gradient does), and
 * repeat its bits when the pieces of its work are done in another order, as threads do.
 * Verdicts and error bars are those of gradcheck.h. */
#ifndef RG_NODECHECK_H
#define RG_NODECHECK_H
#include "gradcheck.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a wrong gradient looks like. */
typedef enum rg_mistake {
    RG_NOT_WRONG,
    RG_UNLIKE_ANY,       /* none of those below                                         */
    RG_NAN_OR_INF,       /* not a number, where the slope is one                        */
    RG_NOTHING_FLOWS,    /* 0 or absent everywhere                                      */
    RG_SIGN_FLIPPED,     /* times -1                                                    */
    RG_FACTOR_OFF,       /* times factor                                                */
    RG_MEAN_FOR_SUM,     /* times 1/count, and count is a size of the node              */
    RG_SUM_FOR_MEAN,     /* times count                                                 */
    RG_CONSTANT_ADDED,   /* factor too much everywhere                                  */
    RG_UPSTREAM_IGNORED, /* right for an upstream of 1                                  */
    RG_IS_TRANSPOSED,    /* that of the transposed input                                */
    RG_IS_OF_OTHER,      /* that of input `other`                                       */
    RG_IS_SHIFTED,       /* that of the element `count` further on                      */
    RG_ZERO_ROWS,        /* 0 in `count` rows, right elsewhere                          */
    RG_ZERO_SOMEWHERE,   /* 0 at `count` of the elements looked at, right elsewhere     */
    RG_RIGHT_IF_POSITIVE, /* right where the input is positive, and only there          */
    RG_RIGHT_IF_NEGATIVE,
    RG_RIGHT_SOMEWHERE,   /* right at `count` of the elements looked at                 */
    RG_IMPRECISE,         /* the rule is right in f64; in f32 it is further off than
                             rounding explains: a kernel                                */
    RG_NOT_LINEAR,        /* twice the upstream does not give twice the gradient        */
    RG_NOT_ZERO,          /* an upstream of 0 gives something                           */
    RG_NOT_ADJOINT,       /* a linear op whose rule is not its transpose                */
    RG_NOT_REPEATED,      /* other bits when the work is done in another order          */
    RG_OVERWRITTEN,       /* at fan-in: only what came from node `other` has arrived    */
    RG_NOT_ADDED_UP       /* at fan-in: not the sum of what was sent                    */
} rg_mistake;

typedef struct rg_cause {
    rg_mistake mistake;
    double factor;
    int64_t count;
    int64_t other; /* an input, from 0; for RG_OVERWRITTEN the id of a node */
} rg_cause;

/* What a check was able to see. Entries are elements, or directions of an operand. */
typedef struct rg_power {
    int64_t looked, untested, unsure;
    int64_t sharp;   /* those that agree and are not 0 but for rounding              */
    double relative; /* the smallest relative error caught in each of them            */
} rg_power;

/* One node by itself. finding.input is the wire, or RG_ALL_TOGETHER, RG_OF_VALUE. */
typedef struct rg_node_finding {
    rg_node *node;
    rg_verdict verdict;
    rg_power power;     /* over its inputs                                             */
    rg_finding finding; /* the worst of its inputs                                     */
    rg_cause cause;     /* when it failed                                              */
} rg_node_finding;

typedef struct rg_nodes_report {
    rg_verdict verdict; /* on everything                                               */
    int64_t nodes;      /* that were checked by themselves                             */
    int64_t passed, untested, unsure, failed;
    rg_power power;        /* over all nodes                                             */
    rg_node_finding first; /* the first that failed; node NULL: none did                  */
    rg_finding whole;      /* y along random directions of x; not looked at when some of
                              the nodes only were checked                                 */
    rg_node_finding join;  /* when all nodes pass and the whole fails: the node at which
                              what arrives is wrong, though it is right at all that it
                              feeds; else node NULL                                       */
    uint64_t seed;
} rg_nodes_report;

/* Checks every node between x and y, in the order of the tape, then the whole. each,
 * unless NULL, is called with what was found out about every node. how as for
 * rg_check_graph; elements: how many of an operand are looked at by themselves where
 * directions leave a doubt; directions: how many per operand, 2; nodes > 0: only that
 * many nodes, drawn by the seed, for a look now and then while training. The tape is
 * left as it was. The status tells whether the check could be made. */
RG_API rg_status rg_check_nodes(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                                void (*each)(void *ud, const rg_node_finding *f), void *ud,
                                rg_nodes_report *r);

/* How an op is wrong in a case that rg_check_op has found to fail: its rule or, where
 * that is right, the first wrong node of the gradient of its gradient. RG_NOT_WRONG:
 * nothing was found. */
RG_API rg_status rg_diagnose_op(const rg_op *op, const rg_check_case *c, const rg_config *cfg,
                                rg_cause *cause);

enum { RG_CAUSE_TEXT = 200, RG_NODE_FINDING_TEXT = 1024 };

/* "the sign is flipped"; returns buf. Empty for RG_NOT_WRONG. */
RG_API const char *rg_cause_text(const rg_cause *c, char buf[RG_CAUSE_TEXT]);

/* "node 7 matmul 8x3 f64 (train.c:88): fail: operand b: ...; the sign is flipped".
 * Returns buf. */
RG_API const char *rg_node_finding_text(const rg_node_finding *f, char buf[RG_NODE_FINDING_TEXT]);

/* "would have caught a relative error of 3e-09 in 1284 of 1300 entries; 16 untested".
 * Returns buf. */
RG_API const char *rg_power_text(const rg_power *p, char buf[RG_CAUSE_TEXT]);

/* "12 nodes by themselves: 11 pass, 1 fail, ...; the whole: fail". Returns buf. */
RG_API const char *rg_nodes_report_text(const rg_nodes_report *r, char buf[RG_NODE_FINDING_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
