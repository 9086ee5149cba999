/* unroll.c - the gradient through training itself: how the loss on data that was not
 * trained on moves with the learning rate and with the weight decay.
 *
 * A gradient is nodes, so steps of an optimizer, written one after the other with no
 * register in between, are one long expression from (rate, decay) to the loss after
 * them. rg_optim_step is for training: its parameters change at the tick, where the
 * tape ends. Here the parameters after each step are the next nodes instead.
 *
 *   cc unroll.c $(pkg-config --cflags --libs retrograd) -lm -o unroll
 */
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdio.h>

enum { STEPS = 20, ROWS = 12, COLUMNS = 3 };

typedef rg_node *optimizer(rg_node *w, rg_node *rate, rg_node *decay);

/* Noisy measurements of a known line: rows from first on, `which` 0 for x, 1 for y. */
static rg_node *data(rg_tape *t, int first, int which)
{
    double x[ROWS * COLUMNS], y[ROWS];
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++) x[r * COLUMNS + c] = sin(1.3 * (first + r) * (c + 1) + c);
        y[r] = x[r * COLUMNS] - 2 * x[r * COLUMNS + 1] + sin(37. * (first + r)) / 2;
    }
    return which ? rg_leaf_from(t, RG_F64, rg_shape1(ROWS), y, ROWS)
                 : rg_leaf_from(t, RG_F64, rg_shape2(ROWS, COLUMNS), x, ROWS * COLUMNS);
}

static rg_node *loss(rg_node *w, int first)
{
    rg_tape *t = rg_tape_of(w);
    return rg_mse(rg_matmul(data(t, first, 0), w), data(t, first, 1));
}

/* The gradient of the training loss, with decay w added to it. */
static rg_node *slope(rg_node *w, rg_node *decay)
{
    rg_node *g;
    rg_grad(loss(w, 0), NULL, 1, &w, &g);
    return rg_add(g, rg_mul(w, decay));
}

static rg_node *descent(rg_node *w, rg_node *rate, rg_node *decay)
{
    for (int i = 0; i < STEPS; i++) w = rg_sub(w, rg_mul(slope(w, decay), rate));
    return w;
}

static rg_node *blend(rg_node *old, rg_node *now, double share)
{
    return rg_add(rg_scale(old, share), rg_scale(now, 1 - share));
}

static rg_node *adam(rg_node *w, rg_node *rate, rg_node *decay)
{
    rg_node *m = rg_scale(w, 0), *v = m;
    for (int i = 1; i <= STEPS; i++) {
        rg_node *g = slope(w, decay);
        m = blend(m, g, .9);
        v = blend(v, rg_square(g), .999);
        rg_node *first = rg_scale(m, 1 / (1 - pow(.9, i)));
        rg_node *second = rg_scale(v, 1 / (1 - pow(.999, i)));
        rg_node *root = rg_sqrt(rg_offset(second, 1e-16));
        w = rg_sub(w, rg_mul(rg_div(first, root), rate));
    }
    return w;
}

/* The loss on other rows after training from 0. */
static rg_node *after(optimizer *train, rg_node *rate, rg_node *decay)
{
    rg_node *w = rg_leaf(rg_tape_of(rate), RG_F64, rg_shape1(COLUMNS));
    return loss(train(w, rate, decay), ROWS);
}

static double value_after(rg_tape *t, optimizer *train, double rate, double decay)
{
    int64_t mark = rg_mark(t);
    double v = rg_value(after(train, rg_scalar(t, rate), rg_scalar(t, decay)));
    rg_rewind(t, mark);
    return v;
}

/* Prints the derivatives and the slopes beside them; how many disagree. */
static int compare(rg_tape *t, const char *name, optimizer *train, double rate, double decay)
{
    rg_node *in[] = {rg_scalar(t, rate), rg_scalar(t, decay)}, *g[2];
    rg_node *y = after(train, in[0], in[1]);
    rg_grad(y, NULL, 2, in, g);
    double h = 1e-5, slopes[2] = {
        (value_after(t, train, rate + h, decay) - value_after(t, train, rate - h, decay)) / (2 * h),
        (value_after(t, train, rate, decay + h) - value_after(t, train, rate, decay - h)) / (2 * h)};
    printf("%-8s loss %.6f\n", name, rg_value(y));
    int wrong = 0;
    for (int i = 0; i < 2; i++) {
        double d = rg_value(g[i]);
        printf("         by %-6s %12.6f   slope %12.6f\n", i ? "decay" : "rate", d, slopes[i]);
        wrong += !(fabs(d - slopes[i]) <= 1e-6 * (1 + fabs(slopes[i])));
    }
    return wrong;
}

int main(void)
{
    rg_tape *t = rg_tape_new(NULL);
    int wrong = compare(t, "descent", descent, .1, .05) + compare(t, "adam", adam, .1, .05);
    const rg_error *e = rg_error_of(t);
    if (e->status) fprintf(stderr, "%s:%d: %s\n", e->file, e->line, e->text);
    int failed = e->status || wrong;
    rg_tape_free(t);
    return failed;
}
