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
#include <unistd.h>

typedef rg_status explain_fn(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                             void (*write)(void *ud, const char *text, size_t n), void *ud);

static void print_text(void *ud, const char *text, size_t n) { fwrite(text, 1, n, ud); }

/* One explanation of the expression, by any of the functions of explain.h. */
static bool explain_as(expression *x, const rg_explain_options *o, explain_fn *fn, text_file *to,
                       diag *d)
{
    rg_node **leaf = expression_leaves(x);
    rg_status s =
        fn(x->out, x->in.n, leaf, o, to ? text_file_add : print_text, to ? (void *)to : stdout);
    free(leaf);
    if (s == RG_USAGE) /* what was asked of it, not what was recorded */
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "%s", rg_error_of(x->tape)->text);
    return !s || expression_error(x, PARSE_NONE, d);
}

static bool write_file(expression *x, const rg_explain_options *o, explain_fn *fn,
                       const char *path, diag *d)
{
    text_file page = {0};
    if (explain_as(x, o, fn, &page, d)) return text_file_save(&page, path, d);
    free(page.text);
    return false;
}

/* ---- one block for each Enter ----------------------------------------------------------- */

/* Where block k begins: behind the k-th empty line. */
static size_t block_begin(const char *text, size_t k)
{
    const char *at = text;
    for (; k && at; k--) {
        at = strstr(at, "\n\n");
        if (at) at += 2;
    }
    return at ? (size_t)(at - text) : strlen(text);
}

static void step_through(const char *text)
{
    char answer[64];
    size_t from, to;
    for (size_t k = 0; text[from = block_begin(text, k)];) {
        to = block_begin(text, k + 1);
        fwrite(text + from, 1, to - from, stdout);
        if (!text[to]) return;
        fputs("-- Enter, b or q -- ", stderr);
        fflush(stdout);
        if (!fgets(answer, sizeof answer, stdin) || *answer == 'q') return;
        k = *answer == 'b' ? (k ? k - 1 : 0) : k + 1;
    }
}

static bool explain_in_steps(expression *x, const rg_explain_options *o, diag *d)
{
    text_file page = {0};
    bool ok = explain_as(x, o, rg_explain_text, &page, d);
    text_file_add(&page, "", 1);
    if (ok) step_through(page.text);
    free(page.text);
    return ok;
}

/* ---- what was asked for ----------------------------------------------------------------- */

static rg_explain_options read_options(const expression *x, const args *a)
{
    static const struct {
        option_id option;
        rg_explain_view view;
    } view[] = {{OPT_BRIEF, RG_VIEW_BRIEF}, {OPT_TABLE, RG_VIEW_TABLE}, {OPT_PATHS, RG_VIEW_PATHS},
                {OPT_SHOW, RG_VIEW_SHOW},   {OPT_CSV, RG_VIEW_CSV},     {OPT_DOT, RG_VIEW_DOT}};
    rg_explain_options o = {.title = x->src.text,
                            .symbolic = args_has(a, OPT_SYMBOLIC),
                            .open = args_has(a, OPT_OPEN),
                            .width = term_width()};
    if (args_has(a, OPT_DIGITS)) o.digits = (int)a->opt[OPT_DIGITS].number;
    for (size_t i = 0; i < sizeof view / sizeof *view; i++)
        if (args_has(a, view[i].option)) o.view = view[i].view;
    if (args_has(a, OPT_ORDER) && a->opt[OPT_ORDER].choice == 1) o.view = RG_VIEW_NAIVE;
    if (args_has(a, OPT_PATHS)) o.wire = a->opt[OPT_PATHS].text;
    if (args_has(a, OPT_SHOW)) o.wire = a->opt[OPT_SHOW].text;
    return o;
}

/* One way to tell it at a time. */
static bool one_view(const args *a, diag *d)
{
    static const option_id other[] = {OPT_BRIEF, OPT_TABLE, OPT_PATHS, OPT_SHOW,
                                      OPT_CSV,   OPT_DOT,   OPT_JSON,  OPT_ORDER};
    int n = 0;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) n += args_has(a, other[i]);
    static const option_id plain[] = {OPT_CSV, OPT_DOT, OPT_JSON}; /* for other programs */
    static const option_id telling[] = {OPT_SYMBOLIC, OPT_STEP};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        for (size_t k = 0; k < sizeof telling / sizeof *telling; k++)
            if (args_has(a, plain[i]) && args_has(a, telling[k]))
                return diag_set(d, E_USAGE, NULL, (span){0, 0}, "--%s says how the text is told, and --%s has none",
                                options[telling[k]].name, options[plain[i]].name);
    if (n < 2) return true;
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "two ways to tell it");
    diag_help(d, "one of --brief, --table, --paths, --order, --show, --csv, --dot, --json");
    return false;
}

static bool explain_expression(expression *x, const args *a, diag *d)
{
    rg_explain_options o = read_options(x, a);
    expression_name_statements(x);
    bool page = args_has(a, OPT_HTML), picture = args_has(a, OPT_SVG);
    if (page && !write_file(x, &o, rg_explain_html, a->opt[OPT_HTML].text, d)) return false;
    if (picture && !write_file(x, &o, rg_explain_svg, a->opt[OPT_SVG].text, d)) return false;
    if (args_has(a, OPT_JSON)) return explain_as(x, &o, rg_explain_json, NULL, d);
    if (args_has(a, OPT_STEP) && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return explain_in_steps(x, &o, d);
    return page || picture || explain_as(x, &o, rg_explain_text, NULL, d);
}

/* Under --strict: the gradients are computed beforehand, to see that none is inf or nan. */
static bool gradients_are_finite(expression *x, diag *d)
{
    rg_node **leaf = expression_leaves(x);
    rg_node **grad = memory_new((size_t)x->in.n + 1, sizeof *grad);
    int64_t mark = rg_mark(x->tape);
    bool good = !rg_grad(x->out, NULL, x->in.n, leaf, grad) ? nonfinite_check(x, true, true, d)
                                                           : expression_error(x, PARSE_NONE, d);
    if (good) rg_rewind(x->tape, mark);
    free(grad);
    free(leaf);
    return good;
}

int cmd_explain(const args *a)
{
    expression x = {0};
    diag d = {0};
    bool ok = one_view(a, &d) && expression_read(&x, a, &d) && expression_load(&x, &d) &&
              expression_record(&x, a, &d) && expression_one_number(&x, "explained", &d) &&
              nonfinite_check(&x, args_has(a, OPT_STRICT), false, &d) &&
              (!args_has(a, OPT_STRICT) || gradients_are_finite(&x, &d)) &&
              explain_expression(&x, a, &d);
    int status = ok ? EXIT_FINE : term_report(&d, ERROR);
    expression_close(&x);
    return status;
}
