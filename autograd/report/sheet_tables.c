/* sheet_tables.c - what surrounds the steps: sums at fan-in, the result beside its numerical
 * check, all wires in words, and the lines of the program. */
#include "page.h"
#include "sheet.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void rg_sheet_section(const rg_sheet *h, const char *id, const char *head)
{
    rg_pen_put(h->p,
               "<section id=\"%s\" aria-labelledby=\"%s-head\">\n<h2 id=\"%s-head\">%s</h2>\n", id,
               id, id, head);
}

/* ---- the ledger ------------------------------------------------------------------------------ */

static void ledger_along(const rg_sheet *h, const rg_path *path)
{
    rg_pen_text(h->p, "<tr><td>");
    rg_sheet_name(h, path->wire);
    for (int i = 0; i < path->depth; i++) {
        rg_pen_text(h->p, " &rarr; ");
        rg_sheet_name(h, path->step[i]->y);
    }
    rg_pen_text(h->p, "</td><td>");
}

static void ledger_route(void *ud, const rg_path *path)
{
    const rg_sheet *h = ud;
    char text[RG_LABEL];
    ledger_along(h, path);
    for (int i = 0; i < path->depth; i++)
        rg_pen_put(h->p, "%s%s", i ? " &times; " : "",
                   rg_number_text(path->local[i], h->digits, text));
    rg_pen_put(h->p, "</td><td class=\"r\">%s</td></tr>\n",
               rg_number_text(path->product, h->digits, text));
}

static void ledger_share(void *ud, const rg_path *path, const rg_node *share)
{
    const rg_sheet *h = ud;
    ledger_along(h, path);
    rg_pen_text(h->p, "</td><td class=\"r\">");
    rg_sheet_numbers(h, share);
    rg_pen_text(h->p, "</td></tr>\n");
}

static void ledger_parts(const rg_sheet *h, const rg_story_wire *w)
{
    for (uint32_t i = w->first; i; i = h->s->step[i - 1].next) {
        const rg_story_step *step = &h->s->step[i - 1];
        rg_pen_text(h->p, "<tr><td>from ");
        rg_sheet_name(h, step->y);
        rg_pen_text(h->p, "</td><td></td><td class=\"r\">");
        rg_sheet_numbers(h, step->contribution);
        rg_pen_text(h->p, "</td></tr>\n");
    }
}

static void ledger_account(rg_sheet *h, const rg_node *x)
{
    const rg_story_wire *w = rg_story_wire_of(h->s, x);
    char paths[RG_LABEL], products[RG_LABEL];
    rg_pen_put(h->p, "<table class=\"account\" id=\"w%u\"><caption>", (unsigned)x->id);
    rg_sheet_name(h, x);
    rg_pen_put(h->p, " is used %u times; %s paths lead from it to ", (unsigned)w->parts,
               rg_count_text(w->paths, paths));
    rg_sheet_name(h, h->s->y);
    if (w->paths > RG_MOST_PATHS)
        rg_pen_put(h->p, ", and the way back needs %s products",
                   rg_count_text((double)h->s->products, products));
    rg_pen_text(
        h->p,
        "</caption>\n<thead><tr><th scope=\"col\">along</th><th scope=\"col\">factors</th><th "
        "scope=\"col\">arrives</th></tr></thead>\n");
    if (!rg_each_path(h->s, x, ledger_route, h) &&
        (x->layout->count == 1 || !rg_each_share(h->s, x, ledger_share, h)))
        ledger_parts(h, w);
    rg_pen_text(h->p, "<tr class=\"total\"><th scope=\"row\">");
    rg_sheet_gradient_name(h, x);
    rg_pen_text(h->p, "</th><td>the sum</td><td class=\"r\">");
    rg_sheet_numbers(h, w->gradient);
    rg_pen_text(h->p, "</td></tr></table>\n");
}

