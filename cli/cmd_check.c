/* cmd_check.c - retrograd check: the gradients of an expression against its slopes. */
#define RG_NO_HERE
#include "check_library.h"
#include "check_rounding.h"
#include "command.h"
#include "expression.h"
#include "gradcheck.h"
#include "json_check.h"
#include "memory.h"
#include "nodecheck.h"
#include "nonfinite.h"
#include "plant.h"
#include "provenance.h"
#include "status.h"
#include "term.h"
#include <stdlib.h>
#include <string.h>

typedef struct check_run {
    const args *a;
    expression x;
    diag d;
    rg_check_how how;
    rg_report report;
    rg_finding *found;      /* of each input                                          */
    rg_nodes_report nodes;  /* when the check fails, or when asked for            */
    rg_node_finding *alone; /* ... of each node                                   */
    size_t alones, alone_cap;
    plant bug;             /* of --plant                                              */
    rg_rounding *rounding; /* of each input; NULL: not asked for */
} check_run;

/* ---- checking ----------------------------------------------------------------------- */

static void keep_node(void *ud, const rg_node_finding *f)
{
    check_run *r = ud;
    r->alone = memory_grow(r->alone, &r->alone_cap, r->alones + 1, sizeof *r->alone);
    r->alone[r->alones++] = *f;
}

static rg_status check_all(check_run *r, rg_node *const *leaf)
{
    int n = r->x.in.n;
    if (n == 0) {
        term_note("there is nothing to check: no inputs");
        r->report.verdict = RG_UNTESTED;
        return RG_OK;
    }
    rg_status s = rg_check_graph(r->x.out, n, leaf, &r->how, r->found, &r->report);
    if (!s && args_has(r->a, OPT_ROUNDING) && !(r->rounding = rounding_of_inputs(&r->x, r->how.seed)))
        s = rg_error_of(r->x.tape)->status;
    if (s || (r->report.verdict != RG_FAIL && !args_has(r->a, OPT_NODES))) return s;
    return rg_check_nodes(r->x.out, n, leaf, &r->how, keep_node, r, &r->nodes);
}

static bool run_check(check_run *r)
{
    expression *x = &r->x;
    if (!expression_read(x, r->a, &r->d) || !expression_load(x, &r->d) ||
        !expression_record(x, r->a, &r->d) ||
        !nonfinite_check(x, args_has(r->a, OPT_STRICT), false, &r->d))
        return false;
    const char *bug = r->a->opt[OPT_PLANT].text;
    if (bug && !plant_bug(&r->bug, bug, x, &r->d)) return false;
    if (args_has(r->a, OPT_SEED)) r->how.seed = (uint64_t)r->a->opt[OPT_SEED].number;
    size_t n = (size_t)x->in.n;
    r->found = memory_new(n, sizeof *r->found);
    rg_node **leaf = memory_new(n, sizeof *leaf);
    for (size_t i = 0; i < n; i++) leaf[i] = x->in.item[i].node;
    rg_status s = check_all(r, leaf);
    free(leaf);
    return !s || expression_error(x, PARSE_NONE, &r->d);
}

/* ---- talk: what is wrong, and what could not be told -------------------------------- */

static const rg_node_finding *culprit(const check_run *r)
{
    return r->nodes.first.node ? &r->nodes.first : r->nodes.join.node ? &r->nodes.join : NULL;
}

/* Where inf or NaN came from, in the values or the gradients. */
static bool name_nonfinite(const check_run *r, char text[RG_TRACE_TEXT])
{
    rg_nonfinite where;
    size_t n = (size_t)r->x.in.n;
    rg_node **leaf = memory_new(n, sizeof *leaf);
    for (size_t i = 0; i < n; i++) leaf[i] = r->x.in.item[i].node;
    bool found = !rg_trace_nonfinite(r->x.out, (int)n, leaf, &where) && where.node;
    if (found) rg_nonfinite_text(&where, text);
    free(leaf);
    return found;
}

static void show_failure(const check_run *r)
{
    char text[RG_TRACE_TEXT], cause[RG_CAUSE_TEXT];
    const rg_node_finding *f = culprit(r);
    uint32_t at = f ? expression_place(&r->x, f->node) : PARSE_NONE;
    diag d = {0};
    if (at != PARSE_NONE)
        diag_set(&d, E_GRADIENT, &r->x.src, program_mark(&r->x.p, at), "the %s of %s is wrong: %s",
                 f->finding.input == RG_OF_VALUE ? "value" : "gradient", f->node->op->name,
                 rg_finding_text(&f->finding, text));
    else
        diag_set(&d, E_GRADIENT, NULL, (span){0, 0}, "the gradient is wrong");
    if (!f && name_nonfinite(r, text))
        diag_help(&d, "%s", text);
    else if (!f)
        diag_help(&d, "every op is right by itself: look at the values and at corners");
    else if (f->cause.mistake != RG_UNLIKE_ANY)
        diag_help(&d, "%s", rg_cause_text(&f->cause, cause));
    term_report(&d, ERROR);
}

