/* grid.c - every combination of some values. */
#include "grid.h"

int64_t rg_grid_count(const rg_grid *g)
{
    int64_t n = g && g->axes >= 1 && g->axes <= RG_GRID_AXES;
    if (!n) return 0;
    for (int i = 0; i < g->axes && n; i++) n *= g->axis[i].n > 0 ? g->axis[i].n : 0;
    return n;
}

void rg_grid_point(const rg_grid *g, int64_t at, double *value)
{
    for (int i = g->axes - 1; i >= 0; i--) {
        value[i] = g->axis[i].value[at % g->axis[i].n];
        at /= g->axis[i].n;
    }
}

rg_status rg_grid_search(const rg_grid *g,
                         rg_status (*score)(void *ud, const double *value, double *out), void *ud,
                         int64_t *at, double *lowest)
{
    int64_t n = rg_grid_count(g);
    *at = -1;
    for (int64_t i = 0; i < n; i++) {
        double value[RG_GRID_AXES], now;
        rg_grid_point(g, i, value);
        rg_status s = score(ud, value, &now);
        if (s) return s;
        if (now != now || (*at >= 0 && now >= *lowest)) continue;
        *at = i;
        *lowest = now;
    }
    return *at < 0 ? RG_USAGE : RG_OK;
}
