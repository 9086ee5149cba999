/* The expression language: what a text means, and what is said when it means nothing. */
#include "parse.h"
#include "diag.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- a program as a text with all brackets ------------------------------------ */

static void print_node(FILE *to, const program *p, uint32_t i);

static void print_shape(FILE *to, const literal *v)
{
    fputc('{', to);
    for (int k = 0; k < v->shape.rank; k++) fprintf(to, "%s%d", k ? "x" : "", (int)v->shape.dim[k]);
    for (size_t k = 0; k < v->count; k++) fprintf(to, "%s%g", k ? " " : ":", v->number[k]);
    fputc('}', to);
}

static void print_name(FILE *to, const program *p, uint32_t k)
{
    fprintf(to, "%.*s", (int)p->names.entry[k].len, p->names.entry[k].text);
}

static void print_call(FILE *to, const program *p, const ast *n)
{
    const ast_arg *arg = p->arg + n->b;
    print_name(to, p, n->a);
    fputc('(', to);
    for (uint32_t k = 1; k <= arg->value; k++) {
        if (k > 1) fputc(',', to);
        if (arg[k].name != PARSE_NONE) {
            print_name(to, p, arg[k].name);
            fputc('=', to);
        }
        print_node(to, p, arg[k].value);
    }
    fputc(')', to);
}

static void print_index(FILE *to, const program *p, const ast *n)
{
    const index_item *item = &p->index[n->b];
    print_node(to, p, n->a);
    fputc('[', to);
    for (;; item++) {
        if (item->has_from) fprintf(to, "%lld", (long long)item->from);
        if (item->slice) fputc(':', to);
        if (item->has_to) fprintf(to, "%lld", (long long)item->to);
        if (item->last) break;
        fputc(',', to);
    }
    fputc(']', to);
}

static void print_node(FILE *to, const program *p, uint32_t i)
{
    const ast *n = &p->node[i];
    switch ((ast_kind)n->kind) {
    case AST_NUMBER:
        fprintf(to, "%g", n->number);
        break;
    case AST_NAME:
        print_name(to, p, n->a);
        break;
    case AST_LITERAL:
        print_shape(to, &p->literal[n->a]);
        break;
    case AST_CALL:
        print_call(to, p, n);
        break;
    case AST_INDEX:
        print_index(to, p, n);
        break;
    case AST_NEGATE:
        fputs("(-", to);
        print_node(to, p, n->a);
        fputc(')', to);
        break;
    case AST_TRANSPOSE:
        print_node(to, p, n->a);
        fputs(".T", to);
        break;
    case AST_BINARY:
        fputc('(', to);
        print_node(to, p, n->a);
        fputs(ast_op_text((ast_op)n->op), to);
        print_node(to, p, n->b);
        fputc(')', to);
        break;
    case AST_BIND:
        print_name(to, p, n->a);
        fputc('=', to);
        print_node(to, p, n->b);
        break;
    }
}

static char *text_of(const char *expression, size_t len, diag *d)
{
    program p;
    char *text = NULL;
    size_t size;
    source src = {NULL, expression, len};
    memset(d, 0, sizeof *d);
    if (!program_parse(&p, &src, d)) return NULL;
    FILE *to = open_memstream(&text, &size);
    print_node(to, &p, program_root(&p));
    fclose(to);
    program_free(&p);
    return text;
}

