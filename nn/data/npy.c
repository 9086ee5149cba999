/* npy.c - NumPy's .npy files (numpy.lib.format, versions 1 to 3): a magic text, the
 * length of a header, the header - a Python dictionary with descr, fortran_order
 * and shape - and the numbers. Only such dictionaries as NumPy writes are read. */
#define RG_NO_HERE
#include "npy.h"
#include "op.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_HEADER = 1 << 20, CHUNK = 4096 };

static const char npy_magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

/* A file's numbers, as the header describes them. */
typedef struct rg_npy {
    char kind; /* b bool, i integer, u without sign, f float */
    int size;  /* bytes of one number: 1, 2, 4, 8            */
    bool swap; /* not in this machine's order                */
    bool fortran;
    rg_shape shape;
    int64_t count;
    int64_t places; /* the same without axes of size 0: what strides are made of */
} rg_npy;

static bool big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 0;
}

/* ---- the header --------------------------------------------------------------- */

/* What stands behind 'key': in the dictionary; NULL when it is not there, or twice. */
static const char *value_of(const char *header, const char *key)
{
    char quoted[24];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *at = strstr(header, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    if (strstr(at, quoted)) return NULL; /* which of the two? */
    return at + strspn(at, " ");
}

static rg_status bad_header(const rg_source *f, const char *what, const char *found)
{
    return rg_error_set(f->error, RG_FORMAT, "%s: the header should have %s, found: %.60s", f->path,
                        what, found ? found : "nothing");
}

static rg_status npy_descr(const rg_source *f, const char *header, rg_npy *y)
{
    const char *v = value_of(header, "descr");
    if (!v) return bad_header(f, "'descr'", v);
    bool known = v[0] == '\'' && v[1] && strchr("<>|=", v[1]) && v[2] && strchr("biuf", v[2]) &&
                 v[3] && strchr("1248", v[3]) && v[4] == '\'';
    if (known && v[2] == 'b') known = v[3] == '1';
    if (known && v[2] == 'f') known = v[3] != '1';
    if (!known)
        return rg_error_set(f->error, RG_DTYPE,
                            "%s: holds numbers of type %.20s; bool, i1 to i8, u1 to u8 "
                            "and f2 to f8 can be read",
                            f->path, v);
    y->kind = v[2];
    y->size = v[3] - '0';
    y->swap = y->size > 1 && ((v[1] == '<' && big_endian()) || (v[1] == '>' && !big_endian()));
    return RG_OK;
}

static rg_status npy_order(const rg_source *f, const char *header, rg_npy *y)
{
    const char *v = value_of(header, "fortran_order");
    if (!v || (strncmp(v, "True", 4) != 0 && strncmp(v, "False", 5) != 0))
        return bad_header(f, "'fortran_order': True or False", v);
    y->fortran = *v == 'T';
    return RG_OK;
}

/* One axis; false when it is no number or the elements would be too many. */
static bool next_axis(const char **at, rg_npy *y)
{
    const char *p = *at;
    int64_t n = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (n > INT64_MAX / 10 - 1) return false;
        n = 10 * n + (*p - '0');
    }
    if (p == *at || (n && y->places > INT64_MAX / 8 / n)) return false;
    y->shape.dim[y->shape.rank++] = n;
    y->count *= n;
    if (n) y->places *= n;
    *at = p + strspn(p, "L ");
    return true;
}

static rg_status npy_shape(const rg_source *f, const char *header, rg_npy *y)
{
    const char *v = value_of(header, "shape"), *p = v;
    if (!p || *p++ != '(') return bad_header(f, "'shape': (...)", v);
    y->shape = rg_shape0();
    y->count = y->places = 1;
    while (*p != ')') {
        if (y->shape.rank == RG_MAX_RANK)
            return rg_error_set(f->error, RG_SHAPE, "%s: has more than %d axes", f->path,
                                (int)RG_MAX_RANK);
        if (!next_axis(&p, y) || (*p != ',' && *p != ')'))
            return bad_header(f, "axes in 'shape'", v);
        if (*p == ',') p++;
        p += strspn(p, " ");
    }
    return RG_OK;
}

