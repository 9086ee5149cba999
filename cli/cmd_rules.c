/* cmd_rules.c - retrograd rules: the gradient rules, from the descriptors of the ops. */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "ops.h"
#include "resolve.h"
#include "status.h"
#include "term.h"
#include <math.h>
#include <string.h>

/* A text of a descriptor: {a} stands for wire a, other braces for themselves. */
static void put_formula(FILE *to, const char *s)
{
    for (; *s; s++)
        if (s[0] == '{' && s[1] && s[2] == '}') {
            fputc(s[1], to);
            s += 2;
        } else
            fputc(*s, to);
}

static int wires_of(const rg_op *op)
{
    int n = op->nin < 0 || op->nin > RG_WIRES ? RG_WIRES : op->nin;
    while (n > 0 && !op->wire[n - 1].why) n--;
    return n;
}

/* ---- text ------------------------------------------------------------------------ */

static void put_domain(const rg_domain *dom)
{
    printf("            checked in %g..%g", dom->lo, dom->hi);
    if (dom->kink > 0) printf(", not nearer than %g to 0", dom->kink);
    if (isfinite(dom->least) && dom->least <= dom->lo) printf("; defined from %g", dom->least);
    putchar('\n');
}

static void show_rule(const rg_op *op)
{
    printf("%s\n  value     ", op->name);
    put_formula(stdout, op->formula ? op->formula : op->name);
    if (op->section) printf("   [notes %s]", op->section);
    putchar('\n');
    if (!op->vjp) puts("  gradient  none: nothing flows through it");
    if (op->open) puts("  made of   smaller ops: explain --open tells them");
    for (int k = 0; k < wires_of(op) && op->vjp; k++) {
        const rg_wire *w = &op->wire[k];
        printf("  wire %c    local ", 'a' + k);
        put_formula(stdout, w->local ? w->local : "0");
        printf("\n            %s\n", w->why);
        put_domain(&w->dom);
    }
}

static void show_all(void)
{
    printf("%-18s %-8s %s\n", "op", "notes", "value");
    for (int i = 0; rg_ops[i]; i++) {
        printf("%-18s %-8s ", rg_ops[i]->name, rg_ops[i]->section ? rg_ops[i]->section : "");
        put_formula(stdout, rg_ops[i]->formula ? rg_ops[i]->formula : "");
        putchar('\n');
    }
}

/* ---- a document -------------------------------------------------------------------- */

/* In a cell of a table: bars and stars mean something there. */
static void put_cell(const char *s, bool code)
{
    fputs(code ? " | `" : " | ", stdout);
    for (; *s; s++) {
        if (s[0] == '{' && s[1] && s[2] == '}') {
            putchar(s[1]);
            s += 2;
        } else if (*s == '|')
            fputs("\\|", stdout);
        else
            putchar(*s);
    }
    if (code) putchar('`');
}

static void document_wire(const rg_op *op, int k)
{
    const rg_wire *w = &op->wire[k];
    if (k) fputs("| | | ", stdout);
    printf(" | %c", 'a' + k);
    put_cell(w->local ? w->local : "0", true);
    put_cell(w->why, false);
    puts(" |");
}

static void document_op(const rg_op *op)
{
    printf("| `%s`", op->name);
    put_cell(op->formula ? op->formula : op->name, true);
    printf(" | %s", op->section ? op->section : "");
    int n = op->vjp ? wires_of(op) : 0;
    for (int k = 0; k < n; k++) document_wire(op, k);
    if (!n) puts(" | | | nothing flows through it |");
}

static bool is_of_kind(const rg_op *op, rg_kind kind)
{
    return op->kind == kind || (kind == RG_WHOLE && op->kind == RG_LEAF);
}