/* ---- what texts mean --------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *text, *meaning;
} means[] = {
    {"1+2*3", "(1+(2*3))"},
    {"a-b-c", "((a-b)-c)"},
    {"a/b*c@d", "(((a/b)*c)@d)"},
    {"-x^2", "(-(x^2))"},
    {"2^-x", "(2^(-x))"},
    {"2^-x^2", "(2^(-(x^2)))"},
    {"a^b^c", "(a^(b^c))"},
    {"(a^b)^c", "((a^b)^c)"},
    {"--x", "(-(-x))"},
    {"+x", "x"},
    {"-+-x", "(-(-x))"},
    {"a*-b", "(a*(-b))"},
    {"a--b", "(a-(-b))"},
    {"-a*b", "((-a)*b)"},
    {"-x.T", "(-x.T)"},
    {"x.T^2", "(x.T^2)"},
    {"x^y.T", "(x^y.T)"},
    {"2.T", "2.T"},
    {"a < b + 1", "(a<(b+1))"},
    {"a <= b", "(a<=b)"},
    {"a == b", "(a==b)"},
    {"(a < b) != c", "((a<b)!=c)"},
    {"x[0]", "x[0]"},
    {"x [ -1 ]", "x[-1]"},
    {"x[1:3, :]", "x[1:3,:]"},
    {"x[:-2]", "x[:-2]"},
    {"x[+1:]", "x[1:]"},
    {"x[0][1].T", "x[0][1].T"},
    {"f(x)[2]^2", "(f(x)[2]^2)"},
    {"[1 2 3]", "{3:1 2 3}"},
    {"[1,2 , 3]", "{3:1 2 3}"},
    {"[1 2 3;]", "{1x3:1 2 3}"},
    {"[2; 1; 4]", "{3x1:2 1 4}"},
    {"[1 2; 3 4]", "{2x2:1 2 3 4}"},
    {"[1 2;\n 3 4;]", "{2x2:1 2 3 4}"},
    {"[[1 2] [3 4]]", "{2x2:1 2 3 4}"},
    {"[[1,2],[3,4]]", "{2x2:1 2 3 4}"},
    {"[[1 2; 3 4], [5 6; 7 8]]", "{2x2x2:1 2 3 4 5 6 7 8}"},
    {"[[1]]", "{1x1:1}"},
    {"[1 -2]", "{2:1 -2}"},
    {"[1,-2;+3,-pi]", "{2x2:1 -2 3 -3.14159}"},
    {"[-inf nan]", "{2:-inf nan}"},
    {"[1e3 -1.5E-2]", "{2:1000 -0.015}"},
    {"[[[[[[[[1]]]]]]]]", "{1x1x1x1x1x1x1x1:1}"},
    {"[1 2][0]", "{2:1 2}[0]"},
    {"[1 2] - [3 4]", "({2:1 2}-{2:3 4})"},
    {"pi*inf", "(3.14159*inf)"},
    {"1e3", "1000"},
    {"1E+2", "100"},
    {"f()", "f()"},
    {"f(x, g(y, 2), k=1)", "f(x,g(y,2),k=1)"},
    {"f(a == b)", "f((a==b))"},
    {"f(\n x,\n y\n)", "f(x,y)"},
    {"(a\n+\nb)", "(a+b)"},
    {"log + exp", "(log+exp)"},
    {"`my col` * 2", "(my col*2)"},
    {"`\xc3\xa9`", "\xc3\xa9"},
    {"a = 2; a*x", "(a*x)"},
    {"a = 2\nb = a^2\n", "b=(a^2)"},
    {"\n\n;x;;\r\n", "x"},
    {"\tx\t", "x"},
    {"y = x", "y=x"},
};
/* clang-format on */

START_TEST(texts_have_meaning)
{
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        diag d;
        char *text = text_of(means[i].text, strlen(means[i].text), &d);
        ck_assert_msg(text != NULL, "%s: %s", means[i].text, d.text);
        ck_assert_str_eq(text, means[i].meaning);
        free(text);
    }
}
END_TEST

/* ---- what texts are refused, for which reason, at which place ------------------------ */

static const struct {
    const char *text;
    int code;
    uint32_t at, len;
} refused[] = {
    {"", E_SYNTAX, 0, 1},
    {" ; \n", E_SYNTAX, 0, 1},
    {"1 +", E_SYNTAX, 3, 0},
    {"1 +\n2", E_SYNTAX, 3, 1},
    {"* 2", E_SYNTAX, 0, 1},
    {"a b", E_SYNTAX, 2, 1},
    {"a = b = c", E_SYNTAX, 6, 1},
    {"(a, b)", E_SYNTAX, 2, 1},
    {"(a; b)", E_SYNTAX, 2, 1},
    {"f(a,)", E_SYNTAX, 4, 1},
    {"x[i]", E_SYNTAX, 2, 1},
    {"x[1.5]", E_SYNTAX, 2, 3},
    {"x[1e1]", E_SYNTAX, 2, 3},
    {"x[]", E_SYNTAX, 2, 1},
    {"x[1:2:3]", E_SYNTAX, 5, 1},
    {")", E_SYNTAX, 0, 1},
    {"(a", E_BRACKET, 0, 1},
    {"f(a, (b)", E_BRACKET, 1, 1},
    {"x[1", E_BRACKET, 1, 1},
    {"[1 2", E_BRACKET, 0, 1},
    {"`a", E_BRACKET, 0, 1},
    {"``", E_SYNTAX, 0, 2},
    {".5", E_NUMBER, 0, 2},
    {"1.", E_NUMBER, 0, 2},
    {"2.+1", E_NUMBER, 0, 2},
    {"1e", E_NUMBER, 0, 2},
    {"1e+", E_NUMBER, 0, 3},
    {"2x", E_NUMBER, 0, 2},
    {"0x10", E_NUMBER, 0, 4},
    {"1e5e5", E_NUMBER, 0, 5},
    {"a ** b", E_CHARACTER, 2, 2},
    {"a $ b", E_CHARACTER, 2, 1},
    {"a.b", E_CHARACTER, 1, 1},
    {"x.Tx", E_CHARACTER, 1, 1},
    {"a \xc3\x97 b", E_CHARACTER, 2, 2},
    {"a \xff b", E_CHARACTER, 2, 1},
    {"!a", E_CHARACTER, 0, 1},
    {"a < b < c", E_CHAIN, 6, 1},
    {"a == b != c", E_CHAIN, 7, 2},
    {"pi = 3", E_RESERVED, 0, 2},
    {"x; nan = 1", E_RESERVED, 3, 3},
    {"`inf` = 1", E_RESERVED, 0, 5},
    {"[1 - 2]", E_LITERAL, 3, 1},
    {"[1-2]", E_LITERAL, 2, 1},
    {"[- 2]", E_LITERAL, 1, 1},
    {"[--2]", E_LITERAL, 1, 1},
    {"[1 2; 3]", E_LITERAL, 6, 1},
    {"[1 2; 3; 4 5]", E_LITERAL, 6, 1},
    {"[[1 2] [3]]", E_LITERAL, 7, 3},
    {"[1 [2]]", E_LITERAL, 3, 3},
    {"[]", E_LITERAL, 0, 2},
    {"[;]", E_LITERAL, 1, 1},
    {"[1;;2]", E_LITERAL, 3, 1},
    {"[1,,2]", E_LITERAL, 2, 1},
    {"[1,]", E_LITERAL, 2, 1},
    {"[,1]", E_LITERAL, 1, 1},
    {"[1 x]", E_LITERAL, 3, 1},
    {"[1 2*3]", E_LITERAL, 4, 1},
    {"[(1)]", E_LITERAL, 1, 1},
    {"[2pi]", E_LITERAL, 2, 1},
    {"[1 .5]", E_LITERAL, 3, 2},
    {"[1. 2]", E_LITERAL, 1, 2},
    {"[[[[[[[[[1]]]]]]]]]", E_LITERAL, 8, 1},
};

