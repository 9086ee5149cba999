/* products.c - which of BLIS's paths is the faster one, by shape: the evidence for the
 * choice in ops/gemm.c.
 *
 *   bench_products [REPEATS]      default 15
 *
 * GFLOP/s on one thread, medians, the two paths in turn; f32, both row-major (NN), the
 * left transposed (TN), the right transposed (NT). */
#include <blis.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct product {
    dim_t m, n, k;
    inc_t rsa, csa, rsb, csb;
    float *a, *b, *c;
} product;

static double once(const product *p, bool packed, int times)
{
    rntm_t one = BLIS_RNTM_INITIALIZER;
    float alpha = 1, beta = 0;
    bli_rntm_set_num_threads(1, &one);
    if (packed) bli_rntm_disable_l3_sup(&one);
    double start = now();
    for (int i = 0; i < times; i++)
        bli_sgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, p->m, p->n, p->k, &alpha, p->a, p->rsa,
                     p->csa, p->b, p->rsb, p->csb, &beta, p->c, p->n, 1, NULL, &one);
    return (now() - start) / times;
}

static void measure(product p, int repeats)
{
    double flop = 2. * (double)p.m * (double)p.n * (double)p.k, *t[2];
    int times = flop > 1e7 ? 1 : (int)(1e7 / flop);
    for (int path = 0; path < 2; path++) t[path] = malloc((size_t)repeats * sizeof(double));
    for (int i = 0; i < repeats; i++)
        for (int path = 0; path < 2; path++) t[path][i] = once(&p, path, times);
    for (int path = 0; path < 2; path++) {
        qsort(t[path], (size_t)repeats, sizeof(double), by_size);
        printf(" %6.1f", flop / t[path][repeats / 2] / 1e9);
        free(t[path]);
    }
}

int main(int argc, char **argv)
{
    static const dim_t shape[][3] = {
        {128, 1024, 3072},  {128, 512, 784}, {128, 512, 512}, {784, 512, 128}, {3072, 1024, 128},
        {1024, 1024, 1024}, {256, 256, 256}, {128, 256, 784}, {128, 128, 784}, {32, 128, 784},
        {128, 10, 512},     {512, 10, 128},  {64, 64, 64},    {1, 128, 784}};
    int repeats = argc > 1 ? atoi(argv[1]) : 15;
    size_t most = (size_t)3072 * 1024;
    float *a = calloc(most, sizeof *a), *b = calloc(most, sizeof *b), *c = calloc(most, sizeof *c);
    if (!a || !b || !c || repeats < 1) return 5;
    puts("m x n x k               NN small packed   TN small packed   NT small packed");
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        dim_t m = shape[i][0], n = shape[i][1], k = shape[i][2];
        printf("%-5ld %-5ld %-5ld 2^%-4.1f", (long)m, (long)n, (long)k,
               __builtin_log2((double)m * (double)n * (double)k));
        measure((product){m, n, k, k, 1, n, 1, a, b, c}, repeats);
        printf("    ");
        measure((product){m, n, k, 1, m, n, 1, a, b, c}, repeats);
        printf("    ");
        measure((product){m, n, k, k, 1, 1, k, a, b, c}, repeats);
        putchar('\n');
        fflush(stdout);
    }
    free(a);
    free(b);
    free(c);
    return 0;
}
