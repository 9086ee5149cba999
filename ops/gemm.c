/* gemm.c - matrix products by BLIS, or by a plain loop where BLIS is absent. The
 * only file that includes blis.h. BLIS allocates and aborts by itself: the
 * allocator hook ends at its door. */
#define RG_NO_HERE
#include "gemm.h"
#include "clones.h"
#include <string.h>

/* ---- one piece ------------------------------------------------------------------- */

#ifdef RG_HAVE_BLIS
#include <blis.h>

/* Below this many multiplications BLIS's small-matrix path is the faster one, above
 * it the packed path: tests/bench/products.c, docs/performance.md. */
static const int64_t packed_from = (int64_t)1 << 23;

static void multiply(rg_dtype d, int64_t m, int64_t n, int64_t k, rg_matrix a, rg_matrix b,
                     rg_matrix c)
{
    rntm_t one = BLIS_RNTM_INITIALIZER;
    bli_rntm_set_num_threads(1, &one);
    if (m * n * k >= packed_from) bli_rntm_disable_l3_sup(&one);
    float one_f = 1, zero_f = 0;
    double one_d = 1, zero_d = 0;
    if (d == RG_F32)
        bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, m, n, k, &one_f, a.data, a.rs, a.cs,
                     b.data, b.rs, b.cs, &zero_f, c.data, c.rs, c.cs, NULL, &one);
    else
        bli_dgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, m, n, k, &one_d, a.data, a.rs, a.cs,
                     b.data, b.rs, b.cs, &zero_d, c.data, c.rs, c.cs, NULL, &one);
}

const char *rg_gemm_blis(void) { return bli_info_get_version_str(); }

#else

/* Row by row: c_i = sum over l of a_il b_l, in the order of l. */
#define PORTABLE(name, T)                                                                          \
    RG_CLONES static void name##_row(const T *a, int64_t cs, const T *b, int64_t rs, int64_t bcs,  \
                                     int64_t n, int64_t k, T *c, int64_t ccs)                      \
    {                                                                                              \
        for (int64_t j = 0; j < n; j++) c[j * ccs] = 0;                                            \
        for (int64_t l = 0; l < k; l++) {                                                          \
            T f = a[l * cs];                                                                       \
            const T *row = b + l * rs;                                                             \
            if (bcs == 1 && ccs == 1)                                                              \
                for (int64_t j = 0; j < n; j++) c[j] += f * row[j];                                \
            else                                                                                   \
                for (int64_t j = 0; j < n; j++) c[j * ccs] += f * row[j * bcs];                    \
        }                                                                                          \
    }                                                                                              \
    static void name(int64_t m, int64_t n, int64_t k, rg_matrix a, rg_matrix b, rg_matrix c)       \
    {                                                                                              \
        for (int64_t i = 0; i < m; i++)                                                            \
            name##_row((const T *)a.data + i * a.rs, a.cs, b.data, b.rs, b.cs, n, k,               \
                       (T *)c.data + i * c.rs, c.cs);                                              \
    }
PORTABLE(portable_f32, float)
PORTABLE(portable_f64, double)

static void multiply(rg_dtype d, int64_t m, int64_t n, int64_t k, rg_matrix a, rg_matrix b,
                     rg_matrix c)
{
    if (d == RG_F32)
        portable_f32(m, n, k, a, b, c);
    else
        portable_f64(m, n, k, a, b, c);
}

const char *rg_gemm_blis(void) { return NULL; }
#endif

/* ---- pieces ---------------------------------------------------------------------- */

/* A product is cut along the longer side of C into at most four strips, of at least
 * 256 all but the last, when there is work enough to pay for handing it out. */
enum { STRIPS = 4, THINNEST = 256, UNIT = 64 };
static const int64_t worth_cutting = (int64_t)1 << 23;

typedef struct product {
    rg_dtype d;
    int64_t m, n, k;
    rg_matrix a, b, c;
    int64_t strip; /* width of a piece of the longer side */
} product;

static rg_matrix shifted(rg_matrix x, int64_t elements, rg_dtype d)
{
    x.data = (char *)x.data + elements * (int64_t)rg_dtype_size(d);
    return x;
}

static void strip_of(void *arg, int i)
{
    const product *p = arg;
    int64_t from = i * p->strip;
    if (p->m > p->n) {
        int64_t rows = p->m - from < p->strip ? p->m - from : p->strip;
        multiply(p->d, rows, p->n, p->k, shifted(p->a, from * p->a.rs, p->d), p->b,
                 shifted(p->c, from * p->c.rs, p->d));
    } else {
        int64_t columns = p->n - from < p->strip ? p->n - from : p->strip;
        multiply(p->d, p->m, columns, p->k, p->a, shifted(p->b, from * p->b.cs, p->d),
                 shifted(p->c, from * p->c.cs, p->d));
    }
}

static void zero(rg_dtype d, int64_t m, int64_t n, rg_matrix c)
{
    size_t size = rg_dtype_size(d);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            memset((char *)c.data + (i * c.rs + j * c.cs) * (int64_t)size, 0, size);
}

void rg_gemm(rg_tape *t, rg_dtype d, int64_t m, int64_t n, int64_t k, rg_matrix a, rg_matrix b,
             rg_matrix c)
{
    if (m == 0 || n == 0) return;
    if (k == 0) {
        zero(d, m, n, c);
        return;
    }
    int64_t side = m > n ? m : n, strip = ((side + STRIPS - 1) / STRIPS + UNIT - 1) / UNIT * UNIT;
    if (strip < THINNEST) strip = THINNEST;
    if (m * n * k < worth_cutting || side <= strip) {
        multiply(d, m, n, k, a, b, c);
        return;
    }
    product p = {d, m, n, k, a, b, c, strip};
    rg_parallel(t, (int)((side + strip - 1) / strip), strip_of, &p);
}
