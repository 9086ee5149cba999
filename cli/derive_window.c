/* derive_window.c - convolution and pooling on dual numbers, window by window. */
#include "derive.h"
#include <math.h>
#include <string.h>

/* Two axes, windows along them: where window q begins, how far apart its numbers lie. */
typedef struct windows {
    int64_t stride[2], pad[2], dilation[2];
} windows;

static bool sound(const windows *s)
{
    bool ok = true;
    for (int i = 0; i < 2; i++)
        ok &= s->stride[i] > 0 && s->stride[i] <= INT32_MAX && s->pad[i] >= 0 &&
              s->pad[i] <= INT32_MAX && s->dilation[i] > 0 && s->dilation[i] <= INT32_MAX;
    return ok;
}

/* The place in a plane (height, width) of number (i, j) of window (p, q); -1: padding. */
static int64_t seen(const windows *s, const int64_t *size, const int64_t window[2], int64_t i,
                    int64_t j)
{
    int64_t u = window[0] * s->stride[0] + i * s->dilation[0] - s->pad[0],
            v = window[1] * s->stride[1] + j * s->dilation[1] - s->pad[1];
    return u < 0 || v < 0 || u >= size[0] || v >= size[1] ? -1 : u * size[1] + v;
}

static double moving(const derivation *c, int k, int64_t i) { return c->dx[k] ? c->dx[k][i] : 0; }

/* ---- convolution ------------------------------------------------------------------------- */

static const int64_t *last(const numbers *x, int n) { return x->dim + x->rank - n; }

/* One result: output at[0] of image `image` (its place among all), window at[1], at[2]. */
static void convolve_one(derivation *c, const windows *s, int64_t image, int64_t set,
                         const int64_t at[3], int64_t o)
{
    const numbers *x = derive_input(c, 0), *w = derive_input(c, 1);
    const int64_t *dx = last(x, 4), *dw = last(w, 4);
    int64_t group = at[0] / (dw[0] / (dx[1] / dw[1]));
    for (int64_t k = 0; k < dw[1] * dw[2] * dw[3]; k++) {
        int64_t place = seen(s, dx + 2, at + 1, k / dw[3] % dw[2], k % dw[3]);
        if (place < 0) continue;
        int64_t channel = group * dw[1] + k / (dw[2] * dw[3]);
        int64_t i = (image * dx[1] + channel) * dx[2] * dx[3] + place;
        int64_t m = (set * dw[0] + at[0]) * dw[1] * dw[2] * dw[3] + k;
        c->v[o] += x->v[i] * w->v[m];
        c->d[o] += moving(c, 0, i) * w->v[m] + x->v[i] * moving(c, 1, m);
        c->size[o] += fabs(x->v[i] * w->v[m]);
    }
}

/* Leading axes alike, results for every image, whole groups. */
static bool convolution_fits(const derivation *c)
{
    const numbers *x = derive_input(c, 0), *w = derive_input(c, 1), *y = &c->y->value;
    if (x->rank < 4 || w->rank != x->rank || y->rank != x->rank) return false;
    const int64_t *dx = last(x, 4), *dw = last(w, 4), *dy = last(y, 4);
    size_t lead = (size_t)(x->rank - 4) * sizeof *x->dim;
    if (memcmp(x->dim, w->dim, lead) || memcmp(x->dim, y->dim, lead)) return false;
    if (y->count == 0) return true;
    return dy[0] == dx[0] && dy[1] == dw[0] && dw[1] > 0 && dx[1] > 0 && dx[1] % dw[1] == 0 &&
           dw[0] % (dx[1] / dw[1]) == 0;
}

bool derive_conv2d(derivation *c)
{
    const int64_t *a = c->y->whole;
    windows s = {{a[0], a[1]}, {a[2], a[3]}, {a[4], a[5]}};
    if (!sound(&s) || !convolution_fits(c)) return false;
    const int64_t *dy = last(&c->y->value, 4);
    for (int64_t o = 0; o < (int64_t)c->y->value.count; o++) {
        int64_t image = o / (dy[1] * dy[2] * dy[3]);
        int64_t at[3] = {o / (dy[2] * dy[3]) % dy[1], o / dy[3] % dy[2], o % dy[3]};
        convolve_one(c, &s, image, image / dy[0], at, o);
    }
    return true;
}

/* ---- pooling ------------------------------------------------------------------------------ */

/* What of a window of that size lies on the plane, along one axis: from range[0] to range[1]. */
static void on_plane(const windows *s, int axis, int64_t window, int64_t size, int64_t extent,
                     int64_t range[2])
{
    int64_t begin = window * s->stride[axis] - s->pad[axis];
    range[0] = begin < 0 ? -begin : 0;
    range[1] = size < extent - begin ? size : extent - begin;
}

/* The mean, or the largest: its winners move it by their mean. */
static void pool_one(derivation *c, const windows *s, const int64_t size[2], int64_t plane,
                     const int64_t window[2], int64_t o, bool largest)
{
    const double *x = derive_input(c, 0)->v;
    const int64_t *extent = last(derive_input(c, 0), 2);
    double most = -(double)INFINITY, sum = 0, moves = 0, winners = 0;
    int64_t rows[2], columns[2];
    on_plane(s, 0, window[0], size[0], extent[0], rows);
    on_plane(s, 1, window[1], size[1], extent[1], columns);
    for (int64_t p = rows[0]; p < rows[1]; p++)
        for (int64_t q = columns[0]; q < columns[1]; q++) {
            int64_t i = plane * extent[0] * extent[1] + seen(s, extent, window, p, q);
            bool best = x[i] > most || (isnan(x[i]) && !isnan(most));
            if (largest && best) most = x[i], winners = moves = 0;
            if (!largest || x[i] == most) moves += moving(c, 0, i), winners++;
            sum += x[i];
            c->size[o] += fabs(x[i]);
        }
    double n = largest ? winners : (double)(size[0] * size[1]);
    c->v[o] = largest ? most : sum / n;
    c->d[o] = n > 0 ? moves / n : 0;
}

static bool derive_pool(derivation *c, bool largest)
{
    const numbers *x = derive_input(c, 0), *y = &c->y->value;
    const int64_t *a = c->y->whole;
    windows s = {{a[2], a[3]}, {a[4], a[5]}, {1, 1}};
    int64_t size[2] = {a[0], a[1]};
    if (!sound(&s) || x->rank < 2 || y->rank != x->rank || size[0] < 1 || size[1] < 1 ||
        size[0] > INT32_MAX || size[1] > INT32_MAX ||
        memcmp(x->dim, y->dim, (size_t)(x->rank - 2) * sizeof *x->dim))
        return false;
    const int64_t *dy = last(y, 2);
    for (int64_t o = 0; o < (int64_t)y->count; o++) {
        int64_t window[2] = {o / dy[1] % dy[0], o % dy[1]};
        pool_one(c, &s, size, o / (dy[0] * dy[1]), window, o, largest);
    }
    return true;
}

bool derive_maxpool2d(derivation *c) { return derive_pool(c, true); }
bool derive_avgpool2d(derivation *c) { return derive_pool(c, false); }
