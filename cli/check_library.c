/* check_library.c - retrograd check --library FILE: loads a shared library of ops and
 * checks each as the library's own ops are checked. */
#define RG_NO_HERE
#include "check_library.h"
#include "json_check.h"
#include "nodecheck.h"
#include "status.h"
#include "term.h"
#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>

/* What is known about one op after all its cases. */
typedef struct op_result {
    int cases, failed, unsure, untested;
    rg_verdict verdict;
    rg_check_case worst_case;
    rg_finding worst;
    rg_cause cause;
    rg_error error; /* status RG_OK: every case could be made */
} op_result;

/* ---- the library -------------------------------------------------------------------- */

static void *load(const char *file, diag *d)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", strchr(file, '/') ? "" : "./", file);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a pipe would wait for ever */
        diag_set(d, E_READ, NULL, (span){0, 0}, "%.500s is no file with a library in it", file);
        return NULL;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) diag_set(d, E_READ, NULL, (span){0, 0}, "%.500s", dlerror());
    return library;
}

static const rg_op *const *ops_of(void *library, const char *file, diag *d)
{
    const rg_op *const *op = (const rg_op *const *)dlsym(library, "rg_library_ops");
    if (!op) {
        diag_set(d, E_FORMAT, NULL, (span){0, 0}, "%.200s has no array rg_library_ops", file);
        diag_help(d, "RG_LIBRARY_OPS = {&op, &another, NULL}; in its source exports one");
        return NULL;
    }
    for (int i = 0; op[i]; i++)
        if (op[i]->abi != RG_OP_ABI) {
            diag_set(d, E_FORMAT, NULL, (span){0, 0},
                     "op number %d of %.200s: its field abi is %d, RG_OP_ABI is %d here", i + 1,
                     file, op[i]->abi, RG_OP_ABI);
            return NULL;
        }
    return op;
}

/* ---- one op ------------------------------------------------------------------------- */

static bool has_kernel(const rg_op *op, rg_dtype d)
{
    return op->kind == RG_VIEW || op->tile[d] || op->run[d];
}

static void try_op(const rg_op *op, const rg_check_case *c, op_result *r)
{
    rg_finding f;
    rg_verdict v;
    if (rg_check_op(op, c, NULL, &f, &v, &r->error)) return;
    r->failed += v == RG_FAIL;
    r->unsure += v == RG_CANNOT_TELL;
    r->untested += v == RG_UNTESTED;
    if (r->cases++ && v <= r->verdict) return;
    r->verdict = v;
    r->worst = f;
    r->worst_case = *c;
}

static op_result check_one_op(const rg_op *op, uint64_t seed)
{
    op_result r = {.verdict = RG_UNTESTED};
    for (int d = RG_F32; d <= RG_F64; d++)
        for (int e = 0; e < rg_check_examples(op) && has_kernel(op, (rg_dtype)d); e++)
            for (int lie = 0; lie < RG_LIES && !r.error.status; lie++) {
                rg_check_case c = {(rg_dtype)d, 2, e, (rg_lie)lie, 2, seed};
                try_op(op, &c, &r);
            }
    if (r.error.status) r.verdict = RG_FAIL;
    if (r.verdict == RG_FAIL && !r.error.status) rg_diagnose_op(op, &r.worst_case, NULL, &r.cause);
    return r;
}

/* ---- the report --------------------------------------------------------------------- */

/* "f32, 2nd example, transposed". */
static void case_words(const rg_check_case *c, char *buf, size_t size)
{
    static const char *const lie[] = {"dense", "transposed", "every second number", "reversed",
                                      "repeated"};
    snprintf(buf, size, "%s, example %d, inputs %s", rg_dtype_text(c->dtype), c->example + 1,
             lie[c->lie]);
}

