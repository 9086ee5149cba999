/* probe.h - a recorded graph laid out for the check: the gradient as its tape has it,
 * a copy in f64 that can be moved about, what rounding does to either, and slopes.
 * Private to autograd/. */
#ifndef RG_PROBE_H
#define RG_PROBE_H
#include "chance.h"
#include "rerun.h"
#include "slope.h"

/* One input. All arrays have count numbers. */
typedef struct rg_side {
    rg_node *x, *g; /* copies: a leaf, and its gradient; g NULL: absent */
    int64_t count;
    rg_shape shape;
    double *base;            /* where it stands                                   */
    double *said, *exact;    /* its gradient: on the tape, and in f64             */
    double *spread, *narrow; /* how far rounding moves it in f64 and in f32       */
    double *unit;            /* the scale on which an element is moved            */
    double *u;               /* a direction, for the caller to choose             */
    bool still;              /* u is 0 everywhere: for the caller to say          */
    double typical;          /* size of an element                                */
    double *kept;            /* room for base; NULL: not needed so far            */
} rg_side;

typedef struct rg_probe {
    rg_rerun r;
    rg_node *y, *seed;      /* copies: what is checked, and the leaf of its upstream */
    int64_t m;              /* elements of y                                      */
    double *v;              /* upstream                                           */
    double *seen;           /* the values of y on the tape                        */
    double *y0, *up, *down; /* at the point and at both sides                     */
    double *noise, *narrow; /* how far rounding moves y in f64 and in f32         */
    double *moved;          /* not 0: a step has moved this element of y          */
    double *work;           /* room for the largest gradient                      */
    double volume;          /* sum of |v y|: what slopes are measured against     */
    double per;             /* figures are divided by it                          */
    double inside;          /* the largest number that a kernel adds up on the way
                               to y: what it may lose in f32 is a part of that    */
    double entering;        /* the largest that enters an elementwise op: a kernel
                               that cancels inside may lose a part of that        */
    bool f32;               /* something on the tape is f32                       */
    rg_grad_fn *grad; /* set before: whose gradient is checked; NULL: rg_grad        */
    int n;
    rg_side *in;
    rg_chance chance;
} rg_probe;

/* Where to move: element i of an input, or all of them along u (RG_ALL_TOGETHER). */
typedef struct rg_way {
    int input;
    int64_t i;
} rg_way;

/* Differentiates y, copies, and measures; the tape is left as it was, but for an error.
 * n, chance and grad are set before. Close it in any case. */
rg_status rg_probe_open(rg_probe *c, rg_node *y, rg_node *const *x);
static inline rg_status rg_probe_close(rg_probe *c) { return rg_rerun_close(&c->r); }

/* The slope of the sum of v y, per unit of the element's scale or along u. */
rg_slope rg_probe_slope(rg_probe *c, rg_way w);

/* The same by steps that are so many times as long. */
rg_slope rg_probe_slope_by(rg_probe *c, rg_way w, double longer);

/* The slopes at elements i[0..n-1] of input k, all moved at once: for a y of as many
 * elements, each made from one element of that input. */
rg_status rg_probe_each(rg_probe *c, int k, int64_t n, const int64_t *i, rg_slope *slope);

/* The smallest and the largest slope at points close by. True: they differ as much however
 * close these are, so that a corner is here, and between the two lies what may be said of
 * it (Clarke 1983). Where several corners meet, the two slopes at the point itself do not
 * tell: along (1, -1), relu(a) - relu(b) is a straight line. */
bool rg_probe_nearby(rg_probe *c, rg_way w, double *low, double *high);

/* How far a figure on the tape may lie from the same in f64. */
double rg_probe_narrow(const rg_probe *c, double exact, double spread, double narrow);

static inline double rg_wider(double a, double b) { return a > b ? a : b; }

#endif
