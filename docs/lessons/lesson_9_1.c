/* 9.1: early stopping keeps the parameters of the epoch that validated best, bit for bit. */
#include "lesson.h"

enum { TRAIN = 12, VALID = 60, DEGREE = 9, EPOCHS = 400, DRAWS = 12 };

typedef struct course {
    rg_node *X[2], *y[2], *w; /* by rg_phase */
    double seen[2][EPOCHS];   /* loss after each epoch */
    int64_t left[2];
} course;

static rg_status begin(void *ud, rg_phase phase, int64_t epoch)
{
    course *c = ud;
    (void)epoch;
    c->left[phase] = phase == RG_PHASE_TRAIN ? TRAIN : VALID;
    return RG_OK;
}

static rg_status next(void *ud, rg_phase phase, int64_t *rows)
{
    course *c = ud;
    *rows = c->left[phase];
    c->left[phase] = 0;
    return RG_OK;
}

static rg_measured record(void *ud, rg_phase phase, int64_t rows)
{
    course *c = ud;
    (void)rows;
    rg_measured m = {rg_mse(rg_matmul(c->X[phase], c->w), c->y[phase]), NULL};
    return m;
}

static int follow(void *ud, const rg_progress *p)
{
    course *c = ud;
    if (!p->done) return 0;
    c->seen[0][p->epoch - 1] = p->loss;
    c->seen[1][p->epoch - 1] = p->valid_loss;
    return 0;
}

/* Powers of x up to DEGREE, and a noisy sine. */
static void sample(lesson *l, int n, rg_node **X, rg_node **y)
{
    double x[VALID], noise[VALID], power[VALID * (DEGREE + 1)], target[VALID];
    numbers(even(l, rg_shape1(n)), n, x);
    numbers(normal(l, rg_shape1(n)), n, noise);
    for (int i = 0; i < n; i++) {
        x[i] = 2 * x[i] - 1;
        for (int k = 0; k <= DEGREE; k++) power[i * (DEGREE + 1) + k] = pow(x[i], k);
        target[i] = sin(3 * x[i]) + 0.4 * noise[i];
    }
    *X = matrix(l, n, DEGREE + 1, power);
    *y = vector(l, n, target);
}

static rg_outcome train(lesson *l, course *c, int64_t epochs)
{
    rg_optim_config how = rg_sgd(0.95);
    rg_group g = {.n = 1, .param = &c->w, .lr = 0.1};
    rg_outcome out = {0};
    rg_write(c->w, RG_F64, (double[DEGREE + 1]){0}, DEGREE + 1);
    rg_optim *o = rg_optim_new(l->tape, &how, 1, &g);
    rg_training tr = {.tape = l->tape,
                      .optim = o,
                      .kept = 1,
                      .keep = &c->w,
                      .epochs = epochs,
                      .begin = begin,
                      .next = next,
                      .record = record,
                      .progress = follow,
                      .ud = c};
    if (o) rg_train(&tr, &out);
    rg_optim_free(o);
    return out;
}

/* Over many draws of the noise: the mean and the variance of one weight, with a ridge or without.
 */
static void estimates(lesson *l, double ridge, double *mean, double *variance)
{
    enum { TIMES = 200, ROWS = 12 };
    double X[ROWS * 3], y[ROWS], noise[ROWS], w[3], squares = 0;
    rg_lstsq_result r = {.weight = w};
    for (int i = 0; i < ROWS * 3; i++) X[i] = sin(1.7 * i + 0.7) + 0.3 * cos(0.9 * i * i);
    *mean = 0;
    for (int draw = 0; draw < TIMES; draw++) {
        numbers(normal(l, rg_shape1(ROWS)), ROWS, noise);
        for (int i = 0; i < ROWS; i++) y[i] = 2 * X[3 * i] - X[3 * i + 1] + 0.5 * noise[i];
        rg_least_squares(l->tape, ROWS, 3, X, y, ridge, &r);
        *mean += w[0] / TIMES;
        squares += w[0] * w[0] / TIMES;
    }
    *variance = squares - *mean * *mean;
}

