/* check_hard.c - the gradient check on functions that are hard to check, right and wrong.
 * Each is checked in f64 and f32 as it is; then six kinds of wrong gradient take the place
 * of the right one. A right one that fails is a false alarm, a wrong one that passes a miss;
 * one that is equal to the right one, such as a factor on 0, is equivalent and listed.
 *
 *   check_hard FILE [--each]    the functions (hard_functions.txt); --each: every verdict
 *   check_hard FILE N           no more than N false alarms and misses are expected; usually 0
 *
 * Exit 1 after more. */
#define RG_NO_HERE
#include "expression.h"
#include "gradcheck.h"
#include "ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- wrong gradients ----------------------------------------------------------------- */

static rg_node *off_a_little(rg_node *g) { return rg_scale(g, 1.0005); }
static rg_node *off_by_1_percent(rg_node *g) { return rg_scale(g, 1.01); }
static rg_node *with_other_sign(rg_node *g) { return rg_neg(g); }
static rg_node *all_0(rg_node *g) { return rg_scale(g, 0); }

static rg_node *flat(rg_node *g) { return rg_reshape(g, rg_shape1(rg_count_of(g))); }

static rg_node *one_entry_more(rg_node *g)
{
    rg_node *f = flat(g), *first = rg_slice(f, 0, 0, 1, 1);
    rg_node *more = rg_pad(rg_scale(first, .5), 0, 0, 1, rg_count_of(g));
    return rg_reshape(rg_add(f, more), rg_shape_of(g));
}

static rg_node *next_one(rg_node *g)
{
    int64_t n = rg_count_of(g);
    rg_node *f = flat(g), *part[] = {rg_slice(f, 0, 1, n - 1, 1), rg_slice(f, 0, 0, 1, 1)};
    return rg_reshape(rg_concat(2, part, 0), rg_shape_of(g));
}

static const struct fault {
    const char *name;
    rg_node *(*plant)(rg_node *g);
    bool of_table; /* one of the five of the small set */
} faults[] = {{"times 1.0005", off_a_little, true},     {"times 1.01", off_by_1_percent, true},
              {"sign flipped", with_other_sign, true}, {"zero", all_0, true},
              {"one entry times 1.5", one_entry_more, true}, {"off by one", next_one, false}};

enum { FAULTS = sizeof faults / sizeof *faults };

static const struct fault *fault;
static bool equivalent;

/* The gradients of one upstream, all numbers: equal but for rounding. */
static bool equal_numbers(rg_node *a, rg_node *b)
{
    double *v, most = 0, off = 0;
    size_t n = (size_t)rg_count_of(a);
    if (!(v = malloc(2 * n * sizeof *v))) exit(2);
    rg_read(a, RG_F64, v, n);
    rg_read(b, RG_F64, v + n, n);
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(v[n + i]));
        off = fmax(off, fabs(v[i] - v[n + i]));
    }
    free(v);
    return off <= 1e-14 * most;
}

static rg_status wrong_grad(rg_node *y, rg_node *seed, int n, rg_node *const *x, rg_node **out)
{
    rg_status s = rg_grad(y, seed, n, x, out);
    if (s || !out[0]) return s;
    rg_node *right = out[0];
    out[0] = fault->plant(right);
    equivalent = equal_numbers(out[0], right);
    return rg_error_of(rg_tape_of(y))->status;
}

/* ---- functions ----------------------------------------------------------------------- */

enum { LINE = 400, VALUE = 400000 };

typedef struct function {
    char class[20], text[LINE], value[VALUE]; /* value: "x=..." */
} function;

static char *trimmed(char *s)
{
    char *end = s + strlen(s);
    while (*s == ' ') s++;
    while (end > s && (end[-1] == ' ' || end[-1] == '\n')) *--end = 0;
    return s;
}

/* "x=#3x4" as the literal of sin(1) to sin(12). */
static void write_numbers(const char *shape, char *to)
{
    char *x;
    long rows = strtol(shape, &x, 10), cols = *x == 'x' ? strtol(x + 1, NULL, 10) : 0;
    to += sprintf(to, "x=[");
    for (long i = 0; i < (cols ? rows * cols : rows); i++)
        to += sprintf(to, "%s%.17g", i == 0 ? "" : cols && i % cols == 0 ? "; " : " ",
                      sin((double)(i + 1)));
    sprintf(to, "]");
}

/* False: not a function, but a comment or nothing. */
static bool read_function(char *line, function *f)
{
    char *text = strchr(line, '|'), *value = text ? strchr(text + 1, '|') : NULL;
    if (*line == '#' || !value) return false;
    *text = *value = 0;
    snprintf(f->class, sizeof f->class, "%s", trimmed(line));
    snprintf(f->text, sizeof f->text, "%s", trimmed(text + 1));
    value = trimmed(value + 1);
    if (value[2] == '#')
        write_numbers(value + 3, f->value);
    else
        snprintf(f->value, sizeof f->value, "%s", value);
    return true;
}

