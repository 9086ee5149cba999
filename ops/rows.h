/* rows.h - dense rows of n numbers of dtype d (f32 or f64), one after the other or on
 * all threads. Private to ops/. */
#ifndef RG_ROWS_H
#define RG_ROWS_H
#include "op.h"

/* fn(arg, r) for every row r of `count`, n numbers each, in pieces cut by shape. */
typedef void rg_row_fn(const void *arg, int64_t r);
void rg_each_row(rg_tape *t, int64_t count, int64_t n, rg_row_fn *fn, const void *arg);

/* -log softmax(x)[label], one number; and its slope times *g, n numbers. */
void rg_nll_row(rg_dtype d, const void *x, int64_t n, int64_t label, void *y);
void rg_nll_back_row(rg_dtype d, const void *x, int64_t n, int64_t label, const void *g, void *y);

#endif
