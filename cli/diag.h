/* diag.h - what the command says when something is wrong: a code, a sentence, the
 * source line with the exact place underlined, and one line that helps.
 *
 *   error[E104]: unknown function
 *     lgo(exp(a)*b)
 *     ^~~
 *     help: did you mean 'log'?
 */
#ifndef CLI_DIAG_H
#define CLI_DIAG_H
#include "source.h"
#include "tape.h"
#include <stdbool.h>
#include <stdio.h>

/* The hundreds of a code say what kind of thing is wrong; diag_status turns them
 * into the exit status. */
enum diag_code {
    E_CHARACTER = 101, /* a character that means nothing here           */
    E_NUMBER = 102,
    E_SYNTAX = 103,   /* another token was expected                    */
    E_FUNCTION = 104, /* unknown function                              */
    E_NAME = 105,     /* unknown name                                  */
    E_BRACKET = 106,  /* a bracket or backquote that is never closed   */
    E_NESTING = 107,
    E_LENGTH = 108,
    E_RESERVED = 109, /* a variable named pi, inf or nan               */
    E_LITERAL = 110,  /* ragged, empty, or not numbers                 */
    E_CHAIN = 111,    /* a < b < c                                     */
    E_ARGUMENT = 112, /* arguments that a function does not take       */
    E_USAGE = 201,    /* the command line                              */
    E_SHAPE = 301,
    E_DTYPE = 302,
    E_INDEX = 303,     /* index, axis or label                          */
    E_ENGINE = 304,    /* anything else that the library refuses        */
    E_DOMAIN = 401,    /* a singular matrix                             */
    E_NONFINITE = 402, /* finite numbers in, inf or nan out             */
    E_READ = 501,
    E_WRITE = 502,
    E_FORMAT = 503,  /* a file that is not what it claims to be       */
    E_LIBRARY = 504, /* a library that is not installed               */
    E_MEMORY = 601,
    E_GRADIENT = 701, /* a gradient that is wrong                      */
    E_UNTOLD = 702    /* one of which that cannot be told              */
};

enum { DIAG_LABELS = 4 };

typedef struct diag {
    int code; /* 0: nothing is wrong                           */
    char text[640];
    const source *src; /* NULL: no place to show                        */
    span at;
    int labels;
    struct diag_label {
        span at;
        char text[64];
    } label[DIAG_LABELS]; /* other places on the same line, and what to say about them */
    char help[320];
    bool settled; /* another error has come since: what is said about that one is not kept */
} diag;

typedef enum severity { ERROR, WARNING, NOTE } severity;

typedef struct diag_style {
    bool colour, utf8;
} diag_style;

#define DIAG_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Note an error, unless d holds one already. src NULL: without a place. False, so
 * that a caller can return it. */
bool diag_set(diag *d, int code, const source *src, span at, const char *fmt, ...)
    DIAG_PRINTF(5, 6);
/* Add to the error that was just set, unless it was not the first. */
void diag_help(diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
void diag_label(diag *d, span at, const char *fmt, ...) DIAG_PRINTF(3, 4);

int diag_status(const diag *d);

/* The code for what the library refused. */
int diag_code_of(rg_status s);
void diag_render(FILE *to, const diag *d, severity s, diag_style style);

/* Write text with everything that could steer a terminal replaced by '?', and
 * what is not ASCII too unless utf8. */
void diag_plain(FILE *to, const char *text, size_t len, bool utf8);

#endif
