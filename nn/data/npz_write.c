/* npz_write.c - arrays to a zip archive, twice: once to count and sum what each becomes,
 * once to write, so that sizes stand before the bytes and any file will do, a pipe too. */
#define RG_NO_HERE
#include "npz.h"
#include "op.h"
#ifdef RG_HAVE_ZLIB
#include "npy.h"
#include "zip.h"
#include <string.h>

enum { PACKED = 1 << 14, NEEDS = 20, MADE_BY = 20 | 3 << 8 /* Unix */, NEW_YEAR_1980 = 0x21 };

static const int64_t most_bytes = UINT32_MAX - 1;

/* What is written. */
typedef struct packer {
    rg_sink *k; /* NULL: count only */
    bool deflate;
    z_stream z;
    uint32_t crc;
    int64_t bytes, packed;
    rg_store *scratch;
    rg_error *e;
} packer;

static rg_status pack_out(packer *p, const void *bytes, size_t n)
{
    p->packed += (int64_t)n;
    return p->k ? rg_sink_write(p->k, bytes, n) : RG_OK;
}

/* Through zlib until it has taken all, at the end until it has given all. */
static rg_status pack_deflated(packer *p, const void *bytes, size_t n, int flush)
{
    unsigned char out[PACKED];
    p->z.next_in = (unsigned char *)(uintptr_t)bytes;
    p->z.avail_in = (uInt)n;
    do {
        p->z.next_out = out;
        p->z.avail_out = PACKED;
        deflate(&p->z, flush);
        rg_status s = pack_out(p, out, PACKED - p->z.avail_out);
        if (s) return s;
    } while (p->z.avail_out == 0);
    return RG_OK;
}

static rg_status pack_bytes(void *ud, const void *bytes, size_t n)
{
    packer *p = ud;
    p->crc = (uint32_t)crc32_z(p->crc, bytes, n);
    p->bytes += (int64_t)n;
    return p->deflate ? pack_deflated(p, bytes, n, Z_NO_FLUSH) : pack_out(p, bytes, n);
}

