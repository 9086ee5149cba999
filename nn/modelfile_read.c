/* modelfile_read.c - a trained network from a file, which is believed only as far as
 * it fits together. */
#define RG_NO_HERE
#include "modelfile.h"
#include "modelfile_text.h"
#include "store.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct opening {
    rg_model_file *f;
    const char *path;
    rg_error *e;
} opening;

static rg_status not_so(const opening *o, const char *what)
{
    return rg_error_set(o->e, RG_FORMAT, "%s: is no model that can be used: %s", o->path, what);
}

static const char *remark_of(const opening *o, const char *key)
{
    const char *text = rg_safetensors_remark(&o->f->file, key);
    return text ? text : "";
}

/* ---- what it says of itself ---------------------------------------------------------- */

static rg_status open_spec(opening *o)
{
    rg_error why = {0};
    if (strcmp(remark_of(o, RG_KEY_FORMAT), RG_MODEL_FORMAT) != 0)
        return not_so(o, "it was not written by retrograd train");
    o->f->info.spec = remark_of(o, RG_KEY_SPEC);
    rg_status s = rg_spec_parse(&o->f->spec, o->f->info.spec, &why);
    return s ? not_so(o, why.text) : RG_OK;
}

static rg_status open_sum(opening *o)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)o; /* a fuzzer would never get beyond it */
    return RG_OK;
#else
    const rg_safetensors *f = &o->f->file;
    char sum[20];
    snprintf(sum, sizeof sum, "%016" PRIx64, rg_model_sum(f->n, f->tensor, f->remarks, f->remark));
    return strcmp(remark_of(o, RG_KEY_SUM), sum)
               ? not_so(o, "it has changed since it was written: its checksum differs")
               : RG_OK;
#endif
}

/* One of n words; -1: none of them. */
static int word_of(const char *text, const char *const *word, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(text, word[i])) return i;
    return -1;
}

/* A whole number from 0 to most and nothing else; -1: it is not. */
static int64_t whole_of(const char *text, char **end, int64_t most)
{
    if (*text < '0' || *text > '9') return -1;
    long long v = strtoll(text, end, 10);
    return v <= most ? v : -1;
}

static rg_status open_row(opening *o, int64_t *width)
{
    rg_shape *row = &o->f->info.row;
    const char *text = remark_of(o, RG_KEY_ROW);
    *width = 1;
    for (;;) {
        char *end;
        int64_t n = whole_of(text, &end, INT32_MAX);
        if (n < 1 || row->rank == RG_MAX_RANK || *width > INT32_MAX / n)
            return not_so(o, "the shape of its rows");
        row->dim[row->rank++] = n;
        *width *= n;
        if (!*end) return RG_OK;
        if (*end != 'x') return not_so(o, "the shape of its rows");
        text = end + 1;
    }
}

static rg_status open_classes(opening *o)
{
    rg_model_file *f = o->f;
    char *end = NULL;
    int64_t n = whole_of(remark_of(o, RG_KEY_CLASSES), &end, f->file.remarks);
    int task = word_of(remark_of(o, RG_KEY_TASK), rg_task_words, 3);
    if (n < 0 || *end || (task != RG_CLASSIFY && task != RG_REGRESS)) return not_so(o, "its task");
    f->info.task = (rg_task)task;
    f->info.classes = (int)n;
    if (f->spec.outputs != (task == RG_CLASSIFY ? n : 1))
        return not_so(o, "its outputs are not as many as its classes");
    const char **name = rg_store_take(&f->store, n, sizeof *name, o->e);
    if (!name) return RG_NOMEM;
    for (int i = 0; i < n; i++) {
        char key[32];
        snprintf(key, sizeof key, "class %d", i);
        name[i] = rg_safetensors_remark(&f->file, key);
        if (!name[i]) return not_so(o, "a class has no name");
    }
    f->info.class_name = name;
    return RG_OK;
}

/* Each network has tensors of its own in the file, so there are no more of them. */
static rg_status open_networks(opening *o)
{
    const char *text = rg_safetensors_remark(&o->f->file, RG_KEY_NETS);
    char *end = NULL;
    int64_t n = text ? whole_of(text, &end, o->f->file.n) : 1;
    if (n < 1 || (text && *end)) return not_so(o, "how many networks it holds");
    o->f->info.networks = (int)n;
    return RG_OK;
}

static rg_status open_coding(opening *o, int64_t width)
{
    rg_model_file *f = o->f;
    const char *text = rg_safetensors_remark(&f->file, RG_KEY_CODING);
    if (!text) return RG_OK;
    rg_error why = {0};
    rg_status s = rg_coding_read(&f->coding, text, &f->store.alloc, &why);
    if (s == RG_NOMEM) return rg_error_set(o->e, s, "%s", why.text);
    if (s) return not_so(o, why.text);
    int missing = word_of(remark_of(o, RG_KEY_MISSING), rg_missing_words, 3);
    if (missing < 0 || f->coding.width != width || f->coding.task != f->info.task ||
        (f->info.classes && f->coding.target.categories != f->info.classes))
        return not_so(o, "its columns");
    f->info.missing = (rg_missing)missing;
    f->info.coding = &f->coding;
    return RG_OK;
}

/* ---- tensors that are no leaves -------------------------------------------------------- */

/* A vector of n numbers (of any number when n is -1); NULL: it is not that. */
static const rg_tensor *vector_of(const opening *o, const char *name, rg_dtype dtype, int64_t n)
{
    const rg_tensor *x = rg_safetensors_find(&o->f->file, name);
    return x && x->dtype == dtype && x->rank == 1 && (n < 0 || x->dim[0] == n) ? x : NULL;
}

