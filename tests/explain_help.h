/* explain_help.h - for the tests of explanations: one as a string, checked for what
 * all of them have in common. */
#ifndef RG_EXPLAIN_HELP_H
#define RG_EXPLAIN_HELP_H
#include <retrograd/retrograd.h>
#include "output.h"

static inline output explain(rg_node *y, int n, rg_node *const *x, const char *title, int digits)
{
    output o = {0};
    rg_explain_options options = {.title = title, .digits = digits};
    rg_status s = rg_explain_text(y, n, x, &options, collect, &o);
    ck_assert_msg(s == RG_OK, "%s", rg_error_of(rg_tape_of(y))->text);
    check_lines(&o, 80);
    return o;
}

#endif
