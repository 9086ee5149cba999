/* dataset.c - reads what --data names. */
#define RG_NO_HERE
#include "dataset.h"
#include "columns.h"
#include "memory.h"
#include "term.h"
#include <stdlib.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool dataset_is_folder(const args *a)
{
    return args_has(a, OPT_DATA) && is_folder(a->opt[OPT_DATA].text);
}

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool diag_library(diag *d, const rg_error *e)
{
    if (e->status == RG_NOMEM) memory_die_of(e->text);
    return diag_set(d, diag_code_of(e->status), NULL, (span){0, 0}, "%s", e->text);
}

bool dataset_asked(const args *a, bool target, diag *d)
{
    const char *path = a->opt[OPT_DATA].text;
    if (!path)
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--data FOLDER or FILE.csv is missing");
    if (!target || args_has(a, OPT_TARGET) || !is_there(path) || is_folder(path)) return true;
    diag_set(d, E_USAGE, NULL, (span){0, 0},
             "--target COLUMN is missing: what to learn from the columns of %s", path);
    return false;
}

static void take_all(dataset *s)
{
    s->rows = s->data.rows;
    s->row = memory_new((size_t)s->rows, sizeof *s->row);
    for (int64_t i = 0; i < s->rows; i++) s->row[i] = i;
}

rg_missing dataset_missing(const args *a, rg_missing usual)
{
    static const rg_missing choice[] = {RG_MISSING_DROP, RG_MISSING_MEAN};
    return args_has(a, OPT_MISSING) ? choice[a->opt[OPT_MISSING].choice] : usual;
}

static bool has_gaps(const rg_table *t)
{
    for (int64_t i = 0; i < t->rows * t->columns; i++)
        if (!t->cell[i]) return true;
    return false;
}

/* What rg_encode refuses; when that may be for missing cells, also what to do about them. */
static bool not_encoded(const dataset *s, rg_missing missing, diag *d, const rg_error *e)
{
    diag_library(d, e);
    if (e->status == RG_FORMAT && missing == RG_MISSING_ERROR && has_gaps(&s->table))
        diag_help(d, "--missing drop leaves out rows with a missing cell, --missing mean puts the "
                     "mean there");
    return false;
}

/* ---- training ------------------------------------------------------------------------ */

static bool train_images(dataset *s, const args *a, diag *d)
{
    rg_error e = {0};
    const char *path = a->opt[OPT_DATA].text;
    if (args_has(a, OPT_WITHOUT))
        return diag_set(d, E_SHAPE, NULL, (span){0, 0}, "--without leaves out columns, but %s holds images", path);
    return !rg_read_images(&s->data, path, RG_TRAIN, NULL, &e) || diag_library(d, &e);
}

static bool train_columns(dataset *s, const args *a, const rg_model_file *model, diag *d)
{
    rg_error e = {0};
    const rg_coding *coding = model ? model->info.coding : &s->coding;
    if (rg_read_csv(&s->table, a->opt[OPT_DATA].text, NULL, &e)) return diag_library(d, &e);
    if (!columns_leave_out(&s->table, a, d)) return false;
    if (!model && rg_coding_learn(&s->coding, &s->table, a->opt[OPT_TARGET].text, NULL, &e))
        return diag_library(d, &e);
    if (!model) columns_note(&s->table, &s->coding);
    rg_missing missing = dataset_missing(a, model ? model->info.missing : RG_MISSING_ERROR);
    return !rg_encode(&s->data, coding, &s->table, missing, NULL, &e) ||
           not_encoded(s, missing, d, &e);
}

/* Images for a model of columns, or the other way round; what is not there fits, and is
 * reported when it is read. */
static bool kind_fits(const char *path, const rg_model_file *model, diag *d)
{
    bool folder = is_folder(path);
    if (!model || !is_there(path) || folder == !model->info.coding) return true;
    return diag_set(d, E_SHAPE, NULL, (span){0, 0}, "%s: the model was trained on %s, this is %s",
                    path, folder ? "the columns of a table" : "images",
                    folder ? "a folder" : "a file");
}

bool dataset_train(dataset *s, const args *a, const rg_model_file *model, diag *d)
{
    const char *path = a->opt[OPT_DATA].text;
    *s = (dataset){0};
    if (!kind_fits(path, model, d)) return false;
    if (!(is_folder(path) ? train_images(s, a, d) : train_columns(s, a, model, d))) return false;
    take_all(s);
    return true;
}

/* ---- using a model -------------------------------------------------------------------- */

static bool same_shape(const rg_data *x, const rg_model_file *model, diag *d)
{
    char has[RG_TEXT], wants[RG_TEXT];
    rg_shape a = x->shape, b = model->info.row;
    bool same = a.rank == b.rank;
    for (int i = 0; i < a.rank && same; i++) same = a.dim[i] == b.dim[i];
    return same || diag_set(d, E_SHAPE, NULL, (span){0, 0}, "%s: a row is %s, the model takes %s",
                            x->source, rg_shape_text(a, has), rg_shape_text(b, wants));
}

static bool use_images(dataset *s, const char *path, const rg_model_file *model, diag *d)
{
    rg_error e = {0};
    if (rg_read_images(&s->data, path, RG_TEST, NULL, &e)) return diag_library(d, &e);
    if (!same_shape(&s->data, model, d)) return false;
    return !rg_data_expect(&s->data, model->info.classes, &e) || diag_library(d, &e);
}

static bool use_columns(dataset *s, const args *a, const rg_model_file *model, bool labelled,
                        diag *d)
{
    rg_error e = {0};
    rg_coding coding = *model->info.coding;
    if (!labelled) coding.task = RG_UNLABELLED;
    if (rg_read_csv(&s->table, a->opt[OPT_DATA].text, NULL, &e)) return diag_library(d, &e);
    rg_missing missing = dataset_missing(a, model->info.missing);
    if (rg_encode(&s->data, &coding, &s->table, missing, NULL, &e))
        return not_encoded(s, missing, d, &e);
    if (!labelled || s->data.task != RG_UNLABELLED) return true;
    return diag_set(d, E_FORMAT, NULL, (span){0, 0}, "%s: has no column %s to compare with",
                    s->table.source, model->info.coding->target.name);
}

/* Of the table that the model was trained on: the rows that were held out then. */
static void take_held(dataset *s, const rg_model_info *info)
{
    int64_t n = 0, k = 0;
    for (int64_t i = 0; i < s->rows; i++) {
        int64_t number = s->data.row ? s->data.row[i] : i + 1;
        while (k < info->held && info->held_row[k] < number) k++;
        if (k < info->held && info->held_row[k] == number) s->row[n++] = i;
    }
    s->rows = n;
}

bool dataset_use(dataset *s, const args *a, const rg_model_file *model, bool labelled, diag *d)
{
    const char *path = a->opt[OPT_DATA].text;
    *s = (dataset){0};
    if (!kind_fits(path, model, d)) return false;
    if (!(model->info.coding ? use_columns(s, a, model, labelled, d)
                             : use_images(s, path, model, d)))
        return false;
    take_all(s);
    if (labelled && model->info.digest && model->info.digest == s->table.digest)
        take_held(s, &model->info);
    if (s->rows) return true;
    return diag_set(d, E_FORMAT, NULL, (span){0, 0},
                    "%s: none of its rows was held out in training", path);
}

void dataset_free(dataset *s)
{
    free(s->row);
    rg_data_free(&s->data);
    rg_coding_free(&s->coding);
    rg_table_free(&s->table);
}
