/* derive_tensor.c - ops that are not elementwise, on dual numbers. Those that only move
 * and add numbers say where each goes; values and tangents follow the same way. */
#include "derive.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ----------------------------------------------------------------------------- */

static void coordinates(const numbers *x, size_t i, int64_t at[TRACE_RANK])
{
    for (int a = x->rank; a-- > 0; i /= (size_t)x->dim[a]) at[a] = (int64_t)(i % (size_t)x->dim[a]);
}

/* The place of an element; -1: outside. */
static int64_t place_of(const numbers *x, const int64_t at[TRACE_RANK])
{
    int64_t i = 0;
    for (int a = 0; a < x->rank; a++) {
        if (at[a] < 0 || at[a] >= x->dim[a]) return -1;
        i = i * x->dim[a] + at[a];
    }
    return i;
}

static double value_in(const derivation *c, int k, int64_t i) { return derive_input(c, k)->v[i]; }
static double tangent_in(const derivation *c, int k, int64_t i)
{
    return c->dx[k] ? c->dx[k][i] : 0;
}

/* Element i of input k is added to element o of the output. */
static bool carry(derivation *c, int64_t o, int k, int64_t i)
{
    if (o < 0 || i < 0 || o >= (int64_t)c->y->value.count ||
        i >= (int64_t)derive_input(c, k)->count)
        return false;
    c->v[o] += value_in(c, k, i);
    c->d[o] += tangent_in(c, k, i);
    c->size[o] += fabs(value_in(c, k, i));
    return true;
}

/* ---- ops that move numbers -------------------------------------------------------------- */

/* Where element `at` of the output of a view comes from. */
typedef bool view_fn(const derivation *c, const int64_t *at, int64_t *from);

static bool view_transpose(const derivation *c, const int64_t *at, int64_t *from)
{
    int rank = c->y->value.rank;
    for (int e = 0; e < rank; e++) {
        int64_t old = e < c->y->whole[TRACE_RANK] ? c->y->whole[e] : e;
        if (old < 0 || old >= rank) return false;
        from[rank - 1 - old] = at[rank - 1 - e];
    }
    return true;
}

static bool view_slice(const derivation *c, const int64_t *at, int64_t *from)
{
    int axis = c->y->value.rank - 1 - (int)c->y->whole[0];
    if (axis < 0 || axis >= c->y->value.rank) return false;
    memcpy(from, at, TRACE_RANK * sizeof *at);
    from[axis] = c->y->whole[1] + at[axis] * c->y->whole[3];
    return true;
}

static bool view_broadcast(const derivation *c, const int64_t *at, int64_t *from)
{
    const numbers *x = derive_input(c, 0);
    int old = 0, rank = c->y->value.rank;
    for (int e = 0; e < rank; e++) {
        if (c->y->whole[0] >> e & 1) continue;
        if (old >= x->rank) return false;
        int axis = x->rank - 1 - old++;
        from[axis] = x->dim[axis] == 1 ? 0 : at[rank - 1 - e];
    }
    return old == x->rank;
}

static bool view_diagonal(const derivation *c, const int64_t *at, int64_t *from)
{
    int rank = c->y->value.rank;
    if (rank + 1 > TRACE_RANK || rank < 1) return false;
    memcpy(from, at, (size_t)rank * sizeof *at);
    from[rank] = at[rank - 1];
    return true;
}

static bool derive_view(derivation *c, view_fn *view)
{
    for (size_t o = 0; o < c->y->value.count; o++) {
        int64_t at[TRACE_RANK] = {0}, from[TRACE_RANK] = {0};
        coordinates(&c->y->value, o, at);
        if (!view(c, at, from) || !carry(c, (int64_t)o, 0, place_of(derive_input(c, 0), from)))
            return false;
    }
    return true;
}

static bool derive_transpose(derivation *c) { return derive_view(c, view_transpose); }
static bool derive_slice(derivation *c) { return derive_view(c, view_slice); }
static bool derive_broadcast(derivation *c) { return derive_view(c, view_broadcast); }
static bool derive_diagonal(derivation *c) { return derive_view(c, view_diagonal); }

