/* json.c - an explanation as JSON: every number of every step, so that whoever reads it can
 * derive each factor again. docs/explain-json.md describes it; what is here writes the
 * members in the order they have there. */
#include "pen.h"
#include <stdio.h>
#include <string.h>

typedef struct narration {
    rg_pen *p;
    rg_story *s;
    int digits;
} narration;

/* ---- small members ---------------------------------------------------------------------- */

static void string_member(rg_pen *p, const char *key, const char *text)
{
    if (!text) return;
    rg_json_key(p, key);
    rg_json_string(p, text);
}

static void whole_member(rg_pen *p, const char *key, int64_t v)
{
    rg_json_key(p, key);
    rg_json_whole(p, v);
}

static void numbers_member(rg_pen *p, const char *key, const rg_node *x)
{
    rg_json_key(p, key);
    rg_json_numbers(p, x);
}

static void real_member(rg_pen *p, const char *key, const rg_node *x, double v)
{
    rg_json_key(p, key);
    rg_json_real(p, x->layout->dtype, v);
}

static void name_member(const narration *n, const rg_node *x)
{
    char name[RG_LABEL];
    string_member(n->p, "name", rg_story_name(n->s, x, n->digits, name));
}

/* ---- nodes ------------------------------------------------------------------------------ */

static const char *role_word(const rg_story_wire *w)
{
    static const char *const word[] = {[RG_ROLE_NUMBER] = "number",
                                       [RG_ROLE_ALIAS] = "alias",
                                       [RG_ROLE_INPUT] = "input",
                                       [RG_ROLE_GIVEN] = "given",
                                       [RG_ROLE_GATE] = "gate"};
    return word[w->role];
}

static void shape_member(rg_pen *p, const rg_node *x)
{
    rg_json_key(p, "shape");
    rg_json_open(p, '[');
    for (int a = 0; a < x->layout->rank; a++) rg_json_whole(p, x->layout->dim[a]);
    rg_json_close(p, ']');
}

/* Up to the last that is not 0. */
static void attribute_members(rg_pen *p, const rg_node *x)
{
    int whole = RG_ATTR_INTS, real = RG_ATTR_REALS;
    if (!x->attr || x->nin == 0) return;
    while (whole > 0 && x->attr->i[whole - 1] == 0) whole--;
    while (real > 0 && x->attr->f[real - 1] == 0) real--;
    if (whole) {
        rg_json_key(p, "whole");
        rg_json_open(p, '[');
        for (int i = 0; i < whole; i++) rg_json_whole(p, x->attr->i[i]);
        rg_json_close(p, ']');
    }
    if (real) {
        rg_json_key(p, "real");
        rg_json_open(p, '[');
        for (int i = 0; i < real; i++) rg_json_real(p, RG_F64, x->attr->f[i]);
        rg_json_close(p, ']');
    }
}

static void scope_member(rg_pen *p, const rg_node *x)
{
    enum { DEEPEST_SCOPE = 16 };
    const char *scope[DEEPEST_SCOPE];
    int n = rg_scope_of(x, scope, DEEPEST_SCOPE);
    if (!n) return;
    rg_json_key(p, "scope");
    rg_json_open(p, '[');
    for (int i = 0; i < n && i < DEEPEST_SCOPE; i++) rg_json_string(p, scope[i]);
    rg_json_close(p, ']');
}

static void source_member(rg_pen *p, const rg_node *x)
{
    const char *file = rg_file_of(x);
    if (!file) return;
    rg_json_key(p, "source");
    rg_json_open(p, '{');
    string_member(p, "file", file);
    whole_member(p, "line", x->line);
    rg_json_close(p, '}');
}

static void input_members(const narration *n, const rg_node *x)
{
    char formula[RG_TEXT];
    rg_json_key(n->p, "op");
    rg_json_string(n->p, x->op->name);
    rg_json_key(n->p, "inputs");
    rg_json_open(n->p, '[');
    for (int k = 0; k < x->nin; k++) rg_json_whole(n->p, rg_in(x, k)->id);
    rg_json_close(n->p, ']');
    if (x->nin)
        string_member(n->p, "formula",
                      rg_formula_text(n->s, x, x->op->formula, n->digits, formula));
    string_member(n->p, "section", x->op->section);
    attribute_members(n->p, x);
    if (x->nin && (x->flags & RG_CONSTANT)) {
        rg_json_key(n->p, "constant");
        rg_json_bool(n->p, true);
    }
}

static void keeps_member(const narration *n, const rg_story_wire *w)
{
    rg_node *kept[RG_MOST_KEPT];
    if (!w->block || w->role == RG_ROLE_ALIAS) return;
    int count = rg_story_kept(n->s, &n->s->block[w->block - 1], kept);
    rg_json_key(n->p, "keeps");
    rg_json_open(n->p, '[');
    for (int i = 0; i < count; i++) rg_json_whole(n->p, kept[i]->id);
    rg_json_close(n->p, ']');
}

