/* look.h - the looks at a probe that findings are made of: elements by themselves,
 * elements all at once, directions, values. Private to autograd/. */
#ifndef RG_LOOK_H
#define RG_LOOK_H
#include "probe.h"

/* At most `most` elements of input k, spread evenly, each moved by itself. */
rg_status rg_look_at_elements(rg_probe *c, int k, int64_t most, rg_finding *f);

/* The same where element i of y is made from element i of input k alone: all of them
 * are moved at once, and each is judged by itself. */
rg_status rg_look_at_each(rg_probe *c, int k, int64_t most, rg_finding *f);

/* `most` random directions, the first of them upward, of input k or of all inputs that
 * have a gradient (RG_ALL_TOGETHER). */
void rg_look_along(rg_probe *c, int k, int most, rg_finding *f);

/* The values on the tape against those of the copy. */
void rg_look_at_values(rg_probe *c, rg_finding *f);

#endif
