/* parse.c - recursive descent; recursion happens at brackets alone, and those are
 * counted. After an error the lexer gives LEX_END, so that every loop ends. */
#include "parse.h"
#include "lex.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

/* A sign, or the base of a power, that waits for its operand. */
typedef struct pending {
    bool power;
    uint32_t base; /* of a power */
    uint32_t mark;
    char sign;
} pending;

typedef struct parser {
    program *p;
    lexer lx;
    token tok;
    uint32_t end; /* of the token before */
    int depth;
    pending *stack;
    size_t pendings, pending_cap;
} parser;

static uint32_t parse_expr(parser *ps);

static void advance(parser *ps)
{
    ps->end = ps->tok.at.at + ps->tok.at.len;
    ps->tok = lex_next(&ps->lx);
}

static bool failed(const parser *ps) { return ps->lx.d->code != 0; }

/* Errors end the token stream. */
static void stop(parser *ps) { ps->tok = lex_next(&ps->lx); }

static void unexpected(parser *ps, const char *wanted)
{
    span at = ps->tok.at;
    const char *s = ps->p->src->text + at.at;
    if (ps->tok.kind == LEX_END)
        diag_set(ps->lx.d, E_SYNTAX, ps->p->src, at, "the expression ends where %s was expected",
                 wanted);
    else if (*s == '\n')
        diag_set(ps->lx.d, E_SYNTAX, ps->p->src, at, "the line ends where %s was expected", wanted);
    else
        diag_set(ps->lx.d, E_SYNTAX, ps->p->src, at, "%s was expected, not '%.*s'", wanted,
                 (int)(at.len < 40 ? at.len : 40), s);
    if (*s == '\n') diag_help(ps->lx.d, "a line goes on when it stands in round brackets");
    if (ps->tok.kind == '=') diag_help(ps->lx.d, "equality is written ==");
    stop(ps);
}

/* ---- nodes -------------------------------------------------------------- */

static uint32_t add_node(parser *ps, ast n, uint32_t at)
{
    if (failed(ps)) return 0;
    n.at = at;
    n.len = ps->end - at;
    return program_add(ps->p, n);
}

static uint32_t add_negate(parser *ps, uint32_t a, uint32_t mark)
{
    ast n = {.kind = AST_NEGATE, .mark = mark, .a = a};
    return add_node(ps, n, mark);
}

static uint32_t add_binary(parser *ps, ast_op op, uint32_t a, uint32_t b, uint32_t mark)
{
    if (failed(ps)) return 0;
    ast n = {.kind = AST_BINARY, .op = (uint8_t)op, .mark = mark, .a = a, .b = b};
    return add_node(ps, n, ps->p->node[a].at);
}

/* ---- indices ------------------------------------------------------------ */

/* [sign] digits; a number too large for any axis stays too large. */
static bool parse_integer(parser *ps, int64_t *out)
{
    bool minus = ps->tok.kind == '-';
    if (minus || ps->tok.kind == '+') advance(ps);
    double v = ps->tok.number;
    const char *s = ps->p->src->text + ps->tok.at.at;
    if (ps->tok.kind != LEX_NUMBER || strspn(s, "0123456789") < ps->tok.at.len) {
        unexpected(ps, "a whole number");
        diag_help(ps->lx.d, "an index is a number such as 0, -1 or 1:3, not an expression");
        return false;
    }
    int64_t most = INT64_MAX / 2;
    *out = v < (double)most ? (int64_t)v : most;
    if (minus) *out = -*out;
    advance(ps);
    return true;
}

static bool parse_index_item(parser *ps, index_item *item)
{
    uint32_t at = ps->tok.at.at;
    *item = (index_item){0};
    if (ps->tok.kind != ':') {
        if (!parse_integer(ps, &item->from)) return false;
        item->has_from = true;
    }
    if (ps->tok.kind == ':') {
        item->slice = true;
        advance(ps);
        if (ps->tok.kind != ',' && ps->tok.kind != ']') {
            if (!parse_integer(ps, &item->to)) return false;
            item->has_to = true;
        }
    }
    item->at = (span){at, ps->end - at};
    return true;
}

