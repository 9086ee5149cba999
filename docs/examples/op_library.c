/* op_library.c - ops of your own in a shared library, checked as Retrograd checks its
 * own: to second order, in every dtype, on every layout of the inputs.
 *
 *   cc -shared -fPIC op_library.c $(pkg-config --cflags --libs retrograd) -lm -o ops.so
 *   retrograd check --library ops.so
 */
#include <retrograd/retrograd.h>
#include <math.h>

/* y = log cosh x: a loss that is smooth at 0 and linear far out. */
static void logcosh_f64(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const double *x = (const double *)in[0];
    double *y = (double *)to;
    (void)attr;
    for (int64_t i = 0; i < n; i++) y[i] = fabs(x[i]) + log1p(exp(-2 * fabs(x[i]))) - log(2);
}

static void logcosh_f32(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const float *x = (const float *)in[0];
    float *y = (float *)to;
    (void)attr;
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)(fabs((double)x[i]) + log1p(exp(-2 * fabs((double)x[i]))) - log(2));
}

static void logcosh_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *slope = rg_tanh(rg_in(y, 0));
    if (wanted[0]) out[0] = rg_zmul(g, slope);
}

static const rg_op logcosh = {.abi = RG_OP_ABI,
                              .name = "logcosh",
                              .formula = "log cosh {a}",
                              .kind = RG_ELEMENTWISE,
                              .nin = 1,
                              .tile = {[RG_F32] = logcosh_f32, [RG_F64] = logcosh_f64},
                              .vjp = logcosh_rule,
                              .wire = {{.local = "tanh({a})",
                                        .why = "upstream times the hyperbolic tangent of the input",
                                        .dom = {.lo = -4, .hi = 4}}},
                              .example = "3x4;1"};

RG_LIBRARY_OPS = {&logcosh, NULL};
