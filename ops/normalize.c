/* normalize.c - batch and layer normalisation, made of other ops: mean, variance and
 * the normalised value are wires, so the three paths of notes 8.3 can be seen. */
#define RG_NO_HERE
#include "ops.h"

static rg_node *normalize(rg_node *x, int axis, rg_node *gamma, rg_node *beta, double eps)
{
    rg_node *centred = rg_sub(x, rg_mean_keep(x, axis));
    rg_node *var = rg_mean_keep(rg_square(centred), axis);
    rg_node *deviation = rg_sqrt(rg_offset(var, eps));
    rg_node *unit = rg_div(centred, deviation);
    rg_node *scaled = rg_mul(unit, gamma);
    return rg_add(scaled, beta);
}

rg_node *rg_batchnorm(rg_node *x, rg_node *gamma, rg_node *beta, double eps)
{
    return normalize(x, 0, gamma, beta, eps);
}
rg_node *rg_layernorm(rg_node *x, rg_node *gamma, rg_node *beta, double eps)
{
    return normalize(x, -1, gamma, beta, eps);
}