static bool derive_reshape(derivation *c)
{
    bool fits = derive_input(c, 0)->count == c->y->value.count;
    for (int64_t i = 0; fits && i < (int64_t)c->y->value.count; i++) carry(c, i, 0, i);
    return fits;
}

/* Where element `at` of input 0 goes. */
static bool derive_forth(derivation *c,
                         bool (*to)(const derivation *c, const int64_t *at, int64_t *to))
{
    const numbers *x = derive_input(c, 0);
    for (size_t i = 0; i < x->count; i++) {
        int64_t at[TRACE_RANK] = {0}, there[TRACE_RANK] = {0};
        coordinates(x, i, at);
        if (!to(c, at, there) || !carry(c, place_of(&c->y->value, there), 0, (int64_t)i))
            return false;
    }
    return true;
}

static bool to_padded(const derivation *c, const int64_t *at, int64_t *to)
{
    int axis = c->y->value.rank - 1 - (int)c->y->whole[0];
    if (axis < 0 || axis >= c->y->value.rank) return false;
    memcpy(to, at, TRACE_RANK * sizeof *at);
    to[axis] = c->y->whole[1] + at[axis] * c->y->whole[2];
    return true;
}

static bool to_diagonal(const derivation *c, const int64_t *at, int64_t *to)
{
    int rank = derive_input(c, 0)->rank;
    if (rank < 1 || rank + 1 > TRACE_RANK) return false;
    (void)c;
    memcpy(to, at, (size_t)rank * sizeof *at);
    to[rank] = at[rank - 1];
    return true;
}

/* Axes in the mask whole[0] are gone, or of size 1 where whole[1] keeps them. */
static bool to_reduced(const derivation *c, const int64_t *at, int64_t *to)
{
    int rank = derive_input(c, 0)->rank, n = 0;
    for (int a = 0; a < rank; a++) {
        int64_t bit = (int64_t)1 << (rank - 1 - a);
        if (!(c->y->whole[0] & bit))
            to[n++] = at[a];
        else if (c->y->whole[1] & bit)
            to[n++] = 0;
    }
    return n == c->y->value.rank;
}

static bool derive_pad(derivation *c) { return derive_forth(c, to_padded); }
static bool derive_diag_embed(derivation *c) { return derive_forth(c, to_diagonal); }
static bool derive_sum(derivation *c) { return derive_forth(c, to_reduced); }

static bool derive_concat(derivation *c)
{
    const numbers *y = &c->y->value;
    int axis = y->rank - 1 - (int)c->y->whole[0];
    int64_t before = 0;
    if (axis < 0 || axis >= y->rank) return false;
    for (int k = 0; k < c->y->nin; k++) {
        const numbers *x = derive_input(c, k);
        if (x->rank != y->rank) return false;
        for (size_t i = 0; i < x->count; i++) {
            int64_t at[TRACE_RANK] = {0};
            coordinates(x, i, at);
            at[axis] += before;
            if (!carry(c, place_of(y, at), k, (int64_t)i)) return false;
        }
        before += x->dim[axis];
    }
    return true;
}

static bool derive_cumsum(derivation *c)
{
    const numbers *x = derive_input(c, 0);
    int axis = x->rank - 1 - (int)c->y->whole[0];
    if (axis < 0 || axis >= x->rank || x->count != c->y->value.count) return false;
    for (size_t o = 0; o < x->count; o++) {
        int64_t at[TRACE_RANK] = {0};
        coordinates(x, o, at);
        int64_t here = at[axis], from = c->y->whole[1] ? here : 0,
                to = c->y->whole[1] ? x->dim[axis] - 1 : here;
        for (at[axis] = from; at[axis] <= to; at[axis]++) carry(c, (int64_t)o, 0, place_of(x, at));
    }
    return true;
}

