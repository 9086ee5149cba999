/* test_notes_claims.c - what the notes claim of practice, each on one stated set-up with its
 * seeds: shown there, and no law. docs/mission.tsv names the tests by row. */
#include "notes_help.h"

enum { PIXELS = 49, CLASSES = 10 };

typedef struct digits {
    double *x; /* rows x 49: 7 x 7 pixels, mean 0, deviation 1 */
    int64_t *label, rows;
} digits;

static digits small_digits(int64_t rows, uint64_t seed, rg_part part)
{
    rg_data d;
    rg_tape *t = rg_tape_new(NULL);
    size_t n = (size_t)rows;
    digits s = {malloc(n * PIXELS * sizeof(double)), malloc(n * sizeof(int64_t)), rows};
    double *ink = malloc(n * 784 * sizeof *ink);
    ck_assert_int_eq(rg_make_digits(&d, rows, seed, part, NULL, NULL), RG_OK);
    for (size_t i = 0; i < n * 784; i++) ink[i] = ((const unsigned char *)d.x)[i] / 255.;
    rg_node *big = rg_leaf_from(t, RG_F64, rg_shape4(rows, 1, 28, 28), ink, n * 784);
    rg_node *small = rg_avgpool2d(big, 4), *centred = rg_sub(small, rg_mean(small, RG_ALL_AXES));
    read_all(rg_div(centred, rg_std(small, RG_ALL_AXES)), s.x);
    memcpy(s.label, d.label, n * sizeof *s.label);
    rg_data_free(&d);
    rg_tape_free(t);
    free(ink);
    return s;
}

static void digits_free(digits *s)
{
    free(s->x);
    free(s->label);
}

static rg_node *rows_of(rg_tape *t, const digits *s)
{
    return rg_leaf_from(t, RG_F64, rg_shape2(s->rows, PIXELS), s->x, (size_t)s->rows * PIXELS);
}

static rg_node *labels_of(rg_tape *t, const digits *s)
{
    return rg_leaf_from(t, RG_I64, rg_shape1(s->rows), s->label, (size_t)s->rows);
}

static double accuracy(rg_model *m, rg_node *x, rg_node *label)
{
    return rg_value(rg_correct(rg_model_apply(m, x, RG_MODE_PREDICT), label)) / (double)rg_count_of(label);
}

/* ---- 3.8 and 4.3 ------------------------------------------------------------------------ */

/* 3.8: neighbours need no training, and a question costs a difference for every number stored;
 * a linear classifier is trained for long, is about as good, and a question costs a product for
 * every weight, however many examples there were. */
START_TEST(a_trained_question_is_cheap)
{
    digits s[2] = {small_digits(300, 1, RG_TRAIN), small_digits(200, 1, RG_TEST)};
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    int right = 0;
    open_network(&m, t, "linear 10", PIXELS, 1);
    train_model(&m, rows_of(t, &s[0]), labels_of(t, &s[0]), NULL, 150, 0.05);
    for (int i = 0; i < s[1].rows; i++) {
        rg_neighbour near[3];
        rg_nearest(RG_EUCLIDEAN, s[0].x, s[0].rows, PIXELS, s[1].x + i * PIXELS, 3, near);
        right += rg_vote(near, 3, s[0].label, CLASSES) == s[1].label[i];
    }
    double linear = accuracy(&m, rows_of(t, &s[1]), labels_of(t, &s[1])), neighbours = (double)right / 200;
    ck_assert_double_gt(neighbours, 0.65);
    ck_assert_double_gt(linear, neighbours - 0.1);
    rg_node *question = rg_index(rows_of(t, &s[1]), 0, 0);
    int64_t differences = rg_count_of(rg_sub(rows_of(t, &s[0]), question));
    ck_assert_int_eq(differences, 300 * PIXELS);
    ck_assert_int_eq(rg_count_of(m.param[0]), CLASSES * PIXELS);
    rg_tape_free(t);
    for (int k = 0; k < 2; k++) digits_free(&s[k]);
}
END_TEST

/* 4.3: softmax with another base is softmax of scaled scores; only for e is the gradient of the
 * loss p - y without a factor. A loss in nats is log 2 times that in bits, and is smallest, the
 * entropy, where the probabilities are the true ones. */
