/* 2.2: the gradient of a scalar by a vector: wiggle the vector, and the dot product with the
 * gradient predicts what happens. */
#include "lesson.h"

enum { SIZES = 9, N = 4 };

void lesson_2_2(lesson *l)
{
    rg_node *theta = normal(l, rg_shape1(N)), *x = normal(l, rg_shape1(N)),
            *A = normal(l, rg_shape2(N, N));
    holds(l, distance(gradient(rg_dot(theta, x), x), theta) == 0,
          "the gradient of theta^T x by x is theta");
    rg_node *q = rg_dot(x, rg_matmul(A, x)), *g = gradient(q, x),
            *both = rg_matmul(rg_add(A, rg_transpose(A)), x);
    holds(l, distance(g, both) < 1e-14, "of x^T A x it is (A + A^T) x (%.1e)", distance(g, both));
    double first = 0, literal = 0;
    for (int j = 0; j < N; j++)
        first += (number(A, j) + number(A, N * j)) * number(x, j),
            literal += number(A, j) * number(x, j) + number(A, N * j) * number(x, 0);
    slip(l, near(literal, number(g, 0), 1e-6), near(first, number(g, 0), 1e-12),
         "S04: the second sum of df/dx_1 runs over a_i1 x_i (%.5f); with a_i1 x_1 it would be %.5f",
         first, literal);
    rg_node *S = rg_add(A, rg_transpose(A));
    holds(l,
          distance(gradient(rg_dot(x, rg_matmul(S, x)), x), rg_scale(rg_matmul(S, x), 2)) < 1e-13,
          "for a symmetric A it is 2 A x");
    rg_node *one = vector(l, 1, (double[]){1.7}), *a = matrix(l, 1, 1, (double[]){3});
    holds(l, number(gradient(rg_dot(one, rg_matmul(a, one)), one), 0) == 2 * 3 * 1.7,
          "for n = 1 it is 2 a x");
    rg_node *M = normal(l, rg_shape2(2, 3)), *dM = gradient(rg_sum(rg_square(M), RG_ALL_AXES), M);
    holds(l, rg_shape_of(dM).dim[0] == 2 && rg_shape_of(dM).dim[1] == 3,
          "the gradient by a 2x3 matrix is a 2x3 matrix");

    double size[SIZES], error[SIZES];
    rg_node *way = normal(l, rg_shape1(N));
    say(l, "size of the step   predicted      happened");
    for (int i = 0; i < SIZES; i++) {
        size[i] = pow(10, -0.5 * i);
        rg_node *step = rg_scale(way, size[i]), *moved = rg_add(x, step);
        double predicted = rg_value(rg_dot(g, step)),
               happened = rg_value(rg_dot(moved, rg_matmul(A, moved))) - rg_value(q);
        error[i] = fabs(predicted - happened);
        if (i % 2 == 0) say(l, "%-18g %-14.8f %.8f", size[i], predicted, happened);
    }
    double order = log10(error[2] / error[6]) / log10(size[2] / size[6]);
    holds(l, fabs(order - 2) < 1e-6,
          "the error of the prediction falls as the square of the step (order %.6f)", order);
    rg_figure_options o = {.title = "How well the gradient predicts",
                           .about = "A line of slope 2.",
                           .x = {.label = "size of the step", .log = true},
                           .y = {.label = "error of the prediction", .log = true}};
    rg_figure_line(figure_with(l, &o), NULL, SIZES, size, error);
}
LESSON_MAIN(lesson_2_2)
