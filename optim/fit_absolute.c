/* fit_absolute.c - see fit_absolute.h. A corner is n rows whose residuals are 0, the basis. */
#define RG_NO_HERE
#include "fit_absolute.h"
#include "op.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a residual becomes 0 on the way along an edge, and by how much the slope rises there. */
typedef struct knot {
    double at, rise;
    int row;
} knot;

typedef struct corners {
    int m, n;        /* rows of the data and behind them the walls; unknowns */
    int rows;        /* of the data                                     */
    double wall;     /* what stands in a row of a wall                  */
    const double *u; /* rows x n                                       */
    double *given;   /* m                                               */
    double *r;       /* m: residuals at the corner                      */
    double *along;   /* m: how fast they change on an edge              */
    double *inverse; /* n x n, rows: U of the basis, inverted           */
    double *square;  /* n x 2n: the basis beside the unit matrix where it is inverted; before, in its first half, n rows of n:
                        the directions that are taken */
    double *slope;   /* n: of the loss, by the rows outside the basis   */
    double unit;     /* of the shares that move residuals apart         */
    knot *knots;     /* m                                               */
    int *basis;      /* n                                               */
    bool *inside;    /* m: is a row in the basis?                       */
} corners;

static int by_knot(const void *a, const void *b)
{
    double x = ((const knot *)a)->at, y = ((const knot *)b)->at;
    return (x > y) - (x < y);
}

/* Behind the data's rows each unknown has two walls, at -reach and at reach: wall |z + reach| + wall |z - reach| is flat
 * between them, and rises beyond by more than the data's rows, of orthonormal columns, can fall. */
static double u_at(const corners *c, int row, int column)
{
    if (row < c->rows) return c->u[(size_t)column * (size_t)c->rows + (size_t)row];
    return (row - c->rows) / 2 == column ? c->wall : 0;
}

/* ---- the basis ---------------------------------------------------------------------------------- */

/* Rows in the order of their residuals, as long as they are independent of those taken: Gram and Schmidt, whose rows stand
 * in square for the time. False: there are not n of them. */
static bool choose_basis(corners *c)
{
    int n = c->n, have = 0;
    for (int i = 0; i < c->m; i++) c->knots[i] = (knot){fabs(c->r[i]), 0, i};
    qsort(c->knots, (size_t)c->m, sizeof *c->knots, by_knot);
    for (int i = 0; i < c->m && have < n; i++) {
        double *q = c->square + (size_t)have * (size_t)n, all = 0, left = 0;
        for (int k = 0; k < n; k++) all += pow(q[k] = u_at(c, c->knots[i].row, k), 2);
        for (int turn = 0; turn < 2; turn++)
            for (int l = 0; l < have; l++) {
                const double *o = c->square + (size_t)l * (size_t)n;
                double dot = 0;
                for (int k = 0; k < n; k++) dot += q[k] * o[k];
                for (int k = 0; k < n; k++) q[k] -= dot * o[k];
            }
        for (int k = 0; k < n; k++) left += q[k] * q[k];
        if (!(left > 1e-12 * all)) continue;
        for (int k = 0; k < n; k++) q[k] /= sqrt(left);
        c->inside[c->knots[i].row] = true;
        c->basis[have++] = c->knots[i].row;
    }
    return have == n;
}

/* Gauss and Jordan with pivots. False: singular. */
static bool invert_basis(corners *c)
{
    size_t n = (size_t)c->n, w = 2 * n;
    double *a = c->square;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            a[i * w + k] = u_at(c, c->basis[i], (int)k);
            a[i * w + n + k] = i == k;
        }
    for (size_t p = 0; p < n; p++) {
        size_t best = p;
        for (size_t i = p + 1; i < n; i++)
            if (fabs(a[i * w + p]) > fabs(a[best * w + p])) best = i;
        double pivot = a[best * w + p];
        if (!(fabs(pivot) > 0)) return false;
        for (size_t k = 0; k < w; k++) {
            double x = a[best * w + k];
            a[best * w + k] = a[p * w + k];
            a[p * w + k] = x / pivot;
        }
        for (size_t i = 0; i < n; i++) {
            double by = a[i * w + p];
            for (size_t k = 0; k < w && i != p; k++) a[i * w + k] -= by * a[p * w + k];
        }
    }
    for (size_t i = 0; i < n; i++) memcpy(c->inverse + i * n, a + i * w + n, n * sizeof *a);
    return true;
}

/* z at which the residuals r of the basis are 0. */
static void solve_basis(const corners *c, const double *r, double *z)
{
    for (int k = 0; k < c->n; k++) {
        z[k] = 0;
        for (int i = 0; i < c->n; i++) z[k] -= c->inverse[k * c->n + i] * r[c->basis[i]];
    }
}

static void residuals_after(corners *c, const double *z)
{
    for (int i = 0; i < c->m; i++)
        for (int k = 0; k < c->n; k++) c->r[i] += u_at(c, i, k) * z[k];
}

/* ---- edges ---------------------------------------------------------------------------------------- */

/* How the other rows pull at the edge of row i of the basis: they outweigh it beyond 1 or -1. */
static double pull_at(const corners *c, int i)
{
    double pull = 0;
    for (int k = 0; k < c->n; k++) pull -= c->slope[k] * c->inverse[k * c->n + i];
    return pull;
}

/* The row of the basis to leave: along its edge the loss falls most steeply, by *fall. *turn: to which side of 0 its
 * residual goes. -1: none, the corner is the least. A residual of 0 outside the basis would count as positive here, and be
 * no knot in go_along; move_apart sees to it that there is none. */