static void tell_accounts(rg_sheet *h)
{
    enum { MOST = 50 };
    int told = 0;
    for (uint32_t id = 0; id < h->s->wires; id++) {
        const rg_story_wire *w = &h->s->wire[id];
        if (w->role < RG_ROLE_INPUT || w->parts < 2) continue;
        if (!told) {
            rg_sheet_section(h, "ledger", "Ledger");
            rg_pen_text(
                h->p,
                "<p class=\"note\">A wire gets one gradient along each path; they add.</p>\n<div "
                "class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"ledger-head\">");
        }
        if (told++ < MOST) ledger_account(h, h->s->t->node[id]);
    }
    if (told > MOST) rg_pen_put(h->p, "<p class=\"note\">and %d more wires</p>\n", told - MOST);
    if (told) rg_pen_text(h->p, "</div></section>\n");
}

/* ---- the result ------------------------------------------------------------------------------ */

static void result_row(const rg_sheet *h, rg_secants *c, int i, int64_t entry)
{
    static const char *const word[] = {[RG_AGREES] = "agrees",
                                       [RG_DIFFERS] = "DIFFERS",
                                       [RG_AT_CORNER] = "a corner: two slopes",
                                       [RG_NO_VALUE] = "no value"};
    const rg_node *x = h->s->x[i];
    rg_slopes at = rg_secants_at(c, entry);
    double g = rg_entry(h->s->gradient[i], entry);
    char a[RG_LABEL], b[RG_LABEL], name[RG_TEXT];
    rg_agreement v = rg_judge_gradient(x, g, &at);
    rg_pen_text(h->p, "<tr><th scope=\"row\">");
    rg_html_text(h->p, x->layout->count > 1 ? rg_entry_name(h->s, x, entry, name)
                                            : rg_story_name(h->s, x, h->digits, name));
    rg_pen_put(h->p, "</th><td class=\"r\"%s", x->layout->count == 1 ? "" : ">");
    if (x->layout->count == 1) rg_pen_put(h->p, " data-r=\"%u\">", (unsigned)x->id);
    rg_pen_put(h->p, "%s</td><td class=\"r\">", rg_number_text(g, h->digits, a));
    if (v == RG_AT_CORNER)
        rg_pen_put(h->p, "%s, %s", rg_number_text(at.left, h->digits, a),
                   rg_number_text(at.right, h->digits, b));
    else
        rg_pen_put(h->p, "%s", rg_number_text(at.central, h->digits, a));
    rg_pen_put(h->p, "</td><td>%s</td></tr>\n", word[v]);
}

static void result_input(const rg_sheet *h, int i)
{
    rg_secants c;
    if (!h->s->gradient[i]) {
        rg_pen_text(h->p, "<tr><th scope=\"row\">");
        rg_sheet_name(h, h->s->x[i]);
        rg_pen_text(h->p, "</th><td class=\"r\">-</td><td></td><td>absent: no path leads to the "
                          "output</td></tr>\n");
        return;
    }
    if (rg_secants_open(&c, h->s, i))
        for (int64_t k = 0; k < rg_compared_entries(h->s->gradient[i]); k++)
            result_row(h, &c, i, rg_compared_entry(h->s->gradient[i], k));
    rg_secants_close(&c);
}

static void tell_gradients(const rg_sheet *h)
{
    rg_sheet_section(h, "result", "Result");
    rg_pen_text(h->p,
                "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
                "aria-labelledby=\"result-head\"><table><thead><tr><th scope=\"col\">wire</th><th "
                "scope=\"col\">gradient</th><th "
                "scope=\"col\">central difference</th><th scope=\"col\">check</th></tr></thead>\n");
    for (int i = 0; i < h->s->n; i++) result_input(h, i);
    rg_pen_text(h->p, "</table></div></section>\n");
}

/* ---- all wires ------------------------------------------------------------------------------- */

static void list_readers(const rg_sheet *h, const rg_node *x)
{
    const rg_story_wire *w = rg_story_wire_of(h->s, x);
    enum { MOST = 8 };
    unsigned told = 0;
    for (uint32_t i = w->first; i && told < MOST; i = h->s->step[i - 1].next, told++) {
        rg_pen_text(h->p, told ? ", " : "");
        rg_sheet_name(h, h->s->step[i - 1].y);
    }
    if (told < w->parts) rg_pen_put(h->p, " and %u more", (unsigned)w->parts - told);
}