static void write_node(const narration *n, uint32_t id)
{
    const rg_node *x = n->s->t->node[id];
    const rg_story_wire *w = &n->s->wire[id];
    rg_pen *p = n->p;
    rg_json_line(p, 2);
    rg_json_open(p, '{');
    whole_member(p, "id", id);
    name_member(n, x);
    string_member(p, "role", role_word(w));
    input_members(n, x);
    if (w->role == RG_ROLE_ALIAS) whole_member(p, "same_as", w->root);
    if (w->paths > 0) real_member(p, "paths", n->s->y, w->paths);
    string_member(p, "dtype", rg_dtype_text(x->layout->dtype));
    shape_member(p, x);
    numbers_member(p, "value", x);
    keeps_member(n, w);
    scope_member(p, x);
    source_member(p, x);
    rg_json_close(p, '}');
}

static void write_nodes(const narration *n)
{
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "nodes");
    rg_json_open(n->p, '[');
    for (uint32_t id = 0; id < n->s->wires; id++)
        if (n->s->wire[id].role != RG_ROLE_NONE) write_node(n, id);
    rg_json_close(n->p, ']');
}

/* ---- steps ------------------------------------------------------------------------------ */

/* How the contribution was computed, as the rule that wrote it says. */
static const char *factor_text(const narration *n, const rg_story_step *step, char buf[RG_TEXT])
{
    uint32_t turn = rg_story_wire_of(n->s, step->y)->block;
    const char *text = NULL;
    if (turn && n->s->block[turn - 1].y == step->y)
        text = rg_formula_of_rule(n->s, &n->s->block[turn - 1], step->contribution, n->digits, buf);
    return text ? text : rg_local_text(n->s, step, n->digits, buf);
}

static void local_member(const narration *n, const rg_story_step *step)
{
    char text[RG_TEXT];
    int64_t mark = rg_mark(n->s->t);
    rg_pen *p = n->p;
    const rg_node *local =
        step->y->op->kind == RG_ELEMENTWISE ? rg_story_local(n->s, step->y, step->wire) : NULL;
    rg_json_key(p, "local");
    rg_json_open(p, '{');
    string_member(p, "kind", !local ? "factor" : local->layout->rank ? "array" : "number");
    string_member(p, "text",
                  local ? rg_local_text(n->s, step, n->digits, text) : factor_text(n, step, text));
    if (local) numbers_member(p, "value", local);
    rg_json_close(p, '}');
    rg_story_forget(n->s, mark);
}

static void write_step(const narration *n, size_t i)
{
    const rg_story_step *step = &n->s->step[i];
    rg_pen *p = n->p;
    rg_json_line(p, 2);
    rg_json_open(p, '{');
    whole_member(p, "n", (int64_t)i + 1);
    whole_member(p, "node", step->y->id);
    whole_member(p, "wire", step->wire);
    whole_member(p, "input", rg_in(step->y, step->wire)->id);
    string_member(p, "rule", rg_story_why(step->y, step->wire));
    string_member(p, "section", step->y->op->section);
    numbers_member(p, "upstream", step->upstream);
    if (step->contribution) local_member(n, step);
    numbers_member(p, "contribution", step->contribution);
    numbers_member(p, "before", step->before);
    numbers_member(p, "after", step->after);
    rg_json_close(p, '}');
}

static void write_steps(const narration *n)
{
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "steps");
    rg_json_open(n->p, '[');
    for (size_t i = 0; i < n->s->steps; i++) write_step(n, i);
    rg_json_close(n->p, ']');
}

/* ---- the ledger ------------------------------------------------------------------------- */

static void write_route(void *ud, const rg_path *path)
{
    const narration *n = ud;
    rg_json_open(n->p, '{');
    rg_json_key(n->p, "through");
    rg_json_open(n->p, '[');
    for (int i = 0; i < path->depth; i++) rg_json_whole(n->p, path->step[i]->y->id);
    rg_json_close(n->p, ']');
    rg_json_key(n->p, "factors");
    rg_json_open(n->p, '[');
    for (int i = 0; i < path->depth; i++)
        rg_json_real(n->p, path->wire->layout->dtype, path->local[i]);
    rg_json_close(n->p, ']');
    real_member(n->p, "product", path->wire, path->product);
    rg_json_close(n->p, '}');
}

static void write_account(narration *n, const rg_node *x)
{
    const rg_story_wire *w = rg_story_wire_of(n->s, x);
    rg_json_line(n->p, 2);
    rg_json_open(n->p, '{');
    whole_member(n->p, "wire", x->id);
    rg_json_key(n->p, "steps");
    rg_json_open(n->p, '[');
    for (uint32_t i = w->first; i; i = n->s->step[i - 1].next) rg_json_whole(n->p, i);
    rg_json_close(n->p, ']');
    numbers_member(n->p, "sum", w->gradient);
    rg_json_key(n->p, "routes");
    rg_json_open(n->p, '[');
    rg_each_path(n->s, x, write_route, n);
    rg_json_close(n->p, ']');
    rg_json_close(n->p, '}');
}

