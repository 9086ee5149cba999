/* dot.c - the graph of a calculation in the language of Graphviz: values on the gates, gradients
 * on the wires, a wire that is used twice drawn twice. */
#include "page.h"
#include "pen.h"
#include <stdio.h>
#include <string.h>

static void dot_label(rg_pen *p, const char *text)
{
    for (; *text; text++) {
        bool odd = *text < ' ' || *text > '~';
        rg_pen_put(p, *text == '"' || *text == '\\' ? "\\%c" : "%c", odd ? '?' : *text);
    }
}

/* One number, few numbers, or a shape. */
static void dot_numbers(rg_pen *p, const rg_node *x, int digits)
{
    enum { WIDEST = 32 };
    char text[RG_TEXT];
    rg_numbers_text(x, digits, WIDEST, text);
    if (x->layout->count != 1 && text[0] != '[') rg_shape_text(rg_shape_of(x), text);
    dot_label(p, text);
}

static void dot_node(rg_pen *p, const rg_story *s, uint32_t id, int digits)
{
    const rg_node *x = s->t->node[id];
    bool gate = s->wire[id].role == RG_ROLE_GATE;
    char name[RG_LABEL], formula[RG_TEXT];
    rg_pen_put(p, "  n%u [shape=%s, label=\"", (unsigned)id, gate ? "box" : "ellipse");
    dot_label(p, rg_story_name(s, x, digits, name));
    if (gate) {
        rg_pen_text(p, " = ");
        dot_label(p, rg_formula_text(s, x, x->op->formula, digits, formula));
    }
    rg_pen_text(p, "\\nvalue ");
    dot_numbers(p, x, digits);
    rg_pen_text(p, "\\ngradient ");
    if (x == s->y)
        rg_pen_text(p, "1");
    else if (s->wire[id].gradient)
        dot_numbers(p, s->wire[id].gradient, digits);
    else
        rg_pen_text(p, "-");
    rg_pen_text(p, "\"];\n");
}

static void dot_wire(rg_pen *p, const rg_story *s, const rg_node *y, int k, int digits)
{
    const rg_node *x = rg_story_root(s, rg_in(y, k));
    uint32_t turn = s->wire[y->id].block;
    if (s->wire[x->id].role < RG_ROLE_INPUT) return;
    rg_pen_put(p, "  n%u -> n%u", (unsigned)x->id, (unsigned)y->id);
    for (size_t i = 0; turn && i < s->block[turn - 1].steps; i++) {
        const rg_story_step *step = &s->step[s->block[turn - 1].first + i];
        if (step->wire != k || !step->contribution) continue;
        rg_pen_text(p, " [label=\"");
        dot_numbers(p, step->contribution, digits);
        rg_pen_text(p, "\"]");
    }
    rg_pen_text(p, ";\n");
}

void rg_tell_dot(rg_page *page, rg_story *s)
{
    rg_pen p = {.write = page->write, .ud = page->ud};
    rg_pen_text(&p, "digraph calculation {\n  rankdir=LR;\n");
    for (uint32_t id = 0; id < s->wires; id++)
        if (s->wire[id].role >= RG_ROLE_INPUT) dot_node(&p, s, id, page->digits);
    for (uint32_t id = 0; id < s->wires; id++)
        for (int k = 0; s->wire[id].role == RG_ROLE_GATE && k < s->t->node[id]->nin; k++)
            dot_wire(&p, s, s->t->node[id], k, page->digits);
    rg_pen_text(&p, "}\n");
    rg_pen_flush(&p);
}
