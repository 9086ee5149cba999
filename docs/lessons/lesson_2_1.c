/* 2.1: rent against square feet: what a loss measures, and descending on it. */
#include "lesson.h"

enum { N = 40, STEPS = 200 };

/* The best constant for three rents, by trying: squares or absolute errors. */
static double best_constant(lesson *l, bool squares)
{
    rg_node *y = vector(l, 3, (double[]){1, 2, 9});
    double best = 0, least = 1e9;
    for (int i = 0; i <= 1000; i++) {
        int64_t mark = rg_mark(l->tape);
        rg_node *c = rg_const(l->tape, RG_F64, rg_shape1(3), i * 0.01);
        double loss = rg_value(squares ? rg_mse(c, y) : rg_mae(c, y));
        if (loss < least) least = loss, best = i * 0.01;
        rg_rewind(l->tape, mark);
    }
    return best;
}

static void losses(lesson *l)
{
    rg_node *error = vector(l, 3, (double[]){1 - 4, 2 - 4, 9 - 4});
    double sum = rg_value(rg_sum(error, 0)), squares = rg_value(rg_sum(rg_square(error), 0));
    holds(l, sum == 0 && squares == 38,
          "rents 1, 2, 9 against their mean 4: the errors sum to 0, their squares to %g", squares);
    double mean = best_constant(l, true), median = best_constant(l, false);
    slip(l, mean == median, near(mean, 4, 1e-9) && near(median, 2, 1e-9),
         "S03: the best constant is the mean %g for squares, and the median %g for absolute "
         "errors: a closed form there, too; outliers pull the mean",
         mean, median);
    rg_node *far = vector(l, 5, (double[]){1, 2, 3, 4, 90}), *median3 = rg_scalar(l->tape, 3),
            *mean20 = rg_scalar(l->tape, 20);
    double at_median = rg_value(gradient(rg_mae(median3, far), median3)),
           at_mean = rg_value(gradient(rg_mse(mean20, far), mean20));
    holds(l, fabs(at_median) < 1e-15 && fabs(at_mean) < 1e-14,
          "squares magnify outliers: with 90 for the 5 of rents 1 to 5 the best constant for "
          "squares goes from 3 to 20, for absolute errors it stays 3");
}

/* The mean squared error of the best line, by the closed form. */
static double least_loss(lesson *l, rg_node *x, rg_node *y)
{
    rg_node *one = rg_const(l->tape, RG_F64, rg_shape1(N), 1),
            *X = rg_stack(2, (rg_node *[]){x, one}, 1), *Xt = rg_transpose(X);
    rg_node *theta = rg_solve(rg_matmul(Xt, X), rg_matmul(Xt, y));
    return rg_value(rg_mse(rg_matmul(X, theta), y));
}

