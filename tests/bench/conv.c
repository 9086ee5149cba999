/* conv.c - how long convolution and pooling take, eagerly, one repetition at a time:
 * peers/conv_torch.py asks, in turn with PyTorch, and prints the ratios.
 *
 *   bench_conv THREADS
 *
 * Each line of stdin "N C H W O K STRIDE PAD POOL" is answered by a line of microseconds:
 * conv2d, its gradient for the images, for the weights, max pooling by POOL of the
 * result, and the gradient of that. f32. Of processor time with one thread, so that a busy
 * machine is no matter; of wall time with more. */
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static clockid_t watch = CLOCK_THREAD_CPUTIME_ID;

static double now(void)
{
    struct timespec t;
    clock_gettime(watch, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

typedef struct shape {
    long n, c, h, w, o, k, stride, pad, pool;
} shape;

static double lap(double *since)
{
    double t = now(), d = t - *since;
    *since = t;
    return d;
}

static rg_node *drawn(rg_tape *t, rg_shape s)
{
    rg_node *x = rg_leaf(t, RG_F32, s);
    int64_t mark = rg_mark(t);
    rg_tensor numbers = rg_peek(rg_normal(t, RG_F32, s));
    rg_write(x, RG_F32, numbers.data, (size_t)rg_count(&numbers));
    rg_rewind(t, mark);
    return x;
}

/* One repetition; the first of a shape brings memory and caches to what is usual. */
static bool measure(rg_tape *t, const shape *s, double us[5])
{
    int64_t start = rg_mark(t);
    rg_conv_how how = {{s->stride, s->stride}, {s->pad, s->pad}, {1, 1}, 1};
    rg_node *x = drawn(t, rg_shape4(s->n, s->c, s->h, s->w));
    rg_node *w = drawn(t, rg_shape4(s->o, s->c, s->k, s->k));
    rg_node *g = drawn(t, rg_shape_of(rg_conv2d_of(x, w, &how)));
    for (int i = 0; i < 3; i++) {
        int64_t mark = rg_mark(t);
        double since = now();
        rg_node *y = rg_conv2d_of(x, w, &how);
        us[0] = lap(&since);
        rg_conv2d_back_x(g, w, s->h, s->w, &how);
        us[1] = lap(&since);
        rg_conv2d_back_w(x, g, s->k, s->k, &how);
        us[2] = lap(&since);
        rg_node *m = rg_maxpool2d(y, s->pool), *gy;
        us[3] = lap(&since);
        rg_node *up = rg_const(t, RG_F32, rg_shape_of(m), 1);
        rg_grad(m, up, 1, &y, &gy);
        us[4] = lap(&since);
        rg_rewind(t, mark);
    }
    rg_rewind(t, start);
    return rg_error_of(t)->status == RG_OK;
}

int main(int argc, char **argv)
{
    rg_tape *t = rg_tape_new(NULL);
    shape s;
    double us[5];
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    if (!t) return 5;
    if (threads > 1) watch = CLOCK_MONOTONIC;
    rg_set_threads(threads);
    while (scanf("%ld %ld %ld %ld %ld %ld %ld %ld %ld", &s.n, &s.c, &s.h, &s.w, &s.o, &s.k,
                 &s.stride, &s.pad, &s.pool) == 9) {
        if (!measure(t, &s, us)) {
            fprintf(stderr, "%s\n", rg_error_of(t)->text);
            return 3;
        }
        for (int i = 0; i < 5; i++) printf("%.3f%c", us[i], i < 4 ? ' ' : '\n');
        fflush(stdout);
    }
    rg_tape_free(t);
    return 0;
}
