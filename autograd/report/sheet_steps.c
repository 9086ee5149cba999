/* sheet_steps.c - the steps, one after the other: each is whole by itself, with a small
 * drawing, its rule, its numbers, and links to the step before and behind. */
#include "page.h"
#include "sheet.h"
#include <stdio.h>
#include <string.h>

/* ---- frames --------------------------------------------------------------------------------- */

static void begin_step(const rg_sheet *h, size_t n, const char *kind, const rg_node *y)
{
    rg_pen_put(h->p, "<li id=\"s%zu\" class=\"step %s\" data-g=\"%u\"", n, kind, (unsigned)y->id);
}

static void step_head(const rg_sheet *h, size_t n)
{
    rg_pen_put(h->p, "><h3><a href=\"#s%zu\">%zu</a> ", n, n);
}

static void end_step(const rg_sheet *h, size_t n)
{
    rg_pen_text(h->p, "<p class=\"turn\">");
    if (n > 1) rg_pen_put(h->p, "<a href=\"#s%zu\">previous</a> ", n - 1);
    if (n < h->steps) rg_pen_put(h->p, "<a href=\"#s%zu\">next</a>", n + 1);
    rg_pen_text(h->p, "</p></li>\n");
}

static void gate_head(const rg_sheet *h, const rg_node *y)
{
    rg_sheet_name(h, y);
    rg_pen_text(h->p, " = ");
    rg_sheet_formula(h, y);
}

/* ---- a number on a card ---------------------------------------------------------------------- */

/* role: u upstream, l local, d downstream, v value. A number is marked, so that it can be
 * computed again when an input changes. */
static void begin_card(const rg_sheet *h, char role, const char *what)
{
    rg_pen_put(h->p, "<div class=\"card %c\"><i>%s ", role, what);
}

static void end_card(const rg_sheet *h, const rg_node *x)
{
    rg_pen_text(h->p, "</i> <div class=\"num\">");
    rg_sheet_numbers(h, x);
    rg_pen_text(h->p, "</div></div>");
}

/* A sign, and the card behind it: they stay together where lines break. */
static void begin_joined(const rg_sheet *h, const char *sign)
{
    rg_pen_put(h->p, "<div class=\"join\"><span class=\"sign\">%s</span>", sign);
}
static void end_joined(const rg_sheet *h, const rg_node *x)
{
    end_card(h, x);
    rg_pen_text(h->p, "</div>");
}

/* ---- the small drawing ---------------------------------------------------------------------- */

static void draw_text(const rg_sheet *h, const char *kind, int x, int y, const char *text)
{
    rg_pen_put(h->p, "<text class=\"%s\" x=\"%d\" y=\"%d\">", kind, x, y);
    rg_html_text(h->p, text);
    rg_pen_text(h->p, "</text>");
}

/* A number; of a tensor its shape. NULL: nothing. */
static void draw_number(const rg_sheet *h, const char *kind, int x, const rg_node *v)
{
    char text[RG_TEXT] = "";
    if (v && v->layout->count == 1)
        rg_numbers_text(v, h->digits < 6 ? h->digits : 6, 20, text);
    else if (v)
        rg_sheet_shape(v, text);
    draw_text(h, kind, x, 42, text);
}

/* wire <-- [ op ] <-- gate: the way of one gradient through one gate. */
static void draw_gate(const rg_sheet *h, const rg_story_step *step, const rg_node *local)
{
    char g[RG_TEXT];
    rg_pen_text(
        h->p,
        "<svg class=\"mini\" viewBox=\"0 0 440 56\" aria-hidden=\"true\"><path class=\"back\" "
        "d=\"M318 28H272M168 28H122\"/><path class=\"tip\" d=\"M265 28l9 -5v10zM115 28l9 -5v10z\"/>"
        "<rect x=\"170\" y=\"6\" width=\"94\" height=\"44\" rx=\"9\"/>");
    draw_text(h, "op", 217, local ? 24 : 33, step->y->op->name);
    draw_number(h, "num l", 217, local);
    draw_text(h, "end", 108, 24, rg_gradient_name(h->s, rg_in(step->y, step->wire), g));
    draw_number(h, "end num d", 108, step->contribution);
    draw_text(h, "start", 326, 24, rg_gradient_name(h->s, step->y, g));
    draw_number(h, "start num u", 326, step->upstream);
    rg_pen_text(h->p, "</svg>");
}

/* ---- forward --------------------------------------------------------------------------------- */

static void remembers(const rg_sheet *h, const rg_node *y)
{
    rg_node *kept[RG_MOST_KEPT];
    uint32_t turn = h->s->wire[y->id].block;
    int n = turn ? rg_story_kept(h->s, &h->s->block[turn - 1], kept) : 0;
    for (int i = 0; i < n; i++) {
        rg_pen_text(h->p, i == 0      ? "<p class=\"rule\">remembered for the way back: "
                          : i + 1 < n ? ", "
                                      : " and ");
        rg_sheet_name(h, kept[i]);
    }
    if (n) rg_pen_text(h->p, "</p>");
}

