/* learner.c - batches through a network. */
#define RG_NO_HERE
#include "learner.h"
#include "memory.h"
#include "objective.h"
#include "ops.h"
#include "provenance.h"
#include "term.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void learner_open(learner *l, rg_dtype dtype, uint64_t seed)
{
    *l = (learner){.dtype = dtype, .tape = rg_tape_new(&(rg_config){.seed = seed})};
    if (!l->tape) memory_die();
}

void learner_take(learner *l, const rg_data *data, const rg_standard *standard, int64_t batch)
{
    size_t n = (size_t)batch, size = rg_dtype_size(l->dtype);
    l->data = data;
    l->task = data->task;
    l->standard = standard;
    l->x = memory_new(n * (size_t)data->width, size);
    if (data->task == RG_CLASSIFY) l->label = memory_new(n, sizeof *l->label);
    if (data->task == RG_REGRESS) l->target = memory_new(n, size);
    if (data->dtype != RG_U8) return;
    l->pixel = memory_new(n * (size_t)data->width, 1);
    l->place = memory_new(n, sizeof *l->place);
    for (int64_t i = 0; i < batch; i++) l->place[i] = i;
}

void learner_close(learner *l)
{
    rg_tape_free(l->tape);
    free(l->member);
    free(l->x);
    free(l->label);
    free(l->target);
    free(l->pixel);
    free(l->place);
    *l = (learner){0};
}

void learner_gather(learner *l, const rg_model *m, int n)
{
    l->model = m[0];
    l->member = memory_new((size_t)n, sizeof *m);
    memcpy(l->member, m, (size_t)n * sizeof *m);
    l->members = n;
}

bool learner_tells_nonfinite(const rg_model *m, const char *path)
{
    for (int i = 0; i < m->params + m->buffers; i++) {
        const rg_node *leaf = i < m->params ? m->param[i] : m->buffer[i - m->params];
        if (rg_first_nonfinite(leaf) < 0) continue;
        term_note("%.200s: %s holds inf or nan: what the model says is worth nothing", path, rg_name_of(leaf));
        return true;
    }
    return false;
}

rg_status learner_restore(learner *l, const rg_model_file *f)
{
    int n = f->info.networks;
    rg_status s = RG_OK;
    l->task = f->info.task;
    rg_model *m = memory_new((size_t)n, sizeof *m);
    for (int k = 0; k < n && !s; k++) s = rg_model_restore_member(&m[k], l->tape, f, k);
    for (int k = 0; k < n && !s && !learner_tells_nonfinite(&m[k], f->path); k++) continue;
    if (!s) learner_gather(l, m, n);
    free(m);
    return s;
}

/* Element i of an array of the network's dtype. */
static void *element(const learner *l, void *array, int64_t i)
{
    return (char *)array + i * (int64_t)rg_dtype_size(l->dtype);
}

rg_status learner_put(learner *l, const int64_t *row, int64_t n)
{
    return learner_put_at(l, row, 0, n);
}

rg_status learner_put_at(learner *l, const int64_t *row, int64_t at, int64_t n)
{
    rg_error e = {0};
    void *x = element(l, l->x, at * l->data->width);
    rg_status s = rg_take_rows(l->data, l->standard, row, n, l->dtype, x, &e);
    if (!s && l->label) s = rg_take_labels(l->data, row, n, l->label + at, &e);
    if (!s && l->target)
        s = rg_take_targets(l->data, l->standard, row, n, l->dtype, element(l, l->target, at), &e);
    if (s) rg_fail(l->tape, s, NULL, "%s", e.text);
    return s;
}

rg_status learner_put_changed(learner *l, const rg_augment *how, const int64_t *row, int64_t at,
                              int64_t n, uint64_t seed, uint64_t epoch)
{
    rg_error e = {0};
    void *x = element(l, l->x, at * l->data->width);
    rg_data changed = *l->data; /* a view of the pixels that are to be seen */
    rg_status s = rg_augment_rows(l->data, how, row, n, seed, epoch, l->pixel, &e);
    changed.x = l->pixel;
    changed.rows = n;
    if (!s) s = rg_take_rows(&changed, l->standard, l->place, n, l->dtype, x, &e);
    if (!s && l->label) s = rg_take_labels(l->data, row, n, l->label + at, &e);
    if (s) rg_fail(l->tape, s, NULL, "%s", e.text);
    return s;
}

