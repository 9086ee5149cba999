/* 6.2: forward pass, kept values, backward pass; one backward pass costs a few forward ones,
 * whatever the number of parameters. */
#include "lesson.h"
#include <string.h>

/* Operations of the nodes from one place of the tape to another: 2 m n k for a product, 1 for
 * every element of anything else that computes. */
static double operations(const rg_tape *t, int64_t from, int64_t to)
{
    double n = 0;
    for (int64_t i = from; i < to; i++) {
        const rg_node *y = rg_node_at(t, i);
        if (y->op->kind == RG_LEAF || y->op->kind == RG_VIEW) continue;
        double inner = 1;
        if (!strcmp(y->op->name, "matmul")) {
            rg_shape a = rg_shape_of(rg_in(y, 0));
            inner = 2 * (double)a.dim[a.rank - 1];
        }
        n += inner * (double)rg_count_of(y);
    }
    return n;
}

static rg_node *network(rg_node *x, rg_node *const w[3])
{
    rg_node *h1 = rg_relu(rg_matmul(x, w[0])), *h2 = rg_relu(rg_matmul(h1, w[1]));
    return rg_matmul(h2, w[2]);
}

void lesson_6_2(lesson *l)
{
    const int64_t width[] = {8, 32, 128};
    double cost[2][3], worst = 0, descends = 0;
    say(l, "width   parameters   forward ops   backward ops   ratio");
    for (int i = 0; i < 3; i++) {
        int64_t n = width[i], mark = rg_mark(l->tape), label[16];
        for (int k = 0; k < 16; k++) label[k] = k % 4;
        rg_node *x = normal(l, rg_shape2(16, n)),
                *y = rg_leaf_from(l->tape, RG_I64, rg_shape1(16), label, 16), *g[3];
        rg_node *w[] = {rg_scale(normal(l, rg_shape2(n, n)), 0.3),
                        rg_scale(normal(l, rg_shape2(n, n)), 0.3), normal(l, rg_shape2(n, 4))};
        int64_t from = rg_mark(l->tape);
        rg_node *loss = rg_cross_entropy(network(x, w), y);
        int64_t middle = rg_mark(l->tape);
        rg_grad(loss, NULL, 3, w, g);
        cost[0][i] = operations(l->tape, from, middle);
        cost[1][i] = operations(l->tape, middle, rg_mark(l->tape));
        worst = fmax(worst, cost[1][i] / cost[0][i]);
        say(l, "%5d   %10d   %11.0f   %12.0f   %.2f", (int)n, (int)(2 * n * n + 4 * n), cost[0][i],
            cost[1][i], cost[1][i] / cost[0][i]);
        double before = rg_value(loss);
        for (int k = 0; k < 3; k++) w[k] = rg_sub(w[k], rg_scale(g[k], 1e-4));
        descends += rg_value(rg_cross_entropy(network(x, w), y)) < before;
        rg_rewind(l->tape, mark);
    }
    holds(l, worst <= 5,
          "one backward pass costs at most 5 forward passes, for all parameters at once (%.2f)",
          worst);
    holds(l, descends == 3, "a small step against the gradient lowers the loss, each time");

    /* What the backward pass needs was kept: the gradient by w2 is h1^T times what arrives. */
    rg_node *x = normal(l, rg_shape2(5, 3)), *w1 = normal(l, rg_shape2(3, 4)),
            *w2 = normal(l, rg_shape2(4, 2));
    rg_node *h = rg_relu(rg_matmul(x, w1)), *z = rg_matmul(h, w2),
            *loss = rg_sum(rg_square(z), RG_ALL_AXES);
    rg_node *arrives = gradient(loss, z);
    holds(l, distance(gradient(loss, w2), rg_matmul(rg_transpose(h), arrives)) < 1e-13,
          "dL/dW2 is the kept h^T times the upstream dL/dz");
    rg_node *ones = rg_const(l->tape, RG_F64, rg_shape2(5, 2), 1); /* dL/dL at every gate */
    double first = distance(gradient(loss, h), rg_matmul(arrives, rg_transpose(w2)));
    slip(l, distance(gradient(loss, h), rg_matmul(ones, rg_transpose(w2))) < 1e-12, first < 1e-13,
         "S33: upstream is the derivative of the loss by the output of the gate at hand; the end "
         "of the network is only its first case");

    static const char *const label[] = {"width 8", "width 32", "width 128"};
    rg_figure_options o = {.title = "Operations, counted on the tape",
                           .about = "Backward is about twice forward.",
                           .y = {.label = "operations", .log = true}};
    rg_figure *f = figure_with(l, &o);
    rg_figure_bars(f, "forward", 3, label, cost[0]);
    rg_figure_bars(f, "backward", 3, label, cost[1]);
}
LESSON_MAIN(lesson_6_2)
