/* teach.c - the library's training loop with a learner and batches in it. */
#define RG_NO_HERE
#include "teach.h"
#include "dump_step.h"
#include "term.h"
#include <math.h>
#include <string.h>

typedef struct teaching {
    learner *l;
    const teach_plan *plan;
    rg_optim *optim;
    int64_t step, steps; /* done, and in all */
    rg_batches part[2];  /* by rg_phase */
    uint64_t epoch;
    int64_t rows; /* of the last batch */
    bool stop, told; /* told: the step that is to be explained was */
    progress shown;
    double start, end; /* as in taught */
    diag d; /* of what could not be told */
} teaching;

static rg_status teach_begin(void *ud, rg_phase phase, int64_t epoch)
{
    teaching *t = ud;
    t->epoch = (uint64_t)epoch;
    rg_batches_begin(&t->part[phase], phase == RG_PHASE_TRAIN ? (uint64_t)epoch : 0);
    return RG_OK;
}

/* Of a batch, the rows of the shards that are this rank's, as shards.c cuts them. */
static void own_rows(const teaching *t, int64_t rows, int64_t *from, int64_t *to)
{
    const rg_ranks *r = t->plan->ranks;
    *from = r ? rows * r->rank / r->n : 0;
    *to = r ? rows * (r->rank + 1) / r->n : rows;
}

/* This process is to tell the step that comes now. */
static bool tells_step(const teaching *t, rg_phase phase)
{
    const rg_ranks *r = t->plan->ranks;
    return phase == RG_PHASE_TRAIN && t->step + 1 == t->plan->explain && (!r || !r->rank);
}

/* A step that is told is told of the whole batch, whoever trains on the rest of it. */
static rg_status teach_next(void *ud, rg_phase phase, int64_t *rows)
{
    teaching *t = ud;
    const int64_t *row;
    int64_t from, to;
    t->rows = *rows = rg_batches_next(&t->part[phase], &row);
    own_rows(t, *rows, &from, &to);
    bool told = tells_step(t, phase);
    if (told) to = *rows;
    if (from == to) return RG_OK;
    rg_status s = phase == RG_PHASE_TRAIN && t->plan->augment
                      ? learner_put_changed(t->l, t->plan->augment, row + from, from, to - from,
                                            t->plan->seed, t->epoch)
                      : learner_put_at(t->l, row + from, from, to - from);
    if (!s && told && !dump_step(t->l, to, t->plan->explain_file, &t->d)) s = RG_IO;
    t->told |= told && !s;
    return s;
}

static rg_measured teach_record(void *ud, rg_phase phase, int64_t rows)
{
    teaching *t = ud;
    return learner_measure(t->l, rows, phase == RG_PHASE_TRAIN ? RG_MODE_TRAIN : RG_MODE_PREDICT);
}

static rg_measured teach_record_shard(void *ud, rg_phase phase, int64_t from, int64_t rows)
{
    teaching *t = ud;
    return learner_measure_part(t->l, from, rows,
                                phase == RG_PHASE_TRAIN ? RG_MODE_TRAIN : RG_MODE_PREDICT);
}

/* The rate of the next step. */
static void fall(teaching *t)
{
    double lr = t->plan->group.lr * (double)(t->steps - t->step) / (double)t->steps;
    rg_write(rg_optim_lr(t->optim, 0), RG_F64, &lr, 1);
}

/* One rank that is asked to stop stops all, after the same step. */
static bool stop_agreed(const teaching *t)
{
    int64_t least = 0, most = progress_stop_asked();
    if (t->plan->ranks && rg_rank_span(t->plan->ranks, most, &least, &most)) return true;
    return most;
}

static int teach_progress(void *ud, const rg_progress *p)
{
    teaching *t = ud;
    bool first = !t->plan->ranks || !t->plan->ranks->rank;
    if (first) progress_show(&t->shown, p);
    if (t->plan->watch) t->plan->watch(t->plan->ud, p);
    if (p->done) t->end = p->loss;
    if (!p->done && !t->step) t->start = p->loss;
    if (!p->done) t->step++;
    if (!p->done && !t->plan->steady) fall(t);
    bool looks = t->plan->spot && t->plan->spot->nodes && !p->done;
    bool wrong = looks && !spot_look(t->plan->spot, t->l, t->rows);
    t->stop = stop_agreed(t);
    return wrong || t->stop;
}

static rg_status teach_standing(void *ud, const rg_standing *at)
{
    teaching *t = ud;
    return checkpoint_write(t->plan->checkpoint, at, t->optim, t->step, t->stop);
}

static int64_t steps_of(int64_t rows, int64_t batch) { return (rows + batch - 1) / batch; }