START_TEST(why_the_base_is_e)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = VECTOR(t, 1.5, -0.3, 0.8), *two = VECTOR(t, 2), *powers = rg_pow(two, a);
    rg_node *p2 = rg_div(powers, rg_sum(powers, 0));
    expect_same(p2, rg_softmax(rg_scale(a, log(2)), -1), 1e-15);
    rg_node *loss2 = rg_neg(rg_log(rg_index(p2, 0, 0))), *loss = rg_cross_entropy(a, rg_cast(VECTOR(t, 0), RG_I64));
    rg_node *one = VECTOR(t, 1, 0, 0);
    expect_same(grad_of(loss, a), rg_sub(rg_softmax(a, -1), one), 1e-15);
    expect_same(grad_of(loss2, a), rg_scale(rg_sub(p2, one), log(2)), 1e-15);

    rg_node *even = VECTOR(t, 0, 0, 0, 0, 0, 0, 0, 0); /* 8 classes: 3 bits */
    rg_node *nats = rg_cross_entropy(even, rg_softmax(even, -1));
    EXPECT(rg_scale(nats, 1 / log(2)), 1e-15, 3);
    rg_node *q = VECTOR(t, 0.5, 0.25, 0.25), *best = rg_log(q);
    EXPECT(rg_scale(rg_cross_entropy(best, q), 1 / log(2)), 1e-15, 1.5); /* entropy of q in bits */
    rg_node *excess = rg_sub(rg_cross_entropy(a, q), rg_cross_entropy(best, q));
    rg_node *divergence = rg_sum(rg_mul(q, rg_sub(best, rg_log_softmax(a, -1))), 0);
    expect_same(excess, divergence, 1e-14);
    ck_assert_double_gt(rg_value(excess), 0.01);
    rg_tape_free(t);
}
END_TEST

/* 4.3: three classes N((c, 0), 1) have the probabilities softmax(c x - c^2/2), linear in x. A
 * trained softmax classifier finds them, and among answers that it gives with probability p the
 * share that is right is p. */
START_TEST(softmax_gives_probabilities)
{
    enum { N = 3000, BINS = 5 };
    rg_tape *t = rg_tape_new(NULL);
    static double x[N], p[N * 3], exact[N * 3];
    static int64_t label[N];
    read_all(rg_normal(t, RG_F64, rg_shape1(N)), x);
    for (int i = 0; i < N; i++) {
        label[i] = i % 3;
        x[i] += 2 * (double)label[i] - 2;
    }
    rg_model m;
    open_network(&m, t, "linear 3", 1, 1);
    rg_node *X = rg_leaf_from(t, RG_F64, rg_shape2(N, 1), x, N), *y = rg_leaf_from(t, RG_I64, rg_shape1(N), label, N);
    train_model(&m, X, y, NULL, 250, 0.1);
    read_all(rg_softmax(rg_model_apply(&m, X, RG_MODE_PREDICT), -1), p);
    rg_node *scores = rg_sub(rg_mul(X, VECTOR(t, -2, 0, 2)), VECTOR(t, 2, 0, 2));
    read_all(rg_softmax(scores, -1), exact);
    double said[BINS] = {0}, right[BINS] = {0}, count[BINS] = {0};
    for (int i = 0; i < 3 * N; i++) {
        ck_assert_double_eq_tol(p[i], exact[i], 0.06);
        int bin = p[i] < 1 ? (int)(p[i] * BINS) : BINS - 1;
        said[bin] += p[i];
        right[bin] += label[i / 3] == i % 3;
        count[bin]++;
    }
    for (int b = 0; b < BINS; b++) {
        double share = said[b] / count[b], error = sqrt(share * (1 - share) / count[b]);
        ck_assert_double_gt(count[b], 100);
        ck_assert_double_eq_tol(right[b] / count[b], share, 3.5 * error);
    }
    rg_tape_free(t);
}
END_TEST

/* ---- 5.3: the noise of small batches ---------------------------------------------------- */

enum { WELLS = 4 };

/* A wide bowl around 0, the same for all examples, and a deep narrow well whose place is the
 * example's own: what the training examples share there, others do not. */
static rg_node *bowl_and_wells(rg_node *w, rg_node *places)
{
    rg_node *d = rg_scale(rg_sub(w, places), 1 / 0.2);
    rg_node *well = rg_exp(rg_scale(rg_square(d), -0.5));
    rg_node *deep = rg_scale(rg_mean(well, 0), -2);
    return rg_add(rg_scale(rg_square(rg_index(w, 0, 0)), 0.1), deep);
}

