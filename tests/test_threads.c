/* test_threads.c - what threads may do: tapes side by side while the pool works, a pool of the
 * program's own, forks. Whatever runs where, each step of a training has the same bits. */
#include "suite.h"
#include <dirent.h>
#include <pthread.h>
#include <retrograd/retrograd.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define TSAN
#endif

enum { ROWS = 260, WIDTH = 130, STEPS = 6, TAPES = 6 };

/* FNV-1a. */
static uint64_t digest_of(uint64_t sum, rg_node *x)
{
    static _Thread_local unsigned char bytes[8 * ROWS * WIDTH];
    size_t n = (size_t)rg_count_of(x);
    ck_assert_int_eq(rg_read(x, rg_dtype_of(x), bytes, n), RG_OK);
    for (size_t i = 0; i < n * rg_dtype_size(rg_dtype_of(x)); i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    return sum;
}

/* A network with everything that is cut into pieces: products, elements, rows, reductions,
 * random numbers, and what scatters. */
typedef struct work {
    rg_tape *t;
    rg_node *x, *labels, *w[2], *table;
    rg_optim *o;
} work;

static work begin_work(const rg_config *cfg)
{
    work k = {.t = rg_tape_new(cfg)};
    int64_t label[ROWS];
    double x[ROWS];
    for (int i = 0; i < ROWS; i++) label[i] = i * 7 % 10, x[i] = i % 13 / 7. - 1;
    k.labels = rg_leaf_from(k.t, RG_I64, rg_shape1(ROWS), label, ROWS);
    rg_node *column = rg_leaf_from(k.t, RG_F64, rg_shape2(ROWS, 1), x, ROWS);
    rg_node *row = rg_leaf(k.t, RG_F64, rg_shape2(1, WIDTH));
    rg_init_draw(row, rg_he(true), 1, WIDTH, 1, 2);
    k.x = rg_cast(rg_sin(rg_mul(column, rg_scale(row, 3))), RG_F32);
    k.w[0] = rg_leaf(k.t, RG_F32, rg_shape2(WIDTH, 2 * WIDTH));
    k.w[1] = rg_leaf(k.t, RG_F32, rg_shape2(2 * WIDTH, 10));
    for (int i = 0; i < 2; i++) rg_init_draw(k.w[i], rg_he(true), WIDTH, WIDTH, 1, (uint64_t)i);
    rg_optim_config c = rg_adam();
    k.o = rg_optim_new(k.t, &c, 1, &(rg_group){.n = 2, .param = k.w, .lr = .01});
    ck_assert_int_eq(rg_error_of(k.t)->status, RG_OK);
    return k;
}

static rg_node *record_step(work *k)
{
    rg_node *h = rg_dropout(rg_gelu(rg_matmul(k->x, k->w[0])), .8);
    rg_node *picked = rg_gather(h, k->labels, 0);
    rg_node *loss = rg_cross_entropy(
        rg_matmul(rg_layernorm(rg_add(h, picked), rg_const(k->t, RG_F32, rg_shape1(2 * WIDTH), 1),
                               rg_const(k->t, RG_F32, rg_shape1(2 * WIDTH), 0), 1e-5),
                  k->w[1]),
        k->labels);
    rg_optim_step(k->o, loss);
    return loss;
}

static void end_work(work *k)
{
    rg_optim_free(k->o);
    rg_tape_free(k->t);
}

/* A digest of all weights after each step. */
static void train_eager(const rg_config *cfg, uint64_t *digest)
{
    work k = begin_work(cfg);
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_step_begin(k.t);
        rg_node *loss = record_step(&k);
        uint64_t sum = digest_of(14695981039346656037u, loss);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
        digest[i] = digest_of(digest_of(sum, k.w[0]), k.w[1]);
    }
    end_work(&k);
}

static void train_by_plan(const rg_config *cfg, uint64_t *digest)
{
    work k = begin_work(cfg);
    int64_t mark = rg_mark(k.t);
    rg_node *loss = record_step(&k);
    rg_plan *p = rg_compile(k.t, 1, &loss, NULL);
    ck_assert_msg(p != NULL, "%s", rg_error_of(k.t)->text);
    rg_rewind(k.t, mark);
    for (int i = 0; i < STEPS; i++) {
        ck_assert_int_eq(rg_run(p), RG_OK);
        rg_tensor out = rg_plan_out(p, 0);
        rg_node *copy = rg_leaf_over(k.t, &out, true);
        uint64_t sum = digest_of(14695981039346656037u, copy);
        rg_rewind(k.t, mark);
        digest[i] = digest_of(digest_of(sum, k.w[0]), k.w[1]);
    }
    rg_plan_free(p);
    end_work(&k);
}

static void expect_digests(const uint64_t *got, const uint64_t *want, const char *what, int n)
{
    for (int i = 0; i < STEPS; i++)
        ck_assert_msg(got[i] == want[i], "%s, %d: step %d has other bits", what, n, i + 1);
}

START_TEST(every_step_has_the_same_bits_on_any_number_of_threads)
{
    static const int threads[] = {2, 3, 4, 8, 64};
    uint64_t want[STEPS], got[STEPS];
    rg_set_threads(1);
    train_eager(NULL, want);
    for (int i = 1; i < STEPS; i++) ck_assert(want[i] != want[i - 1]);
    train_by_plan(NULL, got);
    expect_digests(got, want, "plan, threads", 1);
    for (int i = 0; i < (int)(sizeof threads / sizeof *threads); i++) {
        rg_set_threads(threads[i]);
        ck_assert_int_eq(rg_threads(), threads[i]);
        train_eager(NULL, got);
        expect_digests(got, want, "eager, threads", threads[i]);
        train_by_plan(NULL, got);
        expect_digests(got, want, "plan, threads", threads[i]);
    }
}
END_TEST

