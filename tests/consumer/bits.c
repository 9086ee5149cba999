/* bits.c - a network trained for thirty steps, and the bits of what comes out: to compare
 * one build of the library with another. No matrix product is large enough for BLIS to
 * matter where it is present: none is used. */
#include <retrograd/retrograd.h>
#include <inttypes.h>
#include <stdio.h>

/* FNV-1a over bytes (http://www.isthe.com/chongo/tech/comp/fnv). */
static uint64_t digest(uint64_t h, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)p)[i]) * 1099511628211u;
    return h;
}

static uint64_t train(rg_dtype dtype)
{
    enum { N = 700 };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_add(rg_leaf(t, dtype, rg_shape1(N)), rg_const(t, dtype, rg_shape1(N), 0.5)), *p[2], *g[2];
    double start[N], out[N];
    for (int i = 0; i < N; i++) start[i] = (i % 37 - 18) / 7.0;
    p[0] = rg_leaf(t, dtype, rg_shape1(N));
    p[1] = rg_leaf(t, dtype, rg_shape1(N));
    rg_write(p[0], RG_F64, start, N);
    uint64_t h = 14695981039346656037u;
    for (int step = 0; step < 30; step++) {
        int64_t mark = rg_step_begin(t);
        rg_node *z = rg_add(rg_tanh(rg_mul(p[0], w)), rg_gelu(rg_sub(p[1], p[0])));
        rg_node *loss = rg_add(rg_mean(rg_square(rg_sin(z)), RG_ALL_AXES), rg_logsumexp(z, RG_ALL_AXES));
        rg_grad(loss, NULL, 2, p, g);
        for (int i = 0; i < 2; i++) rg_assign(p[i], rg_sub(p[i], rg_scale(g[i], 0.3)));
        rg_step_end(t, mark);
        for (int i = 0; i < 2; i++) {
            rg_read(p[i], RG_F64, out, N);
            h = digest(h, out, sizeof out);
        }
    }
    if (rg_error_of(t)->status) printf("%s\n", rg_error_of(t)->text);
    rg_tape_free(t);
    return h;
}

int main(void)
{
    printf("%016" PRIx64 "\n%016" PRIx64 "\n", train(RG_F32), train(RG_F64));
    return 0;
}
