/* test_augment.c - changes of pictures: what comes back, what stays, known places. */
#include "suite.h"
#include <retrograd/retrograd.h>
#include <math.h>
#include <string.h>

enum { H = 12, W = 10, C = 2, N = C * H * W };

typedef struct picture {
    unsigned char pixel[N];
    rg_image image;
} picture;

static void open_picture(picture *p)
{
    p->image = (rg_image){C, H, W, p->pixel};
    for (int i = 0; i < N; i++) p->pixel[i] = (unsigned char)(i * 53 % 251);
}

static unsigned char at(const picture *p, int c, int y, int x) { return p->pixel[(c * H + y) * W + x]; }

START_TEST(flip_twice_is_nothing)
{
    picture a, b, c;
    open_picture(&a);
    open_picture(&b);
    open_picture(&c);
    ck_assert_int_eq(rg_image_flip(&b.image, &a.image, NULL), RG_OK);
    ck_assert_int_eq(at(&b, 1, 3, 0), at(&a, 1, 3, W - 1));
    ck_assert_int_eq(rg_image_flip(&c.image, &b.image, NULL), RG_OK);
    ck_assert_mem_eq(a.pixel, c.pixel, N);
    ck_assert_mem_ne(a.pixel, b.pixel, N);
}
END_TEST

START_TEST(shift_moves_and_fills)
{
    picture a, b;
    open_picture(&a);
    open_picture(&b);
    ck_assert_int_eq(rg_image_shift(&b.image, &a.image, 2, -3, 9, NULL), RG_OK);
    ck_assert_int_eq(at(&b, 0, 2, 0), at(&a, 0, 0, 3));
    ck_assert_int_eq(at(&b, 1, 11, 6), at(&a, 1, 9, 9));
    ck_assert_int_eq(at(&b, 0, 1, 0), 9);
    ck_assert_int_eq(at(&b, 0, 5, W - 1), 9);
}
END_TEST

