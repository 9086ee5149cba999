/* npz_read.c - arrays from a zip archive that may lie. The directory at its end is read
 * and compared with what stands before each member; members must fill the file without
 * overlaps or gaps. Unpacked bytes are taken as they come, so that a promise alone costs
 * no memory. */
#define RG_NO_HERE
#include "npz.h"
#include "op.h"
#ifdef RG_HAVE_ZLIB
#include "npy.h"
#include "zip.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At most this many bytes stand behind a member whose sizes come later. */
enum { DESCRIPTOR = 24 };

/* A fuzzer cannot make checksums: there they are not looked at. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
static const bool unsummed = true;
#else
static const bool unsummed = false;
#endif

/* An archive being opened. */
typedef struct npz_opening {
    rg_npz *z;
    int64_t size, directory, end; /* of the file; where the directory begins, and its end */
    rg_error *e;
} npz_opening;

static rg_status npz_lies(const npz_opening *o, const char *what)
{
    return rg_error_set(o->e, RG_FORMAT, "%s: is no .npz file that can be read: %s", o->z->path,
                        what);
}

static rg_status member_lies(const rg_npz *z, const rg_npz_member *m, const char *what, rg_error *e)
{
    return rg_error_set(e, RG_FORMAT, "%s: array '%.60s' %s", z->path, m->name, what);
}

/* ---- the end of the file ------------------------------------------------------------------ */

/* The record whose comment ends with the file; NULL: there is none. */
static const unsigned char *find_end(const npz_opening *o)
{
    for (int64_t at = o->size - RG_ZIP_END_SIZE; at >= 0 && at >= o->size - RG_ZIP_END_SIZE - 65535;
         at--) {
        const unsigned char *p = o->z->file + at;
        if (rg_zip_u32(p) == RG_ZIP_END && at + RG_ZIP_END_SIZE + rg_zip_u16(p + 20) == o->size)
            return p;
    }
    return NULL;
}

static rg_status read_end(npz_opening *o)
{
    const unsigned char *p = find_end(o);
    if (!p) return npz_lies(o, "it does not end like a zip archive");
    int64_t length = rg_zip_u32(p + 12);
    o->end = p - o->z->file;
    o->directory = rg_zip_u32(p + 16);
    o->z->n = (int)rg_zip_u16(p + 10);
    if (o->z->n == 65535 || o->directory == UINT32_MAX || length == UINT32_MAX)
        return npz_lies(o, "it is zip64, for 4 GiB and more");
    if (rg_zip_u16(p + 4) || rg_zip_u16(p + 6) || rg_zip_u16(p + 8) != rg_zip_u16(p + 10))
        return npz_lies(o, "it is one part of several");
    if (o->directory + length != o->end || o->z->n > length / RG_ZIP_ENTRY_SIZE)
        return npz_lies(o, "its directory is not where it says");
    return RG_OK;
}

/* ---- the directory ------------------------------------------------------------------------- */

/* A member's name without ".npy". NULL: no memory, or *st says what. */
static const char *name_of_member(npz_opening *o, const unsigned char *bytes, size_t n,
                                  rg_status *st)
{
    *st = RG_NOMEM;
    char *name = rg_store_text(&o->z->store, (const char *)bytes, n, o->e);
    if (!name) return NULL;
    if (strlen(name) != n || !rg_utf8_ok(name)) {
        *st = npz_lies(o, "a name in it is not UTF-8");
        return NULL;
    }
    if (n >= 4 && !strcmp(name + n - 4, ".npy")) name[n - 4] = 0;
    *st = *name ? RG_OK : npz_lies(o, "an array in it has no name");
    return *st ? NULL : name;
}

/* What stands before the bytes of a member must be what the directory says; moves m->at
 * from there to the bytes. */
