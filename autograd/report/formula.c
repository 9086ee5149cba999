/* formula.c - puts wires and numbers into the formulas of descriptors.
 *
 * In a formula {a} {b} {c} stand for the inputs, {y} for the output, {p} {q} for the
 * attributes; any other brace is a brace. "{a}, {b}, ..." is all inputs. What people would not
 * write is written as they would: v + -1 as v - 1, 0.5 v as v / 2, 2 v^(2 - 1) as 2 v. */
#include "story.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 8, READABLE = 60 };

typedef struct filler {
    const rg_story *s;           /* NULL: shapes for names                        */
    const rg_story_block *block; /* whose rule it is; NULL: not a rule            */
    const rg_node *y;
    int digits, depth;
    bool bare; /* without the names of wires */
    bool too_long;
    size_t len;
    char *buf; /* RG_TEXT characters                            */
} filler;

static void fill_text(filler *f, const char *text)
{
    size_t n = strlen(text);
    if (f->len + n >= RG_TEXT) {
        n = RG_TEXT - 1 - f->len;
        f->too_long = true;
    }
    memcpy(f->buf + f->len, text, n);
    f->len += n;
    f->buf[f->len] = 0;
}

static bool ends_with(const filler *f, const char *end)
{
    size_t n = strlen(end);
    return f->len >= n && !memcmp(f->buf + f->len - n, end, n);
}

/* A number; a negative one must not run into the sign before or the power behind. */
static void fill_number(filler *f, double v, const char *behind)
{
    char text[RG_LABEL];
    if (v < 0 && ends_with(f, "+ ")) {
        f->len -= 2;
        fill_text(f, "- ");
        v = -v;
    }
    rg_number_text(v, f->digits, text);
    bool wrap = v < 0 && (*behind == '^' || ends_with(f, "- ") || ends_with(f, "-"));
    if (wrap) fill_text(f, "(");
    fill_text(f, text);
    if (wrap) fill_text(f, ")");
}

static void fill(filler *f, const char *pattern);

/* "{a} * {b}, 0 where {a} is 0": what stands behind the comma is a remark. */
static void cut_remark(char *pattern)
{
    int depth = 0;
    for (char *p = pattern; *p; p++) {
        depth += (*p == '(') - (*p == ')');
        if (depth == 0 && *p == ',') {
            *p = 0;
            return;
        }
    }
}

/* No blank outside of brackets. */
static bool is_one_word(const char *text)
{
    int depth = 0;
    for (const char *p = text; *p; p++) {
        depth += (*p == '(') - (*p == ')');
        if (depth == 0 && *p == ' ') return false;
    }
    return true;
}

/* A node that the rule wrote on the way to its answer, in brackets if it is more
 * than one word and has none around it. */
static void put_rule_node(filler *f, const rg_node *x, const char *behind)
{
    char inner[RG_TEXT] = "", pattern[RG_TEXT];
    filler g = *f;
    g.y = x;
    g.buf = inner;
    g.len = 0;
    if (++g.depth > DEEPEST) {
        f->too_long = true;
        return;
    }
    snprintf(pattern, sizeof pattern, "%s", x->op->formula);
    if (f->depth > 0) cut_remark(pattern);
    fill(&g, pattern);
    f->too_long |= g.too_long;
    bool wrap = f->depth > 0 && !is_one_word(inner) && !(ends_with(f, "(") && *behind == ')');
    if (wrap) fill_text(f, "(");
    fill_text(f, inner);
    if (wrap) fill_text(f, ")");
}

static void put_wire(filler *f, const rg_node *x, const char *behind)
{
    char text[RG_TEXT], name[RG_LABEL];
    if (!f->s) {
        snprintf(text, sizeof text, "(%s)", rg_shape_text(rg_shape_of(x), (char[RG_TEXT]){0}));
        fill_text(f, text);
    } else if (f->block && x == f->block->upstream) {
        snprintf(text, sizeof text, "d%s/d%s",
                 rg_story_name(f->s, f->s->y, f->digits, (char[RG_LABEL]){0}),
                 rg_story_name(f->s, f->block->y, f->digits, name));
        fill_text(f, text);
    } else if (x->op == &rg_op_fill && !(x->flags & RG_NAMED)) {
        fill_number(f, rg_entry(x, 0), behind);
    } else if (x->id >= f->s->mark) {
        put_rule_node(f, x, behind);
    } else if (rg_story_wire_of(f->s, x)->role == RG_ROLE_NUMBER) {
        fill_number(f, rg_entry(x, 0), behind);
    } else if (!f->bare) {
        fill_text(f, rg_story_name(f->s, x, f->digits, name));
    }
}

static double attribute(const filler *f, int i) { return f->y->attr ? f->y->attr->f[i] : 0; }

/* {p - 1} of a power, and no ^1. */
static void put_power_below(filler *f)
{
    double v = attribute(f, 0) - 1;
    if (v == 1 && ends_with(f, "^"))
        f->buf[--f->len] = 0;
    else
        fill_number(f, v, "");
}

