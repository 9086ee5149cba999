/* figure_out.c - text on its way out: numbers whatever the locale, names whatever is in them. */
#include "figure_parts.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rg_figure_flush(rg_figure_out *o)
{
    if (o->len) o->write(o->ud, o->buf, o->len);
    o->len = 0;
}

void rg_figure_put(rg_figure_out *o, const char *fmt, ...)
{
    enum { PIECE = 512 };
    if (o->len + PIECE > sizeof o->buf) rg_figure_flush(o);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(o->buf + o->len, PIECE, fmt, ap);
    va_end(ap);
    if (n > 0) o->len += n < PIECE ? (size_t)n : PIECE - 1;
}

void rg_figure_put_place(rg_figure_out *o, double v)
{
    long long hundredths = llround(v * 100), whole = llabs(hundredths) / 100;
    int rest = (int)(llabs(hundredths) % 100);
    const char *sign = hundredths < 0 ? "-" : "";
    if (rest == 0)
        rg_figure_put(o, "%s%lld", sign, whole);
    else if (rest % 10 == 0)
        rg_figure_put(o, "%s%lld.%d", sign, whole, rest / 10);
    else
        rg_figure_put(o, "%s%lld.%02d", sign, whole, rest);
}

/* 1e+06 is 1e6, 1e-07 is 1e-7. */
static void shorten_exponent(char *text)
{
    char *e = strchr(text, 'e');
    if (!e) return;
    char *from = e + 1, *to = e + 1;
    if (*from == '-') *to++ = *from;
    from++;
    while (*from == '0' && from[1]) from++;
    memmove(to, from, strlen(from) + 1);
}

const char *rg_figure_number(double v, int digits, char buf[RG_TICK_TEXT])
{
    if (v == 0) v = 0; /* no sign on it */
    bool plain = fabs(v) >= 1e-4 && fabs(v) < 1e5 && digits < 6;
    if (plain && fabs(v) >= 1) {
        int before = (int)floor(log10(fabs(v))) + 1;
        if (digits < before) digits = before;
    }
    snprintf(buf, RG_TICK_TEXT, "%.*g", digits, v);
    for (char *s = buf; *s; s++)
        if (*s == ',') *s = '.';
    shorten_exponent(buf);
    return buf;
}

/* ---- UTF-8 -------------------------------------------------------------------------------- */

/* Bytes of the character at s, 0 when they are none: cut short, over-long, a surrogate. */
static int character_bytes(const unsigned char *s)
{
    static const unsigned char least[] = {0, 0, 0xc2, 0xe0, 0xf0};
    int n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (n == 1) return 1;
    if (s[0] < least[n] || s[0] > 0xf4) return 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    unsigned second = s[1];
    if ((s[0] == 0xe0 && second < 0xa0) || (s[0] == 0xed && second > 0x9f)) return 0;
    if ((s[0] == 0xf0 && second < 0x90) || (s[0] == 0xf4 && second > 0x8f)) return 0;
    return n;
}

int rg_figure_length(const char *text)
{
    int n = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s; n++) {
        int bytes = character_bytes(s);
        s += bytes ? bytes : 1;
    }
    return n;
}

/* Controls, non-characters, and what turns the direction of text around. */
static bool is_harmful(const unsigned char *s, int bytes)
{
    if (bytes == 1) return s[0] < ' ' || s[0] == 0x7f;
    if (bytes == 2) return s[0] == 0xc2 && s[1] < 0xa0;
    if (bytes != 3) return false;
    bool turns = s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
                                  (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9));
    return turns || (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
}

static void put_xml_character(rg_figure_out *o, const unsigned char *s, int bytes)
{
    switch (s[0]) {
    case '&':
        rg_figure_put(o, "&amp;");
        break;
    case '<':
        rg_figure_put(o, "&lt;");
        break;
    case '>':
        rg_figure_put(o, "&gt;");
        break;
    case '"':
        rg_figure_put(o, "&quot;");
        break;
    case '\'':
        rg_figure_put(o, "&#39;");
        break;
    default:
        rg_figure_put(o, "%.*s", bytes, (const char *)s);
    }
}

static void put_text_as(rg_figure_out *o, const char *text, int most, bool xml, bool utf8)
{
    int length = rg_figure_length(text), left = length > most ? most - 1 : length;
    const unsigned char *s = (const unsigned char *)text;
    for (; left > 0; left--) {
        int bytes = character_bytes(s);
        if (!bytes || is_harmful(s, bytes) || (bytes > 1 && !utf8))
            rg_figure_put(o, "?");
        else if (xml)
            put_xml_character(o, s, bytes);
        else
            rg_figure_put(o, "%.*s", bytes, (const char *)s);
        s += bytes ? bytes : 1;
    }
    if (length > most) rg_figure_put(o, "%s", utf8 ? "\xe2\x80\xa6" : "~");
}

void rg_figure_put_xml(rg_figure_out *o, const char *text, int most)
{
    put_text_as(o, text, most, true, true);
}

void rg_figure_put_plain(rg_figure_out *o, const char *text, int most, bool utf8)
{
    put_text_as(o, text, most, false, utf8);
}
