/* rerun.h - a recording played again with other numbers. All that y needs is copied
 * to a tape of its own, node by node with the same op and attributes; the nodes x
 * become leaves there. So does, and is held, what was drawn by chance and what no
 * gradient flows through on purpose: detached, or recorded under rg_nograd_begin.
 * Then leaves may be written and the copy computed again, as often as one likes.
 * Private to autograd/. */
#ifndef RG_RERUN_H
#define RG_RERUN_H
#include "internal.h"

typedef struct rg_rerun {
    rg_tape *t;     /* the copy's own                                        */
    rg_node **copy; /* by id of the original; NULL: not needed               */
    int64_t nodes;  /* how many ids                                          */
    bool starved;   /* a play had no memory: what came of it means nothing   */
} rg_rerun;

/* Copies what the ny nodes of y need; each must have its value. x: leaves, or
 * nodes none of which is made from another one. wide: everything in f32 is f64 in
 * the copy. An error is also noted on the tape of y. Close it in any case. */
rg_status rg_rerun_open(rg_rerun *r, int ny, rg_node *const *y, int nx, rg_node *const *x,
                        bool wide);
/* Copies n alone, with its numbers as they are: its inputs become leaves. */
rg_status rg_rerun_open_alone(rg_rerun *r, rg_node *n);
/* RG_NOMEM: a play has starved. To be said on a tape of the caller's. */
rg_status rg_rerun_close(rg_rerun *r);

/* The copy of a node; NULL: it was not needed. */
static inline rg_node *rg_rerun_of(const rg_rerun *r, const rg_node *n)
{
    return n && n->id < r->nodes ? r->copy[n->id] : NULL;
}

/* Compute the copy up to last again; NULL: all of it. With bits > 0 every f64 result
 * is passed through rg_rerun_round on the way, and what a row kernel may lose inside is
 * added. A kernel that refuses (a matrix has
 * become singular) ends it; its status is returned and forgotten. */
rg_status rg_rerun_play(rg_rerun *r, const rg_node *last, int bits, uint64_t seed);

/* v rounded to 53 - bits digits, to numbers that the seed chooses: one in each run of
 * 2^bits. Of the two next to v, the salt chooses. A number that is one of them stays:
 * what is only moved or selected is equal afterwards. Numbers of few digits, such as
 * labels, counts and halves, are exact and stay too. */
double rg_rerun_round(double v, int bits, uint64_t seed, uint64_t salt);

/* The size of what the kernel of n adds up on the way to one result: the product of the
 * largest of its f64 inputs, times the root of how many terms there are, as rounding
 * errors of random sign add up. *factors: how many inputs. */
double rg_rerun_inside(const rg_node *n, int *factors);

/* Where element i, in row-major order, of a node lies; elements are of f64. */
double *rg_rerun_place(const rg_node *n, int64_t i);

#endif
