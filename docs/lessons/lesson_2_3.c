/* 2.3: two layouts of the same derivatives: numerator and denominator. */
#include "lesson.h"

void lesson_2_3(lesson *l)
{
    rg_node *W = normal(l, rg_shape2(3, 2)), *x = normal(l, rg_shape1(2)),
            *y = rg_sigmoid(rg_matmul(W, x));
    rg_node *numerator = jacobian(y, x), *denominator = rg_transpose(numerator);
    double n[6], d[6];
    numbers(numerator, 6, n);
    numbers(denominator, 6, d);
    say(l, "numerator layout, 3x2          denominator layout, 2x3");
    for (int i = 0; i < 3; i++)
        say(l, i < 2 ? "%9.5f %9.5f            %9.5f %9.5f %9.5f" : "%9.5f %9.5f", n[2 * i],
            n[2 * i + 1], d[(3 * i) % 6], d[(3 * i + 1) % 6], d[(3 * i + 2) % 6]);
    bool same = true;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) same = same && n[2 * i + k] == d[3 * k + i];
    holds(l, same, "the same numbers, transposed");
    rg_node *A = normal(l, rg_shape2(4, 3)), *g = gradient(rg_sum(rg_exp(A), RG_ALL_AXES), A);
    rg_shape s = rg_shape_of(g), v = rg_shape_of(gradient(rg_dot(x, x), x));
    holds(l, s.dim[0] == 4 && s.dim[1] == 3 && v.rank == 1 && v.dim[0] == 2,
          "a gradient on the tape has the shape of its wire: denominator layout");
    /* In this layout the factors of the chain stand from the input to the output. */
    rg_node *u = normal(l, rg_shape1(3)), *z = rg_dot(u, y),
            *chain = rg_matmul(denominator, gradient(z, y));
    rg_shape wrong = rg_shape_of(gradient(z, y));
    slip(l, wrong.dim[0] == 2, distance(chain, gradient(z, x)) < 1e-15,
         "S67: here the chain rule reads dz/dx = (dy/dx)(dz/dy), 2x3 times 3: the other order does "
         "not even fit");
    matrix_figure(l, "Numerator layout: a row per output", "input", "output", "dy/dx", 3, 2, n);
    matrix_figure(l, "Denominator layout: a row per input", "output", "input", "dy/dx", 2, 3, d);
}
LESSON_MAIN(lesson_2_3)
