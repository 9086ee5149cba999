/* 5.2: the gradient is the steepest way; how far to go along it decides between slow, good,
 * constant and exploding; and a slope by differences has a best step. */
#include "lesson.h"

enum { ANGLES = 73, STEPS = 30, SIZES = 37 };

static void angles(lesson *l)
{
    rg_node *p = vector(l, 2, (double[]){1, 2}),
            *f = rg_add(rg_sin(rg_index(p, 0, 0)), rg_square(rg_index(p, 0, 1)));
    rg_node *g = gradient(f, p);
    double norm = rg_value(rg_norm(g, RG_ALL_AXES)), toward = atan2(number(g, 1), number(g, 0)),
           worst = 0;
    double angle[ANGLES], slope[ANGLES];
    for (int i = 0; i < ANGLES; i++) {
        double a = toward + i * 5 * M_PI / 180;
        angle[i] = i * 5;
        slope[i] =
            rg_value(rg_jvp(f, 1, &p, (rg_node *[]){vector(l, 2, (double[]){cos(a), sin(a)})}));
        worst = fmax(worst, fabs(slope[i] - norm * cos(i * 5 * M_PI / 180)));
    }
    holds(l, worst < 1e-13 && near(slope[36], -norm, 1e-13),
          "the slope along a direction is |gradient| cos(angle), least at 180 degrees: %.6f (%.1e)",
          slope[36], worst);
    rg_figure *f1 =
        figure(l, "Slope against direction",
               "A cosine: steepest up along the gradient, steepest down opposite to it.",
               "angle to the gradient, degrees", "slope");
    rg_figure_line(f1, NULL, ANGLES, angle, slope);
}

/* Gradient descent on lambda/2 x^2 from 1: the loss after each step. */
static void descend(lesson *l, double lambda, double rate, double loss[STEPS])
{
    double x = 1;
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_mark(l->tape);
        rg_node *at = rg_scalar(l->tape, x), *f = rg_scale(rg_square(at), lambda / 2);
        loss[i] = rg_value(f);
        x -= rate * rg_value(gradient(f, at));
        rg_rewind(l->tape, mark);
    }
}

static void rates(lesson *l)
{
    const double lambda = 1, rate[] = {0.05, 0.7, 1.0, 2.0, 2.1};
    static const char *const name[] = {"0.05: slow", "0.7: good", NULL, "2 = 2/lambda: constant",
                                       "2.1: explodes"};
    double loss[5][STEPS];
    rg_figure_options o = {.title = "Four learning rates on one parabola",
                           .about = "Below 2/lambda the loss falls, at it it stays, above it it "
                                    "grows. (1/lambda is there at once: 0 has no place here.)",
                           .x = {.label = "step"},
                           .y = {.label = "loss", .log = true, .lo = 1e-3, .hi = 1e3}};
    rg_figure *f = figure_with(l, &o);
    say(l, "rate      loss at step 0   1          10         29");
    for (int i = 0; i < 5; i++) {
        descend(l, lambda, rate[i], loss[i]);
        say(l, "%-9g %-16g %-10.4g %-10.4g %.4g", rate[i], loss[i][0], loss[i][1], loss[i][10],
            loss[i][STEPS - 1]);
        if (name[i]) rg_figure_line(f, name[i], STEPS, NULL, loss[i]);
    }
    bool constant = true;
    for (int i = 0; i < STEPS; i++) constant = constant && loss[3][i] == loss[3][0];
    holds(l, constant, "at 2/lambda the loss is constant, exactly");
    holds(l, loss[0][29] < loss[0][0] && loss[4][29] > loss[4][0] && loss[2][1] == 0,
          "it falls for every smaller rate and grows for a larger one");
}