static int64_t usual_epochs(int64_t steps)
{
    enum { LEAST = 10, STEPS = 2000, MOST = 500 };
    int64_t epochs = (STEPS + steps - 1) / steps;
    return epochs < LEAST ? LEAST : epochs > MOST ? MOST : epochs;
}

/* From the checkpoint, once: other networks begin anew. */
static rg_status resume(teaching *t, rg_training *tr)
{
    checkpoint *c = t->plan->checkpoint;
    tr->standing = teach_standing;
    if (!c->from) return RG_OK;
    rg_status s = checkpoint_restore(c, &t->l->model, t->optim);
    t->step = c->now.step;
    tr->from = &c->now.at;
    c->from = NULL;
    return s;
}

static void run_loop(teaching *t, taught *out)
{
    rg_model *m = &t->l->model;
    rg_node *keep[4 * RG_LAYERS];
    memcpy(keep, m->param, (size_t)m->params * sizeof *keep);
    memcpy(keep + m->params, m->buffer, (size_t)m->buffers * sizeof *keep);
    t->steps = steps_of(out->rows, t->plan->batch);
    out->epochs = t->plan->epochs ? t->plan->epochs : usual_epochs(t->steps);
    t->steps *= out->epochs;
    rg_training tr = {.tape = t->l->tape,
                      .optim = t->optim,
                      .kept = m->params + m->buffers,
                      .keep = keep,
                      .epochs = out->epochs,
                      .patience = t->plan->patience,
                      .begin = teach_begin,
                      .next = teach_next,
                      .record = teach_record,
                      .shards = t->plan->shards,
                      .ranks = t->plan->ranks,
                      .record_shard = teach_record_shard,
                      .scored = t->l->target == NULL,
                      .moved = m->buffers,
                      .move = m->buffer,
                      .progress = teach_progress,
                      .replay = true,
                      .ud = t};
    if (t->plan->checkpoint) {
        t->plan->checkpoint->now.epochs = out->epochs;
        out->status = resume(t, &tr);
    }
    progress_begin(&t->shown, out->rows);
    progress_catch();
    if (!out->status) out->status = rg_train(&tr, &out->outcome);
    progress_end(&t->shown);
    out->seconds = progress_seconds(&t->shown);
}

bool teach_diverged(const learner *l, double start, double end)
{
    double nothing = l->target ? 1 : log(l->data->classes);
    return !(end <= 2 * fmax(start, nothing));
}

static bool open_batches(rg_batches *b, const int64_t *row, int64_t n, const teach_plan *plan,
                         diag *d)
{
    rg_error e = {0};
    return !rg_batches_new(b, row, n, plan->batch, plan->seed, NULL, &e) || diag_library(d, &e);
}

/* The tape knows why, or the checkpoint. */
static bool told_why(teaching *t, diag *d)
{
    if (t->d.code) {
        *d = t->d;
        return false;
    }
    if (!t->plan->checkpoint || !t->plan->checkpoint->d.code) return learner_error(t->l, d);
    *d = t->plan->checkpoint->d;
    return false;
}

bool teach(learner *l, const rg_split *rows, const teach_plan *plan, taught *out, diag *d)
{
    teaching t = {.l = l, .plan = plan};
    rg_group g = plan->group;
    l->smooth = plan->smooth;
    g.n = l->model.params;
    g.param = l->model.param;
    *out = (taught){.rows = rows->n_kept, .valid = rows->n_held};
    t.optim = rg_optim_new(l->tape, &plan->optim, 1, &g);
    bool ok = t.optim || learner_error(l, d);
    ok = ok && open_batches(&t.part[RG_PHASE_TRAIN], rows->kept, rows->n_kept, plan, d) &&
         open_batches(&t.part[RG_PHASE_VALIDATE], rows->held, rows->n_held, plan, d);
    if (ok) run_loop(&t, out);
    out->start = t.start;
    out->end = t.end;
    out->finite = isfinite(t.end);
    out->diverged = !out->finite || teach_diverged(l, t.start, t.end);
    if (ok && !out->status && plan->explain && !t.told && (!plan->ranks || !plan->ranks->rank))
        term_note(plan->explain > t.step
                      ? "step %lld was not explained: there were %lld"
                      : "step %lld was not explained: --resume goes on behind it, to step %lld",
                  (long long)plan->explain, (long long)t.step);
    if (ok && out->status && out->status != RG_CANCELLED) ok = told_why(&t, d);
    for (int i = 0; i < 2; i++) rg_batches_free(&t.part[i]);
    rg_optim_free(t.optim);
    return ok;
}
