/* plan_text.c - a plan as text, 100 columns of ASCII: what became of the recording, then
 * group after group. What is repeated is told once. */
#include "plan_facts.h"
#include "pen.h"
#include <stdio.h>
#include <string.h>

enum { FORMULA = 41, SHAPE = 15, PLACE = 23, SOURCE = 16, PROGRAM = 12, MOST_KINDS = 64 };

typedef struct plan_writer {
    const rg_plan *p;
    rg_pen *pen;
    const rg_facts *f;
    uint64_t *look; /* of the members of one group */
} plan_writer;

/* Left in its column, and cut where that ends. */
static void put_plan_column(rg_pen *pen, const char *text, int width)
{
    bool whole = strlen(text) <= (size_t)width;
    rg_pen_put(pen, "%-*.*s%s ", whole ? width : width - 2, whole ? width : width - 2, text,
               whole ? "" : "..");
}

static void put_amount(rg_pen *pen, const char *before, double n, const char *unit)
{
    char amount[RG_TEXT];
    rg_pen_put(pen, "%s%s", before, rg_amount_text(n, unit, amount));
}

/* ---- the whole ------------------------------------------------------------------------ */

static void tell_work(const plan_writer *w)
{
    const rg_facts *f = w->f;
    rg_pen_put(w->pen, "plan       %u steps in %u groups", w->p->steps, w->p->groups);
    put_amount(w->pen, "; a run takes ", f->all.flops, "FLOP");
    put_amount(w->pen, ", reads ", f->all.read, "B");
    put_amount(w->pen, " and writes ", f->all.written, "B");
    rg_pen_put(w->pen, "\nmemory     %zu B of workspace", w->p->workspace);
    if (w->p->tiles_told) put_amount(w->pen, "; tiles ", (double)w->p->tiles_told, "B");
    put_amount(w->pen, "; outputs ", (double)f->output_bytes, "B");
    put_amount(w->pen, ", leaves ", (double)f->leaf_bytes, "B");
    put_amount(w->pen, ", constants ", (double)f->constant_bytes, "B");
    rg_pen_text(w->pen, "\n");
}

static void tell_collection(const plan_writer *w)
{
    const rg_gathered *g = &w->p->gathered;
    rg_pen_put(w->pen,
               "left out   %u dead nodes, %u views, %u folded, %u met twice, %u handed on\n",
               g->dead + w->f->unread, g->views, w->f->folded, g->twins, g->handed_on);
}

static void tell_registers(const plan_writer *w)
{
    uint32_t in_place = 0;
    for (uint32_t i = 0; i < w->p->regs; i++) in_place += w->p->reg[i].in_place;
    if (w->p->regs)
        rg_pen_put(w->pen, "registers  %u, of which %u are written in place\n", w->p->regs,
                   in_place);
}

static void tell_budget(const plan_writer *w)
{
    double once = w->f->all.flops - w->f->again_flops;
    uint32_t strips = 0;
    if (!w->p->cfg.budget) return;
    for (uint32_t g = 0; g < w->p->groups; g++) strips += w->p->group[g].strip > 0;
    rg_pen_put(w->pen, "budget     %zu B: ", w->p->cfg.budget);
    if (strips) rg_pen_put(w->pen, "%u heads in strips, ", strips);
    rg_pen_put(w->pen, "%u steps are computed again", w->f->again);
    put_amount(w->pen, ", ", w->f->again_flops, "FLOP");
    rg_pen_put(w->pen, ", %.1f %% more\n", once > 0 ? 100 * w->f->again_flops / once : 0);
}

/* ---- a step ----------------------------------------------------------------------------- */

static void tell_plan_step(const plan_writer *w, uint32_t item)
{
    const rg_item *v = &w->p->item[item];
    char name[RG_TEXT], formula[RG_TEXT], line[2 * RG_TEXT + 8], text[RG_TEXT];
    snprintf(line, sizeof line, "%s = %s", rg_value_name(w->p, item, name),
             rg_value_formula(w->p, item, formula));
    rg_pen_text(w->pen, "  ");
    put_plan_column(w->pen, line, FORMULA);
    put_plan_column(w->pen, rg_value_shape(v, text), SHAPE);
    put_plan_column(w->pen, rg_value_place(w->p, item, text), PLACE);
    rg_pen_put(w->pen, "%.*s\n", SOURCE, rg_value_source(w->p, v, text));
}

static void tell_steps(const plan_writer *w, const rg_bunch *g)
{
    uint32_t n = 0, k = 0, i = g->first, times;
    for (uint32_t j = g->first; j != RG_NOWHERE; j = w->p->item[j].next)
        w->look[n++] = rg_value_look(w->p, j);
    while (k < n) {
        uint32_t period = rg_find_pattern(w->look, n, k, &times);
        if (period * times < 4) period = times = 1;
        for (uint32_t m = 0; m < period * times; m++, i = w->p->item[i].next)
            if (m < period) tell_plan_step(w, i);
        if (times > 1 && period == 1)
            rg_pen_put(w->pen, "  and %u more like it\n", times - 1);
        else if (times > 1)
            rg_pen_put(w->pen, "  and these %u steps %u times more\n", period, times - 1);
        k += period * times;
    }
}

