/* replay.c - a training step, recorded once and replayed 300 times: the line of line.c,
 * with other points in every step. Prints y = 2.000 x + 1.000. */
#include <retrograd/retrograd.h>
#include <stdio.h>

int main(void)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F64, rg_shape1(4)), *y = rg_leaf(t, RG_F64, rg_shape1(4));
    rg_node *p[] = {rg_scalar(t, 0), rg_scalar(t, 0)}, *g[2];

    rg_node *loss = rg_mse(rg_add(rg_mul(p[0], x), p[1]), y);
    rg_grad(loss, NULL, 2, p, g);
    for (int i = 0; i < 2; i++) rg_assign(p[i], rg_sub(p[i], rg_scale(g[i], 0.1)));
    rg_plan *plan = rg_compile(t, 1, &loss, NULL);

    for (int step = 0; step < 300 && plan; step++) {
        double xs[4], ys[4];
        for (int i = 0; i < 4; i++) xs[i] = (step + i) % 5 - 1, ys[i] = 2 * xs[i] + 1;
        rg_write(x, RG_F64, xs, 4);
        rg_write(y, RG_F64, ys, 4);
        if (rg_run(plan)) break;
    }
    printf("y = %.3f x + %.3f\n", rg_value(p[0]), rg_value(p[1]));
    const rg_error *e = rg_error_of(t);
    if (e->status) fprintf(stderr, "%s:%d: %s\n", e->file, e->line, e->text);
    int status = e->status;
    rg_plan_free(plan);
    rg_tape_free(t);
    return status;
}
