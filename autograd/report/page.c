/* page.c - lines of text with columns. */
#include "page.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rg_page_put(rg_page *p, const char *fmt, ...)
{
    size_t room = sizeof p->line - p->len - 1;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(p->line + p->len, room, fmt, ap);
    va_end(ap);
    if (n > 0) p->len += (size_t)n < room ? (size_t)n : room - 1;
}

void rg_page_to(rg_page *p, size_t column, size_t gap)
{
    size_t to = p->len + gap > column ? p->len + gap : column;
    while (p->len < to && p->len + 2 < sizeof p->line) p->line[p->len++] = ' ';
    p->line[p->len] = 0;
}

/* Names are the caller's: what could steer a terminal is not handed on. */
static void write_line(rg_page *p, const char *text, size_t n)
{
    char line[RG_PAGE_LINE + RG_PAGE_WIDTH];
    while (n && text[n - 1] == ' ') n--;
    for (size_t i = 0; i < n; i++) line[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    line[n] = '\n';
    p->write(p->ud, line, n + 1);
}

/* Where to break a text of more than a line's width: the last blank that has
 * something before it, else the width itself. */
static size_t break_at(const char *text, size_t indent, size_t width)
{
    for (size_t i = width; i > indent; i--)
        if (text[i] == ' ' && text[i - 1] != ' ') return i;
    return width;
}

void rg_page_end(rg_page *p)
{
    enum { FURTHEST = 16 };
    char *text = p->line;
    size_t width = (size_t)p->width, n = p->len, indent = strspn(text, " "),
           furthest = width / 4 < FURTHEST ? width / 4 : FURTHEST,
           shift = indent < furthest ? indent + 4 : furthest;
    char rest[RG_PAGE_LINE + RG_PAGE_WIDTH];
    while (n > width) {
        size_t at = break_at(text, indent, width);
        write_line(p, text, at);
        while (at < n && text[at] == ' ') at++;
        memmove(rest + shift, text + at, n - at + 1);
        memset(rest, ' ', shift);
        n = n - at + shift;
        text = rest;
        indent = shift;
    }
    if (n > indent || text == p->line) write_line(p, text, n);
    p->len = 0;
    p->line[0] = 0;
}

void rg_page_right(rg_page *p, const char *text)
{
    size_t n = strlen(text);
    if (!n) return;
    size_t width = (size_t)p->width;
    if (p->len + 2 + n > width) rg_page_end(p);
    rg_page_to(p, n < width ? width - n : 0, 0);
    rg_page_put(p, "%s", text);
}

const char *rg_gradient_name(const rg_story *s, const rg_node *x, char buf[RG_TEXT])
{
    char y[RG_LABEL], wire[RG_LABEL];
    snprintf(buf, RG_TEXT, "d%s/d%s", rg_story_name(s, s->y, 6, y), rg_story_name(s, x, 6, wire));
    return buf;
}

const char *rg_grouped_text(double n, char buf[RG_LABEL])
{
    char digits[RG_LABEL];
    int len = snprintf(digits, sizeof digits, "%.0f", n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) buf[at++] = ',';
        buf[at++] = digits[i];
    }
    buf[at] = 0;
    return buf;
}

const char *rg_count_text(double n, char buf[RG_LABEL])
{
    int power;
    if (n >= 1e6 && frexp(n, &power) == 0.5)
        snprintf(buf, RG_LABEL, "2^%d", power - 1);
    else if (n < 1e15)
        rg_grouped_text(n, buf);
    else
        snprintf(buf, RG_LABEL, "%.3g", n);
    return buf;
}
