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

/* Two networks alike but for their first weights, trained on the same rows: how their errors on new
 * rows go together, the mean of their squared errors, and that of their average. */
static void two_networks(lesson *l, double *correlation, double *single, double *averaged_error)
{
    rg_model m[2], *both[] = {&m[0], &m[1]};
    rg_spec spec;
    double own[2];
    rg_node *x = rg_scale(rg_offset(even(l, rg_shape2(60, 1)), -0.5), 4), *e[2];
    rg_node *old = rg_detach(rg_slice(x, 0, 0, 12, 1)),
            *fresh = rg_detach(rg_slice(x, 0, 20, 40, 1));
    rg_node *y = rg_sin(rg_scale(old, 4)), *truth = rg_sin(rg_scale(fresh, 4));
    rg_spec_parse(&spec, "linear 12, relu, linear 12, relu, linear 1", NULL);
    for (int i = 0; i < 2; i++) {
        rg_optim_config c = rg_adam();
        rg_model_init(&m[i], l->tape, &spec, 1, RG_F64, (uint64_t)i + 1);
        rg_optim *o = rg_optim_new(l->tape, &c, 1,
                                   &(rg_group){.n = m[i].params, .param = m[i].param, .lr = 0.02});
        for (int step = 0; step < 300; step++) {
            int64_t mark = rg_step_begin(l->tape);
            rg_optim_step(o, rg_mse(rg_model_apply(&m[i], old, RG_MODE_TRAIN), y));
            rg_step_end(l->tape, mark);
        }
        rg_optim_free(o);
        e[i] = rg_sub(rg_model_apply(&m[i], fresh, RG_MODE_PREDICT), truth);
        own[i] = rg_value(rg_mean(rg_square(e[i]), RG_ALL_AXES));
    }
    *correlation = rg_value(rg_mean(rg_mul(e[0], e[1]), RG_ALL_AXES)) / sqrt(own[0] * own[1]);
    *single = (own[0] + own[1]) / 2;
    *averaged_error = rg_value(rg_mse(rg_ensemble(2, both, fresh, false), truth));
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
    double together, single, both;
    two_networks(l, &together, &single, &both);
    shown(l, together < 0.95 && both < single,
          "other first weights are enough: the errors of two networks trained on the same rows "
          "correlate by %.2f; squared error %.3f, of their average %.3f",
          together, single, both);

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
