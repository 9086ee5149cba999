/* 5.4: a neuron sums and fires; networks of such units, and how many numbers they have. */
#include "learn.h"

enum { STEPS = 4000 };

static double fires(lesson *l, const double w[2], double threshold, double a, double b)
{
    rg_node *sum = rg_offset(rg_dot(vector(l, 2, w), vector(l, 2, (double[]){a, b})), -threshold);
    return rg_value(rg_positive(sum));
}

static void gates(lesson *l)
{
    const double w[] = {1, 1};
    bool is_and = true, is_or = true;
    say(l, "a b   threshold 1.5   threshold 0.5");
    for (int i = 0; i < 4; i++) {
        double both = fires(l, w, 1.5, i / 2, i % 2), any = fires(l, w, 0.5, i / 2, i % 2);
        say(l, "%d %d   %-13g   %g", i / 2, i % 2, both, any);
        is_and = is_and && both == (i == 3);
        is_or = is_or && any == (i > 0);
    }
    holds(l, is_and && is_or,
          "a unit that fires above a threshold computes AND (1.5) and OR (0.5)");
}

/* Spikes of random input against a threshold: a rate that settles. */
static void rate(lesson *l)
{
    static double spike[STEPS], at[STEPS], share[STEPS];
    double fired = 0;
    rg_node *input = rg_normal(l->tape, RG_F64, rg_shape2(STEPS, 10)), *sum = rg_sum(input, 1);
    numbers(rg_gt(sum, rg_const(l->tape, RG_F64, rg_shape1(STEPS), 2)), STEPS, spike);
    for (int i = 0; i < STEPS; i++) {
        fired += spike[i];
        at[i] = i + 1;
        share[i] = fired / (i + 1);
    }
    double expected = 0.5 * erfc(2 / sqrt(10) / sqrt(2));
    shown(l, fabs(share[STEPS - 1] - expected) < 4 * sqrt(expected * (1 - expected) / STEPS),
          "its firing rate settles: %.3f after %d inputs, by calculation %.3f", share[STEPS - 1],
          STEPS, expected);
    rg_figure_options o = {.title = "The firing rate of a threshold unit",
                           .about = "It settles at the probability of a spike.",
                           .x = {.label = "inputs so far", .log = true},
                           .y = {.label = "share that made it fire"}};
    rg_figure *f = figure_with(l, &o);
    rg_figure_line(f, "measured", STEPS, at, share);
    rg_figure_rule_y(f, "by calculation", expected);
}

/* Ten units that fire by chance, each by its own rate. */
static void raster(lesson *l)
{
    enum { UNITS = 10, TIMES = 100 };
    double fired[UNITS * TIMES], time[UNITS * TIMES], unit[UNITS * TIMES], rate[UNITS];
    int n = 0;
    for (int i = 0; i < UNITS; i++) rate[i] = 0.05 * (i + 1);
    rg_node *chance = rg_reshape(vector(l, UNITS, rate), rg_shape2(UNITS, 1)),
            *spikes = rg_lt(rg_uniform(l->tape, RG_F64, rg_shape2(UNITS, TIMES)), chance);
    numbers(spikes, UNITS * TIMES, fired);
    for (int i = 0; i < UNITS * TIMES; i++)
        if (fired[i] > 0) time[n] = i % TIMES, unit[n++] = i / TIMES + 1;
    rg_figure_points(figure(l, "Spikes of ten units, by chance",
                            "Unit k fires with probability k/20: the rate is the message.", "time",
                            "unit"),
                     NULL, n, time, unit);
}

/* Input, hidden units, output: a wire for every weight. */
static void draw_network(lesson *l)
{
    enum { LAYERS = 3, UNITS = 10, WIRES = 25 };
    static const int width[LAYERS] = {3, 5, 2};
    double x[UNITS], y[UNITS], wx[WIRES], wy[WIRES], dx[WIRES], dy[WIRES];
    int units = 0, wires = 0;
    for (int layer = 0; layer < LAYERS; layer++)
        for (int i = 0; i < width[layer]; i++, units++) {
            x[units] = layer, y[units] = (width[layer] - 1) / 2.0 - i;
            for (int k = 0; layer && k < width[layer - 1]; k++, wires++) {
                wx[wires] = layer - 1, wy[wires] = (width[layer - 1] - 1) / 2.0 - k;
                dx[wires] = 1, dy[wires] = y[units] - wy[wires];
            }
        }
    rg_figure *f = figure(l, "A network 3-5-2: 25 weights and 7 biases",
                          "Every unit is wired to every unit of the layer before.",
                          "input, hidden layer, output", NULL);
    rg_figure_points(f, "unit", units, x, y);
    rg_figure_arrows(f, "weight", wires, wx, wy, dx, dy);
}

/* The share of a disc in a ring that a network with one hidden layer tells apart. */
static double separated(lesson *l, const char *text)
{
    rg_model m;
    learning how = {.model = text, .optim = rg_adam(), .lr = 0.05, .seed = 1, .steps = 300};
    learn_rings(l, 100, &how.x, &how.y);
    learn(l, &m, &how);
    return learned(&m, how.x, how.y);
}

void lesson_5_4(lesson *l)
{
    rg_spec spec;
    rg_model m;
    rg_error e = {0};
    gates(l);
    rate(l);
    raster(l);
    draw_network(l);
    rg_spec_parse(&spec, "linear 100, relu, linear 10", &e);
    rg_model_init(&m, l->tape, &spec, 3072, RG_F32, 0);
    int64_t formula = 3072 * 100 + 100 + 100 * 10 + 10;
    say(l, "3072-100-10: weights 3072 100 + 100 10, biases 100 + 10");
    holds(l, rg_model_size(&m) == formula && formula == 308310,
          "a network 3072-100-10 has %lld parameters", (long long)formula);
    int layers = 0;
    for (int i = 0; i < spec.layers; i++) layers += spec.layer[i].kind == RG_LINEAR;
    holds(l, layers == 2, "it has two layers: the input is not counted");
    double narrow = separated(l, "linear 1, tanh, linear 2"),
           wide = separated(l, "linear 8, tanh, linear 2");
    shown(l, narrow < 0.9 && wide > 0.98,
          "a wider layer separates more easily: of a disc in a ring one hidden unit gets %.0f %% "
          "right, eight %.0f %%",
          100 * narrow, 100 * wide);
    static const char *const part[] = {"soma and hillock", "dendrites", "axon", "terminals"};
    for (int i = 0; i < 4; i++)
        say(l, "  %-18s %s", part[i],
            i == 0   ? "sums, and fires above the threshold"
            : i == 1 ? "bring the inputs"
            : i == 2 ? "carries the output"
                     : "hand it to the next");
}
LESSON_MAIN(lesson_5_4)
