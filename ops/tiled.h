/* tiled.h - matrix products by a tile of C in registers, for vectors of 64, 32 and 16 bytes.
 * Private to ops/. */
#ifndef RG_TILED_H
#define RG_TILED_H
#include "gemm.h"

/* C = A B, for k > 0. An element of C is the same sum in the same order wherever C is cut:
 * its bits depend on its row of A, its column of B and the processor alone. */
void rg_tiled(rg_dtype d, const rg_product *p);

/* Bytes of the vectors in use: 64, 32 or 16. */
int rg_tiled_vector(void);

#endif
