/* hessian.c - W8: the whole Hessian of a small network, f64. */
#include "bench.h"

enum { IN = 8, HIDDEN = 10, SAMPLES = 64, SIZE = IN * HIDDEN + HIDDEN + HIDDEN + 1 };

static void open_hessian(job *j)
{
    job_feed(j, RG_F64, rg_shape2(SAMPLES, IN), 1);
    job_feed(j, RG_F64, rg_shape2(SAMPLES, 1), 1);
    job_param(j, RG_F64, rg_shape1(SIZE), 0.5);
}

/* The next numbers of the parameter vector, as a matrix. */
static rg_node *take(rg_node *all, int64_t *from, int64_t rows, int64_t columns)
{
    rg_node *part = rg_slice(all, 0, *from, rows * columns, 1);
    *from += rows * columns;
    return rg_reshape(part, rg_shape2(rows, columns));
}

static int record_hessian(job *j, rg_node **out)
{
    rg_node *all = j->param[0];
    int64_t from = 0;
    rg_node *w1 = take(all, &from, IN, HIDDEN), *b1 = take(all, &from, 1, HIDDEN);
    rg_node *w2 = take(all, &from, HIDDEN, 1), *b2 = take(all, &from, 1, 1);
    rg_node *h = rg_tanh(rg_add(rg_matmul(j->feed[0].leaf, w1), b1));
    rg_node *y = rg_add(rg_matmul(h, w2), b2);
    out[0] = rg_mse(y, j->feed[1].leaf);
    rg_hessian(out[0], 1, &all, &out[1]);
    return 2;
}

const workload hessians[] = {
    {"W8",
     "ms",
     1e3,
     STEP_TIME,
     8,
     open_hessian,
     record_hessian,
     NULL,
     NULL,
     {0.744108653506, 0.0658279604311},
     1e-11},
    {.name = NULL},
};