static void close_bracket(parser *ps, int kind, span open, const char *wanted)
{
    if (ps->tok.kind == kind)
        advance(ps);
    else if (ps->tok.kind == LEX_END) {
        diag_set(ps->lx.d, E_BRACKET, ps->p->src, open, "this bracket is never closed");
        diag_help(ps->lx.d, "add %c", kind);
        stop(ps);
    } else
        unexpected(ps, wanted);
}

static uint32_t parse_index(parser *ps, uint32_t a)
{
    program *p = ps->p;
    span open = ps->tok.at;
    ast n = {.kind = AST_INDEX, .mark = open.at, .a = a, .b = p->indices};
    do {
        index_item item;
        advance(ps);
        if (!parse_index_item(ps, &item)) return 0;
        item.last = ps->tok.kind != ',';
        p->index = memory_grow(p->index, &p->index_cap, (size_t)p->indices + 1, sizeof *p->index);
        p->index[p->indices++] = item;
    } while (ps->tok.kind == ',');
    close_bracket(ps, ']', open, "',' or ']'");
    return failed(ps) ? 0 : add_node(ps, n, p->node[a].at);
}

/* ---- atoms -------------------------------------------------------------- */

static bool enter(parser *ps, span at)
{
    if (++ps->depth <= PARSE_LEVELS) return true;
    diag_set(ps->lx.d, E_NESTING, ps->p->src, at, "brackets nest deeper than %d levels",
             PARSE_LEVELS);
    diag_help(ps->lx.d, "give parts of the expression a name: y = ...; f(y)");
    stop(ps);
    return false;
}

static uint32_t number_of_name(parser *ps, span at)
{
    return names_number(&ps->p->names, ps->p->src->text + at.at, at.len);
}

/* NAME '=', without taking them. */
static bool at_keyword(parser *ps)
{
    lexer ahead = ps->lx;
    return ps->tok.kind == LEX_NAME && lex_next(&ahead).kind == '=';
}

static bool parse_argument(parser *ps, ast_arg *arg)
{
    *arg = (ast_arg){.name = PARSE_NONE};
    if (at_keyword(ps)) {
        arg->at = ps->tok.at;
        arg->name = number_of_name(ps, ps->tok.name);
        advance(ps);
        advance(ps);
    }
    arg->value = parse_expr(ps);
    return !failed(ps);
}

/* The arguments go to the program's list in one piece, behind those of calls inside
 * them: the list of this call waits in own until it is complete. */
static uint32_t parse_arguments(parser *ps, span open)
{
    program *p = ps->p;
    ast_arg *own = NULL;
    size_t cap = 0;
    uint32_t n = 0, at;
    while (ps->tok.kind != ')' && ps->tok.kind != LEX_END) {
        own = memory_grow(own, &cap, (size_t)n + 1, sizeof *own);
        if (!parse_argument(ps, &own[n])) break;
        n++;
        if (ps->tok.kind != ',') break;
        advance(ps);
        if (ps->tok.kind == ')') unexpected(ps, "an argument");
    }
    close_bracket(ps, ')', open, "an operator, ',' or ')'");
    p->arg = memory_grow(p->arg, &p->arg_cap, (size_t)p->args + n + 1, sizeof *p->arg);
    at = p->args;
    p->arg[p->args++] = (ast_arg){.value = n, .name = PARSE_NONE};
    if (n) memcpy(p->arg + p->args, own, n * sizeof *own);
    p->args += n;
    free(own);
    return at;
}

static uint32_t parse_name(parser *ps)
{
    token name = ps->tok;
    ast n = {.kind = AST_NAME, .mark = name.at.at};
    const char *text = ps->p->src->text + name.name.at;
    advance(ps);
    if (ps->tok.kind == '(' && !name.quoted) {
        span open = ps->tok.at;
        if (!enter(ps, open)) return 0;
        advance(ps);
        n.kind = AST_CALL;
        n.a = number_of_name(ps, name.name);
        n.b = parse_arguments(ps, open);
        ps->depth--;
    } else if (lex_constant(text, name.name.len, &n.number)) {
        n.kind = AST_NUMBER;
        n.flags = AST_CONSTANT;
    } else
        n.a = number_of_name(ps, name.name);
    return add_node(ps, n, name.at.at);
}

