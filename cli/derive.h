/* derive.h - ops once more, for verify: values by the plain C library, derivatives by dual
 * numbers, forward. It shares no line and no idea with the kernels and gradient rules of the
 * library, and looks at nothing but the trace. */
#ifndef CLI_DERIVE_H
#define CLI_DERIVE_H
#include "trace.h"

/* One gate: values x[k] and how fast they move, dx[k] (NULL: not at all); room for what
 * comes out, v and d, and for the sizes of what was added up to get there, zeroed. */
typedef struct derivation {
    const trace *t;
    const trace_node *y;
    const double *const *dx;
    double *v, *d, *size;
    double *stir; /* of d; 0: of the size of d itself */
} derivation;

typedef enum derive_kind { DERIVE_UNKNOWN, DERIVE_ELEMENTWISE, DERIVE_WHOLE, DERIVE_GIVEN } derive_kind;

/* What is known about an op of that name. DERIVE_GIVEN: numbers drawn or written. */
derive_kind derive_kind_of(const char *op);

/* Compute y; false: the trace's shapes do not fit the op, or the op is not known. */
bool derive(derivation *c);

/* ---- derive_tensor.c: ops that are not elementwise ---------------------------------------- */

bool derive_tensor(derivation *c);
bool derive_knows_tensor(const char *op);

/* ---- derive_matrix.c: for the table of derive_tensor.c ------------------------------------ */

bool derive_matmul(derivation *c);
bool derive_solve(derivation *c);
bool derive_inverse(derivation *c);
bool derive_det(derivation *c);
bool derive_logdet(derivation *c);

/* ---- derive_window.c: for the table of derive_tensor.c ------------------------------------ */

bool derive_conv2d(derivation *c);
bool derive_maxpool2d(derivation *c);
bool derive_avgpool2d(derivation *c);

/* Are the first n axes of two arrays alike? */
static inline bool derive_alike(const numbers *a, const numbers *b, int n)
{
    bool alike = a->rank >= n && b->rank >= n;
    for (int i = 0; alike && i < n; i++) alike = a->dim[i] == b->dim[i];
    return alike;
}

/* And all of them? */
static inline bool derive_same_shape(const numbers *a, const numbers *b)
{
    return a->rank == b->rank && a->count == b->count && derive_alike(a, b, a->rank);
}

static inline const numbers *derive_input(const derivation *c, int k)
{
    return &c->t->node[c->y->in[k]].value;
}

#endif
