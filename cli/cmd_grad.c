/* cmd_grad.c - retrograd grad: the value of an expression and its derivatives. */
#define RG_NO_HERE
#include "command.h"
#include "expression.h"
#include "functional.h"
#include "json_out.h"
#include "memory.h"
#include "nonfinite.h"
#include "status.h"
#include "term.h"
#include "text_out.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct grad_run {
    const args *a;
    expression x;
    input upstream; /* of --upstream                                    */
    diag d;
    bool has_upstream, has_grads;
    double *value;
    rg_node **leaf;    /* of each input                                 */
    rg_node **grad;    /* of each input; NULL: absent                   */
    double **number;   /* the numbers of each gradient                  */
    double **jacobian; /* of each input                                 */
    double **hessian;  /* of each pair of inputs, row by row            */
} grad_run;

/* ---- reading what was asked ------------------------------------------------------ */

static bool read_request(grad_run *r)
{
    const char *text = r->a->opt[OPT_UPSTREAM].text;
    source src = {NULL, text, text ? strlen(text) : 0};
    r->has_upstream = text != NULL;
    if (text && !input_parse_value(&r->upstream, &src, 0, &r->d)) return false;
    return expression_read(&r->x, r->a, &r->d) && expression_load(&r->x, &r->d) &&
           input_load(&r->upstream, &r->d) && expression_record(&r->x, r->a, &r->d);
}

/* Can this output have what was asked for? */
static bool check_output(grad_run *r)
{
    char words[RG_TEXT];
    const expression *x = &r->x;
    rg_shape s = rg_shape_of(x->out), u = r->upstream.value.shape;
    if (r->has_upstream &&
        (u.rank != s.rank || memcmp(u.dim, s.dim, (size_t)s.rank * sizeof *s.dim) != 0)) {
        diag_set(&r->d, E_SHAPE, &r->upstream.src, (span){0, (uint32_t)r->upstream.src.len},
                 "--upstream must have the shape of the output, which is %s",
                 shape_words(s, words));
        diag_help(&r->d, "this is %s", shape_words(u, words));
        return false;
    }
    r->has_grads = r->has_upstream || rg_count_of(x->out) == 1;
    if (r->has_grads || (args_has(r->a, OPT_JACOBIAN) && !args_has(r->a, OPT_HESSIAN))) return true;
    diag_set(&r->d, E_SHAPE, &x->src, program_span(&x->p, program_root(&x->p)),
             "a gradient needs an output of one element; this is %s", shape_words(s, words));
    diag_help(&r->d, "reduce it with sum(...), or say --upstream VALUE or --jacobian");
    return false;
}

/* ---- computing --------------------------------------------------------------------- */

static double *numbers_of(rg_node *n, size_t count)
{
    double *v = memory_new(count, sizeof *v);
    if (n) rg_read(n, RG_F64, v, count);
    return v;
}

static size_t input_count(const grad_run *r, int i) { return r->x.in.item[i].value.count; }

static bool all_finite(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i])) return false;
    return true;
}

/* Gradients of all inputs; *finite: so are they. */
static rg_status compute_grads(grad_run *r, bool *finite)
{
    expression *x = &r->x;
    rg_node *seed = NULL;
    *finite = true;
    if (!r->has_grads) return RG_OK;
    if (r->has_upstream) {
        seed = rg_leaf(x->tape, x->dtype, r->upstream.value.shape);
        rg_write(seed, RG_F64, r->upstream.value.number, r->upstream.value.count);
    }
    rg_status s = rg_grad(x->out, seed, x->in.n, r->leaf, r->grad);
    for (int i = 0; i < x->in.n && !s; i++) {
        r->number[i] = numbers_of(r->grad[i], input_count(r, i));
        *finite = *finite && all_finite(r->number[i], input_count(r, i));
    }
    return s;
}

