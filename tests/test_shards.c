/* test_shards.c - batches in shards: 1, 2 and 4 ranks come to the same bits, whatever swaps
 * the bytes; here threads over socket pairs, each with a tape of its own. */
#include "nn_help.h"
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROWS = 23, WIDTH = 3, BATCH = 10, EPOCHS = 3, BYTES = 1 << 14, MOST = 4 };

/* ---- ranks that are threads -------------------------------------------------------------------- */

typedef struct wires {
    int rank, fd[MOST]; /* to each of the others */
} wires;

static rg_status swap_by_socket(void *ud, int with, const void *send, void *receive, size_t bytes)
{
    const wires *w = ud;
    size_t out = 0, in = 0;
    while (out < bytes || in < bytes) {
        size_t some = bytes - out < 1024 ? bytes - out : 1024; /* both write first: little at a time */
        ssize_t n = some ? write(w->fd[with], (const char *)send + out, some) : 0;
        if (n < 0) return RG_IO;
        out += (size_t)n;
        for (size_t until = out; in < until;) {
            n = read(w->fd[with], (char *)receive + in, until - in);
            if (n <= 0) return RG_IO;
            in += (size_t)n;
        }
    }
    return RG_OK;
}

static void connect_all(int n, wires *w)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++) {
            int pair[2];
            ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
            w[i].fd[k] = pair[0];
            w[k].fd[i] = pair[1];
        }
    for (int i = 0; i < n; i++) w[i].rank = i;
}

static void disconnect_all(int n, const wires *w)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            if (i != k) close(w[i].fd[k]);
}

/* ---- the sum ------------------------------------------------------------------------------------- */

typedef struct summing {
    rg_ranks r;
    double y[4], g[4];
    rg_status s;
    int64_t least, most;
} summing;

/* y = sum over ranks of (rank + 1) x^2, and its gradient. */
static void *sum_squares(void *ud)
{
    summing *j = ud;
    const double x[] = {0.1, 1e300, -0.0, 3};
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = rg_leaf_from(t, RG_F64, rg_shape1(4), x, 4), *g = NULL;
    rg_node *y = rg_rank_sum(rg_scale(rg_mul(a, a), j->r.rank + 1), &j->r);
    rg_node *total = rg_sum(rg_mul(y, rg_leaf_from(t, RG_F64, rg_shape1(4), (double[]){1, 0, 2, 1}, 4)), RG_ALL_AXES);
    rg_grad(total, NULL, 1, &a, &g);
    rg_read(y, RG_F64, j->y, 4);
    rg_read(g, RG_F64, j->g, 4);
    j->s = rg_error_of(t)->status;
    if (!j->s) j->s = rg_rank_span(&j->r, 10 - j->r.rank, &j->least, &j->most);
    rg_tape_free(t);
    return NULL;
}

START_TEST(sums_over_ranks)
{
    wires w[MOST];
    summing job[MOST];
    pthread_t thread[MOST];
    connect_all(MOST, w);
    for (int i = 0; i < MOST; i++) {
        job[i] = (summing){.r = {i, MOST, swap_by_socket, &w[i]}};
        ck_assert_int_eq(pthread_create(&thread[i], NULL, sum_squares, &job[i]), 0);
    }
    for (int i = 0; i < MOST; i++) pthread_join(thread[i], NULL);
    disconnect_all(MOST, w);
    for (int i = 0; i < MOST; i++) {
        ck_assert_int_eq(job[i].s, RG_OK);
        ck_assert_mem_eq(job[i].y, job[0].y, sizeof job[0].y);
        ck_assert_double_eq_tol(job[i].y[0], 0.1, 1e-15); /* (1 + 2 + 3 + 4)/100 */
        ck_assert(isinf(job[i].y[1]) && job[i].y[2] == 0 && job[i].y[3] == 90);
        /* Each rank's rule sends back 4 times the weight, and that times (rank + 1) 2 x. */
        ck_assert_double_eq(job[i].g[3], 4.0 * (i + 1) * 6);
        ck_assert_int_eq(job[i].least, 10 - 3);
        ck_assert_int_eq(job[i].most, 10);
    }
}
END_TEST

/* ---- training -------------------------------------------------------------------------------------- */

typedef struct shared {
    rg_ranks r;
    int shards;
    bool replay;
    rg_status s;
    char bits[BYTES];
    size_t n;
    char text[480];
    rg_tape *t;
    rg_model m;
    double x[ROWS * WIDTH], y[ROWS];
    int64_t at;
    int64_t least; /* rows of the smallest shard that was recorded */
} shared;

static rg_status shared_begin(void *ud, rg_phase phase, int64_t epoch)
{
    (void)phase;
    (void)epoch;
    ((shared *)ud)->at = 0;
    return RG_OK;
}

static rg_status shared_next(void *ud, rg_phase phase, int64_t *rows)
{
    shared *j = ud;
    (void)phase;
    *rows = ROWS - j->at < BATCH ? ROWS - j->at : BATCH;
    j->at += *rows;
    return RG_OK;
}

static rg_measured shared_record(void *ud, rg_phase phase, int64_t from, int64_t rows)
{
    shared *j = ud;
    int64_t first = j->at - (j->at % BATCH ? j->at % BATCH : BATCH) + from;
    rg_node *x = rg_leaf_from(j->t, RG_F64, rg_shape2(rows, WIDTH), j->x + first * WIDTH, (size_t)(rows * WIDTH));
    rg_node *y = rg_leaf_from(j->t, RG_F64, rg_shape2(rows, 1), j->y + first, (size_t)rows);
    rg_node *out = rg_model_apply(&j->m, x, phase == RG_PHASE_TRAIN ? RG_MODE_TRAIN : RG_MODE_PREDICT);
    if (rows < j->least) j->least = rows;
    return (rg_measured){rg_mse(out, y), rg_sum(out, RG_ALL_AXES)};
}

