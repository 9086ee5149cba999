/* cmd_train.c - retrograd train: a network from data, into a file. */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "status.h"
#include "targets.h"
#include "term.h"
#include "train_run.h"
#include <stdlib.h>
#include <string.h>

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
bool train_parse_texts(train_run *r)
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
    if (!train_parse_texts(r)) return false;
    bool asked = args_has(r->a, OPT_SCHEDULE);
    r->plan.steady =
        asked ? r->a->opt[OPT_SCHEDULE].choice == 1 : r->plan.optim.schedule.fall != RG_STEADY;
    r->plan.epochs = (int64_t)number_or(r->a, OPT_EPOCHS, 0);
    r->plan.patience = (int64_t)number_or(r->a, OPT_PATIENCE, 0);
    r->plan.batch = (int64_t)number_or(r->a, OPT_BATCH, 32);
    r->plan.seed = (uint64_t)number_or(r->a, OPT_SEED, 0);
    r->networks = (int)number_or(r->a, OPT_ENSEMBLE, 1);
    r->plan.smooth = number_or(r->a, OPT_SMOOTH, 0);
    r->spot.nodes = (int)number_or(r->a, OPT_CHECK, 0);
    r->spot.every = (int64_t)number_or(r->a, OPT_CHECK_EVERY, 0);
    r->plan.spot = &r->spot;
    r->plan.explain = (int64_t)number_or(r->a, OPT_EXPLAIN, 0);
    r->plan.explain_file = r->a->opt[OPT_EXPLAIN_FILE].text;
    r->plan.shards = (int)number_or(r->a, OPT_SHARDS, 1);
    r->checkpoint.path = r->a->opt[OPT_CHECKPOINT].text;
    r->checkpoint.every = (int64_t)number_or(r->a, OPT_EVERY, 0);
    if (r->spot.every && !r->spot.nodes)
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0},
                        "--check-every says when to check: --check N is missing");
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

static bool try_to_save(train_run *r)
{
    const char *page = r->a->opt[OPT_REPORT].text, *kept = r->checkpoint.path;
    return target_takes_a_file(r->a->opt[OPT_SAVE].text, &r->d) && (!page || target_takes_a_file(page, &r->d)) &&
           (!r->plan.explain_file || target_takes_a_file(r->plan.explain_file, &r->d)) &&
           (!kept || target_takes_a_file(kept, &r->d));
}

/* ---- showing -------------------------------------------------------------------------------- */

static void describe_run(train_run *r)
{
    report *page = &r->report;
    page->a = r->a;
    page->l = &r->l;
    page->spec = r->spec_text;
    page->row = r->rows.held;
    page->rows = r->rows.n_held;
    page->batch = r->plan.batch;
    page->taught = &r->result;
    page->all = &r->all;
    page->networks = r->networks;
    page->steady = r->plan.steady;
}

static bool write_report(train_run *r)
{
    if (!args_has(r->a, OPT_REPORT)) return true;
    describe_run(r);
    return report_save(&r->report, r->a->opt[OPT_REPORT].text, &r->d);
}

/* The first network's loss left the finite numbers: its course is what one wants to see. */
static void report_failure(train_run *r)
{
    diag unwritten = {0};
    if (!args_has(r->a, OPT_REPORT) || r->d.code != E_DOMAIN || r->done || !train_is_first(r)) return;
    describe_run(r);
    if (report_save_broken(&r->report, r->a->opt[OPT_REPORT].text, r->d.text, &unwritten))
        term_note("how far it came is told by %s", r->a->opt[OPT_REPORT].text);
}

/* What is known however a training ends. */
static void json_course(json *j, const train_run *r, const taught *t, int networks)
{
    json_key(j, "finite", 6);
    json_bool(j, r->worst.finite);
    json_key(j, "diverged", 8);
    json_bool(j, r->worst.diverged);
    json_key(j, "trained", 7);
    json_whole(j, t->rows);
    json_key(j, "validated", 9);
    json_whole(j, t->valid);
    json_key(j, "parameters", 10);
    json_whole(j, networks * rg_model_size(&r->l.model));
}

/* A network of which no epoch was finite; nothing is saved. */
static void show_json_of_nothing(const train_run *r)
{
    const taught *t = &r->worst;
    json j = {.to = stdout};
    bool nothing = r->d.code == E_DOMAIN && t->outcome.epochs && !t->outcome.best;
    if (!nothing || !args_has(r->a, OPT_JSON) || !train_is_first(r)) return;
    json_open(&j, '{');
    json_key(&j, "epochs", 6);
    json_whole(&j, t->outcome.epochs);
    json_key(&j, "best", 4);
    json_whole(&j, 0);
    json_course(&j, r, t, 1);
    json_close(&j, '}');
    fputc('\n', stdout);
}

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
    json_course(&j, r, t, r->done);
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

/* ---- the command ---------------------------------------------------------------------------- */

/* Of a training that made it worse: what was saved is the best epoch, but that is not what one wanted. False: it left
 * the finite numbers. */
static bool course_was_finite(train_run *r)
{
    const taught *t = &r->worst;
    if (t->finite && t->diverged)
        term_note("the training loss ended at %.3g, far above its start, %.3g: a smaller learning rate may help", t->end, t->start);
    if (t->finite) return true;
    diag_set(&r->d, E_DOMAIN, NULL, (span){0, 0}, "training: the loss was not finite in epoch %lld of %lld", (long long)t->outcome.epochs,
             (long long)t->epochs);
    diag_help(&r->d, "what was saved is as it was after epoch %lld; a smaller learning rate may help", (long long)t->outcome.best);
    return false;
}

/* What the first process does with the result. */
static int deliver(train_run *r)
{
    if (!train_save(r) || !train_gather(r) || !write_report(r)) return term_report(&r->d, ERROR);
    if (args_has(r->a, OPT_JSON))
        show_json(r);
    else
        show_text(r);
    bool checked = spot_show(&r->spot, r->result.seconds);
    if (!course_was_finite(r)) return term_report(&r->d, ERROR);
    return checked ? EXIT_FINE : EXIT_FAILED;
}

static int train_all(train_run *r)
{
    bool stopped = false;
    bool ready = train_join_others(r) && read_command(r) && try_to_save(r) && train_read_resumed(r) &&
                 train_shards_fit(r) && train_read_data(r);
    if (!train_all_ready(r, ready)) return train_complain(r);
    train_make_room(r);
    train_open_checkpoint(r);
    if (!train_make_finished(r)) return train_end_all(r);
    if (!train_all_networks(r, &stopped)) {
        report_failure(r);
        show_json_of_nothing(r);
        return train_end_all(r);
    }
    if (!r->done) return EXIT_INTERRUPT;
    int status = train_is_first(r) ? deliver(r) : EXIT_FINE;
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