static void fit_line(lesson *l)
{
    double x[N], noise[N], y[N], loss[STEPS];
    numbers(even(l, rg_shape1(N)), N, x);
    numbers(normal(l, rg_shape1(N)), N, noise);
    for (int i = 0; i < N; i++) x[i] = 0.4 + 1.2 * x[i], y[i] = 0.6 + 2.1 * x[i] + 0.25 * noise[i];
    rg_node *X = vector(l, N, x), *Y = vector(l, N, y), *a = rg_scalar(l->tape, 0),
            *b = rg_scalar(l->tape, 0), *knob[] = {a, b};
    rg_node *full = rg_sum(rg_square(rg_sub(rg_add(rg_mul(a, X), b), Y)), 0),
            *half = rg_scale(full, 0.5 / N);
    double ratio = rg_value(gradient(full, a)) / rg_value(gradient(half, a));
    slip(l, near(ratio, 1, 1e-9), near(ratio, 2 * N, 1e-12),
         "S02: the 1/2 and 1/N move no minimum; they scale the gradient, here by %g, because the "
         "square is differentiated",
         ratio);
    rg_optim_config c = rg_sgd(0.9);
    rg_optim *o = rg_optim_new(l->tape, &c, 1, &(rg_group){.n = 2, .param = knob, .lr = 0.05});
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_step_begin(l->tape);
        rg_node *now = rg_mse(rg_add(rg_mul(a, X), b), Y);
        loss[i] = rg_value(now);
        rg_optim_step(o, now);
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    say(l, "rent = %.3f + %.3f size (in thousands), loss %.5f after %d steps", rg_value(b),
        rg_value(a), loss[STEPS - 1], STEPS);
    holds(l, loss[STEPS - 1] < 0.05 * loss[0], "descent lowers the loss from %.3f to %.4f", loss[0],
          loss[STEPS - 1]);
    /* Were a and b hyperparameters, one would try some values of them beforehand. */
    double least = least_loss(l, X, Y), tried = HUGE_VAL;
    for (int i = 0; i < 25; i++) {
        rg_node *line = rg_offset(rg_scale(X, i / 5), i % 5);
        tried = fmin(tried, rg_value(rg_mse(line, Y)));
    }
    slip(l, tried <= loss[STEPS - 1], near(loss[STEPS - 1], least, 1e-6),
         "S01: a and b are learned, so they are parameters: %.4f, the least there is; chosen "
         "beforehand, like the rate, a hyperparameter, the best of 25 pairs leaves %.4f",
         loss[STEPS - 1], tried);
    double at[] = {0.4, 1.6},
           line[] = {rg_value(b) + 0.4 * rg_value(a), rg_value(b) + 1.6 * rg_value(a)};
    rg_figure *f = figure(l, "Rent against size", "Points around a rising line.",
                          "size, thousand square feet", "rent, thousands");
    rg_figure_points(f, "flats", N, x, y);
    rg_figure_line(f, "fitted line", 2, at, line);
    rg_figure_options d = {.title = "The loss on the way",
                           .about = "It falls to the noise and stays.",
                           .x = {.label = "step"},
                           .y = {.label = "mean squared error", .log = true}};
    rg_figure_line(figure_with(l, &d), NULL, STEPS, NULL, loss);
}

/* N points, N coefficients: no error is left, and nothing learned. */
static void interpolate(lesson *l)
{
    enum { P = 5 };
    const double x[P] = {-1, -0.4, 0.1, 0.5, 1}, y[P] = {0.3, -1, 2, 0.5, -0.7};
    double V[P * P];
    for (int i = 0; i < P * P; i++) V[i] = pow(x[i / P], i % P);
    rg_node *A = matrix(l, P, P, V), *t = vector(l, P, y), *fit = rg_matmul(A, rg_solve(A, t));
    holds(l, distance(fit, t) < 1e-13,
          "a polynomial of degree %d runs through any %d points (%.1e)", P - 1, P,
          distance(fit, t));
}

/* The squares of a linear model are a bowl; those of a network have minima apart from each other. */
static void minima(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(6, 3)), *y = normal(l, rg_shape1(6)), *w = normal(l, rg_shape1(3));
    rg_node *H = hessian(rg_scale(rg_sum(rg_square(rg_sub(rg_matmul(X, w), y)), 0), 0.5), w);
    double bowl = distance(H, rg_matmul(rg_transpose(X), X)), loss[3];
    static const double at[3][2] = {{0.8, 1.5}, {-0.8, -1.5}, {0, 0}}; /* the third lies half-way */
    rg_node *in = vector(l, 3, (double[]){-1, 0.5, 2}), *goal = rg_scale(rg_tanh(rg_scale(in, 0.8)), 1.5);
    for (int i = 0; i < 3; i++) loss[i] = rg_value(rg_mse(rg_scale(rg_tanh(rg_scale(in, at[i][0])), at[i][1]), goal));
    holds(l, bowl < 1e-12 && loss[0] == 0 && loss[1] == 0 && loss[2] > 0.5,
          "one minimum or many: the Hessian of squares is X^T X, which bends down nowhere; of the network b tanh(a x) "
          "both (a, b) and (-a, -b) are the least, with a loss of %.2f half-way between",
          loss[2]);
}

void lesson_2_1(lesson *l)
{
    losses(l);
    fit_line(l);
    interpolate(l);
    minima(l);
}
LESSON_MAIN(lesson_2_1)
