/* safetensors_read.c - tensors from a file that may lie. The header is JSON and read
 * by jansson; what it promises is checked before it is used, and numbers are read as
 * they come, so that a promise alone costs no memory. */
#define RG_NO_HERE
#include "files.h"
#include "op.h"
#include "safetensors.h"
#include "safetensors_text.h"
#include <stdlib.h>
#include <string.h>

#ifdef RG_HAVE_JANSSON
#include <jansson.h>

static const int64_t longest_header = 100000000; /* as in the format's own library */

/* Where the numbers of a tensor are said to be. */
typedef struct piece {
    int64_t from, to;
    int tensor;
} piece;

typedef struct parse {
    rg_safetensors *f;
    rg_source *src;
    piece *place;
} parse;

static rg_status bad_tensor(parse *p, const char *name, const char *what)
{
    return rg_error_set(p->src->error, RG_FORMAT, "%s: tensor '%.60s' %s", p->src->path, name,
                        what);
}

/* ---- one tensor -------------------------------------------------------------------------- */

static rg_status read_dtype(parse *p, const char *name, const json_t *v, rg_dtype *d)
{
    static const char *const others[] = {"BOOL", "I8",  "I16", "U16",     "F16",    "BF16",
                                         "I32",  "U32", "U64", "F8_E4M3", "F8_E5M2"};
    const char *text = json_string_value(v);
    if (!text) return bad_tensor(p, name, "has no dtype");
    for (int i = 0; i < RG_DTYPES; i++)
        if (!strcmp(text, rg_saved_dtype((rg_dtype)i))) return *d = (rg_dtype)i, RG_OK;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(text, others[i]))
            return rg_error_set(p->src->error, RG_DTYPE,
                                "%s: tensor '%.60s' is %s; F32, F64, I64 and U8 can be read",
                                p->src->path, name, text);
    return bad_tensor(p, name, "has a dtype that does not exist");
}

/* Its shape, and *bytes, which its numbers take. */
static rg_status read_shape(parse *p, const char *name, const json_t *v, rg_tensor *x,
                            int64_t *bytes)
{
    if (!json_is_array(v)) return bad_tensor(p, name, "has no shape");
    if (json_array_size(v) > RG_MAX_RANK)
        return rg_error_set(p->src->error, RG_SHAPE,
                            "%s: tensor '%.60s' has %zu axes, at most %d can be read", p->src->path,
                            name, json_array_size(v), RG_MAX_RANK);
    x->rank = (int)json_array_size(v);
    *bytes = (int64_t)rg_dtype_size(x->dtype);
    bool empty = false;
    for (int i = 0; i < x->rank; i++) {
        const json_t *n = json_array_get(v, (size_t)i);
        x->dim[i] = json_is_integer(n) ? (int64_t)json_integer_value(n) : -1;
        if (x->dim[i] < 0) return bad_tensor(p, name, "has a size that is no whole number from 0");
        if (x->dim[i] && *bytes > INT64_MAX / 2 / x->dim[i])
            return bad_tensor(p, name, "is too large");
        empty |= x->dim[i] == 0;
        *bytes *= x->dim[i] ? x->dim[i] : 1;
    }
    if (empty) *bytes = 0;
    for (int64_t i = x->rank, step = 1; i-- > 0; step *= x->dim[i]) x->stride[i] = step;
    return RG_OK;
}

static rg_status read_piece(parse *p, const char *name, const json_t *v, int64_t bytes, piece *at)
{
    const json_t *from = json_array_get(v, 0), *to = json_array_get(v, 1);
    if (json_array_size(v) != 2 || !json_is_integer(from) || !json_is_integer(to))
        return bad_tensor(p, name, "has no data_offsets");
    at->from = (int64_t)json_integer_value(from);
    at->to = (int64_t)json_integer_value(to);
    if (at->from < 0 || at->to < at->from || at->to - at->from != bytes)
        return bad_tensor(p, name, "has data_offsets that do not fit its shape and dtype");
    return RG_OK;
}

static rg_status read_entry(parse *p, const char *name, const json_t *v)
{
    rg_safetensors *f = p->f;
    rg_saved *x = &f->tensor[f->n];
    piece *at = &p->place[f->n];
    int64_t bytes = 0;
    if (!json_is_object(v) || json_object_size(v) != 3)
        return bad_tensor(p, name, "should have dtype, shape and data_offsets and nothing else");
    x->name = rg_store_text(&f->store, name, strlen(name), p->src->error);
    if (!x->name) return RG_NOMEM;
    at->tensor = f->n++;
    rg_status s = read_dtype(p, name, json_object_get(v, "dtype"), &x->x.dtype);
    if (!s) s = read_shape(p, name, json_object_get(v, "shape"), &x->x, &bytes);
    return s ? s : read_piece(p, name, json_object_get(v, "data_offsets"), bytes, at);
}

/* ---- the header ------------------------------------------------------------------------------ */

static rg_status read_remarks(parse *p, json_t *v)
{
    rg_safetensors *f = p->f;
    if (!json_is_object(v)) return bad_tensor(p, RG_METADATA, "is not a list of texts");
    f->remark =
        rg_store_take(&f->store, (int64_t)json_object_size(v), sizeof *f->remark, p->src->error);
    if (!f->remark) return RG_NOMEM;
    const char *key;
    json_t *text;
    json_object_foreach(v, key, text)
    {
        rg_remark *r = &f->remark[f->remarks];
        if (!json_is_string(text)) return bad_tensor(p, RG_METADATA, "has a value that is no text");
        r->key = rg_store_text(&f->store, key, strlen(key), p->src->error);
        r->value = rg_store_text(&f->store, json_string_value(text), json_string_length(text),
                                 p->src->error);
        if (!r->key || !r->value) return RG_NOMEM;
        f->remarks++;
    }
    return RG_OK;
}

