/* 5.3: the mean of the examples' gradients is the gradient of the batch; a minibatch estimates it
 * without bias, with a variance that falls as 1/k. */
#include "wells.h"

enum { N = 6, PAIRS = 15, CLOUD = 64 };

static rg_node *losses(rg_node *w, rg_node *X, rg_node *y)
{
    return rg_square(rg_sub(rg_matmul(X, w), y));
}

/* The gradient of every example by itself: (N, 2). */
static void each_gradient(rg_node *w, rg_node *X, rg_node *y, double g[N][2])
{
    numbers(jacobian(losses(w, X, y), w), N * 2, &g[0][0]);
}

/* Means of all pairs: without replacement i < j, with replacement all i, j. Their mean and
 * variance. */
static void pairs(double g[N][2], bool again, double *mean, double *variance)
{
    double sum = 0, squares = 0, count = 0;
    for (int i = 0; i < N; i++)
        for (int j = again ? 0 : i + 1; j < N; j++) {
            double m = (g[i][0] + g[j][0]) / 2;
            sum += m, squares += m * m, count++;
        }
    *mean = sum / count;
    *variance = squares / count - *mean * *mean;
}

static void cloud(lesson *l)
{
    enum { M = 256 };
    rg_node *X = normal(l, rg_shape2(M, 2)),
            *y = rg_add(rg_matmul(X, vector(l, 2, (double[]){1, -2})), normal(l, rg_shape1(M)));
    rg_node *w = vector(l, 2, (double[]){0, 0});
    double all[M * 2], x[3][CLOUD], v[3][CLOUD];
    int64_t order[M];
    const int size[] = {1, 8, 64};
    numbers(jacobian(losses(w, X, y), w), M * 2, all);
    for (int i = 0; i < M; i++) order[i] = i;
    rg_figure_options o = {
        .title = "Gradients of minibatches",
        .about = "They gather around the gradient of all 256 examples as the batch grows.",
        .x = {.label = "d/dw1"},
        .y = {.label = "d/dw2"},
        .equal = true};
    rg_figure *f = figure_with(l, &o);
    for (int k = 0; k < 3; k++) {
        char name[32];
        for (int i = 0; i < CLOUD; i++) {
            rg_shuffle(order, M, 7, (uint64_t)(k * CLOUD + i));
            x[k][i] = v[k][i] = 0;
            for (int j = 0; j < size[k]; j++)
                x[k][i] += all[2 * order[j]] / size[k], v[k][i] += all[2 * order[j] + 1] / size[k];
        }
        snprintf(name, sizeof name, "batches of %d", size[k]);
        rg_figure_points(f, name, CLOUD, x[k], v[k]);
    }
}

/* A batch that has the classes in the proportion of all examples. */
static void stratified(lesson *l)
{
    enum { ROWS = 60, SIZE = 12 };
    int64_t label[ROWS];
    const int64_t *row;
    rg_batches b;
    int64_t n;
    int least[2] = {SIZE, SIZE}, most[2] = {0, 0}; /* of class 1: drawn anyhow, stratified */
    for (int i = 0; i < ROWS; i++) label[i] = i % 3 == 0;
    if (rg_batches_new(&b, NULL, ROWS, SIZE, 3, NULL, NULL)) return;
    for (int k = 0; k < 2; k++) {
        if (k) rg_batches_stratify(&b, label, 2, NULL);
        rg_batches_begin(&b, 0);
        while ((n = rg_batches_next(&b, &row)) > 0) {
            int ones = 0;
            for (int64_t i = 0; i < n; i++) ones += label[row[i]] == 1;
            if (ones < least[k]) least[k] = ones;
            if (ones > most[k]) most[k] = ones;
        }
    }
    rg_batches_free(&b);
    holds(
        l, least[1] >= 2 && most[1] <= 6 && most[0] - least[0] > most[1] - least[1],
        "a stratified minibatch has the classes of all data: of class 1, a third of them, %d to %d "
        "of %d, within two of its share; drawn anyhow %d to %d",
        least[1], most[1], SIZE, least[0], most[0]);
}

void lesson_5_3(lesson *l)
{
    rg_node *X = normal(l, rg_shape2(N, 2)), *y = normal(l, rg_shape1(N)),
            *w = vector(l, 2, (double[]){0.3, -0.1});
    double g[N][2], mean = 0, spread = 0, m, v;
    each_gradient(w, X, y, g);
    double batch = number(gradient(rg_mean(losses(w, X, y), 0), w), 0);
    for (int i = 0; i < N; i++) mean += g[i][0] / N;
    for (int i = 0; i < N; i++) spread += (g[i][0] - mean) * (g[i][0] - mean);
    holds(l, near(mean, batch, 1e-13),
          "the mean of the examples' gradients is that of the batch: %.6f", batch);
    say(l, "batches of 2 out of %d      mean        variance", N);
    pairs(g, false, &m, &v);
    say(l, "without replacement       %.6f   %.6f", m, v);
    holds(l, near(m, batch, 1e-12) && near(v, spread / (N - 1) / 2 * (1 - 2.0 / N), 1e-12),
          "over all %d pairs: no bias, variance S^2/k (1 - k/N), exactly", PAIRS);
    pairs(g, true, &m, &v);
    say(l, "with replacement          %.6f   %.6f", m, v);
    holds(l, near(m, batch, 1e-12) && near(v, spread / N / 2, 1e-12),
          "with replacement: no bias, variance sigma^2/k, exactly");

    /* The mean log likelihood is to go up, the loss down: the sign is part of the step. */
    rg_node *a = vector(l, 3, (double[]){0.1, 0.5, -0.2}),
            *J = rg_index(rg_log_softmax(a, -1), 0, 1), *up = gradient(J, a);
    double down = number(rg_log_softmax(rg_sub(a, rg_scale(up, 0.1)), -1), 1),
           ascended = number(rg_log_softmax(rg_add(a, rg_scale(up, 0.1)), -1), 1);
    slip(l, down > rg_value(J), ascended > rg_value(J),
         "S25: descending on J = mean log p makes it worse (%.4f to %.4f); one ascends it (%.4f), "
         "or descends on -J",
         rg_value(J), down, ascended);
    stratified(l);
    double whole = wells_loss(l, 4), single = wells_loss(l, 1);
    shown(l, single < whole - 0.05,
          "the noise of small batches can generalise better: on a bowl with narrow wells that only "
          "the training examples share, loss on others %.3f by batches of all, %.3f by one example",
          whole, single);
    cloud(l);
}
LESSON_MAIN(lesson_5_3)
