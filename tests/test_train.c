/* test_train.c - the training loop: what it keeps, when it stops, what it hands out,
 * that the same seed gives the same bits. */
#include "nn_help.h"

/* ---- a number that walks past its goal ---------------------------------------------------- */

/* Training moves w by +1 per epoch; validation wants it at 3. */
typedef struct walk {
    rg_tape *t;
    rg_node *w;
    rg_optim *o;
    double at_end[32];  /* of each epoch */
    rg_progress last;
    bool handed, spoilt, replay;
    int64_t cancel_at, spoil_at; /* epochs */
} walk;

static rg_status walk_begin(void *ud, rg_phase phase, int64_t epoch)
{
    walk *k = ud;
    k->handed = false;
    k->spoilt = phase == RG_PHASE_TRAIN && epoch == k->spoil_at;
    return RG_OK;
}

static rg_status walk_next(void *ud, rg_phase phase, int64_t *rows)
{
    walk *k = ud;
    (void)phase;
    *rows = k->handed ? 0 : 1;
    k->handed = true;
    return RG_OK;
}

static rg_measured walk_record(void *ud, rg_phase phase, int64_t rows)
{
    walk *k = ud;
    (void)rows;
    rg_node *forward = k->spoilt ? rg_log(rg_offset(rg_neg(k->w), -1)) : rg_neg(k->w);
    return (rg_measured){phase == RG_PHASE_TRAIN ? forward : rg_square(rg_offset(k->w, -3)), NULL};
}

static int walk_progress(void *ud, const rg_progress *p)
{
    walk *k = ud;
    k->last = *p;
    if (p->done) k->at_end[p->epoch] = rg_value(k->w);
    return p->done && p->epoch == k->cancel_at;
}

static rg_status run_walk(walk *k, const rg_config *cfg, int64_t epochs, int64_t patience, rg_outcome *out)
{
    k->t = rg_tape_new(cfg);
    if (!k->t) return RG_NOMEM;
    k->w = rg_scalar(k->t, 0);
    rg_optim_config c = rg_sgd(0);
    k->o = rg_optim_new(k->t, &c, 1, &(rg_group){.n = 1, .param = &k->w, .lr = 1});
    rg_training tr = {.tape = k->t, .optim = k->o, .kept = 1, .keep = &k->w, .epochs = epochs, .patience = patience,
                      .begin = walk_begin, .next = walk_next, .record = walk_record, .progress = walk_progress, .ud = k, .replay = k->replay};
    return k->o ? rg_train(&tr, out) : rg_error_of(k->t)->status;
}

static void free_walk(walk *k)
{
    rg_optim_free(k->o);
    rg_tape_free(k->t);
}

START_TEST(best_epoch_is_kept)
{
    walk k = {0};
    rg_outcome out;
    ck_assert_int_eq(run_walk(&k, NULL, 10, 0, &out), RG_OK);
    ck_assert_int_eq(out.epochs, 10);
    ck_assert_int_eq(out.best, 3);
    ck_assert_double_eq(out.loss, 0);
    ck_assert(isnan(out.score));
    ck_assert_double_eq(k.at_end[10], 10);
    ck_assert_double_eq(rg_value(k.w), 3);
    ck_assert(!k.last.best && k.last.valid_loss == 49 && k.last.loss == -9);
    free_walk(&k);
}
END_TEST

START_TEST(patience_ends)
{
    for (int64_t patience = 1; patience < 4; patience++) {
        walk k = {0};
        rg_outcome out;
        ck_assert_int_eq(run_walk(&k, NULL, 10, patience, &out), RG_OK);
        ck_assert_int_eq(out.epochs, 3 + patience);
        ck_assert_double_eq(rg_value(k.w), 3);
        free_walk(&k);
    }
}
END_TEST

