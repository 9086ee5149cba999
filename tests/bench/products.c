/* products.c - which way to multiply is the fastest, by shape and layout: the evidence for
 * the choice in ops/gemm.c.
 *
 *   bench_products [REPEATS [THREADS [OPENBLAS]]]      default 25, 1, libopenblas.so.0
 *
 * GFLOP/s, f32, the fastest of all repeats, all ways in turn; both factors row-major (NN),
 * the left one transposed (TN), the right one transposed (NT). The ways: BLIS's
 * small-matrix path (small), the same with the right or the left factor packed first (b,
 * a), BLIS's packed path (packed), OpenBLAS (open), and rg_matmul on nodes that are there
 * already (rg), which counts the recording as well. */
#include <blis.h>
#include <dlfcn.h>
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct product {
    dim_t m, n, k;
    bool turn_a, turn_b;
    float *a, *b, *c;
    rg_node *x, *y; /* the same factors as nodes */
} product;

/* ---- the ways -------------------------------------------------------------------- */

static int threads = 1;

enum way { SMALL, SMALL_B, SMALL_A, PACKED, OPEN, RG, WAYS };
static const char *const way_name[WAYS] = {"small", "b", "a", "packed", "open", "rg"};

static void blis(const product *p, enum way w)
{
    rntm_t how = BLIS_RNTM_INITIALIZER;
    float alpha = 1, beta = 0;
    bli_rntm_set_num_threads(threads, &how);
    if (w == PACKED) bli_rntm_disable_l3_sup(&how);
    if (w == SMALL_A) bli_rntm_set_pack_a(true, &how);
    if (w == SMALL_B) bli_rntm_set_pack_b(true, &how);
    bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, p->m, p->n, p->k, &alpha, p->a,
                 p->turn_a ? 1 : p->k, p->turn_a ? p->m : 1, p->b, p->turn_b ? 1 : p->n,
                 p->turn_b ? p->k : 1, &beta, p->c, p->n, 1, NULL, &how);
}

typedef void cblas_fn(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                      int lda, const float *b, int ldb, float beta, float *c, int ldc);
static cblas_fn *open_sgemm;
static void (*open_threads)(int n);

static void open_blas(const product *p)
{
    enum { ROW_MAJOR = 101, PLAIN = 111, TURNED = 112 };
    open_sgemm(ROW_MAJOR, p->turn_a ? TURNED : PLAIN, p->turn_b ? TURNED : PLAIN, (int)p->m,
               (int)p->n, (int)p->k, 1, p->a, (int)(p->turn_a ? p->m : p->k), p->b,
               (int)(p->turn_b ? p->k : p->n), 0, p->c, (int)p->n);
}

static void retrograd(const product *p)
{
    rg_tape *t = rg_tape_of(p->x);
    int64_t mark = rg_mark(t);
    rg_matmul(p->turn_a ? rg_transpose(p->x) : p->x, p->turn_b ? rg_transpose(p->y) : p->y);
    rg_rewind(t, mark);
}

static void multiply(const product *p, enum way w)
{
    if (w == RG)
        retrograd(p);
    else if (w == OPEN)
        open_blas(p);
    else
        blis(p, w);
}

/* ---- the clock ------------------------------------------------------------------- */

static bool have(enum way w) { return open_sgemm || w != OPEN; }

static double once(const product *p, enum way w, int times)
{
    multiply(p, w);
    double start = now();
    for (int i = 0; i < times; i++) multiply(p, w);
    return (now() - start) / times;
}

static void measure(const product *p, int repeats)
{
    double flop = 2. * (double)p->m * (double)p->n * (double)p->k;
    int times = flop > 2e6 ? 1 : (int)(2e6 / flop);
    if (times > 2000) times = 2000;
    double best[WAYS];
    for (int w = 0; w < WAYS; w++) best[w] = HUGE_VAL;
    for (int i = 0; i < repeats; i++)
        for (int w = 0; w < WAYS; w++)
            if (have((enum way)w)) best[w] = fmin(best[w], once(p, (enum way)w, times));
    printf("%4ld x %4ld x %4ld %c%c", (long)p->m, (long)p->n, (long)p->k, p->turn_a ? 'T' : 'N',
           p->turn_b ? 'T' : 'N');
    for (int w = 0; w < WAYS; w++) printf(" %7.1f", flop / best[w] / 1e9);
    putchar('\n');
    fflush(stdout);
}

