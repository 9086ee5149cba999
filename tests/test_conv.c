/* test_conv.c - convolution and its two gradients: known values, loops, laws that tie the
 * three together, bits, shapes that are refused. */
#include "expect.h"
#include "suite.h"
#include <string.h>

/* ---- known values ------------------------------------------------------------------- */

static rg_node *numbers(rg_tape *t, rg_shape s, const double *v)
{
    size_t n = 1;
    for (int i = 0; i < s.rank; i++) n *= (size_t)s.dim[i];
    return rg_leaf_from(t, RG_F64, s, v, n);
}

static const double to_nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, cross[] = {1, 0, 0, -1};

START_TEST(by_hand)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = numbers(t, rg_shape4(1, 1, 3, 3), to_nine);
    rg_node *w = numbers(t, rg_shape4(1, 1, 2, 2), cross), *g;
    EXPECT(rg_conv2d(x, w, 1, 0), 0, -4, -4, -4, -4);
    EXPECT(rg_conv2d(x, w, 2, 1), 0, -1, -3, -7, -4);
    EXPECT(rg_conv2d(x, w, 1, 1), 0, -1, -2, -3, 0, -4, -4, -4, 3, -7, -4, -4, 6, 0, 7, 8, 9);
    rg_node *up = numbers(t, rg_shape4(1, 1, 2, 2), (double[]){1, 2, 3, 4});
    rg_grad(rg_conv2d(x, w, 1, 0), up, 1, &x, &g);
    EXPECT(g, 0, 1, 2, 0, 3, 3, -2, 0, -3, -4);
    rg_grad(rg_conv2d(x, w, 1, 0), up, 1, &w, &g);
    EXPECT(g, 0, 37, 47, 67, 77);
    ck_assert_int_eq(rg_error_of(t)->status, RG_OK);
    rg_tape_free(t);
}
END_TEST

START_TEST(groups_do_not_meet)
{
    rg_tape *t = rg_tape_new(NULL); /* two channels, each with a 1x1 weight of its own */
    rg_node *x = numbers(t, rg_shape4(1, 2, 1, 2), (double[]){1, 2, 3, 4});
    rg_node *w = numbers(t, rg_shape4(2, 1, 1, 1), (double[]){10, 100});
    rg_node *y = rg_conv2d_of(x, w, &(rg_conv_how){.groups = 2});
    EXPECT(y, 0, 10, 20, 300, 400);
    EXPECT(grad_of(rg_sum(y, RG_ALL_AXES), w), 0, 3, 7);
    rg_tape_free(t);
}
END_TEST

START_TEST(a_matrix_product_is_a_1x1_convolution)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_normal(t, RG_F64, rg_shape4(1, 5, 2, 3));
    rg_node *w = rg_normal(t, RG_F64, rg_shape4(4, 5, 1, 1));
    rg_node *y = rg_reshape(rg_conv2d_of(x, w, NULL), rg_shape2(4, 6));
    rg_node *z = rg_matmul(rg_reshape(w, rg_shape2(4, 5)), rg_reshape(x, rg_shape2(5, 6)));
    EXPECT(rg_norm(rg_sub(y, z), RG_ALL_AXES), 1e-14, 0);
    rg_tape_free(t);
}
END_TEST

/* ---- many shapes ---------------------------------------------------------------------- */

typedef struct trial {
    int64_t n, c, h, w, o, kh, kw;
    rg_conv_how how;
} trial;

/* From one number to several panels of rows of one image, and panels of several images. */
static const trial trials[] = {
    {1, 1, 1, 1, 1, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 1}},
    {2, 3, 5, 4, 2, 3, 2, {{1, 1}, {0, 0}, {1, 1}, 1}},
    {2, 2, 7, 6, 4, 3, 3, {{2, 3}, {1, 2}, {1, 1}, 2}},
    {1, 4, 9, 8, 4, 2, 3, {{1, 2}, {2, 0}, {3, 2}, 4}},
    {3, 2, 4, 4, 3, 4, 4, {{1, 1}, {3, 3}, {1, 1}, 1}},
    {2, 1, 3, 20, 2, 1, 5, {{2, 1}, {0, 4}, {1, 4}, 1}},
    {1, 1, 2, 2, 1, 1, 1, {{1, 1}, {3, 2}, {1, 1}, 1}},
    {17, 2, 6, 6, 3, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1}},
    {33, 4, 5, 5, 4, 2, 2, {{1, 1}, {0, 0}, {1, 1}, 2}},
    {2, 24, 25, 21, 6, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1}},
    {1, 32, 40, 37, 4, 3, 3, {{1, 1}, {0, 1}, {1, 1}, 2}},
    {2, 160, 18, 17, 40, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1}},
};
enum { TRIALS = sizeof trials / sizeof *trials };

