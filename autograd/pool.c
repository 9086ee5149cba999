/* pool.c - the default way to run pieces of work: a few threads that sleep when
 * idle, but look out for the next job for a moment first: to be woken takes longer than most
 * pieces. Each starts on a part of its own, the same part in every job, so that it finds in its
 * cache what it left there, and helps the others then. Started at first use. A process that
 * forks starts over in the child: the lock is held over the fork from the first
 * rg_set_threads on, and nobody takes it before. The caller works too. A second caller while
 * the pool is busy works alone. */
#include "internal.h"
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST = 64,
    LOOK_OUT = 500000, /* nanoseconds: serial steps and copies between runs are mostly shorter */
};

/* Pieces next .. end-1 are left. */
typedef struct part {
    _Alignas(64) atomic_int next;
    int end;
} part;

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool busy;           /* a job is under way                               */
    atomic_int wanted;   /* threads beside the caller; read without the lock */
    int started;
    atomic_uint job;     /* counts jobs, so that a sleeper knows a new one   */
    atomic_int inside;   /* threads working on it                            */
    void (*fn)(void *arg, int i);
    void *arg;
    part part[MOST];
    int parts;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

/* Who is 0 for the caller, 1, 2, ... for the threads. */
static void work_on(int who)
{
    for (int k = 0; k < pool.parts; k++) {
        part *p = &pool.part[(who + k) % pool.parts];
        for (int i; (i = atomic_fetch_add(&p->next, 1)) < p->end;) pool.fn(pool.arg, i);
    }
}

static void share_out(int n)
{
    pool.parts = pool.wanted + 1;
    for (int k = 0; k < pool.parts; k++) {
        atomic_store(&pool.part[k].next, (int)((int64_t)n * k / pool.parts));
        pool.part[k].end = (int)((int64_t)n * (k + 1) / pool.parts);
    }
}

static int64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Lets a moment pass in a loop that looks at memory. */
static void breathe(void)
{
#if defined(__x86_64__) || defined(__i386__)
    for (int i = 0; i < 8; i++) __builtin_ia32_pause();
#elif defined(__aarch64__)
    for (int i = 0; i < 8; i++) __asm__ volatile("yield");
#endif
}

/* Looks out for another job than `seen`. */
static void await_job(unsigned seen)
{
    int64_t end = nanoseconds() + LOOK_OUT;
    while (atomic_load(&pool.job) == seen && nanoseconds() < end) breathe();
}

/* Looks out for the threads of the caller's job to be through. */
static void await_others(void)
{
    int64_t end = nanoseconds() + LOOK_OUT;
    while (atomic_load(&pool.inside) && nanoseconds() < end) breathe();
}

static void *worker(void *arg)
{
    int who = (int)(intptr_t)arg;
    unsigned seen = 0;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        if (pool.job == seen) {
            pthread_mutex_unlock(&pool.lock);
            await_job(seen);
            pthread_mutex_lock(&pool.lock);
        }
        while (pool.job == seen) pthread_cond_wait(&pool.work, &pool.lock);
        seen = pool.job;
        if (!pool.busy || who > pool.wanted) continue;
        pool.inside++;
        pthread_mutex_unlock(&pool.lock);
        work_on(who);
        pthread_mutex_lock(&pool.lock);
        if (--pool.inside == 0) pthread_cond_signal(&pool.done);
    }
    return NULL;
}

static void lock_pool(void) { pthread_mutex_lock(&pool.lock); }
static void unlock_pool(void) { pthread_mutex_unlock(&pool.lock); }

static void forget_threads(void)
{
    pool.started = 0;
    pool.inside = 0;
    pool.busy = false;
    pool.work = pool.done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    pthread_mutex_unlock(&pool.lock);
}

static void watch_forks(void) { pthread_atfork(lock_pool, unlock_pool, forget_threads); }

/* A detached thread, whose stack is large enough where that is not so by itself (musl gives
 * 128 KiB). False: there is no thread to be had. */
static bool start_thread(intptr_t who)
{
    enum { STACK = 1 << 20 };
    pthread_attr_t how;
    pthread_t id;
    size_t stack = 0;
    if (pthread_attr_init(&how)) return false;
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    if (!pthread_attr_getstacksize(&how, &stack) && stack < STACK)
        pthread_attr_setstacksize(&how, STACK);
    bool started = !pthread_create(&id, &how, worker, (void *)who);
    pthread_attr_destroy(&how);
    return started;
}

/* With the lock held. Fewer threads than wanted is no error: the caller works. */
static void start_threads(void)
{
    while (pool.started < pool.wanted && start_thread(pool.started + 1)) pool.started++;
}

/* Take the pool for a job; false: the caller works alone. */
static bool begin_job(int n, void (*fn)(void *arg, int i), void *arg)
{
    if (n < 2 || atomic_load(&pool.wanted) == 0) return false;
    pthread_mutex_lock(&pool.lock);
    bool idle = !pool.busy;
    if (idle) {
        start_threads();
        pool.busy = true;
        pool.fn = fn;
        pool.arg = arg;
        share_out(n);
        pool.job++;
        pthread_cond_broadcast(&pool.work);
    }
    pthread_mutex_unlock(&pool.lock);
    return idle;
}

void rg_pool_run(int n, void (*fn)(void *arg, int i), void *arg)
{
    if (!begin_job(n, fn, arg)) {
        for (int i = 0; i < n; i++) fn(arg, i);
        return;
    }
    work_on(0);
    await_others();
    pthread_mutex_lock(&pool.lock);
    while (pool.inside) pthread_cond_wait(&pool.done, &pool.lock);
    pool.busy = false;
    pthread_mutex_unlock(&pool.lock);
}

void rg_set_threads(int n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (n <= 0) n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (n > MOST) n = MOST;
    if (n > 1) pthread_once(&once, watch_forks);
    atomic_store(&pool.wanted, n - 1);
}

int rg_threads(void) { return atomic_load(&pool.wanted) + 1; }
