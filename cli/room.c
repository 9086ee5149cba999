/* room.c - see room.h. */
#include "room.h"
#include <unistd.h>

/* What training keeps: the weights, the best of them, their gradient and two moments, and each
 * layer's output and its gradient for a batch. Refused at once rather than after the machine
 * has swapped for an hour. */
bool room_for_training(const rg_spec *spec, int64_t inputs, int64_t batch, int bytes, diag *d)
{
    double from = (double)inputs, weights = 0, outputs = 0, gib = 1024. * 1024 * 1024;
    double has = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < spec->layers; i++) {
        const rg_layer *l = &spec->layer[i];
        if (l->kind == RG_LINEAR) {
            weights += (from + 1) * (double)l->width;
            from = (double)l->width;
        }
        outputs += from;
    }
    double needs = (5 * weights + 2 * outputs * (double)batch) * bytes;
    if (!(has > 0) || needs <= has) return true;
    return diag_set(d, E_MEMORY, NULL, (span){0, 0},
                    "the network has %.3g parameters: to train it takes about %.3g GiB, and this machine has %.3g",
                    weights, needs / gib, has / gib);
}
