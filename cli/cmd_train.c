/* cmd_train.c - retrograd train: a network from data, into a file. */
#define RG_NO_HERE
#include "augmentation.h"
#include "command.h"
#include "json_out.h"
#include "memory.h"
#include "report.h"
#include "room.h"
#include "status.h"
#include "teach.h"
#include "term.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double held_share = 0.1; /* of a table for test, and of the rest for validation */

typedef struct train_run {
    const args *a;
    diag d;
    rg_spec spec;
    const char *spec_text;
    teach_plan plan;
    rg_augment augment;
    rg_model_file resumed;
    bool resumes;
    checkpoint checkpoint;
    spot spot;
    dataset data;
    rg_split test;   /* of a table: held is for retrograd test */
    rg_split rows;   /* kept trains, held validates            */
    rg_standard own; /* of the training part                   */
    const rg_standard *standard;
    uint64_t split_seed;
    int64_t *held_row; /* of test, as the file counts them     */
    learner l;
    rg_model *network; /* those of an ensemble, one after another */
    int networks, done; /* to train, and trained */
    taught result; /* of the first of them */
    result all;    /* in validation, of all together */
    report report;
    rg_ranks ranks; /* of MPI; swap NULL: there are none */
    bool silent;    /* another process says what is wrong */
} train_run;

/* ---- the command line ------------------------------------------------------------------ */

static bool parse_spec(train_run *r)
{
    rg_error e = {0};
    const char *text = r->a->opt[OPT_MODEL].text;
    if (!text) {
        if (args_has(r->a, OPT_RESUME)) return true;
        diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "--model is missing: the network");
        diag_help(
            &r->d,
            "as in --model 'linear 256, relu, linear 10'; the last width is the number of classes");
        return false;
    }
    r->spec_text = text;
    return !rg_spec_parse(&r->spec, text, &e) || diag_library(&r->d, &e);
}

static double number_or(const args *a, option_id id, double usual)
{
    return args_has(a, id) ? a->opt[id].number : usual;
}

/* Pixels are many and much alike, so their weights are held small; columns are few. */
static const char *usual_optimizer(const args *a)
{
    return dataset_is_folder(a) ? "adam lr=2e-3 decay=1" : "adam lr=2e-3";
}

/* Texts that the command line gives, or a checkpoint. */
static bool parse_texts(train_run *r)
{
    rg_error e = {0};
    const checkpoint *c = &r->checkpoint;
    if (rg_optim_parse(&r->plan.optim, &r->plan.group, c->optimizer, &e))
        return diag_library(&r->d, &e);
    r->plan.augment = c->augment ? &r->augment : NULL;
    return !c->augment || augmentation_parse(&r->augment, c->augment, &r->d);
}

static bool parse_plan(train_run *r)
{
    const char *optimizer = r->a->opt[OPT_OPTIMIZER].text;
    r->checkpoint.optimizer = optimizer ? optimizer : usual_optimizer(r->a);
    r->checkpoint.augment = r->a->opt[OPT_AUGMENT].text;
    if (!parse_texts(r)) return false;
    bool asked = args_has(r->a, OPT_SCHEDULE);
    r->plan.steady =
        asked ? r->a->opt[OPT_SCHEDULE].choice == 1 : r->plan.optim.schedule.fall != RG_STEADY;
    r->plan.epochs = (int64_t)number_or(r->a, OPT_EPOCHS, 0);
    r->plan.batch = (int64_t)number_or(r->a, OPT_BATCH, 32);
    r->plan.seed = (uint64_t)number_or(r->a, OPT_SEED, 0);
    r->networks = (int)number_or(r->a, OPT_ENSEMBLE, 1);
    r->plan.smooth = number_or(r->a, OPT_SMOOTH, 0);
    r->spot.nodes = (int)number_or(r->a, OPT_CHECK, 0);
    r->plan.spot = &r->spot;
    r->plan.explain = (int64_t)number_or(r->a, OPT_EXPLAIN, 0);
    r->plan.explain_file = r->a->opt[OPT_EXPLAIN_FILE].text;
    r->plan.shards = (int)number_or(r->a, OPT_SHARDS, 1);
    r->checkpoint.path = r->a->opt[OPT_CHECKPOINT].text;
    r->checkpoint.every = (int64_t)number_or(r->a, OPT_EVERY, 0);
    if (!r->plan.explain != !r->plan.explain_file)
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--explain STEP and --explain-file FILE go together");
    return r->checkpoint.path || !r->checkpoint.every ||
           diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                    "--every says when to write a file: --checkpoint FILE is missing");
}

