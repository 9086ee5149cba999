/* scalar.c - the cost of a node, eagerly: record a scalar recurrence of N iterations of
 * 14 nodes and its gradient for four inputs, on a warm tape.
 *
 *   scalar [ITERATIONS [REPEATS]]     default 71 iterations, 2001 repeats
 *
 * Prints the medians in ns per forward node, and what the tape holds per node. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* s = sum of x over x <- tanh(a x + b) exp(-x x) + log(1 + c x x) / (1 + x x) */
static rg_node *recurrence(rg_node *x, rg_node *a, rg_node *b, rg_node *c, int iterations)
{
    rg_node *s = NULL;
    for (int i = 0; i < iterations; i++) {
        rg_node *xx = rg_mul(x, x);
        rg_node *wave = rg_tanh(rg_add(rg_mul(a, x), b));
        rg_node *bell = rg_exp(rg_neg(xx));
        rg_node *rise = rg_log(rg_offset(rg_mul(c, xx), 1));
        rg_node *ratio = rg_div(rise, rg_offset(xx, 1));
        x = rg_add(rg_mul(wave, bell), ratio);
        s = s ? rg_add(s, x) : x;
    }
    return s;
}

int main(int argc, char **argv)
{
    int iterations = argc > 1 ? atoi(argv[1]) : 71, repeats = argc > 2 ? atoi(argv[2]) : 2001;
    if (iterations < 1 || repeats < 1) return 2;
    double *record = malloc((size_t)repeats * 2 * sizeof *record), *both = record + repeats;
    rg_tape *t = rg_tape_new(NULL);
    if (!record || !t) return 5;
    double ds[4] = {0}, bytes = 0, nodes = 0;
    for (int i = 0; i < repeats; i++) {
        double start = now();
        rg_node *in[] = {rg_scalar(t, .5), rg_scalar(t, .7), rg_scalar(t, .1), rg_scalar(t, .9)},
                *g[4];
        rg_node *s = recurrence(in[0], in[1], in[2], in[3], iterations);
        record[i] = now() - start;
        if (rg_grad(s, NULL, 4, in, g)) return 1;
        both[i] = now() - start;
        for (int k = 0; k < 4; k++) ds[k] = rg_value(g[k]);
        bytes = (double)rg_bytes(t);
        nodes = (double)rg_len(t);
        rg_rewind(t, 0);
    }
    qsort(record, (size_t)repeats, sizeof *record, by_size);
    qsort(both, (size_t)repeats, sizeof *both, by_size);
    double forward = 14.0 * iterations;
    printf("{\"iterations\": %d, \"record_ns\": %.1f, \"record_and_gradient_ns\": %.1f, "
           "\"bytes_per_node\": %.0f, "
           "\"ds/dx0\": %.12g, \"ds/da\": %.12g}\n",
           iterations, record[repeats / 2] / forward, both[repeats / 2] / forward, bytes / nodes,
           ds[0], ds[1]);
    rg_tape_free(t);
    free(record);
    return 0;
}