static uint32_t parse_literal(parser *ps)
{
    program *p = ps->p;
    uint32_t at = ps->tok.at.at;
    ast n = {.kind = AST_LITERAL, .mark = at, .a = p->literals};
    p->literal =
        memory_grow(p->literal, &p->literal_cap, (size_t)p->literals + 1, sizeof *p->literal);
    ps->lx.pos = at;
    ps->lx.nest--; /* the lexer has counted the bracket that is read here */
    if (literal_read(p->src, &ps->lx.pos, &p->literal[p->literals], ps->lx.d)) p->literals++;
    ps->end = ps->lx.pos;
    ps->tok = lex_next(&ps->lx);
    return add_node(ps, n, at);
}

static uint32_t parse_group(parser *ps)
{
    span open = ps->tok.at;
    if (!enter(ps, open)) return 0;
    advance(ps);
    uint32_t a = parse_expr(ps);
    close_bracket(ps, ')', open, "an operator or ')'");
    ps->depth--;
    if (failed(ps)) return 0;
    ps->p->node[a].at = open.at; /* the brackets belong to its place */
    ps->p->node[a].len = ps->end - open.at;
    return a;
}

static uint32_t parse_atom(parser *ps)
{
    ast n = {.kind = AST_NUMBER, .flags = AST_CONSTANT, .number = ps->tok.number};
    n.mark = ps->tok.at.at;
    switch (ps->tok.kind) {
    case LEX_NUMBER:
        advance(ps);
        return add_node(ps, n, n.mark);
    case LEX_NAME:
        return parse_name(ps);
    case '(':
        return parse_group(ps);
    case '[':
        return parse_literal(ps);
    default:
        unexpected(ps, "a number, a name or '('");
        return 0;
    }
}

static uint32_t parse_postfix(parser *ps)
{
    uint32_t a = parse_atom(ps);
    while (!failed(ps) && (ps->tok.kind == LEX_TRANSPOSE || ps->tok.kind == '[')) {
        if (ps->tok.kind == '[') {
            a = parse_index(ps, a);
            continue;
        }
        ast n = {.kind = AST_TRANSPOSE, .mark = ps->tok.at.at, .a = a};
        advance(ps);
        a = add_node(ps, n, ps->p->node[a].at);
    }
    return a;
}

/* ---- operators ---------------------------------------------------------- */

static void push_pending(parser *ps, pending x)
{
    ps->stack = memory_grow(ps->stack, &ps->pending_cap, ps->pendings + 1, sizeof *ps->stack);
    ps->stack[ps->pendings++] = x;
}

/* Signs and powers bind to the right, however many there are: they wait on a stack
 * of their own for the operand and are applied from the last to the first. */
static uint32_t parse_unary(parser *ps)
{
    size_t bottom = ps->pendings;
    uint32_t a;
    for (;;) {
        for (; ps->tok.kind == '-' || ps->tok.kind == '+'; advance(ps))
            push_pending(ps, (pending){.mark = ps->tok.at.at, .sign = (char)ps->tok.kind});
        a = parse_postfix(ps);
        if (ps->tok.kind != '^') break;
        push_pending(ps, (pending){.power = true, .base = a, .mark = ps->tok.at.at});
        advance(ps);
    }
    while (ps->pendings > bottom) {
        pending x = ps->stack[--ps->pendings];
        if (x.power)
            a = add_binary(ps, OP_POW, x.base, a, x.mark);
        else if (x.sign == '-')
            a = add_negate(ps, a, x.mark);
    }
    return a;
}

