/* gemm.c - matrix products: which way each goes, and how it is cut for threads. With AVX-512
 * they run in tiles of our own, on other processors BLIS does the larger ones where it is found.
 */
#define RG_NO_HERE
#include "gemm.h"
#include "thin.h"
#include "tiled.h"
#include "with_blis.h"
#include <string.h>

typedef void multiply_fn(rg_dtype d, const rg_product *p);

/* ---- one piece ------------------------------------------------------------------- */

/* From so many multiplications on packing pays; from so many on, that of both factors. */
static const int64_t large = (int64_t)1 << 23, huge = (int64_t)1 << 27;

/* Packing B alone leaves A to be read where it lies, for every 16 columns again: well
 * when these are few, or when rows of A do not fall upon each other in the cache. */
static bool reads_a_well(const rg_product *p)
{
    return p->n <= 128 || (p->a.cs == 1 && p->a.rs % 512 != 0);
}

/* Chosen by tests/bench/products.c, docs/performance.md. */
static multiply_fn *way_of_blis(const rg_product *p)
{
    int64_t work = p->m * p->n * p->k;
    bool turned = p->b.cs != 1; /* by columns: slow where it lies, unless there are few */
    if (work < large) return turned && p->n >= 16 ? rg_blis_pack_b : rg_blis_small;
    return work < huge && reads_a_well(p) ? rg_blis_pack_b : rg_blis_packed;
}

static multiply_fn *way_of_matrices(const rg_product *p)
{
    enum { SMALL = 1 << 18 }; /* multiplications: the set-up of BLIS costs more than it saves */
    bool small = p->m * p->n * p->k <= SMALL;
    return small || rg_tiled_vector() == 64 || !rg_blis_found() ? rg_tiled : way_of_blis(p);
}

static bool keeps_bits_cut(multiply_fn *way)
{
    return way == rg_tiled || way == rg_one_term || way == rg_blis_packed;
}

const char *rg_gemm_blis(void) { return rg_tiled_vector() == 64 ? NULL : rg_blis_version(); }

static void zero(rg_dtype d, const rg_product *p)
{
    size_t size = rg_dtype_size(d);
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++)
            memset((char *)p->c.data + (i * p->c.rs + j * p->c.cs) * (int64_t)size, 0, size);
}

static multiply_fn *choose(const rg_product *p)
{
    if (p->k < 2) return p->k ? rg_one_term : zero;
    return rg_is_thin(p) ? rg_thin : way_of_matrices(p);
}

static rg_matrix turned(rg_matrix x) { return (rg_matrix){x.data, x.cs, x.rs}; }

/* C^T = B^T A^T: one row instead of one column. */
static rg_product turned_product(const rg_product *p)
{
    return (rg_product){p->n, p->m, p->k, turned(p->b), turned(p->a), turned(p->c)};
}

void rg_gemm_alone(rg_dtype d, const rg_product *p)
{
    if (p->m == 0 || p->n == 0) return;
    if (p->n > 1 || p->m == 1) {
        choose(p)(d, p);
    } else {
        rg_product q = turned_product(p);
        choose (&q)(d, &q);
    }
}

/* ---- pieces ---------------------------------------------------------------------- */

/* A product is cut along the longer side of C, into two strips or four, when there is
 * work enough to pay for handing them out. */
enum { THIN = 64, WIDE = 256, UNIT = 16 };
static const int64_t worth_cutting = (int64_t)1 << 22;

static int64_t width_of_strips(const rg_product *p)
{
    int64_t side = p->m > p->n ? p->m : p->n, work = p->m * p->n * p->k;
    if (work < worth_cutting || side < 2 * THIN) return side;
    int strips = work < 4 * worth_cutting || side < 4 * WIDE ? 2 : 4;
    return ((side + strips - 1) / strips + UNIT - 1) / UNIT * UNIT;
}

typedef struct strips {
    rg_dtype d;
    const rg_product *p;
    multiply_fn *multiply;
    int64_t width; /* of a strip of the longer side */
} strips;

static rg_matrix shifted(rg_matrix x, int64_t elements, rg_dtype d)
{
    x.data = (char *)x.data + elements * (int64_t)rg_dtype_size(d);
    return x;
}

static void strip_of(void *arg, int i)
{
    const strips *s = arg;
    rg_product q = *s->p;
    bool tall = q.m > q.n;
    int64_t from = i * s->width, left = (tall ? q.m : q.n) - from,
            width = left < s->width ? left : s->width;
    if (tall) {
        q.m = width;
        q.a = shifted(q.a, from * q.a.rs, s->d);
        q.c = shifted(q.c, from * q.c.rs, s->d);
    } else {
        q.n = width;
        q.b = shifted(q.b, from * q.b.cs, s->d);
        q.c = shifted(q.c, from * q.c.cs, s->d);
    }
    s->multiply(s->d, &q);
}

void rg_gemm(rg_tape *t, rg_dtype d, const rg_product *p)
{
    int64_t side = p->m > p->n ? p->m : p->n, width = width_of_strips(p);
    if (width >= side) {
        rg_gemm_alone(d, p);
        return;
    }
    rg_product q = p->n == 1 ? turned_product(p) : *p;
    strips s = {d, &q, choose(&q), width};
    rg_parallel(t, (int)((side + width - 1) / width), strip_of, &s);
}

bool rg_gemm_strips(const rg_product *p)
{
    return p->k > 0 && p->n > 1 && keeps_bits_cut(choose(p));
}

void rg_gemm_strip(rg_dtype d, const rg_product *p, int64_t from, int64_t rows)
{
    rg_product q = *p;
    q.m = rows;
    q.a = shifted(q.a, from * q.a.rs, d);
    choose(p)(d, &q);
}
