/* program.c - the list of nodes that an expression becomes. */
#include "memory.h"
#include "parse.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double fold(ast_op op, double a, double b)
{
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_DIV:
        return a / b;
    case OP_POW:
        return pow(a, b);
    default:
        return NAN;
    }
}

/* Operators on numbers give numbers; nothing else does. */
static void fold_node(const program *p, ast *n)
{
    if (n->kind == AST_NEGATE) {
        n->flags = p->node[n->a].flags & AST_CONSTANT;
        n->number = -p->node[n->a].number;
    }
    if (n->kind != AST_BINARY || n->op > OP_POW || n->op == OP_MATMUL) return;
    const ast *a = &p->node[n->a], *b = &p->node[n->b];
    n->flags = a->flags & b->flags & AST_CONSTANT;
    if (n->flags) n->number = fold((ast_op)n->op, a->number, b->number);
}

uint32_t program_add(program *p, ast n)
{
    fold_node(p, &n);
    p->node = memory_grow(p->node, &p->node_cap, (size_t)p->nodes + 1, sizeof *p->node);
    p->node[p->nodes] = n;
    return p->nodes++;
}

void program_free(program *p)
{
    for (uint32_t i = 0; i < p->literals; i++) literal_free(&p->literal[i]);
    free(p->node);
    free(p->arg);
    free(p->index);
    free(p->first_use);
    free(p->literal);
    names_free(&p->names);
    *p = (program){0};
}

uint32_t program_root(const program *p) { return p->nodes - 1; }

const char *ast_op_text(ast_op op)
{
    static const char *const text[] = {"+", "-",  "*", "/",  "@",  "^",
                                       "<", "<=", ">", ">=", "==", "!="};
    return text[op];
}

span program_span(const program *p, uint32_t i) { return (span){p->node[i].at, p->node[i].len}; }

/* From the bracket to its end, one character behind the last index. */
static span index_mark(const program *p, const ast *n)
{
    const index_item *item = &p->index[n->b];
    while (!item->last) item++;
    return (span){n->mark, item->at.at + item->at.len + 1 - n->mark};
}

span program_mark(const program *p, uint32_t i)
{
    const ast *n = &p->node[i];
    switch (n->kind) {
    case AST_NEGATE:
        return (span){n->mark, 1};
    case AST_BINARY:
        return (span){n->mark, (uint32_t)strlen(ast_op_text(n->op))};
    case AST_CALL:
        return (span){n->mark, p->names.entry[n->a].len};
    case AST_TRANSPOSE:
        return (span){n->mark, 2};
    case AST_INDEX:
        return index_mark(p, n);
    default:
        return program_span(p, i);
    }
}