static void show_warning(const check_run *r, int i)
{
    char text[RG_FINDING_TEXT];
    const input *in = &r->x.in.item[i];
    const rg_finding *f = &r->found[i];
    diag d = {0};
    if (f->verdict != RG_CANNOT_TELL && (f->verdict != RG_UNTESTED || f->absent)) return;
    diag_set(&d, E_UNTOLD, NULL, (span){0, 0}, "%.*s: %s: %s", (int)(in->len < 40 ? in->len : 40),
             in->name, rg_verdict_text(f->verdict), rg_finding_text(f, text));
    term_report(&d, WARNING);
}

/* ---- the report --------------------------------------------------------------------- */

/* Of the whole and, where they were looked at, of the nodes. */
static rg_verdict verdict_on(const check_run *r)
{
    rg_verdict whole = r->report.verdict, nodes = r->nodes.verdict;
    return r->alones && nodes != RG_UNTESTED && nodes > whole ? nodes : whole;
}

static void show_words(const char *text)
{
    diag_plain(stdout, text, strlen(text), term_utf8());
    putchar('\n');
}

static void show_line(const char *name, size_t len, const rg_finding *f)
{
    char text[RG_FINDING_TEXT];
    diag_plain(stdout, name, len, term_utf8());
    printf(": %s: %s\n", rg_verdict_text(f->verdict), rg_finding_text(f, text));
}

static void show_nodes(const check_run *r)
{
    char text[RG_NODE_FINDING_TEXT];
    for (size_t i = 0; i < r->alones; i++) show_words(rg_node_finding_text(&r->alone[i], text));
    if (r->nodes.join.node) show_words(rg_node_finding_text(&r->nodes.join, text));
    show_words(rg_nodes_report_text(&r->nodes, text));
}

static void show_text(const check_run *r)
{
    for (int i = 0; i < r->x.in.n; i++)
        show_line(r->x.in.item[i].name, r->x.in.item[i].len, &r->found[i]);
    if (r->x.in.n) show_line("all together", strlen("all together"), &r->report.together);
    if (args_has(r->a, OPT_NODES)) show_nodes(r);
    if (r->rounding) rounding_show(&r->x, r->rounding);
    printf("verdict: %s\n", rg_verdict_text(verdict_on(r)));
}

static void json_alone(json *j, const rg_node_finding *f)
{
    char text[RG_CAUSE_TEXT], operand[2] = {(char)('a' + f->finding.input % 26), 0};
    json_open(j, '{');
    json_count(j, "node", f->node->id);
    json_text(j, "op", f->node->op->name);
    json_text(j, "operand", f->finding.input >= 0 ? operand : "");
    json_text(j, "mistake", rg_cause_text(&f->cause, text));
    json_key(j, "finding", 7);
    json_finding(j, &f->finding);
    json_close(j, '}');
}

static void json_nodes(json *j, const check_run *r)
{
    const rg_node_finding *f = culprit(r);
    if (args_has(r->a, OPT_NODES)) {
        json_key(j, "nodes", 5);
        json_open(j, '[');
        for (size_t i = 0; i < r->alones; i++) json_alone(j, &r->alone[i]);
        json_close(j, ']');
    }
    if (!f) return;
    json_text(j, "wrong", f->node->op->name);
    json_key(j, "culprit", 7);
    json_alone(j, f);
}

static void show_json(const check_run *r)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_text(&j, "verdict", rg_verdict_text(verdict_on(r)));
    json_key(&j, "inputs", 6);
    json_open(&j, '{');
    for (int i = 0; i < r->x.in.n; i++) {
        json_key(&j, r->x.in.item[i].name, r->x.in.item[i].len);
        json_finding(&j, &r->found[i]);
    }
    json_close(&j, '}');
    json_key(&j, "together", 8);
    json_finding(&j, &r->report.together);
    json_nodes(&j, r);
    if (r->rounding) rounding_json(&j, &r->x, r->rounding);
    json_close(&j, '}');
    fputc('\n', stdout);
}

/* ---- the command -------------------------------------------------------------------- */

static int conclude(const check_run *r)
{
    if (args_has(r->a, OPT_JSON))
        show_json(r);
    else
        show_text(r);
    for (int i = 0; i < r->x.in.n; i++) show_warning(r, i);
    if (verdict_on(r) == RG_FAIL) return show_failure(r), EXIT_FAILED;
    return verdict_on(r) != RG_PASS && args_has(r->a, OPT_STRICT) ? EXIT_FAILED : EXIT_FINE;
}

int cmd_check(const args *a)
{
    check_run r = {.a = a};
    if (args_has(a, OPT_LIBRARY) && command_takes(a, 0)) return check_library(a);
    if (args_has(a, OPT_LIBRARY)) return EXIT_USAGE;
    if (args_has(a, OPT_ITSELF) && !command_takes(a, 0)) return EXIT_USAGE;
    if (args_has(a, OPT_ITSELF))
        return plant_everywhere(args_has(a, OPT_JSON), (uint64_t)a->opt[OPT_SEED].number);
    int status = run_check(&r) ? conclude(&r) : term_report(&r.d, ERROR);
    free(r.found);
    free(r.alone);
    free(r.rounding);
    expression_close(&r.x);
    return status;
}