static rg_status compute_jacobian(grad_run *r)
{
    size_t out = (size_t)rg_count_of(r->x.out);
    for (int i = 0; i < r->x.in.n; i++)
        r->jacobian[i] = memory_new(out * input_count(r, i), sizeof(double));
    return rg_read_jacobian(r->x.out, r->x.in.n, r->leaf, r->jacobian);
}

/* The Jacobian of every gradient; an absent one has none. */
static rg_status compute_hessian(grad_run *r)
{
    int n = r->x.in.n;
    rg_status s = RG_OK;
    for (int i = 0; i < n && !s; i++) {
        double **row = r->hessian + (size_t)i * (size_t)n;
        for (int k = 0; k < n; k++)
            row[k] = memory_new(input_count(r, i) * input_count(r, k), sizeof(double));
        if (r->grad[i]) s = rg_read_jacobian(r->grad[i], n, r->leaf, row);
    }
    return s;
}

static bool compute(grad_run *r)
{
    expression *x = &r->x;
    size_t n = (size_t)x->in.n;
    bool finite, strict = args_has(r->a, OPT_STRICT);
    r->leaf = memory_new(n, sizeof *r->leaf);
    r->grad = memory_new(n, sizeof *r->grad);
    r->number = memory_new(n, sizeof *r->number);
    r->jacobian = memory_new(n, sizeof *r->jacobian);
    r->hessian = memory_new(n * n, sizeof *r->hessian);
    for (size_t i = 0; i < n; i++) r->leaf[i] = x->in.item[i].node;
    r->value = numbers_of(x->out, (size_t)rg_count_of(x->out));
    rg_status s = compute_grads(r, &finite);
    if (!s && !nonfinite_check(x, strict, !finite, &r->d)) return false;
    if (!s && args_has(r->a, OPT_JACOBIAN)) s = compute_jacobian(r);
    if (!s && args_has(r->a, OPT_HESSIAN)) s = compute_hessian(r);
    return !s || expression_error(x, PARSE_NONE, &r->d);
}

/* ---- showing ------------------------------------------------------------------------ */

/* Axes of a, then those of b. */
typedef struct joined {
    int rank;
    int64_t dim[2 * RG_MAX_RANK];
} joined;

static joined join_shapes(rg_shape a, rg_shape b)
{
    joined j = {a.rank + b.rank, {0}};
    memcpy(j.dim, a.dim, (size_t)a.rank * sizeof *a.dim);
    memcpy(j.dim + a.rank, b.dim, (size_t)b.rank * sizeof *b.dim);
    return j;
}

static rg_shape input_shape(const grad_run *r, int i) { return r->x.in.item[i].value.shape; }

static void key_of_input(json *j, const input *in) { json_key(j, in->name, in->len); }

static void json_grads(const grad_run *r, json *j)
{
    json_key(j, "grads", 5);
    json_open(j, '{');
    for (int i = 0; i < r->x.in.n && r->has_grads; i++) {
        rg_shape s = input_shape(r, i);
        key_of_input(j, &r->x.in.item[i]);
        json_numbers(j, r->x.dtype, s.rank, s.dim, r->number[i]);
    }
    json_close(j, '}');
    json_key(j, "absent", 6);
    json_open(j, '[');
    for (int i = 0; i < r->x.in.n && r->has_grads; i++)
        if (!r->grad[i]) json_words(j, r->x.in.item[i].name, r->x.in.item[i].len);
    json_close(j, ']');
}

static void json_jacobian(const grad_run *r, json *j)
{
    json_key(j, "jacobian", 8);
    json_open(j, '{');
    for (int i = 0; i < r->x.in.n; i++) {
        joined s = join_shapes(rg_shape_of(r->x.out), input_shape(r, i));
        key_of_input(j, &r->x.in.item[i]);
        json_numbers(j, r->x.dtype, s.rank, s.dim, r->jacobian[i]);
    }
    json_close(j, '}');
}

