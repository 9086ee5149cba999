/* jacobian.c - all derivatives of all elements: the unit seeds of y, many at a time as
 * a leading axis, so that one pass backward serves many rows. */
#define RG_NO_HERE
#include "jacobian.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

enum { SEED_NUMBERS = 1 << 18 }; /* about so many numbers in the seeds of one pass */

/* The leading axis needs a place in every shape on the tape. */
static bool has_room_for_axis(const rg_tape *t)
{
    for (int64_t i = 0; i < rg_len(t); i++)
        if (rg_shape_of(rg_node_at(t, i)).rank >= RG_MAX_RANK) return false;
    return true;
}

/* Unit vectors first..first+rows-1, each in the shape of y; without a leading axis
 * when lead is false and rows is 1. */
static rg_node *unit_seeds(rg_node *y, int64_t first, int64_t rows, bool lead)
{
    rg_shape s = rg_shape_of(y);
    size_t count = (size_t)rg_count_of(y);
    double *v = memory_new((size_t)rows * count, sizeof *v);
    for (int64_t i = 0; i < rows; i++) v[(size_t)i * count + (size_t)(first + i)] = 1;
    if (lead) {
        memmove(&s.dim[1], &s.dim[0], (size_t)s.rank * sizeof *s.dim);
        s.dim[0] = rows;
        s.rank++;
    }
    rg_node *seed = rg_leaf(rg_tape_of(y), rg_dtype_of(y), s);
    rg_write(seed, RG_F64, v, (size_t)rows * count);
    free(v);
    return seed;
}

static rg_status some_rows(rg_node *y, int n, rg_node *const *x, double *const *out, int64_t first,
                           int64_t rows, bool lead)
{
    rg_node **g = memory_new((size_t)n, sizeof(rg_node *));
    rg_node *seed = unit_seeds(y, first, rows, lead);
    rg_status s = rg_grad(y, seed, n, x, g);
    for (int i = 0; i < n && !s; i++) {
        size_t width = (size_t)rg_count_of(x[i]);
        double *to = out[i] + (size_t)first * width;
        if (g[i])
            s = rg_read(g[i], RG_F64, to, (size_t)rows * width);
        else
            memset(to, 0, (size_t)rows * width * sizeof *to);
    }
    free(g);
    return s;
}

rg_status jacobian(rg_node *y, int n, rg_node *const *x, double *const *out)
{
    rg_tape *t = rg_tape_of(y);
    int64_t count = rg_count_of(y), widest = count;
    for (int i = 0; i < n; i++)
        if (rg_count_of(x[i]) > widest) widest = rg_count_of(x[i]);
    bool lead = has_room_for_axis(t);
    int64_t most = lead && widest ? SEED_NUMBERS / widest : 1;
    if (most < 1) most = 1;
    for (int64_t first = 0; first < count; first += most) {
        int64_t mark = rg_mark(t);
        rg_status s =
            some_rows(y, n, x, out, first, count - first < most ? count - first : most, lead);
        if (s) return s;
        rg_rewind(t, mark);
    }
    return RG_OK;
}
