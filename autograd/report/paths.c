/* paths.c - the ways that lead from a wire to the output, one by one, while they are few. */
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