static int steepest_edge(corners *c, double *fall, double *turn)
{
    int best = -1;
    *fall = 1e-9;
    memset(c->slope, 0, (size_t)c->n * sizeof *c->slope);
    for (int k = 0; k < c->n; k++)
        for (int i = 0; i < c->m; i++)
            if (!c->inside[i]) c->slope[k] += c->r[i] < 0 ? -u_at(c, i, k) : u_at(c, i, k);
    for (int i = 0; i < c->n; i++) {
        double pull = pull_at(c, i);
        if (fabs(pull) - 1 <= *fall) continue;
        *fall = fabs(pull) - 1;
        *turn = copysign(1, pull);
        best = i;
    }
    return best;
}

/* How fast a residual changes on the edge that row `leave` of the basis opens. */
static double along_edge(const corners *c, int row, int leave)
{
    double a = 0;
    for (int l = 0; l < c->n; l++) a += u_at(c, row, l) * c->inverse[l * c->n + leave];
    return a;
}

/* From the least corner, does an edge stay level as far as another corner that can be told from it? */
static bool is_level(const corners *c)
{
    for (int leave = 0; leave < c->n; leave++) {
        double pull = pull_at(c, leave), end = (double)INFINITY;
        if (fabs(fabs(pull) - 1) > 1e-9) continue;
        for (int i = 0; i < c->m; i++) {
            double a = copysign(1, pull) * along_edge(c, i, leave);
            if (!c->inside[i] && c->r[i] * a < 0) end = fmin(end, -c->r[i] / a);
        }
        if (end > 1e3 * c->unit) return true;
    }
    return false;
}

/* To the lowest point of that edge, where another row becomes 0 and takes the place of the one that left. False: the
 * edge has no end. */
static bool go_along(corners *c, int leave, double fall, double turn)
{
    int knots = 0, k = 0;
    for (int i = 0; i < c->m; i++) {
        c->along[i] = turn * along_edge(c, i, leave);
        if (!c->inside[i] && c->r[i] * c->along[i] < 0)
            c->knots[knots++] = (knot){-c->r[i] / c->along[i], 2 * fabs(c->along[i]), i};
    }
    qsort(c->knots, (size_t)knots, sizeof *c->knots, by_knot);
    for (double slope = -fall; k < knots; k++)
        if ((slope += c->knots[k].rise) >= 0) break;
    if (k == knots) return false;
    for (int i = 0; i < c->m; i++)
        if (!c->inside[i]) c->r[i] += c->knots[k].at * c->along[i];
    c->r[c->basis[leave]] = turn * c->knots[k].at;
    c->inside[c->basis[leave]] = false;
    c->basis[leave] = c->knots[k].row;
    c->inside[c->basis[leave]] = true;
    c->r[c->basis[leave]] = 0;
    return true;
}

/* ---- the function ---------------------------------------------------------------------------------- */

/* Rows that meet in one corner by ties could lead in circles: each residual is moved by a share of its own, too small to
 * be seen in the loss. False: all are 0. */
static bool move_apart(corners *c)
{
    double mean = 0;
    for (int i = 0; i < c->m; i++) c->knots[i].at = fabs(c->given[i]), mean += c->knots[i].at / c->m;
    qsort(c->knots, (size_t)c->m, sizeof *c->knots, by_knot);
    c->unit = 1e-11 * (c->knots[c->m / 2].at > 0 ? c->knots[c->m / 2].at : mean);
    for (int i = 0; i < c->m; i++) c->r[i] = c->given[i] + c->unit * (1 + fmod(i * 0.6180339887498949, 1));
    return mean > 0;
}

static bool walk_corners(corners *c, double *z, bool *level)
{
    if (!move_apart(c)) return true;
    if (!choose_basis(c) || !invert_basis(c)) return false;
    solve_basis(c, c->r, z);
    residuals_after(c, z);
    for (int i = 0; i < c->n; i++) c->r[c->basis[i]] = 0;
    for (int steps = 0; steps < 100 + 20 * c->n + c->m; steps++) {
        double fall, turn = 1;
        int leave = steepest_edge(c, &fall, &turn);
        if (leave < 0) {
            solve_basis(c, c->given, z);
            *level = is_level(c);
            return true;
        }
        if (!go_along(c, leave, fall, turn) || !invert_basis(c)) break;
    }
    return false;
}

rg_status rg_least_absolute(rg_tape *t, int m, int n, const double *u, const double *r, double reach, double *z, bool *solved, bool *level)
{
    size_t walls = isfinite(reach) ? 2 * (size_t)n : 0, rows = (size_t)m + walls, k = (size_t)n;
    size_t bytes = (3 * rows + 3 * k * k + k) * sizeof(double) + rows * sizeof(knot) + k * sizeof(int) + rows;
    double *p = rg_scratch(t, bytes);
    if (!p) return RG_NOMEM;
    memset(p, 0, bytes);
    corners c = {.m = m + (int)walls, .n = n, .rows = m, .wall = sqrt(m), .u = u, .r = p, .along = p + rows, .given = p + 2 * rows};
    memcpy(c.given, r, (size_t)m * sizeof *r);
    for (size_t i = 0; i < walls; i++) c.given[(size_t)m + i] = (i % 2 ? 1 : -1) * c.wall * reach;
    c.inverse = c.given + rows;
    c.square = c.inverse + k * k;
    c.slope = c.square + 2 * k * k;
    c.knots = (knot *)(void *)(c.slope + k);
    c.basis = (int *)(void *)(c.knots + rows);
    c.inside = (bool *)(c.basis + k);
    memset(z, 0, k * sizeof *z);
    *level = false;
    *solved = walk_corners(&c, z, level);
    if (!*solved) memset(z, 0, k * sizeof *z);
    rg_scratch_free(t, p, bytes);
    return RG_OK;
}
