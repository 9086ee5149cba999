/* custom_op.c - an op of your own, outside the library. Fill in an rg_op and pass it
 * to rg_apply: the tape, gradients of any order and the checks then know it.
 *
 *   cc custom_op.c $(pkg-config --cflags --libs retrograd) -lm -o custom_op
 */
#include <retrograd/retrograd.h>
#include <math.h>
#include <stdio.h>

/* y = log cosh x, and dy/dx = tanh x: a loss that is smooth at 0 and linear far out. */
static void logcosh_f64(int64_t n, void *to, const void *const *in, const rg_attr *attr)
{
    const double *x = (const double *)in[0];
    double *y = (double *)to;
    (void)attr;
    for (int64_t i = 0; i < n; i++) y[i] = fabs(x[i]) + log1p(exp(-2 * fabs(x[i]))) - log(2);
}

/* The rule is written with ops, so it can be differentiated again. */
static void logcosh_rule(rg_node *y, rg_node *g, const unsigned char *wanted, rg_node **out)
{
    rg_node *slope = rg_tanh(rg_in(y, 0));
    if (wanted[0]) out[0] = rg_zmul(g, slope);
}

int main(void)
{
    rg_op logcosh;
    rg_op_init(&logcosh, "logcosh", RG_ELEMENTWISE, 1);
    logcosh.formula = "log cosh {a}";
    logcosh.tile[RG_F64] = logcosh_f64;
    logcosh.vjp = logcosh_rule;
    logcosh.wire[0].local = "tanh({a})";
    logcosh.wire[0].why = "upstream times the hyperbolic tangent of the input";

    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_scalar(t, 0.5), *dy, *d2y;
    rg_node *y = rg_apply(&logcosh, 1, &x, NULL);
    rg_grad(y, NULL, 1, &x, &dy);
    rg_grad(dy, NULL, 1, &x, &d2y);
    printf("logcosh(0.5) = %.12f   slope %.12f   curvature %.12f\n", rg_value(y), rg_value(dy), rg_value(d2y));

    const rg_error *e = rg_error_of(t);
    if (e->status) fprintf(stderr, "%s:%d: %s\n", e->file, e->line, e->text);
    int failed = e->status || fabs(rg_value(dy) - tanh(0.5)) > 1e-15;
    rg_tape_free(t);
    return failed;
}
