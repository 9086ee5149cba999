/* csv.c - CSV files (RFC 4180) to tables of text. The file is read whole and its
 * cells stay where they are: each is cut off with a zero byte, quotes undone in
 * place, so a table costs the file and an address per cell. */
#define RG_NO_HERE
#include "coding.h"
#include "files.h"
#include "number.h"
#include "op.h"
#include <stdlib.h>
#include <string.h>

typedef struct rg_csv {
    rg_table *t;
    char *at, *end; /* *end is a zero byte */
    int64_t line;
    int64_t cells, room, lines_room; /* in t->cell; room there and in t->line */
    rg_error *e;
} rg_csv;

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool at_line_end(const rg_csv *p)
{
    const char *c = p->at;
    return c == p->end || *c == '\n' || (*c == '\r' && (c + 1 == p->end || c[1] == '\n'));
}

static void skip_blanks(rg_csv *p)
{
    while (is_blank(*p->at)) p->at++;
}

/* Past a comma or a line end. */
static void step_over(rg_csv *p)
{
    if (*p->at == '\r') p->at++;
    if (p->at == p->end) return;
    p->line += *p->at == '\n';
    p->at++;
}

/* The cell after an opening quote; *stop is where its text ends. */
static rg_status quoted_cell(rg_csv *p, char **cell, char **stop)
{
    int64_t from = p->line;
    char *to = ++p->at;
    *cell = to;
    for (;; p->at++) {
        if (p->at == p->end)
            return rg_error_set(p->e, RG_FORMAT,
                                "%s: line %lld: a quote opens here and never closes", p->t->source,
                                (long long)from);
        if (*p->at == '"' && *++p->at != '"') break;
        p->line += *p->at == '\n';
        *to++ = *p->at;
    }
    skip_blanks(p);
    *stop = to;
    if (*p->at == ',' || at_line_end(p)) return RG_OK;
    return rg_error_set(
        p->e, RG_FORMAT,
        "%s: line %lld: text after a closing quote; a quote inside a quoted cell is doubled",
        p->t->source, (long long)p->line);
}

static void plain_cell(rg_csv *p, char **cell, char **stop)
{
    *cell = p->at;
    while (*p->at != ',' && !at_line_end(p)) p->at++;
    for (*stop = p->at; *stop > *cell && is_blank((*stop)[-1]);) --*stop;
}

static bool is_missing(const char *cell)
{
    static const char *const mark[] = {"", "NA", "NaN", "nan", "null", "?"};
    for (size_t i = 0; i < sizeof mark / sizeof *mark; i++)
        if (!strcmp(cell, mark[i])) return true;
    return false;
}

static rg_status push_cell(rg_csv *p, const char *cell)
{
    rg_table *t = p->t;
    if (p->cells == p->room) {
        p->room = 2 * p->room + 64;
        const char **more = rg_store_resize(&t->store, t->cell, p->room, sizeof *more, p->e);
        if (!more) return RG_NOMEM;
        t->cell = more;
    }
    t->cell[p->cells++] = cell;
    return RG_OK;
}

/* The cells of one line (longer than a line when quotes hold line ends). */
static rg_status csv_row(rg_csv *p, int64_t *count, bool header)
{
    for (*count = 0;;) {
        char *cell = p->at, *stop = p->at;
        skip_blanks(p);
        if (*p->at != '"')
            plain_cell(p, &cell, &stop);
        else if (quoted_cell(p, &cell, &stop) != RG_OK)
            return RG_FORMAT;
        bool last = at_line_end(p);
        step_over(p);
        *stop = 0;
        if (push_cell(p, is_missing(cell) && !header ? NULL : cell) != RG_OK) return RG_NOMEM;
        ++*count;
        if (last) return RG_OK;
    }
}

/* Past lines with nothing in them. True when a row follows. */
static bool find_row(rg_csv *p)
{
    while (p->at < p->end) {
        char *begin = p->at;
        skip_blanks(p);
        if (!at_line_end(p)) {
            p->at = begin;
            return true;
        }
        step_over(p);
    }
    return false;
}

/* Numbers are no names: the file has no header, and what stands first may repeat. */
static bool names_are_numbers(const rg_table *t)
{
    double v;
    for (int i = 0; i < t->columns; i++)
        if (!rg_number_parse(t->name[i], &v)) return false;
    return true;
}

