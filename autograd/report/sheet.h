/* sheet.h - the page of an explanation: what its parts share. For autograd/report/ only.
 *
 * Steps are numbered 1, 2, ...: each gate forward, the seed, each product backward. The page
 * is whole without its script: every step is there, and links lead from one to the next. */
#ifndef RG_SHEET_H
#define RG_SHEET_H
#include "outline.h"
#include "pen.h"

typedef struct rg_sheet {
    rg_pen *p;
    rg_story *s;
    rg_outline o;
    int digits;
    const char *title, *sources; /* title: RG_SHEET_TITLE bytes at most are shown */
    uint32_t *forward; /* by id: the step that computes a gate; 0: none */
    size_t gates;      /* told ones: their steps come first             */
    size_t steps;      /* in all                                        */
} rg_sheet;

enum { RG_SHEET_STEPS = 40000, RG_SHEET_TABLE = 8, RG_SHEET_MAP = 64, RG_SHEET_TITLE = 240 };

/* Told as a wire of its own. */
static inline bool rg_sheet_tells(const rg_sheet *h, uint32_t id)
{
    return rg_outline_tells(h->s, id);
}

/* One number, or the numbers of a small tensor, or what is known of a large one. */
void rg_sheet_numbers(const rg_sheet *h, const rg_node *x);

/* The calculation as it was written, cut when it is very long. */
void rg_sheet_title(const rg_sheet *h);

/* The name of a wire, and of its gradient, as text. */
void rg_sheet_name(const rg_sheet *h, const rg_node *x);
void rg_sheet_gradient_name(const rg_sheet *h, const rg_node *x);
void rg_sheet_formula(const rg_sheet *h, const rg_node *y);

/* "(2\u00d73)": the shape of a tensor. Returns buf. */
const char *rg_sheet_shape(const rg_node *x, char buf[RG_TEXT]);

/* What the drawing says of a wire: a number; of a tensor its shape, and the norm of its
 * gradient. - where nothing has arrived. Returns buf. */
const char *rg_sheet_short_value(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT]);
const char *rg_sheet_short_gradient(const rg_sheet *h, const rg_node *x, char buf[RG_TEXT]);

/* ---- parts, a file each ------------------------------------------------------------------- */

void rg_sheet_graph(rg_sheet *h);
void rg_sheet_rounds(rg_sheet *h); /* JSON: by drawing, the wires that its boxes show in each round */
void rg_sheet_steps(rg_sheet *h);
void rg_sheet_tables(rg_sheet *h); /* ledger, result, wires, sources */
void rg_sheet_sources(const rg_sheet *h);
void rg_sheet_section(const rg_sheet *h, const char *id, const char *head); /* its beginning */
void rg_sheet_tensor(const rg_sheet *h, const rg_node *x, const char *what);

/* ---- web/, embedded by the build ------------------------------------------------------------ */

extern const char rg_web_css[], rg_web_js[];

#endif
