/* resolve.c - what the names of a program mean. */
#include "resolve.h"
#include "lex.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct resolver {
    program *p;
    diag *d;
} resolver;

void nearest_offer(nearest *best, const char *name, size_t len, const char *candidate, size_t clen)
{
    int distance = edit_distance(name, len, candidate, clen);
    if (distance >= best->distance || (size_t)distance >= len) return;
    if (2 * (size_t)distance > len && *name != *candidate) return; /* of foo, cos has one letter */
    *best = (nearest){candidate, clen, distance};
}

/* ---- functions ------------------------------------------------------------ */

static bool unknown_function(resolver *r, uint32_t i)
{
    const name_entry *name = &r->p->names.entry[r->p->node[i].a];
    nearest best = {.distance = 3};
    diag_set(r->d, E_FUNCTION, r->p->src, program_mark(r->p, i), "unknown function");
    for (int f = 0; functions[f].name; f++)
        nearest_offer(&best, name->text, name->len, functions[f].name, strlen(functions[f].name));
    if (best.text)
        diag_help(r->d, "did you mean '%s'?", best.text);
    else
        diag_help(r->d,
                  "a product is written with *; 'retrograd help expressions' lists the functions");
    return false;
}

static bool bad_call(resolver *r, uint32_t i, span at, const char *text)
{
    char usage[FUNCTION_TEXT];
    const function *f = &functions[r->p->node[i].function];
    diag_set(r->d, E_ARGUMENT, r->p->src, at, "%s %s", f->name, text);
    diag_help(r->d, "it is called as %s", function_text(f, usage));
    return false;
}

/* The parameter that takes positional argument k, or -1. */
static int positional_param(const function *f, uint32_t k)
{
    int params = (int)strlen(f->kinds);
    if (f->kinds[0] == PARAM_TENSORS) return 0;
    if (f->kinds[params - 1] == PARAM_WHOLES && k >= (uint32_t)params - 1) return params - 1;
    return k < (uint32_t)params && f->kinds[k] != PARAM_KEYWORD ? (int)k : -1;
}

static int keyword_param(const function *f, const name_entry *name)
{
    for (int k = 0; f->kinds[k]; k++)
        if (strlen(f->param[k]) == name->len && !memcmp(f->param[k], name->text, name->len) &&
            f->kinds[k] != PARAM_TENSORS && f->kinds[k] != PARAM_WHOLES)
            return k;
    return -1;
}

static bool takes_many(char kind) { return kind == PARAM_TENSORS || kind == PARAM_WHOLES; }

/* Sort arguments by parameter. Without a resolver the call is known to be right. */
static bool sort_arguments(const program *p, uint32_t i, match *m, resolver *r)
{
    const ast *n = &p->node[i];
    const function *f = &functions[n->function];
    const ast_arg *arg = p->arg + n->b;
    bool keywords = false;
    *m = (match){{PARSE_NONE, PARSE_NONE, PARSE_NONE, PARSE_NONE}, 0, 0};
    for (uint32_t k = 1; k <= arg->value; k++) {
        bool named = arg[k].name != PARSE_NONE;
        int param =
            named ? keyword_param(f, &p->names.entry[arg[k].name]) : positional_param(f, k - 1);
        span at = named ? arg[k].at : program_span(p, arg[k].value);
        if (keywords && !named)
            return bad_call(r, i, at, "has a positional argument after a named one");
        keywords |= named;
        if (param < 0)
            return bad_call(r, i, at,
                            named ? "has no parameter of this name" : "has too many arguments");
        if (takes_many(f->kinds[param])) {
            if (m->count++ == 0) m->many = n->b + k;
            continue;
        }
        if (m->value[param] != PARSE_NONE) return bad_call(r, i, at, "gets this parameter twice");
        m->value[param] = arg[k].value;
    }
    return true;
}

void program_match(const program *p, uint32_t i, match *m) { sort_arguments(p, i, m, NULL); }

static bool check_value(resolver *r, uint32_t i, char kind, uint32_t value)
{
    const ast *v = &r->p->node[value];
    if (kind == PARAM_TENSOR || kind == PARAM_TENSORS || kind == PARAM_NUMBER) return true;
    if (!(v->flags & AST_CONSTANT))
        return bad_call(r, i, program_span(r->p, value), "needs a constant number here");
    if (kind != PARAM_CONSTANT && (v->number != floor(v->number) || fabs(v->number) >= INT32_MAX))
        return bad_call(r, i, program_span(r->p, value), "needs a whole number here");
    return true;
}

