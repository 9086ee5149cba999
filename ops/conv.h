/* conv.h - the three products of a convolution, on dense numbers. Private to ops/.
 *
 * Images x (n, c, h, w), weights w (o, c/groups, kh, kw), results y (n, o, ho, wo). Each
 * product finds one of the three from the other two. Images are unrolled, a panel of a
 * bounded size at a time, so that rg_gemm does the multiplying (Chellapilla, Puri and
 * Simard, 2006). Work is cut by shape alone. */
#ifndef RG_CONV_H
#define RG_CONV_H
#include "op.h"
#include "window2d.h"

typedef struct rg_conv {
    rg_dtype dtype;
    int64_t n, c, h, w, o, kh, kw, ho, wo;
    int64_t stride[2], pad[2], dilation[2]; /* of height, of width */
    int64_t groups;
} rg_conv;

rg_status rg_conv_forward(rg_tape *t, const rg_conv *v, const void *x, const void *w, void *y);
rg_status rg_conv_back_x(rg_tape *t, const rg_conv *v, const void *y, const void *w, void *x);
rg_status rg_conv_back_w(rg_tape *t, const rg_conv *v, const void *x, const void *y, void *w);

#endif
