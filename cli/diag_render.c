/* diag_render.c - an error as text: the line it is on, cut to 80 columns around
 * the place, an underline, and labels hung below it. Columns count characters;
 * tabs are expanded; nothing that could steer a terminal gets through. */
#include "diag.h"
#include <string.h>

enum { INDENT = 2, WIDTH = 80 - INDENT, TAB = 8, DOTS = 3 };

/* The source line that is shown and the columns of it that fit. */
typedef struct view {
    const char *text;
    size_t len;
    size_t first, last; /* columns first..last-1 are shown */
    bool more_before, more_after;
    bool utf8;
} view;

/* One column, or what a tab takes. */
static size_t char_width(const char *s, size_t column)
{
    return *s == '\t' ? TAB - column % TAB : 1;
}

/* The column of byte at, counted from the start of the line. */
static size_t column_of(const char *line, size_t len, size_t at)
{
    size_t column = 0;
    uint32_t code;
    for (size_t i = 0; i < at && i < len;) {
        column += char_width(line + i, column);
        i += utf8_char(line + i, len - i, &code);
    }
    return column;
}

/* Control characters, and the marks that turn the direction of writing. */
static bool steers_terminal(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void put_char(FILE *to, const char *s, size_t n, uint32_t code, bool utf8)
{
    if (steers_terminal(code) || (code >= 0x80 && (!utf8 || code == 0xfffd)))
        fputc('?', to);
    else
        fwrite(s, 1, n, to);
}

void diag_plain(FILE *to, const char *text, size_t len, bool utf8)
{
    uint32_t code;
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_char(text + i, len - i, &code);
        put_char(to, text + i, n, code, utf8);
    }
}

/* The line that holds byte at; a line that is too long is cut so that the place
 * is in sight. */
static view line_view(const source *src, size_t at, bool utf8)
{
    size_t from = at, to = at;
    while (from > 0 && src->text[from - 1] != '\n') from--;
    while (to < src->len && src->text[to] != '\n') to++;
    if (to > from && to > at && src->text[to - 1] == '\r') to--;
    view v = {src->text + from, to - from, 0, 0, false, false, utf8};
    size_t columns = column_of(v.text, v.len, v.len);
    if (columns <= WIDTH) {
        v.last = columns + 1; /* the place may be the end of the line */
        return v;
    }
    size_t place = column_of(v.text, v.len, at - from);
    size_t first = place > WIDTH / 2 ? place - WIDTH / 2 : 0;
    if (first + WIDTH > columns + 1) first = columns + 1 - WIDTH;
    v.first = first;
    v.last = first + WIDTH;
    v.more_before = first > 0;
    v.more_after = v.last < columns;
    return v;
}

static bool under_dots(const view *v, size_t column)
{
    return (v->more_before && column < v->first + DOTS) ||
           (v->more_after && column >= v->last - DOTS);
}

static void put_line(FILE *to, const view *v)
{
    size_t column = 0, i = 0, n;
    uint32_t code;
    fprintf(to, "%*s%s", INDENT, "", v->more_before ? "..." : "");
    for (; i < v->len && column < v->last; i += n) {
        n = utf8_char(v->text + i, v->len - i, &code);
        size_t wide = char_width(v->text + i, column);
        for (size_t k = 0; k < wide; k++) {
            if (column + k < v->first || column + k >= v->last || under_dots(v, column + k))
                continue;
            if (v->text[i] == '\t')
                fputc(' ', to);
            else
                put_char(to, v->text + i, n, code, v->utf8);
        }
        column += wide;
    }
    fputs(v->more_after ? "...\n" : "\n", to);
}

/* Where a span begins and ends on the shown line, in columns from its left edge;
 * false when it is out of sight. */
static bool place_on(const view *v, const source *src, span at, size_t *from, size_t *to)
{
    size_t line = (size_t)(v->text - src->text);
    if (at.at < line || at.at > line + v->len) return false;
    size_t a = column_of(v->text, v->len, at.at - line);
    size_t b = column_of(v->text, v->len, at.at - line + at.len);
    if (b <= a) b = a + 1;
    if (b <= v->first || a >= v->last) return false;
    *from = a < v->first ? 0 : a - v->first;
    *to = (b > v->last ? v->last : b) - v->first;
    return true;
}

