/* thin.h - products too thin or too small for tiles: vector times matrix, and up to 2048
 * multiplications. Private to ops/. */
#ifndef RG_THIN_H
#define RG_THIN_H
#include "gemm.h"

/* Whether C = A B is for rg_thin: a function of sizes and strides. */
bool rg_is_thin(const rg_product *p);

/* C = A B where rg_is_thin and k > 0. The same bits on every processor; and an element
 * keeps its bits when other columns of B are left out, or, where rows of B are contiguous,
 * other rows of A. */
void rg_thin(rg_dtype d, const rg_product *p);

/* C = A B where k is 1, of any strides: each element is one product, which is all there is to
 * it (no sum is started with 0). The same bits in any cut. */
void rg_one_term(rg_dtype d, const rg_product *p);

#endif
