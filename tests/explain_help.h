/* explain_help.h - for the tests of explanations: one as a string, checked for what
 * all of them have in common. */
#ifndef RG_EXPLAIN_HELP_H
#define RG_EXPLAIN_HELP_H
#include <retrograd/retrograd.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct output {
    char *text;
    size_t len;
} output;

static void collect(void *ud, const char *text, size_t n)
{
    output *o = ud;
    o->text = realloc(o->text, o->len + n + 1);
    ck_assert_ptr_nonnull(o->text);
    memcpy(o->text + o->len, text, n);
    o->len += n;
    o->text[o->len] = 0;
}

/* ASCII, and no line wider than a terminal. */
static void check_lines(const output *o)
{
    for (const char *line = o->text; *line; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\n"), plain = 0;
        while (plain < n && line[plain] >= ' ' && line[plain] <= '~') plain++;
        if (n > 80 || plain < n)
            ck_abort_msg("more than 80 columns, or not ASCII: %.*s", (int)n, line);
    }
    ck_assert_int_eq(o->text[o->len - 1], '\n');
}

static inline output explain(rg_node *y, int n, rg_node *const *x, const char *title, int digits)
{
    output o = {0};
    rg_explain_options options = {.title = title, .digits = digits};
    rg_status s = rg_explain_text(y, n, x, &options, collect, &o);
    ck_assert_msg(s == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    check_lines(&o);
    return o;
}

#endif
