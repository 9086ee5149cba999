/* html.c - an explanation as one page: whole without its script, which adds stepping by keys,
 * highlights, a quiz, and inputs that can be changed. It asks for nothing: its style and its
 * script stand in it, and its policy forbids the rest. */
#include "page.h"
#include "sheet.h"
#include <stdio.h>
#include <string.h>

/* ---- words that all parts use ---------------------------------------------------------------- */

void rg_sheet_title(const rg_sheet *h)
{
    rg_html_put(h->p, "%.*s%s", RG_SHEET_TITLE, h->title,
                strlen(h->title) > RG_SHEET_TITLE ? " ..." : "");
}

void rg_sheet_name(const rg_sheet *h, const rg_node *x)
{
    char name[RG_LABEL];
    rg_html_text(h->p, rg_story_name(h->s, x, h->digits, name));
}

void rg_sheet_gradient_name(const rg_sheet *h, const rg_node *x)
{
    char text[RG_TEXT];
    rg_html_text(h->p, rg_gradient_name(h->s, x, text));
}

void rg_sheet_formula(const rg_sheet *h, const rg_node *y)
{
    char text[RG_TEXT];
    rg_html_text(h->p, rg_formula_text(h->s, y, y->op->formula, h->digits, text));
}

/* ---- data for the script --------------------------------------------------------------------- */

enum { MOST_DATA = 2000 };

static void data_node(const rg_sheet *h, const rg_node *x)
{
    rg_pen *p = h->p;
    char name[RG_LABEL];
    rg_json_line(p, 0);
    rg_json_open(p, '[');
    rg_json_whole(p, x->id);
    rg_json_whole(p, rg_story_root(h->s, x)->id);
    rg_json_string(p, rg_story_name(h->s, x, h->digits, name));
    rg_json_string(p, x->op->name);
    rg_json_open(p, '[');
    for (int k = 0; k < x->nin; k++) rg_json_whole(p, rg_in(x, k)->id);
    rg_json_close(p, ']');
    rg_json_real(p, RG_F64, x->attr && x->nin ? x->attr->f[0] : 0);
    rg_json_real(p, RG_F64, x->attr && x->nin ? x->attr->f[1] : 0);
    rg_json_numbers(p, x);
    rg_json_whole(p, h->s->wire[x->id].role);
    rg_json_close(p, ']');
}

static void data_traps(const rg_sheet *h, const rg_story_step *step, double local)
{
    rg_trap trap[RG_MOST_TRAPS];
    int n = rg_story_traps(h->s, step, local, trap);
    rg_json_open(h->p, '[');
    for (int i = 0; i < n; i++) {
        rg_json_open(h->p, '[');
        rg_json_string(h->p, trap[i].id);
        rg_json_real(h->p, RG_F64, trap[i].value);
        rg_json_string(h->p, trap[i].text);
        rg_json_close(h->p, ']');
    }
    rg_json_close(h->p, ']');
}

static void data_step(const rg_sheet *h, const rg_story_step *step)
{
    rg_pen *p = h->p;
    char text[RG_TEXT];
    int64_t mark = rg_mark(h->s->t);
    const rg_node *local = step->contribution ? rg_story_local(h->s, step->y, step->wire) : NULL;
    rg_json_line(p, 0);
    rg_json_open(p, '[');
    rg_json_whole(p, step->y->id);
    rg_json_whole(p, step->wire);
    rg_json_numbers(p, step->upstream);
    rg_json_numbers(p, local);
    rg_json_numbers(p, step->contribution);
    rg_json_string(p, rg_gradient_name(h->s, rg_in(step->y, step->wire), text));
    rg_json_string(p, rg_local_text(h->s, step, h->digits, text));
    if (local)
        data_traps(h, step, rg_entry(local, 0));
    else
        rg_json_null(p);
    rg_json_close(p, ']');
    rg_story_forget(h->s, mark);
}

/* ---- questions about tensors, for the script; about single numbers it asks by itself --------- */

enum { MOST_ASKING_STEPS = 200 };

typedef struct asking {
    const rg_sheet *h;
    int64_t ordinal; /* of products on the page, from 0       */
    size_t block, i; /* where that stands among those of story */
} asking;

/* The place on the page of a product of the story. */
static int64_t ordinal_of(asking *a, int64_t step)
{
    const rg_story *s = a->h->s;
    while (a->block < s->blocks) {
        if (a->i == s->block[a->block].steps) {
            a->i = 0;
            a->block++;
        } else if (s->block[a->block].first + a->i + 1 == (size_t)step) {
            return a->ordinal;
        } else {
            a->ordinal++;
            a->i++;
        }
    }
    return -1;
}

