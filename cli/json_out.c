/* json_out.c - JSON on a stream. */
#include "json_out.h"
#include "source.h"
#include <inttypes.h>
#include <math.h>

/* Every value and every key begins here. */
static void separate(json *j)
{
    if (j->comma) fputs(", ", j->to);
    j->comma = true;
}

void json_open(json *j, char bracket)
{
    separate(j);
    fputc(bracket, j->to);
    j->comma = false;
}

void json_close(json *j, char bracket)
{
    fputc(bracket, j->to);
    j->comma = true;
}

static void put_escaped(FILE *to, uint32_t code)
{
    if (code == '"' || code == '\\')
        fprintf(to, "\\%c", (char)code);
    else if (code >= 0x20 && code < 0x7f)
        fputc((int)code, to);
    else if (code < 0x10000)
        fprintf(to, "\\u%04" PRIx32, code);
    else
        fprintf(to, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((code - 0x10000) >> 10),
                0xdc00 + ((code - 0x10000) & 0x3ff));
}

void json_words(json *j, const char *text, size_t len)
{
    uint32_t code;
    separate(j);
    fputc('"', j->to);
    for (size_t i = 0; i < len;) {
        i += utf8_char(text + i, len - i, &code);
        put_escaped(j->to, code);
    }
    fputc('"', j->to);
}

void json_key(json *j, const char *name, size_t len)
{
    json_words(j, name, len);
    fputs(": ", j->to);
    j->comma = false;
}

void json_bool(json *j, bool v)
{
    separate(j);
    fputs(v ? "true" : "false", j->to);
}

void json_whole(json *j, int64_t v)
{
    separate(j);
    fprintf(j->to, "%" PRId64, v);
}

void json_number(json *j, rg_dtype dtype, double v)
{
    separate(j);
    if (isfinite(v))
        fprintf(j->to, "%.*g", dtype == RG_F32 ? 9 : 17, v);
    else
        fputs(isnan(v) ? "\"nan\"" : v > 0 ? "\"inf\"" : "\"-inf\"", j->to);
}

/* The numbers of one nested array; how many there were. */
static size_t put_nested(json *j, rg_dtype dtype, int rank, const int64_t *dim, const double *v)
{
    size_t n = 0;
    if (rank == 0) {
        json_number(j, dtype, *v);
        return 1;
    }
    json_open(j, '[');
    for (int64_t i = 0; i < dim[0]; i++) n += put_nested(j, dtype, rank - 1, dim + 1, v + n);
    json_close(j, ']');
    return n;
}

void json_numbers(json *j, rg_dtype dtype, int rank, const int64_t *dim, const double *v)
{
    put_nested(j, dtype, rank, dim, v);
}
