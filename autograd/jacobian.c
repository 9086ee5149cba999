/* jacobian.c - whole Jacobians and Hessians. One walk backward answers many rows: the
 * seeds are unit vectors along one leading axis. One more walk for each input answers
 * columns instead, which is less work when y is long and all x are short. */
#define RG_NO_HERE
#include "functional.h"
#include "internal.h"
#include <string.h>

enum {
    PASS_NUMBERS = 1 << 18, /* of one node under all seeds, when only numbers are wanted */
    COLUMN_COST = 3         /* rows for the work of a column, which walks twice          */
};

typedef struct question { /* dy/dx[i], i < n */
    rg_tape *t;
    rg_node *y;
    int n;
    rg_node *const *x;
    bool room;      /* every node on the way has room for a leading axis  */
    int64_t widest; /* elements of the largest of them                    */
    bool by_columns;
} question;

/* Inputs that are no node of t are rg_grad's to refuse. */
static rg_status survey(question *q, const char *what, const void *out)
{
    if (q->t && q->t->error.status) return q->t->error.status;
    if (!q->t || (q->y->flags & RG_ERRONEOUS) || (q->n > 0 && (!q->x || !out)))
        return rg_refuse(q->t, RG_USAGE, NULL, "%s: no output, no inputs, or no place for answers",
                         what);
    int64_t columns = 0, rows = q->y->layout->count;
    uint32_t id = q->y->id;
    for (int i = 0; i < q->n; i++) {
        if (rg_tape_of(q->x[i]) == q->t && q->x[i]->id < id) id = q->x[i]->id;
        columns += rg_count_of(q->x[i]);
    }
    q->by_columns = columns < rows / COLUMN_COST;
    q->room = true;
    for (q->widest = 1; id <= q->y->id; id++) {
        const rg_layout *l = q->t->node[id]->layout;
        if (l->rank == RG_MAX_RANK) q->room = false;
        if (l->count > q->widest) q->widest = l->count;
    }
    return RG_OK;
}

/* ---- unit vectors ---------------------------------------------------------------- */

/* Of the unit vectors shaped like y those from first on, `many` along a leading axis; one
 * without an axis when many is 0. A window on 2 count - 1 numbers, of which the middle
 * one is 1: each row begins one number before the last. */
static rg_node *unit_vectors(rg_node *y, int64_t first, int64_t many)
{
    const rg_layout *l = y->layout->packed;
    rg_node *numbers = rg_leaf(l->tape, l->dtype, rg_shape1(2 * l->count - 1));
    if (numbers->flags & RG_ERRONEOUS) return numbers;
    int64_t size = (int64_t)rg_dtype_size(l->dtype);
    char *middle = (char *)numbers->data + (l->count - 1) * size;
    rg_convert(middle, l->dtype, &(double){1}, RG_F64, 1);
    rg_tensor w = {.data = middle - first * size, .dtype = l->dtype, .rank = l->rank};
    int lead = many > 0;
    memcpy(w.dim + lead, l->dim, (size_t)l->rank * sizeof *w.dim);
    memcpy(w.stride + lead, l->stride, (size_t)l->rank * sizeof *w.stride);
    if (lead) {
        w.dim[0] = many;
        w.stride[0] = -1;
        w.rank++;
    }
    rg_node *seed = rg_leaf_over(l->tape, &w, true);
    if (!(seed->flags & RG_ERRONEOUS)) rg_leafrec_of(seed)->fixed = true;
    return seed;
}

/* g[i] = rows from first on of dy/dx[i], `many` along a leading axis as in unit_vectors. */
static rg_status rows_of(const question *q, int64_t first, int64_t many, rg_node **g)
{
    rg_node *seed = unit_vectors(q->y, first, many);
    return rg_grad_many(q->t, 1, &q->y, &seed, q->n, q->x, g);
}

/* back[i] = dy/dx[i]^T u, which is linear in u: column j of dy/dx[i] is the derivative of
 * its element j by u. What is linear in u needs no particular value of it. */
static rg_status record_back(const question *q, rg_node **u, rg_node **back)
{
    *u = rg_const(q->t, q->y->layout->dtype, rg_shape_of(q->y), 0);
    return rg_grad_many(q->t, 1, &q->y, u, q->n, q->x, back);
}

static rg_status columns_of(rg_node *back, rg_node *u, int64_t first, int64_t many, rg_node **g)
{
    rg_node *seed = unit_vectors(back, first, many);
    return rg_grad_many(rg_owner(back), 1, &back, &seed, 1, &u, g);
}

/* ---- axes ------------------------------------------------------------------------ */

static rg_node *zeros(const question *q, rg_shape s)
{
    return rg_const(q->t, q->y->layout->dtype, s, 0);
}

static rg_shape join_dims(const rg_node *a, const rg_node *b)
{
    rg_shape s = rg_shape_of(a);
    for (int i = 0; i < b->layout->rank && s.rank < RG_MAX_RANK; i++)
        s.dim[s.rank++] = b->layout->dim[i];
    return s;
}

/* g, (count of a) or nothing before dims(b), as dims(a)+dims(b): a window, since no axes
 * are joined. */