START_TEST(cancelled)
{
    const struct {
        int64_t at;
        double w;
    } when[] = {{1, 1}, {2, 2}, {5, 3}};
    for (int i = 0; i < 3; i++) {
        walk k = {.cancel_at = when[i].at};
        rg_outcome out;
        ck_assert_int_eq(run_walk(&k, NULL, 10, 0, &out), RG_CANCELLED);
        ck_assert_int_eq(out.epochs, when[i].at);
        ck_assert_double_eq(rg_value(k.w), when[i].w);
        ck_assert_int_eq(rg_error_of(k.t)->status, RG_OK);
        free_walk(&k);
    }
}
END_TEST

START_TEST(loss_that_is_not_finite)
{
    walk first = {.spoil_at = 1}, later = {.spoil_at = 2};
    rg_outcome out;
    ck_assert_int_eq(run_walk(&first, NULL, 10, 0, &out), RG_DOMAIN);
    ck_assert_int_eq(out.best, 0);
    ck_assert_ptr_nonnull(strstr(rg_error_of(first.t)->text, "not finite"));
    ck_assert_int_eq(run_walk(&later, NULL, 10, 0, &out), RG_OK);
    ck_assert_int_eq(out.epochs, 2);
    ck_assert_int_eq(out.best, 1);
    ck_assert_double_eq(rg_value(later.w), 1);
    free_walk(&first);
    free_walk(&later);
}
END_TEST

static rg_status walk_little(const rg_config *cfg)
{
    walk k = {0};
    rg_status s = run_walk(&k, cfg, 3, 0, NULL);
    free_walk(&k);
    return s;
}

static rg_status walk_replayed(const rg_config *cfg)
{
    walk k = {.replay = true};
    rg_status s = run_walk(&k, cfg, 4, 0, NULL);
    free_walk(&k);
    return s;
}

START_TEST(loop_without_memory)
{
    fail_each(walk_little);
    fail_each(walk_replayed);
}
END_TEST

/* ---- a network on a small classification ------------------------------------------------------- */

enum { ROWS = 47, FEATURES = 3, TRAIN_ROWS = 40, BATCH = 12 };

typedef struct task {
    rg_tape *t;
    rg_model m;
    rg_optim *o;
    double x[ROWS][FEATURES];
    int64_t label[ROWS];
    double batch_x[BATCH][FEATURES];
    int64_t batch_label[BATCH], rows[ROWS];
    rg_batches part[2];
    int64_t seen[ROWS]; /* how often a row was trained on */
    size_t bytes[64];   /* that the tape holds after each epoch */
    int cancel_step, steps;
    bool replay;
} task;

static rg_status task_begin(void *ud, rg_phase phase, int64_t epoch)
{
    task *k = ud;
    rg_batches_begin(&k->part[phase], phase == RG_PHASE_TRAIN ? (uint64_t)epoch : 0);
    return RG_OK;
}

static rg_status task_next(void *ud, rg_phase phase, int64_t *rows)
{
    task *k = ud;
    const int64_t *which;
    *rows = rg_batches_next(&k->part[phase], &which);
    for (int64_t i = 0; i < *rows; i++) {
        memcpy(k->batch_x[i], k->x[which[i]], sizeof *k->batch_x);
        k->batch_label[i] = k->label[which[i]];
        k->seen[which[i]] += phase == RG_PHASE_TRAIN;
    }
    return RG_OK;
}

static rg_measured task_record(void *ud, rg_phase phase, int64_t rows)
{
    task *k = ud;
    rg_tensor x = {.data = k->batch_x, .dtype = RG_F64, .rank = 2, .dim = {rows, FEATURES}, .stride = {FEATURES, 1}};
    rg_tensor label = {.data = k->batch_label, .dtype = RG_I64, .rank = 1, .dim = {rows}, .stride = {1}};
    rg_node *labels = rg_leaf_over(k->t, &label, true);
    rg_node *y = rg_model_apply(&k->m, rg_leaf_over(k->t, &x, true), phase == RG_PHASE_TRAIN ? RG_MODE_TRAIN : RG_MODE_PREDICT);
    return (rg_measured){rg_cross_entropy(y, labels), rg_correct(y, labels)};
}

