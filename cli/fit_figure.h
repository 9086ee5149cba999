/* fit_figure.h - the picture of a fit: the data, the fitted curve, what is left over. */
#ifndef CLI_FIT_FIGURE_H
#define CLI_FIT_FIGURE_H
#include "diag.h"

typedef struct fit_picture {
    const char *formula;
    int64_t rows;
    const char *column; /* the only one right of the ~; NULL: several */
    const double *x;    /* its numbers                                */
    /* A side of the formula at the answer, 0 or 1, into out: over the data (n is rows), or
     * with n other numbers in that column. False: it cannot be computed there. */
    bool (*values)(void *ud, int side, const double *x, int64_t n, double *out);
    void *ud;
    rg_tape *tape; /* lends memory */
} fit_picture;

/* Write it to path as SVG. False: *d says why. */
bool fit_picture_save(const fit_picture *p, const char *path, diag *d);

#endif