/* How many elements one entry of axis e from the end spans. */
static int64_t inner_of(const numbers *x, int64_t e)
{
    int64_t n = 1;
    for (int64_t i = 0; i < e && i < x->rank; i++) n *= x->dim[x->rank - 1 - i];
    return n;
}

/* The indices lie along one axis of `along` (x of a gather, the result of a scatter). */
static bool derive_indexed(derivation *c, const numbers *along, bool gather)
{
    const numbers *index = derive_input(c, 1), *x = derive_input(c, 0);
    int64_t e = c->y->whole[0], n = (int64_t)index->count, inner = inner_of(along, e);
    if (n == 0 || inner == 0) return true;
    if (e < 0 || e >= along->rank) return false;
    int64_t len = along->dim[along->rank - 1 - e],
            flat = gather ? (int64_t)c->y->value.count : (int64_t)x->count;
    for (int64_t i = 0; i < flat; i++) {
        int64_t at = (int64_t)index->v[i / inner % n],
                there = (i / (inner * n) * len + at) * inner + i % inner;
        if (at < 0 || at >= len || !(gather ? carry(c, i, 0, there) : carry(c, there, 0, i)))
            return false;
    }
    return true;
}

static bool derive_gather(derivation *c) { return derive_indexed(c, derive_input(c, 0), true); }
static bool derive_scatter_add(derivation *c) { return derive_indexed(c, &c->y->value, false); }

/* ---- the largest, the smallest ------------------------------------------------------------ */

/* Where element i of the input is reduced to. */
static int64_t reduced_place(const derivation *c, size_t i)
{
    int64_t at[TRACE_RANK] = {0}, to[TRACE_RANK] = {0};
    coordinates(derive_input(c, 0), i, at);
    return to_reduced(c, at, to) ? place_of(&c->y->value, to) : -1;
}

/* Winners share equally what moves. */
static bool derive_extreme(derivation *c, double sign)
{
    const numbers *x = derive_input(c, 0);
    double *winners = memory_new(c->y->value.count + 1, sizeof *winners);
    bool fits = true;
    for (size_t o = 0; o < c->y->value.count; o++) c->v[o] = -sign * (double)INFINITY;
    for (size_t i = 0; i < x->count && fits; i++) {
        int64_t o = reduced_place(c, i);
        fits = o >= 0;
        if (!fits) break;
        if (sign * x->v[i] > sign * c->v[o]) c->d[o] = winners[o] = 0;
        if (sign * x->v[i] < sign * c->v[o]) continue;
        c->v[o] = x->v[i];
        c->d[o] += tangent_in(c, 0, (int64_t)i);
        winners[o]++;
    }
    for (size_t o = 0; o < c->y->value.count && fits; o++) c->d[o] /= winners[o];
    free(winners);
    return fits;
}

static bool derive_amax(derivation *c) { return derive_extreme(c, 1); }
static bool derive_amin(derivation *c) { return derive_extreme(c, -1); }

static bool derive_argmax(derivation *c)
{
    const numbers *x = derive_input(c, 0);
    double *best = memory_new(2 * (c->y->value.count + 1), sizeof *best),
           *seen = best + c->y->value.count + 1;
    bool fits = true;
    for (size_t o = 0; o < c->y->value.count; o++) best[o] = -(double)INFINITY;
    for (size_t i = 0; i < x->count && fits; i++) {
        int64_t o = reduced_place(c, i);
        fits = o >= 0;
        if (fits && x->v[i] > best[o]) best[o] = x->v[i], c->v[o] = seen[o];
        if (fits) seen[o]++;
    }
    free(best);
    return fits;
}

/* ---- rows: the last axis ------------------------------------------------------------------ */

typedef struct row {
    int64_t n;
    const double *x, *dx; /* dx NULL: nothing moves */
    double most, sum;     /* the largest, and the sum of exp(x - most) */
    double moves;         /* how fast log(sum) + most moves: the mean of dx under softmax */
} row;

