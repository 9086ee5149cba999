/* gemm.h - one matrix product C = A B. Private to ops/. */
#ifndef RG_GEMM_H
#define RG_GEMM_H
#include "op.h"

/* A window onto a matrix: element (i, j) is at data + i rs + j cs elements. */
typedef struct rg_matrix {
    void *data;
    int64_t rs, cs;
} rg_matrix;

/* C (m x n) = A (m x k) B (k x n). */
typedef struct rg_product {
    int64_t m, n, k;
    rg_matrix a, b, c;
} rg_product;

/* Computes C in dtype d, f32 or f64. Strides of A and B are positive where the size is
 * more than 1; C does not overlap them, and its rows are contiguous. Large products are cut into pieces for the
 * tape's threads, by shape alone; every piece runs on one thread, so that bits do not
 * depend on how many there are. */
void rg_gemm(rg_tape *t, rg_dtype d, const rg_product *p);

/* The same in one piece: for those who hand out whole products. */
void rg_gemm_alone(rg_dtype d, const rg_product *p);

/* True when a product has the same bits however it is cut into strips of rows. */
bool rg_gemm_strips(const rg_product *p);

/* Rows from .. from+rows-1 of such a product; p->c is where the first of them goes. */
void rg_gemm_strip(rg_dtype d, const rg_product *p, int64_t from, int64_t rows);

/* The version of BLIS; NULL: it multiplies in loops of its own. */
const char *rg_gemm_blis(void);

#endif