/* Where descent ends from 3.5 + start/10 by batches of `batch`; the mean loss on other examples. */
static double ends_with_loss(int batch, double start, const double *other)
{
    static const double places[WELLS] = {2.6, 2.9, 3.2, 3.5};
    walk k = walk_from(rg_sgd(0), (rg_group){.lr = 0.08}, 1, &start);
    rg_node *all = rg_leaf_from(k.t, RG_F64, rg_shape1(WELLS), places, WELLS);
    for (int i = 0; i < 400; i++) {
        int64_t order[WELLS] = {0, 1, 2, 3}, mark = rg_step_begin(k.t);
        rg_shuffle(order, WELLS, 5, (uint64_t)i);
        rg_node *drawn = rg_leaf_from(k.t, RG_I64, rg_shape1(batch), order, (size_t)batch);
        ck_assert_int_eq(rg_optim_step(k.o, bowl_and_wells(k.w, rg_gather(all, drawn, 0))), RG_OK);
        ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
    }
    rg_node *fresh = rg_leaf_from(k.t, RG_F64, rg_shape1(50), other, 50);
    double loss = rg_value(bowl_and_wells(k.w, fresh));
    walk_end(&k);
    return loss;
}

/* Gradients of one example at a time throw the walk out of the narrow wells, into the bowl that
 * is as good for examples not seen. */
START_TEST(noise_of_batches_can_generalise)
{
    double other[50], loss[2] = {0, 0};
    for (int i = 0; i < 50; i++) other[i] = 2.2 + 1.8 * i / 49;
    for (int start = 0; start < 10; start++) {
        loss[0] += ends_with_loss(WELLS, 3.2 + 0.1 * start, other) / 10;
        loss[1] += ends_with_loss(1, 3.2 + 0.1 * start, other) / 10;
    }
    ck_assert_double_lt(loss[1], loss[0] - 0.1);
}
END_TEST

/* Stochastic descent takes one example a step: each step is the step by that example's own
 * gradient, every example has its turn in an epoch, and with a falling rate it ends near the
 * least squares of all. */
START_TEST(one_example_at_a_time)
{
    static const double x[] = {0, 1, 2, 3, 4, 5}, y[] = {1.1, 2.9, 5.2, 6.8, 9.1, 10.9};
    walk k = walk_from(rg_sgd(0), (rg_group){.lr = 1}, 2, (double[]){0, 0});
    rg_batches b;
    double w[2] = {0, 0}, now[2];
    ck_assert_int_eq(rg_batches_new(&b, NULL, 6, 1, 3, NULL, NULL), RG_OK);
    for (int epoch = 0; epoch < 200; epoch++) {
        const int64_t *row;
        int seen = 0;
        double lr = 0.02 / (1 + epoch * 0.1);
        rg_write(rg_optim_lr(k.o, 0), RG_F64, &lr, 1);
        rg_batches_begin(&b, (uint64_t)epoch);
        while (rg_batches_next(&b, &row) == 1) {
            double at = x[*row], error = w[0] * at + w[1] - y[*row];
            int64_t mark = rg_step_begin(k.t);
            rg_node *line = rg_dot(k.w, VECTOR(k.t, at, 1));
            ck_assert_int_eq(rg_optim_step(k.o, rg_square(rg_offset(line, -y[*row]))), RG_OK);
            ck_assert_int_eq(rg_step_end(k.t, mark), RG_OK);
            w[0] -= lr * 2 * error * at;
            w[1] -= lr * 2 * error;
            read_all(k.w, now);
            for (int i = 0; i < 2; i++) ck_assert_double_eq_tol(now[i], w[i], 1e-12);
            seen |= 1 << *row;
        }
        ck_assert_int_eq(seen, 63);
    }
    ck_assert_double_eq_tol(w[0], 1.9771428571428571, 0.02); /* the closed form */
    ck_assert_double_eq_tol(w[1], 1.0571428571428572, 0.05);
    rg_batches_free(&b);
    walk_end(&k);
}
END_TEST

/* ---- 6.1 and 8.3: how fast, with what rates and first weights --------------------------- */

/* Steps of plain descent until the training loss is below 0.3; most when it never is. */
static int steps_until_learned(const char *text, double lr, double deviation, uint64_t seed, int most)
{
    static digits s;
    if (!s.x) s = small_digits(120, 2, RG_TRAIN);
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_network(&m, t, text, PIXELS, seed);
    for (int i = 0; i < m.params && deviation > 0; i++)
        if (rg_shape_of(m.param[i]).rank == 2) rg_init_draw(m.param[i], rg_init_deviation(deviation), 1, 1, seed, (uint64_t)i);
    rg_optim_config c = rg_sgd(0);
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = m.params, .param = m.param, .lr = lr});
    rg_node *x = rows_of(t, &s), *label = labels_of(t, &s);
    int steps = 0;
    for (double loss = 1; steps < most && loss > 0.3 && isfinite(loss); steps++) {
        int64_t mark = rg_step_begin(t);
        rg_node *y = rg_cross_entropy(rg_model_apply(&m, x, RG_MODE_TRAIN), label);
        loss = rg_value(y);
        if (!isfinite(loss)) steps = most - 1;
        rg_optim_step(o, y);
        rg_step_end(t, mark);
    }
    rg_optim_free(o);
    rg_tape_free(t);
    return steps;
}