static int task_progress(void *ud, const rg_progress *p)
{
    task *k = ud;
    if (p->done) k->bytes[p->epoch] = rg_bytes(k->t);
    return ++k->steps == k->cancel_step;
}

static void new_task(task *k, const rg_config *cfg)
{
    rg_spec spec;
    memset(k, 0, sizeof *k);
    fill_wavy(&k->x[0][0], ROWS * FEATURES, 0);
    for (int i = 0; i < ROWS; i++) {
        k->rows[i] = i;
        k->label[i] = k->x[i][0] + k->x[i][1] * k->x[i][2] > 0.1;
    }
    k->t = rg_tape_new(cfg);
    ck_assert_int_eq(rg_spec_parse(&spec, "linear 16, batchnorm, relu, dropout 0.9, linear 2", NULL), RG_OK);
    ck_assert_int_eq(rg_model_init(&k->m, k->t, &spec, FEATURES, RG_F64, cfg->seed), RG_OK);
    rg_optim_config c = rg_adam();
    k->o = rg_optim_new(k->t, &c, 1, &(rg_group){.n = k->m.params, .param = k->m.param, .lr = 0.02});
    rg_batches_new(&k->part[RG_PHASE_TRAIN], k->rows, TRAIN_ROWS, BATCH, cfg->seed, NULL, NULL);
    rg_batches_new(&k->part[RG_PHASE_VALIDATE], k->rows + TRAIN_ROWS, ROWS - TRAIN_ROWS, BATCH, 0, NULL, NULL);
}

static rg_status run_task(task *k, int64_t epochs, rg_outcome *out)
{
    rg_node *keep[16];
    memcpy(keep, k->m.param, (size_t)k->m.params * sizeof *keep);
    memcpy(keep + k->m.params, k->m.buffer, (size_t)k->m.buffers * sizeof *keep);
    rg_training tr = {.tape = k->t, .optim = k->o, .kept = k->m.params + k->m.buffers, .keep = keep, .epochs = epochs,
                      .begin = task_begin, .next = task_next, .record = task_record, .progress = task_progress, .ud = k, .replay = k->replay};
    return rg_train(&tr, out);
}

static void free_task(task *k)
{
    for (int i = 0; i < 2; i++) rg_batches_free(&k->part[i]);
    rg_optim_free(k->o);
    rg_tape_free(k->t);
}

/* All parameters and running statistics, one after the other. */
static size_t task_bits(task *k, char *to, size_t most)
{
    size_t n = 0;
    for (int i = 0; i < k->m.params; i++) n += bits_of(k->m.param[i], to + n, most - n);
    for (int i = 0; i < k->m.buffers; i++) n += bits_of(k->m.buffer[i], to + n, most - n);
    return n;
}

START_TEST(it_learns)
{
    static task k;
    rg_outcome out;
    new_task(&k, &(rg_config){.seed = 1});
    ck_assert_int_eq(run_task(&k, 40, &out), RG_OK);
    ck_assert_double_lt(out.loss, 0.25);
    ck_assert_double_ge(out.score, 6.0 / 7);
    for (int i = 0; i < ROWS; i++) ck_assert_int_eq(k.seen[i], i < TRAIN_ROWS ? 40 : 0);
    for (int i = 3; i <= 40; i++) ck_assert_uint_eq(k.bytes[i], k.bytes[2]);
    ck_assert_int_eq(k.steps, 40 * (4 + 1)); /* 12 + 12 + 12 + 4 rows, and the epoch itself */
    free_task(&k);
}
END_TEST

