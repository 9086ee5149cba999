/* backward.c - the BACKWARD blocks: one per gate, in the order of their turns, with
 * upstream x local = downstream for every wire. */
#include "page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EQUALS_COLUMN = 53, PART_COLUMN = 69, OPERAND_WIDTH = 28, RULE_INDENT = 5 };

/* ---- small texts ------------------------------------------------------------------------ */

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && !*end;
}

static const char *numbers(const rg_page *p, const rg_node *x, int width, char buf[RG_TEXT])
{
    return rg_numbers_text(x, p->digits, width, buf);
}

/* ---- heads ------------------------------------------------------------------------------ */

static void tell_head(rg_page *p, const rg_story *s, const rg_story_block *b, size_t turn)
{
    char formula[RG_TEXT], name[RG_LABEL], g[RG_TEXT], value[RG_TEXT], text[RG_TEXT * 2];
    rg_page_put(p, "%3zu  %s = %s", turn, rg_story_name(s, b->y, p->digits, name),
                rg_formula_text(s, b->y, b->y->op->formula, p->digits, formula));
    rg_gradient_name(s, b->y, g);
    if (p->symbolic)
        snprintf(text, sizeof text, "upstream %s", g);
    else if (b->y->layout->count == 1)
        snprintf(text, sizeof text, "upstream %s = %s", g, numbers(p, b->upstream, 20, value));
    else
        snprintf(text, sizeof text, "upstream %s is %s", g,
                 rg_shape_text(rg_shape_of(b->upstream), value));
    if (p->len + 2 + strlen(text) <= RG_PAGE_WIDTH && p->len + 2 < EQUALS_COLUMN - 2 &&
        EQUALS_COLUMN - 2 + strlen(text) <= RG_PAGE_WIDTH) {
        rg_page_to(p, EQUALS_COLUMN - 2, 2);
        rg_page_put(p, "%s", text);
    } else {
        rg_page_right(p, text);
    }
    rg_page_end(p);
}

/* "[notes 6.3]", and where the gate stands in the program. */
static const char *source_text(const rg_node *y, char buf[RG_TEXT])
{
    const char *file = rg_file_of(y), *slash = file ? strrchr(file, '/') : NULL;
    buf[0] = 0;
    if (file) snprintf(buf, RG_TEXT, "%.60s:%d", slash ? slash + 1 : file, (int)y->line);
    size_t n = strlen(buf);
    if (y->op->section)
        snprintf(buf + n, RG_TEXT - n, "%s[notes %s]", n ? "  " : "", y->op->section);
    return buf;
}

static bool same_words(const rg_story *s, const rg_story_block *b)
{
    const char *first = rg_story_why(b->y, s->step[b->first].wire);
    for (size_t i = 1; i < b->steps; i++) {
        const char *why = rg_story_why(b->y, s->step[b->first + i].wire);
        if (why != first && (!why || !first || strcmp(why, first))) return false;
    }
    return true;
}

/* The rule in words: once, or once for each wire if it is not the same for all. */
static void tell_rule(rg_page *p, const rg_story *s, const rg_story_block *b)
{
    char source[RG_TEXT], name[RG_LABEL];
    bool once = same_words(s, b);
    source_text(b->y, source);
    for (size_t i = 0; i < (once ? 1 : b->steps); i++) {
        int k = s->step[b->first + i].wire;
        const char *why = rg_story_why(b->y, k);
        rg_page_put(p, "%*s%s", RULE_INDENT, "", b->y->op->name);
        if (!once) rg_page_put(p, ", wire %s", rg_story_name(s, rg_in(b->y, k), p->digits, name));
        if (why) rg_page_put(p, ": %s", why);
        if (once || i + 1 == b->steps) rg_page_right(p, source);
        rg_page_end(p);
    }
}

/* ---- steps ------------------------------------------------------------------------------ */

typedef struct telling {
    rg_page *p;
    rg_story *s;
    const rg_story_block *b;
    const rg_story_step *step;
    rg_node *x; /* the wire that is paid */
    int width;  /* of the longest "dL/dx" in the block */
} telling;

/* "       dL/da  +=" */
static void tell_label(const telling *w)
{
    char g[RG_TEXT];
    const rg_story_wire *to = rg_story_wire_of(w->s, w->x);
    rg_page_put(w->p, "%*s%-*s %s ", RULE_INDENT + 2, "", w->width, rg_gradient_name(w->s, w->x, g),
                to->parts > 1 ? "+=" : " =");
}

/* "path 1 of 2"; a part, when what arrives came together from several paths. */
static void tell_part(const telling *w)
{
    const rg_story_wire *to = rg_story_wire_of(w->s, w->x);
    char text[RG_TEXT];
    if (to->parts < 2) return;
    snprintf(text, sizeof text, "%s %u of %u", to->paths == to->parts ? "path" : "part",
             (unsigned)w->step->part, (unsigned)to->parts);
    if (w->p->len + 2 + strlen(text) > RG_PAGE_WIDTH) {
        rg_page_right(w->p, text);
        return;
    }
    rg_page_to(w->p, PART_COLUMN, 2);
    rg_page_put(w->p, "%s", text);
}