typedef struct sides {
    rg_node *x, *w, *y, *g; /* g: an upstream for y */
} sides;

static sides set_up(rg_tape *t, const trial *k, rg_dtype d)
{
    sides s = {.x = rg_normal(t, d, rg_shape4(k->n, k->c, k->h, k->w)),
               .w = rg_normal(t, d, rg_shape4(k->o, k->c / k->how.groups, k->kh, k->kw))};
    s.y = rg_conv2d_of(s.x, s.w, &k->how);
    s.g = rg_normal(t, d, rg_shape_of(s.y));
    return s;
}

/* The number that window (p, q) of image n, output o, should hold, and how large its terms
 * are together. */
static double by_loops(const trial *k, const double *x, const double *w, const int64_t at[4],
                       double *size)
{
    int64_t cg = k->c / k->how.groups, group = at[1] / (k->o / k->how.groups);
    double sum = 0;
    *size = 0;
    for (int64_t c = 0; c < cg; c++)
        for (int64_t i = 0; i < k->kh; i++)
            for (int64_t j = 0; j < k->kw; j++) {
                int64_t u = at[2] * k->how.stride[0] + i * k->how.dilation[0] - k->how.pad[0];
                int64_t v = at[3] * k->how.stride[1] + j * k->how.dilation[1] - k->how.pad[1];
                if (u < 0 || v < 0 || u >= k->h || v >= k->w) continue;
                double term = x[((at[0] * k->c + group * cg + c) * k->h + u) * k->w + v] *
                              w[((at[1] * cg + c) * k->kh + i) * k->kw + j];
                sum += term;
                *size += fabs(term);
            }
    return sum;
}

static double *read_all(rg_node *x)
{
    size_t n = (size_t)rg_count_of(x);
    double *v = malloc((n + 1) * sizeof *v);
    ck_assert_ptr_nonnull(v);
    ck_assert_msg(rg_read(x, RG_F64, v, n) == RG_OK, "%s", rg_error_of(rg_tape_of(x))->text);
    return v;
}

static void compare_with_loops(const trial *k, rg_dtype d)
{
    rg_tape *t = rg_tape_new(NULL);
    sides s = set_up(t, k, d);
    rg_shape r = rg_shape_of(s.y);
    double *x = read_all(s.x), *w = read_all(s.w), *y = read_all(s.y);
    double size,
        bound = 8 * (d == RG_F32 ? 0x1p-24 : 0x1p-53) * sqrt((double)(k->c * k->kh * k->kw));
    for (int64_t i = 0; i < rg_count_of(s.y); i++) {
        int64_t at[] = {i / (r.dim[3] * r.dim[2] * r.dim[1]), i / (r.dim[3] * r.dim[2]) % r.dim[1],
                        i / r.dim[3] % r.dim[2], i % r.dim[3]};
        double want = by_loops(k, x, w, at, &size);
        ck_assert_msg(fabs(y[i] - want) <= bound * size, "trial %d, element %lld: %.17g for %.17g",
                      (int)(k - trials), (long long)i, y[i], want);
    }
    free(x);
    free(w);
    free(y);
    rg_tape_free(t);
}

START_TEST(values_are_those_of_loops)
{
    for (int i = 0; i < TRIALS; i++) {
        compare_with_loops(&trials[i], RG_F64);
        compare_with_loops(&trials[i], RG_F32);
    }
}
END_TEST

static double inner(rg_node *a, rg_node *b) { return rg_value(rg_sum(rg_mul(a, b), RG_ALL_AXES)); }

/* <conv(x, w), g> = <x, back_x(g, w)> = <w, back_w(x, g)>: linear in each, so that the
 * gradients are right wherever the values are. */
START_TEST(the_three_are_one_product)
{
    for (int i = 0; i < TRIALS; i++) {
        const trial *k = &trials[i];
        rg_tape *t = rg_tape_new(NULL);
        sides s = set_up(t, k, RG_F64);
        double y = inner(s.y, s.g), x = inner(s.x, rg_conv2d_back_x(s.g, s.w, k->h, k->w, &k->how)),
               w = inner(s.w, rg_conv2d_back_w(s.x, s.g, k->kh, k->kw, &k->how)),
               bound = 1e-13 * (1 + sqrt(inner(s.y, s.y) * inner(s.g, s.g)));
        ck_assert_msg(fabs(y - x) <= bound, "trial %d, images: %.17g, %.17g", i, y, x);
        ck_assert_msg(fabs(y - w) <= bound, "trial %d, weights: %.17g, %.17g", i, y, w);
        rg_tape_free(t);
    }
}
END_TEST