/* ---- tapes side by side -------------------------------------------------------------- */

typedef struct runner {
    pthread_t id;
    bool plan;
    uint64_t digest[STEPS];
} runner;

static void *run_one(void *arg)
{
    runner *r = arg;
    (r->plan ? train_by_plan : train_eager)(NULL, r->digest);
    return NULL;
}

static int threads_of_process(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/task");
    if (!d) return 0;
    while (readdir(d)) n++;
    closedir(d);
    return n - 2;
}

static void *nothing(void *arg) { return arg; }

START_TEST(tapes_side_by_side_share_nothing_but_the_pool)
{
    uint64_t want[STEPS];
    runner r[TAPES] = {0};
    pthread_t first; /* with which a sanitizer starts one of its own */
    ck_assert_int_eq(pthread_create(&first, NULL, nothing, NULL), 0);
    pthread_join(first, NULL);
    usleep(10000);
    int before = threads_of_process();
    rg_set_threads(1);
    train_eager(NULL, want);
    ck_assert_int_eq(threads_of_process(), before);
    rg_set_threads(3);
    for (int i = 0; i < TAPES; i++) {
        r[i].plan = i % 2;
        ck_assert_int_eq(pthread_create(&r[i].id, NULL, run_one, &r[i]), 0);
    }
    for (int i = 0; i < TAPES; i++) {
        pthread_join(r[i].id, NULL);
        expect_digests(r[i].digest, want, "tape", i);
    }
    /* One pool, however many tapes. A thread that was joined is listed for a moment longer. */
    for (int i = 0; i < 1000 && threads_of_process() > before + 2; i++) usleep(1000);
    ck_assert_int_le(threads_of_process(), before + 2);
}
END_TEST

/* ---- a pool of the program's own ---------------------------------------------------- */

static int pieces_seen;

static void from_the_last_on(void *ud, int n, void (*fn)(void *arg, int i), void *arg)
{
    ck_assert_ptr_eq(ud, &pieces_seen);
    for (int i = n; i-- > 0; pieces_seen++) fn(arg, i);
}

START_TEST(the_programs_own_pool_runs_the_pieces)
{
    uint64_t want[STEPS], got[STEPS];
    rg_config cfg = {.parallel = from_the_last_on, .ud = &pieces_seen};
    rg_set_threads(1);
    train_eager(NULL, want);
    pieces_seen = 0;
    train_eager(&cfg, got);
    expect_digests(got, want, "own pool", 0);
    ck_assert_int_gt(pieces_seen, STEPS);
    pieces_seen = 0;
    train_by_plan(&cfg, got);
    expect_digests(got, want, "own pool, plan", 0);
    ck_assert_int_gt(pieces_seen, STEPS);
}
END_TEST

/* ---- forks ---------------------------------------------------------------------------- */

#ifndef TSAN /* which does not start threads in a child */
static void child_ends_well(pid_t child)
{
    int status;
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
}

static void child_has(const uint64_t *want)
{
    uint64_t got[STEPS];
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* a lock that nobody gives back */
        train_by_plan(NULL, got);
        _exit(memcmp(got, want, sizeof got) ? 1 : 0);
    }
    child_ends_well(child);
}

START_TEST(a_child_goes_on_with_threads_of_its_own)
{
    uint64_t want[STEPS], got[STEPS];
    rg_set_threads(4);
    train_eager(NULL, want); /* the pool has started */
    for (int i = 0; i < 3; i++) child_has(want);
    train_eager(NULL, got);
    expect_digests(got, want, "after the fork", 0);
}
END_TEST

static atomic_bool stop_setting;

static void *keep_setting(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop_setting)) rg_set_threads(2 + rg_threads() % 3);
    return NULL;
}

/* The lock of the pool is free in the child, whatever others did with it. */
START_TEST(a_fork_in_the_midst_of_the_pools_work)
{
    uint64_t want[STEPS];
    runner r = {.plan = false};
    pthread_t setter;
    rg_set_threads(2);
    train_eager(NULL, want);
    ck_assert_int_eq(pthread_create(&setter, NULL, keep_setting, NULL), 0);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            rg_tape *t = rg_tape_new(NULL);
            rg_node *x = rg_leaf(t, RG_F32, rg_shape1(200000));
            _exit(rg_value(rg_sum(rg_exp(x), RG_ALL_AXES)) == 200000 ? 0 : 1);
        }
        child_ends_well(child);
    }
    atomic_store(&stop_setting, true);
    pthread_join(setter, NULL);
    run_one(&r);
    expect_digests(r.digest, want, "after forks", 20);
}
END_TEST
#define FORKS , a_child_goes_on_with_threads_of_its_own, a_fork_in_the_midst_of_the_pools_work
#else
#define FORKS
#endif

RG_SUITE("threads", every_step_has_the_same_bits_on_any_number_of_threads,
         tapes_side_by_side_share_nothing_but_the_pool, the_programs_own_pool_runs_the_pieces FORKS)
