/* diagnose.h - what a wrong gradient looks like, among the usual mistakes. Private to
 * autograd/. */
#ifndef RG_DIAGNOSE_H
#define RG_DIAGNOSE_H
#include "nodecheck.h"
#include "probe.h"

/* How the gradient of input k of a probe, which is wrong, is wrong. Looks at some of
 * its elements. */
rg_cause rg_diagnose(rg_probe *c, int k);

#endif
