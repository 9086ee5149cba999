/* forward.c - the FORWARD table: what every wire is, and what its gate's gradient
 * rule looks at again on the way back. */
#include "page.h"
#include <stdio.h>
#include <string.h>

enum { GATE_WIDTH = 28, VALUE_WIDTH = 34, FEW_DIGITS = 3, MEMORY_WIDTH = 16 };

typedef struct columns {
    int wire, gate, shape, value, memory;
    bool one_line; /* what is remembered has room on the wire's line */
} columns;

static bool is_told(const rg_story *s, uint32_t id) { return s->wire[id].role >= RG_ROLE_INPUT; }

static const char *gate_text(const rg_page *p, const rg_story *s, const rg_node *x,
                             char buf[RG_TEXT])
{
    rg_wire_role role = s->wire[x->id].role;
    if (role == RG_ROLE_GATE) return rg_formula_text(s, x, x->op->formula, p->digits, buf);
    snprintf(buf, RG_TEXT, "%s", role == RG_ROLE_INPUT ? "input" : "given");
    return buf;
}

/* "2x1", and "2x1 as 2" where all who use it see it in another shape. */
static const char *shape_text(const rg_story *s, const rg_node *x, char buf[RG_TEXT])
{
    char other[RG_TEXT];
    rg_shape_text(rg_shape_of(x), buf);
    size_t n = strlen(buf);
    rg_shape_text(rg_story_shape(s, x), other);
    if (strcmp(buf, other)) snprintf(buf + n, RG_TEXT - n, " as %.60s", other);
    return buf;
}

/* Rounded rather than counted, when that makes room. */
static const char *value_text(const rg_page *p, const rg_node *x, int width, char buf[RG_TEXT])
{
    rg_numbers_text(x, p->digits, width, buf);
    if (buf[0] == '[' || x->layout->count == 1 || p->digits <= FEW_DIGITS) return buf;
    return rg_numbers_text(x, FEW_DIGITS, width, buf);
}

static void widen_column(int *width, const char *text, int most)
{
    int n = (int)strlen(text);
    if (n > *width) *width = n < most ? n : most;
}

/* ---- what is remembered ----------------------------------------------------------------- */

static const char no_memory_text[] = "nothing", shape_memory_text[] = "its shape";

static bool is_read_at_all(const char *memory)
{
    return strcmp(memory, no_memory_text) && strcmp(memory, shape_memory_text);
}

/* "v1 and b": the inputs and the output that the rule reads again. */
static void memory_text(const rg_page *p, const rg_story *s, const rg_story_block *b,
                        char buf[RG_TEXT])
{
    rg_node *kept[RG_MOST_KEPT];
    char name[RG_LABEL];
    int n = rg_story_kept(s, b, kept);
    snprintf(buf, RG_TEXT, "%s",
             b->y->op->kind == RG_ELEMENTWISE ? no_memory_text : shape_memory_text);
    for (int i = 0, len = 0; i < n; i++)
        len += snprintf(buf + len, RG_TEXT - (size_t)len, "%s%s",
                        i == 0      ? ""
                        : i + 1 < n ? ", "
                                    : " and ",
                        rg_story_name(s, kept[i], p->digits, name));
}

/* "dv2/dv1 = b, dv2/db = v1": what they are remembered for. */
static void reasons(const rg_page *p, const rg_story *s, const rg_story_block *b, char buf[RG_TEXT])
{
    size_t n = 0;
    buf[0] = 0;
    for (size_t i = 0; i < b->steps; i++) {
        const rg_story_step *step = &s->step[b->first + i];
        const char *local = b->y->op->wire[step->wire].local;
        char text[RG_TEXT], y[RG_LABEL], x[RG_LABEL];
        if (!local || !step->contribution || n > RG_PAGE_WIDTH) continue;
        n += (size_t)snprintf(buf + n, RG_TEXT - n, "%sd%s/d%s = %.100s", n ? ", " : "",
                              rg_story_name(s, b->y, 6, y),
                              rg_story_name(s, rg_in(b->y, step->wire), 6, x),
                              rg_formula_text(s, b->y, local, p->digits, text));
    }
}

