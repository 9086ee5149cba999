/* cmd_verify.c - retrograd verify: are the numbers of an explanation right? */
#define RG_NO_HERE
#include "command.h"
#include "json_out.h"
#include "status.h"
#include "term.h"
#include "verify.h"
#include <errno.h>
#include <string.h>

enum { MOST_SHOWN = 20 };

static bool read_file(trace *t, const char *path, diag *d)
{
    if (!strcmp(path, "-")) return trace_read(t, stdin, "standard input", d);
    FILE *f = fopen(path, "rb");
    if (!f) {
        diag_set(d, E_READ, NULL, (span){0, 0}, "%.200s: cannot be read: %s", path, strerror(errno));
        return false; /* for analyzers, which do not see that it was */
    }
    bool ok = trace_read(t, f, path, d);
    fclose(f);
    return ok;
}

static bool all_right(const args *a, const verification *v)
{
    return !v->violations && !((v->unknown || v->constants) && args_has(a, OPT_STRICT));
}

/* ---- text ------------------------------------------------------------------------------- */

static void show_violation(const trace *t, const violation *w)
{
    printf("%-12s  ", verify_rule_word[w->rule]);
    if (w->step) printf("step %zu: ", w->step);
    diag_plain(stdout, t->node[w->node].name, strlen(t->node[w->node].name), term_utf8());
    fputs(": ", stdout);
    diag_plain(stdout, w->text, strlen(w->text), term_utf8());
    putchar('\n');
}

static void show_outcome(const trace *t, const verification *v)
{
    for (size_t i = 0; i < v->violations && i < MOST_SHOWN; i++) show_violation(t, &v->found[i]);
    if (v->violations > MOST_SHOWN) printf("and %zu more\n", v->violations - MOST_SHOWN);
    if (v->violations)
        printf("wrong: %zu violation%s in %zu steps\n", v->violations,
               v->violations == 1 ? "" : "s", t->steps);
    else
        printf("right: nodes %zu, steps %zu, accounts %zu, gradients %zu, all derived again\n",
               t->nodes, t->steps, t->accounts, t->gradients);
    if (v->unknown)
        term_note(
            "%zu gate%s of an op that is not known here (%.40s): only sums were checked there",
            v->unknown, v->unknown == 1 ? "" : "s", v->unknown_op);
    if (v->constants)
        term_note("%zu gate%s made of inputs said to be constant: taken at %s word", v->constants,
                  v->constants == 1 ? "" : "s", v->constants == 1 ? "its" : "their");
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void json_member(json *j, const char *key, const char *text)
{
    json_key(j, key, strlen(key));
    json_words(j, text, strlen(text));
}

static void json_count(json *j, const char *key, size_t n)
{
    json_key(j, key, strlen(key));
    json_whole(j, (int64_t)n);
}

static void json_outcome(const trace *t, const verification *v, bool right)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_key(&j, "right", 5);
    json_bool(&j, right);
    json_count(&j, "nodes", t->nodes);
    json_count(&j, "steps", t->steps);
    json_count(&j, "unknown", v->unknown);
    if (v->constants) json_count(&j, "constants", v->constants);
    json_key(&j, "violations", 10);
    json_open(&j, '[');
    for (size_t i = 0; i < v->violations; i++) {
        const violation *w = &v->found[i];
        json_open(&j, '{');
        json_member(&j, "rule", verify_rule_word[w->rule]);
        if (w->step) json_count(&j, "step", w->step);
        json_key(&j, "node", 4);
        json_whole(&j, t->node[w->node].id);
        json_member(&j, "name", t->node[w->node].name);
        json_member(&j, "text", w->text);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    putchar('\n');
}

/* ---- the command -------------------------------------------------------------------------- */

int cmd_verify(const args *a)
{
    trace t = {0};
    diag d = {0};
    bool piped = a->expression && !strcmp(a->expression, "-") && !a->words;
    if (!piped && !command_takes(a, 1)) return EXIT_USAGE;
    if (!piped && !a->words) {
        diag_set(&d, E_USAGE, NULL, (span){0, 0},
                 "name the file to verify, or - for standard input");
        diag_help(&d,
                  "retrograd explain 'x^2' x=3 --json > square.json; retrograd verify square.json");
        return term_report(&d, ERROR);
    }
    int status = EXIT_FILE;
    if (read_file(&t, piped ? a->expression : a->word[0], &d)) {
        verification v;
        verify_trace(&v, &t, args_has(a, OPT_DIGITS) ? (int)a->opt[OPT_DIGITS].number : 0);
        status = all_right(a, &v) ? EXIT_FINE : EXIT_FAILED;
        if (args_has(a, OPT_JSON))
            json_outcome(&t, &v, status == EXIT_FINE);
        else
            show_outcome(&t, &v);
        verification_free(&v);
    } else
        status = term_report(&d, ERROR);
    trace_close(&t);
    return status;
}
