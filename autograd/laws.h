/* laws.h - what must hold bit for bit of any rule, whatever its slopes are. Private to
 * autograd/. */
#ifndef RG_LAWS_H
#define RG_LAWS_H
#include "chance.h"
#include "nodecheck.h"

/* Of y, all of whose inputs are leaves, and its gradients at the different inputs x:
 *   - an upstream of 0 gives 0 or nothing;
 *   - an upstream of -2 v gives -2 times what v gives;
 *   - where y is linear in an input, <v, y(u)> is <gradient for v, u>: in short
 *     fractions, so that the first is exact, and the second but for a rounded gradient;
 *   - value and gradients are the same when the work is done in another order.
 * *broken: the input at which one does not hold, and which one; RG_NOT_WRONG: all hold.
 * The tape, which must not be lazy, is longer afterwards. */
rg_status rg_check_laws(rg_node *y, int n, rg_node *const *x, rg_chance *chance, int *input,
                        rg_cause *broken);

#endif
