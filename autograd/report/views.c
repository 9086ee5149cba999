/* views.c - other ways to tell the same steps: a line for each product, the paths of one wire,
 * what a wrong order would have given, comma-separated values. */
#include "page.h"
#include "pen.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- a line for each product ------------------------------------------------------------ */

enum { TABLE_COLUMNS = 7, MOST_COLUMN = 22 };

typedef struct table_row {
    char text[TABLE_COLUMNS][RG_TEXT];
} table_row;

static const char *const table_head[TABLE_COLUMNS] = {"step",  "to",     "upstream", "local",
                                                      "gives", "before", "after"};

/* The numbers where they are few, else the shape. */
static void short_numbers(const rg_page *p, const rg_node *x, char buf[RG_TEXT])
{
    buf[0] = '-';
    buf[1] = 0;
    if (!x) return;
    rg_numbers_text(x, p->digits, MOST_COLUMN, buf);
    if (x->layout->count != 1 && buf[0] != '[') rg_shape_text(rg_shape_of(x), buf);
}

static void fill_row(const rg_page *p, rg_story *s, const rg_story_step *step, table_row *r)
{
    int64_t mark = rg_mark(s->t);
    const rg_node *local =
        step->y->op->kind == RG_ELEMENTWISE ? rg_story_local(s, step->y, step->wire) : NULL;
    snprintf(r->text[0], RG_TEXT, "%u", (unsigned)rg_story_wire_of(s, step->y)->block);
    rg_gradient_name(s, rg_in(step->y, step->wire), r->text[1]);
    short_numbers(p, step->upstream, r->text[2]);
    if (local)
        short_numbers(p, local, r->text[3]);
    else
        snprintf(r->text[3], RG_TEXT, "%s", step->y->op->name);
    short_numbers(p, step->contribution, r->text[4]);
    short_numbers(p, step->before, r->text[5]);
    short_numbers(p, step->after, r->text[6]);
    rg_story_forget(s, mark);
}

static void put_row(rg_page *p, const int width[TABLE_COLUMNS], const table_row *r)
{
    for (int c = 0; c < TABLE_COLUMNS; c++)
        rg_page_put(p, "  %-*s", width[c], r->text[c]);
    rg_page_end(p);
}

static const rg_story_step *step_of_block(const rg_story *s, size_t b, size_t i)
{
    return i < s->block[b].steps ? &s->step[s->block[b].first + i] : NULL;
}

void rg_tell_table(rg_page *p, rg_story *s)
{
    int width[TABLE_COLUMNS];
    table_row r;
    const rg_story_step *step;
    for (int c = 0; c < TABLE_COLUMNS; c++) width[c] = (int)strlen(table_head[c]);
    for (size_t b = 0; b < s->blocks; b++)
        for (size_t i = 0; (step = step_of_block(s, b, i)); i++) {
            fill_row(p, s, step, &r);
            for (int c = 0; c < TABLE_COLUMNS; c++) {
                int n = (int)strlen(r.text[c]);
                if (n > width[c]) width[c] = n;
            }
        }
    rg_page_put(p, "TABLE  upstream x local = what a gate gives to a wire; before + that = after");
    rg_page_end(p);
    for (int c = 0; c < TABLE_COLUMNS; c++) snprintf(r.text[c], RG_TEXT, "%s", table_head[c]);
    put_row(p, width, &r);
    for (size_t b = 0; b < s->blocks; b++)
        for (size_t i = 0; (step = step_of_block(s, b, i)); i++) {
            fill_row(p, s, step, &r);
            put_row(p, width, &r);
        }
    rg_page_end(p);
}

/* ---- comma-separated values ------------------------------------------------------------- */

static void csv_number(rg_pen *p, const rg_node *x, int64_t i)
{
    rg_pen_text(p, ",");
    if (x) rg_pen_put(p, "%.17g", rg_entry(x, x->layout->count == 1 ? 0 : i));
}

/* In quotes, doubled inside. */
static void csv_text(rg_pen *p, const char *text)
{
    rg_pen_text(p, ",\"");
    for (; text && *text; text++) rg_pen_put(p, *text == '"' ? "\"\"" : "%c", *text);
    rg_pen_text(p, "\"");
}

