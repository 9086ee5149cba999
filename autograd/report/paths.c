/* paths.c - the ways that lead from a wire to the output, one by one, while they are few: of
 * single numbers what each step multiplies by, of tensors what came along. */
#include "story.h"

typedef struct walk {
    rg_path path;
    void (*fn)(void *ud, const rg_path *p);
    void *ud;
} walk;

double rg_step_local(rg_story *s, const rg_story_step *step)
{
    int64_t mark = rg_mark(s->t);
    const rg_node *local = rg_story_local(s, step->y, step->wire);
    double v = local ? rg_entry(local, 0) : 0;
    rg_story_forget(s, mark);
    return v;
}

/* Every path from x on is of single numbers, and short enough for a line. */
static bool can_be_walked(const rg_story *s, const rg_node *x, int depth)
{
    if (x->layout->count != 1 || depth > RG_LONGEST_PATH) return false;
    for (uint32_t i = rg_story_wire_of(s, x)->first; i; i = s->step[i - 1].next)
        if (s->step[i - 1].y->nin > RG_WIRES ||
            !can_be_walked(s, rg_story_root(s, s->step[i - 1].y), depth + 1))
            return false;
    return true;
}

/* Multiplied as the backward pass does: what is zero carries nothing. */
static void finish_path(walk *w)
{
    w->path.product = 1;
    for (int i = w->path.depth; i-- > 0;) {
        w->path.local[i] = rg_step_local(w->path.s, w->path.step[i]);
        if (w->path.product != 0) w->path.product *= w->path.local[i];
    }
    w->fn(w->ud, &w->path);
}

static void walk_from(walk *w, const rg_node *x)
{
    rg_story *s = w->path.s;
    if (x == s->y) {
        finish_path(w);
        return;
    }
    for (uint32_t i = rg_story_wire_of(s, x)->first; i; i = s->step[i - 1].next) {
        w->path.step[w->path.depth++] = &s->step[i - 1];
        walk_from(w, rg_story_root(s, s->step[i - 1].y));
        w->path.depth--;
    }
}

bool rg_each_path(rg_story *s, const rg_node *x, void (*fn)(void *ud, const rg_path *p), void *ud)
{
    return rg_each_path_of(s, x, RG_MOST_PATHS, fn, ud);
}

bool rg_each_path_of(rg_story *s, const rg_node *x, double most,
                     void (*fn)(void *ud, const rg_path *p), void *ud)
{
    if (rg_story_wire_of(s, x)->paths > most || !can_be_walked(s, x, 0)) return false;
    walk w = {.path = {.s = s, .wire = x}, .fn = fn, .ud = ud};
    walk_from(&w, x);
    return true;
}

/* ---- ways of tensors ---------------------------------------------------------------------- */

typedef struct share_walk {
    rg_path path;
    rg_share_fn *fn; /* NULL: only to see whether it can be done */
    void *ud;
} share_walk;

/* What arrived at wire k of y, in the shape of the wire that it is an alias of. NULL: a rule
 * failed. */
static rg_node *share_of_root(const rg_story *s, rg_node *y, int k, rg_node *share)
{
    rg_node *x = rg_in(y, k);
    for (; share && s->wire[x->id].role == RG_ROLE_ALIAS; x = rg_in(x, 0))
        share = rg_story_pull(x, 0, share);
    return share;
}

/* The path ends with what its last gate paid: down from there by the rules of the others. */
static bool finish_share(share_walk *w)
{
    rg_story *s = w->path.s;
    int64_t mark = rg_mark(s->t);
    int i = w->path.depth - 1;
    rg_node *share = w->path.step[i]->contribution;
    share = share_of_root(s, w->path.step[i]->y, w->path.step[i]->wire, share);
    while (i-- > 0 && share) {
        const rg_story_step *step = w->path.step[i];
        share = rg_story_pull(step->y, step->wire, share);
        share = share_of_root(s, step->y, step->wire, share);
    }
    if (share && w->fn) w->fn(w->ud, &w->path, share);
    rg_story_forget(s, mark);
    return share != NULL;
}

/* No further than the last gate behind which there is but one way. */
static bool walk_shares(share_walk *w, const rg_node *x)
{
    const rg_story *s = w->path.s;
    bool fine = w->path.depth < RG_LONGEST_PATH;
    for (uint32_t i = rg_story_wire_of(s, x)->first; i && fine; i = s->step[i - 1].next) {
        if (!s->step[i - 1].contribution) continue;
        const rg_node *y = rg_story_root(s, s->step[i - 1].y);
        w->path.step[w->path.depth++] = &s->step[i - 1];
        fine = rg_story_wire_of(s, y)->paths > 1 ? walk_shares(w, y) : finish_share(w);
        w->path.depth--;
    }
    return fine;
}

bool rg_each_share(rg_story *s, const rg_node *x, rg_share_fn *fn, void *ud)
{
    enum { MOST = 8 };
    const rg_story_wire *w = rg_story_wire_of(s, x);
    share_walk look = {.path = {.s = s, .wire = x}}, tell = {look.path, fn, ud};
    if (w->paths > MOST || w->paths <= w->parts || !walk_shares(&look, x)) return false;
    return walk_shares(&tell, x);
}