/* c x, where c is one over a whole number: x over that number. False: it is not. */
static bool put_quotient(filler *f)
{
    double c = attribute(f, 0), whole = round(1 / c);
    if (!(whole >= 1 && whole < 1e9 && 1 / whole == c)) return false;
    put_wire(f, rg_in(f->y, 0), "");
    fill_text(f, " / ");
    fill_number(f, whole, "");
    return true;
}

static void put_place(filler *f, char letter, const char *behind)
{
    if (letter == 'p' || letter == 'q')
        fill_number(f, attribute(f, letter - 'p'), behind);
    else if (letter == 'y')
        put_wire(f, f->y, behind);
    else if (letter - 'a' < f->y->nin)
        put_wire(f, rg_in(f->y, letter - 'a'), behind);
}

/* The inputs from the third on, of an op that has any number of them. */
static void put_others(filler *f)
{
    enum { MOST_INPUTS = 6 };
    for (int k = 2; k < f->y->nin && k < MOST_INPUTS; k++) {
        fill_text(f, ", ");
        put_wire(f, rg_in(f->y, k), "");
    }
    if (f->y->nin > MOST_INPUTS) fill_text(f, ", ...");
}

static void fill(filler *f, const char *pattern)
{
    if (!strcmp(pattern, "{p} {a}") && put_quotient(f)) return;
    for (const char *p = pattern; *p && !f->too_long; p++) {
        if (!strncmp(p, "({p} - 1)", 9)) {
            put_power_below(f);
            p += 8;
        } else if (f->y->op->nin < 0 && !strncmp(p, ", ...", 5)) {
            put_others(f);
            p += 4;
        } else if (p[0] == '{' && p[1] && p[2] == '}' && strchr("abcdefypq", p[1])) {
            put_place(f, p[1], p + 3);
            p += 2;
        } else {
            fill_text(f, (char[]){*p, 0});
        }
    }
}

const char *rg_formula_text(const rg_story *s, const rg_node *y, const char *pattern, int digits,
                            char buf[RG_TEXT])
{
    buf[0] = 0;
    filler f = {.s = s, .y = y, .digits = digits, .buf = buf};
    fill(&f, pattern);
    return buf;
}

/* Signs that tell an op; a word; not the brackets that its wires stood in. */
static bool tells_an_op(const char *text)
{
    enum { LONGEST = 10 };
    size_t n = strlen(text);
    return n && n <= LONGEST && !strpbrk(text, "(){}[]|") && strpbrk(text, "+-*/@^"
                                                                     "abcdefghijklmnopqrstuvwxyz");
}

const char *rg_formula_bare(const rg_story *s, const rg_node *y, char buf[RG_TEXT])
{
    enum { FEW_DIGITS = 4 };
    buf[0] = 0;
    filler f = {.s = s, .y = y, .digits = FEW_DIGITS, .bare = true, .buf = buf};
    fill(&f, y->op->formula);
    char *from = buf + strspn(buf, " ,"), *arguments = strchr(from, '(');
    if (arguments && !arguments[strspn(arguments, "(, )")]) *arguments = 0;
    for (size_t n = strlen(from); n && strchr(" ,", from[n - 1]); n--) from[n - 1] = 0;
    memmove(buf, from, strlen(from) + 1);
    return tells_an_op(buf) ? buf : strncpy(buf, y->op->name, RG_TEXT - 1);
}

const char *rg_formula_shapes(const rg_node *y, char buf[RG_TEXT])
{
    buf[0] = 0;
    filler f = {.y = y, .digits = 6, .buf = buf};
    fill(&f, y->op->formula);
    return buf;
}

const char *rg_formula_of_rule(const rg_story *s, const rg_story_block *b,
                               const rg_node *contribution, int digits, char buf[RG_TEXT])
{
    buf[0] = 0;
    filler f = {.s = s, .block = b, .y = b->y, .digits = digits, .buf = buf};
    put_wire(&f, contribution, "");
    return f.too_long || f.len > READABLE ? NULL : buf;
}

/* Not a sum or a list, which would have to stand in brackets. */
static bool is_one_factor(const char *text)
{
    int depth = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '{' || *p == '(') depth++;
        if (*p == '}' || *p == ')') depth--;
        if (depth == 0 && (!strncmp(p, " + ", 3) || !strncmp(p, " - ", 3) || *p == ','))
            return false;
    }
    return true;
}

const char *rg_local_text(const rg_story *s, const rg_story_step *step, int digits,
                          char buf[RG_TEXT])
{
    const char *pattern = step->wire < RG_WIRES ? step->y->op->wire[step->wire].local : NULL;
    char text[RG_TEXT];
    rg_formula_text(s, step->y, pattern ? pattern : "local", digits, text);
    snprintf(buf, RG_TEXT, is_one_factor(text) ? "%.200s" : "(%.200s)", text);
    return buf;
}
