/* test_resume.c - a training goes on from any of its steps with the bits that it would have
 * had: every optimizer, masks drawn by chance, running statistics, the best epoch so far. */
#include "nn_help.h"

enum { ROWS = 11, WIDTH = 3, BATCH = 4, EPOCHS = 3, STEPS = EPOCHS * 3, KEPT = 32, BYTES = 8192 };

/* A training with all that is its own, as after a new start of the program. */
typedef struct job {
    rg_tape *t;
    rg_model m;
    rg_optim *o;
    rg_node *keep[KEPT];
    int kept, steps;
    double x[ROWS * WIDTH], y[ROWS];
    double batch[BATCH * WIDTH], want[BATCH];
    int64_t at, epoch;
    struct mark *mark; /* of each step and epoch's end; NULL: none is made */
    int marks;
} job;

/* What is on the disk in between. */
typedef struct mark {
    rg_standing s;
    char best[BYTES], leaf[BYTES];
    size_t bytes;
} mark;

static rg_node *job_leaf(const job *j, int i)
{
    return i < j->kept ? j->keep[i] : rg_optim_leaf(j->o, i - j->kept);
}

static int job_leaves(const job *j) { return j->kept + rg_optim_leaves(j->o); }

static rg_status job_begin(void *ud, rg_phase phase, int64_t epoch)
{
    job *j = ud;
    (void)phase;
    j->at = 0;
    j->epoch = epoch;
    return RG_OK;
}

/* Another order in every epoch. */
static rg_status job_next(void *ud, rg_phase phase, int64_t *rows)
{
    job *j = ud;
    *rows = ROWS - j->at < BATCH ? ROWS - j->at : BATCH;
    for (int64_t i = 0; i < *rows; i++) {
        int64_t row = (j->at + i) * (phase == RG_PHASE_TRAIN ? 3 + j->epoch : 1) % ROWS;
        memcpy(j->batch + i * WIDTH, j->x + row * WIDTH, WIDTH * sizeof *j->x);
        j->want[i] = j->y[row];
    }
    j->at += *rows;
    return RG_OK;
}

static rg_measured job_record(void *ud, rg_phase phase, int64_t rows)
{
    job *j = ud;
    rg_tensor x = {.data = j->batch, .dtype = RG_F64, .rank = 2, .dim = {rows, WIDTH}, .stride = {WIDTH, 1}};
    rg_tensor y = {.data = j->want, .dtype = RG_F64, .rank = 2, .dim = {rows, 1}, .stride = {1, 1}};
    rg_node *in = rg_leaf_over(j->t, &x, true), *want = rg_leaf_over(j->t, &y, true);
    rg_node *out = rg_model_apply(&j->m, in, phase == RG_PHASE_TRAIN ? RG_MODE_TRAIN : RG_MODE_PREDICT);
    return (rg_measured){rg_mse(out, want), rg_sum(out, RG_ALL_AXES)};
}

static rg_status job_standing(void *ud, const rg_standing *s)
{
    job *j = ud;
    if (!j->mark) return RG_OK;
    mark *k = &j->mark[j->marks++];
    *k = (mark){.s = *s};
    ck_assert_uint_le(s->bytes, BYTES);
    memcpy(k->best, s->best, s->bytes);
    k->s.best = k->best;
    for (int i = 0; i < job_leaves(j); i++)
        k->bytes += bits_of(job_leaf(j, i), k->leaf + k->bytes, BYTES - k->bytes);
    return RG_OK;
}

static void job_open(job *j, const char *optimizer)
{
    rg_spec spec;
    rg_optim_config c;
    rg_group g;
    *j = (job){.t = rg_tape_new(&(rg_config){.seed = 9})};
    fill_wavy(j->x, ROWS * WIDTH, 0.3);
    fill_wavy(j->y, ROWS, 1.1);
    ck_assert_int_eq(rg_spec_parse(&spec, "linear 5, batchnorm, tanh, dropout 0.7, linear 1", NULL), RG_OK);
    ck_assert_int_eq(rg_model_init(&j->m, j->t, &spec, WIDTH, RG_F64, 4), RG_OK);
    ck_assert_int_eq(rg_optim_parse(&c, &g, optimizer, NULL), RG_OK);
    c.accumulate = true;
    g.n = j->m.params;
    g.param = j->m.param;
    j->o = rg_optim_new(j->t, &c, 1, &g);
    for (int i = 0; i < j->m.params; i++) j->keep[j->kept++] = j->m.param[i];
    for (int i = 0; i < j->m.buffers; i++) j->keep[j->kept++] = j->m.buffer[i];
    all_well(j->t);
}

