/* 9.5: dropout: every mask is a network; scaling by the probability of keeping is exact for
 * linear units and an approximation for others. */
#include "lesson.h"

enum { UNITS = 4, MASKS = 16 };

/* The mean over all 16 masks of relu(w m h) or w m h, each mask with its probability. */
static double over_all_masks(lesson *l, const double *w, const double *h, double p, bool relu,
                             double *out)
{
    double mean = 0;
    for (int mask = 0; mask < MASKS; mask++) {
        double m[UNITS], chance = 1;
        for (int i = 0; i < UNITS; i++) {
            m[i] = mask >> i & 1;
            chance *= m[i] > 0 ? p : 1 - p;
        }
        rg_node *z = rg_dot(vector(l, UNITS, w), rg_mul(vector(l, UNITS, m), vector(l, UNITS, h)));
        double v = rg_value(relu ? rg_relu(z) : z);
        mean += chance * v;
        if (out) out[mask] = v;
    }
    return mean;
}

void lesson_9_5(lesson *l)
{
    const double w[] = {1, -2, 0.5, 0.2}, h[] = {1, 0.7, 0.8, -1}, p = 0.5;
    double each[MASKS], z = rg_value(rg_dot(vector(l, UNITS, w), vector(l, UNITS, h)));
    double linear = over_all_masks(l, w, h, p, false, NULL),
           curved = over_all_masks(l, w, h, p, true, each);
    say(l, "mean over all 16 masks, keep %.1f    scaled by p", p);
    say(l, "linear unit   %10.4f             %10.4f", linear, p * z);
    say(l, "relu unit     %10.4f             %10.4f", curved, p * fmax(z, 0));
    holds(l, near(linear, p * z, 1e-14), "a linear unit: the mean over all masks is p z, exactly");
    slip(l, near(curved, p * fmax(z, 0), 1e-3), near(linear, p * z, 1e-14),
         "S56: for a relu the rule is an approximation: mean %.4f, scaled %.4f", curved,
         p * fmax(z, 0));

    enum { N = 40000 };
    rg_node *keep = rg_bernoulli(l->tape, RG_F64, rg_shape1(N), 0.8);
    double mean = rg_value(rg_mean(keep, 0));
    slip(l, fabs(mean - 0.2) < 0.01, fabs(mean - 0.8) < 0.01,
         "S54: here p is the probability of keeping: a mask of keep 0.8 has mean %.3f", mean);
    int64_t mark = rg_step_begin(l->tape);
    double first[64], second[64];
    numbers(rg_bernoulli(l->tape, RG_F64, rg_shape1(64), 0.5), 64, first);
    rg_step_end(l->tape, mark);
    mark = rg_step_begin(l->tape);
    numbers(rg_bernoulli(l->tape, RG_F64, rg_shape1(64), 0.5), 64, second);
    rg_step_end(l->tape, mark);
    int differ = 0;
    for (int i = 0; i < 64; i++) differ += first[i] != second[i];
    slip(l, differ == 0, differ > 15,
         "S55: the mask changes with every iteration, not once an epoch: %d of 64 units differ "
         "from one step to the next",
         differ);

    rg_node *x = normal(l, rg_shape1(200)), *y = rg_dropout(x, 0.5), *g = gradient(rg_sum(y, 0), x),
            *off = rg_eq(y, rg_lit(y, 0));
    holds(l, distance(rg_mul(g, off), rg_scale(g, 0)) == 0 && rg_value(rg_sum(off, 0)) > 50,
          "the backward pass uses the mask of the forward pass: a dropped unit gets no gradient");
    double at[MASKS];
    for (int i = 0; i < MASKS; i++) at[i] = i;
    rg_figure *f =
        figure(l, "A relu unit under each of its 16 masks",
               "Each mask is another network; dropout trains them together.", "mask", "output");
    rg_figure_points(f, "output", MASKS, at, each);
    rg_figure_rule_y(f, "mean over the masks", curved);
    rg_figure_rule_y(f, "scaled by p", p * fmax(z, 0));
}
LESSON_MAIN(lesson_9_5)