/* ---- a program of numbers ----------------------------------------------------------------- */

typedef struct op_count {
    const rg_op *op;
    uint32_t n;
} op_count;

/* The most frequent first; ops that find no place in the list are not named. */
static uint32_t count_ops(const plan_writer *w, const rg_bunch *g, op_count *list)
{
    uint32_t n = 0;
    for (uint32_t i = g->first; i != RG_NOWHERE; i = w->p->item[i].next) {
        uint32_t k = 0;
        while (k < n && list[k].op != w->p->item[i].op) k++;
        if (k == n && n < MOST_KINDS) list[n++] = (op_count){w->p->item[i].op, 0};
        if (k < n) list[k].n++;
        for (; k > 0 && k < n && list[k].n > list[k - 1].n; k--) {
            op_count other = list[k];
            list[k] = list[k - 1];
            list[k - 1] = other;
        }
    }
    return n;
}

static void tell_program(const plan_writer *w, const rg_bunch *g)
{
    op_count list[MOST_KINDS];
    enum { NAMED = 8 };
    uint32_t n = count_ops(w, g, list);
    rg_pen_put(w->pen, "  a program of %u numbers:", g->members);
    for (uint32_t k = 0; k < n && k < NAMED; k++)
        rg_pen_put(w->pen, "%s %u %.16s",
                   k == NAMED / 2 ? ",\n   "
                   : k            ? ","
                                  : "",
                   list[k].n, list[k].op->name);
    rg_pen_text(w->pen, n > NAMED ? ", and others\n" : "\n");
}

/* ---- a group ------------------------------------------------------------------------------- */

static void tell_group(const plan_writer *w, uint32_t number)
{
    const rg_bunch *g = &w->p->group[number];
    const rg_half *h = &w->f->half[2 * number], *t = h + 1;
    rg_pen_put(w->pen, "\ngroup %-4u", number + 1);
    put_amount(w->pen, " ", h->flops + t->flops, "FLOP");
    put_amount(w->pen, ", reads ", h->read + t->read, "B");
    put_amount(w->pen, ", writes ", h->written + t->written, "B");
    if (g->code)
        rg_pen_put(w->pen, "; tiles of %lld x %lld, %d piece%s", (long long)g->tile,
                   (long long)g->width, g->pieces, g->pieces == 1 ? "" : "s");
    rg_pen_text(w->pen, "\n");
    if (g->head != RG_NOWHERE) tell_plan_step(w, g->head);
    if (g->numbers && g->members > PROGRAM)
        tell_program(w, g);
    else
        tell_steps(w, g);
}

/* Groups g to g + period - 1 stood there; what follows looks like them. */
static void tell_more(const plan_writer *w, uint32_t g, uint32_t period, uint32_t times)
{
    uint32_t first = g + period + 1, last = g + period * times;
    const char *what = period == 1 ? "this one" : "these";
    if (first == last)
        rg_pen_put(w->pen, "\ngroup %u: ", last);
    else
        rg_pen_put(w->pen, "\ngroups %u to %u: ", first, last);
    if (times == 2)
        rg_pen_put(w->pen, "%s once more\n", what);
    else
        rg_pen_put(w->pen, "%s %u times more\n", what, times - 1);
}

static void tell_groups(const plan_writer *w, const uint64_t *look)
{
    uint32_t n = w->p->groups, times;
    for (uint32_t g = 0; g < n;) {
        uint32_t period = rg_find_pattern(look, n - g, 0, &times);
        for (uint32_t k = 0; k < period; k++) tell_group(w, g + k);
        if (times > 1) tell_more(w, g, period, times);
        g += period * times;
        look += period * times;
    }
}

/* Room for the looks of groups and of the members of the largest. */
static size_t most_looks(const rg_plan *p)
{
    size_t most = 0;
    for (uint32_t g = 0; g < p->groups; g++)
        if (p->group[g].members > most) most = p->group[g].members;
    return most + p->groups + 1;
}

static rg_status write_plan(const rg_plan *p, rg_pen *pen, const rg_facts *f)
{
    size_t bytes = most_looks(p) * sizeof(uint64_t);
    uint64_t *look = rg_scratch(p->t, bytes);
    if (!look) return RG_NOMEM;
    plan_writer w = {.p = p, .pen = pen, .f = f, .look = look + p->groups};
    rg_facts_looks(p, look);
    tell_work(&w);
    tell_collection(&w);
    tell_registers(&w);
    tell_budget(&w);
    tell_groups(&w, look);
    rg_pen_flush(pen);
    rg_scratch_free(p->t, look, bytes);
    return RG_OK;
}

rg_status rg_plan_print(const rg_plan *p, void (*write)(void *ud, const char *text, size_t n),
                        void *ud)
{
    if (!p || !write) return RG_USAGE;
    rg_pen pen = {.write = write, .ud = ud};
    rg_facts f;
    rg_status s = rg_facts_find(p, &f);
    if (!s) s = write_plan(p, &pen, &f);
    rg_facts_free(p, &f);
    return s;
}
