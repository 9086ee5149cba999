/* lapack.h - the few factorisations that the ops need, from LAPACK, which is looked
 * for at first use so that programs that never factorise do not pay for loading it.
 * Matrices are column-major, as LAPACK has them. Private to ops/. */
#ifndef RG_LAPACK_H
#define RG_LAPACK_H
#include "op.h"

/* RG_MISSING, noted on t, when there is no LAPACK on this machine. */
rg_status rg_lapack_ready(rg_tape *t, const rg_op *op);

/* A (n x n) to its LU factors in place, pivots (n) as LAPACK counts them. Returns 0,
 * or the number of the first pivot that is zero. */
int rg_lapack_lu(rg_dtype d, int n, void *a, int *pivots);

/* b (n x k) to A^-1 b in place, or A^-T b, from the factors. */
void rg_lapack_solve(rg_dtype d, bool transposed, int n, int k, const void *lu, const int *pivots, void *b);

/* A (m x n, m >= n, f64, destroyed) = U diag(s) V^T: s (n) falling, u (m x n), vt
 * (n x n). work is of rg_lapack_svd_work numbers, iwork of 8 n. False when it does
 * not converge, as with a NaN. */
bool rg_lapack_svd(int m, int n, double *a, double *s, double *u, double *vt, double *work, int64_t work_size,
                   int *iwork);
int64_t rg_lapack_svd_work(int m, int n);

/* True when a LAPACK is there: for rg_about_library. */
bool rg_lapack_found(void);

#endif