/* Below the sign of equality of the label. */
static void tell_equals_below(const telling *w)
{
    if (w->p->len) rg_page_end(w->p);
    rg_page_to(w->p, (size_t)(RULE_INDENT + 2 + w->width + 2), 0);
    rg_page_put(w->p, "= ");
}

/* "dL/dv1 = dL/dv2 x b" */
static void tell_symbolic_step(const telling *w, const rg_node *local)
{
    char g[RG_TEXT], symbol[RG_TEXT];
    rg_local_text(w->s, w->step, w->p->digits, symbol);
    tell_label(w);
    rg_page_put(w->p, "%s", rg_gradient_name(w->s, w->b->y, g));
    if (strcmp(symbol, "1") != 0)
        rg_page_put(w->p, local->layout->count == 1 || is_number(symbol) ? " x %s" : " (.) %s",
                    symbol);
    tell_part(w);
    rg_page_end(w->p);
}

static void tell_scalar_step(const telling *w, const rg_node *local)
{
    char up[RG_TEXT], symbol[RG_TEXT], value[RG_TEXT], down[RG_TEXT];
    numbers(w->p, w->b->upstream, 24, up);
    numbers(w->p, local, 24, value);
    rg_local_text(w->s, w->step, w->p->digits, symbol);
    tell_label(w);
    if (!is_number(symbol)) rg_page_put(w->p, "%s x %s = ", up, symbol);
    rg_page_put(w->p, "%s x %s", up, value);
    rg_page_to(w->p, EQUALS_COLUMN, 1);
    rg_page_put(w->p, "= %s", numbers(w->p, w->step->contribution, 24, down));
    double g = rg_entry(w->b->upstream, 0), slope = rg_entry(local, 0);
    if (g == 0 && !isfinite(slope)) rg_page_put(w->p, "   zero carries nothing");
    tell_part(w);
    rg_page_end(w->p);
}

static int64_t zeros_in(const rg_node *x)
{
    int64_t zeros = 0;
    for (int64_t i = 0; i < x->layout->count; i++) zeros += rg_entry(x, i) == 0;
    return zeros;
}

static void tell_blocked(const telling *w, const rg_node *local)
{
    int64_t zeros = zeros_in(local);
    if (!zeros) return;
    rg_page_put(w->p, "%*sthe local derivative is 0 at %lld of %lld entries: nothing flows there",
                RULE_INDENT + 2, "", (long long)zeros, (long long)local->layout->count);
    rg_page_end(w->p);
}

/* dL/dv3 = dL/dv4 (.) 2 v3, then the same in numbers. */
static void tell_hadamard_step(const telling *w, const rg_node *local)
{
    char g[RG_TEXT], symbol[RG_TEXT], up[RG_TEXT], value[RG_TEXT];
    rg_local_text(w->s, w->step, w->p->digits, symbol);
    bool same = !strcmp(symbol, "1"), constant = is_number(symbol);
    tell_label(w);
    rg_page_put(w->p, "%s", rg_gradient_name(w->s, w->b->y, g));
    if (!same) rg_page_put(w->p, constant ? " x %s" : " (.) %s", symbol);
    tell_part(w);
    numbers(w->p, w->b->upstream, OPERAND_WIDTH, up);
    numbers(w->p, local, OPERAND_WIDTH, value);
    if (!constant && up[0] == '[' && value[0] == '[') {
        tell_equals_below(w);
        rg_page_put(w->p, "%s (.) %s", up, value);
    } else if (!constant) {
        rg_page_end(w->p);
        rg_page_to(w->p, (size_t)(RULE_INDENT + 2 + w->width + 4), 0);
        rg_page_put(w->p, "%s: ", symbol);
        rg_draw_numbers(w->p, local);
    }
    tell_equals_below(w);
    rg_draw_numbers(w->p, w->step->contribution);
    if (!constant) tell_blocked(w, local);
}

/* "(2x1) @ (1x3) = 2x3, the shape of W" */
static void tell_shapes(const telling *w)
{
    const rg_node *c = w->step->contribution;
    char shapes[RG_TEXT], shape[RG_TEXT], name[RG_LABEL], text[2 * RG_TEXT];
    if (c->origin != w->b->y || c->nin != 2 || c->op->kind != RG_WHOLE) return;
    snprintf(text, sizeof text, "%.100s = %.60s, the shape of %s", rg_formula_shapes(c, shapes),
             rg_shape_text(rg_shape_of(c), shape), rg_story_name(w->s, w->x, w->p->digits, name));
    if (w->p->len + 3 + strlen(text) > RG_PAGE_WIDTH)
        tell_equals_below(w);
    else
        rg_page_put(w->p, "   ");
    rg_page_put(w->p, "%s", text);
}

