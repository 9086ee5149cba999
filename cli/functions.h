/* functions.h - the functions of the expression language: their names, what they
 * take, and how they are recorded. One row each; messages and help come from it. */
#ifndef CLI_FUNCTIONS_H
#define CLI_FUNCTIONS_H
#include "ops.h"

enum { FUNCTION_PARAMS = 4, FUNCTION_TEXT = 96 };

/* How a parameter is filled, a letter each in function.kinds. */
enum {
    PARAM_TENSOR = 't',
    PARAM_NUMBER = 'n',   /* a constant, or any tensor                    */
    PARAM_CONSTANT = 'c', /* a constant                                   */
    PARAM_WHOLE = 'i',    /* a whole constant                             */
    PARAM_KEYWORD = 'k',  /* a whole constant, given by name only         */
    PARAM_TENSORS = 'T',  /* all positional arguments, at least one       */
    PARAM_WHOLES = 'W'    /* the positional arguments that are left       */
};

/* What a call hands to its function; node is NULL where a number was given. */
typedef struct slot {
    rg_node *node;
    double number; /* the default when not given */
    bool given;
} slot;

typedef struct call {
    rg_tape *tape;
    rg_dtype dtype;
    slot slot[FUNCTION_PARAMS];
    int tensors; /* PARAM_TENSORS */
    rg_node *const *tensor;
    int wholes; /* PARAM_WHOLES */
    const int64_t *whole;
} call;

typedef struct function {
    const char *name;
    const char *param[FUNCTION_PARAMS];
    const char *kinds;
    int least;                        /* so many of the parameters must be given */
    double standard[FUNCTION_PARAMS]; /* of those that may be missing         */
    /* One of these records it. */
    rg_node *(*one)(rg_node *x);
    rg_node *(*two)(rg_node *a, rg_node *b);
    rg_node *(*along)(rg_node *x, int axis);
    rg_node *(*build)(const call *c);
} function;

extern const function functions[]; /* by name; the last has none */

/* The row of a name, or -1. */
int function_find(const char *name, size_t len);

/* Record a call. */
rg_node *function_call(const function *f, const call *c);

/* "leaky_relu(x, slope=0.01)". Returns buf. */
const char *function_text(const function *f, char buf[FUNCTION_TEXT]);

#endif