static bool check_call(resolver *r, uint32_t i)
{
    match m;
    const function *f = &functions[r->p->node[i].function];
    span name = program_mark(r->p, i);
    if (!sort_arguments(r->p, i, &m, r)) return false;
    for (int k = 0; f->kinds[k]; k++) {
        if (takes_many(f->kinds[k])) {
            if (m.count == 0 && k < f->least)
                return bad_call(r, i, name, "needs at least one argument");
            for (uint32_t j = 0; j < m.count; j++)
                if (!check_value(r, i, f->kinds[k], r->p->arg[m.many + j].value)) return false;
        } else if (m.value[k] == PARSE_NONE) {
            if (k < f->least) return bad_call(r, i, name, "has too few arguments");
        } else if (!check_value(r, i, f->kinds[k], m.value[k]))
            return false;
    }
    if (!strncmp(f->kinds, "ttk", 3) && m.value[1] != PARSE_NONE && m.value[2] != PARSE_NONE)
        return bad_call(r, i, name, "of two tensors is elementwise and takes no axis");
    return true;
}

/* ---- names ------------------------------------------------------------------ */

/* Find functions and free names, in the order of evaluation. row remembers the
 * function of each name: -1 not looked up yet. */
static bool look_up(resolver *r, int16_t *row, bool *bound)
{
    program *p = r->p;
    for (uint32_t i = 0; i < p->nodes; i++) {
        ast *n = &p->node[i];
        n->flags |= AST_NEEDED;
        if (n->kind == AST_BIND) bound[n->a] = true;
        if (n->kind == AST_NAME && !bound[n->a] && p->first_use[n->a] == PARSE_NONE)
            p->first_use[n->a] = i;
        if (n->kind != AST_CALL) continue;
        if (row[n->a] < 0)
            row[n->a] = (int16_t)function_find(p->names.entry[n->a].text, p->names.entry[n->a].len);
        if (row[n->a] < 0) return unknown_function(r, i);
        n->function = (uint8_t)row[n->a];
        if (!check_call(r, i)) return false;
    }
    return true;
}

/* ---- numbers that are not nodes ----------------------------------------------- */

static void not_needed(program *p, uint32_t i, bool whole_tree)
{
    if (whole_tree || (p->node[i].flags & AST_CONSTANT)) p->node[i].flags &= (uint8_t)~AST_NEEDED;
}

static void prune_call(program *p, uint32_t i, bool unneeded)
{
    match m;
    const function *f = &functions[p->node[i].function];
    program_match(p, i, &m);
    for (int k = 0; f->kinds[k]; k++)
        if (m.value[k] != PARSE_NONE && (unneeded || f->kinds[k] != PARAM_TENSOR))
            not_needed(p, m.value[k], unneeded);
    for (uint32_t j = 0; j < m.count; j++)
        if (unneeded || strchr(f->kinds, PARAM_WHOLES))
            not_needed(p, p->arg[m.many + j].value, unneeded);
}

/* From the outside in: exponents and parameters that are constants are numbers. */
static void prune_numbers(program *p)
{
    for (uint32_t i = p->nodes; i-- > 0;) {
        const ast *n = &p->node[i];
        bool unneeded = !(n->flags & AST_NEEDED);
        if (n->kind == AST_CALL) prune_call(p, i, unneeded);
        if (n->kind == AST_BINARY && (unneeded || n->op == OP_POW)) not_needed(p, n->b, unneeded);
        if (unneeded && (n->kind == AST_BINARY || n->kind == AST_NEGATE)) not_needed(p, n->a, true);
    }
}

bool program_resolve(program *p, diag *d)
{
    resolver r = {p, d};
    int16_t *row = memory_new(p->names.n, sizeof *row);
    bool *bound = memory_new(p->names.n, sizeof *bound);
    p->first_use = memory_new(p->names.n, sizeof *p->first_use);
    for (uint32_t i = 0; i < p->names.n; i++) {
        row[i] = -1;
        p->first_use[i] = PARSE_NONE;
    }
    bool ok = look_up(&r, row, bound);
    free(row);
    free(bound);
    if (ok) prune_numbers(p);
    return ok;
}
