/* train.c - the training loop. One function, run_batch, records a step or replays it;
 * the rest only counts. */
#define RG_NO_HERE
#include "train.h"
#include "plan.h"
#include "shards.h"
#include <math.h>
#include <string.h>

/* Sums over the rows of a phase. */
typedef struct tally {
    double loss, score;
    int64_t rows, batches;
    bool scored;
} tally;

enum { PLANS = 8 }; /* more sizes of batches than that are recorded each time */

typedef struct kept_plan {
    rg_phase phase;
    int64_t rows;
    bool scored;
    rg_plan *plan; /* its outputs: the loss, and the score if there is one */
} kept_plan;

typedef struct run {
    const rg_training *tr;
    rg_progress p;
    rg_outcome out;
    char *copy; /* of the kept leaves at the best epoch */
    size_t bytes;
    const rg_standing *from; /* while the epoch that it stands in is not finished */
    kept_plan plan[PLANS];
    int plans;
} run;

static const double unknown = (double)NAN;

static double mean_loss(const tally *y) { return y->rows ? y->loss / (double)y->rows : unknown; }
static double mean_score(const tally *y)
{
    return y->rows && y->scored ? y->score / (double)y->rows : unknown;
}

/* ---- the best epoch -------------------------------------------------------------- */

static size_t leaf_bytes(const rg_node *x)
{
    return (size_t)rg_count_of(x) * rg_dtype_size(rg_dtype_of(x));
}

static rg_status make_copy(run *r)
{
    const rg_training *tr = r->tr;
    r->bytes = 1;
    for (int i = 0; i < tr->kept; i++) r->bytes += leaf_bytes(tr->keep[i]);
    r->copy = rg_scratch(tr->tape, r->bytes);
    return r->copy ? RG_OK : RG_NOMEM;
}

static void keep_best(run *r)
{
    char *to = r->copy;
    for (int i = 0; i < r->tr->kept; to += leaf_bytes(r->tr->keep[i++])) {
        rg_tensor w = rg_peek(r->tr->keep[i]);
        rg_pack(to, &w, 0, rg_count_of(r->tr->keep[i]));
    }
}

static void take_back(run *r)
{
    const char *from = r->copy;
    for (int i = 0; i < r->tr->kept; from += leaf_bytes(r->tr->keep[i++])) {
        rg_tensor w = rg_peek(r->tr->keep[i]);
        rg_unpack(&w, from);
        rg_touch(r->tr->keep[i]);
    }
}

/* ---- a step ---------------------------------------------------------------------- */

static void add_batch(tally *y, int64_t rows, double loss, const double *score)
{
    y->rows += rows;
    y->batches++;
    y->loss += (double)rows * loss;
    y->scored = score != NULL;
    if (score) y->score += *score;
}

static kept_plan *find_plan(run *r, rg_phase phase, int64_t rows)
{
    for (int i = 0; i < r->plans; i++)
        if (r->plan[i].phase == phase && r->plan[i].rows == rows) return &r->plan[i];
    return NULL;
}

/* What was just recorded, for the next batch of as many rows. */
static rg_status keep_plan(run *r, rg_phase phase, int64_t rows, const rg_measured *m)
{
    if (!r->tr->replay || r->plans == PLANS) return RG_OK;
    rg_node *out[] = {m->loss, m->score};
    rg_plan *p = rg_compile(r->tr->tape, m->score ? 2 : 1, out, NULL);
    if (!p) return rg_error_of(r->tr->tape)->status;
    r->plan[r->plans++] = (kept_plan){phase, rows, m->score != NULL, p};
    return RG_OK;
}

static rg_status replay_batch(const kept_plan *k, tally *y)
{
    rg_status s = rg_run(k->plan);
    if (s) return s;
    double score = k->scored ? rg_plan_value(k->plan, 1) : 0;
    add_batch(y, k->rows, rg_plan_value(k->plan, 0), k->scored ? &score : NULL);
    return RG_OK;
}

static rg_status record_whole(const rg_training *tr, rg_phase phase, int64_t rows, rg_measured *m)
{
    *m = tr->record(tr->ud, phase, rows);
    rg_status s = rg_error_of(tr->tape)->status;
    return s || phase != RG_PHASE_TRAIN ? s : rg_optim_step(tr->optim, m->loss);
}

static rg_status record_batch(run *r, rg_phase phase, int64_t rows, tally *y)
{
    rg_tape *t = r->tr->tape;
    int64_t mark = rg_step_begin(t);
    rg_measured m = {NULL, NULL};
    rg_status s = r->tr->shards > 1 ? rg_shards_record(r->tr, phase, rows, &m)
                                    : record_whole(r->tr, phase, rows, &m);
    if (!s) s = keep_plan(r, phase, rows, &m);
    if (s) return s;
    double score = m.score ? rg_value(m.score) : 0;
    add_batch(y, rows, rg_value(m.loss), m.score ? &score : NULL);
    if (phase == RG_PHASE_TRAIN) return rg_step_end(t, mark);
    s = rg_error_of(t)->status;
    if (!s) rg_rewind(t, mark);
    return s;
}

static rg_status run_batch(run *r, rg_phase phase, int64_t rows, tally *y)
{
    const kept_plan *k = find_plan(r, phase, rows);
    return k ? replay_batch(k, y) : record_batch(r, phase, rows, y);
}

/* ---- where it stands --------------------------------------------------------------- */

