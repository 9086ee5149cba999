/* roofline.c - what this machine can do: memory traffic of a triad, and multiply-adds.
 *
 *   bench_roofline [THREADS [REPEATS]]      default 1 thread, 25 repeats
 *
 * The best of the repeats, as JSON. The triad a <- b + 3 c runs over 3 x 64 MiB and counts two
 * reads and a write. Built with contraction, so that the multiply-adds are fused where there are
 * such instructions. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define CLONES
#endif

enum { SIZE = 16 << 20, PIECES = 64, LANES = 128, TIMES = 1 << 16 };

typedef struct arrays {
    float *a, *b, *c, sink[PIECES];
} arrays;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

CLONES static void triad(float *restrict a, const float *restrict b, const float *restrict c, int n)
{
    for (int i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
}

static void triad_piece(void *arg, int i)
{
    arrays *m = arg;
    size_t from = (size_t)i * (SIZE / PIECES);
    triad(m->a + from, m->b + from, m->c + from, SIZE / PIECES);
}

/* Enough independent sums for all vector units to be busy, few enough for registers. */
CLONES static float multiply_adds(float x)
{
    float sum[LANES], all = 0;
    for (int i = 0; i < LANES; i++) sum[i] = (float)i;
    for (int k = 0; k < TIMES; k++)
        for (int i = 0; i < LANES; i++) sum[i] = sum[i] * x + 1;
    for (int i = 0; i < LANES; i++) all += sum[i];
    return all;
}

static void multiply_piece(void *arg, int i)
{
    arrays *m = arg;
    m->sink[i] = multiply_adds(m->b[i]);
}

/* Seconds for all pieces, at best. */
static double least(rg_tape *t, arrays *m, void (*piece)(void *, int), int repeats)
{
    double took = 1e30;
    for (int i = 0; i < repeats; i++) {
        double start = now(), t1;
        rg_parallel(t, PIECES, piece, m);
        if ((t1 = now() - start) < took) took = t1;
    }
    return took;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1, repeats = argc > 2 ? atoi(argv[2]) : 25;
    if (threads < 1 || repeats < 1) return 2;
    arrays m = {
        calloc(SIZE, sizeof(float)), calloc(SIZE, sizeof(float)), calloc(SIZE, sizeof(float)), {0}};
    rg_tape *t = rg_tape_new(NULL);
    if (!m.a || !m.b || !m.c || !t) return 5;
    rg_set_threads(threads);
    for (int i = 0; i < SIZE; i++) m.b[i] = m.c[i] = 0.5f;
    double bytes = 3. * SIZE * sizeof(float), flop = 2. * LANES * TIMES * PIECES;
    printf("{\"threads\": %d, \"triad_GB_per_s\": %.1f, \"multiply_add_GFLOP_per_s\": %.1f}\n",
           threads, bytes / least(t, &m, triad_piece, repeats) / 1e9,
           flop / least(t, &m, multiply_piece, repeats) / 1e9);
    rg_tape_free(t);
    free(m.a);
    free(m.b);
    free(m.c);
    return 0;
}
