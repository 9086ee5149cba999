/* place.c - from nodes of a tape back to the expression: who asked for them, and what
 * to say when they do not fit. */
#include "expression.h"
#include "functions.h"
#include "memory.h"
#include "resolve.h"
#include <stdio.h>

const char *shape_words(rg_shape s, char buf[RG_TEXT])
{
    char text[RG_TEXT];
    if (s.rank == 0) return "a scalar";
    snprintf(buf, RG_TEXT, "%s%s", s.rank == 1 ? "a vector of " : "", rg_shape_text(s, text));
    return buf;
}

uint32_t expression_place(const expression *x, const rg_node *n)
{
    while (n->origin) n = n->origin;
    uint32_t lo = 0, hi = x->p.nodes;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (x->end[mid] <= (int64_t)n->id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return rg_is_leaf(n) || lo == x->p.nodes ? PARSE_NONE : lo;
}

/* The operands of a node that are tensors, at most DIAG_LABELS. */
static int operands_of(const expression *x, uint32_t i, uint32_t out[DIAG_LABELS])
{
    const ast *n = &x->p.node[i];
    int found = 0;
    match m;
    switch (n->kind) {
    case AST_CALL:
        program_match(&x->p, i, &m);
        for (int k = 0; k < FUNCTION_PARAMS; k++)
            if (m.value[k] != PARSE_NONE) out[found++] = m.value[k];
        for (uint32_t j = 0; j < m.count && found < DIAG_LABELS; j++)
            out[found++] = x->p.arg[m.many + j].value;
        return found;
    case AST_BINARY:
        out[1] = n->b;
        out[0] = n->a;
        return 2;
    case AST_NEGATE:
    case AST_TRANSPOSE:
    case AST_INDEX:
        out[0] = n->a;
        return 1;
    default:
        return 0;
    }
}

static void label_operand(const expression *x, uint32_t i, diag *d)
{
    char words[RG_TEXT];
    const ast *n = &x->p.node[i];
    if (!x->value[i]) return;
    const char *shape = shape_words(rg_shape_of(x->value[i]), words);
    if (n->kind == AST_NAME) {
        const name_entry *name = &x->p.names.entry[n->a];
        diag_label(d, program_span(&x->p, i), "%.*s is %s", (int)(name->len < 20 ? name->len : 20),
                   name->text, shape);
    } else
        diag_label(d, program_span(&x->p, i), "this is %s", shape);
}

/* What would help with a product: the other factor on its side, if that fits. */
static void help_product(const expression *x, const ast *n, diag *d)
{
    rg_shape a = rg_shape_of(x->value[n->a]), b = rg_shape_of(x->value[n->b]);
    if (a.rank == 2 && b.rank == 2 && a.dim[1] == b.dim[1])
        diag_help(d, "with .T behind the right factor the inner sizes are %lld and %lld",
                  (long long)a.dim[1], (long long)b.dim[1]);
    else
        diag_help(d, "columns of the left factor must equal rows of the right one; .T transposes");
}

static void help_error(const expression *x, uint32_t at, diag *d)
{
    char text[FUNCTION_TEXT];
    const ast *n = &x->p.node[at];
    if (d->code == E_INDEX)
        diag_help(d, "axes, indices and labels count from 0");
    else if (d->code == E_SHAPE && n->kind == AST_CALL)
        diag_help(d, "it is called as %s", function_text(&functions[n->function], text));
    else if (d->code == E_SHAPE && n->kind == AST_BINARY && n->op == OP_MATMUL)
        help_product(x, n, d);
    else if (d->code == E_SHAPE)
        diag_help(d, "axes are compared from the last one: they must be equal, or one of them 1");
}

bool expression_error(const expression *x, uint32_t at, diag *d)
{
    const rg_error *e = rg_error_of(x->tape);
    uint32_t operand[DIAG_LABELS];
    if (e->status == RG_NOMEM) memory_die();
    if (at == PARSE_NONE)
        return diag_set(d, diag_code_of(e->status), NULL, (span){0, 0}, "backward: %s", e->text);
    diag_set(d, diag_code_of(e->status), &x->src, program_mark(&x->p, at), "%s", e->text);
    int n = operands_of(x, at, operand);
    for (int k = 0; k < n; k++) label_operand(x, operand[k], d);
    help_error(x, at, d);
    return false;
}
