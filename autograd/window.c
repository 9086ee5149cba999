/* window.c - windows on numbers: what they span, their elements to dense memory and back, and
 * from one dtype to another. */
#include "internal.h"
#include <math.h>
#include <string.h>

int64_t rg_count(const rg_tensor *w)
{
    int64_t n = 1;
    for (int i = 0; i < w->rank; i++) n *= w->dim[i];
    return n;
}

void rg_reach(int rank, const int64_t *dim, const int64_t *stride, int64_t *before, int64_t *after)
{
    *before = *after = 0;
    for (int i = 0; i < rank; i++) {
        int64_t reach = (dim[i] - 1) * stride[i];
        if (reach < 0)
            *before -= reach;
        else
            *after += reach;
    }
}

void rg_span(const rg_layout *l, const void *data, uintptr_t *first, uintptr_t *end)
{
    int64_t before, after, size = (int64_t)rg_dtype_size(l->dtype);
    *first = *end = (uintptr_t)data;
    if (!l->count) return;
    rg_reach(l->rank, l->dim, l->stride, &before, &after);
    *first -= (uintptr_t)(before * size);
    *end += (uintptr_t)((after + 1) * size);
}

bool rg_is_dense(const rg_tensor *w)
{
    int64_t step = 1;
    for (int i = w->rank; i-- > 0;) {
        if (w->dim[i] != 1 && w->stride[i] != step) return rg_count(w) == 0;
        step *= w->dim[i];
    }
    return true;
}

/* ---- windows to dense memory and back -------------------------------------------- */

/* Axes that run on into each other are one: the fewest axes that say the same. */
static void join_axes(rg_tensor *w)
{
    int r = 0;
    for (int i = 0; i < w->rank; i++) {
        if (w->dim[i] == 1) continue;
        if (r && w->stride[r - 1] == w->dim[i] * w->stride[i]) {
            w->dim[r - 1] *= w->dim[i];
            w->stride[r - 1] = w->stride[i];
        } else {
            w->dim[r] = w->dim[i];
            w->stride[r++] = w->stride[i];
        }
    }
    if (!r) w->dim[r] = w->stride[r] = 1, r = 1;
    w->rank = r;
}

static int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }

/* What stands in the first `bytes` of to, `times` in all. */
static void repeat(char *to, int64_t bytes, int64_t times)
{
    for (int64_t done = bytes; done < bytes * times;) {
        int64_t more = shorter(done, bytes * times - done);
        memcpy(to + done, to, (size_t)more);
        done += more;
    }
}

/* n elements of some size, ts apart, from those that are fs apart. memcpy of a constant size is
 * one load and one store, of any type and alignment. */
#define MOVE_EACH(size)                                                                            \
    for (int64_t i = 0; i < n; i++)                                                                \
    memcpy((char *)to + i * ts * (size), (const char *)from + i * fs * (size), size)

static void move_run(void *to, int64_t ts, const void *from, int64_t fs, int64_t n, size_t size)
{
    if (ts == 1 && fs == 1)
        memcpy(to, from, (size_t)n * size);
    else if (size == 4)
        MOVE_EACH(4);
    else if (size == 8)
        MOVE_EACH(8);
    else
        MOVE_EACH(1);
}
#undef MOVE_EACH

/* n elements, stride apart, to dense ones. Element types are told by size only. */
static void pack_run(void *to, const void *from, int64_t n, int64_t stride, size_t size)
{
    if (stride == 0) {
        memcpy(to, from, size);
        repeat(to, (int64_t)size, n);
    } else {
        move_run(to, 1, from, stride, n, size);
    }
}

typedef struct cursor { /* where element `first` of a window is */
    int64_t at[RG_MAX_RANK];
    char *p;
} cursor;

static cursor cursor_at(const rg_tensor *w, int64_t first, int64_t size)
{
    cursor c = {.p = w->data};
    for (int i = w->rank; i-- > 0;) {
        c.at[i] = first % w->dim[i];
        first /= w->dim[i];
        c.p += c.at[i] * w->stride[i] * size;
    }
    return c;
}

/* Past n places of axis i, carrying into those before it. */
static void cursor_move(cursor *c, const rg_tensor *w, int i, int64_t n, int64_t size)
{
    c->at[i] += n;
    c->p += n * w->stride[i] * size;
    while (i > 0 && c->at[i] == w->dim[i]) {
        c->p += (w->stride[i - 1] - w->dim[i] * w->stride[i]) * size;
        c->at[i--] = 0;
        c->at[i]++;
    }
}

/* Rows whose neighbours lie side by side, a matrix turned: by squares, so that a line of
 * the cache is read once. */
static void pack_turned(char *to, const char *from, int64_t rows, int64_t columns, int64_t stride,
                        int64_t size)
{
    enum { SQUARE = 16 };
    for (int64_t i = 0; i < rows; i += SQUARE)
        for (int64_t j = 0; j < columns; j += SQUARE)
            for (int64_t r = i; r < rows && r < i + SQUARE; r++)
                pack_run(to + (r * columns + j) * size, from + (r + j * stride) * size,
                         shorter(SQUARE, columns - j), stride, (size_t)size);
}

