/* deep.c - ten layers of 500 units. */
#include "deep.h"

static rg_node *through(deep_unit unit, rg_node *z)
{
    return unit == DEEP_TANH ? rg_tanh(z) : unit == DEEP_RELU ? rg_relu(z) : z;
}

static double share(rg_node *yes_or_no) { return rg_value(rg_mean(yes_or_no, RG_ALL_AXES)); }

void deep_run(lesson *l, deep_unit unit, double variance, deep *d)
{
    int64_t mark = rg_mark(l->tape);
    rg_node *h = rg_normal(l->tape, RG_F64, rg_shape2(ROWS, WIDTH)), *w[DEPTH], *g[DEPTH];
    for (int i = 0; i < DEPTH; i++) {
        w[i] = rg_scale(rg_normal(l->tape, RG_F64, rg_shape2(WIDTH, WIDTH)), sqrt(variance));
        h = through(unit, rg_matmul(h, w[i]));
        d->out[i] = deviation(h);
        d->square[i] = rg_value(rg_mean(rg_square(h), RG_ALL_AXES));
        d->zeros[i] = share(rg_eq(h, rg_lit(h, 0)));
        d->beyond[i] = share(rg_gt(rg_abs(h), rg_lit(h, 0.99)));
        rg_node *some = rg_reshape(rg_slice(h, 0, 0, SEEN / WIDTH, 1), rg_shape1(SEEN));
        numbers(rg_scale(rg_log(rg_abs(some)), 1 / log(10)), SEEN, d->size[i]);
    }
    rg_grad(h, rg_normal(l->tape, RG_F64, rg_shape2(ROWS, WIDTH)), DEPTH, w, g);
    for (int i = 0; i < DEPTH; i++) d->grad[i] = deviation(g[i]);
    rg_rewind(l->tape, mark);
}

void deep_say(lesson *l, const char *name, const double column[DEPTH])
{
    say(l, "%-32s %10.3g %10.3g %10.3g", name, column[0], column[4], column[9]);
}

rg_figure *deep_figure(lesson *l, const char *title, const char *about, const char *y)
{
    rg_figure_options o = {0};
    o.title = title;
    o.about = about;
    o.x.label = "layer";
    o.x.lo = 0.5;
    o.x.hi = DEPTH + 0.5;
    o.y.label = y;
    o.y.log = true;
    return figure_with(l, &o);
}