START_TEST(same_seed_same_bits)
{
    static task k;
    char bits[4][2048];
    size_t n = 0;
    const struct {
        uint64_t seed;
        int threads;
    } with[] = {{1, 1}, {1, 1}, {1, 2}, {2, 1}};
    for (int i = 0; i < 4; i++) {
        rg_set_threads(with[i].threads);
        new_task(&k, &(rg_config){.seed = with[i].seed});
        ck_assert_int_eq(run_task(&k, 5, NULL), RG_OK);
        n = task_bits(&k, bits[i], sizeof bits[i]);
        free_task(&k);
    }
    ck_assert_mem_eq(bits[0], bits[1], n);
    ck_assert_mem_eq(bits[0], bits[2], n);
    ck_assert_mem_ne(bits[0], bits[3], n);
}
END_TEST

/* Twelve rows, four at the end of an epoch, seven to validate on: a plan for each, with
 * the bits of recording every batch, on any number of threads. */
START_TEST(replay_has_the_bits_of_recording)
{
    static task k;
    char bits[4][2048];
    rg_outcome out[4];
    size_t n = 0;
    for (int i = 0; i < 4; i++) {
        rg_set_threads(i > 1 ? 2 : 1);
        new_task(&k, &(rg_config){.seed = 6});
        k.replay = i % 2;
        ck_assert_int_eq(run_task(&k, 9, &out[i]), RG_OK);
        n = task_bits(&k, bits[i], sizeof bits[i]);
        free_task(&k);
        ck_assert_mem_eq(bits[i], bits[0], n);
        ck_assert(out[i].loss == out[0].loss && out[i].score == out[0].score && out[i].best == out[0].best);
    }
    rg_set_threads(1);
}
END_TEST

/* The best of many epochs is what a training of just so many epochs ends with. */
START_TEST(kept_bit_for_bit)
{
    static task k;
    char kept[2048], ended[2048];
    rg_outcome out, again;
    new_task(&k, &(rg_config){.seed = 4});
    ck_assert_int_eq(run_task(&k, 60, &out), RG_OK);
    ck_assert_int_lt(out.best, 60);
    size_t n = task_bits(&k, kept, sizeof kept);
    free_task(&k);
    new_task(&k, &(rg_config){.seed = 4});
    ck_assert_int_eq(run_task(&k, out.best, &again), RG_OK);
    ck_assert_int_eq(again.best, out.best);
    task_bits(&k, ended, sizeof ended);
    ck_assert_mem_eq(kept, ended, n);
    free_task(&k);
}
END_TEST

START_TEST(cancelled_in_an_epoch)
{
    static task k;
    char first[2048], after[2048];
    new_task(&k, &(rg_config){.seed = 1});
    ck_assert_int_eq(run_task(&k, 1, NULL), RG_OK);
    size_t n = task_bits(&k, first, sizeof first);
    free_task(&k);
    rg_outcome out;
    new_task(&k, &(rg_config){.seed = 1});
    k.cancel_step = 7; /* the second step of epoch 2 */
    ck_assert_int_eq(run_task(&k, 10, &out), RG_CANCELLED);
    ck_assert_int_eq(out.epochs, 1);
    task_bits(&k, after, sizeof after);
    ck_assert_mem_eq(first, after, n);
    free_task(&k);
}
END_TEST

START_TEST(bad_label_is_named)
{
    static task k;
    new_task(&k, &(rg_config){.seed = 1});
    k.label[5] = 2;
    ck_assert_int_eq(run_task(&k, 3, NULL), RG_INDEX);
    ck_assert_ptr_nonnull(strstr(rg_error_of(k.t)->text, "label 2"));
    free_task(&k);
}
END_TEST

RG_SUITE("train", best_epoch_is_kept, patience_ends, cancelled, loss_that_is_not_finite, loop_without_memory, it_learns,
         same_seed_same_bits, replay_has_the_bits_of_recording, kept_bit_for_bit, cancelled_in_an_epoch, bad_label_is_named)