START_TEST(texts_are_refused)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        diag d;
        char *text = text_of(refused[i].text, strlen(refused[i].text), &d);
        ck_assert_msg(text == NULL, "'%s' was read as %s", refused[i].text, text ? text : "");
        ck_assert_msg(d.code == refused[i].code && d.at.at == refused[i].at &&
                          d.at.len == refused[i].len,
                      "'%s': E%d at %u+%u: %s", refused[i].text, d.code, d.at.at, d.at.len, d.text);
        ck_assert_int_eq(diag_status(&d), 2);
    }
}
END_TEST

/* ---- sizes ---------------------------------------------------------------------------- */

/* n times open, then middle, then n times close. */
static char *nested(size_t n, const char *open, const char *middle, const char *close)
{
    size_t o = strlen(open), m = strlen(middle), c = strlen(close);
    char *text = malloc(n * (o + c) + m + 1), *at = text;
    for (size_t i = 0; i < n; i++, at += o) memcpy(at, open, o);
    memcpy(at, middle, m);
    at += m;
    for (size_t i = 0; i < n; i++, at += c) memcpy(at, close, c);
    *at = 0;
    return text;
}

static int code_of_text(char *text)
{
    diag d;
    free(text_of(text, strlen(text), &d));
    free(text);
    return d.code;
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(code_of_text(nested(1000, "(", "x", ")")), 0);
    ck_assert_int_eq(code_of_text(nested(1001, "(", "x", ")")), E_NESTING);
    ck_assert_int_eq(code_of_text(nested(20000, "(", "x", ")")), E_NESTING);
    ck_assert_int_eq(code_of_text(nested(1000, "-(", "x", ")^-2")), 0);
    ck_assert_int_eq(code_of_text(nested(1001, "f(", "x", ")")), E_NESTING);
    ck_assert_int_eq(code_of_text(nested(20000, "f(g(", "", "")), E_NESTING);
    ck_assert_int_eq(code_of_text(nested(20000, "[", "1", "]")), E_LITERAL);
}
END_TEST

/* Chains are no nesting, on whichever side they lean. */
START_TEST(chains_may_be_long)
{
    static const char *const link[] = {"x+", "x^", "-", "x*-", "x;", "x@x.T-", "1-"};
    for (size_t i = 0; i < sizeof link / sizeof *link; i++) {
        program p;
        diag d = {0};
        char *text = nested(100000, link[i], "x", "");
        source src = {NULL, text, strlen(text)};
        ck_assert_msg(program_parse(&p, &src, &d), "%s: %s", link[i], d.text);
        for (uint32_t k = 0; k < p.nodes; k++)
            if (p.node[k].kind == AST_BINARY) ck_assert(p.node[k].a < k && p.node[k].b < k);
        program_free(&p);
        free(text);
    }
}
END_TEST