static rg_node *input_leaf(learner *l, void *numbers, rg_dtype dtype, int rank, int64_t n,
                           int64_t width)
{
    rg_tensor w = {
        .data = numbers, .dtype = dtype, .rank = rank, .dim = {n, width}, .stride = {width, 1}};
    return rg_leaf_over(l->tape, &w, true);
}

static rg_node *output_of_all(learner *l, rg_node *x)
{
    bool classes = l->task == RG_CLASSIFY;
    rg_node **y = memory_new((size_t)l->members, sizeof(rg_node *));
    for (int k = 0; k < l->members; k++) {
        y[k] = rg_model_apply(&l->member[k], x, RG_MODE_PREDICT);
        if (classes) y[k] = rg_log_softmax(y[k], -1);
    }
    rg_node *all = rg_stack(l->members, y, 0);
    free(y);
    if (!classes) return rg_mean(all, 0);
    /* The log of a mean of exponentials, which does not underflow to log 0. */
    all = rg_logsumexp(all, 0);
    return rg_offset(all, -log(l->members));
}

static rg_node *output_part(learner *l, int64_t from, int64_t n, rg_mode mode)
{
    void *numbers = element(l, l->x, from * l->data->width);
    rg_node *x = input_leaf(l, numbers, l->dtype, 2, n, l->data->width);
    if (mode == RG_MODE_PREDICT && l->members > 1) return output_of_all(l, x);
    return rg_model_apply(&l->model, x, mode);
}

rg_node *learner_output(learner *l, int64_t n, rg_mode mode)
{
    return output_part(l, 0, n, mode);
}

rg_measured learner_measure(learner *l, int64_t n, rg_mode mode)
{
    return learner_measure_part(l, 0, n, mode);
}

rg_measured learner_measure_part(learner *l, int64_t from, int64_t n, rg_mode mode)
{
    rg_node *y = output_part(l, from, n, mode);
    if (l->target) {
        rg_node *target = input_leaf(l, element(l, l->target, from), l->dtype, 1, n, 1);
        return (rg_measured){rg_mse(rg_reshape(y, rg_shape1(n)), target), NULL};
    }
    rg_node *label = input_leaf(l, l->label + from, RG_I64, 1, n, 1);
    rg_node *wanted = label;
    if (mode == RG_MODE_TRAIN && l->smooth > 0)
        wanted = rg_smooth_labels(label, l->data->classes, l->dtype, l->smooth, RG_SPREAD_OTHERS);
    return (rg_measured){rg_cross_entropy(y, wanted), rg_correct(y, label)};
}

/* Of the targets of some rows. */
static double spread(const rg_data *d, const int64_t *row, int64_t n)
{
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += d->target[row[i]] / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (d->target[row[i]] - mean) * (d->target[row[i]] - mean);
    return squares / (double)n;
}

rg_status learner_test(learner *l, const int64_t *row, int64_t n, int64_t batch, result *r)
{
    rg_status s = RG_OK;
    *r = (result){.n = n};
    for (int64_t from = 0; from < n && !s; from += batch) {
        int64_t some = n - from < batch ? n - from : batch, mark = rg_mark(l->tape);
        s = learner_put(l, row + from, some);
        if (s) break;
        rg_measured m = learner_measure(l, some, RG_MODE_PREDICT);
        r->loss += (double)some / (double)n * rg_value(m.loss);
        if (m.score) r->accuracy += rg_value(m.score);
        s = rg_error_of(l->tape)->status;
        if (!s) rg_rewind(l->tape, mark);
    }
    r->accuracy /= (double)n;
    if (s || !l->target) return s;
    r->loss *= l->standard->target_deviation * l->standard->target_deviation;
    r->r2 = 1 - r->loss / spread(l->data, row, n);
    return RG_OK;
}

bool learner_error(const learner *l, diag *d) { return diag_library(d, rg_error_of(l->tape)); }
