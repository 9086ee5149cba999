/* plant.h - check --plant and --itself: gradient rules made wrong on purpose, to see what the
 * check makes of them. */
#ifndef CLI_PLANT_H
#define CLI_PLANT_H
#include "expression.h"
#include "json_out.h"

/* What became of a bug: a rule was asked that had room for it; it changed a number. */
typedef struct plant_seen {
    bool planted, changed;
} plant_seen;

/* One op of a recording whose rule is spoilt. op comes first: nodes point at it. */
typedef struct plant {
    rg_op op;
    const rg_op *right;
    rg_node *(*spoil)(rg_node *g, double factor);
    double factor;
    int wire;         /* the operand whose gradient is spoilt; -1: all */
    int order;        /* 2: right as a number, spoilt in its own gradient alone */
    plant_seen *seen; /* NULL: nobody asks                             */
} plant;

/* "relu -7", "matmul.b transpose": an op of the recording, perhaps one operand of it, and a
 * factor or one of the words of plant_words. False: *d says why. The recording must end
 * before p. */
bool plant_bug(plant *p, const char *text, const expression *x, diag *d);
const char *plant_words(void);

/* Plants each kind of bug in each rule of the library, checks the op, and tells how many
 * were caught; those that were not, by name. Then the same in gradients of rules that are
 * right as numbers: bugs of order two. Returns the exit status. */
int plant_everywhere(bool as_json, uint64_t seed);

#endif
