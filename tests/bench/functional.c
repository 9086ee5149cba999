/* functional.c - what products with Jacobians and Hessians cost, in forward passes, and
 * what colouring saves on a sparse Hessian. Medians of processor time.
 *
 *   bench_functional [REPEATS]       default 31
 *
 * "eager" computes all that is recorded; "needed" only what the answer needs, on a
 * record-only tape, as a plan would. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LAYERS = 3, CHAIN = 1600, MOST = 1000 };

typedef struct network {
    rg_tape *t;
    bool lazy;
    rg_node *x, *w[LAYERS], *v[LAYERS];
} network;

static double now_us(void)
{
    struct timespec s;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &s);
    return (double)s.tv_sec * 1e6 + (double)s.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b)
{
    double u = *(const double *)a, v = *(const double *)b;
    return (u > v) - (u < v);
}

static double median(double *us, int n)
{
    qsort(us, (size_t)n, sizeof *us, by_size);
    return us[n / 2];
}

static rg_node *drawn(rg_tape *t, rg_dtype d, rg_shape s)
{
    rg_node *x = rg_leaf(t, d, s);
    double *v = calloc((size_t)rg_count_of(x), sizeof *v);
    if (!v) abort();
    for (int64_t i = 0; i < rg_count_of(x); i++) v[i] = rand() / (5. * RAND_MAX) - .1;
    rg_write(x, RG_F64, v, (size_t)rg_count_of(x));
    free(v);
    return x;
}

static network open_network(bool lazy, rg_dtype d, int batch, const int *width)
{
    rg_config c = {.lazy = lazy};
    network n = {.t = rg_tape_new(&c), .lazy = lazy};
    n.x = drawn(n.t, d, rg_shape2(batch, width[0]));
    for (int i = 0; i < LAYERS; i++) {
        n.w[i] = drawn(n.t, d, rg_shape2(width[i], width[i + 1]));
        n.v[i] = drawn(n.t, d, rg_shape2(width[i], width[i + 1]));
    }
    return n;
}

static rg_node *output_of(const network *n)
{
    rg_node *x = n->x;
    for (int i = 0; i < LAYERS; i++) {
        x = rg_matmul(x, n->w[i]);
        if (i + 1 < LAYERS) x = rg_tanh(x);
    }
    return x;
}

static void finish(const network *n, int many, rg_node *const *y)
{
    for (int i = 0; i < many && n->lazy; i++) rg_eval(y[i]);
}

/* 0: forward; 1: gradient of the sum; 2: Jacobian-vector; 3: Hessian-vector of the sum. */
static double time_of(network *n, int what)
{
    int64_t mark = rg_mark(n->t);
    rg_node *out[LAYERS];
    double start = now_us();
    rg_node *y = output_of(n);
    if (what & 1) y = rg_sum(rg_square(y), RG_ALL_AXES);
    finish(n, 1, &y);
    if (what) start = now_us();
    if (what == 1) rg_grad(y, NULL, LAYERS, n->w, out);
    if (what == 2) out[0] = rg_jvp(y, LAYERS, n->w, n->v);
    if (what == 3) rg_hvp(y, LAYERS, n->w, n->v, out);
    finish(n, what == 0 ? 0 : what == 2 ? 1 : LAYERS, out);
    double us = now_us() - start;
    rg_rewind(n->t, mark);
    return us;
}

static void print_products(const char *name, rg_dtype d, int batch, const int *width, int repeats)
{
    for (int lazy = 0; lazy < 2; lazy++) {
        network n = open_network(lazy, d, batch, width);
        static double us[4][MOST];
        for (int i = 0; i < repeats; i++)
            for (int what = 0; what < 4; what++) us[what][i] = time_of(&n, what);
        double forward = median(us[0], repeats);
        printf("%-22s %-6s forward %8.1f us, gradient %.2f, jvp %.2f, hvp %.2f forward passes\n",
               name, lazy ? "needed" : "eager", forward, median(us[1], repeats) / forward,
               median(us[2], repeats) / forward, median(us[3], repeats) / forward);
        rg_tape_free(n.t);
    }
}

/* Rosenbrock's chain: its Hessian has three diagonals, so three products are enough. */
static rg_node *chain_of(rg_node *x)
{
    int64_t n = rg_count_of(x);
    rg_node *low = rg_slice(x, 0, 0, n - 1, 1), *high = rg_slice(x, 0, 1, n - 1, 1);
    rg_node *bend = rg_square(rg_sub(high, rg_square(low)));
    rg_node *far = rg_square(rg_offset(rg_neg(low), 1));
    return rg_sum(rg_add(rg_scale(bend, 100), far), 0);
}

static void print_sparse(int n, int repeats)
{
    static int64_t row[2 * CHAIN], column[2 * CHAIN];
    static double value[2 * CHAIN], us[2][MOST];
    for (int i = 0; i < 2 * n - 1; i++) { /* the diagonal and the one below it */
        row[i] = (i + 1) / 2;
        column[i] = i / 2;
    }
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = drawn(t, RG_F64, rg_shape1(n)), *H;
    int64_t mark = rg_mark(t);
    for (int i = 0; i < repeats; i++)
        for (int sparse = 0; sparse < 2; sparse++) {
            double start = now_us();
            rg_node *f = chain_of(x);
            if (sparse)
                rg_read_sparse_hessian(f, x, 2 * n - 1, row, column, value);
            else
                rg_hessian(f, 1, &x, &H);
            us[sparse][i] = now_us() - start;
            rg_rewind(t, mark);
        }
    double whole = median(us[0], repeats), few = median(us[1], repeats);
    printf("three diagonals of %-5d whole %9.1f us, coloured %7.1f us, ratio %.1f\n", n, whole, few,
           whole / few);
    rg_tape_free(t);
}

int main(int argc, char **argv)
{
    int repeats = argc > 1 ? atoi(argv[1]) : 31;
    if (repeats < 1 || repeats > MOST) return 2;
    print_products("784-512-512-10, f32", RG_F32, 128, (const int[]){784, 512, 512, 10}, repeats);
    print_products("8-10-10-1, f64", RG_F64, 64, (const int[]){8, 10, 10, 1}, repeats);
    for (int n = 25; n <= CHAIN; n *= 4) print_sparse(n, repeats);
    return 0;
}