static bool read_command(train_run *r)
{
    if (!args_has(r->a, OPT_SAVE))
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--save FILE is missing: where the model goes");
    return parse_spec(r) && parse_plan(r) &&
           dataset_asked(r->a, !args_has(r->a, OPT_RESUME), &r->d);
}

/* Better now than after an hour of training: the folder must take a new file. */
static bool try_to_write(train_run *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = memory_new(n + 2, 1);
    memcpy(folder, n ? path : ".", n ? n : 1);
    bool good =
        access(folder, W_OK) == 0 || diag_set(&r->d, E_WRITE, NULL, (span){0, 0},
                                              "%s: cannot be written: %s", path, strerror(errno));
    free(folder);
    return good;
}

static bool try_to_save(train_run *r)
{
    const char *page = r->a->opt[OPT_REPORT].text, *kept = r->checkpoint.path;
    return try_to_write(r, r->a->opt[OPT_SAVE].text) && (!page || try_to_write(r, page)) &&
           (!r->plan.explain_file || try_to_write(r, r->plan.explain_file)) &&
           (!kept || try_to_write(r, kept));
}

/* ---- data --------------------------------------------------------------------------------- */

/* What the run of a checkpoint was asked for; --epochs may say otherwise now. */
static bool take_plan(train_run *r)
{
    checkpoint *c = &r->checkpoint;
    const checkpoint_numbers *n = &c->now;
    if (!checkpoint_open(c, &r->resumed, &r->d) || !checkpoint_agrees(c, r->a, &r->d) ||
        !parse_texts(r))
        return false;
    r->plan.steady = n->steady;
    r->plan.epochs = args_has(r->a, OPT_EPOCHS) ? r->plan.epochs : n->epochs;
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
static bool read_resumed(train_run *r)
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

static bool read_data(train_run *r)
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

/* ---- several processes ----------------------------------------------------------------------- */

static bool is_first(const train_run *r) { return !r->plan.ranks || !r->plan.ranks->rank; }

/* Started by mpirun with others: they share the shards, one thread each. */
static bool join_others(train_run *r)
{
    rg_error e = {0};
    if (rg_mpi_size() == 1) return true;
    if (rg_mpi_open(&r->ranks, &e)) return diag_library(&r->d, &e);
    if (r->ranks.n == 1) return true;
    r->plan.ranks = &r->ranks;
    if (!args_has(r->a, OPT_THREADS)) rg_set_threads(1);
    return true;
}

static bool shards_fit(train_run *r)
{
    int n = r->plan.ranks ? r->plan.ranks->n : 1;
    if (r->plan.shards % n == 0 && r->plan.shards >= n) return true;
    diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
             "%d processes cannot share %d shard%s: their number must divide --shards", n,
             r->plan.shards, r->plan.shards == 1 ? "" : "s");
    diag_help(&r->d, "as in --shards %d; the result depends on it, not on the processes", 2 * n);
    return false;
}

/* Nobody begins unless all can, on the same data; of those that cannot, the first says why. */
static bool all_ready(train_run *r, bool ready)
{
    int64_t least = 0, most = 0, digest = (int64_t)r->checkpoint.now.data;
    if (!r->plan.ranks) return ready;
    const rg_ranks *a = r->plan.ranks;
    if (rg_rank_span(a, ready ? INT64_MAX : a->rank, &least, &most)) return false;
    r->silent = least != INT64_MAX && least != a->rank;
    if (least != INT64_MAX) return false;
    if (rg_rank_span(a, digest, &least, &most)) return false;
    r->silent = a->rank != 0;
    return least == most || diag_set(&r->d, E_FORMAT, NULL, (span){0, 0},
                                     "%s: is not the same data for all processes",
                                     r->data.data.source);
}

