/* graph.h - a picture of what is recorded: a box for each operation, or for a whole scope or
 * loop, the shape on each line, how many numbers are trained where. Nothing is computed, so a
 * recording of any size can be looked at. */
#ifndef RG_GRAPH_H
#define RG_GRAPH_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rg_graph_way {
    RG_GRAPH_AUTO, /* to the right where there are few columns and no scopes, else down */
    RG_GRAPH_RIGHT,
    RG_GRAPH_DOWN
} rg_graph_way;

/* Zero means the default. */
typedef struct rg_graph_options {
    const char *title; /* NULL: what y is called                                         */
    int depth;         /* scopes that lie so deep are opened: 0 none, 1 the outermost ... */
    rg_graph_way way;  /* in which lines run                                             */
} rg_graph_options;

/* Draw what y is made from as an SVG picture that needs nothing else, in light and dark. The
 * n params are what is trained: their numbers are counted, and one that a single closed scope
 * reads is drawn into it. how NULL: all defaults. Equal input gives equal bytes. Above 60
 * wires, what was recorded again and again by the same lines is one box, "64 x row". RG_USAGE:
 * a parameter of another tape, or more than 300 boxes even so. */
RG_API rg_status rg_graph_svg(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                              void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same as a table, ASCII, 80 columns where names are short; for any number of boxes. */
RG_API rg_status rg_graph_text(rg_node *y, int n, rg_node *const *param,
                               const rg_graph_options *how,
                               void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same for Graphviz. */
RG_API rg_status rg_graph_dot(rg_node *y, int n, rg_node *const *param, const rg_graph_options *how,
                              void (*write)(void *ud, const char *text, size_t n), void *ud);

#ifdef __cplusplus
}
#endif
#endif