static void *train_shared(void *ud)
{
    shared *j = ud;
    rg_spec spec;
    rg_optim_config c = rg_adam();
    rg_outcome out;
    j->t = rg_tape_new(&(rg_config){.seed = 3});
    j->least = ROWS;
    fill_wavy(j->x, ROWS * WIDTH, 0.3);
    fill_wavy(j->y, ROWS, 1.1);
    rg_spec_parse(&spec, "linear 6, batchnorm, tanh, dropout 0.6, linear 1", NULL);
    rg_model_init(&j->m, j->t, &spec, WIDTH, RG_F64, 4);
    rg_optim *o = rg_optim_new(j->t, &c, 1, &(rg_group){.n = j->m.params, .param = j->m.param, .lr = 0.05});
    rg_training tr = {.tape = j->t, .optim = o, .kept = j->m.params, .keep = j->m.param, .epochs = EPOCHS, .begin = shared_begin,
                      .next = shared_next, .shards = j->shards, .ranks = &j->r, .record_shard = shared_record, .scored = true,
                      .moved = j->m.buffers, .move = j->m.buffer, .ud = j};
    j->s = rg_train(&tr, &out);
    for (int i = 0; i < j->m.params; i++) j->n += bits_of(j->m.param[i], j->bits + j->n, BYTES - j->n);
    for (int i = 0; i < j->m.buffers; i++) j->n += bits_of(j->m.buffer[i], j->bits + j->n, BYTES - j->n);
    memcpy(j->bits + j->n, &out, sizeof out);
    j->n += sizeof out;
    snprintf(j->text, sizeof j->text, "%s", rg_error_of(j->t)->text);
    rg_optim_free(o);
    rg_tape_free(j->t);
    return NULL;
}

/* n ranks share `shards` shards; all end with the bits that are left in job[0]. */
static void share(int n, int shards, shared *job)
{
    wires w[MOST];
    pthread_t thread[MOST];
    connect_all(n, w);
    for (int i = 0; i < n; i++) {
        memset(&job[i], 0, sizeof job[i]);
        job[i].r = (rg_ranks){i, n, swap_by_socket, &w[i]};
        job[i].shards = shards;
        ck_assert_int_eq(pthread_create(&thread[i], NULL, train_shared, &job[i]), 0);
    }
    for (int i = 0; i < n; i++) pthread_join(thread[i], NULL);
    disconnect_all(n, w);
    for (int i = 0; i < n; i++) {
        ck_assert_msg(job[i].s == RG_OK, "rank %d of %d: %s", i, n, job[i].text);
        ck_assert_mem_eq(job[i].bits, job[0].bits, job[0].n);
    }
}

START_TEST(the_same_bits_for_any_number_of_ranks)
{
    static const int shards[] = {4, 8, 12};
    static shared one[1], more[MOST];
    for (int k = 0; k < 3; k++) {
        share(1, shards[k], one);
        ck_assert_int_eq(one[0].least, 1); /* 3 rows are left: some shards are empty */
        for (int n = 2; n <= MOST; n *= 2) {
            share(n, shards[k], more);
            ck_assert_uint_eq(more[0].n, one[0].n);
            ck_assert_msg(!memcmp(more[0].bits, one[0].bits, one[0].n), "%d shards on %d ranks are another training", shards[k], n);
        }
    }
}
END_TEST

START_TEST(shards_are_another_sum_of_the_same)
{
    static shared two[1], four[1];
    share(1, 2, two);
    share(1, 4, four);
    ck_assert(memcmp(two[0].bits, four[0].bits, two[0].n) != 0);
}
END_TEST

static void refused(int n, int shards)
{
    static shared j;
    memset(&j, 0, sizeof j);
    j.r = (rg_ranks){0, n, swap_by_socket, NULL};
    j.shards = shards;
    train_shared(&j);
    ck_assert_int_eq(j.s, RG_USAGE);
    ck_assert_ptr_nonnull(strstr(j.text, "a power of two"));
}

START_TEST(what_cannot_be_shared)
{
    refused(2, 3);
    refused(3, 3);
    refused(4, 2);
    refused(2, 1);
    rg_ranks r = {0};
    rg_error e = {0};
    if (rg_mpi_size() == 1 && rg_mpi_open(&r, &e)) ck_assert_int_eq(e.status, RG_MISSING);
    rg_mpi_close(&r, 0);
}
END_TEST

/* Assignments that are taken back, and random numbers that begin elsewhere. */
START_TEST(recording_in_parts)
{
    rg_tape *t = rg_tape_new(&(rg_config){.seed = 1});
    rg_node *w = rg_scalar(t, 1), *v = rg_offset(w, 1);
    ck_assert_ptr_null(rg_unassign(w));
    ck_assert_ptr_null(rg_unassign(v));
    rg_assign(w, v);
    ck_assert_ptr_eq(rg_unassign(w), v);
    rg_assign(w, rg_scale(v, 3));
    double a[2], b[2];
    rg_read(rg_uniform(t, RG_F64, rg_shape1(2)), RG_F64, a, 2);
    rg_streams_from(t, 7);
    rg_read(rg_uniform(t, RG_F64, rg_shape1(2)), RG_F64, b, 2);
    ck_assert(a[0] != b[0]);
    rg_streams_from(t, 0);
    rg_read(rg_uniform(t, RG_F64, rg_shape1(2)), RG_F64, b, 2);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_int_eq(rg_commit(t), RG_OK);
    ck_assert_double_eq(rg_value(w), 6);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("shards", sums_over_ranks, the_same_bits_for_any_number_of_ranks, shards_are_another_sum_of_the_same, what_cannot_be_shared,
         recording_in_parts)
