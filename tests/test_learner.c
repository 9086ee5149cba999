/* test_learner.c - what the command puts around a network: several that predict together, and
 * labels that are smoothed in training alone. */
#include "suite.h"
#include "learner.h"
#include "ops.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 8, CLASSES = 10, NETWORKS = 3 };

typedef struct scene {
    learner l;
    rg_data d;
    rg_standard z;
    rg_model m[NETWORKS];
} scene;

/* Networks with seeds of their own over digits that the library draws, which are put. */
static void open_scene(scene *s)
{
    rg_spec spec;
    int64_t row[ROWS];
    for (int i = 0; i < ROWS; i++) row[i] = i;
    ck_assert_int_eq(rg_make_digits(&s->d, ROWS, 1, RG_TRAIN, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_standard_fit(&s->z, &s->d, NULL, ROWS, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_spec_parse(&spec, "linear 6, relu, linear 10", NULL), RG_OK);
    learner_open(&s->l, RG_F64, 0);
    learner_take(&s->l, &s->d, &s->z, ROWS);
    for (int k = 0; k < NETWORKS; k++)
        ck_assert_int_eq(rg_model_init(&s->m[k], s->l.tape, &spec, s->d.width, RG_F64, (uint64_t)k),
                         RG_OK);
    s->l.model = s->m[0];
    ck_assert_int_eq(learner_put(&s->l, row, ROWS), RG_OK);
}

static void close_scene(scene *s)
{
    learner_close(&s->l);
    rg_standard_free(&s->z);
    rg_data_free(&s->d);
}

static void probabilities(scene *s, double *p)
{
    rg_node *y = rg_softmax(learner_output(&s->l, ROWS, RG_MODE_PREDICT), -1);
    ck_assert_int_eq(rg_read(y, RG_F64, p, ROWS * CLASSES), RG_OK);
}

START_TEST(several_say_the_mean_of_their_probabilities)
{
    scene s;
    double mean[ROWS * CLASSES] = {0}, p[ROWS * CLASSES];
    open_scene(&s);
    for (int k = 0; k < NETWORKS; k++) {
        s.l.model = s.m[k];
        probabilities(&s, p);
        for (int i = 0; i < ROWS * CLASSES; i++) mean[i] += p[i] / NETWORKS;
    }
    learner_gather(&s.l, s.m, NETWORKS);
    probabilities(&s, p);
    for (int i = 0; i < ROWS * CLASSES; i++) ck_assert_double_eq_tol(p[i], mean[i], 1e-14);
    close_scene(&s);
}
END_TEST

/* Over logits so far apart that a probability is 0 in floating point. */
START_TEST(their_loss_stays_finite)
{
    scene s;
    double far[CLASSES] = {-5000};
    open_scene(&s);
    memset(s.l.label, 0, ROWS * sizeof *s.l.label);
    for (int k = 0; k < NETWORKS; k++)
        ck_assert_int_eq(rg_write(s.m[k].param[3], RG_F64, far, CLASSES), RG_OK);
    learner_gather(&s.l, s.m, NETWORKS);
    double loss = rg_value(learner_measure(&s.l, ROWS, RG_MODE_PREDICT).loss);
    ck_assert_double_gt(loss, 4000);
    ck_assert(isfinite(loss));
    close_scene(&s);
}
END_TEST

/* -(1 - e) log p_label - e/(C - 1) sum of the other log p_c, in training alone (notes 9.3). */
START_TEST(labels_are_smoothed_in_training_alone)
{
    scene s;
    const double share = 0.1;
    double p[ROWS * CLASSES], want = 0;
    open_scene(&s);
    probabilities(&s, p);
    for (int i = 0; i < ROWS * CLASSES; i++)
        want -= log(p[i]) / ROWS *
                (i % CLASSES == s.l.label[i / CLASSES] ? 1 - share : share / (CLASSES - 1));
    double plain = rg_value(learner_measure(&s.l, ROWS, RG_MODE_PREDICT).loss);
    s.l.smooth = share;
    ck_assert_double_eq(rg_value(learner_measure(&s.l, ROWS, RG_MODE_PREDICT).loss), plain);
    ck_assert_double_eq_tol(rg_value(learner_measure(&s.l, ROWS, RG_MODE_TRAIN).loss), want, 1e-12);
    close_scene(&s);
}
END_TEST

/* What restoring networks from a file says on standard error. */
static void said_when_restored(scene *s, const char *path, char *text, size_t size)
{
    rg_error e = {0};
    rg_model_file f;
    learner l;
    FILE *out = tmpfile();
    fflush(stderr);
    int before = dup(2);
    dup2(fileno(out), 2);
    ck_assert_int_eq(rg_model_open(&f, path, NULL, &e), RG_OK);
    learner_open(&l, RG_F64, 0);
    learner_take(&l, &s->d, &s->z, ROWS);
    ck_assert_int_eq(learner_restore(&l, &f), RG_OK);
    learner_close(&l);
    rg_model_close(&f);
    fflush(stderr);
    dup2(before, 2);
    close(before);
    rewind(out);
    text[fread(text, 1, size - 1, out)] = 0;
    fclose(out);
}

START_TEST(weights_that_are_no_numbers_are_told)
{
    static const char *const digit[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    scene s;
    char said[400];
    char path[] = "/tmp/rg-learner-XXXXXX";
    double nan[10] = {0, 0, 0, (double)NAN};
    open_scene(&s);
    close(mkstemp(path));
    rg_model_info info = {.spec = "linear 6, relu, linear 10", .networks = NETWORKS, .task = RG_CLASSIFY, .row = s.d.shape,
                          .classes = CLASSES, .class_name = digit, .standard = &s.z};
    ck_assert_int_eq(rg_model_save(path, s.m, &info, NULL, NULL), RG_OK);
    said_when_restored(&s, path, said, sizeof said);
    ck_assert_str_eq(said, "");
    ck_assert_int_eq(rg_write(s.m[1].param[3], RG_F64, nan, CLASSES), RG_OK);
    ck_assert_int_eq(rg_model_save(path, s.m, &info, NULL, NULL), RG_OK);
    said_when_restored(&s, path, said, sizeof said);
    ck_assert_ptr_nonnull(strstr(said, path));
    ck_assert_ptr_nonnull(strstr(said, "2.bias holds inf or nan"));
    remove(path);
    close_scene(&s);
}
END_TEST

RG_SUITE("learner", weights_that_are_no_numbers_are_told, several_say_the_mean_of_their_probabilities, their_loss_stays_finite,
         labels_are_smoothed_in_training_alone)