START_TEST(crop_is_a_window)
{
    picture a;
    unsigned char small[C * 4 * 5];
    rg_image out = {C, 4, 5, small};
    open_picture(&a);
    ck_assert_int_eq(rg_image_crop(&out, &a.image, 8, 5, NULL), RG_OK);
    ck_assert_int_eq(small[0], at(&a, 0, 8, 5));
    ck_assert_int_eq(small[C * 4 * 5 - 1], at(&a, 1, 11, 9));
    ck_assert_int_eq(rg_image_crop(&out, &a.image, 9, 5, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_image_crop(&out, &a.image, 0, -1, NULL), RG_SHAPE);
}
END_TEST

/* A whole turn changes nothing; against the clock the bottom comes to the right. */
START_TEST(rotation)
{
    picture a, b;
    unsigned char square[25] = {0}, turned[25];
    rg_image in = {1, 5, 5, square}, out = {1, 5, 5, turned};
    open_picture(&a);
    open_picture(&b);
    ck_assert_int_eq(rg_image_rotate(&b.image, &a.image, 360, 0, NULL), RG_OK);
    ck_assert_mem_eq(a.pixel, b.pixel, N);
    square[4 * 5 + 2] = 200;
    ck_assert_int_eq(rg_image_rotate(&out, &in, 90, 0, NULL), RG_OK);
    ck_assert_int_eq(turned[2 * 5 + 4], 200);
    ck_assert_int_eq(turned[4 * 5 + 2], 0);
    ck_assert_int_eq(rg_image_rotate(&out, &in, 30, 0, NULL), RG_OK);
    int total = 0;
    for (int i = 0; i < 25; i++) total += turned[i];
    ck_assert_int_gt(total, 120); /* spread over neighbours, not lost */
    ck_assert_int_lt(total, 280);
}
END_TEST

START_TEST(brightness_is_kept_within_a_pixel)
{
    picture a, b;
    open_picture(&a);
    open_picture(&b);
    ck_assert_int_eq(rg_image_brighten(&b.image, &a.image, 1.5, -20, NULL), RG_OK);
    for (int i = 0; i < N; i++) {
        double want = 1.5 * a.pixel[i] - 20;
        ck_assert_double_eq_tol(b.pixel[i], want < 0 ? 0 : want > 255 ? 255 : want, 0.501);
    }
    ck_assert_int_eq(rg_image_brighten(&b.image, &a.image, 1, 0, NULL), RG_OK);
    ck_assert_mem_eq(a.pixel, b.pixel, N);
}
END_TEST

/* A lens without distortion changes nothing. With k, the value at a place on the row of
 * the centre comes from r (1 + k r^2), where the picture is a ramp. */
START_TEST(lens_is_undone)
{
    unsigned char ramp[21 * 21], straight[21 * 21];
    rg_image in = {1, 21, 21, ramp}, out = {1, 21, 21, straight};
    for (int i = 0; i < 21 * 21; i++) ramp[i] = (unsigned char)(10 * (i % 21));
    ck_assert_int_eq(rg_image_unlens(&out, &in, 0, 0, NULL), RG_OK);
    ck_assert_mem_eq(ramp, straight, sizeof ramp);
    ck_assert_int_eq(rg_image_unlens(&out, &in, -0.2, 0, NULL), RG_OK);
    for (int x = 0; x < 21; x++) {
        double r = (x - 10) / 10.5;
        ck_assert_double_eq_tol(straight[10 * 21 + x], 10 * (10 + (x - 10) * (1 - 0.2 * r * r)), 0.51);
    }
}
END_TEST

/* A point goes where the lens puts it, and comes back; a wave of no height moves nothing,
 * one of 2 pixels no further than 2. */
START_TEST(waves_bend_a_little)
{
    picture a, b;
    unsigned char line[15 * 15] = {0}, bent[15 * 15];
    rg_image in = {1, 15, 15, line}, out = {1, 15, 15, bent};
    open_picture(&a);
    open_picture(&b);
    ck_assert_int_eq(rg_image_deform(&b.image, &a.image, 0, 2, 1, 0, NULL), RG_OK);
    ck_assert_mem_eq(a.pixel, b.pixel, N);
    for (int y = 0; y < 15; y++) line[y * 15 + 7] = 255;
    ck_assert_int_eq(rg_image_deform(&out, &in, 2, 1, 0, 0, NULL), RG_OK);
    ck_assert_mem_ne(line, bent, sizeof line);
    for (int i = 0; i < 15 * 15; i++)
        if (bent[i]) ck_assert_int_le(abs(i % 15 - 7), 2);
}
END_TEST

START_TEST(occlusion_and_clutter)
{
    picture a, b, back;
    open_picture(&a);
    open_picture(&b);
    open_picture(&back);
    ck_assert_int_eq(rg_image_occlude(&b.image, &a.image, -1, 7, 3, 10, 77, NULL), RG_OK);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            ck_assert_int_eq(at(&b, 1, y, x), y < 2 && x >= 7 ? 77 : at(&a, 1, y, x));
    for (int i = 0; i < N; i++) back.pixel[i] = 100;
    ck_assert_int_eq(rg_image_clutter(&b.image, &a.image, &back.image, NULL), RG_OK);
    for (int i = 0; i < N; i++) ck_assert_int_eq(b.pixel[i], a.pixel[i] > 100 ? a.pixel[i] : 100);
}
END_TEST

START_TEST(shapes_must_fit)
{
    picture a, b;
    rg_error e = {0};
    open_picture(&a);
    open_picture(&b);
    b.image.width--;
    ck_assert_int_eq(rg_image_flip(&b.image, &a.image, &e), RG_SHAPE);
    ck_assert_ptr_nonnull(strstr(e.text, "2x12x9 and 2x12x10"));
    ck_assert_int_eq(rg_image_brighten(&b.image, &a.image, 1, 0, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_image_occlude(&b.image, &a.image, 0, 0, 1, 1, 0, NULL), RG_SHAPE);
    ck_assert_int_eq(rg_image_clutter(&b.image, &a.image, &a.image, NULL), RG_SHAPE);
}
END_TEST

/* ---- by chance --------------------------------------------------------------------------------- */

static void augment(const rg_data *d, const rg_augment *a, uint64_t seed, uint64_t epoch, unsigned char *out)
{
    static const int64_t rows[] = {5, 0, 7};
    ck_assert_int_eq(rg_augment_rows(d, a, rows, 3, seed, epoch, out, NULL), RG_OK);
}

START_TEST(chance_is_decided_by_seed_epoch_and_row)
{
    rg_data d;
    unsigned char a[3 * 784], b[3 * 784];
    ck_assert_int_eq(rg_make_digits(&d, 10, 1, RG_TRAIN, NULL, NULL), RG_OK);
    const unsigned char *x = d.x;
    rg_augment none = {0}, all = {.flip = true, .shift = 2, .rotate = 15, .zoom = 0.1, .deform = 1, .brightness = 0.2, .occlude = 0.3};
    augment(&d, &none, 1, 1, a);
    ck_assert_mem_eq(a, x + 5 * 784, 784);
    ck_assert_mem_eq(a + 784, x, 784);
    augment(&d, &all, 1, 1, a);
    augment(&d, &all, 1, 1, b);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_ne(a, x + 5 * 784, 784);
    augment(&d, &all, 1, 2, b);
    ck_assert_mem_ne(a, b, sizeof a);
    augment(&d, &all, 2, 1, b);
    ck_assert_mem_ne(a, b, sizeof a);
    rg_data_free(&d);
    rg_data columns = {.dtype = RG_F64, .source = "a table"};
    ck_assert_int_eq(rg_augment_rows(&columns, &all, NULL, 0, 0, 0, a, NULL), RG_DTYPE);
}
END_TEST

/* Each change by itself changes something, and half of the pictures are flipped. */
START_TEST(each_change_does_something)
{
    rg_data d;
    static unsigned char out[200 * 784];
    int64_t rows[200];
    for (int i = 0; i < 200; i++) rows[i] = i;
    ck_assert_int_eq(rg_make_digits(&d, 200, 1, RG_TRAIN, NULL, NULL), RG_OK);
    const rg_augment one[] = {{.shift = 2}, {.rotate = 10}, {.zoom = 0.2}, {.deform = 2}, {.brightness = 0.3},
                              {.occlude = 0.4}, {.crop = 0.3}, {.lens = 0.16}, {.clutter = 5}, {.flip = true}};
    for (int k = 0; k < 10; k++) {
        int changed = 0;
        ck_assert_int_eq(rg_augment_rows(&d, &one[k], rows, 200, 1, 1, out, NULL), RG_OK);
        for (int i = 0; i < 200; i++) changed += memcmp(out + i * 784, (unsigned char *)d.x + i * 784, 784) != 0;
        if (one[k].flip)
            ck_assert(changed > 70 && changed < 130);
        else
            ck_assert_int_gt(changed, one[k].clutter ? 100 : 150); /* pieces of dark ground do nothing */
    }
    rg_data_free(&d);
}
END_TEST

/* One picture of data that holds nothing else. */
static rg_data lone_picture(unsigned char *pixel, int64_t side)
{
    return (rg_data){.dtype = RG_U8, .x = pixel, .rows = 1, .width = side * side, .shape = rg_shape3(1, side, side), .source = "a picture"};
}

/* A window of a ramp is a ramp that rises less, within what the ramp has. */
START_TEST(a_crop_is_a_window_made_large)
{
    enum { SIDE = 20 };
    unsigned char ramp[SIDE * SIDE], out[SIDE * SIDE];
    static const int64_t row = 0;
    rg_data d = lone_picture(ramp, SIDE);
    rg_augment a = {.crop = 0.5};
    double least = 10, most = 0;
    for (int i = 0; i < SIDE * SIDE; i++) ramp[i] = (unsigned char)(10 + 10 * (i % SIDE));
    for (uint64_t epoch = 0; epoch < 100; epoch++) {
        ck_assert_int_eq(rg_augment_rows(&d, &a, &row, 1, 3, epoch, out, NULL), RG_OK);
        double rise = (out[10 * SIDE + SIDE - 2] - out[10 * SIDE + 1]) / (double)(SIDE - 3);
        least = fmin(least, rise);
        most = fmax(most, rise);
        for (int x = 1; x + 1 < SIDE; x++) ck_assert_double_eq_tol(out[10 * SIDE + x] - out[10 * SIDE + 1], rise * (x - 1), 1.01);
    }
    ck_assert(least > 4.9 && least < 5.5 && most > 9.5 && most < 10.1);
}
END_TEST

/* What is added is light that the picture had, and nothing of it is lost. */
START_TEST(clutter_adds_pieces_of_the_picture)
{
    enum { SIDE = 21 };
    unsigned char bar[SIDE * SIDE] = {0}, out[SIDE * SIDE];
    static const int64_t row = 0;
    rg_data d = lone_picture(bar, SIDE);
    rg_augment a = {.clutter = 6};
    int more = 0;
    for (int y = 0; y < SIDE; y++) bar[y * SIDE + 10] = 200;
    for (uint64_t epoch = 0; epoch < 50; epoch++) {
        ck_assert_int_eq(rg_augment_rows(&d, &a, &row, 1, 3, epoch, out, NULL), RG_OK);
        int light = 0;
        for (int i = 0; i < SIDE * SIDE; i++) {
            ck_assert(out[i] == 0 || out[i] == 200);
            ck_assert_int_ge(out[i], bar[i]);
            light += out[i] != bar[i];
        }
        ck_assert_int_le(light, 6 * SIDE / 3);
        more += light > 0;
    }
    ck_assert(more > 20 && more < 50);
}
END_TEST

START_TEST(what_cannot_be_made_out_is_refused)
{
    unsigned char pixel[100] = {0}, out[100];
    static const int64_t row = 0;
    rg_data d = lone_picture(pixel, 10);
    const rg_augment absurd[] = {{.shift = 6}, {.deform = 6}, {.rotate = 181}, {.zoom = 1}, {.crop = 1}, {.lens = 0.2}, {.clutter = 1e9}, {.brightness = 2},
                                 {.occlude = 2}, {.shift = -1}, {.lens = (double)NAN}};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        rg_error e = {0};
        ck_assert_int_eq(rg_augment_rows(&d, &absurd[i], &row, 1, 0, 0, out, &e), RG_DOMAIN);
        ck_assert_ptr_nonnull(strstr(e.text, "10x10"));
    }
}
END_TEST

RG_SUITE("augment", flip_twice_is_nothing, shift_moves_and_fills, crop_is_a_window, rotation,
         brightness_is_kept_within_a_pixel, lens_is_undone, waves_bend_a_little, occlusion_and_clutter, shapes_must_fit,
         chance_is_decided_by_seed_epoch_and_row, each_change_does_something, a_crop_is_a_window_made_large,
         clutter_adds_pieces_of_the_picture, what_cannot_be_made_out_is_refused)