static void show_document(void)
{
    static const struct {
        rg_kind kind;
        const char *head;
    } part[] = {{RG_ELEMENTWISE, "Elementwise: entry by entry, inputs broadcast"},
                {RG_VIEW, "Views: the same numbers, seen another way"},
                {RG_ROWS, "Rows: along the last axis"},
                {RG_WHOLE, "Whole tensors"}};
    puts("# The ops and their gradient rules\n\n"
         "Written by `retrograd rules --markdown` from the descriptors of the ops; a test compares. "
         "Edit those.\n\n"
         "a, b, c are the inputs, y the output, p and q the op's own numbers. What arrives at the "
         "output, times the local\nderivative, goes to the wire; where an input was broadcast or "
         "used several times, what arrives is added up. Sections\nare those of the lecture notes. "
         "`retrograd rules OP` says more about one of them.");
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        printf("\n## %s\n\n| op | value | notes | wire | local derivative | rule |\n"
               "|---|---|---|---|---|---|\n",
               part[i].head);
        for (int k = 0; rg_ops[k]; k++)
            if (is_of_kind(rg_ops[k], part[i].kind)) document_op(rg_ops[k]);
    }
    fputs("\nMade of smaller ops, which `retrograd explain --open` tells:", stdout);
    for (int k = 0, n = 0; rg_ops[k]; k++)
        if (rg_ops[k]->open) printf("%s `%s`", n++ ? "," : "", rg_ops[k]->name);
    puts(".");
}

/* ---- JSON ------------------------------------------------------------------------- */

static void json_text(json *j, const char *key, const char *text)
{
    json_key(j, key, strlen(key));
    json_words(j, text ? text : "", text ? strlen(text) : 0);
}

static void json_rule(json *j, const rg_op *op)
{
    json_open(j, '{');
    json_text(j, "name", op->name);
    json_text(j, "formula", op->formula);
    json_text(j, "section", op->section);
    json_key(j, "gradient", 8);
    json_bool(j, op->vjp != NULL);
    json_key(j, "wires", 5);
    json_open(j, '[');
    for (int k = 0; k < wires_of(op); k++) {
        json_open(j, '{');
        json_text(j, "local", op->wire[k].local);
        json_text(j, "why", op->wire[k].why);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

/* ---- the command --------------------------------------------------------------------- */

static int unknown_op(const char *name)
{
    diag d = {0};
    nearest best = {.distance = 3};
    diag_set(&d, E_FUNCTION, NULL, (span){0, 0}, "no op is called %.60s", name);
    for (int i = 0; rg_ops[i]; i++)
        nearest_offer(&best, name, strlen(name), rg_ops[i]->name, strlen(rg_ops[i]->name));
    if (function_find(name, strlen(name)) >= 0)
        diag_help(&d, "'%s' is made of several ops; 'retrograd rules' lists them all", name);
    else if (best.text)
        diag_help(&d, "did you mean '%s'?", best.text);
    else
        diag_help(&d, "'retrograd rules' lists them all");
    return term_report(&d, ERROR);
}

int cmd_rules(const args *a)
{
    const char *name = a->words ? a->word[0] : NULL;
    bool as_json = args_has(a, OPT_JSON);
    json j = {.to = stdout};
    int found = 0;
    if (!command_takes(a, 1)) return EXIT_USAGE;
    if (args_has(a, OPT_MARKDOWN)) {
        show_document();
        return EXIT_FINE;
    }
    if (!name && !as_json) {
        show_all();
        return EXIT_FINE;
    }
    for (int i = 0; rg_ops[i]; i++) found += !name || !strcmp(name, rg_ops[i]->name);
    if (name && !found) return unknown_op(name);
    if (as_json) json_open(&j, '[');
    for (int i = 0; rg_ops[i]; i++) {
        if (name && strcmp(name, rg_ops[i]->name) != 0) continue;
        if (as_json)
            json_rule(&j, rg_ops[i]);
        else
            show_rule(rg_ops[i]);
    }
    if (as_json) json_close(&j, ']');
    if (as_json) putchar('\n');
    return EXIT_FINE;
}
