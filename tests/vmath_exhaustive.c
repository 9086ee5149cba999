/* vmath_exhaustive.c - the largest error of every function of ops/vmath.h.
 *
 *   vmath_exhaustive [--million N] [NAME ...]
 *
 * Every float there is for functions of one number; for double, and for pow, N
 * million random numbers (50) of which half have any exponent and half lie
 * where the function bends. A long double reference screens; what comes near the largest
 * error so far is measured again with MPFR. Exit status 1 when a promise is broken. */
#include "vmath_ref.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 2, BLOCK = 1 << 14 };

typedef struct job {
    const vref *f; /* NULL: pow */
    int64_t blocks;
    atomic_llong next;
    pthread_mutex_t lock;
    double worst, x, e;
} job;

typedef void work(job *j, int64_t block);

static void note_worst(job *j, double ulps, double x, double e)
{
    pthread_mutex_lock(&j->lock);
    if (ulps > j->worst) j->worst = ulps, j->x = x, j->e = e;
    pthread_mutex_unlock(&j->lock);
}

/* 2^14 consecutive floats. */
static void floats_block(job *j, int64_t block)
{
    static _Thread_local float x[BLOCK], y[BLOCK];
    for (int i = 0; i < BLOCK; i++) x[i] = vref_float((uint32_t)(block * BLOCK + i));
    j->f->f32(BLOCK, y, x);
    double worst = fmax(j->worst, 0.5), at = 0;
    for (int i = 0; i < BLOCK; i++) {
        double want = j->f->in_double((double)x[i]);
        double a = fabs(want), d = fabs((double)y[i] - want);
        float nearest = (float)want;
        /* not worse, seen quickly: an ulp of a normal number is at least 2^-24 of it */
        if (a > 0x1p-126 && a < 0x1p127 && d < worst * 0x1p-24 * a) continue;
        if (memcmp(&nearest, &y[i], sizeof nearest) == 0) continue;
        double ulps = vref_ulps_f32(y[i], want);
        if (ulps > worst) worst = ulps, at = (double)x[i];
    }
    note_worst(j, worst, at, 0);
}

static double any_double(uint64_t *state) { return vref_double(vref_random(state)); }

static void doubles_block(job *j, int64_t block)
{
    static _Thread_local double x[BLOCK], y[BLOCK];
    uint64_t state = (uint64_t)block * BLOCK;
    for (int i = 0; i < BLOCK; i++)
        x[i] = i % 2 ? any_double(&state) : vref_uniform(&state, j->f->lo, j->f->hi);
    j->f->f64(BLOCK, y, x);
    double worst = j->worst, at = 0;
    for (int i = 0; i < BLOCK; i++) {
        if (vref_ulps_f64(y[i], j->f->in_long(x[i])) < worst - 0.01) continue;
        double ulps = vref_ulps_f64(y[i], vref_at(j->f, x[i]));
        if (ulps > worst) worst = ulps, at = x[i];
    }
    note_worst(j, worst, at, 0);
}

/* An exponent for x: half of them any number, half such that exp(+-most) bounds the power. */
static double some_exponent(uint64_t *state, int i, double x, double most)
{
    double e = vref_uniform(state, -most, most) / log(fabs(x));
    return i % 2 ? any_double(state) : i % 8 == 0 ? rint(e) : e;
}

static double some_base(uint64_t *state, int i)
{
    return i % 4 < 2 ? any_double(state) : vref_uniform(state, 0.5, 2);
}

