/* 4.5: log-sum-exp lies just above the largest score, and must be computed from there. */
#include "lesson.h"

enum { N = 121 };

static double naive_lse(lesson *l, int n, const double *a)
{
    return rg_value(rg_log(rg_sum(rg_exp(vector(l, n, a)), -1)));
}

static double stable_lse(lesson *l, int n, const double *a)
{
    return rg_value(rg_logsumexp(vector(l, n, a), -1));
}

static void overflow(lesson *l)
{
    const double scores[] = {1, 100, 709, 710, 1e4};
    say(l, "score    naive        stable");
    for (int i = 0; i < 5; i++)
        say(l, "%-8g %-12.8g %.8g", scores[i], naive_lse(l, 1, &scores[i]),
            stable_lse(l, 1, &scores[i]));
    bool over = isinf(naive_lse(l, 1, &scores[3])) && isfinite(naive_lse(l, 1, &scores[2]));
    holds(l, over && stable_lse(l, 1, &scores[4]) == 1e4,
          "in double precision exp overflows at a score of 710; subtracting the maximum first does "
          "not");
    rg_node *f32 = rg_const(l->tape, RG_F32, rg_shape1(1), 89),
            *below = rg_const(l->tape, RG_F32, rg_shape1(1), 88);
    bool single = isinf(rg_value(rg_exp(f32))) && isfinite(rg_value(rg_exp(below)));
    holds(l, single && rg_value(rg_logsumexp(f32, -1)) == 89, "in single precision already at 89");
}

void lesson_4_5(lesson *l)
{
    double least = 1, most = 0;
    overflow(l);
    for (int i = 0; i < 300; i++) {
        rg_node *a = rg_scale(normal(l, rg_shape1(5)), 3);
        double above = rg_value(rg_sub(rg_logsumexp(a, -1), rg_amax(a, -1)));
        least = fmin(least, above);
        most = fmax(most, above);
    }
    holds(l, least >= 0 && most <= log(5),
          "max <= log-sum-exp <= max + log c, over 300 draws of c = 5 scores (%.2g to %.3g)", least,
          most);
    const double equal[] = {2, 2, 2, 2, 2};
    double loss = stable_lse(l, 5, equal) - 2;
    slip(l, fabs(loss) < 1e-3, near(loss, log(5), 1e-14),
         "S21: with the right score largest the log likelihood is not about 0: for 5 equal scores "
         "it is -log 5 = %.6f; it tends to 0 as the margin grows",
         -loss);
    double wrong = 2 - stable_lse(l, 3, (double[]){2, 10, 1});
    holds(l, near(wrong, -8, 1e-3),
          "with another class largest the log likelihood is nearly a_y - a_j, which is negative: %.4f for 2 against 10", wrong);
    rg_node *a = vector(l, 3, (double[]){1, 2, 4}), *lse = rg_logsumexp(a, -1);
    holds(l, distance(gradient(lse, a), rg_softmax(a, -1)) < 1e-15, "its gradient is softmax");

    double x[N], soft[N], hard[N];
    for (int i = 0; i < N; i++) {
        x[i] = -4 + 8.0 * i / (N - 1);
        soft[i] = stable_lse(l, 2, (double[]){x[i], 0});
        hard[i] = fmax(x[i], 0);
    }
    rg_figure *f =
        figure(l, "Log-sum-exp and the maximum",
               "The soft curve touches the corner far from it and is log 2 above it at 0.",
               "score a, against a score of 0", NULL);
    rg_figure_line(f, "log(e^a + e^0)", N, x, soft);
    rg_figure_line(f, "max(a, 0)", N, x, hard);
    for (int i = 0; i < N; i++) {
        x[i] = 640 + i;
        soft[i] = stable_lse(l, 1, &x[i]);
        hard[i] = naive_lse(l, 1, &x[i]); /* infinite: not drawn */
    }
    f = figure(l, "Log-sum-exp of one score, naive and stable",
               "The naive one ends at 709, where e^a does.", "score", "log-sum-exp");
    rg_figure_line(f, "largest score first", N, x, soft);
    rg_figure_line(f, "log(e^a)", N, x, hard);
}
LESSON_MAIN(lesson_4_5)
