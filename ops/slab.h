/* slab.h - a dense array seen from one of its axes: outer x len x inner elements of
 * size bytes. For ops that move numbers and do not look at them. Private to ops/. */
#ifndef RG_SLAB_H
#define RG_SLAB_H
#include "op.h"

typedef struct rg_slab {
    int64_t outer, len, inner; /* inner in bytes */
} rg_slab;

/* e: the axis, from the end. */
static inline rg_slab rg_slab_of(const rg_tensor *w, int e)
{
    rg_slab s = {1, w->dim[w->rank - 1 - e], (int64_t)rg_dtype_size(w->dtype)};
    for (int i = 0; i < w->rank - 1 - e; i++) s.outer *= w->dim[i];
    for (int i = w->rank - e; i < w->rank; i++) s.inner *= w->dim[i];
    return s;
}

#endif
