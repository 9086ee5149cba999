/* cmd_predict.c - retrograd predict: what a model says about rows: class and
 * probabilities, or a number. */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "learner.h"
#include "memory.h"
#include "ops.h"
#include "status.h"
#include "term.h"
#include <stdlib.h>
#include <string.h>

enum { PREDICT_BATCH = 256 };

typedef enum predict_form { AS_TEXT, AS_CSV, AS_JSON } predict_form;

typedef struct predict_run {
    const args *a;
    diag d;
    rg_model_file file;
    dataset data;
    learner l;
    int64_t width;  /* classes, or 1                          */
    double *number; /* of a batch: probabilities, or the value */
    json j;
    predict_form form;
} predict_run;

/* ---- a row ------------------------------------------------------------------------------- */

static int64_t likeliest(const double *p, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (p[i] > p[best]) best = i;
    return best;
}

static void put_cell(const char *text)
{
    bool plain = !strpbrk(text, ",\"\r\n");
    if (!plain) fputc('"', stdout);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stdout);
        fputc(*text, stdout);
    }
    if (!plain) fputc('"', stdout);
}

static void row_json(predict_run *r, const double *p, const char *name, int64_t number)
{
    json_open(&r->j, '{');
    if (name) {
        json_key(&r->j, "class", 5);
        json_words(&r->j, name, strlen(name));
        json_key(&r->j, "probabilities", 13);
        json_numbers(&r->j, r->l.dtype, 1, &r->width, p);
    } else {
        json_key(&r->j, "value", 5);
        json_number(&r->j, r->l.dtype, *p);
    }
    json_key(&r->j, "row", 3);
    json_whole(&r->j, number);
    json_close(&r->j, '}');
}

/* The row of the file stands last: the class stays the first column. */
static void row_csv(const predict_run *r, const double *p, const char *name, int64_t number)
{
    int digits = r->l.dtype == RG_F32 ? 9 : 17;
    if (name)
        put_cell(name);
    else
        printf("%.*g", digits, *p);
    for (int64_t i = 0; name && i < r->width; i++) printf(",%.*g", digits, p[i]);
    printf(",%lld\n", (long long)number);
}

static void row_text(const double *p, const char *name, int64_t best, int64_t number)
{
    printf("%lld  ", (long long)number);
    if (name) diag_plain(stdout, name, strlen(name), term_utf8());
    if (name)
        printf("  %.2f %%\n", 100 * p[best]);
    else
        printf("%.6g\n", *p);
}

static void show_row(predict_run *r, const double *p, int64_t number)
{
    bool classes = r->file.info.task == RG_CLASSIFY;
    int64_t best = likeliest(p, r->width);
    const char *name = classes ? r->file.info.class_name[best] : NULL;
    if (r->form == AS_JSON)
        row_json(r, p, name, number);
    else if (r->form == AS_CSV)
        row_csv(r, p, name, number);
    else
        row_text(p, name, best, number);
}

static void show_head(predict_run *r)
{
    if (r->form == AS_JSON) json_open(&r->j, '[');
    if (r->form != AS_CSV) return;
    fputs(r->file.info.task == RG_CLASSIFY ? "class" : "value", stdout);
    for (int i = 0; i < r->file.info.classes; i++) {
        fputc(',', stdout);
        put_cell(r->file.info.class_name[i]);
    }
    fputs(",row\n", stdout);
}

static void show_foot(predict_run *r)
{
    if (r->form == AS_JSON) json_close(&r->j, ']');
    if (r->form == AS_JSON) fputc('\n', stdout);
}

/* ---- all rows ------------------------------------------------------------------------------ */

/* Probabilities, or the value in the target's own units, of n rows that were put. */
static rg_status compute_batch(predict_run *r, int64_t n)
{
    const rg_standard *s = r->file.info.standard;
    int64_t mark = rg_mark(r->l.tape);
    rg_node *y = learner_output(&r->l, n, RG_MODE_PREDICT);
    if (r->file.info.task == RG_CLASSIFY)
        y = rg_softmax(y, -1);
    else
        y = rg_offset(rg_scale(rg_cast(y, RG_F64), s->target_deviation), s->target_mean);
    rg_status st = rg_read(y, RG_F64, r->number, (size_t)(n * r->width));
    if (!st) rg_rewind(r->l.tape, mark);
    return st;
}

static bool predict_rows(predict_run *r)
{
    const dataset *s = &r->data;
    show_head(r);
    for (int64_t from = 0; from < s->rows; from += PREDICT_BATCH) {
        int64_t n = s->rows - from < PREDICT_BATCH ? s->rows - from : PREDICT_BATCH;
        if (learner_put(&r->l, s->row + from, n) || compute_batch(r, n))
            return learner_error(&r->l, &r->d);
        for (int64_t i = 0; i < n; i++)
            show_row(r, r->number + i * r->width,
                     s->data.row ? s->data.row[s->row[from + i]] : from + i + 1);
    }
    show_foot(r);
    return true;
}

static bool predict_model(predict_run *r)
{
    rg_error e = {0};
    if (!args_has(r->a, OPT_MODEL))
        return diag_set(&r->d, E_USAGE, NULL, (span){0, 0}, "--model FILE is missing");
    if (!dataset_asked(r->a, false, &r->d)) return false;
    if (rg_model_open(&r->file, r->a->opt[OPT_MODEL].text, NULL, &e))
        return diag_library(&r->d, &e);
    if (!dataset_use(&r->data, r->a, &r->file, false, &r->d)) return false;
    r->width = r->file.spec.outputs;
    r->number = memory_new((size_t)(PREDICT_BATCH * r->width), sizeof *r->number);
    learner_open(&r->l, r->file.dtype, 0);
    learner_take(&r->l, &r->data.data, r->file.info.standard, PREDICT_BATCH);
    if (learner_restore(&r->l, &r->file)) return learner_error(&r->l, &r->d);
    return predict_rows(r);
}

int cmd_predict(const args *a)
{
    predict_run r = {.a = a, .j = {.to = stdout}};
    if (!command_takes(a, 0)) return EXIT_USAGE;
    r.form = args_has(a, OPT_JSON) ? AS_JSON : args_has(a, OPT_CSV) ? AS_CSV : AS_TEXT;
    rg_set_threads(args_has(a, OPT_THREADS) ? (int)a->opt[OPT_THREADS].number : 0);
    int status = predict_model(&r) ? EXIT_FINE : term_report(&r.d, ERROR);
    learner_close(&r.l);
    dataset_free(&r.data);
    rg_model_close(&r.file);
    free(r.number);
    return status;
}
