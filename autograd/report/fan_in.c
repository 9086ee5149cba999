/* fan_in.c - the ledger of every wire that feeds several gates: what came along each
 * path, and the sum. Paths are counted, never walked, when there are many. */
#include "page.h"
#include <stdio.h>
#include <string.h>

enum {
    PRODUCT_TEXT = 1024,
    MOST_CONSUMERS = 8,
    MOST_WIRES = 6,
    PRODUCT_COLUMN = 30,
    SUM_COLUMN = 60
};

typedef struct ledger {
    rg_page *p;
    rg_story *s;
    const rg_node *wire;
    double sum;
    size_t column; /* behind the widest way */
} ledger;

/* ---- paths of single numbers ------------------------------------------------------------ */

/* "0 x 1 x 0.118532" */
static void product_text(const rg_path *path, int digits, char buf[PRODUCT_TEXT])
{
    char number[RG_LABEL];
    size_t n = 0;
    buf[0] = 0;
    for (int i = 0; i < path->depth; i++)
        n += (size_t)snprintf(buf + n, PRODUCT_TEXT - n, "%s%s", i ? " x " : "",
                              rg_number_text(path->local[i], digits, number));
}

/* "a > v3 > v4 > L   0 x 1 x 0.118532 = 0" */
static void tell_path(void *ud, const rg_path *path)
{
    ledger *l = ud;
    char name[RG_LABEL], number[RG_LABEL], text[PRODUCT_TEXT];
    product_text(path, l->p->digits, text);
    l->sum += path->product;
    rg_page_put(l->p, "    %s", rg_story_name(l->s, l->wire, l->p->digits, name));
    for (int i = 0; i < path->depth; i++)
        rg_page_put(l->p, " > %s", rg_story_name(l->s, path->step[i]->y, l->p->digits, name));
    if (l->p->len > PRODUCT_COLUMN && l->p->len + strlen(text) + 4 > SUM_COLUMN) {
        rg_page_end(l->p);
        rg_page_put(l->p, "       ");
    } else {
        rg_page_to(l->p, PRODUCT_COLUMN, 3);
    }
    rg_page_put(l->p, "%s", text);
    rg_page_to(l->p, SUM_COLUMN, 1);
    rg_page_put(l->p, "= %s", rg_number_text(path->product, l->p->digits, number));
    rg_page_end(l->p);
}

/* The sum, its equals sign below those of the paths. */
static void tell_sum(ledger *l, const char *value)
{
    char g[RG_TEXT];
    rg_gradient_name(l->s, l->wire, g);
    size_t n = strlen(g) + 1;
    rg_page_to(l->p, SUM_COLUMN > n ? SUM_COLUMN - n : 0, l->p->len ? 2 : 0);
    rg_page_put(l->p, "%s = %s", g, value);
    rg_page_end(l->p);
}

/* ---- parts: what each gate paid in ------------------------------------------------------ */

/* "x > v4 > v11": the middle of a long one is left out. */
static void way_text(const ledger *l, const rg_path *path, char buf[RG_TEXT])
{
    enum { LONGEST = 4 };
    char name[RG_LABEL];
    rg_story_name(l->s, l->wire, l->p->digits, name);
    size_t n = (size_t)snprintf(buf, RG_TEXT, "%s", name);
    for (int i = 0; i < path->depth; i++) {
        bool left_out = path->depth > LONGEST && i > 0 && i < path->depth - 2;
        if (left_out && i > 1) continue;
        rg_story_name(l->s, path->step[i]->y, l->p->digits, name);
        n += (size_t)snprintf(buf + n, RG_TEXT - n, " > %s", left_out ? "..." : name);
    }
}

static void measure_way(void *ud, const rg_path *path, const rg_node *share)
{
    ledger *l = ud;
    char text[RG_TEXT];
    (void)share;
    way_text(l, path, text);
    if (strlen(text) > l->column) l->column = strlen(text);
}

static void tell_way(void *ud, const rg_path *path, const rg_node *share)
{
    ledger *l = ud;
    char text[RG_TEXT];
    way_text(l, path, text);
    rg_page_put(l->p, "    %-*s  ", (int)l->column, text);
    rg_page_put(l->p, "%s", rg_numbers_text(share, l->p->digits, RG_PAGE_WIDTH - 6 - (int)l->column, text));
    rg_page_end(l->p);
}

/* Along every way, where behind the gates that read it there are more than those. */
static bool tell_ways(ledger *l)
{
    char text[RG_TEXT], g[RG_TEXT];
    const rg_story_wire *w = rg_story_wire_of(l->s, l->wire);
    rg_gradient_name(l->s, l->wire, g);
    l->column = strlen(g) + 2;
    if (!rg_each_share(l->s, l->wire, measure_way, l) || l->column > RG_PAGE_WIDTH / 2) return false;
    rg_each_share(l->s, l->wire, tell_way, l);
    rg_page_put(l->p, "    %s =%*s", g, (int)(l->column - strlen(g)), "");
    rg_page_put(l->p, "%s", rg_numbers_text(w->gradient, l->p->digits, RG_PAGE_WIDTH - 6 - (int)l->column, text));
    rg_page_end(l->p);
    return true;
}

