/* cmd_check.c - retrograd check: the gradients of an expression against its slopes. */
#define RG_NO_HERE
#include "command.h"
#include "expression.h"
#include "gradcheck.h"
#include "json_out.h"
#include "memory.h"
#include "nonfinite.h"
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
    rg_finding *found; /* of each input                                          */
    rg_node *wrong;    /* when the check fails: the node whose rule is to blame  */
    rg_finding about;  /* ... and what is wrong with it                          */
} check_run;

/* ---- checking ----------------------------------------------------------------------- */

static rg_status check_all(check_run *r, rg_node *const *leaf)
{
    int n = r->x.in.n;
    if (n == 0) {
        term_note("there is nothing to check: no inputs");
        r->report.verdict = RG_UNTESTED;
        return RG_OK;
    }
    rg_status s = rg_check_graph(r->x.out, n, leaf, &r->how, r->found, &r->report);
    if (s || r->report.verdict != RG_FAIL) return s;
    return rg_check_blame(r->x.out, n, leaf, &r->how, &r->wrong, &r->about);
}

static bool run_check(check_run *r)
{
    expression *x = &r->x;
    if (!expression_read(x, r->a, &r->d) || !expression_load(x, &r->d) ||
        !expression_record(x, r->a, &r->d) ||
        !nonfinite_check(x, args_has(r->a, OPT_STRICT), false, &r->d))
        return false;
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

static void show_failure(const check_run *r)
{
    char text[RG_FINDING_TEXT];
    diag d = {0};
    uint32_t at = r->wrong ? expression_place(&r->x, r->wrong) : PARSE_NONE;
    if (r->wrong && at != PARSE_NONE)
        diag_set(&d, E_GRADIENT, &r->x.src, program_mark(&r->x.p, at), "the %s of %s is wrong: %s",
                 r->about.input == RG_OF_VALUE ? "value" : "gradient", r->wrong->op->name,
                 rg_finding_text(&r->about, text));
    else
        diag_set(&d, E_GRADIENT, NULL, (span){0, 0}, "the gradient is wrong");
    if (!r->wrong) diag_help(&d, "every op is right by itself: look at the values and at corners");
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

static void show_line(const char *name, size_t len, const rg_finding *f)
{
    char text[RG_FINDING_TEXT];
    diag_plain(stdout, name, len, term_utf8());
    printf(": %s: %s\n", rg_verdict_text(f->verdict), rg_finding_text(f, text));
}

static void show_text(const check_run *r)
{
    for (int i = 0; i < r->x.in.n; i++)
        show_line(r->x.in.item[i].name, r->x.in.item[i].len, &r->found[i]);
    if (r->x.in.n) show_line("all together", strlen("all together"), &r->report.together);
    printf("verdict: %s\n", rg_verdict_text(r->report.verdict));
}

static void json_text(json *j, const char *key, const char *text)
{
    json_key(j, key, strlen(key));
    json_words(j, text, strlen(text));
}

static void json_count(json *j, const char *key, int64_t v)
{
    json_key(j, key, strlen(key));
    json_whole(j, v);
}

static void json_real(json *j, const char *key, double v)
{
    json_key(j, key, strlen(key));
    json_number(j, RG_F64, v);
}

static void json_finding(json *j, const rg_finding *f)
{
    static const char *const point[] = {"smooth", "corner", "jump", "edge"};
    json_open(j, '{');
    json_text(j, "verdict", rg_verdict_text(f->verdict));
    json_count(j, "looked", f->looked);
    json_count(j, "of", f->of);
    json_count(j, "untested", f->untested);
    json_count(j, "unsure", f->unsure);
    json_count(j, "failed", f->failed);
    json_real(j, "power", f->power);
    json_count(j, "worst", f->worst);
    json_text(j, "point", point[f->point]);
    json_real(j, "analytic", f->analytic);
    json_real(j, "numeric", f->numeric);
    json_real(j, "bar", f->bar);
    json_close(j, '}');
}

static void show_json(const check_run *r)
{
    json j = {.to = stdout};
    json_open(&j, '{');
    json_text(&j, "verdict", rg_verdict_text(r->report.verdict));
    json_key(&j, "inputs", 6);
    json_open(&j, '{');
    for (int i = 0; i < r->x.in.n; i++) {
        json_key(&j, r->x.in.item[i].name, r->x.in.item[i].len);
        json_finding(&j, &r->found[i]);
    }
    json_close(&j, '}');
    json_key(&j, "together", 8);
    json_finding(&j, &r->report.together);
    if (r->wrong) json_text(&j, "wrong", r->wrong->op->name);
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
    if (r->report.verdict == RG_FAIL) return show_failure(r), EXIT_FAILED;
    return r->report.verdict != RG_PASS && args_has(r->a, OPT_STRICT) ? EXIT_FAILED : EXIT_FINE;
}

int cmd_check(const args *a)
{
    check_run r = {.a = a};
    int status = run_check(&r) ? conclude(&r) : term_report(&r.d, ERROR);
    free(r.found);
    expression_close(&r.x);
    return status;
}