static void wire_row(const rg_sheet *h, const rg_node *x)
{
    rg_wire_role role = h->s->wire[x->id].role;
    const rg_node *g = h->s->wire[x->id].gradient;
    char text[RG_TEXT];
    rg_pen_put(h->p, "<tr data-n=\"%u\" data-v=\"", (unsigned)x->id);
    rg_html_text(h->p, rg_sheet_short_value(h, x, text));
    rg_pen_text(h->p, "\" data-d=\"");
    rg_html_text(h->p, rg_sheet_short_gradient(h, x, text));
    rg_pen_text(h->p, "\"><th scope=\"row\">");
    if (h->forward[x->id]) rg_pen_put(h->p, "<a href=\"#s%u\">", (unsigned)h->forward[x->id]);
    rg_sheet_name(h, x);
    rg_pen_put(h->p, "%s</th><td>", h->forward[x->id] ? "</a>" : "");
    if (role == RG_ROLE_GATE)
        rg_sheet_formula(h, x);
    else
        rg_pen_text(h->p, role == RG_ROLE_INPUT ? "input" : "given");
    rg_pen_put(h->p, "</td><td>%s</td><td class=\"r\">", rg_shape_text(rg_shape_of(x), text));
    rg_html_text(h->p, rg_numbers_text(x, h->digits, 60, text));
    rg_pen_text(h->p, "</td><td class=\"r\">");
    rg_html_text(h->p, g ? rg_numbers_text(g, h->digits, 60, text) : "-");
    rg_pen_text(h->p, "</td><td>");
    list_readers(h, x);
    rg_pen_text(h->p, "</td></tr>\n");
}

static void wire_tensors(const rg_sheet *h, const rg_node *x)
{
    const rg_node *g = h->s->wire[x->id].gradient;
    if (x->layout->count < 2) return;
    rg_pen_put(h->p, "<details class=\"tensor\" data-n=\"%u\"><summary>", (unsigned)x->id);
    rg_sheet_name(h, x);
    rg_pen_text(h->p, " as a picture</summary>\n<div class=\"pair\">");
    rg_sheet_tensor(h, x, "value");
    if (g) rg_sheet_tensor(h, g, "gradient");
    rg_pen_text(h->p, "</div></details>\n");
}

static void tell_wires_in_words(const rg_sheet *h)
{
    enum { MANY = 200 };
    size_t told = 0;
    for (uint32_t id = 0; id < h->s->wires; id++) told += rg_sheet_tells(h, id);
    rg_sheet_section(h, "wires", "Wires");
    if (told > MANY) rg_pen_put(h->p, "<details><summary>all %zu of them</summary>\n", told);
    rg_pen_text(h->p,
                "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
                "aria-labelledby=\"wires-head\"><table>\n<thead><tr><th scope=\"col\">wire</th><th "
                "scope=\"col\">gate</th><th scope=\"col\">shape</th><th "
                "scope=\"col\">value</th><th scope=\"col\">gradient</th><th "
                "scope=\"col\">feeds</th></tr></thead>\n");
    for (uint32_t id = 0; id < h->s->wires; id++)
        if (rg_sheet_tells(h, id)) wire_row(h, h->s->t->node[id]);
    rg_pen_text(h->p, "</table></div>\n");
    if (told > MANY) rg_pen_text(h->p, "</details>\n");
    for (uint32_t id = 0; id < h->s->wires; id++)
        if (rg_sheet_tells(h, id)) wire_tensors(h, h->s->t->node[id]);
    rg_pen_text(h->p, "</section>\n");
}

void rg_sheet_tables(rg_sheet *h)
{
    tell_gradients(h);
    rg_pen_text(h->p, "</div>\n<div class=\"stack\">");
    rg_sheet_sources(h);
    tell_accounts(h);
    rg_pen_text(h->p, "</div>\n");
    tell_wires_in_words(h);
}
