/* cmd_demo.c - retrograd demo: the main job without a file: digits that the program
 * draws, a network trained on them, its gradients checked, tested on digits that it
 * has not seen, and its loss on one of them explained. */
#define RG_NO_HERE
#include "command.h"
#include "explain.h"
#include "gradcheck.h"
#include "json_out.h"
#include "memory.h"
#include "ops.h"
#include "status.h"
#include "teach.h"
#include "term.h"
#include <string.h>

enum {
    DEMO_ROWS = 8000,
    DEMO_TEST = 1000,
    DEMO_BATCH = 32,
    DEMO_CHECKED = 4,
    DEMO_CLASSES = 10,
    DEMO_SHOWN = 3
};

static const char *const demo_spec = "linear 128, relu, linear 10";

typedef struct demo_run {
    const args *a;
    diag d;
    rg_data train, test;
    rg_standard standard;
    rg_split rows;
    learner l;
    rg_report check;
    taught taught;
    result result;
    double score[DEMO_CLASSES]; /* of the digit that is shown */
} demo_run;

static bool demo_data(demo_run *r, uint64_t seed)
{
    rg_error e = {0};
    if (rg_make_digits(&r->train, DEMO_ROWS, seed, RG_TRAIN, NULL, &e) ||
        rg_make_digits(&r->test, DEMO_TEST, seed, RG_TEST, NULL, &e) ||
        rg_split_rows(&r->rows, NULL, DEMO_ROWS, r->train.label, r->train.classes, 0.1, seed, NULL,
                      &e) ||
        rg_standard_fit(&r->standard, &r->train, r->rows.kept, r->rows.n_kept, NULL, &e))
        return diag_library(&r->d, &e);
    return true;
}

/* The gradient of the first loss with respect to all weights, against slopes. */
static bool demo_check(demo_run *r)
{
    rg_model *m = &r->l.model;
    int64_t mark = rg_mark(r->l.tape);
    rg_check_how how = {.elements = DEMO_CHECKED};
    rg_status s = learner_put(&r->l, r->rows.kept, DEMO_CHECKED);
    if (!s)
        s = rg_check_graph(learner_measure(&r->l, DEMO_CHECKED, RG_MODE_TRAIN).loss, m->params,
                           m->param, &how, NULL, &r->check);
    if (s) return learner_error(&r->l, &r->d);
    rg_rewind(r->l.tape, mark);
    return true;
}

static rg_status demo_scores(demo_run *r)
{
    int64_t mark = rg_mark(r->l.tape), row = DEMO_SHOWN;
    rg_status s = learner_put(&r->l, &row, 1);
    if (!s) s = rg_read(learner_output(&r->l, 1, RG_MODE_PREDICT), RG_F64, r->score, DEMO_CLASSES);
    if (!s) rg_rewind(r->l.tape, mark);
    return s;
}

static bool demo_run_all(demo_run *r, uint64_t seed)
{
    rg_error e = {0};
    rg_spec spec;
    teach_plan plan = {
        .optim = rg_adam(), .group.lr = 1e-3, .epochs = 10, .batch = DEMO_BATCH, .seed = seed};
    if (!demo_data(r, seed)) return false;
    if (rg_spec_parse(&spec, demo_spec, &e)) return diag_library(&r->d, &e);
    learner_open(&r->l, RG_F32, seed);
    learner_take(&r->l, &r->train, &r->standard, DEMO_BATCH);
    if (rg_model_init(&r->l.model, r->l.tape, &spec, r->train.width, RG_F32, seed))
        return learner_error(&r->l, &r->d);
    if (!demo_check(r) || !teach(&r->l, &r->rows, &plan, &r->taught, &r->d)) return false;
    r->l.data = &r->test;
    int64_t row[DEMO_TEST];
    for (int64_t i = 0; i < DEMO_TEST; i++) row[i] = i;
    rg_status s = learner_test(&r->l, row, DEMO_TEST, DEMO_BATCH, &r->result);
    return (!s && !demo_scores(r)) || learner_error(&r->l, &r->d);
}

/* ---- showing ------------------------------------------------------------------------------ */

