/* test_quiz.c - the questions of quiz.h: their answers are rg_grad's numbers, and every
 * misconception that docs/explain-json.md lists is met somewhere. */
#define RG_NO_HERE
#include "suite.h"
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdio.h>
#include <string.h>

typedef struct asked {
    int questions, of, kinds[32];
    bool met[32];     /* Q1 ... */
    const char *stop; /* stop at this question   */
    char last[64];
    double sum; /* of what was asked last  */
    double trap[RG_MOST_TRAPS];
    char id[RG_MOST_TRAPS][8];
    int traps;
} asked;

static bool listen(void *ud, const rg_question *q)
{
    asked *a = ud;
    a->questions++;
    a->of = (int)q->of;
    a->kinds[q->kind]++;
    ck_assert_int_eq(q->number, a->questions);
    ck_assert_int_ge(q->entries, 1);
    for (int i = 0; i < q->traps; i++) {
        const rg_trap *t = &q->trap[i];
        int number = atoi(t->id + 1);
        bool differs = t->turned;
        ck_assert_int_ge(number, 1);
        ck_assert_int_le(number, 18);
        a->met[number] = true;
        for (int64_t k = 0; k < q->entries; k++)
            differs |= (t->values ? t->values[k] : t->value) != q->answer[k];
        ck_assert_msg(differs, "%s of %s is the answer", t->id, q->asked);
        a->trap[i] = t->value;
        snprintf(a->id[i], sizeof a->id[i], "%s", t->id);
    }
    a->traps = q->traps;
    a->sum = 0;
    for (int64_t k = 0; k < q->entries; k++) a->sum += q->answer[k];
    snprintf(a->last, sizeof a->last, "%s", q->asked);
    return !a->stop || strcmp(a->stop, q->asked) != 0;
}

static rg_node *named(rg_tape *t, const char *name, double v)
{
    return rg_name(rg_scalar(t, v), name);
}

static rg_node *matrix(rg_tape *t, const char *name, int64_t rows, int64_t columns, const double *v)
{
    return rg_name(rg_leaf_from(t, RG_F64, rg_shape2(rows, columns), v, (size_t)(rows * columns)),
                   name);
}

/* A small network with everything in it that can be misunderstood. */
static void quiz_everything(asked *a)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = named(t, "x", 0.7), *w = named(t, "w", -1.3);
    rg_node *p = rg_sigmoid(rg_mul(x, w)), *m = rg_max(x, w);
    rg_node *y = rg_add(rg_inv(p), rg_sub(rg_square(m), rg_relu(rg_mul(m, x))));
    ck_assert_int_eq(rg_quiz(y, 2, (rg_node *[]){x, w}, NULL, listen, a), RG_OK);
    a->questions = 0;
    rg_node *W = matrix(t, "W", 2, 2, (double[]){1, -2, 0.5, 3}),
            *v = matrix(t, "v", 2, 2, (double[]){2, 1, 4, -1});
    rg_node *s = rg_mean(rg_square(rg_matmul(W, v)), RG_ALL_AXES);
    ck_assert_int_eq(rg_quiz(s, 2, (rg_node *[]){W, v}, NULL, listen, a), RG_OK);
    a->questions = 0;
    rg_node *z = rg_leaf_from(t, RG_F64, rg_shape1(3), (double[]){2, 1, -1}, 3);
    rg_node *label = rg_leaf_from(t, RG_I64, rg_shape0(), (int64_t[]){0}, 1);
    ck_assert_int_eq(rg_quiz(rg_nll(z, label), 1, &z, NULL, listen, a), RG_OK);
    a->questions = 0;
    rg_node *u = matrix(t, "u", 4, 1, (double[]){1, 2, 4, 5}), *g = named(t, "g", 2),
            *b = named(t, "b", 0.5);
    rg_node *n = rg_reshape(rg_slice(rg_batchnorm(u, g, b, 1e-5), 0, 0, 1, 1), rg_shape0());
    ck_assert_int_eq(rg_quiz(n, 3, (rg_node *[]){u, g, b}, NULL, listen, a), RG_OK);
    rg_tape_free(t);
}

