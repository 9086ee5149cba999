/* 9.6: inverted dropout divides by the probability of keeping in training, so that prediction is
 * the plain network. */
#include "learn.h"

enum { UNITS = 4, MASKS = 16, N = 5000 };

/* How much of what a trained network gets right is lost, on average, when one in four of its
 * hidden units is cut out. */
static double lost(lesson *l, const char *model, double *right)
{
    enum { ROWS = 60, HIDDEN = 40, CUTS = 20, SETS = 3 };
    double sum = 0;
    for (int set = 0; set < SETS; set++) {
        int64_t label[ROWS];
        rg_node *x = normal(l, rg_shape2(ROWS, 3));
        for (int i = 0; i < ROWS; i++) label[i] = number(x, 3 * i) * number(x, 3 * i + 1) > 0;
        learning how = {.x = x,
                        .y = rg_leaf_from(l->tape, RG_I64, rg_shape1(ROWS), label, ROWS),
                        .model = model,
                        .optim = rg_adam(),
                        .lr = 0.02,
                        .steps = 200,
                        .seed = (uint64_t)set};
        rg_model m;
        learn(l, &m, &how);
        double whole = learned(&m, x, how.y);
        *right += whole / SETS;
        rg_node *h = rg_relu(rg_linear(x, m.param[0], m.param[1]));
        for (int cut = 0; cut < CUTS; cut++) {
            rg_node *mask = rg_bernoulli(l->tape, RG_F64, rg_shape1(HIDDEN), 0.75),
                    *y = rg_linear(rg_mul(h, mask), m.param[2], m.param[3]);
            sum += (whole - rg_value(rg_correct(y, how.y)) / ROWS) / CUTS / SETS;
        }
    }
    return sum;
}

static void redundant(lesson *l)
{
    double right[2] = {0, 0}, plain = lost(l, "linear 40, relu, linear 2", &right[0]),
           dropped = lost(l, "linear 40, relu, dropout 0.5, linear 2", &right[1]);
    shown(
        l, dropped < 0.6 * plain,
        "why it is good: units learn beside ever other units and become redundant: without one in "
        "four of them a plain network loses %.1f points of its %.1f %%, one trained with dropout "
        "%.1f of %.1f",
        100 * plain, 100 * right[0], 100 * dropped, 100 * right[1]);
}

void lesson_9_6(lesson *l)
{
    const double h[UNITS] = {1.5, -0.3, 2, 0.7}, p = 0.8;
    double mean[UNITS] = {0};
    for (int mask = 0; mask < MASKS; mask++) {
        double chance = 1;
        for (int i = 0; i < UNITS; i++) chance *= mask >> i & 1 ? p : 1 - p;
        for (int i = 0; i < UNITS; i++) mean[i] += chance * (mask >> i & 1) / p * h[i];
    }
    bool same = true;
    for (int i = 0; i < UNITS; i++) same = same && near(mean[i], h[i], 1e-14);
    holds(l, same, "over all 16 masks the mean of mask/p h is h, exactly");

    rg_node *x = rg_const(l->tape, RG_F64, rg_shape1(N), 1),
            *leaf = rg_leaf(l->tape, RG_F64, rg_shape1(N));
    rg_node *y = rg_dropout(rg_offset(leaf, 1), p), *g = gradient(rg_sum(y, 0), leaf);
    double least = rg_value(rg_amin(rg_where(rg_positive(y), y, x), 0)),
           most = rg_value(rg_amax(y, 0)), average = rg_value(rg_mean(y, 0));
    holds(l, near(most, 1 / p, 1e-15) && (near(least, 1 / p, 1e-15) || least == 1),
          "what is kept is divided by p: 1 becomes %.4f", most);
    shown(l, fabs(average - 1) < 0.03, "so the mean of %d units stays: %.4f", N, average);
    holds(l, near(rg_value(rg_amax(g, 0)), 1 / p, 1e-15), "the gradient is scaled by 1/p, too");

    rg_spec spec;
    rg_model m;
    rg_error e = {0};
    rg_spec_parse(&spec, "linear 8, relu, dropout 0.5, linear 3", &e);
    rg_model_init(&m, l->tape, &spec, 5, RG_F64, 1);
    rg_node *in = normal(l, rg_shape2(6, 5)), *predicted = rg_model_apply(&m, in, RG_MODE_PREDICT);
    rg_node *plain =
        rg_linear(rg_relu(rg_linear(in, m.param[0], m.param[1])), m.param[2], m.param[3]);
    double trained = distance(rg_model_apply(&m, in, RG_MODE_TRAIN), plain);
    holds(l, distance(predicted, plain) == 0 && trained > 0.01,
          "prediction is the plain network, to the bit; training is not (%.2f away)", trained);

    redundant(l);
    rg_node *z = rg_relu(normal(l, rg_shape1(N)));
    double before[N], after[N];
    numbers(z, N, before);
    numbers(rg_dropout(z, 0.5), N, after);
    for (int i = 0; i < N; i++)
        before[i] = before[i] > 0 ? before[i] : (double)NAN,
        after[i] = after[i] > 0 ? after[i] : (double)NAN;
    rg_figure *f = figure(l, "Units that are on, before and after inverted dropout",
                          "Half as many, twice as large.", "activation", "how many");
    rg_figure_histogram(f, "before", N, before, 30);
    rg_figure_histogram(f, "after, keep 0.5", N, after, 30);
}
LESSON_MAIN(lesson_9_6)
