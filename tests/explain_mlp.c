/* explain_mlp.c - one step of a small network, with names, scopes and lines, for
 * tests/golden/mlp.txt. */
#include <retrograd/retrograd.h>

rg_status explain_mlp(void (*write)(void *ud, const char *text, size_t n), void *ud);

static rg_node *matrix(rg_tape *t, int64_t rows, int64_t columns, const double *numbers)
{
    return rg_leaf_from(t, RG_F64, rg_shape2(rows, columns), numbers, (size_t)(rows * columns));
}

rg_status explain_mlp(void (*write)(void *ud, const char *text, size_t n), void *ud)
{
    rg_tape *t = rg_tape_new(NULL);
    RG_LET(X, matrix(t, 2, 2, (double[]){1, 2, -1, 0.5}));
    RG_LET(labels, rg_leaf_from(t, RG_I64, rg_shape1(2), (int64_t[]){0, 1}, 2));
    RG_LET(W1, matrix(t, 2, 3, (double[]){0.5, -1, 0.25, 1, 0.5, -0.75}));
    RG_LET(b1, rg_leaf_from(t, RG_F64, rg_shape1(3), (double[]){0.1, 0, -0.1}, 3));
    RG_LET(W2, matrix(t, 3, 2, (double[]){1, -1, 0.5, 2, -1, 0}));

    rg_scope_begin(t, "layer 1");
    rg_node *z = rg_add(rg_matmul(X, W1), b1);
    RG_LET(h, rg_relu(z));
    rg_scope_end(t);
    rg_scope_begin(t, "layer 2");
    RG_LET(scores, rg_matmul(h, W2));
    rg_scope_end(t);
    RG_LET(loss, rg_cross_entropy(scores, labels));

    rg_node *x[] = {W1, b1, W2};
    rg_status s = rg_explain_text(loss, 3, x, NULL, write, ud);
    rg_tape_free(t);
    return s;
}