static float *numbers_of(rg_node *x) { return rg_peek(x).data; }

/* All ways work on the same numbers: where they lie in the cache matters, too. */
static void measure_layouts(dim_t m, dim_t n, dim_t k, int repeats)
{
    for (int how = 0; how < 3; how++) {
        product p = {.m = m, .n = n, .k = k, .turn_a = how == 1, .turn_b = how == 2};
        rg_tape *t = rg_tape_new(NULL);
        if (!t) exit(5);
        p.x = rg_leaf(t, RG_F32, p.turn_a ? rg_shape2(k, m) : rg_shape2(m, k));
        p.y = rg_leaf(t, RG_F32, p.turn_b ? rg_shape2(n, k) : rg_shape2(k, n));
        p.a = numbers_of(p.x);
        p.b = numbers_of(p.y);
        p.c = numbers_of(rg_leaf(t, RG_F32, rg_shape2(m, n)));
        measure(&p, repeats);
        rg_tape_free(t);
    }
}

static void find_openblas(const char *file)
{
    void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    *(void **)&open_sgemm = lib ? dlsym(lib, "cblas_sgemm") : NULL;
    *(void **)&open_threads = lib ? dlsym(lib, "openblas_set_num_threads") : NULL;
    if (open_threads) open_threads(threads);
    if (!open_sgemm) fprintf(stderr, "no %s: its columns stay empty\n", file);
}

int main(int argc, char **argv)
{
    static const dim_t shape[][3] = {/* dense networks */
                                     {128, 512, 784},
                                     {784, 512, 128},
                                     {128, 512, 512},
                                     {512, 512, 128},
                                     {128, 10, 512},
                                     {512, 10, 128},
                                     {128, 512, 10},
                                     {32, 128, 784},
                                     {784, 128, 32},
                                     {32, 10, 128},
                                     {128, 10, 32},
                                     {32, 128, 10},
                                     {128, 1024, 3072},
                                     {3072, 1024, 128},
                                     {128, 512, 1024},
                                     {1024, 512, 128},
                                     {128, 1024, 512},
                                     /* one example */
                                     {1, 128, 784},
                                     {784, 128, 1},
                                     {1, 10, 128},
                                     {128, 10, 1},
                                     {1, 128, 10},
                                     {1, 16, 2},
                                     {2, 16, 1},
                                     {1, 16, 16},
                                     {16, 16, 1},
                                     {16, 1, 1},
                                     {1, 1, 16},
                                     /* a transformer block */
                                     {512, 128, 128},
                                     {512, 512, 128},
                                     {512, 128, 512},
                                     {128, 128, 512},
                                     {128, 128, 32},
                                     {128, 32, 128},
                                     /* convolution as products */
                                     {32, 576, 25},
                                     {64, 64, 800},
                                     {1024, 10, 32},
                                     {32, 10, 1024},
                                     {32, 1024, 10},
                                     /* squares */
                                     {16, 16, 16},
                                     {32, 32, 32},
                                     {64, 64, 64},
                                     {256, 256, 256},
                                     {1024, 1024, 1024}};
    int repeats = argc > 1 ? atoi(argv[1]) : 25;
    if (repeats < 1) return 2;
    threads = argc > 2 ? atoi(argv[2]) : 1;
    rg_set_threads(threads);
    find_openblas(argc > 3 ? argv[3] : "libopenblas.so.0");
    printf("%18s   ", "m x n x k");
    for (int w = 0; w < WAYS; w++) printf(" %7s", way_name[w]);
    putchar('\n');
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        measure_layouts(shape[i][0], shape[i][1], shape[i][2], repeats);
    return 0;
}
