/* safetensors_write.c - tensors to a file. The header is put together twice: once to
 * measure, once to write. */
#define RG_NO_HERE
#include "files.h"
#include "op.h"
#include "safetensors.h"
#include "safetensors_text.h"
#include <stdio.h>
#include <string.h>

enum { HEAD = 8, CHUNK_BYTES = 1 << 14 };

/* ---- text ------------------------------------------------------------------------- */

typedef struct scribe {
    char *to; /* NULL: measure only */
    size_t n;
} scribe;

static void say_bytes(scribe *s, const char *bytes, size_t n)
{
    if (s->to) memcpy(s->to + s->n, bytes, n);
    s->n += n;
}

static void say(scribe *s, const char *text) { say_bytes(s, text, strlen(text)); }

static void say_whole(scribe *s, int64_t v)
{
    char digits[24];
    say_bytes(s, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)v));
}

static void say_string(scribe *s, const char *text)
{
    say(s, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        char escape[8];
        if (c == '"' || c == '\\')
            say_bytes(s, escape, (size_t)snprintf(escape, sizeof escape, "\\%c", c));
        else if (c < 32)
            say_bytes(s, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c));
        else
            say_bytes(s, p, 1);
    }
    say(s, "\"");
}

/* ---- what may be written -------------------------------------------------------------- */

static rg_status check_text(const char *text, const char *path, rg_error *e)
{
    return rg_utf8_ok(text) ? RG_OK
                         : rg_error_set(e, RG_FORMAT, "%s: cannot be written: '%.60s' is not UTF-8",
                                        path, text);
}

static rg_status check_saved(const char *path, int n, const rg_saved *x, rg_error *e)
{
    for (int i = 0; i < n; i++) {
        if (!strcmp(x[i].name, RG_METADATA))
            return rg_error_set(e, RG_USAGE, "%s: no tensor may be called " RG_METADATA, path);
        for (int k = 0; k < i; k++)
            if (!strcmp(x[i].name, x[k].name))
                return rg_error_set(e, RG_USAGE, "%s: two tensors are called '%.60s'", path,
                                    x[i].name);
        rg_status s = check_text(x[i].name, path, e);
        if (s) return s;
    }
    return RG_OK;
}

static rg_status check_remarks(const char *path, int n, const rg_remark *r, rg_error *e)
{
    rg_status s = RG_OK;
    for (int i = 0; i < n && !s; i++) {
        for (int k = 0; k < i; k++)
            if (!strcmp(r[i].key, r[k].key))
                return rg_error_set(e, RG_USAGE, "%s: two remarks are called '%.60s'", path,
                                    r[i].key);
        s = check_text(r[i].key, path, e);
        if (!s) s = check_text(r[i].value, path, e);
    }
    return s;
}

/* ---- the file ------------------------------------------------------------------------------ */

/* Calls fn for the tensors, wide types first. */
static rg_status in_order(int n, const rg_saved *x, rg_status (*fn)(void *ud, const rg_saved *x),
                          void *ud)
{
    static const size_t sizes[] = {8, 4, 1};
    rg_status s = RG_OK;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n && !s; i++)
            if (rg_dtype_size(x[i].x.dtype) == sizes[k]) s = fn(ud, &x[i]);
    return s;
}

typedef struct listing {
    scribe s;
    int64_t at; /* bytes of numbers so far */
    bool comma;
} listing;

static rg_status list_tensor(void *ud, const rg_saved *x)
{
    listing *l = ud;
    say(&l->s, l->comma ? "," : "");
    say_string(&l->s, x->name);
    say(&l->s, ":{\"dtype\":\"");
    say(&l->s, rg_saved_dtype(x->x.dtype));
    say(&l->s, "\",\"shape\":[");
    for (int i = 0; i < x->x.rank; i++) {
        say(&l->s, i ? "," : "");
        say_whole(&l->s, x->x.dim[i]);
    }
    say(&l->s, "],\"data_offsets\":[");
    say_whole(&l->s, l->at);
    l->at += rg_count(&x->x) * (int64_t)rg_dtype_size(x->x.dtype);
    say(&l->s, ",");
    say_whole(&l->s, l->at);
    say(&l->s, "]}");
    l->comma = true;
    return RG_OK;
}

/* The header, padded with blanks so that the numbers begin at a multiple of 8. Its length. */
static size_t list_all(char *to, int n, const rg_saved *tensor, int remarks,
                       const rg_remark *remark)
{
    listing l = {.s = {to, 0}, .comma = remarks > 0};
    say(&l.s, "{");
    if (remarks) say(&l.s, "\"" RG_METADATA "\":{");
    for (int i = 0; i < remarks; i++) {
        say(&l.s, i ? "," : "");
        say_string(&l.s, remark[i].key);
        say(&l.s, ":");
        say_string(&l.s, remark[i].value);
    }
    if (remarks) say(&l.s, "}");
    in_order(n, tensor, list_tensor, &l);
    say(&l.s, "}");
    while (l.s.n % 8) say(&l.s, " ");
    return l.s.n;
}

static rg_status write_tensor(void *ud, const rg_saved *x)
{
    rg_sink *k = ud;
    double chunk[CHUNK_BYTES / sizeof(double)];
    int64_t size = (int64_t)rg_dtype_size(x->x.dtype), most = CHUNK_BYTES / size,
            count = rg_count(&x->x);
    for (int64_t first = 0; first < count; first += most) {
        int64_t n = count - first < most ? count - first : most;
        rg_pack(chunk, &x->x, first, n);
        rg_little_endian(chunk, (size_t)(n * size), (size_t)size);
        rg_status s = rg_sink_write(k, chunk, (size_t)(n * size));
        if (s) return s;
    }
    return RG_OK;
}

static rg_status write_all(rg_sink *k, const char *header, size_t length, int n,
                           const rg_saved *tensor)
{
    unsigned char head[HEAD];
    for (int i = 0; i < HEAD; i++) head[i] = (unsigned char)((uint64_t)length >> 8 * i);
    rg_status s = rg_sink_write(k, head, HEAD);
    if (!s) s = rg_sink_write(k, header, length);
    return s ? s : in_order(n, tensor, write_tensor, k);
}

rg_status rg_safetensors_write(const char *path, int n, const rg_saved *tensor, int remarks,
                               const rg_remark *remark, const rg_alloc *alloc, rg_error *e)
{
    rg_store scratch;
    rg_sink k;
    rg_status s = check_saved(path, n, tensor, e);
    if (!s) s = check_remarks(path, remarks, remark, e);
    if (s) return s;
    rg_store_open(&scratch, alloc);
    size_t length = list_all(NULL, n, tensor, remarks, remark);
    char *header = rg_store_take(&scratch, (int64_t)length, 1, e);
    s = header ? rg_sink_open(&k, path, alloc, e) : RG_NOMEM;
    if (!s) {
        list_all(header, n, tensor, remarks, remark);
        s = write_all(&k, header, length, n, tensor);
        rg_status closed = rg_sink_close(&k, s == RG_OK);
        s = s ? s : closed;
    }
    rg_store_close(&scratch);
    return s;
}
