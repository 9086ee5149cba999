/* cmd_help.c - retrograd help, and the --help of every command: written from the
 * tables of commands, options and functions. `help man` writes retrograd(1). */
#include "command.h"
#include "functions.h"
#include "man.h"
#include "status.h"
#include <string.h>

static void put_options(FILE *to, option_set set)
{
    char left[64];
    for (int i = 0; i < OPT_COUNT; i++) {
        const option *o = &options[i];
        if (!(set & OPTION_BIT(i))) continue;
        const char *value = o->kind == OPTION_CHOICE ? o->choices : o->value;
        snprintf(left, sizeof left, "--%s%s%s", o->name, value ? " " : "", value ? value : "");
        fprintf(to, "  %-26s %s\n", left, o->help);
    }
}

void help_command(FILE *to, const command *c)
{
    option_set own = c->options & ~OPTIONS_COMMON;
    fprintf(to, "usage: retrograd %s [options]%s%s\n\n%s\n", c->name, *c->usage ? " " : "",
            c->usage, c->summary);
    if (own & OPTION_BIT(OPT_FILE))
        fprintf(to,
                "\n%sA VALUE is 3, '1 2 3', '1 2; 3 4', @FILE.npy, @FILE.npz:NAME or @FILE.csv.\n"
                "'retrograd help expressions' says what an expression may be.\n",
                c->run == cmd_quiz ? "" : "EXPR may be - (stdin). "); /* the quiz hears answers there */
    fputs("\noptions\n", to);
    put_options(to, own);
    put_options(to, OPTIONS_COMMON);
    fputs("\nexamples\n", to);
    for (int i = 0; i < 2; i++)
        fprintf(to, "  %s%s\n", strstr(c->example[i], "retrograd ") ? "" : "retrograd ",
                c->example[i]);
}

void help_program(FILE *to)
{
    fputs("usage: retrograd COMMAND [options]\n\nReverse-mode automatic differentiation, number by "
          "number.\n\n",
          to);
    for (const command *c = commands; c->name; c++)
        fprintf(to, "  %-12s %s\n", c->name, c->summary);
    fputs("\n'retrograd COMMAND --help' has the options. Exit status: 0 fine; 1 a check failed;\n"
          "2 not understood; 3 shape, dtype, index, label or domain; 4 a file; 5 memory.\n"
          "\nexamples\n  retrograd grad 'x^2 + 1' x=3\n  retrograd help expressions\n",
          to);
}

static void help_expressions(FILE *to)
{
    char text[FUNCTION_TEXT];
    size_t column = 0;
    fputs("An expression is one statement or several, with ; or a newline between them:\n\n"
          "  h = tanh(W @ x + b); sum(h^2)\n\n"
          "The value of the last is the output. A name is bound before it is used; what is\n"
          "not bound is given as NAME=VALUE. Other names stand in `backquotes`.\n\n"
          "  x^2  -x  +x        powers bind tightest: -x^2 is -(x^2), a^b^c is a^(b^c)\n"
          "  a*b  a/b  A@B      * and / by element, @ the matrix product\n"
          "  a+b  a-b           shapes broadcast as in NumPy\n"
          "  < <= > >= == !=    0 or 1, no gradient, no chaining\n"
          "  x.T  x[0]  x[1:3]  transpose; index from 0, negative from the end\n"
          "  3  0.5  1e-3  pi  inf  nan\n"
          "  [1 2 3]  [1 2; 3 4]  [2; 1; 4]  [1 2 3;]\n\n"
          "functions\n ",
          to);
    for (const function *f = functions; f->name; f++) {
        function_text(f, text);
        if (column + strlen(text) + 2 > 78) {
            fputs("\n ", to);
            column = 0;
        }
        column += (size_t)fprintf(to, " %s ", text);
    }
    fputs("\n\nexamples\n  retrograd grad 'x^2 + 1' x=3\n  retrograd grad 'h = tanh(W@x); "
          "sum(h^2)' W='1 2; 3 4' x='1 -1'\n",
          to);
}

int cmd_help(const args *a)
{
    const char *topic = a->words ? a->word[0] : NULL;
    if (!command_takes(a, 1)) return EXIT_USAGE;
    if (!topic)
        help_program(stdout);
    else if (!strcmp(topic, "expressions"))
        help_expressions(stdout);
    else if (!strcmp(topic, "man"))
        man_page(stdout, help_expressions);
    else {
        const command *c = command_find(topic);
        if (!c) return command_unknown(topic);
        help_command(stdout, c);
    }
    return EXIT_FINE;
}