static rg_status check_local(npz_opening *o, rg_npz_member *m, const unsigned char *entry)
{
    const unsigned char *p = o->z->file + m->at;
    unsigned name = rg_zip_u16(entry + 28);
    if (m->at + RG_ZIP_LOCAL_SIZE > o->directory || rg_zip_u32(p) != RG_ZIP_LOCAL)
        return member_lies(o->z, m, "is not where the directory says", o->e);
    int64_t head = RG_ZIP_LOCAL_SIZE + rg_zip_u16(p + 26) + rg_zip_u16(p + 28);
    if (m->packed > o->directory - m->at - head)
        return member_lies(o->z, m, "goes on beyond its file", o->e);
    bool same = rg_zip_u16(p + 6) == rg_zip_u16(entry + 8) &&
                rg_zip_u16(p + 8) == rg_zip_u16(entry + 10) && rg_zip_u16(p + 26) == name &&
                !memcmp(p + RG_ZIP_LOCAL_SIZE, entry + RG_ZIP_ENTRY_SIZE, name);
    /* NumPy writes sizes of all ones there, for zip64, even where it needs none. */
    for (int i = 14; i < 26 && same && !(rg_zip_u16(p + 6) & RG_ZIP_LATER); i += 4)
        same = rg_zip_u32(p + i) == rg_zip_u32(entry + i + 2) ||
               (i > 14 && rg_zip_u32(p + i) == UINT32_MAX);
    if (!same) return member_lies(o->z, m, "is told differently in the directory", o->e);
    m->at += head;
    return RG_OK;
}

/* How far the bytes of a member reach at most. */
static int64_t reach_of_member(const npz_opening *o, const rg_npz_member *m, int64_t head)
{
    bool later = rg_zip_u16(o->z->file + head + 6) & RG_ZIP_LATER;
    return m->at + m->packed + (later ? DESCRIPTOR : 0);
}

static rg_status read_entry_of(npz_opening *o, const unsigned char *p, rg_npz_member *m)
{
    rg_status st;
    unsigned flags = rg_zip_u16(p + 8), way = rg_zip_u16(p + 10);
    *m = (rg_npz_member){.at = rg_zip_u32(p + 42),
                         .packed = rg_zip_u32(p + 20),
                         .bytes = rg_zip_u32(p + 24),
                         .crc = rg_zip_u32(p + 16),
                         .deflated = way == RG_ZIP_DEFLATED};
    m->name = name_of_member(o, p + RG_ZIP_ENTRY_SIZE, rg_zip_u16(p + 28), &st);
    if (!m->name) return st;
    if (m->at == UINT32_MAX || m->packed == UINT32_MAX || m->bytes == UINT32_MAX)
        return member_lies(o->z, m, "is zip64, for 4 GiB and more", o->e);
    if (flags & ~(unsigned)RG_ZIP_FLAGS || (way != RG_ZIP_STORED && way != RG_ZIP_DEFLATED))
        return member_lies(o->z, m, "is encrypted, or packed in a way that is not known", o->e);
    if (!m->deflated && m->packed != m->bytes)
        return member_lies(o->z, m, "has two sizes, though it is not packed", o->e);
    return check_local(o, m, p);
}

static int order_names(const void *a, const void *b)
{
    return strcmp((*(const rg_npz_member *const *)a)->name,
                  (*(const rg_npz_member *const *)b)->name);
}

static rg_status refuse_twins(npz_opening *o, const rg_npz_member **by_name)
{
    for (int i = 0; i < o->z->n; i++) by_name[i] = &o->z->member[i];
    qsort(by_name, (size_t)o->z->n, sizeof *by_name, order_names);
    for (int i = 1; i < o->z->n; i++)
        if (!order_names(&by_name[i - 1], &by_name[i]))
            return member_lies(o->z, by_name[i], "is there twice", o->e);
    return RG_OK;
}

/* Where a member's record begins, and the member. */
typedef struct placed {
    int64_t at;
    const rg_npz_member *m;
} placed;

static int order_places(const void *a, const void *b)
{
    const placed *p = a, *q = b;
    return (p->at > q->at) - (p->at < q->at);
}

/* From the first byte to the directory, one after another. */
static rg_status check_places(npz_opening *o, placed *place)
{
    int64_t from = 0, most = 0;
    qsort(place, (size_t)o->z->n, sizeof *place, order_places);
    for (int i = 0; i < o->z->n; i++) {
        if (place[i].at < from) return member_lies(o->z, place[i].m, "overlaps another", o->e);
        if (place[i].at > most) return npz_lies(o, "there are bytes that belong to no array");
        from = place[i].m->at + place[i].m->packed;
        most = reach_of_member(o, place[i].m, place[i].at);
    }
    return o->directory > most ? npz_lies(o, "there are bytes that belong to no array") : RG_OK;
}

