/* clip.c - gradients that are too long are shortened, all by one factor; or entry by
 * entry. */
#define RG_NO_HERE
#include "optim.h"
#include "ops.h"

rg_status rg_clip_length(rg_tape *t, int n, rg_node **g, double most)
{
    rg_node *total = NULL;
    for (int i = 0; i < n; i++) {
        if (!g[i]) continue;
        rg_node *squares = rg_sum(rg_square(g[i]), RG_ALL_AXES);
        total = total ? rg_add(total, squares) : squares;
    }
    if (!total) return rg_error_of(t)->status;
    rg_node *longest = rg_lit(total, most), *one = rg_lit(total, 1);
    rg_node *factor = rg_min(rg_div(longest, rg_sqrt(total)), one);
    for (int i = 0; i < n; i++)
        if (g[i]) g[i] = rg_mul(g[i], factor);
    return rg_error_of(t)->status;
}

rg_status rg_clip_value(rg_tape *t, int n, rg_node **g, double most)
{
    for (int i = 0; i < n; i++)
        if (g[i]) g[i] = rg_clamp(g[i], -most, most);
    return rg_error_of(t)->status;
}
