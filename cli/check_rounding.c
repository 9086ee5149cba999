/* check_rounding.c - retrograd check --rounding: how many digits of each gradient are right. */
#define RG_NO_HERE
#include "check_rounding.h"
#include "json_check.h"
#include "memory.h"
#include "term.h"
#include <stdlib.h>

rg_rounding *rounding_of_inputs(const expression *x, uint64_t seed)
{
    size_t n = (size_t)x->in.n;
    rg_rounding *r = memory_new(n, sizeof *r);
    rg_node **leaf = memory_new(n, sizeof *leaf);
    for (size_t i = 0; i < n; i++) leaf[i] = x->in.item[i].node;
    rg_status s = rg_check_rounding(x->out, (int)n, leaf, seed, r);
    free(leaf);
    if (!s) return r;
    free(r);
    return NULL;
}

static void show_loss(const expression *x, const input *in, const rg_rounding *r)
{
    diag d = {0};
    uint32_t at = r->node ? expression_place(x, r->node) : PARSE_NONE;
    if (at == PARSE_NONE) return;
    diag_set(&d, E_UNTOLD, &x->src, program_mark(&x->p, at), "%.*s has %d correct digit%s: %s%s cancels",
             (int)(in->len < 40 ? in->len : 40), in->name, r->digits, r->digits == 1 ? "" : "s",
             r->backward ? "the gradient of " : "", r->node->op->name);
    term_report(&d, WARNING);
}

void rounding_show(const expression *x, const rg_rounding *r)
{
    char text[RG_ROUNDING_TEXT];
    for (int i = 0; i < x->in.n; i++) {
        const input *in = &x->in.item[i];
        printf("rounding of ");
        diag_plain(stdout, in->name, in->len, term_utf8());
        printf(": %s\n", rg_rounding_text(&r[i], text));
        show_loss(x, in, &r[i]);
    }
}

static void json_loss(json *j, const rg_rounding *r)
{
    json_key(j, "lost", 4);
    json_open(j, '{');
    json_text(j, "op", r->op->name);
    json_count(j, "node", r->node->id);
    json_text(j, "of", r->node->op->name);
    json_key(j, "backward", 8);
    json_bool(j, r->backward);
    json_key(j, "fan_in", 6);
    json_bool(j, r->fan_in);
    json_real(j, "before", r->before);
    json_real(j, "after", r->after);
    json_close(j, '}');
}

void rounding_json(json *j, const expression *x, const rg_rounding *r)
{
    json_key(j, "rounding", 8);
    json_open(j, '{');
    for (int i = 0; i < x->in.n; i++) {
        json_key(j, x->in.item[i].name, x->in.item[i].len);
        json_open(j, '{');
        json_count(j, "digits", r[i].digits);
        json_count(j, "element", r[i].element);
        json_real(j, "gradient", r[i].gradient);
        json_real(j, "bar", r[i].bar);
        if (r[i].node) json_loss(j, &r[i]);
        json_close(j, '}');
    }
    json_close(j, '}');
}
