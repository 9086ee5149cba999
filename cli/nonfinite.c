/* nonfinite.c - where finite numbers went in and inf or nan came out. */
#include "nonfinite.h"
#include "term.h"
#include "provenance.h"
#include <math.h>
#include <string.h>

enum { NOTES = 8 };

/* Element i of a tensor, counted row by row. */
static double element_at(const rg_tensor *t, int64_t i)
{
    double v;
    char raw[sizeof v];
    rg_pack(raw, t, i, 1);
    rg_convert(&v, RG_F64, raw, t->dtype, 1);
    return v;
}

/* What people call the function or operator at node i. */
static void name_of_place(const expression *x, uint32_t i, char buf[64])
{
    const ast *n = &x->p.node[i];
    const name_entry *name = n->kind == AST_CALL ? &x->p.names.entry[n->a] : NULL;
    if (name)
        snprintf(buf, 64, "%.*s", (int)name->len, name->text);
    else
        snprintf(buf, 64, "%s", n->kind == AST_BINARY ? ast_op_text(n->op) : "this");
}

/* " (element 0,2)" of a tensor, nothing for a scalar. */
static void element_words(const rg_node *n, int64_t i, char *buf, size_t room)
{
    rg_shape s = rg_shape_of(n);
    int64_t at[RG_MAX_RANK];
    size_t used = 0;
    for (int k = s.rank; k-- > 0; i /= s.dim[k]) at[k] = i % s.dim[k];
    buf[0] = 0;
    for (int k = 0; k < s.rank && used < room; k++)
        used += (size_t)snprintf(buf + used, room - used, "%s%lld", k ? "," : " (element ",
                                 (long long)at[k]);
    if (s.rank && used < room) snprintf(buf + used, room - used, ")");
}

/* "log gives nan for -1 (element 0,2)" */
static void describe(const expression *x, const rg_node *n, int64_t bad, diag *d)
{
    uint32_t i = expression_place(x, n);
    rg_tensor t = rg_peek(n);
    char name[64], where[200], from[160] = "";
    size_t used = 0;
    name_of_place(x, i, name);
    element_words(n, bad, where, sizeof where);
    if (n->origin) used += (size_t)snprintf(from, sizeof from, ": %.40s", n->op->name);
    for (int k = 0; n->op->kind == RG_ELEMENTWISE && k < n->nin && used < sizeof from; k++) {
        rg_tensor in = rg_peek(rg_in(n, k));
        used += (size_t)snprintf(from + used, sizeof from - used, "%s%g", k ? " and " : " for ",
                                 element_at(&in, bad));
    }
    double v = element_at(&t, bad);
    const char *result = isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
    diag_set(d, E_NONFINITE, &x->src, program_mark(&x->p, i), "%s%s gives %s%s%s",
             n->origin ? "the gradient of " : "", name, result, from, where);
}

/* Nodes first..last-1, most notes of them. How many there were. */
static int look_through(const expression *x, int64_t first, int64_t last, int most, bool show,
                        diag *d)
{
    int found = 0;
    for (int64_t id = first; id < last; id++) {
        const rg_node *n = rg_node_at(x->tape, id);
        int64_t at = n->nin ? rg_made_nonfinite(n) : -1;
        if (at < 0 || expression_place(x, n) == PARSE_NONE) continue;
        if (++found > most) continue;
        diag note = {0};
        describe(x, n, at, show ? &note : d);
        if (show)
            term_report(&note, NOTE);
        else
            diag_help(d, "without --strict the result is shown, with a note");
    }
    return found;
}

bool nonfinite_check(const expression *x, bool strict, bool gradients, diag *d)
{
    int64_t forward = x->end[program_root(&x->p)], all = rg_mark(x->tape);
    int found = look_through(x, 0, forward, NOTES, !strict, d);
    if (found > NOTES && !strict) term_note("%d more such places", found - NOTES);
    if (gradients) look_through(x, forward, all, 1, !strict, d);
    return d->code == 0;
}

bool nonfinite_first(const expression *x, char text[NONFINITE_TEXT])
{
    for (int64_t id = 0; id < x->end[program_root(&x->p)]; id++) {
        const rg_node *n = rg_node_at(x->tape, id);
        rg_tensor t = rg_peek(n);
        for (int64_t i = 0; i < rg_count_of(n); i++) {
            double v = element_at(&t, i);
            if (isfinite(v)) continue;
            const char *name = rg_name_of(n);
            snprintf(text, NONFINITE_TEXT, "%.40s is %g", name ? name : n->op->name, isnan(v) ? fabs(v) : v);
            return true;
        }
    }
    return false;
}
