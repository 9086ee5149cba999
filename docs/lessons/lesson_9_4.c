/* 9.4: averaging k models divides the expected squared error by k, if their errors are independent.
 */
#include "lesson.h"

enum { K = 10, DRAWS = 100000 };

/* The mean square of the average of k errors of variance 1 and correlation rho. */
static double averaged(lesson *l, int k, double rho)
{
    int64_t mark = rg_mark(l->tape);
    rg_node *common = rg_normal(l->tape, RG_F64, rg_shape2(DRAWS, 1)),
            *own = rg_normal(l->tape, RG_F64, rg_shape2(DRAWS, k));
    rg_node *error = rg_add(rg_scale(common, sqrt(rho)), rg_scale(own, sqrt(1 - rho)));
    double square = rg_value(rg_mean(rg_square(rg_mean(error, 1)), 0));
    rg_rewind(l->tape, mark);
    return square;
}

/* The share of different examples in N draws with replacement, on average over all samples. */
static double distinct_share(int n) { return 1 - pow(1 - 1.0 / n, n); }

void lesson_9_4(lesson *l)
{
    const double rho[] = {0, 0.3, 1};
    static const char *const name[] = {"independent", "correlation 0.3", "all the same"};
    double k[K], error[3][K];
    rg_figure_options o = {.title = "The squared error of an average of k models",
                           .about = "Falls as 1/k only when the errors are independent.",
                           .x = {.label = "models"},
                           .y = {.label = "mean squared error", .log = true}};
    rg_figure *f = figure_with(l, &o);
    say(l, "%d draws, k = 10      measured   (1 + (k - 1) rho)/k", DRAWS);
    for (int i = 0; i < 3; i++) {
        for (int n = 1; n <= K; n++)
            k[n - 1] = n, error[i][n - 1] = n == K || n == 1 ? averaged(l, n, rho[i])
                                                             : (1 + (n - 1) * rho[i]) / n;
        double rule = (1 + 9 * rho[i]) / 10;
        say(l, "%-22s %.4f     %.4f", name[i], error[i][K - 1], rule);
        shown(l, fabs(error[i][K - 1] / rule - 1) < 0.03, "%s: %.4f, by the rule %.4f", name[i],
              error[i][K - 1], rule);
        rg_figure_line(f, name[i], K, k, error[i]);
    }
    /* Expected: an error that is always 1 has the mean square 1 whatever k; zero mean is needed. */
    slip(l, near(pow((1 + 1) / 2.0, 2), 0.5, 1e-9), near(error[0][K - 1], 0.1, 0.03),
         "S53: it is the expected squared error of unbiased, equally good, independent models that "
         "falls as 1/k: two models that are both 1 too high stay 1 too high");

    int64_t drawn[1000];
    double found = 0;
    for (int s = 0; s < 20; s++) {
        bool seen[1000] = {false};
        double u[1000];
        numbers(even(l, rg_shape1(1000)), 1000, u);
        for (int i = 0; i < 1000; i++) drawn[i] = (int64_t)(u[i] * 1000), seen[drawn[i]] = true;
        for (int i = 0; i < 1000; i++) found += seen[i] / 20000.0;
    }
    holds(l, near(distinct_share(4), 1 - 81.0 / 256, 1e-15),
          "of 4 examples a bootstrap sample holds %.4f on average: 1 - (3/4)^4", distinct_share(4));
    shown(l, fabs(found - distinct_share(1000)) < 0.01,
          "of 1000 it holds %.3f, by the rule %.3f, near 1 - 1/e", found, distinct_share(1000));
}
LESSON_MAIN(lesson_9_4)
