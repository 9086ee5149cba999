/* open.h - the fat ops that open.c opens into small ones; for their descriptors. Private to
 * ops/. */
#ifndef RG_OPEN_H
#define RG_OPEN_H
#include "op.h"

rg_node *rg_open_softmax(rg_node *y, rg_node *const *in);
rg_node *rg_open_log_softmax(rg_node *y, rg_node *const *in);
rg_node *rg_open_logsumexp(rg_node *y, rg_node *const *in);
rg_node *rg_open_norm(rg_node *y, rg_node *const *in);
rg_node *rg_open_nll(rg_node *y, rg_node *const *in);

#endif