/* 6.1: three hidden layers at the same rates: relu is there before tanh, and both long before the
 * sigmoid. (Each at its own best rate tanh, which bears a higher one, comes first on these digits:
 * the notes' factor of six is of one published network.) */
START_TEST(relu_learns_faster)
{
    static const double rate[] = {0.03, 0.1};
    for (int i = 0; i < 2; i++) {
        int relu = steps_until_learned("linear 24, relu, linear 24, relu, linear 24, relu, linear 10", rate[i], 0, 1, 500);
        int tanh_ = steps_until_learned("linear 24, tanh, linear 24, tanh, linear 24, tanh, linear 10", rate[i], 0, 1, 500);
        ck_assert_int_lt(3 * relu, 2 * tanh_);
    }
    int sigmoid = steps_until_learned("linear 24, sigmoid, linear 24, sigmoid, linear 24, sigmoid, linear 10", 0.1, 0, 1, 400);
    ck_assert_int_eq(sigmoid, 400); /* not there after five times as many steps as relu takes */
}
END_TEST

static const char *const plain_net = "linear 24, relu, linear 24, relu, linear 10";
static const char *const normed_net = "linear 24, batchnorm, relu, linear 24, batchnorm, relu, linear 10";

/* 8.3: of rates over three orders of magnitude and first weights over two, more lead to a
 * trained network with batch norm, and among them higher rates. */
START_TEST(batch_norm_widens_the_choice)
{
    static const double rate[] = {0.01, 0.1, 1, 4}, deviation[] = {0.02, 0.2, 1};
    int learned[2] = {0, 0};
    double highest[2] = {0, 0};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 12; i++) {
            int steps = steps_until_learned(k ? normed_net : plain_net, rate[i % 4], deviation[i / 4], 1, 150);
            learned[k] += steps < 150;
            if (steps < 150) highest[k] = fmax(highest[k], rate[i % 4]);
        }
    ck_assert_int_ge(learned[1], learned[0] + 3);
    ck_assert_double_gt(highest[1], highest[0]);
}
END_TEST


/* Two hidden layers of 24 units by hand, with batch norm or without. */
typedef struct stack {
    rg_node *w[3], *b[3], *gamma[2], *beta[2];
    bool normed;
} stack;

static void stack_open(stack *k, rg_tape *t, bool normed)
{
    static const int64_t width[] = {PIXELS, 24, 24, CLASSES};
    k->normed = normed;
    for (int i = 0; i < 3; i++) {
        k->w[i] = rg_leaf(t, RG_F64, rg_shape2(width[i], width[i + 1]));
        rg_init_draw(k->w[i], rg_init_deviation(0.2), 1, 1, 4, (uint64_t)i);
        k->b[i] = rg_leaf(t, RG_F64, rg_shape1(width[i + 1]));
        if (i == 2) break;
        k->gamma[i] = rg_lit(rg_leaf(t, RG_F64, rg_shape1(24)), 1);
        k->beta[i] = rg_leaf(t, RG_F64, rg_shape1(24));
    }
}

/* The scores; *second: what the second layer is given. */
static rg_node *stack_apply(const stack *k, rg_node *x, rg_node **second)
{
    rg_node *h = x;
    for (int i = 0; i < 2; i++) {
        h = rg_linear(h, k->w[i], k->b[i]);
        if (k->normed) h = rg_norm_batch(h, k->gamma[i], k->beta[i], NULL, NULL);
        h = rg_relu(h);
        if (!i) *second = h;
    }
    return rg_linear(h, k->w[2], k->b[2]);
}

/* Thirty steps of descent at rate 0.5. *drift: how far the mean of the second layer's inputs
 * moves in one step, in their deviations, summed; *turn: the largest change of the first layer's
 * gradient in one step, beside its length. */
