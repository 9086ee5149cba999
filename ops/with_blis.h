/* with_blis.h - matrix products by BLIS, which is looked for at first use. Private to ops/. */
#ifndef RG_WITH_BLIS_H
#define RG_WITH_BLIS_H
#include "gemm.h"

/* True when there is a BLIS on this machine and this library was built to use it. */
bool rg_blis_found(void);

/* The version of BLIS; NULL: there is none. */
const char *rg_blis_version(void);

/* C = A B where BLIS was found, on this thread alone. Its three ways: both factors read
 * where they lie; B packed first; both packed. */
void rg_blis_small(rg_dtype d, const rg_product *p);
void rg_blis_pack_b(rg_dtype d, const rg_product *p);
void rg_blis_packed(rg_dtype d, const rg_product *p);

#endif