static void tell_parts(ledger *l)
{
    char name[RG_LABEL], text[RG_TEXT], g[RG_TEXT];
    const rg_story *s = l->s;
    const rg_story_wire *w = rg_story_wire_of(s, l->wire);
    size_t column = strlen(rg_gradient_name(s, l->wire, g)) + 7;
    uint32_t told = 0;
    for (uint32_t i = w->first; i && told < MOST_CONSUMERS; i = s->step[i - 1].next, told++) {
        rg_page_put(l->p, "    from %s", rg_story_name(s, s->step[i - 1].y, l->p->digits, name));
        rg_page_to(l->p, column, 2);
        column = l->p->len;
        rg_page_put(l->p, "%s",
                    rg_numbers_text(s->step[i - 1].contribution, l->p->digits, 64, text));
        rg_page_end(l->p);
    }
    if (told < w->parts) {
        rg_page_put(l->p, "    and %u more", (unsigned)(w->parts - told));
        rg_page_end(l->p);
    }
    rg_page_put(l->p, "    %s =", g);
    rg_page_to(l->p, column, 1);
    rg_page_put(l->p, "%s", rg_numbers_text(w->gradient, l->p->digits, 64, text));
    rg_page_end(l->p);
}

static void tell_many_paths(ledger *l)
{
    char count[RG_LABEL], number[RG_LABEL], steps[RG_LABEL];
    const rg_story_wire *w = rg_story_wire_of(l->s, l->wire);
    rg_page_put(l->p, "    %s paths; the backward pass needed %s products",
                rg_count_text(w->paths, count), rg_count_text((double)l->s->products, steps));
    tell_sum(l, rg_number_text(rg_entry(w->gradient, 0), l->p->digits, number));
}

/* ---- the ledger ------------------------------------------------------------------------- */

/* "a feeds v1 (step 5) and v3 (step 3)" */
static void tell_consumers(const ledger *l)
{
    const rg_story *s = l->s;
    const rg_story_wire *w = rg_story_wire_of(s, l->wire);
    char name[RG_LABEL];
    uint32_t told = 0;
    rg_page_put(l->p, "  %s feeds ", rg_story_name(s, l->wire, l->p->digits, name));
    for (uint32_t i = w->first; i && told < MOST_CONSUMERS; i = s->step[i - 1].next) {
        const rg_node *y = s->step[i - 1].y;
        bool both = s->step[i - 1].next == i + 1 && s->step[i].y == y;
        if (both) i++;
        rg_page_put(l->p, "%s%s (step %u)%s",
                    told == 0             ? ""
                    : s->step[i - 1].next ? ", "
                                          : " and ",
                    rg_story_name(s, y, l->p->digits, name),
                    (unsigned)rg_story_wire_of(s, y)->block, both ? " twice" : "");
        told += 1 + both;
    }
    if (told < w->parts) rg_page_put(l->p, " and %u more", (unsigned)(w->parts - told));
    rg_page_end(l->p);
}

void rg_tell_paths(rg_page *p, rg_story *s, const rg_node *x)
{
    enum { MOST = 1000 };
    ledger l = {.p = p, .s = s, .wire = x};
    char name[RG_LABEL], y[RG_LABEL], number[RG_LABEL], count[RG_LABEL];
    const rg_story_wire *w = rg_story_wire_of(s, x);
    rg_page_put(p, "PATHS  %s from %s to %s; along each a product of derivatives, and they add",
                rg_count_text(w->paths, count), rg_story_name(s, x, p->digits, name),
                rg_story_name(s, s->y, p->digits, y));
    rg_page_end(p);
    if (!w->gradient)
        rg_page_put(p, "    nothing flows along any of them"), rg_page_end(p);
    else if (w->paths <= MOST && rg_each_path_of(s, x, MOST, tell_path, &l))
        tell_sum(&l, rg_number_text(l.sum, p->digits, number));
    else if (x->layout->count == 1)
        tell_many_paths(&l);
    else
        tell_parts(&l);
    rg_page_end(p);
}

static void tell_ledger(rg_page *p, rg_story *s, const rg_node *x)
{
    ledger l = {.p = p, .s = s, .wire = x};
    char number[RG_LABEL];
    tell_consumers(&l);
    if (x->layout->count != 1) {
        if (!tell_ways(&l)) tell_parts(&l);
    } else if (rg_story_wire_of(s, x)->paths > RG_MOST_PATHS) {
        tell_many_paths(&l);
    } else if (rg_each_path(s, x, tell_path, &l)) {
        tell_sum(&l, rg_number_text(l.sum, p->digits, number));
    } else {
        tell_parts(&l);
    }
}

static void tell_wires(rg_page *p, rg_story *s, bool inputs, int *told)
{
    for (uint32_t id = 0; id < s->wires; id++) {
        const rg_story_wire *w = &s->wire[id];
        if (w->role < RG_ROLE_INPUT || w->parts < 2 || (w->role == RG_ROLE_INPUT) != inputs)
            continue;
        if ((*told)++ < MOST_WIRES) tell_ledger(p, s, s->t->node[id]);
    }
}

void rg_tell_fan_in(rg_page *p, rg_story *s)
{
    bool any = false;
    int told = 0;
    for (uint32_t id = 0; id < s->wires && !any; id++) any = s->wire[id].parts > 1;
    if (!any) return;
    rg_page_put(p, "FAN-IN  a wire gets one gradient along each path; they add");
    rg_page_right(p, "[notes 6.3]");
    rg_page_end(p);
    tell_wires(p, s, true, &told);
    tell_wires(p, s, false, &told);
    if (told > MOST_WIRES) {
        rg_page_put(p, "  and %d more wires that feed several gates", told - MOST_WIRES);
        rg_page_end(p);
    }
    rg_page_end(p);
}
