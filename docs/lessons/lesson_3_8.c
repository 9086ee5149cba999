/* 3.8: k nearest neighbours: no training, all the work at the question. */
#include "lesson.h"

enum { M = 60, GRID = 45, SETS = 20 };

typedef struct cloud {
    double x[M * 2];
    int64_t label[M];
} cloud;

/* Two classes around (-1, -1) and (1, 1) that overlap. */
static void draw_cloud(lesson *l, cloud *c)
{
    numbers(normal(l, rg_shape1(2 * M)), 2 * M, c->x);
    for (int i = 0; i < M; i++) {
        c->label[i] = i % 2;
        c->x[2 * i] += c->label[i] ? 1 : -1;
    }
}

static int64_t ask(const cloud *c, int64_t k, const double at[2])
{
    rg_neighbour near_ones[M];
    rg_nearest(RG_EUCLIDEAN, c->x, M, 2, at, k, near_ones);
    return rg_vote(near_ones, k, c->label, 2);
}

/* Of M examples asked. */
static int wrong_of(const cloud *known, int64_t k, const cloud *asked)
{
    int wrong = 0;
    for (int i = 0; i < M; i++) wrong += ask(known, k, &asked->x[2 * i]) != asked->label[i];
    return wrong;
}

/* Errors when an example may not be its own neighbour: the second nearest is asked. */
static int wrong_without_itself(const cloud *c)
{
    int wrong = 0;
    for (int i = 0; i < M; i++) {
        rg_neighbour two[2];
        rg_nearest(RG_EUCLIDEAN, c->x, M, 2, &c->x[2 * i], 2, two);
        wrong += c->label[two[1].row] != c->label[i];
    }
    return wrong;
}

static void own_neighbour(lesson *l, const cloud *c)
{
    int itself = wrong_of(c, 1, c), others = wrong_without_itself(c);
    say(l, "k = 1 on its own examples: %d wrong; each without itself: %d of %d wrong", itself,
        others, M);
    slip(l, others == 0, itself == 0 && others > 0,
         "S11: with k = 1 the training error is 0, because an example is its own neighbour; that "
         "says nothing");
    const rg_neighbour tied[] = {{0, 1}, {1, 2}, {2, 2.5}, {3, 4}};
    holds(l, rg_vote(tied, 4, (const int64_t[]){0, 1, 1, 0}, 2) == 1,
          "a tied vote goes to the class with the smaller sum of distances (4.5 against 5), here "
          "class 1");
}

/* What is trained is kept: the examples themselves. */
static void memory(lesson *l, const cloud *c)
{
    rg_spec spec;
    rg_model linear;
    rg_spec_parse(&spec, "linear 2", NULL);
    rg_model_init(&linear, l->tape, &spec, 2, RG_F64, 0);
    int wrong = 0;
    for (int i = 0; i < M; i++) {
        rg_neighbour near_one;
        rg_nearest(RG_EUCLIDEAN, c->x, M / 2, 2, &c->x[2 * i], 1, &near_one);
        wrong += c->label[near_one.row] != c->label[i];
    }
    shown(l, wrong > 0 && rg_model_size(&linear) < M * 2,
          "training is to keep all m d = %d numbers: with half of them thrown away %d of %d "
          "examples are no longer known; a linear classifier keeps %d, however many there were",
          M * 2, wrong, M, (int)rg_model_size(&linear));
}

static void metrics(lesson *l)
{
    static const double at[][2] = {{3, 0}, {1.8, 1.8}, {2.5, 1}}, origin[2] = {0, 0};
    static const char *const name[] = {"L1", "L2", "L-inf"};
    static const rg_metric metric[] = {RG_MANHATTAN, RG_EUCLIDEAN, RG_MAXIMUM};
    int64_t nearest[3];
    say(l, "from the origin to (3, 0), (1.8, 1.8), (2.5, 1):");
    for (int m = 0; m < 3; m++) {
        rg_neighbour first;
        rg_nearest(metric[m], at[0], 3, 2, origin, 1, &first);
        nearest[m] = first.row;
        say(l, "  %-6s %.3f  %.3f  %.3f", name[m], rg_distance(metric[m], at[0], origin, 2),
            rg_distance(metric[m], at[1], origin, 2), rg_distance(metric[m], at[2], origin, 2));
    }
    holds(l, nearest[0] == 0 && nearest[1] == 1 && nearest[2] == 1,
          "the metrics disagree: (3, 0) is nearest by L1, (1.8, 1.8) by L2 and by L-inf");
}

