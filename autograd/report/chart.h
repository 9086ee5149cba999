/* chart.h - boxes in columns, joined by lines: where they lie so that no two boxes touch,
 * lines run from left to right, and lines between the same two boxes stay apart. With
 * `down`, columns are rows and lines run downward: along is the way of the lines, across
 * the other. For autograd/report/ only. */
#ifndef RG_CHART_H
#define RG_CHART_H
#include "pen.h"

typedef struct rg_chart_box {
    double w, h; /* asked for, all that is written around it included */
    double x, y; /* answered: the middle                              */
    int column;
} rg_chart_box;

typedef struct rg_chart_line {
    int from, to;    /* boxes, from < to                              */
    int port, ports; /* which of the lines that arrive at `to`        */
    int first, bends; /* answered: places in chart.bend, left to right */
} rg_chart_line;

/* Where a line passes through a column that it does not end in. */
typedef struct rg_chart_bend {
    double across;
    int column;
} rg_chart_bend;

typedef struct rg_chart {
    rg_tape *t; /* whose allocator is used */
    bool down;
    double gap; /* between columns; 0: what suits lines alone */
    int boxes, lines, columns, bends;
    rg_chart_box *box;
    rg_chart_line *line;
    rg_chart_bend *bend;
    double *left, *right; /* of each column, along */
    double width, height;
} rg_chart;

enum { RG_CHART_BOXES = 300, RG_CHART_LINES = 1200 };

/* Room for that many; false: no memory, noted. Free it in either case. */
bool rg_chart_open(rg_chart *c, rg_tape *t, int boxes, int lines);
void rg_chart_free(rg_chart *c);

/* Fill in where everything lies. False: no memory, noted. */
bool rg_chart_arrange(rg_chart *c);

/* How far across from the middle of its box a line arrives. */
double rg_chart_port(const rg_chart_line *l);

/* The path of line i: "M x y H x C ...". */
void rg_chart_path(rg_pen *p, const rg_chart *c, int i);

#endif