static rg_status job_run(job *j, const rg_standing *from, bool replay, rg_outcome *out)
{
    rg_training tr = {.tape = j->t, .optim = j->o, .kept = j->kept, .keep = j->keep, .epochs = EPOCHS, .begin = job_begin,
                      .next = job_next, .record = job_record, .standing = job_standing, .ud = j, .from = from, .replay = replay};
    return rg_train(&tr, out);
}

static void job_close(job *j)
{
    rg_optim_free(j->o);
    rg_tape_free(j->t);
}

/* All leaves, and the outcome. */
static size_t job_bits(job *j, const rg_outcome *out, char *to)
{
    size_t n = 0;
    for (int i = 0; i < job_leaves(j); i++) n += bits_of(job_leaf(j, i), to + n, BYTES - n);
    memcpy(to + n, out, sizeof *out);
    return n + sizeof *out;
}

static void goes_on(const char *optimizer, bool replay)
{
    static mark marks[STEPS + EPOCHS];
    char want[BYTES + 64] = {0}, got[BYTES + 64] = {0};
    rg_outcome out;
    job j;
    job_open(&j, optimizer);
    j.mark = marks;
    ck_assert_int_eq(job_run(&j, NULL, replay, &out), RG_OK);
    ck_assert_int_eq(j.marks, STEPS + EPOCHS);
    size_t n = job_bits(&j, &out, want);
    job_close(&j);
    for (int k = 0; k < STEPS + EPOCHS; k++) {
        size_t at = 0;
        job_open(&j, optimizer);
        for (int i = 0; i < job_leaves(&j); i++) {
            rg_node *x = job_leaf(&j, i);
            rg_write(x, rg_dtype_of(x), marks[k].leaf + at, (size_t)rg_count_of(x));
            at += (size_t)rg_count_of(x) * rg_dtype_size(rg_dtype_of(x));
        }
        ck_assert_uint_eq(at, marks[k].bytes);
        ck_assert_int_eq(job_run(&j, &marks[k].s, replay, &out), RG_OK);
        ck_assert_uint_eq(job_bits(&j, &out, got), n);
        ck_assert_msg(!memcmp(want, got, n), "%s: from mark %d on it is another training", optimizer, k);
        job_close(&j);
    }
}

static const char *const optimizers[] = {"sgd",
                                         "momentum",
                                         "nesterov lr_outside clip=1",
                                         "adagrad",
                                         "rmsprop momentum=0.5 l1=1e-3",
                                         "adam cosine=6 warmup=2",
                                         "adamw step=2 factor=0.5 soft=1e-4"};

START_TEST(every_step_of_every_optimizer)
{
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        goes_on(optimizers[i], true);
        goes_on(optimizers[i], false);
    }
}
END_TEST

START_TEST(leaves_of_an_optimizer)
{
    job j;
    job_open(&j, "adam cosine=6");
    int n = rg_optim_leaves(j.o);
    ck_assert_int_eq(n, 1 + 3 * j.m.params + 2 + 1); /* rate; two moments and a sum each; powers; steps */
    for (int i = 0; i < n; i++)
        for (int k = 0; k <= i; k++) ck_assert((rg_optim_leaf(j.o, i) == rg_optim_leaf(j.o, k)) == (i == k));
    rg_optim_leaf(j.o, n);
    ck_assert_int_eq(rg_error_of(j.t)->status, RG_INDEX);
    job_close(&j);
}
END_TEST

START_TEST(another_training)
{
    rg_standing s = {.epoch = 1, .batches = 1, .rows = BATCH, .loss = 1, .bytes = 3};
    job j;
    job_open(&j, "sgd");
    ck_assert_int_eq(job_run(&j, &s, true, NULL), RG_SHAPE);
    job_close(&j);
    job_open(&j, "sgd");
    mark first[STEPS + EPOCHS];
    j.mark = first;
    ck_assert_int_eq(job_run(&j, NULL, true, NULL), RG_OK);
    job_close(&j);
    job_open(&j, "sgd");
    first[0].s.batches = 4; /* an epoch has three */
    ck_assert_int_eq(job_run(&j, &first[0].s, true, NULL), RG_USAGE);
    ck_assert_ptr_nonnull(strstr(rg_error_of(j.t)->text, "behind 4 batches, where an epoch has 3"));
    job_close(&j);
}
END_TEST

RG_SUITE("resume", every_step_of_every_optimizer, leaves_of_an_optimizer, another_training)
