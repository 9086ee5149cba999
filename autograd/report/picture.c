/* picture.c - what a picture of a recording says. */
#include "picture.h"
#include <stdio.h>
#include <string.h>

enum { LONGEST_FORMULA = 30 };

/* The numbers in formulas are needed, the rest is not. */
static rg_status compute_literals(const rg_story *s)
{
    rg_status status = RG_OK;
    for (uint32_t id = 0; id < s->wires && !status; id++)
        if (s->wire[id].role == RG_ROLE_NUMBER && !s->t->node[id]->data)
            status = rg_eval(s->t->node[id]);
    return status;
}

static void count_all(rg_picture *p)
{
    for (uint32_t id = 0; id < p->s.wires; id++) {
        rg_wire_role role = p->s.wire[id].role;
        p->gates += role == RG_ROLE_GATE;
        if (role != RG_ROLE_INPUT || !p->o.last_read[id]) continue;
        p->params++;
        p->numbers += p->s.t->node[id]->layout->count;
    }
    for (int i = 1; i < p->o.parts; i++) p->scoped |= p->o.part[i].kind != RG_OUTLINE_WIRE;
}

rg_status rg_picture_begin(rg_picture *p, const char *title, int depth, rg_view_labels labels)
{
    char name[RG_LABEL];
    rg_status status = compute_literals(&p->s);
    if (status) return status;
    p->o.s = &p->s;
    if (!rg_outline_open(&p->o, &p->s)) return RG_NOMEM;
    p->v = (rg_view){.o = &p->o, .depth = depth, .labels = labels, .hold = !p->told};
    count_all(p);
    if (!title) title = rg_story_name(&p->s, p->s.y, 6, name);
    snprintf(p->title, sizeof p->title, "%.200s%s", title, strlen(title) > 200 ? "..." : "");
    return rg_view_open(&p->v) ? RG_OK : RG_NOMEM;
}

rg_status rg_picture_open(rg_picture *p, rg_node *y, int n, rg_node *const *param,
                          const rg_graph_options *how, rg_view_labels labels)
{
    static const rg_graph_options standard = {0};
    if (!how) how = &standard;
    *p = (rg_picture){.way = how->way};
    rg_status status = rg_story_look(&p->s, y, n, param);
    return status ? status : rg_picture_begin(p, how->title, how->depth, labels);
}

void rg_picture_close(rg_picture *p)
{
    if (p->v.o) rg_view_close(&p->v);
    if (p->o.s) rg_outline_close(&p->o);
    rg_story_end(&p->s);
}

/* A gate by its formula, with its name before it where it has one. */
static const char *gate_name(const rg_picture *p, const rg_node *x, char buf[RG_TEXT])
{
    char formula[RG_TEXT], name[RG_LABEL];
    rg_formula_text(&p->s, x, x->op->formula, 4, formula);
    bool named = rg_name_of(x) && !p->told; /* there the name stands on the wire */
    if (strlen(formula) > LONGEST_FORMULA) snprintf(formula, sizeof formula, "%s", x->op->name);
    snprintf(buf, RG_TEXT, "%s%s%.160s", named ? rg_story_name(&p->s, x, 6, name) : "",
             named ? " = " : "", formula);
    return buf;
}

const char *rg_picture_name(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    const rg_node *x = p->s.t->node[b->id];
    if (b->kind == RG_VIEW_PART) return rg_outline_title(&p->o, b->part, buf);
    if (p->s.wire[b->id].role == RG_ROLE_GATE) return gate_name(p, x, buf);
    return rg_story_name(&p->s, x, 6, buf);
}

/* Nothing where the name says it: "1 relu". */
static void ops_beside_name(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    char name[RG_TEXT];
    rg_outline_title(&p->o, b->part, name);
    if (strstr(name, rg_view_ops(&p->v, b, buf))) buf[0] = 0;
}

const char *rg_picture_about(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    char count[RG_LABEL];
    const rg_node *x = p->s.t->node[b->id];
    rg_wire_role role = p->s.wire[b->id].role;
    if (b->kind == RG_VIEW_PART && b->held)
        snprintf(buf, RG_TEXT, "%s parameter%s", rg_grouped_text((double)b->held, count),
                 b->held > 1 ? "s" : "");
    else if (b->kind == RG_VIEW_PART)
        ops_beside_name(p, b, buf);
    else if (p->told)
        snprintf(buf, RG_TEXT, "%s", role == RG_ROLE_GIVEN ? "given" : "");
    else if (role == RG_ROLE_INPUT)
        snprintf(buf, RG_TEXT, "%s parameter%s",
                 rg_grouped_text((double)x->layout->count, count), x->layout->count > 1 ? "s" : "");
    else
        snprintf(buf, RG_TEXT, "%s", role == RG_ROLE_GIVEN ? "input" : "");
    return buf;
}

const char *rg_picture_sum(const rg_picture *p, char buf[RG_TEXT])
{
    char numbers[RG_LABEL], gates[RG_LABEL];
    size_t n = 0;
    buf[0] = 0;
    if (p->told)
        return snprintf(buf, RG_TEXT, "%s gates, %s products on the way back",
                        rg_grouped_text(p->gates, gates),
                        rg_grouped_text((double)p->s.products, numbers)), buf;
    if (p->params)
        n = (size_t)snprintf(buf, RG_TEXT, "%s parameter%s in %d array%s, ",
                             rg_grouped_text((double)p->numbers, numbers),
                             p->numbers == 1 ? "" : "s", p->params, p->params == 1 ? "" : "s");
    snprintf(buf + n, RG_TEXT - n, "%s operation%s", rg_grouped_text(p->gates, gates),
             p->gates == 1 ? "" : "s");
    return buf;
}

const char *rg_picture_shape(const rg_picture *p, uint32_t id, char buf[RG_TEXT])
{
    const rg_node *x = p->s.t->node[id];
    buf[0] = 0;
    return x->layout->rank ? rg_shape_text(rg_shape_of(x), buf) : buf;
}