/* Of a product of two matrices: an entry of y does not read the other rows of the left one,
 * nor the other columns of the right one. */
static double always_zero(const rg_node *y, const rg_node *x, int wire)
{
    bool matrices = y->layout->rank == 2 && x->layout->rank == 2 && !strcmp(y->op->name, "matmul");
    double read = matrices ? (double)x->layout->dim[wire == 0] : 0;
    return matrices ? (double)y->layout->count * ((double)x->layout->count - read) : 0;
}

/* What a product of whole tensors has spared: the tensor of all local derivatives. */
static void tell_not_formed(const telling *w)
{
    const rg_node *y = w->b->y, *x = rg_in(y, w->step->wire);
    char a[RG_TEXT], b[RG_TEXT], yn[RG_LABEL], xn[RG_LABEL], count[RG_LABEL];
    double zeros = always_zero(y, x, w->step->wire);
    if (y->op->kind == RG_VIEW || y->layout->count < 2 || x->layout->count < 2) return;
    rg_page_put(w->p, "%*snot formed: d%s/d%s, %s by %s, %s numbers", RULE_INDENT + 2, "",
                rg_story_name(w->s, y, 6, yn), rg_story_name(w->s, x, 6, xn),
                rg_shape_text(rg_shape_of(y), a), rg_shape_text(rg_shape_of(x), b),
                rg_count_text((double)y->layout->count * (double)x->layout->count, count));
    if (zeros > 0) rg_page_put(w->p, ", %s always 0", rg_count_text(zeros, count));
    rg_page_right(w->p, "[notes 7.2]");
    rg_page_end(w->p);
}

static void tell_whole_step(const telling *w)
{
    const rg_node *c = w->step->contribution;
    char rule[RG_TEXT], down[RG_TEXT];
    const char *how = rg_formula_of_rule(w->s, w->b, c, w->p->digits, rule);
    tell_label(w);
    if (how) {
        rg_page_put(w->p, "%s", how);
        tell_shapes(w);
        tell_part(w);
        if (w->p->symbolic) {
            rg_page_end(w->p);
            return;
        }
        tell_equals_below(w);
        if (!rg_draw_product(w->p, c)) rg_draw_numbers(w->p, c);
    } else {
        rg_page_put(w->p, "%s", numbers(w->p, c, 50, down));
        tell_part(w);
        rg_page_end(w->p);
    }
    tell_not_formed(w);
}

static void tell_step(const telling *w)
{
    int64_t mark = rg_mark(w->s->t);
    rg_node *y = w->b->y;
    if (!w->step->contribution) {
        char g[RG_TEXT];
        rg_page_put(w->p, "%*s%s: nothing flows", RULE_INDENT + 2, "",
                    rg_gradient_name(w->s, w->x, g));
        rg_page_end(w->p);
        return;
    }
    rg_node *local = y->op->kind == RG_ELEMENTWISE ? rg_story_local(w->s, y, w->step->wire) : NULL;
    if (!local)
        tell_whole_step(w);
    else if (w->p->symbolic)
        tell_symbolic_step(w, local);
    else if (y->layout->count == 1)
        tell_scalar_step(w, local);
    else
        tell_hadamard_step(w, local);
    rg_story_forget(w->s, mark);
}

static void tell_block(rg_page *p, rg_story *s, size_t i)
{
    const rg_story_block *b = &s->block[i];
    telling w = {.p = p, .s = s, .b = b, .width = 6};
    char g[RG_TEXT];
    tell_head(p, s, b, i + 1);
    tell_rule(p, s, b);
    for (size_t k = 0; k < b->steps; k++) {
        int n = (int)strlen(rg_gradient_name(s, rg_in(b->y, s->step[b->first + k].wire), g));
        if (n > w.width) w.width = n;
    }
    for (size_t k = 0; k < b->steps; k++) {
        w.step = &s->step[b->first + k];
        w.x = rg_in(b->y, w.step->wire);
        tell_step(&w);
    }
    rg_page_end(p);
}

void rg_tell_backward(rg_page *p, rg_story *s)
{
    char g[RG_TEXT];
    rg_page_put(p, "BACKWARD  output to inputs:  upstream x local = downstream");
    rg_page_end(p);
    if (!rg_story_is_scalar(s)) {
        rg_page_put(p, "  (.) multiplies two tensors entry by entry");
        rg_page_right(p, "[notes 7.2]");
        rg_page_end(p);
    }
    rg_page_put(p, "  0  %s = 1", rg_gradient_name(s, s->y, g));
    rg_page_end(p);
    rg_page_end(p);
    for (size_t i = 0; i < s->blocks; i++) tell_block(p, s, i);
}
