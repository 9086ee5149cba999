/* 7.2: the derivative of a matrix product by a matrix is a tensor of rank three or four; nobody
 * forms it, for its product with what arrives is an outer product. */
#include "lesson.h"

/* The largest array that a backward pass through an n x n matrix times a vector makes. */
static int64_t largest_on_the_way(lesson *l, int64_t n)
{
    rg_node *W = normal(l, rg_shape2(n, n)), *z = rg_matmul(W, normal(l, rg_shape1(n))),
            *u = normal(l, rg_shape1(n)), *g;
    int64_t start = rg_mark(l->tape), most = 0;
    rg_grad(z, u, 1, &W, &g);
    for (int64_t i = start; i < rg_mark(l->tape); i++) {
        int64_t count = rg_count_of(rg_node_at(l->tape, i));
        most = count > most ? count : most;
    }
    return most;
}

void lesson_7_2(lesson *l)
{
    rg_node *W = normal(l, rg_shape2(2, 3)), *x = normal(l, rg_shape1(3)),
            *u = normal(l, rg_shape1(2));
    rg_node *z = rg_matmul(W, x), *tensor = jacobian(z, W); /* (2, 2, 3) */
    double t[12];
    int zeros_there = 0;
    numbers(tensor, 12, t);
    for (int i = 0; i < 12; i++) zeros_there += t[i] == 0;
    say(l, "dz_i/dW for z = W x, W 2x3: two slices");
    for (int i = 0; i < 2; i++)
        for (int r = 0; r < 2; r++)
            say(l, "  %s %8.4f %8.4f %8.4f",
                r   ? "      "
                : i ? "i = 1 "
                    : "i = 0 ",
                t[6 * i + 3 * r], t[6 * i + 3 * r + 1], t[6 * i + 3 * r + 2]);
    rg_node *contracted = rg_sum(rg_mul(rg_reshape(u, rg_shape3(2, 1, 1)), tensor), 0),
            *outer = rg_outer(u, x), *back;
    rg_grad(z, u, 1, &W, &back);
    holds(l, zeros_there == 6, "6 of its 12 numbers are 0: weight (r, c) reaches only z_r");
    holds(l, distance(contracted, outer) == 0 && distance(back, outer) == 0,
          "contracted with what arrives it is the outer product u x^T, to the bit");
    int64_t largest = largest_on_the_way(l, 100);
    holds(l, largest == 100 * 100,
          "nobody forms it: for W 100x100 it had 1,000,000 numbers, the largest array of the "
          "backward "
          "pass has %d (1,000 times 1,000: a thousand million, a million)",
          (int)largest);

    rg_node *X = normal(l, rg_shape2(3, 4)), *Z = rg_matmul(W, X), *U = normal(l, rg_shape2(2, 4)),
            *dW, *dX;
    rg_grad(Z, U, 1, &W, &dW);
    rg_grad(Z, U, 1, &X, &dX);
    rg_node *full =
        rg_sum(rg_sum(rg_mul(rg_reshape(U, rg_shape4(2, 4, 1, 1)), jacobian(Z, W)), 0), 0);
    holds(l, distance(full, dW) < 1e-14 && distance(dW, rg_matmul(U, rg_transpose(X))) < 1e-14,
          "a matrix times a matrix: the tensor of rank 4 contracted is U X^T");
    holds(l, distance(dX, rg_matmul(rg_transpose(W), U)) < 1e-14,
          "and by X it is W^T U: the shapes leave no other choice");

    rg_node *y = normal(l, rg_shape1(2)), *e = rg_sum(rg_square(rg_sub(y, rg_matmul(W, x))), 0);
    rg_node *residual = rg_sub(y, rg_matmul(W, x)), *arrives = rg_scale(residual, 2),
            *g = gradient(e, W);
    slip(l, distance(g, rg_outer(arrives, x)) < 1e-12,
         distance(g, rg_neg(rg_outer(arrives, x))) < 1e-14,
         "S37: for z = y - W x the gradient by W is minus (dE/dz) x^T");

    rg_node *h = rg_relu(Z), *masked;
    rg_grad(h, U, 1, &Z, &masked);
    holds(l, distance(masked, rg_mul(U, rg_positive(Z))) == 0,
          "through a relu the upstream passes where the input was positive, and nowhere else");

    matrix_figure(l, "The tensor dz/dW: dz_0/dW above dz_1/dW", "column of W",
                  "row of W, of dz_0 then of dz_1", "dz_i/dW_rc", 4, 3, t);
}
LESSON_MAIN(lesson_7_2)
