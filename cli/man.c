/* man.c - retrograd(1), in mdoc: every command with its options and its examples, as the
 * tables have them, so that the page cannot go stale. */
#include "man.h"
#include "command.h"
#include <string.h>

/* Text that may begin with what mdoc takes for a macro, or hold its escapes. */
static void put_text(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", to);
    for (; *text; text++)
        if (*text == '\\')
            fputs("\\e", to);
        else
            putc(*text, to);
}

/* A whole line of text; in a display every line of it is one. */
static void put_line(FILE *to, const char *text)
{
    put_text(to, text);
    putc('\n', to);
}

static void put_option(FILE *to, const option *o)
{
    const char *value = o->kind == OPTION_CHOICE ? o->choices : o->value;
    fprintf(to, ".It Fl -%s", o->name);
    if (value) fprintf(to, " Ar \"%s\"", value);
    putc('\n', to);
    put_line(to, o->help);
}

static void put_set(FILE *to, option_set set)
{
    if (!set) return;
    fputs(".Bl -tag -width Ds\n", to);
    for (int i = 0; i < OPT_COUNT; i++)
        if (set & OPTION_BIT(i)) put_option(to, &options[i]);
    fputs(".El\n", to);
}

static void put_command(FILE *to, const command *c)
{
    fprintf(to, ".Ss %s\n", c->name);
    fprintf(to, ".Ic retrograd %s\n.Op options\n", c->name);
    if (*c->usage) put_line(to, c->usage);
    fputs(".Pp\n", to);
    put_line(to, c->summary);
    put_set(to, c->options & ~OPTIONS_COMMON);
}

static void put_examples(FILE *to)
{
    fputs(".Sh EXAMPLES\n.Bd -literal\n", to);
    for (const command *c = commands; c->name; c++)
        for (int i = 0; i < 2; i++) {
            if (!strstr(c->example[i], "retrograd ")) fputs("retrograd ", to);
            put_line(to, c->example[i]);
        }
    fputs(".Ed\n", to);
}

/* Line by line, since a display is text like any other to mdoc. */
static void put_expressions(FILE *to, void (*expressions)(FILE *to))
{
    char line[256];
    FILE *f = tmpfile();
    if (!f) return;
    expressions(f);
    rewind(f);
    fputs(".Sh EXPRESSIONS\n.Bd -literal\n", to);
    while (fgets(line, sizeof line, f) && strcmp(line, "examples\n") != 0) put_text(to, line);
    fputs(".Ed\n", to);
    fclose(f);
}

void man_page(FILE *to, void (*expressions)(FILE *to))
{
    fputs(".Dd November 27, 2026\n.Dt RETROGRAD 1\n.Os\n.Sh NAME\n.Nm retrograd\n"
          ".Nd reverse-mode automatic differentiation, number by number\n"
          ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op options\n.Op Ar argument ...\n"
          ".Sh DESCRIPTION\n.Nm\n"
          "computes values and gradients of expressions, shows every step of the backward pass, checks\n"
          "gradients against slopes, fits formulas to data, and trains and applies networks.\n"
          "Results go to standard output; progress, notes and errors to standard error.\n.Pp\n"
          "Options are long.\nThese every command takes:\n",
          to);
    put_set(to, OPTIONS_COMMON);
    fputs(".Sh COMMANDS\n", to);
    for (const command *c = commands; c->name; c++) put_command(to, c);
    put_expressions(to, expressions);
    fputs(".Sh ENVIRONMENT\n.Bl -tag -width NO_COLOR\n.It Ev NO_COLOR\nno colours, unless\n"
          ".Fl -color Ar always\nis given.\n.El\n"
          ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n.It 0\nfine\n"
          ".It 1\na check, an answer, a fact or a comparison failed\n.It 2\nnot understood: usage, syntax, an unknown name\n"
          ".It 3\nshapes, element types, indices, labels or domains that do not fit\n"
          ".It 4\na file that cannot be read or written, or is not what it claims to be\n.It 5\nout of memory\n"
          ".It 130\ninterrupted\n.El\n",
          to);
    put_examples(to);
    fputs(".Sh SEE ALSO\n.Xr retrograd 3\n", to);
}
