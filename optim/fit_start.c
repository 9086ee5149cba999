/* fit_start.c - see fit_start.h. */
#define RG_NO_HERE
#include "fit_start.h"
#include <math.h>

/* Evenly in -1..1: splitmix64. */
static double even(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

void rg_fit_start(const rg_fit_problem *q, uint64_t *state, double *start)
{
    for (int k = 0; k < q->n; k++) {
        double u = even(state), turn = even(state) < -0.5 ? -1 : 1;
        if (q->lo && q->hi && isfinite(q->lo[k]) && isfinite(q->hi[k]))
            start[k] = q->lo[k] + (q->hi[k] - q->lo[k]) * (u + 1) / 2;
        else
            start[k] = q->start[k] == 0 ? u : turn * q->start[k] * pow(10, u);
    }
}
