/* modelfile_write.c - a trained network to a file. */
#define RG_NO_HERE
#include "modelfile.h"
#include "modelfile_text.h"
#include "store.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct packing {
    rg_store store;
    rg_saved *tensor;
    rg_remark *remark;
    int tensors, remarks;
    double target[2]; /* mean and deviation */
    rg_error *e;
} packing;

static void pack_tensor(packing *p, const char *name, rg_tensor x)
{
    p->tensor[p->tensors++] = (rg_saved){name, x};
}

static void pack_vector(packing *p, const char *name, rg_dtype dtype, const void *numbers,
                        int64_t n)
{
    pack_tensor(p, name,
                (rg_tensor){.data = (void *)(uintptr_t)numbers,
                            .dtype = dtype,
                            .rank = 1,
                            .dim = {n},
                            .stride = {1}});
}

static rg_status pack_text(packing *p, const char *key, const char *value)
{
    p->remark[p->remarks++] = (rg_remark){key, value};
    return RG_OK;
}

/* A short value, put together; the key too when it has a number. */
static rg_status pack_line(packing *p, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static rg_status pack_line(packing *p, const char *key, const char *fmt, ...)
{
    char line[RG_TEXT];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    char *value = rg_store_text(&p->store, line, (size_t)n, p->e);
    return value ? pack_text(p, key, value) : RG_NOMEM;
}

static rg_status pack_classes(packing *p, const rg_model_info *info)
{
    rg_status s = pack_line(p, RG_KEY_CLASSES, "%d", info->classes);
    for (int i = 0; i < info->classes && !s; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "class %d", i);
        char *kept = rg_store_text(&p->store, key, (size_t)n, p->e);
        s = kept ? pack_text(p, kept, info->class_name[i]) : RG_NOMEM;
    }
    return s;
}

static rg_status pack_coding(packing *p, const rg_model_info *info, rg_text *coding)
{
    if (!info->coding) return RG_OK;
    rg_status s = rg_coding_write(info->coding, coding, &p->store.alloc, p->e);
    if (s) return s;
    pack_text(p, RG_KEY_MISSING, rg_missing_words[info->missing]);
    return pack_text(p, RG_KEY_CODING, coding->text);
}

static rg_status pack_remarks(packing *p, const rg_model_info *info, rg_text *coding)
{
    char row[RG_TEXT];
    pack_text(p, RG_KEY_FORMAT, RG_MODEL_FORMAT);
    pack_text(p, RG_KEY_SPEC, info->spec);
    pack_text(p, RG_KEY_TASK, rg_task_words[info->task]);
    rg_status s = pack_line(p, RG_KEY_ROW, "%s", rg_shape_text(info->row, row));
    if (!s) s = pack_line(p, RG_KEY_SEED, "%" PRIu64, info->seed);
    if (!s && info->digest) s = pack_line(p, RG_KEY_DIGEST, "%016" PRIx64, info->digest);
    if (!s && info->networks > 1) s = pack_line(p, RG_KEY_NETS, "%d", info->networks);
    if (!s) s = pack_classes(p, info);
    return s ? s : pack_coding(p, info, coding);
}

static rg_status pack_leaf(packing *p, const rg_node *leaf, int which)
{
    char line[RG_TEXT];
    const char *name = rg_name_of(leaf);
    if (which) {
        int n = snprintf(line, sizeof line, RG_MEMBER_LEAF, which, name);
        name = rg_store_text(&p->store, line, (size_t)n, p->e);
    }
    if (name) pack_tensor(p, name, rg_peek(leaf));
    return name ? RG_OK : RG_NOMEM;
}

static rg_status pack_leaves(packing *p, const rg_model *m, int which)
{
    rg_status s = RG_OK;
    for (int i = 0; i < m->params && !s; i++) s = pack_leaf(p, m->param[i], which);
    for (int i = 0; i < m->buffers && !s; i++) s = pack_leaf(p, m->buffer[i], which);
    return s;
}

static void pack_standard(packing *p, const rg_model_info *info)
{
    const rg_standard *s = info->standard;
    pack_vector(p, RG_TENSOR_MEAN, RG_F64, s->mean, s->width);
    pack_vector(p, RG_TENSOR_DEVIATION, RG_F64, s->deviation, s->width);
    p->target[0] = s->target_mean;
    p->target[1] = s->target_deviation;
    pack_vector(p, RG_TENSOR_TARGET, RG_F64, p->target, 2);
    if (info->digest) pack_vector(p, RG_TENSOR_HELD, RG_I64, info->held_row, info->held);
}

static void pack_rest(packing *p, const rg_model_info *info)
{
    for (int i = 0; i < info->tensors; i++) pack_tensor(p, info->tensor[i].name, info->tensor[i].x);
    for (int i = 0; i < info->remarks; i++)
        pack_text(p, info->remark[i].key, info->remark[i].value);
}

rg_status rg_model_save(const char *path, const rg_model *m, const rg_model_info *info,
                        const rg_alloc *alloc, rg_error *e)
{
    enum { FIXED = 12 };
    int networks = info->networks > 1 ? info->networks : 1;
    packing p = {.e = e};
    rg_text coding = {0};
    rg_store_open(&p.store, alloc);
    p.tensor = rg_store_take(&p.store, networks * (m->params + m->buffers) + info->tensors + FIXED,
                             sizeof *p.tensor, e);
    p.remark = rg_store_take(&p.store, info->classes + info->remarks + FIXED, sizeof *p.remark, e);
    rg_status s = p.tensor && p.remark ? pack_remarks(&p, info, &coding) : RG_NOMEM;
    for (int k = 0; k < networks && !s; k++) s = pack_leaves(&p, &m[k], k);
    if (!s) {
        pack_standard(&p, info);
        pack_rest(&p, info);
        s = pack_line(&p, RG_KEY_SUM, "%016" PRIx64,
                      rg_model_sum(p.tensors, p.tensor, p.remarks, p.remark));
    }
    if (!s) s = rg_safetensors_write(path, p.tensors, p.tensor, p.remarks, p.remark, alloc, e);
    rg_text_free(&coding);
    rg_store_close(&p.store);
    return s;
}