static rg_status pack_array(packer *p, const rg_tensor *x)
{
    char header[RG_NPY_HEADER];
    p->crc = 0;
    p->bytes = p->packed = 0;
    p->z = (z_stream){.zalloc = rg_zip_take, .zfree = rg_zip_drop, .opaque = p->scratch};
    if (p->deflate && deflateInit2(&p->z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return rg_error_set(p->e, RG_NOMEM, "no memory to pack an array");
    rg_status s = pack_bytes(p, header, rg_npy_header(header, x));
    if (!s) s = rg_npy_numbers(x, pack_bytes, p);
    if (!s && p->deflate) s = pack_deflated(p, header, 0, Z_FINISH);
    if (p->deflate) deflateEnd(&p->z);
    return s;
}

/* ---- records ----------------------------------------------------------------------------- */

typedef struct record {
    unsigned char byte[RG_ZIP_ENTRY_SIZE];
    size_t n;
} record;

static void put16(record *r, unsigned v)
{
    r->byte[r->n++] = (unsigned char)v;
    r->byte[r->n++] = (unsigned char)(v >> 8);
}

static void put32(record *r, uint32_t v)
{
    put16(r, v & 65535);
    put16(r, v >> 16);
}

/* What the record before a member and that of the directory have in common. */
static void put_member(record *r, const rg_npz_member *m)
{
    put16(r, NEEDS);
    put16(r, RG_ZIP_UTF8);
    put16(r, m->deflated ? RG_ZIP_DEFLATED : RG_ZIP_STORED);
    put16(r, 0);
    put16(r, NEW_YEAR_1980); /* the same arrays, the same bytes */
    put32(r, m->crc);
    put32(r, (uint32_t)m->packed);
    put32(r, (uint32_t)m->bytes);
    put16(r, (unsigned)strlen(m->name) + 4);
    put16(r, 0);
}

static rg_status write_record(rg_sink *k, const record *r, const char *name)
{
    rg_status s = rg_sink_write(k, r->byte, r->n);
    if (!s && name) s = rg_sink_write(k, name, strlen(name));
    return s || !name ? s : rg_sink_write(k, ".npy", 4);
}

static rg_status write_local(rg_sink *k, const rg_npz_member *m)
{
    record r = {.n = 0};
    put32(&r, RG_ZIP_LOCAL);
    put_member(&r, m);
    return write_record(k, &r, m->name);
}

static rg_status write_entry(rg_sink *k, const rg_npz_member *m)
{
    record r = {.n = 0};
    put32(&r, RG_ZIP_ENTRY);
    put16(&r, MADE_BY);
    put_member(&r, m);
    for (int i = 0; i < 3; i++) put16(&r, 0); /* comment, part, text or not */
    put32(&r, 0);
    put32(&r, (uint32_t)m->at);
    return write_record(k, &r, m->name);
}

static rg_status write_end(rg_sink *k, int n, int64_t from, int64_t to)
{
    record r = {.n = 0};
    put32(&r, RG_ZIP_END);
    put32(&r, 0);
    put16(&r, (unsigned)n);
    put16(&r, (unsigned)n);
    put32(&r, (uint32_t)(to - from));
    put32(&r, (uint32_t)from);
    put16(&r, 0);
    return write_record(k, &r, NULL);
}

/* ---- the file -------------------------------------------------------------------------------- */

static rg_status check_array_names(const char *path, int n, const char *const *name, rg_error *e)
{
    for (int i = 0; i < n; i++) {
        if (!*name[i]) return rg_error_set(e, RG_USAGE, "%s: an array without a name", path);
        if (!rg_utf8_ok(name[i]))
            return rg_error_set(e, RG_FORMAT, "%s: cannot be written: '%.60s' is not UTF-8", path,
                                name[i]);
        for (int k = 0; k < i; k++)
            if (!strcmp(name[i], name[k]))
                return rg_error_set(e, RG_USAGE, "%s: two arrays are called '%.60s'", path,
                                    name[i]);
    }
    return RG_OK;
}

static int64_t entry_bytes(const rg_npz_member *m)
{
    return RG_ZIP_ENTRY_SIZE + (int64_t)strlen(m->name) + 4;
}

/* Where each member will be, from what it becomes; *end: where the directory begins. */
static rg_status measure_archive(packer *p, const char *path, int n, const char *const *name,
                         const rg_tensor *x, rg_npz_member *m, int64_t *end)
{
    int64_t directory = RG_ZIP_END_SIZE;
    for (int i = 0; i < n; i++) {
        rg_status s = pack_array(p, &x[i]);
        if (s) return s;
        m[i] = (rg_npz_member){name[i], *end, p->packed, p->bytes, p->crc, p->deflate};
        *end += RG_ZIP_LOCAL_SIZE + (int64_t)strlen(name[i]) + 4 + p->packed;
        directory += entry_bytes(&m[i]);
        if (p->bytes > most_bytes || strlen(name[i]) > 65531 || *end + directory > most_bytes ||
            n > 65534)
            return rg_error_set(p->e, RG_SHAPE, "%s: more than a .npz file without zip64 can hold",
                                path);
    }
    return RG_OK;
}

static rg_status write_archive(packer *p, int n, const rg_tensor *x, const rg_npz_member *m,
                               int64_t directory)
{
    int64_t end = directory;
    rg_status s = RG_OK;
    for (int i = 0; i < n && !s; i++) {
        s = write_local(p->k, &m[i]);
        if (!s) s = pack_array(p, &x[i]);
    }
    for (int i = 0; i < n && !s; i++) {
        s = write_entry(p->k, &m[i]);
        end += entry_bytes(&m[i]);
    }
    return s ? s : write_end(p->k, n, directory, end);
}

rg_status rg_npz_write(const char *path, int n, const char *const *name, const rg_tensor *x,
                       bool deflate, const rg_alloc *alloc, rg_error *e)
{
    rg_store scratch;
    rg_sink k;
    int64_t directory = 0;
    rg_status s = check_array_names(path, n, name, e);
    if (s) return s;
    rg_store_open(&scratch, alloc);
    packer p = {.deflate = deflate, .scratch = &scratch, .e = e};
    rg_npz_member *m = rg_store_take(&scratch, n, sizeof *m, e);
    s = m ? measure_archive(&p, path, n, name, x, m, &directory) : RG_NOMEM;
    if (!s) s = rg_sink_open(&k, path, alloc, e);
    if (!s) {
        p.k = &k;
        s = write_archive(&p, n, x, m, directory);
        rg_status closed = rg_sink_close(&k, s == RG_OK);
        s = s ? s : closed;
    }
    rg_store_close(&scratch);
    return s;
}

#else

rg_status rg_npz_write(const char *path, int n, const char *const *name, const rg_tensor *x,
                       bool deflate, const rg_alloc *alloc, rg_error *e)
{
    (void)n;
    (void)name;
    (void)x;
    (void)deflate;
    (void)alloc;
    return rg_error_set(e, RG_MISSING, "%s: this library is built without zlib", path);
}
#endif
