/* sparse.c - the entries of a sparse Hessian from few products. Columns that share no
 * row get one colour and are asked for together: their sum still shows each by itself.
 * Curtis, Powell and Reid 1974. */
#define RG_NO_HERE
#include "functional.h"
#include "internal.h"
#include <string.h>

typedef struct pattern {
    rg_tape *t;
    int64_t n, entries;
    const int64_t *row, *column;
    int64_t *start;  /* n + 1: where the neighbours of each begin                    */
    int64_t *near;   /* 2 entries: columns with an entry in this row; also mirrored  */
    int64_t *colour; /* n; -1: none yet                                              */
    int64_t *taken;  /* n: by colour, the last column that could not have it         */
    int64_t *block;  /* what they point into                                         */
    size_t bytes;
    int64_t colours;
} pattern;

static bool pattern_open(pattern *p)
{
    p->bytes = (size_t)(3 * p->n + 1 + 2 * p->entries) * sizeof(int64_t);
    p->block = rg_scratch(p->t, p->bytes);
    if (!p->block) return false;
    memset(p->block, 0, p->bytes);
    p->start = p->block;
    p->colour = p->start + p->n + 1;
    p->taken = p->colour + p->n;
    p->near = p->taken + p->n;
    return true;
}

/* Neighbours of each, both ways, one list after the other: count, add up, fill. */
static void list_neighbours(pattern *p)
{
    for (int64_t e = 0; e < p->entries; e++) {
        p->start[p->row[e]]++;
        p->start[p->column[e]]++;
    }
    for (int64_t i = 0; i < p->n; i++) p->start[i + 1] += p->start[i];
    for (int64_t e = 0; e < p->entries; e++) {
        p->near[--p->start[p->row[e]]] = p->column[e];
        p->near[--p->start[p->column[e]]] = p->row[e];
    }
}

/* The smallest colour that no column has which shares a row with c. */
static int64_t free_colour(pattern *p, int64_t c)
{
    for (int64_t i = p->start[c]; i < p->start[c + 1]; i++) {
        int64_t row = p->near[i];
        for (int64_t j = p->start[row]; j < p->start[row + 1]; j++) {
            int64_t other = p->colour[p->near[j]];
            if (other >= 0) p->taken[other] = c;
        }
    }
    int64_t colour = 0;
    while (colour < p->colours && p->taken[colour] == c) colour++;
    return colour;
}

static void paint(pattern *p)
{
    memset(p->colour, -1, (size_t)p->n * sizeof *p->colour);
    memset(p->taken, -1, (size_t)p->n * sizeof *p->taken);
    for (int64_t c = 0; c < p->n; c++) {
        if (p->start[c] == p->start[c + 1]) continue; /* a column of zeros */
        p->colour[c] = free_colour(p, c);
        if (p->colour[c] == p->colours) p->colours++;
    }
}

/* For each colour the sum of the unit vectors of its columns, along a leading axis. */
static rg_node *colour_vectors(const pattern *p, const rg_node *x)
{
    rg_shape s = {.rank = x->layout->rank + 1, .dim = {p->colours}};
    memcpy(s.dim + 1, x->layout->dim, (size_t)x->layout->rank * sizeof *s.dim);
    rg_node *v = rg_leaf(p->t, x->layout->dtype, s);
    size_t size = rg_dtype_size(x->layout->dtype);
    for (int64_t c = 0; c < p->n && !(v->flags & RG_ERRONEOUS); c++)
        if (p->colour[c] >= 0)
            rg_convert((char *)v->data + (size_t)(p->colour[c] * p->n + c) * size, x->layout->dtype,
                       &(double){1}, RG_F64, 1);
    return v;
}

static rg_status read_entries(const pattern *p, rg_node *f, rg_node *x, double *value)
{
    int64_t count = p->colours * p->n, mark = rg_mark(p->t);
    rg_node *v = colour_vectors(p, x), *product;
    rg_status s = rg_hvp(f, 1, &x, &v, &product);
    if (!s) s = rg_eval(product);
    double *sum = s ? NULL : rg_scratch(p->t, (size_t)count * sizeof *sum);
    if (!sum) return p->t->error.status;
    s = rg_read(product, RG_F64, sum, (size_t)count);
    for (int64_t e = 0; e < p->entries && !s; e++)
        value[e] = sum[p->colour[p->column[e]] * p->n + p->row[e]];
    rg_scratch_free(p->t, sum, (size_t)count * sizeof *sum);
    if (!s) rg_rewind(p->t, mark);
    return s;
}

static rg_status check_pattern(const pattern *p, const rg_node *x, const double *value)
{
    if (x->layout->rank == RG_MAX_RANK)
        return rg_refuse(p->t, RG_SHAPE, NULL, "hessian: %d axes leave none for the products",
                         RG_MAX_RANK);
    if (p->entries < 0 || (p->entries && (!p->row || !p->column || !value)))
        return rg_refuse(p->t, RG_USAGE, NULL, "hessian: no list of entries, or no place for them");
    for (int64_t e = 0; e < p->entries; e++)
        if (p->row[e] < 0 || p->row[e] >= p->n || p->column[e] < 0 || p->column[e] >= p->n)
            return rg_refuse(p->t, RG_INDEX, NULL,
                             "hessian: entry %lld is (%lld, %lld), and there are %lld inputs",
                             (long long)e, (long long)p->row[e], (long long)p->column[e],
                             (long long)p->n);
    return p->t->error.status;
}

rg_status rg_read_sparse_hessian(rg_node *f, rg_node *x, int64_t entries, const int64_t *row,
                                 const int64_t *column, double *value)
{
    pattern p = {
        .t = rg_tape_of(f), .n = rg_count_of(x), .entries = entries, .row = row, .column = column};
    if (!p.t || !x) return rg_refuse(p.t, RG_USAGE, NULL, "hessian: no output, or no input");
    rg_status s = check_pattern(&p, x, value);
    if (s || entries == 0) return s;
    if (!pattern_open(&p)) return RG_NOMEM;
    list_neighbours(&p);
    paint(&p);
    s = read_entries(&p, f, x, value);
    rg_scratch_free(p.t, p.block, p.bytes);
    return s;
}