static void tell_memory(rg_page *p, const rg_story *s, const rg_story_block *b, const columns *c)
{
    char text[RG_TEXT];
    memory_text(p, s, b, text);
    if (!c->one_line && !is_read_at_all(text)) return;
    if (!c->one_line) {
        rg_page_end(p);
        rg_page_put(p, "  %-*s  remembers ", c->wire, "");
    }
    rg_page_put(p, "%-*s", c->one_line ? c->memory : 0, text);
    if (b->y->op->kind != RG_ELEMENTWISE || !is_read_at_all(text)) return;
    reasons(p, s, b, text);
    if (p->len + 2 + strlen(text) <= RG_PAGE_WIDTH) rg_page_put(p, "  %s", text);
}

/* ---- the table -------------------------------------------------------------------------- */

static columns measure(const rg_page *p, const rg_story *s)
{
    columns c = {4, 4, rg_story_is_scalar(s) ? 0 : 5, 5, 7, true};
    char text[RG_TEXT], name[RG_LABEL];
    for (uint32_t id = 0; id < s->wires; id++) {
        if (!is_told(s, id)) continue;
        const rg_node *x = s->t->node[id];
        widen_column(&c.wire, rg_story_name(s, x, p->digits, name), RG_LABEL);
        widen_column(&c.gate, gate_text(p, s, x, text), GATE_WIDTH);
        if (c.shape) widen_column(&c.shape, shape_text(s, x, text), GATE_WIDTH);
        if (!s->wire[id].block) continue;
        memory_text(p, s, &s->block[s->wire[id].block - 1], text);
        widen_column(&c.memory, text, MEMORY_WIDTH);
    }
    int room = RG_PAGE_WIDTH - (8 + c.wire + c.gate + c.shape),
        most = room < VALUE_WIDTH ? room : VALUE_WIDTH;
    for (uint32_t id = 0; id < s->wires; id++)
        if (is_told(s, id) && !p->symbolic) widen_column(&c.value, value_text(p, s->t->node[id], most, text), most);
    c.one_line = 11 + c.wire + c.gate + c.shape + c.value + c.memory <= RG_PAGE_WIDTH;
    return c;
}

static void tell_scopes(rg_page *p, const rg_node *x, char last[RG_TEXT])
{
    const char *scope[4];
    char text[RG_TEXT] = "";
    int n = rg_scope_of(x, scope, 4);
    for (int i = 0; i < n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, RG_TEXT - used, "%s%.40s", i ? " / " : "", scope[i]);
    }
    if (strcmp(text, last) && text[0]) {
        rg_page_put(p, "  -- %s --", text);
        rg_page_end(p);
    }
    memcpy(last, text, RG_TEXT);
}

static void tell_wire(rg_page *p, const rg_story *s, const rg_node *x, const columns *c)
{
    char text[RG_TEXT], name[RG_LABEL];
    uint32_t block = s->wire[x->id].block;
    rg_page_put(p, "  %-*s  %-*s", c->wire, rg_story_name(s, x, p->digits, name), c->gate,
                gate_text(p, s, x, text));
    if (c->shape) rg_page_put(p, "  %-*s", c->shape, shape_text(s, x, text));
    if (!p->symbolic) rg_page_put(p, "  %-*s", c->value, value_text(p, x, c->value, text));
    rg_page_put(p, "   ");
    if (block) tell_memory(p, s, &s->block[block - 1], c);
    rg_page_end(p);
}

void rg_tell_forward(rg_page *p, const rg_story *s)
{
    static const char long_head[] = "remembered for the backward pass";
    columns c = measure(p, s);
    char scope[RG_TEXT] = "";
    rg_page_put(p, "FORWARD  inputs to output");
    rg_page_end(p);
    rg_page_put(p, "  %-*s  %-*s", c.wire, "wire", c.gate, "gate");
    if (c.shape) rg_page_put(p, "  %-*s", c.shape, "shape");
    if (!p->symbolic) rg_page_put(p, "  %-*s", c.value, "value");
    if (c.one_line)
        rg_page_put(p, "   %s",
                    p->len + 3 + strlen(long_head) <= RG_PAGE_WIDTH ? long_head : "remembered");
    rg_page_end(p);
    for (uint32_t id = 0; id < s->wires; id++) {
        if (!is_told(s, id)) continue;
        tell_scopes(p, s->t->node[id], scope);
        tell_wire(p, s, s->t->node[id], &c);
    }
    rg_page_end(p);
}
