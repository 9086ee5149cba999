/* 7.1: the Jacobian holds every slope of every output; the Hessian is the Jacobian of the gradient.
 */
#include "lesson.h"

enum { SIZES = 8 };

static double predicted_error(lesson *l, rg_node *W, rg_node *x, rg_node *step)
{
    (void)l;
    rg_node *moved = rg_sub(rg_tanh(rg_matmul(W, rg_add(x, step))), rg_tanh(rg_matmul(W, x)));
    return distance(moved, rg_matmul(jacobian(rg_tanh(rg_matmul(W, x)), x), step));
}

void lesson_7_1(lesson *l)
{
    rg_node *W = normal(l, rg_shape2(3, 2)), *x = normal(l, rg_shape1(2)),
            *y = rg_tanh(rg_matmul(W, x)), *J = jacobian(y, x);
    say(l, "y = tanh(W x), W 3x2: dy/dx");
    for (int i = 0; i < 3; i++) say(l, "  %9.5f %9.5f", number(J, 2 * i), number(J, 2 * i + 1));
    rg_shape s = rg_shape_of(J);
    slip(l, s.dim[0] == 2 && s.dim[1] == 3, s.rank == 2 && s.dim[0] == 3 && s.dim[1] == 2,
         "S36: for x of 2 and y of 3 numbers the Jacobian is 3x2: a row per output");

    double size[SIZES], error[SIZES];
    rg_node *way = normal(l, rg_shape1(2));
    for (int i = 0; i < SIZES; i++) {
        size[i] = pow(10, -i / 2.0);
        error[i] = predicted_error(l, W, x, rg_scale(way, size[i]));
    }
    double order = log(error[4] / error[6]) / log(size[4] / size[6]);
    holds(l, fabs(order - 2) < 0.1,
          "J dx predicts dy, with an error that falls as the square of the step (order %.3f)",
          order);

    rg_node *linear = jacobian(rg_matmul(W, x), x);
    holds(l, distance(linear, W) == 0, "numerator layout: the Jacobian of W x is W");
    rg_node *upstream = normal(l, rg_shape1(3)), *back;
    rg_grad(rg_matmul(W, x), upstream, 1, &x, &back);
    slip(l, rg_shape_of(back).dim[0] == 3,
         distance(back, rg_matmul(rg_transpose(W), upstream)) < 1e-15,
         "S67: a gradient has the shape of its wire (denominator layout): what arrives is "
         "multiplied by W^T, the Jacobian transposed");

    rg_node *A = normal(l, rg_shape2(4, 4)), *v = normal(l, rg_shape1(4)),
            *q = rg_dot(v, rg_matmul(A, v)), *H = hessian(q, v);
    holds(l, distance(H, rg_add(A, rg_transpose(A))) < 1e-14, "the Hessian of x^T A x is A + A^T");
    rg_node *f = rg_logsumexp(rg_tanh(rg_matmul(A, v)), -1), *curved = hessian(f, v);
    holds(l, distance(curved, rg_transpose(curved)) < 1e-14, "a Hessian is symmetric (%.1e)",
          distance(curved, rg_transpose(curved)));

    double cells[16];
    numbers(curved, 16, cells);
    matrix_figure(l, "Second derivatives of log-sum-exp(tanh(A v))", "column", "row",
                  "second derivative", 4, 4, cells);
    rg_figure_options e = {.title = "Error of the linear prediction",
                           .about = "A straight line of slope 2: the square of the step.",
                           .x = {.label = "size of the step", .log = true},
                           .y = {.label = "error", .log = true}};
    rg_figure_line(figure_with(l, &e), NULL, SIZES, size, error);
}
LESSON_MAIN(lesson_7_1)