static rg_status npy_header(rg_source *f, rg_store *s, rg_npy *y)
{
    unsigned char b[12];
    char *header;
    void *block = NULL;
    rg_status st = rg_source_exact(f, b, 8, "the magic text and the version");
    if (st != RG_OK) return st;
    if (memcmp(b, npy_magic, 6) != 0 || b[6] < 1 || b[6] > 3)
        return rg_error_set(f->error, RG_FORMAT,
                            "%s: does not begin like a .npy file of version 1 to 3", f->path);
    int wide = b[6] == 1 ? 2 : 4;
    int64_t length = 0;
    st = rg_source_exact(f, b + 8, wide, "the length of the header");
    if (st != RG_OK) return st;
    for (int i = wide; i-- > 0;) length = length << 8 | b[8 + i];
    if (length > LONGEST_HEADER)
        return rg_error_set(f->error, RG_FORMAT, "%s: claims a header of %lld bytes", f->path,
                            (long long)length);
    st = rg_source_block(f, s, length, "the header", &block);
    if (st != RG_OK) return st;
    header = block;
    if (memchr(header, 0, (size_t)length)) return bad_header(f, "text only", "a zero byte");
    st = npy_descr(f, header, y);
    if (st == RG_OK) st = npy_order(f, header, y);
    if (st == RG_OK) st = npy_shape(f, header, y);
    return st;
}

/* ---- the numbers ---------------------------------------------------------------- */

static double half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double v = exponent == 31  ? (fraction ? NAN : INFINITY)
               : exponent == 0 ? ldexp(fraction, -24)
                               : ldexp(1024 + fraction, exponent - 25);
    return h & 0x8000 ? -v : v;
}

/* A number of any type: as a whole number when it is one in range, and as a double. */
typedef struct rg_any {
    double real;
    int64_t whole;
    bool is_whole;
} rg_any;

static rg_any any_real(double v)
{
    rg_any a = {v, 0, v >= -0x1p63 && v < 0x1p63 && v == floor(v)};
    if (a.is_whole) a.whole = (int64_t)v;
    return a;
}

static rg_any any_whole(int64_t v)
{
    rg_any a = {(double)v, v, true};
    return a;
}

#define READ_AS(type, wrap)                                                                        \
    do {                                                                                           \
        type v_;                                                                                   \
        memcpy(&v_, bytes, sizeof v_);                                                             \
        return wrap(v_);                                                                           \
    } while (0)

static rg_any any_unsigned(uint64_t v)
{
    rg_any a = {(double)v, (int64_t)(v & INT64_MAX), v <= INT64_MAX};
    return a;
}

static rg_any any_half(uint16_t v) { return any_real(half_value(v)); }

static rg_any any_bool(uint8_t v) { return any_whole(v != 0); }

static rg_any read_number(const rg_npy *y, const unsigned char *from)
{
    unsigned char bytes[8];
    for (int i = 0; i < y->size; i++) bytes[i] = from[y->swap ? y->size - 1 - i : i];
    switch (y->kind << 8 | y->size) {
    case 'b' << 8 | 1:
        READ_AS(uint8_t, any_bool);
    case 'i' << 8 | 1:
        READ_AS(int8_t, any_whole);
    case 'i' << 8 | 2:
        READ_AS(int16_t, any_whole);
    case 'i' << 8 | 4:
        READ_AS(int32_t, any_whole);
    case 'i' << 8 | 8:
        READ_AS(int64_t, any_whole);
    case 'u' << 8 | 1:
        READ_AS(uint8_t, any_unsigned);
    case 'u' << 8 | 2:
        READ_AS(uint16_t, any_unsigned);
    case 'u' << 8 | 4:
        READ_AS(uint32_t, any_unsigned);
    case 'u' << 8 | 8:
        READ_AS(uint64_t, any_unsigned);
    case 'f' << 8 | 2:
        READ_AS(uint16_t, any_half);
    case 'f' << 8 | 4:
        READ_AS(float, any_real);
    default:
        READ_AS(double, any_real);
    }
}

/* False when the number has no place in dtype. */
static bool put_any(rg_dtype dtype, void *out, int64_t at, rg_any v)
{
    switch (dtype) {
    case RG_F32:
        ((float *)out)[at] = (float)v.real;
        return true;
    case RG_F64:
        ((double *)out)[at] = v.real;
        return true;
    case RG_I64:
        ((int64_t *)out)[at] = v.whole;
        return v.is_whole;
    default:
        ((uint8_t *)out)[at] = (uint8_t)v.whole;
        return v.is_whole && v.whole >= 0 && v.whole <= 255;
    }
}

/* Where element i of the file goes in a dense row-major array. */
static int64_t row_major(const rg_npy *y, int64_t i)
{
    int64_t place = 0, stride = y->count;
    if (!y->fortran) return i;
    for (int a = 0; a < y->shape.rank; a++) {
        stride /= y->shape.dim[a];
        place += i % y->shape.dim[a] * stride;
        i /= y->shape.dim[a];
    }
    return place;
}