static rg_node *split_lead(rg_node *g, const rg_node *a, const rg_node *b)
{
    rg_shape s = join_dims(a, b);
    if (s.rank == g->layout->rank) return g;
    rg_attr at = {.i = {s.rank}};
    memcpy(at.i + 1, s.dim, sizeof s.dim);
    return rg_apply(&rg_op_reshape, 1, &g, &at);
}

/* dims(a)+dims(b) as dims(b)+dims(a). */
static rg_node *exchange(rg_node *g, int rank_a, int rank_b)
{
    int rank = rank_a + rank_b;
    rg_attr at = {.i = {0}};
    for (int e = 0; e < rank; e++) at.i[e] = (e + rank_b) % rank;
    at.i[RG_MAX_RANK] = rank;
    return rank_a && rank_b ? rg_apply(&rg_op_permute, 1, &g, &at) : g;
}

/* ---- as nodes -------------------------------------------------------------------- */

static rg_status check_axes(const question *q)
{
    char a[RG_TEXT], b[RG_TEXT];
    if (!q->room && q->y->layout->count != 1)
        return rg_refuse(
            q->t, RG_SHAPE, NULL,
            "jacobian: a node between the inputs and %s has %d axes, which leaves none "
            "for the seeds; rg_read_jacobian goes row by row",
            rg_node_text(q->y, a), RG_MAX_RANK);
    for (int i = 0; i < q->n; i++)
        if (q->x[i] && q->y->layout->rank + q->x[i]->layout->rank > RG_MAX_RANK)
            return rg_refuse(q->t, RG_SHAPE, NULL, "jacobian: %s by %s has more than %d axes",
                             rg_node_text(q->y, a), rg_node_text(q->x[i], b), RG_MAX_RANK);
    return RG_OK;
}

static int64_t lead_for(const rg_node *y) { return y->layout->count == 1 ? 0 : y->layout->count; }

static rg_status record_rows(const question *q, rg_node **J)
{
    for (int i = 0; i < q->n; i++) J[i] = NULL;
    rg_status s = q->y->layout->count ? rows_of(q, 0, lead_for(q->y), J) : RG_OK;
    for (int i = 0; i < q->n && !s; i++) {
        const rg_node *x = q->x[i];
        J[i] = J[i] ? split_lead(J[i], q->y, x) : zeros(q, join_dims(q->y, x));
        s = q->t->error.status;
    }
    return s;
}

static rg_status record_columns(const question *q, rg_node **J)
{
    rg_node *u;
    rg_status s = record_back(q, &u, J);
    for (int i = 0; i < q->n && !s; i++) {
        const rg_node *x = q->x[i];
        rg_node *back = J[i];
        J[i] = NULL;
        if (back && x->layout->count) s = columns_of(back, u, 0, lead_for(x), &J[i]);
        if (s) break;
        if (J[i]) J[i] = split_lead(J[i], x, q->y);
        J[i] = J[i] ? exchange(J[i], x->layout->rank, q->y->layout->rank)
                    : zeros(q, join_dims(q->y, x));
        s = q->t->error.status;
    }
    return s;
}

static rg_status record_jacobian(rg_node *y, int n, rg_node *const *x, rg_node **J)
{
    question q = {.t = rg_tape_of(y), .y = y, .n = n, .x = x};
    rg_status s = survey(&q, "jacobian", J);
    if (!s) s = check_axes(&q);
    if (s) return s;
    return q.by_columns ? record_columns(&q, J) : record_rows(&q, J);
}

rg_status rg_jacobian(rg_node *y, int n, rg_node *const *x, rg_node **J)
{
    rg_status s = record_jacobian(y, n, x, J);
    return rg_grad_end(rg_tape_of(y), s, n, J, "jacobian");
}

/* ---- the Hessian ----------------------------------------------------------------- */

/* A pair is left to the row of the input with fewer elements: that has fewer seeds. */
static bool belongs_to(rg_node *const *x, int i, int k)
{
    int64_t a = rg_count_of(x[i]), b = rg_count_of(x[k]);
    return a < b || (a == b && i <= k);
}

/* Blocks (i, k) and (k, i) for those k that belong to i; g[i] is the gradient by x[i]. */
static rg_status hessian_row(rg_node *const *g, int n, int i, rg_node *const *x, rg_node **H,
                             rg_node **list)
{
    rg_node **of = list, **block = list + n;
    int many = 0;
    for (int k = 0; k < n; k++)
        if (belongs_to(x, i, k)) of[many++] = x[k];
    rg_node *y = g[i] ? g[i] : x[i];
    question q = {.t = rg_owner(y), .y = y, .n = many, .x = of};
    rg_status s = survey(&q, "hessian", block);
    if (!s) s = check_axes(&q);
    if (s) return s;
    for (int m = 0; !g[i] && m < many; m++) block[m] = zeros(&q, join_dims(y, of[m]));
    if (g[i]) s = record_rows(&q, block);
    for (int k = 0, m = 0; k < n && !s; k++) {
        if (!belongs_to(x, i, k)) continue;
        H[i * n + k] = block[m];
        if (k != i) H[k * n + i] = exchange(block[m], x[i]->layout->rank, x[k]->layout->rank);
        m++;
    }
    return s ? s : q.t->error.status;
}