static rg_status read_directory(npz_opening *o, placed *place)
{
    const unsigned char *p = o->z->file + o->directory, *end = o->z->file + o->end;
    for (int i = 0; i < o->z->n; i++) {
        if (end - p < RG_ZIP_ENTRY_SIZE || rg_zip_u32(p) != RG_ZIP_ENTRY)
            return npz_lies(o, "its directory is damaged");
        int64_t rest = (int64_t)rg_zip_u16(p + 28) + rg_zip_u16(p + 30) + rg_zip_u16(p + 32);
        if (end - p - RG_ZIP_ENTRY_SIZE < rest) return npz_lies(o, "its directory is damaged");
        place[i] = (placed){rg_zip_u32(p + 42), &o->z->member[i]};
        rg_status s = read_entry_of(o, p, &o->z->member[i]);
        if (s) return s;
        p += RG_ZIP_ENTRY_SIZE + rest;
    }
    return p == end ? RG_OK : npz_lies(o, "its directory is longer than it says");
}

static rg_status read_archive(npz_opening *o, rg_store *scratch)
{
    rg_status s = read_end(o);
    if (s) return s;
    size_t n = (size_t)o->z->n;
    o->z->member = rg_store_take(&o->z->store, o->z->n, sizeof *o->z->member, o->e);
    void *lists = rg_store_take(scratch, o->z->n, sizeof(placed) + sizeof(rg_npz_member *), o->e);
    if (!o->z->member || !lists) return RG_NOMEM;
    placed *place = lists;
    s = read_directory(o, place);
    if (!s) s = check_places(o, place);
    return s ? s : refuse_twins(o, (const rg_npz_member **)(void *)(place + n));
}

rg_status rg_npz_open(rg_npz *z, const char *path, const rg_alloc *alloc, rg_error *e)
{
    rg_source f;
    rg_store scratch;
    npz_opening o = {.z = z, .e = e};
    char *bytes = NULL;
    *z = (rg_npz){0};
    rg_store_open(&z->store, alloc);
    rg_store_open(&scratch, alloc);
    z->path = rg_store_text(&z->store, path, strlen(path), e);
    rg_status s = z->path ? rg_source_open(&f, z->path, e) : RG_NOMEM;
    if (!s) {
        s = rg_source_rest(&f, &z->store, &bytes, &o.size);
        rg_source_close(&f);
    }
    z->file = (const unsigned char *)bytes;
    if (!s) s = read_archive(&o, &scratch);
    rg_store_close(&scratch);
    if (s) rg_npz_close(z);
    return s;
}

void rg_npz_close(rg_npz *z)
{
    rg_store_close(&z->store);
    *z = (rg_npz){0};
}

/* ---- an array -------------------------------------------------------------------------------- */

/* Unpack to memory that doubles as the bytes come; at the end they must be as many as said. */
static rg_status inflate_all(const rg_npz *z, const rg_npz_member *m, rg_store *scratch,
                             z_stream *s, unsigned char **out, rg_error *e)
{
    int64_t room = m->bytes < 1 << 20 ? m->bytes : 1 << 20, done = 0;
    int code = Z_OK;
    *out = rg_store_take(scratch, room + 1, 1, e); /* one more: too many would show */
    while (*out && code == Z_OK) {
        s->next_out = *out + done;
        s->avail_out = (uInt)(room + 1 - done);
        code = inflate(s, Z_NO_FLUSH);
        done = s->next_out - *out;
        if (code == Z_OK && done > room && room == m->bytes) break;
        if (code != Z_OK || done <= room) continue;
        room = room > m->bytes / 2 ? m->bytes : 2 * room;
        *out = rg_store_resize(scratch, *out, room + 1, 1, e);
    }
    if (!*out || code == Z_MEM_ERROR)
        return rg_error_set(e, RG_NOMEM, "%s: no memory to unpack array '%.60s'", z->path, m->name);
    if (code != Z_STREAM_END || done != m->bytes || s->avail_in)
        return member_lies(z, m, "does not unpack to what the directory says", e);
    return RG_OK;
}

