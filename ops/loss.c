/* loss.c - losses, made of other ops; averages over all elements, without 1/2. */
#define RG_NO_HERE
#include "ops.h"
#include <string.h>

/* Of a single number, the number itself. */
static rg_node *average(rg_node *x)
{
    return x && rg_shape_of(x).rank == 0 ? x : rg_mean(x, RG_ALL_AXES);
}

rg_node *rg_mse(rg_node *p, rg_node *y) { return average(rg_square(rg_sub(p, y))); }
rg_node *rg_mae(rg_node *p, rg_node *y) { return average(rg_abs(rg_sub(p, y))); }
rg_node *rg_huber(rg_node *p, rg_node *y, double delta)
{
    return average(rg_huber_of(rg_sub(p, y), delta));
}

/* -(y log p + (1 - y) log(1 - p)), where 0 log 0 is 0. */
rg_node *rg_bce(rg_node *p, rg_node *y)
{
    rg_node *one = rg_zmul(y, rg_log(p));
    rg_node *rest = rg_offset(rg_neg(y), 1);
    rg_node *other = rg_zmul(rest, rg_log1p(rg_neg(p)));
    return rg_neg(average(rg_add(one, other)));
}

/* softplus(z) - z y: no exponential overflows, no logarithm sees 0. */
rg_node *rg_bce_with_logits(rg_node *z, rg_node *y)
{
    rg_node *whole = rg_softplus(z);
    return average(rg_sub(whole, rg_mul(z, y)));
}

static bool same_shape(const rg_node *a, const rg_node *b)
{
    rg_shape sa = rg_shape_of(a), sb = rg_shape_of(b);
    return sa.rank == sb.rank && !memcmp(sa.dim, sb.dim, (size_t)sa.rank * sizeof *sa.dim);
}

/* One label per row, in whatever shape they came. */
static rg_node *labels_by_row(const rg_node *logits, rg_node *labels)
{
    rg_shape s = rg_shape_of(logits);
    int64_t classes = s.rank ? s.dim[--s.rank] : 1;
    int64_t rows = classes ? rg_count_of(logits) / classes : 0;
    return rows == rg_count_of(labels) && rows ? rg_reshape(labels, s) : labels;
}

rg_node *rg_cross_entropy(rg_node *logits, rg_node *labels)
{
    if (!logits || !labels) return rg_nll(logits, labels);
    if (rg_dtype_of(labels) == RG_I64)
        return average(rg_nll(logits, labels_by_row(logits, labels)));
    if (!same_shape(logits, labels)) return rg_nll(logits, labels); /* says what labels are */
    rg_node *each = rg_zmul(labels, rg_log_softmax(logits, -1));
    rg_node *rows = rg_sum(each, -1);
    return rg_neg(average(rows));
}
