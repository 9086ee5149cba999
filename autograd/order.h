/* order.h - in which order the steps of a program of single numbers are written. Private to
 * autograd/. Steps are numbered from 1, in an order in which each reads earlier ones alone.
 *
 * A processor begins a step when its inputs are there, wherever it stands; but a step that stands
 * right behind its input has it at hand, and others wait for it to go through memory. So what
 * matters is that the input which a step waits for longest is the one before it. */
#ifndef RG_ORDER_H
#define RG_ORDER_H
#include "parts.h"

typedef struct rg_order_edge { /* one of those who read a step */
    uint32_t reader, next;
} rg_order_edge;

typedef struct rg_order_step {
    uint32_t edge;  /* the first; 0: none                             */
    uint32_t waits; /* for so many of its inputs                      */
    uint32_t late;  /* the input that is done last; 0: none is a step */
    uint32_t done;  /* when it is, at the earliest                    */
    uint32_t way;   /* from its beginning to the end of the longest chain */
    bool due;       /* not given out yet                              */
} rg_order_step;

typedef struct rg_order {
    rg_order_step *step;
    rg_order_edge *edge;
    uint32_t steps, edges;
    uint32_t *ready, readies; /* due, without inputs that are, and in the window */
    uint32_t first, entered;  /* the window: from the first that is due to before `entered` */
    uint32_t last;            /* given out */
} rg_order;

enum { RG_ORDER_WINDOW = 64 };

/* Bytes that an order needs. */
size_t rg_order_bytes(uint32_t steps);
void rg_order_begin(rg_order *o, uint32_t steps, void *room);

/* First what a step reads, at most three; then the step, and how long it takes. Steps in
 * between that are not added are left out. */
void rg_order_reads(rg_order *o, uint32_t at, uint32_t from);
void rg_order_add(rg_order *o, uint32_t at, uint32_t cost);
void rg_order_added(rg_order *o); /* all of them */

/* The next step; 0: that was all. */
uint32_t rg_order_next(rg_order *o);

#endif