static void data_reals(rg_pen *p, const double *v, int64_t n)
{
    rg_json_open(p, '[');
    for (int64_t i = 0; i < n; i++) rg_json_real(p, RG_F64, v[i]);
    rg_json_close(p, ']');
}

static void data_words(rg_pen *p, const char *const *text, int n)
{
    rg_json_open(p, '[');
    for (int i = 0; i < n; i++) rg_json_string(p, text[i]);
    rg_json_close(p, ']');
}

/* [asked, facts, hints, answer, traps], each trap [id, values, words]. */
static bool data_question(void *ud, const rg_question *q)
{
    asking *a = ud;
    rg_pen *p = a->h->p;
    char key[RG_LABEL];
    int64_t at = q->step ? ordinal_of(a, q->step) : -1;
    if (at < 0) return true;
    snprintf(key, sizeof key, "%lld", (long long)at);
    rg_json_line(p, 0);
    rg_json_key(p, key);
    rg_json_open(p, '[');
    rg_json_string(p, q->asked);
    data_words(p, q->fact, q->facts);
    data_words(p, q->hint, q->hints);
    data_reals(p, q->answer, q->entries);
    rg_json_open(p, '[');
    for (int i = 0; i < q->traps; i++) {
        rg_json_open(p, '[');
        rg_json_string(p, q->trap[i].id);
        data_reals(p, q->trap[i].values ? q->trap[i].values : &q->trap[i].value, q->entries);
        rg_json_string(p, q->trap[i].text);
        rg_json_close(p, ']');
    }
    rg_json_close(p, ']');
    rg_json_close(p, ']');
    return true;
}

static void data_questions(const rg_sheet *h)
{
    asking a = {h, 0, 0, 0};
    rg_quiz_options how = {.digits = h->digits};
    rg_json_key(h->p, "asks");
    rg_json_open(h->p, '{');
    if (!rg_story_is_scalar(h->s) && h->s->steps <= MOST_ASKING_STEPS)
        rg_quiz_of_story(h->s, &how, data_question, &a);
    rg_json_close(h->p, '}');
}

/* Of single numbers alone: then the script can ask, and compute again. */
static void write_data(rg_sheet *h)
{
    rg_pen *p = h->p;
    bool told = rg_story_is_scalar(h->s) && h->s->steps <= MOST_DATA && h->s->wires <= MOST_DATA;
    rg_pen_text(p, "<script type=\"application/json\" id=\"data\">");
    p->comma = false;
    rg_json_open(p, '{');
    rg_json_key(p, "digits");
    rg_json_whole(p, h->digits);
    rg_json_key(p, "ties");
    rg_json_real(p, RG_F64, rg_tie_share(h->s->t));
    rg_json_key(p, "output");
    rg_json_whole(p, h->s->y->id);
    rg_json_key(p, "nodes");
    rg_json_open(p, '[');
    for (uint32_t id = 0; id < h->s->wires && told; id++)
        if (h->s->wire[id].role != RG_ROLE_NONE) data_node(h, h->s->t->node[id]);
    rg_json_close(p, ']');
    rg_json_key(p, "steps");
    rg_json_open(p, '[');
    for (size_t b = 0; b < h->s->blocks && told; b++)
        for (size_t i = 0; i < h->s->block[b].steps; i++)
            data_step(h, &h->s->step[h->s->block[b].first + i]);
    rg_json_close(p, ']');
    data_questions(h);
    rg_json_key(p, "rounds");
    rg_sheet_rounds(h);
    rg_json_close(p, '}');
    rg_pen_text(p, "</script>\n");
}

/* ---- the frame ------------------------------------------------------------------------------- */

