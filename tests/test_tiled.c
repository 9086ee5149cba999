/* test_tiled.c - the tiles of every instruction set that this processor has, not of the best
 * alone: products stay within |C - AB| <= k eps |A||B| (see test_products.c), write nothing
 * beside C, and have the same bits however C is cut, with both lengths of vectors that
 * multiply and add at once, too. */
#include "../ops/tiled.c"
#include "suite.h"
#include <float.h>
#include <math.h>

typedef void multiply_tiles(const rg_product *p);

static multiply_tiles *const tiles[][2] = {
    {multiply_f32_16, multiply_f64_16},
#if RG_HAVE_CLONES
    {multiply_f32_32, multiply_f64_32},
    {multiply_f32_64, multiply_f64_64},
#endif
};

static int sets(void) { return rg_tiled_vector() == 64 ? 3 : rg_tiled_vector() == 32 ? 2 : 1; }

enum { SPARE = 3, MOST = 300 * 70, MARK = 77 };

static unsigned long long waves;

static double next_wave(void)
{
    waves = waves * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(waves >> 40) / (1 << 23) - 1;
}

static double at(rg_dtype d, const rg_matrix *x, int64_t i, int64_t j)
{
    int64_t e = i * x->rs + j * x->cs;
    return d == RG_F32 ? (double)((const float *)x->data)[e] : ((const double *)x->data)[e];
}

static void put(rg_dtype d, void *x, int64_t i, double v)
{
    if (d == RG_F32)
        ((float *)x)[i] = (float)v;
    else
        ((double *)x)[i] = v;
}

/* How a matrix lies: rows contiguous, columns contiguous, or neither. */
static rg_matrix lying(void *data, int64_t rows, int64_t columns, int how)
{
    if (how == 0) return (rg_matrix){data, columns + SPARE, 1};
    if (how == 1) return (rg_matrix){data, 1, rows + SPARE};
    return (rg_matrix){data, 2 * columns, 2};
}

static void expect_near(rg_dtype d, const rg_product *p)
{
    double eps = d == RG_F32 ? FLT_EPSILON : DBL_EPSILON;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            long double exact = 0, size = 0;
            for (int64_t l = 0; l < p->k; l++) {
                long double term = (long double)at(d, &p->a, i, l) * (long double)at(d, &p->b, l, j);
                exact += term;
                size += fabsl(term);
            }
            ck_assert_double_le((double)fabsl((long double)at(d, &p->c, i, j) - exact),
                                (double)((long double)p->k * eps * size));
        }
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = p->n; j < p->c.rs; j++) ck_assert_double_eq(at(d, &p->c, i, j), MARK);
}

/* The same product in strips of rows and of columns. */
static void multiply_cut(multiply_tiles *fn, rg_dtype d, const rg_product *p, int64_t rows, int64_t columns)
{
    int64_t size = (int64_t)rg_dtype_size(d);
    for (int64_t i = 0; i < p->m; i += rows)
        for (int64_t j = 0; j < p->n; j += columns) {
            rg_product q = *p;
            q.m = lesser(rows, p->m - i);
            q.n = lesser(columns, p->n - j);
            q.a.data = (char *)q.a.data + i * q.a.rs * size;
            q.b.data = (char *)q.b.data + j * q.b.cs * size;
            q.c.data = (char *)q.c.data + (i * q.c.rs + j) * size;
            fn(&q);
        }
}

static void expect_same(const void *x, const void *y, rg_dtype d, const rg_product *p)
{
    ck_assert_mem_eq(x, y, (size_t)(p->m * p->c.rs) * rg_dtype_size(d));
}

static void check_shape(rg_dtype d, int64_t m, int64_t n, int64_t k, int how_a, int how_b)
{
    static double a[2 * MOST], b[2 * MOST], c[3][MOST], cut[MOST];
    for (int64_t i = 0; i < 2 * MOST; i++) put(d, a, i, next_wave()), put(d, b, i, next_wave());
    rg_product p = {m, n, k, lying(a, m, k, how_a), lying(b, k, n, how_b), {NULL, n + SPARE, 1}};
    for (int s = 0; s < sets(); s++) {
        for (int64_t i = 0; i < MOST; i++) put(d, c[s], i, MARK), put(d, cut, i, MARK);
        p.c.data = c[s];
        tiles[s][d == RG_F64](&p);
        expect_near(d, &p);
        p.c.data = cut;
        multiply_cut(tiles[s][d == RG_F64], d, &p, 5, 23);
        expect_same(c[s], cut, d, &p);
    }
    if (sets() == 3) expect_same(c[1], c[2], d, &p);
}

START_TEST(every_set_of_instructions)
{
    static const int64_t rows[] = {1, 2, 3, 5, 6, 8, 13, 29, 70}, columns[] = {2, 4, 7, 8, 9, 16, 31, 33, 67},
                         depth[] = {1, 2, 3, 5, 32, 257};
    enum { ROWS = 9, COLUMNS = 9, DEPTHS = 6, WAYS = 9 };
    for (int i = 0; i < ROWS * COLUMNS * DEPTHS; i++) {
        int how = i % WAYS;
        for (int e = 0; e < 2; e++)
            check_shape(e ? RG_F64 : RG_F32, rows[i % ROWS], columns[i / ROWS % COLUMNS],
                        depth[i / ROWS / COLUMNS], (how + i / ROWS) % 3, how / 3);
    }
}
END_TEST

/* More rows than a block of A holds. */
START_TEST(tall_products)
{
    for (int how = 0; how < 9; how++) {
        check_shape(RG_F32, 300, 37, 65, how % 3, how / 3);
        check_shape(RG_F64, 300, 37, 65, how % 3, how / 3);
    }
}
END_TEST

RG_SUITE("tiled", every_set_of_instructions, tall_products)
