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

/* Attribute k, an axis counted from the end, as an axis of x; -1: it has none such. */
static int axis_of(const derivation *c, int k, const numbers *x)
{
    int64_t e = c->y->whole[k];
    return e < 0 || e >= x->rank ? -1 : x->rank - 1 - (int)e;
}

/* Attribute k, where it can be the start or the step of an array: others lead outside. */
static bool place_in(const derivation *c, int k, int64_t *v)
{
    *v = c->y->whole[k];
    return *v >= -INT32_MAX && *v <= INT32_MAX;
}

/* Element i of input k as a whole number from 0 to n - 1; -1: it is none. */
static int64_t label_in(const derivation *c, int k, int64_t i, int64_t n)
{
    double v = derive_input(c, k)->v[i];
    return v >= 0 && v < (double)n ? (int64_t)v : -1;
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
    int axis = axis_of(c, 0, &c->y->value);
    int64_t start, step;
    if (axis < 0 || !place_in(c, 1, &start) || !place_in(c, 3, &step)) return false;
    memcpy(from, at, TRACE_RANK * sizeof *at);
    from[axis] = start + at[axis] * step;
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
    int axis = axis_of(c, 0, &c->y->value);
    int64_t start, step;
    if (axis < 0 || !place_in(c, 1, &start) || !place_in(c, 2, &step)) return false;
    memcpy(to, at, TRACE_RANK * sizeof *at);
    to[axis] = start + at[axis] * step;
    return true;
}

static bool to_diagonal(const derivation *c, const int64_t *at, int64_t *to)
{
    int rank = derive_input(c, 0)->rank;
    if (rank < 1 || rank + 1 > TRACE_RANK) return false;
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
    int axis = axis_of(c, 0, y);
    int64_t before = 0;
    if (axis < 0) return false;
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
    int axis = axis_of(c, 0, x);
    if (axis < 0 || !derive_same_shape(x, &c->y->value)) return false;
    for (size_t o = 0; o < x->count; o++) {
        int64_t at[TRACE_RANK] = {0};
        coordinates(x, o, at);
        int64_t here = at[axis], from = c->y->whole[1] ? here : 0,
                to = c->y->whole[1] ? x->dim[axis] - 1 : here;
        for (at[axis] = from; at[axis] <= to; at[axis]++) carry(c, (int64_t)o, 0, place_of(x, at));
    }
    return true;
}

/* How many elements one entry of an axis spans. */
static int64_t inner_of(const numbers *x, int axis)
{
    int64_t n = 1;
    for (int a = axis + 1; a < x->rank; a++) n *= x->dim[a];
    return n;
}

/* The indices lie along one axis of `along` (x of a gather, the result of a scatter). */
static bool derive_indexed(derivation *c, const numbers *along, bool gather)
{
    const numbers *index = derive_input(c, 1), *x = derive_input(c, 0);
    int axis = axis_of(c, 0, along);
    if (axis < 0) return false;
    int64_t n = (int64_t)index->count, inner = inner_of(along, axis);
    if (n == 0 || inner == 0) return true;
    if (inner > INT64_MAX / n) return false;
    int64_t len = along->dim[axis], flat = gather ? (int64_t)c->y->value.count : (int64_t)x->count;
    for (int64_t i = 0; i < flat; i++) {
        int64_t at = label_in(c, 1, i / inner % n, len),
                there = (i / (inner * n) * len + at) * inner + i % inner;
        if (at < 0 || !(gather ? carry(c, i, 0, there) : carry(c, there, 0, i))) return false;
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
    const numbers *x = derive_input(c, 0), *y = &c->y->value;
    if (y->rank != x->rank - reduces || !derive_alike(x, y, y->rank)) return false;
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
        int64_t label = label_in(c, 1, r, n);
        if (label < 0) return false;
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
    if ((int64_t)c->y->value.count != rows * n || (int64_t)derive_input(c, 1)->count != rows ||
        (int64_t)derive_input(c, 2)->count != rows)
        return false;
    for (int64_t r = 0; r < rows; r++) {
        row w = row_of(c, r, n);
        int64_t label = label_in(c, 1, r, n);
        double g = value_in(c, 2, r), dg = tangent_in(c, 2, r);
        for (int64_t i = 0; i < n; i++) {
            double p = exp(w.x[i] - w.most) / w.sum, slope = p - (label == i);
            c->v[r * n + i] = g * slope;
            c->d[r * n + i] = dg * slope + g * p * (row_tangent(&w, i) - w.moves);
            c->size[r * n + i] = fabs(g);
        }
    }
    return true;
}

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
