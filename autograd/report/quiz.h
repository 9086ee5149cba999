/* quiz.h - questions about one backward pass, for whoever wants to ask them: what arrives at a
 * wire, by which rule, in which shape. The answers are the numbers of the pass itself, and with
 * each come the wrong ones that are known, with what was done to get there. Source: notes 6.3. */
#ifndef RG_QUIZ_H
#define RG_QUIZ_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_MOST_TRAPS = 16, RG_QUIZ_FACTS = 12, RG_QUIZ_HINTS = 3, RG_QUIZ_CHOICES = 4 };

/* What is asked for; the bits may be added. */
typedef enum rg_quiz_kind {
    RG_ASK_VALUE = 1, /* the numbers that a gate hands to a wire, or that it has in all     */
    RG_ASK_RULE = 2,  /* which of a few sentences is the gate's rule                        */
    RG_ASK_SHAPE = 4, /* the shape of a gradient, where there are tensors                   */
    RG_ASK_SIGN = 8,  /* 1, -1 or 0: which way the output goes when the wire grows a little */
    RG_ASK_PATHS = 16 /* how many paths lead from an input to the output                    */
} rg_quiz_kind;

/* Zero means the default. */
typedef struct rg_quiz_options {
    int digits;     /* significant digits in texts, 1 to 17; 0: 6               */
    unsigned kinds; /* of rg_quiz_kind; 0: RG_ASK_VALUE                         */
    int64_t count;  /* ask that many, chosen by chance, in order; 0: all        */
    uint64_t seed;  /* of what is chosen by chance                              */
} rg_quiz_options;

/* A wrong answer, and what it says about how it was come by. */
typedef struct rg_trap {
    const char *id;       /* "Q3"                                                      */
    double value;         /* the first of its numbers                                  */
    const double *values; /* as many as are asked for; NULL: one                       */
    bool turned;          /* its shape is the asked one turned round: columns for rows */
    const char *text;     /* a sentence or two                                         */
} rg_trap;

/* A wire that an answer may name, and its numbers. */
typedef struct rg_quiz_wire {
    const char *name;
    const rg_node *node; /* holds its numbers           */
    rg_shape shape;      /* the one that it is told in  */
} rg_quiz_wire;

/* Valid during the call that is told of it, as everything that it points to. */
typedef struct rg_question {
    int64_t number, of; /* 1 ... of                                                    */
    int64_t step;       /* which product of the backward pass, from 1; 0: about a wire */
    rg_quiz_kind kind;
    const char *gate;  /* "v2 = v1 * b"                                                */
    const char *asked; /* "dL/db"                                                      */
    const char *part;  /* "path 1 of 2"; "": the only one                              */
    const char *fact[RG_QUIZ_FACTS]; /* "v1 = 2.71828"                                 */
    int facts;
    const char *hint[RG_QUIZ_HINTS];
    int hints;
    const char *work;     /* how the answer is come by, "0.118532 x 2"; "": not told      */
    const double *answer; /* `entries` numbers, row-major; of RG_ASK_RULE the place in
                             choice, of RG_ASK_SHAPE the sizes                        */
    int64_t entries;
    rg_shape shape; /* of the answer: the asked wire's, or that of one number          */
    const char *choice[RG_QUIZ_CHOICES];
    int choices;
    const char *op; /* of the gate, as `rg_op` calls it; NULL: not about one gate      */
    const rg_trap *trap;
    int traps;
    const rg_quiz_wire *wire; /* of a question about a step the last one is "upstream" */
    int wires;
} rg_question;

/* Ask about dy/dx[i], in the order of the backward pass; ask returns false to stop. y has one
 * element. The tape is as long afterwards as before; ask must not record on it. Of a wire with
 * more than 12 numbers one is asked for. Errors: those of rg_grad. how NULL: all defaults. */
RG_API rg_status rg_quiz(rg_node *y, int n, rg_node *const *x, const rg_quiz_options *how,
                         bool (*ask)(void *ud, const rg_question *q), void *ud);

static inline rg_status rg_quiz_here(const char *file, int line, rg_node *y, int n,
                                     rg_node *const *x, const rg_quiz_options *how,
                                     bool (*ask)(void *ud, const rg_question *q), void *ud)
{
    return rg_at_status(rg_tape_of(y), rg_quiz(y, n, x, how, ask, ud), file, line);
}

#ifndef RG_NO_HERE
#define rg_quiz(...) rg_quiz_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
