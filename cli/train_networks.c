/* train_networks.c - the networks of retrograd train: made or restored, trained, saved. */
#define RG_NO_HERE
#include "memory.h"
#include "train_run.h"
#include <stdio.h>

void train_make_room(train_run *r)
{
    static const rg_dtype choice[] = {RG_F32, RG_F64};
    rg_dtype dtype = r->resumes                  ? r->resumed.dtype
                     : args_has(r->a, OPT_DTYPE) ? choice[r->a->opt[OPT_DTYPE].choice]
                                                 : RG_F32;
    learner_open(&r->l, dtype, r->plan.seed);
    learner_take(&r->l, &r->data.data, r->standard, r->plan.batch);
    r->network = memory_new((size_t)r->networks, sizeof *r->network);
}

/* Those that a checkpoint has finished. */
bool train_make_finished(train_run *r)
{
    rg_status s = RG_OK;
    for (int k = 0; k < r->done && !s; k++)
        s = rg_model_restore_member(&r->network[k], r->l.tape, &r->resumed, k);
    return !s || learner_error(&r->l, &r->d);
}

/* After a checkpoint the networks that had not begun begin as they would have: drawn. */
static bool make_network(train_run *r, const teach_plan *plan)
{
    learner *l = &r->l;
    bool in_file = r->resumes && r->done < r->resumed.info.networks;
    rg_status s = in_file ? rg_model_restore_member(&l->model, l->tape, &r->resumed, r->done)
                             : rg_model_init(&l->model, l->tape, &r->spec, l->data->width, l->dtype,
                                             plan->seed);
    return !s || learner_error(l, &r->d);
}

/* The course that the report draws is the first network's. */
static bool train_network(train_run *r, taught *t)
{
    teach_plan plan = r->plan;
    plan.seed += (uint64_t)r->done;
    if (r->done) plan.watch = NULL;
    if (r->done) plan.explain = 0;
    if (!r->done) r->checkpoint.now.first = (rg_outcome){0};
    if (!make_network(r, &plan)) return false;
    bool good = teach(&r->l, &r->rows, &plan, t, &r->d);
    if (!good && !r->done) r->result = *t;
    if (!r->done || (t->diverged && !(r->worst.diverged && !r->worst.finite))) r->worst = *t;
    if (!good) return false;
    if (!t->outcome.best) return true;
    if (!r->done) {
        r->result = *t;
        r->checkpoint.now.first = t->outcome;
    }
    r->network[r->done++] = r->l.model;
    return true;
}

/* Network k has the k-th seed. Interrupted, those that have seen an epoch are kept. */
bool train_all_networks(train_run *r, bool *stopped)
{
    while (r->done < r->networks && !*stopped) {
        taught t;
        if (r->networks > 1 && train_is_first(r)) fprintf(stderr, "network %d of %d\n", r->done + 1, r->networks);
        if (!train_network(r, &t)) return false;
        *stopped = t.status == RG_CANCELLED;
    }
    r->l.model = r->network[0];
    return true;
}

/* From here on the networks predict together. The loss is that of training: of a target as
 * it is standardised. */
bool train_gather(train_run *r)
{
    double unit = r->l.target ? r->standard->target_deviation : 1;
    r->all.loss = r->result.outcome.loss;
    r->all.accuracy = r->result.outcome.score;
    if (r->done == 1) return true;
    learner_gather(&r->l, r->network, r->done);
    if (learner_test(&r->l, r->rows.held, r->rows.n_held, r->plan.batch, &r->all))
        return learner_error(&r->l, &r->d);
    r->all.loss /= unit * unit;
    return true;
}

static rg_model_info model_info(const train_run *r)
{
    const dataset *s = &r->data;
    rg_model_info info = {.spec = r->spec_text,
                          .networks = r->done,
                          .task = s->data.task,
                          .row = s->data.shape,
                          .classes = s->data.classes,
                          .class_name = s->data.class_name,
                          .standard = r->standard,
                          .seed = r->split_seed,
                          .digest = s->table.digest,
                          .held = r->test.n_held,
                          .held_row = r->held_row};
    if (s->table.rows) info.coding = r->resumes ? r->resumed.info.coding : &s->coding;
    info.missing = dataset_missing(r->a, r->resumes ? r->resumed.info.missing : RG_MISSING_ERROR);
    return info;
}

/* For the checkpoint: with the network that is under way. */
static const rg_model *about_now(void *ud, rg_model_info *info)
{
    train_run *r = ud;
    *info = model_info(r);
    info->networks = r->done + 1;
    r->network[r->done] = r->l.model;
    return r->network;
}

void train_open_checkpoint(train_run *r)
{
    checkpoint *c = &r->checkpoint;
    checkpoint_numbers *n = &c->now;
    if (!train_is_first(r)) c->path = NULL;
    if (!c->path && !c->from) return;
    r->plan.checkpoint = c;
    c->about = about_now;
    c->ud = r;
    c->course = &r->report.epoch;
    c->epochs = &r->report.epochs;
    r->result.rows = r->rows.n_kept;
    r->result.valid = r->rows.n_held;
    n->seed = (int64_t)r->plan.seed;
    n->patience = r->plan.patience;
    n->batch = r->plan.batch;
    n->networks = r->networks;
    n->steady = r->plan.steady;
    n->shards = r->plan.shards;
    n->smooth = r->plan.smooth;
}

bool train_save(train_run *r)
{
    rg_error e = {0};
    rg_model_info info = model_info(r);
    for (int k = 0; k < r->networks && !learner_tells_nonfinite(&r->network[k], r->a->opt[OPT_SAVE].text); k++) continue;
    if (!rg_model_save(r->a->opt[OPT_SAVE].text, r->network, &info, NULL, &e)) return true;
    if (e.status == RG_IO) return diag_set(&r->d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
    return diag_library(&r->d, &e);
}
