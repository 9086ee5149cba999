/* coding_text.c - a coding as text and back: "retrograd-coding 1", the task, the
 * number of columns, then the target and each column as role, by_value, number of
 * categories, name, categories. A text is its length, a colon and its bytes. */
#define RG_NO_HERE
#include "coding.h"
#include "number.h"
#include "op.h"
#include <stdio.h>
#include <string.h>

static const char *const coding_head = "retrograd-coding 1";

/* ---- writing: once to measure, once to write ---------------------------------- */

typedef struct rg_writer {
    char *to; /* NULL: measure only */
    size_t n;
} rg_writer;

static void put_bytes(rg_writer *w, const char *bytes, size_t n)
{
    if (w->to) memcpy(w->to + w->n, bytes, n);
    w->n += n;
}

static void put_text(rg_writer *w, const char *text)
{
    char head[24];
    put_bytes(w, head, (size_t)snprintf(head, sizeof head, "%zu:", strlen(text)));
    put_bytes(w, text, strlen(text));
    put_bytes(w, "\n", 1);
}

static void put_column(rg_writer *w, const rg_column *col)
{
    char head[64];
    int n = snprintf(head, sizeof head, "%d %d %d ", (int)col->role, (int)col->by_value,
                     col->categories);
    put_bytes(w, head, (size_t)n);
    put_text(w, col->name);
    for (int k = 0; k < col->categories; k++) put_text(w, col->category[k]);
}

static void put_coding(rg_writer *w, const rg_coding *c)
{
    char head[64];
    int n = snprintf(head, sizeof head, "%s\n%d %d\n", coding_head, (int)c->task, c->columns);
    put_bytes(w, head, (size_t)n);
    put_column(w, &c->target);
    for (int i = 0; i < c->columns; i++) put_column(w, &c->column[i]);
}

rg_status rg_coding_write(const rg_coding *c, rg_text *out, const rg_alloc *alloc, rg_error *e)
{
    rg_writer w = {NULL, 0};
    *out = (rg_text){0};
    rg_store_open(&out->store, alloc);
    put_coding(&w, c);
    out->text = rg_store_take(&out->store, (int64_t)w.n + 1, 1, e);
    if (!out->text) return RG_NOMEM;
    out->length = w.n;
    w = (rg_writer){out->text, 0};
    put_coding(&w, c);
    return RG_OK;
}

void rg_text_free(rg_text *t)
{
    rg_store_close(&t->store);
    *t = (rg_text){0};
}

/* ---- reading ------------------------------------------------------------------ */

typedef struct rg_reader {
    const char *begin, *at, *end;
    rg_store *store;
    rg_error *e;
} rg_reader;

static rg_status not_coding(rg_reader *r, const char *expected)
{
    return rg_error_set(r->e, RG_FORMAT, "the coding is damaged at byte %lld: expected %s",
                        (long long)(r->at - r->begin), expected);
}

/* A number from 0 to most and the one character behind it. */
static rg_status get_count(rg_reader *r, int64_t most, char behind, int64_t *v)
{
    const char *p = r->at;
    for (*v = 0; *p >= '0' && *p <= '9' && *v <= most; p++) *v = 10 * *v + (*p - '0');
    if (p == r->at || *v > most || *p != behind) return not_coding(r, "a number in range");
    r->at = p + 1;
    return RG_OK;
}

static rg_status get_text(rg_reader *r, const char **text)
{
    int64_t n;
    rg_status st = get_count(r, r->end - r->at, ':', &n);
    if (st != RG_OK) return st;
    if (n >= r->end - r->at || r->at[n] != '\n') return not_coding(r, "a text of the length given");
    *text = rg_store_text(r->store, r->at, (size_t)n, r->e);
    r->at += n + 1;
    return *text ? RG_OK : RG_NOMEM;
}

/* Categories must be findable: what bsearch relies on. */
static rg_status check_categories(rg_reader *r, const rg_column *col)
{
    double v, before = 0;
    for (int k = 0; k < col->categories; k++) {
        bool sorted = !col->by_value || rg_number_parse(col->category[k], &v);
        if (sorted && k)
            sorted =
                col->by_value ? v > before : strcmp(col->category[k - 1], col->category[k]) < 0;
        if (!sorted) return not_coding(r, "categories in order");
        if (col->by_value) before = v;
    }
    return RG_OK;
}

static rg_status get_column(rg_reader *r, rg_column *col)
{
    int64_t role, by_value, n;
    rg_status st = get_count(r, RG_IDENTIFIER, ' ', &role);
    if (st == RG_OK) st = get_count(r, 1, ' ', &by_value);
    if (st == RG_OK) st = get_count(r, r->end - r->at, ' ', &n);
    if (st == RG_OK) st = get_text(r, &col->name);
    if (st != RG_OK) return st;
    if (n > INT32_MAX || (role == RG_CATEGORY) != (n > 0))
        return not_coding(r, "categories for a category");
    col->role = (rg_role)role;
    col->by_value = by_value;
    col->categories = (int)n;
    col->category = rg_store_take(r->store, n, sizeof *col->category, r->e);
    if (!col->category) return RG_NOMEM;
    for (int64_t k = 0; k < n && st == RG_OK; k++) st = get_text(r, &col->category[k]);
    return st == RG_OK ? check_categories(r, col) : st;
}

static rg_status get_coding(rg_reader *r, rg_coding *c)
{
    int64_t task, columns;
    size_t head = strlen(coding_head);
    if (strncmp(r->at, coding_head, head) != 0 || r->at[head] != '\n')
        return not_coding(r, coding_head);
    r->at += head + 1;
    rg_status st = get_count(r, RG_REGRESS, ' ', &task);
    if (st == RG_OK)
        st = get_count(r, r->end - r->at < INT32_MAX ? r->end - r->at : INT32_MAX, '\n', &columns);
    if (st == RG_OK) st = get_column(r, &c->target);
    if (st != RG_OK) return st;
    if ((task == RG_CLASSIFY) != (c->target.role == RG_CATEGORY))
        return not_coding(r, "classes for a classification");
    c->task = (rg_task)task;
    c->columns = (int)columns;
    c->column = rg_store_take(r->store, columns, sizeof *c->column, r->e);
    if (!c->column) return RG_NOMEM;
    for (int i = 0; i < c->columns && st == RG_OK; i++) st = get_column(r, &c->column[i]);
    if (st == RG_OK && r->at != r->end) st = not_coding(r, "the end");
    rg_coding_measure(c);
    return st;
}

rg_status rg_coding_read(rg_coding *c, const char *text, const rg_alloc *alloc, rg_error *e)
{
    rg_reader r = {text, text, text + strlen(text), &c->store, e};
    *c = (rg_coding){0};
    rg_store_open(&c->store, alloc);
    rg_status st = get_coding(&r, c);
    if (st != RG_OK) rg_coding_free(c);
    return st;
}
