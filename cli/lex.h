/* lex.h - an expression as tokens. After an error the lexer gives nothing but
 * LEX_END, so a parser's loops end by themselves and the first error stays. */
#ifndef CLI_LEX_H
#define CLI_LEX_H
#include "diag.h"

/* A token of one character is that character: '+', '(', '=' ... */
enum {
    LEX_END = 0,
    LEX_SEPARATOR = ';', /* or a newline outside brackets */
    LEX_NUMBER = 256,
    LEX_NAME,
    LEX_TRANSPOSE, /* .T */
    LEX_LE,
    LEX_GE,
    LEX_EQ,
    LEX_NE
};

typedef struct token {
    int kind;
    bool quoted; /* a name in backquotes: never a function           */
    span at;
    span name; /* of a LEX_NAME, without the quotes                */
    double number;
} token;

typedef struct lexer {
    const source *src;
    diag *d;
    uint32_t pos;
    int nest; /* open brackets: inside them a newline is a blank */
} lexer;

/* The next token; blanks before it are skipped. */
token lex_next(lexer *lx);

/* The number at s (digits, perhaps .digits, perhaps an exponent; no sign): how many
 * bytes it has, and its value. If 0, *problem says what is wrong with it, over
 * the first *bad bytes. s ends in a NUL. */
uint32_t lex_number(const char *s, double *value, const char **problem, uint32_t *bad);

bool lex_name_start(char c);
bool lex_name_char(char c);

/* pi, inf or nan, and its value. */
bool lex_constant(const char *s, size_t len, double *value);

#endif