static int complain(const train_run *r)
{
    return r->silent ? diag_status(&r->d) : term_report(&r->d, ERROR);
}

/* The others wait for this one, which cannot go on: end them too. When all of them say the
 * same at once, it is the first that is heard. */
static int end_all(train_run *r)
{
    const struct timespec moment = {0, 200000000};
    if (!is_first(r)) nanosleep(&moment, NULL);
    int status = term_report(&r->d, ERROR);
    fflush(NULL);
    rg_mpi_close(&r->ranks, status);
    return status;
}

/* ---- the network ----------------------------------------------------------------------------- */

static void make_room(train_run *r)
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
static bool make_finished(train_run *r)
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

/* The report is about the first of several networks; the course of the others goes by. */
static bool train_network(train_run *r, taught *t)
{
    teach_plan plan = r->plan;
    plan.seed += (uint64_t)r->done;
    if (r->done) plan.watch = NULL;
    if (r->done) plan.explain = 0;
    if (!r->done) r->checkpoint.now.first = (rg_outcome){0};
    if (!make_network(r, &plan) || !teach(&r->l, &r->rows, &plan, t, &r->d)) return false;
    if (!t->outcome.best) return true;
    if (!r->done) {
        r->result = *t;
        r->checkpoint.now.first = t->outcome;
    }
    r->network[r->done++] = r->l.model;
    return true;
}

/* Network k has the k-th seed. Interrupted, those that have seen an epoch are kept. */
static bool train_networks(train_run *r, bool *stopped)
{
    while (r->done < r->networks && !*stopped) {
        taught t;
        if (r->networks > 1 && is_first(r)) fprintf(stderr, "network %d of %d\n", r->done + 1, r->networks);
        if (!train_network(r, &t)) return false;
        *stopped = t.status == RG_CANCELLED;
    }
    r->l.model = r->network[0];
    return true;
}

/* From here on the networks predict together. The loss is that of training: of a target as
 * it is standardised. */
static bool gather(train_run *r)
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

static void open_checkpoint(train_run *r)
{
    checkpoint *c = &r->checkpoint;
    checkpoint_numbers *n = &c->now;
    if (!is_first(r)) c->path = NULL;
    if (!c->path && !c->from) return;
    r->plan.checkpoint = c;
    c->about = about_now;
    c->ud = r;
    c->course = &r->report.epoch;
    c->epochs = &r->report.epochs;
    r->result.rows = r->rows.n_kept;
    r->result.valid = r->rows.n_held;
    n->seed = (int64_t)r->plan.seed;
    n->batch = r->plan.batch;
    n->networks = r->networks;
    n->steady = r->plan.steady;
    n->shards = r->plan.shards;
    n->smooth = r->plan.smooth;
}

static bool save(train_run *r)
{
    rg_error e = {0};
    rg_model_info info = model_info(r);
    if (!rg_model_save(r->a->opt[OPT_SAVE].text, r->network, &info, NULL, &e)) return true;
    if (e.status == RG_IO) return diag_set(&r->d, E_WRITE, NULL, (span){0, 0}, "%s", e.text);
    return diag_library(&r->d, &e);
}

static bool write_report(train_run *r)
{
    report *page = &r->report;
    if (!args_has(r->a, OPT_REPORT)) return true;
    page->l = &r->l;
    page->spec = r->spec_text;
    page->row = r->rows.held;
    page->rows = r->rows.n_held;
    page->batch = r->plan.batch;
    page->taught = &r->result;
    page->steady = r->plan.steady;
    return report_save(page, r->a->opt[OPT_REPORT].text, &r->d);
}