static void csv_step(rg_pen *p, rg_story *s, const rg_story_step *step)
{
    char name[RG_LABEL], g[RG_TEXT];
    int64_t mark = rg_mark(s->t);
    bool each = step->y->op->kind == RG_ELEMENTWISE;
    const rg_node *local = each ? rg_story_local(s, step->y, step->wire) : NULL;
    bool together = step->upstream->layout->count == rg_in(step->y, step->wire)->layout->count;
    for (int64_t i = 0; step->contribution && i < step->contribution->layout->count; i++) {
        rg_pen_put(p, "%u", (unsigned)rg_story_wire_of(s, step->y)->block);
        csv_text(p, rg_story_name(s, step->y, 6, name));
        csv_text(p, step->y->op->name);
        csv_text(p, rg_gradient_name(s, rg_in(step->y, step->wire), g));
        rg_pen_put(p, ",%lld", (long long)i);
        csv_number(p, each || together ? step->upstream : NULL, i);
        csv_number(p, local, i);
        csv_number(p, step->contribution, i);
        csv_number(p, step->before, i);
        csv_number(p, step->after, i);
        csv_text(p, rg_story_why(step->y, step->wire));
        rg_pen_text(p, "\n");
    }
    rg_story_forget(s, mark);
}

void rg_tell_csv(rg_page *page, rg_story *s)
{
    rg_pen p = {.write = page->write, .ud = page->ud};
    rg_pen_text(&p, "step,gate,op,to,entry,upstream,local,gives,before,after,rule\n");
    for (size_t b = 0; b < s->blocks; b++)
        for (size_t i = 0; i < s->block[b].steps; i++)
            csv_step(&p, s, &s->step[s->block[b].first + i]);
    rg_pen_flush(&p);
}

/* ---- a wrong order ---------------------------------------------------------------------- */

enum { MOST_VISITS = 4096, VISITS_TEXT = 200 };

/* The recursion that comes to mind first: run a gate's rule, then go into each of its inputs,
 * as often as one gets there. */
typedef struct recursion {
    rg_story *s;
    double *gradient; /* by id           */
    double *local;    /* by step         */
    uint32_t *visits; /* by id           */
    int n;            /* visits in all   */
    size_t len;
    char order[VISITS_TEXT]; /* c, b, a ... */
} recursion;

static void note_visit(recursion *r, const rg_node *x)
{
    char name[RG_LABEL];
    const char *text = rg_story_name(r->s, x, 6, name);
    r->n++;
    r->visits[x->id]++;
    size_t need = strlen(text) + 2;
    if (r->len + need + 6 < VISITS_TEXT)
        r->len += (size_t)snprintf(r->order + r->len, VISITS_TEXT - r->len, "%s%s",
                                   r->len ? ", " : "", text);
    else if (r->len && r->order[r->len - 1] != '.')
        r->len += (size_t)snprintf(r->order + r->len, VISITS_TEXT - r->len, " ...");
}

static void visit_naively(recursion *r, rg_node *y)
{
    const rg_story *s = r->s;
    uint32_t turn = rg_story_wire_of(s, y)->block;
    note_visit(r, y);
    if (!turn || r->n >= MOST_VISITS) return;
    const rg_story_block *b = &s->block[turn - 1];
    for (size_t i = 0; i < b->steps; i++) {
        const rg_story_step *step = &s->step[b->first + i];
        r->gradient[rg_story_root(s, rg_in(step->y, step->wire))->id] +=
            r->gradient[y->id] * r->local[b->first + i];
    }
    for (size_t i = 0; i < b->steps; i++) {
        const rg_story_step *step = &s->step[b->first + i];
        rg_node *x = rg_story_root(s, rg_in(step->y, step->wire));
        if (step->contribution && rg_story_wire_of(s, x)->role >= RG_ROLE_INPUT)
            visit_naively(r, x);
    }
}

static void right_order(const rg_story *s, char buf[RG_TEXT])
{
    size_t n = 0;
    char name[RG_LABEL];
    buf[0] = 0;
    for (size_t b = 0; b < s->blocks && n < VISITS_TEXT - RG_LABEL; b++)
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%s, ",
                              rg_story_name(s, s->block[b].y, 6, name));
    for (int i = 0; i < s->n && n < VISITS_TEXT - RG_LABEL; i++)
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%s%s", i ? ", " : "",
                              rg_story_name(s, s->x[i], 6, name));
}