/* Whole rows of the last axis, as many as lie one step apart. How many. */
static int64_t pack_rows(char *to, const cursor *c, const rg_tensor *w, int64_t n, int64_t size)
{
    int last = w->rank - 1;
    int64_t run = w->dim[last], step = w->stride[last - 1] * size;
    int64_t rows = shorter(n / run, w->dim[last - 1] - c->at[last - 1]);
    int64_t different = step ? rows : 1;
    if (step == size && w->stride[last])
        pack_turned(to, c->p, rows, run, w->stride[last], size);
    else
        for (int64_t r = 0; r < different; r++)
            pack_run(to + r * run * size, c->p + r * step, run, w->stride[last], (size_t)size);
    repeat(to, different * run * size, rows / different);
    return rows;
}

void rg_pack(void *to, const rg_tensor *from, int64_t first, int64_t n)
{
    if (n <= 0) return;
    rg_tensor w = *from;
    join_axes(&w);
    int last = w.rank - 1;
    int64_t size = (int64_t)rg_dtype_size(w.dtype);
    cursor c = cursor_at(&w, first, size);
    for (char *out = to; n > 0;) {
        int64_t done;
        if (last && c.at[last] == 0 && n >= w.dim[last]) {
            int64_t rows = pack_rows(out, &c, &w, n, size);
            cursor_move(&c, &w, last - 1, rows, size);
            done = rows * w.dim[last];
        } else {
            done = shorter(n, w.dim[last] - c.at[last]);
            pack_run(out, c.p, done, w.stride[last], (size_t)size);
            cursor_move(&c, &w, last, done, size);
        }
        out += done * size;
        n -= done;
    }
}

void rg_unpack_part(const rg_tensor *to, const void *from, int64_t first, int64_t n)
{
    if (n <= 0) return;
    rg_tensor w = *to;
    join_axes(&w);
    int last = w.rank - 1;
    int64_t size = (int64_t)rg_dtype_size(w.dtype), run;
    cursor c = cursor_at(&w, first, size);
    for (const char *in = from; n > 0; n -= run, in += run * size) {
        run = shorter(n, w.dim[last] - c.at[last]);
        move_run(c.p, w.stride[last], in, 1, run, (size_t)size);
        cursor_move(&c, &w, last, run, size);
    }
}

void rg_unpack(const rg_tensor *to, const void *from)
{
    rg_unpack_part(to, from, 0, rg_count(to));
}

/* ---- conversion ------------------------------------------------------------------ */

static int64_t whole(double v)
{
    if (isnan(v)) return 0;
    if (v >= 9223372036854775808.0) return INT64_MAX;
    if (v <= -9223372036854775808.0) return INT64_MIN;
    return (int64_t)v;
}

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE double as_real(const void *p, rg_dtype d, int64_t i)
{
    switch (d) {
    case RG_F32:
        return (double)((const float *)p)[i];
    case RG_F64:
        return ((const double *)p)[i];
    case RG_I64:
        return (double)((const int64_t *)p)[i];
    default:
        return ((const unsigned char *)p)[i];
    }
}

ALWAYS_INLINE void put_real(void *p, rg_dtype d, int64_t i, double v)
{
    switch (d) {
    case RG_F32:
        ((float *)p)[i] = (float)v;
        break;
    case RG_F64:
        ((double *)p)[i] = v;
        break;
    case RG_I64:
        ((int64_t *)p)[i] = whole(v);
        break;
    default:
        ((unsigned char *)p)[i] = (unsigned char)(v > 255 ? 255 : v > 0 ? v : 0);
        break;
    }
}

/* One loop for each pair of dtypes: inlined where both are known. */
ALWAYS_INLINE void convert_run(void *to, rg_dtype to_dtype, const void *from, rg_dtype from_dtype,
                               int64_t n)
{
    for (int64_t i = 0; i < n; i++) put_real(to, to_dtype, i, as_real(from, from_dtype, i));
}

#define FROM(DTYPE)                                                                                \
    switch (to_dtype) {                                                                            \
    case RG_F32:                                                                                   \
        convert_run(to, RG_F32, from, DTYPE, n);                                                   \
        break;                                                                                     \
    case RG_F64:                                                                                   \
        convert_run(to, RG_F64, from, DTYPE, n);                                                   \
        break;                                                                                     \
    default:                                                                                       \
        convert_run(to, to_dtype, from, DTYPE, n);                                                 \
        break;                                                                                     \
    }

void rg_convert(void *to, rg_dtype to_dtype, const void *from, rg_dtype from_dtype, int64_t n)
{
    if (n <= 0) return;
    if (to_dtype == from_dtype)
        memcpy(to, from, (size_t)n * rg_dtype_size(to_dtype));
    else if (from_dtype == RG_F32)
        FROM(RG_F32)
    else if (from_dtype == RG_F64)
        FROM(RG_F64)
    else
        FROM(from_dtype)
}
#undef FROM
