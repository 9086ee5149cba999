/* cmd_test.c - retrograd test: how good a model is on rows that it has not seen. */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "learner.h"
#include "status.h"
#include "term.h"
#include <math.h>

enum { TEST_BATCH = 256 };

typedef struct test_run {
    const args *a;
    diag d;
    rg_model_file file;
    dataset data;
    learner l;
    result r;
} test_run;

static bool test_model(test_run *t)
{
    rg_error e = {0};
    if (!args_has(t->a, OPT_MODEL))
        return diag_set(&t->d, E_USAGE, NULL, (span){0, 0}, "--model FILE is missing");
    if (!dataset_asked(t->a, false, &t->d)) return false;
    if (rg_model_open(&t->file, t->a->opt[OPT_MODEL].text, NULL, &e))
        return diag_library(&t->d, &e);
    if (!dataset_use(&t->data, t->a, &t->file, true, &t->d)) return false;
    learner_open(&t->l, t->file.dtype, 0);
    learner_take(&t->l, &t->data.data, t->file.info.standard, TEST_BATCH);
    if (learner_restore(&t->l, &t->file)) return learner_error(&t->l, &t->d);
    return !learner_test(&t->l, t->data.row, t->data.rows, TEST_BATCH, &t->r) ||
           learner_error(&t->l, &t->d);
}

static void test_number(json *j, const char *key, size_t len, double v)
{
    json_key(j, key, len);
    json_number(j, RG_F64, v);
}

static void test_json(const test_run *t)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    test_number(&j, "loss", 4, t->r.loss);
    if (t->file.info.task == RG_CLASSIFY)
        test_number(&j, "accuracy", 8, t->r.accuracy);
    else {
        test_number(&j, "rmse", 4, sqrt(t->r.loss));
        test_number(&j, "r2", 2, t->r.r2);
    }
    json_key(&j, "n", 1);
    json_whole(&j, t->r.n);
    json_close(&j, '}');
    fputc('\n', stdout);
}

static void test_text(const test_run *t)
{
    printf("loss      %.6g\n", t->r.loss);
    if (t->file.info.task == RG_CLASSIFY)
        printf("accuracy  %.2f %%\n", 100 * t->r.accuracy);
    else
        printf("rmse      %.6g\nR2        %.4f\n", sqrt(t->r.loss), t->r.r2);
    printf("rows      %lld\n", (long long)t->r.n);
}

int cmd_test(const args *a)
{
    test_run t = {.a = a};
    int status = EXIT_FINE;
    if (!command_takes(a, 0)) return EXIT_USAGE;
    rg_set_threads(args_has(a, OPT_THREADS) ? (int)a->opt[OPT_THREADS].number : 0);
    if (!test_model(&t))
        status = term_report(&t.d, ERROR);
    else if (args_has(a, OPT_JSON))
        test_json(&t);
    else
        test_text(&t);
    learner_close(&t.l);
    dataset_free(&t.data);
    rg_model_close(&t.file);
    return status;
}