START_TEST(every_misconception_is_met)
{
    asked a = {0};
    quiz_everything(&a);
    for (int i = 1; i <= 18; i++) ck_assert_msg(a.met[i], "Q%d is met nowhere", i);
}
END_TEST

/* The table of teaching: what each misconception answers, worked by hand. */
START_TEST(traps_are_what_was_done_wrong)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 5), *b = named(t, "b", 7);
    rg_node *y = rg_mul(rg_mul(a, b), rg_lit(a, 3));
    asked k = {.stop = "dL/da"};
    ck_assert_int_eq(rg_quiz(y, 2, (rg_node *[]){a, b}, NULL, listen, &k), RG_OK);
    ck_assert_str_eq(k.last, "dL/da");
    ck_assert_double_eq(k.sum, 21);
    static const struct {
        const char *id;
        double value;
    } want[] = {{"Q3", 15}, {"Q1", 7}, {"Q2", 3}, {"Q7", 5}, {"Q8", -21}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        bool found = false;
        for (int j = 0; j < k.traps; j++)
            found |= !strcmp(k.id[j], want[i].id) && fabs(k.trap[j] - want[i].value) < 1e-12;
        ck_assert_msg(found, "%s = %g", want[i].id, want[i].value);
    }
    rg_tape_free(t);
}
END_TEST

START_TEST(the_sum_of_a_wire_is_asked_for)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 3), *y = rg_mul(a, a);
    asked k = {0};
    ck_assert_int_eq(rg_quiz(y, 1, &a, NULL, listen, &k), RG_OK);
    ck_assert_int_eq(k.questions, 3); /* two paths, and what they come to */
    ck_assert_double_eq(k.sum, 6);
    ck_assert_int_eq(rg_len(t), 2);
    rg_tape_free(t);
}
END_TEST

START_TEST(kinds_and_counts)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *W = matrix(t, "W", 2, 2, (double[]){1, 2, 3, 4}),
            *x = matrix(t, "x", 2, 1, (double[]){1, -1});
    rg_node *y = rg_sum(rg_tanh(rg_matmul(W, x)), RG_ALL_AXES), *in[] = {W, x};
    asked all = {0}, some = {0}, again = {0};
    rg_quiz_options o = {.kinds = 31};
    ck_assert_int_eq(rg_quiz(y, 2, in, &o, listen, &all), RG_OK);
    ck_assert_int_eq(all.kinds[RG_ASK_VALUE], 4);
    ck_assert_int_eq(all.kinds[RG_ASK_RULE], 4);
    ck_assert_int_eq(all.kinds[RG_ASK_SHAPE], 4);
    ck_assert_int_eq(all.kinds[RG_ASK_PATHS], 2);
    ck_assert_int_eq(all.of, all.questions);
    o.count = 5;
    o.seed = 7;
    ck_assert_int_eq(rg_quiz(y, 2, in, &o, listen, &some), RG_OK);
    ck_assert_int_eq(rg_quiz(y, 2, in, &o, listen, &again), RG_OK);
    ck_assert_int_eq(some.questions, 5);
    ck_assert_str_eq(some.last, again.last);
    rg_tape_free(t);
}
END_TEST

START_TEST(nobody_to_ask_and_nothing_asked_for)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *a = named(t, "a", 3), *y = rg_square(a);
    asked k = {0};
    ck_assert_int_eq(rg_quiz(y, 1, &a, NULL, NULL, NULL), RG_USAGE);
    rg_rewind(t, 0);
    a = named(t, "a", 3);
    y = rg_square(a);
    ck_assert_int_eq(rg_quiz(y, 0, &a, NULL, listen, &k), RG_USAGE);
    ck_assert_int_eq(k.questions, 0);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("quiz", every_misconception_is_met, traps_are_what_was_done_wrong,
         the_sum_of_a_wire_is_asked_for, kinds_and_counts, nobody_to_ask_and_nothing_asked_for)
