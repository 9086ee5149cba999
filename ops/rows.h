/* rows.h - one dense row of n numbers of dtype d (f32 or f64): to one number, or to
 * n. Private to ops/. */
#ifndef RG_ROWS_H
#define RG_ROWS_H
#include "op.h"

void rg_logsumexp_row(rg_dtype d, const void *x, int64_t n, void *y);   /* one number */
void rg_norm_row(rg_dtype d, const void *x, int64_t n, void *y);        /* one number */
void rg_softmax_row(rg_dtype d, const void *x, int64_t n, void *y);     /* n          */
void rg_log_softmax_row(rg_dtype d, const void *x, int64_t n, void *y); /* n          */
void rg_nll_row(rg_dtype d, const void *x, int64_t n, int64_t label, void *y); /* one */

#endif