static rg_status read_header(parse *p, json_t *header, rg_store *scratch)
{
    int64_t most = (int64_t)json_object_size(header);
    if (!json_is_object(header) || most > INT32_MAX) {
        rg_error_set(p->src->error, RG_FORMAT, "%s: %s", p->src->path,
                     most ? "too many tensors" : "its header is no JSON object");
        return RG_FORMAT; /* in so many words, for analyzers */
    }
    p->f->tensor = rg_store_take(&p->f->store, most, sizeof *p->f->tensor, p->src->error);
    p->place = rg_store_take(scratch, most, sizeof *p->place, p->src->error);
    if (!p->f->tensor || !p->place) return RG_NOMEM;
    rg_status s = RG_OK;
    const char *name;
    json_t *v;
    json_object_foreach(header, name, v)
    {
        s = strcmp(name, RG_METADATA) ? read_entry(p, name, v) : read_remarks(p, v);
        if (s) break;
    }
    return s;
}

/* ---- the numbers ----------------------------------------------------------------------------- */

static int order_pieces(const void *a, const void *b)
{
    const piece *p = a, *q = b;
    if (p->from != q->from) return p->from < q->from ? -1 : 1;
    return (p->to > q->to) - (p->to < q->to);
}

/* In the order of the file: each must begin where the one before it ends. */
static rg_status read_numbers(parse *p)
{
    rg_safetensors *f = p->f;
    int64_t at = 0;
    qsort(p->place, (size_t)f->n, sizeof *p->place, order_pieces);
    for (int i = 0; i < f->n; i++) {
        rg_saved *x = &f->tensor[p->place[i].tensor];
        if (p->place[i].from != at)
            return bad_tensor(
                p, x->name, p->place[i].from < at ? "overlaps another" : "leaves a gap before it");
        at = p->place[i].to;
    }
    rg_status s = RG_OK;
    for (int i = 0; i < f->n && !s; i++) {
        rg_saved *x = &f->tensor[p->place[i].tensor];
        int64_t n = p->place[i].to - p->place[i].from;
        s = rg_source_block(p->src, &f->store, n, x->name, &x->x.data);
        if (!s) rg_little_endian(x->x.data, (size_t)n, rg_dtype_size(x->x.dtype));
    }
    return s ? s : rg_source_end(p->src);
}

/* ---- the file -------------------------------------------------------------------------------- */

static rg_status load_header(rg_source *src, rg_store *scratch, json_t **header)
{
    unsigned char head[8];
    void *text = NULL;
    uint64_t length = 0;
    rg_status s = rg_source_exact(src, head, sizeof head, "the length of the header");
    if (s) return s;
    for (int i = 0; i < 8; i++) length |= (uint64_t)head[i] << 8 * i;
    if (length > (uint64_t)longest_header)
        return rg_error_set(src->error, RG_FORMAT,
                            "%s: is no safetensors file: a header of %llu bytes", src->path,
                            (unsigned long long)length);
    s = rg_source_block(src, scratch, (int64_t)length, "the header", &text);
    if (s) return s;
    json_error_t why = {0};
    *header = *(char *)text == '{' ? json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &why)
                                   : NULL;
    if (*header) return RG_OK;
    if (json_error_code(&why) == json_error_out_of_memory)
        return rg_error_set(src->error, RG_NOMEM, "%s: no memory for its header", src->path);
    return rg_error_set(src->error, RG_FORMAT,
                        "%s: is no safetensors file: its header is not JSON%s%.100s", src->path,
                        why.text[0] ? ": " : "", why.text);
}

static rg_status read_all(rg_safetensors *f, rg_source *src, rg_store *scratch)
{
    json_t *header = NULL;
    parse p = {f, src, NULL};
    rg_status s = load_header(src, scratch, &header);
    if (!s) s = read_header(&p, header, scratch);
    if (!s) s = read_numbers(&p);
    json_decref(header);
    return s;
}

#else

static rg_status read_all(rg_safetensors *f, rg_source *src, rg_store *scratch)
{
    (void)f, (void)scratch;
    return rg_error_set(src->error, RG_MISSING, "%s: cannot be read: this library is built without jansson",
                        src->path);
}

#endif

rg_status rg_safetensors_read(rg_safetensors *f, const char *path, const rg_alloc *alloc,
                              rg_error *e)
{
    rg_source src;
    rg_store scratch;
    *f = (rg_safetensors){0};
    rg_store_open(&f->store, alloc);
    rg_store_open(&scratch, alloc);
    rg_status s = rg_source_open(&src, path, e);
    if (!s) s = read_all(f, &src, &scratch);
    rg_source_close(&src);
    rg_store_close(&scratch);
    if (s) rg_safetensors_free(f);
    return s;
}

void rg_safetensors_free(rg_safetensors *f)
{
    rg_store_close(&f->store);
    *f = (rg_safetensors){0};
}

const rg_tensor *rg_safetensors_find(const rg_safetensors *f, const char *name)
{
    for (int i = 0; i < f->n; i++)
        if (!strcmp(f->tensor[i].name, name)) return &f->tensor[i].x;
    return NULL;
}

const char *rg_safetensors_remark(const rg_safetensors *f, const char *key)
{
    for (int i = 0; i < f->remarks; i++)
        if (!strcmp(f->remark[i].key, key)) return f->remark[i].value;
    return NULL;
}