static bool pairs_are_sound(const double *mean, const double *deviation, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(mean[i]) || !isfinite(deviation[i]) || deviation[i] <= 0) return false;
    return true;
}

static rg_status open_standard(opening *o, int64_t width)
{
    rg_model_file *f = o->f;
    int64_t n = f->info.coding ? width : 1;
    const rg_tensor *mean = vector_of(o, RG_TENSOR_MEAN, RG_F64, n);
    const rg_tensor *deviation = vector_of(o, RG_TENSOR_DEVIATION, RG_F64, n);
    const rg_tensor *target = vector_of(o, RG_TENSOR_TARGET, RG_F64, 2);
    if (!mean || !deviation || !target) return not_so(o, "mean and deviation are missing");
    const double *pair = target->data;
    if (!pairs_are_sound(mean->data, deviation->data, n) || !pairs_are_sound(pair, pair + 1, 1))
        return not_so(o, "mean and deviation");
    f->standard = (rg_standard){.width = n,
                                .mean = mean->data,
                                .deviation = deviation->data,
                                .target_mean = pair[0],
                                .target_deviation = pair[1]};
    f->info.standard = &f->standard;
    return RG_OK;
}

static void open_rest(opening *o)
{
    rg_model_info *info = &o->f->info;
    const rg_tensor *held = vector_of(o, RG_TENSOR_HELD, RG_I64, -1);
    info->seed = strtoull(remark_of(o, RG_KEY_SEED), NULL, 10);
    info->digest = strtoull(remark_of(o, RG_KEY_DIGEST), NULL, 16);
    if (held) info->held = held->dim[0];
    if (held) info->held_row = held->data;
}

/* What a spec promises costs no memory before its weights are seen to be there. */
static rg_status open_leaves(opening *o, int64_t width)
{
    rg_model_file *f = o->f;
    for (int i = 0; i < f->spec.layers; i++) {
        const rg_layer *l = &f->spec.layer[i];
        char name[32], what[96];
        if (l->kind == RG_MAXOUT) width /= (int64_t)l->number;
        if (l->kind != RG_LINEAR) continue;
        snprintf(name, sizeof name, "%d.weight", i);
        const rg_tensor *w = rg_safetensors_find(&f->file, name);
        if (!w || (w->dtype != RG_F32 && w->dtype != RG_F64)) return not_so(o, "it has no weights");
        snprintf(what, sizeof what, "%s is not of the size that its network has", name);
        if (w->rank != 2 || w->dim[0] != width || w->dim[1] != l->width) return not_so(o, what);
        f->dtype = w->dtype;
        width = l->width;
    }
    return RG_OK;
}

rg_status rg_model_open(rg_model_file *f, const char *path, const rg_alloc *alloc, rg_error *e)
{
    *f = (rg_model_file){0};
    rg_store_open(&f->store, alloc);
    opening o = {f, path, e};
    int64_t width = 0;
    rg_status s = rg_safetensors_read(&f->file, path, alloc, e);
    if (!s) s = open_spec(&o);
    if (!s) s = open_sum(&o);
    if (!s) s = open_row(&o, &width);
    if (!s) s = open_classes(&o);
    if (!s) s = open_networks(&o);
    if (!s) s = open_coding(&o, width);
    if (!s) s = open_standard(&o, width);
    if (!s) s = open_leaves(&o, width);
    f->path = s ? NULL : rg_store_text(&f->store, path, strlen(path), e);
    if (!s && !f->path) s = RG_NOMEM;
    if (!s) open_rest(&o);
    if (s) rg_model_close(f);
    return s;
}

void rg_model_close(rg_model_file *f)
{
    rg_coding_free(&f->coding);
    rg_safetensors_free(&f->file);
    rg_store_close(&f->store);
    *f = (rg_model_file){0};
}

/* ---- leaves --------------------------------------------------------------------------------- */

static rg_status restore_leaf(rg_node *leaf, const rg_model_file *f, int which)
{
    char text[RG_TEXT];
    const char *name = rg_name_of(leaf);
    if (which) snprintf(text, sizeof text, RG_MEMBER_LEAF, which, name);
    const rg_tensor *x = rg_safetensors_find(&f->file, which ? text : name);
    rg_shape s = rg_shape_of(leaf);
    if (x && x->dtype == rg_dtype_of(leaf) && x->rank == s.rank &&
        !memcmp(x->dim, s.dim, (size_t)s.rank * sizeof *s.dim))
        return rg_write(leaf, x->dtype, x->data, (size_t)rg_count(x));
    rg_fail(rg_tape_of(leaf), RG_FORMAT, NULL, "%s: is no model that can be used: it has no numbers that fit %s", f->path,
            rg_node_text(leaf, text));
    return RG_FORMAT;
}

rg_status rg_model_restore_member(rg_model *m, rg_tape *t, const rg_model_file *f, int which)
{
    int64_t width = 1;
    if (which < 0 || which >= f->info.networks)
        return rg_refuse(t, RG_USAGE, NULL, "network %d of a model file that holds %d", which,
                         f->info.networks);
    for (int i = 0; i < f->info.row.rank; i++) width *= f->info.row.dim[i];
    rg_status s = rg_model_init(m, t, &f->spec, width, f->dtype, f->info.seed);
    for (int i = 0; i < m->params && !s; i++) s = restore_leaf(m->param[i], f, which);
    for (int i = 0; i < m->buffers && !s; i++) s = restore_leaf(m->buffer[i], f, which);
    return s;
}

rg_status rg_model_restore(rg_model *m, rg_tape *t, const rg_model_file *f)
{
    return rg_model_restore_member(m, t, f, 0);
}
