/* gradcheck.c - the check of a recorded graph: a finding for every input, for all of
 * them together, and for the values. */
#include "internal.h"
#include "gradcheck.h"
#include "judge.h"
#include "look.h"

enum { ELEMENTS = 32, DIRECTIONS = 4 }; /* the defaults of rg_check_how */

static rg_status usable(rg_tape *t, int n, rg_node *const *x)
{
    if (!t) return RG_USAGE;
    for (int k = 0; k < n; k++)
        if (rg_tape_of(x[k]) != t)
            rg_fail(t, RG_USAGE, NULL, "check: input %d is NULL or of another tape", k + 1);
    if (n < 1) rg_fail(t, RG_USAGE, NULL, "check: with respect to nothing");
    return t->error.status;
}

/* Where no path leads and nothing moves, all is well; but that alone is no pass. */
static void add_verdict(rg_report *r, const rg_finding *f, bool *any)
{
    if (f->absent && f->verdict == RG_UNTESTED) return;
    *any = true;
    if (f->verdict > r->verdict) r->verdict = f->verdict;
}

static rg_status find_out(rg_probe *c, const rg_check_how *how, rg_finding *found, rg_report *r)
{
    rg_status s = RG_OK;
    bool any = false;
    rg_look_at_values(c, &r->values);
    if (r->values.verdict >= RG_CANNOT_TELL) add_verdict(r, &r->values, &any);
    for (int k = 0; k < c->n && !s; k++) {
        rg_finding one, *f = found ? &found[k] : &one;
        s = rg_look_at_elements(c, k, how->elements > 0 ? how->elements : ELEMENTS, f);
        if (!s) add_verdict(r, f, &any);
    }
    rg_look_along(c, RG_ALL_TOGETHER, how->directions > 0 ? how->directions : DIRECTIONS,
                  &r->together);
    add_verdict(r, &r->together, &any);
    if (!any) r->verdict = RG_UNTESTED;
    return s;
}

rg_status rg_check_graph(rg_node *y, int n, rg_node *const *x, const rg_check_how *how,
                         rg_finding *found, rg_report *r)
{
    static const rg_check_how defaults = {0};
    rg_tape *t = rg_tape_of(y);
    rg_status s = usable(t, n, x);
    if (!how) how = &defaults;
    *r = (rg_report){.seed = how->seed};
    if (s) return s;
    rg_probe c = {.n = n, .chance = {how->seed, 0}, .grad = how->grad};
    s = rg_probe_open(&c, y, x);
    if (!s) s = find_out(&c, how, found, r);
    rg_status starved = rg_probe_close(&c);
    return rg_owned_up(t, s ? s : starved);
}
