/* machine.c - what the machine can do at best: memory traffic of a triad a <- b + 3 c, and
 * multiply-adds, fused where there are such instructions. No result of the library is
 * computed here, so contraction is allowed: in these two loops alone, for other sources may
 * follow in one file. */
#include "machine.h"
#include "clones.h"
#include <time.h>

#if defined(__clang__)
#define MAY_FUSE _Pragma("STDC FP_CONTRACT ON")
#else
#define MAY_FUSE
#endif

enum { SIZE = 8 << 20, PIECES = 64, LANES = 128, TIMES = 1 << 14, REPEATS = 5 };

typedef struct arrays {
    float *a, *b, *c, sink[PIECES];
} arrays;

double rg_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("O3,fp-contract=fast") /* vectors, whatever else is built for */
#endif

RG_CLONES_FUSED static void triad(float *restrict a, const float *restrict b,
                                  const float *restrict c, int n)
{
    MAY_FUSE
    for (int i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
}

/* Enough independent sums for all vector units to be busy, few enough for registers. */
RG_CLONES_FUSED static float multiply_adds(float x)
{
    MAY_FUSE
    float sum[LANES], all = 0;
    for (int i = 0; i < LANES; i++) sum[i] = (float)i;
    for (int k = 0; k < TIMES; k++)
        for (int i = 0; i < LANES; i++) sum[i] = sum[i] * x + 1;
    for (int i = 0; i < LANES; i++) all += sum[i];
    return all;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

static void triad_piece(void *arg, int i)
{
    arrays *m = arg;
    size_t from = (size_t)i * (SIZE / PIECES);
    triad(m->a + from, m->b + from, m->c + from, SIZE / PIECES);
}

static void multiply_add_piece(void *arg, int i)
{
    arrays *m = arg;
    m->sink[i] = multiply_adds(m->b[i]);
}

/* Seconds for all pieces, at best. */
static double least_seconds(rg_tape *t, arrays *m, void (*piece)(void *arg, int i))
{
    double least = 1e30;
    for (int i = 0; i < REPEATS; i++) {
        double start = rg_seconds();
        rg_parallel(t, PIECES, piece, m);
        double took = rg_seconds() - start;
        if (took < least) least = took;
    }
    return least;
}

rg_status rg_machine_measure(rg_tape *t, rg_machine *m)
{
    size_t bytes = 3 * SIZE * sizeof(float);
    float *room = rg_scratch(t, bytes);
    if (!room) return RG_NOMEM;
    for (size_t i = 0; i < 3 * (size_t)SIZE; i++) room[i] = 0.5f;
    arrays a = {room, room + SIZE, room + 2 * SIZE, {0}};
    m->bandwidth = (double)bytes / least_seconds(t, &a, triad_piece);
    m->peak = 2. * LANES * TIMES * PIECES / least_seconds(t, &a, multiply_add_piece);
    rg_scratch_free(t, room, bytes);
    return RG_OK;
}
