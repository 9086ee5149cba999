/* joints.c - gradients that are not added up: found from the output downward, as the
 * first node at which the whole gradient is wrong. */
#include "internal.h"
#include "joints.h"
#include "look.h"

enum { JOINT_WAYS = 2 };

rg_status rg_check_ways(rg_node *y, int n, rg_node *const *x, const rg_check_how *how, int ways,
                        rg_finding *f)
{
    rg_probe p = {.n = n, .chance = {how->seed, 0}, .grad = how->grad};
    rg_status s = rg_probe_open(&p, y, x);
    if (!s) rg_look_along(&p, RG_ALL_TOGETHER, how->directions > 0 ? how->directions : ways, f);
    rg_status starved = rg_probe_close(&p);
    return s ? s : starved;
}

/* ---- what arrives, against what each consumer sends ---------------------------------- */

/* What consumer alone sends to x when g arrives at it: its rule, and nothing else. */
static rg_node *sent_by(rg_node *consumer, const rg_node *x, rg_node *g)
{
    unsigned char wanted[RG_WIRES] = {0};
    rg_node *out[RG_WIRES] = {0}, *sum = NULL;
    if (consumer->nin > RG_WIRES || !consumer->op->vjp || !g) return NULL;
    for (int k = 0; k < consumer->nin; k++) wanted[k] = rg_in(consumer, k) == x;
    consumer->op->vjp(consumer, g, wanted, out);
    for (int k = 0; k < consumer->nin; k++)
        if (wanted[k] && out[k])
            sum = sum ? rg_apply(&rg_op_add, 2, (rg_node *[]){sum, out[k]}, NULL) : out[k];
    return sum;
}

/* Of two f64 nodes of one shape: equal but for rounding, and not all 0. */
static rg_status compare_nodes(rg_tape *t, rg_node *a, rg_node *b, bool *equal)
{
    size_t n = (size_t)a->layout->count;
    double *v = rg_scratch(t, 2 * n * sizeof *v), largest = 0, off = 0;
    if (!v) return RG_NOMEM;
    rg_status s = rg_read(a, RG_F64, v, n);
    if (!s) s = rg_read(b, RG_F64, v + n, n);
    for (size_t i = 0; i < n && !s; i++) {
        largest = rg_wider(largest, fabs(v[i]));
        off = rg_wider(off, fabs(v[i] - v[n + i]));
    }
    *equal = !s && largest > 0 && off <= 1e-9 * largest;
    rg_scratch_free(t, v, 2 * n * sizeof *v);
    return s;
}

static bool feeds(const rg_node *x, const rg_node *consumer)
{
    for (int k = 0; k < consumer->nin; k++)
        if (rg_in(consumer, k) == x) return true;
    return false;
}

/* On the tape of a copy: the consumer whose part alone is what arrives at x; NULL: none. */
static rg_status find_winner(rg_grad_fn *grad, rg_node *y, rg_node *x, rg_node **winner)
{
    rg_tape *t = rg_owner(y);
    rg_node *seed = rg_const(t, RG_F64, rg_shape_of(y), 1), *arrived, *g;
    int64_t end = y->id;
    rg_status s = grad(y, seed, 1, &x, &arrived);
    *winner = NULL;
    for (int64_t id = (int64_t)x->id + 1; id <= end && !s && arrived && !*winner; id++) {
        rg_node *c = t->node[id];
        bool equal = false;
        if (!feeds(x, c)) continue;
        s = grad(y, seed, 1, &c, &g);
        rg_node *part = s ? NULL : sent_by(c, x, g);
        if (part && t->error.status) s = t->error.status;
        if (part && !s) s = compare_nodes(t, part, arrived, &equal);
        if (equal) *winner = c;
    }
    return s;
}

static rg_status explain_joint(rg_node *y, rg_node *x, const rg_check_how *how, rg_cause *cause)
{
    rg_rerun r;
    rg_node *winner = NULL;
    rg_status s = rg_rerun_open(&r, 1, &y, 1, &x, true);
    rg_node *to = s ? NULL : rg_rerun_of(&r, y), *from = to ? rg_rerun_of(&r, x) : NULL;
    if (from) s = find_winner(how->grad ? how->grad : rg_grad, to, from, &winner);
    *cause = (rg_cause){.mistake = winner ? RG_OVERWRITTEN : RG_NOT_ADDED_UP};
    for (int64_t id = 0; id < r.nodes && winner; id++)
        if (r.copy[id] == winner) cause->other = id;
    rg_rerun_close(&r);
    return s;
}

/* ---- from the output downward -------------------------------------------------------- */

rg_status rg_find_joint(rg_node *y, const unsigned char *mark, unsigned char between,
                        const rg_check_how *how, rg_node_finding *f)
{
    rg_tape *t = rg_owner(y);
    rg_status s = RG_OK;
    *f = (rg_node_finding){0};
    for (uint32_t id = y->id; id-- > 0 && !s && !f->node;) {
        rg_finding found = {0};
        rg_node *x = t->node[id];
        if (mark[id] != between) continue;
        s = rg_check_ways(y, 1, &x, how, JOINT_WAYS, &found);
        if (s || found.verdict != RG_FAIL) continue;
        *f = (rg_node_finding){.node = x, .verdict = RG_FAIL, .finding = found};
        s = explain_joint(y, x, how, &f->cause);
    }
    return s;
}