static row row_of(const derivation *c, int64_t r, int64_t n)
{
    row w = {.n = n, .x = derive_input(c, 0)->v + r * n, .dx = c->dx[0] ? c->dx[0] + r * n : NULL};
    w.most = -(double)INFINITY;
    for (int64_t i = 0; i < n; i++) w.most = fmax(w.most, w.x[i]);
    for (int64_t i = 0; i < n; i++) w.sum += exp(w.x[i] - w.most);
    for (int64_t i = 0; i < n && w.dx; i++) w.moves += exp(w.x[i] - w.most) / w.sum * w.dx[i];
    return w;
}

static double row_tangent(const row *w, int64_t i) { return w->dx ? w->dx[i] : 0; }

/* The length of a row; 0: there is none. *rows: how many. */
static int64_t row_length(const derivation *c, int64_t *rows)
{
    const numbers *x = derive_input(c, 0);
    int64_t n = x->rank ? x->dim[x->rank - 1] : 0;
    *rows = n ? (int64_t)x->count / n : 0;
    return n;
}

static bool derive_rows(derivation *c, bool reduces,
                        void (*fn)(derivation *c, const row *w, int64_t r))
{
    int64_t rows, n = row_length(c, &rows);
    if ((int64_t)c->y->value.count != (reduces ? rows : rows * n)) return false;
    for (int64_t r = 0; r < rows; r++) {
        row w = row_of(c, r, n);
        fn(c, &w, r);
    }
    return true;
}

static void row_softmax(derivation *c, const row *w, int64_t r)
{
    for (int64_t i = 0; i < w->n; i++) {
        double p = exp(w->x[i] - w->most) / w->sum;
        c->v[r * w->n + i] = p;
        c->d[r * w->n + i] = p * (row_tangent(w, i) - w->moves);
    }
}

static void row_log_softmax(derivation *c, const row *w, int64_t r)
{
    for (int64_t i = 0; i < w->n; i++) {
        c->v[r * w->n + i] = w->x[i] - w->most - log(w->sum);
        c->d[r * w->n + i] = row_tangent(w, i) - w->moves;
        c->size[r * w->n + i] = fabs(w->x[i]) + fabs(w->most);
    }
}

static void row_logsumexp(derivation *c, const row *w, int64_t r)
{
    c->v[r] = w->most + log(w->sum);
    c->d[r] = w->moves;
    c->size[r] = fabs(w->most);
}

static void row_norm(derivation *c, const row *w, int64_t r)
{
    double squares = 0, along = 0;
    for (int64_t i = 0; i < w->n; i++) {
        squares += w->x[i] * w->x[i];
        along += w->x[i] * row_tangent(w, i);
    }
    c->v[r] = sqrt(squares);
    c->d[r] = squares > 0 ? along / sqrt(squares) : 0;
}

static bool derive_softmax(derivation *c) { return derive_rows(c, false, row_softmax); }
static bool derive_log_softmax(derivation *c) { return derive_rows(c, false, row_log_softmax); }
static bool derive_logsumexp(derivation *c) { return derive_rows(c, true, row_logsumexp); }
static bool derive_norm(derivation *c) { return derive_rows(c, true, row_norm); }

/* -log softmax(x)[label] */
static bool derive_nll(derivation *c)
{
    int64_t rows, n = row_length(c, &rows);
    if ((int64_t)c->y->value.count != rows || (int64_t)derive_input(c, 1)->count != rows)
        return false;
    for (int64_t r = 0; r < rows; r++) {
        row w = row_of(c, r, n);
        int64_t label = (int64_t)value_in(c, 1, r);
        if (label < 0 || label >= n) return false;
        c->v[r] = w.most + log(w.sum) - w.x[label];
        c->d[r] = w.moves - row_tangent(&w, label);
        c->size[r] = fabs(w.most) + fabs(w.x[label]);
    }
    return true;
}