START_TEST(length_has_a_limit)
{
    size_t most = SOURCE_MOST;
    char *text = malloc(most + 2);
    diag d = {0};
    program p;
    memset(text, ' ', most + 1);
    text[0] = 'x';
    text[most + 1] = 0;
    source fits = {NULL, text, most}, over = {NULL, text, most + 1};
    ck_assert(!program_parse(&p, &over, &d));
    ck_assert_int_eq(d.code, E_LENGTH);
    d = (diag){0};
    text[most] = 0;
    ck_assert(program_parse(&p, &fits, &d));
    program_free(&p);
    free(text);
}
END_TEST

START_TEST(names_are_counted_once)
{
    char *text = malloc(16 * 20000);
    size_t n = 0;
    for (int i = 0; i < 20000; i++) n += (size_t)sprintf(text + n, "+v%d", i % 10000);
    program p;
    diag d = {0};
    source src = {NULL, text, n};
    ck_assert(program_parse(&p, &src, &d));
    ck_assert_uint_eq(p.names.n, 10000);
    program_free(&p);
    free(text);
}
END_TEST

START_TEST(zero_bytes_are_refused)
{
    diag d;
    ck_assert_ptr_null(text_of("x\0+y", 4, &d));
    ck_assert_int_eq(d.code, E_CHARACTER);
    ck_assert_ptr_null(text_of("[1\0]", 4, &d));
    ck_assert_int_ne(d.code, 0);
}
END_TEST

/* Whatever the bytes: an answer, and a message that can be shown. */
START_TEST(garbage_is_survived)
{
    static const char piece[] = "x1.e+-*/@^()[],;:=<>!`T \n\tpi\xc3\xa9\xff";
    uint32_t state = 12345;
    for (int round = 0; round < 20000; round++) {
        char text[41], *shown;
        size_t size, n = 1 + (state >> 8) % 40;
        for (size_t i = 0; i < n; i++) {
            state = state * 1664525 + 1013904223;
            text[i] = piece[(state >> 10) % (sizeof piece - 1)];
        }
        text[n] = 0;
        diag d;
        free(text_of(text, n, &d));
        if (!d.code) continue;
        ck_assert(d.at.at <= n);
        source src = {NULL, text, n};
        d.src = &src;
        FILE *to = open_memstream(&shown, &size);
        diag_render(to, &d, ERROR, (diag_style){false, true});
        fclose(to);
        ck_assert(size > 0);
        free(shown);
    }
}
END_TEST

/* ---- places and constants -------------------------------------------------------------- */

START_TEST(nodes_know_their_place)
{
    const char *text = "a + sum((W @ x)[1:3])";
    source src = {NULL, text, strlen(text)};
    program p;
    diag d = {0};
    ck_assert(program_parse(&p, &src, &d));
    static const struct {
        ast_kind kind;
        const char *span, *mark;
    } want[] = {{AST_NAME, "a", "a"},
                {AST_NAME, "W", "W"},
                {AST_NAME, "x", "x"},
                {AST_BINARY, "(W @ x)", "@"},
                {AST_INDEX, "(W @ x)[1:3]", "[1:3]"},
                {AST_CALL, "sum((W @ x)[1:3])", "sum"},
                {AST_BINARY, "a + sum((W @ x)[1:3])", "+"}};
    ck_assert_uint_eq(p.nodes, sizeof want / sizeof *want);
    for (uint32_t i = 0; i < p.nodes; i++) {
        span s = program_span(&p, i), m = program_mark(&p, i);
        ck_assert_int_eq(p.node[i].kind, want[i].kind);
        ck_assert(s.len == strlen(want[i].span) && !memcmp(text + s.at, want[i].span, s.len));
        ck_assert(m.len == strlen(want[i].mark) && !memcmp(text + m.at, want[i].mark, m.len));
    }
    program_free(&p);
}
END_TEST

START_TEST(constants_are_folded)
{
    static const struct {
        const char *text;
        bool constant;
        double value;
    } want[] = {{"2", true, 2},          {"-2^2", true, -4},  {"1/2 + 3*pi - 3*pi", true, 0.5},
                {"x + 1", false, 0},     {"1 < 2", false, 0}, {"2 @ 3", false, 0},
                {"inf", true, INFINITY}, {"f(1)", false, 0},  {"[1]", false, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        source src = {NULL, want[i].text, strlen(want[i].text)};
        program p;
        diag d = {0};
        ck_assert(program_parse(&p, &src, &d));
        const ast *root = &p.node[program_root(&p)];
        ck_assert_msg(!!(root->flags & AST_CONSTANT) == want[i].constant, "%s", want[i].text);
        if (want[i].constant) ck_assert_double_eq(root->number, want[i].value);
        program_free(&p);
    }
}
END_TEST

RG_SUITE("parse", texts_have_meaning, texts_are_refused, nesting_has_a_limit, chains_may_be_long,
         length_has_a_limit, names_are_counted_once, zero_bytes_are_refused, garbage_is_survived,
         nodes_know_their_place, constants_are_folded)