static void watch_training(bool normed, double *drift, double *turn)
{
    digits s = small_digits(120, 2, RG_TRAIN);
    rg_tape *t = rg_tape_new(NULL);
    stack k;
    stack_open(&k, t, normed);
    rg_node *x = rows_of(t, &s), *label = labels_of(t, &s), *p[] = {k.w[0], k.w[1], k.w[2], k.b[0], k.b[1], k.b[2]}, *g[6], *h = x;
    double mean[2][24], slope[2][24 * PIXELS];
    *drift = *turn = 0;
    for (int i = 0; i < 30; i++) {
        int64_t mark = rg_step_begin(t);
        rg_node *loss = rg_cross_entropy(stack_apply(&k, x, &h), label);
        rg_grad(loss, NULL, 6, p, g);
        read_all(rg_div(rg_mean(h, 0), rg_offset(rg_std(h, 0), 0.1)), mean[i % 2]);
        ck_assert_int_eq(rg_read(g[0], RG_F64, slope[i % 2], 24 * PIXELS), RG_OK);
        double apart = 0, length = 0;
        for (int j = 0; j < 24 * PIXELS && i; j++) {
            apart += pow(slope[0][j] - slope[1][j], 2);
            length += pow(slope[(i + 1) % 2][j], 2);
        }
        for (int j = 0; j < 24 && i; j++) *drift += fabs(mean[0][j] - mean[1][j]) / 24;
        if (i) *turn = fmax(*turn, sqrt(apart / length));
        for (int j = 0; j < 6; j++) rg_assign(p[j], rg_sub(p[j], rg_scale(g[j], 0.5)));
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    rg_tape_free(t);
    digits_free(&s);
}

/* 8.3's motives: with batch norm a layer's inputs shift less while the layers before it learn, and
 * the gradient changes less from step to step: the loss is smoother. */
START_TEST(batch_norm_steadies_inputs_and_gradients)
{
    double drift[2], turn[2];
    for (int k = 0; k < 2; k++) watch_training(k, &drift[k], &turn[k]);
    ck_assert_double_lt(drift[1], 0.7 * drift[0]);
    ck_assert_double_lt(turn[1], 0.7 * turn[0]);
}
END_TEST

/* ---- 9.3: several tasks on a picture ------------------------------------------------------ */

enum { SCENES = 12, SIDE = 8 };

typedef struct scenes {
    double picture[SCENES][SIDE][SIDE], depth[SCENES][SIDE][SIDE], middle[SCENES][2][SIDE][SIDE];
    int64_t kind[SCENES][SIDE][SIDE]; /* background, bright object, dim object */
} scenes;

/* Two squares on each picture. Brighter is nearer; each pixel of an object knows where its middle
 * is, by which objects of one kind are told apart. */
static void draw_scenes(scenes *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i < SCENES; i++)
        for (int object = 0; object < 2; object++) {
            int top = (i * 3 + object) % 5, left = object ? 4 + i % 2 : i % 2;
            for (int y = top; y < top + 3; y++)
                for (int x = left; x < left + 3; x++) {
                    s->kind[i][y][x] = 1 + (i + object) % 2;
                    s->picture[i][y][x] = s->kind[i][y][x] == 1 ? 1 : 0.5;
                    s->depth[i][y][x] = s->kind[i][y][x] == 1 ? 1 : 2;
                    s->middle[i][0][y][x] = top + 1 - y;
                    s->middle[i][1][y][x] = left + 1 - x;
                }
        }
}

/* Semantic classes, depths and the way to an object's middle, for every pixel, by three heads on
 * one trunk of convolutions trained by the sum of their losses. */