/* g (softmax(x) - onehot(label)) */
static bool derive_nll_back(derivation *c)
{
    int64_t rows, n = row_length(c, &rows);
    if ((int64_t)c->y->value.count != rows * n || (int64_t)derive_input(c, 2)->count != rows)
        return false;
    for (int64_t r = 0; r < rows; r++) {
        row w = row_of(c, r, n);
        double g = value_in(c, 2, r), dg = tangent_in(c, 2, r);
        for (int64_t i = 0; i < n; i++) {
            double p = exp(w.x[i] - w.most) / w.sum, slope = p - ((int64_t)value_in(c, 1, r) == i);
            c->v[r * n + i] = g * slope;
            c->d[r * n + i] = dg * slope + g * p * (row_tangent(&w, i) - w.moves);
            c->size[r * n + i] = fabs(g);
        }
    }
    return true;
}

/* ---- matrices ----------------------------------------------------------------------------- */

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
    m.count = x->count ? (int64_t)x->count / (m.rows * m.columns) : 0;
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

static bool derive_matmul(derivation *c)
{
    matrices a = matrices_of(derive_input(c, 0)), b = matrices_of(derive_input(c, 1));
    int64_t each = a.rows * b.columns;
    if (a.columns != b.rows) return false;
    if (!each || !a.columns) return derive_input(c, 0)->rank >= 2;
    if (a.count != b.count || (int64_t)c->y->value.count != a.count * each) return false;
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
    if (a.count == 0) return true;
    if (c->y->value.count % (size_t)a.count != 0) return false;
    double *copy = memory_new(2 * each, sizeof *copy);
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

static bool derive_solve(derivation *c)
{
    matrices a = matrices_of(derive_input(c, 0)), b = matrices_of(derive_input(c, 1));
    return a.columns == b.rows && a.count == b.count &&
           c->y->value.count == derive_input(c, 1)->count && derive_square(c, solve_one, true);
}

static bool derive_inverse(derivation *c)
{
    return c->y->value.count == derive_input(c, 0)->count && derive_square(c, solve_one, false);
}

static bool derive_det(derivation *c) { return derive_square(c, det_one, false); }
static bool derive_logdet(derivation *c) { return derive_square(c, det_one, true); }

/* ---- by name ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct tensor_op {
    const char *name;
    int nin; /* -1: any number */
    bool (*fn)(derivation *c);
} tensor_ops[] = {
    {"reshape", 1, derive_reshape}, {"transpose", 1, derive_transpose}, {"slice", 1, derive_slice},
    {"broadcast", 1, derive_broadcast}, {"diagonal", 1, derive_diagonal}, {"concat", -1, derive_concat},
    {"pad", 1, derive_pad}, {"diag_embed", 1, derive_diag_embed}, {"gather", 2, derive_gather},
    {"scatter_add", 2, derive_scatter_add}, {"cumsum", 1, derive_cumsum}, {"sum", 1, derive_sum},
    {"amax", 1, derive_amax}, {"amin", 1, derive_amin}, {"argmax", 1, derive_argmax},
    {"logsumexp", 1, derive_logsumexp}, {"norm", 1, derive_norm}, {"softmax", 1, derive_softmax},
    {"log_softmax", 1, derive_log_softmax}, {"nll", 2, derive_nll}, {"nll_back", 3, derive_nll_back},
    {"matmul", 2, derive_matmul}, {"solve", 2, derive_solve}, {"inverse", 1, derive_inverse},
    {"det", 1, derive_det}, {"logdet", 1, derive_logdet},
    {"conv2d", 2, derive_conv2d}, {"maxpool2d", 1, derive_maxpool2d}, {"avgpool2d", 1, derive_avgpool2d},
};
/* clang-format on */

static const struct tensor_op *tensor_op_named(const char *op)
{
    for (size_t i = 0; i < sizeof tensor_ops / sizeof *tensor_ops; i++)
        if (!strcmp(tensor_ops[i].name, op)) return &tensor_ops[i];
    return NULL;
}

bool derive_knows_tensor(const char *op) { return tensor_op_named(op) != NULL; }

bool derive_tensor(derivation *c)
{
    const struct tensor_op *op = tensor_op_named(c->y->op);
    return op && (op->nin < 0 || op->nin == c->y->nin) && op->fn(c);
}
