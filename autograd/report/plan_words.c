/* plan_words.c - values of a plan in few letters of ASCII, whatever names their authors
 * gave them. */
#include "plan_facts.h"
#include <stdio.h>
#include <string.h>

/* ---- names -------------------------------------------------------------------------- */

/* The node that v was, when its recording still stands; NULL: it was rewound. */
static const rg_node *node_of(const rg_plan *p, const rg_item *v)
{
    if (v->id >= p->t->len) return NULL;
    const rg_node *n = p->t->node[v->id];
    bool same =
        n->op == v->op && n->layout == v->layout && n->file == v->file && n->line == v->line;
    return same ? n : NULL;
}

/* Cut, and without letters that a terminal may take amiss. */
static const char *plain_name(const char *name, char buf[RG_TEXT])
{
    enum { LONGEST = 20 };
    int n = snprintf(buf, RG_TEXT, "%.*s%s", LONGEST, name, strlen(name) > LONGEST ? ".." : "");
    for (int i = 0; i < n; i++)
        if (buf[i] <= ' ' || buf[i] > '~') buf[i] = '?';
    return buf;
}

const char *rg_value_name(const rg_plan *p, uint32_t item, char buf[RG_TEXT])
{
    const rg_item *v = &p->item[item];
    const rg_node *n = node_of(p, v);
    const char *name = n ? rg_name_of(n) : NULL;
    bool number = v->source == RG_FROM_CONSTANT && (rg_is_repeat(v->layout) || v->nin);
    double one = 0;
    if (number && v->layout->count) rg_convert(&one, RG_F64, v->data, v->layout->dtype, 1);
    if (name)
        return plain_name(name, buf);
    else if (number)
        snprintf(buf, RG_TEXT, "%.6g", one);
    else
        snprintf(buf, RG_TEXT, "%%%u%s", v->id, v->again ? "'" : "");
    return buf;
}

const char *rg_value_formula(const rg_plan *p, uint32_t item, char buf[RG_TEXT])
{
    const rg_item *v = &p->item[item];
    char name[RG_TEXT];
    int n = snprintf(buf, RG_TEXT, "%.40s(", v->op->name);
    for (int k = 0; k < v->nin && n < RG_TEXT - 64; k++) {
        const rg_item *x = &p->item[v->in[k].item];
        bool window = x->source != RG_FROM_CONSTANT && !rg_is_direct(p, &v->in[k]);
        n += snprintf(buf + n, (size_t)(RG_TEXT - n), "%s%s%s", k ? ", " : "",
                      rg_value_name(p, v->in[k].item, name), window ? "~" : "");
    }
    snprintf(buf + n, (size_t)(RG_TEXT - n), ")");
    return buf;
}

const char *rg_value_shape(const rg_item *v, char buf[RG_TEXT])
{
    char shape[RG_TEXT];
    rg_shape s = {.rank = v->layout->rank};
    memcpy(s.dim, v->layout->dim, sizeof s.dim);
    snprintf(buf, RG_TEXT, "%.200s %s", rg_shape_text(s, shape), rg_dtype_text(v->layout->dtype));
    return buf;
}

const char *rg_value_source(const rg_plan *p, const rg_item *v, char buf[RG_TEXT])
{
    buf[0] = 0;
    if (!v->file) return buf;
    const char *file = p->t->file[v->file], *folder = strrchr(file, '/');
    char name[RG_TEXT];
    snprintf(buf, RG_TEXT, "%.30s:%d", plain_name(folder ? folder + 1 : file, name), v->line);
    return buf;
}

/* ---- places ------------------------------------------------------------------------- */

bool rg_value_in_place(const rg_plan *p, uint32_t item)
{
    uint32_t reg = p->item[item].reg;
    return rg_is_step(&p->item[item]) && reg != RG_NOWHERE && p->reg[reg].value == item &&
           p->reg[reg].in_place;
}

uint32_t rg_value_over(const rg_plan *p, uint32_t item)
{
    const rg_item *v = &p->item[item];
    for (int k = 0; k < v->nin && v->block != RG_NOWHERE; k++) {
        const rg_item *x = &p->item[v->in[k].item];
        if (rg_is_step(x) && x->block == v->block) return v->in[k].item;
    }
    return RG_NOWHERE;
}

const char *rg_value_place(const rg_plan *p, uint32_t item, char buf[RG_TEXT])
{
    const rg_item *v = &p->item[item];
    char name[RG_TEXT];
    uint32_t over = rg_value_over(p, item);
    if (rg_value_in_place(p, item))
        snprintf(buf, RG_TEXT, "in %.30s", rg_value_name(p, p->reg[v->reg].item, name));
    else if (!v->stored)
        snprintf(buf, RG_TEXT, "scratch");
    else if (v->output)
        snprintf(buf, RG_TEXT, "output");
    else if (over != RG_NOWHERE)
        snprintf(buf, RG_TEXT, "at %zu over %.30s", v->offset, rg_value_name(p, over, name));
    else if (v->at == 0 && p->group[v->group].strip)
        snprintf(buf, RG_TEXT, "at %zu in strips", v->offset);
    else if (v->reg != RG_NOWHERE)
        snprintf(buf, RG_TEXT, "at %zu for %.30s", v->offset,
                 rg_value_name(p, p->reg[v->reg].item, name));
    else
        snprintf(buf, RG_TEXT, "at %zu", v->offset);
    return buf;
}

/* ---- amounts ------------------------------------------------------------------------ */

const char *rg_amount_text(double n, const char *unit, char buf[RG_TEXT])
{
    static const char *const prefix[] = {"", "k", "M", "G", "T"};
    int k = 0;
    double v = n;
    for (; v >= 999.5 && k < 4; v /= 1000) k++;
    int digits = k == 0 || v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
    snprintf(buf, RG_TEXT, "%.*f %s%s", digits, v, prefix[k], unit);
    return buf;
}
