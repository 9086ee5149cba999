/* pool.c - the default way to run pieces of work: a few threads that sleep when
 * idle. Started at first use; a process that forks starts over in the child. The
 * caller works too. A second caller while the pool is busy works alone. */
#include "internal.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST = 64 };

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool busy;           /* a job is under way                               */
    int wanted, started; /* threads beside the caller                       */
    unsigned job;        /* counts jobs, so that a sleeper knows a new one   */
    int inside;          /* threads working on it                            */
    void (*fn)(void *arg, int i);
    void *arg;
    int n;
    atomic_int next;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static void work_on(void)
{
    for (int i; (i = atomic_fetch_add(&pool.next, 1)) < pool.n;) pool.fn(pool.arg, i);
}

static void *worker(void *arg)
{
    (void)arg;
    unsigned seen = 0;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.job == seen || !pool.busy) pthread_cond_wait(&pool.work, &pool.lock);
        seen = pool.job;
        if (pool.inside >= pool.wanted) continue;
        pool.inside++;
        pthread_mutex_unlock(&pool.lock);
        work_on();
        pthread_mutex_lock(&pool.lock);
        if (--pool.inside == 0) pthread_cond_signal(&pool.done);
    }
    return NULL;
}

static void lock_pool(void) { pthread_mutex_lock(&pool.lock); }
static void unlock_pool(void) { pthread_mutex_unlock(&pool.lock); }

static void forget_threads(void)
{
    pool.started = pool.inside = 0;
    pool.busy = false;
    pool.work = pool.done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    pthread_mutex_unlock(&pool.lock);
}

/* With the lock held. Fewer threads than wanted is no error: the caller works. */
static void start_threads(void)
{
    static bool forks_seen;
    if (!forks_seen) forks_seen = !pthread_atfork(lock_pool, unlock_pool, forget_threads);
    while (pool.started < pool.wanted) {
        pthread_t id;
        if (pthread_create(&id, NULL, worker, NULL)) return;
        pthread_detach(id);
        pool.started++;
    }
}

void rg_pool_run(int n, void (*fn)(void *arg, int i), void *arg)
{
    pthread_mutex_lock(&pool.lock);
    bool alone = pool.busy || pool.wanted == 0 || n < 2;
    if (!alone) {
        start_threads();
        pool.busy = true;
        pool.fn = fn;
        pool.arg = arg;
        pool.n = n;
        atomic_store(&pool.next, 0);
        pool.job++;
        pthread_cond_broadcast(&pool.work);
    }
    pthread_mutex_unlock(&pool.lock);
    if (alone) {
        for (int i = 0; i < n; i++) fn(arg, i);
        return;
    }
    work_on();
    pthread_mutex_lock(&pool.lock);
    while (pool.inside) pthread_cond_wait(&pool.done, &pool.lock);
    pool.busy = false;
    pthread_mutex_unlock(&pool.lock);
}

void rg_set_threads(int n)
{
    if (n <= 0) n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (n > MOST) n = MOST;
    pthread_mutex_lock(&pool.lock);
    pool.wanted = n - 1;
    pthread_mutex_unlock(&pool.lock);
}

int rg_threads(void)
{
    pthread_mutex_lock(&pool.lock);
    int n = pool.wanted + 1;
    pthread_mutex_unlock(&pool.lock);
    return n;
}
