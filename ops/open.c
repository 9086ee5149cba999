/* open.c - fat ops as small ones, for whoever wants to see inside: the same value up to rounding
 * (nll: as long as the probability of the label does not underflow), and a gradient made of the small ops' rules. The largest entry is subtracted before anything is
 * exponentiated, and held still: it cancels (notes 4.5). */
#define RG_NO_HERE
#include "open.h"
#include "axes.h"
#include "ops.h"
#include <string.h>

/* x less its largest entry along the rows. */
static rg_node *below_largest(rg_node *x)
{
    rg_node *largest = rg_detach(rg_amax(x, -1));
    return rg_is_bad(largest) ? largest : rg_sub(x, rg_along_rows(largest, x));
}

static rg_node *sum_of_row(rg_node *x) { return rg_is_bad(x) ? x : rg_sum(x, -1); }

rg_node *rg_open_softmax(rg_node *y, rg_node *const *in)
{
    (void)y;
    rg_node *e = rg_exp(below_largest(in[0]));
    rg_node *total = sum_of_row(e);
    return rg_is_bad(total) ? total : rg_div(e, rg_along_rows(total, e));
}

rg_node *rg_open_log_softmax(rg_node *y, rg_node *const *in)
{
    (void)y;
    rg_node *below = below_largest(in[0]);
    rg_node *total = rg_log(sum_of_row(rg_exp(below)));
    return rg_is_bad(total) ? total : rg_sub(below, rg_along_rows(total, below));
}

rg_node *rg_open_logsumexp(rg_node *y, rg_node *const *in)
{
    (void)y;
    rg_node *largest = rg_detach(rg_amax(in[0], -1));
    rg_node *below = rg_is_bad(largest) ? largest : rg_sub(in[0], rg_along_rows(largest, in[0]));
    rg_node *total = rg_log(sum_of_row(rg_exp(below)));
    return rg_add(total, largest);
}

rg_node *rg_open_norm(rg_node *y, rg_node *const *in)
{
    (void)y;
    return rg_sqrt(sum_of_row(rg_square(in[0])));
}

/* A leaf with 1 at the label of every row, 0 elsewhere. */
static rg_node *onehot_leaf(rg_node *x, rg_node *labels)
{
    rg_tape *t = rg_tape_of(x);
    size_t rows = (size_t)rg_count_of(labels), n = (size_t)rg_count_of(x),
           classes = rows ? n / rows : 0;
    double *v = rg_scratch(t, (n + 1) * sizeof *v);
    int64_t *label = v ? rg_scratch(t, (rows + 1) * sizeof *label) : NULL;
    rg_node *leaf = label ? rg_leaf(t, rg_dtype_of(x), rg_shape_of(x))
                          : rg_fail(t, RG_NOMEM, NULL, "out of memory");
    if (label && !rg_is_bad(leaf) && !rg_read(labels, RG_I64, label, rows)) {
        memset(v, 0, n * sizeof *v);
        for (size_t r = 0; r < rows; r++)
            if (label[r] >= 0 && (size_t)label[r] < classes) v[r * classes + (size_t)label[r]] = 1;
        rg_write(leaf, RG_F64, v, n);
        rg_name(leaf, "onehot");
    }
    if (label) rg_scratch_free(t, label, (rows + 1) * sizeof *label);
    if (v) rg_scratch_free(t, v, (n + 1) * sizeof *v);
    return leaf;
}

rg_node *rg_open_nll(rg_node *y, rg_node *const *in)
{
    rg_node *p = rg_open_softmax(y, in);
    if (rg_is_bad(p)) return p;
    rg_node *onehot = onehot_leaf(in[0], in[1]);
    rg_node *wanted = sum_of_row(rg_mul(p, onehot));
    return rg_neg(rg_log(wanted));
}
