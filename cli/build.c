/* build.c - from a program to nodes on a tape. The program is in order of evaluation,
 * so this is one walk along it. */
#define RG_NO_HERE
#include "build.h"
#include "memory.h"
#include "resolve.h"
#include <stdlib.h>
#include <string.h>

typedef struct builder {
    expression *x;
    rg_node **bound; /* what each name stands for now */
    diag *d;
} builder;

static rg_node *constant(const builder *b, double v)
{
    return rg_const(b->x->tape, b->x->dtype, rg_shape0(), v);
}

static rg_node *build_literal(const builder *b, const literal *v)
{
    rg_node *leaf = rg_leaf(b->x->tape, b->x->dtype, v->shape);
    rg_write(leaf, RG_F64, v->number, v->count);
    return leaf;
}

/* ---- operators -------------------------------------------------------------------- */

static rg_node *build_binary(const builder *b, const ast *n)
{
    static rg_node *(*const record[])(rg_node *, rg_node *) = {rg_add,    rg_sub, rg_mul, rg_div,
                                                               rg_matmul, rg_pow, rg_lt,  rg_le,
                                                               rg_gt,     rg_ge,  rg_eq,  rg_ne};
    rg_node *left = b->x->value[n->a];
    const ast *right = &b->x->p.node[n->b];
    if (n->op == OP_POW && (right->flags & AST_CONSTANT)) return rg_powc(left, right->number);
    return record[n->op](left, b->x->value[n->b]);
}

static bool index_error(const builder *b, const index_item *item, int64_t at, int64_t size)
{
    diag_set(b->d, E_INDEX, &b->x->src, item->at,
             "index %lld is out of range: this axis has %lld element%s", (long long)at,
             (long long)size, size == 1 ? "" : "s");
    diag_help(b->d, "the first is 0, the last is -1; a:b may reach from 0 to %lld",
              (long long)size);
    return false;
}

/* One index along an axis; *axis moves on unless the axis is gone. NULL: out of range. */
static rg_node *build_index_item(const builder *b, rg_node *x, const index_item *item, int *axis)
{
    int64_t size = rg_shape_of(x).dim[*axis];
    int64_t from = item->has_from ? item->from : 0, to = item->has_to ? item->to : size;
    if (from < 0) from += size;
    if (to < 0) to += size;
    if (!item->slice) {
        if (from < 0 || from >= size) return index_error(b, item, item->from, size), NULL;
        return rg_index(x, *axis, from);
    }
    if (from < 0 || from > size) return index_error(b, item, item->from, size), NULL;
    if (to < 0 || to > size) return index_error(b, item, item->to, size), NULL;
    if (to < from) {
        diag_set(b->d, E_INDEX, &b->x->src, item->at,
                 "the slice ends at %lld, before it begins at %lld", (long long)to,
                 (long long)from);
        return NULL;
    }
    ++*axis;
    return from == 0 && to == size ? x : rg_slice(x, *axis - 1, from, to - from, 1);
}

static rg_node *build_index(const builder *b, const ast *n)
{
    rg_node *y = b->x->value[n->a];
    const index_item *item = &b->x->p.index[n->b];
    int rank = rg_shape_of(y).rank, axis = 0;
    for (int k = 0;; k++, item++) {
        if (k >= rank) {
            diag_set(b->d, E_INDEX, &b->x->src, item->at, "index %d of a tensor with %d ax%s",
                     k + 1, rank, rank == 1 ? "is" : "es");
            diag_help(b->d, "one index for each axis, from the outermost");
            return NULL;
        }
        y = build_index_item(b, y, item, &axis);
        if (!y || item->last) return y;
    }
}

/* ---- calls ------------------------------------------------------------------------ */

static void fill_slot(const builder *b, const function *f, uint32_t value, int k, slot *s)
{
    *s = (slot){NULL, f->standard[k], false};
    if (value == PARSE_NONE) return;
    s->given = true;
    if (b->x->p.node[value].flags & AST_NEEDED)
        s->node = b->x->value[value];
    else
        s->number = b->x->p.node[value].number;
}

static rg_node *build_call(const builder *b, uint32_t i)
{
    const program *p = &b->x->p;
    const function *f = &functions[p->node[i].function];
    call c = {.tape = b->x->tape, .dtype = b->x->dtype};
    match m;
    program_match(p, i, &m);
    for (int k = 0; f->kinds[k]; k++) fill_slot(b, f, m.value[k], k, &c.slot[k]);
    rg_node **tensor = memory_new(m.count, sizeof *tensor);
    int64_t *whole = memory_new(m.count, sizeof *whole);
    for (uint32_t j = 0; j < m.count; j++) {
        uint32_t value = p->arg[m.many + j].value;
        tensor[j] = b->x->value[value];
        whole[j] = (int64_t)p->node[value].number;
    }
    if (strchr(f->kinds, PARAM_WHOLES))
        c.wholes = (int)m.count;
    else
        c.tensors = (int)m.count;
    c.tensor = tensor;
    c.whole = whole;
    rg_node *y = function_call(f, &c);
    free(tensor);
    free(whole);
    return y;
}

/* ---- the walk ----------------------------------------------------------------------- */

static rg_node *build_node(builder *b, uint32_t i)
{
    const ast *n = &b->x->p.node[i];
    switch ((ast_kind)n->kind) {
    case AST_NUMBER:
        return constant(b, n->number);
    case AST_NAME:
        return b->bound[n->a];
    case AST_LITERAL:
        return build_literal(b, &b->x->p.literal[n->a]);
    case AST_NEGATE:
        return rg_neg(b->x->value[n->a]);
    case AST_BINARY:
        return build_binary(b, n);
    case AST_CALL:
        return build_call(b, i);
    case AST_TRANSPOSE:
        return rg_transpose(b->x->value[n->a]);
    case AST_INDEX:
        return build_index(b, n);
    case AST_BIND:
        return b->bound[n->a] = b->x->value[n->b];
    }
    return NULL;
}

static void bind_inputs(builder *b)
{
    const names *all = &b->x->p.names;
    for (uint32_t k = 0; k < all->n; k++) {
        int64_t i = names_find(&b->x->in.names, all->entry[k].text, all->entry[k].len);
        if (i >= 0) b->bound[k] = b->x->in.item[i].node;
    }
}

static bool build_all(builder *b)
{
    expression *x = b->x;
    for (uint32_t i = 0; i < x->p.nodes; i++) {
        if (x->p.node[i].flags & AST_NEEDED) x->value[i] = build_node(b, i);
        if (b->d->code) return false;
        if (rg_error_of(x->tape)->status) return expression_error(x, i, b->d);
        x->end[i] = rg_mark(x->tape);
    }
    x->out = x->value[program_root(&x->p)];
    return true;
}

bool build_program(expression *x, diag *d)
{
    builder b = {x, memory_new(x->p.names.n, sizeof *b.bound), d};
    x->value = memory_new(x->p.nodes, sizeof *x->value);
    x->end = memory_new(x->p.nodes, sizeof *x->end);
    bind_inputs(&b);
    bool ok = build_all(&b);
    free(b.bound);
    return ok;
}