/* ---- windows, leading axes, empty axes -------------------------------------------------- */

static void expect_equal(rg_node *a, rg_node *b)
{
    ck_assert_int_eq(rg_count_of(a), rg_count_of(b));
    double *x = read_all(a), *y = read_all(b);
    ck_assert_mem_eq(x, y, (size_t)rg_count_of(a) * sizeof *x);
    free(x);
    free(y);
}

START_TEST(inputs_may_be_any_window)
{
    rg_tape *t = rg_tape_new(NULL);
    static const int last[] = {0, 3, 1, 2}; /* as images often lie: channels last */
    rg_node *x = rg_permute(rg_normal(t, RG_F64, rg_shape4(2, 5, 4, 3)), last);
    rg_node *w = rg_slice(rg_normal(t, RG_F64, rg_shape4(4, 3, 2, 2)), 0, 3, 2, -2);
    rg_node *dense_x = rg_leaf(t, RG_F64, rg_shape_of(x)),
            *dense_w = rg_leaf(t, RG_F64, rg_shape_of(w));
    double *v = read_all(x), *u = read_all(w);
    rg_write(dense_x, RG_F64, v, (size_t)rg_count_of(x));
    rg_write(dense_w, RG_F64, u, (size_t)rg_count_of(w));
    expect_equal(rg_conv2d(x, w, 1, 1), rg_conv2d(dense_x, dense_w, 1, 1));
    free(v);
    free(u);
    rg_tape_free(t);
}
END_TEST

START_TEST(leading_axes_are_more_images)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *w = rg_normal(t, RG_F64, rg_shape4(2, 3, 2, 2));
    rg_node *x = rg_normal(t, RG_F64, (rg_shape){5, {2, 2, 3, 4, 4}});
    rg_node *y = rg_conv2d(x, w, 1, 0);
    ck_assert_int_eq(rg_shape_of(y).rank, 5);
    for (int i = 0; i < 2; i++)
        expect_equal(rg_index(y, 0, i), rg_conv2d(rg_index(x, 0, i), w, 1, 0));
    rg_node *one = rg_index(rg_index(x, 0, 1), 0, 1);
    ck_assert_int_eq(rg_shape_of(rg_conv2d(one, w, 1, 0)).rank, 3);
    expect_equal(rg_conv2d(one, w, 1, 0), rg_index(rg_index(y, 0, 1), 0, 1));
    rg_node *each = rg_normal(t, RG_F64, (rg_shape){5, {2, 2, 3, 2, 2}}); /* a set for each */
    y = rg_conv2d(x, each, 1, 0);
    for (int i = 0; i < 2; i++)
        expect_equal(rg_index(y, 0, i), rg_conv2d(rg_index(x, 0, i), rg_index(each, 0, i), 1, 0));
    rg_tape_free(t);
}
END_TEST

START_TEST(nothing_adds_up_to_zero)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *none = rg_leaf(t, RG_F64, rg_shape4(0, 2, 3, 3));
    rg_node *w = rg_normal(t, RG_F64, rg_shape4(1, 2, 2, 2)), *g;
    rg_node *y = rg_conv2d(none, w, 1, 0);
    ck_assert_int_eq(rg_count_of(y), 0);
    rg_grad(rg_sum(y, RG_ALL_AXES), NULL, 1, &w, &g);
    EXPECT(g, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    rg_node *flat = rg_leaf(t, RG_F64, rg_shape4(1, 0, 3, 3)); /* no channels */
    EXPECT(rg_conv2d(flat, rg_leaf(t, RG_F64, rg_shape4(1, 0, 2, 2)), 1, 0), 0, 0, 0, 0, 0);
    rg_tape_free(t);
}
END_TEST

/* ---- bits --------------------------------------------------------------------------------- */

static void gather_bits(const trial *k, int threads, float *to)
{
    rg_set_threads(threads);
    rg_tape *t = rg_tape_new(NULL);
    sides s = set_up(t, k, RG_F32);
    rg_node *out[] = {s.y, rg_conv2d_back_x(s.g, s.w, k->h, k->w, &k->how),
                      rg_conv2d_back_w(s.x, s.g, k->kh, k->kw, &k->how)};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(rg_read(out[i], RG_F32, to, (size_t)rg_count_of(out[i])), RG_OK);
        to += rg_count_of(out[i]);
    }
    rg_tape_free(t);
    rg_set_threads(1);
}

