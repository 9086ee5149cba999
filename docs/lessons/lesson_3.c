/* 3: least squares in closed form, by descent, and where the closed form does not exist. */
#include "lesson.h"

enum { N = 20, STEPS = 400, GRID = 41 };

/* |y - X theta|^2 / 2. */
static rg_node *half_squares(rg_node *X, rg_node *y, rg_node *theta)
{
    return rg_scale(rg_sum(rg_square(rg_sub(y, rg_matmul(X, theta))), 0), 0.5);
}

static rg_node *descend(lesson *l, rg_node *X, rg_node *y, int64_t d, double rate, double *path)
{
    rg_node *theta = zeros(l, rg_shape1(d));
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 1, .param = &theta, .lr = rate});
    for (int i = 0; i < STEPS; i++) {
        if (path) path[i] = number(theta, 0), path[STEPS + i] = number(theta, 1);
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, half_squares(X, y, theta));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    return theta;
}

/* Fewer examples than features: X X^T can be inverted, X^T X cannot. */
static void too_few(lesson *l)
{
    /* X X^T has the eigenvalues 2.75 and 7.75, so that 400 steps are enough for any y. */
    rg_node *X = matrix(l, 2, 3, (double[]){1, 2, 0.5, -0.5, 1, 2}), *y = normal(l, rg_shape1(2)),
            *gram = rg_matmul(rg_transpose(X), X);
    double det = rg_value(rg_det(gram));
    rg_node *least = rg_matmul(rg_transpose(X), rg_solve(rg_matmul(X, rg_transpose(X)), y)),
            *found = descend(l, X, y, 3, 0.15, NULL);
    say(l, "2 examples, 3 features: det X^T X = %.1e", det);
    slip(l, fabs(det) > 1e-10, distance(found, least) < 1e-6,
         "S07: X^T X is singular with fewer examples than features, or dependent ones; descent "
         "from 0 finds the solution of least norm (apart %.1e)",
         distance(found, least));
    rg_node *ridge =
        rg_solve(rg_add(gram, rg_scale(rg_diag(rg_const(l->tape, RG_F64, rg_shape1(3), 1)), 1e-8)),
                 rg_matmul(rg_transpose(X), y));
    holds(l, distance(ridge, least) < 1e-6,
          "and so does a small ridge: X^T X + 1e-8 I can be inverted");
    rg_node *copy =
        rg_concat(2, (rg_node *[]){normal(l, rg_shape2(10, 1)), zeros(l, rg_shape2(10, 1))}, 1);
    holds(l, rg_value(rg_det(rg_matmul(rg_transpose(copy), copy))) == 0,
          "a column of zeros makes it singular however many examples there are");
}

/* Whether the 2 N numbers as a vector can be multiplied by two parameters. On a tape of its own,
 * which keeps the error. */
static bool multiplies_as_vector(const double *row)
{
    rg_tape *t = rg_tape_new(NULL);
    if (!t) return true;
    rg_matmul(rg_leaf_from(t, RG_F64, rg_shape1(2 * N), row, 2 * N),
              rg_leaf(t, RG_F64, rg_shape1(2)));
    bool multiplied = rg_error_of(t)->status == RG_OK;
    rg_tape_free(t);
    return multiplied;
}

void lesson_3(lesson *l)
{
    double x[N], noise[N], row[2 * N], target[N], path[2 * STEPS], v[GRID * GRID];
    numbers(even(l, rg_shape1(N)), N, x);
    numbers(normal(l, rg_shape1(N)), N, noise);
    for (int i = 0; i < N; i++)
        row[2 * i] = 2 * x[i] - 1, row[2 * i + 1] = 1,
                target[i] = 1.5 * row[2 * i] + 0.5 + 0.2 * noise[i];
    rg_node *X = matrix(l, N, 2, row), *y = vector(l, N, target), *Xt = rg_transpose(X);
    rg_node *best = rg_solve(rg_matmul(Xt, X), rg_matmul(Xt, y)),
            *slope = gradient(half_squares(X, y, best), best);
    slip(l, multiplies_as_vector(row), rg_count_of(rg_matmul(X, best)) == N,
         "S05: X is a matrix, a row (x, 1) for each of %d examples: X theta is a number for each; "
         "as one long vector it has no product with theta",
         N);
    double flat = rg_value(rg_norm(slope, 0));
    holds(l, flat < 1e-12, "the gradient at (X^T X)^-1 X^T Y is 0 (%.1e)", flat);
    rg_node *theta = normal(l, rg_shape1(2)), *g = gradient(half_squares(X, y, theta), theta);
    holds(l, distance(g, rg_sub(rg_matmul(rg_matmul(Xt, X), theta), rg_matmul(Xt, y))) < 1e-13,
          "elsewhere it is X^T X theta - X^T Y");
    rg_node *z = rg_matmul(Xt, y);
    slip(l, distance(gradient(rg_dot(z, theta), theta), theta) < 1e-9,
         distance(gradient(rg_dot(z, theta), theta), z) == 0,
         "S06: the derivative of z^T theta is z, where z = X^T Y");
    rg_node *found = descend(l, X, y, 2, 0.05, path);
    say(l, "closed form (%.6f, %.6f), descent (%.6f, %.6f)", number(best, 0), number(best, 1),
        number(found, 0), number(found, 1));
    holds(l, distance(found, best) < 1e-9,
          "gradient descent arrives at the same place (apart %.1e)", distance(found, best));
    too_few(l);
    for (int i = 0; i < GRID * GRID; i++)
        v[i] = rg_value(half_squares(X, y,
                                     vector(l, 2,
                                            (double[]){-0.5 + 3.0 * (i % GRID) / (GRID - 1),
                                                       -1 + 3.0 * (i / GRID) / (GRID - 1)})));
    rg_figure_options o = {.title = "A bowl, and the way down",
                           .about = "Descent from (0, 0) to the closed form.",
                           .x = {.label = "a"},
                           .y = {.label = "b"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    double at[] = {number(best, 0), number(best, 1)};
    rg_figure_contours(f, "loss", &(rg_figure_grid){GRID, GRID, -0.5, 2.5, -1, 2, v}, 10, NULL);
    rg_figure_line(f, "descent", STEPS, path, path + STEPS);
    rg_figure_points(f, "closed form", 1, &at[0], &at[1]);
}
LESSON_MAIN(lesson_3)
