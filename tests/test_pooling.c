/* test_pooling.c - pooling: known values, loops, ties, NaN, bits. */
#include "expect.h"
#include "suite.h"
#include <string.h>

/* ---- known values ------------------------------------------------------------------- */

START_TEST(by_hand)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 4, 1, 5, 2, 0, 3, 4, -1, 7);
    EXPECT(rg_maxpool2d(x, 2), 0, 5, 7);
    EXPECT(rg_avgpool2d(x, 2), 0, 3.25, 2);
    EXPECT(grad_of(rg_sum(rg_maxpool2d(x, 2), RG_ALL_AXES), x), 0, 0, 1, 0, 0, 0, 0, 0, 1);
    rg_pool_how how = {{2, 2}, {1, 1}, {0, 1}}; /* windows overlap, zeros at both sides */
    EXPECT(rg_avgpool2d_of(x, &how), 0, 1, 3.25, 2.5, 2, 1.75);
    EXPECT(rg_maxpool2d_of(x, &how), 0, 3, 5, 5, 7, 7);
    EXPECT(grad_of(rg_sum(rg_maxpool2d_of(x, &how), RG_ALL_AXES), x), 0, 0, 2, 0, 0, 1, 0, 0, 2);
    EXPECT(grad_of(rg_sum(rg_avgpool2d_of(x, &how), RG_ALL_AXES), x), 0, .5, .5, .5, .5, .5, .5, .5,
           .5);
    rg_tape_free(t);
}
END_TEST

START_TEST(winners_share_equally)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = MATRIX(t, 4, 2, 2, 3, 0, 2, 2, 3, 1);
    EXPECT(grad_of(rg_sum(rg_maxpool2d(x, 2), RG_ALL_AXES), x), 0, .25, .25, .5, 0, .25, .25, .5,
           0);
    rg_pool_how how = {{2, 3}, {1, 1}, {0, 0}}; /* the same by the way for any window */
    EXPECT(grad_of(rg_sum(rg_maxpool2d_of(x, &how), RG_ALL_AXES), x), 0, 0, 0, 1, 0, 0, 0, 1, 0);
    rg_tape_free(t);
}
END_TEST

START_TEST(nan_wins_and_padding_never)
{
    rg_tape *t = rg_tape_new(NULL);
    double nan = (double)NAN, inf = (double)INFINITY;
    rg_node *x = MATRIX(t, 4, nan, 1, -3, -2, 0, nan, -inf, -4);
    EXPECT(rg_maxpool2d(x, 2), 0, nan, -2);
    EXPECT(rg_maxpool2d_of(x, &(rg_pool_how){{2, 2}, {2, 2}, {1, 1}}), 0, nan, 1, -2, 0, nan, -4);
    EXPECT(grad_of(rg_sum(rg_maxpool2d(x, 2), RG_ALL_AXES), x), 0, 0, 0, 0, 1, 0, 0, 0, 0);
    rg_node *u = MATRIX(t, 2, 3, 5), *g;
    ck_assert_int_eq(rg_grad(rg_maxpool2d(x, 2), u, 1, &x, &g), RG_OK);
    EXPECT(grad_of(rg_sum(g, RG_ALL_AXES), u), 0, 0, 1); /* nothing of the window with NaN went anywhere */
    rg_node *low = rg_const(t, RG_F64, rg_shape2(1, 1), -inf);
    EXPECT(rg_maxpool2d_of(low, &(rg_pool_how){{3, 3}, {1, 1}, {1, 1}}), 0, -inf);
    rg_tape_free(t);
}
END_TEST

/* ---- many shapes ---------------------------------------------------------------------- */

typedef struct trial {
    int64_t planes, h, w;
    rg_pool_how how;
} trial;

