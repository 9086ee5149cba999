/* train_data.c - the rows that retrograd train is given, and the file that it goes on from. */
#define RG_NO_HERE
#include "memory.h"
#include "room.h"
#include "train_run.h"
#include <string.h>

static const double held_share = 0.1; /* of a table for test, and of the rest for validation */

/* What the run of a checkpoint was asked for; --epochs may say otherwise now. */
static bool take_plan(train_run *r)
{
    checkpoint *c = &r->checkpoint;
    const checkpoint_numbers *n = &c->now;
    if (!checkpoint_open(c, &r->resumed, &r->d) || !checkpoint_agrees(c, r->a, &r->d) ||
        !train_parse_texts(r))
        return false;
    r->plan.steady = n->steady;
    r->plan.epochs = args_has(r->a, OPT_EPOCHS) ? r->plan.epochs : n->epochs;
    r->plan.patience = n->patience;
    r->plan.batch = n->batch;
    r->plan.seed = (uint64_t)n->seed;
    r->plan.smooth = n->smooth;
    r->plan.shards = (int)n->shards;
    r->networks = (int)n->networks;
    r->done = r->resumed.info.networks - 1;
    r->result.outcome = n->first;
    r->report.epoch = checkpoint_course(c, &r->report.epochs);
    r->report.room = r->report.epochs;
    return true;
}

/* --resume: the network, its coding and its standard are those of the file. */
bool train_read_resumed(train_run *r)
{
    rg_error e = {0};
    if (!args_has(r->a, OPT_RESUME)) return true;
    if (rg_model_open(&r->resumed, r->a->opt[OPT_RESUME].text, NULL, &e))
        return diag_library(&r->d, &e);
    r->resumes = true;
    if (r->spec_text && strcmp(r->spec_text, r->resumed.info.spec) != 0)
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--model says '%s', but the file of --resume holds '%s'", r->spec_text,
                        r->resumed.info.spec);
    r->spec_text = r->resumed.info.spec;
    r->spec = r->resumed.spec;
    if (checkpoint_is(&r->resumed)) return take_plan(r);
    if (args_has(r->a, OPT_ENSEMBLE) && r->networks != r->resumed.info.networks)
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--ensemble says %d, but the file of --resume holds %d", r->networks,
                        r->resumed.info.networks);
    r->networks = r->resumed.info.networks;
    return true;
}

static bool has_pictures(train_run *r)
{
    const rg_data *x = &r->data.data;
    if (!r->plan.augment || (x->dtype == RG_U8 && x->shape.rank == 3)) return true;
    return diag_set(&r->d, E_SHAPE, NULL, (span){0, 0},
                    "--augment changes pictures, but %s holds a table", x->source);
}

static bool has_labels(train_run *r)
{
    const rg_data *x = &r->data.data;
    if (r->plan.smooth == 0 || (x->task == RG_CLASSIFY && x->classes > 1)) return true;
    return diag_set(&r->d, E_SHAPE, NULL, (span){0, 0},
                    "--smooth takes from a label and gives to other classes, but %s",
                    x->task == RG_CLASSIFY ? "there is one class" : "the target is a number");
}

/* The first row whose class has no output, as the file counts rows. */
static void name_the_row(train_run *r)
{
    const rg_data *x = &r->data.data;
    for (int64_t i = 0; x->task == RG_CLASSIFY && i < x->rows; i++) {
        if (x->label[i] < r->spec.outputs) continue;
        diag_help(&r->d, "let it end in: linear %d; the first row with a class beyond is %lld: %.60s", x->classes,
                  (long long)(x->row ? x->row[i] : i + 1), x->class_name[x->label[i]]);
        return;
    }
    diag_help(&r->d, "let it end in: linear %d", x->task == RG_CLASSIFY ? x->classes : 1);
}

static bool outputs_fit(train_run *r)
{
    const rg_data *x = &r->data.data;
    int64_t want = x->task == RG_CLASSIFY ? x->classes : 1;
    if (r->spec.outputs == want) return true;
    diag_set(&r->d, E_SHAPE, NULL, (span){0, 0},
             "the last width of the network is %lld, but there %s %lld %s",
             (long long)r->spec.outputs, want == 1 ? "is" : "are", (long long)want,
             x->task == RG_CLASSIFY ? want == 1 ? "class" : "classes" : "number to predict");
    name_the_row(r);
    return false;
}

static bool memory_suffices(train_run *r)
{
    bool wide = args_has(r->a, OPT_DTYPE) && r->a->opt[OPT_DTYPE].choice == 1;
    return room_for_training(&r->spec, r->data.data.width, r->plan.batch, wide ? 8 : 4, &r->d);
}

static bool split(train_run *r, rg_split *s, const int64_t *rows, int64_t n, uint64_t seed)
{
    rg_error e = {0};
    const rg_data *x = &r->data.data;
    return !rg_split_rows(s, rows, n, x->label, x->classes, held_share, seed, NULL, &e) ||
           diag_library(&r->d, &e);
}

/* A folder has test files of its own; a table holds rows out, and their numbers in the
 * file are kept. A resumed training holds out the same rows again: seed is the first one's. */
static bool split_data(train_run *r, uint64_t seed)
{
    dataset *s = &r->data;
    if (!s->table.rows) return split(r, &r->rows, s->row, s->rows, seed);
    if (!split(r, &r->test, s->row, s->rows, seed)) return false;
    r->held_row = memory_new((size_t)r->test.n_held, sizeof *r->held_row);
    for (int64_t i = 0; i < r->test.n_held; i++)
        r->held_row[i] = s->data.row ? s->data.row[r->test.held[i]] : r->test.held[i] + 1;
    return split(r, &r->rows, r->test.kept, r->test.n_kept, seed + 1);
}

static bool is_same_data(train_run *r)
{
    checkpoint_numbers *n = &r->checkpoint.now;
    if (!r->checkpoint.path && !r->checkpoint.from && !r->plan.ranks) return true;
    uint64_t before = n->data;
    n->data = checkpoint_digest(&r->data.data);
    return !r->checkpoint.from || n->data == before ||
           diag_set(&r->d, E_FORMAT, NULL, (span){0, 0},
                    "%s: is not the data that the run of --resume was trained on",
                    r->data.data.source);
}

bool train_read_data(train_run *r)
{
    rg_error e = {0};
    const rg_model_file *model = r->resumes ? &r->resumed : NULL;
    if (!dataset_train(&r->data, r->a, model, &r->d) || !outputs_fit(r) || !has_pictures(r) ||
        !has_labels(r) || !memory_suffices(r) || !is_same_data(r))
        return false;
    r->split_seed = model ? model->info.seed : r->plan.seed;
    if (!split_data(r, r->split_seed)) return false;
    r->standard = model ? model->info.standard : &r->own;
    return model ||
           !rg_standard_fit(&r->own, &r->data.data, r->rows.kept, r->rows.n_kept, NULL, &e) ||
           diag_library(&r->d, &e);
}