static void tell_order_of(rg_page *p, const char *which, const char *order)
{
    rg_page_put(p, "  %s order  %s", which, order);
    rg_page_end(p);
}

static void tell_naive_gradients(rg_page *p, const recursion *r)
{
    char g[RG_TEXT], a[RG_LABEL], b[RG_LABEL];
    for (int i = 0; i < r->s->n; i++) {
        const rg_node *x = r->s->x[i];
        double right = r->s->gradient[i] ? rg_entry(r->s->gradient[i], 0) : 0,
               naive = r->gradient[x->id];
        bool same = fabs(naive - right) <= 1e-9 * fmax(fabs(naive), fabs(right));
        rg_page_put(p, "  %s: right %s, naive %s%s", rg_gradient_name(r->s, x, g),
                    rg_number_text(right, p->digits, a), rg_number_text(naive, p->digits, b),
                    same ? "" : "   WRONG");
        rg_page_end(p);
    }
}

/* The gate that ran first more than once. */
static const rg_node *repeated_gate(const recursion *r)
{
    for (size_t b = 0; b < r->s->blocks; b++)
        if (r->visits[r->s->block[b].y->id] > 1) return r->s->block[b].y;
    return NULL;
}

static void tell_moral(rg_page *p, const recursion *r)
{
    static const char *const moral[] = {
        "Each time it handed down all that it had so far, and what it had handed down before",
        "was counted again. A gate must run exactly once, and only after every gate that uses",
        "its output has run. Walking the tape backwards guarantees both."};
    char name[RG_LABEL];
    const rg_node *y = repeated_gate(r);
    if (!y) {
        rg_page_put(p, "  No gate is reached by two wires here: every order that follows the wires "
                       "is right.");
        rg_page_end(p);
        return;
    }
    rg_page_put(p, "    %s is reached by %u ways, so the recursion ran it %u times.",
                rg_story_name(r->s, y, p->digits, name), (unsigned)r->visits[y->id],
                (unsigned)r->visits[y->id]);
    for (int i = 0; i < 3; i++) rg_page_put(p, " %s", moral[i]);
    rg_page_end(p);
}

static void tell_recursion(rg_page *p, recursion *r)
{
    char order[RG_TEXT];
    for (size_t i = 0; i < r->s->steps; i++)
        if (r->s->step[i].contribution) r->local[i] = rg_step_local(r->s, &r->s->step[i]);
    r->gradient[r->s->y->id] = 1;
    visit_naively(r, r->s->y);
    right_order(r->s, order);
    rg_page_put(p, "ORDER  what a recursion without order makes of it");
    rg_page_right(p, "[notes 6.3]");
    rg_page_end(p);
    tell_order_of(p, "right", order);
    tell_order_of(p, "naive", r->order);
    if (r->n >= MOST_VISITS)
        rg_page_put(p, "  and so on: given up after %d visits", MOST_VISITS), rg_page_end(p);
    else
        tell_naive_gradients(p, r);
    tell_moral(p, r);
    rg_page_end(p);
}

void rg_tell_naive(rg_page *p, rg_story *s)
{
    recursion r = {.s = s};
    size_t numbers = (s->wires + s->steps + 1) * sizeof(double), ids = s->wires * sizeof(uint32_t);
    if (!rg_story_is_scalar(s)) {
        rg_page_put(p, "ORDER  shown for single numbers alone: these are tensors");
        rg_page_end(p);
        rg_page_end(p);
        return;
    }
    r.gradient = rg_scratch(s->t, numbers);
    r.visits = r.gradient ? rg_scratch(s->t, ids) : NULL;
    if (r.visits) {
        memset(r.gradient, 0, numbers);
        memset(r.visits, 0, ids);
        r.local = r.gradient + s->wires;
        tell_recursion(p, &r);
        rg_scratch_free(s->t, r.visits, ids);
    }
    if (r.gradient) rg_scratch_free(s->t, r.gradient, numbers);
}