/* Windows side by side, with a rest, that overlap, with gaps; rows longer than a strip. */
static const trial trials[] = {
    {3, 4, 6, {{2, 2}, {2, 2}, {0, 0}}},    {2, 7, 5, {{2, 2}, {2, 2}, {0, 0}}},
    {2, 5, 7, {{3, 3}, {2, 2}, {1, 1}}},    {2, 6, 6, {{3, 2}, {1, 1}, {2, 1}}},
    {1, 9, 11, {{2, 3}, {3, 5}, {0, 0}}},   {1, 1, 1, {{1, 1}, {1, 1}, {0, 0}}},
    {1, 5, 700, {{2, 2}, {2, 2}, {0, 0}}},  {1, 3, 300, {{3, 3}, {1, 1}, {1, 1}}},
    {90, 24, 24, {{2, 2}, {2, 2}, {0, 0}}}, {40, 31, 33, {{3, 3}, {2, 2}, {1, 1}}},
};
enum { TRIALS = sizeof trials / sizeof *trials, ROOM = 1 << 17 };

/* The largest, or the mean, of window (p, q) of a plane. */
static double by_loops(const trial *k, const float *x, int64_t p, int64_t q, bool largest)
{
    double most = -(double)INFINITY, sum = 0;
    for (int64_t i = 0; i < k->how.size[0]; i++)
        for (int64_t j = 0; j < k->how.size[1]; j++) {
            int64_t u = p * k->how.stride[0] + i - k->how.pad[0],
                    v = q * k->how.stride[1] + j - k->how.pad[1];
            if (u < 0 || v < 0 || u >= k->h || v >= k->w) continue;
            double number = (double)x[u * k->w + v];
            most = number > most ? number : most;
            sum += number;
        }
    return largest ? most : sum / (double)(k->how.size[0] * k->how.size[1]);
}

static void compare_with_loops(const trial *k, bool largest)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F32, rg_shape3(k->planes, k->h, k->w));
    rg_node *y = largest ? rg_maxpool2d_of(x, &k->how) : rg_avgpool2d_of(x, &k->how);
    static float in[ROOM], out[ROOM];
    rg_read(x, RG_F32, in, (size_t)rg_count_of(x));
    ck_assert_int_eq(rg_read(y, RG_F32, out, (size_t)rg_count_of(y)), RG_OK);
    rg_shape s = rg_shape_of(y);
    for (int64_t i = 0; i < rg_count_of(y); i++) {
        const float *plane = in + i / (s.dim[1] * s.dim[2]) * k->h * k->w;
        double want = by_loops(k, plane, i / s.dim[2] % s.dim[1], i % s.dim[2], largest);
        ck_assert_msg(fabs((double)out[i] - want) <= (largest ? 0 : 1e-6),
                      "trial %d, element %lld: %g for %g", (int)(k - trials), (long long)i,
                      (double)out[i], want);
    }
    rg_tape_free(t);
}

START_TEST(values_are_those_of_loops)
{
    for (int i = 0; i < TRIALS; i++) {
        compare_with_loops(&trials[i], true);
        compare_with_loops(&trials[i], false);
    }
}
END_TEST

static double inner(rg_node *a, rg_node *b) { return rg_value(rg_sum(rg_mul(a, b), RG_ALL_AXES)); }

/* A mean is linear: <pool(x), g> = <x, back(g)>. The largest is where it is chosen, too:
 * <pool(x), g> = <x, back(g)> as well, since x is what wins, ties or not. */
