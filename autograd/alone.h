/* alone.h - one node by itself: copied with its inputs as leaves, and looked at there.
 * Private to autograd/. */
#ifndef RG_ALONE_H
#define RG_ALONE_H
#include "nodecheck.h"

/* Checks n at its recorded numbers. Not a node that can be checked (held, or of whole
 * numbers): f->node is NULL. */
rg_status rg_check_alone(rg_node *n, const rg_check_how *how, rg_node_finding *f);

#endif
