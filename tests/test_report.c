/* test_report.c - the parts of a training's page: pictures that decode to what was put in, and
 * the diagnosis of a course of losses. */
#include "suite.h"
#include "inside.h"
#include "png.h"
#include "report.h"
#include <math.h>
#include <string.h>
#include <zlib.h>

static int value_of(char c)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digit, c);
    return c && at ? (int)(at - digit) : -1;
}

/* The bytes of a data: URI; how many. */
static size_t decode(const char *uri, size_t n, unsigned char *out)
{
    static const char head[] = "data:image/png;base64,";
    size_t got = 0;
    ck_assert(n > sizeof head && !memcmp(uri, head, sizeof head - 1));
    ck_assert_uint_eq((n - (sizeof head - 1)) % 4, 0);
    for (size_t i = sizeof head - 1; i < n; i += 4) {
        int v[4], bytes = uri[i + 2] == '=' ? 1 : uri[i + 3] == '=' ? 2 : 3;
        for (int k = 0; k < 4; k++) v[k] = k <= bytes ? value_of(uri[i + (size_t)k]) : 0;
        uint32_t all = (uint32_t)(v[0] << 18 | v[1] << 12 | v[2] << 6 | v[3]);
        for (int k = 0; k < bytes; k++) out[got++] = (unsigned char)(all >> (16 - 8 * k));
    }
    return got;
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Reads a PNG as its standard says: every chunk's checksum, then the pixels behind a 0 per row. */
static void assert_png(int width, int height, int channels, const unsigned char *pixel)
{
    static unsigned char bytes[1 << 16], raw[1 << 16];
    text_file page = {0};
    png_data_uri(&page, width, height, channels, pixel);
    size_t n = decode(page.text, page.n, bytes), at = 8, row = (size_t)(width * channels);
    uLongf raw_size = sizeof raw;
    int chunks = 0;
    ck_assert(!memcmp(bytes, "\x89PNG\r\n\x1a\n", 8));
    for (; at < n; chunks++) {
        uint32_t len = be32(bytes + at);
        ck_assert_uint_eq(be32(bytes + at + 8 + len), (uint32_t)crc32(0, bytes + at + 4, len + 4));
        if (chunks == 0) {
            ck_assert_uint_eq(be32(bytes + at + 8), (unsigned)width);
            ck_assert_uint_eq(be32(bytes + at + 12), (unsigned)height);
            ck_assert_int_eq(bytes[at + 17], channels == 3 ? 2 : 0);
        }
        if (!memcmp(bytes + at + 4, "IDAT", 4))
            ck_assert_int_eq(uncompress(raw, &raw_size, bytes + at + 8, len), Z_OK);
        at += len + 12;
    }
    ck_assert_int_eq(chunks, 3);
    ck_assert_uint_eq(raw_size, (row + 1) * (size_t)height);
    for (int r = 0; r < height; r++) {
        ck_assert_int_eq(raw[(size_t)r * (row + 1)], 0);
        ck_assert(!memcmp(raw + (size_t)r * (row + 1) + 1, pixel + (size_t)r * row, row));
    }
    free(page.text);
}

START_TEST(pictures_decode_to_what_was_put_in)
{
    unsigned char pixel[28 * 28 * 3];
    for (size_t i = 0; i < sizeof pixel; i++) pixel[i] = (unsigned char)(i * 37 + i / 5);
    for (int width = 1; width <= 4; width++) assert_png(width, 3, 1, pixel); /* every base64 tail */
    assert_png(28, 28, 1, pixel);
    assert_png(28, 28, 3, pixel);
}
END_TEST

static const char *diagnose(int n, const double *loss)
{
    rg_progress e[16] = {0};
    for (int i = 0; i < n; i++) e[i].loss = loss[i];
    return report_diagnosis(e, (size_t)n);
}

START_TEST(overfitting_is_a_rise_that_lasts)
{
    rg_progress e[20] = {0};
    for (int i = 0; i < 20; i++) {
        e[i].loss = 20 - i;
        e[i].valid_loss = i < 10 ? 20 - i : i;
    }
    ck_assert_ptr_nonnull(strstr(report_overfitting(e, 20, 10), "overfitting"));
    for (int i = 0; i < 20; i++) e[i].valid_loss = i == 19 ? 9 : 20 - i;
    ck_assert_str_eq(report_overfitting(e, 20, 19), "");
    ck_assert_str_eq(report_overfitting(e, 20, 0), "");
    ck_assert_str_eq(report_overfitting(e, 20, 20), "");
}
END_TEST

/* The four courses of notes 5.2, and the two that make no course. */
START_TEST(courses_of_losses_are_told_apart)
{
    const double exploded[] = {2, 50, (double)INFINITY}, grew[] = {2, 2.5, 3, 4};
    const double constant[] = {2.30, 2.301, 2.299, 2.30},
                 slow[] = {2, 1.8, 1.6, 1.4, 1.2, 1.0, .8, .6, .4, .2};
    const double good[] = {2, 1, .5, .3, .25, .23, .22, .215, .214, .2135},
                 jumpy[] = {2, 1, .5, .9, .4, .8, .3, .7, .35, .6};
    ck_assert_ptr_nonnull(strstr(diagnose(3, exploded), "finite"));
    ck_assert_ptr_nonnull(strstr(diagnose(4, grew), "grew"));
    ck_assert_ptr_nonnull(strstr(diagnose(4, constant), "hardly moved"));
    ck_assert_ptr_nonnull(strstr(diagnose(10, slow), "still falling"));
    ck_assert_ptr_nonnull(strstr(diagnose(10, jumpy), "jumps"));
    ck_assert_ptr_nonnull(strstr(diagnose(10, good), "suits"));
    ck_assert_ptr_nonnull(strstr(diagnose(2, good), "Too few"));
    ck_assert_ptr_nonnull(strstr(diagnose(0, good), "Too few"));
}
END_TEST

enum { ROWS = 50, HIDDEN = 6 };

/* A network on digits that the library draws, half of whose hidden units can never fire. */
static void open_half_dead(learner *l, rg_data *d, rg_standard *z)
{
    rg_spec spec;
    float bias[HIDDEN] = {0, -1e6f, 0, -1e6f, 0, -1e6f};
    ck_assert_int_eq(rg_make_digits(d, ROWS, 1, RG_TRAIN, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_standard_fit(z, d, NULL, ROWS, NULL, NULL), RG_OK);
    ck_assert_int_eq(rg_spec_parse(&spec, "linear 6, relu, dropout 0.5, linear 10", NULL), RG_OK);
    learner_open(l, RG_F32, 0);
    learner_take(l, d, z, 16);
    ck_assert_int_eq(rg_model_init(&l->model, l->tape, &spec, d->width, RG_F32, 3), RG_OK);
    ck_assert_int_eq(rg_write(l->model.param[1], RG_F32, bias, HIDDEN), RG_OK);
}

/* Every row is counted once, the dead are found, and nothing flows into them. */
START_TEST(a_network_is_seen_from_inside)
{
    learner l;
    rg_data d;
    rg_standard z;
    look k;
    int64_t row[ROWS];
    double all = 0, right = 0;
    for (int i = 0; i < ROWS; i++) row[i] = i;
    open_half_dead(&l, &d, &z);
    ck_assert_int_eq(look_at(&k, &l, row, ROWS, 16), RG_OK);
    for (int i = 0; i < 100; i++) all += k.confusion[i];
    for (int i = 0; i < 10; i++) right += k.confusion[11 * i];
    ck_assert_double_eq(all, ROWS);
    ck_assert_int_eq(k.mistakes, all - right < LOOK_WORST ? (int)(all - right) : LOOK_WORST);
    for (int i = 1; i < k.mistakes; i++)
        ck_assert_double_le(k.worst[i].p_said, k.worst[i - 1].p_said);
    ck_assert_int_eq(k.layers, 4);
    ck_assert_int_eq(k.layer[1].units, HIDDEN);
    ck_assert_int_ge(k.layer[1].dead, HIDDEN / 2);
    ck_assert_double_ge(k.layer[1].zeros, 0.5);
    ck_assert_int_eq(k.layer[2].units, 0); /* dropout hands on what it got */
    ck_assert_double_gt(k.layer[1].gradient, 0);
    ck_assert_str_eq(k.param[0].name, "0.weight");
    ck_assert_double_gt(k.param[0].gradient, 0);
    ck_assert_double_eq_tol(k.param[1].size, 1e6 / sqrt(2), 1);
    look_free(&k);
    learner_close(&l);
    rg_standard_free(&z);
    rg_data_free(&d);
}
END_TEST

RG_SUITE("report", overfitting_is_a_rise_that_lasts, a_network_is_seen_from_inside,
         pictures_decode_to_what_was_put_in, courses_of_losses_are_told_apart)
