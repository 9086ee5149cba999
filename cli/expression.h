/* expression.h - what grad, explain, check and others begin with: an expression and
 * its NAME=VALUEs from the command line, and the same recorded on a tape.
 *
 *   expression x = {0};
 *   bool ok = expression_read(&x, a, &d) && expression_load(&x, &d) && expression_record(&x, a,
 * &d);
 *   ...
 *   expression_close(&x);
 *
 * The steps are in the order in which mistakes are reported: exit 2 before 4 before 3. */
#ifndef CLI_EXPRESSION_H
#define CLI_EXPRESSION_H
#include "inputs.h"
#include "op.h"
#include "options.h"
#include "parse.h"

typedef struct expression {
    char *text; /* what was read from stdin or a file; NULL: an argument */
    source src;
    program p;
    inputs in;
    rg_dtype dtype;
    rg_tape *tape;
    int64_t *end;    /* tape length behind each node of the program  */
    rg_node **value; /* of each node of the program; NULL: not recorded */
    rg_node *out;
} expression;

/* Read the arguments and the expression; look up every name. */
bool expression_read(expression *x, const args *a, diag *d);

/* Read the files of NAME=@FILE. */
bool expression_load(expression *x, diag *d);

/* Record it. Inputs that it does not use are noted on stderr. */
bool expression_record(expression *x, const args *a, diag *d);

/* Record it on a tape of another kind. */
bool expression_record_as(expression *x, const rg_config *cfg, diag *d);

void expression_close(expression *x);

/* The leaves of the inputs, in their order: to be freed. */
rg_node **expression_leaves(const expression *x);

/* Nodes get the names that statements bind. */
void expression_name_statements(expression *x);

/* There is an input, and the output has one element; what: "explained". */
bool expression_one_number(const expression *x, const char *what, diag *d);

/* The node of the program that asked for n, a node of the tape or of a gradient of
 * it; PARSE_NONE for an input. */
uint32_t expression_place(const expression *x, const rg_node *n);

/* The error on the tape as a message; at is the node of the program that it is
 * about, PARSE_NONE when it came up in the backward pass. Returns false. */
bool expression_error(const expression *x, uint32_t at, diag *d);

/* "2x3", "a vector of 3", "a scalar". Returns buf. */
const char *shape_words(rg_shape s, char buf[RG_TEXT]);

#endif
