/* window2d.h - how windows lie along an axis, for convolution and pooling. Private to
 * ops/. */
#ifndef RG_WINDOW2D_H
#define RG_WINDOW2D_H
#include <stdint.h>

/* How many windows fit along an axis of `size`; 0: not even one. */
static inline int64_t rg_windows_along(int64_t size, int64_t pad, int64_t reach, int64_t stride)
{
    int64_t room = size + 2 * pad - reach;
    return room < 0 ? 0 : room / stride + 1;
}

/* One place of a window: window q sees number q stride + first of the axis, which is
 * there for lo <= q < hi. */
typedef struct rg_tap {
    int64_t first, stride, lo, hi;
} rg_tap;

static inline int64_t rg_between(int64_t v, int64_t lo, int64_t hi) { return v < lo ? lo : v > hi ? hi : v; }

/* Divisions are slow, and most strides are 1. */
static inline int64_t rg_by_stride(int64_t n, int64_t stride) { return stride == 1 ? n : n / stride; }

/* The tap for windows from .. to-1 of an axis of `size`, no others. */
static inline rg_tap rg_tap_at(int64_t first, int64_t stride, int64_t size, int64_t from, int64_t to)
{
    int64_t lo = first < 0 ? rg_by_stride(stride - 1 - first, stride) : 0;
    int64_t hi = first < size ? rg_by_stride(size - 1 - first, stride) + 1 : 0;
    lo = rg_between(lo, from, to);
    return (rg_tap){first, stride, lo, rg_between(hi, lo, to)};
}

#endif
