/* explain.c - an explanation from head to end. */
#include "page.h"
#include <string.h>

/* A program, which names its value itself: "b = a + a; c = b + b". */
static bool names_its_value(const char *title)
{
    size_t name = strcspn(title, " =;\n");
    size_t blanks = strspn(title + name, " ");
    return title[strcspn(title, ";\n")] ||
           (title[name + blanks] == '=' && title[name + blanks + 1] != '=');
}

/* Line by line, as it was written. */
static void put_title(rg_page *p, const char *title)
{
    enum { LONGEST = 400, MOST_LINES = 20 };
    for (int line = 0; *title && line < MOST_LINES; line++) {
        size_t n = strcspn(title, "\n");
        if (line) rg_page_end(p);
        rg_page_put(p, "%.*s%s", (int)(n < LONGEST ? n : LONGEST), title,
                    n < LONGEST ? "" : " ...");
        title += n;
        title += strspn(title, "\n");
    }
    if (*title) rg_page_put(p, " ...");
}

static void tell_calculation(rg_page *p, const rg_story *s, const char *title)
{
    char y[RG_LABEL], formula[RG_TEXT];
    if (!title || !names_its_value(title))
        rg_page_put(p, "%s = ", rg_story_name(s, s->y, p->digits, y));
    if (title)
        put_title(p, title);
    else
        rg_page_put(p, "%s", rg_formula_text(s, s->y, s->y->op->formula, p->digits, formula));
    rg_page_end(p);
}

/* "  a = 1   b = 2", as many on a line as go there. */
static void tell_inputs(rg_page *p, const rg_story *s)
{
    char name[RG_LABEL], text[RG_TEXT], shape[RG_TEXT];
    for (int i = 0; i < s->n; i++) {
        const rg_node *x = s->x[i];
        rg_numbers_text(x, p->digits, 60, text);
        rg_story_name(s, x, p->digits, name);
        bool shown = x->layout->count == 1 || text[0] == '[';
        rg_shape_text(rg_shape_of(x), shape);
        const char *what = shown ? text : shape;
        if (p->len && p->len + 6 + strlen(name) + strlen(what) > RG_PAGE_WIDTH) rg_page_end(p);
        rg_page_put(p, "%s%s %s %s", p->len ? "   " : "  ", name, shown ? "=" : "is", what);
    }
    rg_page_end(p);
    rg_page_end(p);
}

static const rg_node *wire_called(const rg_story *s, const char *name)
{
    char text[RG_LABEL];
    for (uint32_t id = 0; id < s->wires && name; id++) {
        const rg_node *x = s->t->node[id];
        const char *given = s->wire[id].role < RG_ROLE_INPUT ? NULL : rg_name_of(x);
        if (s->wire[id].role < RG_ROLE_INPUT) continue;
        if ((given && !strcmp(given, name)) || !strcmp(rg_story_name(s, x, 6, text), name))
            return x;
    }
    return NULL;
}

static void tell_story(rg_page *p, rg_story *s)
{
    rg_tell_forward(p, s);
    rg_tell_circuit(p, s);
    rg_tell_backward(p, s);
    if (p->symbolic) return;
    rg_tell_fan_in(p, s);
    rg_tell_large(p, s);
    rg_tell_result(p, s);
}

/* False: no wire is called how->wire. */
static bool tell_view(rg_page *p, rg_story *s, const rg_explain_options *how)
{
    const rg_node *x = how->view == RG_VIEW_PATHS ? wire_called(s, how->wire) : NULL;
    if (how->view == RG_VIEW_PATHS && !x) return false;
    if (how->view < RG_VIEW_SHOW) {
        tell_calculation(p, s, how->title);
        if (!p->symbolic) tell_inputs(p, s);
        if (p->symbolic) rg_page_end(p);
    }
    if (how->view == RG_VIEW_STORY) tell_story(p, s);
    if (how->view == RG_VIEW_BRIEF) rg_tell_result(p, s);
    if (how->view == RG_VIEW_TABLE) rg_tell_table(p, s);
    if (how->view == RG_VIEW_PATHS) rg_tell_paths(p, s, x);
    if (how->view == RG_VIEW_NAIVE) rg_tell_naive(p, s);
    if (how->view == RG_VIEW_CSV) rg_tell_csv(p, s);
    if (how->view == RG_VIEW_DOT) rg_tell_dot(p, s);
    return how->view != RG_VIEW_SHOW || rg_tell_wire(p, s, how->wire);
}

static rg_page page_for(const rg_explain_options *o,
                        void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    enum { NARROWEST = 20 };
    rg_page p = {.write = write, .ud = ud, .digits = RG_EXPLAIN_DIGITS, .width = RG_EXPLAIN_WIDTH};
    if (o->digits >= 1 && o->digits <= 17) p.digits = o->digits;
    if (o->width >= NARROWEST && o->width < RG_EXPLAIN_WIDTH) p.width = o->width;
    p.symbolic = o->symbolic;
    return p;
}

rg_status rg_explain_text(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                          void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    static const rg_explain_options standard = {0};
    const rg_explain_options *o = how ? how : &standard;
    rg_story s;
    rg_page p = page_for(o, write, ud);
    rg_status status = rg_story_begin_as(&s, y, n, x, o);
    if (!status && !write) {
        rg_fail(s.t, RG_USAGE, NULL, "explain: nowhere to write to");
        status = RG_USAGE;
    }
    if (!status && !tell_view(&p, &s, o))
        status =
            rg_refuse(s.t, RG_USAGE, NULL, "explain: no wire, and no part of one, is called %.60s",
                      o->wire ? o->wire : "nothing");
    rg_story_end(&s);
    return status ? status : rg_error_of(rg_tape_of(y))->status;
}