static void json_hessian(const grad_run *r, json *j)
{
    int n = r->x.in.n;
    json_key(j, "hessian", 7);
    json_open(j, '{');
    for (int i = 0; i < n; i++) {
        key_of_input(j, &r->x.in.item[i]);
        json_open(j, '{');
        for (int k = 0; k < n; k++) {
            joined s = join_shapes(input_shape(r, i), input_shape(r, k));
            key_of_input(j, &r->x.in.item[k]);
            json_numbers(j, r->x.dtype, s.rank, s.dim, r->hessian[(size_t)i * (size_t)n + (size_t)k]);
        }
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void show_json(const grad_run *r)
{
    json j = {.to = stdout};
    rg_shape s = rg_shape_of(r->x.out);
    json_open(&j, '{');
    json_key(&j, "value", 5);
    json_numbers(&j, r->x.dtype, s.rank, s.dim, r->value);
    json_grads(r, &j);
    if (args_has(r->a, OPT_HESSIAN)) json_hessian(r, &j);
    if (args_has(r->a, OPT_JACOBIAN)) json_jacobian(r, &j);
    json_close(&j, '}');
    fputc('\n', stdout);
}

/* "grad x    [1 2]": what it is, of which inputs, the numbers. NULL: absent. */
static void show_line(const grad_run *r, const char *what, const input *a, const input *b, joined s,
                      const double *v)
{
    int digits = args_has(r->a, OPT_DIGITS) ? (int)r->a->opt[OPT_DIGITS].number : 6;
    fputs(what, stdout);
    if (a) fputc(' ', stdout);
    if (a) diag_plain(stdout, a->name, a->len, term_utf8());
    if (b) fputc(' ', stdout);
    if (b) diag_plain(stdout, b->name, b->len, term_utf8());
    fputs(" = ", stdout);
    if (v)
        text_array(stdout, digits, s.rank, s.dim, v);
    else
        fputc('-', stdout);
    fputc('\n', stdout);
}

static void show_text(const grad_run *r)
{
    const input *in = r->x.in.item;
    int n = r->x.in.n;
    rg_shape none = rg_shape0(), out = rg_shape_of(r->x.out);
    show_line(r, "value", NULL, NULL, join_shapes(out, none), r->value);
    for (int i = 0; i < n && r->has_grads; i++)
        show_line(r, "grad", &in[i], NULL, join_shapes(input_shape(r, i), none),
                  r->grad[i] ? r->number[i] : NULL);
    for (int i = 0; i < n && args_has(r->a, OPT_JACOBIAN); i++)
        show_line(r, "jacobian", &in[i], NULL, join_shapes(out, input_shape(r, i)), r->jacobian[i]);
    for (int i = 0; i < n && args_has(r->a, OPT_HESSIAN); i++)
        for (int k = 0; k < n; k++)
            show_line(r, "hessian", &in[i], &in[k],
                      join_shapes(input_shape(r, i), input_shape(r, k)),
                      r->hessian[(size_t)i * (size_t)n + (size_t)k]);
}

/* ---- the command ---------------------------------------------------------------------- */

static void grad_run_free(grad_run *r)
{
    int n = r->leaf ? r->x.in.n : 0;
    for (int i = 0; i < n; i++) {
        free(r->number[i]);
        free(r->jacobian[i]);
    }
    for (int i = 0; i < n * n; i++) free(r->hessian[i]);
    free(r->value);
    free(r->leaf);
    free(r->grad);
    free(r->number);
    free(r->jacobian);
    free(r->hessian);
    literal_free(&r->upstream.value);
    expression_close(&r->x);
}

int cmd_grad(const args *a)
{
    grad_run r = {.a = a};
    int status = EXIT_FINE;
    if (!read_request(&r) || !check_output(&r) || !compute(&r))
        status = term_report(&r.d, ERROR);
    else if (args_has(a, OPT_JSON))
        show_json(&r);
    else
        show_text(&r);
    grad_run_free(&r);
    return status;
}
