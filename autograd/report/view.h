/* view.h - one part of an outline as a chart: a box for each wire and each closed part in it,
 * a stub for what comes from outside or goes there. Both pictures of a calculation, the
 * page's and the one by itself, are drawn from it. For autograd/report/ only. */
#ifndef RG_VIEW_H
#define RG_VIEW_H
#include "chart.h"
#include "outline.h"

typedef enum rg_view_kind {
    RG_VIEW_WIRE,
    RG_VIEW_PART,  /* closed                                          */
    RG_VIEW_FROM,  /* a wire of elsewhere that is read here           */
    RG_VIEW_TO,    /* where a wire of this part goes on to            */
    RG_VIEW_LABEL, /* of a wire, on its way to its readers            */
    RG_VIEW_SHARE  /* of one of these ways: what is paid along it     */
} rg_view_kind;

/* Which wires have labels. */
typedef enum rg_view_labels {
    RG_VIEW_BARE,
    RG_VIEW_SHAPES, /* all but single numbers                                    */
    RG_VIEW_NUMBERS /* all; and each way, where a wire's gradient is a sum       */
} rg_view_labels;

typedef struct rg_view_box {
    rg_view_kind kind;
    int part;    /* the wire's or the closed part; RG_VIEW_TO: where it goes on to */
    uint32_t id; /* the wire; of a closed part the last one that is read outside   */
    int64_t held;  /* numbers of the parameters that were drawn into it              */
    int hold;      /* how many those are                                             */
    uint32_t gate; /* RG_VIEW_SHARE: what pays                                       */
    int wire;      /* for which of its wires                                         */
} rg_view_box;

typedef struct rg_view_line {
    int from, to;      /* boxes                                                */
    uint32_t id, gate; /* the wire, and the gate that reads it, or UINT32_MAX  */
    int wire;          /* which of the gate's                                  */
} rg_view_line;

typedef struct rg_view {
    const rg_outline *o;
    int part;
    int depth;   /* scopes so deep inside are open                               */
    rg_view_labels labels;
    bool hold;   /* a parameter that only one closed part reads is drawn into it */
    rg_view_box *box;
    rg_view_line *line; /* by where they end                                   */
    int boxes, lines, box_room, line_room;
    int *of;           /* by id: its box, from 1                               */
    uint32_t from, to; /* what lies in it                                      */
    rg_chart chart;
} rg_view;

/* Fill in o, part, depth, labels and hold before: boxes and lines, no places yet. A box
 * stands behind those that lead to it. False: no memory, noted. Close it in either case. */
bool rg_view_open(rg_view *v);
void rg_view_close(rg_view *v);

/* The part whose children stand in the drawing of a part: of a loop it is the second round,
 * for the first may begin with what the loop reads anyway. */
int rg_outline_drawn(const rg_outline *o, int part);

/* Too large for a chart. */
static inline bool rg_view_is_large(const rg_view *v)
{
    return v->boxes > RG_CHART_BOXES || v->lines > RG_CHART_LINES;
}

/* Of a view that is not too large: sizes by the caller's function, then places. chart.down
 * and chart.gap are the caller's to set before. False: no memory, noted. */
typedef void rg_view_size(void *ud, const rg_view *v, const rg_view_box *b, double *w, double *h);
bool rg_view_arrange(rg_view *v, rg_view_size *size, void *ud);

/* The ops of a closed part, each once: "matmul, add". Returns buf. */
const char *rg_view_ops(const rg_view *v, const rg_view_box *b, char buf[RG_TEXT]);

#endif