static rg_status convert_numbers(rg_array *a, const rg_source *f, const rg_npy *y,
                                 const unsigned char *from)
{
    for (int64_t i = 0; i < y->count; i++) {
        rg_any v = read_number(y, from + i * y->size);
        int64_t at = row_major(y, i);
        if (!put_any(a->dtype, a->data, at, v))
            return rg_error_set(f->error, RG_DOMAIN, "%s: element %lld is %.17g, which is no %s",
                                f->path, (long long)at, v.real, rg_dtype_text(a->dtype));
    }
    return RG_OK;
}

rg_status rg_npy_fill(rg_array *a, rg_source *f, rg_store *scratch)
{
    rg_npy y = {0};
    void *bytes = NULL;
    rg_status st = npy_header(f, scratch, &y);
    if (st == RG_OK) st = rg_source_block(f, scratch, y.count * y.size, "the numbers", &bytes);
    if (st == RG_OK) st = rg_source_end(f);
    if (st != RG_OK) return st;
    a->shape = y.shape;
    a->count = y.count;
    a->data = rg_store_take(&a->store, y.count, rg_dtype_size(a->dtype), f->error);
    return a->data ? convert_numbers(a, f, &y, bytes) : RG_NOMEM;
}

rg_status rg_read_npy(rg_array *a, const char *path, rg_dtype dtype, const rg_alloc *alloc,
                      rg_error *e)
{
    rg_source f;
    rg_store scratch;
    *a = (rg_array){.dtype = dtype};
    rg_store_open(&a->store, alloc);
    rg_store_open(&scratch, alloc);
    rg_status st = rg_source_open(&f, path, e);
    if (st == RG_OK) st = rg_npy_fill(a, &f, &scratch);
    rg_source_close(&f);
    rg_store_close(&scratch);
    if (st != RG_OK) rg_array_free(a);
    return st;
}

void rg_array_free(rg_array *a)
{
    rg_store_close(&a->store);
    *a = (rg_array){0};
}

/* ---- writing --------------------------------------------------------------------- */

/* Padded so that the numbers begin at a multiple of 64. */
size_t rg_npy_header(char out[RG_NPY_HEADER], const rg_tensor *x)
{
    const size_t size = RG_NPY_HEADER;
    static const char *const type[RG_DTYPES] = {
        [RG_F32] = "f4", [RG_F64] = "f8", [RG_I64] = "i8", [RG_U8] = "u1"};
    char order = x->dtype == RG_U8 ? '|' : big_endian() ? '>' : '<';
    size_t n = 10;
    n += (size_t)snprintf(out + n, size - n, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                          order, type[x->dtype]);
    for (int a = 0; a < x->rank; a++)
        n += (size_t)snprintf(out + n, size - n, "%s%lld%s", a ? ", " : "", (long long)x->dim[a],
                              x->rank == 1 ? "," : "");
    n += (size_t)snprintf(out + n, size - n, "), }");
    while (n % 64 != 63) out[n++] = ' ';
    out[n++] = '\n';
    memcpy(out, npy_magic, sizeof npy_magic);
    out[6] = 1;
    out[7] = 0;
    out[8] = (char)((n - 10) & 255);
    out[9] = (char)((n - 10) >> 8);
    return n;
}

rg_status rg_npy_numbers(const rg_tensor *x, rg_status (*fn)(void *ud, const void *bytes, size_t n),
                         void *ud)
{
    double chunk[CHUNK];
    rg_status st = RG_OK;
    int64_t count = rg_count(x);
    for (int64_t first = 0; first < count && st == RG_OK; first += CHUNK) {
        int64_t n = count - first < CHUNK ? count - first : CHUNK;
        rg_pack(chunk, x, first, n);
        st = fn(ud, chunk, (size_t)n * rg_dtype_size(x->dtype));
    }
    return st;
}

static rg_status npy_to_sink(void *ud, const void *bytes, size_t n)
{
    return rg_sink_write(ud, bytes, n);
}

rg_status rg_write_npy(const char *path, const rg_tensor *x, const rg_alloc *alloc, rg_error *e)
{
    rg_sink k;
    char header[RG_NPY_HEADER];
    rg_status st = rg_sink_open(&k, path, alloc, e);
    if (st != RG_OK) return st;
    st = rg_sink_write(&k, header, rg_npy_header(header, x));
    if (st == RG_OK) st = rg_npy_numbers(x, npy_to_sink, &k);
    rg_status closed = rg_sink_close(&k, st == RG_OK);
    return st == RG_OK ? closed : st;
}