START_TEST(values_and_gradients_are_one_product)
{
    for (int i = 0; i < 2 * TRIALS; i++) {
        const trial *k = &trials[i / 2];
        rg_tape *t = rg_tape_new(NULL);
        rg_node *x = rg_normal(t, RG_F64, rg_shape3(k->planes, k->h, k->w)), *back;
        if (i % 4 < 2) x = rg_sign(x); /* many ties */
        rg_node *y = i % 2 ? rg_maxpool2d_of(x, &k->how) : rg_avgpool2d_of(x, &k->how);
        rg_node *g = rg_normal(t, RG_F64, rg_shape_of(y));
        rg_node *leaf = rg_leaf(t, RG_F64, rg_shape_of(x));
        rg_tensor numbers = rg_peek(x);
        rg_write(leaf, RG_F64, numbers.data, (size_t)rg_count_of(x));
        rg_node *z = i % 2 ? rg_maxpool2d_of(leaf, &k->how) : rg_avgpool2d_of(leaf, &k->how);
        rg_grad(z, g, 1, &leaf, &back);
        double one = inner(y, g), other = inner(leaf, back);
        ck_assert_msg(fabs(one - other) <= 1e-12 * (1 + inner(y, y)), "trial %d: %.17g, %.17g",
                      i / 2, one, other);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- bits, refusals -------------------------------------------------------------------- */

static void gather_bits(const trial *k, int threads, float *to)
{
    rg_set_threads(threads);
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_leaf(t, RG_F32, rg_shape3(k->planes, k->h, k->w)), *g;
    rg_tensor drawn = rg_peek(rg_normal(t, RG_F32, rg_shape_of(x)));
    rg_write(x, RG_F32, drawn.data, (size_t)rg_count_of(x));
    for (int i = 0; i < 2; i++) {
        rg_node *y = i ? rg_maxpool2d_of(x, &k->how) : rg_avgpool2d_of(x, &k->how);
        rg_grad(y, rg_normal(t, RG_F32, rg_shape_of(y)), 1, &x, &g);
        rg_node *out[] = {y, g};
        for (int j = 0; j < 2; j++) {
            ck_assert_int_eq(rg_read(out[j], RG_F32, to, (size_t)rg_count_of(out[j])), RG_OK);
            to += rg_count_of(out[j]);
        }
    }
    rg_tape_free(t);
    rg_set_threads(1);
}

START_TEST(bits_do_not_depend_on_threads)
{
    static float a[3 * ROOM], b[3 * ROOM];
    for (int i = 0; i < TRIALS; i++) {
        gather_bits(&trials[i], 1, a);
        for (int threads = 2; threads <= 4; threads += 2) {
            gather_bits(&trials[i], threads, b);
            ck_assert_msg(!memcmp(a, b, sizeof a), "trial %d, %d threads", i, threads);
        }
    }
}
END_TEST

typedef struct refusal {
    rg_shape x;
    rg_pool_how how;
    const char *says[2];
} refusal;

static const refusal refusals[] = {
    {{3, {2, 3, 4}}, {{4, 4}, {1, 1}, {0, 0}}, {"2x3x4", "larger than the padded"}},
    {{3, {2, 3, 4}}, {{0, 2}, {1, 1}, {0, 0}}, {"2x3x4", "at least 1"}},
    {{3, {2, 3, 4}}, {{2, 2}, {-1, 1}, {0, 0}}, {"2x3x4", "at least 1"}},
    {{3, {2, 3, 4}}, {{2, 2}, {1, 1}, {2, 0}}, {"2x3x4", "less than the window"}},
    {{1, {5}}, {{2, 2}, {1, 1}, {0, 0}}, {"5", "two axes"}},
    {{3, {2, 0, 4}}, {{2, 2}, {1, 1}, {1, 1}}, {"2x0x4", "nothing in the image"}},
};

START_TEST(errors_name_the_shapes)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        rg_tape *t = rg_tape_new(NULL);
        int64_t mark = rg_mark(t);
        for (int largest = 0; largest < 2; largest++) {
            rg_node *x = rg_leaf(t, RG_F32, r->x);
            if (largest)
                rg_maxpool2d_of(x, &r->how);
            else
                rg_avgpool2d_of(x, &r->how);
            const rg_error *e = rg_error_of(t);
            ck_assert_int_eq(e->status, RG_SHAPE);
            for (int k = 0; k < 2; k++)
                ck_assert_msg(strstr(e->text, r->says[k]) != NULL, "'%s' is not in: %s", r->says[k],
                              e->text);
            rg_rewind(t, mark);
        }
        rg_tape_free(t);
    }
}
END_TEST

RG_SUITE("pooling", by_hand, winners_share_equally, nan_wins_and_padding_never,
         values_are_those_of_loops, values_and_gradients_are_one_product,
         bits_do_not_depend_on_threads, errors_name_the_shapes)
