/* expression.c - an expression and its inputs, from the command line. */
#define RG_NO_HERE
#include "expression.h"
#include "build.h"
#include "memory.h"
#include "resolve.h"
#include "term.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- where the expression comes from ------------------------------------------ */

/* All of f, but no more than one byte above the limit. False: errno says why. */
static bool read_all(FILE *f, char **text, size_t *len)
{
    size_t cap = 0;
    *text = NULL;
    *len = 0;
    for (;;) {
        *text = memory_grow(*text, &cap, *len + 65536, 1);
        size_t n = fread(*text + *len, 1, 65535, f);
        *len += n;
        (*text)[*len] = 0;
        if (n == 0 || *len > SOURCE_MOST) return !ferror(f);
    }
}

static bool read_file(expression *x, const char *path, diag *d)
{
    FILE *f = fopen(path, "rb");
    x->src.name = path;
    bool ok = f && read_all(f, &x->text, &x->src.len);
    if (!ok) diag_set(d, E_READ, NULL, (span){0, 0}, "%s: %s", path, strerror(errno));
    if (f) fclose(f);
    x->src.text = x->text;
    return ok;
}

static bool read_stdin(expression *x, diag *d)
{
    x->src.name = "stdin";
    if (!read_all(stdin, &x->text, &x->src.len))
        return diag_set(d, E_READ, NULL, (span){0, 0}, "stdin: %s", strerror(errno));
    x->src.text = x->text;
    return true;
}

/* The argument that is the expression: the one that begins with '-', else the first
 * that is left, unless it comes from a file. *words moves behind it. */
static bool find_argument(const args *a, const char **text, int *words, diag *d)
{
    bool file = args_has(a, OPT_FILE);
    *words = 0;
    *text = a->expression;
    if (file && a->expression)
        return diag_set(d, E_USAGE, NULL, (span){0, 0}, "an expression and --file: %.60s",
                        a->expression);
    if (file || a->expression) return true;
    if (a->words > 0) {
        *text = a->word[(*words)++];
        return true;
    }
    diag_set(d, E_USAGE, NULL, (span){0, 0}, "an expression is missing");
    diag_help(d, "write it as one argument: 'x^2 + 1' x=3");
    return false;
}

/* ---- names ---------------------------------------------------------------------- */

static bool unknown_name(const expression *x, uint32_t k, diag *d)
{
    const name_entry *name = &x->p.names.entry[k];
    nearest best = {.distance = 3};
    diag_set(d, E_NAME, &x->src, program_span(&x->p, x->p.first_use[k]), "unknown name");
    for (int i = 0; i < x->in.n; i++)
        nearest_offer(&best, name->text, name->len, x->in.item[i].name, x->in.item[i].len);
    for (uint32_t i = 0; i < x->p.nodes; i++) {
        if (x->p.node[i].kind != AST_BIND) continue;
        const name_entry *bound = &x->p.names.entry[x->p.node[i].a];
        nearest_offer(&best, name->text, name->len, bound->text, bound->len);
    }
    int n = (int)(name->len < 40 ? name->len : 40);
    if (best.text && best.distance == 0)
        diag_help(d, "a name is bound before it is used");
    else if (function_find(name->text, name->len) >= 0)
        diag_help(d, "'%.*s' is a function: write %.*s(...)", n, name->text, n, name->text);
    else if (best.text)
        diag_help(d, "did you mean '%.*s'?", (int)best.len, best.text);
    else
        diag_help(d, "give it a value: %.*s=1 behind the expression", n, name->text);
    return false;
}

/* Every name must be an input or bound before; of several unknown ones, the first. */
static bool check_free_names(expression *x, diag *d)
{
    uint32_t worst = PARSE_NONE;
    for (uint32_t k = 0; k < x->p.names.n; k++) {
        uint32_t use = x->p.first_use[k];
        if (use == PARSE_NONE) continue;
        int64_t i = names_find(&x->in.names, x->p.names.entry[k].text, x->p.names.entry[k].len);
        if (i >= 0)
            x->in.item[i].used = true;
        else if (worst == PARSE_NONE || use < x->p.first_use[worst])
            worst = k;
    }
    return worst == PARSE_NONE || unknown_name(x, worst, d);
}

