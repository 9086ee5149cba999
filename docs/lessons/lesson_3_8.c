/* 3.8: k nearest neighbours: no training, all the work at the question. */
#include "lesson.h"

enum { M = 60, GRID = 45 };

/* |x - p| by a metric: 1, 2 or 0 for the largest. */
static rg_node *metric(rg_node *d, int p)
{
    if (p == 1) return rg_sum(rg_abs(d), -1);
    return p == 2 ? rg_sqrt(rg_sum(rg_square(d), -1)) : rg_amax(rg_abs(d), -1);
}

/* The class of a point by its k nearest of n; votes that tie go to the smaller sum of distances,
 * then to the smaller class. skip: an example that may not be its own neighbour, or -1. */
static int classify(const double *away, const int64_t *label, int n, int k, int skip)
{
    bool used[M] = {false};
    int votes[2] = {0, 0};
    double sum[2] = {0, 0};
    for (int i = 0; i < k; i++) {
        int best = -1;
        for (int j = 0; j < n; j++)
            if (j != skip && !used[j] && (best < 0 || away[j] < away[best])) best = j;
        used[best] = true;
        votes[label[best]]++;
        sum[label[best]] += away[best];
    }
    return votes[0] != votes[1] ? votes[1] > votes[0] : sum[1] < sum[0];
}

static void distances(lesson *l, rg_node *X, const double at[2], int p, double away[M])
{
    int64_t mark = rg_mark(l->tape);
    numbers(metric(rg_sub(X, vector(l, 2, at)), p), M, away);
    rg_rewind(l->tape, mark);
}

void lesson_3_8(lesson *l)
{
    double x[M * 2], away[M], px[2][M], py[2][M], region[GRID * GRID];
    int64_t label[M];
    int n[2] = {0, 0}, wrong[2] = {0, 0};
    numbers(normal(l, rg_shape1(2 * M)), 2 * M, x);
    for (int i = 0; i < M; i++) {
        label[i] = i % 2;
        x[2 * i] += label[i] ? 1 : -1;
        px[label[i]][n[label[i]]] = x[2 * i], py[label[i]][n[label[i]]++] = x[2 * i + 1];
    }
    rg_node *X = matrix(l, M, 2, x);
    for (int i = 0; i < M; i++) {
        distances(l, X, &x[2 * i], 2, away);
        wrong[0] += classify(away, label, M, 1, -1) != label[i];
        wrong[1] += classify(away, label, M, 1, i) != label[i];
    }
    say(l, "k = 1 on its own examples: %d wrong; each without itself: %d of %d wrong", wrong[0],
        wrong[1], M);
    slip(l, wrong[1] == 0, wrong[0] == 0 && wrong[1] > 0,
         "S11: with k = 1 the training error is 0, because an example is its own neighbour; that "
         "says nothing");
    holds(l, classify((double[]){1, 2, 2.5, 4}, (int64_t[]){0, 1, 1, 0}, 4, 4, -1) == 1,
          "a tied vote goes to the class with the smaller sum of distances (4.5 against 5), here "
          "class 1");

    const double a[] = {3, 0}, b[] = {1.8, 1.8}, c[] = {2.5, 1.0};
    double d[3][3];
    for (int m = 0; m < 3; m++)
        for (int i = 0; i < 3; i++)
            d[m][i] = rg_value(metric(vector(l, 2,
                                             i == 0   ? a
                                             : i == 1 ? b
                                                      : c),
                                      m == 0   ? 1
                                      : m == 1 ? 2
                                               : 0));
    say(l, "from the origin to (3, 0), (1.8, 1.8), (2.5, 1):");
    static const char *const metric_name[] = {"L1", "L2", "L-inf"};
    for (int m = 0; m < 3; m++)
        say(l, "  %-6s %.3f  %.3f  %.3f", metric_name[m], d[m][0], d[m][1], d[m][2]);
    holds(l,
          d[0][0] < d[0][1] && d[1][1] < d[1][0] && d[2][1] < d[2][2] && d[2][2] < d[2][0] &&
              d[0][0] < d[0][2],
          "the metrics disagree: (3, 0) is nearest by L1, (1.8, 1.8) by L2 and by L-inf");
    holds(l, rg_count_of(rg_sub(X, vector(l, 2, a))) == M * 2,
          "a question costs m d = %d differences, and there is nothing to prepare", M * 2);

    static const int neighbours[] = {1, 5, 25};
    int corners[3] = {0, 0, 0};
    for (int k = 0; k < 3; k++) {
        char title[48];
        for (int i = 0; i < GRID * GRID; i++) {
            distances(
                l, X,
                (double[]){-4 + 8.0 * (i % GRID) / (GRID - 1), -4 + 8.0 * (i / GRID) / (GRID - 1)},
                2, away);
            region[i] = classify(away, label, M, neighbours[k], -1);
            corners[k] += i % GRID && region[i] != region[i - 1];
        }
        snprintf(title, sizeof title, "%d nearest neighbour%s", neighbours[k], k ? "s" : "");
        rg_figure_options o = {.title = title,
                               .about = "The more neighbours, the smoother the border.",
                               .x = {.label = "x1"},
                               .y = {.label = "x2"},
                               .equal = true};
        rg_figure *f = figure_with(l, &o);
        rg_figure_heat(f, "class", &(rg_figure_grid){GRID, GRID, -4, 4, -4, 4, region}, 0, 0);
        for (int class = 0; class < 2; class ++)
            rg_figure_points(f, class ? "class 1" : "class 0", n[class], px[class], py[class]);
    }
    shown(l, corners[0] > corners[1] && corners[1] >= corners[2],
          "more neighbours make the border shorter: %d, %d, %d steps of the grid", corners[0],
          corners[1], corners[2]);
}
LESSON_MAIN(lesson_3_8)
