/* inputs.h - NAME=VALUE: the arguments that give an expression its numbers. A VALUE is
 * a literal, or @FILE.npy, @FILE.npz:NAME (NAME may be left out when it is the only array), or @FILE.csv. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H
#include "literal.h"
#include "names.h"

typedef struct input {
    source src;       /* the whole argument                        */
    const char *name; /* inside it, len bytes                      */
    size_t len;
    const char *file; /* of @FILE, else NULL                       */
    literal value;    /* of a file only after inputs_load          */
    rg_node *node;    /* its leaf, once recorded                   */
    bool used;        /* the expression has this name (expression) */
} input;

typedef struct inputs {
    input *item;
    int n;
    names names; /* in the order of item */
} inputs;

/* Read the arguments, files aside. False: *d says why; free it in any case. */
bool inputs_parse(inputs *in, int n, const char *const *word, diag *d);

/* Read the files that were named. */
bool inputs_load(inputs *in, diag *d);

void inputs_free(inputs *in);

/* A VALUE from elsewhere, such as --upstream; src must outlive in. */
bool input_parse_value(input *in, const source *src, uint32_t at, diag *d);
bool input_load(input *in, diag *d);

#endif
