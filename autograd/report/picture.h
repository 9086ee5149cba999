/* picture.h - a recording as it is about to be drawn or listed: shared by the writers of
 * graph.h and by the drawing of an explanation. For autograd/report/ only. */
#ifndef RG_PICTURE_H
#define RG_PICTURE_H
#include "graph.h"
#include "page.h"
#include "view.h"

typedef struct rg_picture {
    rg_story s;
    rg_outline o;
    rg_view v;
    char title[RG_TEXT];
    rg_graph_way way;
    int64_t numbers; /* of all parameters            */
    int params;      /* those that y depends on      */
    int gates;
    bool scoped; /* there are scopes, or loops were found */
    bool told;   /* there was a backward pass: numbers stand on the wires */
    int digits;  /* of those                     */
} rg_picture;

/* With these labels on the wires. The error is on the tape. Close it in either case. */
rg_status rg_picture_open(rg_picture *p, rg_node *y, int n, rg_node *const *param,
                          const rg_graph_options *how, rg_view_labels labels);

/* From a story that was looked at or told: p is zero but for that. Close it in either case. */
rg_status rg_picture_begin(rg_picture *p, const char *title, int depth, rg_view_labels labels);
void rg_picture_close(rg_picture *p);

/* What stands in a box, on two lines: "0 linear" and "200,960 parameters". Returns buf. */
const char *rg_picture_name(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT]);
const char *rg_picture_about(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT]);

/* "203,530 parameters in 4 arrays, 7 operations". Returns buf. */
const char *rg_picture_sum(const rg_picture *p, char buf[RG_TEXT]);

/* "32x784", or "" for one number. Returns buf. */
const char *rg_picture_shape(const rg_picture *p, uint32_t id, char buf[RG_TEXT]);

/* ---- explain_svg.c ------------------------------------------------------------------------ */

/* What stands on a wire, of a picture that is told: its value, and below it its gradient, or
 * what is paid into that along one way: "2.71828" and "grad 0.237063", "+ 0.644405". */
const char *rg_picture_value(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT]);
const char *rg_picture_gradient(const rg_picture *p, const rg_view_box *b, char buf[RG_TEXT]);

/* ---- graph_svg.c: all of it as SVG ---------------------------------------------------------- */

rg_status rg_picture_svg(rg_picture *p, void (*write)(void *ud, const char *text, size_t n),
                         void *ud);

#endif