static void bias_for_variance(lesson *l)
{
    double mean[2], variance[2];
    for (int k = 0; k < 2; k++) estimates(l, k ? 4 : 0, &mean[k], &variance[k]);
    shown(l, variance[1] < 0.9 * variance[0] && fabs(mean[1] - 2) > 5 * fabs(mean[0] - 2),
          "a penalty trades variance for bias: a weight of 2 is estimated as %.3f with variance "
          "%.4f, with a ridge as %.3f with %.4f",
          mean[0], variance[0], mean[1], variance[1]);
}

/* The epoch that validated best. */
static int least_of(const course *c)
{
    int least = 0;
    for (int i = 0; i < EPOCHS; i++)
        if (c->seen[1][i] < c->seen[1][least]) least = i;
    return least;
}

/* What the epochs after the best one do to both losses, on average over draws of the data. */
static void afterwards(lesson *l)
{
    static course c;
    double change[2] = {0, 0};
    c.w = zeros(l, rg_shape1(DEGREE + 1));
    for (int draw = 0; draw < DRAWS; draw++) {
        for (int k = 0; k < 2; k++) sample(l, k ? VALID : TRAIN, &c.X[k], &c.y[k]);
        train(l, &c, EPOCHS);
        for (int k = 0; k < 2; k++)
            change[k] += log(c.seen[k][EPOCHS - 1] / c.seen[k][least_of(&c)]) / DRAWS;
    }
    shown(l, change[0] < 0 && change[1] > 0.02,
          "afterwards the training loss still falls while validation rises, overfitting: over %d "
          "draws of the data by factors of %.2f and %.2f on average",
          DRAWS, exp(change[0]), exp(change[1]));
}

void lesson_9_1(lesson *l)
{
    static course c;
    double kept[DEGREE + 1], fresh[DEGREE + 1], epoch[EPOCHS];
    sample(l, TRAIN, &c.X[0], &c.y[0]);
    sample(l, VALID, &c.X[1], &c.y[1]);
    c.w = zeros(l, rg_shape1(DEGREE + 1));
    rg_outcome out = train(l, &c, EPOCHS);
    numbers(c.w, DEGREE + 1, kept);
    int least = least_of(&c);
    for (int i = 0; i < EPOCHS; i++) epoch[i] = i + 1;
    double last[2] = {c.seen[0][EPOCHS - 1], c.seen[1][EPOCHS - 1]};
    say(l, "epoch            training   validation");
    say(l, "%-6d (kept)    %.5f    %.5f", least + 1, c.seen[0][least], c.seen[1][least]);
    say(l, "%-6d           %.5f    %.5f", EPOCHS, last[0], last[1]);
    holds(l, out.best == least + 1, "the epoch kept is the one that validated best: %d of %d",
          least + 1, EPOCHS);
    rg_figure_options o = {.title = "When to stop",
                           .about = "Training falls on, validation has a minimum.",
                           .x = {.label = "epoch", .log = true},
                           .y = {.label = "loss", .log = true}};
    rg_figure *f = figure_with(l, &o);
    rg_figure_line(f, "training", EPOCHS, epoch, c.seen[0]);
    rg_figure_line(f, "validation", EPOCHS, epoch, c.seen[1]);
    rg_figure_rule_x(f, "kept", least + 1);

    train(l, &c, least + 1);
    numbers(c.w, DEGREE + 1, fresh);
    bool same = true;
    for (int i = 0; i <= DEGREE; i++) same = same && kept[i] == fresh[i];
    holds(l, same, "a fresh run of %d epochs ends with the same parameters, bit for bit",
          least + 1);
    afterwards(l);
    bias_for_variance(l);
}
LESSON_MAIN(lesson_9_1)