static rg_status check_names(rg_csv *p)
{
    rg_table *t = p->t;
    rg_status st = RG_OK;
    if (names_are_numbers(t)) return RG_OK;
    const char **sorted = rg_store_take(&t->store, t->columns, sizeof *sorted, p->e);
    if (!sorted) return RG_NOMEM;
    memcpy(sorted, t->name, (size_t)t->columns * sizeof *sorted);
    qsort(sorted, (size_t)t->columns, sizeof *sorted, rg_order_texts);
    for (int i = 1; i < t->columns && st == RG_OK; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            st = rg_error_set(p->e, RG_FORMAT, "%s: two columns are called '%.80s'", t->source,
                              sorted[i]);
    rg_store_drop(&t->store, sorted);
    return st;
}

static rg_status csv_header(rg_csv *p)
{
    int64_t n;
    if (!find_row(p))
        return rg_error_set(p->e, RG_FORMAT,
                            "%s: is empty; a line with the names of the columns comes first",
                            p->t->source);
    rg_status st = csv_row(p, &n, true);
    if (st != RG_OK) return st;
    if (n > INT32_MAX)
        return rg_error_set(p->e, RG_FORMAT, "%s: has %lld columns", p->t->source, (long long)n);
    p->t->columns = (int)n;
    p->t->name = rg_store_take(&p->t->store, n, sizeof *p->t->name, p->e);
    if (!p->t->name) return RG_NOMEM;
    memcpy(p->t->name, p->t->cell, (size_t)n * sizeof *p->t->name);
    p->cells = 0;
    return check_names(p);
}

static rg_status note_line(rg_csv *p)
{
    rg_table *t = p->t;
    if (t->rows == p->lines_room) {
        p->lines_room = 2 * p->lines_room + 64;
        int64_t *more = rg_store_resize(&t->store, t->line, p->lines_room, sizeof *more, p->e);
        if (!more) return RG_NOMEM;
        t->line = more;
    }
    t->line[t->rows++] = p->line;
    return RG_OK;
}

static rg_status csv_rows(rg_csv *p)
{
    rg_table *t = p->t;
    while (find_row(p)) {
        int64_t n;
        rg_status st = note_line(p);
        if (st == RG_OK) st = csv_row(p, &n, false);
        if (st != RG_OK) return st;
        if (n != t->columns)
            return rg_error_set(p->e, RG_FORMAT,
                                "%s: row %lld (line %lld) has %lld cells, the header has %d",
                                t->source, (long long)t->rows, (long long)t->line[t->rows - 1],
                                (long long)n, t->columns);
    }
    return RG_OK;
}

static uint64_t fnv1a(const char *bytes, int64_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < n; i++) h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return h;
}

/* Names and classes go into models and reports, which are UTF-8; this says where, before any work is done. */
static rg_status not_utf8(const rg_csv *p, const char *path, const char *bad)
{
    int64_t line = 1;
    for (const char *c = p->at; c < bad; c++) line += *c == '\n';
    return rg_error_set(p->e, RG_FORMAT, "%s: line %lld: byte 0x%02X is not UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8)", path,
                        (long long)line, (unsigned)(unsigned char)*bad);
}

static rg_status load_text(rg_csv *p, const char *path)
{
    rg_source f;
    int64_t n = 0;
    rg_status st = rg_source_open(&f, path, p->e);
    if (st == RG_OK) st = rg_source_rest(&f, &p->t->store, &p->at, &n);
    rg_source_close(&f);
    if (st != RG_OK) return st;
    const char *zero = memchr(p->at, 0, (size_t)n);
    if (zero)
        return rg_error_set(p->e, RG_FORMAT, "%s: byte %lld is zero; CSV is text in UTF-8", path,
                            (long long)(zero - p->at));
    const char *bad = rg_utf8_bad(p->at);
    if (bad) return not_utf8(p, path, bad);
    p->t->digest = fnv1a(p->at, n);
    p->end = p->at + n;
    if (!strncmp(p->at, "\xEF\xBB\xBF", 3)) p->at += 3;
    return RG_OK;
}

static rg_status fill_table(rg_csv *p, const char *path)
{
    rg_table *t = p->t;
    t->source = rg_store_text(&t->store, path, strlen(path), p->e);
    t->cell = rg_store_take(&t->store, 0, 1, p->e);
    t->line = rg_store_take(&t->store, 0, 1, p->e);
    if (!t->source || !t->cell || !t->line) return RG_NOMEM;
    rg_status st = load_text(p, path);
    if (st == RG_OK) st = csv_header(p);
    return st == RG_OK ? csv_rows(p) : st;
}

rg_status rg_read_csv(rg_table *t, const char *path, const rg_alloc *alloc, rg_error *e)
{
    rg_csv p = {.t = t, .line = 1, .e = e};
    *t = (rg_table){0};
    rg_store_open(&t->store, alloc);
    rg_status st = fill_table(&p, path);
    if (st != RG_OK) rg_table_free(t);
    return st;
}

void rg_table_free(rg_table *t)
{
    rg_store_close(&t->store);
    *t = (rg_table){0};
}
