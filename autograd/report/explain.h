/* explain.h - backpropagation in slow motion: what the backward pass did to one
 * recorded calculation, as text, as JSON, as a page, or as a picture. It is told from the steps of a real rg_grad, so
 * its numbers are those that train a network. Source: notes 6.3 and 7.2. */
#ifndef RG_EXPLAIN_H
#define RG_EXPLAIN_H
#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RG_EXPLAIN_DIGITS = 6, RG_EXPLAIN_WIDTH = 80 };

/* What the text is. */
typedef enum rg_explain_view {
    RG_VIEW_STORY, /* forward, backward, fan-in, result                                        */
    RG_VIEW_BRIEF, /* the result alone                                                         */
    RG_VIEW_TABLE, /* a line for each product                                                  */
    RG_VIEW_PATHS, /* every path from options.wire to y, up to 1,000; else how many            */
    RG_VIEW_NAIVE, /* what a recursion without order makes of it, beside what is right         */
    RG_VIEW_SHOW,  /* every number of options.wire and of its gradient                         */
    RG_VIEW_CSV,   /* a row for each number of each product, for programs                      */
    RG_VIEW_DOT    /* the graph, for Graphviz                                                  */
} rg_explain_view;

/* Zero means the default. */
typedef struct rg_explain_options {
    const char *title; /* the calculation as its author wrote it; NULL: its last gate */
    int digits;        /* significant digits, 1 to 17; 0: RG_EXPLAIN_DIGITS           */
    bool symbolic;     /* text: names and rules, no numbers                           */
    bool open;         /* ops that are made of smaller ones are told as those         */
    int width;         /* text: columns, 20 to 80; 0: RG_EXPLAIN_WIDTH                */
    rg_explain_view view; /* text                                                     */
    const char *wire;  /* of RG_VIEW_PATHS and RG_VIEW_SHOW, by name; the latter also
                          with a part of it: "W[0:2,3]"                               */
    const char *sources; /* page: the folder that file names of nodes start from, to show
                            their lines; NULL: lines are named, not shown             */
} rg_explain_options;

/* Explain dy/dx[i]: the values forward, every product backward, the paths where a
 * wire feeds several gates, and each gradient beside a central difference. y has
 * one element. Wires are called by their names; those without one v1, v2, ... in
 * tape order, and y itself L. The text is ASCII; write gets it in pieces of whole lines. how NULL: all defaults. The tape is as long afterwards
 * as before. Errors: those of rg_grad, which wait in rg_error_of too; RG_USAGE when no wire
 * is called how->wire. */
RG_API rg_status rg_explain_text(rg_node *y, int n, rg_node *const *x,
                                 const rg_explain_options *how,
                                 void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same for programs: every value, every step, every sum, every number in full, as
 * JSON of the schema "explain/1" (docs/explain-json.md). Only what stands in words has
 * how->digits; view means nothing here. */
RG_API rg_status rg_explain_json(rg_node *y, int n, rg_node *const *x,
                                 const rg_explain_options *how,
                                 void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same as a page of HTML that needs nothing else: no request, no file beside it, every
 * step there without its script too. Equal input gives equal bytes. Scopes are drawn closed,
 * each with a drawing of its own, and so are loops where there are more than 60 wires. From
 * 40,000 steps on, the rest is left out, and said to be. */
RG_API rg_status rg_explain_html(rg_node *y, int n, rg_node *const *x,
                                 const rg_explain_options *how,
                                 void (*write)(void *ud, const char *text, size_t n), void *ud);

/* The same as one SVG picture that needs nothing else, in light and dark: a box for each gate,
 * on each wire its value and its gradient, and on each way of a wire that feeds several gates
 * what comes back along it. Drawn as rg_graph_svg draws; RG_USAGE: more than 300 boxes and
 * labels, which a page would draw in parts. view means nothing here. */
RG_API rg_status rg_explain_svg(rg_node *y, int n, rg_node *const *x,
                                const rg_explain_options *how,
                                void (*write)(void *ud, const char *text, size_t n), void *ud);

static inline rg_status rg_explain_svg_here(const char *file, int line, rg_node *y, int n,
                                            rg_node *const *x, const rg_explain_options *how,
                                            void (*write)(void *ud, const char *text, size_t n),
                                            void *ud)
{
    return rg_at_status(rg_tape_of(y), rg_explain_svg(y, n, x, how, write, ud), file, line);
}
static inline rg_status rg_explain_html_here(const char *file, int line, rg_node *y, int n,
                                             rg_node *const *x, const rg_explain_options *how,
                                             void (*write)(void *ud, const char *text, size_t n),
                                             void *ud)
{
    return rg_at_status(rg_tape_of(y), rg_explain_html(y, n, x, how, write, ud), file, line);
}
static inline rg_status rg_explain_json_here(const char *file, int line, rg_node *y, int n,
                                             rg_node *const *x, const rg_explain_options *how,
                                             void (*write)(void *ud, const char *text, size_t n),
                                             void *ud)
{
    return rg_at_status(rg_tape_of(y), rg_explain_json(y, n, x, how, write, ud), file, line);
}
static inline rg_status rg_explain_text_here(const char *file, int line, rg_node *y, int n,
                                             rg_node *const *x, const rg_explain_options *how,
                                             void (*write)(void *ud, const char *text, size_t n),
                                             void *ud)
{
    return rg_at_status(rg_tape_of(y), rg_explain_text(y, n, x, how, write, ud), file, line);
}

#ifndef RG_NO_HERE
#define rg_explain_text(...) rg_explain_text_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_explain_html(...) rg_explain_html_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_explain_svg(...) rg_explain_svg_here(__FILE__, __LINE__, __VA_ARGS__)
#define rg_explain_json(...) rg_explain_json_here(__FILE__, __LINE__, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
