/* valley.c - paths of optimizers. */
#include "valley.h"

rg_node *valley_ravine(rg_node *w)
{
    rg_node *x = rg_index(w, 0, 0), *y = rg_index(w, 0, 1);
    return rg_scale(rg_add(rg_square(x), rg_scale(rg_square(y), 25)), 0.5);
}

static rg_optim *optimizer(lesson *l, const rg_optim_config *c, rg_node **w, double rate)
{
    rg_group g = {0};
    g.n = 1;
    g.param = w;
    g.lr = rate;
    return rg_optim_new(l->tape, c, 1, &g);
}

void valley_descend(lesson *l, const rg_optim_config *c, double rate, landscape f,
                    const double start[2], int steps, double *x, double *y)
{
    int64_t before = rg_mark(l->tape);
    rg_node *w = vector(l, 2, start);
    rg_optim *o = optimizer(l, c, &w, rate);
    for (int i = 0; i <= steps && o; i++) {
        x[i] = number(w, 0);
        y[i] = number(w, 1);
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_step(o, f(w));
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    if (!rg_error_of(l->tape)->status) rg_rewind(l->tape, before);
}

rg_figure *valley_figure(lesson *l, const char *title, const char *about, landscape f, double size)
{
    enum { N = 61 };
    double v[N * N];
    int64_t mark = rg_mark(l->tape);
    for (int i = 0; i < N * N; i++) {
        double at[] = {size * (2.0 * (i % N) / (N - 1) - 1),
                       size / 2 * (2.0 * (i / N) / (N - 1) - 1)};
        v[i] = rg_value(f(vector(l, 2, at)));
        rg_rewind(l->tape, mark);
    }
    rg_figure_options o = {0};
    o.title = title;
    o.about = about;
    o.x.label = "w1";
    o.y.label = "w2";
    o.equal = true;
    rg_figure *figure = figure_with(l, &o);
    rg_figure_contours(figure, "loss", &(rg_figure_grid){N, N, -size, size, -size / 2, size / 2, v},
                       10, NULL);
    return figure;
}

void valley_feed(lesson *l, const rg_optim_config *c, double rate, int n, const double *g,
                 double *out)
{
    int64_t before = rg_mark(l->tape);
    rg_node *w = vector(l, 1, (double[]){0});
    rg_optim *o = optimizer(l, c, &w, rate);
    for (int i = 0; i <= n && o; i++) {
        out[i] = number(w, 0);
        if (i == n) break;
        int64_t mark = rg_step_begin(l->tape);
        rg_optim_apply(o, (rg_node *[]){vector(l, 1, &g[i])});
        rg_step_end(l->tape, mark);
    }
    rg_optim_free(o);
    if (!rg_error_of(l->tape)->status) rg_rewind(l->tape, before);
}