static void open_function(const function *f, rg_dtype d, expression *x)
{
    char text[LINE], value[16] = "--dtype=f64", *word[] = {text, (char *)f->value, value};
    args a;
    diag why = {0};
    snprintf(text, sizeof text, "%s", f->text);
    if (d == RG_F32) snprintf(value, sizeof value, "--dtype=f32");
    bool ok = args_parse(&a, 3, word, OPTIONS_EXPRESSION, &why) && expression_read(x, &a, &why) &&
              expression_load(x, &why) && expression_record(x, &a, &why);
    if (!ok) {
        fprintf(stderr, "%s: %s\n", f->text, why.text);
        exit(2);
    }
    args_free(&a);
}

/* ---- counting ------------------------------------------------------------------------ */

typedef struct count {
    int right, alarms, right_unsure, right_untested;
    int wrong, failed, unsure, missed, equivalent;
    double seconds; /* of the checks of right ones */
} count;

static bool each;

static void tell(const function *f, rg_dtype d, const char *what, rg_verdict v, double seconds)
{
    if (each || (fault ? v < RG_CANNOT_TELL : v == RG_FAIL) || equivalent)
        printf("%s | %s | %s | %s | %s | %.6f\n", f->class, f->text, rg_dtype_text(d), what,
               equivalent && v != RG_FAIL ? "equivalent" : rg_verdict_text(v), seconds);
}

static void count_right(count *c, rg_verdict v, double seconds)
{
    c->right++;
    c->alarms += v == RG_FAIL;
    c->right_unsure += v == RG_CANNOT_TELL;
    c->right_untested += v == RG_UNTESTED;
    c->seconds += seconds;
}

static void count_wrong(count *c, rg_verdict v)
{
    c->wrong++;
    c->failed += v == RG_FAIL;
    c->equivalent += v != RG_FAIL && equivalent;
    c->unsure += v == RG_CANNOT_TELL && !equivalent;
    c->missed += v < RG_CANNOT_TELL && !equivalent;
}

static rg_verdict check_one(const function *f, const expression *x, double *seconds)
{
    rg_report r;
    rg_finding found;
    rg_node *leaf = x->in.item[0].node;
    rg_check_how how = {.grad = fault ? wrong_grad : NULL};
    clock_t start = clock();
    if (rg_check_graph(x->out, 1, &leaf, &how, &found, &r)) {
        fprintf(stderr, "%s: %s\n", f->text, rg_error_of(x->tape)->text);
        exit(2);
    }
    *seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    return r.verdict;
}

static void check_function(const function *f, rg_dtype d, count *all, count *table)
{
    expression x = {0};
    double seconds;
    bool small = d == RG_F64 && (!strcmp(f->class, "table") || !strcmp(f->class, "tie"));
    open_function(f, d, &x);
    fault = NULL;
    equivalent = false;
    rg_verdict v = check_one(f, &x, &seconds);
    count_right(all, v, seconds);
    if (small) count_right(table, v, seconds);
    tell(f, d, "right", v, seconds);
    for (int i = 0; i < FAULTS; i++) {
        fault = &faults[i];
        v = check_one(f, &x, &seconds);
        count_wrong(all, v);
        if (small && fault->of_table && !strcmp(f->class, "table")) count_wrong(table, v);
        tell(f, d, fault->name, v, seconds);
    }
    expression_close(&x);
}

static void conclude(const char *name, const count *c)
{
    printf("%s: %d right: %d false alarms, %d cannot tell, %d untested; %d wrong: %d fail, %d cannot "
           "tell, %d equivalent, %d missed; %.3f s for the right ones\n",
           name, c->right, c->alarms, c->right_unsure, c->right_untested, c->wrong, c->failed,
           c->unsure, c->equivalent, c->missed, c->seconds);
}

int main(int argc, char **argv)
{
    static function f;
    static char line[LINE];
    count table = {0}, all[RG_DTYPES] = {{0}};
    FILE *in = argc > 1 ? fopen(argv[1], "r") : NULL;
    each = argc > 2 && !strcmp(argv[2], "--each");
    int expected = argc > 2 && !each ? atoi(argv[2]) : 0;
    if (!in) return fprintf(stderr, "usage: check_hard FILE [--each | N]\n"), 2;
    while (fgets(line, sizeof line, in)) {
        if (!read_function(line, &f)) continue;
        check_function(&f, RG_F64, &all[RG_F64], &table);
        check_function(&f, RG_F32, &all[RG_F32], &table);
    }
    fclose(in);
    conclude("table, f64", &table);
    conclude("all, f64", &all[RG_F64]);
    conclude("all, f32", &all[RG_F32]);
    int bad = all[RG_F64].alarms + all[RG_F64].missed + all[RG_F32].alarms + all[RG_F32].missed;
    return bad > expected;
}