/* ---- the steps -------------------------------------------------------------------- */

bool expression_read(expression *x, const args *a, diag *d)
{
    const char *text;
    int words;
    *x = (expression){.dtype = args_has(a, OPT_DTYPE) && a->opt[OPT_DTYPE].choice == 0 ? RG_F32
                                                                                       : RG_F64};
    if (!find_argument(a, &text, &words, d)) return false;
    if (!inputs_parse(&x->in, a->words - words, a->word + words, d)) return false;
    if (!text ? !read_file(x, a->opt[OPT_FILE].text, d) : !strcmp(text, "-") && !read_stdin(x, d))
        return false;
    if (text && !x->text) x->src = (source){NULL, text, strlen(text)};
    return program_parse(&x->p, &x->src, d) && program_resolve(&x->p, d) && check_free_names(x, d);
}

bool expression_load(expression *x, diag *d) { return inputs_load(&x->in, d); }

/* A leaf with the numbers of an input, and its name. */
static void record_input(expression *x, input *in)
{
    in->node = rg_leaf(x->tape, x->dtype, in->value.shape);
    rg_write(in->node, RG_F64, in->value.number, in->value.count);
    char *name = memory_new(in->len + 1, 1);
    memcpy(name, in->name, in->len);
    rg_name(in->node, name);
    free(name);
}

bool expression_record_as(expression *x, const rg_config *cfg, diag *d)
{
    x->tape = rg_tape_new(cfg);
    if (!x->tape) memory_die();
    for (int i = 0; i < x->in.n; i++) {
        record_input(x, &x->in.item[i]);
        if (rg_error_of(x->tape)->status)
            memory_die(); /* the numbers were read: nothing else can fail */
    }
    return build_program(x, d);
}

bool expression_record(expression *x, const args *a, diag *d)
{
    rg_config cfg = {0};
    cfg.seed = args_has(a, OPT_SEED) ? (uint64_t)a->opt[OPT_SEED].number : 0;
    cfg.strict_ties = args_has(a, OPT_TIES) && a->opt[OPT_TIES].choice == 1;
    for (int i = 0; i < x->in.n; i++) {
        const input *in = &x->in.item[i];
        if (!in->used) term_note("%.*s is not used by the expression", (int)in->len, in->name);
    }
    return expression_record_as(x, &cfg, d);
}

/* ---- what explain and quiz need ------------------------------------------------------ */

rg_node **expression_leaves(const expression *x)
{
    rg_node **leaf = memory_new((size_t)x->in.n, sizeof *leaf);
    for (int i = 0; i < x->in.n; i++) leaf[i] = x->in.item[i].node;
    return leaf;
}

void expression_name_statements(expression *x)
{
    for (uint32_t i = 0; i < x->p.nodes; i++) {
        if (x->p.node[i].kind != AST_BIND || !x->value[i] || rg_name_of(x->value[i])) continue;
        const name_entry *bound = &x->p.names.entry[x->p.node[i].a];
        char *name = memory_new(bound->len + 1, 1);
        memcpy(name, bound->text, bound->len);
        rg_name(x->value[i], name);
        free(name);
    }
}

bool expression_one_number(const expression *x, const char *what, diag *d)
{
    char words[RG_TEXT];
    if (x->in.n == 0) {
        diag_set(d, E_USAGE, NULL, (span){0, 0}, "there is no input whose gradient can be %s", what);
        diag_help(d, "give a number a name: 'x^2' x=3");
        return false;
    }
    if (rg_count_of(x->out) == 1) return true;
    diag_set(d, E_SHAPE, &x->src, program_span(&x->p, program_root(&x->p)),
             "only an output of one element is %s; this is %s", what,
             shape_words(rg_shape_of(x->out), words));
    diag_help(d, "reduce it with sum(...), or take one element: (...)[0]");
    return false;
}

void expression_close(expression *x)
{
    rg_tape_free(x->tape);
    program_free(&x->p);
    inputs_free(&x->in);
    free(x->end);
    free(x->value);
    free(x->text);
    *x = (expression){0};
}