static void forward_step(const rg_sheet *h, const rg_node *y)
{
    size_t n = h->forward[y->id];
    begin_step(h, n, "f", y);
    step_head(h, n);
    gate_head(h, y);
    rg_pen_text(h->p, "</h3><div class=\"eq\">");
    begin_card(h, 'v', "value");
    rg_sheet_name(h, y);
    end_card(h, y);
    rg_pen_text(h->p, "</div>");
    remembers(h, y);
    end_step(h, n);
}

static void seed_step(const rg_sheet *h)
{
    size_t n = h->gates + 1;
    begin_step(h, n, "seed", h->s->y);
    step_head(h, n);
    rg_sheet_gradient_name(h, h->s->y);
    rg_pen_text(h->p, " = 1</h3><p class=\"rule\">The way back begins at the output: it changes "
                      "by 1 when it changes by 1.</p>");
    end_step(h, n);
}

/* ---- backward ------------------------------------------------------------------------------- */

static void tell_why(const rg_sheet *h, const rg_story_step *step)
{
    const char *why = rg_story_why(step->y, step->wire);
    rg_pen_text(h->p, "<p class=\"rule\">");
    rg_html_put(h->p, "%s%s%.200s", step->y->op->name, why ? ": " : "", why ? why : "");
    if (step->y->op->section) {
        rg_pen_text(h->p, " <cite>notes ");
        rg_html_text(h->p, step->y->op->section);
        rg_pen_text(h->p, "</cite>");
    }
    rg_pen_text(h->p, "</p>");
}

/* Where a wire is paid several times: what it had, and what it has now. */
static void tell_running_sum(const rg_sheet *h, const rg_story_step *step)
{
    const rg_node *x = rg_in(step->y, step->wire);
    const rg_story_wire *w = rg_story_wire_of(h->s, x);
    if (w->parts < 2) return;
    rg_pen_put(h->p, "<p class=\"sum\">part %u of %u of ", (unsigned)step->part,
               (unsigned)w->parts);
    rg_sheet_gradient_name(h, x);
    if (step->before && step->before->layout->count == 1) {
        rg_pen_text(h->p, ": <b class=\"n-b\">");
        rg_sheet_numbers(h, step->before);
        rg_pen_text(h->p, "</b> + <b class=\"n-d\">");
        rg_sheet_numbers(h, step->contribution);
        rg_pen_text(h->p, "</b> = <b class=\"n-a\">");
        rg_sheet_numbers(h, step->after);
        rg_pen_text(h->p, "</b>");
    }
    rg_pen_put(h->p, "; it is %s</p>",
               step->part == w->parts ? "complete now: its gate may run" : "not complete yet");
}

static void factor_cards(const rg_sheet *h, const rg_story_step *step, const rg_node *local)
{
    char text[RG_TEXT];
    begin_card(h, 'u', "upstream");
    rg_sheet_gradient_name(h, step->y);
    end_card(h, step->upstream);
    begin_joined(h, step->y->layout->count == 1 ? "&times;" : "&#8857;");
    begin_card(h, 'l', "local");
    rg_html_text(h->p, rg_local_text(h->s, step, h->digits, text));
    end_joined(h, local);
}

/* dL/dv1 @ x^T, with the numbers of both where they are few. */
static void product_cards(const rg_sheet *h, const rg_story_step *step)
{
    char text[RG_TEXT], shapes[RG_TEXT];
    const rg_story_block *b = &h->s->block[rg_story_wire_of(h->s, step->y)->block - 1];
    const rg_node *c = step->contribution;
    const char *how = rg_formula_of_rule(h->s, b, c, h->digits, text);
    bool drawn = c->nin == 2 && c->origin == step->y && c->op->kind == RG_WHOLE &&
                 c->layout->count <= 64 && rg_in(c, 0)->layout->count <= 64 &&
                 rg_in(c, 1)->layout->count <= 64;
    if (!how) how = rg_local_text(h->s, step, h->digits, text);
    if (drawn) {
        begin_card(h, 'l', "");
        rg_html_put(h->p, "%s: %.100s", how, rg_formula_shapes(c, shapes));
        end_card(h, rg_in(c, 0));
        begin_joined(h, "@");
        begin_card(h, 'l', "&nbsp;");
        end_joined(h, rg_in(c, 1));
    } else {
        begin_card(h, 'u', "upstream");
        rg_sheet_gradient_name(h, step->y);
        end_card(h, step->upstream);
        begin_joined(h, "&rarr;");
        begin_card(h, 'l', "what the rule makes of it</i> <div class=\"num\"><small>");
        rg_html_text(h->p, how);
        rg_pen_text(h->p, "</small></div></div></div>");
    }
}