static void demo_json(const demo_run *r)
{
    const char *verdict = rg_verdict_text(r->check.verdict);
    json j = {.to = stdout};
    json_open(&j, '{');
    json_key(&j, "check", 5);
    json_words(&j, verdict, strlen(verdict));
    json_key(&j, "loss", 4);
    json_number(&j, RG_F64, r->result.loss);
    json_key(&j, "accuracy", 8);
    json_number(&j, RG_F64, r->result.accuracy);
    json_key(&j, "n", 1);
    json_whole(&j, r->result.n);
    json_key(&j, "parameters", 10);
    json_whole(&j, rg_model_size(&r->l.model));
    json_close(&j, '}');
    fputc('\n', stdout);
}

static void demo_text(const demo_run *r)
{
    printf("data       %d digits of 28 x 28, drawn by the program; %d more for the test\n",
           DEMO_ROWS, DEMO_TEST);
    printf("network    %s: %lld numbers to learn\n", demo_spec,
           (long long)rg_model_size(&r->l.model));
    printf("gradients  %s: compared with slopes before training\n",
           rg_verdict_text(r->check.verdict));
    printf("training   best of %lld epochs: %lld, in %.1f s\n", (long long)r->taught.outcome.epochs,
           (long long)r->taught.outcome.best, r->taught.seconds);
    printf("test       accuracy %.2f %% on %lld digits it had not seen\n", 100 * r->result.accuracy,
           (long long)r->result.n);
}

/* The digit itself, in four shades, two characters to a pixel. */
static void demo_digit(const demo_run *r, int64_t i)
{
    const unsigned char *p = (const unsigned char *)r->test.x + i * r->test.width;
    for (int y = 0; y < 28; y += 2) {
        for (int x = 0; x < 28; x++) {
            int ink = (p[28 * y + x] + p[28 * (y + 1) + x]) / 2;
            fputc(" .+#"[ink / 64], stdout);
        }
        fputc('\n', stdout);
    }
}

static void to_stdout(void *ud, const char *text, size_t n)
{
    (void)ud;
    fwrite(text, 1, n, stdout);
}

/* Backward from the loss of that digit to the ten scores that the network gave it. */
static void demo_explain(const demo_run *r)
{
    rg_tape *t = rg_tape_new(NULL);
    if (!t) memory_die();
    const int64_t *label = &r->test.label[DEMO_SHOWN];
    rg_node *z =
        rg_name(rg_leaf_from(t, RG_F64, rg_shape1(DEMO_CLASSES), r->score, DEMO_CLASSES), "scores");
    rg_node *y = rg_name(rg_leaf_from(t, RG_I64, rg_shape0(), label, 1), "label");
    rg_explain_options how = {.title = "cross_entropy(scores, label)", .digits = 3};
    printf("\nthe loss of the digit above, a %lld, explained down to the network's ten scores:\n\n",
           (long long)*label);
    rg_explain_text(rg_cross_entropy(z, y), 1, &z, &how, to_stdout, NULL);
    rg_tape_free(t);
}

static int demo_status(const demo_run *r)
{
    if (r->taught.status == RG_CANCELLED) return EXIT_INTERRUPT;
    return r->check.verdict == RG_FAIL ? EXIT_FAILED : EXIT_FINE;
}

int cmd_demo(const args *a)
{
    demo_run r = {.a = a};
    if (!command_takes(a, 0)) return EXIT_USAGE;
    rg_set_threads(args_has(a, OPT_THREADS) ? (int)a->opt[OPT_THREADS].number : 0);
    bool ok = demo_run_all(&r, args_has(a, OPT_SEED) ? (uint64_t)a->opt[OPT_SEED].number : 0);
    if (ok && args_has(a, OPT_JSON))
        demo_json(&r);
    else if (ok) {
        demo_digit(&r, DEMO_SHOWN);
        demo_text(&r);
        demo_explain(&r);
    }
    int status = ok ? demo_status(&r) : term_report(&r.d, ERROR);
    learner_close(&r.l);
    rg_split_free(&r.rows);
    rg_standard_free(&r.standard);
    rg_data_free(&r.train);
    rg_data_free(&r.test);
    return status;
}
