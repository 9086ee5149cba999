/* judge.h - what the laws of an explanation share: the trace that is judged, what has arrived
 * at each node so far, and how a violation is noted. Private to verify.c and verify_ledger.c. */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H
#include "diag.h"
#include "verify.h"
#include <stdbool.h>

typedef struct judge {
    verification *v;
    const trace *t;
    double coarse; /* of --digits; 0: exact */
    numbers *sum;  /* what each node has received so far; v NULL: nothing */
    double **size; /* and the sizes of its parts, added up                */
    bool *closed;  /* its turn has come                                   */
    bool *matters; /* made from what gradients are asked for              */
    bool **paid;   /* by node and wire                                    */
} judge;

/* How far apart two numbers may be, as a part of their size. */
double judge_tolerance(const judge *j, const trace_node *n);
/* Values and sums: what should be NaN is NaN. */
bool judge_same(double is, double should, double slack);
/* Derivatives: where calculus has no answer there is nothing to compare with. */
bool judge_near(double is, double should, double slack);

void judge_violate(judge *j, verify_rule rule, size_t step, uint32_t node, const char *fmt, ...)
    DIAG_PRINTF(5, 6);

/* What has arrived at a node so far, and what is said of it. */
void judge_expect_sum(judge *j, verify_rule rule, size_t step, uint32_t node, const char *what,
                      const numbers *is);

/* An account lists all that pays into its wire, and their sum; its routes add up to it. */
void judge_accounts(judge *j);

#endif