START_TEST(bits_do_not_depend_on_threads)
{
    enum { ROOM = 1 << 20 };
    float *a = calloc(ROOM, sizeof *a), *b = calloc(ROOM, sizeof *b);
    ck_assert(a && b);
    for (int i = 0; i < TRIALS; i++) {
        gather_bits(&trials[i], 1, a);
        for (int threads = 2; threads <= 4; threads += 2) {
            gather_bits(&trials[i], threads, b);
            ck_assert_msg(!memcmp(a, b, ROOM * sizeof *a), "trial %d, %d threads", i, threads);
        }
    }
    free(a);
    free(b);
}
END_TEST

/* ---- refusals -------------------------------------------------------------------------------- */

typedef struct refusal {
    rg_shape x, w;
    rg_conv_how how;
    const char *says[2];
} refusal;

static const refusal refusals[] = {
    {{4, {2, 3, 8, 9}}, {4, {4, 2, 3, 3}}, {.groups = 1}, {"2x3x8x9", "4x2x3x3"}},
    {{4, {2, 3, 8, 9}}, {4, {4, 3, 9, 3}}, {.groups = 1}, {"2x3x8x9", "larger than the padded"}},
    {{4, {2, 4, 8, 9}}, {4, {3, 2, 3, 3}}, {.groups = 2}, {"3x2x3x3", "groups 2"}},
    {{4, {2, 4, 8, 9}}, {4, {4, 4, 0, 3}}, {.groups = 1}, {"4x4x0x3", "at least one row"}},
    {{2, {8, 9}}, {4, {4, 4, 3, 3}}, {.groups = 1}, {"8x9", "(n, c, h, w)"}},
    {{4, {2, 4, 8, 9}}, {3, {4, 3, 3}}, {.groups = 1}, {"4x3x3", "(n, c, h, w)"}},
    {{4, {2, 4, 8, 9}}, {4, {4, 4, 3, 3}}, {.stride = {-1, 1}}, {"2x4x8x9", "at least 1"}},
    {{4, {2, 4, 8, 9}}, {4, {4, 4, 3, 3}}, {.pad = {0, -1}}, {"2x4x8x9", "at least 0"}},
    {{4, {2, 4, 8, 9}}, {4, {4, 4, 3, 3}}, {.stride = {1LL << 40, 1}}, {"2x4x8x9", "2^31"}},
};

START_TEST(errors_name_the_shapes)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        rg_tape *t = rg_tape_new(NULL);
        rg_conv2d_of(rg_leaf(t, RG_F32, r->x), rg_leaf(t, RG_F32, r->w), &r->how);
        const rg_error *e = rg_error_of(t);
        ck_assert_int_eq(e->status, RG_SHAPE);
        for (int k = 0; k < 2; k++)
            ck_assert_msg(strstr(e->text, r->says[k]) != NULL, "'%s' is not in: %s", r->says[k],
                          e->text);
        rg_tape_free(t);
    }
}
END_TEST

START_TEST(gradients_refuse_what_no_convolution_makes)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *g = rg_leaf(t, RG_F64, rg_shape4(1, 2, 3, 3)),
            *w = rg_leaf(t, RG_F64, rg_shape4(2, 1, 2, 2));
    int64_t mark = rg_mark(t);
    ck_assert_int_eq(rg_count_of(rg_conv2d_back_x(g, w, 4, 4, NULL)), 16);
    rg_conv2d_back_x(g, w, 5, 4, NULL); /* windows of 2 in 5 rows: 4, not 3 */
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_rewind(t, mark);
    rg_conv2d_back_w(rg_leaf(t, RG_F64, rg_shape4(2, 1, 4, 4)), g, 2, 2,
                     NULL); /* 2 images, 1 result */
    ck_assert_int_eq(rg_error_of(t)->status, RG_SHAPE);
    rg_rewind(t, mark);
    rg_conv2d(g, rg_leaf(t, RG_F32, rg_shape4(1, 2, 2, 2)), 1, 0);
    ck_assert_int_eq(rg_error_of(t)->status, RG_DTYPE);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("conv", by_hand, groups_do_not_meet, a_matrix_product_is_a_1x1_convolution,
         values_are_those_of_loops, the_three_are_one_product, inputs_may_be_any_window,
         leading_axes_are_more_images, nothing_adds_up_to_zero, bits_do_not_depend_on_threads,
         errors_name_the_shapes, gradients_refuse_what_no_convolution_makes)
