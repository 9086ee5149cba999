#include <retrograd/retrograd.h>
#include <stdio.h>

int main(void)
{
    rg_tape *t = rg_tape_new(NULL);
    double xs[] = {0, 1, 2, 3}, ys[] = {1, 3, 5, 7};
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape1(4), xs, 4);
    rg_node *y = rg_leaf_from(t, RG_F64, rg_shape1(4), ys, 4);
    rg_node *p[] = {rg_scalar(t, 0), rg_scalar(t, 0)}, *g[2];
    for (int step = 0; step < 300; step++) {
        int64_t mark = rg_step_begin(t);
        rg_node *line = rg_add(rg_mul(p[0], x), p[1]);
        rg_grad(rg_mse(line, y), NULL, 2, p, g);
        for (int i = 0; i < 2; i++) rg_assign(p[i], rg_sub(p[i], rg_scale(g[i], 0.1)));
        rg_step_end(t, mark);
    }
    printf("y = %.3f x + %.3f\n", rg_value(p[0]), rg_value(p[1]));
    const rg_error *e = rg_error_of(t);
    if (e->status) fprintf(stderr, "%s:%d: %s\n", e->file, e->line, e->text);
    return e->status;
}