static void write_fan_in(narration *n)
{
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "fan_in");
    rg_json_open(n->p, '[');
    for (uint32_t id = 0; id < n->s->wires; id++)
        if (n->s->wire[id].parts > 1) write_account(n, n->s->t->node[id]);
    rg_json_close(n->p, ']');
}

/* ---- results ---------------------------------------------------------------------------- */

static void write_gradients(const narration *n)
{
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "gradients");
    rg_json_open(n->p, '[');
    for (int i = 0; i < n->s->n; i++) {
        rg_json_line(n->p, 2);
        rg_json_open(n->p, '{');
        whole_member(n->p, "node", n->s->x[i]->id);
        name_member(n, n->s->x[i]);
        numbers_member(n->p, "value", n->s->gradient[i]);
        rg_json_close(n->p, '}');
    }
    rg_json_close(n->p, ']');
}

static void write_comparison(const narration *n, rg_secants *c, int i, int64_t entry)
{
    static const char *const word[] = {[RG_AGREES] = "agrees",
                                       [RG_DIFFERS] = "differs",
                                       [RG_AT_CORNER] = "corner",
                                       [RG_NO_VALUE] = "no value"};
    rg_slopes at = rg_secants_at(c, entry);
    double g = rg_entry(n->s->gradient[i], entry);
    rg_pen *p = n->p;
    rg_json_line(p, 2);
    rg_json_open(p, '{');
    whole_member(p, "node", n->s->x[i]->id);
    whole_member(p, "entry", entry);
    real_member(p, "gradient", n->s->x[i], g);
    real_member(p, "numeric", n->s->y, at.central);
    real_member(p, "left", n->s->y, at.left);
    real_member(p, "right", n->s->y, at.right);
    rg_agreement v = rg_judge_gradient(n->s->x[i], g, &at);
    string_member(p, "verdict", v == RG_AT_CORNER && rg_is_at_jump(n->s, &at) ? "jump" : word[v]);
    rg_json_close(p, '}');
}

static void write_check(const narration *n)
{
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "check");
    rg_json_open(n->p, '[');
    for (int i = 0; i < n->s->n; i++) {
        rg_secants c;
        const rg_node *g = n->s->gradient[i];
        if (!g) continue;
        if (rg_secants_open(&c, n->s, i))
            for (int64_t k = 0; k < rg_compared_entries(g); k++)
                write_comparison(n, &c, i, rg_compared_entry(g, k));
        rg_secants_close(&c);
    }
    rg_json_close(n->p, ']');
}

static void write_notes(const narration *n)
{
    int wire;
    int64_t entry;
    char formula[RG_TEXT];
    rg_json_line(n->p, 1);
    rg_json_key(n->p, "notes");
    rg_json_open(n->p, '[');
    for (rg_node *y = rg_corner_gate(n->s, NULL, &wire, &entry); y;
         y = rg_corner_gate(n->s, y, &wire, &entry)) {
        rg_json_line(n->p, 2);
        rg_json_open(n->p, '{');
        string_member(n->p, "kind", rg_jumps(n->s, y, wire, entry) ? "jump" : "corner");
        whole_member(n->p, "node", y->id);
        whole_member(n->p, "wire", wire);
        whole_member(n->p, "entry", entry);
        string_member(n->p, "gate", rg_formula_text(n->s, y, y->op->formula, n->digits, formula));
        rg_json_close(n->p, '}');
    }
    rg_json_close(n->p, ']');
}

/* ---- all of it -------------------------------------------------------------------------- */

static void write_story(narration *n, const char *title)
{
    char formula[RG_TEXT];
    rg_pen *p = n->p;
    rg_json_open(p, '{');
    string_member(p, "schema", "explain/1");
    rg_json_line(p, 1);
    string_member(p, "expr",
                  title ? title
                        : rg_formula_text(n->s, n->s->y, n->s->y->op->formula, n->digits, formula));
    rg_json_line(p, 1);
    string_member(p, "ties", rg_tie_share(n->s->t) > 0 ? "half" : "strict");
    rg_json_line(p, 1);
    whole_member(p, "output", n->s->y->id);
    write_nodes(n);
    write_steps(n);
    write_fan_in(n);
    write_gradients(n);
    write_check(n);
    write_notes(n);
    rg_json_close(p, '}');
    rg_pen_text(p, "\n");
}

rg_status rg_explain_json(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                          void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_story s;
    rg_pen pen = {.write = write, .ud = ud};
    narration all = {&pen, &s, how && how->digits ? how->digits : RG_EXPLAIN_DIGITS};
    rg_status status = rg_story_begin_as(&s, y, n, x, how);
    if (!status && !write) status = rg_refuse(s.t, RG_USAGE, NULL, "explain: nowhere to write to");
    if (!status) {
        write_story(&all, how ? how->title : NULL);
        rg_pen_flush(&pen);
    }
    rg_story_end(&s);
    return status ? status : rg_error_of(rg_tape_of(y))->status;
}
