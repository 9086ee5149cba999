/* numbers.c - numbers and tensors as text. */
#include "story.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ENTRIES = 64, TILE_NUMBERS = 256 };

double rg_entry(const rg_node *x, int64_t i)
{
    rg_tensor w = rg_window(x);
    uint64_t raw;
    double v;
    if (!w.data) return (double)NAN;
    rg_pack(&raw, &w, i, 1);
    rg_convert(&v, RG_F64, &raw, w.dtype, 1);
    return v;
}

const char *rg_number_text(double v, int digits, char buf[RG_LABEL])
{
    if (v == 0 || isnan(v)) v = fabs(v); /* no sign where it means nothing */
    snprintf(buf, RG_LABEL, "%.*g", digits, v);
    return buf;
}

/* Add to the text in buf; false when it does not fit in width any more. */
static bool add_text(char *buf, int width, const char *fmt, ...)
{
    size_t n = strlen(buf);
    va_list ap;
    va_start(ap, fmt);
    int more = vsnprintf(buf + n, RG_TEXT - n, fmt, ap);
    va_end(ap);
    if (more < 0) more = RG_TEXT;
    if ((int)n + more <= width) return true;
    buf[n] = 0;
    return false;
}

/* Without axes of size 1 in front of the last two: an image of one channel is a matrix. */
static rg_shape without_ones(rg_shape shape)
{
    while (shape.rank > 2 && shape.dim[0] == 1) {
        shape.rank--;
        memmove(shape.dim, shape.dim + 1, (size_t)shape.rank * sizeof *shape.dim);
    }
    return shape;
}

/* Rows are told apart by ; - a row of a matrix that has one alone ends with it. */
static bool all_entries(const rg_node *x, rg_shape shape, int digits, int width, char buf[RG_TEXT])
{
    int64_t count = x->layout->count;
    char number[RG_LABEL];
    shape = without_ones(shape);
    if (shape.rank > 2 || count > MOST_ENTRIES || count == 0) return false;
    int64_t columns = shape.rank ? shape.dim[shape.rank - 1] : 1;
    bool fits = add_text(buf, width, "[");
    for (int64_t i = 0; i < count && fits; i++)
        fits = add_text(buf, width, "%s %s", i && i % columns == 0 ? " ;" : "",
                        rg_number_text(rg_entry(x, i), digits, number));
    if (shape.rank == 2 && shape.dim[0] == 1) fits = fits && add_text(buf, width, " ;");
    return fits && add_text(buf, width, " ]");
}

/* ---- what is known about many numbers --------------------------------------------------- */

typedef struct tally {
    int64_t zeros, odd; /* odd: infinite or NaN */
    double min, max, sum, squares;
} tally;

static void count_number(tally *c, double v)
{
    if (!isfinite(v)) {
        c->odd++;
        return;
    }
    if (v < c->min) c->min = v;
    if (v > c->max) c->max = v;
    c->zeros += v == 0;
    c->sum += v;
    c->squares += v * v;
}

static tally tally_of(const rg_node *x)
{
    tally c = {.min = (double)INFINITY, .max = -(double)INFINITY};
    rg_tensor w = rg_window(x);
    double raw[TILE_NUMBERS], v[TILE_NUMBERS];
    for (int64_t i = 0; w.data && i < x->layout->count; i += TILE_NUMBERS) {
        int64_t left = x->layout->count - i, n = left < TILE_NUMBERS ? left : TILE_NUMBERS;
        rg_pack(raw, &w, i, n);
        rg_convert(v, RG_F64, raw, w.dtype, n);
        for (int64_t j = 0; j < n; j++) count_number(&c, v[j]);
    }
    return c;
}

static void add_fact(char *buf, int width, const char *what, double v, const char *unit)
{
    add_text(buf, width, "%s%s %.3g%s", buf[0] ? "  " : "", what, v == 0 ? 0.0 : v, unit);
}

static void statistics(const rg_node *x, int width, char buf[RG_TEXT])
{
    tally c = tally_of(x);
    double n = (double)x->layout->count, finite = n - (double)c.odd;
    if (n == 0) add_text(buf, width, "empty");
    if (c.odd) add_fact(buf, width, "inf or nan", (double)c.odd, "");
    if (finite <= 0) return;
    add_fact(buf, width, "min", c.min, "");
    add_fact(buf, width, "mean", c.sum / finite, "");
    add_fact(buf, width, "max", c.max, "");
    add_fact(buf, width, "norm", sqrt(c.squares), "");
    add_fact(buf, width, "zeros", 100 * (double)c.zeros / n, "%");
}

const char *rg_numbers_text(const rg_node *x, int digits, int width, char buf[RG_TEXT])
{
    return rg_numbers_text_as(x, rg_shape_of(x), digits, width, buf);
}

const char *rg_numbers_text_as(const rg_node *x, rg_shape shape, int digits, int width,
                               char buf[RG_TEXT])
{
    buf[0] = 0;
    if (x->layout->count == 1) {
        char number[RG_LABEL];
        add_text(buf, RG_TEXT - 1, "%s", rg_number_text(rg_entry(x, 0), digits, number));
        return buf;
    }
    if (all_entries(x, shape, digits, width, buf)) return buf;
    buf[0] = 0;
    statistics(x, width, buf);
    return buf;
}
