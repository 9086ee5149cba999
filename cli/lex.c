/* lex.c - an expression as tokens. */
#include "lex.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool lex_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool lex_name_char(char c) { return lex_name_start(c) || is_digit(c); }

bool lex_constant(const char *s, size_t len, double *value)
{
    static const struct {
        const char *name;
        double value;
    } constant[] = {{"pi", 3.14159265358979323846}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++)
        if (strlen(constant[i].name) == len && !memcmp(constant[i].name, s, len)) {
            *value = constant[i].value;
            return true;
        }
    return false;
}

uint32_t lex_number(const char *s, double *value, const char **problem, uint32_t *bad)
{
    uint32_t n = 0, digits;
    *problem = "this is no number";
    *bad = 0;
    while (is_digit(s[n])) n++;
    digits = n;
    if (s[n] == '.' && !(digits && s[n + 1] == 'T')) {
        for (n++; is_digit(s[n]);) n++;
        if (!digits || n == digits + 1) {
            *problem = "a number needs a digit on both sides of its dot";
            *bad = n;
            return 0;
        }
    }
    if (s[n] == 'e' || s[n] == 'E') {
        uint32_t e = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');
        if (is_digit(s[e]))
            for (n = e; is_digit(s[n]);) n++;
        else if (!lex_name_char(s[e])) {
            *problem = "an exponent needs digits";
            *bad = e;
            return 0;
        }
    }
    *value = strtod(s, NULL);
    return n;
}

static token lex_fail(lexer *lx, int code, uint32_t len, const char *text, const char *help)
{
    token none = {0};
    diag_set(lx->d, code, lx->src, (span){lx->pos, len}, "%s", text);
    if (help) diag_help(lx->d, "%s", help);
    return none;
}

static bool newline_is_blank(const lexer *lx) { return lx->nest > 0; }

static void lex_blanks(lexer *lx)
{
    for (;; lx->pos++) {
        char c = lx->src->text[lx->pos];
        if (c != ' ' && c != '\t' && c != '\r' && !(c == '\n' && newline_is_blank(lx))) return;
    }
}

static token number_token(lexer *lx)
{
    const char *problem, *s = lx->src->text + lx->pos;
    uint32_t bad = 0;
    token t = {.kind = LEX_NUMBER};
    uint32_t n = lex_number(s, &t.number, &problem, &bad);
    if (!n) return lex_fail(lx, E_NUMBER, bad, problem, "write 0.5 or 2.0");
    if (lex_name_start(s[n])) {
        uint32_t end = n;
        while (lex_name_char(s[end])) end++;
        t = lex_fail(lx, E_NUMBER, end, "a number and a name without an operator between them",
                     NULL);
        diag_help(lx->d, "write %.*s*%.*s for the product", (int)(n < 40 ? n : 40), s,
                  (int)(end - n < 40 ? end - n : 40), s + n);
        return t;
    }
    t.at = (span){lx->pos, n};
    lx->pos += n;
    return t;
}

static token name_token(lexer *lx)
{
    uint32_t n = 0;
    while (lex_name_char(lx->src->text[lx->pos + n])) n++;
    token t = {.kind = LEX_NAME, .at = {lx->pos, n}, .name = {lx->pos, n}};
    lx->pos += n;
    return t;
}

static token quoted_token(lexer *lx)
{
    const char *s = lx->src->text + lx->pos;
    uint32_t n = 1, left = (uint32_t)lx->src->len - lx->pos;
    while (n < left && s[n] != '`' && s[n] != '\n') n++;
    if (n == left || s[n] != '`')
        return lex_fail(lx, E_BRACKET, 1, "a backquote that is never closed",
                        "a name is `between two`");
    if (n == 1) return lex_fail(lx, E_SYNTAX, 2, "a name without letters", NULL);
    token t = {
        .kind = LEX_NAME, .quoted = true, .at = {lx->pos, n + 1}, .name = {lx->pos + 1, n - 1}};
    lx->pos += n + 1;
    return t;
}