static void write_page_head(const rg_sheet *h)
{
    rg_pen *p = h->p;
    rg_pen_text(
        p, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    rg_sheet_title(h);
    rg_pen_text(p, " - step by step</title>\n<style>\n");
    rg_pen_text(p, rg_web_css);
    rg_pen_text(
        p, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#steps\">Skip to the steps</a>\n");
}

/* An input is a field where the script can compute again; without it, it is text. */
static void write_inputs(const rg_sheet *h)
{
    char text[RG_TEXT];
    rg_pen_text(h->p, "<p class=\"inputs\">");
    for (int i = 0; i < h->s->n; i++) {
        const rg_node *x = h->s->x[i];
        rg_pen_put(h->p, "<label class=\"input\" data-n=\"%u\"><span>", (unsigned)x->id);
        rg_sheet_name(h, x);
        rg_numbers_text(x, h->digits, 60, text);
        bool shown = x->layout->count == 1 || text[0] == '[';
        rg_pen_text(h->p, shown ? "</span> = <output>" : "</span> <output>");
        rg_html_text(h->p, shown ? text : rg_sheet_shape(x, text));
        rg_pen_text(h->p, "</output></label> ");
    }
    rg_pen_text(h->p, "</p>\n");
}

static void write_header(const rg_sheet *h)
{
    rg_pen_text(h->p, "<header>\n<h1>");
    rg_sheet_title(h);
    rg_pen_text(h->p, "</h1>\n");
    write_inputs(h);
    rg_pen_put(h->p,
               "<p class=\"lead\">%zu steps: %zu gates forward, then the gradient back through "
               "each of them, with "
               "every number. <span class=\"off\">Follow the links from step to step.</span></p>\n",
               h->steps, h->gates);
    rg_pen_text(h->p, "</header>\n<nav id=\"controls\" "
                      "aria-label=\"Stepping\" hidden></nav>\n<main>\n");
}

static void write_graph(rg_sheet *h)
{
    rg_pen_text(h->p, "<section id=\"graph\" aria-labelledby=\"graph-head\">\n<h2 "
                      "id=\"graph-head\">Graph</h2>\n");
    rg_sheet_graph(h);
    rg_pen_text(h->p, "<p class=\"legend\"><span class=\"val\">above: name and value</span> "
                      "<span class=\"grad\">below: gradient</span> "
                      "<span>- : not computed yet</span> <span>solid: forward, dashed: "
                      "backward</span></p>\n</section>\n<div class=\"stack\">\n"
                      "<section id=\"now\" aria-labelledby=\"now-head\" hidden>\n<h2 "
                      "id=\"now-head\">This step</h2>\n<div "
                      "id=\"stage\"></div>\n</section>\n");
}

static void write_sheet(rg_sheet *h)
{
    write_page_head(h);
    write_header(h);
    write_graph(h);
    rg_sheet_tables(h);
    rg_sheet_steps(h);
    rg_pen_text(
        h->p,
        "</main>\n<div id=\"live\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></div>\n");
    write_data(h);
    rg_pen_text(h->p, "<script>\n");
    rg_pen_text(h->p, rg_web_js);
    rg_pen_text(h->p, "</script>\n</body>\n</html>\n");
    rg_pen_flush(h->p);
}

/* ---- the page -------------------------------------------------------------------------------- */

/* Forward steps in tape order; then the seed; then what was paid. */
static bool number_steps(rg_sheet *h)
{
    h->forward = rg_scratch(h->s->t, h->s->wires * sizeof *h->forward);
    if (!h->forward) return false;
    for (uint32_t id = 0; id < h->s->wires; id++)
        h->forward[id] = h->s->wire[id].role == RG_ROLE_GATE && h->gates < RG_SHEET_STEPS / 2
                             ? (uint32_t)++h->gates
                             : 0;
    h->steps = h->gates + 1;
    for (size_t b = 0; b < h->s->blocks; b++) h->steps += h->s->block[b].steps;
    if (h->steps > RG_SHEET_STEPS) h->steps = RG_SHEET_STEPS;
    return true;
}

rg_status rg_explain_html(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                          void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_story s;
    char formula[RG_TEXT];
    rg_pen pen = {.write = write, .ud = ud};
    rg_sheet h = {.p = &pen,
                  .s = &s,
                  .digits = how && how->digits ? how->digits : RG_EXPLAIN_DIGITS,
                  .title = how ? how->title : NULL,
                  .sources = how ? how->sources : NULL};
    rg_status status = rg_story_begin_as(&s, y, n, x, how);
    if (!status && !write) status = rg_refuse(s.t, RG_USAGE, NULL, "explain: nowhere to write to");
    h.o.s = &s;
    if (!status && number_steps(&h) && rg_outline_open(&h.o, &s)) {
        if (!h.title) h.title = rg_formula_text(&s, s.y, s.y->op->formula, h.digits, formula);
        write_sheet(&h);
    }
    if (h.o.of) rg_outline_close(&h.o);
    if (h.forward) rg_scratch_free(s.t, h.forward, s.wires * sizeof *h.forward);
    rg_story_end(&s);
    return status ? status : rg_error_of(rg_tape_of(y))->status;
}
