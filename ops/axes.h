/* axes.h - axes counted from the end (0 = last), as attributes keep them, and the
 * two ops that undo each other along them. Private to ops/. */
#ifndef RG_AXES_H
#define RG_AXES_H
#include "op.h"

/* NULL or the error node: rg_apply knows what to say of it. */
static inline bool rg_is_bad(const rg_node *x) { return !x || (x->flags & RG_ERRONEOUS); }

/* The place from the end of an axis that may be negative; -2 and RG_INDEX on the
 * tape when there is none; name: of the function that asks, NULL: the op's. extra allows one more axis than x
 * has (for stack). */
int rg_axis_from_end(const rg_node *x, const rg_op *op, const char *name, int axis, int extra);

/* The error node, after rg_axis_from_end has said what is wrong: the first error stays. */
static inline rg_node *rg_axis_refused(const rg_node *x)
{
    return rg_fail(rg_tape_of(x), RG_INDEX, NULL, "there is no such axis");
}

/* RG_INDEX, and which axes there are of what has so many; what: "in x 2x3 f64", "of the result". */
rg_node *rg_no_axis(rg_tape *t, const rg_op *op, const char *name, int axis, const char *what, int rank);

/* Sums over the axes in the mask (bit e: axis e from the end); those also in keep
 * stay, with size 1. */
rg_node *rg_sum_axes(rg_node *x, unsigned mask, unsigned keep);

/* The way back: new axes where insert says, then axes of size 1 repeated, until the
 * last n axes have the given sizes (from the end). Leading axes stay. */
rg_node *rg_expand(rg_node *x, unsigned insert, int n, const int64_t *dim_from_end);

/* v, one number per row of x, repeated along the rows. */
rg_node *rg_along_rows(rg_node *v, const rg_node *x);

/* x with the axes in front that g has more than y, then the axes of x. */
rg_shape rg_shape_under(const rg_node *g, const rg_node *y, const rg_node *x);

/* Two matrices, or batches of them: both with the same leading axes, repeated where one
 * has fewer or 1. False: they do not fit. */
bool rg_same_batch(rg_node **a, rg_node **b);

/* Size of axis e from the end. */
static inline int64_t rg_dim_from_end(const rg_node *x, int e) { return x->layout->dim[x->layout->rank - 1 - e]; }

/* Dense numbers of input k: its own, or packed into *tmp, to be given back with
 * rg_scratch_free(c->tape, *tmp, bytes of the input). NULL: no memory. */
const void *rg_dense_in(const rg_call *c, int k, void **tmp);
void rg_dense_done(const rg_call *c, int k, void *tmp);

#endif
