/* pen.c - characters, escaped as their surroundings ask for. */
#include "pen.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rg_pen_flush(rg_pen *p)
{
    if (p->n) p->write(p->ud, p->buf, p->n);
    p->n = 0;
}

void rg_pen_bytes(rg_pen *p, const char *text, size_t n)
{
    while (n) {
        size_t room = sizeof p->buf - p->n, now = n < room ? n : room;
        memcpy(p->buf + p->n, text, now);
        p->n += now;
        text += now;
        n -= now;
        if (p->n == sizeof p->buf) rg_pen_flush(p);
    }
}

void rg_pen_text(rg_pen *p, const char *text) { rg_pen_bytes(p, text, strlen(text)); }

/* What is longer than buf is cut: no caller has that much to say at once. */
static const char *format_text(char buf[4 * RG_TEXT], const char *fmt, va_list ap)
{
    vsnprintf(buf, 4 * RG_TEXT, fmt, ap);
    return buf;
}

void rg_pen_put(rg_pen *p, const char *fmt, ...)
{
    char buf[4 * RG_TEXT];
    va_list ap;
    va_start(ap, fmt);
    rg_pen_text(p, format_text(buf, fmt, ap));
    va_end(ap);
}

/* ---- UTF-8 ------------------------------------------------------------------------------ */

enum { REPLACEMENT = 0xfffd };

/* The character at text and its length; what is none is one byte of U+FFFD. */
static size_t read_character(const char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t v = n < 2 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) n = 0;
        v = v << 6 | (s[i] & 0x3f);
    }
    bool fine = n && v >= least[n] && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff);
    *code = fine ? v : REPLACEMENT;
    return fine ? n : 1;
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void separate_values(rg_pen *p)
{
    if (p->comma) rg_pen_text(p, ", ");
    p->comma = true;
}

void rg_json_open(rg_pen *p, char bracket)
{
    separate_values(p);
    rg_pen_bytes(p, &bracket, 1);
    p->comma = false;
}

void rg_json_close(rg_pen *p, char bracket)
{
    rg_pen_bytes(p, &bracket, 1);
    p->comma = true;
}

void rg_json_line(rg_pen *p, int indent)
{
    if (p->comma) rg_pen_text(p, ",");
    p->comma = false;
    rg_pen_put(p, "\n%*s", indent, "");
}

static void put_escape(rg_pen *p, uint32_t code)
{
    if (code == '"' || code == '\\')
        rg_pen_put(p, "\\%c", (char)code);
    else if (code >= 0x20 && code < 0x7f && code != '<')
        rg_pen_put(p, "%c", (char)code);
    else if (code < 0x10000)
        rg_pen_put(p, "\\u%04" PRIx32, code);
    else
        rg_pen_put(p, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((code - 0x10000) >> 10),
                   0xdc00 + ((code - 0x10000) & 0x3ff));
}

void rg_json_string(rg_pen *p, const char *text)
{
    uint32_t code;
    separate_values(p);
    rg_pen_text(p, "\"");
    while (*text) {
        text += read_character(text, &code);
        put_escape(p, code);
    }
    rg_pen_text(p, "\"");
}

void rg_json_key(rg_pen *p, const char *key)
{
    rg_json_string(p, key);
    rg_pen_text(p, ": ");
    p->comma = false;
}

void rg_json_null(rg_pen *p)
{
    separate_values(p);
    rg_pen_text(p, "null");
}

void rg_json_bool(rg_pen *p, bool v)
{
    separate_values(p);
    rg_pen_text(p, v ? "true" : "false");
}

void rg_json_whole(rg_pen *p, int64_t v)
{
    separate_values(p);
    rg_pen_put(p, "%" PRId64, v);
}

void rg_json_real(rg_pen *p, rg_dtype dtype, double v)
{
    separate_values(p);
    if (isfinite(v))
        rg_pen_put(p, "%.*g", dtype == RG_F32 ? 9 : 17, v);
    else
        rg_pen_text(p, isnan(v) ? "\"nan\"" : v > 0 ? "\"inf\"" : "\"-inf\"");
}

/* Element i, which comes after element i - 1. */
static void put_element(rg_pen *p, const rg_node *x, int64_t i)
{
    rg_tensor w = rg_window(x);
    int64_t whole;
    if (w.dtype != RG_I64 || !w.data) {
        rg_json_real(p, w.dtype, rg_entry(x, i));
        return;
    }
    rg_pack(&whole, &w, i, 1);
    rg_json_whole(p, whole);
}

static int64_t put_nested_numbers(rg_pen *p, const rg_node *x, int axis, int64_t first)
{
    if (axis == x->layout->rank) {
        put_element(p, x, first);
        return first + 1;
    }
    rg_json_open(p, '[');
    for (int64_t i = 0; i < x->layout->dim[axis]; i++)
        first = put_nested_numbers(p, x, axis + 1, first);
    rg_json_close(p, ']');
    return first;
}

void rg_json_numbers(rg_pen *p, const rg_node *x)
{
    if (x)
        put_nested_numbers(p, x, 0, 0);
    else
        rg_json_null(p);
}

/* ---- HTML ------------------------------------------------------------------------------- */

/* The character itself, or what stands for it; control characters have no place. */
static void put_character(rg_pen *p, const char *bytes, size_t n, uint32_t code)
{
    if (code == '<')
        rg_pen_text(p, "&lt;");
    else if (code == '>')
        rg_pen_text(p, "&gt;");
    else if (code == '&')
        rg_pen_text(p, "&amp;");
    else if (code == '"')
        rg_pen_text(p, "&quot;");
    else if (code == '\'')
        rg_pen_text(p, "&#39;");
    else if (code == REPLACEMENT || (code < 0x20 && code != '\n' && code != '\t') || code == 0x7f)
        rg_pen_text(p, "&#xfffd;");
    else
        rg_pen_bytes(p, bytes, n);
}

void rg_html_text(rg_pen *p, const char *text)
{
    uint32_t code;
    while (*text) {
        size_t n = read_character(text, &code);
        put_character(p, text, n, code);
        text += n;
    }
}

void rg_html_put(rg_pen *p, const char *fmt, ...)
{
    char buf[4 * RG_TEXT];
    va_list ap;
    va_start(ap, fmt);
    rg_html_text(p, format_text(buf, fmt, ap));
    va_end(ap);
}