static void put_row(FILE *to, const char row[WIDTH + 1], const char *colour, const char *reset)
{
    size_t n = WIDTH;
    while (n > 0 && row[n - 1] == ' ') n--;
    fprintf(to, "%*s%s%.*s%s\n", INDENT, "", colour, (int)n, row, reset);
}

/* The text of label k, bars for the labels left of it that are still to come. */
static void put_label(FILE *to, const diag *d, const size_t *column, const bool *open, int k)
{
    char row[WIDTH + 1];
    memset(row, ' ', WIDTH);
    for (int i = 0; i < d->labels; i++)
        if (open[i] && i != k) row[column[i]] = '|';
    size_t n = strlen(d->label[k].text), at = column[k];
    if (n > WIDTH) n = WIDTH;
    if (at + n > WIDTH) at = WIDTH - n;
    memcpy(row + at, d->label[k].text, n);
    put_row(to, row, "", "");
}

/* Hang the labels below the underline, the rightmost first. */
static void put_labels(FILE *to, const diag *d, const view *v)
{
    size_t column[DIAG_LABELS] = {0}, end;
    bool open[DIAG_LABELS] = {false};
    int left = 0;
    for (int i = 0; i < d->labels; i++)
        left += open[i] = place_on(v, d->src, d->label[i].at, &column[i], &end);
    for (; left > 0; left--) {
        int k = -1;
        for (int i = 0; i < d->labels; i++)
            if (open[i] && (k < 0 || column[i] > column[k])) k = i;
        put_label(to, d, column, open, k);
        open[k] = false;
    }
}

static void put_underline(FILE *to, const diag *d, const view *v, diag_style style)
{
    char row[WIDTH + 1];
    size_t from, end;
    memset(row, ' ', WIDTH);
    for (int i = 0; i < d->labels; i++)
        if (place_on(v, d->src, d->label[i].at, &from, &end)) memset(row + from, '-', end - from);
    if (place_on(v, d->src, d->at, &from, &end)) {
        memset(row + from, '~', end - from);
        row[from] = '^';
    }
    put_row(to, row, style.colour ? "\033[1;32m" : "", style.colour ? "\033[0m" : "");
}

/* "  FILE:3:5" when the line alone does not say where it is. */
static void put_where(FILE *to, const source *src, const view *v, size_t at, bool utf8)
{
    size_t line = 1, start = (size_t)(v->text - src->text);
    for (size_t i = 0; i < start; i++) line += src->text[i] == '\n';
    bool one_line = line == 1 && start + v->len + 1 >= src->len;
    if (one_line && !src->name) return;
    fprintf(to, "%*s", INDENT, "");
    const char *name = src->name ? src->name : "line";
    diag_plain(to, name, strlen(name), utf8);
    fprintf(to, ":%zu:%zu\n", line, column_of(v->text, v->len, at - start) + 1);
}

void diag_render(FILE *to, const diag *d, severity s, diag_style style)
{
    static const char *const word[] = {"error", "warning", "note"};
    static const char *const colour[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
    const char *reset = style.colour ? "\033[0m" : "";
    fprintf(to, "%s%s[E%d]%s: ", style.colour ? colour[s] : "", word[s], d->code, reset);
    diag_plain(to, d->text, strlen(d->text), style.utf8);
    fputc('\n', to);
    if (d->src) {
        view v = line_view(d->src, d->at.at, style.utf8);
        put_where(to, d->src, &v, d->at.at, style.utf8);
        put_line(to, &v);
        put_underline(to, d, &v, style);
        put_labels(to, d, &v);
    }
    if (!d->help[0]) return;
    fprintf(to, "%*shelp: ", INDENT, "");
    diag_plain(to, d->help, strlen(d->help), style.utf8);
    fputc('\n', to);
}