static rg_status tell_standing(const run *r, const tally *y)
{
    rg_node *counter = rg_counter(r->tr->tape);
    rg_standing s = {.epoch = r->p.epoch,
                     .done = r->p.done,
                     .batches = y->batches,
                     .rows = y->rows,
                     .loss = y->loss,
                     .score = y->score,
                     .scored = y->scored,
                     .outcome = r->out,
                     .tick = *(int64_t *)rg_peek(counter).data,
                     .best = r->copy,
                     .bytes = r->bytes};
    return r->tr->standing(r->tr->ud, &s);
}

/* The sums over the epoch so far. */
static tally standing_tally(const rg_standing *s)
{
    return (tally){s->loss, s->score, s->rows, s->batches, s->scored};
}

static void set_tick(rg_tape *t, int64_t tick)
{
    rg_node *counter = rg_counter(t);
    *(int64_t *)rg_peek(counter).data = tick;
    rg_touch(counter);
}

static rg_status go_on(run *r)
{
    const rg_standing *s = r->tr->from;
    if (!s) return RG_OK;
    if (s->bytes != r->bytes)
        return rg_refuse(r->tr->tape, RG_SHAPE, NULL,
                         "training: %zu bytes of kept leaves to go on from, where there are %zu",
                         s->bytes, r->bytes);
    r->out = s->outcome;
    if (r->out.best) memcpy(r->copy, s->best, s->bytes);
    set_tick(r->tr->tape, s->tick);
    r->p.epoch = s->done ? s->epoch : s->epoch - 1;
    if (!s->done) {
        r->from = s;
        return RG_OK;
    }
    tally train = standing_tally(s);
    r->p.loss = mean_loss(&train); /* of which over() judges */
    return RG_OK;
}

/* The batches of a training phase that were done before. */
static rg_status pass_over(run *r, int64_t batches)
{
    rg_status s = RG_OK;
    for (int64_t i = 0; i < batches && !s; i++) {
        int64_t rows = 0;
        s = r->tr->next(r->tr->ud, RG_PHASE_TRAIN, &rows);
        if (!s && !rows)
            s = rg_refuse(r->tr->tape, RG_USAGE, NULL,
                          "training: to go on behind %lld batches, where an epoch has %lld",
                          (long long)batches, (long long)i);
    }
    return s;
}

/* ---- an epoch -------------------------------------------------------------------- */

static rg_status show(run *r, const tally *y)
{
    r->p.rows = y->rows;
    r->p.loss = mean_loss(y);
    r->p.score = mean_score(y);
    bool stop = r->tr->progress && r->tr->progress(r->tr->ud, &r->p);
    rg_status s = r->tr->standing ? tell_standing(r, y) : RG_OK;
    return s ? s : stop ? RG_CANCELLED : RG_OK;
}

static rg_status run_phase(run *r, rg_phase phase, tally *y)
{
    rg_status s = r->tr->begin(r->tr->ud, phase, r->p.epoch);
    if (!s) s = pass_over(r, y->batches);
    while (!s) {
        int64_t rows = 0;
        s = r->tr->next(r->tr->ud, phase, &rows);
        if (s || rows == 0) break;
        s = run_batch(r, phase, rows, y);
        if (!s && phase == RG_PHASE_TRAIN) s = show(r, y);
    }
    return s;
}

static rg_status run_epoch(run *r)
{
    tally train = r->from ? standing_tally(r->from) : (tally){0}, valid = {0};
    r->from = NULL;
    r->p = (rg_progress){.epoch = r->p.epoch + 1,
                         .epochs = r->tr->epochs,
                         .valid_loss = unknown,
                         .valid_score = unknown};
    rg_status s = run_phase(r, RG_PHASE_TRAIN, &train);
    if (!s) s = run_phase(r, RG_PHASE_VALIDATE, &valid);
    if (s) return s;
    const tally *judge = valid.rows ? &valid : &train;
    double loss = mean_loss(judge);
    r->p.best =
        isfinite(loss) && isfinite(mean_loss(&train)) && (r->out.best == 0 || loss < r->out.loss);
    if (r->p.best) {
        r->out = (rg_outcome){.best = r->p.epoch, .loss = loss, .score = mean_score(judge)};
        keep_best(r);
    }
    r->out.epochs = r->p.epoch;
    r->p.done = true;
    r->p.valid_loss = mean_loss(&valid);
    r->p.valid_score = mean_score(&valid);
    return show(r, &train);
}

/* ---- the loop -------------------------------------------------------------------- */

static bool over(const run *r)
{
    const rg_outcome *o = &r->out;
    return o->epochs >= r->tr->epochs || (o->epochs && !isfinite(r->p.loss)) ||
           (r->tr->patience && o->epochs - o->best >= r->tr->patience);
}

rg_status rg_train(const rg_training *tr, rg_outcome *out)
{
    if (!tr || !tr->tape) return RG_USAGE;
    run r = {.tr = tr, .out = {.loss = unknown, .score = unknown}};
    rg_counter(tr->tape); /* now: a leaf recorded within a step would go with it */
    rg_status s = rg_shards_check(tr);
    if (!s) s = make_copy(&r);
    if (!s) s = go_on(&r);
    while (!s && !over(&r)) s = run_epoch(&r);
    if (!s && r.out.epochs && !r.out.best) {
        rg_fail(tr->tape, RG_DOMAIN, NULL,
                "training: the loss is not finite; a smaller learning rate may help");
        s = RG_DOMAIN;
    }
    if (r.out.best) take_back(&r);
    for (int i = 0; i < r.plans; i++) rg_plan_free(r.plan[i].plan);
    if (r.copy) rg_scratch_free(tr->tape, r.copy, r.bytes);
    if (out) *out = r.out;
    return s;
}
