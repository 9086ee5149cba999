/* planning.c - how long rg_compile takes: for W1, and for chains of layers and of single
 * numbers that grow to a million nodes. Processor time, the least of a few. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One step of gradient descent on 784-512-512-10, as W1. */
static void record_w1(rg_tape *t, int64_t unused)
{
    static const int64_t wide[] = {784, 512, 512, 10};
    rg_node *w[6], *g[6], *x = rg_leaf(t, RG_F32, rg_shape2(128, 784));
    (void)unused;
    for (int i = 0; i < 3; i++) {
        w[2 * i] = rg_leaf(t, RG_F32, rg_shape2(wide[i], wide[i + 1]));
        w[2 * i + 1] = rg_leaf(t, RG_F32, rg_shape1(wide[i + 1]));
        x = rg_add(rg_matmul(x, w[2 * i]), w[2 * i + 1]);
        if (i < 2) x = rg_relu(x);
    }
    rg_node *loss = rg_cross_entropy(x, rg_leaf(t, RG_I64, rg_shape1(128)));
    rg_grad(loss, NULL, 6, w, g);
    for (int i = 0; i < 6; i++) rg_assign(w[i], rg_sub(w[i], rg_scale(g[i], 0.01)));
}

/* Layers of 8 with tanh, trained. */
static void record_layers(rg_tape *t, int64_t layers)
{
    rg_node *x = rg_leaf(t, RG_F32, rg_shape2(4, 8)), *w = rg_leaf(t, RG_F32, rg_shape2(8, 8)), *g;
    for (int64_t i = 0; i < layers; i++) x = rg_tanh(rg_add(rg_matmul(x, w), x));
    rg_grad(rg_mean(x, RG_ALL_AXES), NULL, 1, &w, &g);
    rg_assign(w, rg_sub(w, rg_scale(g, 0.01)));
}

/* A recurrence of single numbers, much like W6's. */
static void record_numbers(rg_tape *t, int64_t iterations)
{
    rg_node *x = rg_scalar(t, .5), *a = rg_scalar(t, .7), *s = x, *g;
    rg_node *of = x;
    for (int64_t i = 0; i < iterations; i++) {
        rg_node *xx = rg_mul(x, x);
        x = rg_add(rg_mul(rg_tanh(rg_mul(a, x)), rg_exp(rg_neg(xx))), rg_div(xx, rg_offset(xx, 1)));
        s = rg_add(s, x);
    }
    rg_grad(s, NULL, 1, &of, &g);
    rg_assign(of, rg_sub(of, g));
}

static void measure(const char *name, void (*record)(rg_tape *, int64_t), int64_t n, int repeats)
{
    rg_config cfg = {.lazy = true};
    rg_tape *t = rg_tape_new(&cfg);
    if (!t) exit(5);
    record(t, n);
    double took = 1e30;
    for (int i = 0; i < repeats; i++) {
        double start = now();
        rg_plan *p = rg_compile(t, 0, NULL, NULL);
        double t1 = now() - start;
        if (t1 < took) took = t1;
        if (!p) exit(1);
        rg_plan_free(p);
    }
    int64_t nodes = rg_mark(t);
    printf("%-8s %8lld nodes %10.3f ms %7.0f ns per node\n", name, (long long)nodes, took * 1e3,
           took * 1e9 / (double)nodes);
    rg_tape_free(t);
}

int main(void)
{
    measure("W1", record_w1, 0, 9);
    for (int64_t n = 100; n <= 100000; n *= 10) measure("layers", record_layers, n, n > 9999 ? 3 : 9);
    for (int64_t n = 35; n <= 35000; n *= 10) measure("numbers", record_numbers, n, n > 9999 ? 3 : 9);
    return 0;
}