static rg_status record_hessian(rg_node *f, int n, rg_node *const *x, rg_node **H)
{
    rg_tape *t = rg_tape_of(f);
    if (!t || (n > 0 && (!x || !H)))
        return rg_refuse(t, RG_USAGE, NULL,
                         "hessian: no output, no inputs, or no place for answers");
    if (n <= 0) return t->error.status;
    size_t bytes = 3 * (size_t)n * sizeof(rg_node *);
    rg_node **g = rg_scratch(t, bytes), *one = NULL;
    if (!g) return RG_NOMEM;
    rg_status s = rg_grad_many(t, 1, &f, &one, n, x, g);
    for (int i = 0; i < n && !s; i++) s = hessian_row(g, n, i, x, H, g + n);
    rg_scratch_free(t, g, bytes);
    return s;
}

rg_status rg_hessian(rg_node *f, int n, rg_node *const *x, rg_node **H)
{
    rg_status s = record_hessian(f, n, x, H);
    return rg_grad_end(rg_tape_of(f), s, n * n, H, "hessian");
}

/* ---- as numbers ------------------------------------------------------------------ */

static int64_t seeds_at_once(const question *q)
{
    int64_t most = q->room ? PASS_NUMBERS / q->widest : 1;
    return most > 1 ? most : 1;
}

static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

/* On record-only tapes, too. */
static rg_status read_evaluated(rg_node *g, double *to, size_t n)
{
    rg_status s = rg_eval(g);
    return s ? s : rg_read(g, RG_F64, to, n);
}

static rg_status read_rows(const question *q, rg_node **g, int64_t first, int64_t many,
                           double *const *J)
{
    bool lead = q->room && q->y->layout->count != 1;
    rg_status s = rows_of(q, first, lead ? many : 0, g);
    for (int i = 0; i < q->n && !s; i++) {
        size_t width = (size_t)rg_count_of(q->x[i]), n = (size_t)many * width;
        double *to = J[i] + (size_t)first * width;
        if (g[i])
            s = read_evaluated(g[i], to, n);
        else if (n)
            memset(to, 0, n * sizeof *to);
    }
    return s;
}

static rg_status read_all_rows(const question *q, rg_node **g, double *const *J)
{
    int64_t rows = q->y->layout->count, step = seeds_at_once(q), mark = rg_mark(q->t);
    for (int64_t first = 0; first < rows; first += step) {
        rg_status s = read_rows(q, g, first, at_most(step, rows - first), J);
        if (s) return s;
        rg_rewind(q->t, mark);
    }
    return RG_OK;
}

/* Columns first..first+many-1 of dy/dx, dense, to their places. */
static rg_status read_columns(const question *q, rg_node *back, rg_node *u, int64_t first,
                              int64_t many, double *to)
{
    int64_t rows = q->y->layout->count, width = back->layout->count;
    size_t bytes = (size_t)(many * rows) * sizeof(double);
    rg_node *g;
    rg_status s = columns_of(back, u, first, width == 1 ? 0 : many, &g);
    double *column = s ? NULL : rg_scratch(q->t, bytes);
    if (!column) return q->t->error.status;
    memset(column, 0, bytes);
    if (g) s = read_evaluated(g, column, (size_t)(many * rows));
    for (int64_t c = 0; c < many; c++)
        for (int64_t r = 0; r < rows; r++) to[r * width + first + c] = column[c * rows + r];
    rg_scratch_free(q->t, column, bytes);
    return s;
}

static rg_status read_all_columns(const question *q, rg_node **back, double *const *J)
{
    int64_t rows = q->y->layout->count, step = seeds_at_once(q), begin = rg_mark(q->t);
    rg_node *u;
    rg_status s = record_back(q, &u, back);
    for (int i = 0; i < q->n && !s; i++) {
        int64_t width = rg_count_of(q->x[i]), mark = rg_mark(q->t);
        if (!back[i] && width) memset(J[i], 0, (size_t)(rows * width) * sizeof **J);
        for (int64_t first = 0; back[i] && first < width && !s; first += step) {
            s = read_columns(q, back[i], u, first, at_most(step, width - first), J[i]);
            if (!s) rg_rewind(q->t, mark);
        }
    }
    if (!s) rg_rewind(q->t, begin);
    return s;
}

rg_status rg_read_jacobian(rg_node *y, int n, rg_node *const *x, double *const *J)
{
    question q = {.t = rg_tape_of(y), .y = y, .n = n, .x = x};
    rg_status s = survey(&q, "jacobian", J);
    if (s || n <= 0) return s;
    rg_node **g = rg_scratch(q.t, (size_t)n * sizeof *g);
    if (!g) return RG_NOMEM;
    s = q.by_columns && q.room ? read_all_columns(&q, g, J) : read_all_rows(&q, g, J);
    rg_scratch_free(q.t, g, (size_t)n * sizeof *g);
    return s;
}
