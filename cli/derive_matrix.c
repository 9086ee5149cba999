/* derive_matrix.c - products, inverses and determinants on dual numbers, by Gauss and Jordan. */
#include "derive.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last two axes of an input, and how many matrices there are. */
typedef struct matrices {
    int64_t rows, columns, count;
} matrices;

static matrices matrices_of(const numbers *x)
{
    matrices m = {0, 0, 0};
    if (x->rank < 2) return m;
    m.rows = x->dim[x->rank - 2];
    m.columns = x->dim[x->rank - 1];
    m.count = 1;
    for (int a = 0; a < x->rank - 2; a++) m.count *= x->dim[a];
    return m;
}

/* y += a b, m x l times l x n. */
static void add_product(double *y, const double *a, const double *b, int64_t m, int64_t l,
                        int64_t n, double sign)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < l; k++)
            for (int64_t j = 0; j < n; j++) y[i * n + j] += sign * a[i * l + k] * b[k * n + j];
}

static void add_sizes(double *y, const double *a, const double *b, int64_t m, int64_t l, int64_t n)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < l; k++)
            for (int64_t j = 0; j < n; j++) y[i * n + j] += fabs(a[i * l + k] * b[k * n + j]);
}

bool derive_matmul(derivation *c)
{
    matrices a = matrices_of(derive_input(c, 0)), b = matrices_of(derive_input(c, 1));
    const numbers *y = &c->y->value;
    int lead = y->rank - 2;
    int64_t each = a.rows * b.columns;
    if (lead < 0 || a.columns != b.rows || y->dim[lead] != a.rows || y->dim[lead + 1] != b.columns)
        return false;
    for (int k = 0; k < 2; k++)
        if (derive_input(c, k)->rank != y->rank || !derive_alike(derive_input(c, k), y, lead))
            return false;
    if (y->count == 0 || !a.columns) return true;
    for (int64_t i = 0; i < a.count; i++) {
        const double *x = derive_input(c, 0)->v + i * a.rows * a.columns;
        const double *z = derive_input(c, 1)->v + i * b.rows * b.columns;
        add_product(c->v + i * each, x, z, a.rows, a.columns, b.columns, 1);
        add_sizes(c->size + i * each, x, z, a.rows, a.columns, b.columns);
        if (c->dx[0])
            add_product(c->d + i * each, c->dx[0] + i * a.rows * a.columns, z, a.rows, a.columns,
                        b.columns, 1);
        if (c->dx[1])
            add_product(c->d + i * each, x, c->dx[1] + i * b.rows * b.columns, a.rows, a.columns,
                        b.columns, 1);
    }
    return true;
}

static void add_row(double *m, int64_t n, int64_t to, int64_t from, double factor)
{
    for (int64_t j = 0; j < n; j++) m[to * n + j] += factor * m[from * n + j];
}

static void swap_rows(double *m, int64_t n, int64_t a, int64_t b)
{
    for (int64_t j = 0; j < n && a != b; j++) {
        double v = m[a * n + j];
        m[a * n + j] = m[b * n + j];
        m[b * n + j] = v;
    }
}

/* Gauss and Jordan, with row exchanges; a becomes the identity, inv the inverse. Returns the
 * determinant; at 0 there is no inverse. */
static double invert(int64_t n, double *a, double *inv)
{
    double det = 1;
    for (int64_t i = 0; i < n * n; i++) inv[i] = i % (n + 1) == 0;
    for (int64_t k = 0; k < n && det != 0; k++) {
        int64_t p = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[p * n + k])) p = i;
        det *= a[p * n + k] * (p == k ? 1 : -1);
        if (det == 0) return 0;
        swap_rows(a, n, p, k);
        swap_rows(inv, n, p, k);
        double pivot = 1 / a[k * n + k] - 1;
        add_row(a, n, k, k, pivot);
        add_row(inv, n, k, k, pivot);
        for (int64_t i = 0; i < n; i++) {
            double factor = -a[i * n + k];
            if (i == k) continue;
            add_row(a, n, i, k, factor);
            add_row(inv, n, i, k, factor);
        }
    }
    return det;
}

/* One square matrix: its inverse, its determinant, and how fast it moves (NULL: not). */
typedef struct square {
    int64_t n;
    double det, *inv;
    const double *da;
} square;

/* What rounding in the elimination is measured against: |A^-1| |A| |y|, and of d the same with
 * what moves, where |y| and |d| alone may have cancelled. */