static uint32_t parse_term(parser *ps)
{
    uint32_t a = parse_unary(ps);
    while (ps->tok.kind == '*' || ps->tok.kind == '/' || ps->tok.kind == '@') {
        ast_op op = ps->tok.kind == '*' ? OP_MUL : ps->tok.kind == '/' ? OP_DIV : OP_MATMUL;
        uint32_t mark = ps->tok.at.at;
        advance(ps);
        uint32_t b = parse_unary(ps);
        a = add_binary(ps, op, a, b, mark);
    }
    return a;
}

static uint32_t parse_sum(parser *ps)
{
    uint32_t a = parse_term(ps);
    while (ps->tok.kind == '+' || ps->tok.kind == '-') {
        ast_op op = ps->tok.kind == '+' ? OP_ADD : OP_SUB;
        uint32_t mark = ps->tok.at.at;
        advance(ps);
        uint32_t b = parse_term(ps);
        a = add_binary(ps, op, a, b, mark);
    }
    return a;
}

/* The comparison that a token stands for, or -1. */
static int comparison_of(int kind)
{
    switch (kind) {
    case '<':
        return OP_LT;
    case '>':
        return OP_GT;
    case LEX_LE:
        return OP_LE;
    case LEX_GE:
        return OP_GE;
    case LEX_EQ:
        return OP_EQ;
    case LEX_NE:
        return OP_NE;
    default:
        return -1;
    }
}

static uint32_t parse_expr(parser *ps)
{
    uint32_t a = parse_sum(ps);
    int op = comparison_of(ps->tok.kind);
    if (op < 0) return a;
    uint32_t mark = ps->tok.at.at;
    advance(ps);
    uint32_t b = parse_sum(ps);
    if (comparison_of(ps->tok.kind) >= 0) {
        diag_set(ps->lx.d, E_CHAIN, ps->p->src, ps->tok.at, "comparisons do not chain");
        diag_help(ps->lx.d, "write (a < b)*(b < c), or put one comparison in brackets");
        stop(ps);
    }
    return add_binary(ps, (ast_op)op, a, b, mark);
}

/* ---- statements --------------------------------------------------------- */

static void parse_statement(parser *ps)
{
    double reserved;
    if (!at_keyword(ps)) {
        parse_expr(ps);
        return;
    }
    token name = ps->tok;
    const char *text = ps->p->src->text + name.name.at;
    if (lex_constant(text, name.name.len, &reserved)) {
        diag_set(ps->lx.d, E_RESERVED, ps->p->src, name.at,
                 "'%.*s' is a number and cannot be a variable", (int)name.name.len, text);
        diag_help(ps->lx.d, "choose another name");
        stop(ps);
        return;
    }
    ast n = {.kind = AST_BIND, .mark = name.at.at, .a = number_of_name(ps, name.name)};
    advance(ps);
    advance(ps);
    n.b = parse_expr(ps);
    add_node(ps, n, name.at.at);
}

static void parse_statements(parser *ps)
{
    for (;;) {
        while (ps->tok.kind == LEX_SEPARATOR) advance(ps);
        if (ps->tok.kind == LEX_END) break;
        parse_statement(ps);
        if (ps->tok.kind != LEX_SEPARATOR && ps->tok.kind != LEX_END)
            unexpected(ps, "an operator or the end of the statement");
    }
    if (ps->p->nodes == 0) {
        diag_set(ps->lx.d, E_SYNTAX, ps->p->src->len ? ps->p->src : NULL, (span){0, 1},
                 "the expression is empty");
        diag_help(ps->lx.d, "write something like 'x^2 + 1'");
    }
}

bool program_parse(program *p, const source *src, diag *d)
{
    *p = (program){.src = src};
    parser ps = {.p = p, .lx = {.src = src, .d = d}};
    if (src->len > SOURCE_MOST) {
        diag_set(d, E_LENGTH, NULL, (span){0, 0}, "the expression is longer than %d MiB",
                 SOURCE_MOST >> 20);
        return false;
    }
    advance(&ps);
    parse_statements(&ps);
    free(ps.stack);
    if (!d->code) return true;
    program_free(p);
    return false;
}
