/* functional_world.h - what the tests of Jacobians and of Hessians share: smooth functions of two
 * arrays, and comparisons of all numbers of two nodes. */
#ifndef RG_TEST_FUNCTIONAL_WORLD_H
#define RG_TEST_FUNCTIONAL_WORLD_H
#include "expect.h"
#include "rolls.h"
#include <check.h>
#include <float.h>
#include <math.h>
#include <retrograd/retrograd.h>
#include <string.h>

enum { MOST = 600 };

static inline void numbers(rg_node *y, double *v)
{
    ck_assert_int_le(rg_count_of(y), MOST);
    ck_assert_msg(rg_read(y, RG_F64, v, (size_t)rg_count_of(y)) == RG_OK, "%s",
                  rg_error_of(rg_tape_of(y))->text);
}

static inline void same_numbers(rg_node *a, rg_node *b, double tol)
{
    double u[MOST], v[MOST];
    rg_shape s = rg_shape_of(a), z = rg_shape_of(b);
    ck_assert_int_eq(s.rank, z.rank);
    ck_assert(!memcmp(s.dim, z.dim, (size_t)s.rank * sizeof *s.dim));
    numbers(a, u);
    numbers(b, v);
    for (int64_t i = 0; i < rg_count_of(a); i++)
        ck_assert_msg(fabs(u[i] - v[i]) <= tol * (1 + fabs(u[i])), "element %d: %.17g and %.17g",
                      (int)i, u[i], v[i]);
}

static inline double dot(rg_node *a, rg_node *b)
{
    return rg_value(rg_sum(rg_mul(a, b), RG_ALL_AXES));
}

static inline void fine(const rg_tape *t)
{
    ck_assert_msg(rg_error_of(t)->status == RG_OK, "%s", rg_error_of(t)->text);
}

static inline rg_node *drawn(rg_tape *t, rg_dtype d, rg_shape s)
{
    return rg_detach(rg_normal(t, d, s));
}

/* Smooth functions of x (3) and w (2, 3) that mix everything: five values, or one. */
static inline rg_node *five_of(rg_node *x, rg_node *w)
{
    rg_node *h = rg_tanh(rg_matmul(w, x));
    rg_node *parts[] = {rg_mul(h, rg_exp(rg_index(w, 1, 0))), rg_softmax(x, 0)};
    return rg_concat(2, parts, 0);
}

static inline rg_node *one_of(rg_node *x, rg_node *w)
{
    return rg_logsumexp(rg_square(five_of(x, w)), 0);
}

typedef struct world {
    rg_tape *t;
    rg_node *in[2], *v[2];
    double eps;
} world;

/* Both dtypes are the two turns of a loop test. */
static inline world open_world(int turn)
{
    rg_dtype d = turn ? RG_F32 : RG_F64;
    rg_config c = {.seed = 7};
    world w = {.t = rg_tape_new(&c), .eps = turn ? FLT_EPSILON : DBL_EPSILON};
    w.in[0] = drawn(w.t, d, rg_shape1(3));
    w.in[1] = drawn(w.t, d, rg_shape2(2, 3));
    w.v[0] = drawn(w.t, d, rg_shape1(3));
    w.v[1] = drawn(w.t, d, rg_shape2(2, 3));
    return w;
}

static inline void close_world(world *w)
{
    fine(w->t);
    rg_tape_free(w->t);
}

#endif