/* What is at distance 1 from the origin, by each metric. */
static void unit_balls(lesson *l)
{
    enum { TURN = 181 };
    static const char *const name[] = {"L1", "L2", "L-inf"};
    static const rg_metric metric[] = {RG_MANHATTAN, RG_EUCLIDEAN, RG_MAXIMUM};
    rg_figure_options o = {.title = "At distance 1 by three metrics",
                           .about = "A diamond, a circle, a square.",
                           .x = {.label = "x1"},
                           .y = {.label = "x2"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    for (int m = 0; m < 3; m++) {
        double x[TURN], y[TURN];
        for (int i = 0; i < TURN; i++) {
            const double at[] = {cos(i * M_PI / 90), sin(i * M_PI / 90)}, origin[] = {0, 0};
            double far = rg_distance(metric[m], at, origin, 2);
            x[i] = at[0] / far, y[i] = at[1] / far;
        }
        rg_figure_line(f, name[m], TURN, x, y);
    }
}

/* The class at each place of a grid; how often it changes along its rows. */
static int border(const cloud *c, int64_t k, double region[GRID * GRID])
{
    int steps = 0;
    for (int i = 0; i < GRID * GRID; i++) {
        const double at[] = {-4 + 8.0 * (i % GRID) / (GRID - 1),
                             -4 + 8.0 * (i / GRID) / (GRID - 1)};
        region[i] = (double)ask(c, k, at);
        steps += i % GRID && region[i] != region[i - 1];
    }
    return steps;
}

static void draw_border(lesson *l, const cloud *c, int64_t k)
{
    double region[GRID * GRID], px[2][M], py[2][M];
    char title[48];
    border(c, k, region);
    for (int i = 0; i < M; i++) px[i % 2][i / 2] = c->x[2 * i], py[i % 2][i / 2] = c->x[2 * i + 1];
    snprintf(title, sizeof title, "%d nearest neighbour%s", (int)k, k > 1 ? "s" : "");
    rg_figure_options o = {.title = title,
                           .about = "The more neighbours, the smoother the border between the "
                                    "dark ground of class 0 and the light one of class 1.",
                           .x = {.label = "x1"},
                           .y = {.label = "x2"},
                           .equal = true};
    rg_figure *f = figure_with(l, &o);
    rg_figure_heat(f, NULL, &(rg_figure_grid){GRID, GRID, -4, 4, -4, 4, region}, 0, 0);
    for (int k2 = 0; k2 < 2; k2++)
        rg_figure_points(f, k2 ? "class 1" : "class 0", M / 2, px[k2], py[k2]);
}

/* The length of the border and the errors on fresh examples, on average over many sets. */
static void on_average(lesson *l, const int64_t k[3], double steps[3], double wrong[3])
{
    cloud known, fresh;
    double region[GRID * GRID];
    for (int set = 0; set < SETS; set++) {
        draw_cloud(l, &known);
        draw_cloud(l, &fresh);
        for (int i = 0; i < 3; i++) {
            steps[i] += (double)border(&known, k[i], region) / SETS;
            wrong[i] += (double)wrong_of(&known, k[i], &fresh) / SETS;
        }
    }
}

void lesson_3_8(lesson *l)
{
    static const int64_t k[] = {1, 5, 25};
    cloud known;
    double steps[3] = {0}, wrong[3] = {0};
    draw_cloud(l, &known);
    own_neighbour(l, &known);
    memory(l, &known);
    metrics(l);
    rg_node *X = matrix(l, M, 2, known.x);
    holds(l, rg_count_of(rg_sub(X, vector(l, 2, (double[]){3, 0}))) == M * 2,
          "a question costs m d = %d differences, and there is nothing to prepare", M * 2);
    for (int i = 0; i < 3; i++) draw_border(l, &known, k[i]);
    unit_balls(l);
    on_average(l, k, steps, wrong);
    say(l, "neighbours   border, steps of the grid   wrong of %d fresh   (mean of %d sets)", M,
        SETS);
    for (int i = 0; i < 3; i++) say(l, "%10d   %-25.1f   %.2f", (int)k[i], steps[i], wrong[i]);
    shown(l, steps[0] > steps[1] && steps[1] > steps[2],
          "more neighbours make the border shorter: %.1f, %.1f, %.1f steps of the grid", steps[0],
          steps[1], steps[2]);
    shown(l, wrong[0] > wrong[2],
          "k is chosen by examples that are no neighbours: of %d held out %.2f, %.2f and %.2f are "
          "wrong with 1, 5 and 25",
          M, wrong[0], wrong[1], wrong[2]);
}
LESSON_MAIN(lesson_3_8)
