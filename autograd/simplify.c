/* simplify.c - the algebra of plans, as far as it keeps bits: an op met twice with the
 * same inputs and attributes is one; an op of repeated numbers is computed once, now; an
 * op that would hand on its input is left out. */
#include "simplify.h"
#include <string.h>

/* ---- the same again? ------------------------------------------------------------- */

static uint64_t hashed(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

static uint64_t hash_item(const rg_item *v)
{
    uint64_t h = hashed((uint64_t)(uintptr_t)v->op, (uint64_t)(uintptr_t)v->layout);
    for (int k = 0; k < v->nin; k++) {
        h = hashed(h, v->in[k].item);
        h = hashed(h, (uint64_t)v->in[k].offset);
    }
    for (int i = 0; v->attr && i < RG_ATTR_INTS; i++) h = hashed(h, (uint64_t)v->attr->i[i]);
    for (int i = 0; v->attr && i < RG_ATTR_REALS; i++) {
        uint64_t bits;
        memcpy(&bits, &v->attr->f[i], sizeof bits);
        h = hashed(h, bits);
    }
    return h;
}

static bool same_item(const rg_item *a, const rg_item *b)
{
    if (a->op != b->op || a->layout != b->layout || a->nin != b->nin || !a->attr != !b->attr)
        return false;
    for (int k = 0; k < a->nin; k++)
        if (a->in[k].item != b->in[k].item || a->in[k].offset != b->in[k].offset ||
            a->in[k].layout != b->in[k].layout)
            return false;
    return !a->attr || !memcmp(a->attr, b->attr, sizeof *a->attr);
}

uint32_t rg_find_twin(rg_twins *w, const rg_item *item, uint32_t v)
{
    for (size_t at = hash_item(&item[v]) & (w->slots - 1);; at = (at + 1) & (w->slots - 1)) {
        if (w->table[at] == RG_NOWHERE) return w->table[at] = v;
        if (same_item(&item[w->table[at]], &item[v])) return w->table[at];
    }
}

/* ---- an elementwise op in disguise ----------------------------------------------- */

static const rg_op *plain_op(const rg_plan *p, const rg_item *v)
{
    rg_tensor in[RG_WIRES];
    for (const rg_plain_form *f = rg_plain_forms; f->op; f++) {
        if (f->op != v->op) continue;
        for (int k = 0; k < v->nin; k++) in[k] = rg_link_window(p, &v->in[k]);
        return f->applies(in) ? f->same : NULL;
    }
    return NULL;
}

/* x repeated along the axes where y has more elements. NULL: no memory. */
static const rg_layout *repeated_to(rg_tape *t, const rg_layout *x, const rg_layout *y)
{
    int64_t stride[RG_MAX_RANK];
    rg_shape s = {.rank = y->rank};
    memcpy(s.dim, y->dim, sizeof s.dim);
    for (int i = 0; i < y->rank; i++) stride[i] = x->dim[i] == y->dim[i] ? x->stride[i] : 0;
    return rg_layout_get(t, x->dtype, &s, stride);
}

rg_status rg_make_plain(rg_plan *p, rg_item *v)
{
    const rg_op *same = p->cfg.plain ? NULL : plain_op(p, v);
    if (!same) return RG_OK;
    for (int k = 0; k < v->nin; k++) {
        const rg_layout *wide = repeated_to(p->t, v->in[k].layout, v->layout);
        if (!wide) return rg_refuse(p->t, RG_NOMEM, v->op, "compile: out of memory");
        v->in[k].layout = wide;
    }
    v->op = same;
    return RG_OK;
}

/* ---- constants ------------------------------------------------------------------- */

bool rg_is_constant(const rg_plan *p, const rg_link *l)
{
    return p->item[l->item].source == RG_FROM_CONSTANT && rg_is_repeat(l->layout);
}

bool rg_fold(rg_plan *p, rg_item *v)
{
    const void *in[RG_WIRES];
    if (v->op->kind != RG_ELEMENTWISE || p->cfg.plain || v->layout->count == 0) return false;
    for (int k = 0; k < v->nin; k++) {
        if (!rg_is_constant(p, &v->in[k])) return false;
        in[k] = p->item[v->in[k].item].data;
    }
    char *number = rg_plan_get(p, 1, rg_dtype_size(v->layout->dtype));
    if (!number) return false;
    v->op->tile[v->in[0].layout->dtype](1, number, in, v->attr);
    v->source = RG_FROM_CONSTANT;
    v->stored = true;
    v->data = number;
    v->filled = 1;
    return true;
}

/* ---- units ----------------------------------------------------------------------- */

static bool is_unit(const rg_plan *p, const rg_op *op, int wire, const rg_link *l)
{
    double v;
    if (!rg_is_constant(p, l)) return false;
    rg_convert(&v, RG_F64, p->item[l->item].data, l->layout->dtype, 1);
    for (const rg_unit *u = rg_units; u->op; u++)
        if (u->op == op && u->wires >> wire & 1 && u->unit == v) return true;
    return false;
}

/* An op whose attribute makes it do nothing. */
static bool does_nothing(const rg_item *v)
{
    for (const rg_unit *u = rg_units; u->op; u++)
        if (u->op == v->op && !u->wires && u->unit == v->attr->f[0]) return true;
    return false;
}

/* A sum over axes of one number each. */
static bool folds_nothing(const rg_item *v)
{
    const rg_op *const *f = rg_folds;
    while (*f && *f != v->op) f++;
    return *f && v->layout->count == v->in[0].layout->count && v->layout->count > 0;
}

/* The input that is handed on, or -1. */
static int handed_on(const rg_plan *p, const rg_item *v)
{
    if (v->nin == 1) return does_nothing(v) || folds_nothing(v) ? 0 : -1;
    for (int k = 0; k < v->nin && v->nin == 2; k++)
        if (is_unit(p, v->op, k, &v->in[k])) return 1 - k;
    return -1;
}

bool rg_hands_on(const rg_plan *p, const rg_item *v, rg_link *to)
{
    if (p->cfg.plain || p->cfg.keep) return false;
    int k = handed_on(p, v);
    if (k < 0) return false;
    const rg_layout *x = v->in[k].layout;
    if (x != v->layout && !(x->dense && v->layout->dense && x->count == v->layout->count))
        return false;
    *to = v->in[k];
    to->layout = v->layout;
    return true;
}