/* The loss after STEPS of a relu that is off, or of a leaky one. */
static double switched_off(lesson *l, double rate, bool leaky)
{
    double w = -1, last = 0;
    for (int i = 0; i < STEPS; i++) {
        int64_t mark = rg_mark(l->tape);
        rg_node *at = rg_scalar(l->tape, w), *h = leaky ? rg_leaky_relu(at, 0.1) : rg_relu(at),
                *f = rg_square(rg_offset(h, -1));
        last = rg_value(f);
        w -= rate * rg_value(gradient(f, at));
        rg_rewind(l->tape, mark);
    }
    return last;
}

/* A constant loss need not mean a rate too high, which a lower one would cure. */
static void dead(lesson *l)
{
    double loss[STEPS], lower = switched_off(l, 0.001, false), high = switched_off(l, 0.1, false),
                        leaky = switched_off(l, 0.1, true);
    descend(l, 1, 1.9, loss); /* the parabola is cured */
    slip(
        l, lower < high, lower == 1 && high == 1 && leaky < 1.2 && loss[STEPS - 1] < loss[0],
        "S23: a constant loss need not mean that the rate is too high: below 2/lambda the "
        "parabola's falls, but a dead unit's stays %g at a rate of 0.1 and of 0.001; a leaky one's "
        "falls from 1.21 to %.2f",
        lower, leaky);
}

/* What a gradient of 30 numbers costs both ways, in nodes that are computed. */
static void evaluations(lesson *l)
{
    enum { N = 30 };
    double at[N], slope[N], worst = 0;
    int64_t start = rg_mark(l->tape), count = 0, nodes = 0;
    numbers(normal(l, rg_shape1(N)), N, at);
    rg_node *x = vector(l, N, at);
    numbers(gradient(rg_sum(rg_sin(rg_square(x)), 0), x), N, slope);
    int64_t backward = rg_mark(l->tape) - start;
    for (int i = 0; i < N; i++) {
        double f[2];
        for (int side = 0; side < 2; side++, count++) {
            int64_t mark = rg_mark(l->tape);
            double moved[N];
            for (int k = 0; k < N; k++) moved[k] = at[k] + (k == i ? side ? 1e-5 : -1e-5 : 0);
            f[side] = rg_value(rg_sum(rg_sin(rg_square(vector(l, N, moved))), 0));
            nodes += rg_mark(l->tape) - mark;
            rg_rewind(l->tape, mark);
        }
        worst = fmax(worst, fabs((f[1] - f[0]) / 2e-5 - slope[i]));
    }
    holds(l, count == 2 * N && worst < 1e-7 && nodes > 5 * backward,
          "a gradient of %d numbers by differences: %d evaluations, %d nodes; forward and backward "
          "on "
          "the tape: %d nodes",
          N, (int)count, (int)nodes, (int)backward);
}

static void differences(lesson *l)
{
    double h[SIZES], error[SIZES], best = 1;
    rg_node *x = rg_scalar(l->tape, 1), *y = rg_exp(x);
    double slope = rg_value(gradient(y, x)), at = 0;
    for (int i = 0; i < SIZES; i++) {
        h[i] = pow(10, -i / 3.0);
        error[i] = fabs((exp(1 + h[i]) - exp(1 - h[i])) / (2 * h[i]) - slope) + 1e-17;
        if (error[i] < best) best = error[i], at = h[i];
    }
    holds(l, near(log10(error[0] / error[3]), 2, 0.05),
          "the central difference of exp errs by h^2 while h is large: factor %.1f per decade",
          error[0] / error[3]);
    shown(l, at > 1e-7 && at < 1e-4 && error[SIZES - 1] > 100 * best,
          "below about 6e-6 rounding wins and it errs more again; best at h = %.1g", at);
    evaluations(l);
    rg_figure_options o = {.title = "The error of a central difference",
                           .about =
                               "A V: the square of the step on the right, rounding on the left.",
                           .x = {.label = "step h", .log = true},
                           .y = {.label = "error", .log = true}};
    rg_figure_line(figure_with(l, &o), NULL, SIZES, h, error);
}

void lesson_5_2(lesson *l)
{
    angles(l);
    rates(l);
    dead(l);
    differences(l);
}
LESSON_MAIN(lesson_5_2)
