/* joints.h - the whole gradient, and where it begins to be wrong although every node is
 * right by itself. Private to autograd/. */
#ifndef RG_JOINTS_H
#define RG_JOINTS_H
#include "nodecheck.h"

/* y along `ways` random directions of all the x together. */
rg_status rg_check_ways(rg_node *y, int n, rg_node *const *x, const rg_check_how *how, int ways,
                        rg_finding *f);

/* The node, among those whose mark is `between`, that is nearest to y and at which the
 * gradient of y is wrong. f->node NULL: there is none. */
rg_status rg_find_joint(rg_node *y, const unsigned char *mark, unsigned char between,
                        const rg_check_how *how, rg_node_finding *f);

#endif
