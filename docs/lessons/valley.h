/* valley.h - paths of optimizers over a landscape of two numbers, for the lessons on them. */
#ifndef VALLEY_H
#define VALLEY_H
#include "lesson.h"

typedef rg_node *(*landscape)(rg_node *w);

/* (x^2 + 25 y^2)/2: long in x, steep in y. */
rg_node *valley_ravine(rg_node *w);

/* Take steps from a start; x and y receive steps + 1 places. */
void valley_descend(lesson *l, const rg_optim_config *c, double rate, landscape f,
                    const double start[2], int steps, double *x, double *y);

/* Its contours over w1 from -size to size and half as much of w2, for paths to be drawn on. */
rg_figure *valley_figure(lesson *l, const char *title, const char *about, landscape f, double size);

/* Optimize one number whose gradient at step t = 0, 1, ... is g[t]; out receives the n + 1 places.
 */
void valley_feed(lesson *l, const rg_optim_config *c, double rate, int n, const double *g,
                 double *out);

#endif
