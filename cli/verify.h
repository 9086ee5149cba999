/* verify.h - is an explanation true? Every value and every factor is derived again from the
 * trace alone (derive.h), and every sum is added up again. */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H
#include "trace.h"

/* One law each; the words are those of the report. */
typedef enum verify_rule {
    VERIFY_VALUE,        /* a node's value follows from its inputs                      */
    VERIFY_UPSTREAM,     /* a step's upstream is the whole gradient of its gate         */
    VERIFY_LOCAL,        /* a local derivative is that of the gate at its inputs        */
    VERIFY_CONTRIBUTION, /* upstream times local                                        */
    VERIFY_BEFORE,       /* what the wire had received so far                           */
    VERIFY_AFTER,        /* before + contribution                                       */
    VERIFY_CLOSED,       /* nothing arrives at a gate that has had its turn             */
    VERIFY_TWICE,        /* a gate pays each wire once                                  */
    VERIFY_MISSING,      /* whatever is reached and matters has its step and its result */
    VERIFY_ACCOUNT,      /* an account of a wire lists all that pays in, and their sum  */
    VERIFY_ROUTE,        /* a route's product is that of its factors; they add up       */
    VERIFY_GRADIENT,     /* the result is what arrived                                  */
    VERIFY_RULES
} verify_rule;

extern const char *const verify_rule_word[VERIFY_RULES];

typedef struct violation {
    verify_rule rule;
    size_t step;   /* from 1; 0: about a node      */
    uint32_t node; /* place in trace.node          */
    char text[200];
} violation;

typedef struct verification {
    violation *found;
    size_t violations, cap;
    size_t unknown;         /* gates whose op is not known here: only their sums were checked */
    const char *unknown_op; /* one of them */
    size_t constants;       /* gates made of inputs that are said to pass nothing on */
} verification;

/* digits: to how many significant digits the numbers were written; 0: all of them. */
void verify_trace(verification *v, const trace *t, int digits);
void verification_free(verification *v);

#endif
