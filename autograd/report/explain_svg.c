/* explain_svg.c - an explanation as one picture: the recording as graph_svg.c draws it, with the
 * numbers of the backward pass on its wires. */
#include "picture.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers on wires --------------------------------------------------------------------- */

/* One number, or few, to three digits if they are long; else the shape. */
static const char *wire_numbers(const rg_picture *p, const rg_node *x, char buf[RG_TEXT])
{
    enum { WIDEST = 32, FEW_DIGITS = 3 };
    char shape[RG_TEXT];
    rg_numbers_text(x, p->digits, WIDEST, buf);
    if (x->layout->count != 1 && buf[0] != '[') rg_numbers_text(x, FEW_DIGITS, WIDEST, buf);
    if (x->layout->count != 1 && buf[0] != '[')
        snprintf(buf, RG_TEXT, "%.80s numbers", rg_shape_text(rg_shape_of(x), shape));
    return buf;
}

/* A leaf's name stands in its box. */
const char *rg_picture_value(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    char name[RG_LABEL], text[RG_TEXT];
    const rg_node *x = p->s.t->node[b->id];
    bool gate = p->s.wire[b->id].role == RG_ROLE_GATE;
    buf[0] = 0;
    if (b->kind == RG_VIEW_LABEL)
        snprintf(buf, RG_TEXT, "%s%s%.80s", gate ? rg_story_name(&p->s, x, p->digits, name) : "",
                 gate ? " = " : "", wire_numbers(p, x, text));
    return buf;
}

/* What gate b->gate paid to its wire; NULL: nothing. */
static const rg_node *share_of(const rg_story *s, const rg_view_box *b)
{
    uint32_t turn = s->wire[b->gate].block;
    for (size_t i = 0; turn && i < s->block[turn - 1].steps; i++) {
        const rg_story_step *step = &s->step[s->block[turn - 1].first + i];
        if (step->wire == b->wire) return step->contribution;
    }
    return NULL;
}

const char *rg_picture_gradient(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT])
{
    char text[RG_TEXT];
    bool share = b->kind == RG_VIEW_SHARE;
    const rg_node *g = share ? share_of(&p->s, b) : p->s.wire[b->id].gradient;
    const char *what = share ? "+ " : "grad ";
    if (!p->told) return strcpy(buf, "");
    if (b->id == p->s.y->id && !share)
        snprintf(buf, RG_TEXT, "grad 1"); /* where the way back begins */
    else
        snprintf(buf, RG_TEXT, "%s%.80s", what, g ? wire_numbers(p, g, text) : "-");
    return buf;
}

/* ---- the picture ----------------------------------------------------------------------------- */

static rg_status tell_picture(rg_picture *p, rg_node *y, int n, rg_node *const *x,
                          const rg_explain_options *how)
{
    static const rg_explain_options standard = {0};
    if (!how) how = &standard;
    *p = (rg_picture){.told = true, .digits = how->digits ? how->digits : RG_EXPLAIN_DIGITS};
    rg_status status = rg_story_begin_as(&p->s, y, n, x, how);
    return status ? status : rg_picture_begin(p, how->title, INT_MAX, RG_VIEW_NUMBERS);
}

rg_status rg_explain_svg(rg_node *y, int n, rg_node *const *x, const rg_explain_options *how,
                         void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_picture p;
    rg_status status = tell_picture(&p, y, n, x, how);
    if (!status) status = rg_picture_svg(&p, write, ud);
    rg_picture_close(&p);
    return status ? status : rg_error_of(rg_tape_of(y))->status;
}
