/* judge.h - the verdict on one figure, and how findings add up. Private to autograd/. */
#ifndef RG_JUDGE_H
#define RG_JUDGE_H
#include "slope.h"

/* The gradient's side of one figure, and what rounding does to it. */
typedef struct rg_claim {
    double said;   /* on the tape, in its dtypes                                      */
    double exact;  /* the same rule computed in f64                                   */
    double spread; /* how far rounding moves it in f64                                */
    double narrow; /* how far said may lie from exact                                 */
    double size;   /* what a bar must be small against to mean anything               */
} rg_claim;

/* Judge claim against slope, as element i of f; f keeps the worst. */
void rg_judge(rg_finding *f, int64_t i, const rg_claim *claim, const rg_slope *s);

/* True when that would be a failure. */
bool rg_judge_refuses(const rg_finding *f, const rg_claim *claim, const rg_slope *s);

/* The verdict of f, from its counts; sets and returns it. */
rg_verdict rg_judge_all(rg_finding *f);

/* True when a is the worse finding of the two. */
bool rg_judge_worse(const rg_finding *a, const rg_finding *b);

#endif
