/* 9.4: averaging k models divides the expected squared error by k, if their errors are independent.
 */
#include "learn.h"

enum { K = 10, DRAWS = 100000, MODELS = 4 };

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

/* How many nodes a prediction is, by one model and by all. */
static void cost(lesson *l, rg_model **all, rg_node *x)
{
    int64_t start = rg_mark(l->tape);
    rg_ensemble(1, all, x, false);
    int64_t one = rg_mark(l->tape) - start;
    rg_ensemble(MODELS, all, x, false);
    int64_t several = rg_mark(l->tape) - start - one;
    holds(l, several >= MODELS * one,
          "averaging is expensive: a prediction takes %d nodes by one model, %d by %d", (int)one,
          (int)several, MODELS);
}

/* What MODELS networks alike but for their first weights make of new rows: the mean of e_i^2, of
 * e_i e_j for different models, and the square of the average's error. */
static void same_rows(lesson *l, double *square, double *product, double *averaged_error)
{
    enum { OLD = 16, NEW = 40 };
    rg_model m[MODELS], *all[MODELS];
    double at[OLD];
    for (int i = 0; i < OLD; i++) at[i] = -2 + 4.0 * i / (OLD - 1);
    rg_node *old = matrix(l, OLD, 1, at), *noise = rg_scale(normal(l, rg_shape2(OLD, 1)), 0.3),
            *fresh = rg_scale(rg_offset(even(l, rg_shape2(NEW, 1)), -0.5), 4), *e[MODELS];
    rg_node *y = rg_detach(rg_add(rg_sin(rg_scale(old, 4)), noise)),
            *truth = rg_sin(rg_scale(fresh, 4));
    for (int i = 0; i < MODELS; i++) {
        learning how = {.x = old,
                        .y = y,
                        .optim = rg_adam(),
                        .lr = 0.02,
                        .steps = 200,
                        .model = "linear 12, relu, linear 12, relu, linear 1",
                        .seed = (uint64_t)i + 1};
        learn(l, &m[i], &how);
        all[i] = &m[i];
        e[i] = rg_sub(rg_model_apply(&m[i], fresh, RG_MODE_PREDICT), truth);
    }
    *square = *product = 0;
    for (int i = 0; i < MODELS; i++)
        for (int j = 0; j < MODELS; j++) {
            double mean = rg_value(rg_mean(rg_mul(e[i], e[j]), RG_ALL_AXES));
            if (i == j)
                *square += mean / MODELS;
            else
                *product += mean / (MODELS * (MODELS - 1));
        }
    *averaged_error = rg_value(rg_mse(rg_ensemble(MODELS, all, fresh, false), truth));
    cost(l, all, fresh);
}

static void first_weights(lesson *l)
{
    double square, product, average;
    same_rows(l, &square, &product, &average);
    holds(
        l,
        near(average, square / MODELS + (MODELS - 1.0) / MODELS * product, 1e-10) &&
            average < square,
        "of correlated errors 1/k E e^2 + (k - 1)/k E[e_i e_j] is left, never more than one model "
        "has: %d networks trained on the same rows from other first weights have %.3f, their "
        "average %.3f",
        MODELS, square, average);
    shown(l, product < 0.97 * square,
          "other first weights make the errors differ: the mean of e_i e_j is %.2f of that of e^2",
          product / square);
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
    /* Errors that are 1 too high on average: their mean square is 2, and 2/k is not what is left.
     */
    rg_node *biased = rg_offset(rg_normal(l->tape, RG_F64, rg_shape2(DRAWS, K)), 1);
    double left = rg_value(rg_mean(rg_square(rg_mean(biased, 1)), 0));
    slip(l, near(left, 2.0 / K, 0.1),
         near(left, 1 + 1.0 / K, 0.03) && near(error[0][K - 1], 0.1, 0.03),
         "S53: it is the expected squared error of unbiased, equally good, independent models that "
         "falls as 1/k: ten that are 1 too high on average are left with %.2f, not 0.2",
         left);
    first_weights(l);

    int64_t drawn[1000];
    double found = 0;
    for (int s = 0; s < 20; s++) {
        bool seen[1000] = {false};
        rg_bootstrap(drawn, 1000, 1, (uint64_t)s);
        for (int i = 0; i < 1000; i++) seen[drawn[i]] = true;
        for (int i = 0; i < 1000; i++) found += seen[i] / 20000.0;
    }
    holds(l, near(distinct_share(4), 1 - 81.0 / 256, 1e-15),
          "of 4 examples a bootstrap sample holds %.4f on average: 1 - (3/4)^4", distinct_share(4));
    shown(l, fabs(found - distinct_share(1000)) < 0.01,
          "of 1000 it holds %.3f, by the rule %.3f, near 1 - 1/e", found, distinct_share(1000));
}
LESSON_MAIN(lesson_9_4)
