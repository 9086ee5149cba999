/* wrong_ops.c - a shared library of ops that are wrong on purpose, for the test of
 * `retrograd check --library`. */
#include <math.h>
#include <retrograd/retrograd.h>

static void square_tile(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const double *x = in[0];
    double *y = to;
    (void)attr;
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * x[i];
}

static void minus_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *slope = rg_scale(rg_in(y, 0), -2);
    if (wanted[0]) out[0] = rg_mul(g, slope);
}

/* Right, but not to be differentiated again. */
static void flat_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *slope = rg_detach(rg_scale(rg_in(y, 0), 2));
    if (wanted[0]) out[0] = rg_mul(g, slope);
}

#define SQUARE(called, rule, shapes)                                                               \
    {                                                                                              \
        .abi = RG_OP_ABI, .name = called, .kind = RG_ELEMENTWISE, .nin = 1,                        \
        .tile = {[RG_F64] = square_tile}, .vjp = rule,                                             \
        .wire = {{.local = "2 {a}", .why = "twice the input", .dom = {.lo = .5, .hi = 3}}},        \
        .example = shapes                                                                          \
    }

static const rg_op minus = SQUARE("minus", minus_rule, "2x3"),
                   flat = SQUARE("flat", flat_rule, "4"),
                   unseen = SQUARE("unseen", minus_rule, NULL);

RG_LIBRARY_OPS = {&minus, &flat, &unseen, NULL};