static rg_status inflate_member(const rg_npz *z, const rg_npz_member *m, rg_store *scratch,
                                unsigned char **out, rg_error *e)
{
    z_stream s = {.zalloc = rg_zip_take, .zfree = rg_zip_drop, .opaque = scratch};
    s.next_in = (unsigned char *)(uintptr_t)(z->file + m->at);
    s.avail_in = (uInt)m->packed;
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
        return rg_error_set(e, RG_NOMEM, "%s: no memory to unpack array '%.60s'", z->path, m->name);
    rg_status st = inflate_all(z, m, scratch, &s, out, e);
    inflateEnd(&s);
    return st;
}

/* The bytes of a member, unpacked. */
static rg_status unpack_member(const rg_npz *z, const rg_npz_member *m, rg_store *scratch,
                               const unsigned char **bytes, rg_error *e)
{
    unsigned char *out = NULL;
    rg_status st = m->deflated ? inflate_member(z, m, scratch, &out, e) : RG_OK;
    if (st) return st;
    *bytes = m->deflated ? out : z->file + m->at;
    if (!unsummed && crc32_z(0, *bytes, (size_t)m->bytes) != m->crc)
        return member_lies(z, m, "has changed since it was written: its checksum differs", e);
    return RG_OK;
}

static const rg_npz_member *find_member(const rg_npz *z, const char *name)
{
    for (int i = 0; i < z->n; i++)
        if (!strcmp(z->member[i].name, name)) return &z->member[i];
    return NULL;
}

static rg_status no_member(const rg_npz *z, const char *name, rg_error *e)
{
    char list[200] = "";
    size_t at = 0;
    for (int i = 0; i < z->n && at + strlen(z->member[i].name) + 3 < sizeof list; i++)
        at +=
            (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", z->member[i].name);
    return rg_error_set(e, RG_USAGE, "%s: has no array '%.60s'; there are: %s", z->path, name,
                        list);
}

static rg_status read_member(rg_array *a, const rg_npz *z, const rg_npz_member *m,
                             rg_store *scratch, rg_error *e)
{
    rg_source f;
    const unsigned char *bytes = NULL;
    size_t n = strlen(z->path), all = n + strlen(m->name) + 2;
    char *called = rg_store_take(scratch, (int64_t)all, 1, e);
    if (!called) return RG_NOMEM;
    snprintf(called, all, "%s:%s", z->path, m->name);
    rg_status st = unpack_member(z, m, scratch, &bytes, e);
    if (st) return st;
    rg_source_over(&f, called, bytes, m->bytes, e);
    return rg_npy_fill(a, &f, scratch);
}

rg_status rg_npz_read(rg_array *a, const rg_npz *z, const char *name, rg_dtype dtype,
                      const rg_alloc *alloc, rg_error *e)
{
    rg_store scratch;
    const rg_npz_member *m = find_member(z, name);
    *a = (rg_array){.dtype = dtype};
    if (!m) return no_member(z, name, e);
    rg_store_open(&a->store, alloc);
    rg_store_open(&scratch, alloc);
    rg_status s = read_member(a, z, m, &scratch, e);
    rg_store_close(&scratch);
    if (s) rg_array_free(a);
    return s;
}

#else

rg_status rg_npz_open(rg_npz *z, const char *path, const rg_alloc *alloc, rg_error *e)
{
    (void)alloc;
    *z = (rg_npz){0};
    return rg_error_set(e, RG_MISSING, "%s: this library is built without zlib", path);
}

void rg_npz_close(rg_npz *z) { *z = (rg_npz){0}; }

rg_status rg_npz_read(rg_array *a, const rg_npz *z, const char *name, rg_dtype dtype,
                      const rg_alloc *alloc, rg_error *e)
{
    (void)z;
    (void)alloc;
    *a = (rg_array){.dtype = dtype};
    return rg_error_set(e, RG_MISSING, "'%.60s': this library is built without zlib", name);
}
#endif
