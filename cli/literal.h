/* literal.h - numbers written out: [1 2; 3 4], and the VALUEs of NAME=VALUE.
 *
 *   [1 2 3] (3)    [1 2 3;] (1, 3)    [2; 1; 4] (3, 1)    [1 2; 3 4] (2, 2)
 *
 * Brackets nest for higher rank; commas may stand between elements. A sign belongs
 * to the number it touches when a separator or a bracket stands before it. */
#ifndef CLI_LITERAL_H
#define CLI_LITERAL_H
#include "diag.h"
#include "tape.h"

typedef struct literal {
    rg_shape shape;
    double *number; /* row-major; freed by literal_free */
    size_t count, cap;
} literal;

/* Read the literal whose '[' is at *pos and move *pos behind it. False: *d says why. */
bool literal_read(const source *src, uint32_t *pos, literal *out, diag *d);

/* The same for all of src from pos on, outer brackets optional: 3 is a scalar,
 * 1 2 is [1 2], [1 2] is [1 2]. */
bool literal_read_value(const source *src, uint32_t pos, literal *out, diag *d);

void literal_free(literal *x);

#endif
