/* lstsq.h - linear least squares by factorisation: what descent on the tape converges to
 * (notes 3, 3.1). */
#ifndef RG_LSTSQ_H
#define RG_LSTSQ_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rg_lstsq_result {
    double *weight;   /* n, the caller's                                              */
    int rank;         /* of X: below n, many weights do equally well and these are the
                         shortest                                                     */
    double condition; /* largest singular value over the smallest; INFINITY when rank
                         is below the lesser of m and n                               */
    double ssr;       /* |X w - y|^2                                                  */
} rg_lstsq_result;

/* The w that makes |X w - y|^2 + ridge |w|^2 least, and of all such the shortest; X is m x
 * n, dense, y is m. By the singular values of X, so that X'X is never formed; those below
 * max(m, n) 2^-52 of the largest count as 0. Memory and errors are t's: RG_SHAPE (m or n <
 * 1), RG_USAGE (ridge < 0), RG_DOMAIN (numbers that are not finite), RG_MISSING (no
 * LAPACK), RG_NOMEM. */
RG_API rg_status rg_least_squares(rg_tape *t, int m, int n, const double *X, const double *y,
                                  double ridge, rg_lstsq_result *out);

#ifdef __cplusplus
}
#endif
#endif
