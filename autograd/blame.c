/* blame.c - which node's rule is wrong: each is copied to a tape of its own, with its
 * inputs as leaves, and checked there. */
#include "internal.h"
#include "gradcheck.h"
#include "rerun.h"
#include <string.h>

enum { MADE_FROM_X = 1, NEEDED_BY_Y = 2 };

/* The nodes on a path from an x to y, by id. */
static void mark_between(rg_tape *t, unsigned char *mark, const rg_node *y, int n,
                         rg_node *const *x)
{
    memset(mark, 0, (size_t)y->id + 1);
    for (int k = 0; k < n; k++)
        if (x[k]->id <= y->id) mark[x[k]->id] = MADE_FROM_X;
    for (uint32_t id = 0; id <= y->id; id++)
        for (int k = 0; k < t->node[id]->nin; k++)
            mark[id] |= mark[rg_in(t->node[id], k)->id] & MADE_FROM_X;
    mark[y->id] |= NEEDED_BY_Y;
    for (uint32_t id = y->id + 1; id-- > 0;)
        for (int k = 0; k < t->node[id]->nin && (mark[id] & NEEDED_BY_Y); k++)
            mark[rg_in(t->node[id], k)->id] |= NEEDED_BY_Y;
}

static bool is_float(const rg_node *n)
{
    return n->layout->dtype == RG_F32 || n->layout->dtype == RG_F64;
}

/* The different inputs of a node that may carry a gradient; wire[i] is the first that
 * has input i. */
static int own_inputs(const rg_node *n, rg_node **in, int *wire)
{
    int found = 0;
    for (int k = 0; k < n->nin; k++) {
        bool fresh = is_float(rg_in(n, k));
        for (int i = 0; i < found; i++) fresh &= in[i] != rg_in(n, k);
        if (!fresh) continue;
        wire[found] = k;
        in[found++] = rg_in(n, k);
    }
    return found;
}

typedef struct suspect { /* room for the inputs of one node */
    rg_node **in;
    int *wire;
    rg_finding *found;
} suspect;

/* Checks one node; *guilty says whether a finding failed, which is then in *f. */
static rg_status try_node(rg_node *n, const rg_check_how *how, suspect *s, bool *guilty,
                          rg_finding *f)
{
    int nx = own_inputs(n, s->in, s->wire);
    rg_rerun r;
    rg_report report;
    rg_status status = rg_rerun_open(&r, 1, &n, nx, s->in, false);
    rg_node *y = status ? NULL : rg_rerun_of(&r, n);
    if (y && !rg_is_leaf(y)) {
        for (int k = 0; k < nx; k++) s->in[k] = rg_rerun_of(&r, s->in[k]);
        status = rg_check_graph(y, nx, s->in, how, s->found, &report);
        for (int k = 0; k < nx && !status && !*guilty; k++) {
            if (s->found[k].verdict != RG_FAIL) continue;
            *guilty = true;
            *f = s->found[k];
            f->input = s->wire[k];
        }
        if (!status && !*guilty && report.verdict == RG_FAIL) {
            *guilty = true;
            *f = report.values.verdict == RG_FAIL ? report.values : report.together;
        }
    }
    rg_rerun_close(&r);
    return status;
}

static rg_status room_for_inputs(rg_tape *t, int nin, suspect *s, size_t *bytes)
{
    size_t n = (size_t)nin;
    *bytes = n * (sizeof *s->found + sizeof *s->in + sizeof *s->wire);
    char *p = rg_scratch(t, *bytes);
    if (!p) return RG_NOMEM;
    s->found = (rg_finding *)(void *)p;
    s->in = (rg_node **)(void *)(s->found + n);
    s->wire = (int *)(void *)(s->in + n);
    return RG_OK;
}

static rg_status try_all(rg_tape *t, const unsigned char *mark, const rg_node *y,
                         const rg_check_how *how, rg_node **node, rg_finding *f)
{
    for (uint32_t id = 0; id <= y->id && !*node; id++) {
        rg_node *n = t->node[id];
        if (mark[id] != (MADE_FROM_X | NEEDED_BY_Y) || !n->nin || !is_float(n)) continue;
        suspect s;
        size_t bytes;
        bool guilty = false;
        rg_status status = room_for_inputs(t, n->nin, &s, &bytes);
        if (status) return status;
        status = try_node(n, how, &s, &guilty, f);
        rg_scratch_free(t, s.found, bytes);
        if (status) return status;
        if (guilty) *node = n;
    }
    return RG_OK;
}

rg_status rg_check_blame(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                         rg_node **node, rg_finding *found)
{
    rg_tape *t = rg_tape_of(y);
    *node = NULL;
    if (!t || t->error.status) return t ? t->error.status : RG_USAGE;
    rg_status s = rg_eval(y);
    size_t bytes = (size_t)y->id + 1;
    unsigned char *mark = s ? NULL : rg_scratch(t, bytes);
    if (!mark) return t->error.status;
    mark_between(t, mark, y, n, x);
    s = try_all(t, mark, y, how, node, found);
    rg_scratch_free(t, mark, bytes);
    return s;
}