START_TEST(three_tasks_on_one_trunk)
{
    static scenes s;
    draw_scenes(&s);
    enum { CELLS = SCENES * SIDE * SIDE };
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf_from(t, RG_F64, rg_shape4(SCENES, 1, SIDE, SIDE), s.picture, CELLS);
    rg_node *kind = rg_leaf_from(t, RG_I64, rg_shape1(CELLS), s.kind, CELLS);
    rg_node *depth = rg_leaf_from(t, RG_F64, rg_shape4(SCENES, 1, SIDE, SIDE), s.depth, CELLS);
    rg_node *middle = rg_leaf_from(t, RG_F64, rg_shape4(SCENES, 2, SIDE, SIDE), s.middle, 2 * CELLS);
    static const int64_t shape[5][4] = {{12, 1, 3, 3}, {12, 12, 3, 3}, {3, 12, 1, 1}, {1, 12, 1, 1}, {2, 12, 1, 1}};
    rg_node *w[5], *task[3];
    for (int i = 0; i < 5; i++) {
        w[i] = rg_leaf(t, RG_F64, rg_shape4(shape[i][0], shape[i][1], shape[i][2], shape[i][3]));
        rg_init_draw(w[i], rg_init_deviation(0.25), 1, 1, 6, (uint64_t)i);
    }
    rg_optim_config c = rg_adam();
    rg_optim *o = rg_optim_new(t, &c, 1, &(rg_group){.n = 5, .param = w, .lr = 0.02});
    double first[3], last[3], right = 0;
    for (int step = 0; step < 150; step++) {
        int64_t mark = rg_step_begin(t);
        rg_node *h = rg_relu(rg_conv2d(rg_relu(rg_conv2d(x, w[0], 1, 1)), w[1], 1, 1));
        rg_node *scores = rg_reshape(rg_permute(rg_conv2d(h, w[2], 1, 0), (int[]){0, 2, 3, 1}), rg_shape2(CELLS, 3));
        task[0] = rg_cross_entropy(scores, kind);
        task[1] = rg_mse(rg_conv2d(h, w[3], 1, 0), depth);
        task[2] = rg_mse(rg_conv2d(h, w[4], 1, 0), middle);
        rg_node *loss = rg_add(rg_add(task[0], task[1]), task[2]);
        for (int k = 0; k < 3; k++) (step ? last : first)[k] = rg_value(task[k]);
        right = rg_value(rg_correct(scores, kind)) / CELLS;
        if (!step) {
            rg_node *sum = rg_add(rg_add(grad_of(task[0], w[0]), grad_of(task[1], w[0])), grad_of(task[2], w[0]));
            rg_node *apart = rg_amax(rg_abs(rg_sub(sum, grad_of(loss, w[0]))), RG_ALL_AXES);
            EXPECT(apart, 1e-14, 0);
        }
        ck_assert_int_eq(rg_optim_step(o, loss), RG_OK);
        ck_assert_int_eq(rg_step_end(t, mark), RG_OK);
    }
    for (int k = 0; k < 3; k++) ck_assert_double_lt(last[k], 0.3 * first[k]);
    ck_assert_double_gt(right, 0.93); /* the background alone is 0.72 */
    rg_optim_free(o);
    rg_tape_free(t);
}
END_TEST

/* ---- 9.6: why dropout is good -------------------------------------------------------------- */

/* Accuracy on examples not seen, whole and, on average, with one in four hidden units cut out. */
static void accuracies(const char *text, double *whole, double *cut)
{
    digits s[2] = {small_digits(200, 3, RG_TRAIN), small_digits(200, 3, RG_TEST)};
    rg_tape *t = rg_tape_new(NULL);
    rg_model m;
    open_network(&m, t, text, PIXELS, 2);
    train_model(&m, rows_of(t, &s[0]), labels_of(t, &s[0]), NULL, 250, 0.01);
    rg_node *x = rows_of(t, &s[1]), *label = labels_of(t, &s[1]), *h = rg_relu(rg_linear(x, m.param[0], m.param[1]));
    *whole = accuracy(&m, x, label);
    *cut = 0;
    for (int i = 0; i < 20; i++) {
        rg_node *mask = rg_bernoulli(t, RG_F64, rg_shape1(40), 0.75);
        rg_node *y = rg_linear(rg_mul(h, mask), m.param[2], m.param[3]);
        *cut += rg_value(rg_correct(y, label)) / 200 / 20;
    }
    rg_tape_free(t);
    for (int k = 0; k < 2; k++) digits_free(&s[k]);
}

/* Units that learned beside ever other units are redundant: cutting out a quarter of them costs
 * less accuracy than in a network trained without dropout. */
START_TEST(dropout_makes_units_redundant)
{
    double whole[2], cut[2];
    accuracies("linear 40, relu, linear 10", &whole[0], &cut[0]);
    accuracies("linear 40, relu, dropout 0.5, linear 10", &whole[1], &cut[1]);
    ck_assert_double_lt(whole[1] - cut[1], 0.6 * (whole[0] - cut[0]));
    ck_assert_double_gt(whole[1], whole[0] - 0.03);
}
END_TEST

RG_SUITE("notes_claims", a_trained_question_is_cheap, why_the_base_is_e, softmax_gives_probabilities,
         noise_of_batches_can_generalise, one_example_at_a_time, relu_learns_faster, batch_norm_widens_the_choice,
         batch_norm_steadies_inputs_and_gradients, three_tasks_on_one_trunk, dropout_makes_units_redundant)