static void backward_step(const rg_sheet *h, size_t n, const rg_story_step *step, bool drawn)
{
    const rg_node *x = rg_in(step->y, step->wire);
    int64_t mark = rg_mark(h->s->t);
    const rg_node *local = step->y->op->kind == RG_ELEMENTWISE && step->contribution
                               ? rg_story_local(h->s, step->y, step->wire)
                               : NULL;
    begin_step(h, n, "b", step->y);
    rg_pen_put(h->p, " data-w=\"%d\" data-i=\"%u\"", step->wire,
               (unsigned)rg_story_root(h->s, x)->id);
    step_head(h, n);
    gate_head(h, step->y);
    rg_pen_text(h->p, ", back to ");
    rg_sheet_name(h, x);
    rg_pen_text(h->p, "</h3>");
    if (drawn) draw_gate(h, step, local);
    if (step->contribution) {
        rg_pen_text(h->p, "<div class=\"eq\">");
        if (local)
            factor_cards(h, step, local);
        else
            product_cards(h, step);
        begin_joined(h, "=");
        begin_card(h, 'd', "downstream");
        rg_sheet_gradient_name(h, x);
        end_joined(h, step->contribution);
        rg_pen_text(h->p, "</div>");
    }
    tell_why(h, step);
    if (step->contribution) tell_running_sum(h, step);
    rg_story_forget(h->s, mark);
    end_step(h, n);
}

/* ---- groups: a scope, or a round of a loop, forward or backward -------------------------- */

typedef struct step_list {
    const rg_sheet *h;
    int group; /* of the open list; of all rounds but the first the loop; 0: none */
    char way;  /* 'f' or 'b'; 0: no list is open                                  */
    bool folded;
} step_list;

/* The outermost round of a loop that a wire lies in, else the outermost scope; 0: none. */
static int group_of(const rg_outline *o, uint32_t id)
{
    int round = 0, scope = 0;
    for (int p = rg_outline_around(o, id); p; p = o->part[p].parent) {
        if (o->part[p].kind == RG_OUTLINE_ROUND) round = p;
        if (o->part[p].kind == RG_OUTLINE_SCOPE) scope = p;
    }
    return round ? round : scope;
}

static void end_group(step_list *l)
{
    if (!l->way) return;
    rg_pen_text(l->h->p, "</ol>\n");
    if (l->group) rg_pen_text(l->h->p, "</details>\n");
    l->way = 0;
}

/* "layer 1, round 3 of 64" */
static void group_title(const rg_sheet *h, int group)
{
    char text[RG_TEXT];
    const rg_outline_part *p = &h->o.part[group];
    if (p->kind == RG_OUTLINE_ROUND) {
        rg_html_text(h->p, rg_outline_title(&h->o, p->parent, text));
        rg_pen_text(h->p, ", ");
    }
    rg_html_text(h->p, rg_outline_title(&h->o, group, text));
}

/* The list that a step of wire id belongs to: rounds but the first are folded away. */
static void enter_group(step_list *l, uint32_t id, char way)
{
    const rg_outline *o = &l->h->o;
    int group = group_of(o, id);
    bool folded = o->part[group].kind == RG_OUTLINE_ROUND && o->part[group].rounds > 1;
    if (folded) group = o->part[group].parent;
    if (l->way == way && l->group == group && l->folded == folded) return;
    end_group(l);
    *l = (step_list){l->h, group, way, folded};
    if (group) {
        rg_pen_put(l->h->p, "<details class=\"group\"%s><summary>", l->folded ? "" : " open");
        group_title(l->h, group);
        if (folded) rg_pen_text(l->h->p, ", the other rounds");
        rg_pen_put(l->h->p, " <span class=\"way\">%s</span></summary>\n",
                   way == 'f' ? "forward" : "backward");
    }
    rg_pen_text(l->h->p, "<ol>\n");
}

void rg_sheet_steps(rg_sheet *h)
{
    size_t n = h->gates + 1, left_out = 0;
    step_list l = {.h = h};
    rg_pen_text(h->p, "<section id=\"steps\" aria-labelledby=\"steps-head\">\n<h2 "
                      "id=\"steps-head\">Steps</h2>\n");
    for (uint32_t id = 0; id < h->s->wires; id++) {
        if (!h->forward[id]) continue;
        enter_group(&l, id, 'f');
        forward_step(h, h->s->t->node[id]);
    }
    end_group(&l);
    rg_pen_text(h->p, "<ol>\n");
    seed_step(h);
    rg_pen_text(h->p, "</ol>\n");
    for (size_t b = 0; b < h->s->blocks; b++)
        for (size_t i = 0; i < h->s->block[b].steps; i++) {
            const rg_story_step *step = &h->s->step[h->s->block[b].first + i];
            if (++n > h->steps) {
                left_out++;
                continue;
            }
            enter_group(&l, step->y->id, 'b');
            backward_step(h, n, step, !l.folded);
        }
    end_group(&l);
    if (left_out)
        rg_pen_put(h->p,
                   "<p class=\"note\">%zu more steps are left out here; as JSON there are all of "
                   "them.</p>\n",
                   left_out);
    rg_pen_text(h->p, "</section>\n");
}