static void solve_sizes(derivation *c, const square *s, int64_t i, int64_t k, const double *moves)
{
    int64_t n = s->n;
    const double *a = derive_input(c, 0)->v + i * n * n, *y = c->v + i * n * k;
    double *ay = memory_new((size_t)(n * k), sizeof *ay);
    add_sizes(ay, a, y, n, n, k);
    add_sizes(c->size + i * n * k, s->inv, ay, n, n, k);
    memset(ay, 0, (size_t)(n * k) * sizeof *ay);
    if (s->da) add_sizes(ay, s->da, y, n, n, k);
    for (int64_t e = 0; e < n * k; e++) ay[e] += fabs(moves[e]);
    add_sizes(c->stir + i * n * k, s->inv, ay, n, n, k);
    free(ay);
}

/* d(A^-1 B) = A^-1 (dB - dA (A^-1 B)); B is the identity for the inverse itself. */
static void solve_one(derivation *c, const square *s, int64_t i, bool solve)
{
    int64_t n = s->n, k = solve ? matrices_of(derive_input(c, 1)).columns : n;
    double *y = c->v + i * n * k, *moves = memory_new((size_t)(n * k), sizeof *moves);
    const double *db = solve && c->dx[1] ? c->dx[1] + i * n * k : NULL;
    if (solve)
        add_product(y, s->inv, derive_input(c, 1)->v + i * n * k, n, n, k, 1);
    else
        memcpy(y, s->inv, (size_t)(n * n) * sizeof *y);
    if (db) memcpy(moves, db, (size_t)(n * k) * sizeof *moves);
    if (s->da) add_product(moves, s->da, y, n, n, k, -1);
    add_product(c->d + i * n * k, s->inv, moves, n, n, k, 1);
    solve_sizes(c, s, i, k, moves);
    free(moves);
}

static void det_one(derivation *c, const square *s, int64_t i, bool log_of_it)
{
    const double *a = derive_input(c, 0)->v + i * s->n * s->n;
    double moves = 0;             /* the trace of A^-1 dA: how fast log det moves */
    double size = 0, product = 1; /* of what cancels: of log det, and of det (Hadamard) */
    for (int64_t r = 0; r < s->n; r++) {
        double across = 0;
        for (int64_t k = 0; k < s->n; k++) {
            double inv = s->det != 0 ? s->inv[r * s->n + k] : 0;
            if (s->da && s->det != 0) moves += inv * s->da[k * s->n + r];
            size += fabs(inv * a[k * s->n + r]);
            across += fabs(a[r * s->n + k]);
        }
        product *= across;
    }
    c->size[i] = log_of_it ? size : product;
    c->stir[i] = log_of_it ? size * fabs(moves) : size * fabs(s->det * moves);
    c->v[i] = log_of_it ? log(s->det) : s->det;
    c->d[i] = log_of_it ? moves : s->det * moves;
}

static bool derive_square(derivation *c,
                          void (*fn)(derivation *c, const square *s, int64_t i, bool flag),
                          bool flag)
{
    matrices a = matrices_of(derive_input(c, 0));
    if (derive_input(c, 0)->rank < 2 || a.rows != a.columns) return false;
    size_t each = (size_t)(a.rows * a.rows);
    if (c->y->value.count == 0) return true;
    double *copy = memory_new(2 * each + 1, sizeof *copy);
    for (int64_t i = 0; i < a.count; i++) {
        memcpy(copy, derive_input(c, 0)->v + (size_t)i * each, each * sizeof *copy);
        square s = {
            .n = a.rows, .inv = copy + each, .da = c->dx[0] ? c->dx[0] + (size_t)i * each : NULL};
        s.det = invert(a.rows, copy, s.inv);
        fn(c, &s, i, flag);
    }
    free(copy);
    return true;
}

bool derive_solve(derivation *c)
{
    matrices a = matrices_of(derive_input(c, 0)), b = matrices_of(derive_input(c, 1));
    return a.columns == b.rows && a.count == b.count &&
           derive_same_shape(&c->y->value, derive_input(c, 1)) && derive_square(c, solve_one, true);
}

bool derive_inverse(derivation *c)
{
    return derive_same_shape(&c->y->value, derive_input(c, 0)) &&
           derive_square(c, solve_one, false);
}

/* A result for each matrix; there is one also where a matrix has no rows. */
static bool one_each(const derivation *c)
{
    return (int64_t)c->y->value.count == matrices_of(derive_input(c, 0)).count;
}

bool derive_det(derivation *c) { return one_each(c) && derive_square(c, det_one, false); }
bool derive_logdet(derivation *c) { return one_each(c) && derive_square(c, det_one, true); }