/* ---- showing ------------------------------------------------------------------------------------
 */

static void show_json(const train_run *r)
{
    const taught *t = &r->result;
    json j = {.to = stdout};
    json_open(&j, '{');
    if (r->done > 1) {
        json_key(&j, "networks", 8);
        json_whole(&j, r->done);
    } else {
        json_key(&j, "epochs", 6);
        json_whole(&j, t->outcome.epochs);
        json_key(&j, "best", 4);
        json_whole(&j, t->outcome.best);
    }
    json_key(&j, "loss", 4);
    json_number(&j, RG_F64, r->all.loss);
    if (r->data.data.task == RG_CLASSIFY) json_key(&j, "accuracy", 8);
    if (r->data.data.task == RG_CLASSIFY) json_number(&j, RG_F64, r->all.accuracy);
    json_key(&j, "trained", 7);
    json_whole(&j, t->rows);
    json_key(&j, "validated", 9);
    json_whole(&j, t->valid);
    json_key(&j, "parameters", 10);
    json_whole(&j, r->done * rg_model_size(&r->l.model));
    json_key(&j, "saved", 5);
    json_words(&j, r->a->opt[OPT_SAVE].text, strlen(r->a->opt[OPT_SAVE].text));
    spot_json(&j, &r->spot);
    json_close(&j, '}');
    fputc('\n', stdout);
}

static void show_text(const train_run *r)
{
    const taught *t = &r->result;
    if (r->done > 1)
        printf("networks     %d, averaged\n", r->done);
    else
        printf("best epoch   %lld of %lld\n", (long long)t->outcome.best,
               (long long)t->outcome.epochs);
    printf("validation   loss %.4g", r->all.loss);
    if (r->data.data.task == RG_CLASSIFY) printf(", accuracy %.2f %%", 100 * r->all.accuracy);
    printf(", on %lld of %lld rows\n", (long long)t->valid, (long long)(t->rows + t->valid));
    fputs("saved        ", stdout);
    const char *path = r->a->opt[OPT_SAVE].text;
    diag_plain(stdout, path, strlen(path), term_utf8());
    fputc('\n', stdout);
}

/* ---- the command
 * ----------------------------------------------------------------------------------- */

/* What the first process does with the result. */
static int deliver(train_run *r)
{
    if (!save(r) || !write_report(r) || !gather(r)) return term_report(&r->d, ERROR);
    if (args_has(r->a, OPT_JSON))
        show_json(r);
    else
        show_text(r);
    return spot_show(&r->spot, r->result.seconds) ? EXIT_FINE : EXIT_FAILED;
}

static int train_all(train_run *r)
{
    bool stopped = false;
    bool ready = join_others(r) && read_command(r) && try_to_save(r) && read_resumed(r) &&
                 shards_fit(r) && read_data(r);
    if (!all_ready(r, ready)) return complain(r);
    make_room(r);
    open_checkpoint(r);
    if (!make_finished(r) || !train_networks(r, &stopped)) return end_all(r);
    if (!r->done) return EXIT_INTERRUPT;
    int status = is_first(r) ? deliver(r) : EXIT_FINE;
    return stopped && (status == EXIT_FINE || status == EXIT_FAILED) ? EXIT_INTERRUPT : status;
}

int cmd_train(const args *a)
{
    train_run r = {.a = a};
    r.plan.watch = report_watch;
    r.plan.ud = &r.report;
    if (!command_takes(a, 0)) return EXIT_USAGE;
    rg_set_threads((int)number_or(a, OPT_THREADS, 0));
    int status = train_all(&r);
    rg_mpi_close(&r.ranks, 0);
    report_free(&r.report);
    checkpoint_free(&r.checkpoint);
    learner_close(&r.l);
    free(r.network);
    rg_standard_free(&r.own);
    rg_split_free(&r.rows);
    rg_split_free(&r.test);
    free(r.held_row);
    dataset_free(&r.data);
    rg_model_close(&r.resumed);
    return status;
}
