/* all.c - every built-in op, for the check, the rule table and the documents. */
#define RG_NO_HERE
#include "ops.h"

/* clang-format off */
#define OTHERS(X)                                                                                  \
    X(cast) X(reshape) X(permute) X(slice) X(broadcast) X(diagonal) X(concat) X(pad) X(diag_embed) \
    X(gather) X(scatter_add) X(cumsum) X(sum) X(amax) X(amin) X(argmax) X(logsumexp) X(norm)       \
    X(softmax) X(log_softmax) X(nll) X(nll_back) X(matmul) X(solve) X(inverse) X(det) X(logdet)    \
    X(conv2d) X(conv2d_back_x) X(conv2d_back_w)                  \
    X(maxpool2d) X(maxpool2d_share) X(maxpool2d_pick) X(avgpool2d) X(avgpool2d_back) X(uniform) X(normal) X(bernoulli)

#define EACH(name, ...) ONE(name)
#define EW1             EACH
#define EW2             EACH
#define EW1P            EACH
#define EW1T            EACH
#define EW2P            EACH
#define EW3P            EACH
#define EW1I            EACH
#define EW2I            EACH
#define EW3I            EACH

#define ONE(name) extern const rg_op rg_op_##name;
#include "elementwise.def"
OTHERS(ONE)
#undef ONE

#define ONE(name) &rg_op_##name,
const rg_op *const rg_ops[] = {
#include "elementwise.def"
    OTHERS(ONE) &rg_op_detach, NULL};
#undef ONE
#include "ew_undef.inc"