static token plain_token(lexer *lx, int kind, uint32_t n)
{
    token t = {.kind = kind, .at = {lx->pos, n}};
    if (kind == '(' || kind == '[') lx->nest++;
    if ((kind == ')' || kind == ']') && lx->nest > 0) lx->nest--;
    lx->pos += n;
    return t;
}

/* What people type who think of another language. */
static const struct {
    const char *text, *help;
} habits[] = {
    {"**", "powers are written x^2"},
    {"//", "division is written a/b"},
    {"&&", "write a*b for 'and' of comparisons"},
    {"||", "write max(a, b) for 'or' of comparisons"},
    {"!", "write a != b, or 1 - a for 'not'"},
    {"%", "there is no remainder; division is written a/b"},
    {".*", "* is elementwise already; the matrix product is @"},
    {"./", "/ is elementwise already"},
    {".^", "^ is elementwise already"},
    {"'", "the transpose is written x.T"},
    {"{", "group with round brackets"},
    {"}", "group with round brackets"},
    {"\xc3\x97", "write *"},      /* multiplication sign */
    {"\xc2\xb7", "write * or @"}, /* middle dot          */
    {"\xe2\x88\x92", "write -"},  /* minus sign          */
    {"\xe2\x80\x93", "write -"},  /* en dash             */
    {"\xcf\x80", "write pi"},     /* the Greek letter    */
};

static token strange_token(lexer *lx)
{
    const char *s = lx->src->text + lx->pos;
    size_t left = lx->src->len - lx->pos;
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        size_t n = strlen(habits[i].text);
        if (n > left || memcmp(habits[i].text, s, n) != 0) continue;
        return lex_fail(lx, E_CHARACTER, (uint32_t)n, "this means nothing here", habits[i].help);
    }
    uint32_t code;
    size_t n = utf8_char(s, left, &code);
    return lex_fail(lx, E_CHARACTER, (uint32_t)n, "a character that means nothing here",
                    code >= 0x80 ? "names with other characters stand in `backquotes`" : NULL);
}

static token dot_token(lexer *lx)
{
    const char *s = lx->src->text + lx->pos;
    if (s[1] == 'T' && !lex_name_char(s[2])) return plain_token(lx, LEX_TRANSPOSE, 2);
    return is_digit(s[1]) ? number_token(lx) : strange_token(lx);
}

token lex_next(lexer *lx)
{
    token end = {.kind = LEX_END};
    lex_blanks(lx);
    const char *s = lx->src->text + lx->pos;
    end.at = (span){lx->pos, 0};
    if (lx->d->code || lx->pos >= lx->src->len) return end;
    if (is_digit(*s)) return number_token(lx);
    if (lex_name_start(*s)) return name_token(lx);
    switch (*s) {
    case '`':
        return quoted_token(lx);
    case '.':
        return dot_token(lx);
    case '\n':
        return plain_token(lx, LEX_SEPARATOR, 1);
    case '<':
        return s[1] == '=' ? plain_token(lx, LEX_LE, 2) : plain_token(lx, '<', 1);
    case '>':
        return s[1] == '=' ? plain_token(lx, LEX_GE, 2) : plain_token(lx, '>', 1);
    case '=':
        return s[1] == '=' ? plain_token(lx, LEX_EQ, 2) : plain_token(lx, '=', 1);
    case '!':
        return s[1] == '=' ? plain_token(lx, LEX_NE, 2) : strange_token(lx);
    case '*':
        return s[1] == '*' ? strange_token(lx) : plain_token(lx, '*', 1);
    case '/':
        return s[1] == '/' ? strange_token(lx) : plain_token(lx, '/', 1);
    default:
        return *s && strchr("+-@^()[],:;", *s) ? plain_token(lx, *s, 1) : strange_token(lx);
    }
}