static void pow_floats_block(job *j, int64_t block)
{
    static _Thread_local float x[BLOCK], e[BLOCK], y[BLOCK];
    uint64_t state = (uint64_t)block * BLOCK;
    for (int i = 0; i < BLOCK; i++) {
        uint32_t any = (uint32_t)vref_random(&state);
        x[i] = i % 4 < 2 ? vref_float(any) : (float)some_base(&state, i);
        e[i] = i % 2 ? vref_float((uint32_t)vref_random(&state))
                     : (float)some_exponent(&state, i, (double)x[i], 104);
    }
    vref_pow_f32(BLOCK, y, x, e);
    double worst = 0, at = 0, at_e = 0;
    for (int i = 0; i < BLOCK; i++) {
        double ulps = vref_ulps_f32(y[i], pow((double)x[i], (double)e[i]));
        if (ulps > worst) worst = ulps, at = (double)x[i], at_e = (double)e[i];
    }
    note_worst(j, worst, at, at_e);
}

static void pow_doubles_block(job *j, int64_t block)
{
    static _Thread_local double x[BLOCK], e[BLOCK], y[BLOCK];
    uint64_t state = (uint64_t)block * BLOCK;
    for (int i = 0; i < BLOCK; i++) {
        x[i] = some_base(&state, i);
        e[i] = some_exponent(&state, i, x[i], 746);
    }
    vref_pow_f64(BLOCK, y, x, e);
    double worst = j->worst, at = 0, at_e = 0;
    for (int i = 0; i < BLOCK; i++) {
        if (vref_ulps_f64(y[i], powl(x[i], e[i])) < worst - 0.01) continue;
        double ulps = vref_ulps_f64(y[i], vref_pow_at(x[i], e[i]));
        if (ulps > worst) worst = ulps, at = x[i], at_e = e[i];
    }
    note_worst(j, worst, at, at_e);
}

typedef struct worker {
    job *j;
    work *do_block;
} worker;

static void *worker_main(void *arg)
{
    worker *w = arg;
    for (int64_t b; (b = atomic_fetch_add(&w->j->next, 1)) < w->j->blocks;) w->do_block(w->j, b);
    vref_done();
    return NULL;
}

static double seconds_now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* True when the promise was kept. */
static bool measure(const char *name, const vref *f, const char *dtype, work *do_block,
                    int64_t blocks, double promise)
{
    job j = {.f = f, .blocks = blocks, .lock = PTHREAD_MUTEX_INITIALIZER};
    worker w = {&j, do_block};
    pthread_t thread[THREADS];
    double start = seconds_now();
    int started = 0;
    while (started < THREADS && pthread_create(&thread[started], NULL, worker_main, &w) == 0)
        started++;
    if (started == 0) worker_main(&w);
    for (int i = 0; i < started; i++) pthread_join(thread[i], NULL);
    printf("%-9s %s  %6.3f ulp at %a", name, dtype, j.worst, j.x);
    if (!f) printf(", %a", j.e);
    printf("  (%lld numbers, %.0f s)\n", (long long)blocks * BLOCK, seconds_now() - start);
    fflush(stdout);
    return j.worst <= promise;
}

static bool is_wanted(int argc, char **argv, const char *name)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], name) == 0) return true;
    return argc == 0;
}

int main(int argc, char **argv)
{
    double millions = 50;
    argc--, argv++;
    if (argc >= 2 && strcmp(argv[0], "--million") == 0)
        millions = strtod(argv[1], NULL), argc -= 2, argv += 2;
    int64_t blocks = (int64_t)(millions * 1e6 / BLOCK) + 1, all = ((int64_t)1 << 32) / BLOCK;
    bool kept = true;
    for (int i = 0; i < VREF_COUNT; i++) {
        const vref *f = &vrefs[i];
        if (!is_wanted(argc, argv, f->name)) continue;
        kept &= measure(f->name, f, "f32", floats_block, all, f->ulp_32);
        kept &= measure(f->name, f, "f64", doubles_block, blocks, f->ulp_64);
    }
    if (is_wanted(argc, argv, "pow")) {
        kept &= measure("pow", NULL, "f32", pow_floats_block, blocks, VREF_POW_ULP_32);
        kept &= measure("pow", NULL, "f64", pow_doubles_block, blocks, VREF_POW_ULP_64);
    }
    return !kept;
}