static void wire_words(const rg_op *op, int input, char *buf, size_t size)
{
    if (input == RG_OF_VALUE)
        snprintf(buf, size, "value");
    else if (input < 0)
        snprintf(buf, size, "all inputs together");
    else if (input == op->nin)
        snprintf(buf, size, "upstream");
    else
        snprintf(buf, size, "input %c", 'a' + input % 26);
}

static void failure_words(const rg_op *op, const op_result *r, char *buf, size_t size)
{
    char place[80], wire[40], text[RG_FINDING_TEXT], cause[RG_CAUSE_TEXT];
    if (r->error.status) {
        snprintf(buf, size, "%s", r->error.text);
        return;
    }
    case_words(&r->worst_case, place, sizeof place);
    wire_words(op, r->worst.input, wire, sizeof wire);
    snprintf(buf, size, "%s, %s: %s%s%s", place, wire, rg_finding_text(&r->worst, text),
             r->cause.mistake ? "; " : "; in the gradient of the gradient",
             rg_cause_text(&r->cause, cause));
}

static void show_op(const rg_op *op, const op_result *r)
{
    char text[1024] = "";
    if (!rg_check_examples(op))
        snprintf(text, sizeof text, "it has no example to be checked on");
    else if (r->verdict == RG_FAIL)
        failure_words(op, r, text, sizeof text);
    else
        snprintf(text, sizeof text, "%d cases, %d cannot tell, %d untested", r->cases, r->unsure,
                 r->untested);
    diag_plain(stdout, op->name, strlen(op->name), term_utf8());
    printf(": %s: ", rg_verdict_text(r->verdict));
    diag_plain(stdout, text, strlen(text), term_utf8());
    putchar('\n');
}

static void json_op(json *j, const rg_op *op, const op_result *r)
{
    char text[1024];
    json_key(j, op->name, strlen(op->name));
    json_open(j, '{');
    json_text(j, "verdict", rg_verdict_text(r->verdict));
    json_count(j, "cases", r->cases);
    json_count(j, "failed", r->failed);
    json_count(j, "unsure", r->unsure);
    json_count(j, "untested", r->untested);
    if (r->verdict == RG_FAIL) {
        failure_words(op, r, text, sizeof text);
        json_text(j, "why", text);
    }
    if (r->cases) {
        json_key(j, "worst", 5);
        json_finding(j, &r->worst);
    }
    json_close(j, '}');
}

static rg_verdict check_ops(const rg_op *const *op, const args *a)
{
    uint64_t seed = args_has(a, OPT_SEED) ? (uint64_t)a->opt[OPT_SEED].number : 0;
    bool as_json = args_has(a, OPT_JSON);
    rg_verdict all = op[0] ? RG_PASS : RG_UNTESTED;
    json j = {.to = stdout};
    if (as_json) json_open(&j, '{'), json_key(&j, "ops", 3), json_open(&j, '{');
    for (int i = 0; op[i]; i++) {
        op_result r = check_one_op(op[i], seed);
        if (r.verdict > all) all = r.verdict;
        if (as_json)
            json_op(&j, op[i], &r);
        else
            show_op(op[i], &r);
    }
    if (as_json) {
        json_close(&j, '}');
        json_text(&j, "verdict", rg_verdict_text(all));
        json_close(&j, '}');
        putchar('\n');
    } else
        printf("verdict: %s\n", rg_verdict_text(all));
    return all;
}

int check_library(const args *a)
{
    diag d = {0};
    const char *file = a->opt[OPT_LIBRARY].text;
    void *library = load(file, &d);
    const rg_op *const *op = library ? ops_of(library, file, &d) : NULL;
    rg_verdict v = op ? check_ops(op, a) : RG_FAIL;
    int status = op ? EXIT_FINE : term_report(&d, ERROR);
    if (library) dlclose(library);
    if (!op) return status;
    return v == RG_FAIL || (v != RG_PASS && args_has(a, OPT_STRICT)) ? EXIT_FAILED : EXIT_FINE;
}
