/* plan_memory.c - what holds the memory of a plan when it holds most, by op and line. */
#include "plan_facts.h"
#include "pen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of one op and line are one line of the report. */
typedef struct holding {
    const rg_item *v; /* the first of them */
    uint32_t n;
    size_t bytes;
} holding;

static int by_op_and_line(const void *a, const void *b)
{
    const rg_item *x = ((const holding *)a)->v, *y = ((const holding *)b)->v;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    return strcmp(x->op->name, y->op->name);
}

static int most_bytes_first(const void *a, const void *b)
{
    const holding *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return by_op_and_line(a, b);
}

static uint32_t gather_holdings(const rg_plan *p, const rg_facts *f, holding *list)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->peaks; i++) {
        const rg_item *v = &p->item[f->peak[i]];
        list[i] = (holding){v, 1, rg_held_bytes(p, v)};
    }
    qsort(list, f->peaks, sizeof *list, by_op_and_line);
    for (uint32_t i = 0; i < f->peaks; i++) {
        if (n && !by_op_and_line(&list[n - 1], &list[i])) {
            list[n - 1].n++;
            list[n - 1].bytes += list[i].bytes;
        } else {
            list[n++] = list[i];
        }
    }
    qsort(list, n, sizeof *list, most_bytes_first);
    return n;
}

static void tell_moment(const rg_plan *p, rg_pen *pen, const rg_facts *f)
{
    char text[RG_TEXT];
    uint32_t first = rg_half_first(p, f->peak_half);
    rg_pen_put(pen, "workspace  %zu B; most is held in group %u", p->workspace,
               f->peak_half / 2 + 1);
    if (first != RG_NOWHERE)
        rg_pen_put(pen, " (%.30s %s)", p->item[first].op->name,
                   rg_value_source(p, &p->item[first], text));
    rg_pen_put(pen, ": %zu B by %u values\n", f->peak_bytes, f->peaks);
}

static void tell_holding(const rg_plan *p, rg_pen *pen, const rg_facts *f, const holding *h)
{
    char shape[RG_TEXT], source[RG_TEXT], what[RG_TEXT];
    rg_value_shape(h->v, shape);
    if (h->n > 1)
        snprintf(what, sizeof what, "%.20s and %u more values", shape, h->n - 1);
    else
        snprintf(what, sizeof what, "%.30s", shape);
    rg_pen_put(pen, "%12zu B  %5.1f %%  %-20.20s %-36.36s %.16s\n", h->bytes,
               100. * (double)h->bytes / (double)f->peak_bytes, h->v->op->name, what,
               rg_value_source(p, h->v, source));
}

static rg_status write_memory(const rg_plan *p, rg_pen *pen, const rg_facts *f)
{
    size_t bytes = ((size_t)f->peaks + 1) * sizeof(holding);
    holding *list = rg_scratch(p->t, bytes);
    if (!list) return RG_NOMEM;
    uint32_t n = gather_holdings(p, f, list);
    if (n) tell_moment(p, pen, f);
    if (!n) rg_pen_text(pen, "workspace  0 B: every value is a leaf, an output or scratch\n");
    for (uint32_t i = 0; i < n; i++) tell_holding(p, pen, f, &list[i]);
    rg_pen_flush(pen);
    rg_scratch_free(p->t, list, bytes);
    return RG_OK;
}

rg_status rg_plan_memory(const rg_plan *p, void (*write)(void *ud, const char *text, size_t n),
                         void *ud)
{
    if (!p || !write) return RG_USAGE;
    rg_pen pen = {.write = write, .ud = ud};
    rg_facts f;
    rg_status s = rg_facts_find(p, &f);
    if (!s) s = write_memory(p, &pen, &f);
    rg_facts_free(p, &f);
    return s;
}
