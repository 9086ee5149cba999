/* 4.3: softmax makes probabilities of any scores; what it ignores, and what two classes leave. */
#include "lesson.h"

static void bias_trick(lesson *l)
{
    rg_node *W = normal(l, rg_shape2(4, 3)), *b = normal(l, rg_shape1(4)),
            *x = normal(l, rg_shape1(3));
    rg_node *wide = rg_concat(2, (rg_node *[]){W, rg_reshape(b, rg_shape2(4, 1))}, 1);
    rg_node *one = vector(l, 1, (double[]){1}), *tall = rg_concat(2, (rg_node *[]){x, one}, 0);
    double apart = distance(rg_matmul(wide, tall), rg_add(rg_matmul(W, x), b));
    holds(l, apart < 1e-14, "a bias is a weight of an input that is always 1 (apart %.1e)", apart);
    slip(l, rg_count_of(tall) == 3,
         rg_count_of(tall) == 4 && rg_shape_of(tall).rank == 1 && apart < 1e-14,
         "S19: the 1 is appended to the vector x, the column b to the matrix W");
    slip(l, distance(rg_matmul(W, x), rg_matmul(wide, tall)) < 1e-14, apart < 1e-14,
         "S18: the score is w x + b; without the b it is another number");
}

/* Softmax to another base is softmax of scaled scores; e is the base without a factor. */
static void why_e(lesson *l, rg_node *a)
{
    rg_node *two = vector(l, 1, (double[]){2}), *powers = rg_pow(two, a),
            *p2 = rg_div(powers, rg_sum(powers, 0)), *first = vector(l, 3, (double[]){1, 0, 0});
    rg_node *loss2 = rg_neg(rg_log(rg_index(p2, 0, 0))),
            *loss = rg_neg(rg_index(rg_log_softmax(a, -1), 0, 0));
    double scaled = distance(p2, rg_softmax(rg_scale(a, log(2)), -1)),
           with_e = distance(gradient(loss, a), rg_sub(rg_softmax(a, -1), first)),
           with_2 = distance(gradient(loss2, a), rg_scale(rg_sub(p2, first), log(2)));
    holds(
        l, scaled < 1e-15 && with_e < 1e-15 && with_2 < 1e-15,
        "why e: 2^a over its sum is softmax of a log 2; to base e the gradient of -log p is p - y, "
        "to base 2 it has a factor of log 2 = %.4f",
        log(2));
}

/* The probabilities of three classes as places in a triangle: softmax(t a) for t from 0 on. */
static void simplex(lesson *l)
{
    enum { PLACES = 41 };
    static const double a[][3] = {{3.2, 5.1, -1.7}, {2, 1.5, 1}, {-1, 0, 0.2}};
    static const char *const name[] = {"a = (3.2, 5.1, -1.7)", "a = (2, 1.5, 1)",
                                       "a = (-1, 0, 0.2)"};
    static const double corner[3][2] = {{0, 0}, {1, 0}, {0.5, 0.8660254}};
    rg_figure_options o = {.title = "softmax(t a) in the triangle of probabilities",
                           .about =
                               "From the middle to the corner of the largest score as t grows.",
                           .x = {.label = "class 0 left, class 1 right, class 2 on top"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    for (int k = 0; k < 3; k++) {
        double x[PLACES] = {0}, y[PLACES] = {0}, p[3];
        for (int i = 0; i < PLACES; i++) {
            numbers(rg_softmax(rg_scale(vector(l, 3, a[k]), 0.1 * i), -1), 3, p);
            for (int c = 0; c < 3; c++) x[i] += p[c] * corner[c][0], y[i] += p[c] * corner[c][1];
        }
        rg_figure_line(f, name[k], PLACES, x, y);
    }
    rg_figure_line(f, NULL, 4, (double[]){0, 1, 0.5, 0}, (double[]){0, 0, 0.8660254, 0});
}

void lesson_4_3(lesson *l)
{
    const double scores[] = {3.2, 5.1, -1.7};
    rg_node *a = vector(l, 3, scores), *p = rg_softmax(a, -1);
    double sum = rg_value(rg_sum(p, -1));
    say(l, "class   score   probability");
    for (int i = 0; i < 3; i++) say(l, "%5d   %5.1f   %.6f", i, scores[i], number(p, i));
    holds(l, near(sum, 1, 1e-15), "the probabilities sum to 1 (%.17g)", sum);

    double shift = distance(rg_softmax(rg_offset(a, 1000), -1), p);
    holds(l, shift < 1e-13, "adding 1000 to every score changes nothing (%.1e)", shift);

    rg_node *two = vector(l, 2, (double[]){0.7, -0.4});
    double left = number(rg_softmax(two, -1), 0),
           right = number(rg_sigmoid(vector(l, 1, (double[]){1.1})), 0);
    holds(l, near(left, right, 1e-14),
          "two classes: softmax is the sigmoid of the difference, %.6f", left);

    rg_node *J = rg_sub(rg_diag(p), rg_outer(p, p)),
            *seeds = rg_diag(rg_const(l->tape, RG_F64, rg_shape1(3), 1)), *rows;
    rg_grad(p, seeds, 1, &a, &rows);
    holds(l, distance(J, rows) < 1e-15, "its Jacobian is diag(p) - p p^T, row by row (%.1e)",
          distance(J, rows));
    bias_trick(l);
    why_e(l, a);

    const char *const name[] = {"class 0", "class 1", "class 2"};
    double now[3], soft[3];
    numbers(p, 3, now);
    numbers(rg_softmax(rg_scale(a, 0.3), -1), 3, soft);
    rg_figure *f = figure(l, "Probabilities of three classes",
                          "Smaller scores make them more alike.", NULL, "probability");
    rg_figure_bars(f, "softmax(a)", 3, name, now);
    rg_figure_bars(f, "softmax(0.3 a)", 3, name, soft);
    simplex(l);
}
LESSON_MAIN(lesson_4_3)
