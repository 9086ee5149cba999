/* job.c - one workload set up and run, as a plan or eagerly. */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_tape(const job *j)
{
    const rg_error *e = rg_error_of(j->tape);
    if (!e->status) return;
    fprintf(stderr, "%s: %s\n", j->workload->name, e->text);
    exit(1);
}

static void *memory(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (p) return p;
    fputs("no memory\n", stderr);
    exit(5);
}

/* ---- numbers: splitmix64 of a place in a stream, 24 bits of it ----------------------- */

static uint64_t scramble(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Numbers first .. first+n-1 of a stream, in [-scale, scale); with classes, labels below it. */
static void draw(double *to, uint64_t stream, size_t first, size_t n, double scale,
                 int64_t classes)
{
    for (size_t k = 0; k < n; k++) {
        double u = (double)(scramble(stream + first + k) >> 40) * 0x1p-24;
        to[k] = classes ? floor(u * (double)classes) : (2 * u - 1) * scale;
    }
}

enum { BLOCK = 256 };

void job_draw(job *j, rg_node *leaf, double scale)
{
    uint64_t stream = scramble(j->streams++);
    double some[BLOCK];
    for (size_t i = 0, m, n = (size_t)rg_count_of(leaf); i < n; i += m) {
        m = n - i < BLOCK ? n - i : BLOCK;
        draw(some, stream, i, m, scale, 0);
        rg_write_part(leaf, RG_F64, some, i, m);
    }
}

static void draw_pool(job *j, void *to, rg_dtype dtype, size_t n, double scale, int64_t classes)
{
    uint64_t stream = scramble(j->streams++);
    double some[BLOCK];
    for (size_t i = 0, m; i < n; i += m) {
        m = n - i < BLOCK ? n - i : BLOCK;
        draw(some, stream, i, m, scale, classes);
        rg_convert((char *)to + i * rg_dtype_size(dtype), dtype, some, RG_F64, (int64_t)m);
    }
}

rg_node *job_param(job *j, rg_dtype dtype, rg_shape shape, double scale)
{
    rg_node *leaf = j->param[j->params++] = rg_leaf(j->tape, dtype, shape);
    job_draw(j, leaf, scale);
    return leaf;
}

void job_train(job *j, int n, rg_node *const *param, bool adam)
{
    rg_optim_config how = adam ? rg_adam() : rg_sgd(0);
    how.eps_outside = adam; /* as the peers have it */
    rg_group all = {.n = n, .param = param, .lr = adam ? 1e-3 : 1e-2};
    j->optim = rg_optim_new(j->tape, &how, 1, &all);
}

/* ---- feeds ------------------------------------------------------------------------------ */

rg_tensor job_window(void *data, rg_dtype dtype, rg_shape shape)
{
    rg_tensor w = {.data = data, .dtype = dtype, .rank = shape.rank};
    int64_t stride = 1;
    for (int i = shape.rank - 1; i >= 0; stride *= shape.dim[i--]) {
        w.dim[i] = shape.dim[i];
        w.stride[i] = stride;
    }
    return w;
}

static rg_node *add_feed(job *j, rg_dtype dtype, rg_shape shape, double scale, int64_t classes)
{
    feed *f = &j->feed[j->feeds++];
    size_t pool = (size_t)j->workload->batches, n = 1;
    for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.dim[i];
    f->bytes = n * rg_dtype_size(dtype);
    f->window = memory(f->bytes);
    f->pool = memory(f->bytes * pool);
    draw_pool(j, f->pool, dtype, n * pool, scale, classes);
    memcpy(f->window, f->pool, f->bytes);
    rg_tensor window = job_window(f->window, dtype, shape);
    return f->leaf = rg_leaf_over(j->tape, &window, false);
}

rg_node *job_feed(job *j, rg_dtype dtype, rg_shape shape, double scale)
{
    return add_feed(j, dtype, shape, scale, 0);
}

rg_node *job_labels(job *j, rg_shape shape, int64_t classes)
{
    return add_feed(j, RG_I64, shape, 1, classes);
}

void *job_batch(const job *j, int i)
{
    size_t batch = (size_t)(j->done % j->workload->batches);
    return j->feed[i].pool + batch * j->feed[i].bytes;
}

static void feed_batch(job *j)
{
    for (int i = 0; i < j->feeds; i++) {
        memcpy(j->feed[i].window, job_batch(j, i), j->feed[i].bytes);
        rg_touch(j->feed[i].leaf);
    }
}

/* ---- what came out ------------------------------------------------------------------------ */

static void digest(job *j, const void *data, size_t bytes)
{
    const unsigned char *b = data;
    for (size_t i = 0; i < bytes; i++) j->digest = (j->digest ^ b[i]) * 0x100000001b3u; /* FNV-1a */
}

/* The one number, or the root of the mean square. */
static double look_at(job *j, const rg_tensor *y)
{
    int64_t n = rg_count(y);
    size_t bytes = (size_t)n * rg_dtype_size(y->dtype);
    void *bits = memory(bytes);
    double *v = memory((size_t)n * sizeof *v), squares = 0;
    rg_pack(bits, y, 0, n);
    rg_convert(v, RG_F64, bits, y->dtype, n);
    digest(j, bits, bytes);
    for (int64_t i = 0; i < n; i++) squares += v[i] * v[i];
    double seen = n == 1 ? v[0] : sqrt(squares / (double)n);
    free(bits);
    free(v);
    return seen;
}

static void look(job *j, int n, const rg_tensor *out)
{
    j->outputs = n;
    j->digest = 0xcbf29ce484222325u;
    for (int i = 0; i < n; i++) j->seen[i] = look_at(j, &out[i]);
}

/* What the steps so far have made of the parameters. */
static void look_at_params(job *j, int n, rg_node *const *param)
{
    for (int i = 0; i < n; i++) {
        rg_tensor w = rg_peek(param[i]);
        digest(j, w.data, (size_t)rg_count(&w) * rg_dtype_size(w.dtype));
    }
}

/* ---- running -------------------------------------------------------------------------------- */

static void step_eager(job *j)
{
    rg_node *out[OUTPUTS];
    rg_tensor window[OUTPUTS];
    int64_t mark = rg_step_begin(j->tape);
    int n = j->workload->record(j, out);
    check_tape(j);
    for (int i = 0; i < n; i++) window[i] = rg_peek(out[i]);
    if (j->done == CHECK_STEPS) look(j, n, window);
    if (rg_step_end(j->tape, mark)) check_tape(j);
}

static void step_plan(job *j)
{
    rg_tensor window[OUTPUTS];
    if (rg_run(j->plan)) check_tape(j);
    if (j->done != CHECK_STEPS) return;
    for (int i = 0; i < j->planned; i++) window[i] = rg_plan_out(j->plan, i);
    look(j, j->planned, window);
}

static void step_by_hand(job *j)
{
    rg_tensor window[OUTPUTS];
    int n = j->workload->hand(j, window);
    if (++j->done == CHECK_STEPS) look(j, n, window);
}

void job_step(job *j)
{
    if (j->by_hand) {
        step_by_hand(j);
        return;
    }
    feed_batch(j);
    j->done++;
    if (j->plan)
        step_plan(j);
    else
        step_eager(j);
    if (j->done != CHECK_STEPS) return;
    look_at_params(j, j->params, j->param);
    look_at_params(j, j->model.params, j->model.param);
}

/* ---- setting up ------------------------------------------------------------------------------ */

static size_t budget_of(const char *text, size_t needed)
{
    char *end;
    double n = strtod(text, &end);
    return (size_t)(*end == '%' ? n / 100 * (double)needed : n);
}

/* Record one step, make a plan of it, and forget the recording. */
static void compile_step(job *j, const manner *how)
{
    rg_node *out[OUTPUTS];
    rg_plan_config cfg = {.plain = how->plain};
    int64_t mark = rg_mark(j->tape);
    j->planned = j->workload->record(j, out);
    j->plan = rg_compile(j->tape, j->planned, out, &cfg);
    check_tape(j);
    if (how->budget) {
        cfg.budget = budget_of(how->budget, rg_plan_bytes(j->plan));
        rg_plan_free(j->plan);
        j->plan = rg_compile(j->tape, j->planned, out, &cfg);
        check_tape(j);
    }
    rg_rewind(j->tape, mark);
}

job *job_open(const workload *w, const manner *how)
{
    bool eager = how->eager || how->hand || w->measure == RECORDING_TIME;
    rg_config cfg = {.lazy = !eager};
    job *j = memory(sizeof *j);
    *j = (job){.workload = w, .tape = rg_tape_new(&cfg)};
    if (!j->tape) exit(5);
    j->by_hand = how->hand;
    w->open(j);
    check_tape(j);
    if (!eager) compile_step(j, how);
    return j;
}

void job_close(job *j)
{
    if (j->plan) rg_plan_free(j->plan);
    rg_optim_free(j->optim);
    rg_tape_free(j->tape);
    for (feed *f = j->feed; f < j->feed + j->feeds; f++) {
        free(f->window);
        free(f->pool);
    }
    free(j);
}
