/* cmd_explain.c - retrograd explain: the same calculation as grad's, step by step. */
#define RG_NO_HERE
#include "command.h"
#include "explain.h"
#include "expression.h"
#include "memory.h"
#include "nonfinite.h"
#include "status.h"
#include "term.h"
#include "text_file.h"
#include <stdlib.h>
#include <string.h>

typedef rg_status explain_fn(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                             void (*write)(void *ud, const char *text, size_t n), void *ud);

static void print_text(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

static bool can_be_explained(const expression *x, diag *d)
{
    char words[RG_TEXT];
    if (x->in.n == 0) {
        diag_set(d, E_USAGE, NULL, (span){0, 0}, "there is no input to explain a gradient of");
        diag_help(d, "give a number a name: 'x^2' x=3");
        return false;
    }
    if (rg_count_of(x->out) == 1) return true;
    diag_set(d, E_SHAPE, &x->src, program_span(&x->p, program_root(&x->p)),
             "only an output of one element is explained; this is %s",
             shape_words(rg_shape_of(x->out), words));
    diag_help(d, "reduce it with sum(...), or take one element: (...)[0]");
    return false;
}

/* One explanation of the expression, by any of the functions of explain.h. */
static bool explain_as(expression *x, const rg_explain_options *o, explain_fn *fn, text_file *to,
                       diag *d)
{
    rg_node **leaf = memory_new((size_t)x->in.n, sizeof *leaf);
    for (int i = 0; i < x->in.n; i++) leaf[i] = x->in.item[i].node;
    rg_status s =
        fn(x->out, x->in.n, leaf, o, to ? text_file_add : print_text, to ? (void *)to : stdout);
    free(leaf);
    return !s || expression_error(x, PARSE_NONE, d);
}

static bool write_page(expression *x, const rg_explain_options *o, const char *path, diag *d)
{
    text_file page = {0};
    if (explain_as(x, o, rg_explain_html, &page, d)) return text_file_save(&page, path, d);
    free(page.text);
    return false;
}

static bool explain_expression(expression *x, const args *a, diag *d)
{
    rg_explain_options o = {.title = x->src.text, .brief = args_has(a, OPT_BRIEF)};
    if (args_has(a, OPT_DIGITS)) o.digits = (int)a->opt[OPT_DIGITS].number;
    expression_name_statements(x);
    if (args_has(a, OPT_HTML) && !write_page(x, &o, a->opt[OPT_HTML].text, d)) return false;
    if (args_has(a, OPT_JSON)) return explain_as(x, &o, rg_explain_json, NULL, d);
    return args_has(a, OPT_HTML) || explain_as(x, &o, rg_explain_text, NULL, d);
}

int cmd_explain(const args *a)
{
    expression x = {0};
    diag d = {0};
    bool ok = expression_read(&x, a, &d) && expression_load(&x, &d) &&
              expression_record(&x, a, &d) && can_be_explained(&x, &d) &&
              nonfinite_check(&x, args_has(a, OPT_STRICT), false, &d) &&
              explain_expression(&x, a, &d);
    int status = ok ? EXIT_FINE : term_report(&d, ERROR);
    expression_close(&x);
    return status;
}
