/* trace.h - an explanation that somebody wrote as JSON (docs/explain-json.md), read for
 * verify: what it claims, nothing computed. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H
#include "diag.h"

enum { TRACE_RANK = 8, TRACE_WHOLES = 20, TRACE_REALS = 4 };

/* Numbers nested by shape, laid out in a row. v NULL: null, or not said. */
typedef struct numbers {
    int rank;
    int64_t dim[TRACE_RANK];
    size_t count;
    double *v;
} numbers;

typedef struct trace_node {
    int64_t id;
    const char *name, *op;
    int nin;
    uint32_t *in; /* places in trace.node            */
    uint32_t root; /* of an alias: what it shows; else the node itself */
    int64_t whole[TRACE_WHOLES];
    double real[TRACE_REALS];
    bool narrow, integer, constant;
    bool asked; /* if it is a leaf: its gradient should be there */
    numbers value;
} trace_node;

typedef struct trace_step {
    uint32_t node;
    int wire;
    bool has_before, has_after;
    numbers upstream, local, contribution, before, after;
} trace_step;

typedef struct trace_route {
    uint32_t *through;
    double *factor;
    size_t length;
    double product;
} trace_route;

typedef struct trace_account {
    uint32_t wire;
    size_t *step; /* from 0 */
    size_t steps;
    numbers sum;
    trace_route *route;
    size_t routes;
} trace_account;

typedef struct trace_gradient {
    uint32_t node;
    numbers value;
} trace_gradient;

typedef struct trace {
    struct json_t *root;
    bool strict_ties, has_accounts;
    uint32_t output;
    trace_node *node;
    trace_step *step;
    trace_account *account;
    trace_gradient *gradient;
    size_t nodes, steps, accounts, gradients;
    void **block; /* all that was allocated */
    size_t blocks, block_cap;
} trace;

/* Read a trace. False: *d says where it is not what it should be. Close it in any case. */
bool trace_read(trace *t, FILE *from, const char *name, diag *d);
void trace_close(trace *t);

/* Zeroed memory that lives as long as the trace. */
void *trace_new(trace *t, size_t n, size_t size);

#endif
